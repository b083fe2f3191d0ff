from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.text import clean_text

READER = "aftersales_service.group_reader"
SUPERVISOR = "aftersales_service.group_supervisor"
OPEN_STATES = ("draft", "submitted", "approved", "rejected", "withdrawn")
GONE = ("sent", "scrapped", "cancelled")


class HelpdeskTicket(models.Model):
    """From the request to its factory repairs, with one click (R000-46)."""

    _inherit = "helpdesk.ticket"

    repair_ids = fields.One2many(
        "aftersales.repair", "ticket_id", string="Factory Repairs", groups=READER
    )
    repair_count = fields.Integer(compute="_compute_repair_count", groups=READER)

    @api.depends("repair_ids")
    def _compute_repair_count(self):
        counts = dict(
            self.env["aftersales.repair"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.repair_count = counts.get(ticket, 0)

    def _get_repairs(self, states=None):
        """Return the factory repairs of the requests, whoever may read them."""
        domain = Domain("ticket_id", "in", self.ids)
        if states:
            domain &= Domain("state", "in", states)
        return self.env["aftersales.repair"].sudo().search(domain)

    @api.constrains("company_id")
    def _check_company_of_repairs(self):
        """A request with factory repairs stays in its company (attack A18)."""
        for repair in self._get_repairs():
            if repair.company_id != repair.ticket_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(request)s has the document %(document)s and stays in its company.",
                        request=repair.ticket_id.number,
                        document=repair.name,
                    )
                )

    def _guard_is_locked(self):
        """Who pays for a unit in the house is settled with the request as it was."""
        return super()._guard_is_locked() or bool(self._get_repairs(("submitted", "approved")))

    def _raise_locked(self):
        repairs = self._get_repairs(("submitted", "approved"))
        if not repairs:
            return super()._raise_locked()
        raise UserError(
            self.env._(
                "The unit and the time of the report of %(request)s are settled since "
                "%(document)s was submitted.",
                request=self.number,
                document=repairs[0].name,
            )
        )

    def _get_open_items(self):
        """A unit that is in the house keeps its request open."""
        items = super()._get_open_items()
        if self:
            repairs = self._get_repairs(OPEN_STATES).with_env(self.env(su=True))
            labels = dict(repairs._fields["progress"]._description_selection(self.env))
            for repair in repairs.filtered(lambda item: item.progress not in GONE):
                label = f"{repair.name} ({labels[repair.progress]})"
                items.setdefault(repair.ticket_id, []).append(label)
        return items

    def action_create_repair(self):
        """Make a draft factory repair, filled with what the request knows."""
        ticket = self._check_one()._as_public("create_repair")
        repair = ticket.env["aftersales.repair"].create(
            {"ticket_id": ticket.id, "company_id": ticket.company_id.id}
        )
        return repair._open_form()

    @api.readonly
    def action_view_repairs(self):
        """Open the factory repairs of the request."""
        self._check_one().check_access("read")
        return self.env["aftersales.repair"]._open_list(
            Domain("ticket_id", "=", self.id), {"default_ticket_id": self.id}
        )


class AftersalesUnit(models.Model):
    """What a unit has been in the house for."""

    _inherit = "aftersales.unit"

    repair_ids = fields.One2many("aftersales.repair", "unit_id", string="Factory Repairs")
    repair_count = fields.Integer(compute="_compute_repair_count")

    @api.depends("repair_ids")
    def _compute_repair_count(self):
        counts = dict(
            self.env["aftersales.repair"]._read_group(
                [("unit_id", "in", self.ids)], ["unit_id"], ["__count"]
            )
        )
        for unit in self:
            unit.repair_count = counts.get(unit, 0)

    @api.ondelete(at_uninstall=True)
    def _unlink_only_without_repairs(self):
        for unit in self.sudo().filtered("repair_ids"):
            raise UserError(self.env._("%s has a history and stays on file.", unit.display_name))

    @api.readonly
    def action_view_repairs(self):
        """Open the factory repairs of the units."""
        self.check_access("read")
        return self.env["aftersales.repair"]._open_list(Domain("unit_id", "in", self.ids), {})


