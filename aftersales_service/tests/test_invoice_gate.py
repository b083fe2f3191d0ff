from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..models import account_move as ours
from .common import HOSTILE_CONTEXT
from .money_case import MoneyCase

# what a refused change must have left as it was
WATCHED = (
    "state",
    "partner_id",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "line_ids",
    "aftersales_billed",
    "aftersales_settlement_line_id",
    "product_id",
    "quantity",
    "price_unit",
    "discount",
    "tax_ids",
    "balance",
    "amount_currency",
)


class TestInvoiceGate(MoneyCase):
    """The entry says what was settled, whoever writes it (law 5, C2, C5, B11)."""

    def setUp(self):
        super().setUp()
        self.agreement = self.done_case()
        self.settlement = self.settle(self.agreement)

    def credit(self, move, **reversal):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.users["finance"])
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "reason": "Complaint", **reversal})
        )
        found = wizard.reverse_moves()
        return self.env["account.move"].browse(found["res_id"])

    def refuse(self, user, record, vals, context=None):
        names = [name for name in WATCHED if name in record._fields]
        before = record.read(names)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc(user, record._name, "write", vals, ids=record.ids, context=context)
        record.invalidate_recordset()
        self.assertEqual(record.read(names), before)

    def test_lines_of_the_draft_are_closed(self):
        """C2: price, quantity, tax, discount, product, link; a line added or deleted."""
        move = self.invoice(self.settlement, post=False)
        line = move.invoice_line_ids[:1]
        for context in ({}, HOSTILE_CONTEXT):
            for vals in (
                {"price_unit": 1.0},
                {"quantity": 1.0},
                {"discount": 50.0},
                {"tax_ids": [[6, 0, self.vat6.ids]]},
                {"product_id": self.part_b.id},
                {"name": "Consulting"},
                {"name": False},
                {"aftersales_settlement_line_id": False},
            ):
                with self.subTest(vals=vals, hostile=bool(context)):
                    self.refuse("finance", line, vals, context)
                    self.refuse(
                        "finance", move, {"invoice_line_ids": [[1, line.id, vals]]}, context
                    )
            for vals in (
                {"invoice_line_ids": [[2, line.id, 0]]},
                {"line_ids": [[2, line.id, 0]]},
                {"invoice_line_ids": [[0, 0, {"name": "More", "price_unit": 5, "quantity": 1}]]},
                {"aftersales_billed": False},
                {"partner_id": self.company.partner_id.id},
            ):
                with self.subTest(vals=vals, hostile=bool(context)):
                    self.refuse("finance", move, vals, context)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.rpc("finance", line._name, "unlink", ids=line.ids, context=context)

    def test_totals_of_a_posted_invoice_stay(self):
        """The tax can't be edited away, before or after posting."""
        move = self.invoice(self.settlement)
        tax_line = move.line_ids.filtered("tax_line_id")[:1]
        self.refuse("finance", tax_line, {"balance": tax_line.balance + 1})
        self.refuse("finance", tax_line, {"amount_currency": tax_line.amount_currency + 1})

    def test_description_is_as_settled(self):
        """R004-32: what is charged can't be called otherwise, posted or credited either."""
        move = self.invoice(self.settlement)
        line = move.invoice_line_ids[:1]
        settled = line.aftersales_settlement_line_id
        self.assertIn(settled.name, line.name)
        for context in ({}, HOSTILE_CONTEXT):
            self.refuse("finance", line, {"name": "Consulting"}, context)
            self.refuse(
                "finance",
                move,
                {"invoice_line_ids": [[1, line.id, {"name": "Consulting"}]]},
                context,
            )
        # core names lines anew where it believes that the name is its own
        self.rpc("finance", "account.move", "write", {"ref": "PO-1"}, ids=move.ids)
        credit = self.credit(move)
        self.refuse("finance", credit.invoice_line_ids[:1], {"name": "Consulting"})
        self.assertEqual(line.name, credit.invoice_line_ids[:1].name)

    def test_state_written_directly(self):
        """``write({'state': 'posted'})`` skips core's posting, not the gate."""
        move = self.invoice(self.settlement, post=False)
        self.settlement.sudo()._door_write({"state": "submitted"})
        self.env.flush_all()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc("finance", "account.move", "write", {"state": "posted"}, ids=move.ids)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.act("finance", move, "action_post")

    def test_nothing_is_invoiced_twice(self):
        """One live invoice a settlement; a copy isn't linked, a forged link is refused."""
        move = self.invoice(self.settlement)
        with self.assertRaisesRegex(UserError, "already"):
            self.act("commerce", self.settlement, "action_make_invoice")
        found = self.rpc("finance", "account.move", "copy", ids=move.ids)
        copy = self.env["account.move"].browse(found)
        self.assertFalse(copy.aftersales_billed)
        self.assertFalse(copy.line_ids.aftersales_settlement_line_id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc(
                "finance",
                "account.move",
                "copy",
                ids=move.ids,
                context={"include_business_fields": True},
            )
        link = self.settlement.line_ids[:1]
        for vals in (
            {"aftersales_billed": True},
            {
                "invoice_line_ids": [
                    [
                        0,
                        0,
                        {
                            "aftersales_settlement_line_id": link.id,
                            "name": "x",
                            "quantity": 1,
                            "price_unit": 1,
                        },
                    ]
                ]
            },
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError), self.env.cr.savepoint():
                self.rpc(
                    "finance",
                    "account.move",
                    "create",
                    {"move_type": "out_invoice", "partner_id": self.customer.id, **vals},
                )

    def test_reset_cancel_and_credit_open_the_case_again(self):
        """C5: what isn't invoiced any more is to be invoiced again."""
        settlement, total = self.settlement, self.settlement.amount_total
        self.assertEqual(settlement.amount_open, total)
        move = self.invoice(settlement)
        self.assertEqual(settlement.amount_open, 0.0)
        self.act("finance", move, "button_draft")
        settlement.invalidate_recordset()
        self.assertEqual((settlement.amount_open, settlement.billing), (total, "draft"))
        self.act("finance", move, "button_cancel")
        settlement.invalidate_recordset()
        self.assertEqual((settlement.amount_open, settlement.billing), (total, "none"))
        second = self.invoice(settlement)
        self.assertEqual(settlement.amount_open, 0.0)
        note = self.credit(second)
        self.assertTrue(note.aftersales_billed)
        self.assertEqual(note.amount_total, second.amount_total)
        self.act("finance", note, "action_post")
        settlement.invalidate_recordset()
        self.assertEqual((settlement.amount_open, settlement.billing), (total, "none"))
        third = self.invoice(settlement)
        self.assertEqual((third.state, settlement.amount_open), ("posted", 0.0))
        self.assertEqual(self.verify(settlement), [])

    def test_credit_notes_are_capped(self):
        """B11: a credit note takes back what was invoiced, once, before and after posting."""
        move = self.invoice(self.settlement)
        note = self.credit(move)
        line = note.invoice_line_ids[:1]
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc("finance", line._name, "write", {"price_unit": 9999.0}, ids=line.ids)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc("finance", line._name, "write", {"quantity": 100.0}, ids=line.ids)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc(
                "finance",
                "account.move",
                "write",
                {"invoice_line_ids": [[0, 0, {"name": "Extra", "price_unit": 5}]]},
                ids=note.ids,
            )
        others = [[2, other.id, 0] for other in note.invoice_line_ids - line]
        self.rpc(
            "finance",
            "account.move",
            "write",
            {"invoice_line_ids": [*others, [1, line.id, {"quantity": 1.0}]]},
            ids=note.ids,
        )
        self.act("finance", note, "action_post")
        self.settlement.invalidate_recordset()
        self.assertEqual(self.settlement.billing, "partial")
        self.assertEqual(self.settlement.amount_open, note.amount_total)
        second = self.credit(move)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.act("finance", second, "action_post")
        self.assertEqual(self.settlement.line_ids.mapped("amount_credited").count(0.0), 3)

    def test_posting_is_finance(self):
        """A supervisor can't confirm money, and the commerce office doesn't post."""
        move = self.invoice(self.settlement, post=False)
        for user in ("supervisor", "commerce", "engineer", "general_manager"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.act(user, move, "action_post")
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.rpc(user, "account.move", "write", {"state": "posted"}, ids=move.ids)
        self.assertTrue(self.rpc("commerce", "account.move", "read", ["name"], ids=move.ids))
        other = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.customer.id}
        )
        for user in ("supervisor", "commerce", "engineer"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.rpc(user, "account.move", "read", ["name"], ids=other.ids)

    def test_revising_an_invoiced_settlement(self):
        """What is invoiced stays as settled, until the invoice is gone."""
        move = self.invoice(self.settlement, post=False)
        for method in ("action_revise", "action_cancel"):
            with self.subTest(method=method), self.assertRaises(UserError):
                self.act("supervisor", self.settlement, method, comment="wrong price")
        self.rpc("finance", "account.move", "unlink", ids=move.ids)
        self.settlement.invalidate_recordset()
        self.assertEqual(self.settlement.billing, "none")
        self.act("supervisor", self.settlement, "action_revise", comment="wrong price")
        self.assertEqual(self.settlement.state, "draft")
        self.assertEqual(len(self.settlement.line_ids), 4)
        self.assertEqual(self.settlement.amount_open, 0.0)

    def test_several_settlements_one_invoice(self):
        """One invoice over two agreements of a customer; another customer's is refused."""
        other = self.settle(self.done_case())
        both = self.settlement | other
        move = self.invoice(both)
        self.assertEqual(move.amount_total, sum(both.mapped("amount_total")))
        self.assertEqual(both.mapped("billing"), ["invoiced", "invoiced"])
        self.assertEqual(sum(both.mapped("amount_open")), 0.0)

    def test_advances_are_applied(self):
        """An advance that arrived for the agreement is set off when the invoice is posted."""
        total = self.settlement.amount_total
        self.pay(self.agreement, 300.0)
        move = self.invoice(self.settlement)
        self.assertEqual(move.amount_residual, round(total - 300.0, 2))
        self.assertEqual(move.payment_state, "partial")

    def test_advances_without_entries_are_linked(self):
        """Without an outstanding account core makes no entry: the payment is linked."""
        payment = self.pay(self.agreement, 300.0, entry=False)
        self.assertFalse(payment.move_id)
        move = self.invoice(self.settlement)
        self.assertIn(move, payment.sudo().invoice_ids)

    def test_price_list_and_product_change_nothing(self):
        """What was agreed is invoiced, whatever the product costs and is called now."""
        self.part_a.write({"list_price": 9999.0, "taxes_id": [Command.set(self.vat6.ids)]})
        self.part_a.name = "Renamed"
        move = self.invoice(self.settlement)
        self.assertEqual(move.amount_total, self.agreement.amount_total)


class TestForeignInvoices(MoneyCase):
    """An invoice that isn't ours behaves as if we were not there."""

    def run_life(self):
        """The life of an ordinary invoice; return its figures and the queries it took."""
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Line {number}",
                            "quantity": 2,
                            "price_unit": 10.01 * number,
                            "tax_ids": [Command.set(self.vat13.ids)],
                        }
                    )
                    for number in range(1, 6)
                ],
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        move.invoice_line_ids[:1].write({"quantity": 3})
        self.env.flush_all()
        self.env.invalidate_all()
        move.invoice_line_ids[-1:].unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        move.action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        note = move._reverse_moves(cancel=True)
        self.env.flush_all()
        self.env.invalidate_all()
        move.button_draft()
        move.button_cancel()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - start
        return (move.amount_total, move.amount_tax, note.amount_total, move.state), queries

    def take_out(self):
        """Take our methods on entries out of the classes, as if we were not there."""
        kept = [
            (cls, name, getattr(cls, name))
            for cls, names in (
                (
                    ours.AccountMove,
                    (
                        "write",
                        "unlink",
                        "_reverse_moves",
                        "_post",
                        "_prepare_product_base_line_for_taxes_computation",
                        "_check_aftersales_gate",
                    ),
                ),
                (
                    ours.AccountMoveLine,
                    (
                        "write",
                        "_unlink_except_aftersales_billed",
                        "_copy_data_extend_business_fields",
                        "_check_aftersales_gate",
                    ),
                ),
            )
            for name in names
        ]

        def put_back():
            for cls, name, method in kept:
                setattr(cls, name, method)
            self.forget_methods()

        self.addCleanup(put_back)
        for cls, name, _method in kept:
            delattr(cls, name)
        self.forget_methods()

    def forget_methods(self):
        """Let the registry find constraints and deletion guards anew."""
        for name in ("account.move", "account.move.line"):
            for attribute in ("_constraint_methods", "_ondelete_methods"):
                if attribute in vars(self.registry[name]):
                    delattr(self.registry[name], attribute)

    def run_lives(self):
        """Return figures and fewest queries of several lives: core's own vary by one or two."""
        lives = [self.run_life() for _turn in range(4)]
        return lives[0][0], min(queries for _figures, queries in lives)

    def test_as_if_we_were_not_there(self):
        """The same figures and not one query more than with our methods taken out."""
        self.run_life()
        figures, queries = self.run_lives()
        self.take_out()
        bare_figures, bare_queries = self.run_lives()
        self.assertEqual(figures, bare_figures)
        self.assertLessEqual(queries, bare_queries)

    def test_a_query_of_ours_would_be_noticed(self):
        """Negative control: a gate that searches for every entry is more than nothing."""
        self.run_life()

        def asks(moves):
            moves.env["aftersales.settlement"].search([("invoice_id", "in", moves.ids)])

        asks._constrains = ours.AccountMove._check_aftersales_gate._constrains
        self.patch(ours.AccountMove, "_check_aftersales_gate", asks)
        self.forget_methods()
        self.addCleanup(self.forget_methods)
        _figures, queries = self.run_lives()
        self.take_out()
        _bare_figures, bare_queries = self.run_lives()
        self.assertGreater(queries, bare_queries)
