from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_tz = fields.Selection(related="company_id.aftersales_tz", readonly=False)
    aftersales_warranty_months_delivery = fields.Integer(
        related="company_id.aftersales_warranty_months_delivery", readonly=False
    )
    aftersales_warranty_months_commissioning = fields.Integer(
        related="company_id.aftersales_warranty_months_commissioning", readonly=False
    )
    aftersales_exit_inspection = fields.Boolean(
        related="company_id.aftersales_exit_inspection", readonly=False
    )
    aftersales_shipping_role = fields.Selection(
        related="company_id.aftersales_shipping_role", readonly=False
    )
    aftersales_requisition_form_code = fields.Char(
        related="company_id.aftersales_requisition_form_code", readonly=False
    )
    aftersales_requisition_form_version = fields.Char(
        related="company_id.aftersales_requisition_form_version", readonly=False
    )
    aftersales_issue_form_code = fields.Char(
        related="company_id.aftersales_issue_form_code", readonly=False
    )
    aftersales_issue_form_version = fields.Char(
        related="company_id.aftersales_issue_form_version", readonly=False
    )
    aftersales_shipping_form_code = fields.Char(
        related="company_id.aftersales_shipping_form_code", readonly=False
    )
    aftersales_shipping_form_version = fields.Char(
        related="company_id.aftersales_shipping_form_version", readonly=False
    )
    aftersales_retention_years = fields.Integer(
        related="company_id.aftersales_retention_years", readonly=False
    )
