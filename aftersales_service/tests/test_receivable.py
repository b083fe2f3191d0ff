from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import new_test_user, tagged

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT
from .money_case import MoneyCase


class ReceivableCase(AttackCase, MoneyCase):
    """An invoice of paid service that is posted and open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users["general_manager"] = new_test_user(
            cls.env,
            login="as_general",
            name="As General",
            groups="aftersales_service.group_general_manager",
            company_id=cls.company.id,
        )
        cls.loss = cls.env["account.account"].create(
            {"name": "Bad Debts", "code": "670100", "account_type": "expense"}
        )
        cls.misc = cls.env["account.journal"].create(
            {"name": "Miscellaneous", "type": "general", "code": "ASM"}
        )

    def setUp(self):
        super().setUp()
        self.today = self.company._aftersales_today()
        self.agreement = self.done_case()
        self.settlement = self.settle(self.agreement)
        self.move = self.invoice(self.settlement)

    def rows(self, kind=None):
        """Return {kind: amount} of what the list says of the invoice."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc(
            "finance",
            "aftersales.followup",
            "search_read",
            [("move_id", "=", self.move.id), ("kind", "!=", "no_tax_invoice")],
            ["kind", "amount"],
        )
        return {row["kind"]: round(row["amount"], 2) for row in found}

    def refused_write(self, record, vals, context=None):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc("finance", record._name, "write", vals, ids=record.ids, context=context or {})
            self.env.flush_all()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestDueDate(ReceivableCase):
    """R004-33: nobody makes an overdue invoice young by writing a date."""

    def setUp(self):
        super().setUp()
        self.fall_due(self.move, 9)
        self.later = str(Date.add(self.today, days=60))
        self.total = self.move.amount_total

    def test_dates_terms_and_lines_are_refused(self):
        """A1: as finance, by every field that says when, with a hostile context as well."""
        term = self.env["account.payment.term"].create(
            {
                "name": "90 days",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 100, "nb_days": 90})
                ],
            }
        )
        due_line = self.move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        for record, vals in (
            (self.move, {"invoice_date_due": self.later}),
            (self.move, {"invoice_payment_term_id": term.id}),
            (self.move, {"aftersales_due_on": self.later}),
            (self.move, {"amount_residual": 0.0}),
            (due_line, {"date_maturity": self.later}),
            (due_line, {"amount_residual": 0.0}),
        ):
            for context in ({}, HOSTILE_CONTEXT):
                with self.subTest(vals=vals, context=bool(context)):
                    self.refused_write(record, vals, context)
        self.assertEqual(self.rows(), {"overdue": self.total})

    def test_not_by_way_of_a_draft(self):
        """C5: reset, given another date and posted again, it is refused as well."""
        self.act("finance", self.move, "button_draft")
        self.rpc(
            "finance", "account.move", "write", {"invoice_date_due": self.later}, ids=self.move.ids
        )
        with self.assertRaisesRegex(ValidationError, "defer"), self.env.cr.savepoint():
            self.act("finance", self.move, "action_post")
        self.env.invalidate_all()
        day = str(self.move.aftersales_due_on)
        self.rpc("finance", "account.move", "write", {"invoice_date_due": day}, ids=self.move.ids)
        self.act("finance", self.move, "action_post")
        self.assertEqual(self.rows(), {"overdue": self.total})

    def test_deferred_with_a_reason(self):
        """With who and why on record it isn't overdue any more, and the chain verifies."""
        model, ids = self.settlement._name, self.settlement.ids
        for user in ("commerce", "supervisor", "general_manager", "sales_manager", "admin"):
            self.refused(user, model, "action_defer", self.later, "asked for it", ids=ids)
        for date, reason in (
            (self.later, " "),
            (False, "x"),
            ("tomorrow", "x"),
            (str(self.move.aftersales_due_on), "x"),
        ):
            self.refused("finance", model, "action_defer", date, reason, ids=ids)
        wizard = self.rpc(
            "finance",
            "aftersales.receivable.wizard",
            "create",
            {"settlement_id": ids[0], "date": self.later, "reason": "Budget in two months"},
        )
        self.rpc("finance", "aftersales.receivable.wizard", "action_confirm", ids=[wizard])
        self.assertEqual(self.rows(), {"unpaid": self.total})
        self.assertEqual(str(self.move.invoice_date_due), self.later)
        row = self.settlement.sudo().approval_ids.filtered(lambda item: item.act == "defer")
        self.assertEqual(
            (row.user_id, row.comment), (self.users["finance"], "Budget in two months")
        )
        self.assertEqual(self.verify(self.settlement), [])
        self.env.cr.execute(
            "UPDATE account_move SET aftersales_due_on = %s WHERE id = %s",
            ("2199-01-01", self.move.id),
        )
        self.env.invalidate_all()
        self.assertTrue(self.verify(self.settlement))

    def test_what_is_paid_is_not_deferred(self):
        self.pay(self.agreement, self.total)
        self.refused(
            "finance",
            self.settlement._name,
            "action_defer",
            self.later,
            "x",
            ids=self.settlement.ids,
        )

    def test_an_ordinary_invoice_is_free(self):
        """One that isn't ours has its date changed as ever."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "Goods", "price_unit": 5.0})],
            }
        )
        move.action_post()
        move.with_user(self.users["finance"]).invoice_date_due = self.later
        self.assertEqual(str(move.invoice_date_due), self.later)
        with self.assertRaises(UserError):
            self.env["account.move"].with_user(self.users["finance"]).create(
                {"move_type": "out_invoice", "aftersales_due_on": self.later}
            )


@tagged("post_install", "-at_install")
class TestWriteOff(ReceivableCase):
    """R004-33: what is written off isn't collected; it is decided on, with who and why."""

    def setUp(self):
        super().setUp()
        self.total = self.move.amount_total

    def register_payment(self, amount):
        """Finance keeps the difference as a loss, in core's own dialog."""
        method = self.bank.inbound_payment_method_line_ids[:1]
        method.payment_account_id = self.outstanding
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.users["finance"])
            .with_context(active_model="account.move", active_ids=self.move.ids)
            .create(
                {
                    "amount": amount,
                    "journal_id": self.bank.id,
                    "payment_method_line_id": method.id,
                    "payment_difference_handling": "reconcile",
                    "writeoff_account_id": self.loss.id,
                    "writeoff_label": "Customer insists",
                }
            )
        )
        return wizard._create_payments()

    def journal_entry(self, amount):
        """Finance sets the claim off against a loss, and reconciles."""
        entry = (
            self.env["account.move"]
            .with_user(self.users["finance"])
            .create(
                {
                    "move_type": "entry",
                    "journal_id": self.misc.id,
                    "ref": "Insolvent",
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": self.receivable.id,
                                "partner_id": self.customer.id,
                                "credit": amount,
                            }
                        ),
                        Command.create({"account_id": self.loss.id, "debit": amount}),
                    ],
                }
            )
        )
        entry.action_post()
        lines = (self.move | entry).line_ids.filtered(lambda x: x.account_id == self.receivable)
        self.rpc("finance", "account.move.line", "reconcile", ids=lines.ids)
        return entry

    def decide(self, reason="Insolvent"):
        wizard = self.rpc(
            "general_manager",
            "aftersales.receivable.wizard",
            "create",
            {"settlement_id": self.settlement.id, "deed": "write_off", "reason": reason},
        )
        self.rpc("general_manager", "aftersales.receivable.wizard", "action_confirm", ids=[wizard])

    def test_difference_of_a_payment(self):
        """The dialog marks it paid; the list shows what no money came for."""
        payment = self.register_payment(self.total - 50.0)
        self.assertIn(self.move.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.rows(), {"written_off": 50.0})
        self.decide("Price dispute, agreed by telephone")
        self.assertEqual(self.rows(), {})
        row = self.settlement.sudo().approval_ids.filtered(lambda item: item.act == "write_off")
        self.assertEqual(row.user_id, self.users["general_manager"])
        self.assertIn("telephone", row.comment)
        self.assertIn("As finance", row.snapshot)
        self.assertEqual(self.settlement.written_off_amount, 50.0)
        self.assertEqual(self.verify(self.settlement), [])
        # C5: taken back, the money is open again
        self.act("finance", payment, "action_draft")
        self.assertEqual(self.rows(), {"unpaid": self.total})

    def test_journal_entry(self):
        """A whole claim against a loss account: 坏账, and taken back it is owed again."""
        entry = self.journal_entry(self.total)
        self.assertEqual(self.rows(), {"written_off": self.total})
        self.decide()
        self.assertEqual(self.rows(), {})
        self.act("finance", entry, "button_draft")
        self.assertEqual(self.rows(), {"unpaid": self.total})

    def test_more_is_decided_on_again(self):
        self.journal_entry(100.0)
        self.decide()
        self.journal_entry(20.0)
        self.assertEqual(self.rows(), {"unpaid": round(self.total - 120.0, 2), "written_off": 20.0})

    def test_credit_note_out_of_nowhere(self):
        """A credit note that takes no invoice back is a write-off in another dress."""
        note = (
            self.env["account.move"]
            .with_user(self.users["finance"])
            .create(
                {
                    "move_type": "out_refund",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Goodwill", "price_unit": 30.0, "tax_ids": [Command.clear()]}
                        )
                    ],
                }
            )
        )
        note.action_post()
        lines = (self.move | note).line_ids.filtered(lambda x: x.account_id == self.receivable)
        self.rpc("finance", "account.move.line", "reconcile", ids=lines.ids)
        self.assertEqual(self.rows()["written_off"], 30.0)

    def test_money_and_our_credit_note_are_none(self):
        self.pay(self.agreement, 300.0)
        self.assertEqual(self.rows(), {"unpaid": round(self.total - 300.0, 2)})
        note = self.move.with_user(self.users["finance"])._reverse_moves(cancel=True)
        self.assertEqual(note.state, "posted")
        self.assertNotIn("written_off", self.rows())

    def test_our_credit_note_reset(self):
        """C5: core keeps the invoice paid by a credit note that is a draft again."""
        note = self.move.with_user(self.users["finance"])._reverse_moves(cancel=True)
        self.assertEqual(set(self.rows()), {"uninvoiced"})
        self.act("finance", note, "button_draft")
        self.assertEqual(self.rows(), {"unpaid": self.total})

    def test_who_decides(self):
        """Law 4: the general manager, with a reason, and not on his own entry."""
        model, ids = self.settlement._name, self.settlement.ids
        self.refused("general_manager", model, "action_write_off", "why not", ids=ids)
        both = self.users["finance"]
        self.journal_entry(self.total)
        for user in ("finance", "commerce", "supervisor", "sales_manager", "admin"):
            self.refused(user, model, "action_write_off", "insolvent", ids=ids)
        self.refused("general_manager", model, "action_write_off", "  ", ids=ids)
        both.write(
            {"group_ids": [(4, self.env.ref("aftersales_service.group_general_manager").id)]}
        )
        self.refused("finance", model, "action_write_off", "insolvent", ids=ids)
        self.assertEqual(self.rows(), {"written_off": self.total})
        for vals in ({"written_off_amount": self.total},):
            self.refused("general_manager", model, "write", vals, ids=ids)

    def test_the_mark_is_not_written(self):
        """A1, A9: neither at birth nor afterwards, and own defaults don't count."""
        self.env["ir.default"].set("account.partial.reconcile", "aftersales_written_off", 0.0)
        self.journal_entry(self.total)
        partial = self.move.line_ids.matched_credit_ids
        self.rpc(
            "finance",
            partial._name,
            "write",
            {"aftersales_written_off": 0.0},
            ids=partial.ids,
        )
        self.assertEqual(self.rows(), {"written_off": self.total})

    def test_statement_of_account(self):
        """The statement calls nothing received that wasn't: the claim stands."""
        self.journal_entry(40.0)
        statement = self.env["aftersales.statement"].create({"partner_id": self.customer.id})
        _before, rows = statement._get_rows()
        self.assertEqual([row["credit"] for row in rows], [0.0])


