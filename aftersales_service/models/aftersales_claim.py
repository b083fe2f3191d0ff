import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.text import clean_text

COMMERCE = "aftersales_service.group_commerce"
BUYER = "aftersales_service.group_buyer"
FINANCE = "aftersales_service.group_finance"
LARGEST_AMOUNT = 10**11


class AftersalesClaim(models.Model):
    """What follows from a finding against a carrier, vendor, installer or design institute,
    or what the customer keeps of our retention money (R004-28).

    The claim is opened by the decision, and moved by its actions alone: the commerce office
    or the buyer raises it and records the answer, finance records what has come in.
    """

    _name = "aftersales.claim"
    _inherit = ["aftersales.guard", "mail.thread", "mail.activity.mixin"]
    _description = "Claim"
    _order = "id desc"
    _check_company_auto = True

    _action_roles = {
        "raise": (COMMERCE, BUYER),
        "accept": (COMMERCE, BUYER),
        "refuse": (COMMERCE, BUYER),
        "settle": (FINANCE,),
        "withdraw": (COMMERCE,),
    }
    # who moves it needs no right to edit it: finance records money, nothing else
    _action_access = "read"

    name = fields.Char(
        string="Number", guard="door", default="/", readonly=True, copy=False, index="trigram"
    )
    company_id = fields.Many2one(
        "res.company", guard="door", readonly=True, required=True, index=True, copy=False
    )
    finding_id = fields.Many2one(
        "aftersales.finding",
        guard="door",
        readonly=True,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        copy=False,
    )
    ticket_id = fields.Many2one(related="finding_id.ticket_id", string="Service Request")
    kind = fields.Selection(
        [
            ("vendor", "Component Vendor"),
            ("installer", "Installer"),
            ("carrier", "Carrier"),
            ("design", "Design Institute"),
            ("retention", "Deduction from Retention Money"),
        ],
        string="Against",
        guard="door",
        readonly=True,
        required=True,
        index=True,
        copy=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Party",
        guard="door",
        readonly=True,
        required=True,
        index=True,
        ondelete="restrict",
        copy=False,
    )
    partner_name = fields.Char(string="Party at the Time", guard="door", readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_estimated = fields.Monetary(
        string="Estimate of the Finding", guard="door", readonly=True, copy=False
    )
    amount_claimed = fields.Monetary(guard="door", readonly=True, copy=False, tracking=True)
    amount_accepted = fields.Monetary(guard="door", readonly=True, copy=False, tracking=True)
    amount_recovered = fields.Monetary(guard="door", readonly=True, copy=False, tracking=True)
    amount_open = fields.Monetary(
        string="Not Recovered",
        guard="door",
        compute="_compute_amount_open",
        store=True,
        precompute=True,
    )
    state = fields.Selection(
        [
            ("open", "To Raise"),
            ("raised", "Raised"),
            ("accepted", "Accepted"),
            ("refused", "Refused by the Party"),
            ("settled", "Claim Settled"),
            ("cancelled", "Dropped"),
        ],
        guard="door",
        default="open",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    raised_at = fields.Date(string="Raised on", guard="door", readonly=True, copy=False)
    answered_at = fields.Date(string="Answered on", guard="door", readonly=True, copy=False)
    settled_at = fields.Date(string="Claim Settled on", guard="door", readonly=True, copy=False)
    date_due = fields.Date(
        string="Due on",
        guard="locked",
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="Until when the party has to answer, and to pay.",
    )
    reference = fields.Char(string="Their Reference", guard="locked", copy=False, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Handled by",
        guard="free",
        index="btree_not_null",
        check_company=True,
        copy=False,
        tracking=True,
    )
    note = fields.Text(guard="free", copy=False)
    is_late = fields.Boolean(
        string="Past Due", compute="_compute_is_late", search="_search_is_late"
    )

    _amounts_not_negative = models.Constraint(
        "CHECK (amount_estimated >= 0 AND amount_claimed >= 0 AND amount_accepted >= 0"
        " AND amount_recovered >= 0)",
        "An amount of a claim can't be negative.",
    )
    _recovered_within = models.Constraint(
        "CHECK (amount_recovered <= GREATEST(amount_claimed, amount_accepted))",
        "No more can be recovered than was claimed.",
    )

    # ------------------------------------------------------------------
    # Compute, search
    # ------------------------------------------------------------------
    @api.depends("state", "amount_claimed", "amount_accepted", "amount_recovered")
    def _compute_amount_open(self):
        """What can still come in; what the customer has kept can't."""
        for claim in self:
            due = claim.amount_accepted if claim.state == "accepted" else claim.amount_claimed
            live = claim.state in ("open", "raised", "accepted")
            claim.amount_open = max(due - claim.amount_recovered, 0.0) if live else 0.0

    @api.depends("state", "date_due")
    def _compute_is_late(self):
        for claim in self:
            today = claim.company_id._aftersales_today() if claim.company_id else False
            live = claim.state in ("open", "raised", "accepted")
            claim.is_late = bool(live and today and claim.date_due and claim.date_due < today)

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("date_due", "<", company._aftersales_today())
            for company in self.env.companies
        ) & Domain("state", "in", ("open", "raised", "accepted"))
        return late if True in value else ~late

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        # a claim follows from a finding and from nothing else
        self._raise_closed()

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        self._raise_closed()

    def _guard_is_locked(self):
        return self.state in ("refused", "settled", "cancelled")

    @api.model
    def _open(self, vals_list):
        """Open claims that follow from a finding; the engine alone calls this."""
        for vals in vals_list:
            company = self.env["res.company"].browse(vals["company_id"])
            sequence = self.env["ir.sequence"].with_company(company)
            vals["name"] = sequence.next_by_code("aftersales.claim") or "/"
            vals["state"] = "open"
            vals["date_due"] = fields.Date.add(
                company._aftersales_today(), days=company.sudo().aftersales_claim_days
            )
        return self.with_context(mail_create_nosubscribe=True)._door_create(vals_list)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_raise(self, amount=None, comment=""):
        """Record that the claim has been made to the party.

        :param amount: what is claimed, in the company's currency; None keeps the estimate
        """
        for claim in self._as_public("raise"):
            claim._check_state("open")
            amount_claimed = claim._clean_amount(amount, claim.amount_claimed)
            if not amount_claimed:
                raise UserError(self.env._("Say how much is claimed by %s.", claim.name))
            claim._move("raised", comment, amount_claimed=amount_claimed, raised_at=True)
        return True

    def action_accept(self, amount=None, comment=""):
        """Record that the party has accepted the claim, wholly or in part.

        :param amount: what it has accepted; None for all
        """
        for claim in self._as_public("accept"):
            claim._check_state("raised")
            accepted = claim._clean_amount(amount, claim.amount_claimed)
            if (
                not accepted
                or claim.currency_id.compare_amounts(accepted, claim.amount_claimed) > 0
            ):
                raise UserError(
                    self.env._(
                        "%(claim)s claims %(amount)s: a party accepts part of it or all.",
                        claim=claim.name,
                        amount=claim.currency_id.format(claim.amount_claimed),
                    )
                )
            claim._move("accepted", comment, amount_accepted=accepted, answered_at=True)
        return True

    def action_refuse(self, comment=""):
        """Record that the party refuses; its reason is required."""
        for claim in self._as_public("refuse"):
            claim._check_state("raised", "accepted")
            if claim.amount_recovered:
                raise UserError(
                    self.env._("%s has been paid in part: settle it instead.", claim.name)
                )
            claim._move("refused", claim._clean_reason(comment), answered_at=True)
        return True

    def action_settle(self, amount=None, comment=""):
        """Record what has come in; the claim is settled with it.

        :param amount: what was recovered in all; None for all that was accepted
        """
        for claim in self._as_public("settle"):
            claim._check_state("accepted")
            recovered = claim._clean_amount(amount, claim.amount_accepted)
            compare = claim.currency_id.compare_amounts
            if compare(recovered, claim.amount_accepted) > 0:
                raise UserError(
                    self.env._(
                        "%(claim)s was accepted for %(amount)s: no more can be recovered.",
                        claim=claim.name,
                        amount=claim.currency_id.format(claim.amount_accepted),
                    )
                )
            if compare(recovered, claim.amount_accepted) < 0:
                claim._clean_reason(comment)
            claim._move("settled", comment, amount_recovered=recovered, settled_at=True)
        return True

    def action_withdraw(self, comment=""):
        """Drop the claim with a reason."""
        for claim in self._as_public("withdraw"):
            claim._check_state("open", "raised")
            claim._move("cancelled", claim._clean_reason(comment))
        return True

    @api.readonly
    def action_open_finding(self):
        """Open the finding that the claim follows from."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.finding",
            "res_id": self.finding_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _clean_amount(self, amount, otherwise):
        """Return an amount that a client has sent, rounded to the currency.

        :raise UserError: when it isn't a sum of money
        """
        if amount in (None, False):
            return otherwise
        if isinstance(amount, bool) or not isinstance(amount, (int, float)):
            raise UserError(self.env._("%s isn't an amount.", clean_text(self.env, amount)))
        if not math.isfinite(amount) or not 0 <= amount <= LARGEST_AMOUNT:
            raise UserError(self.env._("%s isn't an amount.", amount))
        return self.currency_id.round(float(amount))

    def _clean_reason(self, comment):
        reason = clean_text(self.env, comment)
        if not reason:
            raise UserError(self.env._("Give the reason for it: %s.", self.name))
        return reason

    def _move(self, state, comment, **vals):
        """Move the claim, with the day and what was said about it."""
        comment = clean_text(self.env, comment)
        today = self.company_id._aftersales_today()
        vals = {name: today if value is True else value for name, value in vals.items()}
        self.sudo()._door_write(dict(vals, state=state))
        if comment:
            # whoever may move a claim may say why, also without the right to edit it
            self.sudo().message_post(body=comment, author_id=self.env.user.partner_id.id)
