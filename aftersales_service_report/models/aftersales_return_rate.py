from odoo import fields, models
from odoo.tools import SQL

RATE = "return_rate:"


class AftersalesReturnRate(models.Model):
    """How much of what was delivered to customers comes back, in per cent (R002-14).

    One row a done delivery of a product and lot, and one each time something of it came
    back: by a return form or by core's own return of a transfer. The rate of a group is
    the sum of what came back by the sum of what was delivered, so that deliveries of which
    nothing came back count as well. Grouped by date it is what came back in a month by
    what left in it, grouped by delivery date what ever came back of a month's deliveries.

    What a factory repair or a return sends back to its owner isn't a delivery; what was
    sold before the system has no delivery here and isn't counted. Quantities are in the
    product's own unit.
    """

    _name = "aftersales.return.rate"
    _description = "Return Rate"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "product_id"

    date = fields.Date(readonly=True, help="When it was delivered, or came back.")
    delivery_date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    number = fields.Char(string="Serial/Lot Number", readonly=True)
    qty_delivered = fields.Float(string="Quantity Delivered", readonly=True, digits="Product Unit")
    qty_returned = fields.Float(string="Quantity Returned", readonly=True, digits="Product Unit")
    return_rate = fields.Float(
        string="Return Rate (%)",
        readonly=True,
        digits=(16, 2),
        aggregator="avg",
        help="What came back of what was delivered, in per cent.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row.id, row.date, row.delivery_date, row.company_id,
                   COALESCE(customer.commercial_partner_id, customer.id) AS partner_id,
                   row.product_id, template.categ_id, lot.name AS number, row.qty_delivered,
                   row.qty_returned, NULL::double precision AS return_rate
              FROM (%s UNION ALL %s UNION ALL %s) row
              JOIN product_product product ON product.id = row.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN stock_lot lot ON lot.id = row.lot_id
              LEFT JOIN res_partner customer ON customer.id = row.customer_id
            """,
            self._query_delivered(),
            self._query_returned(),
            self._query_core_returned(),
        )

    def _query_delivered(self):
        """Return the query of what left for good: the last hop of deliveries and issues."""
        return SQL(
            """
            SELECT line.id * 3 AS id, %(day)s AS date, %(day)s AS delivery_date,
                   move.company_id, COALESCE(picking.partner_id, move.partner_id) AS customer_id,
                   line.product_id, line.lot_id, line.quantity_product_uom AS qty_delivered,
                   0 AS qty_returned
              FROM stock_move_line line
              JOIN stock_move move ON move.id = line.move_id
              JOIN res_company company ON company.id = move.company_id
              JOIN stock_location place ON place.id = line.location_dest_id
              JOIN stock_location source ON source.id = line.location_id
              LEFT JOIN stock_picking picking ON picking.id = move.picking_id
             WHERE move.state = 'done' AND place.usage = 'customer'
               AND source.usage <> 'customer'
               AND source.aftersales_place IS DISTINCT FROM 'quarantine'
               AND move.aftersales_repair_id IS NULL
            """,
            day=self._day("move"),
        )

    def _query_returned(self):
        """Return the query of what was received on return forms."""
        return SQL(
            """
            SELECT receipt.id * 3 + 1, %(day)s, %(delivered)s, receipt.company_id,
                   document.partner_id, origin.product_id, receipt.lot_id, 0, receipt.quantity
              FROM aftersales_return_receipt receipt
              JOIN aftersales_return document ON document.id = receipt.return_id
              JOIN aftersales_return_origin origin ON origin.id = receipt.origin_id
              JOIN res_company company ON company.id = receipt.company_id
              JOIN stock_move move ON move.id = receipt.move_id
              JOIN stock_move delivery ON delivery.id = origin.move_id
            """,
            day=self._day("move"),
            delivered=self._day("delivery"),
        )

    def _query_core_returned(self):
        """Return the query of what came back by core's return of a transfer."""
        return SQL(
            """
            SELECT line.id * 3 + 2, %(day)s, %(delivered)s, move.company_id,
                   COALESCE(sent.partner_id, delivery.partner_id), line.product_id, line.lot_id,
                   0, line.quantity_product_uom
              FROM stock_move_line line
              JOIN stock_move move ON move.id = line.move_id
              JOIN stock_move delivery ON delivery.id = move.origin_returned_move_id
              JOIN res_company company ON company.id = move.company_id
              JOIN stock_location source ON source.id = line.location_id
              JOIN stock_location place ON place.id = line.location_dest_id
              LEFT JOIN stock_picking sent ON sent.id = delivery.picking_id
             WHERE move.state = 'done' AND source.usage = 'customer'
               AND place.usage <> 'customer' AND move.aftersales_return_line_id IS NULL
               AND move.aftersales_repair_id IS NULL
            """,
            day=self._day("move"),
            delivered=self._day("delivery"),
        )

    def _day(self, table):
        """Return the day of a move in the company's time zone, as SQL."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE company.aftersales_tz)::date",
            SQL.identifier(table, "date"),
        )

    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its sums, never a mean of the rates of its rows."""
        if not aggregate_spec.startswith(RATE):
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100.0 * SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "qty_returned", query),
            self._field_to_sql(self._table, "qty_delivered", query),
        )
