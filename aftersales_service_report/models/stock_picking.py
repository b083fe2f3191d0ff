from odoo import api, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.readonly
    def action_print_issue(self):
        """Print the material issue on the paper of its warehouse (R004-17)."""
        self.check_access("read")
        warehouse = self.picking_type_id.warehouse_id[:1]
        paper = "issue_slip" if warehouse.aftersales_slip_format == "slip" else "issue"
        return self._aftersales_print(paper)

    @api.readonly
    def action_print_shipping_list(self):
        """Print the list that travels with the goods (R004-20)."""
        self.check_access("read")
        return self._aftersales_print("shipping")

    def do_print_picking(self):
        if self and all(picking.requisition_id for picking in self):
            return self.action_print_issue()
        return super().do_print_picking()

    def _aftersales_print(self, name):
        report = self.env.ref(f"aftersales_service_report.action_report_{name}")
        return report.report_action(self, config=False)
