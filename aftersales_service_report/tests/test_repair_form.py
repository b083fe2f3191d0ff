from odoo.tests import tagged

from odoo.addons.aftersales_service.tests.repair_case import RepairCase

from .common import FormCase

SCRIPT = "<script>alert('x')</script>"


@tagged("post_install", "-at_install")
class TestRepairForm(FormCase, RepairCase):
    """售后产品维修跟踪单: the paper says what is on record, and no more (R000-46)."""

    def test_under_way(self):
        """Open steps stay empty for a pen; the customer confirms by hand."""
        repair = self.diagnosed()
        tree = self.html("repair", repair)
        text = self.plain(tree.text_content())
        self.assertIn("NOT IN FORCE", text)
        self.assertIn("Box dented", text)
        self.assertIn("As storekeeper", text)
        self.assertIn("Contact worn", text)
        for label in ("Repair: Engineer", "Exit Inspection", "Confirmed: Customer"):
            self.assertNotIn("e-signed", self.cells(tree, label)[0])
        self.assertIn("未生效", self.text("repair", repair, lang="zh_CN"))

    def test_sent_back(self):
        """R000-46, R001-34: receipt, tests, inspection and way back with their names."""
        repair = self.send_back(self.passed())
        tree = self.html("repair", repair)
        text = self.plain(tree.text_content())
        self.assertNotIn("NOT IN FORCE", text)
        for word in ("Contact replaced and adjusted", "1500", "ZB-7", "YD-77", "Passed"):
            self.assertIn(word, text)
        self.assertIn("As inspector", self.cells(tree, "Exit Inspection")[0])
        self.assertIn("As storekeeper", self.cells(tree, "Sent Back: Store")[0])
        self.assertNotIn("e-signed", self.cells(tree, "Confirmed: Customer")[0])

    def test_not_repaired(self):
        """What isn't repaired says why, and what the customer has said."""
        repair = self.diagnosed(conclusion="not_repairable")
        self.instruct(repair, "scrap")
        text = self.text("repair", repair)
        self.assertIn("Works manager", text)
        self.assertIn("Scrap", text)

    def test_texts_are_text(self):
        """D3: script in any text is printed, not run."""
        repair = self.make_repair(fault=SCRIPT, wish=SCRIPT)
        tree = self.html("repair", repair)
        self.assertFalse(tree.xpath("//main//script"))
        self.assertIn(SCRIPT, tree.text_content())

    def test_pdf(self):
        """One page for an ordinary repair, more for a long one."""
        pages = self.pdf("repair", self.send_back(self.passed()), lang="zh_CN")
        self.assertEqual(len(pages), 1)
        self.assertIn("售后产品维修跟踪单", pages[0].replace(" ", ""))
        long = self.make_repair(fault="送电前检查,各部正常。\n" * 80)
        self.assertGreater(len(self.pdf("repair", long, lang="zh_CN")), 1)
