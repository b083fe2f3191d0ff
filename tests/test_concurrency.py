"""Real parallel transactions on committed data: B1, B2, B3, A20, and parallel signers.

Every race is run in threads with cursors of their own, retried as the RPC layer
retries, on a database made for this file. Each has a negative control: with the
guard that stops it taken out, the same race shows the violation.
"""

import os
import threading
import unittest
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

from databases import create_database, drop_database
from odoo_env import odoo_environment, registry

import odoo
from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw, retrying
from odoo.tests import new_test_user
from odoo.tools import mute_logger

DATABASE = f"aftersales_test_{os.getpid()}_race"
ROLES = ("agent", "supervisor", "tech_reviewer", "storekeeper", "general_manager", "buyer", "planner")
WAIT = 60  # seconds until a thread that hangs fails the test


class Race:
    """Threads that are stopped at a named place until all of them are there."""

    def __init__(self, count):
        self.barrier = threading.Barrier(count, timeout=WAIT)
        self.seen = threading.local()

    def meet(self):
        """Wait for the others, once a thread: a repeated call goes straight through."""
        if not getattr(self.seen, "met", False):
            self.seen.met = True
            try:
                self.barrier.wait()
            except threading.BrokenBarrierError:
                pass  # the other one was refused before it came here


class TestConcurrency(unittest.TestCase):
    """What two people do at the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        create_database(DATABASE, template=os.environ.get("AFTERSALES_TEMPLATE"))
        cls.addClassCleanup(drop_database, DATABASE)
        cls.registry = registry(DATABASE)
        with odoo_environment(DATABASE) as env:
            cls.company = env.company.id
            cls.users = {
                role: new_test_user(env, f"race_{role}", groups=f"aftersales_service.group_{role}").id
                for role in ROLES
            }
            cls.users["tech_reviewer_2"] = new_test_user(
                env, "race_tech_reviewer_2", groups="aftersales_service.group_tech_reviewer"
            ).id
            cls.users["storekeeper_2"] = new_test_user(
                env, "race_storekeeper_2", groups="aftersales_service.group_storekeeper"
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

    def parallel(self, *calls):
        """Run calls at the same time; return what each gave or raised."""
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
        with mute_logger("odoo.sql_db", "odoo.service.model"), patch("time.sleep"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(WAIT * 2)
        self.assertFalse([thread for thread in threads if thread.is_alive()], "a thread hangs")
        return results

    @contextmanager
    def meeting(self, model, method, count=2, before=True):
        """Let the threads meet at a method of the engine, before or after its work."""
        race = Race(count)
        cls = self.registry[model]
        original = getattr(cls, method)

        def stopped(records, *args, **kwargs):
            if before:
                race.meet()
            result = original(records, *args, **kwargs)
            if not before:
                race.meet()
            return result

        with patch.object(cls, method, stopped):
            yield

    @contextmanager
    def without(self, *guards):
        """Take guards out: ``(model, method)`` that does nothing any more."""
        with ExitStack() as stack:
            for model, method in guards:
                stack.enter_context(
                    patch.object(self.registry[model], method, lambda records, *args, **kwargs: None)
                )
            yield

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
            user, "aftersales.requisition", method, [requisition], seen_digest=digest, comment="agreed"
        )

    def digest(self, user, requisition):
        return self.call(user, "aftersales.requisition", "read", [requisition], ["content_digest"])[0][
            "content_digest"
        ]

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

    def reserve_by_force(self, picking, quantity):
        """Put the quantity on the transfer although another holds the reservation."""
        with odoo_environment(DATABASE) as env:
            picking = env["stock.picking"].browse(picking)
            for move in picking.move_ids:
                move.quantity = quantity

    # ------------------------------------------------------------------
    # B1: two transfers issue the last ten
    # ------------------------------------------------------------------
    def race_for_stock(self):
        """Two released requisitions of 10 each with 10 on hand, issued at once."""
        product = self.make_product(20)
        first, one = self.make_drawn(product, 10)
        second, two = self.make_drawn(product, 10)
        with odoo_environment(DATABASE) as env:
            # ten of the twenty break: both transfers are reserved, ten are there
            env["stock.quant"]._update_available_quantity(
                env["product.product"].browse(product), env["stock.location"].browse(self.stock), -10
            )
        with self.meeting("stock.move", "_check_ready_to_issue", before=False):
            results = self.parallel(
                partial(self.validate, one), partial(self.validate, two, "storekeeper_2")
            )
        return product, (first, second), results

    def test_two_issues_of_the_last_ten(self):
        """B1: of two overlapping issues of the last 10 one is refused; nothing goes negative."""
        product, requisitions, results = self.race_for_stock()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        total, least = self.on_hand(product)
        self.assertEqual((total, least >= 0), (0, True))
        self.assertEqual(sorted(self.issued(*requisitions)), [0, 10])
        self.assertEqual(self.findings(*requisitions), [])

    def test_two_issues_without_the_lock(self):
        """B1, negative control: without the lock on the stock both go out, below zero."""
        with self.without(("stock.move", "_lock_stock")):
            product, requisitions, _results = self.race_for_stock()
        total, _least = self.on_hand(product)
        self.assertEqual(self.issued(*requisitions), [10, 10])
        self.assertEqual(total, -10)

    # ------------------------------------------------------------------
    # B2: an old snapshot
    # ------------------------------------------------------------------
    def issue_with_old_snapshot(self):
        """Issue in a transaction that has read before another issued the same stock."""
        product = self.make_product(20)
        first, one = self.make_drawn(product, 10)
        second, two = self.make_drawn(product, 10)
        with odoo_environment(DATABASE) as env:
            env["stock.quant"]._update_available_quantity(
                env["product.product"].browse(product), env["stock.location"].browse(self.stock), -10
            )
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.users["storekeeper"], {})
            env.transaction.default_env = env
            picking = env["stock.picking"].browse(one)
            snapshot = picking.move_ids.mapped("quantity")  # the snapshot is taken here
            self.assertEqual(snapshot, [10])
            other = self.parallel(partial(self.validate, two, "storekeeper_2"))
            self.assertEqual(self.refusals(other), [])
            with mute_logger("odoo.sql_db", "odoo.service.model"), patch("time.sleep"):
                try:
                    retrying(partial(call_kw, env["stock.picking"], "button_validate", [[one]], {}), env)
                except UserError:
                    cr.rollback()
        return product, (first, second)

    def test_issue_with_an_old_snapshot(self):
        """B2: what another has just issued isn't issued again from an older snapshot."""
        product, requisitions = self.issue_with_old_snapshot()
        self.assertEqual(self.issued(*requisitions), [0, 10])
        total, least = self.on_hand(product)
        self.assertEqual((total, least >= 0), (0, True))
        self.assertEqual(self.findings(*requisitions), [])

    def test_old_snapshot_without_the_lock(self):
        """B2, negative control: without the lock the older snapshot issues it again."""
        with self.without(("stock.move", "_lock_stock")):
            product, requisitions = self.issue_with_old_snapshot()
        self.assertEqual(self.issued(*requisitions), [10, 10])
        self.assertEqual(self.on_hand(product)[0], -10)

    # ------------------------------------------------------------------
    # B3: two transfers of one line
    # ------------------------------------------------------------------
    def race_for_line(self):
        """Two live transfers of the same line, made below the engine, issued at once."""
        product = self.make_product(50)
        requisition, one = self.make_drawn(product, 10)
        with odoo_environment(DATABASE) as env:
            document = env["aftersales.requisition"].browse(requisition)
            document._create_picking()
            two = (document.picking_ids - env["stock.picking"].browse(one)).id
        with self.meeting("stock.move", "_check_totals"):
            results = self.parallel(
                partial(self.validate, one), partial(self.validate, two, "storekeeper_2")
            )
        return product, requisition, results

    def test_two_transfers_of_one_line(self):
        """B3: the total stands on the line that owns the cap, so the second is refused."""
        product, requisition, results = self.race_for_line()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(self.issued(requisition), [10])
        self.assertEqual(self.on_hand(product)[0], 40)
        self.assertEqual(self.findings(requisition), [])

    def test_two_transfers_with_a_lock_on_the_parent_alone(self):
        """B3, negative control: a lock on the document and a sum, but no total written on
        the line nor on the document: 20 of the approved 10 leave."""
        registry_ = self.registry

        def sum_under_lock(moves, requisitions):
            requisitions.env.cr.execute(
                "SELECT pg_advisory_xact_lock(%s)", (requisitions.ids[0],)
            )
            for line in requisitions.line_ids:
                done = moves.env["stock.move"].search(
                    [("requisition_line_id", "=", line.id), ("state", "=", "done")]
                )
                if sum(done.mapped("quantity")) > line.qty_product:
                    raise UserError("more than approved")

        with (
            self.without(
                ("stock.move", "_lock_stock"),
                ("aftersales.requisition", "_record_issue"),
                ("aftersales.requisition", "_update_fulfilment"),
            ),
            patch.object(registry_["stock.move"], "_check_totals", sum_under_lock),
        ):
            product, requisition, results = self.race_for_line()
        with odoo_environment(DATABASE) as env:
            done = env["stock.move"].search(
                [("product_id", "=", product), ("state", "=", "done"), ("requisition_line_id", "!=", False)]
            )
            self.assertEqual(sum(done.mapped("quantity")), 20, results)
        self.assertTrue(requisition)

    # ------------------------------------------------------------------
    # A20: signing at the same moment
    # ------------------------------------------------------------------
    def race_of_signers(self, second="action_approve"):
        product = self.make_product(10)
        requisition = self.make_submitted(product, 2)
        digest = self.digest("tech_reviewer", requisition)
        with self.meeting("aftersales.requisition", "_check_my_turn", before=False):
            results = self.parallel(
                partial(self.sign, "tech_reviewer", requisition, digest=digest),
                partial(self.sign, "tech_reviewer_2", requisition, second, digest=digest),
            )
        return requisition, results

    def test_two_sign_the_same_step(self):
        """A20: of two who sign one step at the same moment one has signed, one is told."""
        requisition, results = self.race_of_signers()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(len(self.rows(requisition, act="review", state="signed")), 1)
        self.assertEqual(self.state(requisition), "approved")
        with odoo_environment(DATABASE) as env:
            self.assertEqual(len(env["aftersales.requisition"].browse(requisition).picking_ids), 1)
        self.assertEqual(self.findings(requisition), [])

    def test_one_signs_while_another_rejects(self):
        """A20: signed or rejected, never both; the evidence agrees with the state."""
        requisition, results = self.race_of_signers("action_reject")
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        review = self.rows(requisition, act="review")
        self.assertEqual(len(review), 1)
        expected = {"signed": "approved", "rejected": "rejected"}[review[0][1]]
        self.assertEqual(self.state(requisition), expected)
        self.assertEqual(self.findings(requisition), [])

    def test_two_sign_without_repeatable_read(self):
        """A20, negative control: where the transactions don't see each other's conflict,
        both sign the same step."""
        product = self.make_product(10)
        requisition = self.make_submitted(product, 2)
        digest = self.digest("tech_reviewer", requisition)
        cursor_class = odoo.sql_db.Cursor
        original = cursor_class.__init__

        def read_committed(cursor, *args, **kwargs):
            original(cursor, *args, **kwargs)
            cursor.connection.set_isolation_level(1)

        with (
            patch.object(cursor_class, "__init__", read_committed),
            self.meeting("aftersales.requisition", "_check_my_turn", before=False),
        ):
            results = self.parallel(
                partial(self.sign, "tech_reviewer", requisition, digest=digest),
                partial(self.sign, "tech_reviewer_2", requisition, digest=digest),
            )
        self.assertEqual(self.refusals(results), [])

    # ------------------------------------------------------------------
    # Parallel steps
    # ------------------------------------------------------------------
    def race_of_parallel_steps(self):
        with odoo_environment(DATABASE) as env:
            env["aftersales.approval.step"].create(
                [
                    {
                        "name": f"Countersign by {role}",
                        "model": "aftersales.requisition",
                        "company_id": self.company,
                        "sequence": 10,
                        "act": "countersign",
                        "group_id": env.ref(f"aftersales_service.group_{role}").id,
                    }
                    for role in ("tech_reviewer", "general_manager")
                ]
            )
        try:
            requisition = self.make_submitted(self.make_product(10), 2)
        finally:
            with odoo_environment(DATABASE) as env:
                env["aftersales.approval.step"].search([("company_id", "=", self.company)]).unlink()
        digest = self.digest("tech_reviewer", requisition)
        with self.meeting("aftersales.requisition", "_check_my_turn", before=False):
            results = self.parallel(
                partial(self.sign, "tech_reviewer", requisition, digest=digest),
                partial(self.sign, "general_manager", requisition, digest=digest),
            )
        return requisition, results

    def test_parallel_signers(self):
        """A20, law 3: two who countersign at the same moment both succeed, in one chain,
        and the document is approved by the second."""
        requisition, results = self.race_of_parallel_steps()
        self.assertEqual(self.refusals(results), [])
        rows = self.rows(requisition, act="countersign", state="signed")
        self.assertEqual(sorted(row[3] for row in rows), [2, 3])
        self.assertEqual(self.state(requisition), "approved")
        self.assertEqual(self.findings(requisition), [])

    def test_parallel_signers_without_the_shared_row(self):
        """A20, negative control: when a signature doesn't write the document's row, both
        signers think the other is missing, or the chain forks; the verification says so."""

        def link_without_document(document, row, door_vals=None):
            row.env.flush_all()

        with (
            patch.object(
                self.registry["aftersales.requisition"], "_link_evidence", link_without_document
            ),
            self.without_chain_index(),
        ):
            requisition, _results = self.race_of_parallel_steps()
        self.assertNotEqual(self.state(requisition), "approved")
        self.assertTrue(self.findings(requisition))

    @contextmanager
    def without_chain_index(self):
        with odoo_environment(DATABASE) as env:
            env.cr.execute(
                "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'aftersales_approval%chain_unique%'"
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
