from dateutil.relativedelta import relativedelta

from odoo.fields import Command
from odoo.tests import tagged

from .agreement_case import AgreementCase


@tagged("post_install", "-at_install")
class TestReleaseFramework(AgreementCase):
    """R004-30: a release for want of the framework's fee is made good by the fee."""

    def make_framework(self, **values):
        today = self.company._aftersales_today()
        return self.conclude(
            self.as_user("supervisor", "aftersales.agreement").create(
                {
                    "kind": "framework",
                    "partner_id": self.customer.id,
                    "date_from": today - relativedelta(days=30),
                    "date_to": today + relativedelta(days=335),
                    "unit_ids": [Command.create({"unit_id": self.unit.id})],
                    "line_ids": [
                        Command.create({"name": "Yearly fee", "quantity": 1, "price_unit": 10000})
                    ],
                    "prepay_percent": 100,
                    **values,
                }
            )
        )

    def released(self, **values):
        """Return (framework, requisition, release): issued while the fee is missing."""
        framework = self.make_framework(**values)
        ticket = self.make_ticket(serial_number="SN-PAID-1")
        self.assertEqual(ticket.sudo().framework_id, framework)
        requisition = self.paid_requisition(ticket=ticket)
        self.assertIn(framework.name, self.cannot_issue(requisition))
        release = self.make_release(ticket=ticket)
        self.can_issue(requisition)
        self.assertEqual(requisition.cover_kind, "release")
        self.assertEqual(self.standing(release), "open")
        return framework, requisition, release

    def standing(self, release):
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc("supervisor", release._name, "read", ["standing"], ids=release.ids)
        return found[0]["standing"]

    def kinds(self, requisition):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("ticket_id", "=", requisition.ticket_id.id)]
        rows = self.rpc("commerce", "aftersales.followup", "search_read", domain, ["kind"])
        return sorted(row["kind"] for row in rows)

    def test_included_parts(self):
        """Paid in part it stays open; paid it's good, and reset it is open again (C5)."""
        framework, requisition, release = self.released(parts_terms="included")
        self.assertEqual(self.kinds(requisition), ["unsecured"])
        self.pay(framework, amount=framework.amount_total - 1)
        self.assertEqual(self.standing(release), "open")
        payment = self.pay(framework, amount=1)
        self.assertEqual(self.standing(release), "good")
        self.assertEqual(self.kinds(requisition), [])
        self.assertEqual(self.verify(release) + self.verify(framework), [])
        self.rpc("finance", "account.payment", "action_draft", ids=payment.ids)
        self.assertEqual(self.standing(release), "open")

    def test_allocated_afterwards(self):
        """A payment that finance allocates later makes it good as well."""
        framework, _requisition, release = self.released(parts_terms="included")
        payment = self.pay(framework, aftersales_agreement_id=False, amount=framework.amount_total)
        self.assertEqual(self.standing(release), "open")
        vals = {"aftersales_agreement_id": framework.id}
        self.rpc("finance", "account.payment", "write", vals, ids=payment.ids)
        self.assertEqual(self.standing(release), "good")

    def test_parts_as_used(self):
        """Charged as used, they count within the framework's limit and are settled with it."""
        framework, requisition, release = self.released(parts_terms="as_used", as_used_limit=3000)
        self.pay(framework)
        self.assertEqual(self.standing(release), "good")
        self.assertEqual(framework.as_used_amount, release.used_amount)
        self.assertEqual(self.kinds(requisition), ["unsettled"])
        self.assertEqual(self.verify(release) + self.verify(framework), [])

    def test_beyond_the_limit(self):
        framework, _requisition, release = self.released(parts_terms="as_used", as_used_limit=2000)
        self.pay(framework)
        self.assertEqual((self.standing(release), framework.as_used_amount), ("open", 0.0))