class AftersalesRequisition(models.Model):
    """Parts that a factory repair takes: asked for, reviewed and capped like all others, and
    used in the house instead of being shipped."""

    _inherit = "aftersales.requisition"

    repair_id = fields.Many2one(
        "aftersales.repair",
        string="Factory Repair",
        guard="locked",
        domain="[('ticket_id', '=', ticket_id)]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
    )

    @api.constrains("repair_id", "ticket_id")
    def _check_repair(self):
        for requisition in self.filtered("repair_id"):
            if requisition.repair_id.ticket_id != requisition.ticket_id:
                raise ValidationError(
                    self.env._(
                        "%(repair)s belongs to another service request than %(document)s.",
                        repair=requisition.repair_id.name,
                        document=requisition.name,
                    )
                )

    def _is_fulfilled(self):
        """What a factory repair takes stays in the house: issued is all that is due."""
        return super()._is_fulfilled() or bool(self.repair_id and self.fulfilment == "issued")

    def _check_can_submit(self):
        result = super()._check_can_submit()
        repair = self.repair_id.sudo()
        if repair.progress in GONE:
            raise UserError(
                self.env._("%s isn't in the house any more: it takes no parts.", repair.name)
            )
        return result


class AftersalesRepairLinks(models.Model):
    """What a factory repair says of itself, and where it leads."""

    _inherit = "aftersales.repair"

    def _get_about(self):
        about = super()._get_about()
        fault = clean_text(self.env, self.fault).splitlines()
        about.update(
            customer=self.partner_id.sudo().name,
            subject=fault[0] if fault else False,
            urgency=self.ticket_id.urgency_class or self.ticket_id.urgency_proposed,
        )
        return about

    @api.model
    def _get_about_domain(self, text):
        names = ("partner_id.name", "end_user_id.name", "project_name", "serial_number", "fault")
        domains = [Domain(name, "ilike", text) for name in names]
        return super()._get_about_domain(text) | Domain.OR(domains)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_create_requisition(self):
        """Make a draft requisition of parts for this repair."""
        repair = self._check_one()._as_public("create_requisition")
        repair._check_progress("to_repair", "repairing")
        requisition = repair.env["aftersales.requisition"].create(
            {
                "ticket_id": repair.ticket_id.id,
                "company_id": repair.company_id.id,
                "repair_id": repair.id,
                "warehouse_id": repair.warehouse_id.id,
                "unit_id": repair.unit_id.id,
                "fault_plan": repair.diagnosis or repair.fault,
            }
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
        """Open the requisitions of parts for this repair."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Spare-Part Requisitions"),
            "res_model": "aftersales.requisition",
            "view_mode": "list,form",
            "domain": [("repair_id", "=", self.id)],
        }

    @api.readonly
    def action_open_end_wizard(self):
        """Open the dialog that ends the repair unfinished."""
        return self._open_repair_wizard("end")

    @api.readonly
    def action_open_instruct_wizard(self):
        """Open the dialog for what the customer wants done."""
        return self._open_repair_wizard("instruct")

    @api.readonly
    def action_open_fail_wizard(self):
        """Open the dialog that fails the exit inspection."""
        return self._open_repair_wizard("fail")

    @api.readonly
    def action_open_rework_wizard(self):
        """Open the dialog that says what was put right."""
        return self._open_repair_wizard("rework")

    def _open_repair_wizard(self, deed):
        self._check_one().check_access("read")
        wizard = self.env["aftersales.repair.wizard"]
        deeds = dict(wizard._fields["deed"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": f"{deeds[deed]} · {self.name}",
            "res_model": wizard._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_repair_id": self.id,
                "default_deed": deed,
                "default_disposal": "send_back" if self.progress == "to_dispose" else "scrap",
            },
        }

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _open_list(self, domain, context):
        """Return the action that shows the repairs of a domain, or the one there is."""
        repairs = self.search(domain, limit=2)
        if len(repairs) == 1:
            return repairs._open_form()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Factory Repairs"),
            "res_model": self._name,
            "view_mode": "list,kanban,form",
            "domain": list(domain),
            "context": context,
        }


class AftersalesWork(models.AbstractModel):
    _inherit = "aftersales.work"

    @api.model
    def _get_work_lists(self):
        """Besides the signatures: what of factory repairs waits for somebody's act."""
        action = "aftersales_service.aftersales_repair_action"
        return super()._get_work_lists() + [
            ("to_repair", action, ("to_repair",), "engineer"),
            ("rework", action, ("rework",), "engineer"),
            ("to_dispose", action, ("to_dispose",), "supervisor"),
            ("to_scrap", action, ("to_scrap",), "storekeeper"),
            ("unclaimed", f"{action}_unclaimed", (), "supervisor"),
        ]
