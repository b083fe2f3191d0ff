from odoo.exceptions import AccessError, UserError

from .common import AftersalesCase


class TestRequisitionFlow(AftersalesCase):
    """From the requisition to the goods leaving the warehouse (SM1)."""

    def test_parts_on_stock_are_issued_after_review_and_drawing(self):
        """R004-13, R004-14, R004-17: submit, review, all ready, draw, issue."""
        requisition = self.make_requisition()
        self.assertEqual(requisition.state, "draft")
        self.act("supervisor", requisition, "action_submit")
        self.assertEqual(requisition.state, "submitted")
        self.sign("tech_reviewer", requisition)
        self.assertEqual(requisition.state, "approved")
        self.assertEqual(requisition.fulfilment, "ready")
        picking = self.draw(requisition)
        self.issue(picking)
        self.assertEqual(picking.state, "done")
        self.assertEqual(requisition.fulfilment, "issued")
        self.assertEqual(requisition.line_ids.mapped("qty_issued"), [2.0, 1.0])
        self.assertEqual(self.part_a.qty_available, 8)
        self.assertEqual(self.verify(requisition), [])

    def test_packed_and_shipped_with_carrier_and_waybill(self):
        """R004-18, R004-20: nothing leaves unpacked or without carrier and waybill."""
        requisition = self.approve(self.make_requisition())
        self.assertEqual(requisition.picking_ids.aftersales_step, "draw")
        picking = self.draw(requisition)
        self.assertEqual(picking.aftersales_step, "issue")
        self.issue(picking)
        self.assertEqual(picking.aftersales_step, "pack")
        with self.assertRaises(UserError):
            self.act("storekeeper", picking, "action_ship")
        self.act("storekeeper", picking, "action_pack")
        self.assertEqual(picking.aftersales_step, "ship")
        with self.assertRaises(UserError):
            self.act("storekeeper", picking, "action_ship")
        self.book(picking)
        with self.assertRaises(AccessError):
            self.act("supervisor", picking, "action_ship")
        self.act("storekeeper", picking, "action_ship")
        requisition.invalidate_recordset()
        self.assertEqual(requisition.fulfilment, "shipped")
        self.assertEqual(picking.aftersales_step, "shipped")
        self.assertEqual(self.verify(requisition), [])
