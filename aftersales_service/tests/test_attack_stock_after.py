from odoo.fields import Command

from .attack_stock_case import StockCase


class TestAttackIssued(StockCase):
    """B4, B9, B10: what has been issued stays issued; nothing is issued twice."""

    def setUp(self):
        super().setUp()
        self.issue(self.picking)
        self.env.invalidate_all()

    def assert_issued_once(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.line.qty_issued, 2)
        self.assertEqual(self.requisition.fulfilment, "issued")
        self.assertEqual(self.on_hand(), 8)
        self.assert_sound(self.requisition)

    def test_done_moves_and_lines(self):
        """B4, B4c, B9: quantity, unit, lot, place and state of issued material stay."""
        move, lines = self.move, self.move.move_line_ids
        dozen = self.env.ref("uom.product_uom_dozen").id
        for user in ("storekeeper", self.manager):
            for vals in (
                {"quantity": 99},
                {"quantity": 1},
                {"quantity": 0},
                {"product_uom": dozen},
                {"product_id": self.part_b.id},
                {"location_dest_id": self.stock.id},
                {"location_id": self.customers.id},
                {"state": "cancel"},
                {"state": "draft"},
                {"state": "assigned"},
                {"requisition_line_id": False},
                {"picking_id": False},
                {"picking_type_id": self.warehouse.out_type_id.id},
                {"quantity": 99, "state": "assigned"},
            ):
                with self.subTest(user=user, vals=vals):
                    self.refused_always(user, "stock.move", "write", vals, ids=move.ids)
            for vals in (
                {"quantity": 99},
                {"quantity": 1},
                {"product_uom_id": dozen},
                {"quantity_product_uom": 0},
                {"location_dest_id": self.stock.id},
                {"location_id": self.customers.id},
                {"owner_id": self.customer.id},
                {"move_id": False},
                {"picking_id": False},
                {"lot_name": "X"},
                {"state": "draft"},
                {"state": "assigned"},
                {"state": "cancel"},
                {"product_id": self.part_b.id},
            ):
                with self.subTest(user=user, line=vals):
                    self.refused_always(user, "stock.move.line", "write", vals, ids=lines.ids)
            self.refused_always(user, "stock.move", "unlink", ids=move.ids)
            self.refused_always(user, "stock.move.line", "unlink", ids=lines.ids)
            self.refused_always(user, "stock.picking", "unlink", ids=self.picking.ids)
            self.refused_always(user, "stock.picking", "action_cancel", ids=self.picking.ids)
            self.refused_always(
                user, "stock.picking", "write", {"state": "draft"}, ids=self.picking.ids
            )
            self.refused_always(
                user, "stock.picking", "write", {"state": "cancel"}, ids=self.picking.ids
            )
        self.assert_issued_once()

    def test_what_the_forms_print(self):
        """B4: number, day, demand and returns of an issue stay as its evidence has them."""
        day = {"date_done": "2020-01-01 00:00:00"}
        receipt = self.env["stock.move"].create(
            {
                "product_id": self.part_a.id,
                "product_uom_qty": 5,
                "location_id": self.customers.id,
                "location_dest_id": self.stock.id,
            }
        )
        for user in ("storekeeper", self.manager):
            for vals in (day, {"name": "FORGED"}):
                self.refused_always(user, "stock.picking", "write", vals, ids=self.picking.ids)
            for vals in (
                {"product_uom_qty": 99},
                {"date": "2020-01-01 00:00:00"},
                {"origin_returned_move_id": receipt.id},
            ):
                self.refused_always(user, "stock.move", "write", vals, ids=self.move.ids)
            link = {"origin_returned_move_id": self.move.id}
            self.refused_always(user, "stock.move", "write", link, ids=receipt.ids)
        self.assertTrue(self.picking.date_done)
        self.assert_issued_once()

    def test_two_steps_on_a_done_line(self):
        """B4, B9: a line whose state was forged first isn't changed in a second step."""
        lines = self.move.move_line_ids
        for state in ("draft", "assigned", "cancel"):
            for vals in (
                {"location_dest_id": self.stock.id},
                {"location_id": self.customers.id},
                {"quantity": 1},
                {"quantity": 9},
                {"owner_id": self.customer.id},
            ):
                with self.subTest(state=state, vals=vals), self.env.cr.savepoint() as point:
                    self.attempt(
                        "storekeeper", "stock.move.line", "write", {"state": state}, ids=lines.ids
                    )
                    self.attempt("storekeeper", "stock.move.line", "write", vals, ids=lines.ids)
                    self.attempt("storekeeper", "stock.move.line", "unlink", ids=lines.ids)
                    self.assert_issued_once()
                    self.assert_all_or_nothing()
                    point.rollback()
                    self.env.invalidate_all()

    def test_lines_added_to_a_done_move(self):
        """B4: no line is added to an issued move or transfer."""
        vals = {
            "product_id": self.part_a.id,
            "product_uom_id": self.part_a.uom_id.id,
            "quantity": 1,
            "location_id": self.stock.id,
            "location_dest_id": self.move.location_dest_id.id,
        }
        for extra in (
            {"move_id": self.move.id},
            {"move_id": self.move.id, "picking_id": self.picking.id},
            {"picking_id": self.picking.id},
            {"picking_id": self.picking.id, "product_id": self.part_b.id},
        ):
            for user in ("storekeeper", "plain", self.manager):
                with self.subTest(user=user, extra=extra):
                    self.refused(user, "stock.move.line", "create", dict(vals, **extra))
                    self.refused(
                        user, "stock.move.line", "create", dict(vals, **extra), context=self.hostile
                    )
        self.refused(
            "storekeeper",
            "stock.picking",
            "write",
            {"move_line_ids": [Command.create(vals)]},
            ids=self.picking.ids,
        )
        self.assert_issued_once()

    def test_issue_again(self):
        """B10: issued, then reopened, repeated, copied or moved again: still once."""
        for user, model, method, ids in (
            ("supervisor", "aftersales.requisition", "action_recreate_issue", self.requisition.ids),
            ("supervisor", "aftersales.requisition", "action_revise", self.requisition.ids),
            ("storekeeper", "stock.picking", "button_validate", self.picking.ids),
            ("storekeeper", "stock.picking", "action_confirm", self.picking.ids),
            ("storekeeper", "stock.picking", "action_assign", self.picking.ids),
            ("storekeeper", "stock.picking", "copy", self.picking.ids),
            ("storekeeper", "stock.move", "copy", self.move.ids),
        ):
            with self.subTest(method=method):
                self.attempt(user, model, method, ids=ids)
                self.attempt(user, model, method, ids=ids, context=self.hostile)
                self.assert_issued_once()
        self.refused(
            "supervisor",
            "aftersales.requisition",
            "action_cancel",
            ids=self.requisition.ids,
            comment="x",
        )
        self.assert_issued_once()

    def test_return_and_issue_again(self):
        """B10: what came back unused isn't issued a second time on the same requisition."""
        wizard_id = self.rpc_json(
            "storekeeper",
            "stock.return.picking",
            "create",
            {"picking_id": self.picking.id},
            context={
                "active_model": "stock.picking",
                "active_id": self.picking.id,
                "active_ids": self.picking.ids,
            },
        )
        wizard = self.env["stock.return.picking"].browse(wizard_id)
        self.rpc_json(
            "storekeeper",
            "stock.return.picking.line",
            "write",
            {"quantity": 2},
            ids=wizard.product_return_moves.filtered(
                lambda line: line.product_id == self.part_a
            ).ids,
        )
        action = self.rpc_json(
            "storekeeper", "stock.return.picking", "action_create_returns", ids=[wizard_id]
        )
        back = self.env["stock.picking"].browse(action["res_id"])
        self.assertFalse(back.requisition_id | back.move_ids.requisition_line_id.requisition_id)
        self.rpc_json("storekeeper", "stock.picking", "button_validate", ids=back.ids)
        self.assertEqual(back.state, "done")
        self.assertEqual(self.on_hand(), 10)
        self.assertEqual(self.line.qty_issued, 2)
        self.refused(
            "supervisor",
            "aftersales.requisition",
            "action_recreate_issue",
            ids=self.requisition.ids,
        )
        self.assertEqual(self.line.qty_issued, 2)
        self.assert_sound(self.requisition)

    def test_shipping_data_after_shipment(self):
        """B8, R004-20: waybill and carrier of what has been shipped stay as they are."""
        vals = {"carrier_partner_id": self.customer.id, "waybill": "YD-1", "box_count": 1}
        self.rpc_json("storekeeper", "stock.picking", "write", vals, ids=self.picking.ids)
        self.act("storekeeper", self.picking, "action_pack")
        self.act("storekeeper", self.picking, "action_ship")
        for change in (
            {"waybill": "YD-2"},
            {"box_count": 9},
            {"consignee_name": "x"},
            {"expected_arrival": "2030-01-01"},
        ):
            for user in ("storekeeper", self.manager):
                self.refused_always(user, "stock.picking", "write", change, ids=self.picking.ids)
        for method in ("action_pack", "action_ship", "action_inspect_pass", "action_inspect_fail"):
            for user in ("storekeeper", "inspector", "supervisor", self.manager):
                self.refused(user, "stock.picking", method, ids=self.picking.ids)
        self.assert_sound(self.requisition)

    def test_inspector_is_another_person(self):
        """R001-34, A12: who issued or packed the goods doesn't pass them."""
        self.company.aftersales_exit_inspection = True
        both = self.make_user("as_store_inspector", "storekeeper", "inspector")
        self.act(both, self.picking, "action_pack")
        self.refused_always(both, "stock.picking", "action_inspect_pass", ids=self.picking.ids)
        self.refused(both, "stock.picking", "action_inspect_fail", ids=self.picking.ids)
        self.refused_always("storekeeper", "stock.picking", "action_ship", ids=self.picking.ids)
        self.act("inspector", self.picking, "action_inspect_pass")
        self.assert_sound(self.requisition)

    def test_inspector_does_not_pack(self):
        """R001-34, A12: who inspected the goods doesn't pack them afterwards either."""
        both = self.make_user("as_inspector_store", "storekeeper", "inspector")
        self.act(both, self.picking, "action_inspect_pass")
        self.refused_always(both, "stock.picking", "action_pack", ids=self.picking.ids)
        self.act("storekeeper", self.picking, "action_pack")
        self.assert_sound(self.requisition)


