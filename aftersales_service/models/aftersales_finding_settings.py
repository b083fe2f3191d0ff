from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_finding_limit = fields.Monetary(
        string="Limit of a Finding",
        default=10000.0,
        help="A finding whose estimate is over it, or missing, needs the general manager's "
        "approval.",
    )
    aftersales_claim_days = fields.Integer(
        string="Days to Answer a Claim",
        default=30,
        help="After them a claim that nobody has answered is overdue.",
    )
    aftersales_finding_form_code = fields.Char(string="Form Code: Finding")
    aftersales_finding_form_version = fields.Char(string="Form Version: Finding", default="A/0")
    aftersales_change_form_code = fields.Char(string="Form Code: Technical Change")
    aftersales_change_form_version = fields.Char(
        string="Form Version: Technical Change", default="A/0"
    )

    _aftersales_finding_limits = models.Constraint(
        "CHECK (aftersales_finding_limit >= 0 AND aftersales_claim_days BETWEEN 0 AND 3650)",
        "The limit of a finding and the days of a claim can't be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Limit"
    )
    aftersales_finding_limit = fields.Monetary(
        related="company_id.aftersales_finding_limit",
        currency_field="aftersales_currency_id",
        readonly=False,
    )
    aftersales_claim_days = fields.Integer(
        related="company_id.aftersales_claim_days", readonly=False
    )
    aftersales_finding_form_code = fields.Char(
        related="company_id.aftersales_finding_form_code", readonly=False
    )
    aftersales_finding_form_version = fields.Char(
        related="company_id.aftersales_finding_form_version", readonly=False
    )
    aftersales_change_form_code = fields.Char(
        related="company_id.aftersales_change_form_code", readonly=False
    )
    aftersales_change_form_version = fields.Char(
        related="company_id.aftersales_change_form_version", readonly=False
    )
