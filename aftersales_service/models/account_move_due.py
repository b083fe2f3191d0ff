from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.billing import billing, is_billing

# stored, and what the follow-up list reads: core computes them, nobody writes them
OPEN_OF_MOVE = {"amount_residual", "amount_residual_signed"}
OPEN_OF_LINE = {"amount_residual", "amount_residual_currency", "reconciled"}
# what the mark of a reconciliation follows from, and the mark itself
MARKED_BY = {
    "debit_move_id",
    "credit_move_id",
    "debit_amount_currency",
    "amount",
    "aftersales_written_off",
    "aftersales_offset",
}


class AccountMove(models.Model):
    """When an invoice of ours is due, and what of it was paid by nothing (R004-33).

    The day follows from the agreement when the invoice is made. It is changed by
    deferring the payment, which goes on record, and by no other way: not by a payment
    term, and not in draft before the invoice is posted again.
    """

    _inherit = "account.move"

    aftersales_due_on = fields.Date(
        string="Due as Agreed", readonly=True, copy=False, help="Changed by deferring the payment."
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # after the fact, because a default can say it as well
        if not is_billing() and any(move.aftersales_due_on for move in moves):
            self._raise_billed()
        return moves

    def write(self, vals):
        if not is_billing() and (
            "aftersales_due_on" in vals
            or OPEN_OF_MOVE & vals.keys()
            and any(move.aftersales_billed for move in self)
        ):
            self._raise_billed()
        return super().write(vals)

    @api.constrains(
        "state", "invoice_date_due", "invoice_payment_term_id", "invoice_date", "aftersales_billed"
    )
    def _check_aftersales_due(self):
        for move in self:
            if (
                move.aftersales_billed
                and move.state == "posted"
                and move.aftersales_due_on
                and move.invoice_date_due != move.aftersales_due_on
                and not is_billing()
            ):
                move._raise_due()

    def _raise_due(self):
        raise ValidationError(
            self.env._(
                "%(invoice)s is due on %(date)s, as was agreed. To give the customer more time, "
                "defer the payment in the fee settlement, with the reason.",
                invoice=self.display_name,
                date=str(self.aftersales_due_on),
            )
        )

    def _get_written_off(self):
        """Return what of the invoices was settled neither by money nor by a credit note."""
        lines = self.sudo().line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        return sum(
            partial.aftersales_written_off
            for partial in lines.matched_credit_ids
            if partial.credit_move_id.parent_state == "posted"
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.constrains("date_maturity")
    def _check_aftersales_due(self):
        if is_billing():
            return
        for line in self:
            move = line.move_id
            if (
                move.aftersales_billed
                and move.state == "posted"
                and move.aftersales_due_on
                and line.display_type == "payment_term"
                and line.date_maturity != move.aftersales_due_on
            ):
                move._raise_due()

    def write(self, vals):
        if OPEN_OF_LINE & vals.keys() and any(self.mapped("move_id.aftersales_billed")):
            raise UserError(self.env._("What is open on an invoice is computed from its payments."))
        return super().write(vals)


class AccountPartialReconcile(models.Model):
    """How much of what sets an invoice of ours off is neither money nor a credit note.

    A difference that a payment writes off, a journal entry against the customer, a
    credit note out of nowhere: core calls the invoice paid. The amount is in the
    invoice's currency and goes away with the reconciliation. An entry that is reset keeps
    it in core; so what stands against an invoice by an entry is marked, and looked after.
    """

    _inherit = "account.partial.reconcile"

    aftersales_written_off = fields.Monetary(
        string="Written Off", currency_field="debit_currency_id", readonly=True, copy=False
    )

    aftersales_offset = fields.Boolean(
        string="Set Off by an Entry",
        readonly=True,
        copy=False,
        help="By something that is neither a payment nor a line of a bank statement.",
    )

    _aftersales_written_off_index = models.Index("(debit_move_id) WHERE aftersales_written_off > 0")
    _aftersales_offset_index = models.Index("(credit_move_id) WHERE aftersales_offset")

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._aftersales_mark()
        return partials

    def write(self, vals):
        result = super().write(vals)
        if not is_billing() and vals.keys() & MARKED_BY:
            self._aftersales_mark()
        return result

    def _aftersales_mark(self):
        """Say how much of each is written off; nothing, where the invoice isn't ours."""
        for partial in self:
            invoice = partial.debit_move_id.move_id
            amount, offset = 0.0, False
            if invoice.aftersales_billed and invoice.move_type == "out_invoice":
                source = partial.sudo().credit_move_id.move_id
                offset = not (source.origin_payment_id or source.statement_line_id)
                share = partial.sudo()._aftersales_get_share()
                amount = partial.debit_currency_id.round(partial.debit_amount_currency * share)
            if partial.aftersales_written_off != amount or partial.aftersales_offset != offset:
                with billing():
                    partial.sudo().write(
                        {"aftersales_written_off": amount, "aftersales_offset": offset}
                    )

    def _aftersales_get_received(self):
        """Return what has really come in of it, in the company's currency."""
        self.ensure_one()
        whole = self.debit_amount_currency
        part = self.aftersales_written_off / whole if whole else 0.0
        return self.company_currency_id.round(self.amount * (1.0 - part))

    def _aftersales_get_share(self):
        """Return which share of what stands against the invoice no money stands behind."""
        source, invoice = self.credit_move_id.move_id, self.debit_move_id.move_id
        company = source.company_id
        if source.move_type == "out_refund":
            known = (
                source.aftersales_billed or source.aftersales_return_id or source.reversed_entry_id
            )
            return 0.0 if known else 1.0
        if (
            invoice.currency_id != company.currency_id
            and source.move_type == "entry"
            and source.journal_id == company.currency_exchange_journal_id
        ):
            return 0.0  # a difference of exchange rates
        journal = source.journal_id
        money = source.origin_payment_id.outstanding_account_id
        if source.statement_line_id or source.origin_payment_id:
            money |= journal.default_account_id | journal.suspense_account_id
        arrived = sum(
            line.balance
            for line in source.line_ids
            if line.account_id in money or line.account_id.account_type == "asset_cash"
        )
        owed = sum(
            -line.balance
            for line in source.line_ids
            if line.account_id.account_type == "asset_receivable" and line.balance < 0
        )
        return 1.0 - min(max(arrived, 0.0) / owed, 1.0) if owed else 1.0
