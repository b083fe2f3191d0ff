from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.billing import is_billing


class AccountMove(models.Model):
    """The gate of credit notes that settle a return, and of the others that take back the
    same invoice, at the entry itself (law 5, B11)."""

    _inherit = "account.move"

    aftersales_return_id = fields.Many2one(
        "aftersales.return",
        string="Credits the Return",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # after the fact, because a default can say it as well
        if not is_billing() and any(move.aftersales_return_id for move in moves):
            self._raise_credit()
        return moves

    def write(self, vals):
        if "aftersales_return_id" in vals and not is_billing():
            self._raise_credit()
        if "reversed_entry_id" in vals:
            self._check_stays_counted(vals["reversed_entry_id"])
        documents = self.sudo().aftersales_return_id if "state" in vals else ()
        result = super().write(vals)
        if documents:
            self.sudo().reversed_entry_id.aftersales_tax_line_ids.request_id._update_red_due()
            documents.with_env(self.env)._record_settlement()
        if "state" in vals:
            self._follow_advance_invoices()
        return result

    def _follow_advance_invoices(self):
        """An invoice that pays for replacements of a return opens it again when it is undone
        or credited."""
        paying = (self | self.reversed_entry_id).filtered(
            lambda move: move.move_type == "out_invoice"
        )
        if paying:
            documents = self.env["aftersales.return"].sudo()
            found = documents.search([("advance_invoice_id", "in", paying.ids)])
            found.with_env(self.env)._record_settlement()

    def _check_stays_counted(self, invoice_id):
        """A posted credit note isn't cut loose from the invoice that it counts on (B11)."""
        for move in self.sudo():
            invoice = move.reversed_entry_id
            if move.state != "posted" or not invoice or invoice.id == invoice_id:
                continue
            if self.env["aftersales.return.creditable"].sudo()._find(invoice):
                raise UserError(
                    self.env._(
                        "%(note)s credits %(invoice)s and stays counted there.",
                        note=move.display_name,
                        invoice=invoice.display_name,
                    )
                )

    def unlink(self):
        self.sudo().filtered("aftersales_return_id")._check_credit_not_posted()
        return super().unlink()

    def _check_credit_not_posted(self):
        """Core deletes posted entries for a client who sets a key in the context."""
        for move in self:
            if move.state == "posted":
                raise UserError(
                    self.env._("%s is posted: have it reset to draft first.", move.display_name)
                )

    def _raise_credit(self):
        raise UserError(
            self.env._("A credit note of a return is made by the return and says what it says.")
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
        "aftersales_return_id",
    )
    def _check_return_gate(self):
        notes = self.filtered(lambda move: move.aftersales_return_id)
        if notes and not is_billing():
            notes._check_aftersales_credit()
        others = (self - notes).filtered(
            lambda move: move.move_type == "out_refund" and move.reversed_entry_id
        )
        if others:
            others._count_credit()
        self._check_not_reversed()
        self._recount_invoiced()

    def _check_not_reversed(self):
        """What settles a return isn't charged again behind its back: the credit note itself
        is undone, and the return is open again."""
        for move in self.sudo():
            note = move.reversed_entry_id
            if move.state == "posted" and note.aftersales_return_id:
                raise UserError(
                    self.env._(
                        "%(note)s settles %(document)s: have it reset to draft instead of "
                        "reversing it.",
                        note=note.display_name,
                        document=note.aftersales_return_id.name,
                    )
                )

    def _recount_invoiced(self):
        """An invoice that was credited isn't cancelled, or made smaller than that (B11)."""
        invoices = self.filtered(
            lambda move: move.move_type == "out_invoice" and move.state in ("posted", "cancel")
        )
        if invoices:
            self.env["aftersales.return.creditable"].sudo()._find(invoices)._recount()

    def _check_aftersales_credit(self):
        """Raise unless a credit note says what was decided, on its invoice's prices.

        :raise ValidationError: naming the credit note and the difference
        """
        for note in self.sudo():
            document = note.aftersales_return_id
            lines = note.line_ids.filtered(lambda line: line.display_type == "product")
            origins = lines.aftersales_origin_line_id
            if (
                note.move_type != "out_refund"
                or note.company_id != document.company_id
                or note.commercial_partner_id != document.partner_id.commercial_partner_id
                or not lines
                or lines.aftersales_outcome_id.return_id != document
                or any(not line.aftersales_outcome_id for line in lines)
                or origins.move_id != note.reversed_entry_id
                or (origins and note.currency_id != origins.currency_id)
            ):
                note._raise_credit()
            lines._check_is_decided()
            if note.state == "posted":
                document._check_may_settle()
                note._check_stands(lines)
        self.sudo().line_ids.aftersales_outcome_id._update_credited()
        self._count_credit()

    def _check_stands(self, lines):
        """The invoice that is credited stands, and nothing is credited beside the lines:
        neither by a tax that was typed nor by a line of another kind."""
        invoice = self.reversed_entry_id
        if invoice and invoice.state != "posted":
            raise UserError(
                self.env._(
                    "%(note)s credits %(invoice)s, which isn't posted.",
                    note=self.display_name,
                    invoice=invoice.display_name,
                )
            )
        wanted = sum(lines.mapped("price_total"))
        # the tax of all lines together may be rounded otherwise than line by line
        leeway = self.currency_id.rounding * len(lines)
        if abs(self.amount_total - wanted) > leeway + self.currency_id.rounding / 2:
            self._raise_credit()

    def _count_credit(self):
        """Count what is credited on the rows that own the caps."""
        self.env["aftersales.return.creditable"].sudo()._find(self.reversed_entry_id)._recount()

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        """The amount of a compensation, or of goods that nobody has invoiced, was decided
        with its tax, to the fen."""
        base_line = super()._prepare_product_base_line_for_taxes_computation(product_line)
        line = product_line.sudo()
        decided = line.aftersales_outcome_id and (
            line.aftersales_outcome_id.kind == "compensate" or not line.aftersales_origin_line_id
        )
        if decided and self.is_invoice(include_receipts=True):
            base_line["special_mode"] = "total_included"
        return base_line


class AccountMoveLine(models.Model):
    """The link line to line between a credit note, what was decided and what was invoiced."""

    _inherit = "account.move.line"

    aftersales_outcome_id = fields.Many2one(
        "aftersales.return.outcome",
        string="Credits",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    aftersales_origin_line_id = fields.Many2one(
        "account.move.line",
        string="Takes Back",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.constrains(
        "aftersales_outcome_id",
        "aftersales_origin_line_id",
        "move_id",
        "display_type",
        "product_id",
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
    def _check_return_gate(self):
        if is_billing():
            return
        linked = self.filtered("aftersales_outcome_id")
        stray = linked.filtered(lambda line: not line.move_id.aftersales_return_id)
        if stray:
            stray.move_id._raise_credit()
        # the totals of an entry aren't there yet while it is written; its own gate asks then
        linked.sudo()._check_is_decided()
        posted = self.move_id.filtered(
            lambda move: move.aftersales_return_id and move.state == "posted"
        )
        if posted:
            posted._check_aftersales_credit()
        self.move_id.filtered(lambda move: move.state == "posted")._recount_invoiced()
        counted = (self.move_id - posted).filtered(
            lambda move: (
                move.state == "posted" and move.move_type == "out_refund" and move.reversed_entry_id
            )
        )
        if counted:
            counted._count_credit()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not is_billing() and any(line.aftersales_outcome_id for line in lines):
            self.env["account.move"]._raise_credit()
        return lines

    def write(self, vals):
        if {"aftersales_outcome_id", "aftersales_origin_line_id"} & vals.keys() and (
            not is_billing()
        ):
            self.env["account.move"]._raise_credit()
        return super().write(vals)

    def _get_product_quantity(self):
        """Return the quantity in the product's own unit."""
        self.ensure_one()
        unit = self.product_id.uom_id
        if not unit or not self.product_uom_id:
            return self.quantity
        return self.product_uom_id._compute_quantity(self.quantity, unit, rounding_method="HALF-UP")

    def _check_is_decided(self):
        """Product, price, discount and tax are the invoice's; the quantity or the amount is
        no more than was decided (B11)."""
        for line in self:
            outcome, origin = line.aftersales_outcome_id, line.aftersales_origin_line_id
            compensation = outcome.kind == "compensate"
            wrong = line.quantity < 0 or line.price_unit < 0
            if compensation:
                wrong = (
                    wrong
                    or line.discount
                    or bool(line.product_id)
                    or line.currency_id.compare_amounts(
                        line.quantity * line.price_unit, outcome.amount
                    )
                    > 0
                )
            else:
                unit = outcome.line_id.product_id.uom_id
                wrong = (
                    wrong
                    or line.product_id != outcome.line_id.product_id
                    or unit.compare(line._get_product_quantity(), outcome.quantity) > 0
                    or (
                        not origin
                        and line.currency_id.compare_amounts(
                            line.quantity * line.price_unit, outcome.amount
                        )
                        > 0
                    )
                )
            if origin:
                wrong = (
                    wrong
                    or line.tax_ids != origin.tax_ids
                    or not compensation
                    and (
                        line.price_unit != origin.price_unit
                        or line.discount != origin.discount
                        or line.product_uom_id != origin.product_uom_id
                    )
                )
            if wrong:
                raise ValidationError(
                    self.env._(
                        "%(line)s of %(note)s: product, price and tax are those of the invoice "
                        "%(invoice)s, quantity and amount those decided in %(document)s.",
                        line=line.name or line.product_id.display_name or "",
                        note=line.move_id.display_name,
                        invoice=origin.move_id.display_name or "-",
                        document=outcome.return_id.name,
                    )
                )
