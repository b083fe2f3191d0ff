from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import HOSTILE_CONTEXT
from .test_ticket import INTAKE, TicketCase


@tagged("post_install", "-at_install")
class TestCoverage(TicketCase):
    def test_coverage_is_found_from_the_unit(self):
        """R004-27: in warranty, with the reason as text."""
        ticket = self.call("agent", serial_number="SN-1", reported_at="2026-03-01 02:00:00")
        self.assertEqual(ticket.coverage, "in_warranty")
        self.assertEqual(ticket.coverage_until, date(2027, 7, 15))
        self.assertIn("2026-01-15", ticket.coverage_basis)
        self.assertTrue(ticket.coverage_frozen_at)

    def test_coverage_without_a_unit_is_not_known(self):
        """R004-27: without a unit nothing is said."""
        ticket = self.call("agent", serial_number="nobody knows it")
        self.assertEqual(ticket.coverage, "unknown")
        self.assertFalse(ticket.coverage_frozen_at)

    def test_coverage_stays_when_the_warranty_changes(self):
        """R004-27: the coverage of a request is frozen; a later change doesn't reach it."""
        ticket = self.call("agent", serial_number="SN-1", reported_at="2026-03-01 02:00:00")
        basis = ticket.coverage_basis
        self.unit.with_user(self.users["supervisor"])._change_warranty(
            date(2026, 2, 1), "Contract says one year"
        )
        ticket.invalidate_recordset()
        self.assertEqual(ticket.coverage, "in_warranty")
        self.assertEqual(ticket.coverage_basis, basis)
        later = self.call("agent", serial_number="SN-1", reported_at="2026-03-01 02:00:00")
        self.assertEqual(later.coverage, "expired")
        self.assertIn("Contract says one year", later.coverage_basis)

    def test_coverage_follows_unit_and_report(self):
        """R004-27: another unit or another time of the report is another coverage."""
        ticket = self.call("agent", serial_number="SN-1", reported_at="2026-03-01 02:00:00")
        old = self.make_unit(serial_number="SN-OLD", delivery_date="2010-01-01")
        self.rpc("agent", "helpdesk.ticket", "write", {"unit_id": old.id}, ids=ticket.ids)
        self.assertEqual(ticket.coverage, "expired")
        self.assertEqual(ticket.serial_number, "SN-OLD")
        self.rpc(
            "agent",
            "helpdesk.ticket",
            "write",
            {"reported_at": "2011-07-01 00:00:00"},
            ids=ticket.ids,
        )
        self.assertEqual(ticket.coverage, "in_warranty", "the last day is inclusive")
        self.rpc("agent", "helpdesk.ticket", "write", {"unit_id": False}, ids=ticket.ids)
        self.assertEqual(ticket.coverage, "unknown")

    def test_coverage_uses_the_company_day(self):
        """R004-27: 2011-07-01 17:00 UTC is the day after the last one in Shanghai."""
        old = self.make_unit(serial_number="SN-OLD", delivery_date="2010-01-01")
        ticket = self.call("agent", unit_id=old.id, reported_at="2011-07-01 15:59:00")
        self.assertEqual(ticket.coverage, "in_warranty")
        ticket = self.call("agent", unit_id=old.id, reported_at="2011-07-01 16:00:00")
        self.assertEqual(ticket.coverage, "expired")

    def test_coverage_is_settled_by_a_submitted_requisition(self):
        """R004-13, R004-27: unit and time of the report are closed under a requisition."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        requisition = self.make_requisition(ticket=ticket)
        self.rpc(
            "agent",
            "helpdesk.ticket",
            "write",
            {"reported_at": "2026-02-02 00:00:00"},
            ids=ticket.ids,
        )
        self.act("supervisor", requisition, "action_submit")
        for vals in (
            {"reported_at": "2026-03-03 00:00:00"},
            {"unit_id": False},
            {"serial_number": "SN-2"},
        ):
            for context in ({}, HOSTILE_CONTEXT):
                with self.refused(requisition.name):
                    self.rpc(
                        "supervisor",
                        "helpdesk.ticket",
                        "write",
                        vals,
                        ids=ticket.ids,
                        context=context,
                    )
        with self.assertRaises(UserError):
            self.act("supervisor", ticket, "action_find_coverage")
        self.act("supervisor", requisition, "action_withdraw")
        self.rpc("agent", "helpdesk.ticket", "write", {"unit_id": False}, ids=ticket.ids)
        self.assertEqual(ticket.coverage, "unknown")

    def test_missing_date_can_be_supplied(self):
        """R000-16, R004-27: a date that was missing at intake is supplied later."""
        self.make_unit(serial_number="SN-2", delivery_date=False)
        ticket = self.call("agent", serial_number="SN-2")
        self.assertEqual(ticket.coverage, "unknown")
        self.assertTrue(ticket.coverage_basis)
        self.rpc(
            "agent",
            "aftersales.unit",
            "write",
            {"delivery_date": "2020-01-01"},
            ids=ticket.unit_id.ids,
        )
        self.assertEqual(ticket.coverage, "unknown", "nothing changes by itself")
        self.act("agent", ticket, "action_find_coverage")
        self.assertEqual(ticket.coverage, "expired")


@tagged("post_install", "-at_install")
class TestClosing(TicketCase):
    def test_a_request_is_never_hidden(self):
        """A hidden request is in no list of open work: nobody archives one, however."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        for method, arguments in (("write", [{"active": False}]), ("action_archive", [])):
            with self.refused("Active"):
                self.rpc(
                    "supervisor",
                    "helpdesk.ticket",
                    method,
                    *arguments,
                    ids=ticket.ids,
                    context=HOSTILE_CONTEXT,
                )
        with self.refused("Active"):
            self.call("agent", partner_id=self.customer.id, active=False, **INTAKE)
        self.assertTrue(ticket.active)
        field = self.env["helpdesk.ticket"].fields_get(["active"])["active"]
        self.assertTrue(field["readonly"], "the web client offers no Archive then")

    def test_open_requisition_keeps_the_request_open(self):
        """R004-09: a request with open items can't be closed or deleted."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        requisition = self.make_requisition(ticket=ticket)
        with self.refused(requisition.name):
            self.rpc(
                "supervisor",
                "helpdesk.ticket",
                "write",
                {"stage_id": self.done_stage.id},
                ids=ticket.ids,
                context=HOSTILE_CONTEXT,
            )
        self.approve(requisition)
        with self.refused(requisition.name):
            self.rpc(
                "supervisor",
                "helpdesk.ticket",
                "write",
                {"stage_id": self.done_stage.id},
                ids=ticket.ids,
            )
        self.act("supervisor", requisition, "action_cancel", comment="not needed")
        self.rpc(
            "supervisor",
            "helpdesk.ticket",
            "write",
            {"stage_id": self.done_stage.id},
            ids=ticket.ids,
        )
        self.assertTrue(ticket.closed)

    def test_request_with_requisitions_stays_in_its_company(self):
        """Attack A18: a request isn't moved away from its documents."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        self.make_requisition(ticket=ticket)
        company = self.env["res.company"].create({"name": "Other Works"})
        with self.assertRaises(UserError):
            ticket.sudo().write({"company_id": company.id})
            self.env.flush_all()

    def test_public_users_do_not_write_stages(self):
        """Attack D2: helpdesk's right of everybody to write stages is gone."""
        stage = self.new_stage.with_user(self.env.ref("base.public_user"))
        with self.assertRaises(AccessError):
            stage.write({"name": "Hacked"})


