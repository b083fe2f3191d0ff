from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesReceivableWizard(models.TransientModel):
    """The dialog in which a payment is deferred, or a write-off decided on."""

    _name = "aftersales.receivable.wizard"
    _inherit = ["aftersales.links"]
    _description = "Defer or Write Off"

    settlement_id = fields.Many2one(
        "aftersales.settlement", string="Fee Settlement", required=True, ondelete="cascade"
    )
    deed = fields.Selection(
        [("defer", "Defer Payment"), ("write_off", "Write Off as Bad Debt")],
        required=True,
        default="defer",
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    due_on = fields.Date(related="settlement_id.due_on")
    undecided_amount = fields.Monetary(related="settlement_id.undecided_amount")
    date = fields.Date(string="Pay until")
    reason = fields.Text()

    def action_confirm(self):
        """Do what the dialog is for, by the settlement's own action."""
        if len(self) != 1:
            raise UserError(self.env._("Do one step at a time."))
        if self.deed == "defer":
            self.settlement_id.action_defer(date=self.date, reason=self.reason or "")
        else:
            self.settlement_id.action_write_off(reason=self.reason or "")
        return {"type": "ir.actions.act_window_close"}
