from odoo import api, models


class AftersalesFinding(models.Model):
    _inherit = "aftersales.finding"

    @api.readonly
    def action_print_finding(self):
        """Print the responsibility finding (R004-28)."""
        self.check_access("read")
        report = self.env.ref("aftersales_service_report.action_report_finding")
        return report.report_action(self, config=False)
