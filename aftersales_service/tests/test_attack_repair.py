import base64

from odoo.fields import Command
from odoo.tests import tagged

from .common import HOSTILE_CONTEXT
from .document_attacks import DocumentDoorAttacks
from .document_attacks_evidence import DocumentEvidenceAttacks
from .document_attacks_signers import DocumentSignerAttacks
from .repair_case import CHAIN, RepairCase

PHOTO = base64.b64encode(b"a photograph of the dented box").decode()


@tagged("post_install", "-at_install")
class TestAttackRepair(
    DocumentDoorAttacks, DocumentEvidenceAttacks, DocumentSignerAttacks, RepairCase
):
    """A1–A27, D1–D4 on the factory repair."""

    author = "supervisor"
    chain = CHAIN
    stranger = "planner"
    change = {
        "fault": "it was always like that",
        "wish": "for nothing",
        "conclusion": "not_repairable",
        "diagnosis": "misused",
        "measures": "replaced everything",
        "waybill": "YD-0",
        "unit_id": 1,
        "partner_id": 1,
        "lot_id": 1,
        "ticket_id": 1,
    }
    amendment = {"inbound_waybill": "SF-1"}
    texts = ("fault", "wish")
    amounts = ("quantity",)

    def document_vals(self, **values):
        serial = self.env["ir.sequence"].next_by_code("aftersales.repair")
        self.make_repair_unit(serial, self.days_ago(60))
        vals = self.repair_vals(self.make_ticket(serial_number=serial))
        vals["evidence_ids"] = [
            Command.create({"category": "photo", "file": PHOTO, "file_name": "box.jpg"})
        ]
        return dict(vals, **values)

    def before_signing(self, role, document):
        if role == "storekeeper":
            self.fill(role, document, appearance="Box dented", accessories="Cable")
        else:
            self.fill(role, document, conclusion="repairable", diagnosis="Contact worn")

    def assert_no_effect(self, document):
        self.assertFalse(document.in_house or document.move_ids or document.order_id)
        self.assertEqual(document.progress, document.state)

    def more_tampering(self, document):
        move, table = document.move_ids, "aftersales_repair"
        piece = document.evidence_ids
        file = piece._get_file()
        return [
            f"UPDATE {table} SET progress = 'sent' WHERE id = {document.id}",
            f"UPDATE {table} SET in_house = false WHERE id = {document.id}",
            f"UPDATE {table} SET checked_at = now() WHERE id = {document.id}",
            f"UPDATE {table} SET started_at = now() WHERE id = {document.id}",
            f"UPDATE {table} SET disposal = 'scrap' WHERE id = {document.id}",
            f"UPDATE {table} SET received_by_id = 1 WHERE id = {document.id}",
            f"UPDATE stock_move SET aftersales_repair_id = NULL WHERE id = {move.id}",
            f"UPDATE stock_move_line SET owner_id = NULL WHERE move_id = {move.id}",
            f"UPDATE aftersales_repair_test SET verdict = 'fail' WHERE repair_id = {document.id}",
            f"DELETE FROM aftersales_repair_test WHERE id = {document.test_ids[0].id}",
            f"UPDATE aftersales_repair_evidence SET sha256 = 'x' WHERE id = {piece.id}",
            f"UPDATE ir_attachment SET store_fname = NULL, db_datas = 'x' WHERE id = {file.id}",
        ]


