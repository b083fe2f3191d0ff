from odoo.tests import tagged

from odoo.addons.aftersales_service.tests.finding_case import FindingCase

from .common import FormCase

SCRIPT = "<script>alert('x')</script>"


@tagged("post_install", "-at_install")
class TestFindingForm(FormCase, FindingCase):
    """责任认定书: the paper says what is on record, and no more (R004-28)."""

    def test_draft_is_not_in_force_and_unsigned(self):
        """An open step stays empty for a pen, for every step that is configured."""
        finding = self.make_finding()
        text = self.text("finding", finding)
        self.assertIn(finding.name, text)
        self.assertIn("NOT IN FORCE", text)
        self.assertNotIn("e-signed", text)
        self.assertNotIn("As quality", text)
        for role in ("Technical Reviewer", "Quality Department", "General Manager"):
            self.assertIn(role, text)
        self.assertIn("未生效", self.text("finding", finding, lang="zh_CN"))

    def test_decided(self):
        """Names from the evidence, the choices ticked, the sums and the digest."""
        finding = self.decided(cause="t01", party_id=self.carrier.id)
        tree = self.html("finding", finding)
        text = self.plain(tree.text_content())
        self.assertNotIn("NOT IN FORCE", text)
        self.assertIn("Ridge Haulage", text)
        self.assertIn("4,400.00", text)
        self.assertIn(finding.evidence_ids.sha256_short, text)
        ticked = [
            self.plain(choice.text_content()).lstrip("√ ")
            for choice in tree.xpath("//span[@class='as-choice']")
            if "√" in choice.text_content()
        ]
        self.assertIn("Transport damage", ticked)
        self.assertIn("Claim (carrier, vendor)", ticked)
        self.assertNotIn("Service agreement", ticked)
        self.assertIn(
            "As quality", self.cells(tree, "Determine Responsibility: Quality Department")[0]
        )
        skipped = self.cells(tree, "Approve: General Manager")[0]
        self.assertIn("/", skipped)
        self.assertNotIn("e-signed", skipped)
        self.assertIn("informed", self.cells(tree, "Inform: Commerce Office")[0])

    def test_texts_are_text(self):
        """D3: script in any text is printed, not run."""
        finding = self.make_finding(facts=SCRIPT, engineer_statement=SCRIPT, other_reason=SCRIPT)
        tree = self.html("finding", finding)
        self.assertFalse(tree.xpath("//main//script"))
        self.assertIn(SCRIPT, tree.text_content())

    def test_pdf(self):
        """A long story takes a second page, with the signatures on the last one."""
        pages = self.pdf("finding", self.decided(), lang="zh_CN")
        self.assertEqual(len(pages), 1)
        self.assertIn("责任认定书", pages[0].replace(" ", ""))
        long = self.decided(facts="09:00 送电前检查,各部正常。\n" * 60)
        pages = self.pdf("finding", long, lang="zh_CN")
        self.assertGreater(len(pages), 1)
        self.assertIn("As quality", pages[-1])
