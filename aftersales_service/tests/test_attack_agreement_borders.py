from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .agreement_case import AgreementCase


class TestAttackAgreementBorders(AgreementCase):
    """D1–D4, A18, A19 on agreement, quotation and release."""

    def agreement_vals(self, **values):
        return {"ticket_id": self.paid_ticket.id, **values}

    def release_vals(self, **values):
        return {
            "ticket_id": self.paid_ticket.id,
            "reason": "urgent",
            "promise": "signed next week",
            "amount_limit": 100.0,
            **values,
        }

    # ------------------------------------------------------------------
    # Borders
    # ------------------------------------------------------------------
    def test_other_company_sees_nothing(self):
        """D1: users of another company find, read and act on nothing."""
        agreement = self.conclude(self.make_agreement())
        release = self.make_release()
        other = self.env["res.company"].create({"name": "Other company"})
        for role in ("supervisor", "commerce", "finance"):
            user = self.make_user(f"as_other_{role}", role, company=other)
            for record in (agreement, agreement.line_ids, release):
                found = self.rpc(user, record._name, "search_count", [])
                self.assertEqual(found, 0)
                self.refused(user.login, record._name, "read", ["display_name"], ids=record.ids)
            for method in ("action_submit", "action_quote", "action_terminate", "action_take_over"):
                self.refused(user.login, agreement._name, method, ids=agreement.ids)
            self.refused(
                user.login,
                "helpdesk.ticket",
                "action_create_agreement",
                ids=self.paid_ticket.ids,
            )

    def test_portal_user_sees_nothing(self):
        """A19, D2: neither agreement nor quotation nor release for portal users."""
        agreement = self.make_agreement()
        self.users["portal"] = new_test_user(self.env, "as_portal", groups="base.group_portal")
        self.addCleanup(self.users.pop, "portal")
        for model in (
            "aftersales.agreement",
            "aftersales.agreement.line",
            "aftersales.agreement.quote",
            "aftersales.release",
            "aftersales.cover",
        ):
            self.refused("portal", model, "search_read", [], ["display_name"])
        self.refused("portal", agreement._name, "read", ["name"], ids=agreement.ids)

    def test_request_stays_in_its_company(self):
        """A18: a request with an agreement or a release isn't moved away."""
        other = self.env["res.company"].create({"name": "Other company"})
        self.make_agreement()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.paid_ticket.sudo().write({"company_id": other.id, "team_id": False})
            self.env.flush_all()

    # ------------------------------------------------------------------
    # Odd values
    # ------------------------------------------------------------------
    def test_odd_values(self):
        """D4: zero, negative, huge, not a number, bytes that can't be kept."""
        agreement = self.make_agreement()
        line = agreement.line_ids[0]
        for values in (
            {"quantity": 0},
            {"quantity": -1},
            {"quantity": 1e9},
            {"price_unit": -0.01},
            {"price_unit": 1e9},
            {"discount": -1},
            {"discount": 101},
            {"name": "a\x00"},
            {"product_uom_id": self.env.ref("uom.product_uom_kgm").id},
        ):
            with self.subTest(values=values):
                self.refused("supervisor", line._name, "write", values, ids=line.ids)
        for values in (
            {"prepay_percent": 101},
            {"prepay_percent": -1},
            {"warranty_months": 9999},
            {"date_from": "0001-01-01"},
            {"copies": 0},
            {"as_used_limit": -5},
        ):
            with self.subTest(values=values):
                self.refused("supervisor", agreement._name, "write", values, ids=agreement.ids)
        for values in ({"amount_limit": 0}, {"amount_limit": -1}, {"date_end": "2199-01-01"}):
            with self.subTest(values=values):
                self.refused(
                    "supervisor", "aftersales.release", "create", self.release_vals(**values)
                )

    def test_script_in_a_quotation(self):
        """D3: texts of a frozen quotation are escaped."""
        agreement = self.make_agreement()
        self.write_line(agreement.line_ids[0], name="<script>alert(1)</script>")
        self.act("supervisor", agreement, "action_quote")
        self.assertNotIn("<script>", agreement.quote_ids.content)
        self.assertIn("&lt;script&gt;", agreement.quote_ids.content)