@tagged("post_install", "-at_install")
class TestRetained(ReceivableCase):
    """R004-33: retained money is asked for, and counts as owed, when it is due."""

    def setUp(self):
        super().setUp()
        self.fall_due(self.move, 9)
        self.company.aftersales_credit_limit = 100.0
        found = self.rpc(
            "commerce",
            "aftersales.retention",
            "create",
            {
                "agreement_id": self.agreement.id,
                "percent": 10.0,
                "date_due": str(Date.add(self.today, days=90)),
            },
        )
        self.retention = self.env["aftersales.retention"].browse(found)
        self.act("finance", self.retention, "action_confirm")
        self.kept = self.retention.amount
        self.total = self.move.amount_total

    def letter(self):
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc(
            "commerce", "aftersales.reminder", "create", {"partner_id": self.customer.id}
        )
        return self.env["aftersales.reminder"].browse(found)

    def owed(self):
        self.env.flush_all()
        self.env.invalidate_all()
        names = ["aftersales_owed", "aftersales_over_limit"]
        ticket = self.agreement.ticket_id
        row = self.rpc("agent", ticket._name, "read", names, ids=ticket.ids)[0]
        return round(row[names[0]], 2), row[names[1]]

    def test_letter_and_limit(self):
        line = self.letter().line_ids
        self.assertEqual(
            (line.amount_due, line.amount_paid, line.amount_retained, line.amount_open),
            (self.total, 0.0, self.kept, self.move.currency_id.round(self.total - self.kept)),
        )
        self.assertEqual(self.owed(), (round(self.total - self.kept, 2), True))
        self.pay(self.agreement, self.total - self.kept)
        self.assertEqual(self.owed(), (0.0, False))
        with self.assertRaisesRegex(UserError, "overdue"):
            self.act("commerce", self.letter(), "action_submit")

    def test_due_it_is_a_line_of_its_own(self):
        self.pay(self.agreement, self.total - self.kept)
        self.retention.sudo()._door_write({"date_due": Date.subtract(self.today, days=10)})
        letter = self.letter()
        self.assertEqual(letter.line_ids.retention_id, self.retention)
        self.assertEqual((letter.amount_total, letter.line_ids.days), (self.kept, 10))
        self.assertEqual(self.owed()[0], self.kept)
        self.act("commerce", letter, "action_submit")
        self.sign("sales_manager", letter)
        self.assertEqual(self.verify(letter), [])
