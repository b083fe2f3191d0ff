from datetime import date, timedelta

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import HOSTILE_CONTEXT, AftersalesCase

INTAKE = {
    "site_address": "1 Quay Road",
    "contact_phone": "021-5550101",
    "project_name": "Harbour substation",
    "product_model": "KYN28A-12",
    "serial_number": "SN-1",
    "reported_cause": "Closing coil burnt",
}
DOORS = {
    "urgency_class": "a",
    "first_contact_at": "2026-01-01 00:00:00",
    "contact_attempts": 3,
    "answered_at": "2026-01-01 00:00:00",
    "transferred_at": "2026-01-01 00:00:00",
    "transferred_by_id": 1,
    "office_notified_at": "2026-01-01 00:00:00",
    "coverage": "in_warranty",
    "coverage_until": "2099-01-01",
    "coverage_basis": "because",
    "coverage_frozen_at": "2026-01-01 00:00:00",
    "intake_complete": True,
}


class TicketCase(AftersalesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Workshop 1",
                "company_id": cls.company.id,
                "user_ids": [Command.link(cls.users["supervisor"].id)],
            }
        )
        cls.unit = cls.make_unit(serial_number="SN-1")
        cls.new_stage = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        cls.done_stage = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")

    @classmethod
    def make_unit(cls, **values):
        vals = {
            "model_spec": "KYN28A-12",
            "partner_id": cls.customer.id,
            "project_name": "Harbour substation",
            "site_address": "Gate 3",
            "delivery_date": "2026-01-15",
            **values,
        }
        return cls.env["aftersales.unit"].with_user(cls.users["agent"]).create(vals).sudo(False)

    def call(self, role, **values):
        """Register a call as a client does and return the request."""
        ticket_id = self.rpc(role, "helpdesk.ticket", "create", values)
        return self.env["helpdesk.ticket"].browse(ticket_id)


