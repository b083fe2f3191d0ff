from odoo import api, fields, models
from odoo.tools import SQL

AGES = [
    ("1_week", "Up to 7 Days"),
    ("2_month", "8 to 30 Days"),
    ("3_quarter", "31 to 90 Days"),
    ("4_longer", "More than 90 Days"),
]


class AftersalesQuarantine(models.Model):
    """What lies in quarantine 待检区: since when, whose it is, and for which document.

    Nothing comes in or goes out but by a document (B6, B7), so the done moves of a document
    say what of it is still there; the sum is the stock of the place. Quantities are in the
    product's own unit.
    """

    _name = "aftersales.quarantine"
    _description = "Stock in Quarantine"
    _auto = False
    _order = "received_on, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    number = fields.Char(string="Serial/Lot Number", readonly=True)
    owner_id = fields.Many2one("res.partner", string="Property of", readonly=True)
    return_id = fields.Many2one("aftersales.return", string="Return Form", readonly=True)
    return_progress = fields.Selection(related="return_id.progress", string="Stage of the Return")
    repair_id = fields.Many2one("aftersales.repair", string="Factory Repair", readonly=True)
    repair_progress = fields.Selection(related="repair_id.progress", string="Stage of the Repair")
    quantity = fields.Float(readonly=True, digits="Product Unit")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    received_on = fields.Date(string="There since", readonly=True)
    days = fields.Integer(readonly=True, aggregator="max")
    age = fields.Selection(AGES, readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT held.id, held.company_id, held.product_id, held.number, held.owner_id,
                   held.return_id, held.repair_id, held.quantity, held.received_on, held.days,
                   CASE WHEN held.days <= 7 THEN '1_week' WHEN held.days <= 30 THEN '2_month'
                        WHEN held.days <= 90 THEN '3_quarter' ELSE '4_longer' END AS age
              FROM (
                SELECT min(line.id) AS id, place.company_id, line.product_id, lot.name AS number,
                       line.owner_id, returned.return_id, COALESCE(move.aftersales_repair_id,
                       orders.aftersales_repair_id) AS repair_id,
                       sum(CASE WHEN line.location_dest_id = place.id THEN 1 ELSE -1 END
                           * line.quantity_product_uom) AS quantity,
                       min(since.day) AS received_on,
                       (now() AT TIME ZONE min(company.aftersales_tz))::date - min(since.day)
                       AS days
                  FROM stock_location place
                  JOIN res_company company ON company.id = place.company_id
                  JOIN stock_move_line line ON place.id IN (line.location_id,
                                                            line.location_dest_id)
                  JOIN stock_move move ON move.id = line.move_id AND move.state = 'done'
                  LEFT JOIN repair_order orders ON orders.id = move.repair_id
                  LEFT JOIN aftersales_return_outcome outcome
                    ON outcome.id = move.aftersales_outcome_id
                  LEFT JOIN aftersales_return_line returned
                    ON returned.id = COALESCE(move.aftersales_return_line_id, outcome.line_id)
                  LEFT JOIN stock_lot lot ON lot.id = line.lot_id
                 CROSS JOIN LATERAL (
                    SELECT CASE WHEN line.location_dest_id = place.id
                                THEN (move.date AT TIME ZONE 'UTC'
                                      AT TIME ZONE company.aftersales_tz)::date END AS day) since
                 WHERE place.aftersales_place = 'quarantine'
                   AND line.location_id <> line.location_dest_id
                 GROUP BY place.company_id, line.product_id, lot.name, line.owner_id,
                          returned.return_id,
                          COALESCE(move.aftersales_repair_id, orders.aftersales_repair_id)) held
             WHERE held.quantity > 0.000001
            """
        )

    @api.readonly
    def action_open_document(self):
        """Open the return or the factory repair that the goods wait for."""
        row = self[:1]
        row.check_access("read")
        document = row.return_id or row.repair_id
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
