from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.engine import is_issuing

# a class in the help of our own actions
HELP_MARK = "o_aftersales_help"


class StockPicking(models.Model):
    """The receipt of returned goods 退货收货单."""

    _inherit = "stock.picking"

    aftersales_return_id = fields.Many2one(
        "aftersales.return",
        string="Return Form",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        guard="door",
    )
    receipt_look = fields.Text(
        string="Look of the Goods",
        copy=False,
        guard="free",
        help="Packing, damage, completeness, as the storekeeper sees it.",
    )

    settled_return_id = fields.Many2one(
        "aftersales.return",
        compute="_compute_settled_return_id",
        help="The return whose replacement, or own goods, leave with this transfer.",
    )

    @api.depends("move_ids.aftersales_outcome_id")
    def _compute_settled_return_id(self):
        for picking in self:
            picking.settled_return_id = picking.sudo().move_ids.aftersales_outcome_id.return_id[:1]

    @api.model
    def get_empty_list_help(self, help_message):
        """Keep what our own actions say: core says the same of every transfer."""
        if HELP_MARK in (help_message or ""):
            return help_message
        return super().get_empty_list_help(help_message)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        if self.sudo().filtered("aftersales_return_id"):
            self._check_return_write(vals)
        return super().write(vals)

    def _check_return_write(self, vals):
        if "state" in vals and self.move_ids:
            raise UserError(
                self.env._("Goods are received by validating the receipt, not by setting a state.")
            )
        if {"picking_type_id", "company_id", "owner_id", "partner_id", "name"} & vals.keys():
            raise UserError(
                self.env._("Operation, customer, owner and number of a return receipt stay.")
            )
        done = self.filtered(lambda picking: picking.state == "done")
        if "date_done" in vals and not is_issuing(self.move_ids.ids):
            done.move_ids._check_not_received()
        if "receipt_look" in vals:
            done.move_ids._check_not_received()

    # ------------------------------------------------------------------
    # Receipt
    # ------------------------------------------------------------------
    def button_validate(self):
        """Say at once what is missing before core begins."""
        ours = self.filtered(
            lambda picking: picking.aftersales_return_id and picking.state not in ("done", "cancel")
        )
        if ours:
            documents = ours.sudo().aftersales_return_id.with_env(self.env)
            documents._check_waits_for_goods()
            ours._check_look()
        return super().button_validate()

    def _check_look(self):
        """The look of the goods is noted down when they arrive."""
        for picking in self:
            if not (picking.receipt_look or "").strip():
                raise UserError(
                    self.env._(
                        "%s: note down what the goods look like before you receive them.",
                        picking.name,
                    )
                )

    def _create_backorder_picking(self):
        backorder = super()._create_backorder_picking()
        if self.aftersales_return_id:
            backorder._door_write({"aftersales_return_id": self.aftersales_return_id.id})
        return backorder

    def _send_confirmation_email(self):
        """What a customer is told of his return is told by the return."""
        others = self.filtered(lambda picking: not picking.aftersales_return_id)
        return super(StockPicking, others)._send_confirmation_email()

    def _get_receipt_facts(self):
        """Return what was received, as plain data for the evidence."""
        picking = self.with_env(self.env(su=True, context={}))
        return {
            "number": picking.name,
            "look": picking.receipt_look or "",
            "lines": [
                {
                    "product_id": line.product_id.id,
                    "product": f"[{line.product_id.default_code or ''}] {line.product_id.name}",
                    "lot_id": line.lot_id.id or 0,
                    "lot": line.lot_id.name or "",
                    "quantity": f"{line.quantity_product_uom:.6f}",
                    "owner": line.owner_id.name or "",
                    "from": line.location_id.complete_name,
                    "to": line.location_dest_id.complete_name,
                }
                for line in picking.move_line_ids.sorted("id")
            ],
        }
