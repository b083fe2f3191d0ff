from odoo.exceptions import UserError
from odoo.fields import Date

from .money_case import SCAN, MoneyCase


class TestFollowup(MoneyCase):
    """No service finished with money uncollected (R004-33, C5)."""

    def rows(self, agreement, user="supervisor"):
        """Return {kind: amount} of what the list shows for an agreement."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc(
            user,
            "aftersales.followup",
            "search_read",
            [("partner_id", "=", agreement.partner_id.id)],
            ["kind", "amount", "agreement_id", "age", "request_id"],
        )
        return {
            row["kind"]: row["amount"]
            for row in found
            if not row["agreement_id"] or row["agreement_id"][0] == agreement.id
        }

    def test_a_case_from_work_to_money(self):
        agreement = self.sign_agreement(self.make_agreement())
        self.assertEqual(self.rows(agreement), {})
        self.issue_parts(agreement.ticket_id, [(self.part_a, 3), (self.part_b, 3)])
        total = agreement.amount_total
        self.assertEqual(self.rows(agreement), {"unsettled": total})
        self.work(agreement.ticket_id, [(self.labour, 7), (self.travel, 1)])
        settlement = self.settle(agreement)
        self.assertEqual(self.rows(agreement), {"uninvoiced": total})
        move = self.invoice(settlement)
        self.assertEqual(self.rows(agreement), {"no_tax_invoice": total, "unpaid": total})
        self.fall_due(move, 9)
        self.assertEqual(self.rows(agreement), {"no_tax_invoice": total, "overdue": total})
        request = self.make_tax_request(move)
        self.act("commerce", request, "action_submit")
        self.assertIn("no_tax_invoice", self.rows(agreement))
        self.register(request)
        self.assertEqual(self.rows(agreement), {"overdue": total})
        payment = self.pay(agreement, total)
        self.assertEqual(self.rows(agreement), {})
        # C5: whatever is taken back is on the list again
        self.act("finance", payment, "action_draft")
        self.assertEqual(self.rows(agreement), {"overdue": total})
        note = move.with_user(self.users["finance"])._reverse_moves()
        self.act("finance", note, "action_post")
        rows = self.rows(agreement)
        self.assertEqual(rows["uninvoiced"], total)
        self.assertEqual(rows["red_due"], total)
        action = self.act("commerce", request, "action_make_red")
        red = self.env["aftersales.tax.invoice"].browse(action["res_id"])
        self.rpc(
            "commerce",
            red._name,
            "write",
            {"reason": "Credited", "line_ids": [[0, 0, {"move_id": note.id}]]},
            ids=red.ids,
        )
        self.act("commerce", red, "action_submit")
        self.register(red, number="25312000000099999999")
        self.assertNotIn("red_due", self.rows(agreement))

    def test_a_reset_invoice_is_back(self):
        """C5: a registered tax invoice without its entry needs a red-letter note."""
        agreement = self.done_case()
        move = self.invoice(self.settle(agreement))
        request = self.make_tax_request(move)
        self.act("commerce", request, "action_submit")
        self.register(request)
        self.act("finance", move, "button_draft")
        rows = self.rows(agreement)
        self.assertEqual(set(rows), {"uninvoiced", "red_due"})
        self.act("finance", move, "action_post")
        self.assertEqual(set(self.rows(agreement)), {"unpaid"})

    def test_a_supplement_reopens_the_settlement(self):
        agreement = self.done_case()
        self.settle(agreement)
        found = self.act("supervisor", agreement, "action_make_supplement")
        supplement = self.env["aftersales.agreement"].browse(found["res_id"])
        supplement.with_user(self.users["supervisor"]).write(
            {"line_ids": [(0, 0, {"product_id": self.labour.id, "quantity": 2})]}
        )
        self.sign_agreement(supplement)
        self.assertIn("unsettled", self.rows(agreement))

    def test_prepayment_that_is_taken_back(self):
        """A payment cancelled after the issue shows the case as unsecured."""
        agreement = self.sign_agreement(
            self.make_agreement(lines=[(self.part_a, 3)], prepay_percent=100.0)
        )
        payment = self.pay(agreement, agreement.amount_total)
        self.issue_parts(agreement.ticket_id, [(self.part_a, 3)])
        self.assertEqual(set(self.rows(agreement)), {"unsettled"})
        self.act("finance", payment, "action_draft")
        self.assertEqual(
            self.rows(agreement),
            {"unsettled": agreement.amount_total, "unsecured": agreement.amount_total},
        )

    def test_groups_and_companies(self):
        """D1: grouped by what a person asks for; another company sees nothing."""
        agreement = self.done_case()
        self.env.flush_all()
        groups = self.rpc(
            "commerce",
            "aftersales.followup",
            "formatted_read_group",
            [("agreement_id", "=", agreement.id)],
            ["partner_id", "kind"],
            ["amount:sum", "age:max"],
        )
        self.assertEqual(len(groups), 1)
        other = self.env["res.company"].create({"name": "Other Works"})
        stranger = self.users["engineer"].copy(
            {"login": "stranger", "company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        self.assertFalse(self.rpc(stranger, "aftersales.followup", "search_read", [], ["kind"]))


class TestReminders(MoneyCase):
    """Letters in steps, activities by schedule, and a flag on the next request."""

    def setUp(self):
        super().setUp()
        self.agreement = self.done_case()
        self.move = self.invoice(self.settle(self.agreement))
        self.fall_due(self.move, 9)

    def letter(self):
        found = self.rpc(
            "commerce", "aftersales.reminder", "create", {"partner_id": self.customer.id}
        )
        return self.env["aftersales.reminder"].browse(found)

    def send(self, letter, user="commerce", **values):
        return self.act(
            user,
            letter,
            "action_send",
            values={
                "channel": "courier",
                "date": Date.to_string(self.company._aftersales_today()),
                "recipient": "Head of finance",
                "scan": SCAN,
                **values,
            },
        )

    def test_letters_in_steps(self):
        for level in ("1", "2", "3", "3"):
            letter = self.letter()
            self.assertEqual(letter.level, level)
            self.assertEqual(letter.amount_total, self.move.amount_residual)
            self.assertEqual(letter.line_ids.days, 9)
            self.act("commerce", letter, "action_submit")
            with self.assertRaises(UserError):
                self.send(letter)
            self.sign("sales_manager", letter)
            for values in (
                {"scan": ""},
                {"channel": "pigeon"},
                {"recipient": " "},
                {"date": "2199-01-01"},
                {"level": "3"},
            ):
                with self.subTest(values=values), self.assertRaises(UserError):
                    self.send(letter, **values)
            with self.assertRaises(UserError):
                self.send(letter, user="engineer")
            self.send(letter)
            with self.assertRaises(UserError):
                self.act("commerce", letter, "action_cancel", comment="x")
            self.assertEqual(self.verify(letter), [])

    def test_nothing_overdue(self):
        self.fall_due(self.move, 0)
        with self.assertRaisesRegex(UserError, "overdue"):
            self.act("commerce", self.letter(), "action_submit")

    def test_activities(self):
        self.env.flush_all()
        for _turn in range(2):
            self.env["aftersales.reminder"]._cron_follow_up()
        kind = self.env.ref("aftersales_service.mail_activity_money")
        activities = self.agreement.sudo().activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )
        self.assertEqual(activities.user_id, self.users["supervisor"])
        self.assertEqual(len(activities), 1)

    def test_a_customer_over_his_limit(self):
        ticket = self.make_ticket(serial_number="SN-NEXT")
        names = ["aftersales_owed", "aftersales_over_limit"]
        self.assertFalse(
            self.rpc("agent", ticket._name, "read", names, ids=ticket.ids)[0][names[1]]
        )
        self.company.aftersales_credit_limit = 100.0
        self.env.invalidate_all()
        found = self.rpc("agent", ticket._name, "read", names, ids=ticket.ids)[0]
        self.assertEqual((found[names[0]], found[names[1]]), (self.move.amount_residual, True))
