from odoo import api, models
from odoo.exceptions import UserError

from ..tools.engine import at_work
from .stock_move_return import GUARDED_PLACES


class StockQuant(models.Model):
    """What stands in quarantine follows from its moves (B6, B7).

    Core lets every stock user write quants. Its own moves do so as the superuser, and
    inventory adjustments make moves, which meet their gate.
    """

    _inherit = "stock.quant"

    # whose, what, where and how much
    _GUARDED_FIELDS = {
        "company_id",
        "location_id",
        "lot_id",
        "owner_id",
        "package_id",
        "product_id",
        "quantity",
        "reserved_quantity",
    }

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        # after the fact, because a default can say it as well
        quants.filtered("quantity")._check_guarded()
        return quants

    def write(self, vals):
        guarded = self._GUARDED_FIELDS & vals.keys()
        if guarded:
            self._check_guarded()
        result = super().write(vals)
        if "location_id" in guarded:
            self._check_guarded()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_guarded(self):
        self._check_guarded()

    def _check_guarded(self):
        if self.env.su:
            return
        for quant in self:
            place = quant.location_id
            if place.aftersales_place in GUARDED_PLACES:
                place._raise_guarded(quant.product_id)


class StockLocation(models.Model):
    """Quarantine stays an internal place of its company, outside every warehouse."""

    _inherit = "stock.location"

    def write(self, vals):
        if {"usage", "location_id", "company_id", "active"} & vals.keys() and not at_work():
            for place in self:
                if place.aftersales_place in GUARDED_PLACES:
                    raise UserError(
                        self.env._(
                            "%s stays where it is: goods of customers wait there.",
                            place.display_name,
                        )
                    )
        return super().write(vals)

    def _raise_guarded(self, product):
        raise UserError(
            self.env._(
                "%(product)s: goods in %(place)s wait for the decision on their return form; they "
                "come in and go out by its steps only.",
                product=product.display_name,
                place=self[:1].display_name,
            )
        )
