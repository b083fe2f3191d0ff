from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_return_form_code = fields.Char(string="Form Code: Returned Products")
    aftersales_return_form_version = fields.Char(
        string="Form Version: Returned Products", default="A/0"
    )
    aftersales_return_inspection_form_code = fields.Char(string="Form Code: Re-inspection Report")
    aftersales_return_inspection_form_version = fields.Char(
        string="Form Version: Re-inspection Report", default="A/0"
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_return_form_code = fields.Char(
        related="company_id.aftersales_return_form_code", readonly=False
    )
    aftersales_return_form_version = fields.Char(
        related="company_id.aftersales_return_form_version", readonly=False
    )
    aftersales_return_inspection_form_code = fields.Char(
        related="company_id.aftersales_return_inspection_form_code", readonly=False
    )
    aftersales_return_inspection_form_version = fields.Char(
        related="company_id.aftersales_return_inspection_form_version", readonly=False
    )
