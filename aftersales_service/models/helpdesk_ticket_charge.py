from odoo import api, fields, models

from .aftersales_finding import KINDS

CHARGE_CLASSES = [
    ("free", "Free of Charge"),
    ("paid", "Chargeable"),
    ("goodwill", "Free as Goodwill"),
    ("unknown", "Not Decided"),
]
# what a coverage means where no finding says otherwise (R004-27, R004-29)
CHARGE_OF_COVERAGE = {
    "in_warranty": "free",
    "contract": "free",
    "expired": "paid",
    "unknown": "unknown",
}
INTERNAL = "base.group_user"


class HelpdeskTicket(models.Model):
    """Who pays (R004-26 … R004-28): it follows, and nobody ticks it.

    The newest finding that was decided says it for each kind of cost; without one, the
    frozen coverage does. A finding that is being decided anew makes it open again.
    """

    _inherit = "helpdesk.ticket"

    charge_class = fields.Selection(
        CHARGE_CLASSES,
        guard="door",
        compute="_compute_charge",
        store=True,
        index=True,
        tracking=True,
        groups=INTERNAL,
        help="Follows from the coverage and the newest finding.",
    )
    charge_parts = fields.Selection(
        CHARGE_CLASSES,
        string="Charge: Parts",
        guard="door",
        compute="_compute_charge",
        store=True,
        groups=INTERNAL,
    )
    charge_labour = fields.Selection(
        CHARGE_CLASSES,
        string="Charge: Labour",
        guard="door",
        compute="_compute_charge",
        store=True,
        groups=INTERNAL,
    )
    charge_travel = fields.Selection(
        CHARGE_CLASSES,
        string="Charge: Travel",
        guard="door",
        compute="_compute_charge",
        store=True,
        groups=INTERNAL,
    )

    @api.depends(
        "coverage",
        "finding_ids.state",
        "finding_ids.approved_at",
        "finding_ids.charge_parts",
        "finding_ids.charge_labour",
        "finding_ids.charge_travel",
    )
    def _compute_charge(self):
        newest = self.env["aftersales.finding"]._get_newest(self._origin)
        for ticket in self:
            charges = ticket._get_charges(newest.get(ticket._origin))
            for kind in KINDS:
                ticket[f"charge_{kind}"] = charges[kind]
            ticket.charge_class = self._get_charge_class(set(charges.values()))

    def _get_charges(self, finding=None):
        """Return {kind of cost: charge} as coverage and the newest finding say it."""
        self.ensure_one()
        if not finding:
            charge = CHARGE_OF_COVERAGE.get(self.coverage, "unknown")
            return dict.fromkeys(KINDS, charge)
        if finding.state != "approved":
            return dict.fromkeys(KINDS, "unknown")
        return {kind: finding[f"charge_{kind}"] for kind in KINDS}

    @api.model
    def _get_charge_class(self, charges):
        """Return the class of a request whose kinds of cost are charged like this."""
        return next((name for name in ("paid", "unknown", "goodwill") if name in charges), "free")

    def _charge_of(self, kind):
        """Return how a kind of cost is charged: free, paid, goodwill or unknown.

        :param kind: "parts", "labour" or "travel"
        """
        self.ensure_one()
        if kind not in KINDS:
            raise ValueError(f"no kind of cost: {kind}")
        return self.sudo()[f"charge_{kind}"] or "unknown"
