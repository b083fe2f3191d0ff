from odoo.exceptions import UserError
from odoo.fields import Command

from .return_settle_case import SettlementCase


class TestReturnSettlement(SettlementCase):
    """From the decision to 已办结, by real documents alone (R002-29)."""

    def test_refund(self):
        """R002-29: settled by moves and a posted credit note, after the approval alone."""
        document = self.decided(("refund", 3, {}))
        self.assertEqual(document.progress, "settling")
        self.assertIn("credit note", document.settlement_open)
        stock_before = self.on_hand(self.coil, self.stock)
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(self.on_hand(self.coil, self.quarantine, self.customer), 0)
        self.assertEqual(self.on_hand(self.coil, self.stock), stock_before + 3)
        taken = document.outcome_ids.move_ids.filtered(lambda move: move.is_in)
        self.assertEqual(taken.value, self.coil_move.value / 5 * 3)
        self.assertEqual(document.progress, "settling")
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.assertEqual(note.move_type, "out_refund")
        self.assertEqual(note.reversed_entry_id, self.invoice)
        self.assertEqual(note.state, "draft")
        line = note.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit), (3, 100))
        self.post(note)
        self.assertEqual(document.outcome_ids.qty_settled, 3)
        self.assertEqual(document.progress, "settled")
        self.assertFalse(document.settlement_open)
        self.assertEqual(self.verify(document), [])

    def test_value_of_what_becomes_ours(self):
        """Goods come in at what they cost when they were delivered, not at today's cost."""
        self.coil_move.value = 250.0
        self.coil.standard_price = 90.0
        document = self.decided(("restock", 2, {}), ("refund", 1, {"place": "reject"}))
        self.act("storekeeper", document, "action_put_away")
        taken = document.outcome_ids.move_ids.filtered(lambda move: move.is_in)
        self.assertEqual(sorted(taken.mapped("value")), [50.0, 100.0])
        reject = self.company._aftersales_place("reject")
        self.assertEqual(self.on_hand(self.coil, reject), 1)

    def test_exchange(self):
        document = self.decided(
            ("exchange", 1, {}),
            lines=[{"product_id": self.breaker.id, "lot_id": self.serials[0].id}],
            verdict="quality_defect",
        )
        old = self.env["aftersales.unit"].search([("lot_id", "=", self.serials[0].id)])
        old_end = old.warranty_end
        spare = self.make_lots(self.breaker, "VB-9")
        self.act("storekeeper", document, "action_put_away")
        reject = self.company._aftersales_place("reject")
        self.assertEqual(self.on_hand(self.breaker, reject), 1)
        self.assertEqual(old.warranty_end, self.company._aftersales_today())
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.assertEqual(picking.state, "assigned")
        self.deliver_transfer(picking)
        self.assertEqual(picking.state, "done")
        new = self.env["aftersales.unit"].search([("lot_id", "=", spare.id)])
        self.assertEqual(new.warranty_end, old_end)
        self.assertEqual(document.outcome_ids.qty_settled, 1)
        # our own quality demands a corrective action first (R002-30)
        self.assertEqual(document.progress, "settling")
        self.act("quality", document, "action_open_capa")
        self.assertEqual(document.progress, "settled")
        self.assertEqual(self.verify(document), [])

    def test_send_back(self):
        document = self.decided(("send_back", 3, {}))
        self.assertEqual(document.progress, "not_granted")
        self.assertFalse(document.settled_at)
        origin = self.origin_of(self.coil_move)
        self.assertEqual(origin.qty_claimed, 3)
        action = self.act("storekeeper", document, "action_send_back")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.deliver_transfer(picking)
        self.assertEqual(picking.move_ids.value, 0)
        self.assertEqual(self.on_hand(self.coil, self.quarantine, self.customer), 0)
        self.assertTrue(document.settled_at)
        self.assertEqual(origin.qty_claimed, 0)
        self.assertEqual(self.verify(document), [])

    def test_scrap(self):
        document = self.decided(("scrap", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.progress, "settled")
        self.assertEqual(sum(document.outcome_ids.move_ids.mapped("value")), 0)
        self.assertEqual(self.verify(document), [])

    def test_compensation_to_the_fen(self):
        """R002-20: an amount with tax, and the goods go back."""
        document = self.decided(("compensate", 3, {"amount": 100.01}))
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.assertEqual(note.amount_total, 100.01)
        self.post(note)
        self.assertEqual(document.progress, "settling")
        action = self.act("storekeeper", document, "action_send_back")
        self.deliver_transfer(self.env["stock.picking"].browse(action["res_id"]))
        self.assertEqual(document.progress, "settled")

    def test_undone_credit_opens_again(self):
        document = self.decided(("refund", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.post(note)
        self.assertEqual(document.progress, "settled")
        self.act("finance", note, "button_draft")
        self.assertEqual(document.progress, "settling")
        self.assertEqual(document.outcome_ids.qty_credited, 0)
        self.post(note)
        self.assertEqual(document.progress, "settled")
        self.assertEqual(self.verify(document), [])


class TestReturnSettlementAttacks(SettlementCase):
    """What must not work: B5 … B11."""

    def test_nothing_before_approval(self):
        """B6, B7: no replacement, no credit, nothing out of quarantine before the decision."""
        document = self.submit_return()
        self.sign_as(document, "sales_manager", "storekeeper", "production_manager", "inspector")
        for user, method in (
            ("storekeeper", "action_put_away"),
            ("storekeeper", "action_send_back"),
            ("storekeeper", "action_replace"),
            ("commerce", "action_credit"),
            ("quality", "action_open_capa"),
        ):
            with self.assertRaises(UserError):
                self.act(user, document, method)
        self.assertFalse(document.outcome_ids.move_ids)

    def test_credit_is_capped(self):
        """B11: 5 returned, 500 credited by editing the draft."""
        document = self.decided(("refund", 3, {}))
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        line = note.invoice_line_ids
        for vals in (
            {"quantity": 500},
            {"quantity": 4},
            {"price_unit": 900},
            {"tax_ids": [Command.clear()], "price_unit": 101},
            {"product_id": self.breaker.id},
            {"aftersales_outcome_id": False},
        ):
            self.refused("finance", "account.move.line", "write", vals, ids=line.ids)
        stray = {"name": "more", "quantity": 1, "price_unit": 50}
        self.refused(
            "finance",
            "account.move",
            "write",
            {"invoice_line_ids": [Command.create(stray)]},
            ids=note.ids,
        )
        self.refused("finance", "account.move", "write", {"reversed_entry_id": False}, ids=note.ids)
        self.post(note)
        self.assertEqual(document.outcome_ids.qty_credited, 3)

    def test_credit_counts_over_all_notes(self):
        """B11: core's wizard and our return together credit no more than was invoiced."""
        document = self.decided(("refund", 3, {}))
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, "reason": "all"})
        )
        wizard.reverse_moves()
        other = wizard.new_move_ids
        other.invoice_line_ids.filtered(lambda line: line.product_id == self.breaker).unlink()
        self.env.flush_all()
        self.post(note)
        with self.assertRaises(UserError):
            self.post(other)
        other.invoice_line_ids.quantity = 2
        self.env.flush_all()
        self.post(other)
        self.assertEqual(other.state, "posted")

    def test_moves_are_the_outcome_s(self):
        """B4, B7, B9: more, another place, another owner, unlinked goods, a forged state."""
        document = self.decided(("exchange", 3, {}))
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        move = picking.move_ids
        self.refused("storekeeper", "stock.move", "write", {"state": "done"}, ids=move.ids)
        self.refused(
            "storekeeper",
            "stock.move",
            "write",
            {"aftersales_outcome_id": False},
            ids=move.ids,
        )
        self.rpc("storekeeper", "stock.move", "write", {"quantity": 4}, ids=move.ids)
        with self.assertRaises(UserError):
            self.act("storekeeper", picking, "button_validate")
        self.rpc("storekeeper", "stock.move", "write", {"quantity": 3}, ids=move.ids)
        self.act("storekeeper", picking, "button_validate")
        self.assertEqual(document.outcome_ids.qty_given, 3)
        for vals in ({"quantity": 2}, {"quantity": 30}, {"state": "draft"}):
            self.refused("storekeeper", "stock.move", "write", vals, ids=move.ids)
        self.refused(
            "storekeeper", "stock.move.line", "write", {"quantity": 9}, ids=move.move_line_ids.ids
        )
        with self.assertRaises(UserError):
            self.act("storekeeper", document, "action_replace")

    def test_partial_replacement_leaves_the_rest_open(self):
        document = self.decided(("exchange", 3, {}))
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.rpc("storekeeper", "stock.move", "write", {"quantity": 1}, ids=picking.move_ids.ids)
        self.rpc(
            "storekeeper",
            "stock.picking",
            "button_validate",
            ids=picking.ids,
            context={"skip_backorder": True},
        )
        document.invalidate_recordset()
        self.assertEqual(document.outcome_ids.qty_given, 1)
        rest = document.outcome_ids.move_ids.picking_id - picking
        self.assertEqual(rest.move_ids.aftersales_outcome_id, document.outcome_ids)
        self.deliver_transfer(rest)
        self.assertEqual(document.outcome_ids.qty_given, 3)
