"""A23: automation rules and server actions meet the guards like everybody.

Core's `base_automation` isn't one of our dependencies: it's installed into a database
of its own. Its rules run with all rights; whoever's write sets one off, no document is
decided, issued or forged by it.
"""

import os
import unittest

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from odoo_env import MODULES, create_database, drop_database, odoo_environment, registry

DATABASE = f"aftersales_test_{os.getpid()}_automation"
ROLES = ("agent", "supervisor", "tech_reviewer", "storekeeper", "planner", "buyer")


class TestAutomation(unittest.TestCase):
    """Rules that an administrator has set up, set off by a user with one role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        create_database(
            DATABASE,
            (*MODULES, "base_automation"),
            template=os.environ.get("AFTERSALES_TEMPLATE"),
        )
        cls.addClassCleanup(drop_database, DATABASE)
        cls.registry = registry(DATABASE)
        with odoo_environment(DATABASE) as env:
            cls.users = {
                role: new_test_user(
                    env, f"auto_{role}", groups=f"aftersales_service.group_{role}"
                ).id
                for role in ROLES
            }
            product = env["product.product"].create(
                {"name": "Trip coil", "type": "consu", "is_storable": True}
            )
            warehouse = env["stock.warehouse"].search(
                [("company_id", "=", env.company.id)], limit=1
            )
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 9)
            cls.product = product.id
            cls.ticket = (
                env["helpdesk.ticket"]
                .with_user(cls.users["agent"])
                .create(
                    {
                        "name": "Breaker does not close",
                        "partner_id": env["res.partner"].create({"name": "Harbour Works"}).id,
                        "project_name": "Harbour substation",
                        "product_model": "KYN28A-12",
                        "serial_number": "SN-AUTO-1",
                        "site_address": "1 Quay Road",
                        "contact_name": "Shift leader",
                        "contact_phone": "021-5550101",
                        "reported_cause": "Closing coil burnt",
                        "symptom": "Breaker does not close",
                        "description": "<p>Breaker does not close</p>",
                    }
                )
                .id
            )

    def setUp(self):
        super().setUp()
        self.cr = self.registry.cursor()
        self.addCleanup(self.cr.close)  # nothing is committed
        self.env = api.Environment(self.cr, api.SUPERUSER_ID, {})
        self.env.transaction.default_env = self.env

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def call(self, user, model, method, *args, **kwargs):
        env = self.env(user=self.users[user], su=False, context={})
        result = call_kw(env[model], method, list(args), kwargs)
        env.flush_all()
        return result

    def refused(self, *args, **kwargs):
        with self.assertRaises(UserError) as refusal, self.cr.savepoint():
            self.call(*args, **kwargs)
        self.env.invalidate_all()
        return str(refusal.exception)

    def make_draft(self):
        line = {"product_id": self.product, "requested_qty": 1}
        requisition = self.call(
            "supervisor",
            "aftersales.requisition",
            "create",
            {"ticket_id": self.ticket, "line_ids": [Command.create(line)]},
        )
        return self.env["aftersales.requisition"].browse(requisition)

    def make_submitted(self):
        requisition = self.make_draft()
        self.call("supervisor", requisition._name, "action_submit", requisition.ids)
        return requisition

    def make_action(self, model, path, value, **values):
        """Create a server action that sets a field, as the settings let one do."""
        return self.env["ir.actions.server"].create(
            {
                "name": f"Set {path}",
                "model_id": self.env["ir.model"]._get_id(model),
                "state": "object_write",
                "update_path": path,
                "evaluation_type": "value",
                **values,
                **({"value": value} if value is not None else {}),
            }
        )

    def selection(self, model, field, value):
        return {
            "selection_value": self.env["ir.model.fields.selection"]
            .search(
                [
                    ("field_id.model", "=", model),
                    ("field_id.name", "=", field),
                    ("value", "=", value),
                ]
            )
            .id
        }

    def make_rule(self, model, actions, trigger="on_create_or_write", **values):
        return self.env["base.automation"].create(
            {
                "name": "Forge",
                "model_id": self.env["ir.model"]._get_id(model),
                "trigger": trigger,
                "action_server_ids": [Command.set(actions.ids)],
                **values,
            }
        )

    def state_action(self, value="approved"):
        model = "aftersales.requisition"
        return self.make_action(model, "state", None, **self.selection(model, "state", value))

    def assert_undecided(self, requisition):
        self.env.invalidate_all()
        self.assertEqual(requisition.state, "submitted")
        self.assertFalse(requisition.picking_ids)
        self.assertEqual(
            self.env["aftersales.verification"]._verify_document(requisition._name, requisition.id),
            [],
        )

    # ------------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------------
    def test_a_rule_works_at_all(self):
        """The rules of these tests are set off: a free field is filled by one."""
        requisition = self.make_draft()
        self.make_rule(
            "aftersales.requisition", self.make_action(requisition._name, "contract_ref", "HT-9")
        )
        self.call("supervisor", requisition._name, "write", requisition.ids, {"fault_plan": "x"})
        self.assertEqual(requisition.contract_ref, "HT-9")

    def test_rule_on_the_document(self):
        """A23: a rule that decides what somebody writes to stops that write, and nothing
        is decided."""
        requisition = self.make_submitted()
        self.make_rule("aftersales.requisition.line", self.line_action())
        message = self.refused(
            "tech_reviewer",
            "aftersales.requisition.line",
            "write",
            requisition.line_ids.ids,
            {"approved_qty": 1},
        )
        self.assertIn("State", message)
        self.assert_undecided(requisition)

    def line_action(self):
        """Return an action on a line that sets the state of its document."""
        return self.make_action(
            "aftersales.requisition.line",
            "requisition_id.state",
            None,
            **self.selection("aftersales.requisition", "state", "approved"),
        )

    def test_rule_at_creation(self):
        """A1, A23: a rule makes no document that is born approved."""
        self.make_rule("aftersales.requisition", self.state_action(), "on_create")
        with self.assertRaises(UserError), self.cr.savepoint():
            self.make_draft()

    def test_rule_on_the_request(self):
        """A23: a rule on another record that leads to the document decides nothing."""
        requisition = self.make_submitted()
        approval = requisition.approval_ids.filtered(lambda row: row.state == "pending")
        self.assertEqual(len(approval), 1)
        actions = self.make_action(
            "aftersales.approval",
            "state",
            None,
            **self.selection("aftersales.approval", "state", "signed"),
        )
        actions |= self.make_action("aftersales.requisition.line", "qty_product", "99")
        actions |= self.make_action("aftersales.requisition", "round", "7")
        actions |= self.make_action("aftersales.requisition", "fault_plan", "forged")
        for action in actions:
            target = {
                "aftersales.approval": approval,
                "aftersales.requisition.line": requisition.line_ids,
                "aftersales.requisition": requisition,
            }[action.model_name]
            with self.subTest(action=action.name, model=action.model_name):
                with self.assertRaises(UserError), self.cr.savepoint():
                    action.with_context(
                        active_model=target._name, active_id=target.id, active_ids=target.ids
                    ).run()
                    self.env.flush_all()
                self.assert_undecided(requisition)

    def test_rule_by_the_clock(self):
        """A23: a rule that runs by time, as the superuser, decides nothing either."""
        requisition = self.make_submitted()
        field = self.env["ir.model.fields"]._get("aftersales.requisition", "submitted_at")
        rule = self.make_rule(
            "aftersales.requisition",
            self.state_action(),
            "on_time",
            trg_date_id=field.id,
            trg_date_range=0,
            trg_date_range_type="minutes",
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            rule._process(requisition)
            self.env.flush_all()
        self.assert_undecided(requisition)

    def test_server_action_of_a_plain_user(self):
        """A23: a server action that a user runs from the menu decides nothing, with his
        rights or as the superuser."""
        requisition = self.make_submitted()
        for action in (self.state_action(), self.state_action("draft")):
            for user in ("supervisor", "tech_reviewer"):
                self.refused(
                    user,
                    "ir.actions.server",
                    "run",
                    action.ids,
                    context={
                        "active_model": requisition._name,
                        "active_id": requisition.id,
                        "active_ids": requisition.ids,
                    },
                )
                self.assert_undecided(requisition)
            self.assertTrue(self.env.su)
            with self.assertRaises(UserError), self.cr.savepoint():
                action.with_context(active_model=requisition._name, active_id=requisition.id).run()
            self.assert_undecided(requisition)
