from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command

from .repair_case import RepairCase


class TestRepairUncovered(RepairCase):
    """C5: what has begun and isn't secured, as the database says it, is what the gate says."""

    def uncovered_by_gate(self):
        """Ask the gate of each begun repair, one after the other."""
        self.env.invalidate_all()
        found = self.env["aftersales.repair"]
        begun = found.search(
            [("started_at", "!=", False), ("ending", "=", False), ("state", "=", "approved")]
        )
        for repair in begun:
            ticket = repair.ticket_id
            if repair._get_open_finding() or repair._get_charge() != "paid":
                continue
            kind, cover = repair._match_cover(repair._get_agreements(), ticket.sudo().framework_id)
            if not cover or kind == "release":
                found |= repair
        return found

    def check(self, *expected):
        """List, form and gate say the same: these, and no others."""
        repairs = self.env["aftersales.repair"]
        expected = repairs.union(*expected)
        self.assertEqual(self.uncovered_by_gate(), expected)
        self.env.invalidate_all()
        self.assertEqual(repairs.search([("is_uncovered", "=", True)]), expected)
        others = repairs.search([("is_uncovered", "=", False)])
        self.assertEqual(others, repairs.search([]) - expected)
        self.assertEqual(repairs.search([]).filtered("is_uncovered"), expected)

    def begin(self, number, delivered="2010-01-01"):
        """Begin a chargeable repair under a release."""
        unit = self.make_repair_unit(f"SN-LIST-{number}", delivered)
        ticket = self.make_ticket(serial_number=unit.serial_number)
        repair = self.diagnosed(ticket)
        if ticket.charge_class == "paid":
            self.make_release(ticket)
        self.start(repair)
        return repair

    def make_framework(self, unit, days=335, **values):
        today = self.company._aftersales_today()
        agreement = self.as_user("supervisor", "aftersales.agreement").create(
            {
                "kind": "framework",
                "partner_id": self.customer.id,
                "date_from": today - relativedelta(days=30),
                "date_to": today + relativedelta(days=days),
                "unit_ids": [Command.create({"unit_id": unit.id})],
                "line_ids": [
                    Command.create({"name": "Yearly fee", "quantity": 1, "price_unit": 10000})
                ],
                "prepay_percent": 0,
                **values,
            }
        )
        return self.conclude(agreement)

    def begin_under_framework(self, number, **terms):
        unit = self.make_repair_unit(f"SN-FRAME-{number}", "2010-01-01")
        framework = self.make_framework(unit, **terms)
        ticket = self.make_ticket(serial_number=unit.serial_number)
        self.assertEqual(ticket.sudo().framework_id, framework)
        repair = self.diagnosed(ticket)
        if terms["labour_terms"] == "separate":
            self.make_release(ticket)
        self.start(repair)
        return repair, framework

    def test_free_and_paid(self):
        free = self.begin(1, self.days_ago(60))
        paid = self.begin(2)
        waiting = self.diagnosed(self.ticket_paid)
        self.assertFalse(waiting.started_at)
        self.check(paid)
        agreement = self.make_agreement(paid.ticket_id)
        self.fill_agreement(agreement)
        self.conclude(agreement)
        self.check(paid)
        payment = self.pay(agreement)
        self.check()
        self.rpc("finance", "account.payment", "action_cancel", ids=payment.ids)
        self.check(paid)
        self.pay(agreement)
        self.check()
        self.act("commerce", agreement, "action_terminate", reason="quarrel")
        self.check(paid)
        self.assertFalse(free.is_uncovered)

    def test_finding_decided_anew(self):
        """While nobody knows who pays, nothing is missing."""
        paid = self.begin(3)
        finding_id = self.rpc(
            "engineer",
            "aftersales.finding",
            "create",
            {
                "ticket_id": paid.ticket_id.id,
                "facts": "The truck was moved with the earthing switch closed",
                "cause_id": self.env.ref("aftersales_service.cause_m01").id,
                "engineer_statement": "The interlock was bridged by hand",
            },
        )
        self.check(paid)
        finding = self.env["aftersales.finding"].browse(finding_id)
        now = fields.Datetime.now()
        finding._door_write({"state": "approved", "approved_at": now})
        charge = paid._get_charge()
        self.assertNotEqual(charge, "unknown")
        self.check(*([paid] if charge == "paid" else []))
        finding._door_write({"state": "draft"})
        self.assertEqual(paid._get_open_finding(), finding)
        self.check()
        finding._door_write({"state": "cancelled"})
        self.check(paid)

    def test_framework(self):
        """Labour included or as used is covered while the framework is in force; separate
        labour needs an agreement of its own."""
        included, first = self.begin_under_framework(1, labour_terms="included")
        used, second = self.begin_under_framework(2, labour_terms="as_used")
        separate, _third = self.begin_under_framework(3, labour_terms="separate")
        self.check(separate)
        second._door_write({"date_to": self.company._aftersales_today() - relativedelta(days=1)})
        self.check(separate, used)
        second._door_write({"date_to": self.company._aftersales_today()})
        self.check(separate)
        self.act("commerce", second, "action_terminate", reason="over")
        self.check(separate, used)
        self.act("commerce", first, "action_terminate", reason="over")
        self.check(separate, used, *([included] if included._get_charge() == "paid" else []))

    def test_the_list_is_one_query(self):
        repairs = self.env["aftersales.repair"]

        def ask():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = repairs.search([("is_uncovered", "=", True)])
            return len(found), self.cr.sql_log_count - before

        self.begin(4)
        ask()
        self.assertEqual(ask(), (1, 1))
        self.begin(5)
        self.begin(6)
        self.assertEqual(ask(), (3, 1))
