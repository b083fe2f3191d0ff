from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command

from .return_case import ReturnCase


class SettlementCase(ReturnCase):
    """Returns whose settlement is carried out, and an invoice of what was delivered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coil.standard_price = 40.0
        cls.tax = cls.env["account.tax"].create(
            {"name": "VAT 13%", "amount": 13, "type_tax_use": "sale", "price_include_override": "tax_excluded"}
        )
        cls.invoice = cls.make_invoice([(cls.coil, 5, 100.0), (cls.breaker, 3, 5000.0)])

    @classmethod
    def make_invoice(cls, items, partner=None, post=True):
        if not cls.env["account.journal"].search([("type", "=", "sale")], limit=1):
            cls.env["account.journal"].create({"name": "Sales", "code": "SAL", "type": "sale"})
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.customer).id,
                "invoice_date": "2026-01-05",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(cls.tax.ids)],
                        }
                    )
                    for product, quantity, price in items
                ],
            }
        )
        if post:
            invoice.action_post()
        return invoice

    def outcome_kinds(self, document, kinds):
        """Decide several outcomes for the one line of a return as the inspector."""
        line = document.line_ids
        vals = {
            "outcome_ids": [
                *(Command.delete(item.id) for item in document.outcome_ids),
                *(
                    Command.create({"line_id": line.id, "kind": kind, "quantity": qty, **more})
                    for kind, qty, more in kinds
                ),
            ]
        }
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)

    def decided(self, *kinds, lines=None, verdict="nothing_found", **values):
        """Return an approved return of one line with these outcomes."""
        document = self.submit_return(lines, **values)
        self.sign_as(document, "sales_manager", "storekeeper", "production_manager")
        self.inspect(document, verdict=verdict)
        self.outcome_kinds(document, kinds)
        self.sign("inspector", document)
        self.sign("general_manager", document)
        self.assertEqual(document.state, "approved")
        return document

    def on_hand(self, product, place, owner=None):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", product.id),
                ("location_id", "=", place.id),
                ("owner_id", "=", owner.id if owner else False),
            ]
        )
        return sum(quants.mapped("quantity"))

    def post(self, move, user="finance"):
        return self.act(user, move, "action_post")

    def deliver_transfer(self, picking, user="storekeeper"):
        self.act(user, picking, "button_validate")
        return picking


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
        self.refused(
            "finance", "account.move", "write", {"reversed_entry_id": False}, ids=note.ids
        )
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
        invoice = self.make_invoice([(self.coil, 1, 100)])
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


class TestReturnFollows(SettlementCase):
    """Invoices that can be meant, red letters, claims, actions, and what is closed."""

    def test_several_invoices_need_a_choice(self):
        self.make_invoice([(self.coil, 5, 80.0)])
        document = self.decided(("refund", 3, {}))
        with self.assertRaisesRegex(UserError, "several can be meant"):
            self.act("commerce", document, "action_credit")
        wrong = self.invoice.invoice_line_ids.filtered(lambda line: line.product_id == self.breaker)
        right = self.invoice.invoice_line_ids - wrong
        outcome = document.outcome_ids
        self.refused(
            "finance", outcome._name, "write", {"credit_line_id": wrong.id}, ids=outcome.ids
        )
        self.refused("finance", outcome._name, "write", {"quantity": 5}, ids=outcome.ids)
        self.rpc("finance", outcome._name, "write", {"credit_line_id": right.id}, ids=outcome.ids)
        self.act("commerce", document, "action_credit")
        self.assertEqual(document.credit_ids.reversed_entry_id, self.invoice)

    def test_goods_sold_before_the_system(self):
        """The decision says how much is credited; there is no invoice to follow."""
        document = self.decided(
            ("refund", 1, {"amount": 500.0}),
            lines=[
                {
                    "product_id": self.breaker.id,
                    "serial_number": "OLD-7",
                    "contract_ref": "HT-1999-7",
                    "qty_claimed": 1,
                }
            ],
            delivery_id=False,
        )
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.refused(
            "finance", "account.move.line", "write", {"price_unit": 501}, ids=note.invoice_line_ids.ids
        )
        self.post(note)
        self.assertEqual(document.progress, "settled")

    def test_settled_return_is_not_opened_again(self):
        document = self.decided(("refund", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.outcome_ids.qty_settled, 0)
        with self.assertRaises(UserError):
            self.act("general_manager", document, "action_revise")
        self.assertEqual(document.state, "approved")

    def test_claim_against_the_carrier(self):
        document = self.submit_return()
        self.sign_as(document, "sales_manager", "storekeeper", "production_manager")
        self.inspect(document, verdict="transport", kind="exchange")
        carrier = self.env["res.partner"].create({"name": "Fast Freight"})
        vals = {"claim_kind": "carrier", "claim_amount": 300}
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)
        self.sign("inspector", document)
        with self.assertRaises(UserError):
            self.sign("general_manager", document)
        vals = {"claim_partner_id": carrier.id}
        self.rpc("general_manager", document._name, "write", vals, ids=document.ids)
        self.sign("general_manager", document)
        claim = document.claim_ids
        self.assertEqual((claim.kind, claim.amount_claimed), ("carrier", 300))
        self.assertEqual(claim.partner_id, carrier)
        self.act("commerce", claim, "action_raise")
        with self.assertRaises(UserError):
            self.act("general_manager", document, "action_revise")

    def test_corrective_action(self):
        """R002-16, R002-30: the responsible department takes corrective action; its mail waits
        for the queue, and it stays on file."""
        document = self.decided(("scrap", 3, {}), verdict="quality_defect")
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.progress, "settling")
        self.assertIn("Corrective", document.settlement_open)
        for role in ("storekeeper", "agent", "commerce"):
            with self.assertRaises(UserError):
                self.act(role, document, "action_open_capa")
        mails = self.env["mail.mail"].search([])
        self.act("inspector", document, "action_open_capa")
        capa = document.capa_ids
        self.assertEqual(capa.type_action, "correction")
        self.assertIn(self.department.name, capa.description)
        sent = self.env["mail.mail"].search([]) - mails
        self.assertEqual(set(sent.mapped("state")) - {"outgoing"}, set())
        self.assertEqual(document.progress, "settled")
        for method, args in (("write", [{"active": False}]), ("action_archive", [])):
            self.refused("quality", "mgmtsystem.action", method, *args, ids=capa.ids)
        self.refused(
            "quality", "mgmtsystem.action", "write", {"aftersales_return_id": False}, ids=capa.ids
        )

    def test_tampering_is_named(self):
        """A24: what SQL changes in the settlement is found by the verification."""
        document = self.decided(("restock", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(self.verify(document), [])
        outcome = document.outcome_ids
        self.env.cr.execute(
            "UPDATE aftersales_return_outcome SET qty_moved = 2 WHERE id = %s", [outcome.id]
        )
        self.assertTrue(self.verify(document))
        self.env.cr.execute(
            "UPDATE aftersales_return_outcome SET qty_moved = 3 WHERE id = %s", [outcome.id]
        )
        self.assertEqual(self.verify(document), [])
        self.env.cr.execute(
            "UPDATE stock_move_line SET owner_id = NULL WHERE move_id IN %s",
            [tuple(outcome.move_ids.ids)],
        )
        self.assertTrue(self.verify(document))

    def test_red_letter(self):
        """A registered tax invoice is taken back by a registered red-letter note."""
        request = self.env["aftersales.tax.invoice"].create(
            {
                "partner_id": self.customer.id,
                "kind": "ordinary",
                "line_ids": [Command.create({"move_id": self.invoice.id})],
            }
        )
        request._door_write(
            {"state": "approved", "number": "2" * 20, "invoice_date": "2026-01-06"}
        )
        document = self.decided(("refund", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        self.post(document.credit_ids)
        self.assertEqual(document.progress, "settling")
        action = self.act("commerce", document, "action_red_letter")
        red = self.env["aftersales.tax.invoice"].browse(action["res_id"])
        self.assertEqual(red.nature, "red")
        self.assertEqual(red.line_ids.move_id, document.credit_ids)
        self.assertEqual(document.progress, "settling")
        red._door_write({"state": "approved", "number": "3" * 20, "invoice_date": "2026-01-07"})
        red._after_approved()
        self.assertEqual(document.progress, "settled")
