from ..hooks import uninstall_hook
from .common import AftersalesCase


class TestOperationType(AftersalesCase):
    """Material issue stands beside core's deliveries and isn't taken for one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.warehouse.aftersales_issue_type_id

    def test_core_finds_one_delivery_operation(self):
        second = self.env["stock.warehouse"].create({"name": "Second", "code": "WH2"})
        for warehouse in self.warehouse | second:
            deliveries = self.env["stock.picking.type"].search(
                [("code", "=", "outgoing"), ("warehouse_id", "=", warehouse.id)]
            )
            self.assertEqual(deliveries, warehouse.out_type_id)
            self.assertEqual(warehouse.aftersales_issue_type_id.warehouse_id, warehouse)

    def test_card_opens_material_issues(self):
        self.assertTrue(self.kind.show_picking_type)
        action = self.rpc(
            "storekeeper",
            "stock.picking.type",
            "get_stock_picking_action_picking_type",
            ids=self.kind.ids,
        )
        opened = self.env.ref("aftersales_service.stock_picking_action_issue")
        self.assertEqual(action["id"], opened.id)
        delivery = self.warehouse.out_type_id.get_stock_picking_action_picking_type()
        self.assertNotEqual(delivery["id"], opened.id)

    def test_issue_consumes_and_counts_in_the_forecast(self):
        requisition = self.approve(self.make_requisition([(self.part_a, 4)]))
        move = requisition.picking_ids.move_ids
        self.assertTrue(move._is_consuming())
        self.part_a.invalidate_recordset()
        self.assertEqual((self.part_a.qty_available, self.part_a.virtual_available), (10, 6))

    def test_issued_serial_is_traced_to_its_customer(self):
        relay = self.make_product("Protection relay", "P-4001", tracking="serial")
        lot = self.env["stock.lot"].create({"name": "RL-1", "product_id": relay.id})
        self.put_on_stock(relay, 1, lot)
        requisition = self.approve(self.make_requisition([(relay, 1)]))
        picking = self.draw(requisition)
        self.issue(picking)
        lot.invalidate_recordset()
        self.assertEqual(lot.delivery_ids, picking)
        self.assertEqual(lot.partner_ids, picking.partner_id)

    def test_uninstall_keeps_what_was_used(self):
        """A used operation stays, archived, as the delivery that it was; others go."""
        requisition = self.approve(self.make_requisition([(self.part_a, 1)]))
        self.issue(self.draw(requisition))
        unused = (
            self.env["stock.warehouse"]
            .create({"name": "Second", "code": "WH2"})
            .aftersales_issue_type_id
        )
        uninstall_hook(self.env)
        self.assertFalse(unused.exists())
        self.assertEqual((self.kind.code, self.kind.active), ("outgoing", False))
