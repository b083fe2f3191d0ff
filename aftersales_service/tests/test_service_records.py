from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Date, Datetime
from odoo.tests import tagged

from .common import AftersalesCase
from .test_ticket import INTAKE, TicketCase


@tagged("post_install", "-at_install")
class TestServiceRecords(TicketCase):
    """What the procedures want to find written down about a request."""

    def test_opinions_and_answers_after_delivery(self):
        """R000-17: what a customer says or asks about a delivered product is taken up
        with the answer, and stands in the history of the request and the unit."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        contact_id = self.rpc(
            "agent",
            "aftersales.contact",
            "create",
            {
                "ticket_id": ticket.id,
                "channel": "phone",
                "need": "How often is the interrupter to be tested?",
                "opinion": "Every 2,000 operations, see the manual",
                "result": "told on the phone",
            },
        )
        self.assertEqual(ticket.contact_ids.ids, [contact_id])
        contact = ticket.contact_ids
        self.assertEqual(contact.user_id, self.users["agent"])
        self.assertEqual(contact.party, self.customer.name)
        self.assertEqual(ticket.unit_id, self.unit)
        self.assertIn(ticket, self.unit.ticket_ids)

    def test_need_is_forwarded_with_its_time(self):
        """R000-18: a need goes to the unit it concerns, the time is recorded, and the unit
        finds it among its own."""
        ticket = self.call("agent", partner_id=self.customer.id, need="a spare drive", **INTAKE)
        before = Datetime.now() - timedelta(seconds=1)
        wizard_id = self.rpc(
            "agent",
            "aftersales.transfer.wizard",
            "create",
            {
                "ticket_id": ticket.id,
                "team_id": self.team.id,
                "supervisor_id": self.users["supervisor"].id,
            },
        )
        self.rpc("agent", "aftersales.transfer.wizard", "action_transfer", ids=[wizard_id])
        ticket.invalidate_recordset()
        self.assertGreaterEqual(ticket.transferred_at, before)
        self.assertEqual(ticket.team_id, self.team)
        found = self.rpc(
            "supervisor",
            "helpdesk.ticket",
            "search_read",
            [("team_id", "=", self.team.id), ("need", "ilike", "spare drive")],
            ["need"],
        )
        self.assertEqual([row["id"] for row in found], ticket.ids)

    def test_progress_is_tracked(self):
        """R001-02: each step of a request leaves a line with the person and the time."""
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        self.track()
        self.act("supervisor", ticket, "action_contact_attempt")
        self.act("supervisor", ticket, "action_first_contact")
        self.track()
        self.act("supervisor", ticket, "action_confirm_urgency", urgency_class="b")
        self.track()
        steps = ticket.message_ids.filtered(
            lambda message: message.author_id == self.users["supervisor"].partner_id
        )
        tracked = steps.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertLessEqual({"first_contact_at", "urgency_class"}, set(tracked))
        self.assertTrue(any("not reached" in (message.body or "") for message in steps))
        self.assertTrue(all(message.date for message in steps))

    def test_history_cannot_be_switched_off(self):
        """R001-02, attacks A10, C3: what a request or a contact record said before stays
        readable, whatever context the client sends; nobody records in another's name."""
        quiet = {"tracking_disable": True, "mail_notrack": True}
        ticket = self.call("agent", partner_id=self.customer.id, **INTAKE)
        vals = {"ticket_id": ticket.id, "need": "n", "opinion": "o", "result": "r"}
        contact = self.env["aftersales.contact"].browse(
            self.rpc("agent", "aftersales.contact", "create", vals)
        )
        self.track()
        for record, name, value in (
            (ticket, "reported_at", "2026-01-01 08:00:00"),
            (contact, "result", "forged"),
        ):
            self.rpc("agent", record._name, "write", {name: value}, ids=record.ids, context=quiet)
            self.track()
            tracked = record.message_ids.sudo().tracking_value_ids.field_id
            self.assertIn(name, tracked.mapped("name"))
        forged = dict(vals, user_id=self.users["engineer"].id)
        with self.assertRaises(UserError):
            self.rpc("agent", "aftersales.contact", "create", forged)
        context = {"default_user_id": self.users["engineer"].id}
        made = self.rpc("agent", "aftersales.contact", "create", vals, context=context)
        self.assertEqual(contact.browse(made).user_id, self.users["agent"])

    def test_kinds_of_service_have_their_category(self):
        """R001-36, R001-38: training and technical advice are kinds of a request, and
        requests are found by them."""
        for name in ("training", "operator_training", "consulting"):
            category = self.env.ref(f"aftersales_service.category_{name}")
            ticket = self.call(
                "agent", partner_id=self.customer.id, category_id=category.id, **INTAKE
            )
            found = self.rpc(
                "supervisor",
                "helpdesk.ticket",
                "search",
                [("category_id", "=", category.id), ("id", "in", ticket.ids)],
            )
            with self.subTest(category=name):
                self.assertEqual(found, ticket.ids)

    def test_calls_letters_and_faxes_are_kept(self):
        """R002-07: what came and went by telephone, fax and letter is registered with its
        time and its writer, stays, and is found by month."""
        vals = {"party": "Harbour", "need": "fuse", "opinion": "send", "result": "sent"}
        for channel in ("phone", "fax", "letter"):
            contact_id = self.rpc(
                "agent", "aftersales.contact", "create", {**vals, "channel": channel}
            )
            contact = self.env["aftersales.contact"].browse(contact_id)
            with self.subTest(channel=channel):
                self.assertTrue(contact.date)
                self.assertEqual(contact.user_id, self.users["agent"])
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self.rpc("agent", "aftersales.contact", "unlink", ids=[contact_id])
                self.assertTrue(contact.exists())
        months = self.rpc(
            "supervisor",
            "aftersales.contact",
            "formatted_read_group",
            [("party", "=", "Harbour")],
            ["date:month"],
            ["__count"],
        )
        self.assertEqual([month["__count"] for month in months], [3])


