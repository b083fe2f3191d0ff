from odoo import api, models

from ..tools.printing import print_form


class AftersalesReturn(models.Model):
    _inherit = "aftersales.return"

    @api.readonly
    def action_print_return(self):
        """Print the returned products form 退回产品处理单 (R002-25)."""
        return print_form(self, "return")

    @api.readonly
    def action_print_inspection(self):
        """Print the report of the re-inspection, with its photographs (R002-28)."""
        return print_form(self, "return_inspection")

    @api.readonly
    def action_print_label(self):
        """Print the label for the parcel with which the goods come back."""
        return print_form(self, "return_label")
