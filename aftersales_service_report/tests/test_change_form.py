from odoo.tests import tagged

from odoo.addons.aftersales_service.tests.change_case import ChangeCase

from .common import FormCase

SCRIPT = "<script>alert('x')</script>"


@tagged("post_install", "-at_install")
class TestChangeForm(FormCase, ChangeCase):
    """技术变更单: what was agreed about a change after arrival (R004-21, R004-22)."""

    def test_draft_is_not_in_force_and_unsigned(self):
        change = self.make_change()
        text = self.text("change", change)
        for part in (change.name, "NOT IN FORCE", "20,000.00", change.plan, change.wanted):
            self.assertIn(part, text)
        self.assertNotIn("e-signed", text)
        self.assertNotIn("As project", text)

    def test_agreed(self):
        """The signatures of the chain, the choices ticked, the customer's share."""
        change = self.submit_change()
        self.sign("tech_reviewer", change, comment="Heat rise is fine")
        self.negotiate(change)
        self.sign("commerce", change)
        self.assertEqual(change.state, "approved")
        tree = self.html("change", change)
        text = self.plain(tree.text_content())
        self.assertNotIn("NOT IN FORCE", text)
        for part in ("Heat rise is fine", "By telephone", "Electrical section head"):
            self.assertIn(part, text)
        ticked = [
            self.plain(choice.text_content()).lstrip("√ ")
            for choice in tree.xpath("//span[@class='as-choice']")
            if "√" in choice.text_content()
        ]
        self.assertEqual(ticked, ["Design Institute", "The Customer Pays"])
        signed = self.cells(tree, "Written: Project Manager")[0]
        self.assertIn("e-signed", signed)
        pages = self.pdf("change", change, lang="zh_CN")
        self.assertEqual(len(pages), 1)
        self.assertIn("技术变更单", pages[0].replace(" ", ""))

    def test_texts_are_text(self):
        """D3: script in any text is printed, not run."""
        change = self.make_change(plan=SCRIPT, wanted=SCRIPT, asked_by=SCRIPT)
        tree = self.html("change", change)
        self.assertFalse(tree.xpath("//main//script"))
        self.assertIn(SCRIPT, tree.text_content())
