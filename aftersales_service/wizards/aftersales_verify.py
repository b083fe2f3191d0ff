from odoo import api, fields, models
from odoo.exceptions import AccessError

ROLES = ("group_quality", "group_records", "group_admin")


class AftersalesVerifyWizard(models.TransientModel):
    """Hold the evidence against itself and the documents (审批记录核验)."""

    _name = "aftersales.verify.wizard"
    _description = "Verify Approvals"

    checked_at = fields.Datetime(readonly=True)
    row_count = fields.Integer(string="Rows Checked", readonly=True)
    finding_count = fields.Integer(string="Number of Findings", readonly=True)
    findings = fields.Text(readonly=True)

    def action_verify(self):
        """Check all evidence of the user's companies and show the findings."""
        self._check_role()
        domain = [("company_id", "in", self.env.companies.ids)]
        findings = self.env["aftersales.verification"]._verify(self.env.companies)
        self.write(
            {
                "checked_at": fields.Datetime.now(),
                "row_count": self.env["aftersales.approval"]
                .sudo()
                .search_count([("chain_no", ">", 0), *domain]),
                "finding_count": len(findings),
                "findings": "\n".join(f"{item['document']}: {item['text']}" for item in findings),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify Approvals"),
            "res_model": self._name,
            "res_id": self[:1].id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _check_role(self):
        if not any(self.env.user.has_group(f"aftersales_service.{role}") for role in ROLES):
            raise AccessError(self.env._("The verification isn't for your role."))
