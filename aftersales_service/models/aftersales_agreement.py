from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .aftersales_unit import FIRST_DAY, LAST_DAY

KINDS = [
    ("service", "Service Agreement"),
    ("supplement", "Supplement"),
    ("framework", "Framework Agreement"),
]
PROGRESS = [
    ("negotiating", "Negotiating"),
    ("to_sign", "Waiting for the Customer"),
    ("to_seal", "Waiting for Our Seal"),
    ("signed", "Signed by Both"),
    ("terminated", "Terminated"),
]
# how a framework agreement treats a kind of cost
TERMS = [
    ("included", "Included"),
    ("as_used", "Charged as Used"),
    ("separate", "By Separate Agreement"),
]
SUPERVISOR = "aftersales_service.group_supervisor"
COMMERCE = "aftersales_service.group_commerce"
SALES = "aftersales_service.group_sales_manager"
RECORDS = "aftersales_service.group_records"


class AftersalesAgreement(models.Model):
    """The paid-service agreement 服务协议 (R004-29 … R004-31, R001-19 … R001-22).

    Quotation first, in rounds that stay readable; then the internal chain; then the
    customer's signature and our seal, registered as evidence. From the submission on
    price, quantity and terms are locked; after the signature a change is a supplement.
    ``state`` is our own decision, ``progress`` how far the two parties are. Amounts are
    in the currency of the tariff and computed by core's tax engine.
    """

    _name = "aftersales.agreement"
    _inherit = [
        "aftersales.customer.link",
        "aftersales.document",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Service Agreement"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.agreement"
    _evidence_lines = ("line_ids", "unit_ids")
    _action_roles = {
        "submit": (SUPERVISOR, COMMERCE),
        "withdraw": (SUPERVISOR, COMMERCE),
        "revise": (SUPERVISOR, COMMERCE),
        "cancel": (SUPERVISOR, COMMERCE),
        "quote": (SUPERVISOR, COMMERCE),
        "answer": (SUPERVISOR, COMMERCE),
        "register_signature": (SUPERVISOR, COMMERCE),
        "send_link": (SUPERVISOR, COMMERCE),
        "revoke_link": (SUPERVISOR, COMMERCE),
        "request_seal": (SUPERVISOR, COMMERCE),
        "affix_seal": (RECORDS,),
        "hand_over": (SUPERVISOR,),
        "take_over": (COMMERCE,),
        "make_supplement": (SUPERVISOR, COMMERCE),
        "create_settlement": (SUPERVISOR, COMMERCE),
        "terminate": (COMMERCE, SALES),
    }
    _action_access = "read"

    kind = fields.Selection(KINDS, guard="fixed", required=True, default="service", index=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="fixed",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    parent_id = fields.Many2one(
        "aftersales.agreement",
        string="Supplement to",
        guard="fixed",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    child_ids = fields.One2many("aftersales.agreement", "parent_id", string="Supplements")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        required=True,
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    end_user_id = fields.Many2one(
        "res.partner",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    contact_name = fields.Char(
        guard="locked", compute="_compute_from_ticket", store=True, readonly=False, precompute=True
    )
    contact_phone = fields.Char(
        string="Phone",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    project_name = fields.Char(
        string="Project",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Delivered Unit",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    product_model = fields.Char(
        string="Model and Specification",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    serial_number = fields.Char(
        guard="locked", compute="_compute_from_ticket", store=True, readonly=False, precompute=True
    )
    subject = fields.Text(
        string="Fault and Service",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        help="What shall be done.",
    )
    service_place = fields.Char(
        guard="locked", compute="_compute_from_ticket", store=True, readonly=False, precompute=True
    )
    service_time = fields.Char(string="Time of Service", guard="locked")
    supervisor_id = fields.Many2one(
        "res.users",
        string="Service Supervisor",
        guard="locked",
        default=lambda self: self.env.user,
        index=True,
        check_company=True,
    )

    # price
    tariff_id = fields.Many2one(
        "product.pricelist",
        guard="locked",
        required=True,
        default=lambda self: self.env.company.aftersales_tariff_id,
        domain="[('aftersales_tariff', '=', True)]",
        ondelete="restrict",
        check_company=True,
    )
    currency_id = fields.Many2one(
        related="tariff_id.currency_id", store=True, precompute=True, guard="door"
    )
    price_date = fields.Date(
        string="Prices of",
        guard="door",
        readonly=True,
        copy=False,
        help="The day whose tariff the lines are held against.",
    )
    settlement = fields.Selection(
        [("fixed", "Fixed Price"), ("actual", "By What Was Done")],
        guard="locked",
        required=True,
        default="fixed",
        help="By what was done: the acceptance sheet signed by both is the basis.",
    )
    line_ids = fields.One2many("aftersales.agreement.line", "agreement_id", copy=True)
    amount_untaxed = fields.Monetary(
        string="Net Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_tax = fields.Monetary(
        string="Tax Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_total = fields.Monetary(
        string="Total Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    list_amount = fields.Monetary(
        string="By the Tariff", guard="door", readonly=True, copy=False, default=0.0
    )
    discount_amount = fields.Monetary(guard="door", readonly=True, copy=False, default=0.0)
    discount_percent = fields.Float(
        string="Discount (%)", guard="door", readonly=True, copy=False, default=0.0
    )
    discount_over_limit = fields.Boolean(
        string="Discount over the Limit", guard="door", readonly=True, copy=False
    )

    # terms
    prepay_percent = fields.Float(
        string="Prepayment (%)",
        guard="locked",
        default=lambda self: self.env.company.aftersales_prepay_percent,
        help="What must have arrived before anything leaves (R004-30).",
    )
    prepay_amount = fields.Monetary(
        string="Prepayment", guard="door", readonly=True, copy=False, default=0.0
    )
    balance_days = fields.Integer(
        string="Balance within (Days)",
        guard="locked",
        default=lambda self: self.env.company.aftersales_balance_days,
        help="Days after the acceptance of the service.",
    )
    payment_method = fields.Selection(
        [("transfer", "Bank Transfer"), ("acceptance", "Acceptance Draft")],
        guard="locked",
        required=True,
        default="transfer",
    )
    invoice_kind = fields.Selection(
        [("special", "VAT Special Invoice"), ("ordinary", "VAT Ordinary Invoice")],
        guard="locked",
        required=True,
        default="special",
    )
    old_parts_owner = fields.Selection(
        [("customer", "Customer"), ("us", "Us")],
        string="Owner of Old Parts",
        guard="locked",
        required=True,
        default="customer",
    )
    warranty_months = fields.Integer(
        string="Warranty of the Repair (Months)",
        guard="locked",
        default=lambda self: self.env.company.aftersales_repair_warranty_months,
    )
    sign_place = fields.Char(string="Place of Signature", guard="locked")
    clauses = fields.Text(
        guard="locked", default=lambda self: self.env.company.aftersales_agreement_clauses
    )
    copies = fields.Integer(guard="locked", default=4, help="How many originals are made.")

    # framework
    date_from = fields.Date(string="Valid from", guard="locked")
    date_to = fields.Date(string="Valid to", guard="locked")
    unit_ids = fields.One2many(
        "aftersales.agreement.unit", "agreement_id", string="Covered Units", copy=True
    )
    parts_terms = fields.Selection(
        TERMS, string="Parts", guard="locked", required=True, default="separate"
    )
    labour_terms = fields.Selection(
        TERMS, string="Labour", guard="locked", required=True, default="included"
    )
    travel_terms = fields.Selection(
        TERMS, string="Travel", guard="locked", required=True, default="included"
    )
    as_used_limit = fields.Monetary(
        string="Limit of Parts Charged as Used",
        guard="locked",
        help="What parts may be issued under the agreement in all, at the tariff and with tax.",
    )
    as_used_amount = fields.Monetary(
        string="Parts Charged as Used", guard="door", readonly=True, copy=False, default=0.0
    )

    # how far it is; see aftersales_agreement_sign
    progress = fields.Selection(
        PROGRESS,
        guard="door",
        required=True,
        default="negotiating",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _numbers_range = models.Constraint(
        "CHECK (coalesce(prepay_percent, 0) BETWEEN 0 AND 100"
        " AND coalesce(balance_days, 0) BETWEEN 0 AND 3650"
        " AND coalesce(warranty_months, 0) BETWEEN 0 AND 600"
        " AND coalesce(copies, 1) BETWEEN 1 AND 20)",
        "The prepayment is between 0 and 100 %, the balance due within 3650 days, the warranty "
        "within 600 months, and there are 1 to 20 originals.",
    )
    _as_used_within_limit = models.Constraint(
        "CHECK (coalesce(as_used_amount, 0) >= 0"
        " AND coalesce(as_used_amount, 0) <= coalesce(as_used_limit, 0))",
        "More parts can't be issued under a framework agreement than its limit allows.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("ticket_id", "parent_id")
    def _compute_from_ticket(self):
        """Propose what the request knows; later changes of the request don't follow."""
        for agreement in self:
            agreement.update(agreement._prepare_from_ticket())

    def _prepare_from_ticket(self):
        """Return what the request, or the agreement that is supplemented, knows."""
        names = (
            "partner_id",
            "end_user_id",
            "contact_name",
            "contact_phone",
            "project_name",
            "unit_id",
            "product_model",
            "serial_number",
            "subject",
            "service_place",
        )
        if self.parent_id:
            return {name: self.parent_id[name] for name in names}
        ticket = self.ticket_id
        if not ticket:
            return {name: self[name] for name in names}
        return {
            "partner_id": ticket.partner_id,
            "end_user_id": ticket.end_user_id,
            "contact_name": ticket.contact_name or ticket.site_contact_id.name,
            "contact_phone": ticket.contact_phone,
            "project_name": ticket.project_name,
            "unit_id": ticket.unit_id,
            "product_model": ticket.product_model,
            "serial_number": ticket.serial_number,
            "subject": ticket.symptom or ticket.reported_cause,
            "service_place": ticket.site_address,
        }

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("kind", "ticket_id", "parent_id", "partner_id", "company_id")
    def _check_kind(self):
        for agreement in self:
            parent = agreement.parent_id
            if agreement.kind == "service" and (not agreement.ticket_id or parent):
                raise ValidationError(
                    self.env._("A service agreement is made from a service request.")
                )
            if agreement.kind == "framework" and (agreement.ticket_id or parent):
                raise ValidationError(
                    self.env._("A framework agreement belongs to no single service request.")
                )
            if agreement.kind == "supplement" and (
                not parent
                or parent.kind == "supplement"
                or parent.ticket_id != agreement.ticket_id
                or parent.partner_id.commercial_partner_id
                != agreement.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "A supplement is made from a signed agreement, with the same customer and "
                        "the same request."
                    )
                )

    @api.constrains("tariff_id", "partner_id", "parent_id")
    def _check_currency(self):
        """A supplement is in the currency of its agreement; payments fit their agreement."""
        for agreement in self:
            parent = agreement.parent_id
            if parent and parent.currency_id != agreement.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s is in %(currency)s: a supplement needs a tariff in the "
                        "same currency.",
                        agreement=parent.name,
                        currency=parent.currency_id.name,
                    )
                )
        self.payment_ids._check_aftersales_agreement()

    @api.constrains("tariff_id")
    def _check_tariff(self):
        for agreement in self:
            if not agreement.tariff_id.aftersales_tariff:
                raise ValidationError(
                    self.env._(
                        "%s isn't a tariff of paid service.", agreement.tariff_id.display_name
                    )
                )

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for agreement in self:
            for day in filter(None, (agreement.date_from, agreement.date_to)):
                if not FIRST_DAY <= day <= LAST_DAY:
                    raise ValidationError(self.env._("An agreement can't be dated %s.", str(day)))
            if (
                agreement.date_from
                and agreement.date_to
                and agreement.date_from > agreement.date_to
            ):
                raise ValidationError(
                    self.env._("The period of an agreement ends after it begins.")
                )

    @api.constrains("as_used_limit")
    def _check_limit(self):
        for agreement in self:
            if agreement.as_used_limit < 0:
                raise ValidationError(self.env._("A limit can't be negative."))
