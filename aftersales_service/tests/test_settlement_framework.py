from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .money_case import MoneyCase


@tagged("post_install", "-at_install")
class TestSettlementFramework(MoneyCase):
    """年度维保协议: what is charged as used is settled request by request (R004-26, R004-32)."""

    def setUp(self):
        super().setUp()
        today = self.company._aftersales_today()
        self.unit = self.env["aftersales.unit"].create(
            {
                "model_spec": "KYN28A-12",
                "serial_number": "SN-FRAME-1",
                "partner_id": self.customer.id,
                "delivery_date": today - relativedelta(years=5),
            }
        )
        self.framework = self.sign_agreement(
            self.env["aftersales.agreement"]
            .with_user(self.users["supervisor"])
            .create(
                {
                    "kind": "framework",
                    "partner_id": self.customer.id,
                    "tariff_id": self.tariff.id,
                    "date_from": today - relativedelta(days=30),
                    "date_to": today + relativedelta(days=335),
                    "parts_terms": "as_used",
                    "labour_terms": "as_used",
                    "travel_terms": "included",
                    "as_used_limit": 5000,
                    "prepay_percent": 0,
                    "unit_ids": [Command.create({"unit_id": self.unit.id})],
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Yearly fee",
                                "fee_kind": "other",
                                "quantity": 1,
                                "price_unit": 1200,
                                "tax_id": self.vat6.id,
                            }
                        )
                    ],
                }
            )
        )
        self.call = self.make_ticket(serial_number="SN-FRAME-1")

    def settle_call(self, ticket=None):
        ticket = self.call if ticket is None else ticket
        settlement = self.make_settlement(self.framework, ticket_id=ticket.id)
        return settlement

    def conclude(self, settlement):
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.assertEqual(settlement.state, "approved")
        return settlement

    def facts(self, settlement):
        return {
            line.product_id: (line.charged_qty, line.price_unit, line.amount_total)
            for line in settlement.line_ids
        }

    def owed(self):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["aftersales.followup"].search(
            [("agreement_id", "=", self.framework.id), ("ticket_id", "=", self.call.id)]
        )
        return [(row.kind, row.amount) for row in rows]

    def test_parts_and_hours_as_used(self):
        """Parts at the price of their issue, hours by the tariff, travel included."""
        self.assertEqual(self.call.sudo().framework_id, self.framework)
        self.assertEqual(self.owed(), [])
        requisition = self.issue_parts(self.call, [(self.part_a, 2), (self.part_b, 3)])
        self.assertEqual(requisition.cover_kind, "framework")
        self.assertEqual(self.owed(), [("unsettled", 299.99)])
        # what the tariff says later changes nothing about what was issued
        self.part_a.list_price = 999.0
        self.work(self.call, [(self.labour, 4), (self.travel, 1)])
        settlement = self.settle_call()
        self.assertEqual(
            self.facts(settlement),
            {
                self.part_a: (2.0, 100.0, 200.0),
                self.part_b: (3.0, 33.33, 99.99),
                self.labour: (4.0, 77.77, 311.08),
                self.travel: (0.0, 0.0, 0.0),
            },
        )
        self.assertEqual(settlement.amount_total, 611.07)
        with self.assertRaisesRegex(UserError, "[Ee]xplain"):
            self.act("supervisor", settlement, "action_submit")
        line = settlement.line_ids.filtered(lambda item: item.product_id == self.travel)
        vals = {"explanation": "Included"}
        self.rpc("supervisor", line._name, "write", vals, ids=line.ids)
        self.conclude(settlement)
        self.assertEqual(self.owed(), [("uninvoiced", 611.07)])
        move = self.invoice(settlement)
        self.assertEqual(move.amount_total, 611.07)
        self.assertEqual(move.amount_tax, settlement.amount_tax)
        self.assertEqual(self.verify(settlement) + self.verify(self.framework), [])
        # nothing is left, so a second one has nothing to say
        second = self.settle_call()
        self.assertFalse(second.line_ids)
        with self.assertRaises(UserError):
            self.act("supervisor", second, "action_submit")

    def test_what_comes_back_is_not_charged(self):
        requisition = self.issue_parts(self.call, [(self.part_a, 2)])
        self.give_back(requisition, self.part_a, 1)
        settlement = self.settle_call()
        self.assertEqual(self.facts(settlement), {self.part_a: (1.0, 100.0, 100.0)})
        settlement.line_ids.with_user(self.users["supervisor"]).explanation = "One came back"
        self.conclude(settlement)
        self.assertEqual(self.owed(), [("uninvoiced", 100.0)])

    def test_two_requests_and_the_fee(self):
        """Each request has a settlement of its own; the yearly fee is in none of them."""
        other = self.make_ticket(serial_number="SN-FRAME-1")
        self.issue_parts(self.call, [(self.part_a, 1)])
        self.issue_parts(other, [(self.part_b, 1)])
        self.work(other, [(self.labour, 1)])
        first, second = self.settle_call(), self.settle_call(other)
        fee = self.make_settlement(self.framework)
        self.assertEqual(self.facts(first), {self.part_a: (1.0, 100.0, 100.0)})
        self.assertEqual(
            self.facts(second),
            {self.part_b: (1.0, 33.33, 33.33), self.labour: (1.0, 77.77, 77.77)},
        )
        self.assertEqual(fee.line_ids.mapped("name"), ["Yearly fee"])
        for settlement in (first, second, fee):
            self.conclude(settlement)
            self.assertEqual(self.verify(settlement), [])
        move = self.invoice(first | second | fee)
        self.assertEqual(move.amount_total, 100.0 + 33.33 + 77.77 + fee.amount_total)
        self.assertEqual(self.verify(self.framework), [])

    def test_revised_takes_it_up_again(self):
        self.issue_parts(self.call, [(self.part_a, 1)])
        self.work(self.call, [(self.labour, 2)])
        settlement = self.conclude(self.settle_call())
        before = self.facts(settlement)
        self.act("supervisor", settlement, "action_revise")
        self.assertEqual(self.owed(), [("unsettled", 100.0)])
        self.assertEqual(self.facts(settlement), before)
        self.conclude(settlement)
        self.assertEqual(self.verify(settlement), [])

    def test_another_request_is_refused(self):
        """A request that isn't under the framework can't be settled by it."""
        stray = self.make_ticket(serial_number="SN-OTHER")
        with self.assertRaises(UserError):
            self.settle_call(stray)
