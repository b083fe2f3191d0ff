from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# what the form groups as 材料费, 人工费, 差旅费, 运输费, 其他 (R004-29)
FEE_KINDS = [
    ("material", "Material Fee"),
    ("labour", "Labour Fee"),
    ("overtime", "Overtime Surcharge"),
    ("holiday", "Statutory Holiday Surcharge"),
    ("travel", "Travel Fee"),
    ("urgent", "Class A Surcharge"),
    ("minimum", "Minimum Charge"),
    ("testing", "Testing Fee"),
    ("freight", "Freight Fee"),
    ("other", "Other Fee"),
]
# what the amounts of agreements rest on besides the prices themselves
MEANING = ("aftersales_tariff", "aftersales_tax_included", "currency_id", "company_id")


class ProductPricelist(models.Model):
    """A price list that is the tariff 《有偿服务收费标准》 (R004-64).

    Its items have dates of validity; an agreement keeps the prices that it was made
    with. The sales manager maintains it, so that the commerce office can't release a
    discount of its own by lowering the tariff.
    """

    _inherit = "product.pricelist"

    aftersales_tariff = fields.Boolean(
        string="Paid-Service Tariff", help="Agreements on paid service are priced by this list."
    )
    aftersales_tax_included = fields.Boolean(
        string="Prices Include Tax",
        default=True,
        help="The prices of the tariff, list prices of parts among them, include tax.",
    )

    # ------------------------------------------------------------------
    # Prices
    # ------------------------------------------------------------------
    def _aftersales_get_prices(self, requests, moment):
        """Return a price for each request, with one search of the rules.

        :param requests: list of (product, quantity, unit); quantities in that unit
        :param moment: datetime in UTC that decides which rules are valid
        :return: list of prices of one unit, in the currency of the list
        """
        self.ensure_one()
        products = self.env["product.product"].union(*(product for product, *_rest in requests))
        rules = self._get_applicable_rules(products, moment) if products else []
        prices = []
        for product, quantity, unit in requests:
            own_quantity = unit._compute_quantity(
                abs(quantity), product.uom_id, raise_if_failure=False
            )
            rule = self.env["product.pricelist.item"]
            for candidate in rules:
                if candidate._is_applicable_for(product, own_quantity):
                    rule = candidate
                    break
            prices.append(
                rule._compute_price(
                    product, abs(quantity), unit, date=moment, currency=self.currency_id
                )
            )
        return prices

    def _aftersales_get_annex(self, moment):
        """Return the tariff as its annex prints it, in the order of the kinds of fee.

        :return: list of dicts product, kind, unit, price, tax, date_start, date_end, note
        """
        self.ensure_one()
        kinds = [kind for kind, _label in FEE_KINDS]
        products = (
            self.env["product.product"]
            .search([("aftersales_fee_kind", "!=", False), ("sale_ok", "=", True)])
            .filtered(lambda product: product.company_id in (self.company_id, product.company_id))
            .sorted(
                lambda product: (
                    kinds.index(product.aftersales_fee_kind),
                    product.default_code or "",
                    product.id,
                )
            )
        )
        requests = [(product, 1.0, product.uom_id) for product in products]
        prices = self._aftersales_get_prices(requests, moment)
        company = self.company_id or self.env.company
        return [
            {
                "product": product,
                "kind": product.aftersales_fee_kind,
                "unit": product.uom_id,
                "price": price,
                "tax": product._aftersales_get_tax(company),
                "note": product.aftersales_fee_note or product.aftersales_spec or "",
            }
            for product, price in zip(products, prices, strict=True)
        ]

    def _aftersales_get_validity(self, moment):
        """Return (from, to) between which none of the prices of a moment changes."""
        self.ensure_one()
        rules = self.env["product.pricelist.item"].search([("pricelist_id", "=", self.id)])
        starts = [rule.date_start for rule in rules if rule.date_start]
        ends = [rule.date_end for rule in rules if rule.date_end]
        since = [start for start in starts if start <= moment]
        until = [end for end in ends if end >= moment]
        return max(since, default=False), min(until, default=False)

    # ------------------------------------------------------------------
    # Who maintains it
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        lists = super().create(vals_list)
        lists._aftersales_check_rights()
        return lists

    def write(self, vals):
        self._aftersales_check_rights()
        self._aftersales_check_in_use(vals)
        result = super().write(vals)
        self._aftersales_check_rights()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_with_tariff_rights(self):
        self._aftersales_check_rights()

    def _aftersales_check_in_use(self, vals):
        """What an agreement's amounts mean isn't changed behind it."""
        changed = self.filtered(
            lambda tariff: any(
                name in vals
                and tariff._fields[name].convert_to_write(tariff[name], tariff) != vals[name]
                for name in MEANING
            )
        )
        agreement = changed and self.env["aftersales.agreement"].sudo().search(
            [("tariff_id", "in", changed.ids)], limit=1
        )
        if agreement:
            raise UserError(
                self.env._(
                    "Agreements are priced by %s: its currency, its company and whether its "
                    "prices include tax stay. Make a new tariff.",
                    agreement.tariff_id.name,
                )
            )

    def _aftersales_check_rights(self):
        """The tariff is changed by those whose duty it is, not by whoever gives discounts."""
        if self.env.su or not self.sudo().filtered("aftersales_tariff"):
            return
        if not self.env.user.has_group(
            "aftersales_service.group_sales_manager"
        ) and not self.env.user.has_group("product.group_product_manager"):
            raise AccessError(self.env._("The tariff is maintained by the sales manager."))
        if self.env.user.has_group("aftersales_service.group_commerce"):
            raise UserError(
                self.env._("Whoever gives discounts on paid service can't change its tariff.")
            )


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items.pricelist_id._aftersales_check_rights()
        return items

    def write(self, vals):
        self.pricelist_id._aftersales_check_rights()
        result = super().write(vals)
        self.pricelist_id._aftersales_check_rights()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_with_tariff_rights(self):
        self.pricelist_id._aftersales_check_rights()


class ProductTemplate(models.Model):
    _inherit = "product.template"

    aftersales_fee_kind = fields.Selection(
        FEE_KINDS,
        string="Fee Kind",
        index="btree_not_null",
        help="What the tariff charges it as; empty for parts, which go at list price.",
    )
    aftersales_fee_note = fields.Char(
        string="Basis of Charge", translate=True, help="Printed on the tariff: per hour, per trip …"
    )
    aftersales_fee_estimate = fields.Float(
        string="Proposed Quantity",
        digits="Product Unit",
        help="A new agreement proposes this much of it; 0: only when it is added by hand.",
    )

    _aftersales_fee_estimate_range = models.Constraint(
        "CHECK (coalesce(aftersales_fee_estimate, 0) BETWEEN 0 AND 100000)",
        "A proposed quantity is between 0 and 100,000.",
    )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _aftersales_get_tax(self, company):
        """Return the sales tax of the product in a company: the first of its own."""
        self.ensure_one()
        taxes = self.sudo().taxes_id.filtered(lambda tax: tax.company_id == company)
        return self.env["account.tax"].browse(taxes.sorted("sequence")[:1].id)