@tagged("post_install", "-at_install")
class TestContactLog(TicketCase):
    def test_four_logs_are_one_table(self):
        """R000-20, R004-06: telephone, fax, letters in and letters out."""
        vals = {"party": "Harbour", "need": "spare fuse", "opinion": "send", "result": "sent"}
        expected = {}
        for name, log in {
            "phone": {"channel": "phone", "direction": "out"},
            "fax": {"channel": "fax", "direction": "in"},
            "letter_in": {"channel": "letter", "direction": "in"},
            "letter_out": {"channel": "letter", "direction": "out"},
        }.items():
            expected[name] = self.rpc("agent", "aftersales.contact", "create", {**vals, **log})
        for name, contact_id in expected.items():
            action = self.env.ref(f"aftersales_service.aftersales_contact_action_{name}")
            found = (
                self.env["aftersales.contact"]
                .search([("party", "=", "Harbour")])
                .filtered_domain(safe_eval(action.domain))
            )
            self.assertEqual(found.ids, [contact_id], name)

    def test_three_texts_are_mandatory(self):
        """R000-21: need, opinion and result."""
        vals = {"party": "Harbour", "need": "fuse", "opinion": "send", "result": "sent"}
        for name in ("need", "opinion", "result"):
            with self.assertRaises(UserError, msg=name):
                self.rpc("agent", "aftersales.contact", "create", {**vals, name: "  "})
        contact_id = self.rpc("agent", "aftersales.contact", "create", vals)
        contact = self.env["aftersales.contact"].browse(contact_id)
        self.assertEqual(contact.user_id, self.users["agent"])
        with self.assertRaises(UserError):
            self.rpc(
                "agent",
                "aftersales.contact",
                "write",
                {"user_id": self.users["engineer"].id},
                ids=[contact_id],
            )
        with self.assertRaises(AccessError):
            self.rpc("agent", "aftersales.contact", "unlink", ids=[contact_id])
