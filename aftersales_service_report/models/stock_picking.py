from odoo import api, models

from ..tools.printing import print_form


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.readonly
    def action_print_issue(self):
        """Print the material issue on the paper of its warehouse (R004-17)."""
        warehouse = self.picking_type_id.warehouse_id[:1]
        paper = "issue_slip" if warehouse.aftersales_slip_format == "slip" else "issue"
        return print_form(self, paper)

    @api.readonly
    def action_print_shipping_list(self):
        """Print the list that travels with the goods (R004-20)."""
        return print_form(self, "shipping")

    def do_print_picking(self):
        if self and all(picking.requisition_id for picking in self):
            return self.action_print_issue()
        return super().do_print_picking()
