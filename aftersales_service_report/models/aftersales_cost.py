from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.aftersales_service.models.account_analytic import COST_KINDS
from odoo.addons.aftersales_service.models.helpdesk_ticket import COVERAGES
from odoo.addons.aftersales_service.models.helpdesk_ticket_charge import CHARGE_CLASSES

KINDS = ("parts", "labour", "travel")
READERS = (
    "aftersales_service.group_finance,"
    "aftersales_service.group_general_manager,"
    "aftersales_service.group_sales_manager"
)


class AftersalesCost(models.Model):
    """What service has cost, by request, unit model, cause, contract and customer (R004-33).

    One row a line on the analytic account of a request: what the system has posted for
    parts, labour and travel, and what finance has booked there itself. Cost is positive,
    in the company's currency. Whether it was free follows, for parts, from the purpose they
    were issued for, for the rest from what the request's finding or coverage says today.
    """

    _name = "aftersales.cost"
    _description = "Cost of Service Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"

    date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", string="Service Request", readonly=True)
    user_id = fields.Many2one("res.users", string="Person in Charge", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    unit_id = fields.Many2one("aftersales.unit", string="Delivered Unit", readonly=True)
    unit_product_id = fields.Many2one("product.product", string="Unit Model", readonly=True)
    model_spec = fields.Char(string="Model and Specification", readonly=True)
    contract_ref = fields.Char(string="Contract Number", readonly=True)
    cause_id = fields.Many2one("aftersales.cause", readonly=True)
    coverage = fields.Selection(COVERAGES, readonly=True)
    charge = fields.Selection(CHARGE_CLASSES, string="Charge Class", readonly=True)
    kind = fields.Selection(COST_KINDS, string="Kind of Cost", readonly=True)
    product_id = fields.Many2one("product.product", string="Part or Work", readonly=True)
    name = fields.Char(string="Description", readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(string="Cost", readonly=True)

    @property
    def _table_query(self):
        plan = self.env.ref("aftersales_service.analytic_plan").sudo()
        return SQL(
            """
            SELECT line.id, line.date, line.company_id, ticket.id AS ticket_id, ticket.user_id,
                   ticket.partner_id, ticket.unit_id, unit.product_id AS unit_product_id,
                   COALESCE(unit.model_spec, ticket.product_model) AS model_spec,
                   unit.contract_ref, COALESCE(finding.cause_id, ticket.confirmed_cause_id)
                   AS cause_id, ticket.coverage,
                   COALESCE(CASE line.aftersales_kind
                                 WHEN 'parts' THEN place.aftersales_purpose
                                 WHEN 'labour' THEN ticket.charge_labour
                                 WHEN 'travel' THEN ticket.charge_travel END,
                            ticket.charge_class, 'unknown') AS charge,
                   COALESCE(line.aftersales_kind, 'other') AS kind,
                   line.product_id, line.name, line.unit_amount AS quantity, line.currency_id,
                   -line.amount AS amount
              FROM account_analytic_line line
              JOIN helpdesk_ticket ticket ON ticket.aftersales_analytic_id = line.%s
              LEFT JOIN aftersales_unit unit ON unit.id = ticket.unit_id
              LEFT JOIN stock_move move ON move.id = line.aftersales_move_id
              LEFT JOIN stock_location place
                ON place.id = CASE WHEN move.is_out THEN move.location_dest_id
                                   ELSE move.location_id END
              LEFT JOIN LATERAL (SELECT decided.cause_id FROM aftersales_finding decided
                                  WHERE decided.ticket_id = ticket.id
                                    AND decided.state = 'approved'
                                  ORDER BY decided.approved_at DESC, decided.id DESC
                                  LIMIT 1) finding ON TRUE
             WHERE line.category IS DISTINCT FROM 'invoice'
            """,
            SQL.identifier(plan._column_name()),
        )

    @api.readonly
    def action_open_request(self):
        """Open the request that has the cost."""
        row = self[:1]
        row.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": row.ticket_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }


class AftersalesGoodwill(models.Model):
    """What was given away outside the warranty, for finance (R004-28, R004-33).

    One row a finding in force and kind of cost that it grants as goodwill: the estimate
    that was granted, and what it has really cost since.
    """

    _name = "aftersales.goodwill"
    _description = "Goodwill outside Warranty"
    _auto = False
    _order = "granted_on desc, id"
    _rec_name = "finding_id"

    finding_id = fields.Many2one(
        "aftersales.finding", string="Responsibility Finding", readonly=True
    )
    granted_on = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", string="Service Request", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    unit_id = fields.Many2one("aftersales.unit", string="Delivered Unit", readonly=True)
    unit_product_id = fields.Many2one("product.product", string="Unit Model", readonly=True)
    contract_ref = fields.Char(string="Contract Number", readonly=True)
    cause_id = fields.Many2one("aftersales.cause", readonly=True)
    coverage = fields.Selection(COVERAGES, readonly=True)
    kind = fields.Selection(COST_KINDS, string="Kind of Cost", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_granted = fields.Monetary(string="Granted", readonly=True)
    amount_cost = fields.Monetary(string="Real Cost", readonly=True)

    @property
    def _table_query(self):
        selects = [
            SQL(
                """
                SELECT finding.id * 4 + %(place)s AS id, finding.id AS finding_id,
                       (finding.approved_at AT TIME ZONE 'UTC'
                        AT TIME ZONE company.aftersales_tz)::date AS granted_on,
                       finding.company_id, finding.ticket_id, ticket.partner_id, ticket.unit_id,
                       unit.product_id AS unit_product_id, unit.contract_ref, finding.cause_id,
                       finding.coverage, %(kind)s AS kind, company.currency_id,
                       COALESCE(finding.%(amount)s, 0) AS amount_granted,
                       COALESCE((SELECT -SUM(line.amount) FROM account_analytic_line line
                                  WHERE line.aftersales_ticket_id = finding.ticket_id
                                    AND line.aftersales_kind = %(kind)s), 0) AS amount_cost
                  FROM aftersales_finding finding
                  JOIN res_company company ON company.id = finding.company_id
                  JOIN helpdesk_ticket ticket ON ticket.id = finding.ticket_id
                  LEFT JOIN aftersales_unit unit ON unit.id = ticket.unit_id
                 WHERE finding.has_goodwill AND finding.state = 'approved'
                   AND finding.%(charge)s = 'goodwill'
                   AND NOT EXISTS (SELECT 1 FROM aftersales_finding newer
                                    WHERE newer.ticket_id = finding.ticket_id
                                      AND newer.state = 'approved'
                                      AND (newer.approved_at, newer.id)
                                          > (finding.approved_at, finding.id))
                """,
                place=place,
                kind=kind,
                amount=SQL.identifier(f"amount_{kind}"),
                charge=SQL.identifier(f"charge_{kind}"),
            )
            for place, kind in enumerate(KINDS)
        ]
        return SQL(" UNION ALL ").join(selects)

    @api.readonly
    def action_open_finding(self):
        """Open the finding that has granted it."""
        row = self[:1]
        row.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.finding",
            "res_id": row.finding_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }


class HelpdeskTicket(models.Model):
    """The request shows what it has cost to those who may know."""

    _inherit = "helpdesk.ticket"

    aftersales_cost = fields.Monetary(
        string="Cost of Service",
        compute="_compute_aftersales_cost",
        currency_field="aftersales_currency_id",
        groups=READERS,
        help="What has been posted for it.",
    )

    def _compute_aftersales_cost(self):
        costs = dict(
            self.env["aftersales.cost"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["amount:sum"]
            )
        )
        for ticket in self:
            ticket.aftersales_cost = costs.get(ticket, 0.0)

    @api.readonly
    def action_view_service_cost(self):
        """Open the cost of the request."""
        self._check_one().check_access("read")
        self.env["aftersales.cost"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "aftersales_service_report.aftersales_cost_action"
        )
        action.update(domain=[("ticket_id", "=", self.id)], context={})
        return action
