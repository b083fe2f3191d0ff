from psycopg2 import IntegrityError

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import AftersalesCase

ENGLISH = "Free After-Sales Service"
CHINESE = "无偿售后"


@tagged("post_install", "-at_install")
class TestCompanySetup(AftersalesCase):
    """What a company is given, in its own language, and what it sets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")

    def make_company(self, lang):
        count = self.env["res.company"].search_count([])
        partner = self.env["res.partner"].create({"name": f"Works {count}", "lang": lang})
        return self.env["res.company"].create({"name": partner.name, "partner_id": partner.id})

    def free(self, company):
        return company._aftersales_purpose_location("free")

    def test_locations_speak_the_company_s_language(self):
        """A company's purposes are named in its language, whoever makes the company."""
        for lang, name in (("en_US", ENGLISH), ("zh_CN", CHINESE)):
            for speaker in ("en_US", "zh_CN", None):
                with self.subTest(company=lang, made_in=speaker):
                    self.env = self.env(context={"lang": speaker})
                    company = self.make_company(lang)
                    self.assertEqual(self.free(company).name, name)

    def test_locations_follow_the_company_s_language(self):
        """The names follow when the company changes its language; a name that somebody
        has given stays."""
        company = self.make_company("en_US")
        loan = company._aftersales_purpose_location("loan")
        loan.name = "Lending shelf"
        company.partner_id.lang = "zh_CN"
        self.assertEqual(self.free(company).name, CHINESE)
        self.assertIn(CHINESE, self.free(company).complete_name)
        self.assertEqual(loan.name, "Lending shelf")
        company.partner_id.lang = "en_US"
        self.assertEqual(self.free(company).name, ENGLISH)

    def test_names_after_a_language_is_loaded(self):
        """What was made before a language was loaded gets its names with the language."""
        company = self.make_company("zh_CN")
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        issue = warehouse.aftersales_issue_type_id
        chinese = self.env(context={"lang": "zh_CN"})._("Material Issue")
        self.free(company).name = ENGLISH
        issue.with_context(lang="en_US").name = chinese
        issue.with_context(lang="zh_CN").name = "Material Issue"
        self.env["ir.module.module"]._load_module_terms(["aftersales_service"], ["zh_CN"])
        self.assertEqual(self.free(company).name, CHINESE)
        self.assertEqual(issue.with_context(lang="en_US").name, "Material Issue")
        self.assertEqual(issue.with_context(lang="zh_CN").name, "材料领用单")
        # a name of somebody's own stays
        issue.with_context(lang="zh_CN").name = "领料"
        self.env["ir.module.module"]._load_module_terms(["aftersales_service"], ["zh_CN"])
        self.assertEqual(issue.with_context(lang="zh_CN").name, "领料")

    def test_retention_is_positive(self):
        """R000-22: five years unless the company says otherwise, and never none."""
        company = self.make_company("en_US")
        self.assertEqual(company.aftersales_retention_years, 5)
        for years in (0, -1):
            with (
                self.subTest(years=years),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                company.aftersales_retention_years = years
                self.env.flush_all()

    def test_retention_is_a_setting(self):
        """R000-22: the retention is set among the settings of the company."""
        with Form(self.env["res.config.settings"]) as settings:
            settings.aftersales_retention_years = 10
        settings.record.execute()
        self.assertEqual(self.company.aftersales_retention_years, 10)
