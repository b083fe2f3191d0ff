from odoo.fields import Command

from .return_settle_case import SettlementCase

SIZES = (5, 20)
# queries that a deed of the settlement adds to the bare stock moves: gate, caps, evidence
OWN_QUERIES = {"put_away": 30, "replace": 12, "send_back": 20}
# fifteen lines more, and one query for each would show at once; core looks for the value of
# what comes in, and ours knows it
GROWTH = {"put_away": 0, "replace": 5, "send_back": 5}


class TestQueryBudgetSettle(SettlementCase):
    """Design §7: settling a return costs what its stock moves cost, and a fixed sum."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parts = [
            cls.make_product(f"Part {n}", f"Q-{n}", 200, aftersales_served=True, standard_price=9)
            for n in range(max(SIZES))
        ]
        cls.reject = cls.company._aftersales_place("reject")

    def count(self, function):
        """Return (result, queries) of a user step with a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = function()
        self.env.flush_all()
        return result, self.cr.sql_log_count - before

    # ------------------------------------------------------------------
    # Core alone
    # ------------------------------------------------------------------
    def bare_move(self, part, source, target, owner=None):
        """Return the values of a move of one piece, with the line that names its owner."""
        places = {"location_id": source.id, "location_dest_id": target.id}
        return {
            **places,
            "product_id": part.id,
            "product_uom_qty": 1,
            "partner_id": self.customer.id,
            "restrict_partner_id": owner and owner.id,
            "picked": True,
            "move_line_ids": [
                Command.create(
                    {
                        **places,
                        "product_id": part.id,
                        "quantity": 1,
                        "owner_id": owner and owner.id,
                    }
                )
            ],
        }

    def store_for_customer(self, size):
        for part in self.parts[:size]:
            self.env["stock.quant"]._update_available_quantity(
                part, self.stock, 1, owner_id=self.customer
            )

    def bare_put_away(self, size):
        """Hand goods of the customer back to him in the books, and take them from him."""
        away = self.customer.property_stock_customer
        self.store_for_customer(size)

        def move():
            moves = self.env["stock.move"].create(
                [
                    vals
                    for part in self.parts[:size]
                    for vals in (
                        self.bare_move(part, self.stock, away, self.customer),
                        self.bare_move(part, away, self.reject),
                    )
                ]
            )
            moves._action_done()

        return self.count(move)[1]

    def bare_transfer(self, size, owner=None):
        """Create, confirm, reserve and validate a delivery.

        :param owner: whose goods it gives back; their lines are made with the moves
        """
        away = self.customer.property_stock_customer
        moves = [self.bare_move(part, self.stock, away, owner) for part in self.parts[:size]]
        for vals in moves:
            del vals["picked"]
            if not owner:
                del vals["move_line_ids"]
        if owner:
            self.store_for_customer(size)

        def create():
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "partner_id": self.customer.id,
                    "location_id": self.stock.id,
                    "location_dest_id": away.id,
                    "move_ids": [Command.create(vals) for vals in moves],
                }
            )
            picking.move_ids.move_line_ids.picking_id = picking
            return picking

        picking, total = self.count(create)
        for method in ("action_confirm", "action_assign", "button_validate"):
            total += self.count(
                lambda name=method: self.rpc("storekeeper", "stock.picking", name, ids=picking.ids)
            )[1]
        self.assertEqual(picking.state, "done")
        return total

    # ------------------------------------------------------------------
    # Ours
    # ------------------------------------------------------------------
    def settled(self, size, delivered, kind):
        """Return the queries of each deed that settles a return of so many lines.

        :param delivered: pieces of each part that one unit stands for; one comes back
        """
        delivery = self.deliver([(part, delivered) for part in self.parts[:size]])
        lines = [{"product_id": part.id, "qty_claimed": 1} for part in self.parts[:size]]
        verdict = "nothing_found" if kind == "send_back" else "quality_defect"
        document = self.approved_return(
            lines, delivery_id=delivery.id, kind=kind, verdict=verdict, return_type="partial"
        )
        spent = {}

        def deed(name, user, model, method, ids):
            result, queries = self.count(lambda: self.rpc(user, model, method, ids=ids))
            spent[name] = spent.get(name, 0) + queries
            return result

        def transfer(name):
            action = deed(name, "storekeeper", document._name, f"action_{name}", document.ids)
            deed(name, "storekeeper", "stock.picking", "button_validate", [action["res_id"]])

        if kind == "send_back":
            transfer("send_back")
        else:
            transfer("replace")
            deed("put_away", "storekeeper", document._name, "action_put_away", document.ids)
        self.assertEqual(len(document.outcome_ids.filtered("settled_at")), size)
        units = self.env["aftersales.unit"].search(
            [("origin_move_id", "in", delivery.move_ids.ids)]
        )
        self.assertEqual(len(units), size)
        return spent, units

    def check(self, name, spent, bare):
        own = {size: spent[size][name] - bare[size] for size in SIZES}
        self.assertLess(own[20] - own[5], GROWTH[name], (name, own, spent, bare))
        self.assertLessEqual(max(own.values()), OWN_QUERIES[name], (name, own, spent, bare))

    def check_exchange(self, delivered):
        self.bare_put_away(1)
        self.bare_transfer(1)
        self.settled(1, delivered, "exchange")
        spent, units = {}, {}
        for size in SIZES:
            spent[size], units[size] = self.settled(size, delivered, "exchange")
        self.check("put_away", spent, {size: self.bare_put_away(size) for size in SIZES})
        self.check("replace", spent, {size: self.bare_transfer(size) for size in SIZES})
        return units[max(SIZES)]

    def test_exchange_of_whole_units(self):
        """R002-30: the warranties of all units end in one statement."""
        units = self.check_exchange(1)
        today = self.company._aftersales_today()
        self.assertEqual(set(units.mapped("warranty_override_end")), {today})

    def test_exchange_of_some_pieces(self):
        """The units stay under warranty, and all the notes on them are one statement."""
        units = self.check_exchange(2)
        self.assertFalse(any(units.mapped("warranty_override_end")))
        for unit in units:
            self.assertIn("returned with", " ".join(unit.message_ids.mapped("body")))

    def test_sending_back(self):
        """The customer gets his own goods again."""
        self.bare_transfer(1, self.customer)
        self.settled(1, 1, "send_back")
        spent = {size: self.settled(size, 1, "send_back")[0] for size in SIZES}
        bare = {size: self.bare_transfer(size, self.customer) for size in SIZES}
        self.check("send_back", spent, bare)
