from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_round

from ..tools import totals

MAX_LINES = 500


class AftersalesAgreementPrice(models.Model):
    """What an agreement costs and what our own chain decides about it (R004-29)."""

    _inherit = "aftersales.agreement"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        with totals.together(self.env):
            result = super().write(vals)
            if {"tariff_id", "prepay_percent"} & vals.keys():
                totals.update(self)
        return result

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    def _update_totals(self):
        """Compute the amounts of lines and agreement with core's tax engine.

        One search of the tariff's rules and one statement for all lines.
        """
        for agreement in self.sudo():
            agreement._update_prices()
            lines = agreement.line_ids
            currency = agreement.currency_id
            base_lines = [line._prepare_base_line() for line in lines]
            Tax = self.env["account.tax"]
            Tax._add_tax_details_in_base_lines(base_lines, agreement.company_id)
            Tax._round_base_lines_tax_details(base_lines, agreement.company_id)
            for line, base_line in zip(lines, base_lines, strict=True):
                line._set_amounts(base_line["tax_details"])
            listed = sum(line._get_list_amount() for line in lines)
            given = sum(line._get_discount_amount() for line in lines)
            percent = 100.0 * given / listed if listed else 100.0 if given else 0.0
            # the engine has spread what rounding leaves over the lines
            amounts = {
                name: currency.round(sum(lines.mapped(name)))
                for name in ("amount_untaxed", "amount_tax", "amount_total")
            }
            prepay = amounts["amount_total"] * agreement.prepay_percent / 100.0
            over_limit = agreement._is_over_limit(percent)
            if agreement.kind == "supplement":
                over_limit = over_limit or agreement._raises_discount()
            agreement._door_write(
                amounts
                | {
                    "list_amount": currency.round(listed),
                    "discount_amount": currency.round(given),
                    "discount_percent": float_round(percent, precision_digits=2),
                    "discount_over_limit": over_limit,
                    "prepay_amount": currency.round(prepay),
                }
            )

    def _update_prices(self):
        """Hold the lines against the tariff of today; new lines take its price."""
        self.ensure_one()
        today = self.company_id._aftersales_today()
        lines = self.line_ids.filtered("product_id")
        prices = self.tariff_id._aftersales_get_prices(
            [(line.product_id, line.quantity, line.product_uom_id) for line in lines],
            fields.Datetime.now(),
        )
        for line, price in zip(lines, prices, strict=True):
            vals = {"tariff_price": price}
            if not line.is_priced:
                vals.update(price_unit=price, is_priced=True)
            line._door_write(vals)
        (self.line_ids - lines)._door_write({"tariff_price": 0.0, "is_priced": True})
        if self.price_date != today:
            self._door_write({"price_date": today})

    def _raises_discount(self):
        """Return whether a supplement brings the whole over the limit by what it takes back.

        Lines at list price that thin a discount out can't be taken back without approval.
        """
        others = (self._get_family() - self).filtered(lambda item: item._is_in_force())
        before = others.line_ids._get_discount_percent()
        after = (others | self).line_ids._get_discount_percent()
        return after > before and self._is_over_limit(after)

    def _is_over_limit(self, percent):
        """Return whether a discount on the tariff needs its own approval."""
        limit = self.company_id.sudo().aftersales_discount_limit
        return float_round(percent, precision_digits=4) > limit

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        self._update_totals()
        if not self.line_ids:
            raise UserError(self.env._("%s has no lines: say what is charged.", self.name))
        self._check_line_count(MAX_LINES)
        self.line_ids._check_complete()
        if self.amount_total < 0 and self.kind != "supplement":
            raise UserError(self.env._("The total of %s is negative.", self.name))
        if self.kind == "framework":
            self._check_framework()
        elif self.kind == "supplement":
            self._check_parent()
        elif self.ticket_id.closed:
            raise UserError(self.env._("The service request %s is closed.", self.ticket_id.number))

    def _check_framework(self):
        if not self.date_from or not self.date_to:
            raise UserError(self.env._("Say from when to when %s is valid.", self.name))
        if not self.unit_ids:
            raise UserError(self.env._("Name the delivered units that %s covers.", self.name))
        strange = self.unit_ids.unit_id.sudo().filtered(
            lambda unit: (
                unit.partner_id
                and self.partner_id.commercial_partner_id
                not in (unit.partner_id | unit.end_user_id).commercial_partner_id
            )
        )
        if strange:
            raise UserError(
                self.env._(
                    "%(unit)s belongs to another customer than %(document)s.",
                    unit=strange[0].display_name,
                    document=self.name,
                )
            )

    def _get_frozen_extra(self):
        """The amounts that the signers see, as text."""
        return {
            name: f"{self[name]:.2f}"
            for name in ("amount_untaxed", "amount_tax", "amount_total", "prepay_amount")
        } | {"discount_percent": f"{self.discount_percent:.2f}"}

    def _prepare_approved_vals(self):
        return dict(super()._prepare_approved_vals(), progress="to_sign")

    def _check_can_revise(self):
        if self.progress in ("to_seal", "signed", "terminated"):
            raise UserError(
                self.env._(
                    "%s has been signed by the customer: make a supplement, or terminate it.",
                    self.name,
                )
            )

    def _after_reopen(self):
        """A seal on a draft that is written anew holds for nothing."""
        result = super()._after_reopen()
        self.sudo()._door_write(
            {
                "progress": "negotiating",
                "seal_requested_at": False,
                "seal_requested_by_id": False,
                "sealed_at": False,
                "sealed_by_id": False,
                "our_seal": False,
                "seal_number": False,
            }
        )
        if self.state == "draft":
            self._update_totals()
        return result

    # ------------------------------------------------------------------
    # Making one from a request
    # ------------------------------------------------------------------
    @api.model
    def _prepare_ticket_lines(self, ticket):
        """Return line commands: the parts asked for, and the tariff's estimate (R004-29)."""
        requisitions = ticket.sudo().requisition_ids.filtered(
            lambda item: (
                item.state in ("draft", "submitted", "approved")
                and item.fulfilment in ("none", "feedback", "preparing", "ready")
            )
        )
        commands = [
            Command.create(line._prepare_agreement_line())
            for line in requisitions.line_ids
            if line.product_id and line._get_product_qty()
        ]
        fees = self.env["product.product"].search(
            [("aftersales_fee_kind", "!=", False), ("aftersales_fee_estimate", ">", 0)],
            order="default_code, id",
        )
        for product in fees:
            if product.company_id not in (self.env["res.company"], ticket.company_id):
                continue
            urgency = ticket.sudo().urgency_class or ticket.sudo().urgency_proposed
            if product.aftersales_fee_kind == "urgent" and urgency != "a":
                continue
            commands.append(
                Command.create(
                    {"product_id": product.id, "quantity": product.aftersales_fee_estimate}
                )
            )
        return commands
