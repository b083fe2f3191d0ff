from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.billing import billing
from ..tools.text import clean_text
from .aftersales_settlement import FINANCE, AftersalesSettlement
from .aftersales_unit import LAST_DAY

GENERAL_MANAGER = "aftersales_service.group_general_manager"


class AftersalesSettlementReceivable(models.Model):
    """What happens to our claim besides being paid: deferred 延期, written off 核销 (R004-33).

    Both are acts on record in the chain of the settlement, with who and why. Finance books
    a write-off; until the general manager has decided on it, it's on the follow-up list.
    Amounts are in the settlement's currency.
    """

    _inherit = "aftersales.settlement"

    _action_roles = {
        **AftersalesSettlement._action_roles,
        "defer": (FINANCE,),
        "write_off": (GENERAL_MANAGER,),
    }

    due_on = fields.Date(string="Due on", compute="_compute_receivable")
    written_off_amount = fields.Monetary(
        string="Written Off as Decided", guard="door", readonly=True, copy=False, default=0.0
    )
    undecided_amount = fields.Monetary(
        string="Written Off, Not Decided",
        compute="_compute_receivable",
        help="Set off against the invoice in the books without money or a credit note.",
    )
    is_deferrable = fields.Boolean(compute="_compute_receivable")

    _written_off_positive = models.Constraint(
        "CHECK (coalesce(written_off_amount, 0) >= 0)", "What is written off can't be negative."
    )

    @api.depends("invoice_id", "written_off_amount")
    def _compute_receivable(self):
        for settlement in self:
            move = settlement.sudo().invoice_id
            settlement.due_on = move.aftersales_due_on or move.invoice_date_due
            settlement.undecided_amount = settlement._get_undecided()
            settlement.is_deferrable = move.state == "posted" and move.amount_residual > 0

    def _get_undecided(self):
        """Return what is written off of the invoice in the books and nobody has decided on."""
        self.ensure_one()
        move = self.sudo().invoice_id
        if not move:
            return 0.0
        together = self.sudo().search([("invoice_id", "=", move.id)])
        decided = sum(together.mapped("written_off_amount"))
        return max(self.currency_id.round(move._get_written_off() - decided), 0.0)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_defer(self, date=None, reason=""):
        """Give the customer more time, with the reason on record.

        :param date: the new due date, after the present one
        :raise UserError: when nothing is open, or date or reason is missing
        """
        settlement = self._check_one()._as_public("defer")
        move = settlement.sudo().invoice_id
        if not settlement.is_deferrable:
            raise UserError(
                settlement.env._("%s has no posted invoice with an open amount.", settlement.name)
            )
        day, known = settlement._get_day(date), settlement.due_on
        if not day or not known < day <= LAST_DAY:
            raise UserError(
                settlement.env._(
                    "%(invoice)s is due on %(date)s: give a later day.",
                    invoice=move.display_name,
                    date=str(known),
                )
            )
        text = settlement._clean_reason(reason)
        with billing():
            move.write({"aftersales_due_on": day, "invoice_date_due": day})
        facts = {"invoice": move.id, "from": str(known), "to": str(day)}
        for document in move._get_settlements().with_env(settlement.env):
            document._append_evidence("defer", comment=text, extra={"deferral": facts})
        return True

    def action_write_off(self, reason=""):
        """Decide that what finance has written off of the invoice is given up 坏账.

        :raise UserError: without a reason, when nothing is written off, or to whoever booked it
        """
        settlement = self._check_one()._as_public("write_off")
        move = settlement.sudo().invoice_id
        amount = settlement._get_undecided()
        if settlement.currency_id.is_zero(amount):
            raise UserError(
                settlement.env._(
                    "Nothing is written off of %s that isn't decided on.", settlement.name
                )
            )
        entries = settlement._get_write_offs()
        if self.env.user in entries.create_uid:
            raise UserError(
                settlement.env._(
                    "You have booked it: somebody else decides on %s.", settlement.name
                )
            )
        text = settlement._clean_reason(reason)
        settlement._append_evidence(
            "write_off",
            comment=text,
            door_vals={"written_off_amount": settlement.written_off_amount + amount},
            extra={
                "write_off": {
                    "invoice": move.id,
                    "amount": f"{amount:.2f}",
                    "booked": [
                        {
                            "entry": entry.name or "",
                            "date": str(entry.date),
                            "by": entry.create_uid.name,
                            "text": entry.ref or "",
                        }
                        for entry in entries
                    ],
                }
            },
        )
        return True

    def action_make_invoice(self):
        """Another invoice has nothing written off yet."""
        settlements = self._as_public("make_invoice")
        result = super().action_make_invoice()
        settlements.sudo().filtered("written_off_amount")._door_write({"written_off_amount": 0.0})
        return result

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_write_offs(self):
        """Return the entries that set the invoice off without money or a credit note."""
        partials = self.env["account.partial.reconcile"].sudo()
        found = partials.search(
            Domain("debit_move_id.move_id", "=", self.sudo().invoice_id.id)
            & Domain("aftersales_written_off", ">", 0)
        )
        return found.credit_move_id.move_id

    def _clean_reason(self, reason):
        text = clean_text(self.env, reason)
        if not text:
            raise UserError(self.env._("Give the reason for it: %s.", self.name))
        return text

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _verify_effects(self, chain):
        """Due date and what was given up are what the acts on record say."""
        texts = super()._verify_effects(chain)
        load = self.env["aftersales.verification"]._load
        move, deferred, given_up = self.sudo().invoice_id, None, 0.0
        for row in chain:
            facts = load(row.snapshot)
            deferral, write_off = facts.get("deferral") or {}, facts.get("write_off") or {}
            if deferral.get("invoice") == move.id:
                deferred = deferral["to"]
            if write_off.get("invoice") == move.id:
                given_up += float(write_off["amount"])
        if deferred and deferred != str(move.aftersales_due_on):
            texts.append(self.env._("The due date was changed."))
        if self.currency_id.compare_amounts(given_up, self.written_off_amount):
            texts.append(self.env._("The amount that was given up was changed."))
        return texts


