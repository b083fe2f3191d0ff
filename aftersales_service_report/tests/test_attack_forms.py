import json

import lxml.html

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.aftersales_service.tests.common import ROLES

from .common import FormCase

REFUSED = (403, 404)
MARKUP = "<as-forged onclick='alert(1)'>forged</as-forged><script>alert(2)</script>"


@tagged("post_install", "-at_install")
class TestAttackForms(HttpCase, FormCase):
    """D1, D2, D3 on the printed forms, fetched as a browser fetches them."""

    def setUp(self):
        super().setUp()
        self.customer_user = new_test_user(
            self.env, "form_customer", groups="base.group_portal", name="Harbour's clerk"
        )
        self.stranger = new_test_user(self.env, "form_stranger", groups="base.group_portal")
        other = self.env["res.company"].create({"name": "Other works"})
        self.spy = new_test_user(
            self.env,
            "form_spy",
            groups=",".join(
                f"aftersales_service.group_{role}" for role in ROLES if role != "admin"
            ),
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )

    def make_forms(self, **values):
        """Return {form: record}: each form of one requisition that has been issued."""
        ticket = self.make_ticket(partner_id=self.customer_user.partner_id.id, **values)
        requisition = self.approve(self.make_requisition(ticket=ticket))
        picking = self.draw(requisition)
        self.issue(picking)
        unit = self.env["aftersales.unit"].create(
            {
                "model_spec": values.get("product_model", "KYN28A-12"),
                "serial_number": "SN-FORM-1",
                "partner_id": self.customer_user.partner_id.id,
            }
        )
        return {
            "requisition": requisition,
            "issue": picking,
            "issue_slip": picking,
            "issue_finance": picking,
            "shipping": picking,
            "unit_label": unit,
        }

    def fetch(self, user, form, record, kind="html"):
        login = user and user.login
        self.authenticate(login, login)
        return self.url_open(f"/report/{kind}/aftersales_service_report.{form}/{record.id}")

    def download(self, user, form, record):
        """Ask for the file as the web client's print button does."""
        self.authenticate(user.login, user.login)
        url = f"/report/pdf/aftersales_service_report.{form}/{record.id}"
        return self.url_open(
            "/report/download",
            data={
                "data": json.dumps([url, "qweb-pdf"]),
                "token": "x",
                "csrf_token": http.Request.csrf_token(self),
            },
        )

    def assert_tells_nothing(self, response, record):
        self.assertFalse(response.content.startswith(b"%PDF"))
        for secret in (record.display_name, "Harbour's clerk", "Harbour substation"):
            self.assertNotIn(secret, response.text)

    def test_forms_are_for_those_who_may_read(self):
        """D1, D2: neither a customer nor another company fetches a form, as page, as PDF
        or as download; nor anybody who isn't logged in."""
        for form, record in self.make_forms().items():
            insider = self.users["finance" if form == "issue_finance" else "supervisor"]
            page = self.fetch(insider, form, record)
            self.assertEqual(page.status_code, 200, form)
            self.assertIn(record.serial_number if form == "unit_label" else record.name, page.text)
            for user in (self.customer_user, self.stranger, self.spy):
                with self.subTest(form=form, user=user.login), mute_logger("odoo.http"):
                    for kind in ("html", "pdf"):
                        response = self.fetch(user, form, record, kind)
                        self.assertIn(response.status_code, REFUSED, response.text[:300])
                        self.assert_tells_nothing(response, record)
                    self.assert_tells_nothing(self.download(user, form, record), record)
            response = self.fetch(None, form, record, "pdf")
            self.assertIn("/web/login", response.url)
            self.assert_tells_nothing(response, record)

    def test_finance_copy_is_for_finance(self):
        """D2, law 8: the copy with prices isn't fetched by those who don't see prices."""
        picking = self.make_forms()["issue_finance"]
        for role in ("supervisor", "storekeeper", "tech_reviewer", "engineer"):
            with self.subTest(role=role), mute_logger("odoo.http"):
                response = self.fetch(self.users[role], "issue_finance", picking, "pdf")
                self.assertIn(response.status_code, REFUSED)
                self.assert_tells_nothing(response, picking)

    def test_markup_in_texts(self):
        """D3: what people type is printed as it was typed, never as markup."""
        self.customer_user.partner_id.name = MARKUP
        for role in ("supervisor", "tech_reviewer", "storekeeper"):
            self.users[role].name = MARKUP
        self.part_a.name = MARKUP
        forms = self.make_forms(
            project_name=MARKUP,
            product_model=MARKUP,
            site_address=MARKUP,
            contact_name=MARKUP,
            symptom=MARKUP,
            reported_cause=MARKUP,
        )
        forms["shipping"].sudo().write(
            {
                "carrier_partner_id": self.customer_user.partner_id.id,
                "waybill": MARKUP,
                "enclosed_documents": MARKUP,
                "consignee_name": MARKUP,
                "consignee_address": MARKUP,
                "consignee_person": MARKUP,
                "consignee_phone": MARKUP,
            }
        )
        for form, record in forms.items():
            user = self.users["finance" if form == "issue_finance" else "supervisor"]
            with self.subTest(form=form):
                response = self.fetch(user, form, record)
                self.assertEqual(response.status_code, 200)
                tree = lxml.html.fromstring(response.text)
                self.assertIn("as-forged", tree.text_content())
                self.assertEqual(tree.xpath("//as-forged"), [])
                self.assertEqual(tree.xpath("//*[@onclick]"), [])
                self.assertEqual(tree.xpath("//script[contains(., 'alert(2)')]"), [])
