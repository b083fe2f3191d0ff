from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.billing import billing
from .aftersales_settlement import FINANCE

BILLINGS = [
    ("none", "Not Invoiced"),
    ("draft", "Invoice in Draft"),
    ("invoiced", "Invoiced"),
    ("partial", "Credited in Part"),
    ("nothing", "Nothing to Invoice"),
]


class AftersalesSettlementInvoice(models.Model):
    """From approved settlements to one invoice, linked line to line (R004-32).

    What is invoiced and credited is counted from posted entries alone, by the gate on
    the entries themselves: a reset, a cancellation or a credit note puts the settlement
    back among what isn't invoiced (C5).
    """

    _inherit = "aftersales.settlement"

    invoice_id = fields.Many2one(
        "account.move",
        guard="door",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    amount_invoiced = fields.Monetary(
        string="Invoiced", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_credited = fields.Monetary(
        string="Credited", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_open = fields.Monetary(
        string="To Be Invoiced",
        guard="door",
        readonly=True,
        copy=False,
        default=0.0,
        help="Settled and not, or not any more, invoiced.",
    )
    billing = fields.Selection(BILLINGS, compute="_compute_billing")

    _invoice_index = models.Index("(invoice_id, id) WHERE invoice_id IS NOT NULL")
    _to_invoice_index = models.Index("(company_id, partner_id) WHERE amount_open > 0")

    @api.depends("state", "invoice_id", "amount_invoiced", "amount_credited", "amount_total")
    def _compute_billing(self):
        for settlement in self:
            zero = settlement.currency_id.is_zero if settlement.currency_id else bool
            net = settlement.amount_invoiced - settlement.amount_credited
            if zero(settlement.amount_total):
                settlement.billing = "nothing"
            elif not zero(net) and not zero(settlement.amount_credited):
                settlement.billing = "partial"
            elif not zero(net):
                settlement.billing = "invoiced"
            else:
                move = settlement.sudo().invoice_id
                settlement.billing = "draft" if move.state == "draft" else "none"

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _after_approved(self):
        result = super()._after_approved()
        self._update_billed()
        return result

    def _check_can_revise(self):
        """What is invoiced stays as it was settled."""
        if self._has_live_invoice():
            raise UserError(
                self.env._(
                    "%(settlement)s is invoiced in %(invoice)s: delete, cancel or credit the "
                    "invoice first.",
                    settlement=self.name,
                    invoice=self.sudo().invoice_id.display_name,
                )
            )
        return super()._check_can_revise()

    def action_revise(self, comment=""):
        """Refused once an entry names the charges: they stay on file with it."""
        for settlement in self._as_public("revise"):
            settlement._check_can_revise()
            moves = settlement.sudo().line_ids.invoice_line_ids.move_id
            if moves:
                raise UserError(
                    settlement.env._(
                        "%(settlement)s was invoiced in %(invoice)s and stays as it is: cancel it "
                        "and make a new settlement.",
                        settlement=settlement.name,
                        invoice=", ".join(moves.mapped("display_name")),
                    )
                )
        return super().action_revise(comment=comment)

    def _after_reopen(self):
        result = super()._after_reopen()
        self._update_billed()
        return result

    def _has_live_invoice(self):
        """Return whether an invoice holds the settlement: a draft, or one not credited."""
        self.ensure_one()
        record = self.sudo()
        net = record.amount_invoiced - record.amount_credited
        if not record.currency_id.is_zero(net):
            return True
        return record.invoice_id.state == "draft"

    # ------------------------------------------------------------------
    # Making the invoice
    # ------------------------------------------------------------------
    def action_make_invoice(self):
        """Make one draft invoice from approved settlements of one customer.

        :raise UserError: when one isn't approved, is invoiced, or they don't fit together
        """
        settlements = self._as_public("make_invoice")
        if not settlements:
            raise UserError(self.env._("Choose the settlements that are to be invoiced."))
        for settlement in settlements:
            settlement._check_can_invoice()
        settlements._check_one_customer()
        with billing():
            # the rows of the settlements are written first: who comes second is repeated
            settlements.sudo()._door_write({"invoice_id": False})
            settlements.flush_recordset(["invoice_id"])
            move = (
                self.env["account.move"]
                .sudo()
                .with_company(settlements.company_id)
                .with_context(default_move_type="out_invoice")
                .create(settlements._prepare_invoice_vals())
            )
            settlements.sudo()._door_write({"invoice_id": move.id})
        move._check_aftersales_billing()
        settlements._tell_finance()
        return settlements[:1].action_view_invoice()

    def _tell_finance(self):
        """Tell those who post it of a draft invoice, unless one of them has made it."""
        if self.env.user.has_group(FINANCE):
            return
        for settlement in self:
            settlement._notify_people(
                self.env.ref(FINANCE)._aftersales_pool(settlement.company_id),
                self.env._("%s has been made into a draft invoice.", settlement.name),
            )

    def _check_can_invoice(self):
        self._check_state("approved")
        if self._has_live_invoice():
            raise UserError(
                self.env._(
                    "%(settlement)s is invoiced in %(invoice)s already.",
                    settlement=self.name,
                    invoice=self.sudo().invoice_id.display_name,
                )
            )
        if self.currency_id.compare_amounts(self.amount_total, 0.0) <= 0:
            raise UserError(self.env._("%s has nothing to invoice.", self.name))

    def _check_one_customer(self):
        if (
            len(self.company_id) > 1
            or len(self.partner_id.commercial_partner_id) > 1
            or len(self.currency_id) > 1
        ):
            raise UserError(
                self.env._(
                    "One invoice is for settlements of one customer in one currency and company."
                )
            )

    def _prepare_invoice_vals(self):
        """Return the values of one draft invoice over these settlements."""
        agreements = self.agreement_id
        days = min(agreements.mapped("balance_days"))
        accepted = max(filter(None, self.mapped("accepted_on")), default=None)
        today = self.company_id._aftersales_today()
        due_on = max(fields.Date.add(accepted or today, days=days), today)
        plain = {} if self._has_analytic_rules() else {"analytic_distribution": False}
        commands = []
        for settlement in self.sorted("id"):
            if len(self) > 1:
                commands.append(
                    Command.create({"display_type": "line_section", "name": settlement.name})
                )
            commands += [
                Command.create(line._prepare_invoice_line() | plain)
                for line in settlement.line_ids
                if line.charged_qty
            ]
        return {
            "move_type": "out_invoice",
            "aftersales_billed": True,
            "partner_id": self.partner_id[:1].id,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
            "invoice_origin": ", ".join(self.mapped("name")),
            "ref": ", ".join(agreements.mapped("name")),
            "fiscal_position_id": False,
            "invoice_payment_term_id": False,
            "invoice_date_due": due_on,
            "aftersales_due_on": due_on,
            "invoice_line_ids": commands,
        }

    def _has_analytic_rules(self):
        """Return whether the company has rules for analytic accounts at all.

        Core looks for them line by line; where there are none, it is spared that.
        """
        rules = self.env["account.analytic.distribution.model"].sudo()
        return bool(
            rules.search_count([("company_id", "in", (False, self.company_id.id))], limit=1)
        )

    @api.readonly
    def action_view_invoice(self):
        """Open the invoice of the settlement."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.sudo().invoice_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # What is invoiced
    # ------------------------------------------------------------------
    def _update_billed(self):
        """Count posted invoices and credit notes anew; called by the gate on entries.

        Written on the rows that own the caps, so that two entries at the same moment
        collide here (law 6).
        """
        lines = self.sudo().line_ids
        totals = lines._get_billed()
        for line in lines:
            invoiced, credited = totals.get(line, (0.0, 0.0))
            line._door_write({"amount_invoiced": invoiced, "amount_credited": credited})
        for settlement in self.sudo():
            own = settlement.line_ids
            currency = settlement.currency_id
            invoiced = currency.round(sum(own.mapped("amount_invoiced")))
            credited = currency.round(sum(own.mapped("amount_credited")))
            total = settlement.amount_total if settlement.state == "approved" else 0.0
            settlement._door_write(
                {
                    "amount_invoiced": invoiced,
                    "amount_credited": credited,
                    "amount_open": max(currency.round(total - invoiced + credited), 0.0),
                }
            )

    def _verify_billed(self):
        """Return what doesn't fit between the totals and the posted entries."""
        totals = self.line_ids._get_billed()
        for line in self.line_ids:
            invoiced, credited = totals.get(line, (0.0, 0.0))
            if self.currency_id.compare_amounts(
                invoiced, line.amount_invoiced
            ) or self.currency_id.compare_amounts(credited, line.amount_credited):
                return [self.env._("What is invoiced was changed: %s", line.name)]
        return []


class AftersalesSettlementLineInvoice(models.Model):
    _inherit = "aftersales.settlement.line"

    invoice_line_ids = fields.One2many(
        "account.move.line",
        "aftersales_settlement_line_id",
        string="Invoice Lines",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _get_description(self):
        """Return what the invoice calls it: the words that were settled."""
        return " ".join(filter(None, (self.name, self.spec)))

    def _prepare_invoice_line(self):
        """Return the values of the invoice line that charges this one."""
        self.ensure_one()
        return {
            "aftersales_settlement_line_id": self.id,
            "product_id": self.product_id.id,
            "name": self._get_description(),
            "product_uom_id": self.product_uom_id.id,
            "quantity": self.charged_qty,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [Command.set(self.tax_id.ids)],
        }

    def _get_billed(self):
        """Return {line: (invoiced, credited)} from posted entries, with tax."""
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("aftersales_settlement_line_id", "in", self.ids),
                    ("parent_state", "=", "posted"),
                ],
                ["aftersales_settlement_line_id", "move_type"],
                ["price_total:sum"],
            )
        )
        totals = {}
        for line, move_type, amount in groups:
            invoiced, credited = totals.get(line, (0.0, 0.0))
            if move_type == "out_refund":
                credited += amount
            else:
                invoiced += amount
            totals[line] = line.currency_id.round(invoiced), line.currency_id.round(credited)
        return totals

    def _get_fixed_tax(self, quantity, price_unit, discount, taxes):
        """Return how the tax engine is told the very amounts that were settled.

        Only for the whole line at its price; otherwise the engine computes.
        """
        self.ensure_one()
        vals = {"special_mode": self._get_special_mode()}
        tax = self.tax_id
        if (
            taxes == tax
            and len(tax) == 1
            and tax.amount_type == "percent"
            and not self._compare(quantity, self.charged_qty)
            and price_unit == self.price_unit
            and discount == self.discount
        ):
            vals["manual_total_excluded_currency"] = self.amount_untaxed
            vals["manual_tax_amounts"] = {
                str(tax.id): {
                    "base_amount_currency": self.amount_untaxed,
                    "tax_amount_currency": self.amount_tax,
                }
            }
        return vals
