from odoo import fields, models


class HelpdeskTicketCategory(models.Model):
    """The service types (R000-02, R000-10, R004-01)."""

    _inherit = "helpdesk.ticket.category"

    code = fields.Char(copy=False, help="Short name for analyses and imports.")

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL",
        "Another service type has this code.",
    )
