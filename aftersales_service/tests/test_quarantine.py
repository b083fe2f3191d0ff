from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .repair_case import RepairCase
from .return_case import ReturnCase


@tagged("post_install", "-at_install")
class TestQuarantine(ReturnCase, RepairCase):
    """R002-28: what lies in 待检区, since when and whose it is."""

    def rows(self, user="quality", **values):
        self.env.flush_all()
        self.env.invalidate_all()
        names = ["product_id", "number", "owner_id", "quantity", "days", "age", "return_id"]
        names += ["repair_id", "return_progress", "repair_progress"]
        domain = [(name, "=", value) for name, value in values.items()]
        return self.rpc(user, "aftersales.quarantine", "search_read", domain, names)

    def on_hand(self, product):
        quants = self.env["stock.quant"].search(
            [("location_id", "=", self.quarantine.id), ("product_id", "=", product.id)]
        )
        return sum(quants.mapped("quantity"))

    def received(self, lines=None, **values):
        document = self.submit_return(lines, **values)
        return self.sign_as(document, "sales_manager", "storekeeper")

    def test_days_owner_and_return(self):
        """A row says whose the goods are, for which return and for how long they wait."""
        document = self.received()
        row = self.rows(return_id=document.id)[0]
        self.assertEqual(row["owner_id"][0], self.customer.id)
        self.assertEqual(row["product_id"][0], self.coil.id)
        self.assertEqual((row["quantity"], row["days"], row["age"]), (3, 0, "1_week"))
        self.assertEqual(row["return_progress"], "to_inspect")
        for days, age in ((8, "2_month"), (30, "2_month"), (31, "3_quarter"), (91, "4_longer")):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE stock_move SET date = now() at time zone 'utc' - %s * interval '1 day' "
                "WHERE aftersales_return_line_id IN %s",
                (days, tuple(document.line_ids.ids)),
            )
            row = self.rows(return_id=document.id)[0]
            self.assertEqual((row["days"], row["age"]), (days, age))
        groups = self.rpc(
            "quality",
            "aftersales.quarantine",
            "formatted_read_group",
            [("return_id", "=", document.id)],
            ["age", "owner_id"],
            ["quantity:sum"],
        )
        self.assertEqual([group["quantity:sum"] for group in groups], [3])
        action = self.rpc(
            "quality", "aftersales.quarantine", "action_open_document", ids=[row["id"]]
        )
        self.assertEqual((action["res_model"], action["res_id"]), (document._name, document.id))

    def test_two_returns_of_one_product(self):
        """Stock keeps them in one quant; the list tells them apart, and sums to the stock."""
        first = self.received([{"product_id": self.coil.id, "qty_claimed": 2}])
        second = self.received([{"product_id": self.coil.id, "qty_claimed": 1}])
        rows = self.rows(product_id=self.coil.id)
        self.assertEqual(
            {row["return_id"][0]: row["quantity"] for row in rows}, {first.id: 2, second.id: 1}
        )
        self.assertEqual(self.on_hand(self.coil), 3)

    def test_what_has_left_is_gone(self):
        """What was sent back lies there no more; the rest still does."""
        document = self.approved_return(verdict="nothing_found", kind="send_back")
        self.assertTrue(self.rows(return_id=document.id))
        action = self.act("storekeeper", document, "action_send_back")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.act("storekeeper", picking, "button_validate")
        self.assertEqual(self.on_hand(self.coil), 0)
        self.assertFalse(self.rows(return_id=document.id))

    def test_factory_repair(self):
        """A unit in for repair lies there for its document."""
        repair = self.take_in(self.announced())
        row = self.rows(repair_id=repair.id)[0]
        self.assertEqual(row["owner_id"][0], repair.partner_id.commercial_partner_id.id)
        self.assertEqual(row["quantity"], 1)
        self.assertTrue(row["repair_progress"])

    def test_companies_dont_leak(self):
        """D1, D2: not for another company, not for customers, and nobody writes it."""
        document = self.received()
        other = self.env["res.company"].create({"name": "Other works"})
        spy = new_test_user(
            self.env,
            "quarantine_spy",
            groups="aftersales_service.group_quality",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self.rows(user=spy, return_id=document.id))
        portal = new_test_user(self.env, "quarantine_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.rows(user=portal)
        with self.assertRaises(AccessError):
            self.rpc("storekeeper", "aftersales.quarantine", "create", {"quantity": 1})

    def test_work_lists(self):
        """R002-29: stages are counted, and what has waited longest is found."""
        first = self.submit_return([{"product_id": self.coil.id, "qty_claimed": 1}])
        second = self.submit_return([{"product_id": self.coil.id, "qty_claimed": 1}])
        second._door_write({"progress_since": second.progress_since - timedelta(days=9)})
        self.env.flush_all()
        self.assertEqual(second.days_waiting, 9)
        counted = self.rpc(
            "sales_manager",
            "aftersales.return",
            "search_panel_select_range",
            "progress",
            enable_counters=True,
            search_domain=[("id", "in", (first | second).ids)],
        )
        counts = {value["id"]: value["__count"] for value in counted["values"]}
        self.assertEqual(counts["to_confirm"], 2)
        late = [("progress_since", "<", "now -7d"), ("id", "in", (first | second).ids)]
        found = self.rpc("sales_manager", "aftersales.return", "search", late)
        self.assertEqual(found, second.ids)