@tagged("post_install", "-at_install")
class TestIntake(TicketCase):
    def test_call_can_be_saved_with_data_missing(self):
        """R004-07: nothing blocks saving a call; what is missing is named."""
        ticket = self.call("agent", contact_name="Somebody")
        self.assertTrue(ticket.name)
        self.assertFalse(ticket.intake_complete)
        label = ticket._fields["site_address"]._description_string(self.env)
        self.assertIn(label, ticket.missing_intake)
        self.assertEqual(len(ticket.missing_intake.split(", ")), 7)
        with self.assertRaisesRegex(UserError, label):
            ticket._check_intake_complete()

    def test_seven_data_make_the_intake_complete(self):
        """R004-07: customer, address, phone, project, model, serial number, cause."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        self.assertTrue(ticket.intake_complete)
        self.assertFalse(ticket.missing_intake)
        ticket._check_intake_complete()
        for name in ("project_name", "reported_cause"):
            ticket.write({name: "  "})
            self.assertFalse(ticket.intake_complete, name)
            ticket.write({name: "known"})
            self.assertTrue(ticket.intake_complete, name)

    def test_incomplete_requests_are_found(self):
        """R004-07: the morning filter finds what is to be completed."""
        complete = self.call("agent", partner_id=self.customer.id, **INTAKE)
        lacking = self.call("agent", symptom="Noise")
        found = self.env["helpdesk.ticket"].search(
            [("intake_complete", "=", False), ("id", "in", (complete | lacking).ids)]
        )
        self.assertEqual(found, lacking)

    def test_texts_follow_from_each_other(self):
        """R000-01: a symptom becomes title and description, a mail's text the symptom."""
        ticket = self.call("agent", symptom="Hums <b>loudly</b>\nsince Monday")
        self.assertEqual(ticket.name, "Hums <b>loudly</b>")
        self.assertNotIn("<b>", ticket.description)
        mailed = self.call("agent", name="Mail", description="<p>No <b>voltage</b></p>")
        self.assertIn("voltage", mailed.symptom)

    def test_serial_number_finds_the_unit(self):
        """R000-19: one matching unit fills customer, site and project."""
        ticket = self.call("agent", serial_number="  SN-1 ")
        self.assertEqual(ticket.unit_id, self.unit)
        self.assertEqual(ticket.serial_number, "SN-1")
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.site_address, "Gate 3")
        self.assertEqual(ticket.contact_phone, self.customer.phone)

    def test_ambiguous_serial_number_finds_nothing(self):
        """R000-19: two units with one number are left to the agent's choice."""
        other = self.make_unit(serial_number="SN-1", product_id=self.part_a.id)
        ticket = self.call("agent", serial_number="SN-1")
        self.assertFalse(ticket.unit_id)
        self.rpc("agent", "helpdesk.ticket", "write", {"unit_id": other.id}, ids=ticket.ids)
        self.assertEqual(ticket.unit_id, other)
        self.rpc("agent", "helpdesk.ticket", "write", {"serial_number": "SN-1"}, ids=ticket.ids)
        self.assertEqual(ticket.unit_id, other, "the choice stays")
        self.rpc("agent", "helpdesk.ticket", "write", {"serial_number": "SN-9"}, ids=ticket.ids)
        self.assertFalse(ticket.unit_id)

    def test_unit_of_another_company_is_not_found(self):
        """R000-19: the units of other companies stay theirs (attack D1)."""
        company = self.env["res.company"].create({"name": "Other Works"})
        foreign = self.env["aftersales.unit"].create(
            {"company_id": company.id, "serial_number": "SN-F", "model_spec": "X"}
        )
        ticket = self.call("agent", serial_number="SN-F")
        self.assertFalse(ticket.unit_id)
        with self.assertRaises((AccessError, UserError)):
            self.rpc(
                "agent", "helpdesk.ticket", "write", {"unit_id": foreign.id}, ids=ticket.ids
            )
        with self.assertRaises((AccessError, UserError)):
            self.call("agent", unit_id=foreign.id)

    def test_form_fills_in_from_the_serial_number(self):
        """R004-07: typing the nameplate's number is enough for the rest."""
        with Form(self.env["helpdesk.ticket"].with_user(self.users["agent"])) as form:
            form.serial_number = "\uff33\uff2e-1"  # full-width, as an input method types it
            self.assertEqual(form.unit_id, self.unit)
            self.assertEqual(form.partner_id, self.customer)
            form.symptom = "Hums"
        self.assertEqual(form.record.coverage, "in_warranty")

    def test_other_open_requests_on_the_unit_are_shown(self):
        """R000-19: a second request on the same serial number is seen at once."""
        first = self.call("agent", serial_number="SN-1")
        unknown = self.call("agent", serial_number="SN-X")
        second = self.call("agent", serial_number="SN-1")
        self.assertEqual(second.open_same_serial_ids, first)
        self.assertEqual(second.open_same_serial_count, 1)
        self.assertFalse(unknown.open_same_serial_ids)
        first.write({"stage_id": self.done_stage.id})
        second.invalidate_recordset()
        self.assertFalse(second.open_same_serial_ids)

    def test_report_from_the_future_is_refused(self):
        """R004-07, attack D4: the time of the call lies in the past."""
        with self.assertRaises(ValidationError):
            self.call("agent", reported_at=Datetime.to_string(Datetime.now() + timedelta(days=1)))

    def test_service_types_of_the_procedures(self):
        """R000-02, R000-10, R004-01: the service types are there, for every company."""
        types = self.env["helpdesk.ticket.category"].search([("code", "!=", False)])
        self.assertGreaterEqual(
            set(types.mapped("code")),
            {"REPAIR", "RETROFIT", "SITE", "TRAINING", "CONSULT", "FACTORY", "PARTS", "OTHER",
             "INSTALL", "ADJUST", "TRIAL", "COMMISSION", "OPERATOR", "FEEDBACK", "STARTUP"},
        )
        self.assertFalse(types.filtered("company_id"))


