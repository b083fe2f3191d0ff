from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.fields import company_of
from .aftersales_repair import FOUND

VERDICTS = [("pass", "Passed"), ("fail", "Failed")]


class AftersalesRepairTest(models.Model):
    """One test of a unit, before and after its repair (003 3.4, 售后产品维修跟踪单)."""

    _name = "aftersales.repair.test"
    _inherit = ["aftersales.guard"]
    _description = "Test of a Factory Repair"
    _order = "repair_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "repair_id"
    _guard_fill = FOUND

    repair_id = fields.Many2one(
        "aftersales.repair", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("repair_id")
    sequence = fields.Integer(default=10, guard="free")
    name = fields.Char(string="Test Item", guard="locked", fill=FOUND, required=True)
    requirement = fields.Char(string="Standard Value", guard="locked", fill=FOUND)
    value_before = fields.Char(
        string="Before the Repair", guard="locked", fill=("diagnose",), copy=False
    )
    value_after = fields.Char(
        string="After the Repair", guard="locked", fill=("repair",), copy=False
    )
    instrument = fields.Char(string="Instrument Number", guard="locked", fill=FOUND, copy=False)
    calibrated_until = fields.Date(guard="locked", fill=FOUND, copy=False)
    verdict = fields.Selection(VERDICTS, string="Judgement", guard="locked", fill=FOUND, copy=False)
    remark = fields.Char(guard="locked", fill=FOUND)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_complete(self):
        """What is repaired was measured again, with instruments that are valid.

        :raise UserError: naming the test that is missing something
        """
        for test in self:
            if not test.value_after or not test.verdict:
                raise UserError(
                    self.env._(
                        "The test %(test)s of %(repair)s has no value after the repair, or no "
                        "judgement.",
                        test=test.name,
                        repair=test.repair_id.name,
                    )
                )
            if test.verdict == "fail":
                raise UserError(
                    self.env._(
                        "The test %(test)s of %(repair)s has failed: the unit isn't repaired.",
                        test=test.name,
                        repair=test.repair_id.name,
                    )
                )
            today = test.company_id._aftersales_today()
            if test.calibrated_until and test.calibrated_until < today:
                raise UserError(
                    self.env._(
                        "The instrument %(instrument)s is out of calibration since %(date)s.",
                        instrument=test.instrument or "-",
                        date=fields.Date.to_string(test.calibrated_until),
                    )
                )


class AftersalesRepairEvidence(models.Model):
    """A photograph or report of a unit in for repair: how it came in, what was found."""

    _name = "aftersales.repair.evidence"
    _inherit = ["aftersales.evidence.file"]
    _description = "Evidence of a Factory Repair"
    _order = "repair_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "repair_id"
    _guard_fill = ("take_in", *FOUND)

    repair_id = fields.Many2one(
        "aftersales.repair", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("repair_id")
