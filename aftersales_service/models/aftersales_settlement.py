from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .aftersales_unit import FIRST_DAY

SUPERVISOR = "aftersales_service.group_supervisor"
COMMERCE = "aftersales_service.group_commerce"
FINANCE = "aftersales_service.group_finance"


class AftersalesSettlement(models.Model):
    """The fee settlement sheet 费用结算单 (R004-32).

    Made from an agreement in force: what was agreed in it and its supplements, what was
    really issued (net of what came back) and worked (by sheets that the customer has
    signed), and what is charged. A difference is explained. More than agreed can't be
    charged: that takes a supplement. Under a framework agreement a settlement belongs to
    one request, or to none for the agreement's own fees.

    What was done until an agreement was terminated is settled as well: by what was done,
    even where a fixed price was agreed.

    Amounts are in the agreement's currency, computed by core's tax engine agreement by
    agreement, so that a settlement of all that was agreed has the agreement's amounts.
    """

    _name = "aftersales.settlement"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Fee Settlement"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.settlement"
    _evidence_lines = ("line_ids",)
    _action_roles = {
        "submit": (SUPERVISOR, COMMERCE),
        "withdraw": (SUPERVISOR, COMMERCE),
        "revise": (SUPERVISOR, COMMERCE),
        "cancel": (SUPERVISOR, COMMERCE),
        "refill": (SUPERVISOR, COMMERCE),
        "make_invoice": (COMMERCE, FINANCE),
        "register_confirmation": (SUPERVISOR, COMMERCE),
    }
    _action_access = "read"

    agreement_id = fields.Many2one(
        "aftersales.agreement",
        guard="fixed",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="fixed",
        compute="_compute_ticket_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="agreement_id.partner_id",
        string="Customer",
        store=True,
        precompute=True,
        guard="door",
        index=True,
    )
    supervisor_id = fields.Many2one(
        "res.users",
        string="Service Supervisor",
        guard="locked",
        compute="_compute_ticket_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
    )
    currency_id = fields.Many2one(
        related="agreement_id.currency_id", store=True, precompute=True, guard="door"
    )
    mode = fields.Selection(related="agreement_id.settlement", string="Way of Settlement")
    accepted_on = fields.Date(
        string="Service Accepted on",
        guard="locked",
        default=lambda self: self.env.company._aftersales_today(),
        help="The balance is due so many days after it as was agreed.",
    )
    acceptance_ref = fields.Char(
        string="Acceptance Sheet", guard="locked", help="Its number: what the hours rest on."
    )
    note = fields.Text(guard="locked")
    line_ids = fields.One2many("aftersales.settlement.line", "settlement_id", string="Charges")
    worksheet_ids = fields.One2many(
        "aftersales.worksheet", "settlement_id", string="Work Sheets Taken up"
    )
    amount_untaxed = fields.Monetary(
        string="Net Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_tax = fields.Monetary(
        string="Tax Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_total = fields.Monetary(
        string="Total Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    agreed_amount = fields.Monetary(
        string="As Agreed", guard="door", readonly=True, copy=False, default=0.0
    )
    received_amount = fields.Monetary(related="agreement_id.received_amount", string="Arrived")
    approved_on = fields.Date(
        string="Settled on", guard="door", readonly=True, copy=False, index="btree_not_null"
    )

    _open_unique = models.UniqueIndex(
        "(agreement_id, COALESCE(ticket_id, 0)) WHERE state IN ('draft', 'submitted')",
        "A settlement of this agreement is under way already.",
    )

    @api.depends("agreement_id")
    def _compute_ticket_id(self):
        for settlement in self:
            agreement = settlement.agreement_id
            settlement.ticket_id = settlement.ticket_id or agreement.ticket_id
            settlement.supervisor_id = agreement.supervisor_id or self.env.user

    @api.constrains("accepted_on")
    def _check_accepted_on(self):
        """The balance is due after an acceptance that has taken place."""
        for settlement in self.filtered("accepted_on"):
            today = settlement.company_id._aftersales_today()
            if not FIRST_DAY <= settlement.accepted_on <= today:
                raise ValidationError(
                    self.env._("A service can't be accepted on %s.", str(settlement.accepted_on))
                )

    @api.constrains("agreement_id", "ticket_id")
    def _check_agreement(self):
        for settlement in self:
            agreement, ticket = settlement.agreement_id, settlement.ticket_id
            if agreement.kind == "supplement":
                raise ValidationError(
                    self.env._(
                        "%(supplement)s is settled together with %(agreement)s.",
                        supplement=agreement.name,
                        agreement=agreement.parent_id.name,
                    )
                )
            wrong = (
                ticket and ticket.framework_id != agreement
                if agreement.kind == "framework"
                else ticket != agreement.ticket_id
            )
            if wrong:
                raise ValidationError(
                    self.env._(
                        "%(request)s isn't a request under %(agreement)s.",
                        request=ticket.number or "-",
                        agreement=agreement.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        settlements = super().create(vals_list)
        for settlement in settlements:
            settlement._fill()
        return settlements

    @api.model
    def _evidence_fields(self):
        """The amounts are part of what is signed."""
        return super()._evidence_fields() | {"amount_untaxed", "amount_tax", "amount_total"}

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_refill(self):
        """Read again what was agreed and done; lines that are the same keep their entries."""
        for settlement in self._as_public("refill"):
            settlement._check_state("draft")
            settlement._fill()
            settlement._guard_note_contributor()
        return True

    @api.readonly
    def action_view_agreement(self):
        """Open the agreement that is settled."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.agreement",
            "res_id": self.agreement_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # What was agreed and done
    # ------------------------------------------------------------------
    def _fill(self):
        """Make the lines from agreements, issues and work sheets."""
        self.ensure_one()
        record = self.sudo()
        kept = {
            record._get_facts(line._get_facts_vals()): (line.charged_qty, line.explanation)
            for line in record.line_ids
        }
        record.line_ids._door_unlink()
        vals_list = []
        for vals in record._prepare_lines():
            charged, explanation = kept.get(record._get_facts(vals), (vals["charged_qty"], False))
            vals_list.append(
                dict(
                    vals,
                    settlement_id=record.id,
                    charged_qty=charged,
                    explanation=explanation,
                )
            )
        self.env["aftersales.settlement.line"].sudo()._door_create(vals_list)
        record._update_totals()

    def _get_source(self):
        """Return the agreements whose lines are settled: the family that is in force."""
        root = self.agreement_id.sudo()
        if root.kind == "framework" and self.ticket_id:
            return root.browse()
        return root._get_family().filtered(lambda item: item._is_settleable())

    def _prepare_lines(self):
        """Return the values of the lines, with what is left of agreed and done."""
        self.ensure_one()
        agreed = self._get_source().line_ids.sorted(
            lambda line: (line.agreement_id.id, line.sequence, line.id)
        )
        issued, returned = self._get_issued(agreed)
        worked = self._get_worked()
        vals_list = []
        for line in agreed:
            kinds = self.env["aftersales.settlement.line"]._get_measured_kinds()
            taken_back = line._get_taken_back()
            if line.quantity < 0:
                done = line.quantity
            elif line._is_part():
                done = issued.get(line, 0.0) + taken_back
            elif line.product_id.aftersales_fee_kind in kinds:
                done = line._take_worked(worked) + taken_back
            else:
                done = line.quantity
            vals = line._prepare_settlement_line(done, returned.get(line, 0.0))
            if vals:
                vals_list.append(vals)
        for product, quantity in worked.items():
            if product.uom_id.compare(quantity, 0.0) > 0:
                vals_list.append(self._prepare_extra_work(product, quantity))
        return vals_list + self._prepare_used()

    def _get_issued(self, agreed):
        """Return ({agreement line: net issued}, {agreement line: came back}), in its unit.

        Net of done moves (law 6): what was issued minus what came back of just that.
        """
        covers = (
            self.env["aftersales.cover"].sudo().search([("agreement_line_id", "in", agreed.ids)])
        )
        back = covers.requisition_line_id._get_returned_quantities()
        issued, returned = {}, {}
        for cover in covers.sorted("id", reverse=True):
            line, product = cover.agreement_line_id, cover.product_id
            taken = min(back.get(cover.requisition_line_id, 0.0), cover.quantity)
            back[cover.requisition_line_id] = back.get(cover.requisition_line_id, 0.0) - taken
            for sums, quantity in ((issued, cover.quantity - taken), (returned, taken)):
                own = product.uom_id._compute_quantity(quantity, line.product_uom_id, round=False)
                sums[line] = sums.get(line, 0.0) + own
        return issued, returned

    def _prepare_extra_work(self, product, quantity):
        """Return a line for work that no agreement names: charged only as a framework says."""
        framework = self.agreement_id.sudo()
        as_used = (
            framework.kind == "framework"
            and framework._get_terms(product.aftersales_fee_kind) == "as_used"
        )
        price = 0.0
        if as_used:
            moment = framework.in_force_at or fields.Datetime.now()
            price = framework.tariff_id._aftersales_get_prices(
                [(product, quantity, product.uom_id)], moment
            )[0]
        return {
            "product_id": product.id,
            "name": product.name,
            "spec": product.aftersales_spec or False,
            "fee_kind": product.aftersales_fee_kind,
            "product_uom_id": product.uom_id.id,
            "price_unit": price,
            "tax_id": product._aftersales_get_tax(self.company_id).id,
            "agreed_qty": quantity if framework.kind == "framework" else 0.0,
            "done_qty": quantity,
            "charged_qty": quantity if as_used else 0.0,
            "is_as_used": as_used,
        }

    def _prepare_used(self):
        """Return lines for parts that a framework agreement charges as used."""
        framework = self.agreement_id.sudo()
        if not self.ticket_id or framework.kind != "framework":
            return []
        if framework.parts_terms != "as_used":
            return []  # paid by its fee
        covers = (
            self.env["aftersales.cover"]
            .sudo()
            .search(
                [
                    ("framework_id", "=", self.agreement_id.id),
                    ("requisition_id.ticket_id", "=", self.ticket_id.id),
                    ("settlement_id", "in", (False, self.id)),
                ]
            )
        )
        back = covers.requisition_line_id._get_returned_quantities()
        vals_list = []
        for cover in covers:
            product = cover.product_id
            quantity = cover.quantity - back.get(cover.requisition_line_id, 0.0)
            vals_list.append(
                {
                    "cover_id": cover.id,
                    "product_id": product.id,
                    "name": product.name,
                    "spec": product.aftersales_spec or False,
                    "fee_kind": "material",
                    "product_uom_id": product.uom_id.id,
                    "price_unit": cover._get_unit_price(self.agreement_id.tariff_id),
                    "tax_id": product._aftersales_get_tax(self.company_id).id,
                    "agreed_qty": cover.quantity,
                    "done_qty": quantity,
                    "charged_qty": quantity,
                    "is_as_used": True,
                }
            )
        return vals_list

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        agreement = self.agreement_id.sudo()
        if not agreement._is_settleable():
            raise UserError(
                self.env._(
                    "%s isn't signed: there is nothing to settle. Have it signed first.",
                    agreement.name,
                )
            )
        self._check_uncovered()
        if not self.line_ids:
            raise UserError(
                self.env._("%s has no lines: nothing was agreed, or all is settled.", self.name)
            )
        self._check_done()
        self.line_ids._check_charged()
        self._update_totals()
        if self.amount_total < 0:
            raise UserError(self.env._("The total of %s is negative.", self.name))

    def _check_uncovered(self):
        """What left under a release must be signed for before it is settled (R004-30)."""
        loose = (
            self.env["aftersales.cover"]
            .sudo()
            .search(
                [
                    ("requisition_id.ticket_id", "=", self.ticket_id.id),
                    ("agreement_line_id", "=", False),
                    ("framework_id", "=", False),
                ],
                limit=1,
            )
            if self.ticket_id
            else self.env["aftersales.cover"]
        )
        if loose:
            raise UserError(
                self.env._(
                    "%(product)s of %(requisition)s was issued without an agreement. Make a "
                    "supplement, have it signed, and settle then.",
                    product=loose.product_id.display_name,
                    requisition=loose.requisition_id.name,
                )
            )

    def _check_done(self):
        """Agreed and done are still what the lines say.

        :raise UserError: when something was issued, returned, worked or agreed since
        """
        fresh = [self._get_facts(vals) for vals in self.sudo()._prepare_lines()]
        known = [self._get_facts(line._get_facts_vals()) for line in self.sudo().line_ids]
        if sorted(fresh) != sorted(known):
            raise UserError(
                self.env._(
                    "What was agreed or done under %s has changed since: have it withdrawn or "
                    "rejected, and read again.",
                    self.agreement_id.name,
                )
            )

    @api.model
    def _get_facts(self, vals):
        return (
            vals.get("agreement_line_id") or 0,
            vals.get("cover_id") or 0,
            vals.get("product_id") or 0,
            f"{vals['agreed_qty']:.6f}",
            f"{vals['done_qty']:.6f}",
        )

    def _check_step_complete(self, row, rows):
        self._check_done()
        self.line_ids._check_charged()

    def _after_approved(self):
        """Count what is settled on the rows that own the caps (law 6)."""
        record = self.sudo()
        record.line_ids._count_settled(1)
        record._door_write({"approved_on": self.company_id._aftersales_today()})
        self._get_taken_sheets()._door_write({"settlement_id": self.id})

    def _after_reopen(self):
        record = self.sudo()
        if record.approved_on:
            record.line_ids._count_settled(-1)
            record.worksheet_ids._door_write({"settlement_id": False})
            record._door_write({"approved_on": False})
        if record.state == "draft":
            record._fill()

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        if self.partner_id != self.agreement_id.partner_id:
            texts.append(self.env._("The customer of the settlement was changed."))
        for name in ("amount_untaxed", "amount_tax", "amount_total"):
            if self.currency_id.compare_amounts(self[name], sum(self.line_ids.mapped(name))):
                texts.append(self.env._("The amounts don't fit the lines."))
                break
        return texts + self._verify_billed()
