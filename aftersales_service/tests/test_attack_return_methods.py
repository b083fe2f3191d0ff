from odoo.tests import tagged

from . import test_attack_methods
from .return_case import CHAIN, ReturnCase

AUTHORS = {"agent", "supervisor", "commerce"}
WRITERS = {
    ("aftersales.return", "action_submit"): AUTHORS,
    ("aftersales.return", "action_withdraw"): {"agent"},
    ("aftersales.return", "action_revise"): AUTHORS | {"general_manager"},
    ("aftersales.return", "action_cancel"): AUTHORS,
    ("aftersales.return", "action_fill"): AUTHORS,
    ("aftersales.return", "action_open_receipt"): {"storekeeper"},
    ("helpdesk.ticket", "action_create_return"): AUTHORS,
    ("stock.picking", "action_create_return"): AUTHORS,
    ("aftersales.unit", "action_create_return"): AUTHORS,
}


@tagged("post_install", "-at_install")
class TestReturnMethods(test_attack_methods.TestPublicMethods, ReturnCase):
    """D5 on returns, and on what makes them."""

    our_models = (
        "aftersales.return",
        "aftersales.return.line",
        "aftersales.return.check",
        "aftersales.return.evidence",
        "aftersales.return.outcome",
        "aftersales.return.origin",
        "aftersales.return.receipt",
    )
    reader = "engineer"
    known_methods = frozenset({"action_submit", "action_fill", "action_open_receipt"})
    ALLOWED = WRITERS
    # run on the requisition already
    test_private_methods = None

    def own_methods(self):
        """Yield the methods of these models, and those that they add to others."""
        for model, name in super().own_methods():
            if model in self.our_models or (model, name) in WRITERS:
                yield model, name

    def make_samples(self):
        one = [{"product_id": self.coil.id, "qty_claimed": 1}]
        self.draft, self.under_way = self.make_return(one), self.submit_return(one)
        waiting = self.sign_as(self.submit_return(one), "sales_manager")
        done = self.sign_as(self.submit_return(one), *CHAIN)
        documents = self.draft | self.under_way | waiting | done
        self.samples = {
            "aftersales.return": documents,
            "aftersales.return.line": documents.line_ids,
            "aftersales.return.check": documents.check_ids,
            "aftersales.return.outcome": documents.outcome_ids,
            "aftersales.return.origin": documents.line_ids.origin_id,
            "aftersales.return.receipt": documents.receipt_ids,
            "aftersales.unit": self.env["aftersales.unit"].search([], limit=1),
            "helpdesk.ticket": self.ticket,
            "stock.picking": self.delivery,
        }
