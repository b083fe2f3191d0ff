from odoo import api, fields, models
from odoo.fields import Domain


class AftersalesRequisitionAbout(models.Model):
    """What a requisition shows of itself in lists and on cards."""

    _inherit = "aftersales.requisition"

    fault_title = fields.Char(string="Fault", compute="_compute_fault_title")
    has_free_lines = fields.Boolean(compute="_compute_has_free_lines")

    @api.depends("fault_plan")
    def _compute_fault_title(self):
        for requisition in self:
            lines = (requisition.fault_plan or "").strip().splitlines()
            requisition.fault_title = lines[0].strip() if lines else False

    @api.depends("line_ids.product_id")
    def _compute_has_free_lines(self):
        """Whether a line has a name of its own, because it has no material code."""
        for requisition in self:
            requisition.has_free_lines = any(not line.product_id for line in requisition.line_ids)

    def _get_about(self):
        return {
            **super()._get_about(),
            "customer": self.partner_id.sudo().name,
            "subject": self.fault_title,
            "urgency": self.urgency_class,
        }

    @api.model
    def _get_about_domain(self, text):
        domains = [
            Domain(name, "ilike", text)
            for name in (
                "partner_id.name",
                "end_user_id.name",
                "project_name",
                "serial_number",
                "fault_plan",
            )
        ]
        return super()._get_about_domain(text) | Domain.OR(domains)


class AftersalesRequisitionLineAbout(models.Model):
    """What the offices see of the document when they look for material."""

    _inherit = "aftersales.requisition.line"

    partner_id = fields.Many2one(related="requisition_id.partner_id")
    date_required = fields.Date(related="requisition_id.date_required")
    request_urgency = fields.Selection(related="requisition_id.request_urgency")

    @api.readonly
    def action_open_requisition(self):
        """Open the requisition that the line belongs to."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.requisition",
            "res_id": self.requisition_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
