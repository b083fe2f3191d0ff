"""A signed agreement, prepaid or not, and what is settled and invoiced under it."""

import base64

from odoo.fields import Command, Date
from odoo.tests import new_test_user

from ..tools.billing import billing
from .common import AftersalesCase

MONEY_ROLES = ("commerce", "finance", "sales_manager", "records")
SCAN = base64.b64encode(b"%PDF-1.4 scan").decode()
CREDIT_CODE = "91350100M000100Y43"


class MoneyCase(AftersalesCase):
    """Harbour Steel Works pays for two parts, hours and a trip, with 13 and 6 % tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in set(MONEY_ROLES) - set(cls.users):
            cls.users[role] = new_test_user(
                cls.env,
                login=f"as_{role}",
                name=f"As {role}",
                groups=f"aftersales_service.group_{role}",
                company_id=cls.company.id,
            )
        cls.users["supervisor_2"] = new_test_user(
            cls.env,
            login="as_supervisor_2",
            groups="aftersales_service.group_supervisor",
            company_id=cls.company.id,
        )
        cls.make_chart()
        cls.tariff = cls.env["product.pricelist"].create(
            {
                "name": "Tariff",
                "aftersales_tariff": True,
                "aftersales_tax_included": True,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
            }
        )
        cls.company.write(
            {
                "aftersales_tariff_id": cls.tariff.id,
                "aftersales_seal_required": False,
                "aftersales_prepay_percent": 0.0,
            }
        )
        cls.vat13, cls.vat6 = cls.make_tax(13.0), cls.make_tax(6.0)
        cls.part_a.write({"list_price": 100.0, "taxes_id": [Command.set(cls.vat13.ids)]})
        cls.part_b.write({"list_price": 33.33, "taxes_id": [Command.set(cls.vat13.ids)]})
        cls.labour = cls.make_fee("Labour", "F-H", "labour", 77.77)
        cls.travel = cls.make_fee("Travel", "F-T", "travel", 450.0)

    @classmethod
    def make_chart(cls):
        """A sales journal, a bank journal and receivable and income accounts."""
        Account = cls.env["account.account"]
        receivable = Account.search([("account_type", "=", "asset_receivable")], limit=1)
        if not receivable:
            receivable = Account.create(
                {
                    "name": "Receivable",
                    "code": "112200",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                }
            )
        cls.receivable = receivable
        cls.income = Account.search([("account_type", "=", "income")], limit=1) or Account.create(
            {"name": "Income", "code": "600100", "account_type": "income"}
        )
        cls.env["ir.default"].set(
            "res.partner",
            "property_account_receivable_id",
            receivable.id,
            company_id=cls.company.id,
        )
        cls.customer.property_account_receivable_id = receivable
        Journal = cls.env["account.journal"]
        cls.sales = Journal.search(
            [("type", "=", "sale"), ("company_id", "=", cls.company.id)], limit=1
        ) or Journal.create({"name": "Sales", "type": "sale", "code": "ASI"})
        cls.sales.default_account_id = cls.income
        cls.bank = Journal.search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        ) or Journal.create({"name": "Bank", "type": "bank", "code": "ASB"})
        cls.outstanding = Account.create(
            {
                "name": "Outstanding",
                "code": "100299",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )

    @classmethod
    def make_tax(cls, percent):
        country = cls.company.account_fiscal_country_id or cls.env.ref("base.cn")
        group = cls.env["account.tax.group"].search(
            [("company_id", "=", cls.company.id), ("country_id", "=", country.id)], limit=1
        ) or cls.env["account.tax.group"].create({"name": "VAT", "country_id": country.id})
        return cls.env["account.tax"].create(
            {
                "name": f"VAT {percent:g}%",
                "amount": percent,
                "type_tax_use": "sale",
                "tax_group_id": group.id,
                "country_id": country.id,
            }
        )

    @classmethod
    def make_fee(cls, name, code, kind, price):
        return cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "service",
                "aftersales_fee_kind": kind,
                "list_price": price,
                "taxes_id": [Command.set(cls.vat6.ids)],
            }
        )

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------
    def make_paid_ticket(self, **values):
        """A request whose unit is out of warranty: parts, labour and travel are paid."""
        ticket = self.make_ticket(serial_number=f"SN-{self.env.cr.now()}", **values)
        ticket.sudo()._door_write(
            {
                "coverage": "expired",
                "charge_class": "paid",
                "charge_parts": "paid",
                "charge_labour": "paid",
                "charge_travel": "paid",
            }
        )
        return ticket

    def make_agreement(self, lines=None, ticket=None, **values):
        """A draft; ``lines`` is a list of (product, quantity) or dicts."""
        lines = lines or [(self.part_a, 3), (self.part_b, 3), (self.labour, 7), (self.travel, 1)]
        return (
            self.env["aftersales.agreement"]
            .with_user(self.users["supervisor"])
            .create(
                {
                    "ticket_id": (ticket or self.make_paid_ticket()).id,
                    "tariff_id": self.tariff.id,
                    "prepay_percent": 0.0,
                    "line_ids": [
                        Command.create(
                            line
                            if isinstance(line, dict)
                            else {"product_id": line[0].id, "quantity": line[1]}
                        )
                        for line in lines
                    ],
                    **values,
                }
            )
        )

    def sign_agreement(self, agreement):
        """Submit, review and register the customer's signature."""
        self.act("supervisor", agreement, "action_submit")
        self.sign("commerce", agreement)
        while agreement.state == "submitted":
            self.sign("sales_manager", agreement)
        self.act(
            "supervisor",
            agreement,
            "action_register_signature",
            values={
                "kind": "paper",
                "signer": "Purchasing manager",
                "title": "Manager",
                "date": Date.to_string(self.company._aftersales_today()),
                "seal": "contract",
                "scan": SCAN,
            },
        )
        return agreement

    def pay(self, agreement, amount, entry=True):
        """A confirmed payment for an agreement, with a journal entry or without."""
        method = self.bank.inbound_payment_method_line_ids[:1]
        method.payment_account_id = self.outstanding if entry else False
        payment = (
            self.env["account.payment"]
            .with_user(self.users["finance"])
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": agreement.partner_id.id,
                    "amount": amount,
                    "journal_id": self.bank.id,
                    "payment_method_line_id": method.id,
                    "aftersales_agreement_id": agreement.id,
                }
            )
        )
        if not entry:
            # as where bank statements are reconciled with the invoice itself
            payment.sudo().outstanding_account_id = False
        self.act("finance", payment, "action_post")
        return payment

    def issue_parts(self, ticket, lines):
        """Have parts reviewed, drawn and issued; return the requisition."""
        requisition = self.make_requisition(lines=lines, ticket=ticket)
        self.approve(requisition)
        self.issue(self.draw(requisition))
        self.assertEqual(requisition.fulfilment, "issued")
        return requisition

    def give_back(self, requisition, product, quantity):
        """Return unused material of an issue to stock by core's own dialog."""
        picking = requisition.sudo().picking_ids
        move = picking.move_ids.filtered(lambda item: item.product_id == product)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model=picking._name)
            .create({"picking_id": picking.id})
        )
        for line in wizard.product_return_moves:
            line.quantity = quantity if line.move_id == move else 0.0
        back = wizard._create_return()
        back.move_ids.picked = True
        back._action_done()
        self.assertEqual(back.state, "done")
        return back

    def make_sheet(self, ticket, lines, attach=True):
        """A work sheet in draft, entered by the engineer."""
        today = self.company._aftersales_today()
        sheet = (
            self.env["aftersales.worksheet"]
            .with_user(self.users["engineer"])
            .create(
                {
                    "ticket_id": ticket.id,
                    "date_from": today,
                    "date_to": today,
                    "signer_name": "Shift leader",
                    "signed_on": today,
                    "line_ids": [
                        Command.create({"product_id": product.id, "quantity": quantity})
                        for product, quantity in lines
                    ],
                }
            )
        )
        if attach:
            self.env["ir.attachment"].with_user(self.users["engineer"]).create(
                {
                    "name": "sheet.pdf",
                    "raw": b"signed",
                    "res_model": sheet._name,
                    "res_id": sheet.id,
                }
            )
        return sheet

    def work(self, ticket, lines):
        """A work sheet that the supervisor has checked."""
        sheet = self.make_sheet(ticket, lines)
        self.act("engineer", sheet, "action_submit")
        self.sign("supervisor", sheet)
        return sheet

    def make_settlement(self, agreement, user="supervisor", **values):
        found = self.rpc(
            user, "aftersales.settlement", "create", {"agreement_id": agreement.id, **values}
        )
        return self.env["aftersales.settlement"].browse(found)

    def settle(self, agreement, explain=None):
        """A settlement that commerce office and finance have signed."""
        settlement = self.make_settlement(agreement)
        if explain:
            lines = settlement.line_ids.filtered("has_difference")
            lines.with_user(self.users["supervisor"]).write({"explanation": explain})
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.assertEqual(settlement.state, "approved")
        return settlement

    def invoice(self, settlements, post=True):
        """The draft invoice of settlements, posted by finance."""
        self.act("commerce", settlements, "action_make_invoice")
        move = settlements.sudo().invoice_id
        if post:
            self.act("finance", move, "action_post")
        return move

    def fall_due(self, move, days):
        """Let an invoice have been due so many days ago; nobody can write that."""
        day = Date.subtract(self.company._aftersales_today(), days=days)
        with billing():
            move.sudo().write({"aftersales_due_on": day, "invoice_date_due": day})

    def done_case(self, **values):
        """An agreement that was carried out exactly as agreed."""
        agreement = self.sign_agreement(self.make_agreement(**values))
        self.issue_parts(agreement.ticket_id, [(self.part_a, 3), (self.part_b, 3)])
        self.work(agreement.ticket_id, [(self.labour, 7), (self.travel, 1)])
        return agreement

    def make_tax_request(self, moves, user="commerce", **values):
        found = self.rpc(
            user,
            "aftersales.tax.invoice",
            "create",
            {
                "partner_id": moves.partner_id.id,
                "buyer_tax_no": CREDIT_CODE,
                "line_ids": [[0, 0, {"move_id": move.id}] for move in moves],
                **values,
            },
        )
        return self.env["aftersales.tax.invoice"].browse(found)

    def register(self, request, number="25312000000012345678", user="finance", **values):
        seen = self.rpc(user, request._name, "read", ["content_digest"], ids=request.ids)
        return self.act(
            user,
            request,
            "action_register",
            values={
                "number": number,
                "date": Date.to_string(self.company._aftersales_today()),
                "file": SCAN,
                **values,
            },
            seen_digest=seen[0]["content_digest"],
        )
