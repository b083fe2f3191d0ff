from odoo import api, models


class AftersalesRepair(models.Model):
    _inherit = "aftersales.repair"

    @api.readonly
    def action_print_repair(self):
        """Print the repair tracking sheet (R000-46)."""
        self.check_access("read")
        report = self.env.ref("aftersales_service_report.action_report_repair")
        return report.report_action(self, config=False)
