from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .attack_case import AttackCase

MINE = ["is_mine", "=", True]
ABOUT = ("res_customer", "res_subject", "res_urgency", "res_submitter")


class TestWhatWaits(AttackCase):
    """People find what waits for them: the list "mine to sign", and its counter."""

    def mine(self, user, domain=(MINE,), names=("res_name", *ABOUT)):
        return self.rpc(user, "aftersales.approval", "search_read", list(domain), list(names))

    def work(self, user):
        """Return {key: entry} of what the counter tells a user."""
        entries = self.rpc(user, "aftersales.work", "get_work")
        return entries is not False and {entry["key"]: entry for entry in entries}

    # ------------------------------------------------------------------
    # The list
    # ------------------------------------------------------------------
    def test_the_list_says_customer_fault_class_and_submitter(self):
        ticket = self.make_ticket(urgency_proposed="a", symptom="No voltage\nsince this morning")
        requisition = self.make_requisition(ticket=ticket)
        self.act("supervisor", requisition, "action_submit")
        (row,) = self.mine("tech_reviewer")
        self.assertEqual(row["res_name"], requisition.name)
        self.assertEqual(row["res_customer"], self.customer.name)
        self.assertEqual(row["res_subject"], "No voltage")
        self.assertEqual(row["res_urgency"], "a")
        self.assertEqual(row["res_submitter"], self.users["supervisor"].name)

    def test_it_costs_no_query_a_row(self):
        """Ten documents more are read with the queries of two."""

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.mine("tech_reviewer")
            return self.cr.sql_log_count - before

        for _n in range(2):
            self.act("supervisor", self.make_requisition(), "action_submit")
        self.mine("tech_reviewer")
        few = count()
        for _n in range(10):
            self.act("supervisor", self.make_requisition(), "action_submit")
        self.assertEqual(len(self.mine("tech_reviewer")), 12)
        self.assertLessEqual(count(), few)

    def test_it_is_found_by_customer_or_fault(self):
        other = self.make_ticket(
            partner_id=self.env["res.partner"].create({"name": "Quarry"}).id, symptom="Smoke"
        )
        for ticket in (self.ticket, other):
            self.act("supervisor", self.make_requisition(ticket=ticket), "action_submit")
        for text in ("quarry", "smoke"):
            (row,) = self.mine("tech_reviewer", [MINE, ["res_subject", "ilike", text]])
            self.assertEqual(row["res_customer"], "Quarry")
        self.assertFalse(self.mine("tech_reviewer", [MINE, ["res_subject", "ilike", "zzz"]]))

    def test_nothing_is_told_of_another_company(self):
        """Whoever can't read the document learns nothing of it from the row either."""
        requisition = self.submitted()
        row = requisition.approval_ids[:1]
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="as_stranger",
            groups="aftersales_service.group_tech_reviewer",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        domain = [["res_subject", "ilike", "breaker"]]
        self.assertFalse(self.mine(stranger, domain))
        with self.assertRaises(AccessError):
            self.rpc(stranger, row._name, "read", list(ABOUT), ids=row.ids)

    # ------------------------------------------------------------------
    # The counter
    # ------------------------------------------------------------------
    def test_the_counter_follows_the_signatures(self):
        self.assertEqual(self.work("tech_reviewer"), {})
        requisition = self.submitted()
        entry = self.work("tech_reviewer")["review"]
        self.assertEqual((entry["count"], entry["late"]), (1, 0))
        self.assertEqual(self.work("supervisor").get("draw"), None)
        self.sign("tech_reviewer", requisition)
        self.assertEqual(self.work("tech_reviewer"), {})
        self.assertEqual(self.work("supervisor")["draw"]["count"], 1)
        self.draw(requisition)
        self.assertNotIn("draw", self.work("supervisor"))
        self.assertEqual(self.work("storekeeper")["to_issue"]["count"], 1)
        self.issue(requisition.picking_ids)
        self.assertNotIn("to_issue", self.work("storekeeper"))
        self.assertEqual(self.work("storekeeper")["to_ship"]["count"], 1)
        self.assertEqual(self.work("inspector")["to_inspect"]["count"], 1)

    def test_the_counter_says_what_is_overdue(self):
        requisition = self.submitted()
        pending = requisition.approval_ids.filtered(lambda row: row.state == "pending")
        past = fields.Datetime.now() - timedelta(hours=1)
        pending.sudo()._door_write({"due_at": past})
        self.assertEqual(self.work("tech_reviewer")["review"]["late"], 1)

    def test_the_number_is_that_of_the_list(self):
        """Counter and list can't differ: the same domain, by the list's own filters."""
        self.rejected()
        self.rejected()
        entry = self.work("supervisor")["rejected"]
        self.assertEqual(entry["count"], 2)
        self.assertEqual(entry["name"], "Rejected")
        self.assertEqual(entry["context"], {"search_default_my": 1, "search_default_rejected": 1})
        action = self.env.ref("aftersales_service.aftersales_requisition_action")
        values = {"uid": self.users["supervisor"].id}
        domain, _label = self.env["aftersales.work"]._get_filters(
            action, ["my", "rejected", "draft"], values
        )
        # "draft" and "rejected" stand between the same separators, "my" before them
        expected = [
            "&",
            ("supervisor_id", "=", values["uid"]),
            "|",
            ("state", "=", "draft"),
            ("state", "=", "rejected"),
        ]
        self.assertEqual(list(domain), expected)

    def test_every_list_of_the_counter_is_there(self):
        """Its filters are filters of the search view; a renamed one would count it all."""
        work = self.env["aftersales.work"]
        for key, xmlid, names, role in work._get_work_lists():
            self.env.ref(f"aftersales_service.group_{role}")
            action = self.env.ref(xmlid)
            view = self.env[action.res_model].get_view(action.search_view_id.id, "search")
            for name in names:
                self.assertIn(f'name="{name}"', view["arch"], key)

    def test_others_have_no_counter(self):
        outsider = new_test_user(self.env, login="as_outsider", groups="base.group_user")
        self.assertIs(self.work(outsider), False)

    # ------------------------------------------------------------------
    # The dialog
    # ------------------------------------------------------------------
    def test_the_dialog_carries_the_verb_of_the_step(self):
        requisition = self.submitted()
        action = self.act("tech_reviewer", requisition, "action_open_sign_wizard")
        self.assertEqual(action["name"], f"Review · {requisition.name}")
        (told,) = self.rpc(
            "tech_reviewer",
            action["res_model"],
            "web_save",
            {},
            {"act": {}, "customer": {}, "subject": {}, "step_name": {}},
            ids=[],
            context=action["context"],
        )
        self.assertEqual(told["act"], "review")
        self.assertEqual(told["customer"], self.customer.name)
        self.assertEqual(told["subject"], "Breaker does not close")
