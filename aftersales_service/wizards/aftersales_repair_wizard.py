from odoo import fields, models
from odoo.exceptions import UserError

from ..models.aftersales_repair import DISPOSALS, ENDINGS


class AftersalesRepairWizard(models.TransientModel):
    """The dialogs of a factory repair: end it, what the customer wants, inspection failed."""

    _name = "aftersales.repair.wizard"
    _inherit = ["aftersales.links"]
    _description = "Step of a Factory Repair"

    repair_id = fields.Many2one("aftersales.repair", required=True, ondelete="cascade")
    deed = fields.Selection(
        [
            ("end", "End the Repair"),
            ("instruct", "Customer's Instruction"),
            ("fail", "Fail the Exit Inspection"),
            ("rework", "Put Right"),
        ],
        required=True,
        default="end",
    )
    kind = fields.Selection(ENDINGS, string="Why It Isn't Repaired")
    disposal = fields.Selection(DISPOSALS, string="Customer's Instruction")
    person = fields.Char(string="Instructed by")
    date = fields.Date(default=lambda self: self.env.company._aftersales_today())
    scan = fields.Binary(string="Written Consent", attachment=False)
    scan_name = fields.Char()
    note = fields.Text()

    def action_confirm(self):
        """Do what the dialog is for, by the document's own action."""
        if len(self) != 1:
            raise UserError(self.env._("Do one step at a time."))
        wizard, repair, note = self.with_context(bin_size=False), self.repair_id, self.note or ""
        if self.deed == "end":
            repair.action_end(kind=self.kind or "", reason=note)
        elif self.deed == "fail":
            repair.action_fail_check(comment=note)
        elif self.deed == "rework":
            repair.action_rework(comment=note)
        else:
            scan = wizard.scan
            repair.action_instruct(
                values={
                    "disposal": self.disposal,
                    "person": self.person,
                    "date": fields.Date.to_string(self.date),
                    "scan": scan.decode() if isinstance(scan, bytes) else scan,
                    "scan_name": self.scan_name,
                    "note": note,
                }
            )
        return {"type": "ir.actions.act_window_close"}
