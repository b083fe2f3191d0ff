from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.fields import own_company, proposed, selection_of

AGENT = "aftersales_service.group_agent"
SUPERVISOR = "aftersales_service.group_supervisor"
ENGINEER = "aftersales_service.group_engineer"
STOREKEEPER = "aftersales_service.group_storekeeper"
INSPECTOR = "aftersales_service.group_inspector"
PROGRESS = [
    ("draft", "Draft"),
    ("to_receive", "To Receive"),
    ("to_diagnose", "To Diagnose"),
    ("to_repair", "To Repair"),
    ("repairing", "Under Repair"),
    ("to_dispose", "Waiting for the Customer's Instruction"),
    ("to_check", "To Inspect"),
    ("to_send", "To Send Back"),
    ("to_scrap", "To Scrap"),
    ("sent", "Sent Back"),
    ("scrapped", "Scrapped"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("cancelled", "Cancelled"),
]
CONCLUSIONS = [("repairable", "Can Be Repaired"), ("not_repairable", "Can't Be Repaired")]
ENDINGS = [
    ("not_repairable", "Can't Be Repaired"),
    ("refused", "The Customer Doesn't Want It Repaired"),
]
# who says that a repair is ended unfinished
ENDER_ROLES = {"not_repairable": ENGINEER, "refused": SUPERVISOR}
DISPOSALS = [("send_back", "Send Back as It Is"), ("scrap", "Scrap")]
# what the engineer finds, and what he still finds while he repairs
FOUND = ("diagnose", "repair")
MAX_TESTS = 200
# the steps in which files are added
SHOWN = ("take_in", *FOUND)


class AftersalesRepair(models.Model):
    """The factory repair 返厂维修 of a unit that the customer has sent in (R000-46).

    It isn't a return of goods: the unit stays the customer's from the receipt to the day it
    goes back, and the general manager has no part in it. The chain is 接收登记 → 初检 (the
    decision), then 维修 → 检验 → 发还; each step is an act of its own role. Where the unit is
    and how far the work is follows from these acts alone (``progress``).
    """

    _name = "aftersales.repair"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Factory Repair"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.repair"
    _evidence_lines = ("test_ids", "evidence_ids")
    _action_roles = {
        "submit": (AGENT, SUPERVISOR),
        "withdraw": (AGENT, SUPERVISOR),
        "revise": (AGENT, SUPERVISOR),
        "cancel": (SUPERVISOR,),
        "start": (ENGINEER,),
        "rework": (ENGINEER,),
        "end": (ENGINEER, SUPERVISOR),
        "instruct": (AGENT, SUPERVISOR),
        "fail_check": (INSPECTOR,),
        "scrap": (STOREKEEPER,),
        "create_requisition": (SUPERVISOR,),
    }
    # a role's act on a repair is no right to write in it
    _action_access = "read"

    # what it is about
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="fixed",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = own_company()
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        **proposed("_compute_from_ticket"),
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Whose property the unit is and stays.",
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
        ondelete="restrict",
        check_company=True,
    )
    product_id = fields.Many2one(
        "product.product",
        guard="locked",
        **proposed("_compute_from_unit"),
        ondelete="restrict",
        check_company=True,
        help="Empty for an old product that isn't in the catalogue: nothing moves in stock then.",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial in Stock",
        guard="locked",
        **proposed("_compute_from_unit"),
        domain="[('product_id', '=', product_id)]",
        ondelete="restrict",
        check_company=True,
    )
    quantity = fields.Float(
        guard="locked",
        fill=("take_in",),
        digits="Product Unit",
        required=True,
        default=1.0,
        aggregator=None,
    )
    project_name = fields.Char(string="Project", guard="locked", **proposed("_compute_from_ticket"))
    product_model = fields.Char(
        string="Model and Specification", guard="locked", **proposed("_compute_from_ticket")
    )
    serial_number = fields.Char(guard="locked", **proposed("_compute_from_ticket"))
    fault = fields.Text(
        guard="locked",
        **proposed("_compute_from_ticket"),
        help="What the customer says is wrong.",
    )
    wish = fields.Text(
        string="What the Customer Wants", guard="locked", help="Until when, up to which price …"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        guard="locked",
        required=True,
        **proposed("_compute_warehouse_id"),
        check_company=True,
    )
    supervisor_id = fields.Many2one(
        "res.users",
        string="Service Supervisor",
        guard="locked",
        **proposed("_compute_supervisor_id"),
        index=True,
        check_company=True,
        help="Is reminded when nobody claims the unit.",
    )

    # 接收登记
    appearance = fields.Text(
        guard="locked",
        fill=("take_in",),
        copy=False,
        help="Packing, seals, scratches, missing or broken parts, as it came in.",
    )
    accessories = fields.Text(
        guard="locked", fill=("take_in",), copy=False, help="What came along with the unit."
    )
    inbound_waybill = fields.Char(
        string="Waybill (Incoming)", guard="locked", fill=("take_in",), copy=False
    )

    # 初检
    conclusion = fields.Selection(
        CONCLUSIONS, string="Initial Inspection", guard="locked", fill=("diagnose",), copy=False
    )
    diagnosis = fields.Text(string="Cause", guard="locked", fill=FOUND, copy=False)
    cause_id = fields.Many2one(
        "aftersales.cause",
        string="Confirmed Cause",
        guard="locked",
        fill=FOUND,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    instruction_ref = fields.Char(
        string="Work Instruction", guard="locked", fill=FOUND, help="Number and version."
    )
    test_ids = fields.One2many("aftersales.repair.test", "repair_id", string="Tests", copy=True)
    evidence_ids = fields.One2many(
        "aftersales.repair.evidence", "repair_id", string="Photographs and Reports", copy=False
    )

    # 维修
    measures = fields.Text(string="Repair Measures", guard="locked", fill=("repair",), copy=False)

    # 发还
    consignee_name = fields.Char(
        string="Consignee Unit",
        guard="locked",
        fill=("send_back",),
        **proposed("_compute_from_ticket"),
    )
    consignee_address = fields.Char(
        guard="locked", fill=("send_back",), **proposed("_compute_from_ticket")
    )
    consignee_person = fields.Char(
        guard="locked", fill=("send_back",), **proposed("_compute_from_ticket")
    )
    consignee_phone = fields.Char(
        guard="locked", fill=("send_back",), **proposed("_compute_from_ticket")
    )
    transport_mode = fields.Selection(
        selection=selection_of("stock.picking", "transport_mode"),
        guard="locked",
        fill=("send_back",),
        copy=False,
    )
    carrier_partner_id = fields.Many2one(
        "res.partner",
        string="Carrier",
        guard="locked",
        fill=("send_back",),
        copy=False,
        check_company=True,
    )
    waybill = fields.Char(
        string="Waybill (Outgoing)", guard="locked", fill=("send_back",), copy=False
    )

    # who pays
    request_coverage = fields.Selection(
        related="ticket_id.coverage", string="Coverage of the Request"
    )
    request_charge = fields.Selection(
        related="ticket_id.charge_class", string="Charge of the Request"
    )

    # what came of it
    requisition_ids = fields.One2many(
        "aftersales.requisition", "repair_id", string="Spare-Part Requisitions"
    )
    part_ids = fields.Many2many(
        "aftersales.requisition.line", string="Replaced Parts", compute="_compute_part_ids"
    )
    part_count = fields.Integer(compute="_compute_part_ids")

    _quantity_range = models.Constraint(
        "CHECK (quantity > 0 AND quantity < 1000000)",
        "A quantity is greater than zero and less than a million.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        """Propose what the request knows; later changes of the request don't follow."""
        for repair in self:
            ticket = repair.ticket_id
            site = ticket.end_user_id or ticket.partner_id
            repair.update(
                {
                    "partner_id": ticket.partner_id,
                    "end_user_id": ticket.end_user_id,
                    "unit_id": ticket.unit_id,
                    "project_name": ticket.project_name,
                    "product_model": ticket.product_model,
                    "serial_number": ticket.serial_number,
                    "fault": ticket.symptom or ticket.reported_cause,
                    "consignee_name": site.name,
                    "consignee_address": ticket.site_address,
                    "consignee_person": ticket.contact_name or ticket.site_contact_id.name,
                    "consignee_phone": ticket.contact_phone,
                }
            )

    @api.depends("unit_id")
    def _compute_from_unit(self):
        for repair in self:
            repair.product_id = repair.unit_id.product_id
            repair.lot_id = repair.unit_id.lot_id

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        for repair in self:
            if repair.warehouse_id.company_id != repair.company_id:
                repair.warehouse_id = self.env["stock.warehouse"].search(
                    [("company_id", "=", repair.company_id.id)], limit=1
                )

    @api.depends("ticket_id")
    def _compute_supervisor_id(self):
        """Propose whoever has the request, when he is a supervisor."""
        for repair in self:
            user = repair.ticket_id.user_id or self.env.user
            is_supervisor = user.has_group(SUPERVISOR)
            repair.supervisor_id = user if is_supervisor else repair.supervisor_id

    @api.depends("requisition_ids.line_ids")
    def _compute_part_ids(self):
        for repair in self:
            lines = repair.requisition_ids.line_ids
            repair.part_ids = lines.filtered(lambda line: line.requisition_id.state != "cancelled")
            repair.part_count = len(repair.part_ids)

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("unit_id", "product_id", "lot_id", "quantity")
    def _check_unit(self):
        """What comes in is the unit that the request is about, and not more of it (B9)."""
        for repair in self:
            unit = repair.unit_id
            if unit and repair.product_id != unit.product_id:
                raise ValidationError(
                    self.env._(
                        "%(unit)s is another product than %(product)s.",
                        unit=unit.display_name,
                        product=repair.product_id.display_name or "-",
                    )
                )
            if repair.lot_id and (
                repair.lot_id.product_id != repair.product_id
                or (unit.lot_id and repair.lot_id != unit.lot_id)
            ):
                raise ValidationError(
                    self.env._(
                        "%(lot)s isn't the lot or serial of %(unit)s.",
                        lot=repair.lot_id.display_name,
                        unit=unit.display_name or "-",
                    )
                )
            if unit and repair.quantity > unit.quantity:
                raise ValidationError(
                    self.env._(
                        "%(unit)s: delivered %(delivered)s, %(quantity)s can't come in.",
                        unit=unit.display_name,
                        delivered=f"{unit.quantity:g}",
                        quantity=f"{repair.quantity:g}",
                    )
                )

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    @api.model
    def _get_situations(self):
        return {"not_received": self.env._("the unit hasn't come in yet")}

    def _is_situation(self, key):
        self.ensure_one()
        return {"not_received": not self.in_house}[key]

    def _check_can_submit(self):
        ticket = self.ticket_id
        if ticket.closed:
            raise UserError(self.env._("The service request %s is closed.", ticket.number))
        self._check_filled("partner_id", "unit_id", "fault", "product_model")
        if ticket.unit_id and self.unit_id != ticket.unit_id:
            raise UserError(
                self.env._(
                    "%(repair)s is for another unit than its request %(request)s.",
                    repair=self.name,
                    request=ticket.number,
                )
            )
        if len(self.test_ids) > MAX_TESTS:
            raise UserError(
                self.env._(
                    "%(repair)s has too many tests: at most %(most)s.",
                    repair=self.name,
                    most=MAX_TESTS,
                )
            )
        self._check_not_elsewhere()

    def _check_not_elsewhere(self):
        """One unit is in one factory repair at a time."""
        other = self.sudo().search(
            [("unit_id", "=", self.unit_id.id), ("id", "!=", self.id), ("in_house", "=", True)],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "%(unit)s is in the house already, for %(repair)s.",
                    unit=self.unit_id.display_name,
                    repair=other.name,
                )
            )

    def _check_step_complete(self, row, rows):
        if row.act == "take_in":
            self._check_filled("appearance", "accessories")
            self._check_not_elsewhere()
            self._engine()._fill_lot()
        elif row.act == "diagnose":
            self._check_filled("conclusion", "diagnosis")
        elif row.act == "repair":
            self._check_filled("measures", "cause_id")
            self.test_ids._check_complete()
        elif row.act == "exit_inspect":
            self._check_can_pass()
        elif row.act == "send_back":
            self._check_can_send()

    def _keep_attachments(self):
        return super()._keep_attachments() + self.evidence_ids._keep_files()

    def _complete_evidence_vals(self, known, extra=None):
        """Files that a signer has added in his step are kept with his signature."""
        if known.get("act") in (*SHOWN, "rework") and known.get("state") == "signed":
            extra = dict(extra or {}, attachments=self.evidence_ids._keep_files())
        return super()._complete_evidence_vals(known, extra)

    def _after_approved(self):
        if self.conclusion == "not_repairable":
            self._end_work("not_repairable")

    def _is_row_needed(self, row):
        if row.act == "repair":
            return not self.ending
        if row.act in ("exit_inspect", "send_back"):
            return self.disposal != "scrap"
        return True

    def _is_row_open(self, row):
        return {
            "repair": self.progress == "repairing",
            "exit_inspect": self.progress == "to_check",
            "send_back": self.progress == "to_send",
        }.get(row.act, True)

    def _get_waiting_text(self, row):
        labels = dict(self._fields["progress"]._description_selection(self.env))
        return self.env._(
            "It isn't time for the step %(step)s yet: %(repair)s is %(progress)s.",
            step=row.step_name,
            repair=self.name,
            progress=labels[self.progress],
        )

    def _check_can_revise(self):
        if self.state == "approved":
            raise UserError(
                self.env._(
                    "%s has been diagnosed: finish it, or end the repair with a reason.", self.name
                )
            )

    def action_cancel(self, comment=""):
        """Make the repair void with a reason, unless the unit is still in the house."""
        for repair in self._as_public("cancel"):
            if repair.in_house:
                raise UserError(
                    self.env._(
                        "The unit of %s is in the house: it goes back to the customer, or is "
                        "scrapped with his consent.",
                        repair.name,
                    )
                )
        return super().action_cancel(comment=comment)
