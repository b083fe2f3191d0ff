from odoo import api, fields, models
from odoo.exceptions import UserError

from .aftersales_finding import AMEND, CHARGES, KINDS

PAYERS = [
    ("us", "We Bear It"),
    ("customer", "Customer Pays"),
    ("party", "Responsible Party Pays"),
]
# whom a claim can be made against
CLAIMED = ("vendor", "installer", "carrier", "design")
PARTY_OF_CAUSE = {
    "quality": "us",
    "design": "us",
    "component": "vendor",
    "installation": "installer",
    "transport": "carrier",
    "loss": "carrier",
    "misuse": "customer",
    "changed": "customer",
    "wear": "nobody",
    "force_majeure": "nobody",
}
COVERED = ("in_warranty", "contract")


class AftersalesFinding(models.Model):
    """What a finding decides for each kind of cost, and what follows from it."""

    _inherit = "aftersales.finding"

    currency_id = fields.Many2one(related="company_id.currency_id")
    charge_parts = fields.Selection(
        CHARGES,
        string="Material Fee",
        guard="locked",
        amend=AMEND,
        compute="_compute_charges",
        store=True,
        readonly=False,
        precompute=True,
    )
    charge_labour = fields.Selection(
        CHARGES,
        string="Labour Fee",
        guard="locked",
        amend=AMEND,
        compute="_compute_charges",
        store=True,
        readonly=False,
        precompute=True,
    )
    charge_travel = fields.Selection(
        CHARGES,
        string="Travel Fee",
        guard="locked",
        amend=AMEND,
        compute="_compute_charges",
        store=True,
        readonly=False,
        precompute=True,
    )
    payer_parts = fields.Selection(
        PAYERS,
        string="Material Fee: Borne by",
        guard="locked",
        amend=AMEND,
        compute="_compute_payers",
        store=True,
        readonly=False,
        precompute=True,
    )
    payer_labour = fields.Selection(
        PAYERS,
        string="Labour Fee: Borne by",
        guard="locked",
        amend=AMEND,
        compute="_compute_payers",
        store=True,
        readonly=False,
        precompute=True,
    )
    payer_travel = fields.Selection(
        PAYERS,
        string="Travel Fee: Borne by",
        guard="locked",
        amend=AMEND,
        compute="_compute_payers",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount_parts = fields.Monetary(string="Material Fee: Estimate", guard="locked", amend=AMEND)
    amount_labour = fields.Monetary(string="Labour Fee: Estimate", guard="locked", amend=AMEND)
    amount_travel = fields.Monetary(string="Travel Fee: Estimate", guard="locked", amend=AMEND)
    amount_total = fields.Monetary(
        string="Estimate",
        guard="door",
        compute="_compute_amount_total",
        store=True,
        precompute=True,
    )
    retention_deducted = fields.Boolean(
        string="Deducted from Retention Money",
        guard="locked",
        amend=AMEND,
        help="The customer keeps part of our retention money for it.",
    )
    retention_amount = fields.Monetary(string="Deduction", guard="locked", amend=AMEND)
    has_goodwill = fields.Boolean(
        string="Goodwill Granted",
        guard="door",
        compute="_compute_has_goodwill",
        store=True,
        precompute=True,
    )
    approval_limit = fields.Monetary(
        guard="door",
        readonly=True,
        copy=False,
        help="The company's limit when the finding was submitted.",
    )
    over_limit = fields.Boolean(compute="_compute_over_limit")
    follow_agreement = fields.Boolean(compute="_compute_follow")
    follow_claim = fields.Boolean(compute="_compute_follow")
    follow_free = fields.Boolean(compute="_compute_follow")
    follow_up = fields.Char(string="What Follows", compute="_compute_follow")
    claim_ids = fields.One2many("aftersales.claim", "finding_id", string="Claims", copy=False)
    claim_count = fields.Integer(compute="_compute_claim_count")

    _amounts_not_negative = models.Constraint(
        "CHECK (amount_parts >= 0 AND amount_labour >= 0 AND amount_travel >= 0"
        " AND retention_amount >= 0)",
        "An estimate can't be negative.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("cause_id")
    def _compute_party_kind(self):
        for finding in self:
            finding.party_kind = PARTY_OF_CAUSE.get(finding.cause_id.category, False)

    @api.depends("party_kind", "partner_id")
    def _compute_party_id(self):
        """Propose the customer or ourselves; a carrier or vendor is named by hand."""
        for finding in self:
            if finding.party_kind == "customer":
                finding.party_id = finding.partner_id
            elif finding.party_kind == "us":
                finding.party_id = finding.company_id.sudo().partner_id
            elif finding.party_id in finding.partner_id | finding.company_id.sudo().partner_id:
                finding.party_id = False

    @api.depends("ticket_id", "cause_id", "party_kind")
    def _compute_charges(self):
        """Propose free in warranty, but not where the cause takes it away (R004-26 … -28)."""
        for finding in self:
            coverage = finding._get_known_coverage()
            charge = False
            if coverage == "expired":
                charge = "paid"
            elif coverage in COVERED and finding.cause_id:
                lost = finding.cause_id.takes_coverage and finding.party_kind not in (
                    "us",
                    "vendor",
                    "carrier",
                )
                charge = "paid" if lost else "free"
            for kind in KINDS:
                finding[f"charge_{kind}"] = charge

    @api.depends("charge_parts", "charge_labour", "charge_travel", "party_kind")
    def _compute_payers(self):
        for finding in self:
            claimed = finding.party_kind in CLAIMED
            for kind in KINDS:
                payer = {
                    "paid": "customer",
                    "goodwill": "us",
                    "free": "party" if claimed else "us",
                }.get(finding[f"charge_{kind}"], False)
                finding[f"payer_{kind}"] = payer

    @api.depends("amount_parts", "amount_labour", "amount_travel")
    def _compute_amount_total(self):
        for finding in self:
            finding.amount_total = sum(finding[f"amount_{kind}"] for kind in KINDS)

    @api.depends("charge_parts", "charge_labour", "charge_travel")
    def _compute_has_goodwill(self):
        for finding in self:
            finding.has_goodwill = any(finding[f"charge_{kind}"] == "goodwill" for kind in KINDS)

    @api.depends(
        "amount_total",
        "retention_amount",
        "retention_deducted",
        "approval_limit",
        "state",
        "company_id.aftersales_finding_limit",
    )
    def _compute_over_limit(self):
        """Estimate and deduction together, against the limit as frozen at submission.

        What nobody has estimated counts as over it.
        """
        for finding in self:
            under_way = finding.state in ("submitted", "approved")
            company = finding.company_id.sudo()
            limit = finding.approval_limit if under_way else company.aftersales_finding_limit
            amount = finding.amount_total
            if finding.retention_deducted:
                amount += finding.retention_amount
            currency = finding.currency_id or self.env.company.currency_id
            finding.over_limit = (
                currency.is_zero(finding.amount_total)
                or currency.compare_amounts(amount, limit) > 0
            )

    @api.depends(
        "charge_parts",
        "charge_labour",
        "charge_travel",
        "payer_parts",
        "payer_labour",
        "payer_travel",
        "retention_deducted",
    )
    @api.depends_context("lang")
    def _compute_follow(self):
        for finding in self:
            charges = {finding[f"charge_{kind}"] for kind in KINDS}
            payers = {finding[f"payer_{kind}"] for kind in KINDS}
            finding.follow_agreement = "paid" in charges
            finding.follow_claim = "party" in payers
            finding.follow_free = bool(charges & {"free", "goodwill"})
            texts = [
                finding.follow_agreement and self.env._("Service agreement"),
                finding.follow_claim and self.env._("Claim"),
                finding.retention_deducted and self.env._("Deduction from retention money"),
                finding.follow_free and self.env._("Carry out free of charge"),
            ]
            finding.follow_up = ", ".join(text for text in texts if text)

    @api.depends("claim_ids")
    def _compute_claim_count(self):
        counts = dict(
            self.env["aftersales.claim"]
            .sudo()
            ._read_group([("finding_id", "in", self.ids)], ["finding_id"], ["__count"])
        )
        for finding in self:
            finding.claim_count = counts.get(finding, 0)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _get_known_coverage(self):
        """Return the coverage the finding rests on: frozen, or the request's until then."""
        if self.state in ("submitted", "approved"):
            return self.coverage
        return self.ticket_id.sudo().coverage

    def _check_outcome(self):
        """Raise when the outcome doesn't follow from coverage, cause and party (R004-28)."""
        for kind in KINDS:
            self._check_outcome_of(kind)
        claimed = [kind for kind in KINDS if self[f"payer_{kind}"] == "party"]
        if claimed and not self.party_id:
            raise UserError(
                self.env._("%s: name the party that a claim is made against.", self.name)
            )
        if self.retention_deducted and not self.retention_amount:
            raise UserError(
                self.env._("%s: say how much is deducted from the retention money.", self.name)
            )

    def _check_outcome_of(self, kind):
        charge, payer = self[f"charge_{kind}"], self[f"payer_{kind}"]
        label = self._fields[f"charge_{kind}"]._description_string(self.env)
        if not charge or not payer:
            self._check_filled(f"charge_{kind}", f"payer_{kind}")
        fitting = {
            "paid": ("customer",),
            "goodwill": ("us",),
            "free": ("us", "party") if self.party_kind in CLAIMED else ("us",),
        }[charge]
        if payer not in fitting:
            raise UserError(
                self.env._(
                    "%(document)s, %(kind)s: who bears the cost doesn't fit. What is charged, "
                    "the customer pays; goodwill we bear; a claim needs a vendor, installer, "
                    "carrier or design institute as the responsible party.",
                    document=self.name,
                    kind=label,
                )
            )
        coverage = self._get_known_coverage()
        if charge == "paid" and coverage in COVERED and not self.takes_coverage:
            raise UserError(
                self.env._(
                    "%(document)s, %(kind)s: the unit is covered, and the cause %(cause)s doesn't "
                    "take the coverage away, so nothing can be charged.",
                    document=self.name,
                    kind=label,
                    cause=self.cause_id.display_name,
                )
            )
        if charge == "free" and payer == "us" and not self._is_owed_by_us(coverage):
            raise UserError(
                self.env._(
                    "%(document)s, %(kind)s: we don't owe it. Charge it, or propose it as "
                    "goodwill, which is granted in a step of its own.",
                    document=self.name,
                    kind=label,
                )
            )

    def _is_owed_by_us(self, coverage):
        """Return whether free service at our cost follows from coverage and cause."""
        if coverage == "unknown":
            return True
        if coverage not in COVERED:
            return False
        return not self.takes_coverage or self.party_kind in ("us", "vendor", "carrier")

    # ------------------------------------------------------------------
    # Claims
    # ------------------------------------------------------------------
    @api.readonly
    def action_view_claims(self):
        """Open the claims that follow from the finding."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Claims"),
            "res_model": "aftersales.claim",
            "domain": [("finding_id", "=", self.id)],
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
        }
        if self.claim_count == 1:
            action.update(view_mode="form", res_id=self.claim_ids.id)
        return action

    def _prepare_claim_vals(self, kind, partner, amount):
        return {
            "finding_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "partner_id": partner.id,
            "partner_name": partner.sudo().display_name,
            "amount_estimated": amount,
            "amount_claimed": amount,
        }

    def _open_claims(self):
        """Open what follows: a claim against the party, a deduction of the customer."""
        vals_list = []
        if self.follow_claim:
            amount = sum(
                self[f"amount_{kind}"] for kind in KINDS if self[f"payer_{kind}"] == "party"
            )
            vals_list.append(self._prepare_claim_vals(self.party_kind, self.party_id, amount))
        if self.retention_deducted:
            vals_list.append(
                self._prepare_claim_vals("retention", self.partner_id, self.retention_amount)
            )
        if vals_list:
            self.env["aftersales.claim"].sudo()._open(vals_list)

    def _check_claims_untouched(self):
        """Raise when a claim that rests on the finding has left the house already."""
        under_way = self.sudo().claim_ids.filtered(
            lambda claim: claim.state not in ("open", "cancelled")
        )
        if under_way:
            raise UserError(
                self.env._(
                    "%(document)s: the claim %(claim)s rests on it and has been raised. "
                    "Have it withdrawn first.",
                    document=self.name,
                    claim=under_way[0].name,
                )
            )

    def _void_claims(self):
        claims = self.sudo().claim_ids.filtered(lambda claim: claim.state == "open")
        if claims:
            claims._door_write({"state": "cancelled"})

    def _verify_outcome(self, chain):
        """Return what doesn't fit between the signed outcome and what was derived from it."""
        texts = []
        total = sum(self[f"amount_{kind}"] for kind in KINDS)
        goodwill = any(self[f"charge_{kind}"] == "goodwill" for kind in KINDS)
        if (
            self.currency_id.compare_amounts(self.amount_total, total)
            or self.has_goodwill != goodwill
            or self.is_disputed != (self.other_opinion == "disagrees")
        ):
            texts.append(self.env._("What was computed from the content was changed."))
        if self._get_newest(self.ticket_id).get(self.ticket_id) == self:
            ticket = self.ticket_id
            expected = ticket._get_charges(self)
            if any(ticket[f"charge_{kind}"] != expected[kind] for kind in KINDS):
                texts.append(
                    self.env._("The charge class of the request doesn't follow from the finding.")
                )
        live = self.claim_ids.filtered(lambda claim: claim.state != "cancelled")
        expected = int(self.follow_claim) + int(self.retention_deducted)
        if self.state == "approved" and chain and len(live) < expected:
            withdrawn = self.claim_ids.filtered(lambda claim: claim.state == "cancelled")
            if len(live | withdrawn) < expected:
                texts.append(self.env._("A claim that follows from the finding is missing."))
        return texts
