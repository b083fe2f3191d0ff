from odoo.exceptions import UserError
from odoo.tests import tagged

from .money_case import MoneyCase


@tagged("post_install", "-at_install")
class TestAgreementTerminated(MoneyCase):
    """R004-32, R004-33: what was done until an agreement ended is settled and paid."""

    def terminate(self, agreement):
        self.act("commerce", agreement, "action_terminate", reason="Plant closed")
        self.env.flush_all()
        self.env.invalidate_all()

    def kinds(self, agreement):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("agreement_id", "=", agreement.id)]
        found = self.rpc("commerce", "aftersales.followup", "search_read", domain, ["kind"])
        return sorted(row["kind"] for row in found)

    def charges(self, settlement):
        return {line.product_id: line.charged_qty for line in settlement.line_ids}

    def test_by_what_was_done(self):
        """What was issued and signed for, even under a fixed price; the rest isn't charged."""
        agreement = self.sign_agreement(
            self.make_agreement(
                [(self.part_a, 3), (self.labour, 7), (self.travel, 1)], settlement="fixed"
            )
        )
        requisition = self.issue_parts(agreement.ticket_id, [(self.part_a, 2)])
        self.work(agreement.ticket_id, [(self.labour, 2)])
        self.terminate(agreement)
        self.assertEqual(self.kinds(agreement), ["unsecured", "unsettled"])
        uncovered = [("is_uncovered", "=", True), ("id", "=", requisition.id)]
        model = "aftersales.requisition"
        self.assertTrue(self.rpc("commerce", model, "search_count", uncovered))
        settlement = self.make_settlement(agreement)
        self.assertEqual(
            self.charges(settlement), {self.part_a: 2.0, self.labour: 2.0, self.travel: 0.0}
        )
        line = settlement.line_ids.filtered(lambda item: item.product_id == self.part_a)
        vals = {"charged_qty": 3.0, "explanation": "as agreed"}
        self.rpc("supervisor", line._name, "write", vals, ids=line.ids)
        with self.assertRaisesRegex(UserError, "no more"):
            self.act("supervisor", settlement, "action_submit")
        for item in settlement.line_ids:
            vals = {"charged_qty": min(item.done_qty, item.agreed_qty), "explanation": "ended"}
            self.rpc("supervisor", item._name, "write", vals, ids=item.ids)
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.assertEqual(self.kinds(agreement), ["uninvoiced"])
        self.assertFalse(self.rpc("commerce", model, "search_count", uncovered))
        move = self.invoice(settlement)
        self.assertEqual(move.amount_total, settlement.amount_total)
        self.pay(agreement, move.amount_total)
        self.assertEqual(self.kinds(agreement), ["no_tax_invoice"])
        self.assertEqual(self.verify(settlement) + self.verify(agreement), [])

    def test_work_alone(self):
        """Hours without parts are on the list after the end as well."""
        agreement = self.sign_agreement(self.make_agreement([(self.labour, 7)]))
        self.work(agreement.ticket_id, [(self.labour, 7)])
        self.terminate(agreement)
        self.assertEqual(self.kinds(agreement), ["unsettled"])
        self.settle(agreement)
        self.assertEqual(self.kinds(agreement), ["uninvoiced"])

    def test_never_signed(self):
        """One that was never in force has nothing to settle."""
        agreement = self.make_agreement()
        self.act("supervisor", agreement, "action_submit")
        self.sign("commerce", agreement)
        while agreement.state == "submitted":
            self.sign("sales_manager", agreement)
        self.terminate(agreement)
        settlement = self.make_settlement(agreement)
        with self.assertRaisesRegex(UserError, "signed"):
            self.act("supervisor", settlement, "action_submit")

    def test_nothing_was_done(self):
        """Ended before anything was done: nothing is charged, and nothing is on the list."""
        agreement = self.sign_agreement(self.make_agreement())
        self.terminate(agreement)
        self.assertEqual(self.kinds(agreement), [])
        self.assertFalse(sum(self.charges(self.make_settlement(agreement)).values()))
