from odoo import http
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, "portal_owner", groups="base.group_portal")
        cls.stranger = new_test_user(cls.env, "portal_stranger", groups="base.group_portal")
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.rejected = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_rejected")
        cls.new = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {
                "name": "Theirs",
                "partner_id": cls.owner.partner_id.id,
                "opinion": "internal opinion",
                "stage_id": cls.new.id,
            }
        )

    def close(self, user, ticket_id=None, stage_id=None):
        self.authenticate(user.login, user.login)
        return self.url_open(
            "/ticket/close",
            data={
                "ticket_id": self.ticket.id if ticket_id is None else ticket_id,
                "stage_id": self.done.id if stage_id is None else stage_id,
                "csrf_token": http.Request.csrf_token(self),
            },
            allow_redirects=False,
        )

    def test_customer_closes_his_own_request(self):
        """Attack D2: the owner may close."""
        response = self.close(self.owner)
        self.assertEqual(response.status_code, 302)
        self.assertNotIn("close_refused", response.headers["Location"])
        self.assertTrue(self.ticket.closed)

    def test_stranger_cannot_close(self):
        """Attack D2: another customer may not, even as a follower of the request."""
        self.assertEqual(self.close(self.stranger).status_code, 404)
        self.ticket.message_subscribe(self.stranger.partner_id.ids)
        self.assertEqual(self.close(self.stranger).status_code, 404)
        self.assertFalse(self.ticket.closed)

    def test_wrong_ids_are_not_found(self):
        """Attacks D2, D5: bad ids and stages that aren't meant for it."""
        for ticket_id in ("", "x", "-1", "0", "999999999", "1e3", "９"):
            self.assertEqual(self.close(self.owner, ticket_id=ticket_id).status_code, 404)
        for stage_id in ("", "x", "999999999", self.rejected.id, self.new.id):
            self.assertEqual(self.close(self.owner, stage_id=stage_id).status_code, 302)
        self.assertFalse(self.ticket.closed)

    def test_closing_needs_a_post_with_a_token(self):
        """Attack D2: a link or a foreign page can't close a request."""
        self.authenticate(self.owner.login, self.owner.login)
        url = f"/ticket/close?ticket_id={self.ticket.id}&stage_id={self.done.id}"
        self.assertEqual(self.url_open(url).status_code, 405)
        response = self.url_open(
            "/ticket/close", data={"ticket_id": self.ticket.id, "stage_id": self.done.id}
        )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.ticket.closed)

    def test_portal_page_shows_nothing_internal(self):
        """Attack D2: opinion and coverage are not the customer's to read."""
        self.authenticate(self.owner.login, self.owner.login)
        page = self.url_open(f"/my/ticket/{self.ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn('action="/ticket/close"', page.text)
        self.assertNotIn("internal opinion", page.text)
        ticket = self.ticket.with_user(self.owner)
        self.assertEqual(ticket.read(["serial_number", "urgency_class"])[0]["id"], ticket.id)
        for name in (
            "opinion",
            "result",
            "coverage",
            "coverage_basis",
            "contact_attempts",
            "unit_id",
            "confirmed_cause_id",
            "transferred_by_id",
            "missing_intake",
        ):
            with self.assertRaises(AccessError, msg=name):
                ticket.read([name])

    def test_submitting_with_wrong_ids(self):
        """Attack D5: the form survives ids that aren't any."""
        self.authenticate(self.owner.login, self.owner.login)
        response = self.url_open(
            "/submitted/ticket",
            data={
                "category": "x",
                "team": "y",
                "subject": "Hot <script>alert(1)</script>",
                "description": "<script>alert(1)</script>",
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("<script>alert(1)", response.text)
