import base64

from odoo.fields import Command
from odoo.tests import tagged

from .document_attacks import DocumentDoorAttacks
from .document_attacks_evidence import DocumentEvidenceAttacks
from .document_attacks_signers import DocumentSignerAttacks
from .return_case import CHAIN, ReturnCase

PHOTO = base64.b64encode(b"a photograph of the burnt coil").decode()


@tagged("post_install", "-at_install")
class TestAttackReturn(
    DocumentDoorAttacks, DocumentEvidenceAttacks, DocumentSignerAttacks, ReturnCase
):
    """A1–A27, D1–D4 on the return form."""

    author = "agent"
    stranger = "engineer"
    chain = CHAIN
    change = {
        "reason_text": "the customer has changed his mind",
        "return_type": "whole_lot",
        "wish": "refund",
        "delivery_id": 1,
        "partner_id": 1,
        "reason_id": 1,
        "at_customer_site": True,
        "seller_id": 1,
        "verdict": "misuse",
        "cause_text": "dropped",
        "inspector_id": 1,
        "warehouse_id": 1,
    }
    texts = ("reason_text", "contact_name", "project_name", "contract_ref")

    def line_models(self):
        """Checks and outcomes are the signers' own; they have tests of their own."""
        for name, model in super().line_models():
            if name in ("line_ids", "evidence_ids"):
                yield name, model

    def document_vals(self, **values):
        piece = {"category": "photo", "file": PHOTO, "file_name": "coil.jpg"}
        return self.return_vals(
            [{"product_id": self.coil.id, "qty_claimed": 1, "move_id": self.coil_move.id}],
            evidence_ids=[Command.create(piece)],
            **values,
        )

    def before_signing(self, role, document):
        if role == "storekeeper":
            self.receive(document)
        else:
            self.prepare(role, document)

    def sign(self, user, document, comment="agreed"):
        """The receipt has signed by itself when all has come."""
        if user == "storekeeper" and document.line_ids.qty_received:
            return True
        return super().sign(user, document, comment=comment)

    def assert_no_effect(self, document):
        self.assertFalse(document.picking_ids or document.approved_at or document.received_at)
        self.assertEqual(document.progress, "draft")
        self.assertFalse(document.line_ids.filtered("qty_received"))

    def more_tampering(self, document):
        line, outcome, check = document.line_ids, document.outcome_ids, document.check_ids
        receipt, move = line.receipt_ids, document.picking_ids.move_ids
        return [
            f"UPDATE aftersales_return SET progress = 'settled' WHERE id = {document.id}",
            f"UPDATE aftersales_return SET verdict = 'misuse' WHERE id = {document.id}",
            f"UPDATE aftersales_return SET receipt_look = 'new' WHERE id = {document.id}",
            f"UPDATE aftersales_return SET inspector_id = 1 WHERE id = {document.id}",
            f"UPDATE aftersales_return_line SET qty_claimed = 2 WHERE id = {line.id}",
            f"UPDATE aftersales_return_line SET qty_received = 0 WHERE id = {line.id}",
            f"UPDATE aftersales_return_line SET qty_failed = 0 WHERE id = {line.id}",
            f"UPDATE aftersales_return_outcome SET kind = 'refund' WHERE id = {outcome.id}",
            f"UPDATE aftersales_return_outcome SET amount = 9 WHERE id = {outcome.id}",
            f"DELETE FROM aftersales_return_outcome WHERE id = {outcome.id}",
            f"UPDATE aftersales_return_check SET measured = '100' WHERE id = {check.id}",
            f"DELETE FROM aftersales_return_check WHERE id = {check.id}",
            f"UPDATE aftersales_return_evidence SET sha256 = 'x' WHERE return_id = {document.id}",
            f"UPDATE aftersales_return_receipt SET quantity = 5 WHERE id = {receipt.id}",
            f"UPDATE aftersales_return_origin SET qty_claimed = 0 WHERE id = {line.origin_id.id}",
            "UPDATE stock_move_line SET quantity_product_uom = 4, quantity = 4"
            f" WHERE move_id = {move.id}",
            f"UPDATE stock_move SET state = 'cancel' WHERE id = {move.id}",
        ]

    # ------------------------------------------------------------------
    # The blocks of the signers
    # ------------------------------------------------------------------
    def test_blocks_belong_to_their_step(self):
        """A27: the inspector's and the manager's blocks are open to them alone, in their
        own step alone; doors of these lines never."""
        document = self.submitted_document()
        line = document.line_ids
        check = {"item": "x", "return_id": document.id}
        outcome = {"line_id": line.id, "kind": "refund", "return_id": document.id}
        everybody = (self.author, *CHAIN, "quality", "admin")

        def refuse(users, *deeds):
            for user in users:
                for model, method, args, ids in deeds:
                    self.refused(user, model, method, *args, ids=ids)

        rows = (
            ("aftersales.return.check", "create", [check], None),
            ("aftersales.return.outcome", "create", [outcome], None),
            ("aftersales.return", "write", [{"verdict": "misuse"}], document.ids),
            ("aftersales.return.line", "write", [{"qty_checked": 1}], line.ids),
        )
        # the sales manager may propose an outcome in his step, and nothing else
        refuse(everybody, rows[0], *rows[2:])
        refuse([user for user in everybody if user != "sales_manager"], rows[1])
        self.sign_as(document, "sales_manager", "storekeeper")
        refuse(everybody, *rows)
        self.sign_as(document, "production_manager")
        refuse([user for user in everybody if user != "inspector"], *rows)
        for name in sorted(self.env["aftersales.return.outcome"]._guard_fields("door")):
            field = self.env["aftersales.return.outcome"]._fields[name]
            forged = dict(outcome, **{name: self.sample(field)})
            self.refused("inspector", "aftersales.return.outcome", "create", [forged])
        self.sign_as(document, "inspector")
        mine = [
            ("aftersales.return.check", "unlink", [], document.check_ids.ids),
            ("aftersales.return.check", "write", [{"measured": "9"}], document.check_ids.ids),
            ("aftersales.return", "write", [{"verdict": "misuse"}], document.ids),
        ]
        refuse(everybody, rows[0], *rows[2:], *mine)
        decided = document.outcome_ids
        refuse(
            [user for user in everybody if user != "general_manager"],
            ("aftersales.return.outcome", "write", [{"kind": "refund"}], decided.ids),
            ("aftersales.return.outcome", "unlink", [], decided.ids),
        )
        self.sign("general_manager", document)
        refuse(
            everybody,
            *rows,
            *mine,
            ("aftersales.return.outcome", "write", [{"kind": "refund"}], decided.ids),
            ("aftersales.return.outcome", "unlink", [], decided.ids),
        )
        self.assert_sound(document)

    def test_outcome_of_another_return(self):
        """A9: an outcome can't be put on, or moved to, a line of another return."""
        document, other = self.submitted_document(), self.submitted_document()
        for each in (document, other):
            self.sign_as(each, *CHAIN[:3])
        vals = {"line_id": other.line_ids.id, "kind": "refund", "return_id": document.id}
        self.refused("inspector", "aftersales.return.outcome", "create", [vals])
        self.inspect(document)
        for vals in ({"line_id": other.line_ids.id}, {"return_id": other.id}):
            self.refused(
                "inspector",
                "aftersales.return.outcome",
                "write",
                vals,
                ids=document.outcome_ids.ids,
            )

    def test_inspection_photographs(self):
        """A26: what the inspector adds is kept from his signature on."""
        document = self.submitted_document()
        self.sign_as(document, *CHAIN[:3])
        piece = {"category": "test", "file": PHOTO, "file_name": "report.pdf"}
        vals = {"evidence_ids": [Command.create(piece)]}
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)
        self.inspect(document)
        self.sign("inspector", document)
        added = document.evidence_ids[-1:]
        file = added._get_file()
        self.assertTrue(file.aftersales_kept)
        for user in ("inspector", self.author, "admin"):
            self.refused(user, "ir.attachment", "unlink", ids=file.ids)
            self.refused(user, added._name, "write", {"file": PHOTO}, ids=added.ids)
            self.refused(user, added._name, "unlink", ids=added.ids)
        self.assert_sound(document)

    def test_quantities(self):
        """D4: no negative, zero, huge, broken or wrongly rounded quantity."""
        for quantity in (0, -1, float("nan"), float("inf"), 1e9):
            line = {"product_id": self.coil.id, "qty_claimed": quantity}
            self.refused(self.author, "aftersales.return", "create", [self.return_vals([line])])
        for quantity in (6, 1000):
            line = {"product_id": self.coil.id, "qty_claimed": quantity}
            document = self.make_return([line])
            self.refused(self.author, document._name, "action_submit", ids=document.ids)
