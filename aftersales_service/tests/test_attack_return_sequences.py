from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .return_case import CHAIN
from .return_settle_case import SettlementCase


@tagged("post_install", "-at_install")
class TestAttackReturnSequences(SettlementCase):
    """B5, B9, B10 over time: what came back stays counted, and is there once."""

    def setUp(self):
        super().setUp()
        self.manager = self.make_user("as_stock_manager", "storekeeper")
        self.manager.group_ids = [Command.link(self.env.ref("stock.group_stock_manager").id)]
        self.customers = self.customer.property_stock_customer
        self.stranger = self.env["res.partner"].create({"name": "Ridge Works"})

    def serial_line(self, number, **values):
        return {"product_id": self.breaker.id, "serial_number": number, **values}

    def wizard_return(self, move, quantity, lot=None):
        """Bring goods back with core's wizard, validated."""
        picking = move.picking_id
        wizard_id = self.rpc(
            "as_stock_manager",
            "stock.return.picking",
            "create",
            {"picking_id": picking.id},
            context={"active_model": "stock.picking", "active_id": picking.id},
        )
        wizard = self.env["stock.return.picking"].browse(wizard_id)
        line = wizard.product_return_moves.filtered(lambda item: item.move_id == move)
        self.rpc("as_stock_manager", line._name, "write", {"quantity": quantity}, ids=line.ids)
        action = self.rpc("as_stock_manager", wizard._name, "action_create_returns", ids=wizard.ids)
        back = self.env["stock.picking"].browse(action["res_id"])
        if lot:
            self.rpc(
                "as_stock_manager",
                "stock.move.line",
                "write",
                {"lot_id": lot.id},
                ids=back.move_line_ids.ids,
            )
        self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=back.ids)
        self.assertEqual(back.state, "done")
        return back

    def plain_receipt(self, lot):
        """Bring a serial number in by an ordinary receipt that names no delivery."""
        place = {"location_id": self.customers.id, "location_dest_id": self.stock.id}
        line = {"product_id": self.breaker.id, "quantity": 1, "lot_id": lot.id, **place}
        move = {
            "product_id": self.breaker.id,
            "product_uom_qty": 1,
            "move_line_ids": [Command.create(line)],
            **place,
        }
        vals = {
            "picking_type_id": self.warehouse.in_type_id.id,
            "partner_id": self.customer.id,
            "move_ids": [Command.create(move)],
            **place,
        }
        picking_id = self.rpc("as_stock_manager", "stock.picking", "create", vals)
        picking = self.env["stock.picking"].browse(picking_id)
        self.rpc("as_stock_manager", "stock.picking", "action_confirm", ids=picking.ids)
        self.rpc("as_stock_manager", "stock.picking", "button_validate", ids=picking.ids)
        self.assertEqual(picking.state, "done")

    # ------------------------------------------------------------------
    # What came back by core's wizard
    # ------------------------------------------------------------------
    def test_core_return_keeps_its_delivery(self):
        """B5: what came back by core's wizard can't be cut loose from its delivery."""
        back = self.wizard_return(self.coil_move, 4)
        move, line = back.move_ids, back.move_ids.move_line_ids
        other = self.deliver([(self.coil, 4)]).move_ids
        for model, vals, ids in (
            ("stock.move", {"origin_returned_move_id": False}, move.ids),
            ("stock.move", {"origin_returned_move_id": other.id}, move.ids),
            ("stock.move", {"location_id": self.stock.id}, move.ids),
            ("stock.move", {"aftersales_return_line_id": 1}, move.ids),
            ("stock.move.line", {"location_id": self.stock.id}, line.ids),
            ("stock.move", {"state": "cancel"}, move.ids),
        ):
            with self.subTest(model=model, vals=vals), self.env.cr.savepoint() as point:
                self.harm(model, vals, ids)
                document = self.make_return(
                    [{"product_id": self.coil.id, "qty_claimed": 3, "move_id": self.coil_move.id}]
                )
                self.refused("agent", document._name, "action_submit", ids=document.ids)
                point.rollback()
                self.env.invalidate_all()

    def harm(self, model, vals, ids):
        try:
            with self.env.cr.savepoint():
                self.rpc_json("as_stock_manager", model, "write", vals, ids=ids)
        except UserError:
            self.env.invalidate_all()

    def test_lot_of_a_delivery_is_swapped(self):
        """B5, B9: the numbers of a delivery can't be swapped after one of them came back."""
        document = self.submit_return([self.serial_line("VB-1")])
        self.sign_as(document, *CHAIN[:2])
        spare = self.make_lots(self.breaker, "VB-55")
        line = self.breaker_move.move_line_ids.filtered(lambda item: item.lot_id == self.serials[0])
        self.refused(
            "as_stock_manager", "stock.move.line", "write", {"lot_id": spare.id}, ids=line.ids
        )

    def test_lot_of_a_core_return_is_swapped(self):
        """B9: nor those of what came back by core's wizard."""
        back = self.wizard_return(self.breaker_move, 1, lot=self.serials[0])
        document = self.submit_return([self.serial_line("VB-2")])
        self.refused(
            "as_stock_manager",
            "stock.move.line",
            "write",
            {"lot_id": self.serials[1].id},
            ids=back.move_line_ids.ids,
        )
        self.assert_sound(document)

    # ------------------------------------------------------------------
    # A serial number is in one place
    # ------------------------------------------------------------------
    def test_serial_in_the_house_does_not_come_in(self):
        """B9: a serial number that is in our stock can't be received from a customer."""
        self.plain_receipt(self.serials[0])
        document = self.submit_return([self.serial_line("VB-1")])
        self.sign("sales_manager", document)
        document.picking_ids.sudo().receipt_look = "sound"
        self.refused(
            "storekeeper", "stock.picking", "button_validate", ids=document.picking_ids.ids
        )

    def test_returned_serial_comes_as_another(self):
        """B5, B9: a serial number that came back and stayed doesn't come in a second time
        on the form of another."""
        first = self.decided(("restock", 1, {}), lines=[self.serial_line("VB-1")])
        self.act("storekeeper", first, "action_put_away")
        second = self.submit_return([self.serial_line("VB-2")])
        self.sign("sales_manager", second)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.receive(second, lots={self.serials[1]: self.serials[0]})
        old = self.submit_return([self.serial_line("vb-1", contract_ref="HT-1")], delivery_id=False)
        self.sign("sales_manager", old)
        picking = old.picking_ids
        picking.sudo().receipt_look = "sound"
        self.rpc(
            "storekeeper",
            "stock.move.line",
            "write",
            {"lot_id": self.serials[0].id, "lot_name": False},
            ids=picking.move_line_ids.ids,
        )
        self.refused("storekeeper", "stock.picking", "button_validate", ids=picking.ids)

    # ------------------------------------------------------------------
    # Whose goods they are
    # ------------------------------------------------------------------
    def test_unit_of_somebody_else(self):
        """B9: naming any unit of a customer doesn't make another's delivery his."""
        lot = self.make_lots(self.breaker, "VB-8")
        delivery = self.deliver([(self.breaker, lot)], partner=self.stranger)
        unit = self.env["aftersales.unit"].create(
            {"serial_number": "ANY", "product_id": self.coil.id, "partner_id": self.customer.id}
        )
        for vals in (
            {"unit_id": unit.id, "lot_id": lot.id, "move_id": delivery.move_ids.id},
            {"unit_id": unit.id},
        ):
            document = self.make_return(
                [{"product_id": self.breaker.id, "serial_number": "VB-8", **vals}],
                delivery_id=False,
                contract_ref="HT-1",
            )
            with self.subTest(vals=vals):
                self.refused("agent", document._name, "action_submit", ids=document.ids)

    def test_owner_stays_after_the_receipt(self):
        """B9: what came from one customer doesn't become another's by a new round."""
        document = self.submit_return()
        self.sign_as(document, *CHAIN[:2])
        self.name_inspector(document)
        self.decide("production_manager", document, "action_reject", comment="wrong form")
        self.act("agent", document, "action_revise")
        self.refused(
            "agent", document._name, "write", {"partner_id": self.stranger.id}, ids=document.ids
        )

    def test_person_joins_a_firm_meanwhile(self):
        """The goods leave as whose they came, whatever firm the customer belongs to since."""
        person = self.env["res.partner"].create({"name": "A person"})
        move = self.deliver([(self.coil, 3)], partner=person)
        document = self.decided(("restock", 3, {}), partner_id=person.id, delivery_id=move.id)
        person.parent_id = self.stranger
        self.assertEqual(person.commercial_partner_id, self.stranger)
        self.act("storekeeper", document, "action_put_away")
        quants = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
        self.assertEqual(sum(abs(q) for q in quants.mapped("quantity")), 0)

    # ------------------------------------------------------------------
    # Settlement
    # ------------------------------------------------------------------
    def test_serial_is_not_split(self):
        """B9, D4: half a serial number has no outcome of its own."""
        document = self.submit_return([self.serial_line("VB-1")])
        self.sign_as(document, *CHAIN[:3])
        self.inspect(document, verdict="nothing_found")
        self.outcome_kinds(document, [("restock", 0.5, {}), ("scrap", 0.5, {})])
        with self.assertRaises(UserError):
            self.sign("inspector", document)
            self.sign("general_manager", document)

    def site_return(self, kind, received=1):
        document = self.submit_return(at_customer_site=True)
        self.sign_as(
            document,
            "sales_manager",
            "production_manager",
            "inspector",
            "general_manager",
            verdict="nothing_found",
            kind=kind,
        )
        self.receive(document, {self.coil: received})
        self.sign("storekeeper", document)
        self.assertEqual(document.progress, "settling")
        return document

    def test_no_more_is_given_than_came(self):
        """B6: after an inspection at the customer's site the replacement is for what came."""
        document = self.site_return("exchange")
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.assertEqual(picking.move_ids.product_uom_qty, 1)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc(
                "storekeeper", "stock.move", "write", {"quantity": 3}, ids=picking.move_ids.ids
            )
            self.rpc("storekeeper", "stock.picking", "button_validate", ids=picking.ids)
        self.assertEqual(document.outcome_ids.qty_given, 0)

    def test_no_more_is_credited_than_came(self):
        """B11: and so is the credit note."""
        document = self.site_return("refund")
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.assertEqual(note.invoice_line_ids.quantity, 1)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.rpc(
                "finance",
                "account.move.line",
                "write",
                {"quantity": 3},
                ids=note.invoice_line_ids.ids,
            )
            self.rpc("finance", "account.move", "action_post", ids=note.ids)

    def test_settled_moves_keep_their_day(self):
        document = self.decided(("send_back", 3, {}))
        action = self.act("storekeeper", document, "action_send_back")
        picking = self.deliver_transfer(self.env["stock.picking"].browse(action["res_id"]))
        for vals in ({"date": "2020-01-01 00:00:00"}, {"product_uom_qty": 9}):
            with self.subTest(vals=vals):
                self.refused(
                    "as_stock_manager", "stock.move", "write", vals, ids=picking.move_ids.ids
                )

    def test_core_return_of_our_transfers(self):
        """B7: core's wizard undoes neither the receipt nor the way back."""
        document = self.submit_return()
        self.sign("sales_manager", document)
        picking = self.receive(document)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.wizard_return(picking.move_ids, 3)
        self.sign_as(document, "production_manager")
        self.inspect(document, verdict="nothing_found", kind="send_back")
        self.sign("inspector", document)
        self.sign("general_manager", document)
        action = self.act("storekeeper", document, "action_send_back")
        picking = self.deliver_transfer(self.env["stock.picking"].browse(action["res_id"]))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.wizard_return(picking.move_ids, 3)
        self.assert_sound(document)

    # ------------------------------------------------------------------
    # Quants
    # ------------------------------------------------------------------
    def test_quants_in_quarantine_are_not_written(self):
        """B6, B7: stock in quarantine isn't changed beside its moves: quantity, owner, place."""
        document = self.submit_return()
        self.sign_as(document, *CHAIN[:2])
        quant = self.env["stock.quant"].search([("location_id", "=", self.quarantine.id)])
        elsewhere = self.env["stock.quant"].search(
            [("product_id", "=", self.coil.id), ("location_id", "=", self.stock.id)]
        )
        for user in ("storekeeper", "as_stock_manager"):
            for vals, ids in (
                ({"quantity": 0}, quant.ids),
                ({"owner_id": False}, quant.ids),
                ({"location_id": self.stock.id}, quant.ids),
                ({"location_id": self.quarantine.id}, elsewhere.ids),
                ({"product_id": self.part_a.id}, quant.ids),
                ({"reserved_quantity": 3}, quant.ids),
            ):
                with self.subTest(user=user, vals=vals):
                    self.refused(user, "stock.quant", "write", vals, ids=ids)
            vals = {
                "product_id": self.coil.id,
                "location_id": self.quarantine.id,
                "quantity": 5,
                "owner_id": self.customer.id,
            }
            self.refused(user, "stock.quant", "create", [vals])
            self.refused(user, "stock.quant", "unlink", ids=quant.ids)
        self.assertEqual(self.on_hand(self.coil, self.quarantine, self.customer), 3)

    def test_quarantine_stays_where_it_is(self):
        for vals in (
            {"usage": "customer"},
            {"usage": "inventory"},
            {"location_id": self.stock.id},
            {"active": False},
        ):
            with self.subTest(vals=vals):
                self.refused(
                    "as_stock_manager", "stock.location", "write", vals, ids=self.quarantine.ids
                )

    def test_old_goods_are_asked_for_anew(self):
        """A rejected first form doesn't fix how many of an old number there are."""
        line = {"product_id": self.coil.id, "serial_number": "OLD-9", "contract_ref": "HT-99"}
        first = self.submit_return([dict(line, qty_claimed=1)], delivery_id=False)
        self.act("agent", first, "action_withdraw")
        self.submit_return([dict(line, qty_claimed=3)], delivery_id=False)
        again = self.make_return([dict(line, qty_claimed=1)], delivery_id=False)
        self.refused("agent", again._name, "action_submit", ids=again.ids)
