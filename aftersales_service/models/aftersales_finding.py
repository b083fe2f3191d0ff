from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

KINDS = ("parts", "labour", "travel")
CHARGES = [
    ("free", "Free of Charge"),
    ("paid", "Chargeable"),
    ("goodwill", "Free as Goodwill"),
]
PARTIES = [
    ("us", "Our Company"),
    ("vendor", "Component Vendor"),
    ("installer", "Installer"),
    ("carrier", "Carrier"),
    ("customer", "Customer"),
    ("design", "Design Institute"),
    ("nobody", "Nobody"),
]
# whose signer may correct what the engineer has proposed (R004-28)
AMEND = ("review", "determine")
OPINIONS = [
    ("agrees", "Agrees"),
    ("disagrees", "Disagrees"),
    ("not_asked", "Not Asked"),
]


class AftersalesFinding(models.Model):
    """The responsibility finding 责任认定书: who has caused it and so who pays (R004-28).

    The engineer writes facts, cause and evidence, what he thinks and what the other side
    says. The chain decides; from the decision follow the charge class of the request, the
    claims and what the requisitions are for.
    """

    _name = "aftersales.finding"
    _inherit = ["aftersales.case", "mail.thread", "mail.activity.mixin"]
    _description = "Responsibility Finding"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.finding"
    _evidence_lines = ("evidence_ids",)
    _action_roles = {
        "submit": ("aftersales_service.group_engineer", "aftersales_service.group_supervisor"),
        "withdraw": ("aftersales_service.group_engineer", "aftersales_service.group_supervisor"),
        "revise": (
            "aftersales_service.group_engineer",
            "aftersales_service.group_supervisor",
            "aftersales_service.group_quality",
        ),
        "cancel": (
            "aftersales_service.group_engineer",
            "aftersales_service.group_supervisor",
            "aftersales_service.group_quality",
        ),
        # a finding that is in force is opened again by those who have decided it
        "reopen": ("aftersales_service.group_quality",),
    }

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Being Decided"),
            ("approved", "Decided"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
        ]
    )
    coverage = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.ticket"]._fields["coverage"]._description_selection(self.env)
        ),
        guard="door",
        readonly=True,
        copy=False,
        help="As it was frozen in the request when the finding was submitted.",
    )
    coverage_until = fields.Date(string="Covered until", guard="door", readonly=True, copy=False)
    delivery_date = fields.Date(guard="door", readonly=True, copy=False)
    request_coverage = fields.Selection(
        related="ticket_id.coverage", string="Coverage of the Request"
    )

    # facts and statements
    found_at = fields.Datetime(string="Found on", guard="locked", default=fields.Datetime.now)
    found_place = fields.Char(
        guard="locked", compute="_compute_from_ticket", store=True, readonly=False, precompute=True
    )
    found_by = fields.Char(guard="locked", help="Who noticed it first, ours or theirs.")
    facts = fields.Text(guard="locked", help="What happened, in order, with times.")
    evidence_ids = fields.One2many(
        "aftersales.finding.evidence", "finding_id", string="Pieces of Evidence", copy=False
    )
    engineer_id = fields.Many2one(
        "res.users",
        guard="locked",
        default=lambda self: self.env.user,
        index=True,
        check_company=True,
    )
    engineer_statement = fields.Text(string="Engineer's Statement", guard="locked")
    other_opinion = fields.Selection(
        OPINIONS, string="Other Side", guard="locked", amend=AMEND, copy=False
    )
    other_person = fields.Char(
        string="Person of the Other Side", guard="locked", amend=AMEND, copy=False
    )
    other_date = fields.Date(string="Stated on", guard="locked", amend=AMEND, copy=False)
    other_reason = fields.Text(
        string="Other Side's Statement", guard="locked", amend=AMEND, copy=False
    )
    is_disputed = fields.Boolean(
        string="Disputed",
        guard="door",
        compute="_compute_is_disputed",
        store=True,
        precompute=True,
    )

    # who
    cause_id = fields.Many2one(
        "aftersales.cause",
        guard="locked",
        amend=AMEND,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    takes_coverage = fields.Boolean(related="cause_id.takes_coverage")
    party_kind = fields.Selection(
        PARTIES,
        string="Responsible Party",
        guard="locked",
        amend=AMEND,
        compute="_compute_party_kind",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
    )
    party_id = fields.Many2one(
        "res.partner",
        string="Name of the Party",
        guard="locked",
        amend=AMEND,
        compute="_compute_party_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    decision = fields.Text(
        string="Conclusion",
        guard="locked",
        amend=AMEND,
        copy=False,
        help="The reasoned conclusion of the quality department.",
    )
    approved_at = fields.Datetime(
        string="Decided on", guard="door", readonly=True, copy=False, index="btree_not_null"
    )

    _ticket_decided_index = models.Index("(ticket_id, approved_at) WHERE approved_at IS NOT NULL")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.model
    def _prepare_from_ticket(self, ticket):
        return dict(super()._prepare_from_ticket(ticket), found_place=ticket.site_address)

    @api.depends("other_opinion")
    def _compute_is_disputed(self):
        for finding in self:
            finding.is_disputed = finding.other_opinion == "disagrees"

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    @api.model
    def _get_situations(self):
        return {
            "disputed": self.env._("the other side disagrees"),
            "over_limit": self.env._("the estimate is over the company's limit"),
            "disputed_or_over_limit": self.env._(
                "the other side disagrees, or the estimate is over the company's limit"
            ),
            "goodwill": self.env._("goodwill is to be granted"),
        }

    def _is_situation(self, key):
        self.ensure_one()
        return {
            "disputed": self.is_disputed,
            "over_limit": self.over_limit,
            "disputed_or_over_limit": self.is_disputed or self.over_limit,
            "goodwill": self.has_goodwill,
        }[key]

    def _check_can_submit(self):
        if self.ticket_id.closed:
            raise UserError(self.env._("The service request %s is closed.", self.ticket_id.number))
        self._check_filled(
            "facts",
            "cause_id",
            "party_kind",
            "engineer_statement",
            "other_opinion",
            *(f"charge_{kind}" for kind in KINDS),
        )
        if self.party_kind != "us" and not self.evidence_ids:
            raise UserError(
                self.env._(
                    "%s holds somebody else responsible: add the evidence for it.", self.name
                )
            )
        self._check_statement()
        self._check_outcome()

    def _check_statement(self):
        if self.other_opinion == "disagrees":
            self._check_filled("other_reason", "other_person")

    def _prepare_submit_vals(self):
        ticket = self.ticket_id.sudo()
        return {
            "coverage": ticket.coverage,
            "coverage_until": ticket.coverage_until,
            "delivery_date": self.unit_id.sudo().delivery_date,
            "approval_limit": self.company_id.sudo().aftersales_finding_limit,
        }

    def _get_frozen_extra(self):
        return {
            "coverage": self.coverage or "",
            "coverage_until": fields.Date.to_string(self.coverage_until) or "",
            "delivery_date": fields.Date.to_string(self.delivery_date) or "",
            "approval_limit": f"{self.approval_limit:.2f}",
        }

    def _check_step_complete(self, row, rows):
        if row.phase != "decision":
            return
        if row.act == "determine" or self._is_last_decision(row, rows):
            self._check_filled("decision")
        self._check_statement()
        self._check_outcome()

    def _after_approved(self):
        self.sudo()._door_write({"approved_at": fields.Datetime.now()})
        self._open_claims()

    def _check_can_revise(self):
        if self.state == "approved":
            self._check_role("reopen")
            self._check_claims_untouched()

    def _after_reopen(self):
        self._void_claims()

    def _keep_attachments(self):
        kept = super()._keep_attachments()
        return kept + self.evidence_ids._keep_files()

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        submit = chain.filtered(lambda row: row.act == "submit")[-1:]
        frozen = self.env["aftersales.verification"]._load(submit.snapshot).get("frozen")
        if submit and frozen != self._get_frozen_extra():
            texts.append(self.env._("Coverage, dates or limit were changed after submission."))
        for item in self.evidence_ids:
            if item.sha256 != item._get_file_digest():
                texts.append(self.env._("The evidence %s was changed.", item.name))
        return texts + self._verify_outcome(chain)

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    @api.model
    def _get_newest(self, tickets):
        """Return {request: its finding that was decided last}.

        A finding that was decided and is being revised is among them: what it said doesn't
        hold any more, and what it will say isn't known yet.
        """
        findings = self.sudo().search(
            Domain("ticket_id", "in", tickets.ids)
            & Domain("approved_at", "!=", False)
            & Domain("state", "!=", "cancelled"),
            order="approved_at, id",
        )
        return {finding.ticket_id: finding for finding in findings}
