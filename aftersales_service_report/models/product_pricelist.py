from odoo import api, models


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    @api.readonly
    def action_print_tariff(self):
        """Print the tariff at today's prices (R004-64)."""
        self.check_access("read")
        report = self.env.ref("aftersales_service_report.action_report_tariff")
        return report.report_action(self, config=False)
