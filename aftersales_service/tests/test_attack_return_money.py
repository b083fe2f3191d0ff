from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .return_settle_case import SettlementCase


@tagged("post_install", "-at_install")
class TestAttackReturnMoney(SettlementCase):
    """B11: what is credited is what was decided, on an invoice that stands."""

    def draft_note(self, *kinds, **values):
        document = self.decided(*(kinds or [("refund", 3, {})]), **values)
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        return document, document.credit_ids

    def posted_as_it_was(self, note, *attempts):
        """Each change by finance may pass or not; the note isn't posted with another amount."""
        for model, method, args, ids in attempts:
            with (
                self.subTest(method=f"{model}.{method}", args=args),
                self.env.cr.savepoint() as point,
            ):
                amount = note.amount_total
                try:
                    with self.env.cr.savepoint():
                        self.rpc_json("finance", model, method, *args, ids=ids)
                        self.rpc_json("finance", "account.move", "action_post", ids=note.ids)
                except UserError:
                    self.env.invalidate_all()
                self.env.flush_all()
                self.assertTrue(note.state == "draft" or note.amount_total == amount)
                point.rollback()
                self.env.invalidate_all()

    def test_amounts_beside_the_lines(self):
        """B11: neither the tax nor a line without a product carries what wasn't decided."""
        _document, note = self.draft_note()
        tax = note.line_ids.filtered(lambda line: line.display_type == "tax")
        due = note.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(note.amount_total, 339)
        more = tax.amount_currency + 500
        both = [
            Command.update(tax.id, {"amount_currency": more, "balance": more}),
            Command.update(
                due.id,
                {
                    "amount_currency": due.amount_currency - 500,
                    "balance": due.balance - 500,
                },
            ),
        ]
        stray = {
            "name": "Rounding",
            "display_type": "rounding",
            "account_id": note.invoice_line_ids.account_id.id,
            "balance": 77,
            "amount_currency": 77,
        }
        self.posted_as_it_was(
            note,
            ("account.move", "write", [{"line_ids": both}], note.ids),
            ("account.move", "write", [{"line_ids": [Command.create(stray)]}], note.ids),
            (
                "account.move",
                "write",
                [
                    {
                        "line_ids": [
                            Command.update(tax.id, {"balance": more, "amount_currency": more})
                        ]
                    }
                ],
                note.ids,
            ),
        )

    def test_tax_is_written_after_posting(self):
        _document, note = self.draft_note()
        self.post(note)
        tax = note.line_ids.filtered(lambda line: line.display_type == "tax")
        due = note.line_ids.filtered(lambda line: line.display_type == "payment_term")
        both = [
            Command.update(tax.id, {"balance": tax.balance + 500}),
            Command.update(due.id, {"balance": due.balance - 500}),
        ]
        self.refused("finance", "account.move", "write", {"line_ids": both}, ids=note.ids)

    def test_invoice_is_undone_meanwhile(self):
        """B11: an invoice that was cancelled or made smaller isn't credited as it was."""
        _document, note = self.draft_note()
        self.rpc("finance", "account.move", "button_draft", ids=self.invoice.ids)
        with self.env.cr.savepoint() as point:
            self.rpc("finance", "account.move", "button_cancel", ids=self.invoice.ids)
            self.refused("finance", "account.move", "action_post", ids=note.ids)
            point.rollback()
            self.env.invalidate_all()
        self.refused("finance", "account.move", "action_post", ids=note.ids)
        line = self.invoice.invoice_line_ids.filtered(lambda item: item.product_id == self.coil)
        self.rpc(
            "finance",
            "account.move",
            "write",
            {"invoice_line_ids": [Command.update(line.id, {"quantity": 1})]},
            ids=self.invoice.ids,
        )
        self.rpc("finance", "account.move", "action_post", ids=self.invoice.ids)
        self.refused("finance", "account.move", "action_post", ids=note.ids)

    def test_credited_invoice_is_undone(self):
        """B11: nor is an invoice undone after it was credited."""
        document, note = self.draft_note()
        self.post(note)
        self.assertEqual(document.progress, "settled")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc("finance", "account.move", "button_draft", ids=self.invoice.ids)
            line = self.invoice.invoice_line_ids.filtered(lambda i: i.product_id == self.coil)
            self.rpc(
                "finance",
                "account.move",
                "write",
                {"invoice_line_ids": [Command.update(line.id, {"quantity": 1})]},
                ids=self.invoice.ids,
            )
            self.rpc("finance", "account.move", "action_post", ids=self.invoice.ids)

    def reverse(self, move, **values):
        context = {"active_model": "account.move", "active_ids": move.ids}
        vals = {"journal_id": move.journal_id.id, "reason": "mistake", **values}
        wizard = self.rpc("finance", "account.move.reversal", "create", vals, context=context)
        self.rpc("finance", "account.move.reversal", "refund_moves", ids=[wizard], context=context)
        return move.reversal_move_ids

    def test_credit_note_is_reversed(self):
        """B11: return, credit, reverse the credit, return again: nothing stays settled that
        was charged again, and nothing is credited twice."""
        document, note = self.draft_note()
        self.post(note)
        self.assertEqual(document.progress, "settled")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            invoice = self.reverse(note)
            self.rpc("finance", "account.move", "action_post", ids=invoice.ids)

    def test_core_credit_is_cut_loose(self):
        """B11: core's credit note of the same invoice counts, and goes on counting."""
        with self.env.cr.savepoint():
            other = self.reverse(self.invoice)
            self.rpc(
                "finance",
                "account.move",
                "write",
                {
                    "invoice_line_ids": [
                        Command.update(line.id, {"quantity": 0})
                        for line in other.invoice_line_ids
                        if line.product_id == self.breaker
                    ]
                },
                ids=other.ids,
            )
            self.post(other)
        _document, note = self.draft_note()
        self.refused("finance", "account.move", "action_post", ids=note.ids)
        self.refused(
            "finance", "account.move", "write", {"reversed_entry_id": False}, ids=other.ids
        )

    def test_old_goods_with_tax(self):
        """What the decision says of goods from before the system is all that is credited."""
        document = self.decided(
            ("refund", 1, {"amount": 500.0}),
            lines=[
                {
                    "product_id": self.breaker.id,
                    "serial_number": "OLD-7",
                    "contract_ref": "HT-1999-7",
                }
            ],
            delivery_id=False,
        )
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.assertFalse(note.reversed_entry_id)
        self.assertEqual(note.amount_total, 500)
        self.rpc(
            "finance",
            "account.move.line",
            "write",
            {"tax_ids": [Command.set(self.tax.ids)]},
            ids=note.invoice_line_ids.ids,
        )
        self.assertEqual(note.amount_total, 500)
        self.post(note)
        self.assertEqual(document.outcome_ids.amount_credited, 500)


