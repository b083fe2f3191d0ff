"""Customers with a portal account, who ask for returns on their pages."""

import io

from lxml import html
from PIL import Image

from odoo import http
from odoo.tests import HttpCase, new_test_user

from .return_case import ReturnCase

MARKUP = "<as-forged onclick='alert(1)'>forged</as-forged><script>alert(2)</script>"


def photo(kind="JPEG", colour=(120, 20, 20)):
    """Return a photograph as a telephone sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, kind)
    return buffer.getvalue()


class ReturnPortalCase(HttpCase, ReturnCase):
    """A customer with a portal account, and another one with goods of his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, "portal_owner", groups="base.group_portal")
        cls.owner.partner_id.write({"parent_id": cls.customer.id, "name": "Shift leader"})
        cls.other_customer = cls.env["res.partner"].create({"name": "Valley Cement"})
        cls.stranger = new_test_user(cls.env, "portal_stranger", groups="base.group_portal")
        cls.stranger.partner_id.parent_id = cls.other_customer
        cls.other_lot = cls.make_lots(cls.breaker, "VB-OTHER")
        cls.other_delivery = cls.deliver(
            [(cls.breaker, cls.other_lot), (cls.coil, 4)], partner=cls.other_customer
        )

    def login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def fetch(self, user, url):
        self.login(user)
        return self.url_open(url)

    def key(self, move, lot=None):
        return f"qty_m{move.id}-{lot.id if lot else 0}"

    def values(self, **values):
        """Return what the form posts."""
        return {
            "csrf_token": http.Request.csrf_token(self),
            "return_type": "partial",
            "wish": "exchange",
            "freight_payer": "us",
            "reason": "Three coils are burnt",
            "contact_name": "Shift leader",
            "contact_phone": "021-5550111",
            **values,
        }

    def post(self, url, files=(), **values):
        """Post the form of whoever is logged in; return the response."""
        photos = [("photos", (name, content, "image/jpeg")) for name, content in files]
        response = self.url_open(
            url,
            data=self.values(**values),
            files=photos or [("photos", ("", b"", "application/octet-stream"))],
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return response

    def get_returns(self):
        return self.env["aftersales.return"].search([], order="id desc")

    def url(self, picking=None):
        return f"/my/returns/new/delivery/{(picking or self.delivery).id}"

    def asked(self, **values):
        """Ask on the portal as the customer; return the draft."""
        self.login(self.owner)
        response = self.post(self.url(), **{self.key(self.coil_move): "3", **values})
        self.assertEqual(response.status_code, 303, response.text[:500])
        return self.get_returns()[:1]

    def refused(self, url, message, **values):
        """Assert that a request is refused with a message and leaves nothing behind."""
        before = self.get_returns()
        response = self.post(url, **values)
        self.assertEqual(response.status_code, 200)
        alert = html.fromstring(response.text).xpath("//div[hasclass('alert-danger')]")
        self.assertTrue(alert, response.text[:2000])
        self.assertIn(message, alert[0].text_content())
        self.assertEqual(self.get_returns(), before)
        return response
