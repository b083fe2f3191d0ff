from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .repair_case import CONSENT, RepairCase


@tagged("post_install", "-at_install")
class TestRepairFlow(RepairCase):
    """The factory repair from the announcement to the customer's gate (R000-46)."""

    def test_repair_in_warranty(self):
        """R000-46, R001-34: received, inspected, repaired, inspected again and sent back; the
        unit is the customer's all the way."""
        repair = self.announced()
        self.assertEqual(repair.progress, "to_receive")
        self.assertEqual(self.in_quarantine(), {})
        self.take_in(repair)
        self.assertEqual((repair.progress, repair.in_house), ("to_diagnose", True))
        self.assertEqual(self.in_quarantine(), {self.customer: 1.0})
        self.diagnose(repair)
        self.assertEqual((repair.state, repair.progress), ("approved", "to_repair"))
        self.assertFalse(repair.blocked_by)
        self.start(repair)
        order = repair.order_id
        self.assertEqual((repair.progress, order.state), ("repairing", "under_repair"))
        self.assertTrue(order.under_warranty)
        self.finish(repair)
        self.assertEqual((repair.progress, order.state), ("to_check", "under_repair"))
        self.sign("inspector", repair)
        self.assertEqual((repair.progress, order.state), ("to_send", "done"))
        self.assertEqual(order.move_id.move_line_ids.owner_id, self.customer)
        self.assertEqual(self.in_quarantine(), {self.customer: 1.0})
        units = self.env["aftersales.unit"].search_count([])
        self.send_back(repair)
        self.assertEqual((repair.progress, repair.in_house), ("sent", False))
        self.assertEqual(self.in_quarantine(), {})
        self.assertEqual(self.env["aftersales.unit"].search_count([]), units)
        self.assertEqual(self.unit_free.repair_count, 1)
        self.assert_sound(repair)

    def test_what_came_in_has_no_value_for_us(self):
        """R000-46: another's property changes no stock value and isn't available."""
        before = (self.breaker.qty_available, self.breaker.total_value)
        self.passed()
        self.breaker.invalidate_recordset()
        self.assertEqual((self.breaker.qty_available, self.breaker.total_value), before)

    def test_paid_repair_waits_for_agreement_and_money(self):
        """R004-30, C4: no start before the agreement is in force and prepaid."""
        repair = self.diagnosed(self.ticket_paid)
        self.assertIn(self.ticket_paid.number, repair.blocked_by)
        self.cannot_start(repair, self.ticket_paid.number)
        agreement = self.make_agreement(self.ticket_paid)
        self.cannot_start(repair, agreement.name)
        self.fill_agreement(agreement)
        self.conclude(agreement)
        self.assertIn("arrived", self.cannot_start(repair, agreement.name))
        payment = self.pay(agreement)
        self.start(repair)
        self.assertFalse(repair.order_id.under_warranty)
        self.assertEqual((repair.cover_kind, repair.cover_ref), ("agreement", agreement))
        self.assertFalse(repair.is_uncovered)
        # C5: what is taken back afterwards brings it onto the list again
        self.rpc("finance", "account.payment", "action_cancel", ids=payment.ids)
        self.env.invalidate_all()
        self.assertTrue(repair.is_uncovered)
        found = self.env["aftersales.repair"].search([("is_uncovered", "=", True)])
        self.assertEqual(found, repair)
        self.assert_sound(repair)

    def test_release_lets_it_begin(self):
        """R004-33: work first by a release stays on the list until it is made good."""
        repair = self.diagnosed(self.ticket_paid)
        release = self.make_release(self.ticket_paid)
        self.start(repair)
        self.assertEqual((repair.cover_kind, repair.cover_ref), ("release", release))
        self.assertTrue(repair.is_uncovered)
        agreement = self.make_agreement(self.ticket_paid)
        self.fill_agreement(agreement)
        self.pay(self.conclude(agreement))
        self.env.invalidate_all()
        self.assertFalse(repair.is_uncovered)

    def test_nobody_knows_who_pays(self):
        """R004-28: without coverage and finding nothing begins."""
        unit = self.make_repair_unit("SN-REPAIR-3", False)
        ticket = self.make_ticket(serial_number=unit.serial_number)
        self.assertEqual(ticket.charge_class, "unknown")
        self.cannot_start(self.diagnosed(ticket), ticket.number)

    def test_paid_repair_has_a_warranty_of_its_own(self):
        """R004-30: the term of the agreement begins when the unit goes back."""
        agreement = self.make_agreement(self.ticket_paid)
        self.fill_agreement(agreement)
        self.rpc("supervisor", agreement._name, "write", {"warranty_months": 6}, ids=agreement.ids)
        self.pay(self.conclude(agreement))
        repair = self.passed(self.ticket_paid)
        self.assertFalse(self.unit_paid.term_ids)
        self.send_back(repair)
        term = self.unit_paid.term_ids
        self.assertEqual((term.kind, term.months), ("repair", 6))
        self.assertIn(repair.name, term.name)

    def test_quoted_and_refused(self):
        """R000-46: the customer doesn't want the quoted repair, and gets his unit back."""
        repair = self.diagnosed(self.ticket_paid)
        with self.assertRaises(AccessError):
            self.act("engineer", repair, "action_end", kind="refused", reason="too dear")
        self.act("supervisor", repair, "action_end", kind="refused", reason="too dear")
        self.assertEqual((repair.progress, repair.ending), ("to_dispose", "refused"))
        self.instruct(repair)
        self.assertEqual(repair.progress, "to_check")
        self.sign("inspector", repair)
        self.send_back(repair)
        self.assertEqual(repair.progress, "sent")
        self.assertFalse(repair.order_id)
        self.assertEqual(self.in_quarantine(self.unit_paid), {})
        self.assert_sound(repair)

    def test_ended_while_it_is_repaired(self):
        """R000-46: the repair turns out to be impossible; core's order is cancelled."""
        repair = self.diagnosed()
        self.start(repair)
        self.act("engineer", repair, "action_end", kind="not_repairable", reason="frame cracked")
        self.assertEqual((repair.progress, repair.order_id.state), ("to_dispose", "cancel"))
        skipped = repair.approval_ids.filtered(lambda row: row.act == "repair")
        self.assertEqual(skipped.state, "skipped")
        self.assert_sound(repair)

    def test_scrap_needs_consent(self):
        """R000-46: another's property is scrapped with his written consent, kept as evidence."""
        repair = self.diagnosed(conclusion="not_repairable")
        self.assertEqual((repair.progress, repair.ending), ("to_dispose", "not_repairable"))
        with self.assertRaisesRegex(UserError, "property"):
            self.instruct(repair, "scrap", scan=None)
        with self.assertRaises(UserError):
            self.act("storekeeper", repair, "action_scrap")
        self.instruct(repair, "scrap")
        self.assertEqual(repair.progress, "to_scrap")
        self.act("storekeeper", repair, "action_scrap")
        self.assertEqual((repair.progress, repair.in_house), ("scrapped", False))
        self.assertEqual(self.in_quarantine(), {})
        acts = repair.approval_ids.filtered(lambda row: row.act in ("exit_inspect", "send_back"))
        self.assertEqual(set(acts.mapped("state")), {"skipped"})
        self.assert_sound(repair)

    def test_instruction_is_complete(self):
        """D4: who has said so and when; no day in the future, no file that isn't one."""
        repair = self.diagnosed(conclusion="not_repairable")
        for values in (
            {"person": ""},
            {"date": None},
            {"date": "2099-01-01"},
            {"date": "tomorrow"},
            {"disposal": "keep"},
            {"disposal": "scrap", "scan": "%%%"},
            {"more": 1},
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.act(
                    "supervisor",
                    repair,
                    "action_instruct",
                    values={**self.instruction("send_back", scan=CONSENT), **values},
                )
        self.assertEqual(repair.progress, "to_dispose")

    def test_failed_inspection(self):
        """R001-34: what fails goes back to the engineer, and passes afterwards by another."""
        repair = self.repaired()
        with self.assertRaises(UserError):
            self.act("inspector", repair, "action_fail_check")
        self.act("inspector", repair, "action_fail_check", comment="closes too slowly")
        self.assertEqual((repair.progress, repair.is_rework), ("repairing", True))
        with self.assertRaises(UserError):
            self.sign("inspector", repair)
        self.fill("engineer", repair, measures="Contact and spring replaced")
        self.assert_sound(repair)
        with self.assertRaises(UserError):
            self.fill("engineer", repair, appearance="never dented")
        self.act("engineer", repair, "action_rework", comment="spring replaced")
        self.assertEqual(repair.progress, "to_check")
        self.sign("inspector", repair)
        self.send_back(repair)
        self.assertEqual(repair.progress, "sent")
        self.assert_sound(repair)

    def test_nobody_passes_his_own_work(self):
        """R001-34, law 4: neither the repairer nor the receiver inspects, and the inspector
        doesn't send."""
        both = self.make_user("as_all_rounder", "engineer", "inspector", "storekeeper")
        repair = self.diagnosed()
        self.start(repair, user=both)
        self.finish(repair)
        with self.assertRaises(UserError):
            self.sign(both, repair)
        other = self.make_user("as_two_hats", "inspector", "storekeeper")
        self.sign(other, repair)
        self.fill("storekeeper", repair, transport_mode="self")
        with self.assertRaisesRegex(UserError, "inspected"):
            self.sign(other, repair)
        self.sign("storekeeper", repair)
        self.assertEqual(repair.progress, "sent")

    def test_incomplete_steps(self):
        """R000-46: each step says what it still lacks."""
        repair = self.announced()
        with self.assertRaisesRegex(UserError, "Appearance"):
            self.sign("storekeeper", repair)
        self.take_in(repair)
        with self.assertRaisesRegex(UserError, "Cause"):
            self.sign("engineer", repair)
        self.diagnose(repair)
        self.start(repair)
        with self.assertRaisesRegex(UserError, "Measures"):
            self.sign("engineer", repair)
        self.fill_repair(repair)
        test = repair.test_ids[0]
        for values, text in (
            ({"verdict": "fail"}, "failed"),
            ({"verdict": "pass", "value_after": False}, "no value"),
            ({"value_after": "9", "calibrated_until": "2020-01-01"}, "calibration"),
        ):
            self.rpc("engineer", test._name, "write", values, ids=test.ids)
            with self.assertRaisesRegex(UserError, text), self.env.cr.savepoint():
                self.sign("engineer", repair)
        self.rpc("engineer", test._name, "write", {"calibrated_until": False}, ids=test.ids)
        self.sign("engineer", repair)
        self.sign("inspector", repair)
        with self.assertRaisesRegex(UserError, "Transport"):
            self.sign("storekeeper", repair)

    def test_engineer_adds_tests(self):
        """003 3.4: who inspects first adds the tests that he makes."""
        repair = self.take_in(self.announced())
        self.fill(
            "engineer",
            repair,
            test_ids=[(0, 0, {"name": "Coil resistance", "value_before": "open"})],
        )
        self.assert_sound(repair)
        self.diagnose(repair)
        self.assertEqual(len(repair.test_ids), 3)
        self.assert_sound(repair)

    def test_unit_without_product(self):
        """R000-46: an old unit that isn't in the catalogue is repaired without stock moves."""
        unit = self.env["aftersales.unit"].create(
            {
                "serial_number": "SN-1998",
                "model_spec": "GG1A",
                "partner_id": self.customer.id,
                "delivery_date": self.days_ago(30),
            }
        )
        repair = self.passed(self.make_ticket(serial_number=unit.serial_number))
        self.send_back(repair)
        self.assertFalse(repair.move_ids)
        self.assertEqual((repair.progress, repair.order_id.state), ("sent", "done"))
        self.assert_sound(repair)

    def test_serial_unknown_to_the_store(self):
        """B9: a tracked product sold before the system comes in under its own number."""
        unit = self.make_repair_unit("SN-OLD-9", self.days_ago(10))
        unit.lot_id = False
        unit.flush_recordset()
        self.env["stock.lot"].search([("name", "=", "SN-OLD-9")]).unlink()
        repair = self.take_in(self.announced(self.make_ticket(serial_number="SN-OLD-9")))
        self.assertEqual(repair.lot_id.name, "SN-OLD-9")
        self.assertEqual(repair.move_ids.lot_ids, repair.lot_id)
        self.assert_sound(repair)

    def test_one_unit_in_one_repair(self):
        """A unit is in the house once."""
        first, second = self.announced(), self.announced()
        self.take_in(first)
        self.fill("storekeeper", second, appearance="x", accessories="x")
        with self.assertRaisesRegex(UserError, first.name):
            self.sign("storekeeper", second)
        self.assertFalse(second.in_house)

    def test_parts_go_through_a_requisition(self):
        """R004-13: parts of a repair are asked for, reviewed and capped like all others."""
        repair = self.diagnosed()
        action = self.rpc("supervisor", repair._name, "action_create_requisition", ids=repair.ids)
        requisition = self.env["aftersales.requisition"].browse(action["res_id"])
        self.rpc(
            "supervisor",
            requisition._name,
            "write",
            {"line_ids": [(0, 0, {"product_id": self.part_a.id, "requested_qty": 1})]},
            ids=requisition.ids,
        )
        self.approve(requisition.with_user(self.users["supervisor"]))
        self.issue(self.draw(requisition))
        self.env.invalidate_all()
        self.assertEqual(repair.part_ids.qty_issued, 1.0)
        # used in the house: nothing of it keeps the request open
        self.send_back(self.passed_from(repair))
        self.assertFalse(self.ticket_free._get_open_items())

    def test_request_stays_open(self):
        """A unit in the house keeps its request open and its unit as it is."""
        repair = self.take_in(self.announced())
        items = self.ticket_free._get_open_items()[self.ticket_free]
        self.assertIn(repair.name, items[0])
        with self.assertRaises(UserError):
            self.rpc(
                "supervisor",
                "helpdesk.ticket",
                "write",
                {"unit_id": self.unit_paid.id},
                ids=self.ticket_free.ids,
            )

    def test_rejected_with_the_unit_in_the_house(self):
        """A16: after a rejection the unit stays where it is and isn't received twice."""
        repair = self.take_in(self.announced())
        self.decide("engineer", repair, "action_reject", comment="wrong unit named")
        with self.assertRaisesRegex(UserError, "in the house"):
            self.act("supervisor", repair, "action_cancel", comment="x")
        self.act("supervisor", repair, "action_revise")
        self.act("supervisor", repair, "action_submit")
        self.assertEqual(repair.progress, "to_diagnose")
        self.diagnose(repair)
        self.assertEqual(repair.progress, "to_repair")
        self.assertEqual(len(repair.move_ids), 1)
        self.assert_sound(repair)

    def test_unclaimed(self):
        """Units that nobody claims are listed and the supervisor is reminded once a week."""
        repair = self.passed()
        Repair = self.env["aftersales.repair"]
        self.assertFalse(Repair.search([("is_unclaimed", "=", True)]))
        days = self.company.aftersales_repair_unclaimed_days
        later = fields.Datetime.add(fields.Datetime.now(), days=days + 1)
        cron = patch.object(self.env.registry["ir.cron"], "_commit_progress")
        notes = patch.object(self.env.registry["aftersales.repair"], "_notify_people")
        with freeze_time(later), cron, notes as told:
            repair.invalidate_recordset()
            self.assertEqual(Repair.search([("is_unclaimed", "=", True)]), repair)
            self.assertTrue(repair.is_unclaimed)
            self.assertGreater(repair.days_waiting, days)
            Repair._cron_remind_unclaimed()
            Repair._cron_remind_unclaimed()
            self.assertEqual(told.call_count, 1)
        self.send_back(repair)
        with freeze_time(later):
            self.assertFalse(Repair.search([("is_unclaimed", "=", True)]))

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def passed_from(self, repair):
        self.start(repair)
        self.finish(repair)
        self.sign("inspector", repair)
        return repair

    def cannot_start(self, repair, text):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.start(repair)
        self.env.invalidate_all()
        self.assertFalse(repair.started_at or repair.order_id)
        self.assertIn(text, str(caught.exception))
        return str(caught.exception)

    def test_work_that_waits(self):
        """What waits for an act that is no signature is in the counter of the role."""
        repair = self.diagnosed()

        def keys(user):
            return {entry["key"] for entry in self.rpc(user, "aftersales.work", "get_work")}

        self.assertIn("to_repair", keys("engineer"))
        self.act("engineer", repair, "action_end", kind="not_repairable", reason="cracked")
        self.assertNotIn("to_repair", keys("engineer"))
        self.assertIn("to_dispose", keys("supervisor"))
        self.instruct(repair, "scrap")
        self.assertIn("to_scrap", keys("storekeeper"))
