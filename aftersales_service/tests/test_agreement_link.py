import base64
import io
import re
from unittest.mock import patch

from PIL import Image, ImageDraw

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .agreement_case import AgreementCase
from .common import HOSTILE_CONTEXT

TOKEN = "known-to-the-customer-alone-and-to-nobody-else"
MAIL = "director@harbour.example"


def picture(drawn=True, kind="PNG"):
    """Return a signature as a browser sends it."""
    image = Image.new("RGBA", (320, 120), (0, 0, 0, 0))
    if drawn:
        ImageDraw.Draw(image).line([(10, 90), (150, 20), (300, 70)], fill=(16, 32, 74, 255))
    buffer = io.BytesIO()
    (image if kind == "PNG" else image.convert("RGB")).save(buffer, kind)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


class LinkCase(HttpCase, AgreementCase):
    """A released agreement of a company that lets customers sign by link."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"aftersales_sign_by_link": True, "aftersales_link_days": 7})
        cls.director = cls.env["res.partner"].create(
            {"name": "Plant director", "parent_id": cls.customer.id, "email": MAIL}
        )

    def released(self):
        return self.approve_agreement(self.make_agreement())

    def send(self, agreement, token=TOKEN, user="supervisor", **values):
        with patch(
            "odoo.addons.aftersales_service.models.aftersales_customer_link.secrets.token_urlsafe",
            lambda size: token,
        ):
            self.act(
                user,
                agreement,
                "action_send_link",
                **{"partner_id": self.director.id, "days": 7, **values},
            )
        return f"/aftersales/sign/{agreement.id}/{token}"

    def sent(self):
        agreement = self.released()
        return agreement, self.send(agreement)

    def values(self, url, **values):
        """Return what the page posts: the digest is the one that it shows."""
        if not self.session:
            self.authenticate(None, None)
        seen = re.search(r'name="seen"[^>]*value="(\w+)"', self.url_open(url).text)
        return {
            "csrf_token": http.Request.csrf_token(self),
            "seen": seen.group(1) if seen else "",
            "name": "Plant director",
            "title": "Legal representative",
            "how": "drawn",
            "signature": picture(),
            "consent": "1",
            **values,
        }

    def post(self, url, **values):
        self.authenticate(None, None)
        values = self.values(url, **values)
        response = self.url_open(url, data=values, allow_redirects=False)
        self.env.invalidate_all()
        return response

    def rows(self, agreement):
        return agreement.sudo().approval_ids.filtered(lambda row: row.act == "customer_sign")

    def assert_unsigned(self, agreement, progress="to_sign"):
        self.env.invalidate_all()
        self.assertEqual(agreement.sudo().progress, progress)
        self.assertFalse(self.rows(agreement))
        self.assertFalse(agreement.sudo().signer_name)


@tagged("post_install", "-at_install")
class TestAgreementLink(LinkCase):
    """Law 3, A28: signed by the customer himself, once, and exactly what he has read."""

    # ------------------------------------------------------------------
    # Signing
    # ------------------------------------------------------------------
    def test_customer_signs_what_the_page_shows(self):
        agreement, url = self.sent()
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        for text in (
            agreement.name,
            "Harbour Steel Works",
            agreement.line_ids[0].name,
            "1,378.00",
            "Both parties keep their duties.",
            agreement.sudo().link_digest,
        ):
            self.assertIn(text, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(self.post(url).status_code, 303)
        signed = agreement.sudo()
        self.assertEqual(signed.progress, "to_seal")
        self.assertEqual(signed.sign_kind, "link")
        self.assertEqual(signed.signer_name, "Plant director")
        self.assertEqual(signed.signer_title, "Legal representative")
        self.assertEqual(signed.link_state, "used")
        row = self.rows(agreement)
        proof = self.env["aftersales.verification"]._load(row.snapshot)["signature"]
        link = proof["link"]
        self.assertEqual(link["digest"], signed.link_digest)
        self.assertEqual(link["token_hash"], signed._hash_token(TOKEN))
        self.assertEqual(link["email"], MAIL)
        self.assertEqual(link["ip"], "127.0.0.1")
        self.assertIn("python-requests", link["user_agent"])
        self.assertTrue(link["time"])
        image = self.env["ir.attachment"].browse(proof["attachment"])
        self.assertTrue(image.aftersales_kept)
        self.assertEqual(
            base64.b64encode(image.raw).decode(), picture().removeprefix("data:image/png;base64,")
        )
        self.assertEqual(self.verify(agreement), [])
        self.assertIn("has been signed", self.url_open(url).text)
        self.seal_agreement(agreement)
        self.assertEqual(agreement.progress, "signed")

    def test_signed_by_name(self):
        """Without drawing, the declaration is kept as a file."""
        self.company.aftersales_seal_required = False
        agreement, url = self.sent()
        self.assertEqual(self.post(url, how="typed", signature="").status_code, 303)
        self.assertEqual(agreement.sudo().progress, "signed")
        proof = self.env["aftersales.verification"]._load(self.rows(agreement).snapshot)
        text = self.env["ir.attachment"].browse(proof["signature"]["attachment"]).raw.decode()
        for part in ("Plant director", agreement.name, agreement.sudo().link_digest):
            self.assertIn(part, text)
        self.assertEqual(self.verify(agreement), [])

    def test_what_is_missing_is_said_and_typed_words_stay(self):
        agreement, url = self.sent()
        jpeg = picture(kind="JPEG")
        for values in (
            {"name": " "},
            {"title": ""},
            {"consent": ""},
            {"signature": ""},
            {"signature": picture(drawn=False)},
            {"signature": jpeg},
            {"signature": "data:image/png;base64,!!!"},
            {"signature": "A" * 2_000_000},
            {"seen": ""},
            {"seen": "0" * 64},
            {"seen": "签"},
            {"name": "with\x00zero"},
        ):
            with self.subTest(values=str(values)[:60]):
                response = self.post(url, **values)
                self.assertEqual(response.status_code, 200)
                self.assertIn("alert-danger", response.text)
                if "title" not in values:
                    self.assertIn("Legal representative", response.text)
                self.assert_unsigned(agreement)
        self.assertEqual(self.post(url).status_code, 303)

    # ------------------------------------------------------------------
    # Wrong, old and used links
    # ------------------------------------------------------------------
    def test_forged_token(self):
        """A28: no token but the one that was mailed; the stored hash isn't one either."""
        agreement, url = self.sent()
        other = self.released()
        self.send(other, token="another-token")
        stored = agreement.sudo().link_hash
        base = f"/aftersales/sign/{agreement.id}"
        for forged in (
            f"{base}/x",
            f"{base}/{TOKEN}x",
            f"{base}/{stored}",
            f"{base}/another-token",
            f"{base}/False",
            f"{base}/签",
            f"/aftersales/sign/{other.id}/{TOKEN}",
            f"/aftersales/sign/999999999/{TOKEN}",
            f"/aftersales/sign/0/{TOKEN}",
        ):
            with self.subTest(url=forged):
                self.assertEqual(self.url_open(forged).status_code, 404)
                self.assertEqual(self.url_open(f"{forged}/agreement.pdf").status_code, 404)
                data = self.values(url)
                self.assertEqual(self.url_open(forged, data=data).status_code, 404)
        self.assert_unsigned(agreement)
        self.assert_unsigned(other)
        # none was ever sent: the hash of nothing opens nothing
        third = self.released()
        for token in ("", "False", "None"):
            self.assertFalse(third._find_by_link(third.id, token))

    def test_a_link_works_once(self):
        agreement, url = self.sent()
        values = self.values(url)
        self.assertEqual(self.url_open(url, data=values, allow_redirects=False).status_code, 303)
        self.env.invalidate_all()
        head = agreement.sudo().evidence_head
        response = self.url_open(url, data=values, allow_redirects=False)
        self.assertEqual(response.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(len(self.rows(agreement)), 1)
        self.assertEqual(agreement.sudo().evidence_head, head)
        self.assertEqual(self.url_open(f"{url}/agreement.pdf").status_code, 404)

    def test_needs_a_post_from_the_page(self):
        """A mail scanner that follows the link, or a foreign page, signs nothing."""
        agreement, url = self.sent()
        self.url_open(f"{url}?name=X&title=Y&consent=1&how=typed")
        values = self.values(url)
        del values["csrf_token"]
        self.assertEqual(self.url_open(url, data=values).status_code, 400)
        self.assert_unsigned(agreement)

    def refused(self, agreement, url, values, progress="to_sign"):
        """Assert that neither page nor post of an old link works."""
        page = self.url_open(url)
        self.assertIn("alert-warning", page.text)
        self.assertNotIn("o_aftersales_sign", page.text)
        self.url_open(url, data=values)
        self.assertEqual(self.url_open(f"{url}/agreement.pdf").status_code, 404)
        self.assert_unsigned(agreement, progress)
        return page.text

    def test_expired(self):
        agreement, url = self.sent()
        values = self.values(url)
        later = fields.Datetime.add(fields.Datetime.now(), days=7, minutes=1)
        with patch.object(fields.Datetime, "now", staticmethod(lambda *args: later)):
            self.assertIn("expired", self.refused(agreement, url, values))
        # later in the field alone doesn't help: the evidence says until when
        agreement.sudo()._door_write({"link_expires_at": fields.Datetime.add(later, days=9)})
        self.env.flush_all()
        with patch.object(fields.Datetime, "now", staticmethod(lambda *args: later)):
            self.assertIn("expired", self.refused(agreement, url, values))
        self.assertIn("The one-time link was changed.", self.verify(agreement))

    def test_revoked(self):
        agreement, url = self.sent()
        values = self.values(url)
        self.act("commerce", agreement, "action_revoke_link")
        self.refused(agreement, url, values)
        self.assertEqual(self.verify(agreement), [])
        with self.assertRaises(UserError):
            self.act("commerce", agreement, "action_revoke_link")

    def test_replaced(self):
        """A second link ends the first."""
        agreement, url = self.sent()
        values = self.values(url)
        second = self.send(agreement, token="second-token")
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertEqual(self.url_open(url, data=values).status_code, 404)
        self.assert_unsigned(agreement)
        self.assertEqual(self.post(second).status_code, 303)
        self.assertEqual(self.verify(agreement), [])

    def test_revised_and_released_again(self):
        """The old link is void for the new round, though nothing in it has changed."""
        agreement, url = self.sent()
        values = self.values(url)
        self.act("supervisor", agreement, "action_revise")
        self.refused(agreement, url, values, progress="negotiating")
        self.approve_agreement(agreement)
        self.refused(agreement, url, values)
        self.assertEqual(self.verify(agreement), [])

    def test_terminated(self):
        agreement, url = self.sent()
        values = self.values(url)
        self.act("commerce", agreement, "action_terminate", reason="The plant closes.")
        self.refused(agreement, url, values, progress="terminated")
        self.assertEqual(self.verify(agreement), [])

    def test_signed_on_paper_meanwhile(self):
        agreement, url = self.sent()
        values = self.values(url)
        self.sign_by_customer(agreement)
        self.url_open(url, data=values)
        self.env.invalidate_all()
        self.assertEqual(agreement.sudo().sign_kind, "paper")
        self.assertEqual(len(self.rows(agreement)), 1)
        self.assertEqual(self.verify(agreement), [])

    def test_content_changed(self):
        """Law 3: content, amounts or the document changed by whatever way."""
        agreement, url = self.sent()
        values = self.values(url)
        line, document = agreement.sudo().line_ids[0], agreement.sudo().link_document_id
        for record, change in (
            (line, {"price_unit": 1.0}),
            (agreement.sudo(), {"amount_total": 1.0}),
            (document, {"raw": b"%PDF another"}),
        ):
            if not record:
                continue
            with self.subTest(record=record._name):
                before = {name: record[name] for name in change}
                record._door_write(change)
                self.env.flush_all()
                self.assertIn("changed", self.refused(agreement, url, values))
                record._door_write(before)
                self.env.flush_all()
        self.assertEqual(self.post(url).status_code, 303)

    def test_planted_hash(self):
        """A28: a hash of one's own in the database isn't what the evidence says."""
        agreement, _url = self.sent()
        agreement.sudo()._door_write({"link_hash": agreement._hash_token("mine")})
        self.env.flush_all()
        page = self.url_open(f"/aftersales/sign/{agreement.id}/mine")
        self.assertNotIn("o_aftersales_sign", page.text)
        self.assertIn("The one-time link was changed.", self.verify(agreement))

    def test_setting_switched_off(self):
        agreement, url = self.sent()
        values = self.values(url)
        self.company.aftersales_sign_by_link = False
        self.refused(agreement, url, values)

    # ------------------------------------------------------------------
    # Staff
    # ------------------------------------------------------------------
    def test_off_by_default(self):
        company = self.env["res.company"].create({"name": "Another maker"})
        self.assertFalse(company.aftersales_sign_by_link)
        self.company.aftersales_sign_by_link = False
        with self.assertRaises(UserError):
            self.send(self.released())

    def test_staff_cannot_read_the_link(self):
        """A28: no field, message or mail gives the token to a user of ours."""
        agreement = self.released()
        Mail = self.registry["mail.mail"]
        bodies = []

        def keep(mails, *args, **kwargs):
            bodies.extend(mails.mapped("body_html"))

        with patch.object(Mail, "send_after_commit", keep):
            self.send(agreement)
        self.assertIn(TOKEN, bodies[0])
        mail = self.env["mail.mail"].search([("email_to", "=", MAIL)])
        self.assertTrue(mail.auto_delete)
        self.assertFalse(mail.mail_message_id.model)
        self.assertNotIn(TOKEN, str(mail.mail_message_id.body or ""))
        for role in self.users:
            env = self.env(user=self.users[role].id, su=False)
            with self.subTest(role=role):
                with self.assertRaises(AccessError):
                    env["mail.mail"].browse(mail.id).read(["body_html"])
                self.assertFalse(env["mail.message"].search([("body", "ilike", TOKEN)]))
                with self.assertRaises(AccessError):
                    env["aftersales.agreement"].browse(agreement.id).read(["link_hash"])
        self.env.cr.execute("SELECT snapshot || coalesce(comment, '') FROM aftersales_approval")
        self.assertNotIn(TOKEN, str(self.env.cr.fetchall()))

    def test_staff_cannot_sign_with_it(self):
        """A28: whoever is logged in as one of us doesn't sign, even with the link."""
        agreement, url = self.sent()
        user = self.users["supervisor"]
        user.password = "as_supervisor_password"
        self.authenticate(user.login, "as_supervisor_password")
        values = self.values(url)
        self.assertNotIn("o_aftersales_sign", self.url_open(url).text)
        values["seen"] = agreement.sudo().link_digest
        response = self.url_open(url, data=values)
        self.assertIn("one of our staff", response.text)
        self.assert_unsigned(agreement)

    def test_addressee_is_the_customers(self):
        agreement = self.released()
        stranger = self.env["res.partner"].create({"name": "Other", "email": "a@other.example"})
        silent = self.env["res.partner"].create({"name": "X", "parent_id": self.customer.id})
        staff = self.users["engineer"]
        staff.email = "engineer@maker.example"
        disguised = self.env["res.partner"].create(
            {"name": "X", "parent_id": self.customer.id, "email": "Engineer@Maker.example"}
        )
        archived = self.director.copy({"active": False})
        elsewhere = self.director.copy(
            {"company_id": self.env["res.company"].create({"name": "Another maker"}).id}
        )
        wrong = (stranger, silent, disguised, archived, elsewhere, staff.partner_id)
        for partner_id in (*(partner.id for partner in wrong), None, 0, -1, True, "1", 10**9):
            with self.subTest(partner=partner_id), self.assertRaises(UserError):
                self.send(agreement, partner_id=partner_id)
        for days in (-1, 61, "7", 1.5, True):
            with self.subTest(days=days), self.assertRaises(UserError):
                self.send(agreement, days=days)
        self.assertFalse(agreement.sudo().link_state)

    def test_only_when_it_waits_for_the_customer(self):
        draft = self.make_agreement()
        with self.assertRaises(UserError):
            self.send(draft)
        self.conclude(draft)
        with self.assertRaises(UserError):
            self.send(draft)

    def test_roles_and_hostile_contexts(self):
        agreement = self.released()
        for role in set(self.users) - {"supervisor", "commerce"}:
            for method in ("action_send_link", "action_revoke_link"):
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    self.act(role, agreement, method, context=HOSTILE_CONTEXT)
        for name in ("link_state", "link_hash", "link_digest", "link_expires_at", "link_email"):
            with self.subTest(field=name), self.assertRaises(UserError):
                self.rpc(
                    "supervisor",
                    agreement._name,
                    "write",
                    {name: "open" if name == "link_state" else False},
                    ids=agreement.ids,
                    context=HOSTILE_CONTEXT,
                )
        with self.assertRaises(UserError):
            self.sign_by_customer(agreement, kind="link")
        for method in ("_sign_by_link", "_find_by_link", "_send_link"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc("supervisor", agreement._name, method, ids=agreement.ids)

    def test_another_companys_user_cannot_send(self):
        agreement = self.released()
        company = self.env["res.company"].create({"name": "Another maker"})
        foreign = new_test_user(
            self.env,
            "foreign_supervisor",
            groups="aftersales_service.group_supervisor",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.send(agreement, user=foreign)
