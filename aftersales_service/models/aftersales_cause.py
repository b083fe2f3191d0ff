from odoo import api, fields, models


class AftersalesCause(models.Model):
    """A confirmed cause of faults, kept as a list so that it can be counted."""

    _name = "aftersales.cause"
    _description = "Cause of Fault"
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    category = fields.Selection(
        [
            ("quality", "Manufacturing Quality"),
            ("component", "Purchased Component"),
            ("design", "Design"),
            ("installation", "Installation"),
            ("transport", "Transport Damage"),
            ("loss", "Loss"),
            ("misuse", "Misoperation"),
            ("changed", "Changed Technical Conditions"),
            ("wear", "Wear"),
            ("force_majeure", "Force Majeure"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    description = fields.Text(translate=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another cause has this code."
    )

    @api.depends("code", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cause in self:
            cause.display_name = f"{cause.code} {cause.name}" if cause.code else cause.name
