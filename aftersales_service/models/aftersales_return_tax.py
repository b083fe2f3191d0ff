from odoo import api, fields, models
from odoo.fields import Command

from .aftersales_return_settle import COMMERCE, SUPERVISOR, AftersalesReturnSettlement


class AftersalesReturnTax(models.Model):
    """The tax invoice of ordinary goods that a return credits, so that its red-letter note
    can be asked for (R002-29).

    Goods aren't invoiced by this suite, and their tax invoices were registered nowhere.
    Who settles the return asks finance to register the one that was made then; only the
    invoices that a return credits can be named.
    """

    _inherit = "aftersales.return"

    _action_roles = {
        **AftersalesReturnSettlement._action_roles,
        "name_tax_invoice": (COMMERCE, SUPERVISOR),
    }

    can_name_tax_invoice = fields.Boolean(compute="_compute_can_name_tax_invoice")

    @api.depends("state", "settled_at", "credit_ids.state")
    def _compute_can_name_tax_invoice(self):
        for document in self:
            record = document.sudo()
            document.can_name_tax_invoice = record.state == "approved" and bool(
                record._get_without_tax_invoice()
            )

    def _get_without_tax_invoice(self):
        """Return the credited invoices of which no tax invoice is asked for or registered."""
        self.ensure_one()
        notes = self.credit_ids.filtered(lambda note: note.state == "posted")
        return notes.reversed_entry_id.filtered(
            lambda invoice: not invoice.aftersales_tax_line_ids.filtered("is_live")
        )

    def action_name_tax_invoice(self):
        """Make the request with which finance registers the tax invoice of what is credited."""
        document = self._check_one()._as_public("name_tax_invoice")
        document._check_state("approved")
        invoices = document.sudo()._get_without_tax_invoice()
        if not invoices:
            document._raise_nothing_to_do()
        request = document.env["aftersales.tax.invoice"].create(
            {
                "partner_id": document.partner_id.id,
                "company_id": document.company_id.id,
                "reason": document.name,
                "line_ids": [
                    Command.create({"move_id": invoice.id})
                    for invoice in invoices
                    if invoice.currency_id == invoices[:1].currency_id
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": request._name,
            "res_id": request.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
