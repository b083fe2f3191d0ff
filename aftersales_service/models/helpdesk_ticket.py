from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import html2plaintext, plaintext2html

from ..tools.text import join_words
from .aftersales_unit import plain_serial

URGENCY_CLASSES = [("a", "A Critical"), ("b", "B Urgent"), ("c", "C Normal")]
# R004-34, R004-35, R004-36
URGENCY_HELP = (
    "A Critical: a major fault with a large-area outage, a production stop, or an accident "
    "to equipment or persons.\n"
    "B Urgent: a partial outage or stop that can be bridged, for instance by hand, or a "
    "tight commissioning date.\n"
    "C Normal: installation has begun but dates are open; quality problems at the site, "
    "transport damage and loss included."
)
COVERAGES = [
    ("unknown", "Warranty Not Known"),
    ("in_warranty", "In Warranty"),
    ("contract", "Service Contract"),
    ("expired", "Out of Warranty"),
]
# a request says something as soon as one of these does
CONTENT_FIELDS = (
    "name",
    "symptom",
    "description",
    "reported_cause",
    "need",
    "serial_number",
    "unit_id",
    "product_model",
    "project_name",
    "partner_id",
    "partner_name",
    "partner_email",
    "end_user_id",
    "site_contact_id",
    "contact_name",
    "contact_phone",
    "site_address",
)
# what the coverage of a request rests on
COVERAGE_FIELDS = {"unit_id", "reported_at"}
INTERNAL = "base.group_user"


