from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.aftersales_service.tests.return_case import ReturnCase
from odoo.addons.aftersales_service.tests.return_settle_case import SettlementCase

ANALYSIS = "aftersales.return.analysis"
RATE = "aftersales.return.rate"
QUANTITIES = ("qty_claimed:sum", "qty_received:sum", "qty_failed:sum")


def plain(value):
    return value[0] if isinstance(value, (list, tuple)) else value


class GroupedCase(ReturnCase):
    def grouped(self, model, domain, names, aggregates, user="quality"):
        """Return {group: aggregates} as the pivot view reads them."""
        self.env.flush_all()
        rows = self.rpc(user, model, "formatted_read_group", domain, list(names), list(aggregates))
        return {
            tuple(plain(row[name]) for name in names): tuple(row[item] for item in aggregates)
            for row in rows
        }

    def spies(self, login):
        """Return quality of another company, and a customer."""
        other = self.env["res.company"].create({"name": "Other works"})
        spy = new_test_user(
            self.env,
            f"{login}_spy",
            groups="aftersales_service.group_quality",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        return spy, new_test_user(self.env, f"{login}_portal", groups="base.group_portal")


@tagged("post_install", "-at_install")
class TestReturnAnalysis(GroupedCase, SettlementCase):
    """R002-14: why goods come back, by product, number, reason, verdict and outcome."""

    def of(self, *documents):
        return [("return_id", "in", [document.id for document in documents])]

    def test_submitted_returns_are_counted(self):
        """R002-14: drafts and withdrawn returns aren't there; quantities are those that came."""
        draft = self.make_return([{"product_id": self.coil.id, "qty_claimed": 1}])
        gone = self.submit_return([{"product_id": self.coil.id, "qty_claimed": 1}])
        self.act("agent", gone, "action_withdraw")
        document = self.approved_return()
        about = self.of(draft, gone, document)
        for name, value in (
            ("return_id", document.id),
            ("product_id", self.coil.id),
            ("reason_id", self.reason.id),
            ("verdict", "quality_defect"),
            ("outcome", "exchange"),
            ("department_id", self.department.id),
            ("partner_id", self.customer.id),
            ("return_type", "partial"),
        ):
            with self.subTest(name=name):
                found = self.grouped(ANALYSIS, about, [name], QUANTITIES)
                self.assertEqual(found, {(value,): (3, 3, 3)})
        months = self.grouped(ANALYSIS, about, ["date:month"], QUANTITIES)
        self.assertEqual(len(months), 1)

    def test_several_outcomes_of_one_line(self):
        """Each piece is counted once, whatever becomes of it, and failed ones aren't those
        that go back to stock."""
        document = self.submit_return([{"product_id": self.coil.id, "qty_claimed": 5}])
        self.sign_as(document, "sales_manager")
        self.receive(document, {self.coil: 4})
        self.sign("storekeeper", document)
        self.sign_as(document, "production_manager")
        self.assertEqual(
            self.grouped(ANALYSIS, self.of(document), ["outcome"], QUANTITIES),
            {(False,): (5, 4, 0)},
        )
        self.inspect(document)
        vals = {"line_ids": [(1, document.line_ids.id, {"qty_failed": 1})]}
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)
        self.outcome_kinds(document, [("restock", 3, {"place": "stock"}), ("refund", 1, {})])
        self.sign("inspector", document)
        self.assertEqual(
            self.grouped(ANALYSIS, self.of(document), ["outcome"], QUANTITIES),
            {(False,): (5, 4, 1)},
            "proposed, not decided",
        )
        self.sign("general_manager", document)
        self.assertEqual(
            self.grouped(ANALYSIS, self.of(document), ["outcome"], QUANTITIES),
            {("refund",): (1, 1, 1), ("restock",): (3, 3, 0), (False,): (1, 0, 0)},
        )
        total = self.grouped(ANALYSIS, self.of(document), [], QUANTITIES)
        self.assertEqual(total, {(): (5, 4, 1)})

    def test_number_and_open(self):
        """The lot is the one on the form; a row opens its return."""
        line = {"product_id": self.breaker.id, "lot_id": self.serials[0].id, "qty_claimed": 1}
        document = self.submit_return([line])
        found = self.grouped(ANALYSIS, self.of(document), ["number"], QUANTITIES)
        self.assertEqual(found, {("VB-1",): (1, 0, 0)})
        row = self.rpc("agent", ANALYSIS, "search", self.of(document))
        action = self.rpc("agent", ANALYSIS, "action_open_return", ids=row)
        self.assertEqual(action["res_id"], document.id)

    def test_for_those_who_read_returns(self):
        """D1, D2: the rows of another company, or for a customer, aren't there."""
        document = self.submit_return()
        spy, portal = self.spies("analysis")
        self.assertTrue(self.rpc("engineer", ANALYSIS, "search", self.of(document)))
        self.assertFalse(self.rpc(spy, ANALYSIS, "search", self.of(document)))
        with self.assertRaises(AccessError):
            self.rpc(portal, ANALYSIS, "search", [])


