from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.engine import engine

# what a fee of the tariff is as a cost of ours
KIND_OF_FEE = {
    "labour": "labour",
    "overtime": "labour",
    "holiday": "labour",
    "travel": "travel",
}
BATCH = 1000


class AftersalesCosting(models.AbstractModel):
    """Cost of service on analytic accounts, one a request (R004-33).

    Parts stand at the value with which their done moves left stock (``stock.move.value``),
    labour and travel at the hours, days or trips of checked work sheets times the cost of
    the fee's product, which every company sets for each title. A source is compared with
    what was posted for it, and only the difference is posted: a second run posts nothing,
    a return or a revised sheet posts the correction, and no posted line is ever changed.
    """

    _name = "aftersales.costing"
    _description = "Cost of Service"

    @api.model
    def _cron_post(self):
        """Post every night what was issued, returned and worked since."""
        while True:
            posted = self._post(limit=BATCH)
            remaining = 0 if posted < BATCH else BATCH
            left = self.env["ir.cron"]._commit_progress(posted, remaining=remaining)
            if not remaining or not left:
                break

    @api.model
    def _post(self, tickets=None, limit=None):
        """Post what isn't posted yet, and return how many lines that made.

        :param tickets: only the cost of these requests
        """
        for name in ("stock.move", "aftersales.worksheet", "aftersales.worksheet.line"):
            self.env[name].flush_model()
        self.env["account.analytic.line"].flush_model()
        self.env["product.product"].flush_model(["standard_price"])
        condition = SQL("TRUE")
        if tickets is not None:
            condition = SQL("found.ticket_id IN %s", tuple(tickets.ids) or (0,))
        rows = []
        for query in (self._query_parts(), self._query_work()):
            self.env.cr.execute(
                SQL(
                    "SELECT * FROM (%s) found WHERE %s ORDER BY found.ticket_id, found.move_id,"
                    " found.worksheet_id, found.product_id %s",
                    query,
                    condition,
                    SQL("LIMIT %s", limit - len(rows)) if limit else SQL(),
                )
            )
            rows += self.env.cr.dictfetchall()
        if rows:
            self._create_lines(rows)
        return len(rows)

    # ------------------------------------------------------------------
    # What is to be posted
    # ------------------------------------------------------------------
    @api.model
    def _query_parts(self):
        """Return, as SQL, moves whose value isn't what was posted: issues and returns.

        What came back takes off what it was taken in for. Loans stay ours and cost nothing.
        """
        return SQL(
            """
            SELECT move.id AS move_id, NULL::int AS worksheet_id, move.product_id, move.ticket_id,
                   move.company_id, move.product_uom AS uom_id, NULL AS fee_kind,
                   move.date AS moment, NULL::date AS day, move.reference,
                   COALESCE(posted.lines, 0) AS lines,
                   move.quantity - COALESCE(posted.quantity, 0) AS quantity,
                   move.value - COALESCE(posted.cost, 0) AS cost
              FROM (SELECT issue.id, issue.product_id, issue.company_id, issue.product_uom,
                           issue.date, issue.reference, issue.requisition_line_id,
                           issue.quantity, COALESCE(issue.value, 0) AS value,
                           requisition.ticket_id
                      FROM stock_move issue
                      JOIN aftersales_requisition_line line ON line.id = issue.requisition_line_id
                      JOIN aftersales_requisition requisition
                        ON requisition.id = line.requisition_id
                     WHERE issue.state = 'done' AND issue.is_out
                     UNION ALL
                    SELECT back.id, back.product_id, back.company_id, back.product_uom,
                           back.date, back.reference, issue.requisition_line_id,
                           -back.quantity, -COALESCE(back.value, 0), requisition.ticket_id
                      FROM stock_move issue
                      JOIN stock_move back ON back.origin_returned_move_id = issue.id
                      JOIN aftersales_requisition_line line ON line.id = issue.requisition_line_id
                      JOIN aftersales_requisition requisition
                        ON requisition.id = line.requisition_id
                     WHERE back.state = 'done' AND back.is_in) move
              LEFT JOIN (SELECT line.aftersales_move_id, COUNT(*) AS lines,
                                -SUM(line.amount) AS cost, SUM(line.unit_amount) AS quantity
                           FROM account_analytic_line line
                          WHERE line.aftersales_move_id IS NOT NULL
                          GROUP BY line.aftersales_move_id) posted
                ON posted.aftersales_move_id = move.id
              JOIN res_company company ON company.id = move.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
             WHERE ABS(move.value - COALESCE(posted.cost, 0)) >= currency.rounding / 2
            """
        )

    @api.model
    def _query_work(self):
        """Return, as SQL, work of sheets whose quantity isn't what was posted.

        A sheet that isn't checked any more counts nothing. Work whose product has no cost
        waits until it has one.
        """
        return SQL(
            """
            SELECT NULL::int AS move_id, work.worksheet_id, work.product_id, work.ticket_id,
                   work.company_id, template.uom_id, template.aftersales_fee_kind AS fee_kind,
                   NULL::timestamp AS moment, work.day, work.name AS reference,
                   COALESCE(posted.lines, 0) AS lines,
                   work.quantity - COALESCE(posted.quantity, 0) AS quantity,
                   CASE WHEN work.quantity = 0 THEN -posted.cost
                        ELSE (work.quantity - COALESCE(posted.quantity, 0))
                             * rate.cost END AS cost
              FROM (SELECT sheet.id AS worksheet_id, sheet.name, sheet.ticket_id,
                           sheet.company_id, sheet.date_to AS day, line.product_id,
                           SUM(CASE WHEN sheet.state = 'approved' THEN line.quantity
                                    ELSE 0 END) AS quantity
                      FROM aftersales_worksheet sheet
                      JOIN aftersales_worksheet_line line ON line.worksheet_id = sheet.id
                     GROUP BY sheet.id, line.product_id
                     UNION ALL
                    SELECT sheet.id, sheet.name, sheet.ticket_id, sheet.company_id,
                           sheet.date_to, gone.product_id, 0
                      FROM (SELECT DISTINCT line.aftersales_worksheet_id, line.product_id
                              FROM account_analytic_line line
                             WHERE line.aftersales_worksheet_id IS NOT NULL) gone
                      JOIN aftersales_worksheet sheet ON sheet.id = gone.aftersales_worksheet_id
                     WHERE NOT EXISTS (SELECT 1 FROM aftersales_worksheet_line line
                                        WHERE line.worksheet_id = sheet.id
                                          AND line.product_id = gone.product_id)) work
              JOIN product_product product ON product.id = work.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN LATERAL (SELECT COALESCE((product.standard_price
                                             ->> work.company_id::text)::numeric, 0) AS cost
                           ) rate ON TRUE
              LEFT JOIN (SELECT line.aftersales_worksheet_id, line.product_id, COUNT(*) AS lines,
                                -SUM(line.amount) AS cost,
                                ROUND(SUM(line.unit_amount)::numeric, 6) AS quantity
                           FROM account_analytic_line line
                          WHERE line.aftersales_worksheet_id IS NOT NULL
                          GROUP BY line.aftersales_worksheet_id, line.product_id) posted
                ON posted.aftersales_worksheet_id = work.worksheet_id
               AND posted.product_id = work.product_id
             WHERE work.quantity <> COALESCE(posted.quantity, 0)
               AND (rate.cost <> 0 OR work.quantity = 0)
            """
        )

    # ------------------------------------------------------------------
    # Posting
    # ------------------------------------------------------------------
    @api.model
    def _create_lines(self, rows):
        """Post the differences, all with one insert, on the accounts of their requests.

        What is posted first is dated by the event, a correction by today. The running
        number of a source's lines is unique: two runs at once don't both post.
        """

        def found(model, name):
            # one read for all of them, because they share what is prefetched
            records = self.env[model].sudo().browse({row[name] for row in rows})
            return {record.id: record for record in records}

        tickets = found("helpdesk.ticket", "ticket_id")
        products = found("product.product", "product_id")
        companies = found("res.company", "company_id")
        accounts = self.env["helpdesk.ticket"].sudo().browse(tickets)._get_cost_accounts()
        columns = {account: account.plan_id._column_name() for account in set(accounts.values())}
        vals_list = []
        for row in rows:
            ticket = tickets[row["ticket_id"]]
            account = accounts[ticket]
            vals = self._prepare_line_vals(
                row, ticket, products[row["product_id"]], companies[row["company_id"]]
            )
            vals_list.append(dict(vals, **{columns[account]: account.id}))
        with engine():
            self.env["account.analytic.line"].sudo().create(vals_list)

    @api.model
    def _prepare_line_vals(self, row, ticket, product, company):
        day = row["day"] or company._aftersales_date(row["moment"])
        return {
            "name": " · ".join(filter(None, (row["reference"], product.display_name))),
            "ref": row["reference"],
            "date": company._aftersales_today() if row["lines"] else day,
            "amount": -company.currency_id.round(float(row["cost"])),
            "unit_amount": float(row["quantity"]),
            "product_id": product.id,
            "product_uom_id": row["uom_id"],
            "partner_id": ticket.partner_id.id,
            "company_id": company.id,
            "aftersales_kind": KIND_OF_FEE.get(row["fee_kind"], "other")
            if row["worksheet_id"]
            else "parts",
            "aftersales_ticket_id": ticket.id,
            "aftersales_move_id": row["move_id"],
            "aftersales_worksheet_id": row["worksheet_id"],
            "aftersales_seq": row["lines"] + 1,
        }


