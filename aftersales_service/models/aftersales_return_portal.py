from odoo import api, models
from odoo.fields import Domain

from ..tools.text import float_text

# how far a return is, in a customer's words
STAGES = {
    "to_confirm": "checking",
    "withdrawn": "checking",
    "to_receive": "awaiting",
    "to_inspect": "inspecting",
    "to_approve": "deciding",
    "settling": "settling",
    "settled": "settled",
    "not_granted": "not_granted",
    "rejected": "declined",
    "cancelled": "cancelled",
}
COLOURS = {
    "received": "info",
    "checking": "info",
    "awaiting": "warning",
    "inspecting": "info",
    "deciding": "info",
    "settling": "primary",
    "settled": "success",
    "not_granted": "danger",
    "declined": "danger",
    "cancelled": "light",
}


class AftersalesReturnPortal(models.Model):
    """What a customer sees of his returns: how far, and what was decided (D2).

    Nothing of what is thought and measured in between, and no names of ours.
    """

    _inherit = "aftersales.return"

    @api.model
    def _get_portal_domain(self, customer):
        """Return the returns that a customer may see: those that he has asked for, and
        ours as soon as they are submitted."""
        return Domain("partner_id.commercial_partner_id", "=", customer.id) & (
            Domain("asked_at", "!=", False) | Domain("round", ">", 0)
        )

    def _get_portal_stage(self):
        """Return (key, text, colour) of how far the return is, for the customer."""
        self.ensure_one()
        texts = {
            "received": self.env._("Request received"),
            "checking": self.env._("We are checking it"),
            "awaiting": self.env._("Waiting for the goods"),
            "inspecting": self.env._("The goods are being inspected"),
            "deciding": self.env._("Inspected, to be decided"),
            "settling": self.env._("Decided, being settled"),
            "settled": self.env._("Settlement Done"),
            "not_granted": self.env._("Not granted: the goods go back to you"),
            "declined": self.env._("Declined"),
            "cancelled": self.env._("No longer pursued"),
        }
        key = STAGES.get(self.progress)
        if self.progress == "draft":
            key = "checking" if self.round or self.handler_id else "received"
        return key, texts[key], COLOURS[key]

    def _get_portal_outcomes(self):
        """Return {line: [(what was decided, quantity, amount, settled)]}, once it is
        decided."""
        self.ensure_one()
        if self.state != "approved":
            return {}
        texts = {
            "refund": self.env._("Taken back, credited"),
            "exchange": self.env._("Exchanged"),
            "repair": self.env._("Repaired and sent back"),
            "compensate": self.env._("Compensated"),
            "send_back": self.env._("Sent back as it is"),
            "scrap": self.env._("Scrapped"),
            "restock": self.env._("Taken back"),
        }
        decided = {}
        for outcome in self.outcome_ids:
            decided.setdefault(outcome.line_id, []).append(
                {
                    "text": texts[outcome.kind],
                    "quantity": float_text(outcome.quantity),
                    "instead": outcome.product_id.display_name or "",
                    "amount": outcome.amount if outcome.kind == "compensate" else 0.0,
                    "settled": bool(outcome.settled_at),
                }
            )
        return decided

    def _get_portal_verdict(self):
        """Return the result of the inspection, once it is decided."""
        return self.verdict if self.state == "approved" else False