@tagged("post_install", "-at_install")
class TestProcessRecords(AftersalesCase):
    """What the procedures want to find written down about parts and signatures."""

    def test_steps_have_order_condition_person_and_limit(self):
        """R001-41: each step of a submitted document has its place, its role, the person
        it waits for and its limit; a step whose condition isn't met isn't there."""
        reviewer = self.users["tech_reviewer"]
        shared = {"model": "aftersales.requisition", "company_id": self.company.id}
        group = self.env.ref("aftersales_service.group_tech_reviewer").id
        manager = self.env.ref("aftersales_service.group_general_manager").id
        self.env["aftersales.approval.step"].create(
            [
                {
                    "name": "Second look",
                    "sequence": 20,
                    "act": "approve",
                    "group_id": manager,
                    **shared,
                },
                {
                    "name": "First look",
                    "sequence": 10,
                    "act": "review",
                    "group_id": group,
                    "responsible_id": reviewer.id,
                    "due_hours": 24,
                    **shared,
                },
                {
                    "name": "Only loans",
                    "sequence": 30,
                    "act": "approve",
                    "group_id": manager,
                    "condition": "[('purpose_id.aftersales_purpose', '=', 'loan')]",
                    **shared,
                },
            ]
        )
        requisition = self.make_requisition()
        self.act("supervisor", requisition, "action_submit")
        rows = requisition.approval_ids.filtered(lambda row: row.phase == "decision").sorted(
            lambda row: (row.sequence, row.id)
        )
        self.assertEqual(rows.mapped("step_name"), ["First look", "Second look"])
        first, second = rows
        self.assertEqual((first.state, second.state), ("pending", "waiting"))
        self.assertEqual(first.responsible_id, reviewer)
        self.assertEqual(first.due_at - first.pending_since, timedelta(hours=24))
        self.assertFalse(second.pending_since)
        self.sign("tech_reviewer", requisition)
        self.assertEqual(second.state, "pending")

    def test_who_did_what_and_when(self):
        """R001-42: from submission to shipment each act is on record with the person and
        the moment, in the order in which it was done."""
        requisition = self.approve(self.make_requisition())
        picking = self.draw(requisition)
        self.issue(picking)
        self.act("storekeeper", picking, "action_pack")
        self.act("inspector", picking, "action_inspect_pass")
        self.book(picking)
        self.act("storekeeper", picking, "action_ship")
        requisition.invalidate_recordset()
        rows = requisition.approval_ids.filtered("chain_no").sorted("chain_no")
        done = [
            (row.act, row.user_id.login) for row in rows if row.state not in ("skipped", "informed")
        ]
        self.assertEqual(
            done,
            [
                ("submit", "as_supervisor"),
                ("review", "as_tech_reviewer"),
                ("draw", "as_supervisor"),
                ("issue", "as_storekeeper"),
                ("pack", "as_storekeeper"),
                ("inspect", "as_inspector"),
                ("ship", "as_storekeeper"),
            ],
        )
        moments = rows.mapped("decided_at")
        self.assertTrue(all(moments))
        self.assertEqual(moments, sorted(moments))

    def test_supervisor_sees_what_is_missing_and_until_when(self):
        """R004-16: per line the supervisor sees what lacks and what day is promised, and
        is told once when the forecast slips past the promise."""
        bought = self.make_product("Relay", "P-2001", 1)
        requisition = self.approve(self.make_requisition([(bought, 4), (self.part_a, 1)]))
        short, there = requisition.line_ids
        promised = Date.add(Date.context_today(requisition), days=9)
        self.rpc(
            "buyer",
            short._name,
            "write",
            {"lead_days": 9, "promised_date": Date.to_string(promised)},
            ids=short.ids,
        )
        self.sign("buyer", requisition)
        read = self.rpc(
            "supervisor",
            short._name,
            "read",
            ["shortage_qty", "promised_date", "is_slipped"],
            ids=(short | there).ids,
        )
        self.assertEqual([row["shortage_qty"] for row in read], [3, 0])
        self.assertEqual(read[0]["promised_date"], promised)
        self.assertEqual(requisition.promised_date, promised)
        # the day has come, and the goods haven't
        short.sudo()._door_write({"promised_date": Date.subtract(promised, days=30)})
        told = self.env["mail.message"].search_count(self.notices(requisition))
        with patch.object(self.env.registry["ir.cron"], "_commit_progress"):
            for _run in range(2):
                self.env["aftersales.requisition"]._cron_check_promises()
        self.assertTrue(requisition.is_slipped)
        self.assertEqual(self.env["mail.message"].search_count(self.notices(requisition)), told + 1)

    def notices(self, requisition):
        """Return where the supervisor's notices about the requisition are found."""
        return [
            ("model", "=", requisition._name),
            ("res_id", "=", requisition.id),
            ("partner_ids", "in", requisition.supervisor_id.partner_id.ids),
        ]

    def test_consignee_and_boxes(self):
        """R001-35: the shipment goes the way and to the consignee that were named, with
        its boxes counted; without them it stays, and both stand in the evidence."""
        requisition = self.make_requisition()
        self.rpc(
            "supervisor",
            requisition._name,
            "write",
            {
                "consignee_name": "Harbour site office",
                "consignee_address": "2 Quay Road, gate 3",
                "consignee_person": "Site manager",
                "consignee_phone": "021-5550199",
            },
            ids=requisition.ids,
        )
        picking = self.draw(self.approve(requisition))
        self.assertEqual(picking.consignee_name, "Harbour site office")
        self.assertEqual(picking.consignee_address, "2 Quay Road, gate 3")
        self.assertEqual(picking.consignee_person, "Site manager")
        self.issue(picking)
        self.act("storekeeper", picking, "action_pack")
        self.rpc(
            "storekeeper",
            picking._name,
            "write",
            {
                "transport_mode": picking._fields["transport_mode"].get_values(self.env)[0],
                "carrier_partner_id": self.customer.id,
                "waybill": "YD-35",
            },
            ids=picking.ids,
        )
        with self.assertRaisesRegex(UserError, "number of boxes"):
            self.act("storekeeper", picking, "action_ship")
        self.rpc("storekeeper", picking._name, "write", {"box_count": 2}, ids=picking.ids)
        self.act("storekeeper", picking, "action_ship")
        snapshot = requisition.approval_ids.filtered(lambda row: row.act == "ship").snapshot
        for text in ("Harbour site office", "2 Quay Road, gate 3", "YD-35"):
            self.assertIn(text, snapshot)
        self.assertEqual(self.verify(requisition), [])