@tagged("post_install", "-at_install")
class TestDoors(TicketCase):
    def test_doors_are_refused_in_write_and_create(self):
        """R004-27, R004-34, R004-37, attacks A1, A25, C3: nobody types coverage or class."""
        for name, value in DOORS.items():
            for context in ({}, HOSTILE_CONTEXT):
                for role in ("agent", "supervisor", "engineer"):
                    with self.assertRaises(UserError, msg=f"write {name} as {role}"):
                        self.rpc(
                            role, "helpdesk.ticket", "write", {name: value},
                            ids=self.ticket.ids, context=context,
                        )
                with self.assertRaises(UserError, msg=f"create {name}"):
                    self.rpc(
                        "agent", "helpdesk.ticket", "create", {"name": "x", name: value},
                        context=context,
                    )
            with self.assertRaises(UserError, msg=f"sudo {name}"):
                self.ticket.sudo().write({name: value})

    def test_doors_have_no_client_defaults(self):
        """Attack A1: neither a context default nor a personal default opens a door."""
        context = {f"default_{name}": value for name, value in DOORS.items()}
        for name, value in DOORS.items():
            self.env["ir.default"].with_user(self.users["agent"]).set(
                "helpdesk.ticket", name, value, user_id=True
            )
        ticket_id = self.rpc("agent", "helpdesk.ticket", "create", {"name": "x"}, context=context)
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        self.assertEqual(ticket.coverage, "unknown")
        self.assertEqual(ticket.contact_attempts, 0)
        for name in DOORS.keys() - {"coverage", "contact_attempts"}:
            self.assertFalse(ticket[name], name)

    def test_import_does_not_open_doors(self):
        """Attack A2: a file with door columns is refused as a whole."""
        result = self.rpc(
            "agent", "helpdesk.ticket", "load", ["name", "coverage"], [["x", "in_warranty"]]
        )
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])

    def test_a_copy_starts_anew(self):
        """Attack A22: a copied request has neither class nor contact nor answer."""
        self.act("supervisor", self.ticket, "action_first_contact")
        self.act("supervisor", self.ticket, "action_confirm_urgency", urgency_class="a")
        copied = self.ticket.with_user(self.users["agent"]).copy()
        self.assertFalse(copied.urgency_class)
        self.assertFalse(copied.first_contact_at)
        self.assertEqual(copied.contact_attempts, 0)

    def test_door_changes_are_tracked(self):
        """R004-38: the chatter shows the class and who confirmed it."""
        self.act("supervisor", self.ticket, "action_first_contact")
        self.act("supervisor", self.ticket, "action_confirm_urgency", urgency_class="b")
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = self.ticket.message_ids.sudo().tracking_value_ids
        self.assertIn("urgency_class", values.field_id.mapped("name"))


