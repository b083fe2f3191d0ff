from odoo import fields, models

SEAL_KINDS = [
    ("company", "Company Seal"),
    ("contract", "Contract Seal"),
    ("project", "Project Department Seal"),
    ("receiving", "Receiving Seal"),
    ("none", "Signature Only"),
]


class ResCompany(models.Model):
    """How a company makes its agreements on paid service."""

    _inherit = "res.company"

    aftersales_tariff_id = fields.Many2one(
        "product.pricelist",
        string="Paid-Service Tariff",
        domain="[('aftersales_tariff', '=', True), ('company_id', 'in', (id, False))]",
        help="New agreements are priced by this tariff (R004-64).",
    )
    aftersales_discount_limit = fields.Float(
        string="Discount Limit (%)",
        default=5.0,
        help="A larger discount on the tariff needs its own approval.",
    )
    aftersales_prepay_percent = fields.Float(
        string="Prepayment (%)", default=100.0, help="Proposed for new agreements (R004-30)."
    )
    aftersales_balance_days = fields.Integer(string="Balance Due (Days)", default=30)
    aftersales_repair_warranty_months = fields.Integer(
        string="Warranty of Repairs (Months)", default=6
    )
    aftersales_seal_required = fields.Boolean(
        string="Our Seal Required",
        default=True,
        help="An agreement is in force when our own seal is registered, too.",
    )
    aftersales_sign_by_link = fields.Boolean(
        string="Signature by One-Time Link",
        help="The customer may sign an agreement on a page of his own, by a link sent to him.",
    )
    aftersales_link_days = fields.Integer(string="Link Valid for (Days)", default=7)
    aftersales_acceptance_counts = fields.Boolean(
        string="Acceptance Drafts Count as Arrived",
        help="A bank acceptance draft counts as money that has arrived.",
    )
    aftersales_agreement_clauses = fields.Text(
        string="Clauses of Agreements",
        translate=False,
        help="Duties, acceptance, changes, breach and disputes, as new agreements begin with.",
    )
    aftersales_agreement_form_code = fields.Char(string="Form Code: Agreement")
    aftersales_agreement_form_version = fields.Char(string="Form Version: Agreement", default="A/0")
    aftersales_tariff_form_code = fields.Char(string="Form Code: Tariff")
    aftersales_tariff_form_version = fields.Char(string="Form Version: Tariff", default="A/0")
    aftersales_quotation_form_code = fields.Char(string="Form Code: Quotation")
    aftersales_quotation_form_version = fields.Char(string="Form Version: Quotation", default="A/0")

    _aftersales_agreement_numbers = models.Constraint(
        "CHECK (aftersales_discount_limit BETWEEN 0 AND 100"
        " AND aftersales_prepay_percent BETWEEN 0 AND 100"
        " AND aftersales_balance_days BETWEEN 0 AND 3650"
        " AND aftersales_repair_warranty_months BETWEEN 0 AND 600)",
        "Percentages are between 0 and 100, days between 0 and 3650, months between 0 and 600.",
    )
    _aftersales_link_days_range = models.Constraint(
        "CHECK (coalesce(aftersales_link_days, 7) BETWEEN 1 AND 60)",
        "A link for signature is valid for 1 to 60 days.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_tariff_id = fields.Many2one(
        related="company_id.aftersales_tariff_id", readonly=False
    )
    aftersales_discount_limit = fields.Float(
        related="company_id.aftersales_discount_limit", readonly=False
    )
    aftersales_prepay_percent = fields.Float(
        related="company_id.aftersales_prepay_percent", readonly=False
    )
    aftersales_balance_days = fields.Integer(
        related="company_id.aftersales_balance_days", readonly=False
    )
    aftersales_repair_warranty_months = fields.Integer(
        related="company_id.aftersales_repair_warranty_months", readonly=False
    )
    aftersales_seal_required = fields.Boolean(
        related="company_id.aftersales_seal_required", readonly=False
    )
    aftersales_sign_by_link = fields.Boolean(
        related="company_id.aftersales_sign_by_link", readonly=False
    )
    aftersales_link_days = fields.Integer(related="company_id.aftersales_link_days", readonly=False)
    aftersales_acceptance_counts = fields.Boolean(
        related="company_id.aftersales_acceptance_counts", readonly=False
    )
    aftersales_agreement_clauses = fields.Text(
        related="company_id.aftersales_agreement_clauses", readonly=False
    )
    aftersales_agreement_form_code = fields.Char(
        related="company_id.aftersales_agreement_form_code", readonly=False
    )
    aftersales_agreement_form_version = fields.Char(
        related="company_id.aftersales_agreement_form_version", readonly=False
    )
    aftersales_tariff_form_code = fields.Char(
        related="company_id.aftersales_tariff_form_code", readonly=False
    )
    aftersales_tariff_form_version = fields.Char(
        related="company_id.aftersales_tariff_form_version", readonly=False
    )
    aftersales_quotation_form_code = fields.Char(
        related="company_id.aftersales_quotation_form_code", readonly=False
    )
    aftersales_quotation_form_version = fields.Char(
        related="company_id.aftersales_quotation_form_version", readonly=False
    )
