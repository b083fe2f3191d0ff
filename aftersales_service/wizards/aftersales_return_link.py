from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesReturnLinkWizard(models.TransientModel):
    """The dialog in which a customer is asked by link what he wants to return."""

    _name = "aftersales.return.link.wizard"
    _inherit = ["aftersales.links"]
    _description = "Ask the Customer by Link"

    return_id = fields.Many2one("aftersales.return", required=True, ondelete="cascade")
    customer_id = fields.Many2one(related="return_id.partner_id.commercial_partner_id")
    addressee_id = fields.Many2one(
        "res.partner",
        string="Who Shall Answer",
        required=True,
        domain="[('commercial_partner_id', '=', customer_id), ('email', '!=', False)]",
    )
    days = fields.Integer(
        string="Link Valid for (Days)", default=lambda self: self.env.company.aftersales_link_days
    )

    def action_confirm(self):
        """Send the link, by the return's own action."""
        if len(self) != 1:
            raise UserError(self.env._("Do one step at a time."))
        self.return_id.action_send_link(partner_id=self.addressee_id.id, days=self.days)
        return {"type": "ir.actions.act_window_close"}
