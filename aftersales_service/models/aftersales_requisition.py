from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import engine
from ..tools.fields import proposed, selection_of

MAX_LINES = 500
FULFILMENTS = [
    ("none", "Nothing Yet"),
    ("feedback", "Waiting for Lead Time"),
    ("preparing", "Preparing"),
    ("ready", "All Ready"),
    ("issued", "Issued"),
    ("shipped", "Shipped"),
    ("received", "Received"),
]


class AftersalesRequisition(models.Model):
    """The spare-part requisition 售后服务处理单 (R004-13 … R004-17).

    The decision (``state``) is moved by its approvals alone; ``fulfilment`` is
    derived from done moves, reservations and the shipment. The picking is made when
    the decision is made, so that what is on stock is reserved at once.
    """

    _name = "aftersales.requisition"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Spare-Part Requisition"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.requisition"
    _evidence_lines = ("line_ids",)
    _action_roles = {
        "submit": ("aftersales_service.group_supervisor",),
        "withdraw": ("aftersales_service.group_supervisor",),
        "revise": ("aftersales_service.group_supervisor",),
        "cancel": ("aftersales_service.group_supervisor",),
        "recreate_issue": ("aftersales_service.group_supervisor",),
        "change_promise": ("aftersales_service.group_planner", "aftersales_service.group_buyer"),
    }

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="fixed",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        **proposed("_compute_from_ticket"),
        index=True,
        check_company=True,
    )
    end_user_id = fields.Many2one(
        "res.partner", guard="locked", **proposed("_compute_from_ticket"), check_company=True
    )
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Delivered Unit",
        guard="locked",
        **proposed("_compute_from_ticket"),
        index="btree_not_null",
        check_company=True,
    )
    project_name = fields.Char(string="Project", guard="locked", **proposed("_compute_from_ticket"))
    contract_ref = fields.Char(
        string="Contract Number", guard="locked", **proposed("_compute_from_ticket")
    )
    product_model = fields.Char(
        string="Model and Specification", guard="locked", **proposed("_compute_from_ticket")
    )
    serial_number = fields.Char(guard="locked", **proposed("_compute_from_ticket"))
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Requesting Department",
        guard="locked",
        **proposed("_compute_from_ticket"),
        check_company=True,
    )
    consignee_name = fields.Char(
        string="Consignee Unit", guard="locked", **proposed("_compute_from_ticket")
    )
    consignee_address = fields.Char(guard="locked", **proposed("_compute_from_ticket"))
    consignee_person = fields.Char(guard="locked", **proposed("_compute_from_ticket"))
    consignee_phone = fields.Char(guard="locked", **proposed("_compute_from_ticket"))
    fault_plan = fields.Text(
        string="Fault and Plan",
        guard="locked",
        **proposed("_compute_from_ticket"),
        help="What is wrong and what shall be done about it.",
    )
    date_required = fields.Date(string="Needed on Site", guard="locked")
    supervisor_id = fields.Many2one(
        "res.users",
        string="Service Supervisor",
        guard="locked",
        default=lambda self: self.env.user,
        index=True,
        check_company=True,
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        guard="locked",
        required=True,
        **proposed("_compute_warehouse_id"),
        check_company=True,
    )
    purpose_id = fields.Many2one(
        "stock.location",
        string="Issue Purpose",
        guard="locked",
        required=True,
        **proposed("_compute_purpose_id"),
        domain="[('aftersales_purpose', '!=', False), ('company_id', '=', company_id)]",
        check_company=True,
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account", string="Cost Object", guard="locked", check_company=True
    )
    coverage = fields.Selection(
        selection=selection_of("helpdesk.ticket", "coverage"), guard="door", copy=False
    )
    urgency_class = fields.Selection(
        selection=selection_of("helpdesk.ticket", "urgency_class"), guard="door", copy=False
    )
    line_ids = fields.One2many(
        "aftersales.requisition.line", "requisition_id", string="Lines", copy=True
    )

    fulfilment = fields.Selection(
        FULFILMENTS, guard="door", default="none", required=True, copy=False, index=True
    )
    ready_at = fields.Datetime(guard="door", copy=False)
    is_slipped = fields.Boolean(
        string="Promise Slipped",
        guard="door",
        copy=False,
        help="A part is forecast later than the office has promised.",
    )
    picking_ids = fields.One2many("stock.picking", "requisition_id", string="Material Issues")
    picking_count = fields.Integer(compute="_compute_picking_count")
    has_live_picking = fields.Boolean(compute="_compute_picking_count")
    request_coverage = fields.Selection(
        related="ticket_id.coverage", string="Coverage of the Request"
    )
    request_urgency = fields.Selection(
        related="ticket_id.urgency_class", string="Class of the Request"
    )
    missing_intake = fields.Char(related="ticket_id.missing_intake")
    promised_date = fields.Date(string="Promised", compute="_compute_promised_date")

    _waiting_index = models.Index("(company_id, fulfilment) WHERE state = 'approved'")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        """Propose what the request knows; later changes of the request don't follow."""
        for requisition in self:
            requisition.update(requisition._prepare_from_ticket())

    def _prepare_from_ticket(self):
        """Return what the service request knows for the requisition's head."""
        ticket = self.ticket_id
        site = ticket.end_user_id or ticket.partner_id
        return {
            "partner_id": ticket.partner_id,
            "end_user_id": ticket.end_user_id,
            "unit_id": ticket.unit_id,
            "project_name": ticket.project_name,
            "contract_ref": ticket.unit_id.contract_ref,
            "product_model": ticket.product_model,
            "serial_number": ticket.serial_number,
            "team_id": ticket.team_id,
            "consignee_name": site.name,
            "consignee_address": ticket.site_address,
            "consignee_person": ticket.contact_name or ticket.site_contact_id.name,
            "consignee_phone": ticket.contact_phone,
            "fault_plan": ticket.symptom or ticket.reported_cause,
        }

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        for requisition in self:
            if requisition.warehouse_id.company_id != requisition.company_id:
                requisition.warehouse_id = self.env["stock.warehouse"].search(
                    [("company_id", "=", requisition.company_id.id)], limit=1
                )

    @api.depends("ticket_id", "company_id")
    def _compute_purpose_id(self):
        """Propose free within warranty or service contract, paid outside (R004-26)."""
        for requisition in self:
            paid = requisition.ticket_id.coverage == "expired"
            company = requisition.company_id
            purpose = "paid" if paid else "free"
            requisition.purpose_id = (
                company._aftersales_purpose_location(purpose) if company else False
            )

    @api.depends("picking_ids.state")
    def _compute_picking_count(self):
        for requisition in self:
            pickings = requisition.sudo().picking_ids
            requisition.picking_count = len(pickings)
            requisition.has_live_picking = any(item.state != "cancel" for item in pickings)

    @api.depends("line_ids.promised_date")
    def _compute_promised_date(self):
        for requisition in self:
            dates = [line.promised_date for line in requisition.line_ids if line.promised_date]
            requisition.promised_date = max(dates, default=False)

    @api.constrains("purpose_id", "company_id")
    def _check_purpose(self):
        for requisition in self:
            if not requisition.purpose_id.aftersales_purpose:
                raise ValidationError(
                    self.env._("Choose an issue purpose for %s.", requisition.name)
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_view_pickings(self):
        """Open the material issue of the requisition."""
        self._check_one().check_access("read")
        pickings = self.picking_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Material Issue"),
            "res_model": "stock.picking",
            "domain": [("requisition_id", "=", self.id)],
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
        }
        if len(pickings) == 1:
            action.update(view_mode="form", res_id=pickings.id)
        return action

    def action_recreate_issue(self):
        """Make a new picking after the old one was cancelled or deleted (B10)."""
        for requisition in self._as_public("recreate_issue"):
            requisition._check_state("approved")
            moves = requisition.line_ids.sudo().move_ids
            live = moves.filtered(lambda move: move.state != "cancel")
            if live or requisition.fulfilment in ("issued", "shipped", "received"):
                raise UserError(self.env._("%s has a material issue already.", requisition.name))
            requisition._create_picking()
            requisition._update_fulfilment()
        return True

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        self.ticket_id._check_intake_complete()
        self._fill_from_ticket()
        if self.ticket_id.closed:
            raise UserError(self.env._("The service request %s is closed.", self.ticket_id.number))
        if not self.line_ids:
            raise UserError(self.env._("%s has no lines: say which material is needed.", self.name))
        self._check_line_count(MAX_LINES)
        nameless = self.line_ids.filtered(
            lambda line: not line.product_id and not (line.name or "").strip()
        )
        if nameless:
            raise UserError(
                self.env._(
                    "Line %s has neither a material code nor a name.", nameless[0].sequence_text
                )
            )
        self.line_ids._check_units()

    def _fill_from_ticket(self):
        """Fill what was still empty when the draft was made and the request knows now."""
        empty = {
            name: value
            for name, value in self._prepare_from_ticket().items()
            if value and not self[name]
        }
        if empty:
            self.sudo()._door_write(self._convert_to_write(empty))

    def _prepare_submit_vals(self):
        for line in self.line_ids:
            line.sudo()._door_write({"approved_qty": line.requested_qty})
        return {
            "coverage": self.ticket_id.coverage,
            "urgency_class": self.ticket_id.urgency_class or self.ticket_id.urgency_proposed,
            "is_slipped": False,
        }

    def _check_step_complete(self, row, rows):
        if row.act == "feedback":
            self.line_ids._check_feedback(row.scope)
        elif row.act == "draw":
            if self.fulfilment != "ready":
                raise UserError(self._get_incomplete_text())
        elif self._is_last_decision(row, rows):
            self.line_ids._check_material()

    def _after_approved(self):
        for line in self.line_ids:
            line.sudo()._door_write({"qty_product": line._get_product_qty()})
        self._create_picking()
        self._update_fulfilment(advance=False)

    def _after_signed(self, row):
        if row.phase == "follow_up":
            self._update_fulfilment(advance=False)

    def _guard_can_amend(self, record, field_names):
        """An office corrects the lines that it feeds a lead time back for, no others."""
        if not super()._guard_can_amend(record, field_names):
            return False
        row = self._amending_approval()
        return not row.scope or record == self or record.source == row.scope

    def _get_waiting_text(self, row):
        return self._get_incomplete_text() if row.act == "draw" else super()._get_waiting_text(row)

    def _get_frozen_extra(self):
        return {"coverage": self.coverage or "", "urgency_class": self.urgency_class or ""}

    def _is_row_needed(self, row):
        """A lead time is fed back only where lines are short of stock (R004-15)."""
        if row.act != "feedback":
            return True
        short = self.line_ids.filtered(lambda line: line.source == row.scope and line._is_short())
        return bool(short)

    def _is_row_open(self, row):
        return row.act != "draw" or self.fulfilment == "ready"

    def _check_can_revise(self):
        if any(line.qty_issued for line in self.line_ids):
            raise UserError(
                self.env._(
                    "Material of %s has been issued already: make a new requisition.", self.name
                )
            )

    def _after_reopen(self):
        live = self.sudo().picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        with engine():
            live.action_cancel()
        self.line_ids.sudo()._door_write({"qty_product": 0.0})
        self._update_fulfilment(advance=False)
