from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

FINANCE = "aftersales_service.group_finance"
OURS = {"aftersales_agreement_id", "aftersales_retention_id", "aftersales_means"}


class AccountPayment(models.Model):
    """Money that arrives for an agreement (R004-30, R004-32).

    Finance alone says which agreement a payment is for. Draft, cancelled and rejected
    payments don't count, nor does one whose journal entry isn't posted.
    """

    _inherit = "account.payment"

    aftersales_agreement_id = fields.Many2one(
        "aftersales.agreement",
        string="Service Agreement",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        check_company=True,
    )
    aftersales_means = fields.Selection(
        [
            ("transfer", "Bank Transfer"),
            ("acceptance", "Bank Acceptance Draft"),
            ("cash", "Cash"),
        ],
        string="Paid by",
        default="transfer",
        copy=False,
        tracking=True,
        help="A bank acceptance draft counts as arrived only where the company says so.",
    )

    @api.model
    def _aftersales_signed_amount(self):
        """Return the amount of ``payment`` as SQL: money out takes money in back.

        What was set off against anything but an invoice or a refund of the same agreement
        (the reversal of its entry, another invoice, money sent back) isn't there any more.
        """
        return SQL(
            """CASE WHEN payment.payment_type = 'outbound' THEN -payment.amount
                    ELSE payment.amount - COALESCE((
                         SELECT SUM(part.credit_amount_currency)
                           FROM account_move_line credit
                           JOIN account_partial_reconcile part ON part.credit_move_id = credit.id
                           JOIN account_move_line debit ON debit.id = part.debit_move_id
                           JOIN aftersales_agreement own
                             ON own.id = payment.aftersales_agreement_id
                          WHERE credit.move_id = payment.move_id
                            AND NOT EXISTS (
                                SELECT 1
                                  FROM account_move_line billed
                                  JOIN aftersales_settlement_line charge
                                    ON charge.id = billed.aftersales_settlement_line_id
                                  JOIN aftersales_settlement settlement
                                    ON settlement.id = charge.settlement_id
                                 WHERE billed.move_id = debit.move_id
                                   AND settlement.agreement_id IN (own.id, own.parent_id))
                            AND NOT EXISTS (
                                SELECT 1
                                  FROM account_payment refund
                                  JOIN aftersales_agreement other
                                    ON other.id = refund.aftersales_agreement_id
                                 WHERE refund.move_id = debit.move_id
                                   AND COALESCE(other.parent_id, other.id)
                                     = COALESCE(own.parent_id, own.id))), 0)
                    END"""
        )

    def _aftersales_get_amounts(self):
        """Return {payment: what of it is there for its agreement}, in its own currency."""
        self._aftersales_flush()
        self.env.cr.execute(
            SQL(
                "SELECT payment.id, %s FROM account_payment payment WHERE payment.id IN %s",
                self._aftersales_signed_amount(),
                tuple(self.ids) or (0,),
            )
        )
        return {self.browse(found): float(amount) for found, amount in self.env.cr.fetchall()}

    @api.model
    def _aftersales_flush(self):
        """Write what the two conditions read."""
        self.flush_model()
        self.env["account.move"].flush_model(["state"])
        self.env["account.move.line"].flush_model(["move_id", "aftersales_settlement_line_id"])
        self.env["account.partial.reconcile"].flush_model()

    @api.model
    def _aftersales_arrived(self):
        """Return the condition, as SQL, under which ``payment`` counts as arrived.

        Money out counts against the customer's in every state that has left.
        """
        return SQL(
            "payment.state IN ('in_process', 'paid')"
            " AND (payment.move_id IS NULL OR move.state = 'posted')"
            " AND (payment.aftersales_means IS DISTINCT FROM 'acceptance'"
            " OR payment.payment_type = 'outbound'"
            " OR company.aftersales_acceptance_counts)"
        )

    @api.constrains(
        "aftersales_agreement_id", "partner_id", "currency_id", "partner_type", "company_id"
    )
    def _check_aftersales_agreement(self):
        for payment in self.filtered("aftersales_agreement_id"):
            agreement = payment.aftersales_agreement_id
            if (
                payment.partner_type != "customer"
                or payment.company_id != agreement.company_id
                or payment.currency_id != agreement.currency_id
                or payment.partner_id.commercial_partner_id
                != agreement.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(payment)s isn't a customer payment of %(customer)s in %(currency)s: it "
                        "can't be for %(agreement)s.",
                        payment=payment.display_name,
                        customer=agreement.partner_id.display_name,
                        currency=agreement.currency_id.name,
                        agreement=agreement.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        # a context can name the agreement as well
        if payments.sudo().filtered(
            lambda item: item.aftersales_agreement_id or item.aftersales_retention_id
        ):
            self._aftersales_check_rights()
        return payments

    def write(self, vals):
        if OURS & vals.keys():
            self._aftersales_check_rights()
        return super().write(vals)

    def _aftersales_net_refunds(self):
        """Set what was sent back off against what is still open of the payments."""
        due = self.move_id.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        for lines in due.grouped("account_id").values():
            if len(set(lines.mapped(lambda line: line.balance > 0))) > 1:
                lines.reconcile()

    def _aftersales_check_rights(self):
        if not self.env.su and not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("Finance says which agreement a payment is for."))


class AftersalesAgreementPayments(models.Model):
    _inherit = "aftersales.agreement"

    payment_ids = fields.One2many(
        "account.payment",
        "aftersales_agreement_id",
        string="Payments",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    received_amount = fields.Monetary(
        string="Arrived", compute="_compute_received", help="With all supplements."
    )
    prepay_due = fields.Monetary(
        string="Prepayment Still Missing", compute="_compute_received", help="With all supplements."
    )

    def _compute_received(self):
        for agreement in self:
            record = agreement.sudo()._origin
            received = record._get_received() if record else 0.0
            family = record._get_family().filtered(lambda item: item.progress != "terminated")
            due = sum(family.mapped("prepay_amount"))
            agreement.received_amount = received
            agreement.prepay_due = max(due - received, 0.0)

    @api.readonly
    def action_view_payments(self):
        """Open the payments that are for the agreement; finance enters them there."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payments"),
            "res_model": "account.payment",
            "view_mode": "list,form",
            "domain": [("aftersales_agreement_id", "=", self.id)],
            "context": {
                "default_payment_type": "inbound",
                "default_partner_type": "customer",
                "default_partner_id": self.partner_id.id,
                "default_aftersales_agreement_id": self.id,
                "default_memo": self.name,
            },
        }
