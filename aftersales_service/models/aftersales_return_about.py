from odoo import api, models
from odoo.fields import Domain

from ..tools.text import clean_text


class AftersalesReturnAbout(models.Model):
    """What a return says of itself where people look for what they have to sign."""

    _inherit = "aftersales.return"

    def _get_about(self):
        kinds = dict(self._fields["return_type"]._description_selection(self.env))
        said = clean_text(self.env, self.reason_text).splitlines()[:1]
        words = [kinds.get(self.return_type), self.reason_id.sudo().name, *said]
        return {**super()._get_about(), "subject": " · ".join(filter(None, words))}

    @api.model
    def _get_about_domain(self, text):
        names = ("project_name", "contract_ref", "reason_text", "line_ids.serial_number")
        domains = [Domain(name, "ilike", text) for name in names]
        return super()._get_about_domain(text) | Domain.OR(domains)
