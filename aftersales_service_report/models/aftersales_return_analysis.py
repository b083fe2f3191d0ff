from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.aftersales_service.models.aftersales_return import (
    PROGRESS,
    RETURN_TYPES,
    VERDICTS,
)
from odoo.addons.aftersales_service.models.aftersales_return_outcome import OUTCOMES


class AftersalesReturnAnalysis(models.Model):
    """What comes back, by product, number, reason, verdict, outcome and department (R002-14).

    One row a returned line and outcome that was decided; what isn't decided yet, or hasn't
    come, has none. The pieces of a line are told apart by counting: those that failed the
    re-inspection are looked for first among those that are neither put into stock nor sent
    back as they are. Quantities are in the product's own unit. Drafts, and what was
    rejected or withdrawn before anything came, aren't here.
    """

    _name = "aftersales.return.analysis"
    _description = "Returns Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "return_id"

    date = fields.Date(string="Submission Date", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    return_id = fields.Many2one("aftersales.return", string="Return Form", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    return_type = fields.Selection(RETURN_TYPES, readonly=True)
    progress = fields.Selection(PROGRESS, string="Stage", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    number = fields.Char(string="Serial/Lot Number", readonly=True)
    reason_id = fields.Many2one(
        "aftersales.return.reason", string="Reason of Return", readonly=True
    )
    verdict = fields.Selection(VERDICTS, readonly=True)
    outcome = fields.Selection(OUTCOMES, string="Outcome of a Return", readonly=True)
    department_id = fields.Many2one(
        "aftersales.department", string="Responsible Department", readonly=True
    )
    qty_claimed = fields.Float(string="Quantity to Return", readonly=True, digits="Product Unit")
    qty_received = fields.Float(string="Quantity Received", readonly=True, digits="Product Unit")
    qty_failed = fields.Float(string="Quantity Failed", readonly=True, digits="Product Unit")

    @property
    def _table_query(self):
        return SQL(
            """
            WITH decided AS (
                SELECT outcome.id, outcome.line_id, outcome.kind, outcome.quantity,
                       sum(outcome.quantity) OVER (
                           PARTITION BY outcome.line_id
                           ORDER BY outcome.kind IN ('send_back', 'restock'), outcome.id) AS upto
                  FROM aftersales_return_outcome outcome
                  JOIN aftersales_return document ON document.id = outcome.return_id
                 WHERE document.state = 'approved'),
                 piece AS (
                SELECT decided.id * 2 AS id, decided.line_id, decided.kind AS outcome,
                       decided.upto - decided.quantity AS first, decided.upto AS last
                  FROM decided
                 UNION ALL
                SELECT line.id * 2 + 1, line.id, NULL, COALESCE(total.quantity, 0),
                       GREATEST(line.qty_claimed, COALESCE(total.quantity, 0))
                  FROM aftersales_return_line line
                  LEFT JOIN (SELECT line_id, sum(quantity) AS quantity
                               FROM decided GROUP BY line_id) total ON total.line_id = line.id
                 WHERE line.qty_claimed > COALESCE(total.quantity, 0))
            SELECT piece.id, (document.submitted_at AT TIME ZONE 'UTC'
                              AT TIME ZONE company.aftersales_tz)::date AS date,
                   document.company_id, document.id AS return_id, document.partner_id,
                   document.return_type, document.progress, line.product_id,
                   COALESCE(CASE WHEN line.is_lot_different THEN line.received_text END,
                            lot.name, line.serial_number) AS number,
                   document.reason_id, document.verdict, piece.outcome,
                   COALESCE(document.responsible_department_id, document.error_department_id)
                   AS department_id,
                   piece.last - piece.first AS qty_claimed,
                   GREATEST(LEAST(piece.last, line.qty_received) - piece.first, 0)
                   AS qty_received,
                   GREATEST(LEAST(piece.last, COALESCE(line.qty_failed, 0)) - piece.first, 0)
                   AS qty_failed
              FROM piece
              JOIN aftersales_return_line line ON line.id = piece.line_id
              JOIN aftersales_return document ON document.id = line.return_id
              JOIN res_company company ON company.id = document.company_id
              LEFT JOIN stock_lot lot ON lot.id = line.lot_id
             WHERE document.submitted_at IS NOT NULL
               AND (document.state IN ('submitted', 'approved') OR line.qty_received > 0)
            """
        )

    @api.readonly
    def action_open_return(self):
        """Open the return that the row is about."""
        row = self[:1]
        row.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.return",
            "res_id": row.return_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