@tagged("post_install", "-at_install")
class TestAttackRepairOrder(RepairCase):
    """B4–B9, C3 and C4 on what a factory repair makes in core's repair and stock."""

    hostile = {**HOSTILE_CONTEXT, "default_state": "done"}

    # ------------------------------------------------------------------
    # Core's repair order
    # ------------------------------------------------------------------
    def test_order_is_moved_by_its_document(self):
        """B8: a stock user moves no repair order of ours, by button or by write."""
        repair = self.diagnosed()
        self.start(repair)
        order = repair.order_id
        for state in ("draft", "confirmed", "done", "cancel"):
            self.refused_always(
                "storekeeper", order._name, "write", {"state": state}, ids=order.ids
            )
        for method in (
            "action_repair_done",
            "action_repair_end",
            "action_repair_cancel",
            "action_repair_cancel_draft",
            "action_create_sale_order",
            "unlink",
        ):
            with self.subTest(method=method):
                self.refused("storekeeper", order._name, method, ids=order.ids)
        self.refused("storekeeper", order._name, "unlink", ids=order.ids, context=HOSTILE_CONTEXT)
        self.assertEqual(order.state, "under_repair")
        self.assert_sound(repair)

    def test_order_keeps_what_it_is_about(self):
        """C3, B9: warranty, unit, owner and places of an order of ours can't be written."""
        repair = self.diagnosed()
        self.start(repair)
        order, other = repair.order_id, self.unit_paid.lot_id
        for vals in (
            {"under_warranty": False},
            {"lot_id": other.id},
            {"product_id": self.part_a.id},
            {"product_qty": 5},
            {"partner_id": self.company.partner_id.id},
            {"product_location_dest_id": self.stock.id},
            {"location_id": self.stock.id},
            {"aftersales_repair_id": False},
            {"picking_type_id": self.warehouse.repair_type_id.id},
            {"company_id": self.company.id},
            {"move_id": False},
            {"move_ids": [[5, 0, 0]]},
        ):
            with self.subTest(vals=vals):
                self.refused_always("storekeeper", order._name, "write", vals, ids=order.ids)
                self.refused("admin", order._name, "write", vals, ids=order.ids)
        self.rpc("storekeeper", order._name, "write", {"priority": "1"}, ids=order.ids)
        self.assert_sound(repair)

    def test_free_by_a_tick(self):
        """C3: a chargeable repair isn't made free by ticking "under warranty"."""
        repair = self.diagnosed(self.ticket_paid)
        self.make_release(self.ticket_paid)
        self.start(repair)
        order = repair.order_id
        self.assertFalse(order.under_warranty)
        self.refused_always(
            "storekeeper", order._name, "write", {"under_warranty": True}, ids=order.ids
        )
        self.refused(
            "storekeeper", order._name, "web_save", {"under_warranty": True}, {}, ids=order.ids
        )
        # server code that names the engine meets the constraint
        self.env.cr.execute(
            "UPDATE repair_order SET under_warranty = true WHERE id = %s", order.ids
        )
        self.env.invalidate_all()
        self.assertTrue(self.verify(repair))

    def test_no_parts_on_the_order(self):
        """B4: parts don't slip out on the repair order, past requisition and caps."""
        repair = self.diagnosed()
        self.start(repair)
        order = repair.order_id
        part = {
            "product_id": self.part_a.id,
            "product_uom_qty": 1,
            "repair_line_type": "add",
            "location_id": self.stock.id,
            "location_dest_id": order.location_dest_id.id,
        }
        self.refused(
            "storekeeper", order._name, "write", {"move_ids": [[0, 0, part]]}, ids=order.ids
        )
        self.refused_always("storekeeper", "stock.move", "create", {**part, "repair_id": order.id})
        self.refused(
            "storekeeper",
            "stock.move",
            "create",
            part,
            context={"default_repair_id": order.id},
        )
        plain = self.env["stock.move"].create(
            {
                "product_id": self.part_a.id,
                "product_uom_qty": 1,
                "location_id": self.stock.id,
                "location_dest_id": order.location_dest_id.id,
            }
        )
        self.refused("storekeeper", "stock.move", "write", {"repair_id": order.id}, ids=plain.ids)
        self.assert_sound(repair)

    def test_second_order_for_the_unit(self):
        """C4, B8: an order beside the document doesn't repair a unit that is in for it."""
        repair = self.diagnosed(self.ticket_paid)
        self.refused(
            "storekeeper",
            "repair.order",
            "create",
            {"product_id": self.breaker.id, "aftersales_repair_id": repair.id},
        )
        order_id = self.rpc_json(
            "storekeeper",
            "repair.order",
            "create",
            {
                "product_id": self.breaker.id,
                "lot_id": repair.lot_id.id,
                "partner_id": self.customer.id,
                "under_warranty": True,
            },
            context={"default_aftersales_repair_id": repair.id},
        )
        order = self.env["repair.order"].browse(order_id)
        self.assertFalse(order.aftersales_repair_id)
        for method in ("action_repair_start", "action_repair_done"):
            self.refused("storekeeper", order._name, method, ids=order.ids)
        self.refused("storekeeper", order._name, "write", {"state": "under_repair"}, ids=order.ids)
        self.set_default("storekeeper", "repair.order", "aftersales_repair_id", repair.id)
        self.rpc_json("storekeeper", "repair.order", "create", {"product_id": self.part_a.id})
        self.assertFalse(self.env["repair.order"].search([("aftersales_repair_id", "!=", False)]))
        self.assert_sound(repair)

    def test_start_out_of_turn(self):
        """C4, A7: who isn't an engineer doesn't start; nobody does before the decision."""
        announced = self.announced()
        received = self.take_in(self.announced(self.ticket_paid))
        for repair in (announced, received):
            self.refused_always("engineer", repair._name, "action_start", ids=repair.ids)
        self.diagnose(received)
        for user in ("supervisor", "storekeeper", "inspector", "admin", "agent"):
            self.refused(user, received._name, "action_start", ids=received.ids)
        self.refused_always("engineer", received._name, "action_start", ids=received.ids)

    # ------------------------------------------------------------------
    # Stock
    # ------------------------------------------------------------------
    def test_unit_leaves_by_its_document(self):
        """B6, B7: the unit doesn't leave quarantine by a transfer, an adjustment of a move
        or scrapping in the Inventory app."""
        repair = self.take_in(self.announced())
        move = repair.move_ids
        out = {
            "picking_type_id": self.warehouse.out_type_id.id,
            "location_id": self.quarantine.id,
            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            "move_ids": [
                [
                    0,
                    0,
                    {
                        "product_id": self.breaker.id,
                        "product_uom_qty": 1,
                        "location_id": self.quarantine.id,
                        "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        "picked": True,
                        "move_line_ids": [
                            [
                                0,
                                0,
                                {
                                    "product_id": self.breaker.id,
                                    "lot_id": repair.lot_id.id,
                                    "owner_id": self.customer.id,
                                    "quantity": 1,
                                    "location_id": self.quarantine.id,
                                },
                            ]
                        ],
                    },
                ]
            ],
        }
        picking_id = self.rpc_json("storekeeper", "stock.picking", "create", out)
        self.refused("storekeeper", "stock.picking", "button_validate", ids=[picking_id])
        for vals in (
            {"aftersales_repair_id": False},
            {"state": "cancel"},
            {"quantity": 5},
            {"location_dest_id": self.stock.id},
            {"product_id": self.part_a.id},
            {"partner_id": self.company.partner_id.id},
        ):
            with self.subTest(vals=vals):
                self.refused_always("storekeeper", "stock.move", "write", vals, ids=move.ids)
        line = move.move_line_ids
        for vals in (
            {"owner_id": False},
            {"lot_id": self.unit_paid.lot_id.id},
            {"quantity": 2},
            {"location_dest_id": self.stock.id},
        ):
            with self.subTest(line=vals):
                self.refused_always("storekeeper", "stock.move.line", "write", vals, ids=line.ids)
        for model, records in (("stock.move", move), ("stock.move.line", line)):
            self.refused("storekeeper", model, "unlink", ids=records.ids, context=HOSTILE_CONTEXT)
        self.assertEqual(self.in_quarantine(), {self.customer: 1.0})
        self.assert_sound(repair)

    def test_moves_in_the_documents_name(self):
        """B5, B7: nobody makes a move in the name of a factory repair, or undoes one."""
        repair = self.take_in(self.announced())
        vals = {
            "product_id": self.breaker.id,
            "product_uom_qty": 1,
            "location_id": self.quarantine.id,
            "location_dest_id": self.stock.id,
        }
        for more in (
            {"aftersales_repair_id": repair.id},
            {"aftersales_repair_id": repair.id, "state": "done"},
            {"origin_returned_move_id": repair.move_ids.id},
        ):
            self.refused_always("storekeeper", "stock.move", "create", {**vals, **more})
        self.assert_sound(repair)

    def test_nothing_leaves_uninspected(self):
        """R001-34: no step lets a unit go that hasn't passed."""
        repair = self.repaired()
        self.refuse_all(repair, "storekeeper")
        self.act("inspector", repair, "action_fail_check", comment="too slow")
        self.refuse_all(repair, "storekeeper")
        self.refuse_all(repair, "inspector")
        self.assertTrue(repair.in_house)
        self.assert_sound(repair)

    def refuse_all(self, repair, user):
        digest = self.digest_of(user, repair)
        self.refused(
            user, repair._name, "action_approve", ids=repair.ids, seen_digest=digest, comment="x"
        )
        self.refused(user, repair._name, "action_scrap", ids=repair.ids)
        self.refused("supervisor", repair._name, "action_cancel", ids=repair.ids, comment="lost")

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------
    def test_acts_are_for_their_roles(self):
        """A11: the customer's word, the end of the repair and scrapping have their roles."""
        repair = self.diagnosed(conclusion="not_repairable")
        told = self.instruction("scrap")
        for user in ("storekeeper", "engineer", "inspector", "admin", "planner"):
            self.refused(user, repair._name, "action_instruct", ids=repair.ids, values=told)
        self.instruct(repair, "scrap")
        for user in ("supervisor", "engineer", "agent", "admin"):
            self.refused(user, repair._name, "action_scrap", ids=repair.ids)
        consent = self.env["ir.attachment"].search(
            [("res_model", "=", repair._name), ("name", "=", "consent.pdf")]
        )
        for user in ("supervisor", "admin"):
            self.refused(user, "ir.attachment", "write", {"datas": "eA=="}, ids=consent.ids)
            self.refused(user, "ir.attachment", "unlink", ids=consent.ids)
        self.assert_sound(repair)

    def test_engineer_writes_his_block_only(self):
        """A27: receipt and shipping data aren't the engineer's, and the repair isn't his
        before it has begun or after it is done."""
        repair = self.diagnosed()
        self.refused("engineer", repair._name, "write", {"measures": "x"}, ids=repair.ids)
        self.start(repair)
        for vals in (
            {"appearance": "x"},
            {"waybill": "x"},
            {"conclusion": "not_repairable"},
            {"fault": "x"},
            {"quantity": 1.0},
        ):
            self.refused("engineer", repair._name, "write", vals, ids=repair.ids)
        self.finish(repair)
        for vals in ({"measures": "x"}, {"test_ids": [[0, 0, {"name": "more"}]]}):
            self.refused("engineer", repair._name, "write", vals, ids=repair.ids)
        self.assert_sound(repair)
