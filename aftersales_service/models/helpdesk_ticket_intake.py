from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..tools.roles import RETURN_AUTHORS
from ..tools.text import join_words
from .aftersales_unit import plain_serial

AGENT = "aftersales_service.group_agent"
SUPERVISOR = "aftersales_service.group_supervisor"
PROJECT_MANAGER = "aftersales_service.group_project_manager"
ENGINEER = "aftersales_service.group_engineer"

# 客户名称, 地址, 电话, 项目名称, 型号规格, 产品编号, 事故原因 (R004-07)
INTAKE_FIELDS = (
    "partner_id",
    "site_address",
    "contact_phone",
    "project_name",
    "product_model",
    "serial_number",
    "reported_cause",
)


class HelpdeskTicket(models.Model):
    """Intake of a service request, and the acts that follow it (R004-06 … R004-10,
    R004-34 … R004-38)."""

    _inherit = "helpdesk.ticket"

    _action_roles = {
        "create_return": RETURN_AUTHORS,
        "create_agreement": (
            "aftersales_service.group_supervisor",
            "aftersales_service.group_commerce",
        ),
        "create_release": ("aftersales_service.group_supervisor",),
        "answer_at_once": (AGENT, SUPERVISOR),
        "contact_attempt": (SUPERVISOR,),
        "first_contact": (SUPERVISOR,),
        "confirm_urgency": (SUPERVISOR,),
        "notify_office": (ENGINEER, SUPERVISOR),
        "find_coverage": (AGENT, SUPERVISOR),
        "transfer": (AGENT, SUPERVISOR),
        "create_requisition": (SUPERVISOR,),
        "create_finding": (ENGINEER, SUPERVISOR),
        "create_repair": (AGENT, SUPERVISOR),
        "create_change": (PROJECT_MANAGER,),
        "post_costs": ("aftersales_service.group_finance",),
    }

    @api.depends("number")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for ticket in self.filtered(lambda ticket: not ticket.name):
            number = ticket.number if ticket.number != "/" else False
            ticket.display_name = number or self.env._("New request")
        return result

    # ------------------------------------------------------------------
    # Completeness
    # ------------------------------------------------------------------
    @api.depends(*INTAKE_FIELDS, "unit_id")
    @api.depends_context("lang")
    def _compute_missing_intake(self):
        for ticket in self:
            ticket.missing_intake = join_words(
                self.env,
                [
                    self._fields[name]._description_string(self.env)
                    for name in ticket._get_missing_intake()
                ],
            )

    @api.depends(*INTAKE_FIELDS, "unit_id")
    def _compute_intake_complete(self):
        for ticket in self:
            ticket.intake_complete = not ticket._get_missing_intake()

    def _get_missing_intake(self):
        """Return the names of the intake fields that are still empty (R004-07)."""
        self.ensure_one()
        missing = []
        for name in INTAKE_FIELDS:
            value = self[name]
            if isinstance(value, str):
                value = value.strip()
            if not value and not (name == "serial_number" and self.unit_id):
                missing.append(name)
        return missing

    def _check_intake_complete(self):
        """Raise when intake data is missing that the next document needs (R004-07).

        :raise UserError: naming the request and what is missing
        """
        for ticket in self:
            if ticket.missing_intake:
                raise UserError(
                    self.env._(
                        "The service request %(request)s still lacks: %(fields)s. "
                        "Complete it first.",
                        request=ticket.number,
                        fields=ticket.missing_intake,
                    )
                )

    # ------------------------------------------------------------------
    # The unit
    # ------------------------------------------------------------------
    @api.depends("unit_id", "serial_number", "company_id")
    def _compute_open_same_serial(self):
        """Find other open requests on the same unit, so that nobody works twice."""
        for ticket in self:
            same = Domain.FALSE
            if ticket.unit_id:
                same |= Domain("unit_id", "=", ticket.unit_id.id)
            if ticket.serial_number:
                same |= Domain("serial_number", "=", plain_serial(ticket.serial_number))
            others = self.browse()
            if not same.is_false():
                others = self.search(
                    same
                    & Domain("company_id", "=", ticket.company_id.id)
                    & Domain("stage_id.closed", "=", False)
                    & Domain("id", "!=", ticket._origin.id or 0),
                    limit=20,
                )
            ticket.open_same_serial_ids = others
            ticket.open_same_serial_count = len(others)

    @api.model
    def _find_units(self, keys):
        """Return {(company id, serial number): unit id} where exactly one unit matches."""
        keys = set(keys)
        if not keys:
            return {}
        groups = (
            self.env["aftersales.unit"]
            .sudo()
            ._read_group(
                [
                    ("serial_number", "in", [serial for _company, serial in keys]),
                    ("company_id", "in", [company for company, _serial in keys]),
                ],
                ["company_id", "serial_number"],
                ["id:array_agg"],
            )
        )
        return {(company.id, serial): ids[0] for company, serial, ids in groups if len(ids) == 1}

    def _resolve_unit(self):
        """Follow the serial number to the unit, or to none when it isn't unambiguous."""
        numbered = self.filtered("serial_number")
        found = self._find_units(
            [(ticket.company_id.id, ticket.serial_number) for ticket in numbered]
        )
        for ticket in self:
            unit, serial = ticket.unit_id.sudo(), ticket.serial_number
            unit_id = found.get((ticket.company_id.id, serial), False)
            if unit and (unit.serial_number == serial or not unit.serial_number and not unit_id):
                # chosen among several of this number, or a unit without a number
                continue
            if unit_id != unit.id:
                ticket.write({"unit_id": unit_id})

    def _fill_from_unit(self):
        """Take over what the unit knows and the request doesn't."""
        for ticket in self:
            unit = ticket.unit_id.sudo()
            vals = {
                name: value
                for name, value in self._prepare_unit_intake_vals(unit).items()
                if value and not ticket[name]
            }
            if unit.serial_number and unit.serial_number != ticket.serial_number:
                vals["serial_number"] = unit.serial_number
            if vals:
                ticket.write(vals)

    @api.model
    def _fill_vals(self, vals, proposals):
        for name, value in proposals.items():
            if value and not vals.get(name):
                vals[name] = value

    @api.model
    def _prepare_unit_intake_vals(self, unit):
        return {
            "partner_id": unit.partner_id.id,
            "end_user_id": unit.end_user_id.id,
            "site_contact_id": unit.site_partner_id.id,
            "site_address": unit.site_address,
            "site_state_id": unit.site_state_id.id,
            "project_name": unit.project_name,
            "product_model": unit.model_spec,
            "serial_number": unit.serial_number,
        }

    @api.model
    def _prepare_partner_intake_vals(self, partner):
        address = partner._display_address(without_company=True) if partner else ""
        return {
            "contact_phone": partner.phone,
            "site_address": " ".join(address.split()),
            "site_state_id": partner.state_id.id,
        }

    @api.onchange("serial_number")
    def _onchange_serial_number(self):
        serial = plain_serial(self.serial_number)
        self.serial_number = serial
        if serial != self.unit_id.serial_number:
            key = (self.company_id.id, serial)
            self.unit_id = self._find_units([key] if serial else []).get(key, False)
            self._onchange_unit_id()

    @api.onchange("unit_id")
    def _onchange_unit_id(self):
        if self.unit_id:
            self.serial_number = self.unit_id.serial_number or self.serial_number
            self._propose(self._prepare_unit_intake_vals(self.unit_id))

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        result = super()._onchange_partner_id()
        self._propose(self._prepare_partner_intake_vals(self.partner_id))
        return result

    @api.onchange("site_contact_id")
    def _onchange_site_contact_id(self):
        self._propose(
            {"contact_name": self.site_contact_id.name, "contact_phone": self.site_contact_id.phone}
        )

    def _propose(self, vals):
        for name, value in vals.items():
            if value and not self[name]:
                self[name] = value

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_answer_at_once(self):
        """Close a call that could be answered on the spot (R004-08)."""
        for ticket in self._as_public("answer_at_once"):
            ticket._check_open()
            if ticket.transferred_at:
                raise UserError(
                    self.env._("%s has been transferred: it isn't answered at once.", ticket.number)
                )
            if not (ticket.result or "").strip():
                raise UserError(
                    self.env._("Write down what %s was answered, as result.", ticket.number)
                )
            stage = ticket._get_stages().filtered("closed")[:1]
            if not stage:
                raise UserError(
                    self.env._("No closed stage is set up for the team of %s.", ticket.number)
                )
            ticket._door_write({"answered_at": fields.Datetime.now()})
            ticket.write({"stage_id": stage.id})
        return True

    def action_contact_attempt(self):
        """Record that the customer was called and not reached (R004-37)."""
        for ticket in self._as_public("contact_attempt"):
            ticket._check_no_contact()
            number = ticket.contact_attempts + 1
            ticket._door_write({"contact_attempts": number})
            ticket.message_post(
                body=self.env._("Attempt %s to reach the customer: not reached.", number)
            )
        return True

    def action_first_contact(self):
        """Record that the customer was reached for the first time (R004-37)."""
        for ticket in self._as_public("first_contact"):
            ticket._check_no_contact()
            ticket._door_write(
                {
                    "first_contact_at": fields.Datetime.now(),
                    "contact_attempts": ticket.contact_attempts + 1,
                }
            )
            if ticket.stage_id.unattended:
                stages = ticket._get_stages()
                working = stages.filtered(lambda stage: not stage.unattended and not stage.closed)
                if working:
                    ticket.write({"stage_id": working[0].id})
        return True

    def action_confirm_urgency(self, urgency_class=None):
        """Set the class after the first contact; the intake only proposes it (R004-38).

        :param urgency_class: "a", "b" or "c"; without it, the proposed one
        """
        for ticket in self._as_public("confirm_urgency"):
            ticket._check_open()
            if not ticket.first_contact_at:
                raise UserError(
                    self.env._(
                        "Contact the customer of %s first; the class is confirmed after it.",
                        ticket.number,
                    )
                )
            chosen = urgency_class or ticket.urgency_proposed
            if chosen not in ("a", "b", "c"):
                raise UserError(self.env._("Choose the class of %s: A, B or C.", ticket.number))
            if chosen != ticket.urgency_class:
                ticket._door_write({"urgency_class": chosen})
        return True

    def action_notify_office(self):
        """Tell the service office of a call that came to a production unit (R004-10)."""
        for ticket in self._as_public("notify_office"):
            ticket._check_open()
            if not ticket.received_by_unit:
                raise UserError(self.env._("%s didn't come to a production unit.", ticket.number))
            if ticket.office_notified_at:
                raise UserError(
                    self.env._("The service office has been told of %s already.", ticket.number)
                )
            agents = ticket._get_office_users()
            if not agents:
                raise UserError(
                    self.env._(
                        "Nobody in %(company)s has the role of a service agent. "
                        "Ask the administrator to name one.",
                        company=ticket.company_id.name,
                    )
                )
            ticket._door_write({"office_notified_at": fields.Datetime.now()})
            ticket.message_notify(
                partner_ids=agents.partner_id.ids,
                subject=self.env._("%s came to a production unit", ticket.display_name),
                body=Markup("<p>%s</p><p>%s</p>")
                % (
                    self.env._(
                        "%(user)s has received a service request directly.",
                        user=self.env.user.name,
                    ),
                    ticket.symptom or ticket.reported_cause or "",
                ),
            )
        return True

    def action_find_coverage(self):
        """Find the coverage again, after a date of the unit was supplied (R004-27)."""
        for ticket in self._as_public("find_coverage"):
            if ticket._guard_is_locked():
                ticket._raise_locked()
            if not ticket.unit_id:
                raise UserError(self.env._("%s names no delivered unit yet.", ticket.number))
            ticket._freeze_coverage()
        return True

    @api.readonly
    def action_view_same_serial(self):
        """Open the other open requests on the same unit."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open Requests on the Unit"),
            "res_model": "helpdesk.ticket",
            "view_mode": "list,form",
            "domain": [("id", "in", self.open_same_serial_ids.ids)],
        }

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _transfer(self, team, supervisor, note=""):
        """Hand the request to a production unit's service supervisor (R004-09).

        :raise UserError: when the request is closed, or the person isn't a supervisor
            and member of that team
        """
        for ticket in self._as_public("transfer"):
            ticket._check_open()
            if (
                not supervisor.has_group(SUPERVISOR)
                or ticket.company_id not in supervisor.sudo().company_ids
            ):
                raise UserError(
                    self.env._(
                        "%(person)s isn't a service supervisor in %(company)s.",
                        person=supervisor.name,
                        company=ticket.company_id.name,
                    )
                )
            if supervisor not in team.user_ids:
                raise UserError(
                    self.env._(
                        "%(person)s isn't a member of %(team)s. Choose a member, or have the "
                        "administrator add the person.",
                        person=supervisor.name,
                        team=team.name,
                    )
                )
            ticket.write({"team_id": team.id, "user_id": supervisor.id})
            ticket._door_write(
                {"transferred_at": fields.Datetime.now(), "transferred_by_id": self.env.uid}
            )
            ticket.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=supervisor.id,
                date_deadline=ticket.company_id._aftersales_today(),
                summary=self.env._("Contact the customer within one hour"),
                note=plaintext2html(note) if note else False,
            )

    def _check_open(self):
        if self.stage_id.closed:
            raise UserError(self.env._("%s is closed. Open it again first.", self.number))

    def _check_no_contact(self):
        self._check_open()
        if self.first_contact_at:
            raise UserError(
                self.env._("The first contact of %s is on record already.", self.number)
            )

    def _get_stages(self):
        return self.team_id.sudo()._get_applicable_stages()

    def _get_office_users(self):
        """Return those who work in the service office (售后服务处) of the company."""
        group = self.env.ref(AGENT).sudo()
        return group.all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )
