import re

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.text import clean_text, float_text
from .aftersales_return import RETURN_TYPES, WISHES

ASK_TYPES = tuple(kind for kind, _label in RETURN_TYPES)
PAYERS = ("us", "customer")
# rows for numbers that a customer types himself
TYPED_ROWS = 3
MAX_REASON = 2000
QUANTITY = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


class AftersalesReturnAskRead(models.Model):
    """What a customer has typed into his request, read or refused (D2, D4)."""

    _inherit = "aftersales.return"

    @api.model
    def _get_source_goods(self, customer, source):
        """Return the goods of a delivery or unit that are the customer's own."""
        if source._name == "stock.picking":
            return self._get_goods_of_moves(self._get_own_moves(source, customer))
        return self._get_goods_of_units(source)

    @api.model
    def _get_ask_types(self, company, source):
        """Return [(type, label)] of what customers may ask for (R002-21 … R002-24)."""
        labels = self._fields["return_type"]._description_selection(self.env)
        return [
            (kind, label)
            for kind, label in labels
            if company.sudo()[f"aftersales_ask_{kind}"]
            and (kind != "whole_lot" or (source and source._name == "stock.picking"))
        ]

    @api.model
    def _is_ask_open(self, company):
        """Return whether customers may ask for any kind of return."""
        return any(company.sudo()[f"aftersales_ask_{kind}"] for kind in ASK_TYPES)

    @api.model
    def _read_ask(self, customer, company, source, values):
        """Return the checked request.

        Only what is named here is read of all that was sent.

        :raise UserError: naming what is missing or wrong
        """
        request = {
            "return_type": self._read_choice(
                values, "return_type", dict(self._get_ask_types(company, source))
            ),
            "wish": self._read_choice(values, "wish", dict(WISHES)),
            "freight_payer": self._read_choice(values, "freight_payer", PAYERS),
        }
        for name in ("contact_name", "contact_phone"):
            label = self._fields[name]._description_string(self.env)
            request[name] = self._get_line(values.get(name), label)
            if not request[name]:
                self._raise_missing(label)
        label = self._fields["reason_text"]._description_string(self.env)
        request["reason"] = clean_text(self.env, values.get("reason"), label)
        if not request["reason"]:
            self._raise_missing(label)
        if len(request["reason"]) > MAX_REASON:
            raise UserError(
                self.env._("The reason is longer than %s characters: make it shorter.", MAX_REASON)
            )
        request["goods"] = self._read_goods(customer, company, source, values, request)
        if not request["goods"] and not request["unknown"]:
            raise UserError(self.env._("Choose at least one of the goods, or type its number."))
        return request

    def _read_choice(self, values, name, choices):
        choice = values.get(name)
        if not isinstance(choice, str) or choice not in choices:
            self._raise_missing(self._fields[name]._description_string(self.env))
        return choice

    def _raise_missing(self, label):
        raise UserError(self.env._("Please fill in: %s.", label))

    def _read_goods(self, customer, company, source, values, request):
        """Return [(goods, quantity)]; numbers that aren't his go to ``unknown`` as text."""
        own = {goods.key: goods for goods in self._get_source_goods(customer, source)}
        sent = {name[4:] for name in values if name.startswith("qty_")}
        if sent - own.keys():
            raise UserError(self.env._("Choose only from the goods that were delivered to you."))
        whole = request["return_type"] == "whole_lot"
        chosen = {}
        for key, goods in own.items():
            quantity = goods.left if whole else self._read_quantity(values.get(f"qty_{key}"), goods)
            if quantity and goods.product:
                chosen[key] = (goods, quantity)
            elif quantity:
                request.setdefault("unknown", []).append(goods.name)
        request.setdefault("unknown", [])
        for number in range(1, 0 if whole else TYPED_ROWS + 1):
            self._read_typed(customer, company, values, number, chosen, request["unknown"])
        return list(chosen.values())

    def _read_typed(self, customer, company, values, number, chosen, unknown):
        """Take one row over that the customer has typed himself."""
        label = self.env._("Factory number")
        serial = self._get_line(values.get(f"serial_{number}"), label)
        what = self._get_line(values.get(f"what_{number}"), self.env._("Product"))
        if not serial and not what:
            return
        goods = self._find_own_goods(customer, company, serial)
        text = " · ".join(filter(None, [what, serial]))
        count = values.get(f"count_{number}") or "1"
        quantity = self._read_quantity(count, goods, text)
        if not quantity:
            return
        if goods:
            same = [key for key, (item, _qty) in chosen.items() if self._is_same(item, goods)]
            chosen.setdefault(same[0] if same else goods.key, (goods, quantity))
        else:
            unknown.append(f"{text} × {float_text(quantity)}")

    def _is_same(self, goods, other):
        return (goods.product, goods.serial) == (other.product, other.serial)

    def _read_quantity(self, text, goods=None, name=""):
        """Return a quantity that was typed, or zero.

        :raise UserError: for what is no quantity of these goods, or more than is left
        """
        text = (text or "").strip() if isinstance(text, str) else ""
        if not text:
            return 0.0
        name = " ".join(filter(None, [goods.name, goods.serial])) if goods else name
        quantity = float(text) if QUANTITY.fullmatch(text) else -1.0
        unit = goods.product.uom_id if goods else None
        if quantity < 0 or (unit and unit.compare(quantity, unit.round(quantity))):
            raise UserError(
                self.env._(
                    "%s: give the quantity as a number, for example 2, with a point for decimals.",
                    name,
                )
            )
        if unit and unit.compare(quantity, goods.left) > 0:
            self._raise_too_many(name, goods.left, quantity)
        return quantity

    def _raise_too_many(self, name, left, quantity):
        raise UserError(
            self.env._(
                "%(goods)s: %(left)s can still be returned, but you ask for %(quantity)s.",
                goods=name,
                left=float_text(left),
                quantity=float_text(quantity),
            )
        )
