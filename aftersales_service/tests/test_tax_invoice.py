from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Date
from odoo.tests import BaseCase

from ..tools.tax_number import credit_code_check, is_credit_code, is_invoice_number
from .common import HOSTILE_CONTEXT
from .money_case import SCAN, MoneyCase

NUMBER = "25312000000012345678"


class TestTaxNumbers(BaseCase):
    """Check digits of GB 32100-2015 and the form of invoice numbers."""

    def test_credit_codes(self):
        for code in ("91350100M000100Y43", "911101081020168250", "91110000100000253Q"):
            body = code[:17]
            self.assertTrue(is_credit_code(body + credit_code_check(body)), code)
        self.assertTrue(is_credit_code("91350100M000100Y43"))
        for code in (
            "91350100M000100Y44",
            "91350100M000100Y4",
            "91350100M000100Y433",
            "91350100M000100I43",
            "９1350100M000100Y43",
            "91350100m000100y43",
            "",
            None,
        ):
            self.assertFalse(is_credit_code(code), code)

    def test_a_swapped_pair_is_noticed(self):
        good = "91350100M000100Y43"
        for place in range(16):
            if good[place] == good[place + 1]:
                continue
            bad = good[:place] + good[place + 1] + good[place] + good[place + 2 :]
            self.assertFalse(is_credit_code(bad), bad)

    def test_invoice_numbers(self):
        self.assertTrue(is_invoice_number(NUMBER))
        for number in ("", "1" * 19, "1" * 21, "0" * 20, "２" * 20, "2531200000001234567x", None):
            self.assertFalse(is_invoice_number(number), number)


