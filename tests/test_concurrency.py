"""Real parallel transactions on committed data: B1, B2, B3; A20 is in test_concurrent_signers.

Every race is run in threads with cursors of their own, retried as the RPC layer
retries, on a database made for this file. Each has a negative control: with the
guard that stops it taken out, the same race shows the violation.
"""

from contextlib import ExitStack
from functools import partial
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.exceptions import UserError
from odoo.service.model import call_kw, retrying
from odoo.tools import mute_logger

from odoo_env import odoo_environment
from race_case import DATABASE, RaceCase


class TestConcurrency(RaceCase):
    """What two people do at the same moment."""

    # ------------------------------------------------------------------
    # B1: two transfers issue the last ten
    # ------------------------------------------------------------------
    def race_for_stock(self, *guards):
        """Both transfers are reserved and issued at once, each in one transaction."""
        product, requisitions, pickings = self.make_two_for_ten(reserved=False)
        results = self.parallel(
            partial(self.reserve_and_validate, pickings[0], "storekeeper"),
            partial(self.reserve_and_validate, pickings[1], "storekeeper_2"),
            places=[
                ("stock.picking", "action_assign", True),
                ("stock.move", "_check_ready_to_issue", False),
                ("stock.move.line", "_action_done", False),
            ],
            guards=guards,
        )
        return product, requisitions, results

    def reserve_and_validate(self, picking, user):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.users[user], {})
            env.transaction.default_env = env

            def both():
                call_kw(env["stock.picking"], "action_assign", [[picking]], {})
                return call_kw(env["stock.picking"], "button_validate", [[picking]], {})

            return retrying(both, env)

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
        product, requisitions, results = self.race_for_stock(("stock.move", "_lock_stock"))
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.issued(*requisitions), [10, 10])
        self.assertEqual(self.on_hand(product)[0], -10)

    # ------------------------------------------------------------------
    # B2: an old snapshot
    # ------------------------------------------------------------------
    def issue_with_old_snapshot(self, *guards):
        """Issue in a transaction that has read before another issued the same stock."""
        product, requisitions, (one, two) = self.make_two_for_ten()
        refused = []
        with self.registry.cursor() as cr, ExitStack() as stack:
            stack.enter_context(mute_logger("odoo.sql_db", "odoo.service.model"))
            stack.enter_context(patch("odoo.service.model.time.sleep"))
            for model, method in guards:
                stack.enter_context(
                    patch.object(
                        self.registry[model], method, lambda records, *args, **kwargs: None
                    )
                )
            env = api.Environment(cr, self.users["storekeeper"], {})
            env.transaction.default_env = env
            # the snapshot is taken here
            self.assertEqual(env["stock.picking"].browse(one).move_ids.mapped("quantity"), [10])
            other = self.parallel(partial(self.validate, two, "storekeeper_2"))
            self.assertEqual(self.refusals(other), [])
            tries = []
            call = partial(call_kw, env["stock.picking"], "button_validate", [[one]], {})

            def counted():
                tries.append(1)
                return call()

            try:
                retrying(counted, env)
            except UserError as error:
                refused.append(error)
                cr.rollback()
        return product, requisitions, refused, len(tries)

    def test_issue_with_an_old_snapshot(self):
        """B2: what another has just issued isn't issued again from an older snapshot: the
        call is repeated on fresh data and refused there."""
        product, requisitions, refused, tries = self.issue_with_old_snapshot()
        self.assertEqual((len(refused), tries > 1), (1, True))
        self.assertEqual(self.issued(*requisitions), [0, 10])
        total, least = self.on_hand(product)
        self.assertEqual((total, least >= 0), (0, True))
        self.assertEqual(self.findings(*requisitions), [])

    def test_old_snapshot_without_the_write(self):
        """B2, negative control: an old snapshot sees nothing of what another has issued;
        only that the row is locked and written stops it."""
        product, _requisitions, (_one, two) = self.make_two_for_ten()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.users["storekeeper"], {})
            total = (
                "SELECT sum(quantity) FROM stock_quant WHERE product_id = %s AND location_id = %s"
            )
            cr.execute(total, (product, self.stock))
            before = cr.fetchone()
            results = self.parallel(partial(self.validate, two, "storekeeper_2"))
            self.assertEqual(self.refusals(results), [])
            # a check that only reads, also under a lock of its own, still counts ten
            cr.execute("SELECT pg_advisory_xact_lock(%s)", (product,))
            cr.execute(total, (product, self.stock))
            self.assertEqual(cr.fetchone(), before)
            self.assertEqual(env["product.product"].browse(product).sudo().qty_available, 10)
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                cr.execute(
                    "SELECT id FROM stock_quant WHERE product_id = %s FOR UPDATE", (product,)
                )
            cr.rollback()
        self.assertEqual(self.on_hand(product)[0], 0)

    # ------------------------------------------------------------------
    # B3: two transfers of one line
    # ------------------------------------------------------------------
    def race_for_line(self, *guards):
        """Two live transfers of the same line, made below the engine, issued at once."""
        product = self.make_product(50)
        requisition, one = self.make_drawn(product, 10)
        with odoo_environment(DATABASE) as env:
            document = env["aftersales.requisition"].browse(requisition)
            document._create_picking()
            two = (document.picking_ids - env["stock.picking"].browse(one)).id
        results = self.parallel(
            partial(self.validate, one),
            partial(self.validate, two, "storekeeper_2"),
            places=[
                ("stock.move", "_check_ready_to_issue", False),
                ("stock.move", "_check_totals", True),
            ],
            guards=guards,
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

        def sum_under_lock(moves, requisitions):
            requisitions.env.cr.execute("SELECT pg_advisory_xact_lock(%s)", requisitions.ids[:1])
            for line in requisitions.line_ids:
                done = moves.env["stock.move"].search(
                    [("requisition_line_id", "=", line.id), ("state", "=", "done")]
                )
                if sum(done.mapped("quantity")) > line.qty_product:
                    raise UserError("more than approved")

        product, _requisition, results = self.race_for_line(
            ("stock.move", "_lock_stock"),
            ("aftersales.requisition", "_record_issue"),
            ("aftersales.requisition", "_update_fulfilment"),
            ("stock.move", "_check_totals", sum_under_lock),
        )
        self.assertEqual(self.refusals(results), [])
        with odoo_environment(DATABASE) as env:
            done = env["stock.move"].search(
                [
                    ("product_id", "=", product),
                    ("state", "=", "done"),
                    ("requisition_line_id", "!=", False),
                ]
            )
            self.assertEqual(sum(done.mapped("quantity")), 20)
