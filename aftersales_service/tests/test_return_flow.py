from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .return_case import CHAIN, ReturnCase


@tagged("post_install", "-at_install")
class TestReturnFlow(ReturnCase):
    """SM2: form, confirmation, receipt into quarantine, re-inspection, decision."""

    def test_strict_chain(self):
        """R002-25, R002-26, R002-27, R002-28, R002-29, SM2: the form goes through every hand
        in order, and the goods stay the customer's."""
        document = self.submit_return()
        self.assertEqual(document.progress, "to_confirm")
        self.assertFalse(document.picking_ids)
        self.sign("sales_manager", document)
        self.assertEqual(document.progress, "to_receive")
        picking = document.picking_ids
        self.assertEqual(picking.picking_type_id, self.warehouse.aftersales_return_type_id)
        self.receive(document)
        self.assertEqual(document.progress, "to_inspect")
        quant = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
        self.assertEqual((quant.product_id, quant.quantity), (self.coil, 3))
        self.assertEqual(quant.owner_id, self.customer)
        self.assertEqual(document.line_ids.qty_received, 3)
        self.assertEqual(document.receipt_look, "sound")
        self.sign_as(document, "production_manager")
        self.assertEqual(document.progress, "to_inspect")
        self.sign_as(document, "inspector")
        self.assertEqual(document.progress, "to_approve")
        self.sign("general_manager", document)
        self.assertEqual((document.state, document.progress), ("approved", "settling"))
        self.assertTrue(document.approved_at)
        signed = document.approval_ids.filtered(lambda row: row.state == "signed" and row.sequence)
        self.assertEqual(
            signed.sorted("chain_no").mapped("act"),
            ["confirm", "take_in", "assign", "reinspect", "approve"],
        )
        self.assertEqual(self.verify(document), [])

    def test_receiving_changes_no_value(self):
        """R002-26: what was received is the customer's: no valuation, not available."""
        self.coil.standard_price = 100
        before = (self.coil.qty_available, self.coil.total_value)
        document = self.submit_return()
        self.sign_as(document, "sales_manager", "storekeeper")
        self.coil.invalidate_recordset()
        self.assertEqual((self.coil.qty_available, self.coil.total_value), before)

    def test_cause_is_demanded(self):
        """R002-25: no form without its cause, from the list and in words."""
        for missing in ({"reason_id": False}, {"reason_text": "  "}, {"wish": False}):
            document = self.make_return(**missing)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.act("agent", document, "action_submit")

    def test_wrong_shipment(self):
        """R002-23: the kind of error is on the form, and the sales manager finds its cause."""
        document = self.make_return(return_type="wrong_shipment")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.act("agent", document, "action_submit")
        kind = self.env.ref("aftersales_service.error_kind_accuracy")
        self.rpc("agent", document._name, "write", {"error_kind_id": kind.id}, ids=document.ids)
        self.act("agent", document, "action_submit")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("sales_manager", document)
        vals = {"error_cause": "Picked from the wrong shelf"}
        vals["error_department_id"] = self.env.ref("aftersales_service.department_store").id
        self.rpc("sales_manager", document._name, "write", vals, ids=document.ids)
        self.assertEqual(self.verify(document), [])
        self.sign("sales_manager", document)
        self.assertEqual(document.error_cause, "Picked from the wrong shelf")
        # his own block is no correction of somebody else's
        self.assertFalse(document.amendment_ids)

    def test_whole_lot_fills_itself(self):
        """R002-21: a whole lot takes over what was delivered, serial by serial."""
        document = self.make_return([], return_type="whole_lot", wish="refund")
        self.assertEqual(len(document.line_ids), 4)
        self.assertEqual(
            set(document.line_ids.mapped("serial_number")) - {False},
            {
                "VB-1",
                "VB-2",
                "VB-3",
            },
        )
        self.assertEqual(sum(document.line_ids.mapped("qty_claimed")), 8)
        document.line_ids[:1].with_user(self.users["agent"]).unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.act("agent", document, "action_submit")
        self.act("agent", document, "action_fill")
        self.act("agent", document, "action_submit")
        self.assertEqual(document.state, "submitted")

    def test_whole_lot_only_for_a_real_defect(self):
        """R002-21: without a confirmed defect a whole lot isn't taken back."""
        document = self.submit_return([], return_type="whole_lot", wish="refund")
        self.sign_as(document, *CHAIN[:4], verdict="nothing_found", kind="refund")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("general_manager", document)
        vals = {
            "outcome_ids": [
                Command.update(outcome.id, {"kind": "send_back"})
                for outcome in document.outcome_ids
            ]
        }
        self.rpc("general_manager", document._name, "write", vals, ids=document.ids)
        self.sign("general_manager", document)
        self.assertEqual(document.progress, "not_granted")
        # what he decided otherwise than proposed is on record
        self.assertEqual(len(document.amendment_ids), 4)
        self.assertEqual(self.verify(document), [])

    def test_wrong_choice_is_verified_first(self):
        """R002-24: the inspection comes before the decision; no decision without verdict."""
        document = self.submit_return(return_type="wrong_choice")
        self.sign_as(document, *CHAIN[:3])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("general_manager", document)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("inspector", document)
        self.sign_as(document, "inspector", verdict="wrong_model")
        self.sign("general_manager", document)
        self.assertEqual(document.progress, "settling")

    def test_partial_exchange_needs_consent(self):
        """R002-22, R002-20: a few pieces are exchanged, or compensated with an amount,
        once the general manager has agreed."""
        document = self.submit_return()
        self.sign_as(document, *CHAIN[:4])
        line = document.line_ids
        vals = {
            "outcome_ids": [
                Command.update(document.outcome_ids.id, {"quantity": 2}),
                Command.create({"line_id": line.id, "kind": "compensate", "quantity": 1}),
            ]
        }
        self.rpc("general_manager", document._name, "write", vals, ids=document.ids)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("general_manager", document)
        paid = document.outcome_ids.filtered(lambda item: item.kind == "compensate")
        self.rpc("general_manager", paid._name, "write", {"amount": 80.0}, ids=paid.ids)
        self.sign("general_manager", document)
        self.assertEqual(document.state, "approved")
        self.assertEqual(self.verify(document), [])

    def test_every_piece_has_an_outcome(self):
        """R002-29: no more and no less outcomes than pieces that are there."""
        document = self.submit_return()
        self.sign_as(document, *CHAIN[:4])
        outcome = document.outcome_ids
        for quantity in (2, 4):
            self.rpc(
                "general_manager", outcome._name, "write", {"quantity": quantity}, ids=outcome.ids
            )
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.sign("general_manager", document)

    def test_partial_receipt(self):
        """B10: three of five come; the storekeeper closes, and two may be returned later."""
        document = self.submit_return([{"product_id": self.coil.id, "qty_claimed": 5}])
        self.sign("sales_manager", document)
        self.receive(document, {self.coil: 2})
        self.assertEqual(document.progress, "to_receive")
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 5)
        self.receive(document, {self.coil: 1}, look="one box is torn")
        self.assertEqual(document.receipt_look, "sound; one box is torn")
        self.sign("storekeeper", document)
        self.assertEqual(document.progress, "to_inspect")
        self.assertEqual(document.line_ids.qty_received, 3)
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 3)
        live = document.picking_ids.filtered(lambda item: item.state not in ("done", "cancel"))
        self.assertFalse(live)
        self.sign_as(document, *CHAIN[2:])
        self.assertEqual(self.verify(document), [])
        self.submit_return([{"product_id": self.coil.id, "qty_claimed": 2}])
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 5)

    def test_another_serial_came(self):
        """B9: a serial number that differs is on record and in what is signed."""
        one, two = self.serials[:2]
        document = self.submit_return([{"product_id": self.breaker.id, "serial_number": "VB-1"}])
        self.sign("sales_manager", document)
        self.receive(document, lots={one: two})
        self.assertTrue(document.is_lot_different)
        self.assertEqual(document.line_ids.received_text, "VB-2")
        # the one that came is the one that counts
        self.assertEqual(self.origin_of(self.breaker_move, one).qty_claimed, 0)
        self.assertEqual(self.origin_of(self.breaker_move, two).qty_claimed, 1)
        self.sign_as(document, *CHAIN[2:])
        row = document.approval_ids.filtered(lambda item: item.act == "approve")
        self.assertIn("VB-2", row.snapshot)
        self.assertEqual(self.verify(document), [])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.submit_return([{"product_id": self.breaker.id, "serial_number": "VB-2"}])

    def test_goods_sold_before_the_system(self):
        """R002-25: a contract and a factory number stand for a delivery that isn't there."""
        line = {"product_id": self.breaker.id, "serial_number": "OLD-7"}
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.submit_return([line], delivery_id=False)
        document = self.submit_return([line], delivery_id=False, contract_ref="HT-1998-3")
        self.assertTrue(document.has_old_goods)
        self.sign_as(document, *CHAIN)
        self.assertEqual(document.line_ids.received_text, "OLD-7")
        self.assertFalse(document.is_lot_different)
        self.assertEqual(self.verify(document), [])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.submit_return([line], delivery_id=False, contract_ref="HT-1998-3")

    def test_inspection_at_the_customer_s_site(self):
        """R002-27: the inspection may come first; the goods come after the decision."""
        document = self.submit_return(at_customer_site=True)
        self.sign("sales_manager", document)
        self.assertEqual(document.progress, "to_inspect")
        self.assertFalse(document.picking_ids)
        self.sign_as(document, "production_manager", "inspector", "general_manager")
        self.assertEqual((document.state, document.progress), ("approved", "to_receive"))
        self.receive(document)
        self.assertEqual(document.progress, "settling")
        self.assertEqual(self.verify(document), [])

    def test_site_inspection_without_return(self):
        """R002-21: nothing is received when the decision takes nothing back."""
        document = self.submit_return(at_customer_site=True)
        self.sign_as(
            document,
            "sales_manager",
            "production_manager",
            "inspector",
            "general_manager",
            verdict="nothing_found",
            kind="send_back",
        )
        self.assertEqual(document.progress, "not_granted")
        self.assertFalse(document.picking_ids)
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 0)
        self.assertEqual(self.verify(document), [])

    def test_the_inspector_is_somebody_else(self):
        """R002-27, C8: not the seller, not the author, and only the one who was named."""
        inspectors = self.env.ref("aftersales_service.group_inspector")
        seller = self.users["records"]
        seller.group_ids |= inspectors
        document = self.submit_return(seller_id=seller.id)
        self.sign_as(document, "sales_manager", "storekeeper")
        for person in (seller, self.users["agent"], self.users["engineer"]):
            vals = {"inspector_id": person.id}
            self.rpc("production_manager", document._name, "write", vals, ids=document.ids)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.sign("production_manager", document)
        self.sign_as(document, "production_manager")
        self.inspect(document)
        colleague = self.users["project_manager"]
        colleague.group_ids |= inspectors
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign(colleague, document)
        self.assertFalse(
            self.env["aftersales.approval"]
            .with_user(colleague)
            .search([("is_mine", "=", True), ("res_id", "=", document.id)])
        )
        self.sign("inspector", document)

    def test_calibration(self):
        """R002-28: nothing is measured with an instrument out of calibration."""
        document = self.submit_return()
        self.sign_as(document, *CHAIN[:3])
        self.inspect(document)
        check = document.check_ids
        vals = {"calibrated_until": "2020-01-01"}
        self.rpc("inspector", check._name, "write", vals, ids=check.ids)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("inspector", document)

    def test_withdraw_reject_revise(self):
        """B10: what is withdrawn or rejected counts no longer; what was received does."""
        document = self.submit_return()
        origin = self.origin_of(self.coil_move)
        self.assertEqual(origin.qty_claimed, 3)
        self.act("agent", document, "action_withdraw")
        self.assertEqual((origin.qty_claimed, document.progress), (0, "withdrawn"))
        self.act("agent", document, "action_revise")
        self.act("agent", document, "action_submit")
        self.sign("sales_manager", document)
        self.receive(document, {self.coil: 2})
        self.decide("storekeeper", document, "action_reject", comment="the rest is lost")
        self.assertEqual((origin.qty_claimed, document.progress), (2, "rejected"))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.act("agent", document, "action_cancel", comment="no")
        self.act("agent", document, "action_revise")
        line = document.line_ids
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc("agent", line._name, "unlink", ids=line.ids)
        self.rpc("agent", line._name, "write", {"qty_claimed": 2}, ids=line.ids)
        self.act("agent", document, "action_submit")
        self.sign("sales_manager", document)
        self.sign("storekeeper", document)
        self.sign_as(document, *CHAIN[2:])
        self.assertEqual(self.verify(document), [])

    def test_open_return_keeps_the_request_open(self):
        """R002-25: a request isn't closed, or moved away, while its return is open."""
        document = self.submit_return(ticket_id=self.ticket.id)
        items = self.ticket.sudo()._get_open_items()
        self.assertIn(document.name, items[self.ticket][0])
        other = self.env["res.company"].create({"name": "Other works"})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.ticket.sudo().company_id = other
        self.act("agent", document, "action_withdraw")
        self.assertFalse(self.ticket.sudo()._get_open_items())

    def test_sources(self):
        """R002-25: one click from the delivery, the unit and the request."""
        for user, record in (
            ("commerce", self.delivery),
            ("agent", self.env["aftersales.unit"].search([("serial_number", "=", "VB-1")])),
            ("supervisor", self.ticket),
        ):
            with self.subTest(model=record._name):
                action = self.rpc(user, record._name, "action_create_return", ids=record.ids)
                document = self.env["aftersales.return"].browse(action["res_id"])
                self.assertEqual(document.partner_id, self.customer)
        with self.assertRaises(AccessError):
            self.rpc("storekeeper", "stock.picking", "action_create_return", ids=self.delivery.ids)
