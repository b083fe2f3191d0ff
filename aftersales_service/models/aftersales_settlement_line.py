from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import totals
from .product_pricelist import FEE_KINDS

# what only a sheet that the customer has signed proves; the rest is charged as agreed
MEASURED = ("labour", "overtime", "holiday", "travel")
DIGITS = "Product Unit"


class AftersalesSettlementLine(models.Model):
    """Agreed, done and charged of one charge; quantities in the line's unit.

    The engine writes all but ``charged_qty`` and ``explanation``. ``amount_invoiced``
    and ``amount_credited`` are the running totals of posted invoices and credit notes,
    with tax; the database refuses more than was settled.
    """

    _name = "aftersales.settlement.line"
    _inherit = ["aftersales.guard"]
    _description = "Settlement Line"
    _order = "settlement_id, id"
    _rec_name = "name"
    _check_company_auto = True
    _guard_parent = "settlement_id"

    settlement_id = fields.Many2one(
        "aftersales.settlement",
        string="Fee Settlement",
        guard="door",
        copy=False,
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    agreement_line_id = fields.Many2one(
        "aftersales.agreement.line",
        string="Agreed as",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    cover_id = fields.Many2one(
        "aftersales.cover",
        string="Issued as",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    product_id = fields.Many2one(
        "product.product", string="Part or Fee", guard="door", copy=False, ondelete="restrict"
    )
    name = fields.Char(string="Description", guard="door", copy=False)
    spec = fields.Char(string="Model and Specification", guard="door", copy=False)
    fee_kind = fields.Selection(FEE_KINDS, guard="door", copy=False)
    product_uom_id = fields.Many2one(
        "uom.uom", string="Unit of Measure", guard="door", copy=False, ondelete="restrict"
    )
    price_unit = fields.Float(string="Unit Price", guard="door", copy=False, digits="Product Price")
    discount = fields.Float(string="Discount (%)", guard="door", copy=False, digits="Discount")
    tax_id = fields.Many2one("account.tax", guard="door", copy=False, ondelete="restrict")
    is_as_used = fields.Boolean(string="Charged as Used", guard="door", copy=False)
    agreed_qty = fields.Float(string="Agreed", guard="door", copy=False, digits=DIGITS)
    done_qty = fields.Float(string="Done", guard="door", copy=False, digits=DIGITS)
    charged_qty = fields.Float(string="Charged", guard="locked", digits=DIGITS)
    explanation = fields.Char(string="Difference Explained", guard="locked")
    has_difference = fields.Boolean(compute="_compute_has_difference")
    amount_untaxed = fields.Monetary(string="Net Amount", guard="door", copy=False, default=0.0)
    amount_tax = fields.Monetary(string="Tax Amount", guard="door", copy=False, default=0.0)
    amount_total = fields.Monetary(string="Amount", guard="door", copy=False, default=0.0)
    amount_invoiced = fields.Monetary(string="Invoiced", guard="door", copy=False, default=0.0)
    amount_credited = fields.Monetary(string="Credited", guard="door", copy=False, default=0.0)

    _credited_within_invoiced = models.Constraint(
        "CHECK (abs(coalesce(amount_credited, 0)) <= abs(coalesce(amount_invoiced, 0)))",
        "More can't be credited than was invoiced.",
    )
    _invoiced_within_total = models.Constraint(
        "CHECK (abs(coalesce(amount_invoiced, 0) - coalesce(amount_credited, 0))"
        " <= abs(coalesce(amount_total, 0)) + 0.001)",
        "More can't be invoiced than was settled.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("agreed_qty", "done_qty", "charged_qty", "product_uom_id")
    def _compute_has_difference(self):
        for line in self:
            line.has_difference = bool(
                line._compare(line.agreed_qty, line.done_qty)
                or line._compare(line.charged_qty, line.agreed_qty)
            )

    def _compare(self, one, other):
        digits = self.env["decimal.precision"].precision_get(DIGITS)
        difference = round(one - other, digits)
        return (difference > 0) - (difference < 0)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Only the settlement itself makes its lines, by the door."""
        if vals_list:
            self._raise_closed()
        return super().create(vals_list)

    def unlink(self):
        if self:
            self._raise_closed()
        return super().unlink()

    def write(self, vals):
        result = super().write(vals)
        if "charged_qty" in vals:
            totals.update(self.settlement_id)
        return result

    @api.model
    def _evidence_fields(self):
        """What the engine has found and computed is part of what is signed."""
        return super()._evidence_fields() | {
            "agreement_line_id",
            "product_id",
            "name",
            "product_uom_id",
            "price_unit",
            "discount",
            "tax_id",
            "agreed_qty",
            "done_qty",
            "amount_untaxed",
            "amount_tax",
            "amount_total",
        }

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    @api.model
    def _get_measured_kinds(self):
        return MEASURED

    def _check_charged(self):
        """Nothing more than agreed, nor than done where done counts; differences explained.

        :raise UserError: naming the line and what to do
        """
        for line in self:
            charged, agreed = line.charged_qty, line.agreed_qty
            if agreed < 0:
                wrong = line._compare(charged, agreed)
            else:
                wrong = line._compare(charged, 0.0) < 0
            if wrong:
                raise UserError(
                    self.env._(
                        "%(line)s: %(charged)s can't be charged.",
                        line=line.name,
                        charged=f"{charged:g}",
                    )
                )
            if agreed >= 0 and line._compare(charged, agreed) > 0:
                raise UserError(
                    self.env._(
                        "%(line)s: agreed %(agreed)s, charged %(charged)s. More than was agreed "
                        "can't be charged: make a supplement and have it signed.",
                        line=line.name,
                        agreed=f"{agreed:g}",
                        charged=f"{charged:g}",
                    )
                )
            if agreed >= 0 and line._is_by_done() and line._compare(charged, line.done_qty) > 0:
                raise UserError(
                    self.env._(
                        "%(line)s: done %(done)s, charged %(charged)s. By what was done, no more "
                        "can be charged than was issued or signed for.",
                        line=line.name,
                        done=f"{line.done_qty:g}",
                        charged=f"{charged:g}",
                    )
                )
            if line.has_difference and not (line.explanation or "").strip():
                raise UserError(
                    self.env._(
                        "%(line)s: agreed %(agreed)s, done %(done)s, charged %(charged)s. Explain "
                        "the difference.",
                        line=line.name,
                        agreed=f"{agreed:g}",
                        done=f"{line.done_qty:g}",
                        charged=f"{charged:g}",
                    )
                )

    def _is_by_done(self):
        """Return whether no more is charged than was done, as the line's agreement says."""
        own = self.sudo()
        agreement = own.agreement_line_id.agreement_id or own.settlement_id.agreement_id
        return (
            own.is_as_used
            or agreement.settlement == "actual"
            or agreement._get_root().progress == "terminated"
        )

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    def _get_special_mode(self):
        """Return how core's tax engine reads the price: with tax or without."""
        included = self.settlement_id.agreement_id.tariff_id.aftersales_tax_included
        return "total_included" if included else "total_excluded"

    def _prepare_base_line(self):
        """Return the line as core's tax engine takes it."""
        settlement = self.settlement_id
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            self,
            tax_ids=self.tax_id,
            quantity=self.charged_qty,
            partner_id=settlement.partner_id,
            currency_id=settlement.currency_id,
            special_mode=self._get_special_mode(),
        )

    def _set_amounts(self, details):
        net = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        tax = sum(item["tax_amount_currency"] for item in details["taxes_data"])
        currency = self.currency_id
        # the row is written even where nothing changes: whoever edits the line while the
        # document is submitted collides here, and one of them is repeated
        self._door_write(
            {
                "amount_untaxed": currency.round(net),
                "amount_tax": currency.round(tax),
                "amount_total": currency.round(net + tax),
            }
        )

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_facts_vals(self):
        return {
            "agreement_line_id": self.agreement_line_id.id,
            "cover_id": self.cover_id.id,
            "product_id": self.product_id.id,
            "agreed_qty": self.agreed_qty,
            "done_qty": self.done_qty,
        }

    def _count_settled(self, sign):
        """Add what is charged to the running totals of the agreement lines and covers."""
        for line in self:
            agreed = line.agreement_line_id
            if agreed:
                agreed._door_write({"qty_settled": agreed.qty_settled + sign * line.charged_qty})
            if line.cover_id:
                line.cover_id._door_write(
                    {"settlement_id": line.settlement_id.id if sign > 0 else False}
                )


class AftersalesAgreementLineSettled(models.Model):
    """How much of an agreement line is settled; the cap of all settlements (law 6)."""

    _inherit = "aftersales.agreement.line"

    qty_settled = fields.Float(
        string="Settled", guard="door", digits=DIGITS, readonly=True, copy=False, default=0.0
    )

    _settled_within_quantity = models.Constraint(
        "CHECK (abs(coalesce(qty_settled, 0)) <= abs(quantity)"
        " AND coalesce(qty_settled, 0) * quantity >= 0)",
        "More can't be settled than was agreed.",
    )

    def _is_part(self):
        """Return whether the line is for parts that are issued, however it is labelled."""
        self.ensure_one()
        product = self.product_id
        return bool(self.requisition_line_id or product and not product.aftersales_fee_kind)

    def _is_measured(self):
        """Return whether an issue or a signed work sheet says how much was done."""
        kinds = self.env["aftersales.settlement.line"]._get_measured_kinds()
        return self._is_part() or self.product_id.aftersales_fee_kind in kinds

    def _get_taken_back(self):
        """Return what supplements have taken back of the line, in its unit."""
        self.ensure_one()
        if not self.product_id or self.quantity <= 0:
            return 0.0
        product = self.product_id
        back = max(self._get_product_qty() - self.qty_agreed, 0.0)
        return product.uom_id._compute_quantity(back, self.product_uom_id, round=False)

    def _take_worked(self, worked):
        """Take the line's share out of ``{product: quantity}``; the last line takes the rest."""
        unit = self.product_id.uom_id
        free = worked.get(self.product_id, 0.0)
        family = self.agreement_id._get_family()
        later = family.filtered(lambda item: item._is_settleable()).line_ids
        is_last = not later.filtered(
            lambda line: (
                line.product_id == self.product_id
                and line.quantity > 0
                and (line.agreement_id.id, line.sequence, line.id)
                > (self.agreement_id.id, self.sequence, self.id)
            )
        )
        taken = free if is_last else min(free, self.qty_agreed)
        worked[self.product_id] = free - taken
        return unit._compute_quantity(taken, self.product_uom_id, round=False)

    def _prepare_settlement_line(self, done, returned):
        """Return the values of the settlement line with what isn't settled yet, or None."""
        digits = self.env["decimal.precision"].precision_get(DIGITS)
        agreed = round(self.quantity - self.qty_settled, digits)
        done = round(done - self.qty_settled, digits)
        if self.qty_settled and not agreed and done <= 0:
            return None
        if self.quantity < 0:
            charged = agreed
        elif self.agreement_id._get_root().progress == "terminated":
            # what nobody measures is charged only where somebody says that it was done
            charged = min(done, agreed) if self._is_measured() else 0.0
        elif self.agreement_id.settlement == "fixed":
            charged = agreed - returned
        else:
            charged = min(done, agreed)
        charged = round(charged if self.quantity < 0 else max(charged, 0.0), digits)
        return {
            "agreement_line_id": self.id,
            "product_id": self.product_id.id,
            "name": self.name or self.product_id.name,
            "spec": self.spec,
            "fee_kind": self.fee_kind,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_id": self.tax_id.id,
            "agreed_qty": agreed,
            "done_qty": done,
            "charged_qty": charged,
            "is_as_used": False,
        }


class AftersalesCoverSettled(models.Model):
    """What was charged as used under a framework agreement is settled once."""

    _inherit = "aftersales.cover"

    settlement_id = fields.Many2one(
        "aftersales.settlement",
        string="Fee Settlement",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # what a framework charges as used and nobody has settled yet
    _unsettled_index = models.Index(
        "(framework_id) WHERE settlement_id IS NULL AND framework_id IS NOT NULL"
    )

    def _get_unit_price(self, tariff):
        """Return the price of one unit at which the part was issued, as the tariff has it."""
        self.ensure_one()
        price = self.amount / self.quantity if self.quantity else 0.0
        if tariff.aftersales_tax_included:
            return price
        tax = self.product_id._aftersales_get_tax(self.company_id)
        if not tax:
            return price
        found = tax.with_context(force_price_include=True).compute_all(
            self.amount, currency=tariff.currency_id
        )
        return found["total_excluded"] / self.quantity if self.quantity else 0.0


class AftersalesRequisitionLineReturned(models.Model):
    _inherit = "aftersales.requisition.line"

    def _get_returned_quantities(self):
        """Return {line: quantity that came back of its issues}, in the product's unit."""
        moves = (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("origin_returned_move_id.requisition_line_id", "in", self.ids),
                    ("state", "=", "done"),
                ]
            )
        )
        returned = {}
        for move in moves:
            line = move.origin_returned_move_id.requisition_line_id
            quantity = move.product_uom._compute_quantity(
                move.quantity, line.product_id.uom_id, round=False
            )
            returned[line] = returned.get(line, 0.0) + quantity
        return {line: line.product_id.uom_id.round(quantity) for line, quantity in returned.items()}
