import json

from lxml import html

from odoo import http
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger


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

    def test_customer_sees_only_files_meant_for_him(self):
        """Attack D2: files of internal notes and of the house stay in the house."""

        def post(name, subtype):
            self.ticket.message_post(
                body=name, subtype_xmlid=subtype, attachments=[(f"{name}.txt", name.encode())]
            )

        post("answer-to-him", "mail.mt_comment")
        post("internal-calculation", "mail.mt_note")
        values = {"raw": b"x", "res_model": self.ticket._name, "res_id": self.ticket.id}
        Attachment = self.env["ir.attachment"]
        beside = Attachment.create(dict(values, name="beside-it.txt"))
        Attachment.with_user(self.owner).sudo().create(dict(values, name="his-photo.txt"))
        self.authenticate(self.owner.login, self.owner.login)
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        for name, seen in (
            ("answer-to-him.txt", True),
            ("his-photo.txt", True),
            ("internal-calculation", False),
            ("beside-it", False),
        ):
            self.assertEqual(name in page, seen, name)
        note = self.ticket.attachment_ids.filtered(
            lambda file: file.name == "internal-calculation.txt"
        )
        for file in note | beside:
            self.assertEqual(self.url_open(f"/web/content/{file.id}").status_code, 404)

    # ------------------------------------------------------------------
    # D2: what another customer can fetch
    # ------------------------------------------------------------------
    def fetch(self, user, url):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(url)

    def test_stranger_reads_nothing(self):
        """Attack D2: no page, list, attachment, message or picture of another customer's
        request, whatever token is sent along."""
        own = self.env["helpdesk.ticket"].create(
            {"name": "Mine", "partner_id": self.stranger.partner_id.id}
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "their-drawing.txt",
                "raw": b"their drawing",
                "res_model": self.ticket._name,
                "res_id": self.ticket.id,
            }
        )
        self.ticket.message_post(body="their message", subtype_xmlid="mail.mt_comment")
        page = f"/my/ticket/{self.ticket.id}"
        self.assertIn("Theirs", self.fetch(self.owner, page).text)
        self.assertIn("Theirs", self.fetch(self.owner, "/my/tickets").text)
        tokens = ("", "x", own._portal_ensure_token(), attachment.generate_access_token()[0])
        urls = [
            page,
            *(f"{page}?access_token={token}" for token in tokens),
            "/my/tickets",
            "/my/tickets?search=heir&search_in=all",
            "/my/tickets?groupby=stage",
            f"/my/ticket/{own.id}",
            f"/web/content/{attachment.id}",
            f"/web/content/{attachment.id}?access_token={own.access_token}",
            f"/web/image/helpdesk.ticket/{self.ticket.id}/name",
            f"/web/content?model=helpdesk.ticket&id={self.ticket.id}&field=name",
            f"/mail/view?model=helpdesk.ticket&res_id={self.ticket.id}",
        ]
        for user in (self.stranger, None):
            for url in urls:
                with self.subTest(user=user and user.login, url=url):
                    response = self.fetch(user, url)
                    for secret in ("Theirs", "their drawing", "their-drawing", "their message"):
                        self.assertNotIn(secret, response.text)
        self.authenticate(self.stranger.login, self.stranger.login)
        with mute_logger("odoo.http"):
            response = self.url_open(
                "/mail/thread/messages",
                data=json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "params": {"thread_model": self.ticket._name, "thread_id": self.ticket.id},
                    }
                ),
                headers={"Content-Type": "application/json"},
            )
        self.assertNotIn("their message", response.text)

    def test_stranger_calls_nothing(self):
        """Attack D2: no method of a request works for another customer by RPC, and the
        models behind it are closed to every customer."""
        for user in (self.stranger, self.owner):
            self.authenticate(user.login, user.login)
            for model, method, args in (
                ("helpdesk.ticket", "write", [self.ticket.ids, {"name": "Forged"}]),
                ("helpdesk.ticket", "unlink", [self.ticket.ids]),
                ("helpdesk.ticket", "action_find_coverage", [self.ticket.ids]),
                ("aftersales.requisition", "search_read", [[]]),
                ("aftersales.requisition.line", "search_read", [[]]),
                ("aftersales.approval", "search_read", [[]]),
                ("aftersales.unit", "search_read", [[]]),
                ("stock.move", "search_read", [[]]),
            ):
                with (
                    self.subTest(user=user.login, call=f"{model}.{method}"),
                    mute_logger("odoo.http"),
                    self.assertRaises(JsonRpcException),
                ):
                    self.make_jsonrpc_request(
                        "/web/dataset/call_kw",
                        {"model": model, "method": method, "args": args, "kwargs": {}},
                    )
        self.ticket.invalidate_recordset()
        self.assertEqual(self.ticket.name, "Theirs")

    def test_markup_on_the_portal(self):
        """Attack D3: what is typed into a request is text on its page and in the list."""
        markup = "<as-forged onclick='alert(1)'>forged</as-forged><script>alert(2)</script>"
        self.owner.partner_id.name = markup
        self.ticket.write(
            {
                "name": markup,
                "description": markup,
                "need": markup,
                "symptom": markup,
                "project_name": markup,
                "serial_number": markup,
                "contact_name": markup,
                "site_address": markup,
            }
        )
        self.ticket.message_post(body=markup, subtype_xmlid="mail.mt_comment")
        self.authenticate(self.owner.login, self.owner.login)
        for url in (f"/my/ticket/{self.ticket.id}", "/my/tickets"):
            with self.subTest(url=url):
                tree = html.fromstring(self.url_open(url).text)
                self.assertIn("as-forged", tree.text_content())
                self.assertEqual(tree.xpath("//as-forged"), [])
                self.assertEqual(tree.xpath("//*[contains(@onclick, 'alert(1)')]"), [])
                self.assertEqual(tree.xpath("//script[text()='alert(2)']"), [])

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
