from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .attack_case import AttackCase
from .money_case import MoneyCase

LINE = "account.analytic.line"


@tagged("post_install", "-at_install")
class TestCosting(MoneyCase, AttackCase):
    """R004-33: what service costs stands on the analytic account of its request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part_a.standard_price = 60.0
        cls.part_b.standard_price = 12.5
        cls.labour.standard_price = 40.0
        cls.travel.standard_price = 200.0

    def post(self):
        self.env.flush_all()
        return self.env["aftersales.costing"]._post()

    def lines(self, ticket):
        return self.env[LINE].search([("aftersales_ticket_id", "=", ticket.id)], order="id")

    def costs(self, ticket):
        """Return {kind: cost} of what is posted, the quantities beside it."""
        result = {}
        for line in self.lines(ticket):
            amount, quantity = result.get(line.aftersales_kind, (0.0, 0.0))
            result[line.aftersales_kind] = (amount - line.amount, quantity + line.unit_amount)
        return result

    def test_parts_labour_and_travel(self):
        """R004-33: parts at the value they left stock with, work at the company's rates."""
        ticket = self.make_ticket(serial_number="SN-COST")
        self.post()
        self.issue_parts(ticket, [(self.part_a, 2), (self.part_b, 4)])
        self.assertFalse(self.lines(ticket), "nothing is posted while goods are issued")
        self.assertFalse(ticket.aftersales_analytic_id, "an account is made for cost alone")
        self.work(ticket, [(self.labour, 7), (self.travel, 1)])
        self.assertEqual(self.post(), 4)
        self.assertEqual(
            self.costs(ticket),
            {"parts": (170.0, 6.0), "labour": (280.0, 7.0), "travel": (200.0, 1.0)},
        )
        account = ticket.aftersales_analytic_id
        self.assertEqual(account.name, ticket.number)
        self.assertEqual(account.root_plan_id, self.env.ref("aftersales_service.analytic_plan"))
        self.assertEqual(account.sudo().balance, -650.0)
        self.assertEqual(set(self.lines(ticket).mapped("company_id")), {self.company})

    def test_a_second_run_posts_nothing(self):
        ticket = self.make_ticket(serial_number="SN-COST")
        self.issue_parts(ticket, [(self.part_a, 2)])
        self.assertEqual(self.post(), 1)
        self.assertEqual(self.post(), 0)
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", return_value=1) as done:
            self.env["aftersales.costing"]._cron_post()
        done.assert_called_once_with(0, remaining=0)
        self.assertEqual(len(self.lines(ticket)), 1)

    def test_returns_are_taken_off(self):
        """R004-33: net of done moves; the correction is a line of its own."""
        ticket = self.make_ticket(serial_number="SN-COST")
        requisition = self.issue_parts(ticket, [(self.part_a, 3)])
        self.post()
        self.give_back(requisition, self.part_a, 1)
        self.assertEqual(self.post(), 1)
        self.assertEqual(self.costs(ticket), {"parts": (120.0, 2.0)})
        self.assertEqual(self.lines(ticket).mapped("amount"), [-180.0, 60.0])

    def test_a_changed_value_is_corrected(self):
        """A move whose value accounting corrects posts the difference, dated today."""
        ticket = self.make_ticket(serial_number="SN-COST")
        requisition = self.issue_parts(ticket, [(self.part_a, 3)])
        self.post()
        requisition.sudo().picking_ids.move_ids.value = 150.0
        self.assertEqual(self.post(), 1)
        self.assertEqual(self.lines(ticket).mapped("amount"), [-180.0, 30.0])
        self.assertEqual(self.lines(ticket)[-1].date, self.company._aftersales_today())
        self.assertEqual(self.post(), 0)

    def test_a_revised_sheet_is_taken_back(self):
        """Only checked work counts, with the rate of the day on which it was posted."""
        ticket = self.make_ticket(serial_number="SN-COST")
        sheet = self.work(ticket, [(self.labour, 7)])
        self.post()
        self.labour.standard_price = 50.0
        self.assertEqual(self.post(), 0, "a new rate changes nothing that is posted")
        self.act("engineer", sheet, "action_revise")
        self.assertEqual(self.post(), 1)
        self.assertEqual(self.costs(ticket), {"labour": (0.0, 0.0)})
        sheet.with_user(self.users["engineer"]).write(
            {
                "line_ids": [
                    Command.clear(),
                    Command.create({"product_id": self.travel.id, "quantity": 2}),
                    Command.create({"product_id": self.labour.id, "quantity": 3}),
                ]
            }
        )
        self.act("engineer", sheet, "action_submit")
        self.sign("supervisor", sheet)
        self.post()
        self.assertEqual(self.costs(ticket), {"labour": (150.0, 3.0), "travel": (400.0, 2.0)})
        self.act("engineer", sheet, "action_revise")
        sheet.with_user(self.users["engineer"]).line_ids[:1].unlink()
        self.post()
        self.assertEqual({cost for cost, _qty in self.costs(ticket).values()}, {0.0})

    def test_work_without_a_rate_waits(self):
        ticket = self.make_ticket(serial_number="SN-COST")
        self.labour.standard_price = 0.0
        self.work(ticket, [(self.labour, 7)])
        self.assertEqual(self.post(), 0)
        self.labour.standard_price = 40.0
        self.assertEqual(self.post(), 1)
        self.assertEqual(self.costs(ticket), {"labour": (280.0, 7.0)})

    def test_finance_posts_at_once(self):
        """Finance opens the account from the request and books what others charge."""
        ticket = self.make_ticket(serial_number="SN-COST")
        other = self.make_ticket(serial_number="SN-OTHER")
        for each in (ticket, other):
            self.issue_parts(each, [(self.part_a, 1)])
        for user in ("supervisor", "commerce", "general_manager", "storekeeper", "admin"):
            self.refused(user, "helpdesk.ticket", "action_post_costs", ids=ticket.ids)
        action = self.act("finance", ticket, "action_post_costs")
        self.assertEqual(self.costs(ticket), {"parts": (60.0, 1.0)})
        self.assertFalse(self.lines(other))
        column = ticket.aftersales_analytic_id.plan_id._column_name()
        booked = self.rpc(
            "finance",
            LINE,
            "create",
            {"name": "Freight", "amount": -35.0, column: ticket.aftersales_analytic_id.id},
        )
        found = self.rpc("finance", LINE, "search", action["domain"])
        self.assertEqual(set(found), {booked, *self.lines(ticket).ids})
        self.rpc("finance", LINE, "write", {"amount": -30.0}, ids=[booked])

    def test_posted_cost_stays(self):
        """A25: nobody changes, deletes or forges what was posted, whatever he may book."""
        ticket = self.make_ticket(serial_number="SN-COST")
        requisition = self.issue_parts(ticket, [(self.part_a, 2)])
        self.post()
        line = self.lines(ticket)
        account = ticket.aftersales_analytic_id
        manager = self.make_user("as_manager", "finance")
        manager.group_ids += self.env.ref("account.group_account_manager")
        manager.group_ids += self.env.ref("analytic.group_analytic_accounting")
        other = self.env["account.analytic.account"].create(
            {"name": "Elsewhere", "plan_id": account.plan_id.id}
        )
        column = account.plan_id._column_name()
        for user in (manager, "finance"):
            for vals in (
                {"amount": 0.0},
                {"unit_amount": 0.0},
                {"date": "2020-01-01"},
                {column: other.id},
                {"analytic_distribution": {str(other.id): 100}},
                {"aftersales_ticket_id": False},
                {"aftersales_seq": 9},
            ):
                with self.subTest(user=user, vals=vals), self.assertRaises(UserError):
                    self.rpc(user, LINE, "write", vals, ids=line.ids)
            for context in ({}, self.hostile):
                with self.assertRaises(UserError):
                    self.rpc(user, LINE, "unlink", ids=line.ids, context=context)
            forged = {"name": "x", "amount": -5.0, column: account.id}
            move = requisition.sudo().picking_ids.move_ids
            for name, value in (
                ("aftersales_move_id", move.id),
                ("aftersales_ticket_id", ticket.id),
                ("aftersales_kind", "parts"),
            ):
                with self.assertRaises(UserError):
                    self.rpc(user, LINE, "create", {**forged, name: value})
                with self.assertRaises(UserError):
                    self.rpc(user, LINE, "create", forged, context={f"default_{name}": value})
            own = self.rpc(user, LINE, "create", forged)
            with self.assertRaises(UserError):
                self.rpc(user, LINE, "write", {"aftersales_ticket_id": ticket.id}, ids=[own])
        plan = self.env["account.analytic.plan"].create({"name": "Other plan"})
        with self.assertRaises(UserError):
            self.rpc(
                manager,
                "account.analytic.account",
                "write",
                {"plan_id": plan.id},
                ids=account.ids,
            )
        vals = {"aftersales_analytic_id": other.id}
        self.refused("supervisor", "helpdesk.ticket", "write", vals, ids=ticket.ids)
        self.assertEqual(self.costs(ticket), {"parts": (120.0, 2.0)})

    def test_two_runs_at_once_post_once(self):
        """What a run with an old snapshot posts again, the database refuses."""
        ticket = self.make_ticket(serial_number="SN-COST")
        self.issue_parts(ticket, [(self.part_a, 2)])
        self.env.flush_all()
        costing = self.env["aftersales.costing"]
        self.env.cr.execute(costing._query_parts())
        rows = [row for row in self.env.cr.dictfetchall() if row["ticket_id"] == ticket.id]
        costing._create_lines(rows)
        with self.assertRaisesRegex(Exception, "aftersales_move_once"), self.env.cr.savepoint():
            costing._create_lines(rows)
            self.env.flush_all()

    def test_no_query_per_line(self):
        """Twenty lines are posted with the queries of two."""
        counts = []
        for size in (2, 20):
            parts = [
                self.make_product(f"Part {size}-{n}", f"P{size}-{n}", 5, standard_price=3.0)
                for n in range(size)
            ]
            ticket = self.make_ticket(serial_number=f"SN-{size}")
            self.issue_parts(ticket, [(part, 1) for part in parts])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.env["aftersales.costing"]._post(), size)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)
