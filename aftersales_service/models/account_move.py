from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.billing import billing, is_billing

AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")


class AccountMove(models.Model):
    """The gate of our invoices, at the entry itself (law 5, R004-32).

    An invoice that was made from settlements says what they say: lines, prices, taxes
    and totals. Credit notes are capped by what was invoiced. An entry that isn't ours
    is asked one thing, whether it is, from a column that is read anyway.
    """

    _inherit = "account.move"

    aftersales_billed = fields.Boolean(
        string="Fee of Paid Service",
        readonly=True,
        copy=False,
        help="Made from fee settlements; its content can't be changed here.",
    )
    aftersales_tax_line_ids = fields.One2many(
        "aftersales.tax.invoice.line", "move_id", string="Tax Invoice Requests"
    )
    aftersales_tax_state = fields.Selection(
        [
            ("none", "No Tax Invoice"),
            ("requested", "Invoice Requested"),
            ("registered", "Registered"),
        ],
        string="Tax Invoice",
        compute="_compute_aftersales_tax_state",
    )

    @api.depends("aftersales_tax_line_ids.is_live", "aftersales_tax_line_ids.request_id.state")
    def _compute_aftersales_tax_state(self):
        for move in self:
            requests = move.sudo().aftersales_tax_line_ids.filtered("is_live").request_id
            if not requests:
                move.aftersales_tax_state = "none"
            elif "approved" in requests.mapped("state"):
                move.aftersales_tax_state = "registered"
            else:
                move.aftersales_tax_state = "requested"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        if "aftersales_billed" in vals and not is_billing():
            self._raise_billed()
        return super().write(vals)

    def unlink(self):
        ours = self.filtered("aftersales_billed")
        if not ours:
            return super().unlink()
        ours._check_not_posted()  # before core resets them
        settlements = ours._get_settlements()
        with billing():
            result = super().unlink()
        settlements.invalidate_recordset(["invoice_id"])
        settlements._update_billed()
        return result

    def _check_not_posted(self):
        """Core deletes posted entries for a client who sets a key in the context."""
        for move in self:
            if move.aftersales_billed and move.state == "posted":
                raise UserError(
                    self.env._(
                        "%s is posted: credit it, or have it reset to draft first.",
                        move.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    @api.constrains(
        "state",
        "move_type",
        "partner_id",
        "currency_id",
        "company_id",
        "reversed_entry_id",
        "line_ids",
        "invoice_line_ids",
        "aftersales_billed",
    )
    def _check_aftersales_gate(self):
        ours = self.filtered("aftersales_billed")
        if ours and not is_billing():
            ours._check_aftersales_billing()

    def _check_aftersales_billing(self):
        """Raise unless the entries say what their settlements say; count what is posted.

        :raise ValidationError: naming entry, settlement and difference
        """
        for move in self.sudo():
            lines = move.line_ids.filtered("aftersales_settlement_line_id")
            if move.move_type == "out_invoice":
                move._check_is_settlement(lines)
            elif move.move_type == "out_refund":
                move._check_is_credit(lines)
            else:
                move._raise_billed()
        self.sudo()._get_settlements()._update_billed()

    def _check_is_settlement(self, lines):
        settlements = lines.aftersales_settlement_line_id.settlement_id
        stray = self.line_ids.filtered(lambda line: line.display_type == "product") - lines
        wanted = settlements.line_ids.filtered("charged_qty")
        if (
            not lines
            or stray
            or len(lines) != len(wanted)
            or lines.aftersales_settlement_line_id != wanted
        ):
            raise ValidationError(
                self.env._(
                    "%(invoice)s has the lines of its settlements %(settlements)s and no others.",
                    invoice=self.display_name,
                    settlements=", ".join(settlements.mapped("name")) or "-",
                )
            )
        lines._check_is_settled()
        if self.state == "cancel":
            return
        for settlement in settlements:
            if settlement.invoice_id != self or settlement.state != "approved":
                raise ValidationError(
                    self.env._(
                        "%(settlement)s isn't to be invoiced by %(invoice)s: it isn't approved, or "
                        "another invoice is made from it.",
                        settlement=settlement.name,
                        invoice=self.display_name,
                    )
                )
        self._check_head(settlements)
        if self.state == "posted":
            for name in AMOUNTS:
                settled = sum(settlements.mapped(name))
                if self.currency_id.compare_amounts(self[name], settled):
                    raise ValidationError(
                        self.env._(
                            "%(invoice)s: %(field)s is %(amount)s, settled were %(settled)s.",
                            invoice=self.display_name,
                            field=self._fields[name]._description_string(self.env),
                            amount=f"{self[name]:.2f}",
                            settled=f"{settled:.2f}",
                        )
                    )

    def _check_head(self, settlements):
        if (
            self.commercial_partner_id != settlements.partner_id.commercial_partner_id
            or self.currency_id != settlements.currency_id
            or self.company_id != settlements.company_id
        ):
            raise ValidationError(
                self.env._(
                    "%(invoice)s is for %(customer)s, as was settled in %(settlements)s.",
                    invoice=self.display_name,
                    customer=settlements.partner_id[:1].display_name,
                    settlements=", ".join(settlements.mapped("name")),
                )
            )

    def _check_is_credit(self, lines):
        """A credit note takes back, line by line, no more than its invoice."""
        origin = self.reversed_entry_id
        stray = self.line_ids.filtered(lambda line: line.display_type == "product") - lines
        own = origin.line_ids.aftersales_settlement_line_id
        if (
            not origin.aftersales_billed
            or not lines
            or stray
            or lines.aftersales_settlement_line_id - own
        ):
            raise ValidationError(
                self.env._(
                    "%s credits lines of the invoice that it takes back, and no others.",
                    self.display_name,
                )
            )
        self._check_head(lines.aftersales_settlement_line_id.settlement_id)
        lines._check_credits()
        if self.state != "posted":
            return
        if self.currency_id.compare_amounts(self.amount_total, sum(lines.mapped("price_total"))):
            self._raise_billed()
        settled = lines.aftersales_settlement_line_id
        for line, (invoiced, credited) in settled._get_billed().items():
            if abs(credited) > abs(invoiced) + 0.001:
                raise ValidationError(
                    self.env._(
                        "%(line)s: invoiced %(invoiced)s, credited %(credited)s. More than was "
                        "invoiced can't be credited.",
                        line=line.name,
                        invoiced=f"{invoiced:.2f}",
                        credited=f"{credited:.2f}",
                    )
                )

    def _get_settlements(self):
        return self.sudo().line_ids.aftersales_settlement_line_id.settlement_id

    def _raise_billed(self):
        raise UserError(
            self.env._(
                "An invoice of paid service is made from fee settlements and says what they say."
            )
        )

    # ------------------------------------------------------------------
    # Core hooks
    # ------------------------------------------------------------------
    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A credit note of ours is ours: the one adapter for credit notes."""
        if not self.filtered("aftersales_billed"):
            return super()._reverse_moves(default_values_list=default_values_list, cancel=cancel)
        values_list = default_values_list or [{} for _move in self]
        values_list = [
            dict(values, aftersales_billed=move.aftersales_billed)
            for move, values in zip(self, values_list, strict=True)
        ]
        return super()._reverse_moves(default_values_list=values_list, cancel=cancel)

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        """Our lines are taxed as they were settled, to the fen."""
        base_line = super()._prepare_product_base_line_for_taxes_computation(product_line)
        settled = product_line.aftersales_settlement_line_id
        if settled and self.is_invoice(include_receipts=True):
            base_line.update(
                settled.sudo()._get_fixed_tax(
                    product_line.quantity,
                    product_line.price_unit,
                    product_line.discount,
                    product_line.tax_ids._origin,
                )
            )
        return base_line

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        ours = posted.filtered("aftersales_billed")
        if ours:
            ours._apply_advances()
        return posted

    def _apply_advances(self):
        """Set advance receipts of the agreements off against the posted invoice.

        A payment with a journal entry is reconciled, after what was sent back of it; one
        without is linked to one invoice, and counts when the bank statement confirms it,
        as core does it.
        """
        for move in self.sudo().filtered(
            lambda item: item.state == "posted" and item.move_type == "out_invoice"
        ):
            family = move._get_settlements().agreement_id._get_family()
            payments = (
                self.env["account.payment"]
                .sudo()
                .search(
                    [
                        ("aftersales_agreement_id", "in", family.ids),
                        ("state", "in", ("in_process", "paid")),
                    ],
                    order="date, id",
                )
            )
            payments._aftersales_net_refunds()
            payments = payments.filtered(lambda item: item.payment_type == "inbound")
            payments.filtered(lambda item: not item.move_id and not item.invoice_ids).write(
                {"invoice_ids": [fields.Command.link(move.id)]}
            )
            due = move.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            for line in payments.move_id.line_ids:
                open_due = due.filtered(lambda item: not item.reconciled)
                if (
                    line.parent_state == "posted"
                    and not line.reconciled
                    and line.account_id in open_due.account_id
                ):
                    (
                        line
                        + open_due.filtered(
                            lambda item, line=line: item.account_id == line.account_id
                        )
                    ).reconcile()


class AccountMoveLine(models.Model):
    """The link line to line between an invoice and what was settled."""

    _inherit = "account.move.line"

    aftersales_settlement_line_id = fields.Many2one(
        "aftersales.settlement.line",
        string="Settled as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.constrains(
        "aftersales_settlement_line_id",
        "move_id",
        "display_type",
        "product_id",
        "name",
        "product_uom_id",
        "quantity",
        "price_unit",
        "discount",
        "tax_ids",
        "currency_id",
        "balance",
        "amount_currency",
        "partner_id",
    )
    def _check_aftersales_gate(self):
        ours = self.filtered(
            lambda line: line.aftersales_settlement_line_id or line.move_id.aftersales_billed
        )
        if not ours or is_billing():
            return
        for move in ours.move_id:
            if not move.aftersales_billed:
                raise ValidationError(
                    self.env._("%s isn't made from settlements.", move.display_name)
                )
        linked = ours.filtered("aftersales_settlement_line_id")
        linked.filtered(lambda line: line.move_type == "out_invoice")._check_is_settled()
        linked.filtered(lambda line: line.move_type == "out_refund")._check_credits()
        for move in linked.move_id.filtered(lambda item: item.move_type == "out_invoice"):
            charged = move.line_ids.filtered("aftersales_settlement_line_id")
            if len(charged) != len(charged.aftersales_settlement_line_id):
                move._raise_billed()  # charged twice
        stray = (ours - linked).filtered(lambda line: line.display_type == "product")
        if stray:
            stray.move_id[:1]._raise_billed()
        posted = ours.move_id.filtered(lambda move: move.state == "posted")
        if posted:
            posted._check_aftersales_billing()

    def write(self, vals):
        if "aftersales_settlement_line_id" in vals and not is_billing():
            self.env["account.move"]._raise_billed()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_aftersales_billed(self):
        if is_billing():
            return
        for line in self:
            settled = line.aftersales_settlement_line_id
            if settled and (line.move_type != "out_refund" or line.parent_state == "posted"):
                line.move_id._raise_billed()

    def _check_is_settled(self):
        """Description, quantity, price, discount, tax and product are as settled."""
        for line in self.sudo():
            settled = line.aftersales_settlement_line_id
            wrong = (
                line.product_id != settled.product_id
                or line.name != settled._get_description()
                or line.product_uom_id != settled.product_uom_id
                or settled._compare(line.quantity, settled.charged_qty)
                or line.tax_ids != settled.tax_id
                or line.price_unit != settled.price_unit
                or line.discount != settled.discount
            )
            if wrong:
                raise ValidationError(
                    self.env._(
                        "%(line)s: description, product, quantity, price and tax of the invoice "
                        "%(invoice)s are those of %(settlement)s. To change them, delete or credit "
                        "the invoice and revise the settlement.",
                        line=settled.name,
                        invoice=line.move_id.display_name,
                        settlement=settled.settlement_id.name,
                    )
                )

    def _check_credits(self):
        """A credited line keeps product and tax, and is no more than was settled."""
        for line in self.sudo():
            settled = line.aftersales_settlement_line_id
            if line.name != settled._get_description():
                raise ValidationError(
                    self.env._(
                        "%(line)s of %(credit)s: a credit note names what it credits as it was "
                        "settled; the reason belongs into its reference.",
                        line=settled.name,
                        credit=line.move_id.display_name,
                    )
                )
            if (
                line.product_id != settled.product_id
                or line.tax_ids != settled.tax_id
                or abs(line.price_total) > abs(settled.amount_total) + 0.001
                or line.price_total * settled.amount_total < 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(line)s: invoiced %(invoiced)s, credited %(credited)s. More than was "
                        "invoiced can't be credited.",
                        line=settled.name,
                        invoiced=f"{settled.amount_total:.2f}",
                        credited=f"{line.price_total:.2f}",
                    )
                )

    def _copy_data_extend_business_fields(self, values):
        """A credit note keeps the links of the invoice that it takes back."""
        if self.aftersales_settlement_line_id:
            values["aftersales_settlement_line_id"] = self.aftersales_settlement_line_id.id
        return super()._copy_data_extend_business_fields(values)