class TestTaxInvoice(MoneyCase):
    """Requested by the commerce office, registered by finance; nothing else counts (R004-32)."""

    def setUp(self):
        super().setUp()
        self.settlement = self.settle(self.done_case())
        self.move = self.invoice(self.settlement)

    def requested(self, **values):
        request = self.make_tax_request(self.move, **values)
        self.act("commerce", request, "action_submit")
        return request

    def test_requested_and_registered(self):
        self.assertEqual(self.move.aftersales_tax_state, "none")
        request = self.requested()
        for name in ("amount_untaxed", "amount_tax", "amount_total"):
            self.assertEqual(request[name], self.move[name])
        self.assertEqual(self.move.aftersales_tax_state, "requested")
        self.register(request)
        self.assertEqual((request.state, request.number), ("approved", NUMBER))
        self.move.invalidate_recordset()
        self.assertEqual(self.move.aftersales_tax_state, "registered")
        self.assertEqual(self.verify(request), [])
        self.assertTrue(request.file_id.aftersales_kept)

    def test_finance_alone_registers(self):
        request = self.requested()
        for user in ("commerce", "supervisor", "engineer", "general_manager", "admin"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.register(request, user=user)
        with self.assertRaisesRegex(UserError, "Register the number"):
            self.sign("finance", request)
        for user in ("finance", "engineer", "storekeeper"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.make_tax_request(self.move, user=user)

    def test_what_is_wrong_is_refused(self):
        request = self.requested()
        for values in (
            {"number": "123"},
            {"number": "2" * 21},
            {"number": ["x"]},
            {"date": "2031-02-30"},
            {"date": Date.to_string(Date.add(self.company._aftersales_today(), days=1))},
            {"date": None},
            {"file": ""},
            {"file": "no base64!"},
            {"state": "approved"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.register(request, **values)
        self.assertEqual(request.state, "submitted")
        self.assertFalse(request.number)

    def test_a_number_is_registered_once(self):
        self.register(self.requested())
        other = self.settle(self.done_case())
        request = self.make_tax_request(self.invoice(other))
        self.act("commerce", request, "action_submit")
        with self.assertRaisesRegex(UserError, "already"):
            self.register(request)
        self.register(request, number="25312000000012345679")

    def test_an_invoice_is_in_one_request(self):
        request = self.requested()
        with self.assertRaisesRegex(UserError, "already"):
            self.make_tax_request(self.move)
        self.act("commerce", request, "action_withdraw")
        self.act("commerce", request, "action_cancel", comment="wrong buyer")
        self.register(self.requested())

    def test_buyer_data_is_checked_and_frozen(self):
        for values in (
            {"buyer_tax_no": "91350100M000100Y44"},
            {"buyer_tax_no": False},
            {"buyer_name": " "},
        ):
            with self.subTest(values=values), self.assertRaises(UserError), self.env.cr.savepoint():
                self.requested(**values)
        request = self.requested(kind="ordinary", buyer_tax_no=False)
        self.assertEqual(request.buyer_name, "Harbour Steel Works")
        self.customer.name = "Renamed Works"
        request.invalidate_recordset()
        self.assertEqual(request.buyer_name, "Harbour Steel Works")
        self.register(request)
        self.assertEqual(self.verify(request), [])

    def test_doors(self):
        """A1, A9, A25 on request and line."""
        request = self.requested()
        for context in ({}, HOSTILE_CONTEXT):
            for vals in (
                {"number": NUMBER},
                {"state": "approved"},
                {"amount_total": 1.0},
                {"red_amount": 1.0},
                {"buyer_name": "Another"},
                {"kind": "ordinary"},
            ):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    self.rpc(
                        "commerce", request._name, "write", vals, ids=request.ids, context=context
                    )
            line = request.line_ids
            for vals in ({"amount_total": 1.0}, {"is_live": False}, {"move_name": "x"}):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    self.rpc("commerce", line._name, "write", vals, ids=line.ids, context=context)
            with self.assertRaises(UserError):
                self.rpc("commerce", line._name, "unlink", ids=line.ids, context=context)

    def test_unposted_and_foreign_invoices(self):
        """Only posted invoices of the customer; none that one may not read."""
        draft = self.invoice(self.settle(self.done_case()), post=False)
        request = self.make_tax_request(draft)
        with self.assertRaisesRegex(UserError, "posted"):
            self.act("commerce", request, "action_submit")
        foreign = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.customer.id}
        )
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.make_tax_request(foreign)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.make_tax_request(
                self.move,
                line_ids=[[0, 0, {"move_id": self.move.reversal_move_ids.id or self.credit().id}]],
            )

    def credit(self):
        note = self.move.with_user(self.users["finance"])._reverse_moves()
        note.action_post()
        return note

    def red(self, request, lines=(), reason="Wrong title"):
        action = self.act("commerce", request, "action_make_red")
        note = self.env["aftersales.tax.invoice"].browse(action["res_id"])
        vals = {"reason": reason, "line_ids": [[0, 0, {"move_id": move.id}] for move in lines]}
        self.rpc("commerce", note._name, "write", vals, ids=note.ids)
        return note

    def test_red_letter_note_of_a_credit(self):
        """The note takes back what was credited; the original has that much less."""
        request = self.requested()
        self.register(request)
        note = self.red(request, lines=self.credit())
        self.assertEqual(note.amount_total, -self.move.amount_total)
        self.act("commerce", note, "action_submit")
        self.register(note, number="25312000000099999999")
        request.invalidate_recordset()
        self.assertEqual(request.standing, "red")
        self.assertEqual(request.red_amount, request.amount_total)
        self.assertEqual(self.verify(request) + self.verify(note), [])
        with self.assertRaises(UserError):
            self.act("commerce", request, "action_make_red")

    def test_red_letter_note_for_wrong_data(self):
        """Taken back in full without a credit, the invoice can be invoiced anew, once."""
        request = self.requested()
        self.register(request)
        with self.assertRaisesRegex(UserError, "reason"):
            self.act("commerce", self.red(request, reason=False), "action_submit")
        notes = [self.red(request), self.red(request)]
        for note in notes:
            self.assertEqual(note.original_number, NUMBER)
            self.act("commerce", note, "action_submit")
        self.register(notes[0], number="25312000000099999998")
        with self.assertRaisesRegex(UserError, "in full already"):
            self.register(notes[1], number="25312000000099999997")
        self.move.invalidate_recordset()
        self.assertEqual(self.move.aftersales_tax_state, "none")
        again = self.requested()
        self.register(again, number="25312000000055555555")
        with self.assertRaisesRegex(UserError, "anew"):
            self.act("finance", notes[0], "action_void", reason="typo")

    def test_a_registration_by_mistake(self):
        """Finance declares it void with a reason; the record stays and the number is free."""
        request = self.requested()
        self.register(request)
        for user in ("commerce", "supervisor"):
            with self.subTest(user=user), self.assertRaises(UserError):
                self.act(user, request, "action_cancel", comment="x")
        with self.assertRaises(UserError):
            self.act("finance", request, "action_void")
        self.act("finance", request, "action_void", reason="number of another invoice")
        self.assertEqual(request.state, "cancelled")
        self.assertEqual(self.verify(request), [])
        self.register(self.requested())

    def test_the_file_is_kept(self):
        """A26: content that is replaced behind our back is named."""
        request = self.requested()
        self.register(request)
        with self.assertRaises(UserError):
            self.rpc("finance", "ir.attachment", "write", {"datas": SCAN}, ids=request.file_id.ids)
        request.file_id._door_write({"raw": b"forged"})
        self.assertIn("The file of the tax invoice was changed or deleted.", self.verify(request))
