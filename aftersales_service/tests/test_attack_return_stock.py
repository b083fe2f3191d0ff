from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HOSTILE_CONTEXT
from .return_case import CHAIN, ReturnCase


@tagged("post_install", "-at_install")
class TestAttackReturnStock(ReturnCase):
    """B5, B7, B9, B10 on what comes back, and the way out of quarantine (B6)."""

    hostile = dict(HOSTILE_CONTEXT, default_state="done")

    def setUp(self):
        super().setUp()
        self.manager = self.make_user("as_stock_manager", "storekeeper")
        self.manager.group_ids = [Command.link(self.env.ref("stock.group_stock_manager").id)]
        self.plain = self.make_user("as_plain")
        self.plain.group_ids = [Command.link(self.env.ref("stock.group_stock_user").id)]
        self.customers = self.customer.property_stock_customer

    def waiting_return(self, lines=None, **values):
        """Return (form, receipt) of a return that waits for its goods."""
        document = self.submit_return(lines, **values)
        self.sign("sales_manager", document)
        picking = document.picking_ids
        picking.sudo().receipt_look = "sound"
        return document, picking

    def there(self):
        """Return what stands in quarantine."""
        self.env.invalidate_all()
        quants = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
        return sum(quants.mapped("quantity"))

    def wizard_return(self, quantity, move=None, user="as_stock_manager"):
        """Bring goods back with core's return wizard, without our form."""
        move = move or self.coil_move
        context = {"active_model": "stock.picking", "active_id": move.picking_id.id}
        context["active_ids"] = move.picking_id.ids
        wizard_id = self.rpc(
            user,
            "stock.return.picking",
            "create",
            {"picking_id": move.picking_id.id},
            context=context,
        )
        wizard = self.env["stock.return.picking"].browse(wizard_id)
        line = wizard.product_return_moves.filtered(lambda item: item.move_id == move)
        self.rpc(user, line._name, "write", {"quantity": quantity}, ids=line.ids)
        action = self.rpc(user, wizard._name, "action_create_returns", ids=wizard.ids)
        return self.env["stock.picking"].browse(action["res_id"])

    def refuse_wizard(self, quantity, **kwargs):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            picking = self.wizard_return(quantity, **kwargs)
            self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        return str(caught.exception)

    # ------------------------------------------------------------------
    # More than was delivered
    # ------------------------------------------------------------------
    def test_more_than_delivered(self):
        """B5: open and closed returns together never exceed the delivery."""
        first = self.submit_return()
        self.sign_as(first, *CHAIN)
        self.submit_return([{"product_id": self.coil.id, "qty_claimed": 2}])
        document = self.make_return([{"product_id": self.coil.id, "qty_claimed": 1}])
        message = self.refused("agent", document._name, "action_submit", ids=document.ids)
        self.assertIn(first.name, message)
        twice = self.make_return(
            [
                {"product_id": self.breaker.id, "serial_number": "VB-1"},
                {"product_id": self.breaker.id, "serial_number": "VB-1"},
            ]
        )
        self.refused("agent", twice._name, "action_submit", ids=twice.ids)

    def test_more_received_than_asked(self):
        """B5: the store can't count more in than the form says, in any way."""
        document, picking = self.waiting_return()
        move = picking.move_ids
        line = move.move_line_ids
        deeds = (
            ("stock.move", {"quantity": 5}, move.ids),
            ("stock.move.line", {"quantity": 5}, line.ids),
            ("stock.move", {"product_uom_qty": 5, "quantity": 5}, move.ids),
        )
        for model, vals, ids in deeds:
            with self.subTest(vals=vals), self.env.cr.savepoint() as point:
                self.rpc("storekeeper", model, "write", vals, ids=ids)
                self.refused("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
                point.rollback()
                self.env.invalidate_all()
        dozen = self.env.ref("uom.product_uom_dozen")
        with self.env.cr.savepoint() as point:
            self.rpc(
                "storekeeper",
                "stock.move.line",
                "write",
                {"product_uom_id": dozen.id},
                ids=line.ids,
            )
            self.refused("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
            point.rollback()
            self.env.invalidate_all()
        self.assertEqual(self.there(), 0)
        self.assert_sound(document)

    def test_core_wizard_counts(self):
        """B5: what comes back by core's wizard counts, and the form's claim holds it off."""
        document = self.submit_return()
        self.assertIn(document.name, self.refuse_wizard(3))
        picking = self.wizard_return(2)
        self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 5)
        self.refuse_wizard(1)
        more = self.make_return([{"product_id": self.coil.id, "qty_claimed": 1}])
        self.refused("agent", more._name, "action_submit", ids=more.ids)
        # a done return can't be made larger either
        move = picking.move_ids
        for model, vals, ids in (
            ("stock.move", {"quantity": 5}, move.ids),
            ("stock.move.line", {"quantity": 5}, move.move_line_ids.ids),
        ):
            self.refused("as_stock_manager", model, "write", vals, ids=ids)
        # nor the delivery smaller than what came back
        self.refused(
            "as_stock_manager", "stock.move", "write", {"quantity": 1}, ids=self.coil_move.ids
        )

    def test_core_wizard_first(self):
        """B5: returned before any form was written: it counts from the first form on."""
        picking = self.wizard_return(4)
        self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        document = self.make_return([{"product_id": self.coil.id, "qty_claimed": 2}])
        self.refused("agent", document._name, "action_submit", ids=document.ids)
        self.refuse_wizard(99)

    def test_core_wizard_serial(self):
        """B9: core's wizard can't bring back a serial number that a form asks for, or one
        that wasn't delivered."""
        document = self.submit_return([{"product_id": self.breaker.id, "serial_number": "VB-1"}])
        picking = self.wizard_return(1, move=self.breaker_move)
        line = picking.move_line_ids
        for lot in (self.serials[0], self.make_lots(self.breaker, "VB-9")):
            self.rpc("as_stock_manager", line._name, "write", {"lot_id": lot.id}, ids=line.ids)
            self.refused("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        lot = self.serials[1]
        self.rpc("as_stock_manager", line._name, "write", {"lot_id": lot.id}, ids=line.ids)
        self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        self.assertEqual(picking.state, "done")
        self.assert_sound(document)

    def test_unused_material(self):
        """B10: unused material comes back by core's wizard, and never more than was issued."""
        requisition = self.issued(lines=[(self.part_a, 2)])
        move = requisition.picking_ids.sudo().move_ids
        self.refuse_wizard(3, move=move)
        picking = self.wizard_return(2, move=move)
        self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        self.refuse_wizard(1, move=move)
        self.assert_sound(requisition)

    # ------------------------------------------------------------------
    # The receipt
    # ------------------------------------------------------------------
    def test_receipt_is_for_the_storekeeper(self):
        """B7: from the Inventory app as well, only who may sign the step receives."""
        document, picking = self.waiting_return()
        for user in ("as_plain", "general_manager"):
            self.refused(user, "stock.picking", "button_validate", ids=picking.ids)
        author = self.make_user("as_author", "agent", "storekeeper")
        other = self.make_return(user=author)
        self.act("agent", document, "action_cancel", comment="not needed")
        self.act("agent", other, "action_submit")
        self.sign("sales_manager", other)
        other.picking_ids.sudo().receipt_look = "sound"
        self.refused(author, "stock.picking", "button_validate", ids=other.picking_ids.ids)
        self.assertEqual(self.there(), 0)
        self.assert_sound(document, other)

    def test_receipt_needs_its_step(self):
        """B7: no receipt before the confirmation, after the step or without look."""
        document, picking = self.waiting_return()
        picking.sudo().receipt_look = " "
        self.refused("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        self.decide("storekeeper", document, "action_reject", comment="not ours")
        self.assertEqual(picking.state, "cancel")
        self.refused("storekeeper", document._name, "action_open_receipt", ids=document.ids)
        draft = self.make_return()
        self.refused("storekeeper", draft._name, "action_open_receipt", ids=draft.ids)
        self.assertEqual(self.there(), 0)

    def test_forged_receipt(self):
        """B4c, B7: nothing is received by a state, a link, another owner or place."""
        document, picking = self.waiting_return()
        move = picking.move_ids
        line = move.move_line_ids
        lines = document.line_ids
        vals = {
            "product_id": self.coil.id,
            "product_uom_qty": 1,
            "location_id": self.customers.id,
            "location_dest_id": self.quarantine.id,
            "picking_type_id": picking.picking_type_id.id,
        }
        for user in ("storekeeper", "as_stock_manager"):
            for model, method, args, ids in (
                ("stock.picking", "write", [{"state": "done"}], picking.ids),
                ("stock.move", "write", [{"state": "done"}], move.ids),
                ("stock.move", "write", [{"aftersales_return_line_id": False}], move.ids),
                ("stock.move", "write", [{"aftersales_return_line_id": lines.id}], move.ids),
                ("stock.picking", "write", [{"aftersales_return_id": False}], picking.ids),
                ("stock.picking", "write", [{"owner_id": False}], picking.ids),
                (
                    "stock.picking",
                    "write",
                    [{"partner_id": self.company.partner_id.id}],
                    picking.ids,
                ),
                ("stock.move", "write", [{"product_id": self.part_a.id}], move.ids),
                ("stock.move", "create", [dict(vals, picking_id=picking.id)], None),
                ("stock.move", "create", [vals], None),
                ("stock.move", "create", [dict(vals, state="done")], None),
                ("stock.move", "create", [dict(vals, aftersales_return_line_id=lines.id)], None),
            ):
                with self.subTest(user=user, method=f"{model}.{method}", args=args):
                    self.refused(user, model, method, *args, ids=ids, context=self.hostile)
        stock = {"location_dest_id": self.stock.id}
        for model, change, ids in (
            ("stock.move.line", stock, line.ids),
            ("stock.move", stock, move.ids),
            ("stock.picking", stock, picking.ids),
        ):
            with self.subTest(model=model), self.env.cr.savepoint() as point:
                self.rpc("as_stock_manager", model, "write", change, ids=ids)
                self.refused("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
                point.rollback()
                self.env.invalidate_all()
        with self.env.cr.savepoint() as point:
            # an owner that somebody puts on the line is set right
            own = {"owner_id": self.company.partner_id.id}
            self.rpc("as_stock_manager", "stock.move.line", "write", own, ids=line.ids)
            self.rpc("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
            quant = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
            self.assertEqual(quant.owner_id, self.customer)
            point.rollback()
            self.env.invalidate_all()
        self.assertEqual(self.there(), 0)
        self.assert_sound(document)

    def test_received_stays_as_it_is(self):
        """B4, B9: what was received can't be changed, added to or deleted."""
        document, picking = self.waiting_return(
            [{"product_id": self.breaker.id, "serial_number": "VB-1"}]
        )
        self.act("storekeeper", picking, "button_validate")
        self.assertEqual(picking.state, "done")
        move, line = picking.move_ids, picking.move_line_ids
        new = {
            "move_id": move.id,
            "product_id": self.breaker.id,
            "lot_id": self.serials[1].id,
            "quantity": 1,
            "location_id": self.customers.id,
            "location_dest_id": self.quarantine.id,
        }
        for user in ("storekeeper", "as_stock_manager"):
            for model, method, args, ids in (
                ("stock.move", "write", [{"quantity": 2}], move.ids),
                ("stock.move", "write", [{"state": "cancel"}], move.ids),
                ("stock.move", "write", [{"product_uom_qty": 9}], move.ids),
                ("stock.move", "unlink", [], move.ids),
                ("stock.move.line", "write", [{"quantity": 2}], line.ids),
                ("stock.move.line", "write", [{"lot_id": self.serials[1].id}], line.ids),
                ("stock.move.line", "write", [{"owner_id": False}], line.ids),
                ("stock.move.line", "unlink", [], line.ids),
                ("stock.move.line", "create", [new], None),
                ("stock.picking", "write", [{"receipt_look": "new"}], picking.ids),
                ("stock.picking", "write", [{"date_done": "2020-01-01"}], picking.ids),
                ("stock.picking", "unlink", [], picking.ids),
            ):
                with self.subTest(user=user, method=f"{model}.{method}", args=args):
                    self.refused(user, model, method, *args, ids=ids, context=self.hostile)
        self.assert_sound(document)

    def test_serials(self):
        """B9: a serial number is one piece, and one that this customer was delivered."""
        stranger = self.env["res.partner"].create({"name": "Ridge Works"})
        lot = self.make_lots(self.breaker, "VB-8")
        self.deliver([(self.breaker, lot)], partner=stranger)
        for line in (
            {"product_id": self.breaker.id, "serial_number": "VB-1", "qty_claimed": 2},
            {"product_id": self.breaker.id, "serial_number": "VB-8"},
            {"product_id": self.breaker.id, "serial_number": "VB-77"},
            {"product_id": self.breaker.id},
            {
                "product_id": self.breaker.id,
                "lot_id": lot.id,
                "move_id": self.breaker_move.id,
            },
            {"product_id": self.coil.id, "move_id": self.breaker_move.id},
            {"product_id": self.part_a.id},
        ):
            with self.subTest(line=line):
                document = self.make_return([line], contract_ref=False)
                self.refused("agent", document._name, "action_submit", ids=document.ids)

    def test_cancelled_receipt(self):
        """B10: a receipt that was cancelled is made again, and totals stay right."""
        document, picking = self.waiting_return()
        self.rpc("storekeeper", "stock.picking", "action_cancel", ids=picking.ids)
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 3)
        again = self.receive(document)
        self.assertNotEqual(again, picking)
        self.assertEqual(document.line_ids.qty_received, 3)
        self.assertEqual(self.origin_of(self.coil_move).qty_claimed, 3)
        self.assertEqual(self.there(), 3)
        self.assert_sound(document)

    def test_backorders(self):
        """B4b, B10: whatever a client says of backorders, what hasn't come is expected."""
        for context in (
            {"skip_backorder": True},
            {"skip_backorder": True, "picking_ids_not_to_backorder": True},
            {"cancel_backorder": True},
        ):
            with self.subTest(context=context), self.env.cr.savepoint() as point:
                document, picking = self.waiting_return()
                move = picking.move_ids
                self.rpc("storekeeper", "stock.move", "write", {"quantity": 1}, ids=move.ids)
                if "picking_ids_not_to_backorder" in context:
                    context = dict(context, picking_ids_not_to_backorder=picking.ids)
                self.rpc(
                    "storekeeper",
                    "stock.picking",
                    "button_validate",
                    ids=picking.ids,
                    context=context,
                )
                document.invalidate_recordset()
                self.assertEqual(document.line_ids.qty_received, 1)
                self.assertEqual(document.line_ids.qty_open, 2)
                self.receive(document)
                self.assertEqual(document.line_ids.qty_received, 3)
                self.assertEqual(document.progress, "to_inspect")
                self.assert_sound(document)
                point.rollback()
                self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Quarantine
    # ------------------------------------------------------------------
    def test_quarantine_is_closed(self):
        """B6, R002-29: nothing goes in or out of quarantine but by a document."""
        document = self.submit_return()
        self.sign_as(document, *CHAIN[:2])
        kind = self.warehouse.int_type_id

        def moved(source, place, owner):
            vals = {
                "picking_type_id": kind.id,
                "location_id": source.id,
                "location_dest_id": place.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.coil.id,
                            "product_uom_qty": 1,
                            "location_id": source.id,
                            "location_dest_id": place.id,
                            "move_line_ids": [
                                Command.create(
                                    {
                                        "product_id": self.coil.id,
                                        "quantity": 1,
                                        "location_id": source.id,
                                        "location_dest_id": place.id,
                                        "owner_id": owner.id,
                                    }
                                )
                            ],
                        }
                    )
                ],
            }
            picking_id = self.rpc("as_stock_manager", "stock.picking", "create", vals)
            self.rpc("as_stock_manager", "stock.picking", "action_confirm", ids=[picking_id])
            self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=[picking_id])

        nobody = self.env["res.partner"]
        for source, place, owner in (
            (self.quarantine, self.customers, self.customer),
            (self.quarantine, self.stock, self.customer),
            (self.stock, self.quarantine, nobody),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                moved(source, place, owner)
        scrap = {
            "product_id": self.coil.id,
            "scrap_qty": 1,
            "location_id": self.quarantine.id,
            "owner_id": self.customer.id,
        }
        with self.assertRaises(UserError), self.env.cr.savepoint():
            scrap_id = self.rpc("as_stock_manager", "stock.scrap", "create", scrap)
            self.rpc("as_stock_manager", "stock.scrap", "action_validate", ids=[scrap_id])
        quant = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            context = {"inventory_mode": True}
            vals = {"inventory_quantity": 0}
            self.rpc(
                "as_stock_manager", "stock.quant", "write", vals, ids=quant.ids, context=context
            )
            self.rpc("as_stock_manager", "stock.quant", "action_apply_inventory", ids=quant.ids)
        self.assertEqual(self.there(), 3)
        self.assert_sound(document)

    def test_place_and_operation_are_the_company_s_own(self):
        """Law 5: nobody makes or changes the place or the operation of returns."""
        for vals in (
            {"name": "x", "usage": "internal", "aftersales_place": "quarantine"},
            {"name": "x", "usage": "internal", "aftersales_place": "reject"},
        ):
            self.refused("as_stock_manager", "stock.location", "create", [vals])
        self.refused(
            "as_stock_manager",
            "stock.location",
            "write",
            {"aftersales_place": False},
            ids=self.quarantine.ids,
        )
        kind = self.warehouse.aftersales_return_type_id
        for ids, vals in (
            (kind.ids, {"code": "incoming"}),
            (self.warehouse.in_type_id.ids, {"code": "aftersales_return"}),
        ):
            self.refused("as_stock_manager", "stock.picking.type", "write", vals, ids=ids)
