from odoo import api, models


class AftersalesRequisition(models.Model):
    _inherit = "aftersales.requisition"

    @api.readonly
    def action_print_requisition(self):
        """Print the requisition form (R004-13)."""
        self.check_access("read")
        report = self.env.ref("aftersales_service_report.action_report_requisition")
        return report.report_action(self, config=False)