@tagged("post_install", "-at_install")
class TestContact(TicketCase):
    def test_class_is_confirmed_after_the_first_contact_only(self):
        """R004-34, R004-35, R004-36, R004-38: the supervisor classifies after contact."""
        self.ticket.with_user(self.users["agent"]).write({"urgency_proposed": "b"})
        with self.assertRaises(UserError):
            self.act("supervisor", self.ticket, "action_confirm_urgency", urgency_class="a")
        self.act("supervisor", self.ticket, "action_first_contact")
        for role in ("agent", "engineer", "planner"):
            with self.assertRaises(AccessError):
                self.act(role, self.ticket, "action_confirm_urgency", urgency_class="a")
        with self.assertRaises(UserError):
            self.act("supervisor", self.ticket, "action_confirm_urgency", urgency_class="z")
        self.act("supervisor", self.ticket, "action_confirm_urgency")
        self.assertEqual(self.ticket.urgency_class, "b")
        self.act("supervisor", self.ticket, "action_confirm_urgency", urgency_class="a")
        self.assertEqual(self.ticket.urgency_class, "a")
        self.assertEqual(self.ticket.urgency_proposed, "b", "the proposal stays on record")

    def test_attempts_count_until_the_first_contact(self):
        """R004-37: keep trying while the customer can't be reached."""
        for number in (1, 2):
            self.act("supervisor", self.ticket, "action_contact_attempt")
            self.assertEqual(self.ticket.contact_attempts, number)
        self.assertFalse(self.ticket.first_contact_at)
        self.act("supervisor", self.ticket, "action_first_contact")
        self.assertEqual(self.ticket.contact_attempts, 3)
        self.assertTrue(self.ticket.first_contact_at)
        self.assertFalse(self.ticket.stage_id.unattended)
        for method in ("action_first_contact", "action_contact_attempt"):
            with self.assertRaises(UserError):
                self.act("supervisor", self.ticket, method)

    def test_only_the_supervisor_records_contacts(self):
        """R004-37: the contact is the supervisor's."""
        for role in ("agent", "engineer", "planner", "admin"):
            for method in ("action_first_contact", "action_contact_attempt"):
                with self.assertRaises(AccessError):
                    self.act(role, self.ticket, method)

    def test_answer_at_once_needs_a_result_and_closes(self):
        """R004-08: what can be answered at once is answered, written down and closed."""
        with self.assertRaises(UserError):
            self.act("agent", self.ticket, "action_answer_at_once")
        with self.assertRaises(AccessError):
            self.act("engineer", self.ticket, "action_answer_at_once")
        self.ticket.with_user(self.users["agent"]).write({"result": "Told to reset the relay"})
        self.act("agent", self.ticket, "action_answer_at_once")
        self.assertTrue(self.ticket.answered_at)
        self.assertTrue(self.ticket.closed)
        self.assertTrue(self.ticket.closed_date)
        with self.assertRaises(UserError):
            self.act("agent", self.ticket, "action_answer_at_once")

    def test_reopening_clears_the_closing_date(self):
        """R004-08: a request that is opened again is neither closed nor answered."""
        self.ticket.with_user(self.users["agent"]).write({"result": "Reset"})
        self.act("agent", self.ticket, "action_answer_at_once")
        self.rpc(
            "agent", "helpdesk.ticket", "write", {"stage_id": self.new_stage.id},
            ids=self.ticket.ids,
        )
        self.ticket.invalidate_recordset()
        self.assertFalse(self.ticket.closed_date)
        self.assertFalse(self.ticket.answered_at)

    def test_transfer_to_a_supervisor(self):
        """R004-09, R004-11: the request goes to a production unit's supervisor, tracked."""
        self.assertFalse(self.ticket.transferred_at)
        self.transfer("agent")
        self.assertEqual(self.ticket.team_id, self.team)
        self.assertEqual(self.ticket.user_id, self.users["supervisor"])
        self.assertEqual(self.ticket.transferred_by_id, self.users["agent"])
        self.assertTrue(self.ticket.transferred_at)
        activity = self.ticket.activity_ids
        self.assertEqual(activity.user_id, self.users["supervisor"])
        mine = self.env["helpdesk.ticket"].with_user(self.users["supervisor"]).search(
            [("user_id", "=", self.users["supervisor"].id), ("transferred_at", "!=", False)]
        )
        self.assertIn(self.ticket, mine)

    def test_transfer_only_to_supervisors_of_the_team(self):
        """R004-09: neither an engineer nor a supervisor of another unit receives it."""
        self.team.user_ids += self.users["engineer"]
        with self.assertRaises(UserError):
            self.transfer("agent", self.users["engineer"])
        self.team.user_ids -= self.users["supervisor"]
        with self.assertRaises(UserError):
            self.transfer("agent")
        with self.assertRaises(AccessError):
            self.transfer("engineer")
        self.assertFalse(self.ticket.transferred_at)

    def transfer(self, role, supervisor=None):
        wizard_id = self.rpc(
            role,
            "aftersales.transfer.wizard",
            "create",
            {
                "ticket_id": self.ticket.id,
                "team_id": self.team.id,
                "supervisor_id": (supervisor or self.users["supervisor"]).id,
                "note": "Customer waits <script>alert(1)</script>",
            },
        )
        self.rpc(role, "aftersales.transfer.wizard", "action_transfer", ids=[wizard_id])
        self.ticket.invalidate_recordset()

    def test_production_unit_tells_the_service_office(self):
        """R004-10: a call that came to a production unit is told to the service office."""
        ticket = self.call("engineer", symptom="<i>Smoke</i>", received_by_unit=True)
        pending = [("received_by_unit", "=", True), ("office_notified_at", "=", False)]
        self.assertIn(ticket, self.env["helpdesk.ticket"].search(pending))
        self.act("engineer", ticket, "action_notify_office")
        self.assertTrue(ticket.office_notified_at)
        self.assertNotIn(ticket, self.env["helpdesk.ticket"].search(pending))
        message = self.env["mail.message"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id),
             ("message_type", "=", "user_notification")]
        )
        self.assertIn(self.users["agent"].partner_id, message.notified_partner_ids)
        self.assertNotIn("<i>", message.body)
        with self.assertRaises(UserError):
            self.act("engineer", ticket, "action_notify_office")
        with self.assertRaises(UserError):
            self.act("supervisor", self.ticket, "action_notify_office")

    def test_public_actions_answer_wrong_calls(self):
        """Attack D5: no traceback with no records, missing records or no rights."""
        methods = (
            "action_answer_at_once", "action_contact_attempt", "action_first_contact",
            "action_confirm_urgency", "action_notify_office", "action_find_coverage",
            "action_view_same_serial",
        )
        gone = self.call("agent", name="gone")
        gone_id = gone.id
        gone.sudo().unlink()
        for role in ("agent", "supervisor", "engineer", "planner"):
            for method in methods:
                for ids in ([], [gone_id]):
                    try:
                        self.rpc(role, "helpdesk.ticket", method, ids=ids)
                    except (UserError, AccessError, MissingError):
                        continue
        for method in ("_door_write", "_transfer", "_freeze_coverage"):
            with self.assertRaises((AccessError, AttributeError)):
                self.rpc("supervisor", "helpdesk.ticket", method, ids=self.ticket.ids)


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
            "agent", "helpdesk.ticket", "write", {"reported_at": "2011-07-01 00:00:00"},
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
            "agent", "helpdesk.ticket", "write", {"reported_at": "2026-02-02 00:00:00"},
            ids=ticket.ids,
        )
        self.act("supervisor", requisition, "action_submit")
        for vals in (
            {"reported_at": "2026-03-03 00:00:00"},
            {"unit_id": False},
            {"serial_number": "SN-2"},
        ):
            for context in ({}, HOSTILE_CONTEXT):
                with self.assertRaisesRegex(UserError, requisition.name):
                    self.rpc(
                        "supervisor", "helpdesk.ticket", "write", vals,
                        ids=ticket.ids, context=context,
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
            "agent", "aftersales.unit", "write", {"delivery_date": "2020-01-01"},
            ids=ticket.unit_id.ids,
        )
        self.assertEqual(ticket.coverage, "unknown", "nothing changes by itself")
        self.act("agent", ticket, "action_find_coverage")
        self.assertEqual(ticket.coverage, "expired")


