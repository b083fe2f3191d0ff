from odoo import fields, models


class AftersalesWarrantyChangeWizard(models.TransientModel):
    """Asks a supervisor for the new end of a warranty and for the reason."""

    _name = "aftersales.warranty.change.wizard"
    _inherit = ["aftersales.links"]
    _description = "Change a Warranty"

    unit_id = fields.Many2one(
        "aftersales.unit", string="Delivered Unit", required=True, ondelete="cascade"
    )
    old_end = fields.Date(string="Present End", related="unit_id.warranty_end")
    new_end = fields.Date(string="New Last Day", required=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Change the end of the warranty; the reason stays on record."""
        for wizard in self:
            # the user's own rights decide, and nothing but the record itself
            wizard.unit_id._change_warranty(wizard.new_end, wizard.reason)
        return {"type": "ir.actions.act_window_close"}
