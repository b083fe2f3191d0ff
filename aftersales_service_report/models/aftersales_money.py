from odoo import api, models


class AftersalesSettlement(models.Model):
    _inherit = "aftersales.settlement"

    @api.readonly
    def action_print_settlement(self):
        """Print the settlement, to be confirmed by the customer."""
        self.check_access("read")
        report = self.env.ref("aftersales_service_report.action_report_settlement")
        return report.report_action(self, config=False)


class AftersalesReminder(models.Model):
    _inherit = "aftersales.reminder"

    @api.readonly
    def action_print_reminder(self):
        """Print the letter, to be sealed and sent."""
        self.check_access("read")
        report = self.env.ref("aftersales_service_report.action_report_reminder")
        return report.report_action(self, config=False)
