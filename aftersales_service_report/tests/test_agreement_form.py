from odoo.exceptions import UserError

from odoo.addons.aftersales_service.tests.agreement_case import AgreementCase

from .common import FormCase


class TestAgreementForm(FormCase, AgreementCase):
    """B4, B14: quotation and agreement, with sums, words, seals and the tariff as annex."""

    def test_agreement_for_signature(self):
        """A released agreement prints without watermark, with both parties and the annex."""
        agreement = self.make_agreement()
        self.assertIn("NOT IN FORCE", self.text("agreement", agreement))
        self.approve_agreement(agreement)
        text = self.text("agreement", agreement)
        self.assertNotIn("NOT IN FORCE", text)
        for part in (
            agreement.name,
            "Harbour Steel Works",
            "Both parties keep their duties.",
            "1,378.00",
            "Net Amount",
            "Annex: Tariff of Paid Service",
            "Class A surcharge",
            "(Seal)",
        ):
            self.assertIn(part, text)
        pages = self.pdf("agreement", agreement)
        self.assertIn("Annex", pages[-1])
        self.assertNotIn("Annex", pages[0])

    def test_chinese_words(self):
        """B4: the form in the words of the procedure."""
        agreement = self.make_agreement()
        text = self.text("agreement", agreement, lang="zh_CN")
        for part in ("甲方", "乙方", "服务对象", "不含税金额", "税额", "价税合计", "旧件归属"):
            self.assertIn(part, text)

    def test_amount_in_words(self):
        """B0: 价税合计 in capitals where the currency is the yuan."""
        yuan = self.env.ref("base.CNY")
        self.tariff.currency_id = yuan
        agreement = self.make_agreement()
        self.assertEqual(agreement.currency_id, yuan)
        for line in agreement.line_ids:
            self.write_line(line, price_unit=100.01, quantity=1)
        agreement.invalidate_recordset()
        self.assertIn("贰佰元零贰分", self.text("agreement", agreement, lang="zh_CN"))

    def test_quotation_shows_what_was_offered(self):
        """R001-21: a draft that differs from the last offer isn't printed as one."""
        agreement = self.make_agreement()
        self.assertIn("NOT OFFERED", self.text("quotation", agreement))
        self.act("supervisor", agreement, "action_quote")
        text = self.text("quotation", agreement)
        self.assertNotIn("NOT OFFERED", text)
        self.assertIn("valid until", text)
        self.write_line(agreement.line_ids[0], quantity=3)
        agreement.invalidate_recordset()
        self.assertIn("NOT OFFERED", self.text("quotation", agreement))

    def test_texts_are_escaped(self):
        """D3: script in a line or a clause stays text."""
        agreement = self.make_agreement()
        agreement.write({"clauses": "<script>alert(1)</script>"})
        tree = self.html("agreement", agreement)
        self.assertFalse(tree.xpath("//main//script"))

    def test_tariff_alone(self):
        """R004-64: the tariff prints as a form of its own, other price lists don't."""
        text = self.text("tariff", self.tariff)
        for part in ("Tariff of Paid Service", "Labour", "106.00", "Class A surcharge"):
            self.assertIn(part, text)
        self.assertIn("有偿服务收费标准", self.text("tariff", self.tariff, lang="zh_CN"))
        # a list of no company is printed as the user's own
        self.tariff.company_id = False
        self.assertIn(self.company.name, self.text("tariff", self.tariff))
        other = self.env["product.pricelist"].create({"name": "Retail"})
        with self.assertRaisesRegex(UserError, "isn't a tariff"):
            self.text("tariff", other)

    def test_document_sent_for_signature(self):
        """A28: the very form with its annex is what a customer signs by link."""
        agreement = self.approve_agreement(self.make_agreement())
        self.assertTrue(agreement.sudo()._get_sign_document())
