from odoo import fields, models

from ..tools.fields import company_of

INSPECTION = ("reinspect",)


class AftersalesReturnCheck(models.Model):
    """One item of the re-inspection 重新检验栏 (R002-28)."""

    _name = "aftersales.return.check"
    _inherit = ["aftersales.guard"]
    _description = "Item of a Re-inspection"
    _order = "return_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "return_id"
    _guard_fill = INSPECTION

    return_id = fields.Many2one(
        "aftersales.return", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("return_id")
    sequence = fields.Integer(default=10, guard="free")
    item = fields.Char(string="Inspected Item", guard="locked", fill=INSPECTION, required=True)
    requirement = fields.Char(guard="locked", fill=INSPECTION)
    measured = fields.Char(string="Measured Value", guard="locked", fill=INSPECTION)
    instrument = fields.Char(string="Instrument Number", guard="locked", fill=INSPECTION)
    calibrated_until = fields.Date(guard="locked", fill=INSPECTION)
    judgement = fields.Selection(
        [("pass", "Qualified"), ("fail", "Not Qualified"), ("none", "Not Judged")],
        guard="locked",
        fill=INSPECTION,
        required=True,
        default="none",
    )


class AftersalesReturnEvidence(models.Model):
    """A piece of evidence of a return: the customer's photographs, those of the
    re-inspection, reports."""

    _name = "aftersales.return.evidence"
    _inherit = ["aftersales.evidence.file"]
    _description = "Evidence of a Return"
    _order = "return_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "return_id"
    _guard_fill = INSPECTION

    return_id = fields.Many2one(
        "aftersales.return", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("return_id")
