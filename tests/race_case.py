"""Threads that meet at a place of the engine, on a database of their own."""

import os
import threading
import unittest
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw, retrying
from odoo.sql_db import Cursor
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from databases import create_database, drop_database, maintenance_cursor
from odoo_env import odoo_environment, registry

DATABASE = f"aftersales_test_{os.getpid()}_race"
ROLES = (
    "agent",
    "supervisor",
    "tech_reviewer",
    "storekeeper",
    "general_manager",
    "buyer",
    "planner",
    "inspector",
)
WAIT = 60  # seconds until a thread that hangs fails the test


class Race:
    """A place at which threads wait for each other, each once.

    Nobody waits for one who can't come: a thread that has ended, or that the
    database lets wait for a lock that another thread holds.
    """

    def __init__(self, threads):
        self.threads = threads
        self.here = threading.local()
        self.arrived = set()
        self.pause = threading.Event()

    def meet(self):
        """Wait until every other thread is here, has ended or is blocked."""
        if getattr(self.here, "met", False):
            return  # a repeated call goes straight through
        self.here.met = True
        self.arrived.add(threading.get_ident())
        for _turn in range(WAIT * 50):
            coming = [
                thread
                for thread in self.threads
                if thread.is_alive() and thread.ident not in self.arrived
            ]
            if not coming or self.blocked() >= len(coming):
                return
            self.pause.wait(0.02)

    def blocked(self):
        """Return how many transactions of the database wait for a lock."""
        with maintenance_cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
                " AND wait_event_type = 'Lock'",
                (DATABASE,),
            )
            return cursor.fetchone()[0]


