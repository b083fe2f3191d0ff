from odoo import api, fields, models


class AftersalesTransferWizard(models.TransientModel):
    """Asks to which production unit's supervisor a request is handed (R004-09)."""

    _name = "aftersales.transfer.wizard"
    _inherit = ["aftersales.links"]
    _description = "Transfer a Service Request"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Service Request", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Production Unit",
        required=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    member_ids = fields.Many2many(related="team_id.user_ids", string="Members")
    supervisor_id = fields.Many2one(
        "res.users",
        string="Service Supervisor",
        required=True,
        compute="_compute_supervisor_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', member_ids), ('share', '=', False)]",
    )
    note = fields.Text(help="What the supervisor should know.")

    @api.depends("team_id")
    def _compute_supervisor_id(self):
        """Propose the team's leader, else its only member."""
        for wizard in self:
            members = wizard.team_id.user_ids
            leader = wizard.team_id.user_id & members
            wizard.supervisor_id = leader or (members if len(members) == 1 else False)

    def action_transfer(self):
        """Hand the request over and tell the supervisor."""
        for wizard in self:
            wizard.ticket_id._transfer(wizard.team_id, wizard.supervisor_id, wizard.note)
        return {"type": "ir.actions.act_window_close"}
