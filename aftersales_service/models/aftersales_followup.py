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
    ("written_off", "Written Off, Not Decided"),
    ("retention_due", "Retention Money Due"),
    ("retention_risk", "Retention Money at Risk"),
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
    retention_id = fields.Many2one("aftersales.retention", string="Retention Money", readonly=True)
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
                   row.move_id, row.request_id,
                   CASE WHEN row.kind IN ('retention_due', 'retention_risk')
                        THEN row.source END AS retention_id,
                   row.currency_id, row.amount, row.since, row.due_on,
                   (now() AT TIME ZONE company.aftersales_tz)::date
                   - COALESCE(CASE WHEN row.kind = 'overdue' THEN row.due_on END, row.since) AS age
              FROM (%s) row
              JOIN res_company company ON company.id = row.company_id
            """,
            SQL(" UNION ALL ").join(
                [
                    self._query_unsecured(),
                    self._query_unsettled(),
                    self._query_used(),
                    self._query_uninvoiced(),
                    self._query_no_tax_invoice(),
                    self._query_unpaid(),
                    self._query_refunded(),
                    self._query_unconfirmed(),
                    self._query_red_due(),
                    self._query_retention(),
                    self._query_written_off(),
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
                              AND cover.agreement_line_id IS NULL
                              AND cover.framework_id IS NULL)
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
               AND agreement.kind <> 'supplement'
               AND (EXISTS (SELECT 1 FROM aftersales_agreement member
                              JOIN aftersales_agreement_line line
                                ON line.agreement_id = member.id
                              JOIN aftersales_cover cover ON cover.agreement_line_id = line.id
                             WHERE member.id = agreement.id OR member.parent_id = agreement.id)
                    OR EXISTS (SELECT 1 FROM aftersales_cover cover
                                WHERE cover.framework_id = agreement.id))
               AND (agreement.progress = 'terminated'
                    OR due.amount > COALESCE(paid.amount, 0))
            """,
            signed=signed,
            arrived=arrived,
        )

    def _query_unsettled(self):
        """Something was issued or worked under a signed agreement, and nothing settled.

        The fee of a framework agreement is open from the signature on. Work under one that
        was terminated is open until it is settled with it, or another is signed for it.
        """
        return SQL(
            """
            SELECT agreement.id, 3, 'unsettled', agreement.company_id, agreement.partner_id,
                   agreement.supervisor_id, agreement.id, agreement.ticket_id, NULL, NULL, NULL,
                   agreement.currency_id, agreement.amount_total, agreement.in_force_at::date,
                   NULL::date
              FROM aftersales_agreement agreement
             WHERE agreement.settled_on IS NULL
               AND agreement.progress IN ('signed', 'terminated')
               AND agreement.kind <> 'supplement'
               AND (agreement.progress = 'signed'
                    OR agreement.in_force_at IS NOT NULL
                   AND EXISTS (SELECT 1 FROM aftersales_worksheet sheet
                                WHERE sheet.ticket_id = agreement.ticket_id
                                  AND sheet.state = 'approved' AND sheet.settlement_id IS NULL)
                   AND NOT EXISTS (SELECT 1 FROM aftersales_agreement other
                                    WHERE other.ticket_id = agreement.ticket_id
                                      AND (other.progress = 'signed'
                                           AND other.kind <> 'supplement'
                                           OR other.progress = 'terminated'
                                           AND other.in_force_at IS NOT NULL
                                           AND other.settled_on IS NULL
                                           AND other.id > agreement.id)))
               AND (agreement.kind = 'framework' AND agreement.amount_total > 0
                    OR EXISTS (SELECT 1 FROM aftersales_agreement member
                                 JOIN aftersales_agreement_line line
                                   ON line.agreement_id = member.id
                                 JOIN aftersales_cover cover ON cover.agreement_line_id = line.id
                                WHERE member.id = agreement.id
                                   OR member.parent_id = agreement.id)
                    OR EXISTS (SELECT 1 FROM aftersales_worksheet sheet
                                WHERE sheet.ticket_id = agreement.ticket_id
                                  AND sheet.state = 'approved')
                    OR EXISTS (SELECT 1 FROM helpdesk_ticket ticket
                                 JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                                WHERE ticket.id = agreement.ticket_id AND stage.closed))
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
        """Posted invoices of ours that are open; the settlement names supervisor and case.

        Core calls an invoice paid as soon as any payment without an entry is linked to it:
        what counts is what is open, less such payments until the bank statement has them.
        What the customer keeps of the last invoice as retention money has a row of its own.
        """
        return SQL(
            """
            SELECT move.id, 6,
                   CASE WHEN COALESCE(move.aftersales_due_on, move.invoice_date_due)
                             < (now() AT TIME ZONE company.aftersales_tz)::date
                        THEN 'overdue' ELSE 'unpaid' END,
                   move.company_id, move.commercial_partner_id, first.supervisor_id,
                   first.agreement_id, first.ticket_id, first.id, move.id, NULL,
                   move.currency_id,
                   move.amount_residual - linked.amount - COALESCE(retained.amount, 0),
                   move.invoice_date, COALESCE(move.aftersales_due_on, move.invoice_date_due)
              FROM account_move move
              JOIN res_company company ON company.id = move.company_id
              JOIN LATERAL (
                    SELECT GREATEST(COALESCE((
                               SELECT SUM(payment.amount)
                                 FROM account_move__account_payment link
                                 JOIN account_payment payment ON payment.id = link.payment_id
                                WHERE link.invoice_id = move.id
                                  AND payment.move_id IS NULL
                                  AND payment.payment_type = 'inbound'
                                  AND payment.state IN ('in_process', 'paid')), 0)
                         - COALESCE((
                               SELECT SUM(part.debit_amount_currency)
                                 FROM account_move_line debit
                                 JOIN account_partial_reconcile part
                                   ON part.debit_move_id = debit.id
                                 JOIN account_move_line credit ON credit.id = part.credit_move_id
                                 JOIN account_move source ON source.id = credit.move_id
                                WHERE debit.move_id = move.id
                                  AND source.statement_line_id IS NOT NULL), 0), 0) AS amount
                   ) linked ON TRUE
              LEFT JOIN LATERAL (SELECT * FROM aftersales_settlement settlement
                                  WHERE settlement.invoice_id = move.id
                                  ORDER BY settlement.id LIMIT 1) first ON TRUE
              LEFT JOIN LATERAL (SELECT SUM(kept.open) AS amount FROM (%s) kept
                                  WHERE kept.open > 0
                                    AND move.id = (SELECT MAX(last.invoice_id)
                                                     FROM aftersales_settlement last
                                                    WHERE last.agreement_id = first.agreement_id)
                                ) retained ON TRUE
             WHERE move.aftersales_billed
               AND move.state = 'posted'
               AND move.move_type = 'out_invoice'
               AND move.amount_residual > linked.amount + COALESCE(retained.amount, 0)
               AND move.amount_residual > 0
            """,
            self.env["aftersales.retention"]._query_standing(
                SQL("retention.agreement_id = first.agreement_id AND retention.state = 'confirmed'")
            ),
        )

    def _query_unconfirmed(self):
        """Invoices that core calls paid by a payment which was reset or rejected since (C5)."""
        return SQL(
            """
            SELECT part.id, 0,
                   CASE WHEN COALESCE(move.aftersales_due_on, move.invoice_date_due)
                             < (now() AT TIME ZONE company.aftersales_tz)::date
                        THEN 'overdue' ELSE 'unpaid' END,
                   move.company_id, move.commercial_partner_id, first.supervisor_id,
                   first.agreement_id, first.ticket_id, first.id, move.id, NULL,
                   move.currency_id, part.debit_amount_currency, move.invoice_date,
                   COALESCE(move.aftersales_due_on, move.invoice_date_due)
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

    def _query_retention(self):
        """Retention money that is due, or that open requests and claims put at risk."""
        return SQL(
            """
            SELECT kept.id, 10,
                   CASE WHEN kept.standing = 'due' THEN 'retention_due'
                        ELSE 'retention_risk' END,
                   kept.company_id, kept.partner_id, kept.user_id, kept.agreement_id,
                   kept.ticket_id, NULL, NULL, NULL, kept.currency_id, kept.open,
                   CASE WHEN kept.standing = 'due' THEN kept.date_due
                        ELSE COALESCE(kept.since, kept.confirmed_on) END,
                   kept.date_due
              FROM (%s) kept
             WHERE kept.standing IN ('due', 'at_risk')
            """,
            self.env["aftersales.retention"]._query_standing(
                SQL("retention.state IN ('confirmed', 'written_off')")
            ),
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_open_document(self):
        """Open what the row is about: retention money, settlement, agreement, request …"""
        row = self[:1]
        row.check_access("read")
        for record in (
            row.retention_id,
            row.request_id,
            row.settlement_id,
            row.agreement_id,
            row.ticket_id,
        ):
            if record:
                return {
                    "type": "ir.actions.act_window",
                    "res_model": record._name,
                    "res_id": record.id,
                    "view_mode": "form",
                    "views": [(False, "form")],
                }
        return False
