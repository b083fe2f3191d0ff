from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .return_settle_case import SettlementCase


@tagged("post_install", "-at_install")
class TestAttackReturnChain(SettlementCase):
    """C7, R002-29: whatever chain is configured, and whoever customers turn out to be."""

    def test_goods_come_after_the_decision(self):
        """R002-29: a chain that ends with the receipt decides nothing that isn't there."""
        self.make_steps(
            (10, "general_manager", {"act": "approve", "can_amend": True}),
            (20, "storekeeper", {"act": "take_in"}),
        )
        document = self.submit_return()
        vals = {
            "outcome_ids": [
                Command.create({"line_id": document.line_ids.id, "kind": "refund", "quantity": 5})
            ]
        }
        self.rpc("general_manager", document._name, "write", vals, ids=document.ids)
        self.sign("general_manager", document)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.receive(document)
        self.assertEqual(document.state, "submitted")

    def test_customer_location_is_one(self):
        """R002-29: sent back, or given in exchange, is what has left the house."""
        for kind, method in (("send_back", "action_send_back"), ("exchange", "action_replace")):
            document = self.decided(
                (kind, 1, {}), lines=[{"product_id": self.coil.id, "qty_claimed": 1}]
            )
            inside = self.env["stock.location"].create({"name": "Shelf", "usage": "internal"})
            self.customer.property_stock_customer = inside
            action = self.act("storekeeper", document, method)
            picking = self.env["stock.picking"].browse(action["res_id"])
            self.act("storekeeper", picking, "button_validate")
            self.assertEqual(picking.move_ids.location_dest_id.usage, "customer")
            self.customer.property_stock_customer = self.env.ref("stock.stock_location_customers")

    def test_customers_are_merged(self):
        """Merging the customer into another changes neither the goods nor the way on."""
        document = self.decided(("restock", 3, {}))
        other = self.env["res.partner"].create({"name": "Harbour Steel Works Ltd"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, other)
        self.env.invalidate_all()
        self.assertEqual(document.partner_id, other)
        self.act("storekeeper", document, "action_put_away")
        quants = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
        self.assertEqual([q for q in quants.mapped("quantity") if q], [])
        self.assertEqual(document.progress, "settled")
        self.assert_sound(document)

    def test_several_returns_end_the_warranty(self):
        """R002-30: a unit of several pieces is under warranty while the customer has some."""
        unit = self.env["aftersales.unit"].search([("origin_move_id", "=", self.coil_move.id)])
        self.assertEqual(unit.quantity, 5)
        self.assertTrue(unit.warranty_end)
        for quantity in (3, 2):
            document = self.decided(
                ("restock", quantity, {}),
                lines=[{"product_id": self.coil.id, "qty_claimed": quantity}],
            )
            self.act("storekeeper", document, "action_put_away")
        self.assertLessEqual(unit.warranty_end, self.company._aftersales_today())

    def test_another_company(self):
        """D1: neither forms nor their rows are read from another company."""
        document = self.decided(("restock", 3, {}))
        other = self.env["res.company"].create({"name": "Other Works"})
        for role in ("agent", "storekeeper", "finance", "general_manager"):
            stranger = self.make_user(f"as_{role}_b", role, company=other)
            for records in (
                document,
                document.line_ids,
                document.outcome_ids,
                document.check_ids,
                document.line_ids.origin_id,
                document.line_ids.receipt_ids,
                document.picking_ids,
            ):
                with self.subTest(role=role, model=records._name):
                    with self.assertRaises(UserError):
                        self.rpc(stranger, records._name, "read", ["display_name"], ids=records.ids)
                    if records.browse().with_user(stranger).has_access("read"):
                        domain = [("id", "in", records.ids)]
                        self.assertFalse(self.rpc(stranger, records._name, "search", domain))
