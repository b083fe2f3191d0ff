from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesSignWizard(models.TransientModel):
    """The dialog in which a person signs, rejects or cancels what he has read."""

    _name = "aftersales.sign.wizard"
    _description = "Sign a Document"

    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    decision = fields.Selection(
        [("sign", "Sign or Reject"), ("cancel", "Cancel")],
        string="Your Decision",
        required=True,
        default="sign",
    )
    seen_digest = fields.Char()
    comment = fields.Text(string="Opinion or Reason")
    customer = fields.Char(compute="_compute_document")
    subject = fields.Char(string="Fault or Subject", compute="_compute_document")
    act = fields.Char(compute="_compute_document", help="The act of the step that is signed.")
    step_name = fields.Char(string="Step", compute="_compute_document")
    is_decision = fields.Boolean(compute="_compute_document")

    @api.depends("res_model", "res_id")
    def _compute_document(self):
        for wizard in self:
            document = wizard._get_document()
            about = document._get_about()
            row = document._get_my_row()
            wizard.customer = about.get("customer") or False
            wizard.subject = about.get("subject") or False
            wizard.act = row.act
            wizard.step_name = row.step_name
            wizard.is_decision = row.phase == "decision"

    def _get_document(self):
        if len(self) != 1:
            raise UserError(self.env._("Sign one document at a time."))
        known = dict(self.env["aftersales.approval.step"]._selection_model())
        if self.res_model not in known:
            raise UserError(self.env._("This document has no approval chain."))
        document = self.env[self.res_model].browse(self.res_id).exists()
        if not document:
            raise UserError(self.env._("The document doesn't exist any more."))
        document.check_access("read")
        return document

    def action_sign(self):
        """Sign the step with the opinion."""
        self._get_document().action_approve(
            seen_digest=self.seen_digest, comment=self.comment or ""
        )
        return {"type": "ir.actions.act_window_close"}

    def action_reject(self):
        """Reject the document with the reason."""
        self._get_document().action_reject(seen_digest=self.seen_digest, comment=self.comment or "")
        return {"type": "ir.actions.act_window_close"}

    def action_cancel_document(self):
        """Cancel the document with the reason."""
        self._get_document().action_cancel(comment=self.comment or "")
        return {"type": "ir.actions.act_window_close"}
