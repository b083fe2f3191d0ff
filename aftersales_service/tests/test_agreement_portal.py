from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_agreement_link import LinkCase


@tagged("post_install", "-at_install")
class TestAgreementPortal(LinkCase):
    """D2: a customer reads his own agreements and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, "portal_owner", groups="base.group_portal")
        cls.owner.partner_id.parent_id = cls.customer
        cls.stranger = new_test_user(cls.env, "portal_stranger", groups="base.group_portal")

    def fetch(self, user, url):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(url)

    def test_own_agreements(self):
        agreement = self.released()
        draft = self.make_agreement()
        for url in ("/my/agreements", f"/my/agreements/{agreement.id}"):
            page = self.fetch(self.owner, url)
            self.assertEqual(page.status_code, 200)
            self.assertIn(agreement.name, page.text)
            self.assertNotIn(draft.name, page.text)
        self.assertIn("1,378.00", page.text)
        self.assertEqual(self.fetch(self.owner, f"/my/agreements/{draft.id}").status_code, 404)
        self.assertEqual(self.fetch(self.owner, f"/my/agreements/{draft.id}/pdf").status_code, 404)
        self.assertIn("/my/agreements", self.fetch(self.owner, "/my").text)

    def test_nobody_elses(self):
        agreement = self.released()
        document = agreement.sudo()._get_sign_document()
        url = f"/my/agreements/{agreement.id}"
        self.send(agreement)
        for user in (self.stranger, None):
            for path in ("/my/agreements", url, f"{url}/pdf", f"{url}?access_token=x"):
                with self.subTest(user=user and user.login, path=path):
                    page = self.fetch(user, path)
                    self.assertNotIn(agreement.name, page.text)
                    self.assertNotIn("Harbour Steel Works", page.text)
            attachment = agreement.sudo().link_document_id
            if document:
                response = self.fetch(user, f"/web/content/{attachment.id}")
                self.assertEqual(response.status_code, 404)
        self.assertEqual(self.fetch(self.stranger, url).status_code, 404)
        for path in ("0", "-1", "x", "999999999"):
            page = self.fetch(self.owner, f"/my/agreements/{path}")
            self.assertEqual(page.status_code, 404)

    def test_no_rights_by_rpc(self):
        agreement = self.released()
        for model in ("aftersales.agreement", "aftersales.agreement.line"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.rpc(self.owner, model, "search_read", [])
        with self.assertRaises(AccessError):
            self.act(self.owner, agreement, "action_send_link", partner_id=self.director.id)
