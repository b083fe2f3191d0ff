from odoo import fields, models


class AftersalesReturnOrigin(models.Model):
    """The row that owns the cap: never more comes back than was delivered (B5, B9).

    One row for each delivery move and lot, for each delivered unit that was sold before
    the system, or for a contract and factory number that nothing else knows. What asks for
    it and what has come back is added up here in the same transaction, whichever way it
    comes, and the database refuses more than was delivered. Quantities are in the
    product's own unit.
    """

    _name = "aftersales.return.origin"
    _inherit = ["aftersales.guard"]
    _description = "Returnable Delivery"
    _order = "id desc"
    _check_company_auto = True
    _guard_closed = True

    company_id = fields.Many2one("res.company", required=True, index=True, guard="door")
    product_id = fields.Many2one(
        "product.product", required=True, index=True, guard="door", ondelete="restrict"
    )
    move_id = fields.Many2one("stock.move", guard="door", ondelete="restrict")
    lot_id = fields.Many2one("stock.lot", guard="door", index="btree_not_null", ondelete="restrict")
    unit_id = fields.Many2one("aftersales.unit", guard="door", ondelete="restrict")
    serial_number = fields.Char(guard="door")
    contract_ref = fields.Char(guard="door")
    qty_delivered = fields.Float(guard="door", digits="Product Unit", required=True)
    qty_claimed = fields.Float(guard="door", digits="Product Unit", default=0.0)

    _move_unique = models.UniqueIndex(
        "(move_id, COALESCE(lot_id, 0)) WHERE move_id IS NOT NULL",
        "A delivery and lot is counted once.",
    )
    _unit_unique = models.UniqueIndex(
        "(unit_id) WHERE move_id IS NULL AND unit_id IS NOT NULL", "A unit is counted once."
    )
    _old_unique = models.UniqueIndex(
        "(company_id, product_id, serial_number) WHERE move_id IS NULL AND unit_id IS NULL",
        "A factory number is counted once.",
    )
    _qty_claimed_range = models.Constraint(
        "CHECK (qty_claimed >= 0 AND qty_claimed <= qty_delivered + 0.000001)",
        "No more can come back than was delivered.",
    )


class AftersalesReturnReceipt(models.Model):
    """What was really received for a line: lot, quantity, and the delivery it counts on."""

    _name = "aftersales.return.receipt"
    _inherit = ["aftersales.guard"]
    _description = "Received Goods"
    _order = "id"
    _check_company_auto = True
    _guard_closed = True

    return_id = fields.Many2one(
        "aftersales.return", required=True, index=True, guard="door", ondelete="restrict"
    )
    line_id = fields.Many2one(
        "aftersales.return.line", required=True, index=True, guard="door", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, guard="door")
    move_id = fields.Many2one(
        "stock.move", required=True, index=True, guard="door", ondelete="restrict"
    )
    lot_id = fields.Many2one("stock.lot", guard="door", ondelete="restrict")
    origin_id = fields.Many2one(
        "aftersales.return.origin", required=True, index=True, guard="door", ondelete="restrict"
    )
    quantity = fields.Float(guard="door", digits="Product Unit", required=True)
    qty_back = fields.Float(
        string="Given Back",
        guard="door",
        digits="Product Unit",
        default=0.0,
        help="What the customer has again; he may return it another time.",
    )

    _quantity_range = models.Constraint(
        "CHECK (quantity > 0 AND qty_back >= 0 AND qty_back <= quantity)",
        "No more can be given back than was received.",
    )
