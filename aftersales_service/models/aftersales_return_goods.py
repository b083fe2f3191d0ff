from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain

from ..tools.text import float_text
from .aftersales_unit import plain_serial

# of deliveries and of units, on the page where a customer chooses
MOST_SOURCES = 20


@dataclass(frozen=True)
class Goods:
    """One thing that a customer has: of one delivery, one lot, or a unit sold earlier.

    Quantities are in the product's own unit; ``left`` is what can still come back.
    """

    key: str
    product: object
    serial: str
    delivered: float
    left: float
    move: object
    lot: object
    unit: object

    @property
    def is_one(self):
        """Whether it is one piece, or none."""
        return self.product.tracking == "serial" or self.delivered == 1

    @property
    def name(self):
        return self.product.display_name or self.unit.display_name

    @property
    def left_text(self):
        return float_text(self.left)

    def line_vals(self, quantity):
        """Return the values of the line with which it is returned."""
        return {
            "product_id": self.product.id,
            "move_id": self.move.id,
            "lot_id": self.lot.id,
            "unit_id": self.unit.id,
            "serial_number": self.serial or False,
            "qty_claimed": quantity,
        }


class AftersalesReturnGoods(models.Model):
    """What was delivered to a customer: all that he can ask to give back (D2).

    Every look-up starts from the customer, never from a number that he sends.
    """

    _inherit = "aftersales.return"

    @api.model
    def _get_own_deliveries(self, customer, search="", limit=MOST_SOURCES):
        """Return the newest deliveries to a customer, or those that a text is found in."""
        domain = self._get_own_delivery_domain(customer) & Domain(
            [
                ("state", "=", "done"),
                ("move_ids.location_dest_id.usage", "=", "customer"),
                ("move_ids.location_id.usage", "!=", "customer"),
            ]
        )
        if search:
            domain &= Domain.OR(
                [(name, "ilike", search)]
                for name in ("name", "origin", "move_line_ids.lot_id.name", "move_ids.product_id")
            )
        pickings = self.env["stock.picking"].sudo()
        found = pickings.search(domain, order="date_done desc, id desc", limit=limit)
        return found.filtered(lambda picking: self._get_own_moves(picking, customer))

    @api.model
    def _get_own_delivery_domain(self, customer):
        return Domain("partner_id.commercial_partner_id", "=", customer.id) | Domain(
            "move_ids.requisition_line_id.requisition_id.partner_id.commercial_partner_id",
            "=",
            customer.id,
        )

    @api.model
    def _get_own_moves(self, picking, customer):
        """Return the moves of a transfer with which something was delivered to a customer."""

        def is_own(move):
            parties = picking.partner_id | move.requisition_line_id.requisition_id.partner_id
            return (
                move._is_customer_delivery()
                and move.product_id.type == "consu"
                and customer in parties.commercial_partner_id
            )

        return picking.sudo().move_ids.filtered(is_own)

    @api.model
    def _get_own_units(self, customer, search="", limit=MOST_SOURCES):
        """Return a customer's units that none of his deliveries shows: those sold before
        the system, and those that he runs and somebody else has bought."""
        domain = self._get_own_unit_domain(customer) & (
            Domain("origin_move_id", "=", False)
            | ~Domain("partner_id.commercial_partner_id", "=", customer.id)
        )
        if search:
            domain &= Domain.OR(
                [(name, "ilike", search)]
                for name in ("name", "serial_number", "product_id", "contract_ref", "project_name")
            )
        return self.env["aftersales.unit"].sudo().search(domain, limit=limit)

    @api.model
    def _get_own_unit_domain(self, customer):
        return Domain("partner_id.commercial_partner_id", "=", customer.id) | Domain(
            "end_user_id.commercial_partner_id", "=", customer.id
        )

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    @api.model
    def _get_goods_of_moves(self, moves):
        """Return the goods that were delivered, lot by lot."""
        if not moves:
            return []
        origins = self.env["aftersales.return.origin"].sudo()
        origins = origins.search([("move_id", "in", moves.ids)])
        claimed = {
            (origin.move_id.id, origin.lot_id.id or 0): origin.qty_claimed for origin in origins
        }
        goods = []
        received = moves._get_received()
        for move in moves:
            for lot_id, delivered in received.get(move.id, {}).items():
                lot = self.env["stock.lot"].sudo().browse(lot_id or ())
                goods.append(
                    Goods(
                        key=f"m{move.id}-{lot_id}",
                        product=move.product_id,
                        serial=lot.name or "",
                        delivered=delivered,
                        left=max(delivered - claimed.get((move.id, lot_id), 0.0), 0.0),
                        move=move,
                        lot=lot,
                        unit=self.env["aftersales.unit"],
                    )
                )
        return goods

    @api.model
    def _get_goods_of_units(self, units):
        """Return units as goods; one that was delivered counts with its delivery."""
        goods = []
        for unit in units:
            move, lot = unit.origin_move_id, unit.lot_id
            origin = (
                self.env["aftersales.return.origin"]
                .sudo()
                .search(
                    [("move_id", "=", move.id), ("lot_id", "=", lot.id)]
                    if move
                    else [("unit_id", "=", unit.id), ("move_id", "=", False)],
                    limit=1,
                )
            )
            goods.append(
                Goods(
                    key=f"u{unit.id}",
                    product=unit.product_id,
                    serial=unit.serial_number or lot.name or "",
                    delivered=unit.quantity,
                    left=max(unit.quantity - origin.qty_claimed, 0.0),
                    move=move,
                    lot=lot,
                    unit=unit,
                )
            )
        return goods

    @api.model
    def _find_own_goods(self, customer, company, serial):
        """Return the goods of a customer with a number that he has typed, or none.

        Somebody else's number and one that doesn't exist give the same answer.
        """
        serial = plain_serial(serial)
        if not serial:
            return None
        found = []
        lots = self.env["stock.lot"].sudo().search([("name", "=", serial)])
        for lot, moves in lots._get_customer_moves(company).items():
            own = [move for move in moves if move in self._get_own_moves(move.picking_id, customer)]
            for move in own[:1]:
                found += [item for item in self._get_goods_of_moves(move) if item.lot == lot]
        if not found:
            domain = self._get_own_unit_domain(customer) & Domain(
                [("serial_number", "=", serial), ("company_id", "=", company.id)]
            )
            units = self.env["aftersales.unit"].sudo().search(domain, limit=2)
            found = self._get_goods_of_units(units.filtered("product_id"))
        # one number of two products: somebody of ours asks which
        return found[0] if len(found) == 1 else None
