from odoo import fields, models
from odoo.exceptions import UserError

from ..models.aftersales_agreement_sign import SIGN_KINDS
from ..models.res_company_agreement import SEAL_KINDS


class AftersalesAgreementWizard(models.TransientModel):
    """The dialogs of an agreement: quote, answer, signature, seal, termination."""

    _name = "aftersales.agreement.wizard"
    _inherit = ["aftersales.links"]
    _description = "Step of an Agreement"

    agreement_id = fields.Many2one("aftersales.agreement", required=True, ondelete="cascade")
    deed = fields.Selection(
        [
            ("quote", "Send Quotation"),
            ("answer", "Customer's Answer"),
            ("customer_sign", "Register Signed Copy"),
            ("send_link", "Send for Signature"),
            ("seal", "Affix Our Seal"),
            ("terminate", "Terminate"),
        ],
        required=True,
    )
    valid_until = fields.Date()
    answer = fields.Selection(
        [
            ("accepted", "Quotation Accepted"),
            ("counter", "Counter-Offer"),
            ("declined", "Declined"),
        ],
        string="Customer's Answer",
    )
    sign_kind = fields.Selection(SIGN_KINDS, string="Signed by", default="paper")
    signer = fields.Char()
    title = fields.Char(string="Signer's Title")
    date = fields.Date(default=lambda self: self.env.company._aftersales_today())
    seal = fields.Selection(SEAL_KINDS, default="contract")
    order_ref = fields.Char(string="Customer's Order Number")
    scan = fields.Binary(attachment=False)
    scan_name = fields.Char()
    seal_number = fields.Char(string="Seal Register Number")
    customer_id = fields.Many2one(related="agreement_id.partner_id.commercial_partner_id")
    addressee_id = fields.Many2one(
        "res.partner",
        string="Who Shall Sign",
        domain="[('commercial_partner_id', '=', customer_id), ('email', '!=', False)]",
    )
    days = fields.Integer(
        string="Link Valid for (Days)", default=lambda self: self.env.company.aftersales_link_days
    )
    note = fields.Text()

    def action_confirm(self):
        """Do what the dialog is for, by the agreement's own action."""
        if len(self) != 1:
            raise UserError(self.env._("Do one step at a time."))
        agreement = self.agreement_id
        if self.deed == "quote":
            agreement.action_quote(valid_until=self.valid_until)
        elif self.deed == "answer":
            agreement.action_answer(answer=self.answer, note=self.note or "")
        elif self.deed == "customer_sign":
            agreement.action_register_signature(self._get_signature())
        elif self.deed == "send_link":
            agreement.action_send_link(partner_id=self.addressee_id.id, days=self.days)
        elif self.deed == "seal":
            agreement.action_affix_seal(seal=self.seal, number=self.seal_number or "")
        else:
            agreement.action_terminate(reason=self.note or "")
        return {"type": "ir.actions.act_window_close"}

    def _get_signature(self):
        wizard = self.with_context(bin_size=False)
        return {
            "kind": wizard.sign_kind,
            "signer": wizard.signer,
            "title": wizard.title,
            "date": wizard.date,
            "seal": wizard.seal,
            "order_ref": wizard.order_ref,
            "scan": wizard.scan,
            "scan_name": wizard.scan_name,
        }
