import io
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.aftersales_service.tests.test_agreement_link import LinkCase

from .common import FormCase


@tagged("post_install", "-at_install")
class TestPortalPdf(LinkCase, FormCase):
    """D2: the printed agreement is the customer's own, over the wire."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, "portal_owner", groups="base.group_portal")
        cls.owner.partner_id.parent_id = cls.customer
        other = cls.env["res.partner"].create({"name": "Other Works", "is_company": True})
        cls.stranger = new_test_user(cls.env, "portal_stranger", groups="base.group_portal")
        cls.stranger.partner_id.parent_id = other

    def setUp(self):
        super().setUp()
        report = self.env.registry["ir.actions.report"]
        render = report._pre_render_qweb_pdf

        def render_pdf(records, *args, **kwargs):
            # core answers with HTML while tests run
            return render(records.with_context(force_report_rendering=True), *args, **kwargs)

        patcher = patch.object(report, "_pre_render_qweb_pdf", render_pdf)
        self.startPatcher(patcher)

    def fetch(self, user, agreement):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(f"/my/agreements/{agreement.id}/pdf", timeout=60)

    def test_the_customer_gets_his_agreement(self):
        agreement = self.released()
        answer = self.fetch(self.owner, agreement)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn(agreement.name, answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        pages = PdfFileReader(io.BytesIO(answer.content), strict=False).pages
        text = self.plain(" ".join(page.extract_text() for page in pages))
        for part in (agreement.name, "Harbour Steel Works", f"{agreement.amount_total:,.2f}"):
            self.assertIn(part, text)
        self.assertGreater(len(pages), 1)  # the tariff is its annex

    def test_nobody_else_gets_it(self):
        agreement = self.released()
        draft = self.make_agreement()
        self.assertEqual(self.fetch(self.stranger, agreement).status_code, 404)
        self.assertEqual(self.fetch(self.owner, draft).status_code, 404)
        answer = self.fetch(None, agreement)
        self.assertIn("/web/login", answer.url)
        self.assertNotIn(b"%PDF", answer.content[:8])
        # and not by core's own route to reports either
        for user in (self.owner, self.stranger):
            self.authenticate(user.login, user.login)
            for name in ("agreement", "quotation"):
                answer = self.url_open(
                    f"/report/pdf/aftersales_service_report.{name}/{agreement.id}", timeout=60
                )
                self.assertNotIn(b"%PDF", answer.content[:8])
                self.assertNotIn(agreement.name, answer.text)
