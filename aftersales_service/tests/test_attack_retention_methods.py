from odoo.tests import tagged

from . import test_attack_methods
from .test_retention import MODEL, RetentionCase

WIZARD = "aftersales.retention.wizard"


@tagged("post_install", "-at_install")
class TestRetentionMethods(test_attack_methods.TestPublicMethods, RetentionCase):
    """D5 on retention money and its dialog."""

    our_models = (MODEL,)
    reader = "storekeeper"
    known_methods = frozenset({"action_confirm", "action_write_off", "action_move"})
    ALLOWED = {
        (MODEL, "action_confirm"): {"finance"},
        (MODEL, "action_reopen"): {"finance"},
        (MODEL, "action_write_off"): {"general_manager"},
        (MODEL, "action_cancel"): {"commerce"},
        (WIZARD, "action_move"): {"commerce", "finance", "general_manager"},
    }
    # run on the requisition already
    test_private_methods = None

    def own_methods(self):
        """Yield the methods of the model and of its dialog."""
        for model, name in super().own_methods():
            if model in (MODEL, WIZARD):
                yield model, name

    def make_samples(self):
        retentions = self.make_retention() | self.confirmed(contract_ref="HT-2")
        wizard = self.env[WIZARD].create(
            {"retention_id": retentions[0].id, "move": "cancel", "reason": "x"}
        )
        self.samples = {MODEL: retentions, WIZARD: wizard}
