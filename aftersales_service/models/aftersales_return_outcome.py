from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.fields import company_of
from ..tools.text import float_text

OUTCOMES = [
    ("refund", "Return"),
    ("exchange", "Exchange"),
    ("repair", "Rework"),
    ("compensate", "Compensation"),
    ("send_back", "Sent Back as It Is"),
    ("scrap", "Scrap"),
    ("restock", "Put into Stock"),
]
# on a short chain without re-inspection the sales manager proposes (C7)
FILL = ("confirm", "reinspect")
AMEND = ("approve",)


class AftersalesReturnOutcome(models.Model):
    """What becomes of a returned line (处理方式): proposed by the inspector, decided by the
    general manager, and settled by what really happens afterwards (R002-29)."""

    _name = "aftersales.return.outcome"
    _inherit = ["aftersales.guard"]
    _description = "Outcome of a Return"
    _order = "return_id, line_id, id"
    _check_company_auto = True
    _guard_parent = "return_id"
    _guard_fill = FILL + AMEND
    _guard_amend_rows = AMEND

    return_id = fields.Many2one(
        "aftersales.return", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("return_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_id = fields.Many2one(
        "aftersales.return.line",
        guard="fixed",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('return_id', '=', return_id)]",
    )
    kind = fields.Selection(
        OUTCOMES,
        string="Outcome of a Return",
        guard="locked",
        fill=FILL,
        amend=AMEND,
        required=True,
    )
    quantity = fields.Float(
        guard="locked", fill=FILL, amend=AMEND, digits="Product Unit", required=True, default=1.0
    )
    product_id = fields.Many2one(
        "product.product",
        string="Given in Exchange",
        guard="locked",
        fill=FILL,
        amend=AMEND,
        domain="[('type', '=', 'consu')]",
        ondelete="restrict",
        check_company=True,
        help="Empty: the same product.",
    )
    amount = fields.Monetary(
        string="Compensation Amount", guard="locked", fill=FILL, amend=AMEND, default=0.0
    )
    place = fields.Selection(
        [("stock", "Stock"), ("reject", "Rejects")],
        string="Goods Go to",
        guard="locked",
        fill=FILL,
        amend=AMEND,
        help="Where goods that become ours are put.",
    )
    remark = fields.Char(guard="locked", fill=FILL, amend=AMEND)
    qty_settled = fields.Float(
        string="Carried out (Quantity)",
        guard="door",
        digits="Product Unit",
        default=0.0,
        copy=False,
    )
    settled_at = fields.Datetime(
        string="Carried out on", guard="door", copy=False, help="When the last of it was done."
    )

    _quantity_range = models.Constraint(
        "CHECK (quantity > 0 AND quantity < 1000000)",
        "A quantity is greater than zero and less than a million.",
    )
    _amount_range = models.Constraint(
        "CHECK (coalesce(amount, 0) >= 0 AND coalesce(amount, 0) < 100000000000)",
        "An amount of compensation is zero or more.",
    )

    @api.constrains("line_id", "return_id")
    def _check_line(self):
        for outcome in self:
            if outcome.line_id.return_id != outcome.return_id:
                raise ValidationError(self.env._("The outcome is for a line of another return."))

    @api.onchange("line_id")
    def _onchange_line_id(self):
        """Propose what has no outcome yet of the line."""
        line, own = self.line_id._origin, self._origin
        others = self.return_id.outcome_ids.filtered(
            lambda item: item.line_id._origin == line and (not own or item._origin != own)
        )
        decided = sum((others - self).mapped("quantity"))
        if line and not own:
            self.quantity = max(line._get_decided_quantity() - decided, 0.0) or 1.0

    @api.depends("kind", "line_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for outcome in self:
            outcome.display_name = " · ".join(
                filter(None, [labels.get(outcome.kind), outcome.line_id.display_name])
            )

    def _check_pieces(self):
        """Raise for a quantity that the product's unit doesn't know, and for a part of a
        serial number (B9, D4)."""
        for outcome in self:
            line, quantity = outcome.line_id, outcome.quantity
            unit = line.product_id.uom_id
            serial = line.tracking == "serial"
            if unit.compare(quantity, round(quantity) if serial else unit.round(quantity)):
                raise UserError(
                    self.env._(
                        "%(outcome)s: %(qty)s isn't a quantity of %(unit)s.",
                        outcome=outcome.display_name,
                        qty=float_text(quantity),
                        unit=unit.name,
                    )
                )

    def _check_complete(self):
        """Raise for an outcome that doesn't say enough to be settled."""
        for outcome in self:
            if outcome.kind == "compensate" and not outcome.amount:
                raise UserError(self.env._("%s: say how much is paid.", outcome.display_name))
            if outcome.kind != "compensate" and outcome.amount:
                raise UserError(
                    self.env._(
                        "%s: an amount belongs to a compensation only.", outcome.display_name
                    )
                )
