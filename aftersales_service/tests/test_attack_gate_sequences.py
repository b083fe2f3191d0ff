"""Legal steps that must not end in parts given away (C1, C4, C5, D4)."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .agreement_case import AgreementCase


class TestGateSequences(AgreementCase):
    """What arrived, was signed or was released must still hold when the goods leave."""

    def concluded(self, **values):
        agreement = self.make_agreement()
        if values:
            self.rpc("supervisor", agreement._name, "write", values, ids=agreement.ids)
        return self.conclude(agreement)

    def make_currency(self, rate):
        """Another currency; ``rate`` is what one of the company's costs in it."""
        names = ("base.USD", "base.EUR")
        other = next(filter(lambda item: item != self.currency, map(self.env.ref, names)))
        other.active = True
        other.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": other.id,
                "name": "2020-01-01",
                "rate": rate,
                "company_id": self.company.id,
            }
        )
        return other

    def make_foreign_tariff(self, currency):
        return self.env["product.pricelist"].create(
            {
                "name": "Export tariff",
                "aftersales_tariff": True,
                "currency_id": currency.id,
                "company_id": self.company.id,
            }
        )

    # ------------------------------------------------------------------
    # Money that has gone again
    # ------------------------------------------------------------------
    def test_payment_whose_entry_is_reversed(self):
        """C5: core calls a payment paid whose entry was reversed; the money isn't there."""
        agreement = self.concluded()
        requisition = self.paid_requisition()
        payment = self.pay(agreement)
        self.assertEqual(agreement.prepay_due, 0.0)
        wizard = self.rpc(
            "finance",
            "account.move.reversal",
            "create",
            {"journal_id": self.journal.id, "reason": "wrong account"},
            context={"active_model": "account.move", "active_ids": payment.move_id.ids},
        )
        self.rpc("finance", "account.move.reversal", "reverse_moves", ids=[wizard])
        self.env["account.move"].search(
            [("reversed_entry_id", "=", payment.move_id.id), ("state", "=", "draft")]
        ).action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(agreement.received_amount, 0.0)
        self.assertIn(agreement.name, self.cannot_issue(requisition))

    def test_payment_spent_on_another_invoice(self):
        """One payment, two uses: what has paid another invoice doesn't open the gate."""
        agreement = self.concluded()
        requisition = self.paid_requisition()
        payment = self.pay(agreement)
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "quantity": 1, "price_unit": 1000, "tax_ids": False}
                    )
                ],
            }
        )
        self.rpc("finance", "account.move", "action_post", ids=other.ids)
        due = (other | payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        credit = payment.move_id.line_ids & due
        self.rpc("finance", "account.move", "js_assign_outstanding_line", credit.id, ids=other.ids)
        self.assertEqual(other.payment_state, "paid")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(agreement.received_amount, payment.amount - 1000)
        self.assertIn(agreement.name, self.cannot_issue(requisition))

    def test_refund_that_names_no_agreement(self):
        """Money sent back and set off against the payment isn't there any more."""
        agreement = self.concluded()
        requisition = self.paid_requisition()
        payment = self.pay(agreement)
        refund = self.pay(
            agreement, payment.amount, payment_type="outbound", aftersales_agreement_id=False
        )
        lines = (payment | refund).move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.rpc("finance", "account.move.line", "reconcile", ids=lines.ids)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(agreement.received_amount, 0.0)
        self.cannot_issue(requisition)

    def test_refund_that_names_the_agreement_counts_once(self):
        """Set off against the payment or not, money out is taken off once."""
        agreement = self.concluded()
        payment = self.pay(agreement)
        refund = self.pay(agreement, 100.0, payment_type="outbound")
        self.assertEqual(agreement.received_amount, payment.amount - 100.0)
        lines = (payment | refund).move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.rpc("finance", "account.move.line", "reconcile", ids=lines.ids)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(agreement.received_amount, payment.amount - 100.0)

    # ------------------------------------------------------------------
    # What money and prices are in
    # ------------------------------------------------------------------
    def test_customer_changed_after_the_payment(self):
        """A payment of one customer isn't taken along to another one's agreement."""
        agreement = self.make_agreement()
        self.pay(agreement)
        other = self.env["res.partner"].create({"name": "Somebody else"})
        self.refused(
            "supervisor", agreement._name, "write", {"partner_id": other.id}, ids=agreement.ids
        )

    def test_currency_changed_after_the_payment(self):
        tariff = self.make_foreign_tariff(self.make_currency(0.14))
        agreement = self.make_agreement()
        self.pay(agreement)
        self.refused(
            "supervisor", agreement._name, "write", {"tariff_id": tariff.id}, ids=agreement.ids
        )

    def test_supplement_in_another_currency(self):
        tariff = self.make_foreign_tariff(self.make_currency(0.14))
        agreement = self.concluded()
        vals = {
            "kind": "supplement",
            "parent_id": agreement.id,
            "ticket_id": agreement.ticket_id.id,
            "tariff_id": tariff.id,
        }
        self.refused("supervisor", agreement._name, "create", vals)
        draft = self.act("supervisor", agreement, "action_make_supplement")["res_id"]
        self.refused("supervisor", agreement._name, "write", {"tariff_id": tariff.id}, ids=[draft])

    def test_tariff_that_is_in_use(self):
        """A signed agreement keeps its currency, and whether its prices include tax."""
        other = self.make_currency(0.14)
        agreement = self.concluded()
        for vals in (
            {"currency_id": other.id},
            {"aftersales_tax_included": False},
            {"aftersales_tariff": False},
        ):
            with self.subTest(vals=vals):
                self.refused("sales_manager", self.tariff._name, "write", vals, ids=self.tariff.ids)
        self.assertEqual(agreement.currency_id, self.currency)
        self.rpc(
            "sales_manager",
            self.tariff._name,
            "write",
            {"name": "Tariff 2027"},
            ids=self.tariff.ids,
        )

    def test_release_in_the_money_of_the_company(self):
        """A release is for so much of the company's money, whatever the tariff is in."""
        self.company.aftersales_tariff_id = self.make_foreign_tariff(self.make_currency(0.1))
        self.make_release(amount_limit=1000.0)  # the parts cost 2486
        self.cannot_issue(self.paid_requisition())

    def test_parts_without_a_price(self):
        """Nothing is issued as used at no price, nor without end under a release."""
        self.part_a.list_price = 0.0
        self.make_release(amount_limit=1.0)
        requisition = self.paid_requisition(lines=[(self.part_a, 5)])
        self.assertIn(self.part_a.name, self.cannot_issue(requisition))

    # ------------------------------------------------------------------
    # What is no longer in force
    # ------------------------------------------------------------------
    def make_framework(self, **values):
        today = fields.Date.today()
        agreement = self.as_user("supervisor", "aftersales.agreement").create(
            {
                "kind": "framework",
                "partner_id": self.customer.id,
                "date_from": today - relativedelta(days=30),
                "date_to": today + relativedelta(days=335),
                "unit_ids": [Command.create({"unit_id": self.unit.id})],
                "line_ids": [
                    Command.create({"name": "Yearly fee", "quantity": 1, "price_unit": 10000})
                ],
                "prepay_percent": 0,
                "parts_terms": "included",
                **values,
            }
        )
        return self.conclude(agreement)

    def test_framework_terminated_after_the_report(self):
        """What an ended framework agreement included isn't free any more."""
        framework = self.make_framework()
        requisition = self.paid_requisition(ticket=self.make_ticket(serial_number="SN-PAID-1"))
        self.act("commerce", framework, "action_terminate", reason="the fee was never paid")
        self.assertIn(framework.name, self.cannot_issue(requisition))

    def test_framework_whose_fee_has_not_arrived(self):
        """Included parts are paid by the fee: it has to be there (R004-30)."""
        framework = self.make_framework(prepay_percent=50)
        requisition = self.paid_requisition(ticket=self.make_ticket(serial_number="SN-PAID-1"))
        self.assertIn(framework.name, self.cannot_issue(requisition))
        self.pay(framework, framework.prepay_amount)
        self.can_issue(requisition)

    def test_framework_of_a_unit_that_was_sold(self):
        """A unit that has gone to another customer leaves the agreement."""
        self.make_framework()
        other = self.env["res.partner"].create({"name": "Somebody else"})
        self.unit.sudo().write({"partner_id": other.id, "end_user_id": other.id})
        ticket = self.make_ticket(serial_number="SN-PAID-1", partner_id=other.id)
        self.assertEqual(ticket.coverage, "expired")

    def test_supplement_of_a_terminated_agreement(self):
        """A supplement can't come into force without what it supplements."""
        agreement = self.concluded()
        draft = self.act("supervisor", agreement, "action_make_supplement")["res_id"]
        supplement = self.as_user("supervisor", agreement._name).browse(draft)
        supplement.write({"line_ids": [Command.create({"product_id": self.part_a.id})]})
        self.approve_agreement(supplement)
        self.act("commerce", agreement, "action_terminate", reason="the customer has left")
        with self.assertRaisesRegex(UserError, agreement.name):
            self.sign_by_customer(supplement)

    def test_signed_supplement_is_not_terminated_alone(self):
        """What a supplement has taken back isn't charged again by our own word."""
        agreement = self.concluded(settlement="actual")
        draft = self.act("supervisor", agreement, "action_make_supplement")["res_id"]
        supplement = self.as_user("supervisor", agreement._name).browse(draft)
        labour = {"product_id": self.labour.id, "quantity": -2}
        supplement.write({"line_ids": [Command.create(labour)]})
        self.conclude(supplement)
        message = self.refused(
            "commerce", agreement._name, "action_terminate", reason="over", ids=supplement.ids
        )
        self.assertIn(agreement.name, message)
        self.act("commerce", agreement, "action_terminate", reason="over")

    # ------------------------------------------------------------------
    # Discounts
    # ------------------------------------------------------------------
    def test_rebate_as_a_line_of_text(self):
        """A supplement that takes money back without naming a fee is a discount."""
        agreement = self.concluded()
        draft = self.act("supervisor", agreement, "action_make_supplement")["res_id"]
        supplement = self.as_user("supervisor", agreement._name).browse(draft)
        supplement.write(
            {"line_ids": [Command.create({"name": "Rebate", "quantity": -1, "price_unit": 3000})]}
        )
        self.act("supervisor", supplement, "action_submit")
        self.assertTrue(supplement.discount_over_limit)
        self.sign("commerce", supplement)
        self.assertEqual(supplement.state, "submitted")
        self.sign("sales_manager", supplement)
        self.assertEqual(supplement.state, "approved")
        self.assert_sound(supplement)

    def test_discount_thinned_out_and_taken_back(self):
        """Lines that only lowered the percentage aren't taken back without approval."""
        agreement = self.make_agreement()
        agreement.line_ids.unlink()
        self.rpc(
            "supervisor",
            agreement._name,
            "write",
            {
                "line_ids": [
                    Command.create(
                        {"product_id": self.part_a.id, "price_unit": 565.0, "quantity": 2}
                    ),
                    Command.create({"product_id": self.part_b.id, "quantity": 200}),
                ]
            },
            ids=agreement.ids,
        )
        self.assertFalse(agreement.discount_over_limit)
        self.conclude(agreement)
        draft = self.act("supervisor", agreement, "action_make_supplement")["res_id"]
        supplement = self.as_user("supervisor", agreement._name).browse(draft)
        line = {"product_id": self.part_b.id, "quantity": 5}
        supplement.write({"line_ids": [Command.create(line)]})
        self.assertFalse(supplement.discount_over_limit)
        supplement.line_ids.write({"quantity": -195})
        self.assertTrue(supplement.discount_over_limit)
