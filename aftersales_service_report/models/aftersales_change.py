from odoo import api, models

from ..tools.printing import print_form


class AftersalesChange(models.Model):
    _inherit = "aftersales.change"

    @api.readonly
    def action_print_change(self):
        """Print the technical change order (R004-21, R004-22)."""
        return print_form(self, "change")
