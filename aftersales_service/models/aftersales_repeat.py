from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.engine import engine

KINDS = [("request", "Service Request"), ("return", "Return of Goods")]
# a wrong shipment or choice says nothing about the goods
NO_FAULT_TYPES = ("wrong_shipment", "wrong_choice")
# requests that were registered by mistake
NO_FAULT_STAGES = ("helpdesk_ticket_stage_cancelled", "helpdesk_ticket_stage_rejected")
ACTIVITY = "aftersales_service.mail_activity_repeat"
QUALITY = "aftersales_service.group_quality"
SOURCES = (
    "helpdesk.ticket",
    "helpdesk.ticket.category",
    "aftersales.return",
    "aftersales.return.line",
    "aftersales.unit",
    "stock.lot",
    "res.company",
)


class AftersalesRepeat(models.Model):
    """Faults that come again with one serial number or one lot (R002-14).

    A fault is a service request whose service type counts as one, or a line of a submitted
    return that isn't for a wrong shipment or choice. It is a repeat when another fault of
    the same unit or number was reported in the company's months before it; what belongs to
    one request is one fault.
    """

    _name = "aftersales.repeat"
    _description = "Repeat Fault"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "number"

    date = fields.Date(string="Fault on", readonly=True)
    kind = fields.Selection(KINDS, string="Reported as", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    model_spec = fields.Char(string="Model and Specification", readonly=True)
    number = fields.Char(string="Serial/Lot Number", readonly=True)
    unit_id = fields.Many2one("aftersales.unit", string="Delivered Unit", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", string="Service Request", readonly=True)
    return_id = fields.Many2one("aftersales.return", string="Return Form", readonly=True)
    line_id = fields.Many2one("aftersales.return.line", string="Returned Product", readonly=True)
    name = fields.Char(string="Document", readonly=True)
    earlier = fields.Char(string="Earlier Faults", readonly=True)
    earlier_date = fields.Date(string="Last Fault before", readonly=True)
    days = fields.Integer(string="Days between", readonly=True, aggregator="avg")
    earlier_count = fields.Integer(string="Times before", readonly=True, aggregator="max")

    # ------------------------------------------------------------------
    # The table
    # ------------------------------------------------------------------
    @property
    def _table_query(self):
        return self._get_query(self._get_faults())

    @api.model
    def _get_query(self, faults):
        """Return the query of the repeats among these faults."""
        return SQL(
            """
            WITH fault AS MATERIALIZED (%(faults)s),
                 pair AS (
                SELECT later.id, earlier.id AS earlier_id FROM fault later
                  JOIN fault earlier ON earlier.company_id = later.company_id
                                    AND earlier.number = later.number
                 WHERE (earlier.product_id = later.product_id
                        OR earlier.product_id IS NULL OR later.product_id IS NULL)
                   AND %(before)s
                 UNION
                SELECT later.id, earlier.id FROM fault later
                  JOIN fault earlier ON earlier.company_id = later.company_id
                                    AND earlier.unit_id = later.unit_id
                 WHERE %(before)s)
            SELECT later.id, later.date, later.kind, later.company_id, later.partner_id,
                   later.product_id, later.model_spec, later.number, later.unit_id,
                   later.ticket_id, later.return_id, later.line_id, later.name,
                   string_agg(DISTINCT earlier.date || ' ' || earlier.name, ', ') AS earlier,
                   max(earlier.date) AS earlier_date, later.date - max(earlier.date) AS days,
                   count(DISTINCT earlier.case_id) AS earlier_count
              FROM pair
              JOIN fault later ON later.id = pair.id
              JOIN fault earlier ON earlier.id = pair.earlier_id
             GROUP BY later.id, later.date, later.kind, later.company_id, later.partner_id,
                      later.product_id, later.model_spec, later.number, later.unit_id,
                      later.ticket_id, later.return_id, later.line_id, later.name
            """,
            faults=faults,
            before=SQL(
                """(earlier.moment, earlier.id) < (later.moment, later.id)
                   AND earlier.moment >= later.moment - make_interval(months => later.months)
                   AND earlier.case_id <> later.case_id"""
            ),
        )

    @api.model
    def _get_faults(self, tickets=None, lines=None):
        """Return the query of the faults: requests have even ids, returned lines odd ones.

        :param tickets: an SQL condition on the requests (``ticket``)
        :param lines: an SQL condition on the returned lines (``line``)
        """
        model_data = self.env["ir.model.data"].sudo()
        stages = [
            model_data._xmlid_to_res_id(f"helpdesk_mgmt.{name}") or 0 for name in NO_FAULT_STAGES
        ]
        return SQL(
            """
            SELECT ticket.id * 2 AS id, 'request' AS kind, ticket.reported_at AS moment,
                   (ticket.reported_at AT TIME ZONE 'UTC'
                    AT TIME ZONE company.aftersales_tz)::date AS date,
                   company.id AS company_id, company.aftersales_repeat_months AS months,
                   ticket.partner_id, unit.product_id,
                   COALESCE(unit.model_spec, ticket.product_model) AS model_spec,
                   COALESCE(ticket.serial_number, unit.serial_number, lot.name) AS number,
                   ticket.unit_id, ticket.id AS ticket_id, NULL::integer AS return_id,
                   NULL::integer AS line_id, ticket.number AS name, ticket.id AS case_id
              FROM helpdesk_ticket ticket
              JOIN res_company company ON company.id = ticket.company_id
              LEFT JOIN helpdesk_ticket_category category ON category.id = ticket.category_id
              LEFT JOIN aftersales_unit unit ON unit.id = ticket.unit_id
              LEFT JOIN stock_lot lot ON lot.id = unit.lot_id
             WHERE category.is_fault IS NOT FALSE AND ticket.stage_id NOT IN %(stages)s
               AND %(tickets)s
            UNION ALL
            SELECT line.id * 2 + 1, 'return', document.submitted_at,
                   (document.submitted_at AT TIME ZONE 'UTC'
                    AT TIME ZONE company.aftersales_tz)::date,
                   company.id, company.aftersales_repeat_months, document.partner_id,
                   line.product_id, line.spec,
                   COALESCE(CASE WHEN line.is_lot_different THEN line.received_text END,
                            lot.name, unit.serial_number, btrim(line.serial_number)),
                   line.unit_id, NULL, document.id, line.id, document.name,
                   COALESCE(document.ticket_id, -document.id)
              FROM aftersales_return_line line
              JOIN aftersales_return document ON document.id = line.return_id
              JOIN res_company company ON company.id = document.company_id
              LEFT JOIN aftersales_unit unit ON unit.id = line.unit_id
              LEFT JOIN stock_lot lot ON lot.id = line.lot_id
             WHERE document.submitted_at IS NOT NULL
               AND (document.state IN ('submitted', 'approved') OR line.qty_received > 0)
               AND COALESCE(document.return_type, '') NOT IN %(types)s AND %(lines)s
            """,
            stages=tuple(stages),
            types=NO_FAULT_TYPES,
            tickets=tickets or SQL("TRUE"),
            lines=lines or SQL("TRUE"),
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_open_document(self):
        """Open the request or the return that the row is about."""
        row = self[:1]
        row.check_access("read")
        document = row.ticket_id or row.return_id
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # What documents show and tell of it
    # ------------------------------------------------------------------
    @api.model
    def _find(self, link, ids, wide=False):
        """Return {link: {id: (numbers, earlier faults)}} of the repeats among these records.

        :param link: ``ticket_id``, ``return_id`` or ``line_id``
        :param wide: those of other documents about the same units and numbers as well
        """
        found = {"ticket_id": {}, "return_id": {}, "line_id": {}}
        if not ids:
            return found
        for name in SOURCES:
            self.env[name].flush_model()
        own = SQL("own.%s IN %s", SQL.identifier(link), tuple(ids))
        query = SQL(
            """SELECT own.ticket_id, own.return_id, own.line_id, own.number, own.earlier
                 FROM (%s) own WHERE %s ORDER BY own.id""",
            self._get_query(self._get_faults_like(own)),
            SQL("TRUE") if wide else own,
        )
        for *keys, number, earlier in self.env.execute_query(query):
            for name, key in zip(found, keys, strict=True):
                if key:
                    numbers, texts = found[name].get(key, ([], []))
                    found[name][key] = (
                        [*numbers, *[number] * (number not in (None, *numbers))],
                        [*texts, *[earlier] * (earlier not in texts)],
                    )
        return found

    @api.model
    def _get_faults_like(self, own):
        """Return the query of the faults with the units and numbers of some of them: found
        by their indexes, because it is asked each time a request is registered or read.

        :param own: an SQL condition on those faults (``own``)
        """
        rows = self.env.execute_query(
            SQL("SELECT number, unit_id FROM (%s) own WHERE %s", self._get_faults(), own)
        )
        numbers = tuple({number for number, _unit in rows if number}) or ("",)
        lots = [
            row[0]
            for row in self.env.execute_query(
                SQL("SELECT id FROM stock_lot WHERE name IN %s", numbers)
            )
        ] or [0]
        units = {unit for _number, unit in rows if unit} | {
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT id FROM aftersales_unit WHERE serial_number IN %s OR lot_id IN %s",
                    numbers,
                    tuple(lots),
                )
            )
        }
        units = tuple(units) or (0,)
        return self._get_faults(
            SQL("(ticket.serial_number IN %s OR ticket.unit_id IN %s)", numbers, units),
            SQL(
                """(btrim(line.serial_number) IN %s OR line.lot_id IN %s OR line.unit_id IN %s
                    OR line.is_lot_different)""",
                numbers,
                tuple(lots),
                units,
            ),
        )

    @api.model
    def _tell_quality(self, link, ids):
        """Give quality one activity for each document that is a repeat now and wasn't
        told of before (R002-14)."""
        found = self.sudo()._find(link, ids, wide=True)
        for model, name in (("helpdesk.ticket", "ticket_id"), ("aftersales.return", "return_id")):
            documents = self.env[model].sudo().browse(found[name])
            for document in documents.filtered(lambda item: not item.repeat_told_at):
                numbers, texts = found[name][document.id]
                self._schedule(document, ", ".join(numbers), ", ".join(texts))

    @api.model
    def _schedule(self, document, numbers, earlier):
        person = self.env.ref(QUALITY)._aftersales_pool(document.company_id)[:1]
        if not person:
            return
        env = self.with_context(lang=person.lang).env
        activities = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        with engine():
            activities.create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(document._name),
                    "res_id": document.id,
                    "res_name": document.display_name,
                    "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY),
                    "user_id": person.id,
                    "summary": env._("Repeat fault: %s", numbers or document.display_name),
                    "note": env._("Faults before: %s", earlier),
                    "date_deadline": document.company_id._aftersales_today(),
                }
            )
        document._door_write({"repeat_told_at": fields.Datetime.now()})


class ResCompany(models.Model):
    _inherit = "res.company"

    # R002-14
    aftersales_repeat_months = fields.Integer(
        string="Months of Repeat Faults",
        default=3,
        required=True,
        help="A fault that comes again within them with one serial number or lot is flagged "
        "to quality; 0: never.",
    )

    _aftersales_repeat = models.Constraint(
        "CHECK (aftersales_repeat_months BETWEEN 0 AND 120)",
        "The months of repeat faults are between 0 and 120.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_repeat_months = fields.Integer(
        related="company_id.aftersales_repeat_months", readonly=False
    )


class HelpdeskTicketCategory(models.Model):
    _inherit = "helpdesk.ticket.category"

    is_fault = fields.Boolean(
        string="Counts as a Fault",
        default=True,
        help="Requests of this type are counted among the faults of a unit: installation, "
        "training or advice isn't one.",
    )
