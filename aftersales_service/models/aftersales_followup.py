from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("unsecured", "Issued without Agreement or Prepayment"),
    ("unsettled", "Done but Not Settled"),
    ("uninvoiced", "Settled but Not Invoiced"),
    ("no_tax_invoice", "No Tax Invoice"),
    ("unpaid", "Invoiced but Not Paid"),
    ("overdue", "Overdue"),
    ("red_due", "Red-Letter Note Due"),
]


class AftersalesFollowup(models.Model):
    """Money that isn't in yet, one row a case and reason 追款 (R004-33).

    Read live from agreements, settlements, entries and tax invoices, so that whatever is
    cancelled, reset or credited is back at once (C5). Every branch rests on an index of
    what is open alone: what is done and paid costs nothing.
    """

    _name = "aftersales.followup"
    _description = "Follow-Up of Paid Service"
    _auto = False
    _order = "age desc, id"
    _rec_name = "agreement_id"

    kind = fields.Selection(KINDS, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    supervisor_id = fields.Many2one("res.users", string="Service Supervisor", readonly=True)
    agreement_id = fields.Many2one("aftersales.agreement", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", string="Service Request", readonly=True)
    settlement_id = fields.Many2one("aftersales.settlement", string="Fee Settlement", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    request_id = fields.Many2one(
        "aftersales.tax.invoice", string="Tax Invoice Request", readonly=True
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    since = fields.Date(readonly=True)
    due_on = fields.Date(string="Due on", readonly=True)
    age = fields.Integer(
        string="Days", readonly=True, aggregator="max", help="Since then; overdue: since due."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row.source * 16 + row.place AS id, row.kind, row.company_id, row.partner_id,
                   row.supervisor_id, row.agreement_id, row.ticket_id, row.settlement_id,
                   row.move_id, row.request_id, row.currency_id, row.amount, row.since,
                   row.due_on,
                   (now() AT TIME ZONE company.aftersales_tz)::date
                   - COALESCE(CASE WHEN row.kind = 'overdue' THEN row.due_on END, row.since) AS age
              FROM (%s) row
              JOIN res_company company ON company.id = row.company_id
            """,
            SQL(" UNION ALL ").join(
                [
                    self._query_unsecured(),
                    self._query_unsettled(),
                    self._query_unsettled_used(),
                    self._query_uninvoiced(),
                    self._query_no_tax_invoice(),
                    self._query_unpaid(),
                    self._query_unconfirmed(),
                    self._query_red_due(),
                ]
            ),
        )

    def _query_unsecured(self):
        """Releases used and not made good; prepayments and agreements that are gone."""
        arrived = self.env["account.payment"]._aftersales_arrived()
        signed = self.env["account.payment"]._aftersales_signed_amount()
        return SQL(
            """
            SELECT release.id AS source, 1 AS place, 'unsecured' AS kind, release.company_id,
                   release.partner_id, ticket.user_id AS supervisor_id,
                   NULL::int AS agreement_id, release.ticket_id, NULL::int AS settlement_id,
                   NULL::int AS move_id, NULL::int AS request_id, release.currency_id,
                   release.used_amount AS amount, release.submitted_at::date AS since,
                   release.date_end AS due_on
              FROM aftersales_release release
              JOIN helpdesk_ticket ticket ON ticket.id = release.ticket_id
             WHERE release.used_amount > 0
               AND EXISTS (SELECT 1 FROM aftersales_cover cover
                            WHERE cover.release_id = release.id
                              AND cover.agreement_line_id IS NULL)
            UNION ALL
            SELECT agreement.id, 2, 'unsecured', agreement.company_id, agreement.partner_id,
                   agreement.supervisor_id, agreement.id, agreement.ticket_id, NULL, NULL, NULL,
                   agreement.currency_id,
                   CASE WHEN agreement.progress = 'terminated' THEN agreement.amount_total
                        ELSE due.amount - COALESCE(paid.amount, 0) END,
                   agreement.in_force_at::date, NULL::date
              FROM aftersales_agreement agreement
              JOIN LATERAL (SELECT SUM(member.prepay_amount) AS amount
                              FROM aftersales_agreement member
                             WHERE (member.id = agreement.id OR member.parent_id = agreement.id)
                               AND member.progress = 'signed') due ON TRUE
              LEFT JOIN LATERAL (
                    SELECT SUM(%(signed)s) AS amount
                      FROM account_payment payment
                      JOIN aftersales_agreement member
                        ON member.id = payment.aftersales_agreement_id
                      JOIN res_company company ON company.id = payment.company_id
                 LEFT JOIN account_move move ON move.id = payment.move_id
                     WHERE (member.id = agreement.id OR member.parent_id = agreement.id)
                       AND %(arrived)s) paid ON TRUE
             WHERE agreement.settled_on IS NULL
               AND agreement.progress IN ('signed', 'terminated')
               AND agreement.kind = 'service'
               AND EXISTS (SELECT 1 FROM aftersales_cover cover
                             JOIN aftersales_agreement_line line
                               ON line.id = cover.agreement_line_id
                            WHERE line.agreement_id = agreement.id)
               AND (agreement.progress = 'terminated'
                    OR due.amount > COALESCE(paid.amount, 0))
            """,
            signed=signed,
            arrived=arrived,
        )

    def _query_unsettled(self):
        """Something was issued or worked under a signed agreement, and nothing settled."""
        return SQL(
            """
            SELECT agreement.id, 3, 'unsettled', agreement.company_id, agreement.partner_id,
                   agreement.supervisor_id, agreement.id, agreement.ticket_id, NULL, NULL, NULL,
                   agreement.currency_id, agreement.amount_total, agreement.in_force_at::date,
                   NULL::date
              FROM aftersales_agreement agreement
             WHERE agreement.settled_on IS NULL
               AND agreement.progress = 'signed'
               AND agreement.kind = 'service'
               AND (EXISTS (SELECT 1 FROM aftersales_cover cover
                              JOIN aftersales_agreement_line line
                                ON line.id = cover.agreement_line_id
                             WHERE line.agreement_id = agreement.id)
                    OR EXISTS (SELECT 1 FROM aftersales_worksheet sheet
                                WHERE sheet.ticket_id = agreement.ticket_id
                                  AND sheet.state = 'approved')
                    OR EXISTS (SELECT 1 FROM helpdesk_ticket ticket
                                 JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                                WHERE ticket.id = agreement.ticket_id AND stage.closed))
            """
        )

    def _query_unsettled_used(self):
        """Requests under a framework agreement: used or worked, charged as used, not settled.

        The amount is that of the parts; hours are priced by their settlement.
        """
        return SQL(
            """
            SELECT used.ticket_id, 8, 'unsettled', framework.company_id, framework.partner_id,
                   framework.supervisor_id, framework.id, used.ticket_id, NULL, NULL, NULL,
                   framework.currency_id, used.amount, used.since, NULL::date
              FROM (SELECT part.framework_id, part.ticket_id, SUM(part.amount) AS amount,
                           MIN(part.since) AS since
                      FROM (SELECT cover.framework_id, requisition.ticket_id, cover.amount,
                                   cover.create_date::date AS since
                              FROM aftersales_cover cover
                              JOIN aftersales_requisition requisition
                                ON requisition.id = cover.requisition_id
                             WHERE cover.framework_id IS NOT NULL
                               AND cover.settlement_id IS NULL
                             UNION ALL
                            SELECT ticket.framework_id, sheet.ticket_id, 0, sheet.date_to
                              FROM aftersales_worksheet sheet
                              JOIN helpdesk_ticket ticket ON ticket.id = sheet.ticket_id
                              JOIN aftersales_agreement terms ON terms.id = ticket.framework_id
                             WHERE sheet.state = 'approved'
                               AND sheet.settlement_id IS NULL
                               AND 'as_used' IN (terms.labour_terms, terms.travel_terms)) part
                     GROUP BY part.framework_id, part.ticket_id) used
              JOIN aftersales_agreement framework ON framework.id = used.framework_id
            """
        )

    def _query_uninvoiced(self):
        return SQL(
            """
            SELECT settlement.id, 4, 'uninvoiced', settlement.company_id, settlement.partner_id,
                   settlement.supervisor_id, settlement.agreement_id, settlement.ticket_id,
                   settlement.id, settlement.invoice_id, NULL, settlement.currency_id,
                   settlement.amount_open, settlement.approved_on, NULL::date
              FROM aftersales_settlement settlement
             WHERE settlement.amount_open > 0
            """
        )

    def _query_no_tax_invoice(self):
        return SQL(
            """
            SELECT settlement.id, 5, 'no_tax_invoice', settlement.company_id,
                   settlement.partner_id, settlement.supervisor_id, settlement.agreement_id,
                   settlement.ticket_id, settlement.id, settlement.invoice_id, NULL,
                   settlement.currency_id,
                   settlement.amount_invoiced - settlement.amount_credited,
                   move.invoice_date, NULL::date
              FROM aftersales_settlement settlement
              JOIN account_move move ON move.id = settlement.invoice_id
             WHERE settlement.tax_due
            """
        )

    def _query_unpaid(self):
        """Posted invoices of ours that are open; the settlement names supervisor and case."""
        return SQL(
            """
            SELECT move.id, 6,
                   CASE WHEN move.invoice_date_due
                             < (now() AT TIME ZONE company.aftersales_tz)::date
                        THEN 'overdue' ELSE 'unpaid' END,
                   move.company_id, move.commercial_partner_id, first.supervisor_id,
                   first.agreement_id, first.ticket_id, first.id, move.id, NULL,
                   move.currency_id, move.amount_residual, move.invoice_date,
                   move.invoice_date_due
              FROM account_move move
              JOIN res_company company ON company.id = move.company_id
              LEFT JOIN LATERAL (SELECT * FROM aftersales_settlement settlement
                                  WHERE settlement.invoice_id = move.id
                                  ORDER BY settlement.id LIMIT 1) first ON TRUE
             WHERE move.aftersales_billed
               AND move.state = 'posted'
               AND move.move_type = 'out_invoice'
               AND move.payment_state IN ('not_paid', 'partial')
            """
        )

    def _query_unconfirmed(self):
        """Invoices that core calls paid by a payment which was reset or rejected since (C5)."""
        return SQL(
            """
            SELECT part.id, 0,
                   CASE WHEN move.invoice_date_due
                             < (now() AT TIME ZONE company.aftersales_tz)::date
                        THEN 'overdue' ELSE 'unpaid' END,
                   move.company_id, move.commercial_partner_id, first.supervisor_id,
                   first.agreement_id, first.ticket_id, first.id, move.id, NULL,
                   move.currency_id, part.debit_amount_currency, move.invoice_date,
                   move.invoice_date_due
              FROM account_payment payment
              JOIN account_move_line credit ON credit.move_id = payment.move_id
              JOIN account_partial_reconcile part ON part.credit_move_id = credit.id
              JOIN account_move_line debit ON debit.id = part.debit_move_id
              JOIN account_move move ON move.id = debit.move_id
              JOIN res_company company ON company.id = move.company_id
              LEFT JOIN LATERAL (SELECT * FROM aftersales_settlement settlement
                                  WHERE settlement.invoice_id = move.id
                                  ORDER BY settlement.id LIMIT 1) first ON TRUE
             WHERE payment.state IN ('draft', 'canceled', 'rejected')
               AND move.aftersales_billed
               AND move.state = 'posted'
               AND move.move_type = 'out_invoice'
            """
        )

    def _query_red_due(self):
        """Registered tax invoices whose invoice is gone or credited beyond the red notes."""
        return SQL(
            """
            SELECT request.id, 7, 'red_due', request.company_id, request.partner_id, NULL::int,
                   NULL::int, NULL::int, NULL::int, NULL::int, request.id, request.currency_id,
                   request.red_due_amount, request.invoice_date, NULL::date
              FROM aftersales_tax_invoice request
             WHERE request.red_due_amount > 0
            """
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_open_document(self):
        """Open what the row is about: settlement, agreement, request or tax invoice."""
        row = self[:1]
        row.check_access("read")
        for record in (row.request_id, row.settlement_id, row.agreement_id, row.ticket_id):
            if record:
                return {
                    "type": "ir.actions.act_window",
                    "res_model": record._name,
                    "res_id": record.id,
                    "view_mode": "form",
                    "views": [(False, "form")],
                }
        return False


class AftersalesAgreementFollowup(models.Model):
    """Which agreements wait for their settlement; kept so that the list is short."""

    _inherit = "aftersales.agreement"

    settlement_ids = fields.One2many("aftersales.settlement", "agreement_id", string="Settlements")
    settlement_count = fields.Integer(compute="_compute_settlement_count")
    settled_on = fields.Date(guard="door", readonly=True, copy=False)

    _unsettled_index = models.Index(
        "(company_id, id) WHERE settled_on IS NULL AND progress IN ('signed', 'terminated')"
    )

    @api.depends("settlement_ids")
    def _compute_settlement_count(self):
        counts = dict(
            self.env["aftersales.settlement"]._read_group(
                [("agreement_id", "in", self.ids)], ["agreement_id"], ["__count"]
            )
        )
        for agreement in self:
            agreement.settlement_count = counts.get(agreement, 0)

    def _enter_force(self):
        """A supplement puts a settled agreement back among what is to be settled."""
        result = super()._enter_force()
        self.sudo().parent_id.filtered("settled_on")._door_write({"settled_on": False})
        return result

    def _update_settled(self):
        """Say since when nothing more is to be settled."""
        for agreement in self.sudo():
            done = agreement.settlement_ids.filtered(lambda item: item.state == "approved")
            day = max(filter(None, done.mapped("approved_on")), default=False)
            if agreement.settled_on != day:
                agreement._door_write({"settled_on": day})

    def action_create_settlement(self):
        """Make the draft settlement of an agreement in force."""
        agreement = self._check_one()._as_public("create_settlement")
        settlement = agreement.env["aftersales.settlement"].create(
            {"agreement_id": agreement.id, "company_id": agreement.company_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": settlement._name,
            "res_id": settlement.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.readonly
    def action_view_settlements(self):
        """Open the settlements of the agreement."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settlements"),
            "res_model": "aftersales.settlement",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("agreement_id", "=", self.id)],
        }


class AftersalesSettlementFollowup(models.Model):
    """Whether a tax invoice is due, kept on the settlement so that the list is short."""

    _inherit = "aftersales.settlement"

    tax_due = fields.Boolean(
        string="Tax Invoice Due", guard="door", readonly=True, copy=False, default=False
    )

    _tax_due_index = models.Index("(company_id, invoice_id) WHERE tax_due")

    def _after_approved(self):
        result = super()._after_approved()
        self.agreement_id._update_settled()
        return result

    def _after_reopen(self):
        result = super()._after_reopen()
        self.agreement_id._update_settled()
        return result

    def _update_billed(self):
        result = super()._update_billed()
        self._update_tax_due()
        return result

    def _update_tax_due(self):
        """Compare what is invoiced with what is registered as tax invoiced."""
        Line = self.env["aftersales.tax.invoice.line"].sudo()
        for settlement in self.sudo():
            move = settlement.invoice_id
            net = settlement.amount_invoiced - settlement.amount_credited
            registered = move and Line.search_count(
                [
                    ("move_id", "=", move.id),
                    ("is_live", "=", True),
                    ("request_id.state", "=", "approved"),
                ],
                limit=1,
            )
            due = not settlement.currency_id.is_zero(net) and not registered
            if settlement.tax_due != due:
                settlement._door_write({"tax_due": due})
        moves = self.sudo().line_ids.invoice_line_ids.move_id
        Line.search([("move_id", "in", moves.ids)]).request_id._update_red_due()


class AftersalesTaxInvoiceFollowup(models.Model):
    """How much of a registered tax invoice has to be taken back by red-letter notes."""

    _inherit = "aftersales.tax.invoice"

    red_due_amount = fields.Monetary(
        string="Red-Letter Note Due", guard="door", readonly=True, copy=False, default=0.0
    )

    _red_due_index = models.Index("(company_id) WHERE red_due_amount > 0")

    def _update_red_due(self):
        """Compare a registered invoice with its entries: gone, reset or credited ones."""
        for request in self.sudo().filtered(lambda item: item.nature == "blue"):
            due = 0.0
            if request.state == "approved":
                for move in request.line_ids.move_id:
                    if move.state != "posted":
                        due += move.amount_total
                        continue
                    credits = move.reversal_move_ids.filtered(lambda item: item.state == "posted")
                    due += sum(credits.mapped("amount_total"))
                due = max(request.currency_id.round(due - request.red_amount), 0.0)
            if request.currency_id.compare_amounts(due, request.red_due_amount):
                request._door_write({"red_due_amount": due})

    def _after_approved(self):
        result = super()._after_approved()
        self._update_moves()
        return result

    def action_void(self, reason=""):
        result = super().action_void(reason=reason)
        self._update_moves()
        return result

    def _update_moves(self):
        requests = self.sudo() | self.sudo().original_id
        requests.line_ids.move_id._get_settlements()._update_tax_due()
        requests._update_red_due()


class AccountMoveFollowup(models.Model):
    _inherit = "account.move"

    _aftersales_open_index = models.Index(
        "(company_id, id) WHERE aftersales_billed AND state = 'posted'"
        " AND move_type = 'out_invoice' AND payment_state IN ('not_paid', 'partial')"
    )


class AccountPaymentFollowup(models.Model):
    _inherit = "account.payment"

    _aftersales_unconfirmed_index = models.Index(
        "(move_id) WHERE state IN ('draft', 'canceled', 'rejected')"
    )

    def action_post(self):
        """Money for an agreement that is invoiced already goes to its open invoices."""
        result = super().action_post()
        agreements = self.sudo().aftersales_agreement_id
        if agreements:
            settlements = self.env["aftersales.settlement"].sudo()
            family = agreements._get_family()
            moves = settlements.search([("agreement_id", "in", family.ids)]).invoice_id
            moves.filtered(
                lambda move: (
                    move.state == "posted" and move.payment_state in ("not_paid", "partial")
                )
            )._apply_advances()
        return result
