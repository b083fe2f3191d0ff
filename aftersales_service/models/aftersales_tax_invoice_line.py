from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")


class AftersalesTaxInvoiceLine(models.Model):
    """A posted invoice that a tax invoice is asked for, with its amounts as frozen.

    One invoice is in one live request only (``is_live``); a red-letter note over the
    whole of it, or cancelling the request, sets it free again.
    """

    _name = "aftersales.tax.invoice.line"
    _inherit = ["aftersales.guard"]
    _description = "Invoice of a Tax Invoice Request"
    _order = "request_id, id"
    _rec_name = "move_name"
    _check_company_auto = True
    _guard_parent = "request_id"

    request_id = fields.Many2one(
        "aftersales.tax.invoice", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        guard="fixed",
        required=True,
        index=True,
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    move_name = fields.Char(string="Invoice Reference", guard="door", readonly=True, copy=False)
    currency_id = fields.Many2one(
        "res.currency", guard="door", readonly=True, copy=False, ondelete="restrict"
    )
    amount_untaxed = fields.Monetary(
        string="Net Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_tax = fields.Monetary(
        string="Tax Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_total = fields.Monetary(
        string="Total Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    is_live = fields.Boolean(
        string="In Use",
        guard="door",
        readonly=True,
        copy=False,
        default=lambda self: True,
        help="The invoice can't be in another request at the same time.",
    )

    _move_live = models.UniqueIndex(
        "(move_id) WHERE is_live",
        "A tax invoice is requested or registered for this invoice already.",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        self._check_free([vals.get("move_id") for vals in vals_list])
        lines = super().create(vals_list)
        lines._check_readable()
        lines.request_id._update_amounts()
        return lines

    def unlink(self):
        requests = self.request_id
        result = super().unlink()
        requests.exists()._update_amounts()
        return result

    @api.model
    def _evidence_fields(self):
        return super()._evidence_fields() | {"move_name", "currency_id", *AMOUNTS}

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    @api.constrains("move_id", "request_id")
    def _check_kind(self):
        for line in self:
            wanted = "out_refund" if line.request_id.nature == "red" else "out_invoice"
            if line.move_id.move_type != wanted:
                raise ValidationError(
                    self.env._(
                        "%(move)s can't be in %(request)s: an invoice takes customer invoices, a "
                        "red-letter note credit notes.",
                        move=line.move_id.display_name,
                        request=line.request_id.name,
                    )
                )

    @api.model
    def _check_free(self, move_ids):
        """Raise when one of the invoices is in another live request."""
        domain = [("move_id", "in", move_ids), ("is_live", "=", True)]
        taken = self.sudo().search(domain, limit=1)
        if taken:
            raise UserError(
                self.env._(
                    "A tax invoice for %(move)s is requested or registered already: %(request)s.",
                    move=taken.move_name,
                    request=taken.request_id.display_name,
                )
            )

    def _check_readable(self):
        """Nobody learns an amount of an invoice that he may not read."""
        self.move_id.check_access("read")

    def _check_moves(self, access=True):
        """The invoices are posted, of the customer, and the amounts are still theirs.

        :raise UserError: naming the invoice and what to do
        """
        if access:
            self._check_readable()
        for line in self.sudo():
            move, request = line.move_id, line.request_id
            if move.state != "posted":
                raise UserError(
                    self.env._(
                        "The invoice %s isn't posted: have finance post it first.", move.name
                    )
                )
            if (
                move.commercial_partner_id != request.partner_id.commercial_partner_id
                or move.currency_id != request.currency_id
            ):
                raise UserError(
                    self.env._(
                        "The invoice %(move)s isn't one of %(customer)s in %(currency)s.",
                        move=move.name,
                        customer=request.partner_id.display_name,
                        currency=request.currency_id.name,
                    )
                )
            if any(move.currency_id.compare_amounts(line[name], move[name]) for name in AMOUNTS):
                raise UserError(
                    self.env._(
                        "The amounts of %(move)s have changed since: reject %(request)s and have "
                        "it made anew.",
                        move=move.name,
                        request=request.name,
                    )
                )
            original = request.original_id
            if original and move.reversed_entry_id not in original.line_ids.move_id:
                raise UserError(
                    self.env._(
                        "%(move)s doesn't credit an invoice of %(original)s.",
                        move=move.name,
                        original=original.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    def _take_amounts(self):
        """Freeze number and amounts as the invoices have them now."""
        for line in self.sudo():
            move = line.move_id
            line._door_write(
                {name: move[name] for name in AMOUNTS}
                | {"move_name": move.name or "/", "currency_id": move.currency_id.id}
            )

    def _retake(self):
        """Use the invoices again, where no other request has taken them since."""
        taken = self.sudo().search([("move_id", "in", self.move_id.ids), ("is_live", "=", True)])
        if taken:
            raise UserError(
                self.env._(
                    "%s has been invoiced anew already.", ", ".join(taken.mapped("move_name"))
                )
            )
        self.sudo()._door_write({"is_live": True})
