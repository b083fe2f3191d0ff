from odoo import api, models

from ..tools.printing import print_form


class AftersalesFinding(models.Model):
    _inherit = "aftersales.finding"

    @api.readonly
    def action_print_finding(self):
        """Print the responsibility finding (R004-28)."""
        return print_form(self, "finding")
