from odoo.tests import tagged

from .finding_case import CHAIN, FindingCase

NOTHING = {"amount_parts": 0.0, "amount_labour": 0.0, "amount_travel": 0.0}


@tagged("post_install", "-at_install")
class TestFindingEstimate(FindingCase):
    """R004-28: who estimates nothing doesn't get round the general manager."""

    def test_without_an_estimate(self):
        """A4: unknown counts as above the limit, free or charged."""
        charges = dict.fromkeys(("charge_parts", "charge_labour", "charge_travel"), "free")
        for values in ({"cause": "m01"}, {"cause": "q01", **charges}):
            with self.subTest(values=values):
                finding = self.submit_finding(**values, **NOTHING)
                self.assertTrue(finding.over_limit)
                self.sign_as(finding, *CHAIN)
                self.assertEqual(finding.state, "submitted")
                self.sign_as(finding, "general_manager")
                self.assertEqual(finding.state, "approved")
                self.assertEqual(self.verify(finding), [])

    def test_an_estimate_taken_away_in_the_review(self):
        """A4: asked again in its turn, as one that grows over the limit."""
        finding = self.submit_finding()
        self.assertFalse(finding.over_limit)
        self.sign_as(finding, "supervisor", "tech_reviewer")
        self.rpc("quality", finding._name, "write", NOTHING, ids=finding.ids)
        self.sign_as(finding, "quality")
        self.assertEqual(finding.state, "submitted")
        self.sign_as(finding, "general_manager")
        self.assertEqual(finding.state, "approved")

    def test_a_small_estimate(self):
        finding = self.decided(**dict(NOTHING, amount_travel=1.0))
        self.assertEqual(finding.state, "approved")
