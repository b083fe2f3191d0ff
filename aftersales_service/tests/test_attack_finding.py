import base64

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.aftersales_evidence_file import LARGEST_FILE
from .document_attacks import DocumentDoorAttacks
from .document_attacks_evidence import DocumentEvidenceAttacks
from .document_attacks_signers import DocumentSignerAttacks
from .finding_case import CHAIN, FindingCase


@tagged("post_install", "-at_install")
class TestAttackFinding(
    DocumentDoorAttacks, DocumentEvidenceAttacks, DocumentSignerAttacks, FindingCase
):
    """A1–A27, D1–D4 on the responsibility finding."""

    author = "engineer"
    chain = CHAIN
    change = {
        "facts": "it was always like that",
        "engineer_statement": "nobody's fault",
        "charge_parts": "free",
        "amount_parts": 1.0,
        "decision": "we pay",
        "cause_id": 1,
        "party_kind": "us",
        "ticket_id": 1,
        "found_at": "2020-01-01 00:00:00",
    }
    amendment = {"other_reason": "asked again on the telephone"}
    texts = ("facts", "engineer_statement", "other_reason", "other_person", "found_by")
    amounts = ("amount_parts", "amount_labour", "amount_travel", "retention_amount")

    def document_vals(self, **values):
        return self.finding_vals(**values)

    def before_signing(self, role, document):
        if role == "quality" and not document.decision:
            self.rpc(role, document._name, "write", {"decision": "As found"}, ids=document.ids)

    def assert_no_effect(self, document):
        self.assertFalse(document.claim_ids or document.approved_at)
        self.assertFalse(document.coverage)

    def more_tampering(self, document):
        piece = document.evidence_ids
        file = piece._get_file()
        ticket = document.ticket_id.id
        return [
            f"UPDATE aftersales_finding SET charge_parts = 'free' WHERE id = {document.id}",
            f"UPDATE aftersales_finding SET amount_total = 1 WHERE id = {document.id}",
            f"UPDATE aftersales_finding SET is_disputed = true WHERE id = {document.id}",
            f"UPDATE aftersales_finding SET coverage = 'expired' WHERE id = {document.id}",
            f"UPDATE aftersales_finding SET approval_limit = 9 WHERE id = {document.id}",
            f"UPDATE aftersales_finding_evidence SET name = 'x' WHERE id = {piece.id}",
            f"UPDATE aftersales_finding_evidence SET sha256 = 'x' WHERE id = {piece.id}",
            f"DELETE FROM aftersales_finding_evidence WHERE id = {piece.id}",
            f"UPDATE ir_attachment SET store_fname = NULL, db_datas = 'x' WHERE id = {file.id}",
            f"UPDATE helpdesk_ticket SET charge_parts = 'free' WHERE id = {ticket}",
        ]

    def test_conditional_step_can_not_be_skipped(self):
        """A7, A24: a step that is needed stays, and skipping it by SQL is named."""
        finding = self.submit_finding(other_opinion="disagrees", other_reason="worn out")
        row = finding.approval_ids.filtered(lambda item: item.act == "approve")
        self.assertFalse(row.condition or row.situation)
        self.env.cr.execute(
            "UPDATE aftersales_approval SET state = 'skipped' WHERE id = %s", row.ids
        )
        self.assertTrue(self.verify(finding))
        self.env.cr.execute(
            "UPDATE aftersales_approval SET state = 'waiting',"
            " situation = 'aftersales.finding:goodwill' WHERE id = %s",
            row.ids,
        )
        self.assertTrue(self.verify(finding))

    def test_a_situation_belongs_to_its_document(self):
        """D4: a step can't be limited to a situation that its document doesn't know."""
        step = self.env.ref("aftersales_service.step_requisition_review")
        self.refused(
            "admin",
            step._name,
            "write",
            {"situation": "aftersales.finding:disputed"},
            ids=step.ids,
        )
        finding_step = self.env.ref("aftersales_service.step_finding_approve")
        for value in ("aftersales.finding:no", "x", "5"):
            self.refused("admin", step._name, "write", {"situation": value}, ids=finding_step.ids)

    def test_evidence_file(self):
        """A26: the file of a piece of evidence is closed in every way once submitted."""
        finding = self.submit_finding()
        piece = finding.evidence_ids
        file = piece._get_file()
        other = base64.b64encode(b"another photograph").decode()
        for user in ("engineer", "supervisor", "quality", "admin"):
            for vals in ({"file": other}, {"file": False}, {"name": "x"}, {"file_name": "x"}):
                self.refused(user, piece._name, "write", vals, ids=piece.ids)
            for vals in ({"datas": other}, {"res_field": False}, {"res_id": 1}, {"public": True}):
                self.refused(user, "ir.attachment", "write", vals, ids=file.ids)
            self.refused(user, "ir.attachment", "unlink", ids=file.ids)
        self.assert_sound(finding)

    def test_large_photograph(self):
        """D4: a photograph of 20 MB is kept; what is larger is refused with its size."""
        size = 20 * 1024 * 1024
        content = base64.b64encode(b"\xff" * size).decode()
        finding = self.make_finding(
            evidence_ids=[
                Command.create({"category": "photo", "file": content, "file_name": "big.jpg"})
            ]
        )
        self.assertEqual(len(finding.evidence_ids._get_file().raw), size)
        content = base64.b64encode(b"\xff" * (LARGEST_FILE + 1)).decode()
        with self.assertRaisesRegex(UserError, "big.jpg"), self.env.cr.savepoint():
            self.make_finding(
                evidence_ids=[
                    Command.create({"category": "photo", "file": content, "file_name": "big.jpg"})
                ]
            )
