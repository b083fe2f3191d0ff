"""A tariff, a unit out of warranty, and the steps of an agreement as their roles do them."""

import base64

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .attack_case import AttackCase

SCAN = base64.b64encode(b"%PDF-1.4 stamped by the customer").decode()


class AgreementCase(AttackCase):
    """An out-of-warranty request, parts at list price with 13 % and fees with 6 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env.ref("base.CNY")
        cls.currency.active = True
        cls.currency = cls.company.currency_id
        cls.tax_13 = cls.make_tax("VAT 13%", 13)
        cls.tax_6 = cls.make_tax("VAT 6%", 6)
        cls.part_a.write({"list_price": 1130.0, "taxes_id": [Command.set(cls.tax_13.ids)]})
        cls.part_b.write({"list_price": 226.0, "taxes_id": [Command.set(cls.tax_13.ids)]})
        cls.labour = cls.make_fee("Labour", "F-1", "labour", 106.0, estimate=8)
        cls.travel = cls.make_fee("Travel", "F-2", "travel", 530.0, estimate=1)
        cls.urgent = cls.make_fee("Class A surcharge", "F-3", "urgent", 2120.0, estimate=1)
        cls.tariff = cls.env["product.pricelist"].create(
            {
                "name": "Tariff of paid service",
                "aftersales_tariff": True,
                "currency_id": cls.currency.id,
                "company_id": cls.company.id,
            }
        )
        cls.company.write(
            {
                "aftersales_tariff_id": cls.tariff.id,
                "aftersales_discount_limit": 5.0,
                "aftersales_prepay_percent": 100.0,
                "aftersales_agreement_clauses": "Both parties keep their duties.",
            }
        )
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        ) or cls.env["account.journal"].create(
            {"name": "Bank", "code": "BNKX", "type": "bank", "company_id": cls.company.id}
        )
        today = fields.Date.today()
        cls.unit = cls.env["aftersales.unit"].create(
            {
                "model_spec": "KYN28A-12",
                "serial_number": "SN-PAID-1",
                "partner_id": cls.customer.id,
                "delivery_date": today - relativedelta(years=5),
            }
        )
        cls.paid_ticket = cls.make_ticket(serial_number="SN-PAID-1")

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------
    @classmethod
    def make_tax(cls, name, percent):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "country_id": cls.company.account_fiscal_country_id.id or cls.env.ref("base.cn").id,
            }
        )

    @classmethod
    def make_fee(cls, name, code, kind, price, estimate=0):
        return cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "service",
                "list_price": price,
                "taxes_id": [Command.set(cls.tax_6.ids)],
                "aftersales_fee_kind": kind,
                "aftersales_fee_estimate": estimate,
            }
        )

    def paid_requisition(self, lines=None, ticket=None):
        """Return a reviewed and drawn requisition of a chargeable request."""
        requisition = self.make_requisition(lines=lines, ticket=ticket or self.paid_ticket)
        self.approve(requisition)
        self.draw(requisition)
        return requisition

    def make_agreement(self, ticket=None, user="supervisor"):
        """Press the button of the request."""
        action = self.rpc(
            user,
            "helpdesk.ticket",
            "action_create_agreement",
            ids=(ticket or self.paid_ticket).ids,
        )
        return self.as_user(user, "aftersales.agreement").browse(action["res_id"])

    def as_user(self, user, model):
        return self.env[model].with_user(self.users[user])

    def write_line(self, line, **values):
        return self.rpc("supervisor", line._name, "write", values, ids=line.ids)

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    def approve_agreement(self, agreement):
        self.act("supervisor", agreement, "action_submit")
        self.sign("commerce", agreement)
        if agreement.discount_over_limit:
            self.sign("sales_manager", agreement)
        self.assertEqual(agreement.state, "approved")
        return agreement

    def signature(self, **values):
        return {
            "kind": "paper",
            "signer": "Plant director",
            "title": "Legal representative",
            "date": fields.Date.to_string(self.company._aftersales_today()),
            "seal": "contract",
            "scan": SCAN,
            "scan_name": "agreement.pdf",
            **values,
        }

    def sign_by_customer(self, agreement, user="supervisor", **values):
        return self.act(
            user, agreement, "action_register_signature", values=self.signature(**values)
        )

    def seal_agreement(self, agreement):
        self.act("supervisor", agreement, "action_request_seal")
        self.act("records", agreement, "action_affix_seal", seal="contract", number="YZ-0001")

    def conclude(self, agreement):
        """Have it reviewed, signed and sealed."""
        self.approve_agreement(agreement)
        self.sign_by_customer(agreement)
        self.seal_agreement(agreement)
        self.assertEqual(agreement.progress, "signed")
        return agreement

    def pay(self, agreement, amount=None, post=True, **values):
        """Finance enters a payment for the agreement and confirms it."""
        payment_id = self.rpc(
            "finance",
            "account.payment",
            "create",
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": agreement.amount_total if amount is None else amount,
                "journal_id": self.journal.id,
                "currency_id": self.currency.id,
                "aftersales_agreement_id": agreement.id,
                **values,
            },
        )
        if post:
            self.rpc("finance", "account.payment", "action_post", ids=[payment_id])
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["account.payment"].browse(payment_id)

    def make_release(self, ticket=None, approve=True, **values):
        release_id = self.rpc(
            "supervisor",
            "aftersales.release",
            "create",
            {
                "ticket_id": (ticket or self.paid_ticket).id,
                "kind": "unsigned",
                "reason": "The furnace stands still.",
                "promise": "The customer signs within a week.",
                "amount_limit": 5000.0,
                **values,
            },
        )
        release = self.as_user("supervisor", "aftersales.release").browse(release_id)
        if approve:
            self.act("supervisor", release, "action_submit")
            self.sign("commerce", release)
            self.sign("general_manager", release)
            self.assertEqual(release.state, "approved")
        return release

    def cannot_issue(self, requisition):
        """Assert that nothing leaves, and return what the storekeeper is told."""
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.issue(requisition.picking_ids)
        self.env.invalidate_all()
        self.assertEqual(
            requisition.sudo().line_ids.mapped("qty_issued"),
            [0.0] * len(requisition.sudo().line_ids),
        )
        self.assertNotEqual(requisition.picking_ids.state, "done")
        return str(caught.exception)

    def can_issue(self, requisition):
        self.issue(requisition.picking_ids)
        self.env.invalidate_all()
        self.assertEqual(requisition.fulfilment, "issued")
