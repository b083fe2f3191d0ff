"""Two ways to claim the same delivered goods at the same moment (B5)."""

from functools import partial

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo_env import odoo_environment
from race_case import DATABASE, RaceCase

RETURN = "aftersales.return"


class TestReturnRace(RaceCase):
    """Five were delivered; each of two asks for three or more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with odoo_environment(DATABASE) as env:
            for name, role in (
                ("agent_2", "agent"),
                ("sales_manager", "sales_manager"),
                ("production_manager", "production_manager"),
            ):
                cls.users[name] = new_test_user(
                    env, f"race_{name}", groups=f"aftersales_service.group_{role}"
                ).id
            # the whole chain needs a pool; who inspects isn't part of a race
            cls.reason = env.ref("aftersales_service.return_reason_quality").id
            keeper = env["res.users"].browse(cls.users["storekeeper_2"])
            keeper.group_ids |= env.ref("stock.group_stock_manager")

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------
    def make_delivery(self, quantity):
        """Return (picking, product) of a delivery of served goods to the customer."""
        product_id = self.make_product(quantity)
        with odoo_environment(DATABASE) as env:
            product = env["product.product"].browse(product_id)
            product.aftersales_served = True
            warehouse = env["stock.warehouse"].search([("company_id", "=", self.company)], limit=1)
            partner = env["res.partner"].browse(self.customer)
            place = partner.property_stock_customer.id
            picking = env["stock.picking"].create(
                {
                    "picking_type_id": warehouse.out_type_id.id,
                    "partner_id": partner.id,
                    "location_id": self.stock,
                    "location_dest_id": place,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": quantity,
                                "location_id": self.stock,
                                "location_dest_id": place,
                            }
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.button_validate()
            return picking.id, product.id

    def make_return(self, picking, product, quantity, user="agent"):
        vals = {
            "delivery_id": picking,
            "partner_id": self.customer,
            "return_type": "partial",
            "wish": "exchange",
            "reason_id": self.reason,
            "reason_text": "burnt",
            "line_ids": [Command.create({"product_id": product, "qty_claimed": quantity})],
        }
        return self.call(user, RETURN, "create", vals)

    def make_core_return(self, picking, quantity):
        """Return a transfer of core's return wizard that can be validated."""
        with odoo_environment(DATABASE) as env:
            wizard = env["stock.return.picking"].create({"picking_id": picking})
            wizard.product_return_moves.quantity = quantity
            return wizard.action_create_returns()["res_id"]

    def submit(self, user, document):
        return self.call(user, RETURN, "action_submit", [document])

    def claimed(self, picking):
        """Return (asked for on forms, come back by core) of a delivery, counted anew."""
        with odoo_environment(DATABASE) as env:
            move = env["stock.picking"].browse(picking).move_ids
            lines = env["aftersales.return.line"].search([("move_id", "=", move.id)])
            back = move.returned_move_ids.filtered(lambda item: item.state == "done")
            return sum(lines.mapped("qty_open")), sum(back.mapped("quantity"))

    def total(self, picking):
        with odoo_environment(DATABASE) as env:
            move = env["stock.picking"].browse(picking).move_ids
            origin = env["aftersales.return.origin"].search([("move_id", "=", move.id)])
            return origin.mapped("qty_claimed")

    # ------------------------------------------------------------------
    # Two forms
    # ------------------------------------------------------------------
    def race_forms(self, seen, guards=()):
        """Submit two forms for three of five each at the same moment.

        :param seen: whether the delivery has been on a form before
        """
        picking, product = self.make_delivery(5)
        if seen:
            first = self.make_return(picking, product, 1)
            self.submit("agent", first)
            self.call("agent", RETURN, "action_withdraw", [first])
        one = self.make_return(picking, product, 3)
        two = self.make_return(picking, product, 3, user="agent_2")
        results = self.parallel(
            partial(self.submit, "agent", one),
            partial(self.submit, "agent_2", two),
            places=[("aftersales.return.line", "_claim", True)],
            guards=guards,
        )
        return picking, results

    def test_two_forms(self):
        """B5: one is submitted, the other is refused on fresh data."""
        for seen in (True, False):
            with self.subTest(seen=seen):
                picking, results = self.race_forms(seen)
                self.assertEqual(len(self.refusals(results)), 1)
                self.assert_clean(results)
                self.assertEqual(self.claimed(picking), (3, 0))
                self.assertEqual(self.total(picking), [3])

    def test_two_forms_without_the_row(self):
        """B5, negative control: with a sum that nobody keeps, both go through."""

        def only_look(origins):
            origins.env.flush_all()
            lines = origins.env["aftersales.return.line"].sudo()
            for origin in origins:
                own = lines.search([("origin_id", "=", origin.id)])
                if sum(own.mapped("qty_open")) > origin.qty_delivered:
                    origin._raise_more(0, origin.qty_delivered)

        guard = ("aftersales.return.origin", "_recount", only_look)
        picking, results = self.race_forms(True, guards=[guard])
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.claimed(picking), (6, 0))

    # ------------------------------------------------------------------
    # The form against core's wizard
    # ------------------------------------------------------------------
    def race_core(self, places, guards=()):
        """Submit a form for three of five while core's wizard brings four of them back."""
        picking, product = self.make_delivery(5)
        back = self.make_core_return(picking, 4)
        document = self.make_return(picking, product, 3)
        results = self.parallel(
            partial(self.submit, "agent", document),
            partial(self.call, "storekeeper_2", "stock.picking", "button_validate", [back]),
            places=places,
            guards=guards,
        )
        return picking, results

    def test_form_against_core_wizard(self):
        """B5: either the form asks for three, or core's wizard brings four back."""
        picking, results = self.race_core([("aftersales.return.origin", "_recount", True)])
        self.assertEqual(len(self.refusals(results)), 1)
        self.assert_clean(results)
        self.assertIn(self.claimed(picking), ((3, 0), (0, 4)))

    def test_form_against_core_wizard_uncounted(self):
        """B5, negative control: where core's returns aren't counted, seven of five are back."""
        picking, results = self.race_core(
            [
                ("aftersales.return.line", "_claim", False),
                ("stock.move", "_check_quarantine", True),
            ],
            guards=[("stock.move", "_count_returned")],
        )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.claimed(picking), (3, 4))

    # ------------------------------------------------------------------
    # The receipt
    # ------------------------------------------------------------------
    def test_two_storekeepers_receive(self):
        """B5, B7: two storekeepers validate one receipt: it comes in once."""
        picking, product = self.make_delivery(5)
        document = self.make_return(picking, product, 5)
        self.submit("agent", document)
        seen = self.call("sales_manager", RETURN, "read", [document], ["content_digest"])
        self.call(
            "sales_manager",
            RETURN,
            "action_approve",
            [document],
            seen_digest=seen[0]["content_digest"],
        )
        with odoo_environment(DATABASE) as env:
            receipt = env[RETURN].browse(document).picking_ids
            receipt.receipt_look = "sound"
            receipt = receipt.id
        results = self.parallel(
            partial(self.validate, receipt),
            partial(self.validate, receipt, "storekeeper_2"),
            places=[("aftersales.return", "_check_waits_for_goods", False)],
        )
        self.assert_clean(results)
        with odoo_environment(DATABASE) as env:
            record = env[RETURN].browse(document)
            self.assertEqual(record.line_ids.qty_received, 5)
            quants = env["stock.quant"].search([("product_id", "=", product)])
            place = record.company_id._aftersales_place("quarantine")
            there = quants.filtered(lambda quant: quant.location_id == place)
            self.assertEqual(sum(there.mapped("quantity")), 5)
            found = env["aftersales.verification"]._verify_document(RETURN, document)
            self.assertEqual([item["text"] for item in found], [])
