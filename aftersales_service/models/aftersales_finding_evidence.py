from odoo import fields, models


class AftersalesFindingEvidence(models.Model):
    """A piece of evidence of a finding, with the digest of its file (R004-28)."""

    _name = "aftersales.finding.evidence"
    _inherit = ["aftersales.evidence.file"]
    _description = "Evidence of a Finding"
    _order = "finding_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "finding_id"

    finding_id = fields.Many2one(
        "aftersales.finding", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="finding_id.company_id", store=True, guard="door", index=True, precompute=True
    )
