from odoo.fields import Command

from .common import AftersalesCase

# queries that two approvals, evidence, gates and activities add to a bare transfer
OWN_QUERIES = 68


class TestQueryBudget(AftersalesCase):
    """Design §7: a fixed cost besides the core operation, never one per line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        steps = cls.env["aftersales.approval.step"]
        steps.search([("act", "!=", "review")]).active = False
        steps.create(
            {
                "name": "Approval",
                "model": "aftersales.requisition",
                "sequence": 15,
                "act": "approve",
                "group_id": cls.env.ref("aftersales_service.group_general_manager").id,
            }
        )
        cls.parts = [cls.make_product(f"Part {n}", f"Q-{n}", 100) for n in range(20)]

    def count(self, function, *args):
        """Return (result, queries) of a user step with a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = function(*args)
        self.env.flush_all()
        return result, self.cr.sql_log_count - before

    def run_bare(self, size):
        """Create, confirm, reserve and validate a core transfer of so many lines."""
        customers = self.env.ref("stock.stock_location_customers")
        values = {
            "picking_type_id": self.warehouse.out_type_id.id,
            "partner_id": self.customer.id,
            "location_id": self.stock.id,
            "location_dest_id": customers.id,
            "move_ids": [
                Command.create(
                    {
                        "product_id": part.id,
                        "product_uom_qty": 1,
                        "location_id": self.stock.id,
                        "location_dest_id": customers.id,
                    }
                )
                for part in self.parts[:size]
            ],
        }
        picking_id, total = self.count(
            lambda: self.rpc("storekeeper", "stock.picking", "create", values)
        )
        for method in ("action_confirm", "action_assign", "button_validate"):
            total += self.count(
                lambda name=method: self.rpc("storekeeper", "stock.picking", name, ids=[picking_id])
            )[1]
        self.assertEqual(self.env["stock.picking"].browse(picking_id).state, "done")
        return total

    def run_ours(self, size):
        """Create, submit, approve twice and issue a requisition of so many lines."""
        model = "aftersales.requisition"
        values = {
            "ticket_id": self.ticket.id,
            "line_ids": [
                Command.create({"product_id": part.id, "requested_qty": 1})
                for part in self.parts[:size]
            ],
        }
        requisition_id, total = self.count(lambda: self.rpc("supervisor", model, "create", values))
        requisition = self.env[model].browse(requisition_id)
        total += self.count(
            lambda: self.rpc("supervisor", model, "action_submit", ids=[requisition_id])
        )[1]
        for signer in ("tech_reviewer", "general_manager"):
            seen = requisition.content_digest
            total += self.count(
                lambda user=signer, digest=seen: self.rpc(
                    user, model, "action_approve", ids=[requisition_id], seen_digest=digest
                )
            )[1]
        picking = requisition.picking_ids
        total += self.count(
            lambda: self.rpc("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        )[1]
        self.assertEqual(requisition.fulfilment, "issued")
        return total

    def test_own_queries_are_a_fixed_cost(self):
        """No query per line of our own, and not more than the budget."""
        self.run_bare(2)
        self.run_ours(2)
        own = {size: self.run_ours(size) - self.run_bare(size) for size in (5, 20)}
        # fifteen lines more; one query for each would show at once
        self.assertLess(own[20] - own[5], 5, own)
        self.assertLessEqual(own[20], OWN_QUERIES, own)
