from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged

from .finding_case import FindingCase
from .return_case import ReturnCase


@tagged("post_install", "-at_install")
class TestRepeat(ReturnCase, FindingCase):
    """R002-14: what fails again, by serial number and by lot, within three months."""

    def setUp(self):
        super().setUp()
        self.activity_type = self.env.ref("aftersales_service.mail_activity_repeat")

    def report(self, serial, days=0, **values):
        """Register a request that was reported some days ago."""
        vals = {
            "partner_id": self.customer.id,
            "serial_number": serial,
            "symptom": "Breaker doesn't close",
            "reported_at": Datetime.now() - timedelta(days=days),
            **values,
        }
        vals["reported_at"] = Datetime.to_string(vals["reported_at"])
        found = self.rpc("agent", "helpdesk.ticket", "create", vals)
        return self.env["helpdesk.ticket"].browse(found)

    def shown(self, document, user="quality"):
        document.invalidate_recordset()
        names = ["is_repeat", "repeat_text"]
        return self.rpc(user, document._name, "read", names, ids=document.ids)[0]

    def told(self, document):
        """Return the activities about repeats, done ones included."""
        self.env.flush_all()
        domain = [
            ("res_model", "=", document._name),
            ("res_id", "=", document.id),
            ("activity_type_id", "=", self.activity_type.id),
        ]
        return self.env["mail.activity"].with_context(active_test=False).search(domain)

    def rows(self, number, user="quality"):
        self.env.flush_all()
        names = ["ticket_id", "return_id", "earlier_count", "days", "product_id"]
        domain = [("number", "=", number)]
        return self.rpc(user, "aftersales.repeat", "search_read", domain, names)

    def give_back(self, lot, **values):
        line = {"product_id": lot.product_id.id, "lot_id": lot.id, "qty_claimed": 1}
        return self.submit_return([line], **values)

    # ------------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------------
    def test_second_request_on_one_number(self):
        """R002-14: the second one is flagged and told to quality once; the first one isn't."""
        first = self.report("RP-1", days=80)
        self.assertFalse(self.told(first))
        second = self.report("ＲＰ-1 ")
        self.assertFalse(self.shown(first)["is_repeat"])
        flag = self.shown(second)
        self.assertTrue(flag["is_repeat"])
        self.assertIn(first.number, flag["repeat_text"])
        activity = self.told(second)
        self.assertEqual(activity.user_id, self.users["quality"])
        self.assertIn("RP-1", activity.summary)
        self.assertIn(first.number, activity.note)
        # told once, also when it is done and the request changes afterwards
        self.rpc("quality", "mail.activity", "action_feedback", ids=activity.ids)
        other = self.report("RP-2")
        self.rpc("agent", other._name, "write", {"serial_number": "RP-1"}, ids=other.ids)
        self.rpc("agent", second._name, "write", {"serial_number": "RP-1"}, ids=second.ids)
        self.assertLessEqual(len(self.told(second)), 1)
        self.assertEqual(len(self.told(other)), 1)
        self.assertEqual([row["earlier_count"] for row in self.rows("RP-1")][-1:], [1])

    def test_months_of_the_company(self):
        """What is longer ago than the setting says is another fault; 0 switches it off."""
        self.assertEqual(self.company.aftersales_repeat_months, 3)
        self.report("RP-3", days=100)
        second = self.report("RP-3")
        self.assertFalse(self.shown(second)["is_repeat"])
        self.company.aftersales_repeat_months = 4
        self.assertTrue(self.shown(second)["is_repeat"])
        self.company.aftersales_repeat_months = 0
        self.assertFalse(self.shown(second)["is_repeat"])

    def test_what_is_reported_late_makes_the_other_one_a_repeat(self):
        """A fault that is registered afterwards, but was before: the later one is told."""
        later = self.report("RP-4", days=5)
        earlier = self.report("RP-4", days=10)
        self.assertTrue(self.told(later))
        self.assertFalse(self.told(earlier))

    def test_what_is_no_fault(self):
        """Training, and a request that was cancelled, aren't faults."""
        training = self.env.ref("aftersales_service.category_training")
        self.assertFalse(training.is_fault)
        self.assertTrue(self.env.ref("aftersales_service.category_repair").is_fault)
        self.report("RP-5", days=20, category_id=training.id)
        mistake = self.report("RP-5", days=10)
        cancelled = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")
        mistake.stage_id = cancelled
        second = self.report("RP-5")
        self.assertFalse(self.shown(second)["is_repeat"])
        self.assertFalse(self.told(second))

    def test_finding_and_lists_show_it(self):
        """The finding has the flag of its request, and searches find it."""
        first = self.report("RP-6", days=3)
        second = self.report("RP-6")
        finding = self.make_finding(ticket=second)
        self.assertTrue(self.shown(finding)["is_repeat"])
        for model, document in (("helpdesk.ticket", second), ("aftersales.finding", finding)):
            found = self.rpc("quality", model, "search", [("is_repeat", "=", True)])
            self.assertIn(document.id, found)
            found = self.rpc("quality", model, "search", [("is_repeat", "=", False)])
            self.assertNotIn(document.id, found)
        self.assertIn(
            first.id, self.rpc("quality", "helpdesk.ticket", "search", [("is_repeat", "!=", True)])
        )

    # ------------------------------------------------------------------
    # Returns
    # ------------------------------------------------------------------
    def test_return_after_a_request(self):
        """A return is the same fault as its own request, and a repeat of another one."""
        lot = self.serials[0]
        ticket = self.report(lot.name, days=1)
        own = self.give_back(lot, ticket_id=ticket.id)
        self.assertFalse(self.shown(own)["is_repeat"])
        self.act("agent", own, "action_withdraw")
        other = self.give_back(lot)
        self.assertTrue(self.shown(other)["is_repeat"])
        self.assertTrue(self.shown(other.line_ids)["is_repeat"])
        self.assertEqual(len(self.told(other)), 1)
        row = self.rows(lot.name)[-1]
        self.assertEqual(row["return_id"][0], other.id)
        self.assertEqual(row["product_id"][0], self.breaker.id)

    def test_one_lot_from_two_returns(self):
        """Pieces of one lot that come back twice are a repeat, those of another aren't."""
        fuse = self.make_product("Fuse", "F-1", tracking="lot", aftersales_served=True)
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": fuse.id} for name in ("L-1", "L-2")]
        )
        for lot in lots:
            self.put_on_stock(fuse, 2, lot)
        documents = []
        for lot in (lots[0], lots[0], lots[1]):
            delivery = self.deliver([(fuse, lot)])
            documents.append(self.give_back(lot, delivery_id=delivery.id))
            documents[-1]._door_write(
                {"submitted_at": Datetime.now() - timedelta(days=3 - len(documents))}
            )
        first, second, third = documents
        flags = [self.shown(document)["is_repeat"] for document in (first, second, third)]
        self.assertEqual(flags, [False, True, False])
        self.assertFalse(self.told(third))

    def test_wrong_shipment_is_no_fault(self):
        lot = self.serials[1]
        self.report(lot.name, days=2)
        kind = self.env.ref("aftersales_service.error_kind_model")
        document = self.give_back(lot, return_type="wrong_shipment", error_kind_id=kind.id)
        self.assertFalse(self.shown(document)["is_repeat"])
        self.assertFalse(self.told(document))

    # ------------------------------------------------------------------
    # Who sees it
    # ------------------------------------------------------------------
    def test_companies_dont_leak(self):
        """D1, D2: no row and no flag from another company, none for customers."""
        self.report("RP-7", days=2)
        self.report("RP-7")
        self.assertTrue(self.rows("RP-7"))
        other = self.env["res.company"].create({"name": "Other works"})
        spy = new_test_user(
            self.env,
            "repeat_spy",
            groups="aftersales_service.group_quality",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self.rows("RP-7", user=spy))
        portal = new_test_user(self.env, "repeat_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.rows("RP-7", user=portal)
        with self.assertRaises(AccessError):
            self.rpc("quality", "aftersales.repeat", "create", {"number": "x"})

    def test_told_is_a_door(self):
        """A14: nobody says by RPC that quality was told already."""
        first = self.report("RP-8")
        with self.assertRaises(UserError):
            vals = {"repeat_told_at": "2026-01-01 00:00:00"}
            self.rpc("agent", first._name, "write", vals, ids=first.ids)
