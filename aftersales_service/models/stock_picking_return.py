from odoo import fields, models


class StockPicking(models.Model):
    """The receipt of returned goods 退货收货单."""

    _inherit = "stock.picking"

    aftersales_return_id = fields.Many2one(
        "aftersales.return",
        string="Return",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        guard="door",
    )
    receipt_look = fields.Text(string="Look of the Goods", copy=False, guard="free")
