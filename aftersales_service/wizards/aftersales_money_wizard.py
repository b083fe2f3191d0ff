from odoo import fields, models
from odoo.exceptions import UserError

from ..models.aftersales_reminder import CHANNELS
from ..models.res_company_agreement import SEAL_KINDS


class AftersalesMoneyWizard(models.TransientModel):
    """The dialogs about money: tax invoice, letter, confirmation of a settlement."""

    _name = "aftersales.money.wizard"
    _inherit = ["aftersales.links"]
    _description = "Step of Invoicing"

    tax_invoice_id = fields.Many2one("aftersales.tax.invoice", ondelete="cascade")
    reminder_id = fields.Many2one("aftersales.reminder", ondelete="cascade")
    settlement_id = fields.Many2one("aftersales.settlement", ondelete="cascade")
    deed = fields.Selection(
        [
            ("register", "Register Tax Invoice"),
            ("void", "Void"),
            ("send", "Letter Sent"),
            ("confirm", "Customer's Confirmation"),
        ],
        required=True,
    )
    seen_digest = fields.Char()
    number = fields.Char(string="Invoice Number")
    date = fields.Date(default=lambda self: self.env.company._aftersales_today())
    channel = fields.Selection(CHANNELS, string="Sent as", default="courier")
    recipient = fields.Char()
    signer = fields.Char()
    title = fields.Char(string="Signer's Title")
    seal = fields.Selection(SEAL_KINDS, default="company")
    scan = fields.Binary(attachment=False)
    scan_name = fields.Char()
    note = fields.Text()

    def action_confirm(self):
        """Do what the dialog is for, by the document's own action."""
        if len(self) != 1:
            raise UserError(self.env._("Do one step at a time."))
        wizard = self.with_context(bin_size=False)
        if self.deed == "register":
            self.tax_invoice_id.action_register(
                values={
                    "number": self.number,
                    "date": self.date,
                    "file": wizard.scan,
                    "file_name": self.scan_name,
                },
                seen_digest=self.seen_digest,
            )
        elif self.deed == "void":
            self.tax_invoice_id.action_void(reason=self.note or "")
        elif self.deed == "confirm":
            self.settlement_id.action_register_confirmation(
                {
                    "signer": self.signer,
                    "title": self.title,
                    "date": self.date,
                    "seal": self.seal,
                    "scan": wizard.scan,
                    "scan_name": self.scan_name,
                }
            )
        else:
            self.reminder_id.action_send(
                values={
                    "channel": self.channel,
                    "date": self.date,
                    "recipient": self.recipient,
                    "scan": wizard.scan,
                    "scan_name": self.scan_name,
                }
            )
        return {"type": "ir.actions.act_window_close"}
