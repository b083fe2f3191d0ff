from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.engine import at_work

ISSUE = "aftersales_issue"
RETURN = "aftersales_return"
OURS = {ISSUE, RETURN}
ACTIONS = {
    ISSUE: "aftersales_service.stock_picking_action_issue",
    RETURN: "aftersales_service.stock_picking_action_return",
}


class StockPickingType(models.Model):
    """Material issue and return receipt are kinds of operation of their own, beside core's.

    One delivery operation a warehouse is what core and other addons look for; a second
    one of the same kind would be taken for it.
    """

    _inherit = "stock.picking.type"

    code = fields.Selection(
        selection_add=[
            (ISSUE, "After-Sales Material Issue"),
            (RETURN, "After-Sales Return Receipt"),
        ],
        ondelete={ISSUE: "cascade", RETURN: "cascade"},
    )

    @api.model_create_multi
    def create(self, vals_list):
        types = super().create(vals_list)
        # after the fact, because a default can say it as well
        if OURS & set(types.mapped("code")):
            self._check_kind()
        return types

    def write(self, vals):
        if "code" in vals and OURS & {vals["code"], *self.mapped("code")}:
            self._check_kind()
        return super().write(vals)

    def _check_kind(self):
        if not at_work():
            raise UserError(
                self.env._(
                    "A warehouse makes its material issue and return receipt operations itself; "
                    "no other one can be one."
                )
            )

    def _compute_show_picking_type(self):
        result = super()._compute_show_picking_type()
        self.filtered(lambda kind: kind.code in OURS).show_picking_type = True
        return result

    def get_stock_picking_action_picking_type(self):
        if self.code in OURS:
            return self._get_action(ACTIONS[self.code])
        return super().get_stock_picking_action_picking_type()

    def _get_code_report_name(self):
        if self.code == ISSUE:
            return self.env._("Material Issue")
        if self.code == RETURN:
            return self.env._("Return Receipt")
        return super()._get_code_report_name()
