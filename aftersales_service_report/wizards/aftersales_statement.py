from odoo import api, models


class AftersalesStatement(models.TransientModel):
    _inherit = "aftersales.statement"

    @api.readonly
    def action_print_statement(self):
        """Print the statement of account, to be confirmed by the customer."""
        self._get_rows()
        report = self.env.ref("aftersales_service_report.action_report_statement")
        return report.report_action(self, config=False)
