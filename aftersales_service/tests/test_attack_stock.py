from odoo.fields import Command

from .attack_stock_case import StockCase


class TestAttackIssue(StockCase):
    """B4, B4b, B4c, B7, B8: what may leave, and how a move becomes done."""

    def test_issue_before_release(self):
        """B7, R004-17: the Inventory app issues nothing before review and drawing."""
        submitted, approved = self.submitted(), self.approved()
        self.assertFalse(submitted.picking_ids)
        for method in ("button_validate", "action_put_in_pack"):
            for context in ({}, self.hostile):
                self.attempt(
                    "storekeeper",
                    "stock.picking",
                    method,
                    ids=approved.picking_ids.ids,
                    context=context,
                )
        self.refused_always(
            "storekeeper", "stock.picking", "button_validate", ids=approved.picking_ids.ids
        )
        self.refused_always(
            self.manager, "stock.picking", "button_validate", ids=approved.picking_ids.ids
        )
        self.assertEqual(sum(approved.line_ids.mapped("qty_issued")), 0)
        self.assert_nothing_left()
        self.assert_sound(approved)

    def test_state_by_write(self):
        """B4c, B8: no state of transfer, move or move line is set by write."""
        for user in ("storekeeper", self.manager):
            for state in ("done", "assigned", "draft"):
                self.refused_always(
                    user, "stock.picking", "write", {"state": state}, ids=self.picking.ids
                )
            self.refused_always(user, "stock.move", "write", {"state": "done"}, ids=self.move.ids)
            self.refused_always(
                user,
                "stock.move",
                "write",
                {"state": "done", "quantity": 2, "picked": True},
                ids=self.move.ids,
            )
            self.refused_always(
                user,
                "stock.picking",
                "write",
                {
                    "move_ids": [
                        Command.update(move.id, {"state": "done"}) for move in self.picking.move_ids
                    ]
                },
                ids=self.picking.ids,
            )
            self.refused_always(
                user,
                "aftersales.requisition",
                "write",
                {"fulfilment": "issued"},
                ids=self.requisition.ids,
            )
        self.assert_nothing_left()

    def test_our_fields_by_write(self):
        """B8, A25: the marks of packing, inspection and shipping are no plain fields."""
        for name, value in (
            ("requisition_id", False),
            ("requisition_id", self.requisition.id),
            ("packed_at", "2020-01-01 00:00:00"),
            ("packed_by_id", 1),
            ("inspected_at", "2020-01-01 00:00:00"),
            ("inspected_by_id", 1),
            ("inspection_result", "pass"),
            ("shipped_at", "2020-01-01 00:00:00"),
            ("shipped_by_id", 1),
            ("issued_by_id", 1),
            ("picking_type_id", self.warehouse.out_type_id.id),
            ("company_id", 1),
        ):
            with self.subTest(name=name):
                self.refused_always(
                    self.manager, "stock.picking", "write", {name: value}, ids=self.picking.ids
                )
        for value in (False, self.line.id, self.requisition.line_ids[1].id):
            self.refused_always(
                self.manager,
                "stock.move",
                "write",
                {"requisition_line_id": value},
                ids=self.move.ids,
            )
        self.assert_nothing_left()

    def test_prepared_then_issued(self):
        """B4, B4b, B4c: whatever the store changes on the open transfer, the issue moves
        exactly what was approved, from the warehouse to the purpose, or nothing."""
        picking, move, lines = self.picking, self.move, self.move.move_line_ids
        dozen = self.env.ref("uom.product_uom_dozen").id
        unit = self.env.ref("uom.product_uom_unit").id
        supplier = self.env.ref("stock.stock_location_suppliers").id
        loss = self.env["stock.location"].search([("usage", "=", "inventory")], limit=1).id
        owner = self.customer.id
        store = "storekeeper"
        # an earlier delivery
        self.env["stock.quant"]._update_available_quantity(self.part_a, self.customers, 50)
        other_line = picking.sudo().move_ids.filtered(lambda item: item != move).move_line_ids
        new_line = {
            "move_id": move.id,
            "picking_id": picking.id,
            "product_id": self.part_a.id,
            "product_uom_id": unit,
            "quantity": 3,
            "location_id": self.stock.id,
            "location_dest_id": move.location_dest_id.id,
        }
        self.then_issue(
            (store, "stock.move", "write", ({"quantity": 1},), move.ids),
            (store, "stock.move", "write", ({"quantity": 5},), move.ids),
            (store, "stock.move", "write", ({"quantity": 0},), move.ids),
            (store, "stock.move", "write", ({"product_uom_qty": 1, "quantity": 1},), move.ids),
            (store, "stock.move", "write", ({"product_uom_qty": 9, "quantity": 9},), move.ids),
            (store, "stock.move", "write", ({"product_uom": dozen},), move.ids),
            (store, "stock.move", "write", ({"picked": False},), move.ids),
            (store, "stock.move", "write", ({"state": "cancel"},), move.ids),
            (store, "stock.move", "write", ({"state": "draft"},), move.ids),
            (store, "stock.move", "write", ({"location_dest_id": self.stock.id},), move.ids),
            (store, "stock.move", "write", ({"location_dest_id": self.customers.id},), move.ids),
            (store, "stock.move", "write", ({"location_id": supplier},), move.ids),
            (store, "stock.move", "write", ({"product_id": self.part_b.id},), move.ids),
            (store, "stock.move", "write", ({"is_inventory": True},), move.ids),
            (store, "stock.move", "write", ({"picking_id": False},), move.ids),
            (
                store,
                "stock.move",
                "write",
                ({"picking_type_id": self.warehouse.out_type_id.id},),
                move.ids,
            ),
            (store, "stock.picking", "write", ({"location_dest_id": self.stock.id},), picking.ids),
            (store, "stock.picking", "write", ({"location_id": supplier},), picking.ids),
            (store, "stock.picking", "write", ({"move_type": "direct"},), picking.ids),
            (store, "stock.picking", "write", ({"owner_id": owner},), picking.ids),
            (store, "stock.picking", "write", ({"return_id": picking.id},), picking.ids),
            (
                store,
                "stock.picking",
                "write",
                ({"move_ids": [Command.unlink(move.id)]},),
                picking.ids,
            ),
            (
                store,
                "stock.picking",
                "write",
                ({"move_ids": [Command.delete(move.id)]},),
                picking.ids,
            ),
            (store, "stock.move.line", "write", ({"quantity": 1},), lines.ids),
            (store, "stock.move.line", "write", ({"quantity": 7},), lines.ids),
            (store, "stock.move.line", "write", ({"quantity_product_uom": 0},), lines.ids),
            (store, "stock.move.line", "write", ({"quantity_product_uom": 8},), lines.ids),
            (store, "stock.move.line", "write", ({"quantity_product_uom": -2},), lines.ids),
            (store, "stock.move.line", "write", ({"product_uom_id": dozen},), lines.ids),
            (store, "stock.move.line", "write", ({"state": "done"},), lines.ids),
            (store, "stock.move.line", "write", ({"state": "cancel"},), lines.ids),
            (store, "stock.move.line", "write", ({"is_inventory": True},), lines.ids),
            (store, "stock.move.line", "write", ({"picked": False},), lines.ids),
            (store, "stock.move.line", "write", ({"location_dest_id": self.stock.id},), lines.ids),
            (
                store,
                "stock.move.line",
                "write",
                ({"location_dest_id": self.customers.id},),
                lines.ids,
            ),
            (store, "stock.move.line", "write", ({"location_dest_id": loss},), lines.ids),
            (store, "stock.move.line", "write", ({"location_id": self.customers.id},), lines.ids),
            (store, "stock.move.line", "write", ({"location_id": supplier},), lines.ids),
            (store, "stock.move.line", "write", ({"location_id": loss},), lines.ids),
            (store, "stock.move.line", "write", ({"owner_id": owner},), lines.ids),
            (store, "stock.move.line", "write", ({"move_id": other_line.move_id.id},), lines.ids),
            (store, "stock.move.line", "write", ({"move_id": False},), lines.ids),
            (store, "stock.move.line", "write", ({"picking_id": False},), lines.ids),
            (store, "stock.move.line", "write", ({"product_id": self.part_b.id},), lines.ids),
            (store, "stock.move.line", "create", (new_line,), None),
            (store, "stock.move.line", "create", (dict(new_line, state="done"),), None),
            (
                store,
                "stock.move.line",
                "create",
                (dict(new_line, product_id=self.part_b.id),),
                None,
            ),
            (store, "stock.move.line", "unlink", (), lines.ids),
            (store, "stock.move", "copy", (), move.ids),
            (store, "stock.picking", "do_unreserve", (), picking.ids),
            (store, "stock.picking", "action_cancel", (), picking.ids),
            (store, "stock.picking", "action_confirm", (), picking.ids),
            (store, "stock.picking", "action_assign", (), picking.ids),
            (store, "stock.picking", "action_split_transfer", (), picking.ids),
            (store, "stock.picking", "unlink", (), picking.ids),
            (
                self.manager,
                "stock.picking.type",
                "write",
                ({"code": "outgoing"},),
                picking.picking_type_id.ids,
            ),
            (
                self.manager,
                "stock.picking.type",
                "write",
                ({"create_backorder": "always"},),
                picking.picking_type_id.ids,
            ),
            (
                self.manager,
                "stock.location",
                "write",
                ({"usage": "internal"},),
                move.location_dest_id.ids,
            ),
        )

    def test_new_moves(self):
        """B4, B4b: no move enters our transfer, is linked to a requisition, or starts done."""
        vals = {
            "product_id": self.part_b.id,
            "product_uom_qty": 4,
            "product_uom": self.part_b.uom_id.id,
            "location_id": self.stock.id,
            "location_dest_id": self.move.location_dest_id.id,
        }
        kind = self.picking.picking_type_id
        for extra in (
            {"picking_id": self.picking.id},
            {"picking_id": self.picking.id, "state": "done", "quantity": 4, "picked": True},
            {"requisition_line_id": self.line.id},
            {"requisition_line_id": self.line.id, "picking_id": self.picking.id, "state": "done"},
            {"picking_type_id": kind.id},
            {"picking_type_id": kind.id, "state": "done", "quantity": 4},
        ):
            for user in ("storekeeper", self.manager):
                with self.subTest(extra=extra):
                    self.refused_always(user, "stock.move", "create", dict(vals, **extra))
        self.refused(
            "storekeeper",
            "stock.move",
            "create",
            dict(vals, picking_id=self.picking.id),
            context={"default_requisition_line_id": self.line.id},
        )
        self.refused_always(
            "storekeeper",
            "stock.picking",
            "write",
            {"move_ids": [Command.create(vals)]},
            ids=self.picking.ids,
        )
        header = {
            "picking_type_id": kind.id,
            "location_id": self.stock.id,
            "location_dest_id": self.move.location_dest_id.id,
        }
        for extra in (
            {"requisition_id": self.requisition.id},
            {"move_ids": [Command.create(vals)]},
            {"move_ids": [Command.create(dict(vals, requisition_line_id=self.line.id))]},
            {"shipped_at": "2020-01-01 00:00:00"},
        ):
            self.refused_always("storekeeper", "stock.picking", "create", dict(header, **extra))
        self.attempt("storekeeper", "stock.picking", "copy", ids=self.picking.ids)
        self.assertEqual(self.requisition.picking_ids, self.picking)
        self.assert_nothing_left()

    def test_defaults_reach_no_move(self):
        """B4b, B4c: the link, a state or a quantity can't come in as the user's default."""
        out = self.warehouse.out_type_id
        vals = {
            "product_id": self.part_a.id,
            "product_uom_qty": 4,
            "product_uom": self.part_a.uom_id.id,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
            "picking_type_id": out.id,
        }
        self.set_default("storekeeper", "stock.move", "requisition_line_id", self.line.id)
        self.set_default("storekeeper", "stock.picking", "requisition_id", self.requisition.id)
        move_id = self.rpc_json("storekeeper", "stock.move", "create", vals)
        self.assertFalse(self.env["stock.move"].browse(move_id).requisition_line_id)
        picking_id = self.rpc_json(
            "storekeeper", "stock.picking", "create", {"picking_type_id": out.id}
        )
        self.assertFalse(self.env["stock.picking"].browse(picking_id).requisition_id)
        self.assert_nothing_left()

    def test_personal_defaults_of_who_releases(self):
        """B4c: the defaults of the person who signs or repeats the issue don't reach the
        transfer that the engine makes."""
        for user in ("supervisor", "tech_reviewer"):
            for model, field, value in (
                ("stock.move", "state", "done"),
                ("stock.move", "quantity", 2),
                ("stock.move", "picked", True),
                ("stock.picking", "state", "done"),
                ("stock.picking", "owner_id", self.customer.id),
                ("stock.move", "restrict_partner_id", self.customer.id),
                ("stock.move", "procure_method", "make_to_order"),
                ("stock.move", "to_refund", True),
                ("stock.move.line", "owner_id", self.customer.id),
                ("stock.move.line", "quantity", 9),
                ("stock.move", "is_inventory", True),
                ("stock.move", "price_unit", 0),
            ):
                with self.subTest(user=user, field=field), self.env.cr.savepoint() as point:
                    if user == "supervisor":
                        self.rpc_json(
                            "storekeeper", "stock.picking", "action_cancel", ids=self.picking.ids
                        )
                        self.set_default(user, model, field, value)
                        self.rpc_json(
                            user,
                            "aftersales.requisition",
                            "action_recreate_issue",
                            ids=self.requisition.ids,
                        )
                        requisition = self.requisition
                    else:
                        requisition = self.submitted()
                        self.set_default(user, model, field, value)
                        self.sign(user, requisition)
                    self.env.invalidate_all()
                    self.assertEqual(requisition.state, "approved")
                    self.assertEqual(requisition.fulfilment, "ready")
                    self.assertEqual(requisition.line_ids.mapped("qty_issued"), [0, 0])
                    moves = requisition.picking_ids.sudo().move_ids.filtered(
                        lambda m: m.state != "cancel"
                    )
                    self.assertEqual(moves.mapped("state"), ["assigned", "assigned"])
                    self.assertEqual(moves.mapped("product_uom_qty"), [2, 1])
                    self.assertFalse(moves.restrict_partner_id | moves.move_line_ids.owner_id)
                    self.assertEqual(self.on_hand(), 10)
                    self.assert_sound(requisition)
                    point.rollback()
                    self.env.invalidate_all()

    def test_dialogs_of_the_inventory_app(self):
        """B7, B4: backorder dialog, scrap and immediate transfer go round nothing."""
        self.rpc_json("storekeeper", "stock.move", "write", {"quantity": 1}, ids=self.move.ids)
        wizard_id = self.rpc_json(
            "storekeeper",
            "stock.backorder.confirmation",
            "create",
            {
                "pick_ids": [Command.set(self.picking.ids)],
                "backorder_confirmation_line_ids": [
                    Command.create({"picking_id": self.picking.id, "to_backorder": True})
                ],
            },
        )
        for method in ("process", "process_cancel_backorder"):
            for context in ({}, self.hostile):
                self.refused(
                    "storekeeper",
                    "stock.backorder.confirmation",
                    method,
                    ids=[wizard_id],
                    context=dict(context, button_validate_picking_ids=self.picking.ids),
                )
        scrap_id = self.attempt(
            "storekeeper",
            "stock.scrap",
            "create",
            {
                "product_id": self.part_a.id,
                "scrap_qty": 2,
                "picking_id": self.picking.id,
                "location_id": self.stock.id,
            },
        )
        if scrap_id:
            self.attempt("storekeeper", "stock.scrap", "action_validate", ids=[scrap_id])
        self.env.invalidate_all()
        self.assertEqual(self.line.qty_issued, 0)
        self.assertNotIn("issued", self.requisition.mapped("fulfilment"))
        self.assert_sound(self.requisition)

    def test_roles_without_the_store(self):
        """B8, D5: who doesn't belong to the store touches neither moves nor lines."""
        line = self.move.move_line_ids[0]
        for user in ("plain", "supervisor", "tech_reviewer", "engineer", "agent", "admin"):
            with self.subTest(user=user):
                self.refused(user, "stock.picking", "button_validate", ids=self.picking.ids)
                self.refused(user, "stock.picking", "write", {"waybill": "x"}, ids=self.picking.ids)
                self.refused(user, "stock.move", "write", {"quantity": 1}, ids=self.move.ids)
                self.refused(user, "stock.move.line", "write", {"quantity": 1}, ids=line.ids)
                self.refused(user, "stock.move.line", "write", {"lot_name": "x"}, ids=line.ids)
                self.refused(user, "stock.move.line", "write", {"picked": False}, ids=line.ids)
                self.refused(user, "stock.move.line", "write", {"state": "done"}, ids=line.ids)
                self.refused(user, "stock.move.line", "unlink", ids=line.ids)
                self.refused(
                    user,
                    "stock.move.line",
                    "create",
                    {
                        "move_id": self.move.id,
                        "product_id": self.part_a.id,
                        "quantity": 1,
                        "product_uom_id": self.part_a.uom_id.id,
                    },
                )
        self.assert_nothing_left()
