from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    aftersales_spec = fields.Char(
        string="Model and Specification", help="As it stands on the nameplate and on forms."
    )
    aftersales_served = fields.Boolean(
        string="Served after Sales",
        help="A delivery to a customer puts the product on the list of delivered units.",
    )
    aftersales_warranty_months_delivery = fields.Integer(
        string="Warranty Months from Delivery", help="0: as the company's setting says."
    )
    aftersales_warranty_months_commissioning = fields.Integer(
        string="Warranty Months from Commissioning", help="0: as the company's setting says."
    )
    # R004-15
    aftersales_source = fields.Selection(
        [("buy", "Buy"), ("make", "Make")],
        string="Spare-Part Source",
        default="buy",
        required=True,
        help="Where the part comes from when it isn't on stock.",
    )
    aftersales_make_days = fields.Integer(
        string="Days to Make", help="Proposed as lead time when the part is made."
    )

    _aftersales_numbers = models.Constraint(
        "CHECK (coalesce(aftersales_warranty_months_delivery, 0) BETWEEN 0 AND 600"
        " AND coalesce(aftersales_warranty_months_commissioning, 0) BETWEEN 0 AND 600"
        " AND coalesce(aftersales_make_days, 0) BETWEEN 0 AND 3650)",
        "Warranty months are between 0 and 600, days to make between 0 and 3650.",
    )