@tagged("post_install", "-at_install")
class TestClosing(TicketCase):
    def test_open_requisition_keeps_the_request_open(self):
        """R004-09: a request with open items can't be closed, hidden or deleted."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        requisition = self.make_requisition(ticket=ticket)
        for vals in ({"stage_id": self.done_stage.id}, {"active": False}):
            with self.assertRaisesRegex(UserError, requisition.name):
                self.rpc(
                    "supervisor", "helpdesk.ticket", "write", vals,
                    ids=ticket.ids, context=HOSTILE_CONTEXT,
                )
        self.approve(requisition)
        with self.assertRaisesRegex(UserError, requisition.name):
            self.rpc(
                "supervisor", "helpdesk.ticket", "write", {"stage_id": self.done_stage.id},
                ids=ticket.ids,
            )
        self.act("supervisor", requisition, "action_cancel", comment="not needed")
        self.rpc(
            "supervisor", "helpdesk.ticket", "write", {"stage_id": self.done_stage.id},
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
            found = self.env["aftersales.contact"].search(
                [("party", "=", "Harbour")]
            ).filtered_domain(self.env["ir.actions.act_window"].browse(action.id)._get_domain())
            self.assertEqual(found.ids, [contact_id], name)

    def test_three_texts_are_mandatory(self):
        """R000-21: need, opinion and result."""
        vals = {"party": "Harbour", "need": "fuse", "opinion": "send", "result": "sent"}
        for name in ("need", "opinion", "result"):
            with self.assertRaises((ValidationError, UserError), msg=name):
                self.rpc("agent", "aftersales.contact", "create", {**vals, name: "  "})
        contact_id = self.rpc("agent", "aftersales.contact", "create", vals)
        contact = self.env["aftersales.contact"].browse(contact_id)
        self.assertEqual(contact.user_id, self.users["agent"])
        with self.assertRaises(UserError):
            self.rpc(
                "agent", "aftersales.contact", "write", {"user_id": self.users["engineer"].id},
                ids=[contact_id],
            )
        with self.assertRaises(AccessError):
            self.rpc("agent", "aftersales.contact", "unlink", ids=[contact_id])


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, "portal_owner", groups="base.group_portal")
        cls.stranger = new_test_user(cls.env, "portal_stranger", groups="base.group_portal")
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.rejected = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_rejected")
        cls.new = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {
                "name": "Theirs",
                "partner_id": cls.owner.partner_id.id,
                "opinion": "internal opinion",
                "stage_id": cls.new.id,
            }
        )

    def close(self, user, ticket_id=None, stage_id=None):
        self.authenticate(user.login, user.login)
        return self.url_open(
            "/ticket/close",
            data={
                "ticket_id": self.ticket.id if ticket_id is None else ticket_id,
                "stage_id": self.done.id if stage_id is None else stage_id,
                "csrf_token": http.Request.csrf_token(self),
            },
            allow_redirects=False,
        )

    def test_customer_closes_his_own_request(self):
        """Attack D2: the owner may close."""
        response = self.close(self.owner)
        self.assertEqual(response.status_code, 303)
        self.assertTrue(self.ticket.closed)

    def test_stranger_cannot_close(self):
        """Attack D2: another customer may not, even as a follower of the request."""
        self.assertEqual(self.close(self.stranger).status_code, 404)
        self.ticket.message_subscribe(self.stranger.partner_id.ids)
        self.assertEqual(self.close(self.stranger).status_code, 404)
        self.assertFalse(self.ticket.closed)

    def test_wrong_ids_are_not_found(self):
        """Attacks D2, D5: bad ids and stages that aren't meant for it."""
        for ticket_id in ("", "x", "-1", "0", "999999999", "1e3", "９"):
            self.assertEqual(self.close(self.owner, ticket_id=ticket_id).status_code, 404)
        for stage_id in ("", "x", "999999999", self.rejected.id, self.new.id):
            self.assertEqual(self.close(self.owner, stage_id=stage_id).status_code, 404)
        self.assertFalse(self.ticket.closed)

    def test_closing_needs_a_post_with_a_token(self):
        """Attack D2: a link or a foreign page can't close a request."""
        self.authenticate(self.owner.login, self.owner.login)
        url = f"/ticket/close?ticket_id={self.ticket.id}&stage_id={self.done.id}"
        self.assertEqual(self.url_open(url).status_code, 405)
        response = self.url_open(
            "/ticket/close", data={"ticket_id": self.ticket.id, "stage_id": self.done.id}
        )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.ticket.closed)

    def test_portal_page_shows_nothing_internal(self):
        """Attack D2: opinion and coverage are not the customer's to read."""
        self.authenticate(self.owner.login, self.owner.login)
        page = self.url_open(f"/my/ticket/{self.ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn('action="/ticket/close"', page.text)
        self.assertNotIn("internal opinion", page.text)
        ticket = self.ticket.with_user(self.owner)
        self.assertEqual(ticket.read(["serial_number", "urgency_class"])[0]["id"], ticket.id)
        for name in ("opinion", "result", "coverage", "coverage_basis", "contact_attempts",
                     "unit_id", "confirmed_cause_id", "transferred_by_id", "missing_intake"):
            with self.assertRaises(AccessError, msg=name):
                ticket.read([name])

    def test_submitting_with_wrong_ids(self):
        """Attack D5: the form survives ids that aren't any."""
        self.authenticate(self.owner.login, self.owner.login)
        response = self.url_open(
            "/submitted/ticket",
            data={
                "category": "x", "team": "y", "subject": "Hot <script>alert(1)</script>",
                "description": "<script>alert(1)</script>",
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("<script>alert(1)", response.text)
