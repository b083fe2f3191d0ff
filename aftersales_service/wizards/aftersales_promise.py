from odoo import fields, models


class AftersalesPromiseWizard(models.TransientModel):
    """Change the promised date of one line; the reason is kept (R004-15)."""

    _name = "aftersales.promise.wizard"
    _inherit = ["aftersales.links"]
    _description = "Change a Promise"

    line_id = fields.Many2one("aftersales.requisition.line", required=True, readonly=True)
    present_date = fields.Date(related="line_id.promised_date", string="Promised so far")
    promised_date = fields.Date(string="New Date", required=True)
    reason = fields.Char(required=True)

    def action_apply(self):
        """Put the new promise on record and tell the supervisor."""
        for wizard in self:
            wizard.line_id.action_change_promise(
                promised_date=wizard.promised_date, reason=wizard.reason
            )
        return {"type": "ir.actions.act_window_close"}
