from odoo import api, models

from ..tools.printing import print_form


class AftersalesRequisition(models.Model):
    _inherit = "aftersales.requisition"

    @api.readonly
    def action_print_requisition(self):
        """Print the requisition form (R004-13)."""
        return print_form(self, "requisition")
