from odoo.fields import Command

from .return_case import ReturnCase

# queries that the form, five signatures and a re-inspection add to a bare receipt
OWN_QUERIES = 300


class TestQueryBudgetReturn(ReturnCase):
    """Design §7: a fixed cost besides the core receipt, never one per line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parts = [
            cls.make_product(f"Part {n}", f"Q-{n}", 100, aftersales_served=True) for n in range(20)
        ]
        cls.delivered = cls.deliver([(part, 5) for part in cls.parts])

    def count(self, function):
        """Return (result, queries) of a user step with a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = function()
        self.env.flush_all()
        return result, self.cr.sql_log_count - before

    def run_bare(self, size):
        """Create, confirm and validate a core receipt from the customer."""
        source = self.customer.property_stock_customer
        values = {
            "picking_type_id": self.warehouse.in_type_id.id,
            "partner_id": self.customer.id,
            "owner_id": self.customer.id,
            "location_id": source.id,
            "location_dest_id": self.stock.id,
            "move_ids": [
                Command.create(
                    {
                        "product_id": part.id,
                        "product_uom_qty": 1,
                        "location_id": source.id,
                        "location_dest_id": self.stock.id,
                    }
                )
                for part in self.parts[:size]
            ],
        }
        picking_id, total = self.count(
            lambda: self.rpc("storekeeper", "stock.picking", "create", values)
        )
        for method in ("action_confirm", "button_validate"):
            _result, queries = self.count(
                lambda method=method: self.rpc(
                    "storekeeper", "stock.picking", method, ids=[picking_id]
                )
            )
            total += queries
        return total

    def run_return(self, size):
        """Write a return, receive, inspect and approve it; each step is a call of its own."""
        lines = [{"product_id": part.id, "qty_claimed": 1} for part in self.parts[:size]]
        vals = self.return_vals(lines, delivery_id=self.delivered.id)
        return_id, total = self.count(
            lambda: self.rpc("agent", "aftersales.return", "create", vals)
        )
        document = self.env["aftersales.return"].browse(return_id)
        steps = {"create": total}

        def step(name, user, model, method, *args, ids, **kwargs):
            _result, steps[name] = self.count(
                lambda: self.rpc(user, model, method, *args, ids=ids, **kwargs)
            )

        def sign(name, user):
            seen = self.rpc(user, document._name, "read", ["content_digest"], ids=document.ids)
            digest = seen[0]["content_digest"]
            step(name, user, document._name, "action_approve", ids=document.ids, seen_digest=digest)

        step("submit", "agent", document._name, "action_submit", ids=document.ids)
        sign("confirm", "sales_manager")
        picking = document.picking_ids
        look = {"receipt_look": "sound"}
        step("look", "storekeeper", "stock.picking", "write", look, ids=picking.ids)
        step("receive", "storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        named = {"inspector_id": self.users["inspector"].id}
        step("name", "production_manager", document._name, "write", named, ids=document.ids)
        sign("assign", "production_manager")
        found = self.inspection_vals(document)
        step("inspect", "inspector", document._name, "write", found, ids=document.ids)
        sign("reinspect", "inspector")
        sign("approve", "general_manager")
        self.assertEqual(document.progress, "settling")
        return sum(steps.values()), steps

    def test_own_queries_are_a_fixed_cost(self):
        """No query per line of our own, and not more than the budget."""
        self.run_bare(1)
        self.run_return(1)
        own, steps = {}, {}
        for size in (1, 5, 20):
            total, steps[size] = self.run_return(size)
            own[size] = total - self.run_bare(size)
        self.assertLess(own[20] - own[5], 10, (own, steps))
        self.assertLessEqual(own[20], OWN_QUERIES, (own, steps))