class RaceCase(unittest.TestCase):
    """A manufacturer on committed data, and calls made at the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        create_database(DATABASE, template=os.environ.get("AFTERSALES_TEMPLATE"))
        cls.addClassCleanup(drop_database, DATABASE)
        cls.registry = registry(DATABASE)
        with odoo_environment(DATABASE) as env:
            cls.company = env.company.id
            cls.users = {
                role: new_test_user(
                    env, f"race_{role}", groups=f"aftersales_service.group_{role}"
                ).id
                for role in ROLES
            }
            cls.users["tech_reviewer_2"] = new_test_user(
                env, "race_tech_reviewer_2", groups="aftersales_service.group_tech_reviewer"
            ).id
            cls.users["storekeeper_2"] = new_test_user(
                env, "race_storekeeper_2", groups="aftersales_service.group_storekeeper"
            ).id
            # one who may pack and inspect, though never the same goods
            cls.users["packer_inspector"] = new_test_user(
                env,
                "race_packer_inspector",
                groups="aftersales_service.group_storekeeper,aftersales_service.group_inspector",
            ).id
            warehouse = env["stock.warehouse"].search([("company_id", "=", cls.company)], limit=1)
            cls.stock = warehouse.lot_stock_id.id
            cls.customer = env["res.partner"].create({"name": "Harbour Steel Works"}).id
            cls.ticket = (
                env["helpdesk.ticket"]
                .with_user(cls.users["agent"])
                .create(
                    {
                        "name": "Breaker does not close",
                        "partner_id": cls.customer,
                        "project_name": "Harbour substation",
                        "product_model": "KYN28A-12",
                        "serial_number": "SN-RACE-1",
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

    # ------------------------------------------------------------------
    # Acting
    # ------------------------------------------------------------------
    def call(self, user, model, method, *args, **kwargs):
        """Make one call in a transaction of its own, repeated as the RPC layer repeats it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.users[user], {})
            env.transaction.default_env = env
            return retrying(partial(call_kw, env[model], method, list(args), kwargs), env)

    def parallel(self, *calls, places=(), guards=()):
        """Run calls at the same time; return what each gave or raised.

        :param places: ``(model, method, before)`` where the threads meet
        :param guards: ``(model, method)`` to take out, or ``(model, method, other)``
        """
        results = [None] * len(calls)

        def run(number, call):
            try:
                results[number] = call()
            except Exception as error:
                results[number] = error

        threads = [
            threading.Thread(target=run, args=(number, call), daemon=True)
            for number, call in enumerate(calls)
        ]
        with ExitStack() as stack:
            stack.enter_context(mute_logger("odoo.sql_db", "odoo.service.model"))
            # the RPC layer's pause between two tries
            stack.enter_context(patch("odoo.service.model.time.sleep"))
            for model, method, *other in guards:
                nothing = other[0] if other else lambda records, *args, **kwargs: None
                stack.enter_context(patch.object(self.registry[model], method, nothing))
            for place in places:
                stack.enter_context(self.meeting(Race(threads), *place))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(WAIT * 2)
        self.assertFalse([thread for thread in threads if thread.is_alive()], "a thread hangs")
        return results

    @contextmanager
    def meeting(self, race, model, method, before):
        """Let the threads meet at a method, before or after its work."""
        original = getattr(self.registry[model], method)

        def stopped(records, *args, **kwargs):
            if before:
                race.meet()
            result = original(records, *args, **kwargs)
            if not before:
                race.meet()
            return result

        with patch.object(self.registry[model], method, stopped):
            yield

    @contextmanager
    def read_committed(self):
        """Take out what stops most races: transactions that notice each other's writes."""
        original = Cursor.__init__

        def loosely(cursor, *args, **kwargs):
            original(cursor, *args, **kwargs)
            cursor.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)

        with patch.object(Cursor, "__init__", loosely):
            yield

    @contextmanager
    def without_chain_index(self):
        """Take out the unique index of the chains; the evidence is thrown away after."""
        with odoo_environment(DATABASE) as env:
            env.cr.execute(
                "SELECT indexdef FROM pg_indexes"
                " WHERE indexname LIKE 'aftersales_approval%chain_unique%'"
            )
            (definition,) = env.cr.fetchone()
            name = definition.split(" INDEX ")[1].split(" ")[0]
            env.cr.execute(f'DROP INDEX "{name.strip(chr(34))}"')
        try:
            yield
        finally:
            with odoo_environment(DATABASE) as env:
                env.cr.execute("DELETE FROM aftersales_approval")
                env.cr.execute(definition)

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------
    def make_product(self, on_hand):
        with odoo_environment(DATABASE) as env:
            product = env["product.product"].create(
                {"name": "Interrupter", "type": "consu", "is_storable": True}
            )
            env["stock.quant"]._update_available_quantity(
                product, env["stock.location"].browse(self.stock), on_hand
            )
            return product.id

    def make_submitted(self, product, quantity):
        requisition = self.call(
            "supervisor",
            "aftersales.requisition",
            "create",
            {
                "ticket_id": self.ticket,
                "line_ids": [Command.create({"product_id": product, "requested_qty": quantity})],
            },
        )
        self.call("supervisor", "aftersales.requisition", "action_submit", [requisition])
        return requisition

    def sign(self, user, requisition, method="action_approve", digest=None):
        digest = digest or self.digest(user, requisition)
        return self.call(
            user,
            "aftersales.requisition",
            method,
            [requisition],
            seen_digest=digest,
            comment="agreed",
        )

    def digest(self, user, requisition):
        return self.call(user, "aftersales.requisition", "read", [requisition], ["content_digest"])[
            0
        ]["content_digest"]

    def make_drawn(self, product, quantity):
        """Return (requisition, picking): released, ready to be issued."""
        requisition = self.make_submitted(product, quantity)
        self.sign("tech_reviewer", requisition)
        self.sign("supervisor", requisition)
        with odoo_environment(DATABASE) as env:
            return requisition, env["aftersales.requisition"].browse(requisition).picking_ids.id

    def validate(self, picking, user="storekeeper"):
        return self.call(user, "stock.picking", "button_validate", [picking])

    def on_hand(self, product):
        """Return (total, least quant) at the warehouse."""
        with odoo_environment(DATABASE) as env:
            quants = env["stock.quant"].search(
                [("product_id", "=", product), ("location_id", "child_of", self.stock)]
            )
            quantities = quants.mapped("quantity")
            return sum(quantities), min(quantities, default=0)

    def issued(self, *requisitions):
        with odoo_environment(DATABASE) as env:
            return [
                sum(env["aftersales.requisition"].browse(requisition).line_ids.mapped("qty_issued"))
                for requisition in requisitions
            ]

    def findings(self, *requisitions):
        with odoo_environment(DATABASE) as env:
            return [
                finding["text"]
                for requisition in requisitions
                for finding in env["aftersales.verification"]._verify_document(
                    "aftersales.requisition", requisition
                )
            ]

    def state(self, requisition):
        with odoo_environment(DATABASE) as env:
            return env["aftersales.requisition"].browse(requisition).state

    def rows(self, requisition, **values):
        with odoo_environment(DATABASE) as env:
            rows = env["aftersales.approval"].search(
                [("res_model", "=", "aftersales.requisition"), ("res_id", "=", requisition)]
            )
            return [
                (row.act, row.state, row.user_id.login, row.chain_no)
                for row in rows
                if all(row[name] == value for name, value in values.items())
            ]

    def refusals(self, results):
        return [result for result in results if isinstance(result, Exception)]

    def assert_clean(self, results):
        """A loser hears a refusal, never a traceback."""
        for error in self.refusals(results):
            self.assertIsInstance(error, UserError, repr(error))

    def make_two_for_ten(self, reserved=True):
        """Two released transfers of 10 each; 10 of the 20 on hand broke meanwhile."""
        product = self.make_product(20)
        first, one = self.make_drawn(product, 10)
        second, two = self.make_drawn(product, 10)
        with odoo_environment(DATABASE) as env:
            if not reserved:
                env["stock.picking"].browse([one, two]).do_unreserve()
            env["stock.quant"]._update_available_quantity(
                env["product.product"].browse(product),
                env["stock.location"].browse(self.stock),
                -10,
            )
        return product, (first, second), (one, two)
