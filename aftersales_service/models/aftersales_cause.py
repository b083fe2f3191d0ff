from odoo import api, fields, models

# 运输损坏, 丢失, 误操作, 技术条件变更 (R004-28), and what no warranty covers
EXCEPTED = ("transport", "loss", "misuse", "changed", "wear", "force_majeure")


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
    takes_coverage = fields.Boolean(
        string="Takes Coverage Away",
        compute="_compute_takes_coverage",
        store=True,
        readonly=False,
        precompute=True,
        help="What it has broken isn't covered by the warranty (R004-28).",
    )
    description = fields.Text(translate=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another cause has this code."
    )

    @api.depends("category")
    def _compute_takes_coverage(self):
        """Propose what the procedure excepts from free service within the warranty."""
        for cause in self:
            cause.takes_coverage = cause.category in EXCEPTED

    @api.depends("code", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cause in self:
            cause.display_name = f"{cause.code} {cause.name}" if cause.code else cause.name
