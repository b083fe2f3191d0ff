from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.text import clean_text, float_text

REMIND_DAYS = 7


class AftersalesReturnAdvance(models.Model):
    """The replacement that leaves before the goods have come: by an approved exception
    alone, with a day by which the goods are due (B6).

    What goes out in advance is on the form from its submission, as an outcome, so that
    everybody who signs sees it. What isn't covered by returned goods in the end is paid
    for by the customer or comes back.
    """

    _inherit = "aftersales.return"

    advance_exchange = fields.Boolean(
        string="Replacement in Advance",
        guard="locked",
        copy=False,
        help="The replacement leaves before the goods have come; an exception that is permitted "
        "in a step of its own.",
    )
    advance_due = fields.Date(
        string="Goods Due by", guard="locked", copy=False, index="btree_not_null"
    )
    advance_reason = fields.Text(string="Reason of the Exception", guard="locked", copy=False)
    advance_reminded_at = fields.Datetime(guard="door", copy=False)
    advance_invoice_id = fields.Many2one(
        "account.move",
        string="Invoice for What Didn't Come Back",
        guard="free",
        copy=False,
        ondelete="restrict",
        check_company=True,
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'), "
        "('partner_id', 'child_of', partner_id)]",
        help="The posted invoice for replacements whose goods never came.",
    )
    advance_owed = fields.Float(
        string="Given and Not Covered",
        compute="_compute_advance_owed",
        digits="Product Unit",
        aggregator=None,
    )

    _advance_invoice_unique = models.UniqueIndex(
        "(advance_invoice_id) WHERE advance_invoice_id IS NOT NULL",
        "This invoice already pays for the replacements of another return.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("outcome_ids.qty_given", "line_ids.qty_received", "outcome_ids.quantity")
    def _compute_advance_owed(self):
        for document in self:
            owed = document.sudo().outcome_ids._get_owed() if document.advance_exchange else {}
            document.advance_owed = sum(owed.values())

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        if "advance_invoice_id" in vals:
            self._check_role("charge_advance")
        result = super().write(vals)
        if "advance_invoice_id" in vals:
            self._record_settlement()
        return result

    @api.constrains("advance_invoice_id")
    def _check_advance_invoice(self):
        """The invoice is the customer's, posted, and about what wasn't covered."""
        for document in self:
            invoice = document.sudo().advance_invoice_id
            if invoice and not (
                document._is_advance_granted() and document.sudo()._is_owed_invoiced()
            ):
                raise ValidationError(
                    self.env._(
                        "%(invoice)s isn't a posted invoice of %(customer)s for what was given in "
                        "advance and not covered by returned goods (%(owed)s).",
                        invoice=invoice.display_name,
                        customer=document.partner_id.display_name,
                        owed=float_text(document.advance_owed),
                    )
                )

    def _is_owed_invoiced(self):
        """Return whether the invoice is about all that was given and not covered.

        It was made since the replacement left, for money, and wasn't credited.
        """
        invoice = self.advance_invoice_id
        if (
            invoice.move_type != "out_invoice"
            or invoice.state != "posted"
            or invoice.commercial_partner_id != self.partner_id.commercial_partner_id
            or not self._is_since_given(invoice)
        ):
            return False
        owed = {}
        for outcome, quantity in self.outcome_ids._get_owed().items():
            product = outcome._get_given_product()
            owed[product] = owed.get(product, 0.0) + quantity
        invoiced = {}
        notes = invoice.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_refund"
        )
        lines = invoice.invoice_line_ids | notes.invoice_line_ids
        for line in lines.filtered(lambda item: item.product_id and item.price_subtotal > 0):
            quantity = line._get_product_quantity() * (1 if line.move_id == invoice else -1)
            invoiced[line.product_id] = invoiced.get(line.product_id, 0.0) + quantity
        return all(
            product.uom_id.compare(invoiced.get(product, 0.0), quantity) >= 0
            for product, quantity in owed.items()
        )

    def _is_since_given(self, invoice):
        """Return whether an invoice was made and dated on or after the day of the first
        replacement: what was invoiced before was sold before."""
        given = self.outcome_ids._get_given_moves()
        if not given:
            return False
        company = self.company_id
        first = company._aftersales_date(min(given.mapped("date")))
        return first <= min(invoice.invoice_date, company._aftersales_date(invoice.create_date))

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    @api.model
    def _get_situations(self):
        return {
            **super()._get_situations(),
            "advance": self.env._("the replacement leaves in advance"),
        }

    def _is_situation(self, key):
        if key == "advance":
            return self.advance_exchange
        return super()._is_situation(key)

    def _check_can_submit(self):
        result = super()._check_can_submit()
        self._drop_advance()
        if self.advance_exchange:
            self._check_advance()
            self.env["aftersales.return.outcome"].sudo()._door_create(
                [
                    {
                        "return_id": self.id,
                        "line_id": line.id,
                        "kind": "exchange",
                        "quantity": line.qty_claimed,
                        "is_advance": True,
                    }
                    for line in self.line_ids
                ]
            )
            self.invalidate_recordset(["outcome_ids"])
        return result

    def _drop_advance(self):
        """Take back what an earlier round meant to give in advance and hasn't given."""
        stale = self.sudo().outcome_ids.filtered(lambda item: item.is_advance)
        if any(stale.mapped("qty_given")):
            raise UserError(
                self.env._(
                    "%s: the replacement has left already; this form can't be submitted anew.",
                    self.name,
                )
            )
        if stale:
            stale._door_unlink()

    def _check_advance(self):
        if self.wish != "exchange" or self.at_customer_site:
            raise UserError(
                self.env._(
                    "%s: a replacement in advance is for goods that are sent in and exchanged.",
                    self.name,
                )
            )
        self._check_filled("advance_due", "advance_reason")
        if self.advance_due <= self.company_id._aftersales_today():
            raise UserError(self.env._("%s: the goods are due on a day to come.", self.name))
        if not clean_text(self.env, self.advance_reason):
            raise UserError(self.env._("Give the reason of the exception: %s.", self.name))

    def _is_advance_granted(self):
        """Return whether the exception is permitted in the present round, by signature."""
        self.ensure_one()
        if not self.advance_exchange or self.state not in ("submitted", "approved"):
            return False
        return any(row.act == "permit" and row.state == "signed" for row in self._get_rows())

    def _check_may_replace(self, outcomes):
        document = self.sudo()
        if document.state == "submitted" and document._is_advance_granted():
            if all(outcome.is_advance for outcome in outcomes):
                return None
        return super()._check_may_replace(outcomes)

    def _check_can_revise(self):
        result = super()._check_can_revise()
        if any(outcome.qty_given for outcome in self.sudo().outcome_ids):
            raise UserError(
                self.env._(
                    "%s: the replacement has left already. Wait for the goods, and decide.",
                    self.name,
                )
            )
        return result

    def _reject(self, row, rows, comment):
        """A form whose replacement has left isn't rejected before that is paid for."""
        record = self.sudo()
        if record.advance_owed and not record._is_owed_invoiced():
            raise UserError(
                self.env._(
                    "%s: the replacement has left already. Wait for the goods, or invoice it.",
                    self.name,
                )
            )
        return super()._reject(row, rows, comment)

    def _get_open_duties(self):
        items = super()._get_open_duties()
        if self.advance_exchange and self.advance_owed and not self._is_owed_invoiced():
            items.append(
                self.env._(
                    "Given in advance and not covered by returned goods: %s; to be invoiced, or "
                    "to come back",
                    float_text(self.advance_owed),
                )
            )
        return items

    # ------------------------------------------------------------------
    # Reminder
    # ------------------------------------------------------------------
    @api.model
    def _get_overdue_advances(self):
        """Return a domain for replacements in advance whose goods are overdue."""
        return Domain(
            [
                ("advance_exchange", "=", True),
                ("state", "in", ("submitted", "approved")),
                ("settled_at", "=", False),
                ("outcome_ids.qty_given", ">", 0),
            ]
        ) & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("advance_due", "<", company._aftersales_today())
            for company in self.env["res.company"].sudo().search([("id", ">", 0)])
        )

    @api.model
    def _cron_remind_advance(self, limit=200):
        """Remind handler and salesperson once a week of goods that are overdue (B6)."""
        now = fields.Datetime.now()
        before = fields.Datetime.subtract(now, days=REMIND_DAYS)
        domain = self._get_overdue_advances() & (
            Domain("advance_reminded_at", "=", False) | Domain("advance_reminded_at", "<", before)
        )
        found = self.sudo().search(domain, limit=limit)
        for document in found:
            owed = document.outcome_ids._get_owed()
            document._door_write({"advance_reminded_at": now})
            if not any(owed.values()):
                continue
            document._notify_people(
                document.handler_id | document.seller_id | document.submitted_by_id,
                self.env._(
                    "%(document)s: the replacement left in advance, and the goods were due on "
                    "%(date)s.",
                    document=document.name,
                    date=fields.Date.to_string(document.advance_due),
                ),
            )
        self.env["ir.cron"]._commit_progress(len(found))