class AftersalesApprovalReceivable(models.Model):
    _inherit = "aftersales.approval"

    act = fields.Selection(
        selection_add=[("defer", "Defer Payment"), ("write_off", "Write Off as Bad Debt")],
        ondelete={"defer": "cascade", "write_off": "cascade"},
    )


class AftersalesFollowupReceivable(models.Model):
    """What is written off in the books is no money that came in."""

    _inherit = "aftersales.followup"

    def _query_written_off(self):
        """Invoices set off without money or a credit note, less what was decided on; and what
        was set off by an entry that has been reset since, which core still calls paid (C5)."""
        return SQL(
            """
            SELECT move.id, 11, 'written_off', move.company_id, move.commercial_partner_id,
                   first.supervisor_id, first.agreement_id, first.ticket_id, first.id, move.id,
                   NULL, move.currency_id, found.amount - COALESCE(decided.amount, 0),
                   found.since, NULL::date
              FROM (SELECT debit.move_id, SUM(part.aftersales_written_off) AS amount,
                           MIN(credit.date) AS since
                      FROM account_partial_reconcile part
                      JOIN account_move_line debit ON debit.id = part.debit_move_id
                      JOIN account_move_line credit ON credit.id = part.credit_move_id
                     WHERE part.aftersales_written_off > 0 AND credit.parent_state = 'posted'
                     GROUP BY debit.move_id) found
              JOIN account_move move ON move.id = found.move_id
              LEFT JOIN LATERAL (SELECT * FROM aftersales_settlement settlement
                                  WHERE settlement.invoice_id = move.id
                                  ORDER BY settlement.id LIMIT 1) first ON TRUE
              LEFT JOIN LATERAL (SELECT SUM(settlement.written_off_amount) AS amount
                                   FROM aftersales_settlement settlement
                                  WHERE settlement.invoice_id = move.id) decided ON TRUE
             WHERE move.state = 'posted'
               AND found.amount > COALESCE(decided.amount, 0)
            UNION ALL
            SELECT part.id, 0,
                   CASE WHEN COALESCE(move.aftersales_due_on, move.invoice_date_due)
                             < (now() AT TIME ZONE company.aftersales_tz)::date
                        THEN 'overdue' ELSE 'unpaid' END,
                   move.company_id, move.commercial_partner_id, first.supervisor_id,
                   first.agreement_id, first.ticket_id, first.id, move.id, NULL,
                   move.currency_id, part.debit_amount_currency, move.invoice_date,
                   COALESCE(move.aftersales_due_on, move.invoice_date_due)
              FROM account_partial_reconcile part
              JOIN account_move_line credit ON credit.id = part.credit_move_id
              JOIN account_move_line debit ON debit.id = part.debit_move_id
              JOIN account_move move ON move.id = debit.move_id
              JOIN res_company company ON company.id = move.company_id
              LEFT JOIN LATERAL (SELECT * FROM aftersales_settlement settlement
                                  WHERE settlement.invoice_id = move.id
                                  ORDER BY settlement.id LIMIT 1) first ON TRUE
             WHERE part.aftersales_offset
               AND credit.parent_state <> 'posted'
               AND move.state = 'posted'
            """
        )
