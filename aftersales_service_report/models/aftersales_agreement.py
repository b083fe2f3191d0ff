from odoo import api, models

from ..tools.printing import print_form


class AftersalesAgreement(models.Model):
    _inherit = "aftersales.agreement"

    @api.readonly
    def action_print_quotation(self):
        """Print what was offered in the last round (R001-21)."""
        return print_form(self, "quotation")

    @api.readonly
    def action_print_agreement(self):
        """Print the agreement with its annex, to be signed (R004-30)."""
        return print_form(self, "agreement")

    def _get_sign_document(self, lang=None):
        """Return the printed agreement with its annex, as it is now."""
        report = "aftersales_service_report.action_report_agreement"
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(lang=lang or self.env.lang)
            ._render_qweb_pdf(report, self.ids)
        )
        return content
