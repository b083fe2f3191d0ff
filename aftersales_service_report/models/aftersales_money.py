from odoo import api, models

from ..tools.printing import print_form


class AftersalesSettlement(models.Model):
    _inherit = "aftersales.settlement"

    @api.readonly
    def action_print_settlement(self):
        """Print the settlement, to be confirmed by the customer."""
        return print_form(self, "settlement")


class AftersalesReminder(models.Model):
    _inherit = "aftersales.reminder"

    @api.readonly
    def action_print_reminder(self):
        """Print the letter, to be sealed and sent."""
        return print_form(self, "reminder")
