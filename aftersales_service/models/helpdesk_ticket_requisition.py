from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """From the request to its requisitions, with one click (R004-13)."""

    _inherit = "helpdesk.ticket"

    requisition_ids = fields.One2many(
        "aftersales.requisition",
        "ticket_id",
        string="Requisitions",
        groups="aftersales_service.group_reader",
    )
    requisition_count = fields.Integer(
        compute="_compute_requisition_count", groups="aftersales_service.group_reader"
    )

    @api.depends("requisition_ids")
    def _compute_requisition_count(self):
        counts = dict(
            self.env["aftersales.requisition"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.requisition_count = counts.get(ticket, 0)

    def action_create_requisition(self):
        """Make a draft requisition, filled with what the request knows."""
        ticket = self._check_one()._as_public("create_requisition")
        requisition = ticket.env["aftersales.requisition"].create(
            {"ticket_id": ticket.id, "company_id": ticket.company_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.requisition",
            "res_id": requisition.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.readonly
    def action_view_requisitions(self):
        """Open the requisitions of the request."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Spare-Part Requisitions"),
            "res_model": "aftersales.requisition",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("ticket_id", "=", self.id)],
            "context": {"default_ticket_id": self.id},
        }
        if self.requisition_count == 1:
            action.update(view_mode="form", res_id=self.requisition_ids.id)
        return action
