from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import totals
from .product_pricelist import FEE_KINDS

MAX_QUANTITY = 1_000_000
MAX_PRICE = 100_000_000


class AftersalesAgreementLine(models.Model):
    """What is charged: a part, a fee of the tariff, or a free text (R004-29).

    ``price_unit`` is what the parties agree, ``tariff_price`` what the tariff says on
    ``price_date``; both for the line's unit, with tax where the tariff says so.
    ``qty_agreed`` and ``qty_covered`` are in the product's own unit; the database
    refuses more issued under a line than agreed.
    """

    _name = "aftersales.agreement.line"
    _inherit = ["aftersales.guard"]
    _description = "Agreement Line"
    _order = "agreement_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "agreement_id"

    agreement_id = fields.Many2one(
        "aftersales.agreement", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    sequence = fields.Integer(default=10, guard="free")
    product_id = fields.Many2one(
        "product.product",
        string="Part or Fee",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    fee_kind = fields.Selection(
        FEE_KINDS,
        guard="locked",
        required=True,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    name = fields.Char(
        string="Description",
        guard="locked",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    spec = fields.Char(
        string="Model and Specification",
        guard="locked",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        string="Unit of Measure",
        guard="locked",
        required=True,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    quantity = fields.Float(
        guard="locked",
        digits="Product Unit",
        required=True,
        default=1.0,
        help="Negative in a supplement takes back what was agreed.",
    )
    price_unit = fields.Float(string="Unit Price", guard="locked", digits="Product Price")
    discount = fields.Float(string="Discount (%)", guard="locked", digits="Discount")
    tax_id = fields.Many2one(
        "account.tax",
        guard="locked",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', '=', company_id)]",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
    )
    remark = fields.Char(guard="locked")
    requisition_line_id = fields.Many2one(
        "aftersales.requisition.line",
        string="Requested as",
        guard="fixed",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )

    # an explicit default: what a client sends along counts as agreed, the rest is proposed
    is_priced = fields.Boolean(guard="door", readonly=True, copy=False)
    tariff_price = fields.Float(
        guard="door", digits="Product Price", readonly=True, copy=False, default=0.0
    )
    amount_untaxed = fields.Monetary(
        string="Net Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_tax = fields.Monetary(string="Tax Amount", guard="door", readonly=True, copy=False)
    amount_total = fields.Monetary(
        string="Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    qty_agreed = fields.Float(
        string="Agreed (Product Unit)",
        guard="door",
        digits="Product Unit",
        readonly=True,
        copy=False,
        default=0.0,
    )
    qty_covered = fields.Float(
        string="Issued under It",
        guard="door",
        digits="Product Unit",
        readonly=True,
        copy=False,
        default=0.0,
    )

    _quantity_range = models.Constraint(
        f"CHECK (quantity <> 0 AND abs(quantity) < {MAX_QUANTITY})",
        "A quantity isn't zero and less than a million.",
    )
    _price_range = models.Constraint(
        f"CHECK (coalesce(price_unit, 0) >= 0 AND coalesce(price_unit, 0) < {MAX_PRICE})",
        "A unit price is zero or more and less than 100 million.",
    )
    _discount_range = models.Constraint(
        "CHECK (coalesce(discount, 0) BETWEEN 0 AND 100)",
        "A discount is between 0 and 100 %.",
    )
    _covered_within_agreed = models.Constraint(
        "CHECK (coalesce(qty_covered, 0) >= 0"
        " AND coalesce(qty_covered, 0) <= coalesce(qty_agreed, 0))",
        "More can't be issued under an agreement than was agreed.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("product_id", "name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.name or line.product_id.display_name or str(line.id or "")

    @api.depends("product_id")
    def _compute_from_product(self):
        for line in self:
            product = line.product_id
            line.name = product.name or line.name
            line.spec = product.aftersales_spec or line.spec
            line.fee_kind = (
                product.aftersales_fee_kind or line.fee_kind or ("material" if product else "other")
            )
            if product and not (
                line.product_uom_id and line.product_uom_id._has_common_reference(product.uom_id)
            ):
                line.product_uom_id = product.uom_id
            line.product_uom_id = line.product_uom_id or self.env.ref("uom.product_uom_unit")
            if product:
                company = line.agreement_id.company_id or self.env.company
                line.tax_id = product._aftersales_get_tax(company)

    @api.onchange("product_id", "quantity", "product_uom_id")
    def _onchange_price(self):
        """Show the tariff's price while the line is typed."""
        tariff = self.agreement_id.tariff_id
        if self.product_id and tariff and self.product_uom_id:
            price = tariff._aftersales_get_prices(
                [(self.product_id, self.quantity, self.product_uom_id)], fields.Datetime.now()
            )[0]
            if not self.price_unit or self.price_unit == self._origin.tariff_price:
                self.price_unit = price

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("quantity", "agreement_id")
    def _check_quantity(self):
        for line in self:
            if line.quantity < 0 and line.agreement_id.kind != "supplement":
                raise ValidationError(
                    self.env._(
                        "Only a supplement can take back a quantity (%s).", line.display_name
                    )
                )

    @api.constrains("product_id", "product_uom_id")
    def _check_unit(self):
        for line in self.filtered("product_id"):
            if not line.product_uom_id._has_common_reference(line.product_id.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(product)s is kept in %(unit)s; %(wrong)s can't be converted.",
                        product=line.product_id.display_name,
                        unit=line.product_id.uom_id.name,
                        wrong=line.product_uom_id.name,
                    )
                )

    @api.constrains("tax_id", "company_id")
    def _check_tax(self):
        for line in self.filtered("tax_id"):
            if line.tax_id.type_tax_use != "sale" or line.tax_id.company_id != line.company_id:
                raise ValidationError(
                    self.env._("%s isn't a sales tax of the company.", line.tax_id.name)
                )

    @api.constrains("requisition_line_id", "agreement_id")
    def _check_source(self):
        for line in self.filtered("requisition_line_id"):
            source = line.requisition_line_id.requisition_id
            if source.ticket_id != line.agreement_id.ticket_id:
                raise ValidationError(
                    self.env._("%s was requested for another service request.", line.display_name)
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        given = self.browse()
        for line, vals in zip(lines, vals_list, strict=True):
            if "price_unit" in vals:
                given |= line
        given.sudo()._door_write({"is_priced": True})
        (lines - given).sudo()._door_write({"is_priced": False})
        totals.update(lines.agreement_id)
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"product_id"} & vals.keys() and "price_unit" not in vals:
            self.sudo()._door_write({"is_priced": False})
        if {
            "product_id",
            "product_uom_id",
            "quantity",
            "price_unit",
            "discount",
            "tax_id",
        } & vals.keys():
            totals.update(self.agreement_id)
        return result

    def unlink(self):
        agreements = self.agreement_id
        result = super().unlink()
        totals.update(agreements.exists())
        return result

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    def _prepare_base_line(self):
        """Return the line as core's tax engine takes it."""
        agreement = self.agreement_id
        included = agreement.tariff_id.aftersales_tax_included
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            self,
            tax_ids=self.tax_id,
            quantity=self.quantity,
            partner_id=agreement.partner_id,
            currency_id=agreement.currency_id,
            special_mode="total_included" if included else "total_excluded",
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

    def _get_list_amount(self):
        """Return what the line would cost by the tariff."""
        return max(self.quantity, 0.0) * self.tariff_price if self.product_id else 0.0

    def _get_discount_amount(self):
        """Return what the line is cheaper than the tariff; dearer lines don't make up for it.

        A supplement that takes a part back for more than the tariff gives a discount, too,
        and all that it takes back without naming a part or fee is one.
        """
        price = self.price_unit * (1.0 - self.discount / 100.0)
        if not self.product_id:
            given = self.price_unit - price if self.quantity > 0 else price
            return abs(self.quantity) * given
        cheaper = self.tariff_price - price if self.quantity > 0 else price - self.tariff_price
        return max(cheaper, 0.0) * abs(self.quantity)

    def _get_discount_percent(self):
        """Return the discount on what is left of these lines with what is taken back."""
        listed = given = 0.0
        for line in self:
            if line.product_id and line.quantity < 0:
                price = line.price_unit * (1.0 - line.discount / 100.0)
                given += min(price - line.tariff_price, 0.0) * abs(line.quantity)
            else:
                given += line._get_discount_amount()
            listed += line.quantity * line.tariff_price if line.product_id else 0.0
        if given <= 0:
            return 0.0
        return 100.0 * given / listed if listed > 0 else 100.0

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _check_complete(self):
        nameless = self.filtered(lambda line: not line.product_id and not (line.name or "").strip())
        if nameless:
            raise UserError(self.env._("A line names neither a part nor a fee: describe it."))
        taxless = self.filtered(
            lambda line: line.product_id and line.product_id.sudo().taxes_id and not line.tax_id
        )
        if taxless:
            raise UserError(
                self.env._("Choose the tax of %s.", ", ".join(taxless.mapped("display_name")))
            )

    def _get_product_qty(self):
        """Return the agreed quantity in the product's own unit, rounded half up."""
        product = self.product_id
        return self.product_uom_id._compute_quantity(
            self.quantity, product.uom_id, rounding_method="HALF-UP"
        )

    def _get_value(self, quantity):
        """Return what a quantity in the product's unit costs by this line, with tax."""
        own = self._get_product_qty()
        return self.amount_total * quantity / own if own else 0.0


class AftersalesAgreementUnit(models.Model):
    """A delivered unit that a framework agreement covers."""

    _name = "aftersales.agreement.unit"
    _inherit = ["aftersales.guard"]
    _description = "Unit of a Framework Agreement"
    _order = "agreement_id, id"
    _rec_name = "unit_id"
    _check_company_auto = True
    _guard_parent = "agreement_id"

    agreement_id = fields.Many2one(
        "aftersales.agreement", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Delivered Unit",
        guard="locked",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    remark = fields.Char(guard="locked")

    _unit_unique = models.UniqueIndex(
        "(agreement_id, unit_id)", "A unit is named twice in the agreement."
    )
