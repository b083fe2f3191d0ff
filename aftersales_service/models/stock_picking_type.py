from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.engine import at_work

ISSUE = "aftersales_issue"


class StockPickingType(models.Model):
    """Material issue is a kind of operation of its own, beside core's deliveries.

    One delivery operation a warehouse is what core and other addons look for; a second
    one of the same kind would be taken for it.
    """

    _inherit = "stock.picking.type"

    code = fields.Selection(
        selection_add=[(ISSUE, "After-Sales Material Issue")],
        ondelete={ISSUE: "cascade"},
    )

    @api.model_create_multi
    def create(self, vals_list):
        types = super().create(vals_list)
        # after the fact, because a default can say it as well
        if ISSUE in types.mapped("code"):
            self._check_kind()
        return types

    def write(self, vals):
        if "code" in vals and (vals["code"] == ISSUE or ISSUE in self.mapped("code")):
            self._check_kind()
        return super().write(vals)

    def _check_kind(self):
        if not at_work():
            raise UserError(
                self.env._(
                    "A warehouse makes its material issue operation itself; "
                    "no other one can be one."
                )
            )

    def _compute_show_picking_type(self):
        result = super()._compute_show_picking_type()
        self.filtered(lambda kind: kind.code == ISSUE).show_picking_type = True
        return result

    def get_stock_picking_action_picking_type(self):
        if self.code == ISSUE:
            return self._get_action("aftersales_service.stock_picking_action_issue")
        return super().get_stock_picking_action_picking_type()

    def _get_code_report_name(self):
        if self.code == ISSUE:
            return self.env._("Material Issue")
        return super()._get_code_report_name()
