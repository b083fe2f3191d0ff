from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.text import clean_text

SUPERVISOR = "aftersales_service.group_supervisor"
MAX_DAYS = 366


class AftersalesRelease(models.Model):
    """A decision to begin before the agreement is signed or paid (执行在先, 放行).

    It names a reason, an amount and a last day, goes through its own chain and is used
    up by the gate: ``used_amount`` is the running total, written with every issue, and
    the database refuses more than the limit. It stays on the list of exceptions until
    what was skipped has been made good (R004-30, R004-33).
    """

    _name = "aftersales.release"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Release before Agreement or Payment"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.release"
    _action_roles = {
        "submit": (SUPERVISOR,),
        "withdraw": (SUPERVISOR,),
        "revise": (SUPERVISOR,),
        "cancel": (SUPERVISOR,),
    }

    kind = fields.Selection(
        [("unsigned", "Work First, Sign Later"), ("unpaid", "Release without Prepayment")],
        guard="locked",
        required=True,
        default="unsigned",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="fixed",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
    )
    reason = fields.Text(guard="locked", help="Why the work can't wait.")
    promise = fields.Text(
        string="How It Is Made Good",
        guard="locked",
        help="Who gets the signature or the money, and until when.",
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id", store=True, precompute=True, guard="door"
    )
    amount_limit = fields.Monetary(
        guard="locked", required=True, help="What may be issued at most, with tax."
    )
    date_end = fields.Date(
        string="Valid until",
        guard="locked",
        required=True,
        default=lambda self: fields.Date.add(self.env.company._aftersales_today(), days=14),
    )
    used_amount = fields.Monetary(
        string="Used", guard="door", readonly=True, copy=False, default=0.0
    )
    cover_ids = fields.One2many("aftersales.cover", "release_id", string="Issued under It")
    standing = fields.Selection(
        [
            ("none", "Not Released"),
            ("valid", "Valid"),
            ("expired", "Expired Unused"),
            ("open", "To Be Made Good"),
            ("good", "Made Good"),
        ],
        compute="_compute_standing",
    )
    is_exception = fields.Boolean(
        string="To Be Made Good", compute="_compute_standing", search="_search_is_exception"
    )

    _used_within_limit = models.Constraint(
        "CHECK (coalesce(used_amount, 0) >= 0"
        " AND coalesce(used_amount, 0) <= coalesce(amount_limit, 0))",
        "More can't be issued under a release than its limit allows.",
    )
    _limit_positive = models.Constraint(
        "CHECK (amount_limit > 0 AND amount_limit < 100000000)",
        "The limit of a release is greater than zero and less than 100 million.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("ticket_id")
    def _compute_partner_id(self):
        for release in self:
            release.partner_id = release.ticket_id.partner_id

    @api.depends("state", "used_amount", "date_end")
    def _compute_standing(self):
        open_ones = self.search([("id", "in", self.ids), ("is_exception", "=", True)])
        for release in self:
            release.is_exception = release in open_ones
            if release.is_exception:
                release.standing = "open"
            elif release.state != "approved":
                release.standing = "none"
            elif release.used_amount:
                release.standing = "good"
            elif release.date_end < release.company_id._aftersales_today():
                release.standing = "expired"
            else:
                release.standing = "valid"

    @api.model
    def _search_is_exception(self, operator, value):
        """Releases under which something left that is still not signed or paid."""
        if operator != "in":
            return NotImplemented
        uncovered = self.env["aftersales.requisition"]._get_uncovered_query()
        covers = (
            self.env["aftersales.cover"]
            .sudo()
            ._search([("release_id", "!=", False), ("requisition_id", "in", uncovered)])
        )
        found = Domain("cover_ids", "in", covers)
        return found if True in value else ~found

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("date_end")
    def _check_date_end(self):
        for release in self:
            today = release.company_id._aftersales_today()
            if release.state == "draft" and not (
                today <= release.date_end <= fields.Date.add(today, days=MAX_DAYS)
            ):
                raise ValidationError(
                    self.env._("A release is valid from today on, and for a year at most.")
                )

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        if not clean_text(self.env, self.reason) or not clean_text(self.env, self.promise):
            raise UserError(
                self.env._("Say why %s can't wait, and how it will be made good.", self.name)
            )
        if self.ticket_id.closed:
            raise UserError(self.env._("The service request %s is closed.", self.ticket_id.number))
        if self.date_end < self.company_id._aftersales_today():
            raise UserError(self.env._("The last day of %s is over.", self.name))

    def _check_can_revise(self):
        if self.used_amount:
            raise UserError(
                self.env._("Material has been issued under %s already: it stays.", self.name)
            )

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    def _is_valid(self):
        self.ensure_one()
        return self.state == "approved" and self.date_end >= self.company_id._aftersales_today()

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        used = sum(self.sudo().cover_ids.mapped("amount"))
        if self.currency_id.compare_amounts(used, self.used_amount):
            texts.append(self.env._("The used amount of the release was changed."))
        return texts
