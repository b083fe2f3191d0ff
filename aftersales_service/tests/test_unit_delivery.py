from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .test_unit import UnitCase


@tagged("post_install", "-at_install")
class TestDeliveries(UnitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env.ref("stock.stock_location_customers")

    def deliver(self, moves, picking_type=None, location=None, **values):
        """Deliver [(product, [(lot, quantity)])] and return the picking."""
        picking_type = picking_type or self.warehouse.out_type_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "location_id": self.stock.id,
                "location_dest_id": (location or self.customers).id,
                "partner_id": self.customer.id,
                "origin": "SO-2026-7",
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": sum(quantity for _lot, quantity in lots),
                            "location_id": self.stock.id,
                            "location_dest_id": (location or self.customers).id,
                            "move_line_ids": [
                                Command.create(
                                    {
                                        "product_id": product.id,
                                        "lot_id": lot and lot.id,
                                        "quantity": quantity,
                                        "location_id": self.stock.id,
                                        "location_dest_id": (location or self.customers).id,
                                        **values,
                                    }
                                )
                                for lot, quantity in lots
                            ],
                        }
                    )
                    for product, lots in moves
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.picked = True
        picking.with_user(self.users["storekeeper"])._action_done()
        return picking

    def make_lot(self, product, name, quantity=1):
        lot = self.env["stock.lot"].create({"name": name, "product_id": product.id})
        self.put_on_stock(product, quantity, lot)
        return lot

    def units_of(self, picking):
        return self.env["aftersales.unit"].search([("origin_move_id", "in", picking.move_ids.ids)])

    @freeze_time("2026-03-05 17:30:00")
    def test_delivery_makes_a_unit_for_each_serial(self):
        """R000-16, R000-19: delivered in China on the 6th, while it is the 5th in UTC."""
        lots = [self.make_lot(self.breaker, name) for name in ("B1", "B2")]
        picking = self.deliver([(self.breaker, [(lot, 1) for lot in lots])])
        units = self.units_of(picking)
        self.assertEqual(set(units.mapped("serial_number")), {"B1", "B2"})
        self.assertEqual(units.mapped("quantity"), [1, 1])
        self.assertEqual(set(units.mapped("delivery_date")), {date(2026, 3, 6)})
        self.assertEqual(set(units.mapped("warranty_end")), {date(2027, 9, 6)})
        self.assertEqual(units.partner_id, self.customer)
        self.assertEqual(set(units.mapped("contract_ref")), {"SO-2026-7"})
        self.assertIn("1 Quay Road", units[0].site_address)
        self.assertEqual(units.lot_id, lots[0] | lots[1])

    def test_delivery_of_lots_and_untracked_goods(self):
        """R000-19: one unit for a lot or a move, with its quantity."""
        by_lot = self.make_product("Relay", "R1", tracking="lot", aftersales_served=True)
        plain = self.make_product("Panel", "P1", 20, aftersales_served=True)
        lot = self.make_lot(by_lot, "LOT-1", 9)
        first = self.units_of(self.deliver([(by_lot, [(lot, 4)]), (plain, [(None, 3)])]))
        second = self.units_of(self.deliver([(by_lot, [(lot, 5)])]))
        relay = first.filtered(lambda unit: unit.product_id == by_lot)
        self.assertEqual((relay.quantity, relay.lot_id), (4, lot))
        self.assertIn("LOT-1", relay.name)
        self.assertEqual(second.quantity, 5, "a lot goes to more than one customer")
        self.assertEqual((first - relay).quantity, 3)

    def test_served_products_only(self):
        """R000-19: parts that aren't served make no units, nor do internal transfers."""
        self.assertFalse(self.units_of(self.deliver([(self.part_a, [(None, 2)])])))
        lot = self.make_lot(self.breaker, "B3")
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id, "usage": "internal"}
        )
        picking = self.deliver(
            [(self.breaker, [(lot, 1)])], self.warehouse.int_type_id, location=shelf
        )
        self.assertFalse(self.units_of(picking))

    def test_goods_of_the_customer_are_not_delivered_again(self):
        """R000-19: handing back what the customer owns makes no unit."""
        plain = self.make_product("Panel", "P1", tracking="lot", aftersales_served=True)
        lot = self.env["stock.lot"].create({"name": "OWN", "product_id": plain.id})
        self.env["stock.quant"]._update_available_quantity(
            plain, self.stock, 1, lot_id=lot, owner_id=self.customer
        )
        picking = self.deliver([(plain, [(lot, 1)])], owner_id=self.customer.id)
        self.assertFalse(self.units_of(picking))

    def test_a_serial_delivered_again_keeps_its_unit(self):
        """R004-27: a second delivery neither fails nor starts the warranty anew."""
        lot = self.make_lot(self.breaker, "B4")
        unit = self.units_of(self.deliver([(self.breaker, [(lot, 1)])]))
        end = unit.warranty_end
        self.put_on_stock(self.breaker, 1, lot)
        self.env["stock.quant"]._update_available_quantity(
            self.breaker, self.customers, -1, lot_id=lot
        )
        with freeze_time("2031-01-01"):
            again = self.deliver([(self.breaker, [(lot, 1)])])
        self.assertFalse(self.units_of(again))
        self.assertEqual(unit.warranty_end, end)
        self.assertIn(again.name, unit.message_ids[0].body)

    def test_no_query_for_goods_that_are_not_served(self):
        """R000-19: asking whether a move delivers a unit costs no query."""
        picking = self.deliver([(self.part_a, [(None, 1)]), (self.part_b, [(None, 1)])])
        moves = picking.move_ids.with_user(self.users["storekeeper"])
        moves.product_id.mapped("is_storable")
        moves.location_dest_id.mapped("usage")
        moves.mapped("state")
        moves.location_id.mapped("usage")
        with self.assertQueryCount(0):
            self.assertFalse(moves.filtered(lambda move: move._delivers_unit()))
