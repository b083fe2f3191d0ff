from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.text import float_text


class AftersalesReturnCreditable(models.Model):
    """The row that owns the cap of what can be credited: one line of a customer invoice
    (B11).

    Whatever credits the invoice counts here, in the transaction that posts it: our credit
    notes by their link, those of core's wizard by their product. Quantities are in the
    product's own unit, amounts with tax in the currency of the invoice.
    """

    _name = "aftersales.return.creditable"
    _inherit = ["aftersales.guard"]
    _description = "Creditable Invoice Line"
    _order = "id"
    _rec_name = "invoice_line_id"
    _guard_closed = True

    company_id = fields.Many2one("res.company", required=True, index=True, guard="door")
    invoice_id = fields.Many2one(
        "account.move", required=True, index=True, guard="door", ondelete="restrict"
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", required=True, guard="door", ondelete="restrict"
    )
    product_id = fields.Many2one("product.product", guard="door", ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, guard="door", ondelete="restrict")
    qty_invoiced = fields.Float(guard="door", digits="Product Unit", required=True)
    amount_invoiced = fields.Monetary(guard="door", required=True)
    qty_credited = fields.Float(guard="door", digits="Product Unit", default=0.0)
    amount_credited = fields.Monetary(guard="door", default=0.0)

    _line_unique = models.UniqueIndex("(invoice_line_id)", "An invoice line is counted once.")
    _credited_range = models.Constraint(
        "CHECK (qty_credited >= 0 AND qty_credited <= qty_invoiced + 0.000001"
        " AND amount_credited >= 0 AND amount_credited <= amount_invoiced + 0.005)",
        "No more can be credited than was invoiced.",
    )

    @api.model
    def _find(self, invoices):
        """Return the rows of these invoices."""
        return self.search([("invoice_id", "in", invoices.ids)]) if invoices else self.browse()

    @api.model
    def _ensure(self, invoices):
        """Make the rows of all product lines of these invoices, where they don't exist."""
        known = self.sudo().search([("invoice_id", "in", invoices.ids)])
        lines = invoices.sudo().invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.product_id
        )
        missing = lines - known.invoice_line_id
        if missing:
            known = self._insert(missing)
            known._recount()
        return known

    @api.model
    def _insert(self, lines):
        """Make the rows of invoice lines; who makes the same ones at the same moment is
        repeated on fresh data."""
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, 0, 0, %s, now() AT TIME ZONE 'UTC')",
                line.company_id.id,
                line.move_id.id,
                line.id,
                line.product_id.id,
                line.currency_id.id,
                line._get_product_quantity(),
                line.price_total,
                self.env.uid,
            )
            for line in lines
        ]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_return_creditable
                          (company_id, invoice_id, invoice_line_id, product_id, currency_id,
                           qty_invoiced, amount_invoiced, qty_credited, amount_credited,
                           create_uid, create_date)
                   VALUES %s ON CONFLICT DO NOTHING""",
                SQL(", ").join(rows),
            )
        )
        return self.sudo().search([("invoice_id", "in", lines.move_id.ids)])

    def _recount(self):
        """Add up what posted credit notes have taken back, and keep it here.

        The rows of an invoice are locked, then written: two credit notes posted at the same
        moment collide here.

        :raise UserError: when it is more than was invoiced
        """
        rows = self.sudo().search([("invoice_id", "in", self.invoice_id.ids)])
        if not rows:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_return_creditable SET write_date = now() AT TIME ZONE 'UTC'
                    WHERE id IN %s""",
                tuple(rows.ids),
            )
        )
        notes = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("reversed_entry_id", "in", rows.invoice_id.ids),
                    ("move_type", "=", "out_refund"),
                    ("state", "=", "posted"),
                ]
            )
        )
        credited = rows._share_out(
            notes.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        )
        for row in rows:
            quantity, amount = credited[row]
            vals = row._get_invoiced()
            row._check_within(quantity, amount, **vals)
            row._door_write({"qty_credited": quantity, "amount_credited": amount, **vals})
        for invoice in rows.invoice_id:
            own = notes.filtered(lambda note, invoice=invoice: note.reversed_entry_id == invoice)
            total = sum(own.mapped("amount_total"))
            invoiced = 0.0 if invoice.state == "cancel" else invoice.amount_total
            if invoice.currency_id.compare_amounts(total, invoiced) > 0:
                self._raise_more_credited(
                    invoice.display_name,
                    invoice.currency_id.format(invoiced),
                    invoice.currency_id.format(total),
                )

    def _get_invoiced(self):
        """Return what the invoice says now; while it is corrected, what it said before."""
        self.ensure_one()
        line, state = self.invoice_line_id, self.invoice_id.state
        if state == "draft":
            return {"qty_invoiced": self.qty_invoiced, "amount_invoiced": self.amount_invoiced}
        stands = state == "posted" and line.product_id == self.product_id
        return {
            "qty_invoiced": line._get_product_quantity() if stands else 0.0,
            "amount_invoiced": line.price_total if stands else 0.0,
        }

    def _share_out(self, lines):
        """Return {row: [quantity, amount]} of what credit note lines take back.

        A line of ours says which invoice line it credits; another one counts on the lines
        of its product, as far as there is room.
        """
        credited = {row: [0.0, 0.0] for row in self}
        by_line = {row.invoice_line_id: row for row in self}
        linked = lines.filtered("aftersales_origin_line_id")
        for line in linked:
            row = by_line.get(line.aftersales_origin_line_id)
            if row:
                counted = line.aftersales_outcome_id.kind != "compensate"
                credited[row][0] += line._get_product_quantity() if counted else 0.0
                credited[row][1] += line.price_total
        for line in lines - linked:
            rows = self.filtered(
                lambda row, line=line: (
                    row.product_id == line.product_id
                    and row.invoice_id == line.move_id.reversed_entry_id
                )
            )
            quantity, amount = line._get_product_quantity(), line.price_total
            for row in rows:
                last = row == rows[-1]
                share = quantity if last else min(quantity, row.qty_invoiced - credited[row][0])
                money = amount if last else min(amount, row.amount_invoiced - credited[row][1])
                credited[row][0] += share
                credited[row][1] += money
                quantity -= share
                amount -= money
        return credited

    def _check_within(self, quantity, amount, qty_invoiced, amount_invoiced):
        unit = self.product_id.uom_id
        if unit.compare(quantity, qty_invoiced) > 0:
            self._raise_more_credited(
                self.product_id.display_name,
                float_text(qty_invoiced),
                float_text(quantity),
            )
        if self.currency_id.compare_amounts(amount, amount_invoiced) > 0:
            self._raise_more_credited(
                self.product_id.display_name,
                self.currency_id.format(amount_invoiced),
                self.currency_id.format(amount),
            )

    def _raise_more_credited(self, what, invoiced, credited):
        raise UserError(
            self.env._(
                "%(what)s: invoiced %(invoiced)s, credited %(credited)s. No more can be credited "
                "than was invoiced.",
                what=what,
                invoiced=invoiced,
                credited=credited,
            )
        )
