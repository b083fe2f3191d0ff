from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.billing import billing
from ..tools.text import join_words


class AftersalesReturnCredit(models.Model):
    """The credit note of a return: lines and prices of the origin invoice (R002-29)."""

    _inherit = "aftersales.return"

    credit_ids = fields.One2many("account.move", "aftersales_return_id", string="Credit Notes")
    credit_count = fields.Integer(compute="_compute_credit_count")
    can_credit = fields.Boolean(compute="_compute_can_credit")
    can_red_letter = fields.Boolean(compute="_compute_can_credit")

    @api.depends("credit_ids")
    def _compute_credit_count(self):
        for document in self:
            document.credit_count = len(document.sudo().credit_ids)

    @api.depends(
        "state", "settled_at", "credit_ids.state", "outcome_ids.qty_credited", "receipt_closed"
    )
    def _compute_can_credit(self):
        for document in self:
            record = document.sudo()
            under_way = record.state == "approved" and not record.settled_at
            document.can_credit = under_way and bool(record._get_creditable())
            document.can_red_letter = under_way and bool(record._get_without_red_letter())

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_credit(self):
        """Make the draft credit notes for what is refunded or compensated; finance posts
        them (R002-20, R002-29).

        :raise UserError: when the return isn't approved, nothing is left to be credited,
            or the invoice of a line isn't known
        """
        document = self._check_one()._as_public("credit")
        document._check_may_settle()
        record = document.sudo()
        due = record._get_creditable()
        if not due:
            if record.credit_ids:
                return document.action_view_credits()
            document._raise_nothing_to_do()
        engine = document._as_engine()
        due = {engine.outcome_ids.browse(key.id): quantity for key, quantity in due.items()}
        origins = engine._find_invoice_lines(engine.outcome_ids.browse([key.id for key in due]))
        with billing():
            # the rows of the outcomes are written first: who comes second is repeated
            engine.outcome_ids._touch()
            invoices = engine.env["account.move.line"].union(*origins.values()).move_id
            engine.env["aftersales.return.creditable"]._ensure(invoices)
            notes = engine._create_credit_notes(due, origins)
        notes._check_aftersales_credit()
        document._notify_people(
            self.env.ref("aftersales_service.group_finance")._aftersales_pool(document.company_id),
            self.env._("The credit note of %s is a draft: check and post it.", document.name),
        )
        return document.action_view_credits()

    @api.readonly
    def action_view_credits(self):
        """Open the credit notes of the return."""
        self._check_one().check_access("read")
        notes = self.sudo().credit_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit Notes"),
            "res_model": "account.move",
            "domain": [("id", "in", notes.ids)],
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False},
        }
        if len(notes) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=notes.id)
        return action

    def action_red_letter(self):
        """Ask for the red-letter note to the tax invoice that the credit notes take back."""
        document = self._check_one()._as_public("red_letter")
        document._check_may_settle()
        waiting = document.sudo()._get_without_red_letter()
        notes = [note for note, _original in waiting]
        if not notes:
            document._raise_nothing_to_do()
        originals = {original for _note, original in waiting}
        requests = self.env["aftersales.tax.invoice"].browse()
        for original in originals:
            own = [note for note, blue in waiting if blue == original]
            requests |= requests.with_env(document.env).create(
                {
                    "nature": "red",
                    "original_id": original.id,
                    "kind": original.kind,
                    "partner_id": original.partner_id.id,
                    "company_id": document.company_id.id,
                    "reason": document.name,
                    "line_ids": [Command.create({"move_id": note.id}) for note in own],
                }
            )
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Red-Letter Notes"),
            "res_model": "aftersales.tax.invoice",
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", requests.ids)],
        }
        if len(requests) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=requests.id)
        return action

    # ------------------------------------------------------------------
    # What is to be credited
    # ------------------------------------------------------------------
    def _get_creditable(self):
        """Return {outcome: quantity} that no credit note, not even a draft, is about yet."""
        self.ensure_one()
        goods_due = self.outcome_ids._get_goods_due()
        due = {}
        for outcome in self.outcome_ids.filtered(
            lambda item: item.kind in ("refund", "compensate")
        ):
            lines = outcome.credit_line_ids.filtered(lambda line: line.parent_state != "cancel")
            if outcome.kind == "compensate":
                if not lines:
                    due[outcome] = 1.0
                continue
            left = outcome._get_due(goods_due) - sum(line._get_product_quantity() for line in lines)
            if outcome.line_id.product_id.uom_id.compare(left, 0.0) > 0:
                due[outcome] = left
        return due

    def _find_invoice_lines(self, outcomes):
        """Return {outcome: invoice line that is credited}; propose what isn't named.

        :raise UserError: naming the products whose invoice isn't known
        """
        # what the decision has put a price on rests on no invoice that happens to fit
        open_ones = outcomes.filtered(
            lambda item: not item.credit_line_id and not item._is_without_invoice()
        )
        lines = open_ones.line_id.filtered(lambda line: not line.invoice_line_id)
        proposed = lines._propose_invoice_lines()
        origins = {}
        missing = self.env["product.product"]
        for outcome in outcomes:
            line = outcome.line_id
            origin = outcome.credit_line_id or line.invoice_line_id
            if outcome in open_ones:
                origin = origin or proposed.get(line, origin)
            if not origin and not outcome._is_without_invoice():
                missing |= line.product_id
            origins[outcome] = origin
        if missing:
            raise UserError(
                self.env._(
                    "%(document)s: which invoice of %(customer)s is credited for %(products)s "
                    "isn't known, or several can be meant. Have finance choose the invoice line "
                    "below the outcomes.",
                    document=self.name,
                    customer=self.partner_id.display_name,
                    products=join_words(self.env, missing.mapped("display_name")),
                )
            )
        return origins

    def _create_credit_notes(self, due, origins):
        """Make one draft credit note for each invoice that is credited.

        :param due: {outcome: quantity}
        :param origins: {outcome: invoice line}
        """
        notes = self.env["account.move"]
        by_invoice = {}
        for outcome, quantity in due.items():
            origin = origins[outcome]
            by_invoice.setdefault(origin.move_id, []).append((outcome, origin, quantity))
        for invoice, parts in by_invoice.items():
            commands = [
                Command.create(outcome._prepare_credit_line(origin, quantity))
                for outcome, origin, quantity in parts
            ]
            vals = {
                "aftersales_return_id": self.id,
                "ref": self.name,
                "invoice_origin": self.name,
                "invoice_date": False,
                "line_ids": commands,
            }
            if invoice:
                notes |= invoice._reverse_moves([vals])
                continue
            vals["invoice_line_ids"] = vals.pop("line_ids")
            notes |= notes.create(
                dict(
                    vals,
                    move_type="out_refund",
                    partner_id=self.partner_id.id,
                    company_id=self.company_id.id,
                )
            )
        return notes

    def _get_without_red_letter(self):
        """Return [(posted credit note, registered tax invoice)] where the red-letter note
        is missing (红字)."""
        missing = []
        for note in self.credit_ids.filtered(lambda item: item.state == "posted"):
            originals = note.reversed_entry_id.aftersales_tax_line_ids.request_id.filtered(
                lambda request: request.nature == "blue" and request.state == "approved"
            )
            taken = note.aftersales_tax_line_ids.filtered("is_live").request_id
            if originals and "red" not in originals.mapped("standing") and not taken:
                missing.append((note, originals[:1]))
        return missing

    def _get_open_duties(self):
        items = super()._get_open_duties()
        for note in self.credit_ids.filtered(lambda item: item.state == "posted"):
            originals = note.reversed_entry_id.aftersales_tax_line_ids.request_id.filtered(
                lambda request: request.nature == "blue" and request.state == "approved"
            )
            open_ones = originals.filtered(lambda request: request.standing != "red")
            reds = note.aftersales_tax_line_ids.filtered("is_live").request_id
            if open_ones and "approved" not in reds.mapped("state"):
                items.append(
                    self.env._("Red-letter note to be registered for %s", note.display_name)
                )
        return items


