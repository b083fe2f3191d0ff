from odoo.tests import tagged

from . import test_attack_methods
from .money_case import MoneyCase

OURS = (
    "aftersales.worksheet",
    "aftersales.worksheet.line",
    "aftersales.settlement",
    "aftersales.settlement.line",
    "aftersales.tax.invoice",
    "aftersales.tax.invoice.line",
    "aftersales.reminder",
    "aftersales.reminder.line",
)
ENGINEERS = {"engineer", "supervisor"}
OFFICE = {"commerce", "supervisor"}
DIALOGS = ("aftersales.money.wizard", "aftersales.receivable.wizard", "aftersales.statement")
MOVES = ("action_submit", "action_withdraw", "action_revise", "action_cancel")


@tagged("post_install", "-at_install")
class TestMoneyMethods(test_attack_methods.TestPublicMethods, MoneyCase):
    """D5 on work sheets, settlements, tax invoices, reminders and their dialogs."""

    our_models = OURS
    reader = "storekeeper"
    known_methods = frozenset({"action_submit", "action_register", "action_send", "action_refill"})
    ALLOWED = {
        **{("aftersales.worksheet", name): ENGINEERS for name in MOVES},
        **{(model, name): OFFICE for model in OURS[2::2] for name in MOVES},
        ("aftersales.settlement", "action_refill"): OFFICE,
        ("aftersales.settlement", "action_make_invoice"): {"commerce", "finance"},
        ("aftersales.settlement", "action_register_confirmation"): OFFICE,
        ("aftersales.tax.invoice", "action_make_red"): OFFICE,
        ("aftersales.tax.invoice", "action_void"): {"finance"},
        ("aftersales.settlement", "action_defer"): {"finance"},
        ("aftersales.settlement", "action_write_off"): {"general_manager"},
        ("aftersales.money.wizard", "action_confirm"): {"finance"},
        ("aftersales.receivable.wizard", "action_confirm"): {"finance", "general_manager"},
    }
    # run on the requisition already
    test_private_methods = None

    def own_methods(self):
        """Yield the methods of these models and of their dialogs."""
        for model, name in super().own_methods():
            if model in (*OURS, *DIALOGS):
                yield model, name

    def make_samples(self):
        work = [(self.labour, 2), (self.travel, 1)]
        agreements = [self.sign_agreement(self.make_agreement(lines=work)) for _ in range(3)]
        sheets = self.make_sheet(self.make_paid_ticket(), work)
        for agreement in agreements:
            sheets |= self.work(agreement.ticket_id, work)
        draft = self.make_settlement(agreements[0])
        approved = self.settle(agreements[1])
        billed = self.settle(agreements[2])
        request = self.make_tax_request(self.invoice(billed))
        self.act("commerce", request, "action_submit")
        found = self.rpc(
            "commerce", "aftersales.reminder", "create", {"partner_id": self.customer.id}
        )
        wizard = self.env["aftersales.money.wizard"].create(
            {"tax_invoice_id": request.id, "deed": "register"}
        )
        settlements = draft | approved | billed
        deferral = self.env["aftersales.receivable.wizard"].create(
            {"settlement_id": billed.id, "date": "2199-01-01", "reason": "x"}
        )
        self.samples = {
            "aftersales.worksheet": sheets,
            "aftersales.worksheet.line": sheets.line_ids,
            "aftersales.settlement": settlements,
            "aftersales.settlement.line": settlements.line_ids,
            "aftersales.tax.invoice": request,
            "aftersales.tax.invoice.line": request.line_ids,
            "aftersales.reminder": self.env["aftersales.reminder"].browse(found),
            "aftersales.money.wizard": wizard,
            "aftersales.receivable.wizard": deferral,
            "aftersales.statement": self.env["aftersales.statement"].create(
                {"partner_id": self.customer.id}
            ),
        }
