from odoo import models
from odoo.exceptions import UserError

from ..tools.text import float_text, join_words


class StockReturnPicking(models.TransientModel):
    """Core's return wizard: counted in the caps of the returns, which it names (B5).

    It goes away in a later version of Odoo: this adapter is all that knows it. What it
    makes is counted by the gate at the stock move.
    """

    _inherit = "stock.return.picking"

    def _create_return(self):
        self._check_aftersales_returns()
        return super()._create_return()

    def _check_aftersales_returns(self):
        """Say at once when a return form has asked for what is to come back."""
        asked = {}
        for line in self.product_return_moves:
            move = line.move_id
            if move._is_customer_delivery() and not line.uom_id.is_zero(line.quantity):
                quantity = line.uom_id._compute_quantity(
                    line.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
                )
                asked[move] = asked.get(move, 0.0) + quantity
        origins = self.env["aftersales.return.origin"].sudo()
        moves = self.env["stock.move"].browse([move.id for move in asked])
        origins = origins.search([("move_id", "in", moves.ids)])
        for move, own in origins.grouped("move_id").items():
            unit = move.product_id.uom_id
            claimed = sum(own.mapped("qty_claimed"))
            delivered = sum(moves.browse(move.id)._get_received().get(move.id, {}).values())
            if unit.compare(asked[moves.browse(move.id)] + claimed, delivered) > 0:
                names = own._get_open_returns().mapped("name")
                raise UserError(
                    self.env._(
                        "%(product)s: delivered %(delivered)s, of which %(claimed)s came back or "
                        "are on return forms (%(returns)s); %(qty)s more can't come back.",
                        product=move.product_id.display_name,
                        delivered=float_text(delivered),
                        claimed=float_text(claimed),
                        returns=join_words(self.env, names) or "-",
                        qty=float_text(asked[moves.browse(move.id)]),
                    )
                )