class AftersalesReturnLine(models.Model):
    _inherit = "aftersales.return.line"

    @api.constrains("invoice_line_id", "product_id")
    def _check_invoice_line(self):
        """The invoice line that is credited is one of this customer and product."""
        for line in self:
            line._check_is_invoiced(line.invoice_line_id.sudo())

    def _check_is_invoiced(self, invoiced):
        if invoiced and (
            invoiced.product_id != self.product_id or not self._is_own_invoice(invoiced.move_id)
        ):
            raise UserError(
                self.env._(
                    "That isn't a line of a posted invoice of %(customer)s for %(product)s.",
                    customer=self.return_id.partner_id.display_name,
                    product=self.product_id.display_name,
                )
            )

    def _is_own_invoice(self, invoice):
        customer = self.return_id.partner_id.commercial_partner_id
        return (
            invoice.move_type == "out_invoice"
            and invoice.state == "posted"
            and invoice.commercial_partner_id == customer
            and invoice.company_id == self.company_id
        )

    def _propose_invoice_lines(self):
        """Return {line: invoice line} of the one invoice that can be meant.

        One search for all lines. Where several invoices of the customer are about the
        product, somebody has to say which.
        """
        if not self:
            return {}
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("product_id", "in", self.product_id.ids),
                    ("display_type", "=", "product"),
                    ("move_id.move_type", "=", "out_invoice"),
                    ("parent_state", "=", "posted"),
                    ("company_id", "=", self.company_id.id),
                    (
                        "move_id.commercial_partner_id",
                        "=",
                        self.return_id.partner_id.commercial_partner_id.id,
                    ),
                ]
            )
        )
        found = {}
        for line in self:
            own = lines.filtered(lambda item, line=line: item.product_id == line.product_id)
            refs = {line.contract_ref, line.return_id.contract_ref} - {False, ""}
            named = own.filtered(
                lambda item, refs=refs: refs & {item.move_id.invoice_origin, item.move_id.ref}
            )
            candidates = named or own
            if len(candidates) == 1:
                found[line] = candidates
        return found


