from unittest.mock import patch

from odoo.exceptions import UserError

from .return_settle_case import SettlementCase


class TestReturnRepair(SettlementCase):
    """返修: repaired in quarantine, inspected by another, sent back (B8, R001-34)."""

    def test_repair(self):
        document = self.decided(
            ("repair", 1, {}),
            lines=[{"product_id": self.breaker.id, "lot_id": self.serials[1].id}],
        )
        with self.assertRaises(UserError):
            self.act("storekeeper", document, "action_send_back")
        self.act("engineer", document, "action_repair")
        order = document.outcome_ids.order_ids
        self.assertEqual(order.state, "under_repair")
        self.assertEqual(order.lot_id, self.serials[1])
        for method in ("action_repair_done", "action_repair_end", "action_repair_cancel"):
            if hasattr(order, method):
                self.refused("storekeeper", "repair.order", method, ids=order.ids)
        self.refused("storekeeper", "repair.order", "write", {"state": "done"}, ids=order.ids)
        self.assertEqual(order.state, "under_repair")
        self.act("inspector", document, "action_pass_repair")
        self.assertEqual(order.state, "done")
        self.assertEqual(self.on_hand(self.breaker, self.quarantine, self.customer), 1)
        action = self.act("storekeeper", document, "action_send_back")
        self.deliver_transfer(self.env["stock.picking"].browse(action["res_id"]))
        self.assertEqual(document.progress, "settled")
        self.assertEqual(self.origin_of(self.breaker_move, self.serials[1]).qty_claimed, 0)
        self.assertEqual(self.verify(document), [])


class TestAdvanceExchange(SettlementCase):
    """A replacement in advance is a permitted exception with a day and a reminder (B6)."""

    def advance(self, **values):
        return self.submit_return(
            advance_exchange=True,
            advance_due="2099-01-31",
            advance_reason="The plant stands still",
            **values,
        )

    def give(self, document, user="storekeeper"):
        action = self.act(user, document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        return self.deliver_transfer(picking)

    def test_not_before_it_is_permitted(self):
        document = self.advance()
        self.sign("sales_manager", document)
        with self.assertRaises(UserError):
            self.act("storekeeper", document, "action_replace")
        self.sign("finance", document)
        self.give(document)
        self.assertEqual(document.outcome_ids.qty_given, 3)
        self.assertEqual(document.advance_owed, 3)
        with self.assertRaises(UserError):
            self.act("storekeeper", document, "action_put_away")

    def test_goods_come_later(self):
        document = self.advance()
        self.sign("sales_manager", document)
        self.sign("finance", document)
        self.give(document)
        self.sign_as(document, "storekeeper", "production_manager")
        vals = self.inspection_vals(document, verdict="nothing_found")
        vals.pop("outcome_ids")
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)
        self.sign("inspector", document)
        self.sign("general_manager", document)
        self.assertEqual(document.advance_owed, 0)
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.progress, "settled")
        self.assertEqual(self.verify(document), [])

    def test_less_comes_than_was_given(self):
        document = self.advance()
        self.sign("sales_manager", document)
        self.sign("finance", document)
        self.give(document)
        self.receive(document, {self.coil: 2})
        self.sign("storekeeper", document)
        self.name_inspector(document)
        self.sign("production_manager", document)
        vals = self.inspection_vals(document, verdict="nothing_found")
        vals.pop("outcome_ids")
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)
        self.sign("inspector", document)
        self.sign("general_manager", document)
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.progress, "settling")
        self.assertEqual(document.advance_owed, 1)
        self.refused(
            "commerce",
            document._name,
            "write",
            {"advance_invoice_id": self.make_invoice([(self.breaker, 1, 9)]).id},
            ids=document.ids,
        )
        invoice = self.make_invoice([(self.coil, 1, 100)], today=True)
        self.refused(
            "agent", document._name, "write", {"advance_invoice_id": invoice.id}, ids=document.ids
        )
        self.rpc(
            "commerce",
            document._name,
            "write",
            {"advance_invoice_id": invoice.id},
            ids=document.ids,
        )
        self.assertEqual(document.progress, "settled")
        invoice.button_draft()
        self.assertEqual(document.progress, "settling")

    def test_reminder(self):
        document = self.advance()
        self.sign("sales_manager", document)
        self.sign("finance", document)
        self.give(document)
        overdue = self.env["aftersales.return"]._get_overdue_advances()
        self.assertNotIn(document, document.search(overdue))
        document._door_write({"advance_due": "2026-01-01"})
        self.assertIn(document, document.search(overdue))
        Return = self.env["aftersales.return"]
        cron = patch.object(self.env.registry["ir.cron"], "_commit_progress")
        notes = patch.object(self.env.registry["aftersales.return"], "_notify_people")
        with cron, notes as told:
            Return._cron_remind_advance()
            Return._cron_remind_advance()
        told.assert_called_once()
        self.assertTrue(document.advance_reminded_at)
