from odoo.tests import tagged

from . import test_attack_methods
from .repair_case import RepairCase

WRITERS = {
    ("aftersales.repair", "action_submit"): {"supervisor", "agent"},
    ("aftersales.repair", "action_withdraw"): {"supervisor"},
    ("aftersales.repair", "action_revise"): {"supervisor", "agent"},
    ("aftersales.repair", "action_cancel"): {"supervisor"},
    ("aftersales.repair", "action_start"): {"engineer"},
    ("aftersales.repair", "action_create_requisition"): {"supervisor"},
    ("aftersales.repair", "action_fail_check"): {"inspector"},
    ("aftersales.repair.wizard", "action_confirm"): {"supervisor", "engineer", "inspector"},
    ("helpdesk.ticket", "action_create_repair"): {"agent", "supervisor"},
}


@tagged("post_install", "-at_install")
class TestRepairMethods(test_attack_methods.TestPublicMethods, RepairCase):
    """D5 on factory repairs."""

    our_models = (
        "aftersales.repair",
        "aftersales.repair.test",
        "aftersales.repair.evidence",
    )
    reader = "planner"
    known_methods = frozenset({"action_submit", "action_start", "action_instruct"})
    ALLOWED = WRITERS
    # run on the requisition already
    test_private_methods = None

    def own_methods(self):
        """Yield the methods of these models, and those that they add to the request."""
        for model, name in super().own_methods():
            ours = model in (*self.our_models, "aftersales.repair.wizard")
            if ours or (model, name) in WRITERS:
                yield model, name

    def make_samples(self):
        draft = self.make_repair()
        under_way = self.announced()
        checking = self.repaired()
        ready = self.diagnosed(self.fresh_ticket("SN-M-1"))
        stuck = self.diagnosed(self.fresh_ticket("SN-M-2"), conclusion="not_repairable")
        repairs = draft | under_way | checking | ready | stuck
        wizard = self.env["aftersales.repair.wizard"].create(
            {"repair_id": ready.id, "deed": "end", "kind": "not_repairable", "note": "cracked"}
        )
        self.samples = {
            "aftersales.repair": repairs,
            "aftersales.repair.test": repairs.test_ids,
            "aftersales.repair.evidence": repairs.evidence_ids,
            "aftersales.repair.wizard": wizard,
            "helpdesk.ticket": self.ticket_free,
        }

    def fresh_ticket(self, serial):
        self.make_repair_unit(serial, self.days_ago(60))
        return self.make_ticket(serial_number=serial)