class AftersalesReturnOutcome(models.Model):
    _inherit = "aftersales.return.outcome"

    is_advance = fields.Boolean(string="In Advance", guard="door", default=False, copy=False)

    @api.constrains("kind", "quantity", "product_id")
    def _check_given_in_advance(self):
        for outcome in self:
            if outcome.qty_given and outcome.kind != "exchange":
                outcome._raise_given()

    @api.ondelete(at_uninstall=True)
    def _unlink_except_given(self):
        for outcome in self:
            if outcome.qty_given:
                outcome._raise_given()

    def _raise_given(self):
        raise UserError(
            self.env._(
                "%s has been given in advance: the exchange stays on the form. Decide what becomes "
                "of the goods that came besides.",
                self.display_name,
            )
        )

    def _get_owed(self):
        """Return {outcome: what was given in advance and isn't covered by returned goods}.

        Replacements that have come back themselves, by a return of their own, count, unless
        the customer got something for them in turn.
        """
        advance = self.filtered(lambda item: item.is_advance and item.qty_given)
        if not advance:
            return {}
        goods_due = advance._get_goods_due()
        moves = advance._get_given_moves()
        origins = self.env["aftersales.return.origin"].sudo()
        receipts = self.env["aftersales.return.receipt"].sudo()
        receipts = receipts.search(
            [("origin_id", "in", origins.search([("move_id", "in", moves.ids)]).ids)]
        )
        back = {}
        free = receipts.line_id._get_kept_for_nothing()
        for item in receipts:
            outcome = item.origin_id.move_id.aftersales_outcome_id
            share = min(item.quantity - item.qty_back, free[item.line_id])
            free[item.line_id] -= share
            back[outcome] = back.get(outcome, 0.0) + share
        return {
            outcome: max(outcome.qty_given - goods_due[outcome] - back.get(outcome, 0.0), 0.0)
            for outcome in advance
        }

    def _get_given_moves(self):
        """Return the moves with which replacements have left."""
        return self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move._get_settling_role() == "give"
        )

    def _get_goods_due(self):
        """Goods that came count for what was decided besides, then for the advance."""
        due = super()._get_goods_due()
        for outcome in self.filtered("is_advance"):
            line = outcome.line_id
            others = sum((line._get_outcomes()[line] - outcome).mapped("quantity"))
            due[outcome] = max(min(outcome.quantity, line.qty_received - others), 0.0)
        return due

    def _get_due(self, goods_due):
        return self.quantity if self.is_advance else super()._get_due(goods_due)


