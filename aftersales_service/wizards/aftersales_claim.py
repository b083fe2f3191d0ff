from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesClaimWizard(models.TransientModel):
    """The dialog in which a claim is raised, answered, settled or dropped."""

    _name = "aftersales.claim.wizard"
    _inherit = ["aftersales.links"]
    _description = "Move a Claim"

    claim_id = fields.Many2one("aftersales.claim", required=True, ondelete="cascade")
    move = fields.Selection(
        [
            ("raise", "Raise"),
            ("accept", "The Party Accepts"),
            ("refuse", "The Party Refuses"),
            ("settle", "Settle"),
            ("withdraw", "Drop"),
        ],
        required=True,
        default="raise",
    )
    currency_id = fields.Many2one(related="claim_id.currency_id")
    amount_claimed = fields.Monetary(related="claim_id.amount_claimed")
    amount = fields.Monetary()
    comment = fields.Text(string="What Was Said or Written")

    def action_move(self):
        """Move the claim as the dialog says, through the claim's own action."""
        if len(self) != 1:
            raise UserError(self.env._("Move one claim at a time."))
        claim, comment = self.claim_id, self.comment or ""
        if self.move == "raise":
            claim.action_raise(amount=self.amount, comment=comment)
        elif self.move == "accept":
            claim.action_accept(amount=self.amount, comment=comment)
        elif self.move == "refuse":
            claim.action_refuse(comment=comment)
        elif self.move == "settle":
            claim.action_settle(amount=self.amount, comment=comment)
        else:
            claim.action_withdraw(comment=comment)
        return {"type": "ir.actions.act_window_close"}
