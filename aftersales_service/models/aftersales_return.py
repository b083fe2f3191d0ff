from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.fields import proposed
from ..tools.roles import RETURN_AUTHORS

STOREKEEPER = "aftersales_service.group_storekeeper"
GENERAL_MANAGER = "aftersales_service.group_general_manager"
RETURN_TYPES = [
    ("whole_lot", "Whole Lot Returned"),
    ("partial", "Some Pieces Returned or Exchanged"),
    ("wrong_shipment", "Wrong Shipment of Ours"),
    ("wrong_choice", "Wrong Choice of the Customer"),
]
WISHES = [
    ("refund", "Return"),
    ("exchange", "Exchange"),
    ("repair", "Repair"),
    ("compensate", "Compensation"),
]
VERDICTS = [
    ("quality_defect", "Quality Defect Confirmed"),
    ("nothing_found", "Nothing Abnormal Found"),
    ("misuse", "Improper Use"),
    ("wrong_model", "Model Doesn't Fit"),
    ("transport", "Damaged in Transport"),
]
PROGRESS = [
    ("draft", "Draft"),
    ("to_confirm", "To Be Confirmed"),
    ("to_receive", "To Receive"),
    ("to_inspect", "To Re-inspect"),
    ("to_approve", "To Approve"),
    ("settling", "Being Settled"),
    ("settled", "Settlement Done"),
    ("not_granted", "Return Not Granted"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("cancelled", "Cancelled"),
]
# the step that waits, as those who work with returns call it
WAITING = {
    "confirm": "to_confirm",
    "take_in": "to_receive",
    "assign": "to_inspect",
    "reinspect": "to_inspect",
}
MAX_LINES = 500


class AftersalesReturn(models.Model):
    """The return form 退回产品处理单: goods that a customer gives back (R002-20 … R002-30).

    The sales manager confirms, the goods come into quarantine and stay the customer's,
    the production manager names an inspector, the inspector examines them anew and the
    general manager decides what becomes of each line. Nothing is settled before that.
    """

    _name = "aftersales.return"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Return of Goods"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.return"
    _evidence_lines = ("line_ids", "check_ids", "outcome_ids", "evidence_ids")
    _action_roles = {
        "submit": RETURN_AUTHORS,
        "withdraw": RETURN_AUTHORS,
        "revise": (*RETURN_AUTHORS, GENERAL_MANAGER),
        "cancel": RETURN_AUTHORS,
        "fill": RETURN_AUTHORS,
        "open_receipt": (STOREKEEPER,),
        # a return that was approved is opened again by those who have approved it
        "reopen": (GENERAL_MANAGER,),
    }
    # the storekeeper counts, but writes nothing on the form
    _action_access = "read"

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Under Way"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
        ]
    )
    progress = fields.Selection(
        PROGRESS,
        string="Stage",
        guard="door",
        default="draft",
        required=True,
        copy=False,
        index=True,
        help="What the return waits for, from its steps and from what really happened.",
    )
    progress_since = fields.Datetime(string="Waiting since", guard="door", copy=False)
    days_waiting = fields.Integer(
        string="Days Waited", compute="_compute_days_waiting", aggregator=None
    )

    # what it is about
    return_type = fields.Selection(RETURN_TYPES, guard="locked", default="partial", index=True)
    error_kind_id = fields.Many2one(
        "aftersales.return.error.kind",
        string="Wrong in",
        guard="locked",
        ondelete="restrict",
        check_company=True,
        help="What was wrong with our shipment (R002-23).",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    delivery_id = fields.Many2one(
        "stock.picking",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'done'), ('picking_type_code', 'in', "
        "('outgoing', 'aftersales_issue'))]",
    )
    delivery_ref = fields.Char(
        string="Delivery Note", guard="locked", **proposed("_compute_from_delivery")
    )
    delivery_date = fields.Date(guard="locked", **proposed("_compute_from_delivery"))
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        **proposed("_compute_partner_id"),
        index=True,
        check_company=True,
    )
    contact_name = fields.Char(guard="locked", **proposed("_compute_contact"))
    contact_phone = fields.Char(guard="locked", **proposed("_compute_contact"))
    contract_ref = fields.Char(
        string="Contract/Order Number", guard="locked", **proposed("_compute_from_delivery")
    )
    project_name = fields.Char(string="Project", guard="locked", **proposed("_compute_contact"))
    wish = fields.Selection(WISHES, string="Customer Asks for", guard="locked")
    freight_payer = fields.Selection(
        [("us", "We Pay"), ("customer", "Customer Pays")],
        string="Return Freight",
        guard="locked",
        default="us",
    )
    # R002-25
    reason_id = fields.Many2one(
        "aftersales.return.reason",
        string="Reason of Return",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    reason_text = fields.Text(string="Reason in Detail", guard="locked")
    handler_id = fields.Many2one(
        "res.users",
        string="Handled by",
        guard="locked",
        default=lambda self: self.env.user,
        index=True,
        check_company=True,
    )
    seller_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        guard="locked",
        **proposed("_compute_seller_id"),
        check_company=True,
        help="Who sold the goods; never the one who inspects them.",
    )
    at_customer_site = fields.Boolean(
        string="Inspected at the Customer's Site",
        guard="locked",
        help="The inspection comes first; the goods are received after the decision.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        guard="locked",
        **proposed("_compute_warehouse_id"),
        check_company=True,
        ondelete="restrict",
    )
    line_ids = fields.One2many("aftersales.return.line", "return_id", string="Lines", copy=True)

    # 业务部经理证实: who has caused a wrong shipment (R002-23)
    error_cause = fields.Text(
        string="Cause of the Wrong Shipment", guard="locked", fill=("confirm",), copy=False
    )
    error_department_id = fields.Many2one(
        "aftersales.department",
        string="Caused by",
        guard="locked",
        fill=("confirm",),
        copy=False,
        ondelete="restrict",
        check_company=True,
    )

    # 收货
    picking_ids = fields.One2many("stock.picking", "aftersales_return_id", string="Return Receipts")
    picking_count = fields.Integer(string="Receipts", compute="_compute_picking_count")
    receipt_ids = fields.One2many("aftersales.return.receipt", "return_id", string="Goods Received")
    received_at = fields.Datetime(string="Received on", guard="door", copy=False)
    receipt_look = fields.Text(string="Look of the Goods", guard="door", copy=False)
    receipt_closed = fields.Boolean(
        guard="door",
        default=False,
        copy=False,
        help="Nothing more is expected; what hasn't come doesn't count as returned.",
    )

    # 重新检验栏
    inspector_id = fields.Many2one(
        "res.users",
        guard="locked",
        fill=("assign",),
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    check_ids = fields.One2many(
        "aftersales.return.check", "return_id", string="Re-inspection", copy=False
    )
    evidence_ids = fields.One2many(
        "aftersales.return.evidence", "return_id", string="Pieces of Evidence", copy=False
    )
    verdict = fields.Selection(VERDICTS, guard="locked", fill=("reinspect",), copy=False)
    cause_text = fields.Text(
        string="Analysis of the Cause", guard="locked", fill=("reinspect",), copy=False
    )
    report_ref = fields.Char(
        string="Inspection Report Number", guard="locked", fill=("reinspect",), copy=False
    )
    responsible_department_id = fields.Many2one(
        "aftersales.department",
        guard="locked",
        fill=("reinspect",),
        amend=("approve",),
        copy=False,
        ondelete="restrict",
        check_company=True,
        help="Who takes corrective or preventive action (R002-16, R002-30).",
    )
    qty_checked = fields.Float(
        string="Checked", compute="_compute_checked", digits="Product Unit", aggregator=None
    )
    qty_failed = fields.Float(
        string="Failed Quantity", compute="_compute_checked", digits="Product Unit", aggregator=None
    )

    # 总经理批准, 办理
    outcome_ids = fields.One2many(
        "aftersales.return.outcome", "return_id", string="Outcomes", copy=False
    )
    approved_at = fields.Datetime(
        string="Approved on", guard="door", copy=False, index="btree_not_null"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    is_lot_different = fields.Boolean(string="Another One Came", compute="_compute_about_lines")
    has_old_goods = fields.Boolean(string="Sold before the System", compute="_compute_about_lines")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("line_ids.is_lot_different", "line_ids.origin_id")
    def _compute_about_lines(self):
        for document in self:
            lines = document.line_ids
            document.is_lot_different = any(lines.mapped("is_lot_different"))
            origins = lines.sudo().origin_id
            document.has_old_goods = any(not origin.move_id for origin in origins)

    @api.depends("progress_since", "progress")
    def _compute_days_waiting(self):
        now = fields.Datetime.now()
        for document in self:
            waiting = document.progress not in ("settled", "cancelled", "withdrawn")
            since = document.progress_since
            document.days_waiting = (now - since).days if since and waiting else 0

    @api.depends("delivery_id", "ticket_id")
    def _compute_partner_id(self):
        for document in self:
            partner = document.ticket_id.partner_id or document.delivery_id.partner_id
            document.partner_id = partner.commercial_partner_id or document.partner_id

    @api.depends("delivery_id")
    def _compute_from_delivery(self):
        """Propose what the delivery knows; what was typed for an old one stays."""
        for document in self:
            delivery = document.delivery_id
            if not delivery or not document.company_id:
                continue
            document.delivery_ref = delivery.name
            document.contract_ref = delivery.origin
            document.delivery_date = delivery.date_done and document.company_id._aftersales_date(
                delivery.date_done
            )

    @api.depends("ticket_id", "partner_id")
    def _compute_contact(self):
        for document in self:
            ticket, partner = document.ticket_id, document.partner_id
            document.contact_name = ticket.contact_name or document.contact_name
            document.contact_phone = ticket.contact_phone or document.contact_phone or partner.phone
            document.project_name = ticket.project_name or document.project_name

    @api.depends("partner_id")
    def _compute_seller_id(self):
        for document in self:
            seller = document.partner_id.user_id
            own = document.company_id in seller.company_ids
            document.seller_id = seller if own else document.seller_id

    @api.depends("company_id", "delivery_id")
    def _compute_warehouse_id(self):
        warehouses = self.env["stock.warehouse"].sudo()
        for document in self:
            document.warehouse_id = (
                document.delivery_id.picking_type_id.warehouse_id
                or document.warehouse_id
                or warehouses.search([("company_id", "=", document.company_id.id)], limit=1)
            )

    @api.depends("picking_ids")
    def _compute_picking_count(self):
        for document in self:
            document.picking_count = len(document.sudo().picking_ids)

    @api.depends("line_ids.qty_checked", "line_ids.qty_failed")
    def _compute_checked(self):
        for document in self:
            document.qty_checked = sum(document.line_ids.mapped("qty_checked"))
            document.qty_failed = sum(document.line_ids.mapped("qty_failed"))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_view_receipts(self):
        """Open the receipts of the return."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Return Receipts"),
            "res_model": "stock.picking",
            "view_mode": "list,form",
            "domain": [("aftersales_return_id", "=", self.id)],
            "context": {"create": False},
        }
        if self.picking_count == 1:
            action.update(view_mode="form", res_id=self.sudo().picking_ids.id)
        return action

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        self._check_filled(
            "partner_id", "return_type", "reason_id", "reason_text", "wish", "warehouse_id"
        )
        if self.return_type == "wrong_shipment":
            self._check_filled("error_kind_id")
        if not self.line_ids:
            raise UserError(self.env._("%s has no lines: say what comes back.", self.name))
        if len(self.line_ids) > MAX_LINES:
            raise UserError(
                self.env._(
                    "%(document)s has %(count)s lines; at most %(most)s can be handled at once.",
                    document=self.name,
                    count=len(self.line_ids),
                    most=MAX_LINES,
                )
            )
        self.line_ids._check_quantities()
        self.line_ids._resolve_origins()
        self._check_whole_lot()
