from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.text import float_text, join_words

# what makes an origin one of its kind
KEYS = ("company_id", "product_id", "move_id", "lot_id", "unit_id", "serial_number")


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
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial in Stock",
        guard="door",
        index="btree_not_null",
        ondelete="restrict",
    )
    unit_id = fields.Many2one("aftersales.unit", guard="door", ondelete="restrict")
    serial_number = fields.Char(guard="door")
    contract_ref = fields.Char(guard="door")
    qty_delivered = fields.Float(
        string="Delivered", guard="door", digits="Product Unit", required=True
    )
    qty_claimed = fields.Float(
        string="Returned or Asked for", guard="door", digits="Product Unit", default=0.0
    )

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

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------
    @api.model
    def _ensure(self, vals_list):
        """Return the origins with these keys, made where they don't exist yet.

        Two transactions that make the same row at the same moment collide in the
        database, and one of them is repeated on fresh data.

        :param vals_list: dicts with ``KEYS``, ``contract_ref`` and ``qty_delivered``
        """
        keys = {self._get_key(vals): vals for vals in vals_list}
        if not keys:
            return self.browse()
        self.env.flush_all()
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, 0, %s, now() AT TIME ZONE 'UTC')",
                *key,
                vals.get("contract_ref") or None,
                vals["qty_delivered"],
                self.env.uid,
            )
            for key, vals in keys.items()
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_return_origin
                          (company_id, product_id, move_id, lot_id, unit_id, serial_number,
                           contract_ref, qty_delivered, qty_claimed, create_uid, create_date)
                   VALUES %s ON CONFLICT DO NOTHING""",
                SQL(", ").join(rows),
            )
        )
        products = {key[1] for key in keys}
        found = self.sudo().search_fetch(
            [
                ("product_id", "in", list(products)),
                "|",
                "|",
                ("move_id", "in", [key[2] for key in keys if key[2]]),
                ("unit_id", "in", [key[4] for key in keys if key[4]]),
                ("serial_number", "in", [key[5] for key in keys if key[5]]),
            ]
        )
        return found.filtered(lambda origin: origin._get_own_key() in keys)

    @api.model
    def _get_key(self, vals):
        """Return what identifies an origin: the delivery and lot, else the unit, else the
        product and factory number."""
        company, product, move, lot, unit, serial = (vals.get(name) or None for name in KEYS)
        if move:
            return (company, product, move, lot, None, None)
        if unit:
            return (company, product, None, None, unit, None)
        return (company, product, None, None, None, serial)

    def _get_own_key(self):
        self.ensure_one()
        return self._get_key(
            {
                "company_id": self.company_id.id,
                "product_id": self.product_id.id,
                "move_id": self.move_id.id,
                "lot_id": self.lot_id.id,
                "unit_id": self.unit_id.id,
                "serial_number": self.serial_number,
            }
        )

    def _set_old_quantities(self, vals_by_key):
        """Nothing knows how many of an old factory number there are: while none of them is
        asked for, the form says it anew."""
        for origin in self.filtered(lambda item: not (item.move_id or item.unit_id)):
            quantity = vals_by_key[origin._get_own_key()]["qty_delivered"]
            if not origin.qty_claimed and quantity != origin.qty_delivered:
                origin._door_write({"qty_delivered": quantity})

    # ------------------------------------------------------------------
    # The cap
    # ------------------------------------------------------------------
    def _recount(self):
        """Add up what is claimed and what has come back, whichever way, and keep it here.

        The row is written in the transaction that claims: two of them at the same moment
        collide here (B5).

        :raise UserError: when it is more than was delivered
        """
        if not self:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT o.id,
                          CASE WHEN o.move_id IS NULL THEN o.qty_delivered ELSE coalesce((
                              SELECT sum(ml.quantity_product_uom) FROM stock_move_line ml
                               WHERE ml.move_id = o.move_id AND ml.state = 'done'
                                 AND coalesce(ml.lot_id, 0) = coalesce(o.lot_id, 0)), 0) END,
                          coalesce((SELECT sum(l.qty_open) FROM aftersales_return_line l
                                     WHERE l.origin_id = o.id), 0)
                        + coalesce((SELECT sum(r.quantity - r.qty_back)
                                      FROM aftersales_return_receipt r
                                     WHERE r.origin_id = o.id), 0)
                        + coalesce((
                              SELECT sum(ml.quantity_product_uom)
                                FROM stock_move m
                                JOIN stock_move_line ml ON ml.move_id = m.id
                                JOIN stock_location place ON place.id = m.location_id
                               WHERE m.origin_returned_move_id = o.move_id AND m.state = 'done'
                                 AND m.aftersales_return_line_id IS NULL
                                 AND place.usage = 'customer'
                                 AND coalesce(ml.lot_id, 0) = coalesce(o.lot_id, 0)), 0)
                     FROM aftersales_return_origin o WHERE o.id IN %s""",
                tuple(self.ids),
            )
        )
        counted = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for origin in self.sudo():
            unit = origin.product_id.uom_id
            delivered, claimed = (unit.round(quantity) for quantity in counted[origin.id])
            if unit.compare(claimed, delivered) > 0:
                origin._raise_more(claimed - origin.qty_claimed, delivered)
            if claimed != origin.qty_claimed or delivered != origin.qty_delivered:
                origin._door_write({"qty_claimed": claimed, "qty_delivered": delivered})

    def _raise_more(self, quantity, delivered):
        """Say what was delivered, what has come back, and where it is asked for."""
        returns = self._get_open_returns()
        message = self.env._(
            "%(product)s %(lot)s: delivered %(delivered)s, returned or asked for %(returned)s; "
            "%(qty)s more can't come back.",
            product=self.product_id.display_name,
            lot=self.lot_id.name or self.serial_number or self.unit_id.display_name or "",
            delivered=float_text(delivered),
            returned=float_text(self.qty_claimed),
            qty=float_text(quantity),
        )
        if returns:
            message += " " + self.env._(
                "Open return: %s.", join_words(self.env, returns.mapped("name"))
            )
        raise UserError(message)

    def _get_open_returns(self):
        """Return the returns under way that count on these origins."""
        lines = self.env["aftersales.return.line"].sudo()
        return lines.search([("origin_id", "in", self.ids)]).return_id.filtered(
            lambda document: document.state in ("submitted", "approved")
        )


class AftersalesReturnReceipt(models.Model):
    """What was really received for a line: lot, quantity, and the delivery it counts on."""

    _name = "aftersales.return.receipt"
    _inherit = ["aftersales.guard"]
    _description = "Received Goods"
    _order = "id"
    _check_company_auto = True
    _guard_closed = True
    _read_by = ("line_id",)

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
    lot_id = fields.Many2one(
        "stock.lot", string="Lot/Serial in Stock", guard="door", ondelete="restrict"
    )
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
