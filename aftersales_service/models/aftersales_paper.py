import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.scan import keep_scan, read_scan
from ..tools.text import clean_text
from .aftersales_unit import FIRST_DAY


class AftersalesPaper(models.AbstractModel):
    """What a customer has signed on paper: read, kept as evidence and verified.

    A document that is signed so names its fields about it; what they were given is part
    of the evidence row, with the digest of the scan.
    """

    _inherit = "aftersales.document"

    # door fields that hold who signed, when and how
    _signature_fields = ()

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    def _read_signer(self, values):
        """Return name, title, date and scan of a signature as checked values.

        :raise UserError: naming what is missing or wrong
        """
        signer = clean_text(self.env, values.get("signer"), self.env._("Signer"))
        title = clean_text(self.env, values.get("title"), self.env._("Signer's Title"))
        day = self._get_day(values.get("date"))
        if not signer or not title or not day:
            raise UserError(self.env._("Give the signer's name and title and the date."))
        if not FIRST_DAY <= day <= self.company_id._aftersales_today():
            raise UserError(self.env._("The date of the signature must be in the past."))
        missing = self.env._("Attach the scan of what the customer has signed.")
        return {
            "signer_name": signer,
            "signer_title": title,
            "signed_on": day,
            "scan": read_scan(self.env, values.get("scan"), missing),
            "scan_name": clean_text(self.env, values.get("scan_name")) or "scan",
        }

    @api.model
    def _read_keys(self, values, known):
        """Return a client's dict, or raise for what isn't known in it."""
        values = values if isinstance(values, dict) else {}
        if unknown := set(values) - known:
            raise UserError(
                self.env._("A signature has no %s.", ", ".join(sorted(map(str, unknown))))
            )
        return values

    @api.model
    def _get_day(self, value):
        """Return a client's date, or None.

        :raise UserError: for what is no date
        """
        try:
            return fields.Date.to_date(value) or None
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%s is not a date.", value)) from error

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------
    def _keep_signature(self, values):
        """Keep the scan; return what the evidence row says of the signature.

        :param values: the fields, and ``scan`` and ``scan_name``, which are taken out
        """
        scan, name = values.pop("scan"), values.pop("scan_name")
        attachment = keep_scan(self, scan, name, "scan")
        return dict(
            self._get_signature_facts(values),
            attachment=attachment.id,
            sha256=hashlib.sha256(scan).hexdigest(),
        )

    def _get_signature_comment(self, values):
        """Return who signed and when, as the approval records show it."""
        return self.env._(
            "%(signer)s, %(title)s, %(date)s",
            signer=values["signer_name"],
            title=values["signer_title"],
            date=fields.Date.to_string(values["signed_on"]),
        )

    @api.model
    def _get_signature_facts(self, values):
        return {
            name: fields.Date.to_string(values[name])
            if name == "signed_on" and values[name]
            else values[name] or ""
            for name in self._signature_fields
        }

    # ------------------------------------------------------------------
    # Verifying
    # ------------------------------------------------------------------
    @api.model
    def _get_present_rows(self, chain):
        """Return the rows since the document was opened again for the last time."""
        reopened = chain.filtered(lambda row: row.act in ("revise", "cancel"))[-1:]
        return chain.filtered(lambda row: row.chain_no > reopened.chain_no)

    def _verify_paper(self, row):
        """Return what doesn't fit between the signature, its row (or none) and its scan."""
        recorded = self.env["aftersales.verification"]._load(row.snapshot).get("signature") or {}
        texts = []
        present = self._get_signature_facts({name: self[name] for name in self._signature_fields})
        if any(present[name] != (recorded.get(name) or "") for name in self._signature_fields):
            texts.append(self.env._("The customer's signature was changed."))
        if row:
            scan = self.env["ir.attachment"].sudo().browse(recorded.get("attachment")).exists()
            digest = hashlib.sha256(scan.raw or b"").hexdigest() if scan else ""
            if digest != recorded.get("sha256"):
                texts.append(self.env._("The scan of the signature was changed or deleted."))
        return texts
