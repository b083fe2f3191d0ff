"""Two people at the gate of paid service at the same moment: B1, B3 and C5 for money.

Real parallel transactions on committed data; each race has a negative control.
"""

import base64
import threading
from functools import partial
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import api, fields
from odoo.fields import Command
from odoo.service.model import retrying
from odoo.tests import new_test_user

from odoo_env import odoo_environment
from race_case import DATABASE, WAIT, RaceCase

TOKENS = "odoo.addons.aftersales_service.models.aftersales_customer_link.secrets.token_urlsafe"


class TestAgreementRace(RaceCase):
    """Issues, releases, payments and terminations that meet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with odoo_environment(DATABASE) as env:
            for role in ("commerce", "finance", "records"):
                cls.users[role] = new_test_user(
                    env, f"race_{role}", groups=f"aftersales_service.group_{role}"
                ).id
            company = env["res.company"].browse(cls.company)
            cls.tariff = (
                env["product.pricelist"]
                .create(
                    {
                        "name": "Tariff",
                        "aftersales_tariff": True,
                        "currency_id": company.currency_id.id,
                        "company_id": company.id,
                    }
                )
                .id
            )
            company.aftersales_tariff_id = cls.tariff
            cls.journal = (
                env["account.journal"].search(
                    [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
                )
                or env["account.journal"].create(
                    {"name": "Bank", "code": "BNKR", "type": "bank", "company_id": company.id}
                )
            ).id
            env["aftersales.unit"].create(
                {
                    "model_spec": "KYN28A-12",
                    "serial_number": "SN-RACE-PAID",
                    "partner_id": cls.customer,
                    "delivery_date": fields.Date.today() - relativedelta(years=5),
                }
            )

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------
    def make_paid_ticket(self):
        with odoo_environment(DATABASE) as env:
            ticket = env["helpdesk.ticket"].browse(self.ticket)
            paid = ticket.with_user(self.users["agent"]).create(
                {
                    "partner_id": self.customer,
                    "serial_number": "SN-RACE-PAID",
                    "project_name": "Harbour substation",
                    "product_model": "KYN28A-12",
                    "site_address": "1 Quay Road",
                    "contact_name": "Shift leader",
                    "contact_phone": "021-5550101",
                    "reported_cause": "Closing coil burnt",
                    "symptom": "Breaker does not close",
                }
            )
            assert paid.sudo().charge_parts == "paid"
            return paid.id

    def make_part(self, price=100.0):
        product = self.make_product(100)
        with odoo_environment(DATABASE) as env:
            env["product.product"].browse(product).list_price = price
        return product

    def drawn(self, ticket, product, quantity):
        """Return (requisition, picking) of a chargeable request, ready to be issued."""
        before, self.ticket = self.ticket, ticket
        try:
            return self.make_drawn(product, quantity)
        finally:
            self.ticket = before

    def make_agreement(self, ticket, product, quantity):
        """Return an agreement in force over a quantity, all of it prepaid by terms."""
        with odoo_environment(DATABASE) as env:
            agreement = (
                env["aftersales.agreement"]
                .with_user(self.users["supervisor"])
                .create(
                    {
                        "ticket_id": ticket,
                        "prepay_percent": 100,
                        "line_ids": [Command.create({"product_id": product, "quantity": quantity})],
                    }
                )
            )
            agreement.action_submit()
            reviewer = agreement.with_user(self.users["commerce"])
            reviewer.action_approve(seen_digest=reviewer.content_digest)
            agreement.action_register_signature(
                {
                    "kind": "order",
                    "signer": "Buyer",
                    "title": "Head of purchasing",
                    "date": str(fields.Date.today()),
                    "order_ref": "PO-1",
                    "scan": base64.b64encode(b"order").decode(),
                }
            )
            assert agreement.progress == "signed"
            return agreement.id

    def pay(self, agreement, amount):
        with odoo_environment(DATABASE) as env:
            payment = (
                env["account.payment"]
                .with_user(self.users["finance"])
                .create(
                    {
                        "payment_type": "inbound",
                        "partner_type": "customer",
                        "partner_id": self.customer,
                        "amount": amount,
                        "journal_id": self.journal,
                        "aftersales_agreement_id": agreement,
                    }
                )
            )
            payment.action_post()
            return payment.id

    def make_release(self, ticket, limit):
        with odoo_environment(DATABASE) as env:
            release = (
                env["aftersales.release"]
                .with_user(self.users["supervisor"])
                .create(
                    {
                        "ticket_id": ticket,
                        "reason": "The furnace stands still.",
                        "promise": "Signed within a week.",
                        "amount_limit": limit,
                    }
                )
            )
            release.action_submit()
            for role in ("commerce", "general_manager"):
                signer = release.with_user(self.users[role])
                signer.action_approve(seen_digest=signer.content_digest)
            return release.id

    def uncovered(self, *requisitions):
        with odoo_environment(DATABASE) as env:
            return (
                env["aftersales.requisition"]
                .search([("id", "in", requisitions), ("is_uncovered", "=", True)])
                .ids
            )

    def value(self, model, record, name):
        with odoo_environment(DATABASE) as env:
            return env[model].browse(record)[name]

    # ------------------------------------------------------------------
    # Two issues on one release, on one agreement
    # ------------------------------------------------------------------
    PLACES = (("aftersales.requisition", "_find_cover", False),)

    def race_two_issues(self, ticket, product, guards=()):
        first, one = self.drawn(ticket, product, 5)
        second, two = self.drawn(ticket, product, 5)
        results = self.parallel(
            partial(self.validate, one, "storekeeper"),
            partial(self.validate, two, "storekeeper_2"),
            places=self.PLACES,
            guards=guards,
        )
        return (first, second), results

    def test_two_issues_on_one_release(self):
        """Law 6: a release over 500 lets one of two issues of 500 go."""
        ticket, product = self.make_paid_ticket(), self.make_part()
        release = self.make_release(ticket, 500.0)
        requisitions, results = self.race_two_issues(ticket, product)
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(sorted(self.issued(*requisitions)), [0, 5])
        self.assertEqual(self.value("aftersales.release", release, "used_amount"), 500.0)

    def test_two_issues_on_one_agreement(self):
        """B3: an agreement over 5 lets one of two issues of 5 go."""
        ticket, product = self.make_paid_ticket(), self.make_part()
        agreement = self.make_agreement(ticket, product, 5)
        self.pay(agreement, 500.0)
        requisitions, results = self.race_two_issues(ticket, product)
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(sorted(self.issued(*requisitions)), [0, 5])

    def test_two_issues_without_the_running_total(self):
        """Negative control: without the total on the row that owns the cap both go out."""
        ticket, product = self.make_paid_ticket(), self.make_part()
        self.make_release(ticket, 500.0)

        def careless(requisition, kind, vals_list):
            requisition._door_write({"cover_kind": kind})

        requisitions, results = self.race_two_issues(
            ticket, product, guards=[("aftersales.requisition", "_write_cover", careless)]
        )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.issued(*requisitions), [5, 5])

    # ------------------------------------------------------------------
    # Money or agreement go away while the goods are issued
    # ------------------------------------------------------------------
    def prepare(self):
        """Return (requisition, picking, agreement, payment): signed, paid and drawn."""
        ticket, product = self.make_paid_ticket(), self.make_part()
        agreement = self.make_agreement(ticket, product, 5)
        payment = self.pay(agreement, 500.0)
        return (*self.drawn(ticket, product, 5), agreement, payment)

    def in_order(self, first, held, second, guards=()):
        """Let ``second`` begin while the transaction of ``first`` is still open.

        ``first`` stands behind its method ``held`` = (model, method), with all that it
        has written in the database, until ``second`` has ended or waits for it.
        """
        begun = threading.Event()
        model, method = held
        original = getattr(self.registry[model], method)

        def work_and_flush(records, *args, **kwargs):
            result = original(records, *args, **kwargs)
            records.env.flush_all()
            begun.set()
            return result

        def wait_and_call():
            begun.wait(WAIT)
            return second()

        return self.parallel(
            first,
            wait_and_call,
            places=[(model, method, False)],
            guards=[(model, method, work_and_flush), *guards],
        )

    def cancel(self, payment):
        return self.call("finance", "account.payment", "action_cancel", [payment])

    def terminate(self, agreement):
        return self.call(
            "commerce",
            "aftersales.agreement",
            "action_terminate",
            [agreement],
            reason="The plant closes.",
        )

    def test_payment_cancelled_first(self):
        """C5: the issue waits for a cancellation that is under way, and is refused."""
        requisition, picking, _agreement, payment = self.prepare()
        results = self.in_order(
            partial(self.cancel, payment),
            ("account.payment", "action_cancel"),
            partial(self.validate, picking, "storekeeper"),
        )
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(self.issued(requisition), [0])

    def test_payment_cancelled_first_without_the_lock(self):
        """Negative control: without the lock the goods leave on money that is gone."""
        requisition, picking, _agreement, payment = self.prepare()
        results = self.in_order(
            partial(self.cancel, payment),
            ("account.payment", "action_cancel"),
            partial(self.validate, picking, "storekeeper"),
            guards=[("aftersales.agreement", "_lock_for_gate")],
        )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.issued(requisition), [5])
        self.assertEqual(self.uncovered(requisition), [requisition])

    def test_payment_cancelled_after_the_issue(self):
        """C5: the cancellation waits for the issue, and the list shows what has left."""
        requisition, picking, _agreement, payment = self.prepare()
        results = self.in_order(
            partial(self.validate, picking, "storekeeper"),
            ("aftersales.requisition", "_take_cover"),
            partial(self.cancel, payment),
        )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.issued(requisition), [5])
        self.assertEqual(self.uncovered(requisition), [requisition])

    def test_terminated_first(self):
        """The issue waits for a termination that is under way, and is refused."""
        requisition, picking, agreement, _payment = self.prepare()
        results = self.in_order(
            partial(self.terminate, agreement),
            ("aftersales.agreement", "action_terminate"),
            partial(self.validate, picking, "storekeeper"),
        )
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(self.issued(requisition), [0])

    def test_terminated_after_the_issue(self):
        """What has left under an agreement that is terminated then is on the list."""
        requisition, picking, agreement, _payment = self.prepare()
        results = self.in_order(
            partial(self.validate, picking, "storekeeper"),
            ("aftersales.requisition", "_take_cover"),
            partial(self.terminate, agreement),
        )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.issued(requisition), [5])
        self.assertEqual(self.uncovered(requisition), [requisition])

    # ------------------------------------------------------------------
    # Two posts of one link for signature
    # ------------------------------------------------------------------
    def send_link(self):
        """Return an agreement whose link is under way to the customer."""
        ticket, product = self.make_paid_ticket(), self.make_part()
        with odoo_environment(DATABASE) as env, patch(TOKENS, lambda size: "one-token"):
            company = env["res.company"].browse(self.company)
            company.aftersales_sign_by_link = True
            director = env["res.partner"].create(
                {"name": "Director", "parent_id": self.customer, "email": "d@harbour.example"}
            )
            agreement = (
                env["aftersales.agreement"]
                .with_user(self.users["supervisor"])
                .create(
                    {
                        "ticket_id": ticket,
                        "line_ids": [Command.create({"product_id": product, "quantity": 1})],
                    }
                )
            )
            agreement.action_submit()
            reviewer = agreement.with_user(self.users["commerce"])
            reviewer.action_approve(seen_digest=reviewer.content_digest)
            agreement.action_send_link(partner_id=director.id)
            return agreement.id

    def post(self, agreement, name):
        """Sign as the page does, in a request that is repeated as the server repeats it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.public, {})
            env.transaction.default_env = env

            def sign():
                found = env["aftersales.agreement"]._find_by_link(agreement, "one-token")
                values = {"name": name, "title": "Director", "consent": "1"}
                found._sign_by_link(dict(values, seen=found.link_digest), {"ip": "192.0.2.1"})

            return retrying(sign, env)

    def race_two_posts(self, guards=()):
        with odoo_environment(DATABASE) as env:
            self.public = env.ref("base.public_user").id
        agreement = self.send_link()
        results = self.parallel(
            partial(self.post, agreement, "First"),
            partial(self.post, agreement, "Second"),
            places=[("aftersales.agreement", "_get_link_record", False)],
            guards=guards,
        )
        with odoo_environment(DATABASE) as env:
            rows = env["aftersales.approval"].search(
                [
                    ("res_model", "=", "aftersales.agreement"),
                    ("res_id", "=", agreement),
                    ("act", "=", "customer_sign"),
                ]
            )
            return results, len(rows), env["aftersales.agreement"].browse(agreement).link_state

    def test_two_posts_of_one_link(self):
        """A28: the token is used up by one of them; the other hears that it is signed."""
        results, signatures, state = self.race_two_posts()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual((signatures, state), (1, "used"))

    def test_two_posts_without_the_check(self):
        """Negative control: without the check on fresh data both are signatures."""
        results, signatures, _state = self.race_two_posts(
            guards=[("aftersales.agreement", "_get_link_problem", lambda record: "")]
        )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(signatures, 2)
