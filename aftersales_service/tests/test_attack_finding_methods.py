from odoo.tests import tagged

from . import test_attack_methods
from .change_case import ChangeCase

WRITERS = {
    ("aftersales.finding", "action_submit"): {"engineer", "supervisor"},
    ("aftersales.finding", "action_withdraw"): {"engineer"},
    ("aftersales.finding", "action_revise"): {"engineer", "supervisor", "quality"},
    ("aftersales.finding", "action_cancel"): {"engineer", "supervisor", "quality"},
    ("aftersales.claim", "action_raise"): {"commerce", "buyer"},
    ("aftersales.claim", "action_accept"): {"commerce", "buyer"},
    ("aftersales.claim", "action_refuse"): {"commerce", "buyer"},
    ("aftersales.claim", "action_settle"): {"finance"},
    ("aftersales.claim", "action_withdraw"): {"commerce"},
    ("aftersales.change", "action_submit"): {"project_manager"},
    ("aftersales.change", "action_withdraw"): {"project_manager"},
    ("aftersales.change", "action_revise"): {"project_manager"},
    ("aftersales.change", "action_cancel"): {"project_manager"},
    ("aftersales.claim.wizard", "action_move"): {"commerce", "buyer", "finance"},
    ("helpdesk.ticket", "action_create_finding"): {"engineer", "supervisor"},
    ("helpdesk.ticket", "action_create_change"): {"project_manager"},
}


@tagged("post_install", "-at_install")
class TestFindingMethods(test_attack_methods.TestPublicMethods, ChangeCase):
    """D5 on findings, claims and changes."""

    our_models = (
        "aftersales.finding",
        "aftersales.finding.evidence",
        "aftersales.claim",
        "aftersales.change",
    )
    reader = "storekeeper"
    known_methods = frozenset({"action_submit", "action_settle", "action_move"})
    ALLOWED = WRITERS
    # run on the requisition already
    test_private_methods = None

    def own_methods(self):
        """Yield the methods of these models, and those that they add to the request."""
        for model, name in super().own_methods():
            ours = model in (*self.our_models, "aftersales.claim.wizard")
            if ours or (model, name) in WRITERS:
                yield model, name

    def make_samples(self):
        self.draft, self.under_way = self.make_finding(), self.submit_finding()
        done = self.decided(cause="t01", party_id=self.carrier.id)
        raised = self.decided(cause="p01", party_id=self.vendor.id)
        accepted = self.decided(cause="p01", party_id=self.vendor.id)
        for finding in (raised, accepted):
            self.act("commerce", finding.claim_ids, "action_raise")
        self.act("commerce", accepted.claim_ids, "action_accept")
        findings = self.draft | self.under_way | done | raised | accepted
        changes = self.make_change() | self.submit_change()
        wizard = self.env["aftersales.claim.wizard"].create(
            {"claim_id": done.claim_ids.id, "move": "raise", "amount": 5.0}
        )
        self.samples = {
            "aftersales.finding": findings,
            "aftersales.finding.evidence": findings.evidence_ids,
            "aftersales.claim": findings.claim_ids,
            "aftersales.claim.wizard": wizard,
            "aftersales.change": changes,
            "helpdesk.ticket": self.covered,
        }