class HelpdeskTicketCost(models.Model):
    """The request's account of cost, made when there is cost and not before."""

    _inherit = "helpdesk.ticket"

    aftersales_analytic_id = fields.Many2one(
        "account.analytic.account",
        string="Cost Account",
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )

    def _get_cost_accounts(self):
        """Return {request: its analytic account}, made for those that have none."""
        missing = self.filtered(lambda ticket: not ticket.aftersales_analytic_id)
        if missing:
            plan = self.env.ref("aftersales_service.analytic_plan")
            accounts = (
                self.env["account.analytic.account"]
                .sudo()
                .with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
                .create(
                    [
                        {
                            "name": ticket.number,
                            "plan_id": plan.id,
                            "partner_id": ticket.partner_id.id,
                            "company_id": ticket.company_id.id,
                        }
                        for ticket in missing
                    ]
                )
            )
            for ticket, account in zip(missing, accounts, strict=True):
                ticket._door_write({"aftersales_analytic_id": account.id})
        return {ticket: ticket.aftersales_analytic_id for ticket in self}

    def action_post_costs(self):
        """Post the cost of the request now and open its account, where finance also
        books what others charge for it: freight, a hired hand."""
        # finance posts cost, but doesn't change requests
        ticket = self._check_one()._as_public()
        ticket._check_role("post_costs")
        costing = ticket.env["aftersales.costing"].sudo()
        costing._post(tickets=ticket)
        account = ticket.sudo()._get_cost_accounts()[ticket.sudo()]
        return {
            "type": "ir.actions.act_window",
            "name": account.display_name,
            "res_model": "account.analytic.line",
            "view_mode": "list,pivot,graph,form",
            "domain": [("auto_account_id", "=", account.id)],
            "context": {
                f"default_{account.plan_id._column_name()}": account.id,
                "default_partner_id": ticket.partner_id.id,
            },
        }
