from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.fields import own_company, proposed
from ..tools.text import clean_text
from .aftersales_claim import LARGEST_AMOUNT
from .aftersales_unit import FIRST_DAY, LAST_DAY

COMMERCE = "aftersales_service.group_commerce"
FINANCE = "aftersales_service.group_finance"
GENERAL_MANAGER = "aftersales_service.group_general_manager"

STATES = [
    ("draft", "Draft"),
    ("confirmed", "Withheld by the Customer"),
    ("written_off", "Given Up"),
    ("cancelled", "Cancelled"),
]
STANDINGS = [
    ("draft", "Draft"),
    ("not_due", "Not Yet Due"),
    ("at_risk", "At Risk"),
    ("due", "Due"),
    ("cleared", "Cleared"),
    ("written_off", "Given Up"),
    ("cancelled", "Cancelled"),
]


class AftersalesRetention(models.Model):
    """Retention money 质保金: what a customer keeps of the price until a day (R004-33).

    The commerce office enters what the contract says, another person in finance confirms
    it; from then on it is closed. What is collected follows from confirmed payments that
    finance allocates, what is deducted from claims that were accepted, and what is at risk
    from open requests on the units of the contract: nobody ticks it. Amounts are in the
    contract's currency.
    """

    _name = "aftersales.retention"
    _inherit = ["aftersales.guard", "mail.thread", "mail.activity.mixin"]
    _description = "Retention Money"
    _order = "date_due, id"
    _rec_names_search = ["name", "contract_ref"]
    _check_company_auto = True

    _action_roles = {
        "confirm": (FINANCE,),
        "reopen": (FINANCE,),
        "write_off": (GENERAL_MANAGER,),
        "cancel": (COMMERCE,),
    }
    # finance and the general manager decide on it, and edit nothing
    _action_access = "read"

    name = fields.Char(
        string="Number", guard="door", default="/", readonly=True, copy=False, index="trigram"
    )
    company_id = own_company()
    agreement_id = fields.Many2one(
        "aftersales.agreement",
        string="Service Agreement",
        guard="locked",
        domain="[('progress', '=', 'signed'), ('kind', '!=', 'supplement')]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Where part of the price of paid service is kept back; its payments count.",
    )
    contract_ref = fields.Char(
        string="Contract Number",
        guard="locked",
        index="btree_not_null",
        tracking=True,
        help="The delivered units with this contract number of the customer are concerned.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        **proposed("_compute_from_agreement"),
    )
    currency_id = fields.Many2one(
        "res.currency",
        guard="locked",
        required=True,
        ondelete="restrict",
        **proposed("_compute_from_agreement"),
    )
    contract_amount = fields.Monetary(
        string="Price of the Contract",
        guard="locked",
        help="With tax.",
        **proposed("_compute_contract_amount"),
    )
    percent = fields.Float(string="Retained (%)", guard="locked", tracking=True)
    amount = fields.Monetary(
        string="Retained Amount", guard="locked", tracking=True, **proposed("_compute_amount")
    )
    date_due = fields.Date(
        string="Due on",
        guard="locked",
        index=True,
        tracking=True,
        help="Proposed: the end of the longest warranty among the units of the contract.",
        **proposed("_compute_date_due"),
    )
    terms = fields.Text(
        string="Terms of the Contract", guard="locked", help="What has to be fulfilled until then."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Handled by",
        guard="free",
        default=lambda self: self.env.user,
        index=True,
        check_company=True,
        copy=False,
        tracking=True,
    )
    note = fields.Text(guard="free", copy=False)
    state = fields.Selection(
        STATES,
        guard="door",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    edited_by_id = fields.Many2one(
        "res.users",
        string="Entered by",
        guard="door",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )
    confirmed_by_id = fields.Many2one(
        "res.users", string="Confirmed by", guard="door", readonly=True, copy=False
    )
    confirmed_on = fields.Date(string="Confirmed on", guard="door", readonly=True, copy=False)
    written_off_amount = fields.Monetary(
        string="Amount Given Up", guard="door", readonly=True, copy=False, default=0.0
    )

    # what came of it, asked of payments, claims and requests
    standing = fields.Selection(STANDINGS, compute="_compute_standing", search="_search_standing")
    collected_amount = fields.Monetary(string="Collected", compute="_compute_standing")
    deducted_amount = fields.Monetary(
        string="Deducted", compute="_compute_standing", help="By claims that were accepted."
    )
    open_amount = fields.Monetary(string="Still Withheld", compute="_compute_standing")
    claimed_amount = fields.Monetary(
        string="Deduction Asked for",
        compute="_compute_standing",
        help="By claims that aren't decided.",
    )
    open_ticket_count = fields.Integer(string="Open Requests", compute="_compute_standing")
    claim_ids = fields.One2many("aftersales.claim", "retention_id", string="Deductions")

    _due_index = models.Index("(company_id, date_due) WHERE state IN ('confirmed', 'written_off')")
    _amounts_range = models.Constraint(
        f"CHECK (coalesce(amount, 0) >= 0 AND coalesce(amount, 0) <= {LARGEST_AMOUNT}"
        f" AND coalesce(contract_amount, 0) >= 0"
        f" AND coalesce(contract_amount, 0) <= {LARGEST_AMOUNT}"
        " AND coalesce(percent, 0) BETWEEN 0 AND 100"
        " AND coalesce(written_off_amount, 0) >= 0)",
        "Amounts of retention money aren't negative, and its share is between 0 and 100 %.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("agreement_id", "company_id")
    def _compute_from_agreement(self):
        for retention in self:
            agreement = retention.agreement_id
            retention.partner_id = agreement.partner_id or retention.partner_id
            retention.currency_id = (
                agreement.currency_id
                or retention.currency_id
                or retention.company_id.sudo().currency_id
            )

    @api.depends("agreement_id")
    def _compute_contract_amount(self):
        for retention in self:
            agreement = retention.agreement_id
            retention.contract_amount = agreement.amount_total or retention.contract_amount

    @api.depends("contract_amount", "percent", "currency_id")
    def _compute_amount(self):
        for retention in self:
            if retention.contract_amount and retention.percent:
                amount = retention.contract_amount * retention.percent / 100
                currency = retention.currency_id
                retention.amount = currency.round(amount) if currency else amount
            else:
                retention.amount = retention.amount

    @api.depends("contract_ref", "partner_id")
    def _compute_date_due(self):
        for retention in self:
            ends = [end for end in retention._get_units().mapped("warranty_end") if end]
            retention.date_due = max(ends, default=retention.date_due)

    def _compute_standing(self):
        ids = self._origin.ids
        rows = {}
        if ids:
            self._flush_standing()
            query = self._query_standing(SQL("retention.id IN %s", tuple(ids)))
            self.env.cr.execute(query)
            rows = {row["id"]: row for row in self.env.cr.dictfetchall()}
        for retention in self:
            row = rows.get(retention._origin.id, {})
            retention.standing = row.get("standing", "draft")
            retention.open_amount = row.get("open", retention.amount)
            retention.collected_amount = row.get("collected", 0.0)
            retention.deducted_amount = row.get("deducted", 0.0)
            retention.claimed_amount = row.get("claimed", 0.0)
            retention.open_ticket_count = row.get("requests", 0)

    @api.model
    def _search_standing(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_standing()
        query = self._query_standing(SQL("TRUE"))
        names = tuple(name for name in value if isinstance(name, str)) or ("",)
        return Domain(
            "id",
            "in",
            SQL("(SELECT found.id FROM (%s) found WHERE found.standing IN %s)", query, names),
        )

    @api.model
    def _flush_standing(self):
        """Write out what the question after payments, claims and requests reads."""
        for name in (
            self._name,
            "account.payment",
            "account.move",
            "aftersales.claim",
            "helpdesk.ticket",
            "aftersales.unit",
        ):
            self.env[name].flush_model()

    @api.model
    def _query_standing(self, condition):
        """Return, as SQL, what has become of the retention money that fits the condition.

        One question for form, list, search and follow-up, so that they can't differ.
        A payment that is cancelled or a request that is opened needs no recomputation.
        """
        Payment = self.env["account.payment"]
        return SQL(
            """
            SELECT found.*,
                   CASE WHEN found.state IN ('draft', 'cancelled') THEN found.state
                        WHEN found.open <= 0 AND found.state = 'written_off' THEN 'written_off'
                        WHEN found.open <= 0 THEN 'cleared'
                        WHEN found.date_due <= found.today THEN 'due'
                        WHEN found.requests > 0 OR found.claimed > 0 THEN 'at_risk'
                        ELSE 'not_due' END AS standing
              FROM (SELECT retention.id, retention.company_id, retention.partner_id,
                           retention.user_id, retention.agreement_id, retention.currency_id,
                           retention.state, retention.date_due, retention.confirmed_on,
                           (now() AT TIME ZONE own.aftersales_tz)::date AS today,
                           COALESCE(paid.amount, 0) AS collected,
                           COALESCE(claims.deducted, 0) AS deducted,
                           COALESCE(claims.claimed, 0) AS claimed,
                           COALESCE(retention.amount, 0) - COALESCE(paid.amount, 0)
                           - COALESCE(claims.deducted, 0)
                           - COALESCE(retention.written_off_amount, 0) AS open,
                           risk.requests, risk.ticket_id, risk.since
                      FROM aftersales_retention retention
                      JOIN res_company own ON own.id = retention.company_id
                      LEFT JOIN LATERAL (
                            SELECT SUM(%(signed)s) AS amount
                              FROM account_payment payment
                              JOIN res_company company ON company.id = payment.company_id
                         LEFT JOIN account_move move ON move.id = payment.move_id
                             WHERE payment.aftersales_retention_id = retention.id
                               AND %(arrived)s) paid ON TRUE
                      LEFT JOIN LATERAL (
                            SELECT SUM(CASE claim.state WHEN 'accepted' THEN claim.amount_accepted
                                                        WHEN 'settled' THEN claim.amount_recovered
                                                        ELSE 0 END) AS deducted,
                                   SUM(CASE WHEN claim.state IN ('open', 'raised')
                                            THEN claim.amount_claimed ELSE 0 END) AS claimed
                              FROM aftersales_claim claim
                             WHERE claim.retention_id = retention.id) claims ON TRUE
                      LEFT JOIN LATERAL (%(requests)s) risk ON TRUE
                     WHERE %(condition)s) found
            """,
            signed=Payment._aftersales_signed_amount(),
            arrived=Payment._aftersales_arrived(),
            requests=self._query_requests(),
            condition=condition,
        )

    @api.model
    def _query_requests(self):
        """Return, as SQL, how many requests that aren't closed stand against ``retention``."""
        return SQL(
            """
            SELECT COUNT(*) AS requests, MIN(ticket.id) AS ticket_id,
                   (MIN(ticket.reported_at) AT TIME ZONE 'UTC'
                    AT TIME ZONE own.aftersales_tz)::date AS since
              FROM helpdesk_ticket ticket
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE ticket.active AND NOT COALESCE(stage.closed, FALSE)
               AND ticket.id IN (
                   SELECT request.id
                     FROM aftersales_unit unit
                     JOIN helpdesk_ticket request ON request.unit_id = unit.id
                LEFT JOIN res_partner buyer ON buyer.id = unit.partner_id
                     JOIN res_partner customer ON customer.id = retention.partner_id
                    WHERE unit.contract_ref = retention.contract_ref
                      AND unit.company_id = retention.company_id
                      AND COALESCE(buyer.commercial_partner_id, customer.commercial_partner_id)
                          = customer.commercial_partner_id
                    UNION ALL
                   SELECT agreement.ticket_id FROM aftersales_agreement agreement
                    WHERE agreement.id = retention.agreement_id)
            """
        )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("date_due")
    def _check_date_due(self):
        for retention in self:
            if retention.date_due and not FIRST_DAY <= retention.date_due <= LAST_DAY:
                raise ValidationError(
                    self.env._("Retention money can't be due on %s.", str(retention.date_due))
                )

    @api.constrains("amount", "contract_amount")
    def _check_amount(self):
        for retention in self:
            price = retention.contract_amount
            if price and retention.currency_id.compare_amounts(retention.amount, price) > 0:
                raise ValidationError(
                    self.env._("%s: more is retained than the whole price.", retention.name)
                )

    @api.constrains("agreement_id", "partner_id", "currency_id")
    def _check_agreement(self):
        for retention in self:
            agreement = retention.agreement_id
            if not agreement:
                continue
            customer = retention.partner_id.commercial_partner_id
            if (
                agreement.partner_id.commercial_partner_id != customer
                or agreement.currency_id != retention.currency_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(retention)s: customer and currency aren't those of %(agreement)s.",
                        retention=retention.name,
                        agreement=agreement.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        retentions = super().create([self._plain_vals(vals) for vals in vals_list])
        for retention in retentions:
            sequence = self.env["ir.sequence"].sudo().with_company(retention.company_id)
            number = sequence.next_by_code("aftersales.retention")
            retention.sudo()._door_write({"name": number or "/"})
        return retentions

    def write(self, vals):
        return super(AftersalesRetention, self._with_history()).write(self._plain_vals(vals))

    @api.ondelete(at_uninstall=True)
    def _unlink_only_drafts(self):
        for retention in self:
            if retention.state != "draft" or retention.confirmed_on:
                raise UserError(
                    self.env._(
                        "%s has been confirmed by finance and stays on file.", retention.name
                    )
                )

    @api.model
    def _plain_vals(self, vals):
        if "contract_ref" not in vals:
            return vals
        return dict(vals, contract_ref=clean_text(self.env, vals["contract_ref"]) or False)

    def _guard_is_locked(self):
        return self.state != "draft"

    def _guard_note_contributor(self):
        """Whoever changes the terms isn't the one who confirms them."""
        others = self.filtered(lambda item: item.edited_by_id != self.env.user)
        if others and not self.env.su:
            others.sudo()._door_write({"edited_by_id": self.env.uid})

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_units(self):
        """Return the delivered units whose contract it is, of the customer or of nobody."""
        self.ensure_one()
        Unit = self.env["aftersales.unit"].sudo()
        if not self.contract_ref or not self.company_id:
            return Unit
        units = Unit.search(
            [
                ("company_id", "=", self.company_id.id),
                ("contract_ref", "=", self.contract_ref.strip()),
            ]
        )
        customer = self.sudo().partner_id.commercial_partner_id
        return units.filtered(
            lambda unit: not unit.partner_id or unit.partner_id.commercial_partner_id == customer
        )
