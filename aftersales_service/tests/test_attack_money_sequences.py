"""Legal steps after the service that must not lose sight of money (C5, R004-32, R004-33)."""

from odoo.exceptions import UserError
from odoo.fields import Command, Date

from .money_case import MoneyCase


class TestMoneySequences(MoneyCase):
    """Whatever is open stays on the list, and nothing is charged twice."""

    def rows(self, agreement):
        """Return {kind: amount} of what the list shows for an agreement."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc(
            "supervisor",
            "aftersales.followup",
            "search_read",
            [("agreement_id", "=", agreement.id)],
            ["kind", "amount"],
        )
        return {row["kind"]: row["amount"] for row in found}

    def supplement(self, agreement, lines, **values):
        found = self.act("supervisor", agreement, "action_make_supplement")
        supplement = self.env["aftersales.agreement"].browse(found["res_id"])
        supplement.with_user(self.users["supervisor"]).write(
            {
                "line_ids": [
                    Command.create({"product_id": product.id, "quantity": quantity})
                    for product, quantity in lines
                ],
                **values,
            }
        )
        return self.sign_agreement(supplement)

    # ------------------------------------------------------------------
    # The list of what is open
    # ------------------------------------------------------------------
    def test_part_payment_without_an_entry(self):
        """Core calls an invoice paid by whatever payment is linked to it."""
        agreement = self.done_case()
        self.pay(agreement, 100.0, entry=False)
        move = self.invoice(self.settle(agreement))
        self.assertEqual(self.rows(agreement).get("unpaid"), move.amount_total - 100.0)
        self.pay(agreement, move.amount_total - 100.0, entry=False)
        self.assertNotIn("unpaid", self.rows(agreement))

    def test_blocked_invoice(self):
        agreement = self.done_case()
        move = self.invoice(self.settle(agreement))
        self.rpc("finance", "account.move", "action_toggle_block_payment", ids=move.ids)
        self.assertEqual(self.rows(agreement).get("unpaid"), move.amount_total)

    def test_refunded_advance(self):
        """An advance that was sent back doesn't pay the invoice."""
        agreement = self.done_case()
        payment = self.pay(agreement, 300.0)
        refund = payment.with_user(self.users["finance"]).copy(
            {
                "payment_type": "outbound",
                "aftersales_agreement_id": agreement.id,
                "payment_method_line_id": self.bank.outbound_payment_method_line_ids[:1].id,
            }
        )
        self.act("finance", refund, "action_post")
        move = self.invoice(self.settle(agreement))
        self.assertEqual(self.rows(agreement).get("unpaid"), move.amount_total)

    def test_issued_after_the_settlement(self):
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.part_a, 3)]))
        self.issue_parts(agreement.ticket_id, [(self.part_a, 1)])
        settlement = self.make_settlement(agreement)
        settlement.line_ids.with_user(self.users["supervisor"]).write(
            {"charged_qty": 1.0, "explanation": "one so far"}
        )
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.assertNotIn("unsettled", self.rows(agreement))
        self.issue_parts(agreement.ticket_id, [(self.part_a, 2)])
        self.assertIn("unsettled", self.rows(agreement))

    def test_worked_after_the_settlement(self):
        agreement = self.sign_agreement(
            self.make_agreement(lines=[(self.labour, 7)], settlement="actual")
        )
        self.work(agreement.ticket_id, [(self.labour, 3)])
        self.settle(agreement, explain="three hours so far")
        self.assertNotIn("unsettled", self.rows(agreement))
        self.work(agreement.ticket_id, [(self.labour, 4)])
        self.assertIn("unsettled", self.rows(agreement))

    def test_parts_of_a_supplement_alone(self):
        """Parts that only a supplement names are seen, and so is their prepayment."""
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.labour, 7)]))
        supplement = self.supplement(agreement, [(self.part_a, 3)], prepay_percent=100.0)
        payment = self.pay(supplement, supplement.amount_total)
        self.issue_parts(agreement.ticket_id, [(self.part_a, 3)])
        self.assertEqual(set(self.rows(agreement)), {"unsettled"})
        self.act("finance", payment, "action_draft")
        self.assertEqual(set(self.rows(agreement)), {"unsettled", "unsecured"})

    def test_refund_of_a_paid_invoice(self):
        """What was sent back after the invoice was paid is owed again."""
        agreement = self.done_case()
        move = self.invoice(self.settle(agreement))
        payment = self.pay(agreement, move.amount_total)
        self.assertNotIn("unpaid", self.rows(agreement))
        refund = payment.with_user(self.users["finance"]).copy(
            {
                "payment_type": "outbound",
                "aftersales_agreement_id": agreement.id,
                "payment_method_line_id": self.bank.outbound_payment_method_line_ids[:1].id,
            }
        )
        self.act("finance", refund, "action_post")
        self.assertEqual(self.rows(agreement).get("unpaid"), move.amount_total)

    # ------------------------------------------------------------------
    # Frameworks
    # ------------------------------------------------------------------
    def make_framework(self, **values):
        today = self.company._aftersales_today()
        unit = self.env["aftersales.unit"].create(
            {
                "model_spec": "KYN28A-12",
                "serial_number": "SN-FRAME-1",
                "partner_id": self.customer.id,
                "delivery_date": Date.subtract(today, years=5),
            }
        )
        agreement = (
            self.env["aftersales.agreement"]
            .with_user(self.users["supervisor"])
            .create(
                {
                    "kind": "framework",
                    "partner_id": self.customer.id,
                    "tariff_id": self.tariff.id,
                    "date_from": Date.subtract(today, days=30),
                    "date_to": Date.add(today, days=300),
                    "prepay_percent": 0.0,
                    "parts_terms": "as_used",
                    "as_used_limit": 5000.0,
                    "unit_ids": [Command.create({"unit_id": unit.id})],
                    "line_ids": [
                        Command.create({"name": "Yearly fee", "quantity": 1, "price_unit": 900})
                    ],
                    **values,
                }
            )
        )
        return self.sign_agreement(agreement)

    def test_fee_of_a_framework(self):
        """The yearly fee is open from the signature until it is settled."""
        framework = self.make_framework()
        self.assertEqual(self.rows(framework).get("unsettled"), framework.amount_total)
        self.settle(framework)
        self.assertNotIn("unsettled", self.rows(framework))

    def test_parts_used_under_a_framework(self):
        framework = self.make_framework()
        self.settle(framework)
        ticket = self.make_ticket(serial_number="SN-FRAME-1")
        self.assertEqual(ticket.sudo().framework_id, framework)
        self.issue_parts(ticket, [(self.part_a, 3)])
        self.assertEqual(self.rows(framework).get("unsettled"), 300.0)
        settlement = self.make_settlement(framework, ticket_id=ticket.id)
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.assertNotIn("unsettled", self.rows(framework))

    def test_returned_parts_of_a_framework_are_not_charged(self):
        framework = self.make_framework()
        ticket = self.make_ticket(serial_number="SN-FRAME-1")
        requisition = self.issue_parts(ticket, [(self.part_a, 3)])
        self.give_back(requisition, self.part_a, 2)
        settlement = self.make_settlement(framework, ticket_id=ticket.id)
        self.assertEqual(settlement.line_ids.charged_qty, 1.0)
        settlement.line_ids.with_user(self.users["supervisor"]).write(
            {"charged_qty": 3.0, "explanation": "issued"}
        )
        with self.assertRaisesRegex(UserError, "done 1, charged 3"):
            self.act("supervisor", settlement, "action_submit")

    def test_hours_of_the_framework_are_left_to_it(self):
        """Settling a part that is agreed separately doesn't use up the framework's hours."""
        framework = self.make_framework(parts_terms="separate", labour_terms="as_used")
        self.settle(framework)
        ticket = self.make_ticket(serial_number="SN-FRAME-1")
        agreement = self.sign_agreement(
            self.make_agreement(lines=[(self.part_a, 1)], ticket=ticket)
        )
        self.issue_parts(ticket, [(self.part_a, 1)])
        self.work(ticket, [(self.labour, 8)])
        self.assertIn("unsettled", self.rows(framework))
        self.settle(agreement)
        settlement = self.make_settlement(framework, ticket_id=ticket.id)
        self.assertEqual(settlement.line_ids.charged_qty, 8.0)
        self.assertEqual(settlement.amount_total, 8 * 77.77)
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.assertEqual(set(self.rows(framework)), {"uninvoiced"})

    # ------------------------------------------------------------------
    # Settlements
    # ------------------------------------------------------------------
    def test_same_hours_under_two_agreements(self):
        """Hours that the customer signed for once are charged once."""
        ticket = self.make_paid_ticket()
        first, second = (
            self.sign_agreement(
                self.make_agreement(lines=[(self.labour, 8)], ticket=ticket, settlement="actual")
            )
            for _number in range(2)
        )
        self.work(ticket, [(self.labour, 8)])
        self.settle(first)
        settlement = self.make_settlement(second)
        self.assertEqual(sum(settlement.line_ids.mapped("charged_qty")), 0.0)

    def test_supplement_by_what_was_done(self):
        """Each line is charged in the way that its own agreement says."""
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.part_a, 1)]))
        self.supplement(agreement, [(self.labour, 8)], settlement="actual")
        self.issue_parts(agreement.ticket_id, [(self.part_a, 1)])
        self.work(agreement.ticket_id, [(self.labour, 2)])
        settlement = self.make_settlement(agreement)
        line = settlement.line_ids.filtered(lambda item: item.product_id == self.labour)
        self.assertEqual(line.charged_qty, 2.0)
        line.with_user(self.users["supervisor"]).write(
            {"charged_qty": 8.0, "explanation": "as agreed"}
        )
        with self.assertRaisesRegex(UserError, "done 2, charged 8"):
            self.act("supervisor", settlement, "action_submit")

    def test_labelled_as_another_fee(self):
        """Hours and parts are measured by what they are, not by how the line is labelled."""
        other = {"quantity": 8, "fee_kind": "other"}
        agreement = self.sign_agreement(
            self.make_agreement(
                lines=[
                    {"product_id": self.labour.id, **other},
                    {"product_id": self.part_a.id, **other},
                ],
                settlement="actual",
            )
        )
        self.work(agreement.ticket_id, [(self.travel, 1)])
        settlement = self.make_settlement(agreement)
        self.assertEqual(sum(settlement.line_ids.mapped("charged_qty")), 0.0)

    def test_activities_of_all_cases(self):
        """Cases that somebody knows of don't take the place of the others."""
        agreements = [self.done_case() for _number in range(2)]
        for agreement in agreements:
            self.settle(agreement)
        self.env.flush_all()
        for _week in range(2):
            self.env["aftersales.reminder"]._cron_follow_up(limit=1)
        known = self.env["mail.activity"].search([("res_model", "=", "aftersales.agreement")])
        self.assertEqual(set(known.mapped("res_id")), {item.id for item in agreements})

    def test_accepted_in_the_future(self):
        """The balance is due after an acceptance that has taken place."""
        agreement = self.done_case()
        for day in ("2099-01-01", "1066-01-01"):
            with self.subTest(day=day), self.assertRaises(UserError), self.env.cr.savepoint():
                self.make_settlement(agreement, accepted_on=day)

    def test_revised_after_a_full_credit(self):
        """A settlement whose invoice was taken back can be made anew."""
        agreement = self.done_case()
        settlement = self.settle(agreement)
        move = self.invoice(settlement)
        note = move.with_user(self.users["finance"])._reverse_moves()
        self.act("finance", note, "action_post")
        with self.assertRaisesRegex(UserError, move.name), self.env.cr.savepoint():
            self.act("supervisor", settlement, "action_revise", comment="wrong quantity")
        self.act("supervisor", settlement, "action_cancel", comment="wrong quantity")
        self.assertEqual(set(self.rows(agreement)), {"unsettled"})
        old, settlement = settlement, self.make_settlement(agreement)
        line = settlement.line_ids.filtered(lambda item: item.product_id == self.labour)
        line.with_user(self.users["supervisor"]).write(
            {"charged_qty": 5.0, "explanation": "two hours were ours"}
        )
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        new = self.invoice(settlement)
        self.assertEqual(new.amount_total, settlement.amount_total)
        self.assertEqual(self.rows(agreement).get("unpaid"), settlement.amount_total)
        self.assertEqual(self.verify(settlement) + self.verify(old), [])

    # ------------------------------------------------------------------
    # Foreign currency
    # ------------------------------------------------------------------
    def foreign_case(self):
        """A case in a currency of which ten are one of the company's."""
        names = ("base.USD", "base.EUR")
        own = self.company.currency_id
        foreign = next(filter(lambda item: item != own, map(self.env.ref, names)))
        foreign.active = True
        foreign.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": foreign.id,
                "name": "2020-01-01",
                "rate": 10.0,
                "company_id": self.company.id,
            }
        )
        tariff = self.tariff.copy({"currency_id": foreign.id, "name": "Export"})
        agreement = self.sign_agreement(
            self.make_agreement(lines=[(self.labour, 1)], tariff_id=tariff.id)
        )
        self.assertEqual(agreement.currency_id, foreign)
        self.work(agreement.ticket_id, [(self.labour, 1)])
        move = self.invoice(self.settle(agreement))
        self.fall_due(move, 9)
        return agreement, move

    def test_letter_and_limit_in_the_money_of_the_company(self):
        agreement, move = self.foreign_case()
        company_amount = abs(move.amount_residual_signed)
        self.assertNotEqual(company_amount, move.amount_residual)
        found = self.rpc(
            "supervisor", "aftersales.reminder", "create", {"partner_id": self.customer.id}
        )
        self.assertEqual(self.env["aftersales.reminder"].browse(found).amount_total, company_amount)
        self.company.aftersales_credit_limit = 1.0
        self.assertEqual(agreement.ticket_id.aftersales_owed, company_amount)

    def test_statement_in_the_money_of_the_company(self):
        _agreement, move = self.foreign_case()
        found = self.rpc(
            "commerce", "aftersales.statement", "create", {"partner_id": self.customer.id}
        )
        _before, rows = self.env["aftersales.statement"].browse(found)._get_rows()
        self.assertEqual([row["debit"] for row in rows], [move.amount_total_signed])

    def test_statement_leaves_out_what_was_spent_elsewhere(self):
        agreement = self.done_case()
        payment = self.pay(agreement, 300.0)
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "quantity": 1, "price_unit": 200.0, "tax_ids": False}
                    )
                ],
            }
        )
        other.action_post()
        lines = (other | payment.move_id).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        lines.reconcile()
        found = self.rpc(
            "commerce", "aftersales.statement", "create", {"partner_id": self.customer.id}
        )
        _before, rows = self.env["aftersales.statement"].browse(found)._get_rows()
        self.assertEqual([row["credit"] for row in rows], [100.0])