class TestAttackTransfer(StockCase):
    """B10, B4: cancelled, deleted and repeated transfers; units that change."""

    def test_cancelled_and_repeated(self):
        """B10: cancelled, repeated, the first one revived: at most one issue."""
        self.rpc_json("storekeeper", "stock.picking", "action_cancel", ids=self.picking.ids)
        self.refused("storekeeper", "stock.picking", "button_validate", ids=self.picking.ids)
        self.assert_nothing_left()
        self.rpc_json(
            "supervisor",
            "aftersales.requisition",
            "action_recreate_issue",
            ids=self.requisition.ids,
        )
        second = self.requisition.picking_ids.filtered(lambda item: item.state != "cancel")
        self.assertEqual(len(second), 1)
        self.refused(
            "supervisor",
            "aftersales.requisition",
            "action_recreate_issue",
            ids=self.requisition.ids,
        )
        for vals in ({"state": "assigned"}, {"state": "draft"}, {"state": "confirmed"}):
            self.attempt(
                "storekeeper", "stock.move", "write", vals, ids=self.picking.sudo().move_ids.ids
            )
        self.attempt("storekeeper", "stock.picking", "action_confirm", ids=self.picking.ids)
        self.attempt("storekeeper", "stock.picking", "action_assign", ids=self.picking.ids)
        for picking in (second, self.picking, second):
            self.attempt("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        self.env.invalidate_all()
        self.assertEqual(self.line.qty_issued, 2)
        self.assertEqual(self.on_hand(), 8)
        self.assertEqual(self.requisition.fulfilment, "issued")
        self.assert_sound(self.requisition)

    def test_cancelled_by_write_only(self):
        """B10: a transfer that is only written "cancel" doesn't open a second issue."""
        self.attempt(
            "storekeeper", "stock.picking", "write", {"state": "cancel"}, ids=self.picking.ids
        )
        self.attempt(
            "supervisor",
            "aftersales.requisition",
            "action_recreate_issue",
            ids=self.requisition.ids,
        )
        for picking in self.requisition.picking_ids:
            self.attempt("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        self.assert_all_or_nothing()
        live = self.requisition.sudo().picking_ids.move_ids.filtered(
            lambda move: move.state != "cancel"
        )
        self.assertEqual(len(live), 2)

    def test_deleted_and_repeated(self):
        """B10: a deleted transfer can be made again; the totals are right."""
        self.rpc_json("storekeeper", "stock.picking", "action_cancel", ids=self.picking.ids)
        self.attempt("storekeeper", "stock.picking", "unlink", ids=self.picking.ids)
        self.rpc_json(
            "supervisor",
            "aftersales.requisition",
            "action_recreate_issue",
            ids=self.requisition.ids,
        )
        self.requisition.invalidate_recordset()
        self.issue(self.requisition.picking_ids.filtered(lambda item: item.state == "assigned"))
        self.assert_all_or_nothing()
        self.assertEqual(self.line.qty_issued, 2)

    def test_unreserved_then_issued(self):
        """B10, R004-17: a transfer whose reservation went away isn't issued in part."""
        self.rpc_json("storekeeper", "stock.picking", "do_unreserve", ids=self.picking.ids)
        self.env.invalidate_all()
        self.assertNotEqual(self.requisition.fulfilment, "ready")
        self.refused_always("storekeeper", "stock.picking", "button_validate", ids=self.picking.ids)
        self.assert_nothing_left()
        self.rpc_json("storekeeper", "stock.picking", "action_assign", ids=self.picking.ids)
        self.issue(self.picking)
        self.assert_all_or_nothing()
        self.assertEqual(self.line.qty_issued, 2)

    def test_one_of_three(self):
        """B4b, R004-17: with one line short nothing leaves, also with ``skip_backorder``."""
        scarce = self.make_product("Scarce relay", "P-3001", 1)
        requisition = self.approved(lines=[(self.part_a, 1), (self.part_b, 1), (scarce, 3)])
        picking = requisition.picking_ids
        moves = picking.sudo().move_ids
        self.refused_always("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        for context in (
            {},
            {"skip_backorder": True},
            dict(self.hostile, picking_ids_not_to_backorder=picking.ids),
        ):
            for vals in ({"move_type": "direct"}, {"user_id": False}):
                self.attempt("storekeeper", "stock.picking", "write", vals, ids=picking.ids)
            self.refused(
                "storekeeper", "stock.picking", "button_validate", ids=picking.ids, context=context
            )
        self.attempt(
            "storekeeper",
            "stock.move",
            "write",
            {"product_uom_qty": 1},
            ids=moves.filtered(lambda move: move.product_id == scarce).ids,
        )
        self.refused_always("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        self.assertEqual(sum(requisition.line_ids.mapped("qty_issued")), 0)
        self.assertEqual(requisition.fulfilment in ("ready", "issued"), False)
        self.assert_sound(requisition)

    def test_unit_of_the_product_changed(self):
        """B4: when a product's unit is changed after the approval, 2 pieces don't become
        2 dozen."""
        dozen = self.env.ref("uom.product_uom_dozen")
        self.part_a.product_tmpl_id.write({"uom_id": dozen.id})
        self.env.flush_all()
        self.attempt("storekeeper", "stock.picking", "button_validate", ids=self.picking.ids)
        self.env.invalidate_all()
        left = sum(
            move.product_uom._compute_quantity(move.quantity, self.env.ref("uom.product_uom_unit"))
            for move in self.move
            if move.state == "done"
        )
        self.assertIn(left, (0, 2))

    def test_archived_product(self):
        """B4, D4: an archived product changes neither content nor evidence."""
        self.part_a.active = False
        self.assert_sound(self.requisition)
        self.attempt("storekeeper", "stock.picking", "button_validate", ids=self.picking.ids)
        self.assert_all_or_nothing()

    def test_operation_marked_by_hand(self):
        """B7, B8: nobody makes an operation ours, or ours an ordinary one, by write."""
        kind = self.picking.picking_type_id
        for user in (self.manager, "storekeeper"):
            self.refused_always(
                user, "stock.picking.type", "write", {"code": "outgoing"}, ids=kind.ids
            )
            self.refused_always(
                user,
                "stock.picking.type",
                "write",
                {"code": "aftersales_issue"},
                ids=self.warehouse.out_type_id.ids,
            )
        self.assert_nothing_left()

    def test_operation_marked_by_a_default(self):
        """A1, B7: no context and no own default makes an operation or a place ours, and a
        warehouse's material issue is no other operation."""
        kind = {"name": "Mine", "sequence_code": "MM", "warehouse_id": self.warehouse.id}
        place = {"name": "Mine", "usage": "customer", "company_id": False}
        for model, vals, field, value in (
            ("stock.picking.type", kind, "code", "aftersales_issue"),
            ("stock.location", place, "aftersales_purpose", "free"),
        ):
            with self.subTest(model=model), self.env.cr.savepoint() as point:
                context = {f"default_{field}": value}
                self.refused(self.manager, model, "create", vals, context=context)
                self.refused(self.manager, model, "name_create", "Mine", context=context)
                self.set_default(self.manager, model, field, value)
                self.refused(self.manager, model, "create", vals)
                point.rollback()
        second = self.env["stock.warehouse"].create({"name": "Second", "code": "WH2"})
        for other in (self.warehouse.out_type_id, second.aftersales_issue_type_id):
            self.refused_always(
                self.manager,
                "stock.warehouse",
                "write",
                {"aftersales_issue_type_id": other.id},
                ids=self.warehouse.ids,
            )
        self.assert_nothing_left()

    def test_serial_numbers(self):
        """B9: one serial is issued once, and the serial issued is the one on record."""
        product = self.make_product("Protection relay", "P-4001", tracking="serial")
        lots = self.env["stock.lot"].create(
            [
                {"name": f"SN-{number}", "product_id": product.id, "company_id": self.company.id}
                for number in (1, 2, 3)
            ]
        )
        for lot in lots:
            self.put_on_stock(product, 1, lot)
        requisition = self.approved(lines=[(product, 2)])
        picking = self.draw(requisition)
        lines = picking.sudo().move_ids.move_line_ids
        self.assertEqual(len(lines), 2)
        for vals in ({"lot_id": lines[1].lot_id.id}, {"quantity": 2}, {"lot_id": False}):
            with self.subTest(vals=vals), self.env.cr.savepoint() as point:
                self.attempt("storekeeper", "stock.move.line", "write", vals, ids=lines[0].ids)
                self.attempt("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
                self.env.invalidate_all()
                quants = self.env["stock.quant"].search([("product_id", "=", product.id)])
                self.assertFalse(quants.filtered(lambda quant: quant.quantity < 0))
                self.assertIn(requisition.line_ids.qty_issued, (0, 2))
                self.assert_sound(requisition)
                point.rollback()
                self.env.invalidate_all()
        self.issue(picking)
        issued = [line.lot_id.name for line in lines]
        for vals in ({"lot_id": lots[2].id}, {"lot_name": "SN-9"}, {"quantity": 0}):
            self.refused_always("storekeeper", "stock.move.line", "write", vals, ids=lines[0].ids)
        row = requisition.approval_ids.filtered(lambda item: item.act == "issue")
        for name in issued:
            self.assertIn(name, row.snapshot)
        self.assert_sound(requisition)
