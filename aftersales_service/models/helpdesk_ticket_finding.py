from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class HelpdeskTicket(models.Model):
    """From the request to its findings, and what they settle about it (R004-28)."""

    _inherit = "helpdesk.ticket"

    finding_ids = fields.One2many(
        "aftersales.finding",
        "ticket_id",
        string="Responsibility Findings",
        groups="aftersales_service.group_reader",
    )
    finding_count = fields.Integer(
        compute="_compute_finding_count", groups="aftersales_service.group_reader"
    )
    claim_count = fields.Integer(
        compute="_compute_finding_count", groups="aftersales_service.group_reader"
    )

    @api.depends("finding_ids")
    def _compute_finding_count(self):
        domain = [("ticket_id", "in", self.ids)]
        findings = dict(
            self.env["aftersales.finding"]._read_group(domain, ["ticket_id"], ["__count"])
        )
        claims = {}
        if findings:
            for finding, count in self.env["aftersales.claim"]._read_group(
                [("finding_id.ticket_id", "in", self.ids)], ["finding_id"], ["__count"]
            ):
                ticket = finding.ticket_id
                claims[ticket] = claims.get(ticket, 0) + count
        for ticket in self:
            ticket.finding_count = findings.get(ticket, 0)
            ticket.claim_count = claims.get(ticket, 0)

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("company_id")
    def _check_company_of_findings(self):
        """A request with findings or changes stays in its company (attack A18)."""
        changes = self.env["aftersales.change"].sudo().search([("ticket_id", "in", self.ids)])
        for document in (*self._get_findings(), *changes):
            if document.company_id != document.ticket_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(request)s has %(document)s and stays in its company.",
                        request=document.ticket_id.number,
                        document=document.name,
                    )
                )

    def _get_findings(self, states=None):
        """Return the findings of the requests, whoever may read them."""
        domain = [("ticket_id", "in", self.ids)]
        if states:
            domain.append(("state", "in", states))
        return self.env["aftersales.finding"].sudo().search(domain)

    def _get_open_items(self):
        """A finding that is under way keeps its request open."""
        items = super()._get_open_items()
        if self:
            findings = self._get_findings(("draft", "submitted", "rejected", "withdrawn"))
            for finding in findings.with_env(self.env(su=True)):
                label = f"{finding.name} ({finding._guard_state_label()})"
                items.setdefault(finding.ticket_id, []).append(label)
        return items

    # ------------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------------
    def _guard_is_locked(self):
        """What the coverage rests on is closed while a finding relies on it as well."""
        return super()._guard_is_locked() or bool(self._get_findings(("submitted", "approved")))

    def _raise_locked(self):
        if self._get_requisitions(("submitted", "approved")):
            return super()._raise_locked()
        findings = self._get_findings(("submitted", "approved"))
        raise UserError(
            self.env._(
                "The unit and the time of the report of %(request)s are settled since "
                "%(finding)s was submitted.",
                request=self.number,
                finding=findings[0].name,
            )
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_create_finding(self):
        """Make a draft finding, filled with what the request knows (R004-28)."""
        ticket = self._check_one()._as_public("create_finding")
        finding = ticket.env["aftersales.finding"].create(
            {
                "ticket_id": ticket.id,
                "company_id": ticket.company_id.id,
                "facts": ticket.symptom or ticket.reported_cause,
                "cause_id": ticket.confirmed_cause_id.id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.finding",
            "res_id": finding.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.readonly
    def action_view_findings(self):
        """Open the findings of the request."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Responsibility Findings"),
            "res_model": "aftersales.finding",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("ticket_id", "=", self.id)],
            "context": {"default_ticket_id": self.id},
        }
        if self.finding_count == 1:
            action.update(view_mode="form", res_id=self.finding_ids.id)
        return action

    @api.readonly
    def action_view_claims(self):
        """Open the claims that follow from the findings of the request."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Claims"),
            "res_model": "aftersales.claim",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("finding_id.ticket_id", "=", self.id)],
        }
