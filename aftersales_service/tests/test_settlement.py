from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Date

from .money_case import MoneyCase


class TestSettlement(MoneyCase):
    """What was issued and worked, against what was agreed (R004-29, R004-32)."""

    def test_as_agreed_has_the_amounts_of_the_agreement(self):
        """All done as agreed: the settlement and its invoice have the agreement's amounts."""
        agreement = self.done_case()
        settlement = self.settle(agreement)
        names = ("amount_untaxed", "amount_tax", "amount_total")
        for name in names:
            self.assertEqual(settlement[name], agreement[name], name)
        move = self.invoice(settlement)
        for name in names:
            self.assertEqual(move[name], agreement[name], name)
        for line in move.invoice_line_ids:
            settled = line.aftersales_settlement_line_id
            self.assertEqual(line.price_total, settled.amount_total)
            self.assertEqual(line.price_subtotal, settled.amount_untaxed)
        self.assertEqual(settlement.billing, "invoiced")
        self.assertEqual(settlement.amount_open, 0.0)
        self.assertEqual(self.verify(settlement), [])

    def test_amounts_agree_to_the_fen_with_every_rounding(self):
        """Prices with tax that don't divide: no fen is lost, whatever rounds the company."""
        for rounding in ("round_per_line", "round_globally"):
            for included in (True, False):
                with self.subTest(rounding=rounding, included=included):
                    self.company.tax_calculation_rounding_method = rounding
                    tariff = self.tariff.copy({"aftersales_tax_included": included})
                    agreements = [
                        self.sign_agreement(
                            self.make_agreement(
                                tariff_id=tariff.id,
                                lines=[
                                    {
                                        "name": f"Fee {number}",
                                        "quantity": number + 0.37,
                                        "price_unit": 33.33 + number * 0.07,
                                        "tax_id": tax.id,
                                        "discount": 3.3,
                                    }
                                    for number, tax in enumerate(
                                        [self.vat13, self.vat6, self.vat13, self.vat6], start=1
                                    )
                                ],
                            )
                        )
                        for _turn in range(3)
                    ]
                    settlements = self.env["aftersales.settlement"]
                    for agreement in agreements:
                        settlement = self.settle(agreement)
                        self.assertEqual(settlement.amount_total, agreement.amount_total)
                        self.assertEqual(settlement.amount_tax, agreement.amount_tax)
                        settlements |= settlement
                    move = self.invoice(settlements)
                    self.assertEqual(
                        round(move.amount_total, 2),
                        round(sum(a.amount_total for a in agreements), 2),
                    )
                    self.assertEqual(
                        round(move.amount_tax, 2), round(sum(a.amount_tax for a in agreements), 2)
                    )

    def test_what_came_back_is_taken_off(self):
        """Net of done moves: a part that came back unused isn't charged."""
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.part_a, 3)]))
        requisition = self.issue_parts(agreement.ticket_id, [(self.part_a, 3)])
        self.give_back(requisition, self.part_a, 1)
        settlement = self.make_settlement(agreement)
        line = settlement.line_ids
        self.assertEqual((line.agreed_qty, line.done_qty, line.charged_qty), (3.0, 2.0, 2.0))
        with self.assertRaisesRegex(UserError, "Explain"):
            self.act("supervisor", settlement, "action_submit")
        self.rpc("supervisor", line._name, "write", {"explanation": "One not needed"}, ids=line.ids)
        self.act("supervisor", settlement, "action_submit")
        self.assertEqual(settlement.amount_total, 200.0)

    def test_returned_during_the_review_stops_the_signature(self):
        """Law 3: what is signed is what was done; a return in between is noticed."""
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.part_a, 3)]))
        requisition = self.issue_parts(agreement.ticket_id, [(self.part_a, 3)])
        settlement = self.make_settlement(agreement)
        self.act("supervisor", settlement, "action_submit")
        self.give_back(requisition, self.part_a, 1)
        with self.assertRaisesRegex(UserError, "changed since"):
            self.sign("commerce", settlement)

    def test_hours_are_those_that_the_customer_signed_for(self):
        """By what was done: hours of checked sheets; draft sheets count for nothing."""
        agreement = self.sign_agreement(
            self.make_agreement(lines=[(self.labour, 8)], settlement="actual")
        )
        self.work(agreement.ticket_id, [(self.labour, 5)])
        self.make_sheet(agreement.ticket_id, [(self.labour, 2)])
        settlement = self.make_settlement(agreement)
        line = settlement.line_ids
        self.assertEqual((line.agreed_qty, line.done_qty, line.charged_qty), (8.0, 5.0, 5.0))
        self.rpc(
            "supervisor",
            line._name,
            "write",
            {"charged_qty": 6, "explanation": "More"},
            ids=line.ids,
        )
        with self.assertRaisesRegex(UserError, "By what was done"):
            self.act("supervisor", settlement, "action_submit")

    def test_more_than_agreed_needs_a_supplement(self):
        """More hours than agreed aren't charged; the refusal says what to do."""
        agreement = self.sign_agreement(
            self.make_agreement(lines=[(self.labour, 4)], settlement="actual")
        )
        self.work(agreement.ticket_id, [(self.labour, 6)])
        settlement = self.make_settlement(agreement)
        line = settlement.line_ids
        self.assertEqual((line.done_qty, line.charged_qty), (6.0, 4.0))
        self.rpc(
            "supervisor", line._name, "write", {"charged_qty": 6, "explanation": "x"}, ids=line.ids
        )
        with self.assertRaisesRegex(UserError, "supplement"):
            self.act("supervisor", settlement, "action_submit")
        found = self.act("supervisor", agreement, "action_make_supplement")
        supplement = self.env["aftersales.agreement"].browse(found["res_id"])
        supplement.with_user(self.users["supervisor"]).write(
            {"line_ids": [(0, 0, {"product_id": self.labour.id, "quantity": 2})]}
        )
        self.sign_agreement(supplement)
        self.act("supervisor", settlement, "action_refill")
        self.assertEqual(settlement.line_ids.mapped("charged_qty"), [4.0, 2.0])
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        total = agreement.amount_total + supplement.amount_total
        self.assertEqual(settlement.amount_total, round(total, 2))

    def test_a_supplement_that_takes_back(self):
        """A part taken back by a supplement is in the sum with its minus."""
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.part_a, 3)]))
        found = self.act("supervisor", agreement, "action_make_supplement")
        supplement = self.env["aftersales.agreement"].browse(found["res_id"])
        supplement.with_user(self.users["supervisor"]).write(
            {"line_ids": [(0, 0, {"product_id": self.part_a.id, "quantity": -1})]}
        )
        self.sign_agreement(supplement)
        self.issue_parts(agreement.ticket_id, [(self.part_a, 2)])
        settlement = self.settle(agreement)
        self.assertEqual(settlement.amount_total, 200.0)
        move = self.invoice(settlement)
        self.assertEqual(move.amount_total, 200.0)

    def test_nothing_is_settled_twice(self):
        """Law 6: what is settled is counted on the agreement's own rows."""
        agreement = self.done_case()
        self.settle(agreement)
        again = self.make_settlement(agreement)
        self.assertFalse(again.line_ids)
        with self.assertRaisesRegex(UserError, "no lines"):
            self.act("supervisor", again, "action_submit")

    def test_lines_are_made_by_the_settlement_alone(self):
        """A9, A25: no line by hand, none deleted, no price, amount or total written."""
        agreement = self.done_case()
        settlement = self.make_settlement(agreement)
        line = settlement.line_ids[:1]
        for vals in (
            {"price_unit": 1.0},
            {"done_qty": 1.0},
            {"agreed_qty": 9.0},
            {"amount_total": 1.0},
            {"amount_invoiced": 1.0},
            {"settlement_id": settlement.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.rpc("supervisor", line._name, "write", vals, ids=line.ids)
        with self.assertRaises(UserError):
            self.rpc("supervisor", line._name, "unlink", ids=line.ids)
        with self.assertRaises(UserError):
            self.rpc("supervisor", line._name, "create", {"name": "x"})
        for vals in ({"amount_total": 1}, {"amount_open": 0}, {"state": "approved"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.rpc("supervisor", settlement._name, "write", vals, ids=settlement.ids)

    def test_who_signs(self):
        """Four eyes: supervisor makes, commerce reviews, finance approves; nobody twice."""
        agreement = self.done_case()
        settlement = self.make_settlement(agreement)
        self.act("supervisor", settlement, "action_submit")
        for user in ("supervisor", "finance", "engineer", "general_manager"):
            with self.subTest(user=user), self.assertRaises(UserError):
                self.sign(user, settlement)
        self.sign("commerce", settlement)
        with self.assertRaises(UserError):
            self.sign("commerce", settlement)
        with self.assertRaises(UserError):
            self.act("commerce", settlement, "action_make_invoice")
        self.sign("finance", settlement)
        for user in ("supervisor", "engineer", "storekeeper", "admin"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.act(user, settlement, "action_make_invoice")

    def test_work_lies_in_the_period_of_its_sheet(self):
        """R004-29: no day of work before or after what the customer has signed for."""
        agreement = self.sign_agreement(self.make_agreement())
        sheet = self.make_sheet(agreement.ticket_id, [(self.labour, 4)])
        day, line = sheet.date_from, sheet.line_ids
        vals = {"work_date": Date.to_string(Date.subtract(day, days=1))}
        changes = (
            (line, vals),
            (line, {"work_date": Date.to_string(Date.add(day, days=1))}),
            (sheet, {"line_ids": [[1, line.id, vals]]}),
            (sheet, {"line_ids": [[0, 0, {**vals, "product_id": self.labour.id, "quantity": 1}]]}),
        )
        for record, values in changes:
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.rpc("engineer", record._name, "write", values, ids=record.ids)
        before = Date.to_string(Date.subtract(day, days=3))
        self.rpc("engineer", sheet._name, "write", {"date_from": before}, ids=sheet.ids)
        self.rpc("engineer", line._name, "write", vals, ids=line.ids)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.rpc(
                "engineer",
                sheet._name,
                "write",
                {"date_from": Date.to_string(day)},
                ids=sheet.ids,
            )

    def test_a_sheet_needs_a_scan_and_a_signer(self):
        """R004-32: hours without the customer's signature count for nothing."""
        agreement = self.sign_agreement(self.make_agreement(lines=[(self.labour, 4)]))
        sheet = self.make_sheet(agreement.ticket_id, [(self.labour, 4)], attach=False)
        with self.assertRaisesRegex(UserError, "scan"):
            self.act("engineer", sheet, "action_submit")
        done = self.work(agreement.ticket_id, [(self.labour, 4)])
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", done._name), ("res_id", "=", done.id)]
        )
        with self.assertRaises(UserError):
            self.rpc("engineer", "ir.attachment", "unlink", ids=scan.ids)
        self.settle(agreement)
        with self.assertRaisesRegex(UserError, "settled"):
            self.act("engineer", done, "action_cancel", comment="wrong")

    def test_finance_is_told_of_a_draft_that_it_has_not_made(self):
        """Who posts the invoice is told of it, unless finance has made it itself."""
        told = [
            ("model", "=", "aftersales.settlement"),
            ("message_type", "=", "user_notification"),
            ("partner_ids", "in", self.users["finance"].partner_id.ids),
        ]
        by_user = {}
        for user in ("commerce", "finance"):
            settlement = self.settle(self.done_case())
            self.act(user, settlement, "action_make_invoice")
            domain = told + [("res_id", "=", settlement.id)]
            by_user[user] = self.env["mail.message"].search_count(domain)
        self.assertEqual(by_user, {"commerce": 1, "finance": 0})

    def test_analytic_rules_hold_for_the_invoice(self):
        """Rules of the accountant are applied to our lines as to others."""
        plan = self.env["account.analytic.plan"].create({"name": "Service"})
        account = self.env["account.analytic.account"].create(
            {"name": "Paid service", "plan_id": plan.id}
        )
        move = self.invoice(self.settle(self.done_case()), post=False)
        self.assertFalse(any(line.analytic_distribution for line in move.invoice_line_ids))
        share = {str(account.id): 100.0}
        self.env["account.analytic.distribution.model"].create(
            {"partner_id": self.customer.id, "analytic_distribution": share}
        )
        move = self.invoice(self.settle(self.done_case()), post=False)
        for line in move.invoice_line_ids:
            self.assertEqual(line.analytic_distribution, share)