@tagged("post_install", "-at_install")
class TestReturnRate(GroupedCase):
    """R002-14: what came back of all that was delivered, by product, lot and period."""

    MEASURES = ("qty_delivered:sum", "qty_returned:sum", "return_rate:avg")

    def rates(self, names, domain=None, user="quality"):
        if domain is None:
            domain = [("product_id", "in", (self.coil | self.breaker).ids)]
        return self.grouped(RATE, domain, names, self.MEASURES, user=user)

    def received(self, quantity=3):
        document = self.submit_return([{"product_id": self.coil.id, "qty_claimed": quantity}])
        return self.sign_as(document, "sales_manager", "storekeeper")

    def test_all_deliveries_count(self):
        """R002-14: a rate is sum by sum: deliveries of which nothing came back are in it, and the
        rate of several products isn't the mean of their rates."""
        self.deliver([(self.coil, 5)])
        self.received()
        self.assertEqual(
            self.rates(["product_id"]),
            {(self.coil.id,): (10, 3, 30.0), (self.breaker.id,): (3, 0, 0.0)},
        )
        (total,) = self.rates([]).values()
        self.assertEqual(total[:2], (13, 3))
        self.assertAlmostEqual(total[2], 300 / 13)

    def test_by_lot(self):
        line = {"product_id": self.breaker.id, "lot_id": self.serials[0].id, "qty_claimed": 1}
        self.sign_as(self.submit_return([line]), "sales_manager", "storekeeper")
        domain = [("product_id", "=", self.breaker.id)]
        self.assertEqual(
            self.rates(["number"], domain),
            {("VB-1",): (1, 1, 100.0), ("VB-2",): (1, 0, 0.0), ("VB-3",): (1, 0, 0.0)},
        )

    def test_by_period(self):
        """By date: what came back in a month by what left in it. By delivery date: what
        ever came back of a month's deliveries."""
        self.env.flush_all()
        self.delivery.move_ids.write({"date": Datetime.now() - timedelta(days=70)})
        self.deliver([(self.coil, 10)])
        self.received()
        domain = [("product_id", "=", self.coil.id)]
        by_date = sorted(self.rates(["date:month"], domain).values())
        self.assertEqual(by_date, [(5, 0, 0.0), (10, 3, 30.0)])
        by_delivery = sorted(self.rates(["delivery_date:month"], domain).values())
        self.assertEqual(by_delivery, [(5, 3, 60.0), (10, 0, 0.0)])

    def test_back_by_core(self):
        """What came back by core's own return counts as well, an ordered one doesn't."""
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=self.delivery.id, active_model="stock.picking"
            )
        ).save()
        lines = wizard.product_return_moves
        lines.filtered(lambda line: line.product_id == self.coil).quantity = 2
        lines.filtered(lambda line: line.product_id != self.coil).quantity = 0
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        domain = [("product_id", "=", self.coil.id)]
        self.assertEqual(self.rates([], domain), {(): (5, 0, 0.0)})
        back.button_validate()
        self.assertEqual(back.state, "done")
        self.assertEqual(self.rates([], domain), {(): (5, 2, 40.0)})

    def test_what_is_sent_back_is_no_delivery(self):
        """The customer's own goods that he gets again were delivered before."""
        document = self.approved_return(verdict="nothing_found", kind="send_back")
        action = self.act("storekeeper", document, "action_send_back")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.act("storekeeper", picking, "button_validate")
        domain = [("product_id", "=", self.coil.id)]
        self.assertEqual(self.rates([], domain), {(): (5, 3, 60.0)})

    def test_sorted_by_rate_and_nothing_delivered(self):
        """Groups can be ordered by their rate; without a delivery there is none."""
        self.received()
        self.env.flush_all()
        rows = self.rpc(
            "quality",
            RATE,
            "formatted_read_group",
            [("product_id", "in", (self.coil | self.breaker).ids)],
            ["product_id"],
            ["return_rate:avg"],
            order="return_rate:avg desc",
        )
        self.assertEqual([plain(row["product_id"]) for row in rows][0], self.coil.id)
        only_returns = [("product_id", "=", self.coil.id), ("qty_returned", ">", 0)]
        self.assertFalse(self.rates([], only_returns)[()][2])

    def test_who_may_know(self):
        """D1, D2: what was delivered is for those who answer for it, in their company."""
        domain = [("product_id", "=", self.coil.id)]
        spy, portal = self.spies("rate")
        for user in ("general_manager", "production_manager", "sales_manager", "supervisor"):
            self.assertTrue(self.rates([], domain, user=user))
        self.assertFalse(self.rpc(spy, RATE, "search", domain))
        for user in ("engineer", "agent", portal):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.rpc(user, RATE, "search", domain)
