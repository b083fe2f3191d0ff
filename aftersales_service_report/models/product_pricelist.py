from odoo import api, models

from ..tools.printing import print_form


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    @api.readonly
    def action_print_tariff(self):
        """Print the tariff at today's prices (R004-64)."""
        return print_form(self, "tariff")
