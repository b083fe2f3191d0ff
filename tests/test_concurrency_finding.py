"""A decision about who pays, and an issue that began before it (C4)."""

import base64
from contextlib import ExitStack
from functools import partial
from unittest.mock import patch

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw, retrying
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo_env import odoo_environment
from race_case import DATABASE, RaceCase

MODEL = "aftersales.finding"
CHAIN = ("supervisor_2", "tech_reviewer_2", "quality")


class TestDecisionRace(RaceCase):
    """The storekeeper's transaction has read "free" before the finding says "paid"."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with odoo_environment(DATABASE) as env:
            for name, role in (
                ("engineer", "engineer"),
                ("quality", "quality"),
                ("supervisor_2", "supervisor"),
            ):
                cls.users[name] = new_test_user(
                    env, f"race_{name}", groups=f"aftersales_service.group_{role}"
                ).id
            cls.cause = env.ref("aftersales_service.cause_m01").id

    def decide(self):
        """Write a finding and sign its whole chain, each step in its own transaction."""
        charges = {f"charge_{kind}": "paid" for kind in ("parts", "labour", "travel")}
        photo = base64.b64encode(b"photograph").decode()
        finding = self.call(
            "engineer",
            MODEL,
            "create",
            {
                "ticket_id": self.ticket,
                "cause_id": self.cause,
                "facts": "the interlock was bridged",
                "engineer_statement": "by hand",
                "other_opinion": "agrees",
                "decision": "as found",
                "evidence_ids": [Command.create({"file": photo, "file_name": "photo.jpg"})],
                **charges,
                "amount_parts": 100.0,
            },
        )
        self.call("engineer", MODEL, "action_submit", [finding])
        for user in CHAIN:
            seen = self.call(user, MODEL, "read", [finding], ["content_digest"])
            digest = seen[0]["content_digest"]
            self.call(user, MODEL, "action_approve", [finding], seen_digest=digest)
        return finding

    def cancel(self, finding):
        self.call("quality", MODEL, "action_cancel", [finding], comment="next race")

    def issue_with_old_snapshot(self, *guards):
        """Return (requisition, refusals, tries) of an issue that began before the decision."""
        product = self.make_product(10)
        requisition, picking = self.make_drawn(product, 2)
        refused, tries = [], []
        with self.registry.cursor() as cr, ExitStack() as stack:
            stack.enter_context(mute_logger("odoo.sql_db", "odoo.service.model"))
            stack.enter_context(patch("odoo.service.model.time.sleep"))
            for model, method in guards:
                stack.enter_context(
                    patch.object(self.registry[model], method, lambda records: None)
                )
            env = api.Environment(cr, self.users["storekeeper"], {})
            env.transaction.default_env = env
            # the snapshot is taken here
            self.assertEqual(env["helpdesk.ticket"].browse(self.ticket).charge_parts, "unknown")
            finding = self.decide()
            call = partial(call_kw, env["stock.picking"], "button_validate", [[picking]], {})

            def counted():
                tries.append(1)
                return call()

            try:
                retrying(counted, env)
            except UserError as error:
                refused.append(error)
                cr.rollback()
        self.addCleanup(self.cancel, finding)
        return requisition, refused, len(tries)

    def test_issue_that_began_before_the_decision(self):
        """C4: it is repeated on fresh data and refused; nothing has left for free."""
        requisition, refused, tries = self.issue_with_old_snapshot()
        self.assertEqual((len(refused), tries > 1), (1, True))
        self.assertEqual(self.issued(requisition), [0])

    def test_without_the_lock(self):
        """C4, negative control: without the lock on who pays, the parts leave for free."""
        requisition, refused, _tries = self.issue_with_old_snapshot(
            ("aftersales.requisition", "_lock_charge")
        )
        self.assertEqual(refused, [])
        self.assertEqual(self.issued(requisition), [2])
