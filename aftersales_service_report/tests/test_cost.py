from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.aftersales_service.tests.finding_case import FindingCase
from odoo.addons.aftersales_service.tests.money_case import MoneyCase

READERS = ("finance", "general_manager", "sales_manager")


@tagged("post_install", "-at_install")
class TestCostAnalysis(FindingCase, MoneyCase):
    """R004-33: cost of free service by request, unit model, cause, contract and customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part_a.standard_price = 60.0
        cls.labour.standard_price = 40.0
        cls.model = cls.make_product("Switchgear", "U-1")
        cls.unit._door_write({"product_id": cls.model.id, "contract_ref": "HT-7"})

    def post(self):
        self.env.flush_all()
        self.env["aftersales.costing"]._post()
        self.env.flush_all()
        self.env.invalidate_all()

    def grouped(self, ticket, *names):
        rows = self.rpc(
            "finance",
            "aftersales.cost",
            "formatted_read_group",
            [("ticket_id", "=", ticket.id)],
            list(names),
            ["amount:sum"],
        )

        def plain(value):
            return value[0] if isinstance(value, (list, tuple)) else value

        return {tuple(plain(row[name]) for name in names): row["amount:sum"] for row in rows}

    def test_every_question_of_finance(self):
        """R004-33: what was free, for which model, by which cause, under which contract."""
        self.issue_parts(self.covered, [(self.part_a, 2)])
        self.work(self.covered, [(self.labour, 3)])
        finding = self.decided(cause="q01", evidence_ids=[])
        self.post()
        self.assertEqual(
            self.grouped(self.covered, "kind", "charge"),
            {("parts", "free"): 120.0, ("labour", "free"): 120.0},
        )
        for name, value in (
            ("unit_product_id", self.model.id),
            ("cause_id", finding.cause_id.id),
            ("contract_ref", "HT-7"),
            ("partner_id", self.customer.id),
            ("unit_id", self.unit.id),
            ("coverage", "in_warranty"),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.grouped(self.covered, name), {(value,): 240.0})
        for user in READERS:
            ticket = self.covered.with_user(self.users[user])
            self.assertEqual(ticket.aftersales_cost, 240.0)
        action = self.act("finance", self.covered, "action_view_service_cost")
        self.assertEqual(len(self.rpc("finance", "aftersales.cost", "search", action["domain"])), 2)

    def test_what_finance_books_itself_counts(self):
        """A carrier's bill on the request's account is cost of the request; income isn't."""
        self.issue_parts(self.covered, [(self.part_a, 1)])
        self.act("finance", self.covered, "action_post_costs")
        account = self.covered.aftersales_analytic_id
        column = account.plan_id._column_name()
        for amount, category in ((-35.0, "vendor_bill"), (900.0, "invoice")):
            self.rpc(
                "finance",
                "account.analytic.line",
                "create",
                {"name": "x", "amount": amount, "category": category, column: account.id},
            )
        self.env.flush_all()
        self.assertEqual(self.grouped(self.covered, "kind"), {("parts",): 60.0, ("other",): 35.0})

    def test_chargeable_is_told_from_free(self):
        """What a customer pays for isn't cost of free service."""
        agreement = self.done_case(
            lines=[(self.part_a, 3), (self.part_b, 3), (self.labour, 7), (self.travel, 1)]
        )
        self.post()
        rows = self.grouped(agreement.ticket_id, "charge")
        self.assertEqual(rows, {("paid",): 3 * 60.0 + 7 * 40.0})

    def test_goodwill_for_finance(self):
        """R004-28, R004-33: what was given away out of warranty, granted and real."""
        finding = self.decided(
            "sales_manager",
            ticket=self.expired,
            cause="w01",
            charge_parts="goodwill",
            charge_labour="goodwill",
            charge_travel="paid",
        )
        rows = self.goodwill(finding)
        self.assertEqual(rows, {"parts": (3000.0, 0.0), "labour": (800.0, 0.0)})
        self.work(self.expired, [(self.labour, 3)])
        self.post()
        self.assertEqual(self.goodwill(finding)["labour"], (800.0, 120.0))
        self.act("quality", finding, "action_revise", comment="look again")
        self.assertEqual(self.goodwill(finding), {})

    def goodwill(self, finding):
        self.env.flush_all()
        found = self.rpc(
            "finance",
            "aftersales.goodwill",
            "search_read",
            [("finding_id", "=", finding.id)],
            ["kind", "amount_granted", "amount_cost", "coverage"],
        )
        self.assertLessEqual({row["coverage"] for row in found}, {"expired"})
        return {row["kind"]: (row["amount_granted"], row["amount_cost"]) for row in found}

    def test_who_may_know(self):
        """D1: cost is for finance and those who grant it, in their own company."""
        self.issue_parts(self.covered, [(self.part_a, 1)])
        self.post()
        for user in set(self.users) - set(READERS):
            for model in ("aftersales.cost", "aftersales.goodwill"):
                with self.subTest(user=user, model=model), self.assertRaises(AccessError):
                    self.rpc(user, model, "search_read", [], ["ticket_id"])
            with self.assertRaises(AccessError):
                self.rpc(user, "helpdesk.ticket", "action_view_service_cost", ids=self.covered.ids)
        with self.assertRaises(AccessError):
            self.rpc(
                "commerce", "helpdesk.ticket", "read", ["aftersales_cost"], ids=self.covered.ids
            )
        other = self.env["res.company"].create({"name": "Other works"})
        spy = self.make_user("as_spy", *READERS, company=other)
        for model in ("aftersales.cost", "aftersales.goodwill"):
            domain = [("company_id", "=", self.company.id)]
            self.assertFalse(self.rpc(spy, model, "search", domain))
