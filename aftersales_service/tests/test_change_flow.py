from odoo.exceptions import UserError
from odoo.tests import tagged

from .change_case import ChangeCase


@tagged("post_install", "-at_install")
class TestChangeFlow(ChangeCase):
    """R004-21, R004-22: the plan is agreed, the cost negotiated, the outcome on record."""

    def test_the_customer_pays(self):
        """R004-22: cost that the design institute has caused goes to the commerce office."""
        change = self.submit_change()
        self.sign("tech_reviewer", change)
        self.assertEqual(change.state, "submitted")
        with self.assertRaisesRegex(UserError, "agreed with the customer"):
            self.sign("commerce", change)
        self.negotiate(change, agreed=5.0)
        with self.assertRaisesRegex(UserError, "share"):
            self.sign("commerce", change)
        self.negotiate(change)
        self.sign("commerce", change)
        self.assertEqual(change.state, "approved")
        states = {row.act: row.state for row in change.approval_ids}
        self.assertEqual((states["approve"], states["inform"]), ("skipped", "informed"))
        self.assertIn(change.name, self.covered.message_ids[0].body)
        self.assert_sound(change)

    def test_our_own_change(self):
        """R004-21: without additional cost of others, nothing is negotiated."""
        change = self.submit_change(cause="us", amount_increase=500.0)
        self.sign("tech_reviewer", change)
        self.assertEqual(change.state, "approved")
        self.assert_sound(change)

    def test_outcome_nobody_has_negotiated(self):
        """R004-22: what the project manager says the customer pays isn't agreed."""
        for outcome, agreed in (("customer", 0.0), ("dropped", 0.0), ("shared", 19999.0)):
            with self.subTest(outcome=outcome):
                change = self.submit_change(
                    cause="us", outcome=outcome, amount_agreed=agreed, outcome_note="said so"
                )
                self.sign("tech_reviewer", change)
                self.assertEqual(change.state, "submitted")
                self.sign("general_manager", change)
                self.assertEqual(change.state, "approved")
                self.assertFalse(change.outcome or change.amount_agreed)
                self.assert_sound(change)

    def test_what_we_bear_beyond_the_limit(self):
        """R004-22: more than the limit on our side is approved by the general manager."""
        change = self.submit_change()
        self.sign("tech_reviewer", change)
        self.negotiate(change, "us", 0.0)
        self.sign("commerce", change)
        self.assertEqual(change.state, "submitted")
        self.sign("general_manager", change)
        self.assertEqual(change.state, "approved")
        self.assert_sound(change)

    def test_cost_found_in_the_review(self):
        """A4: cost that the technical office adds brings the commerce office in."""
        change = self.submit_change(amount_increase=0.0)
        self.rpc("tech_reviewer", change._name, "write", {"amount_increase": 900.0}, ids=change.ids)
        self.sign("tech_reviewer", change)
        self.assertEqual(change.state, "submitted")
        self.negotiate(change, "shared", 400.0)
        self.sign("commerce", change)
        self.assertEqual(change.state, "approved")
        self.assert_sound(change)

    def test_customer_has_to_agree(self):
        """R004-21: no plan is submitted that the customer hasn't agreed to."""
        change = self.make_change(agreed_by=False, agreed_on=False)
        with self.assertRaisesRegex(UserError, "Agreed by, Agreed On"):
            self.act("project_manager", change, "action_submit")

    def test_made_from_the_request(self):
        """R004-21: the project manager makes it from the request, and it keeps it open."""
        action = self.rpc(
            "project_manager", "helpdesk.ticket", "action_create_change", ids=self.covered.ids
        )
        change = self.env["aftersales.change"].browse(action["res_id"])
        self.assertEqual(change.unit_id, self.unit)
        self.assertIn(change.name, self.covered._get_open_items()[self.covered][0])
        self.refused("engineer", "helpdesk.ticket", "action_create_change", ids=self.covered.ids)
