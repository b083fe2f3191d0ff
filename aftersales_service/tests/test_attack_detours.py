from odoo.exceptions import UserError
from odoo.fields import Command

from .attack_stock_case import StockCase


class TestAttackDetours(StockCase):
    """A10, A23, A24, B4: long ways round that end at the same guards."""

    def run_code(self, record, code):
        """Run a server action with code as the superuser, the strongest attacker inside."""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Forge",
                "model_id": self.env["ir.model"]._get_id(record._name),
                "state": "code",
                "code": code,
            }
        )
        action.with_context(
            active_model=record._name, active_id=record.id, active_ids=record.ids
        ).run()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_code_action_through_the_guards(self):
        """A23: code that writes as everybody does meets the guards, sudo or not."""
        requisition = self.submitted()
        for code in (
            "record.write({'state': 'approved'})",
            "record.sudo().write({'fault_plan': 'forged'})",
            "record.sudo().with_context(_force_unlink=True).unlink()",
            "record.approval_ids.sudo().write({'state': 'signed'})",
            "env['aftersales.approval'].sudo().create({})",
            "record.state = 'approved'",
            "record.line_ids[0].sudo().qty_product = 99",
        ):
            before = self.picture()
            with self.subTest(code=code):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self.run_code(requisition, code)
                self.env.invalidate_all()
                self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(requisition)

    def test_code_action_round_the_guards(self):
        """A24: code that goes round the guards can't be stopped, and is named."""
        deeds = (
            "record._door_write({'state': 'cancelled'})",
            "record._door_write({'fault_plan': 'forged'})",
            "record.line_ids[0]._door_write({'qty_product': 99})",
            "record.line_ids[0]._door_write({'approved_qty': 99})",
            "record.approval_ids.filtered('digest')[1]._door_write({'comment': 'forged'})",
            "record.approval_ids.filtered('digest')[1]._door_unlink()",
            "record._write({'fault_plan': 'forged'})",
            "env.cr.execute(\"UPDATE aftersales_approval SET user_name = 'X'\")",
        )
        for code in deeds:
            requisition = self.approved()
            self.assert_sound(requisition)
            with self.subTest(code=code), self.env.cr.savepoint() as point:
                self.run_code(requisition, code)
                self.assertTrue(self.verify(requisition))
                point.rollback()
                self.env.invalidate_all()

    def test_partners_merged(self):
        """A17: merging the customer rewrites the documents below every guard. The signed
        records read the same, and the document either verifies or is named."""
        requisition = self.submitted()
        twin = self.env["res.partner"].create({"name": self.customer.name})
        stranger = self.env["res.partner"].create({"name": "Quite another works"})
        snapshots = requisition.approval_ids.sudo().mapped("snapshot")
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((self.customer | twin).ids, twin)
        self.env.invalidate_all()
        self.assertEqual(requisition.sudo().partner_id, twin)
        self.assertEqual(requisition.approval_ids.sudo().mapped("snapshot"), snapshots)
        self.assert_sound(requisition)
        merge._merge((twin | stranger).ids, stranger)
        self.env.invalidate_all()
        self.assertEqual(requisition.approval_ids.sudo().mapped("snapshot"), snapshots)
        self.assertTrue(any("partner_id" in text for text in self.verify(requisition)))

    def test_inventory_counted_meanwhile(self):
        """B1, B4: what an inventory has taken off the shelf isn't issued any more."""
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.part_a.id), ("location_id", "=", self.stock.id)]
        )
        self.rpc_json(
            self.manager,
            "stock.quant",
            "write",
            {"inventory_quantity": 1},
            ids=quant.ids,
            context={"inventory_mode": True},
        )
        self.rpc_json(self.manager, "stock.quant", "action_apply_inventory", ids=quant.ids)
        self.assertEqual(self.on_hand(), 1)
        self.attempt("storekeeper", "stock.picking", "button_validate", ids=self.picking.ids)
        self.env.invalidate_all()
        self.assertEqual(self.line.qty_issued, 0)
        self.assertEqual(self.on_hand(), 1)
        self.assert_sound(self.requisition)

    def test_plain_transfer_to_the_purpose(self):
        """B4, B7: material goes to a purpose of ours on a requisition, not by an ordinary
        delivery or internal transfer."""
        for purpose, kind in (
            ("free", "out_type_id"),
            ("paid", "out_type_id"),
            ("loan", "int_type_id"),
        ):
            place = self.company._aftersales_purpose_location(purpose)
            vals = {
                "picking_type_id": self.warehouse[kind].id,
                "location_id": self.stock.id,
                "location_dest_id": place.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.part_a.id,
                            "product_uom_qty": 3,
                            "product_uom": self.part_a.uom_id.id,
                            "location_id": self.stock.id,
                            "location_dest_id": place.id,
                        }
                    )
                ],
            }
            for user in ("storekeeper", self.manager):
                with (
                    self.subTest(purpose=purpose, user=str(user)),
                    self.env.cr.savepoint() as point,
                ):
                    picking = self.attempt(user, "stock.picking", "create", vals)
                    if picking:
                        self.attempt(user, "stock.picking", "action_confirm", ids=[picking])
                        self.attempt(user, "stock.picking", "action_assign", ids=[picking])
                        self.attempt(user, "stock.picking", "button_validate", ids=[picking])
                    self.assert_nothing_left()
                    point.rollback()
                    self.env.invalidate_all()

    def test_line_sent_to_the_purpose(self):
        """B4, B7: a line of an ordinary delivery doesn't go to a purpose of ours either,
        before the delivery is done or afterwards."""
        place = self.company._aftersales_purpose_location("free")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.part_a.id,
                            "product_uom_qty": 3,
                            "location_id": self.stock.id,
                            "location_dest_id": self.customers.id,
                        }
                    )
                ],
            }
        )
        picking.action_assign()
        line = picking.move_line_ids
        vals = {"location_dest_id": place.id}
        for _done in (False, True):
            for user in ("storekeeper", self.manager, "plain"):
                self.refused_always(user, "stock.move.line", "write", vals, ids=line.ids)
                self.refused_always(
                    user,
                    "stock.move.line",
                    "create",
                    {
                        "move_id": picking.move_ids.id,
                        "product_id": self.part_a.id,
                        "quantity": 1,
                        "location_id": self.stock.id,
                        "location_dest_id": place.id,
                    },
                )
            picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertFalse(self.env["stock.quant"].search([("location_id", "=", place.id)]))

    def test_activity_done_signs_nothing(self):
        """A7: marking the activity as done, by anybody, is no signature."""
        requisition = self.submitted()
        activity = requisition.sudo().activity_ids
        self.assertEqual(len(activity), 1)
        for user in ("supervisor", "tech_reviewer"):
            with self.env.cr.savepoint() as point:
                self.attempt(user, "mail.activity", "action_feedback", "agreed", ids=activity.ids)
                self.env.invalidate_all()
                self.assertEqual(requisition.state, "submitted")
                point.rollback()
                self.env.invalidate_all()
        self.assert_sound(requisition)

    def test_names_created(self):
        """A1: quick creation gives no document its number nor a state."""
        for user in ("supervisor", "tech_reviewer", "admin"):
            self.refused_always(user, "aftersales.requisition", "name_create", "CLD-FORGED")

    def test_promise_dialog(self):
        """A27, R004-15: a promise is changed by its own office, with a reason, only after
        it was given, and never on another document's line."""
        bought = self.make_product("Relay", "P-2001")
        requisition = self.approved(lines=[(bought, 4)])
        line = requisition.line_ids
        vals = {"line_id": line.id, "promised_date": "2031-01-01", "reason": "late"}
        for user in ("planner", "buyer"):
            wizard_id = self.rpc_json(user, "aftersales.promise.wizard", "create", vals)
            self.refused_always(user, "aftersales.promise.wizard", "action_apply", ids=[wizard_id])
        self.rpc_json("buyer", line._name, "write", {"promised_date": "2030-01-01"}, ids=line.ids)
        self.sign("buyer", requisition)
        for user in ("planner", "supervisor", "tech_reviewer", "storekeeper"):
            self.refused_always(
                user,
                line._name,
                "action_change_promise",
                ids=line.ids,
                promised_date="2031-01-01",
                reason="late",
            )
        self.refused_always(
            "buyer", line._name, "action_change_promise", ids=line.ids, promised_date="2031-01-01"
        )
        issued_lines = self.requisition.line_ids
        self.refused_always(
            "buyer",
            line._name,
            "action_change_promise",
            ids=issued_lines.ids,
            promised_date="2031-01-01",
            reason="late",
        )
        self.assert_sound(requisition, self.requisition)

    def test_commands_through_other_records(self):
        """A9, B4: one2many commands on lots, partners, products and locations reach nothing."""
        requisition = self.requisition
        line = self.line
        for model, record, name in (
            ("aftersales.requisition.line", line, "move_ids"),
            ("aftersales.requisition", requisition, "picking_ids"),
        ):
            target = record[name].sudo()[:1]
            for command in (
                Command.update(target.id, {"state": "done"}),
                Command.unlink(target.id),
                Command.delete(target.id),
                Command.clear(),
                Command.create({}),
            ):
                for user in ("supervisor", self.manager):
                    with self.subTest(model=model, command=command, user=str(user)):
                        self.refused(user, model, "write", {name: [command]}, ids=record.ids)
        self.assert_nothing_left()
