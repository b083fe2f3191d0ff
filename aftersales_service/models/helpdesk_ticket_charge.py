from odoo import fields, models

CHARGES = [
    ("unknown", "Not Decided"),
    ("free", "Free"),
    ("paid", "Paid"),
    ("goodwill", "Goodwill"),
]
CHARGE_FIELDS = ("charge_class", "charge_parts", "charge_labour", "charge_travel")


class HelpdeskTicketCharge(models.Model):
    """Whether the customer pays follows from the coverage; nobody ticks it (R004-26)."""

    _inherit = "helpdesk.ticket"

    charge_class = fields.Selection(
        CHARGES, guard="door", readonly=True, copy=False, default="unknown", index=True
    )
    charge_parts = fields.Selection(
        CHARGES, guard="door", readonly=True, copy=False, default="unknown"
    )
    charge_labour = fields.Selection(
        CHARGES, guard="door", readonly=True, copy=False, default="unknown"
    )
    charge_travel = fields.Selection(
        CHARGES, guard="door", readonly=True, copy=False, default="unknown"
    )

    def _freeze_coverage(self):
        result = super()._freeze_coverage()
        found = {"expired": "paid", "in_warranty": "free", "contract": "free"}
        for ticket in self.sudo():
            charge = found.get(ticket.coverage, "unknown")
            if ticket.charge_class != charge:
                ticket._door_write(dict.fromkeys(CHARGE_FIELDS, charge))
        return result
