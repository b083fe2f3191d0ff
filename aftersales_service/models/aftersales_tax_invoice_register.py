import hashlib

from odoo import models
from odoo.exceptions import UserError

from ..tools.scan import keep_scan, read_scan
from ..tools.tax_number import is_invoice_number
from ..tools.text import clean_text
from .aftersales_unit import FIRST_DAY

REGISTER_KEYS = {"number", "date", "file", "file_name"}


class AftersalesTaxInvoiceRegister(models.Model):
    """How finance registers the tax invoice that was made, and takes it back."""

    _inherit = "aftersales.tax.invoice"

    # ------------------------------------------------------------------
    # Registration by finance
    # ------------------------------------------------------------------
    def action_register(self, values=None, seen_digest=None):
        """Register the tax invoice that was made for the request; this signs it.

        :param values: dict of ``number`` (20 digits), ``date``, ``file`` (base64) and
            ``file_name``
        :param seen_digest: ``content_digest`` of the request as finance read it
        :raise UserError: when something is missing or wrong, or the number is taken
        """
        request = self._check_one()._as_public("register")
        row, rows = request._check_my_turn(seen_digest)
        number, day, content, name = request._read_registration(values)
        request.line_ids._check_moves(access=False)
        attachment = keep_scan(request, content, name, f"{number}.pdf")
        request.sudo()._door_write(
            {
                "number": number,
                "invoice_date": day,
                "file_id": attachment.id,
                "file_digest": hashlib.sha256(content).hexdigest(),
            }
        )
        request._sign(row, rows, number)
        return True

    def _read_registration(self, values):
        """Return (number, date, content, name of the file) as checked values."""
        values = values if isinstance(values, dict) else {}
        if unknown := set(values) - REGISTER_KEYS:
            raise UserError(
                self.env._("A registration has no %s.", ", ".join(sorted(map(str, unknown))))
            )
        number = clean_text(self.env, values.get("number"))
        if not is_invoice_number(number):
            raise UserError(
                self.env._("%s isn't the number of a tax invoice: it has 20 digits.", number or "-")
            )
        taken = self.sudo().search([("number", "=", number), ("state", "=", "approved")], limit=1)
        if taken:
            raise UserError(self.env._("The tax invoice %s is registered already.", number))
        day = self._get_day(values.get("date"))
        if not day or not FIRST_DAY <= day <= self.company_id._aftersales_today():
            raise UserError(self.env._("Give the date of the tax invoice: today or earlier."))
        if self.original_id and day < self.original_id.invoice_date:
            raise UserError(self.env._("A red-letter note isn't older than its original."))
        content = read_scan(
            self.env, values.get("file"), self.env._("Attach the file of the tax invoice.")
        )
        return number, day, content, values.get("file_name")

    def action_void(self, reason=""):
        """Take back a registration that was made by mistake; it stays on record.

        :raise UserError: without a reason, or where red-letter notes rest on it
        """
        for request in self._as_public("void"):
            request._check_state("approved")
            text = clean_text(self.env, reason)
            if not text:
                raise UserError(self.env._("Give the reason for cancelling %s.", request.name))
            if request.red_ids.filtered(lambda item: item.state != "cancelled"):
                raise UserError(
                    self.env._("%s has red-letter notes and stays.", request.display_name)
                )
            original = request.sudo().original_id
            if original and not original._get_open_amount():
                original.line_ids._retake()
            if original:
                total = original.currency_id.round(original.red_amount + request.amount_total)
                original._door_write({"red_amount": total})
            request._append_evidence("cancel", comment=text, door_vals={"state": "cancelled"})
            request._drop_activities()
            request._let_go_if_void()
        return True

    def action_make_red(self):
        """Make a draft of the red-letter note to a registered tax invoice."""
        request = self._check_one()._as_public("make_red")
        if request.nature != "blue" or request.standing != "registered":
            raise UserError(
                self.env._(
                    "%s isn't registered: there is nothing to take back.", request.display_name
                )
            )
        note = request.create(
            {
                "nature": "red",
                "original_id": request.id,
                "kind": request.kind,
                "partner_id": request.partner_id.id,
                "company_id": request.company_id.id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": note.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        if self.file_digest:
            content = self.file_id.sudo().raw or b""
            if hashlib.sha256(content).hexdigest() != self.file_digest:
                texts.append(self.env._("The file of the tax invoice was changed or deleted."))
        notes = self.red_ids.filtered(lambda item: item.state == "approved")
        if self.nature == "blue" and self.currency_id.compare_amounts(
            self.red_amount, -sum(notes.mapped("amount_total"))
        ):
            texts.append(self.env._("The amount of the red-letter notes was changed."))
        return texts
