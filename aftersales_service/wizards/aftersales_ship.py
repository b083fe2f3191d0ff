from odoo import api, fields, models

from ..models.stock_picking import SHIPPING_FIELDS
from ..tools.fields import selection_of


class AftersalesShipWizard(models.TransientModel):
    """Carrier, waybill and boxes of a shipment, filled in when it leaves (R004-20)."""

    _name = "aftersales.ship.wizard"
    _inherit = ["aftersales.links"]
    _description = "Confirm a Shipment"

    picking_id = fields.Many2one("stock.picking", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="picking_id.company_id")
    transport_mode = fields.Selection(selection=selection_of("stock.picking", "transport_mode"))
    carrier_partner_id = fields.Many2one("res.partner", string="Carrier")
    waybill = fields.Char()
    box_count = fields.Integer(string="Boxes", default=1)
    gross_weight = fields.Float(string="Gross Weight (kg)", digits="Stock Weight")
    freight_payer = fields.Selection(
        selection=selection_of("stock.picking", "freight_payer"), string="Freight"
    )
    expected_arrival = fields.Date()
    enclosed_documents = fields.Char()
    consignee_name = fields.Char(string="Consignee Unit")
    consignee_address = fields.Char()
    consignee_person = fields.Char()
    consignee_phone = fields.Char()

    @api.model
    def default_get(self, fields_list):
        """Propose what the transfer knows already."""
        values = super().default_get(fields_list)
        picking = self.env["stock.picking"].browse(values.get("picking_id")).exists()
        if picking:
            picking.check_access("read")
            known = picking._convert_to_write({name: picking[name] for name in SHIPPING_FIELDS})
            values.update({name: value for name, value in known.items() if value})
        return values

    def action_ship(self):
        """Confirm the shipment with these data."""
        for wizard in self:
            wizard.picking_id.action_ship(
                wizard._convert_to_write({name: wizard[name] for name in SHIPPING_FIELDS})
            )
        return {"type": "ir.actions.act_window_close"}