class AftersalesReturnOutcome(models.Model):
    _inherit = "aftersales.return.outcome"

    credit_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line to Credit",
        guard="free",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('product_id', '=', returned_product_id), ('parent_state', '=', 'posted'), "
        "('move_id.move_type', '=', 'out_invoice'), ('partner_id', 'child_of', customer_id)]",
        help="Where several invoices of the customer are about the product: the one that is "
        "credited.",
    )
    returned_product_id = fields.Many2one(related="line_id.product_id", string="Returned Product")
    customer_id = fields.Many2one(related="return_id.partner_id", string="Customer")

    @api.constrains("credit_line_id")
    def _check_credit_line(self):
        for outcome in self:
            outcome.line_id._check_is_invoiced(outcome.credit_line_id.sudo())

    def _touch(self):
        """Write the rows: two who settle the same return at the same moment collide."""
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_return_outcome SET write_date = now() AT TIME ZONE 'UTC'
                    WHERE id IN %s""",
                tuple(self.ids) or (0,),
            )
        )

    def _is_without_invoice(self):
        """Return whether the goods were sold before the system: then the decision says how
        much is credited."""
        return not self.line_id.sudo().origin_id.move_id and bool(self.amount)

    def _prepare_credit_line(self, origin, quantity):
        """Return the values of one line of a credit note.

        :param origin: the invoice line that is credited; empty for goods that were sold
            before the system
        :param quantity: in the product's own unit
        """
        self.ensure_one()
        product = self.line_id.product_id
        if origin:
            vals = origin.with_context(include_business_fields=True).copy_data()[0]
            vals.pop("move_id", None)
            if self.kind == "compensate":
                return dict(
                    self._prepare_compensation_line(origin),
                    account_id=origin.account_id.id,
                    tax_ids=[Command.set(origin.tax_ids.ids)],
                )
            vals["quantity"] = product.uom_id._compute_quantity(
                quantity, origin.product_uom_id, rounding_method="HALF-UP"
            )
            return dict(vals, aftersales_outcome_id=self.id, aftersales_origin_line_id=origin.id)
        if self.kind == "compensate":
            return self._prepare_compensation_line(origin)
        return {
            "product_id": product.id,
            "quantity": quantity,
            "product_uom_id": product.uom_id.id,
            "price_unit": self.amount / self.quantity,  # its tax included
            "aftersales_outcome_id": self.id,
        }

    def _prepare_compensation_line(self, origin):
        """Return the values of a compensation: an amount, its tax included, and no goods."""
        return {
            "name": " · ".join(
                [
                    dict(self._fields["kind"]._description_selection(self.env))[self.kind],
                    self.line_id.display_name,
                    self.return_id.name,
                ]
            ),
            "quantity": 1.0,
            "price_unit": self.amount,
            "aftersales_outcome_id": self.id,
            "aftersales_origin_line_id": origin.id,
        }

    def _update_credited(self):
        """Add up what posted credit notes have credited; the row is written in any case."""
        goods_due = self._get_goods_due()
        for outcome in self:
            lines = outcome.credit_line_ids.filtered(lambda line: line.parent_state == "posted")
            quantity = sum(line._get_product_quantity() for line in lines)
            amount = sum(lines.mapped("price_total"))
            if outcome.kind == "compensate":
                quantity = 0.0
                currency = outcome.currency_id
                if currency.compare_amounts(amount, outcome.amount) > 0:
                    outcome._raise_more_credited(amount)
            else:
                due = outcome._get_due(goods_due)
                outcome._check_cap(self.env._("credited"), quantity, due)
                if (
                    outcome.amount
                    and outcome.currency_id.compare_amounts(amount, outcome.amount) > 0
                ):
                    outcome._raise_more_credited(amount)
            outcome._door_write({"qty_credited": quantity, "amount_credited": amount})
        self._touch()
        self._update_settled()

    def _raise_more_credited(self, amount):
        raise UserError(
            self.env._(
                "%(document)s, %(outcome)s: decided %(decided)s, credited %(credited)s.",
                document=self.return_id.name,
                outcome=self.display_name,
                decided=self.currency_id.format(self.amount),
                credited=self.currency_id.format(amount),
            )
        )
