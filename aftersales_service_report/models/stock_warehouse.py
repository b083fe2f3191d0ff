from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    aftersales_slip_format = fields.Selection(
        [("a4", "A4"), ("slip", "Slip 241 × 140 mm")],
        string="Material Issue Paper",
        default="a4",
        required=True,
        help="What the material issue is printed on: A4, or multi-part slips for a "
        "dot-matrix printer.",
    )
