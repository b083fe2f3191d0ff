from odoo import api, models
from odoo.fields import Domain

from .stock_picking_type import ISSUE


class StockLot(models.Model):
    _inherit = "stock.lot"

    @api.model
    def _get_outgoing_domain(self):
        """A part's serial that we issued has gone to a customer, too."""
        issued = Domain("picking_type_id.code", "=", ISSUE)
        return Domain.OR([super()._get_outgoing_domain(), issued])
