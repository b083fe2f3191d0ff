from odoo import fields, models


class ResCompany(models.Model):
    """For which kinds of return customers may ask themselves (R002-21 … R002-24)."""

    _inherit = "res.company"

    aftersales_ask_whole_lot = fields.Boolean(
        string="Customers Ask: Whole Lot", default=True, help="The whole of a delivery."
    )
    aftersales_ask_partial = fields.Boolean(string="Customers Ask: Some Pieces", default=True)
    aftersales_ask_wrong_shipment = fields.Boolean(
        string="Customers Ask: Wrong Shipment", default=True
    )
    aftersales_ask_wrong_choice = fields.Boolean(string="Customers Ask: Wrong Choice", default=True)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_ask_whole_lot = fields.Boolean(
        related="company_id.aftersales_ask_whole_lot", readonly=False
    )
    aftersales_ask_partial = fields.Boolean(
        related="company_id.aftersales_ask_partial", readonly=False
    )
    aftersales_ask_wrong_shipment = fields.Boolean(
        related="company_id.aftersales_ask_wrong_shipment", readonly=False
    )
    aftersales_ask_wrong_choice = fields.Boolean(
        related="company_id.aftersales_ask_wrong_choice", readonly=False
    )
