from odoo.tests import tagged

from .change_case import ChangeCase
from .document_attacks import DocumentDoorAttacks
from .document_attacks_evidence import DocumentEvidenceAttacks
from .document_attacks_signers import DocumentSignerAttacks


@tagged("post_install", "-at_install")
class TestAttackChange(
    DocumentDoorAttacks, DocumentEvidenceAttacks, DocumentSignerAttacks, ChangeCase
):
    """A1–A27, D1–D4 on the technical change."""

    author = "project_manager"
    chain = ("tech_reviewer", "commerce")
    change = {
        "wanted": "nothing at all",
        "agreed_by": "nobody",
        "outcome": "us",
        "amount_agreed": 1.0,
        "outcome_note": "never said",
        "manager_id": 1,
        "ticket_id": 1,
    }
    amendment = {"plan": "Exchange of the breaker alone"}
    texts = ("wanted", "plan", "asked_by", "agreed_by")
    amounts = ("amount_increase", "amount_agreed")

    def document_vals(self, **values):
        return self.change_vals(**values)

    def before_signing(self, role, document):
        if role == "commerce":
            self.negotiate(document)

    def assert_no_effect(self, document):
        self.assertFalse(document.approved_at or document.outcome)

    def more_tampering(self, document):
        table = "UPDATE aftersales_change SET"
        return [
            f"{table} outcome = 'us' WHERE id = {document.id}",
            f"{table} amount_agreed = 1 WHERE id = {document.id}",
            f"{table} approval_limit = 1 WHERE id = {document.id}",
        ]
