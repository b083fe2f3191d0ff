from odoo.exceptions import AccessError
from odoo.fields import Date

from odoo.addons.aftersales_service.tests.money_case import MoneyCase

from .common import FormCase


class TestMoneyForms(FormCase, MoneyCase):
    """B14: settlement, tax invoice request, reminder and statement, with sums and words."""

    def setUp(self):
        super().setUp()
        self.agreement = self.done_case()
        self.settlement = self.settle(self.agreement)
        self.move = self.invoice(self.settlement)

    def test_settlement(self):
        text = self.text("settlement", self.settlement)
        self.assertNotIn("NOT IN FORCE", text)
        for part in (
            self.settlement.name,
            self.agreement.name,
            "As commerce",
            "As finance",
            f"{self.settlement.amount_total:,.2f}",
        ):
            self.assertIn(part, text)
        self.assertTrue(self.pdf("settlement", self.settlement))

    def test_tax_invoice_request(self):
        request = self.make_tax_request(self.move)
        self.act("commerce", request, "action_submit")
        self.register(request)
        text = self.text("tax_invoice", request)
        for part in ("91350100M000100Y43", "25312000000012345678", self.move.name):
            self.assertIn(part, text)

    def test_reminder(self):
        self.fall_due(self.move, 12)
        found = self.rpc(
            "commerce", "aftersales.reminder", "create", {"partner_id": self.customer.id}
        )
        letter = self.env["aftersales.reminder"].browse(found)
        text = self.text("reminder", letter)
        for part in ("Harbour Steel Works", "12", "First Reminder", "NOT IN FORCE"):
            self.assertIn(part, text)

    def test_statement(self):
        self.pay(self.agreement, 300.0)
        statement = self.env["aftersales.statement"].create({"partner_id": self.customer.id})
        before, rows = statement._get_rows()
        self.assertEqual(before, 0.0)
        self.assertEqual(
            [(row["debit"], row["credit"]) for row in rows],
            [(self.move.amount_total, 0.0), (0.0, 300.0)],
        )
        tomorrow = Date.add(self.company._aftersales_today(), days=1)
        statement.write({"date_from": tomorrow, "date_to": tomorrow})
        before, rows = statement._get_rows()
        self.assertEqual((before, rows), (round(self.move.amount_total - 300.0, 2), []))
        self.assertIn("Brought forward", self.text("statement", statement, user="commerce"))

    def test_statement_of_another_company(self):
        """D1: a statement is for a company of one's own."""
        other = self.env["res.company"].create({"name": "Other Works"})
        vals = {"partner_id": self.customer.id, "company_id": other.id}
        with self.assertRaises(AccessError):
            self.rpc("finance", "aftersales.statement", "create", vals)

    def test_chinese_words(self):
        """The forms in the words of the trade, to the fen."""
        text = self.text("settlement", self.settlement, lang="zh_CN")
        for part in ("费用结算单", "协议数量", "实际数量", "差异说明", "预收款", "应收"):
            self.assertIn(part, text)
        statement = self.env["aftersales.statement"].create({"partner_id": self.customer.id})
        self.assertIn("对账单", self.text("statement", statement, user="commerce", lang="zh_CN"))