class HelpdeskTicket(models.Model):
    """The service request 售后服务信息: intake data, class, parties, unit, coverage.

    ``partner_id`` is the buyer (合同单位), who signs and pays; ``end_user_id`` runs the
    equipment; ``site_contact_id`` is whom to call there. Whether a job is in warranty is
    found from the unit when the request comes in and frozen as text: later changes of
    the unit don't reach it.
    """

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "aftersales.guard"]
    _check_company_auto = True

    # helpdesk's own fields, in the words of after-sales service
    name = fields.Char(required=False, guard="free")
    description = fields.Html(required=False, guard="free")
    partner_id = fields.Many2one(
        string="Customer", guard="free", help="The contracting party, who signs and pays."
    )
    category_id = fields.Many2one(string="Service Type", guard="free", tracking=True)
    channel_id = fields.Many2one(
        string="Reported by Way of",
        guard="free",
        help="How the information came: by phone, fax, letter, e-mail …",
    )
    team_id = fields.Many2one(string="Production Unit", guard="free")
    user_id = fields.Many2one(string="Person in Charge", guard="free")
    # a request is closed, never hidden: what is hidden is in no list of open work
    active = fields.Boolean(guard="door", readonly=True, copy=False)

    # intake (R004-07, R000-20)
    direction = fields.Selection(
        [("in", "Reported to Us"), ("out", "Found by Us")],
        string="Source of Information",
        guard="free",
        default="in",
        required=True,
    )
    reported_at = fields.Datetime(
        string="Reported on",
        guard="locked",
        default=fields.Datetime.now,
        required=True,
        copy=False,
        index=True,
        tracking=True,
        help="When the call came.",
    )
    end_user_id = fields.Many2one(
        "res.partner",
        guard="free",
        index="btree_not_null",
        check_company=True,
        help="Who runs the equipment and signs on site.",
    )
    site_contact_id = fields.Many2one("res.partner", guard="free", check_company=True)
    contact_name = fields.Char(guard="free")
    contact_phone = fields.Char(string="Phone", guard="free")
    site_address = fields.Char(string="Address", guard="free")
    site_state_id = fields.Many2one(
        "res.country.state", string="Province", guard="free", index="btree_not_null"
    )
    project_name = fields.Char(string="Project", guard="free", help="The customer's project.")
    product_model = fields.Char(string="Model and Specification", guard="free")
    serial_number = fields.Char(guard="locked", index="trigram", tracking=True)
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Delivered Unit",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        groups=INTERNAL,
    )
    reported_cause = fields.Text(guard="free", help="The cause as the customer tells it.")
    symptom = fields.Text(guard="free")
    missing_intake = fields.Char(
        string="To Be Completed", compute="_compute_missing_intake", groups=INTERNAL
    )
    intake_complete = fields.Boolean(
        guard="door",
        compute="_compute_intake_complete",
        store=True,
        precompute=True,
        groups=INTERNAL,
    )
    open_same_serial_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Open Requests on the Unit",
        compute="_compute_open_same_serial",
        groups=INTERNAL,
    )
    open_same_serial_count = fields.Integer(compute="_compute_open_same_serial", groups=INTERNAL)

    # handling (R000-21)
    need = fields.Text(string="Customer's Need", guard="free")
    opinion = fields.Text(
        string="Our Opinion", guard="free", tracking=True, groups=INTERNAL, copy=False
    )
    result = fields.Text(guard="free", tracking=True, groups=INTERNAL, copy=False)
    confirmed_cause_id = fields.Many2one(
        "aftersales.cause",
        guard="free",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        copy=False,
        tracking=True,
        groups=INTERNAL,
    )
    contact_ids = fields.One2many(
        "aftersales.contact", "ticket_id", string="Contact Log", groups=INTERNAL
    )

    # class and first contact (R004-34 … R004-38)
    urgency_proposed = fields.Selection(
        URGENCY_CLASSES,
        string="Proposed Class",
        guard="free",
        help=URGENCY_HELP,
        tracking=True,
        groups=INTERNAL,
    )
    urgency_class = fields.Selection(
        URGENCY_CLASSES,
        string="Class",
        guard="door",
        copy=False,
        index="btree_not_null",
        help=URGENCY_HELP,
        tracking=True,
    )
    first_contact_at = fields.Datetime(
        string="First Contact on", guard="door", copy=False, tracking=True, groups=INTERNAL
    )
    contact_attempts = fields.Integer(guard="door", default=0, copy=False, groups=INTERNAL)

    # ways of handling (R004-08 … R004-10)
    answered_at = fields.Datetime(
        string="Answered at Once on", guard="door", copy=False, tracking=True, groups=INTERNAL
    )
    transferred_at = fields.Datetime(
        string="Transferred on", guard="door", copy=False, tracking=True, groups=INTERNAL
    )
    transferred_by_id = fields.Many2one(
        "res.users", string="Transferred by", guard="door", copy=False, groups=INTERNAL
    )
    received_by_unit = fields.Boolean(
        string="Received by a Production Unit",
        guard="free",
        copy=False,
        groups=INTERNAL,
        help="The customer called a production unit directly; it tells the service office.",
    )
    office_notified_at = fields.Datetime(
        string="Service Office Told on", guard="door", copy=False, tracking=True, groups=INTERNAL
    )

    # coverage (R004-26, R004-27)
    coverage = fields.Selection(
        COVERAGES,
        guard="door",
        default="unknown",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        groups=INTERNAL,
    )
    coverage_until = fields.Date(string="Covered until", guard="door", copy=False, groups=INTERNAL)
    coverage_basis = fields.Char(
        string="Basis of Coverage", guard="door", copy=False, groups=INTERNAL
    )
    coverage_frozen_at = fields.Datetime(
        string="Coverage Found on", guard="door", copy=False, groups=INTERNAL
    )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("reported_at")
    def _check_reported_at(self):
        latest = fields.Datetime.now() + timedelta(minutes=10)
        for ticket in self:
            if ticket.reported_at.year < 1950 or ticket.reported_at > latest:
                raise ValidationError(
                    self.env._(
                        "The time of the report of %(request)s must be in the past.",
                        request=ticket.number,
                    )
                )

    @api.constrains("stage_id", "team_id", "active")
    def _check_closing(self):
        """Refuse to close or hide a request with open items."""
        closing = self.filtered(lambda ticket: ticket.stage_id.closed or not ticket.active)
        for ticket, items in closing._get_open_items().items():
            raise ValidationError(
                self.env._(
                    "%(request)s still has open items and can't be closed: %(items)s. "
                    "Finish or cancel them first.",
                    request=ticket.number,
                    items=join_words(self.env, items),
                )
            )

    @api.constrains("company_id")
    def _check_company_of_requisitions(self):
        """A request with requisitions stays in its company (attack A18)."""
        for requisition in self._get_requisitions():
            if requisition.company_id != requisition.ticket_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(request)s has the requisition %(requisition)s and stays in its company.",
                        request=requisition.ticket_id.number,
                        requisition=requisition.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(self._complete_intake_vals(vals_list))
        tickets._freeze_coverage()
        return tickets

    def write(self, vals):
        self = self._with_history()
        vals = dict(vals)
        if "serial_number" in vals:
            vals["serial_number"] = plain_serial(vals["serial_number"])
        if "name" in vals and not (vals["name"] or "").strip():
            vals.pop("name")
        reopened = self.browse()
        if vals.get("stage_id"):
            stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
            if not stage.closed:
                # helpdesk leaves the old date on a request that is opened again
                vals["closed_date"] = False
                reopened = self.filtered(lambda ticket: ticket.sudo().answered_at)
        result = super().write(vals)
        if reopened:
            reopened._door_write({"answered_at": False})
        if "unit_id" in vals:
            self._fill_from_unit()
        elif "serial_number" in vals:
            self._resolve_unit()
        if COVERAGE_FIELDS & vals.keys():
            self._freeze_coverage()
        return result

    def _door_write(self, vals):
        # on an extended model the guard stands behind mail.thread: track here
        self._track_prepare(vals)
        return super()._door_write(vals)

    @api.model
    def _complete_intake_vals(self, vals_list):
        """Return the values with what the unit, the customer or the text can supply."""
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if vals.get("serial_number"):
                vals["serial_number"] = plain_serial(vals["serial_number"])
        found = self._find_units(
            [
                (self._get_company_id(vals), vals["serial_number"])
                for vals in vals_list
                if vals.get("serial_number") and not vals.get("unit_id")
            ]
        )
        for vals in vals_list:
            self._check_says_something(vals)
            if not vals.get("unit_id"):
                key = (self._get_company_id(vals), vals.get("serial_number"))
                vals["unit_id"] = found.get(key, False)
            if vals["unit_id"]:
                unit = self.env["aftersales.unit"].sudo().browse(vals["unit_id"]).exists()
                self._fill_vals(vals, self._prepare_unit_intake_vals(unit))
                if unit.serial_number:
                    vals["serial_number"] = unit.serial_number
            partner = self.env["res.partner"].browse(vals.get("partner_id") or ())
            self._fill_vals(vals, self._prepare_partner_intake_vals(partner))
            self._fill_texts(vals)
        return vals_list

    @api.model
    def _check_says_something(self, vals):
        """Refuse a request with nothing in it: closing an untouched form would save one.

        :raise UserError: when neither a person nor a product nor a text is given
        """
        if not any(str(vals.get(name) or "").strip() for name in CONTENT_FIELDS):
            raise UserError(
                self.env._("Write down at least who called, about which product, or what it is.")
            )

    @api.model
    def _fill_texts(self, vals):
        """Nothing blocks saving a call: a title and a description are made up (R004-07)."""
        if vals.get("description") and not vals.get("symptom"):
            vals["symptom"] = html2plaintext(vals["description"]).strip()
        elif vals.get("symptom") and not vals.get("description"):
            vals["description"] = plaintext2html(vals["symptom"])
        if not (vals.get("name") or "").strip():
            text = (vals.get("symptom") or vals.get("reported_cause") or "").strip()
            vals["name"] = text.splitlines()[0][:80] if text else self.env._("Service request")

    @api.model
    def _get_company_id(self, vals):
        """Return the company a new request will get, as helpdesk decides it."""
        team = self.env["helpdesk.ticket.team"].sudo().browse(vals.get("team_id") or ())
        return team.company_id.id or vals.get("company_id") or self.env.company.id

    # ------------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------------
    def _guard_is_locked(self):
        """What the coverage rests on is closed while a requisition relies on it."""
        self.ensure_one()
        return bool(self._get_requisitions(("submitted", "approved")))

    def _raise_locked(self):
        requisitions = self._get_requisitions(("submitted", "approved"))
        raise UserError(
            self.env._(
                "The unit and the time of the report of %(request)s are settled since "
                "%(requisition)s was submitted.",
                request=self.number,
                requisition=requisitions[0].name,
            )
        )

    # ------------------------------------------------------------------
    # Coverage
    # ------------------------------------------------------------------
    def _freeze_coverage(self):
        """Find from the unit who is likely to pay, and keep it as text (R004-27).

        Requests on which a submitted requisition relies keep what they have.
        """
        now = fields.Datetime.now()
        # field groups hide the coverage from portal users, not from the server
        for ticket in self.sudo():
            unit = ticket.unit_id
            if not unit and not ticket.coverage_frozen_at:
                continue
            if ticket._guard_is_locked():
                continue
            if unit:
                day = ticket.company_id._aftersales_date(ticket.reported_at)
                found = unit._get_coverage(day)
            else:
                found = {"coverage": "unknown", "until": False, "basis": False}
            ticket._door_write(
                {
                    "coverage": found["coverage"],
                    "coverage_until": found["until"],
                    "coverage_basis": found["basis"],
                    "coverage_frozen_at": now if unit else False,
                }
            )

    # ------------------------------------------------------------------
    # Closing
    # ------------------------------------------------------------------
    def _get_requisitions(self, states=None):
        """Return the requisitions of the requests, whoever may read them."""
        domain = [("ticket_id", "in", self.ids)]
        if states:
            domain.append(("state", "in", states))
        return self.env["aftersales.requisition"].sudo().search(domain)

    def _get_open_items(self):
        """Return {request: [text of an open item]} of those that have any."""
        items = {}
        if not self:
            return items
        for requisition in self._get_requisitions(("draft", "submitted", "approved")):
            requisition = requisition.with_env(self.env(su=True))
            label = requisition._guard_state_label()
            if requisition.state == "approved":
                if requisition._is_fulfilled():
                    continue
                field = requisition._fields["fulfilment"]
                label = dict(field._description_selection(self.env))[requisition.fulfilment]
            items.setdefault(requisition.ticket_id, []).append(f"{requisition.name} ({label})")
        return items
