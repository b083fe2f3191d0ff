from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import HOSTILE_CONTEXT
from .return_portal_case import MARKUP, ReturnPortalCase, photo

TOKEN = "known-to-the-customer-alone-and-to-nobody-else"
MAIL = "buyer@harbour.example"


@tagged("post_install", "-at_install")
class TestReturnLink(ReturnPortalCase):
    """A28: a customer without a login asks for a return by a link of his own, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Buyer of the works", "parent_id": cls.customer.id, "email": MAIL}
        )

    def draft(self, lines=(), **values):
        return self.make_return(list(lines), **{"reason_id": False, "reason_text": "", **values})

    def send(self, document, token=TOKEN, user="agent", **values):
        path = "odoo.addons.aftersales_service.models.aftersales_customer_link.secrets"
        with patch(f"{path}.token_urlsafe", lambda size: token):
            self.act(
                user,
                document,
                "action_send_link",
                **{"partner_id": self.buyer.id, "days": 7, **values},
            )
        self.env.flush_all()
        return f"/aftersales/return/{document.id}/{token}"

    def sent(self, **values):
        document = self.draft(**values)
        url = self.send(document)
        self.login(None)
        return document, url

    def ask(self, url, **values):
        return self.post(url, **{self.key(self.coil_move): "2", **values})

    def rows(self, document):
        return document.approval_ids.filtered(lambda row: row.act == "customer_ask")

    def assert_not_asked(self, document):
        self.env.invalidate_all()
        self.assertFalse(self.rows(document))
        self.assertFalse(document.asked_at)

    def refused_link(self, document, url):
        """Assert that neither page nor post of an old link works."""
        page = self.url_open(url)
        self.assertIn("alert-warning", page.text)
        self.assertNotIn("o_aftersales_ask", page.text)
        self.assertNotIn("Closing coil", page.text)
        self.ask(url)
        self.assert_not_asked(document)
        return page.text

    # ------------------------------------------------------------------
    def test_customer_fills_in_the_draft(self):
        document, url = self.sent()
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        for text in (document.name, "Harbour Steel Works", "VB-2", "Buyer of the works"):
            self.assertIn(text, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        response = self.ask(url, files=[("burnt.jpg", photo())])
        self.assertEqual(response.status_code, 303)
        self.assertEqual(document.state, "draft")
        self.assertEqual(document.asked_how, "link")
        self.assertEqual(document.asked_by_id, self.buyer)
        self.assertEqual(document.link_state, "used")
        self.assertEqual(document.handler_id, self.users["agent"])
        self.assertEqual(document.line_ids.product_id, self.coil)
        self.assertEqual(document.line_ids.qty_claimed, 2)
        self.assertEqual(document.evidence_ids.file_name, "burnt.jpg")
        proof = self.env["aftersales.verification"]._load(self.rows(document).snapshot)
        self.assertEqual(proof["link"]["email"], MAIL)
        self.assertEqual(proof["link"]["ip"], "127.0.0.1")
        self.assertEqual(proof["link"]["token_hash"], document._hash_token(TOKEN))
        self.assertEqual(len(proof["files"]), 1)
        self.assertEqual(self.verify(document), [])
        self.assertIn("We have received your request", self.url_open(url).text)
        # ours complete and submit it
        vals = {"reason_id": self.reason.id}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        self.act("agent", document, "action_submit")
        self.assertEqual(document.line_ids.origin_id.qty_claimed, 2)
        self.assertEqual(self.verify(document), [])

    def test_works_once(self):
        """Attack A28: the same post again changes nothing."""
        document, url = self.sent()
        self.assertEqual(self.ask(url).status_code, 303)
        head, lines = document.evidence_head, document.line_ids
        response = self.ask(url, files=[("again.jpg", photo())], reason="Another reason")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(document.evidence_head, head)
        self.assertEqual(document.line_ids, lines)
        self.assertFalse(document.evidence_ids)
        self.assertEqual(document.reason_text, "Three coils are burnt")
        with self.assertRaises(UserError):
            self.send(document, token="second-token")

    def test_forged_token(self):
        """Attack A28: no token but the mailed one, and for no other document."""
        document, url = self.sent()
        other = self.draft()
        self.send(other, token="another-token")
        agreements = f"/aftersales/sign/{document.id}/{TOKEN}"
        base = f"/aftersales/return/{document.id}"
        self.login(None)
        for forged in (
            f"{base}/x",
            f"{base}/{TOKEN}x",
            f"{base}/{document.link_hash}",
            f"{base}/another-token",
            f"{base}/False",
            f"{base}/签",
            f"/aftersales/return/{other.id}/{TOKEN}",
            f"/aftersales/return/999999999/{TOKEN}",
            f"/aftersales/return/0/{TOKEN}",
            agreements,
        ):
            with self.subTest(url=forged):
                self.assertEqual(self.url_open(forged).status_code, 404)
                self.assertEqual(self.ask(forged).status_code, 404)
        self.assert_not_asked(document)
        self.assert_not_asked(other)
        third = self.draft()
        for token in ("", "False", "None"):
            self.assertFalse(third._find_by_link(third.id, token))
        self.assertEqual(self.ask(url).status_code, 303)

    def test_needs_a_post_from_the_page(self):
        """A mail scanner that follows the link, or a foreign page, asks for nothing."""
        document, url = self.sent()
        self.url_open(f"{url}?reason=x&wish=refund&{self.key(self.coil_move)}=1")
        values = self.values(**{self.key(self.coil_move): "1"})
        del values["csrf_token"]
        self.assertEqual(self.url_open(url, data=values).status_code, 400)
        self.assert_not_asked(document)

    def test_expired(self):
        document, url = self.sent()
        later = fields.Datetime.add(fields.Datetime.now(), days=7, minutes=1)
        with patch.object(fields.Datetime, "now", staticmethod(lambda *args: later)):
            self.assertIn("expired", self.refused_link(document, url))
        # later in the field alone doesn't help: the evidence says until when
        document.sudo()._door_write({"link_expires_at": fields.Datetime.add(later, days=9)})
        self.env.flush_all()
        with patch.object(fields.Datetime, "now", staticmethod(lambda *args: later)):
            self.assertIn("expired", self.refused_link(document, url))
        self.assertIn("The one-time link was changed.", self.verify(document))

    def test_revoked_and_replaced(self):
        document, url = self.sent()
        second = self.send(document, token="second-token")
        self.login(None)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.act("supervisor", document, "action_revoke_link")
        self.env.flush_all()
        self.refused_link(document, second)
        self.assertEqual(self.verify(document), [])
        with self.assertRaises(UserError):
            self.act("supervisor", document, "action_revoke_link")

    def test_submitted_or_cancelled_meanwhile(self):
        submitted = self.make_return()
        cancelled = self.draft()
        urls = [self.send(submitted), self.send(cancelled)]
        self.act("agent", submitted, "action_submit")
        self.act("agent", cancelled, "action_cancel", comment="He has called.")
        self.env.flush_all()
        self.login(None)
        for document, url in zip((submitted, cancelled), urls, strict=True):
            self.assertEqual(document.link_state, "revoked")
            self.refused_link(document, url)
            self.assertEqual(self.verify(document), [])
        # a new round needs no second request
        self.act("agent", submitted, "action_withdraw")
        self.act("agent", submitted, "action_revise")
        self.env.flush_all()
        self.refused_link(submitted, urls[0])
        with self.assertRaises(UserError):
            self.send(submitted)
        self.assertEqual(self.verify(submitted), [])

    def test_planted_hash(self):
        """Attack A28: a hash of one's own in the database isn't what the evidence says."""
        document, _url = self.sent()
        document.sudo()._door_write({"link_hash": document._hash_token("mine")})
        self.env.flush_all()
        self.refused_link(document, f"/aftersales/return/{document.id}/mine")
        self.assertIn("The one-time link was changed.", self.verify(document))

    # ------------------------------------------------------------------
    # D2: whose goods
    # ------------------------------------------------------------------
    def test_only_the_goods_of_its_draft(self):
        """Attack D2: no other delivery, not even the customer's own, and nobody else's."""
        second = self.deliver([(self.coil, 3)])
        document, url = self.sent()
        page = self.url_open(url).text
        self.assertNotIn(self.key(second.move_ids), page)
        for move, lot in (
            (second.move_ids, None),
            (self.other_delivery.move_ids[0], self.other_lot),
            (self.other_delivery.move_ids[1], None),
        ):
            response = self.post(url, **{self.key(move, lot): "1"})
            self.assertIn("delivered to you", response.text)
            self.assert_not_asked(document)
        # typed: his own is found, another's is text that we look into
        response = self.post(url, serial_1="VB-OTHER", serial_2="VB-1")
        self.assertEqual(response.status_code, 303)
        self.assertEqual(document.line_ids.lot_id.name, "VB-1")
        self.assertEqual(document.asked_goods, "VB-OTHER × 1")

    def test_draft_of_another_customer_meanwhile(self):
        """Attack D2: the link was for the customer, not for whoever stands there now."""
        document, url = self.sent()
        vals = {"delivery_id": self.other_delivery.id, "partner_id": self.other_customer.id}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        self.env.flush_all()
        page = self.url_open(url).text
        for text in ("VB-OTHER", "Valley Cement", "o_aftersales_ask"):
            self.assertNotIn(text, page)
        self.ask(url)
        self.assert_not_asked(document)

    def test_delivery_of_another_customer(self):
        """Attack D2: a wrong delivery on our draft shows nothing of it."""
        document, url = self.sent()
        vals = {"delivery_id": self.other_delivery.id}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        vals = {"partner_id": self.customer.id}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        self.env.flush_all()
        page = self.url_open(url).text
        self.assertIn("o_aftersales_ask", page)
        for text in ("VB-OTHER", "Valley Cement", self.other_delivery.name):
            self.assertNotIn(text, page)

    def test_bad_values_use_nothing_up(self):
        """Attacks B5, D3, D4: what is refused leaves draft and link as they were."""
        document, url = self.sent()
        for message, values in (
            ("5 can still be returned", {self.key(self.coil_move): "6"}),
            ("quantity", {self.key(self.coil_move): "-1"}),
            ("Reason in Detail", {"reason": ""}),
            ("can&#39;t be read", {"files": [("x.jpg", b"<html>")]}),
            ("can&#39;t be kept", {"reason": "with\x00zero"}),
        ):
            with self.subTest(message=message):
                self.assertIn(message, self.ask(url, **values).text)
                self.assert_not_asked(document)
                self.assertEqual(document.link_state, "open")
        page = self.ask(url, reason=MARKUP, wish="").text
        self.assertNotIn("<as-forged", page)
        self.assertEqual(self.ask(url, reason=MARKUP).status_code, 303)
        self.assertEqual(document.asked_text, MARKUP)

    def test_mass_assignment(self):
        """Attack D5: what the form doesn't ask isn't read."""
        document, url = self.sent()
        response = self.ask(
            url,
            partner_id=str(self.other_customer.id),
            handler_id=str(self.users["supervisor"].id),
            delivery_id=str(self.other_delivery.id),
            state="approved",
            verdict="quality_defect",
        )
        self.assertEqual(response.status_code, 303)
        self.assertEqual(document.partner_id, self.customer)
        self.assertEqual(document.handler_id, self.users["agent"])
        self.assertEqual(document.delivery_id, self.delivery)
        self.assertEqual(document.state, "draft")
        self.assertFalse(document.verdict)

    # ------------------------------------------------------------------
    # Staff
    # ------------------------------------------------------------------
    def test_staff_cannot_use_it(self):
        """Attack A28: whoever is logged in as one of us doesn't ask for the customer."""
        document, url = self.sent()
        user = self.users["supervisor"]
        user.password = "as_supervisor_password"
        self.authenticate(user.login, "as_supervisor_password")
        self.assertNotIn("o_aftersales_ask", self.url_open(url).text)
        self.assertIn("one of our staff", self.ask(url).text)
        self.assert_not_asked(document)

    def test_staff_cannot_read_the_link(self):
        """Attack A28: no field, message or mail gives the token to a user of ours."""
        document = self.draft()
        bodies = []

        def keep(mails, *args, **kwargs):
            bodies.extend(mails.mapped("body_html"))

        with patch.object(self.registry["mail.mail"], "send_after_commit", keep):
            self.send(document)
        self.assertIn(f"/aftersales/return/{document.id}/{TOKEN}", bodies[0])
        mail = self.env["mail.mail"].search([("email_to", "=", MAIL)])
        self.assertTrue(mail.auto_delete)
        self.assertFalse(mail.mail_message_id.model)
        env = self.env(user=self.users["agent"].id, su=False)
        with self.assertRaises(AccessError):
            env[document._name].browse(document.id).read(["link_hash"])
        self.assertFalse(env["mail.message"].search([("body", "ilike", TOKEN)]))
        self.env.cr.execute("SELECT snapshot || coalesce(comment, '') FROM aftersales_approval")
        self.assertNotIn(TOKEN, str(self.env.cr.fetchall()))

    def test_addressee_is_the_customers(self):
        document = self.draft()
        silent = self.env["res.partner"].create({"name": "X", "parent_id": self.customer.id})
        staff = self.users["engineer"]
        staff.email = "engineer@maker.example"
        disguised = self.buyer.copy({"email": "Engineer@Maker.example"})
        stranger = self.env["res.partner"].create({"name": "Other", "email": "a@other.example"})
        for partner_id in (stranger.id, silent.id, disguised.id, None, 0, True, "1", 10**9):
            with self.subTest(partner=partner_id), self.assertRaises(UserError):
                self.send(document, partner_id=partner_id)
        for days in (-1, 61, "7", True):
            with self.subTest(days=days), self.assertRaises(UserError):
                self.send(document, days=days)
        self.assertFalse(document.link_state)

    def test_roles_and_hostile_contexts(self):
        document = self.draft()
        for role in set(self.users) - {"agent", "supervisor", "commerce"}:
            for method in ("action_send_link", "action_revoke_link", "action_take_over"):
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    self.act(role, document, method, context=HOSTILE_CONTEXT)
        for name in ("link_state", "link_hash", "link_email", "asked_at", "asked_how"):
            with self.subTest(field=name), self.assertRaises(UserError):
                vals = {name: False}
                self.rpc(
                    "agent",
                    document._name,
                    "write",
                    vals,
                    ids=document.ids,
                    context=HOSTILE_CONTEXT,
                )
        for method in ("_ask_by_link", "_find_by_link", "_send_link", "_keep_ask"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc("agent", document._name, method, ids=document.ids)

    def test_another_companys_user_cannot_send(self):
        document = self.draft()
        company = self.env["res.company"].create({"name": "Another maker"})
        foreign = new_test_user(
            self.env,
            "foreign_agent",
            groups="aftersales_service.group_agent",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.send(document, user=foreign)

    def test_dialog(self):
        """The dialog sends the link by the return's own action."""
        document = self.draft()
        vals = {"return_id": document.id, "addressee_id": self.buyer.id, "days": 3}
        wizard = self.rpc("agent", "aftersales.return.link.wizard", "create", vals)
        self.rpc("agent", "aftersales.return.link.wizard", "action_confirm", ids=[wizard])
        self.assertEqual(document.link_state, "open")
        self.assertEqual(document.link_email, MAIL)
