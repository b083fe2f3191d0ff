"""A released requisition in the store, for the attacks on the issue."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT


class StockCase(AttackCase):
    """An approved requisition of 2 + 1, drawn and ready; 10 of each part on hand."""

    hostile = dict(HOSTILE_CONTEXT, default_state="done")

    def setUp(self):
        super().setUp()
        self.manager = self.make_user("as_stock_manager", "storekeeper")
        self.manager.group_ids = [Command.link(self.env.ref("stock.group_stock_manager").id)]
        self.users["plain"] = new_test_user(self.env, "as_plain", groups="base.group_user")
        self.addCleanup(self.users.pop, "plain")
        self.requisition = self.approved()
        self.picking = self.draw(self.requisition)
        self.move = self.picking.sudo().move_ids.filtered(
            lambda move: move.product_id == self.part_a
        )
        self.line = self.move.requisition_line_id
        self.customers = self.env.ref("stock.stock_location_customers")

    def on_hand(self, product=None):
        product = product or self.part_a
        self.env.invalidate_all()
        return sum(
            self.env["stock.quant"]
            .search([("product_id", "=", product.id), ("location_id", "child_of", self.stock.id)])
            .mapped("quantity")
        )

    def assert_nothing_left(self):
        """Nothing has been issued and nothing has moved."""
        self.env.invalidate_all()
        self.assertEqual(self.on_hand(), 10)
        self.assertEqual(self.line.qty_issued, 0)
        self.assertNotEqual(self.requisition.fulfilment, "issued")
        self.assert_sound(self.requisition)

    def assert_all_or_nothing(self):
        """Whatever was tried: 2 are issued and 2 have left, or none and none."""
        self.env.flush_all()
        self.env.invalidate_all()
        issued = self.line.qty_issued
        self.assertIn(issued, (0, 2))
        self.assertEqual(self.on_hand(), 10 - issued)
        if issued:
            purpose = self.requisition.sudo().purpose_id
            there = self.env["stock.quant"].search(
                [("product_id", "=", self.part_a.id), ("location_id", "=", purpose.id)]
            )
            self.assertEqual(sum(there.mapped("quantity")), 2)
        self.assertEqual(self.requisition.fulfilment == "issued", bool(issued))
        self.assert_sound(self.requisition)

    def attempt(self, user, model, method, *args, ids=None, context=None, **kwargs):
        """Make a call that may be refused, as one transaction of its own."""
        try:
            with self.env.cr.savepoint():
                return self.rpc_json(user, model, method, *args, ids=ids, context=context, **kwargs)
        except UserError:
            self.env.invalidate_all()
            return None

    def then_issue(self, *attempts):
        """Each preparation by the store, then the issue: all or nothing, truly moved."""
        for user, model, method, args, ids in attempts:
            with (
                self.subTest(method=f"{model}.{method}", args=args),
                self.env.cr.savepoint() as point,
            ):
                self.attempt(user, model, method, *args, ids=ids)
                self.attempt(
                    "storekeeper", "stock.picking", "button_validate", ids=self.picking.ids
                )
                self.attempt(
                    "storekeeper",
                    "stock.picking",
                    "button_validate",
                    ids=self.picking.ids,
                    context=dict(self.hostile, picking_ids_not_to_backorder=self.picking.ids),
                )
                self.assert_all_or_nothing()
                point.rollback()
                self.env.invalidate_all()
