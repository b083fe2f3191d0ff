from odoo import api, fields, models


class StockMove(models.Model):
    """Goods that come back: into quarantine, for a return that waits for them."""

    _inherit = "stock.move"

    aftersales_return_line_id = fields.Many2one(
        "aftersales.return.line",
        string="Returned with",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )

    @api.model
    def _get_engine_links(self):
        return super()._get_engine_links() | {"aftersales_return_line_id"}
