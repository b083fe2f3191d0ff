from odoo import api, fields, models
from odoo.fields import Domain


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
            done = agreement.settlement_ids.filtered(
                # what was used under a framework doesn't settle its fee
                lambda item: (
                    item.state == "approved" and item.ticket_id == item.agreement_id.ticket_id
                )
            )
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
        settlements = self.sudo()
        billed = "move_id.line_ids.aftersales_settlement_line_id.settlement_id"
        requested = (
            self.env["aftersales.tax.invoice.line"]
            .sudo()
            .search_fetch(
                Domain("move_id", "in", settlements.invoice_id.ids)
                | Domain(billed, "in", settlements.ids)
            )
        )
        registered = requested.filtered(
            lambda line: line.is_live and line.request_id.state == "approved"
        ).move_id
        for settlement in settlements:
            net = settlement.amount_invoiced - settlement.amount_credited
            due = not settlement.currency_id.is_zero(net) and (
                settlement.invoice_id not in registered
            )
            if settlement.tax_due != due:
                settlement._door_write({"tax_due": due})
        requested.request_id._update_red_due()


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
        " AND move_type = 'out_invoice' AND amount_residual > 0"
    )


class AccountPaymentFollowup(models.Model):
    _inherit = "account.payment"

    _aftersales_unconfirmed_index = models.Index(
        "(move_id) WHERE state IN ('draft', 'canceled', 'rejected')"
    )
    _aftersales_refunded_index = models.Index(
        "(aftersales_agreement_id)"
        " WHERE payment_type = 'outbound' AND aftersales_agreement_id IS NOT NULL"
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
                lambda move: move.state == "posted" and move.amount_residual > 0
            )._apply_advances()
            payments = family.payment_ids
            if "outbound" in payments.mapped("payment_type"):
                payments._aftersales_net_refunds()
        return result
