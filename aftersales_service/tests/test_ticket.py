import contextlib
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import Form, tagged

from ..tools.text import join_clauses, join_words
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

    @contextlib.contextmanager
    def refused(self, text):
        """Expect a refusal that names ``text``, and changes nothing."""
        with self.assertRaises(UserError) as caught:
            yield
        self.assertIn(text, str(caught.exception))

    def track(self):
        """Write the tracked values, as the end of a transaction does."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()

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
        with self.refused(label):
            ticket._check_intake_complete()

    def test_an_untouched_form_saves_nothing(self):
        """The web client saves a new form when its tab is closed: not an empty one."""
        before = self.env["helpdesk.ticket"].search_count([])
        with self.refused("who called"):
            self.call("agent", team_id=self.team.id, direction="in", name="  ")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_missing_data_are_listed_as_chinese_lists_are(self):
        """A list of a refusal has the punctuation of the reader's language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["aftersales_service"], ["zh_CN"])
        ticket = self.call("agent", contact_name="Somebody").with_context(lang="zh_CN")
        self.assertEqual(
            ticket.missing_intake,
            "客户、地址、电话、项目名称、型号规格、产品编号、事故原因（用户反映）",
        )
        clauses = join_clauses(ticket.env, ("甲", "乙", "丙"))
        self.assertEqual(clauses, "甲；乙；丙")
        self.assertEqual(join_clauses(self.env, ("a", "b", "c")), "a; b; c")
        self.assertEqual((join_words(self.env, []), join_words(self.env, ["a"])), ("", "a"))

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
        with self.assertRaises(UserError):
            self.rpc("agent", "helpdesk.ticket", "write", {"unit_id": foreign.id}, ids=ticket.ids)
        with self.assertRaises(UserError):
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
            self.call(
                "agent",
                contact_name="Somebody",
                reported_at=Datetime.to_string(Datetime.now() + timedelta(days=1)),
            )

    def test_service_types_of_the_procedures(self):
        """R000-02, R000-10, R004-01: the service types are there, for every company."""
        types = self.env["helpdesk.ticket.category"].search([("code", "!=", False)])
        self.assertGreaterEqual(
            set(types.mapped("code")),
            {
                "REPAIR",
                "RETROFIT",
                "SITE",
                "TRAINING",
                "CONSULT",
                "FACTORY",
                "PARTS",
                "OTHER",
                "INSTALL",
                "ADJUST",
                "TRIAL",
                "COMMISSION",
                "OPERATOR",
                "FEEDBACK",
                "STARTUP",
            },
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
                            role,
                            "helpdesk.ticket",
                            "write",
                            {name: value},
                            ids=self.ticket.ids,
                            context=context,
                        )
                with self.assertRaises(UserError, msg=f"create {name}"):
                    self.rpc(
                        "agent",
                        "helpdesk.ticket",
                        "create",
                        {"name": "x", name: value},
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
        self.track()
        self.act("supervisor", self.ticket, "action_first_contact")
        self.act("supervisor", self.ticket, "action_confirm_urgency", urgency_class="b")
        self.track()
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
            "agent",
            "helpdesk.ticket",
            "write",
            {"stage_id": self.new_stage.id},
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
        mine = (
            self.env["helpdesk.ticket"]
            .with_user(self.users["supervisor"])
            .search(
                [("user_id", "=", self.users["supervisor"].id), ("transferred_at", "!=", False)]
            )
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
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "user_notification"),
            ]
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
            "action_answer_at_once",
            "action_contact_attempt",
            "action_first_contact",
            "action_confirm_urgency",
            "action_notify_office",
            "action_find_coverage",
            "action_view_same_serial",
        )
        gone = self.call("agent", name="gone")
        gone_id = gone.id
        gone.sudo().unlink()
        for role in ("agent", "supervisor", "engineer", "planner"):
            for method in methods:
                for ids in ([], [gone_id]):
                    # a UserError is a refusal, anything else would be a traceback
                    with contextlib.suppress(UserError):
                        self.rpc(role, "helpdesk.ticket", method, ids=ids)
        for method in ("_door_write", "_transfer", "_freeze_coverage"):
            with self.assertRaises(AccessError):
                self.rpc("supervisor", "helpdesk.ticket", method, ids=self.ticket.ids)