class AftersalesReturnLine(models.Model):
    _inherit = "aftersales.return.line"

    def _get_kept_for_nothing(self):
        """Return {line: quantity that became ours, or was scrapped, for nothing in turn}."""
        return {
            line: sum(
                outcome.qty_moved
                for outcome in line.outcome_ids
                if outcome.kind in ("restock", "scrap")
            )
            for line in self
        }

    def _check_decided(self):
        """What was given in advance may exceed what has come; the other outcomes may not."""
        outcomes = self._get_outcomes()
        advance = self.filtered(lambda line: any(outcomes[line].mapped("is_advance")))
        for line in advance:
            unit = line.product_id.uom_id
            ahead = outcomes[line].filtered("is_advance")
            others = sum((outcomes[line] - ahead).mapped("quantity"))
            there = line._get_decided_quantity()
            if (
                unit.compare(others, there) > 0
                or unit.compare(others + sum(ahead.mapped("quantity")), there) < 0
            ):
                raise UserError(
                    self.env._(
                        "%(product)s %(lot)s: there are %(there)s, but outcomes for %(decided)s. "
                        "Decide what becomes of each piece.",
                        product=line.product_id.display_name,
                        lot=line.serial_number or "",
                        there=float_text(there),
                        decided=float_text(others + sum(ahead.mapped("quantity"))),
                    )
                )
        return super(AftersalesReturnLine, self - advance)._check_decided()
