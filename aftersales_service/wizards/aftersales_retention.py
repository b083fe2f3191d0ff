from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesRetentionWizard(models.TransientModel):
    """The dialog in which retention money is opened again, given up or cancelled."""

    _name = "aftersales.retention.wizard"
    _inherit = ["aftersales.links"]
    _description = "Move Retention Money"

    retention_id = fields.Many2one(
        "aftersales.retention", string="Retention Money", required=True, ondelete="cascade"
    )
    move = fields.Selection(
        [
            ("reopen", "Open Again"),
            ("write_off", "Give Up"),
            ("cancel", "Cancel"),
        ],
        required=True,
        default="reopen",
    )
    currency_id = fields.Many2one(related="retention_id.currency_id")
    open_amount = fields.Monetary(related="retention_id.open_amount")
    reason = fields.Text()

    def action_move(self):
        """Move it as the dialog says, through its own action."""
        if len(self) != 1:
            raise UserError(self.env._("Move one retention money at a time."))
        retention, reason = self.retention_id, self.reason or ""
        if self.move == "reopen":
            retention.action_reopen(reason=reason)
        elif self.move == "write_off":
            retention.action_write_off(reason=reason)
        else:
            retention.action_cancel(reason=reason)
        return {"type": "ir.actions.act_window_close"}
