from odoo import fields, models


class AftersalesWarrantyChange(models.Model):
    """Who has set the end of a warranty by hand, when and why; append-only (R004-27)."""

    _name = "aftersales.warranty.change"
    _inherit = ["aftersales.guard"]
    _description = "Warranty Change"
    _order = "id desc"
    _rec_name = "unit_name"
    _guard_closed = True

    unit_id = fields.Many2one(
        "aftersales.unit", guard="fixed", required=True, index=True, ondelete="restrict"
    )
    unit_name = fields.Char(string="Unit at the Time", guard="fixed", required=True)
    company_id = fields.Many2one("res.company", guard="fixed", required=True, index=True)
    old_end = fields.Date(string="Old End", guard="fixed")
    new_end = fields.Date(string="New End", guard="fixed", required=True)
    reason = fields.Text(guard="fixed", required=True)
    user_id = fields.Many2one("res.users", string="Changed by", guard="fixed", required=True)
    user_name = fields.Char(string="Name at the Time", guard="fixed", required=True)
    changed_at = fields.Datetime(string="Changed on", guard="fixed", required=True)
