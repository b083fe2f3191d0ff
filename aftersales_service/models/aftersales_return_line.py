from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.fields import company_of, proposed

MAX_QUANTITY = 1_000_000


class AftersalesReturnLine(models.Model):
    """One product, lot or serial number that comes back, in the product's own unit."""

    _name = "aftersales.return.line"
    _inherit = ["aftersales.guard"]
    _description = "Returned Product"
    _order = "return_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "return_id"

    return_id = fields.Many2one(
        "aftersales.return", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("return_id")
    sequence = fields.Integer(default=10, guard="free")
    product_id = fields.Many2one(
        "product.product",
        guard="locked",
        required=True,
        **proposed("_compute_product_id"),
        domain="[('type', '=', 'consu')]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    name = fields.Char(guard="locked", **proposed("_compute_from_product"))
    spec = fields.Char(
        string="Model and Specification", guard="locked", **proposed("_compute_from_product")
    )
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    tracking = fields.Selection(related="product_id.tracking")
    move_id = fields.Many2one(
        "stock.move",
        string="Delivered with",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('product_id', '=', product_id), ('state', '=', 'done'), "
        "('location_dest_id.usage', '=', 'customer')]",
        help="The delivery of the goods; empty for what was sold before the system.",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial in Stock",
        guard="locked",
        domain="[('product_id', '=', product_id)]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Delivered Unit",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    serial_number = fields.Char(
        guard="locked", index="trigram", **proposed("_compute_serial_number")
    )
    contract_ref = fields.Char(
        string="Contract Number",
        guard="locked",
        help="For goods that were sold before the system.",
    )
    qty_claimed = fields.Float(
        string="To Return", guard="locked", digits="Product Unit", required=True, default=1.0
    )
    remark = fields.Char(guard="locked")
    invoice_line_id = fields.Many2one(
        "account.move.line",
        string="Invoiced with",
        guard="locked",
        fill=("confirm",),
        amend=("approve",),
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
    )

    # the cap, and what really came
    origin_id = fields.Many2one(
        "aftersales.return.origin",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    qty_delivered = fields.Float(
        string="Delivered", guard="door", digits="Product Unit", default=0.0, copy=False
    )
    qty_open = fields.Float(
        string="Still Expected", guard="door", digits="Product Unit", default=0.0, copy=False
    )
    qty_received = fields.Float(
        string="Received Quantity", guard="door", digits="Product Unit", default=0.0, copy=False
    )
    received_text = fields.Char(string="Received Lot/Serial", guard="door", copy=False)
    is_lot_different = fields.Boolean(
        string="Another One Came",
        guard="door",
        default=False,
        copy=False,
        help="What came isn't the lot or serial number on the form.",
    )
    receipt_ids = fields.One2many("aftersales.return.receipt", "line_id", string="Receipts")

    # 重新检验栏
    qty_checked = fields.Float(
        string="Checked", guard="locked", fill=("reinspect",), digits="Product Unit", copy=False
    )
    qty_failed = fields.Float(
        string="Failed Quantity",
        guard="locked",
        fill=("reinspect",),
        digits="Product Unit",
        copy=False,
    )
    outcome_ids = fields.One2many("aftersales.return.outcome", "line_id", string="Outcomes")

    _qty_claimed_range = models.Constraint(
        f"CHECK (qty_claimed > 0 AND qty_claimed < {MAX_QUANTITY})",
        "A quantity to return is greater than zero and less than a million.",
    )
    _qty_received_range = models.Constraint(
        "CHECK (qty_received >= 0 AND qty_open >= 0 AND qty_received <= qty_claimed)",
        "No more can be received than the form says.",
    )
    _qty_checked_range = models.Constraint(
        "CHECK (coalesce(qty_checked, 0) >= 0 AND coalesce(qty_failed, 0) >= 0"
        " AND coalesce(qty_failed, 0) <= coalesce(qty_checked, 0))",
        "The failed quantity is zero or more, and no more than what was checked.",
    )

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    @api.constrains("product_id")
    def _check_product(self):
        for line in self.filtered("qty_received"):
            if line.product_id != line.sudo().receipt_ids.move_id.product_id:
                line._raise_received()

    @api.ondelete(at_uninstall=True)
    def _unlink_except_received(self):
        for line in self.filtered("qty_received"):
            line._raise_received()

    def _raise_received(self):
        raise UserError(
            self.env._("%s has been received already and stays on the form.", self.display_name)
        )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("product_id", "serial_number")
    def _compute_display_name(self):
        for line in self:
            parts = [line.serial_number, line.product_id.display_name]
            line.display_name = " · ".join(filter(None, parts))

    @api.depends("unit_id", "lot_id", "move_id")
    def _compute_product_id(self):
        for line in self:
            product = line.unit_id.product_id or line.lot_id.product_id or line.move_id.product_id
            line.product_id = product or line.product_id

    @api.depends("product_id")
    def _compute_from_product(self):
        for line in self:
            product = line.product_id
            line.name = product.name
            line.spec = product.aftersales_spec

    @api.depends("lot_id", "unit_id")
    def _compute_serial_number(self):
        for line in self:
            known = line.lot_id.name or line.unit_id.serial_number or line.unit_id.lot_id.name
            line.serial_number = known or line.serial_number