@tagged("post_install", "-at_install")
class TestAttackAdvance(SettlementCase):
    """B6: a replacement in advance is covered by goods or by an invoice of its own."""

    def advance(self, **values):
        return self.submit_return(
            advance_exchange=True,
            advance_due="2099-01-31",
            advance_reason="The plant stands still",
            **values,
        )

    def given(self, give=True):
        document = self.advance()
        self.sign("sales_manager", document)
        self.sign("finance", document)
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        if give:
            self.deliver_transfer(picking)
        return document, picking

    def link_invoice(self, document, invoice):
        return (
            "commerce",
            document._name,
            "write",
            {"advance_invoice_id": invoice.id},
        ), {"ids": document.ids}

    def test_old_invoice_pays_for_nothing(self):
        """B6: the invoice of the goods themselves doesn't pay for their replacement, nor one
        that was there before the replacement left."""
        document, _picking = self.given()
        args, kwargs = self.link_invoice(document, self.invoice)
        self.refused(*args, **kwargs)

    def test_credited_invoice_pays_for_nothing(self):
        document, _picking = self.given()
        invoice = self.make_invoice([(self.coil, 3, 100)], today=True)
        args, kwargs = self.link_invoice(document, invoice)
        self.rpc(*args, **kwargs)
        note = invoice._reverse_moves([{}])
        note.action_post()
        self.assertFalse(document._is_owed_invoiced())
        self.assertEqual(document.advance_owed, 3)

    def test_replacement_that_was_exchanged_again(self):
        """B6: a replacement that came back and was replaced in turn covers nothing."""
        document, picking = self.given()
        second = self.decided(
            ("exchange", 3, {}),
            lines=[{"product_id": self.coil.id, "qty_claimed": 3}],
            delivery_id=picking.id,
        )
        self.assertEqual(second.line_ids.move_id, picking.move_ids)
        action = self.act("storekeeper", second, "action_replace")
        self.deliver_transfer(self.env["stock.picking"].browse(action["res_id"]))
        self.act("storekeeper", second, "action_put_away")
        document.invalidate_recordset()
        self.assertEqual(document.advance_owed, 3)

    def test_unused_replacement_comes_back(self):
        document, picking = self.given()
        second = self.decided(
            ("restock", 3, {}),
            lines=[{"product_id": self.coil.id, "qty_claimed": 3}],
            delivery_id=picking.id,
        )
        self.act("storekeeper", second, "action_put_away")
        document.invalidate_recordset()
        self.assertEqual(document.advance_owed, 0)

    def test_form_is_submitted_again(self):
        """A form whose replacement didn't leave can be corrected and submitted again."""
        document, picking = self.given(give=False)
        self.rpc("storekeeper", "stock.picking", "action_cancel", ids=picking.ids)
        self.decide("storekeeper", document, "action_reject", comment="wrong lot")
        self.act("agent", document, "action_revise")
        self.act("agent", document, "action_submit")
        self.assertEqual(document.outcome_ids.quantity, 3)
        self.assertEqual(self.verify(document), [])
