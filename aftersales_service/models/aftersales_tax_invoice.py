from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.tax_number import is_credit_code
from ..tools.text import clean_text

SUPERVISOR = "aftersales_service.group_supervisor"
COMMERCE = "aftersales_service.group_commerce"
FINANCE = "aftersales_service.group_finance"
INVOICE_KINDS = [("special", "VAT Special Invoice"), ("ordinary", "VAT Ordinary Invoice")]
MAX_LINES = 200


class AftersalesTaxInvoice(models.Model):
    """The request for a tax invoice 开票申请 and its registration (R004-32).

    The tax invoice itself is made in the tax office's system. The commerce office or
    the supervisor asks for it, with the buyer's data as text and the amounts of posted
    invoices; finance registers number, date and file, which signs the request. A
    red-letter note (红字) is asked for and registered the same way, with the number of
    the original. "Not invoiced" means that no registered tax invoice is left.

    Amounts are in the currency of the invoices; those of a red-letter note are negative.
    """

    _name = "aftersales.tax.invoice"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Tax Invoice Request"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.tax.invoice"
    _evidence_lines = ("line_ids",)
    _action_roles = {
        "submit": (SUPERVISOR, COMMERCE),
        "withdraw": (SUPERVISOR, COMMERCE),
        "revise": (SUPERVISOR, COMMERCE),
        "cancel": (SUPERVISOR, COMMERCE),
        "register": (FINANCE,),
        "void": (FINANCE,),
        "make_red": (SUPERVISOR, COMMERCE),
    }
    _action_access = "read"

    nature = fields.Selection(
        [("blue", "Blue-Letter Invoice"), ("red", "Red-Letter Note")],
        string="Blue or Red",
        guard="fixed",
        required=True,
        default="blue",
        index=True,
    )
    kind = fields.Selection(
        INVOICE_KINDS, string="Invoice Kind", guard="locked", required=True, default="special"
    )
    original_id = fields.Many2one(
        "aftersales.tax.invoice",
        string="Original Tax Invoice",
        guard="fixed",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    original_number = fields.Char(
        string="Number of the Original", related="original_id.number", readonly=True
    )
    red_ids = fields.One2many("aftersales.tax.invoice", "original_id", string="Red-Letter Notes")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    buyer_name = fields.Char(
        guard="locked", compute="_compute_buyer", store=True, readonly=False, precompute=True
    )
    buyer_tax_no = fields.Char(
        string="Unified Social Credit Code",
        guard="locked",
        compute="_compute_buyer",
        store=True,
        readonly=False,
        precompute=True,
        help="18 characters; the last one is a check digit.",
    )
    buyer_address = fields.Char(
        guard="locked", compute="_compute_buyer", store=True, readonly=False, precompute=True
    )
    buyer_phone = fields.Char(
        guard="locked", compute="_compute_buyer", store=True, readonly=False, precompute=True
    )
    buyer_bank = fields.Char(
        string="Buyer's Bank and Account",
        guard="locked",
        compute="_compute_buyer",
        store=True,
        readonly=False,
        precompute=True,
    )
    delivery_email = fields.Char(
        string="Deliver to",
        guard="locked",
        compute="_compute_buyer",
        store=True,
        readonly=False,
        precompute=True,
        help="Where the file of the digital invoice is sent.",
    )
    reason = fields.Text(
        string="Reason or Remark", guard="locked", help="Required for a red-letter note."
    )
    line_ids = fields.One2many("aftersales.tax.invoice.line", "request_id", string="Invoices")
    currency_id = fields.Many2one(
        "res.currency", guard="door", readonly=True, copy=False, ondelete="restrict"
    )
    amount_untaxed = fields.Monetary(
        string="Net Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_tax = fields.Monetary(
        string="Tax Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    amount_total = fields.Monetary(
        string="Total Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    red_amount = fields.Monetary(
        string="Taken Back by Red-Letter Notes",
        guard="door",
        readonly=True,
        copy=False,
        default=0.0,
    )

    # what finance registers
    number = fields.Char(
        string="Invoice Number", guard="door", readonly=True, copy=False, index="btree_not_null"
    )
    invoice_date = fields.Date(guard="door", readonly=True, copy=False, index="btree_not_null")
    file_id = fields.Many2one(
        "ir.attachment",
        string="Invoice File",
        guard="door",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    file_digest = fields.Char(string="Digest of the File", guard="door", readonly=True, copy=False)
    standing = fields.Selection(
        [
            ("draft", "Draft"),
            ("requested", "Invoice Requested"),
            ("registered", "Registered"),
            ("red", "Taken Back"),
            ("void", "Void"),
        ],
        compute="_compute_standing",
    )

    _number_unique = models.UniqueIndex(
        "(number) WHERE number IS NOT NULL AND state = 'approved'",
        "A tax invoice with this number is registered already.",
    )
    _number_digits = models.Constraint(
        "CHECK (number IS NULL OR number ~ '^[0-9]{20}$')",
        "The number of a tax invoice has 20 digits.",
    )
    _red_within_total = models.Constraint(
        "CHECK (nature = 'red' OR (coalesce(red_amount, 0) >= 0"
        " AND coalesce(red_amount, 0) <= coalesce(amount_total, 0)))",
        "Red-letter notes can't take back more than the original invoice.",
    )
    _approved_is_registered = models.Constraint(
        "CHECK (state <> 'approved' OR (number IS NOT NULL AND invoice_date IS NOT NULL))",
        "A tax invoice is registered with its number and date.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("partner_id", "original_id")
    def _compute_buyer(self):
        """Propose what is known about the buyer; it stays as text."""
        for request in self:
            request.update(request._prepare_buyer())

    def _prepare_buyer(self):
        names = ("buyer_name", "buyer_tax_no", "buyer_address", "buyer_phone", "buyer_bank")
        if self.original_id:
            return {name: self.original_id[name] for name in (*names, "delivery_email")}
        partner = self.partner_id.commercial_partner_id
        bank = partner.sudo().bank_ids[:1]
        place = (partner.state_id.name, partner.city, partner.street, partner.street2)
        return {
            "buyer_name": partner.name,
            "buyer_tax_no": (partner.vat or partner.company_registry or "").strip().upper(),
            "buyer_address": "".join(filter(None, place)),
            "buyer_phone": partner.phone,
            "buyer_bank": " ".join(filter(None, (bank.bank_id.name, bank.acc_number))),
            "delivery_email": self.partner_id.email,
        }

    @api.depends("state", "red_amount", "amount_total")
    def _compute_standing(self):
        known = {"draft": "draft", "submitted": "requested", "cancelled": "void"}
        for request in self:
            if request.state == "approved":
                whole = request.nature == "blue" and not request._get_open_amount()
                request.standing = "red" if whole else "registered"
            else:
                request.standing = known.get(request.state, "draft")

    @api.depends("name", "number")
    def _compute_display_name(self):
        for request in self:
            request.display_name = " · ".join(filter(None, (request.name, request.number)))

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("nature", "original_id", "partner_id", "company_id")
    def _check_original(self):
        for request in self:
            original = request.original_id
            if (request.nature == "red") != bool(original):
                raise ValidationError(
                    self.env._("A red-letter note, and nothing else, names its original invoice.")
                )
            if original and (
                original.nature != "blue"
                or original.partner_id.commercial_partner_id
                != request.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._("A red-letter note takes back a tax invoice of the same customer.")
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._update_amounts()
        return requests

    def write(self, vals):
        result = super().write(vals)
        if {"line_ids", "partner_id"} & vals.keys():
            self._update_amounts()
        return result

    @api.model
    def _evidence_fields(self):
        """Amounts and what finance registers are part of what is signed."""
        return super()._evidence_fields() | {
            "amount_untaxed",
            "amount_tax",
            "amount_total",
            "currency_id",
            "number",
            "invoice_date",
            "file_digest",
        }

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    def _update_amounts(self):
        """Take the amounts over from the invoices; a note without any takes all back."""
        for request in self.sudo():
            lines = request.line_ids
            lines._take_amounts()
            sign = -1 if request.nature == "red" else 1
            names = ("amount_untaxed", "amount_tax", "amount_total")
            vals = {name: sign * sum(lines.mapped(name)) for name in names}
            currency = lines.currency_id[:1] or request.company_id.currency_id
            if request.nature == "red":
                currency = request.original_id.currency_id
                if not lines:
                    vals = request.original_id._get_remaining()
                    vals = {name: -value for name, value in vals.items()}
            request._door_write(
                {name: currency.round(value) for name, value in vals.items()}
                | {"currency_id": currency.id}
            )

    def _get_remaining(self):
        """Return what registered red-letter notes have left of the amounts."""
        self.ensure_one()
        names = ("amount_untaxed", "amount_tax", "amount_total")
        notes = self.red_ids.filtered(lambda item: item.state == "approved")
        return {name: self[name] + sum(notes.mapped(name)) for name in names}

    def _get_open_amount(self):
        self.ensure_one()
        currency = self.currency_id or self.company_id.currency_id
        return currency.round(self.amount_total - self.red_amount)

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        self._update_amounts()
        if self.nature == "blue" and not self.line_ids:
            raise UserError(
                self.env._("%s names no invoice: say what is to be invoiced.", self.name)
            )
        self._check_line_count(MAX_LINES)
        if self.nature == "red":
            self._check_red()
        self.line_ids._check_moves()
        self._check_buyer()

    def _check_red(self):
        original = self.original_id
        if original.state != "approved":
            raise UserError(
                self.env._(
                    "%s isn't registered: there is nothing to take back.", original.display_name
                )
            )
        if not clean_text(self.env, self.reason):
            raise UserError(self.env._("Give the reason for the red-letter note %s.", self.name))
        if self.currency_id.compare_amounts(-self.amount_total, original._get_open_amount()) > 0:
            raise UserError(
                self.env._(
                    "%(note)s takes back %(amount)s; of the invoice %(original)s only %(open)s is "
                    "left.",
                    note=self.name,
                    amount=f"{-self.amount_total:.2f}",
                    original=original.number,
                    open=f"{original._get_open_amount():.2f}",
                )
            )
        if self.currency_id.is_zero(self.amount_total):
            raise UserError(self.env._("%s is taken back in full already.", original.display_name))

    def _check_buyer(self):
        """A special invoice needs the buyer's tax data; a code that is given must be right."""
        if not clean_text(self.env, self.buyer_name):
            raise UserError(self.env._("Give the buyer's name as it stands on the invoice."))
        code = clean_text(self.env, self.buyer_tax_no)
        if self.kind == "special" and not code:
            raise UserError(
                self.env._("A VAT special invoice needs the buyer's unified social credit code.")
            )
        if code and not is_credit_code(code):
            raise UserError(
                self.env._(
                    "%s isn't a unified social credit code: 18 characters, and the last one must "
                    "fit the others.",
                    code,
                )
            )

    def _check_step_complete(self, row, rows):
        """Finance signs by registering, not by a plain signature."""
        if not self.number or not self.invoice_date:
            raise UserError(
                self.env._(
                    "Register the number, the date and the file of the tax invoice: that signs %s.",
                    self.name,
                )
            )

    def _check_can_revise(self):
        if self.state == "approved":
            raise UserError(
                self.env._(
                    "%s is registered: ask for a red-letter note, or have finance declare the "
                    "registration void.",
                    self.name,
                )
            )

    def _after_reopen(self):
        """A request that is void lets go of its invoices."""
        self._let_go_if_void()

    def _let_go_if_void(self):
        if self.state == "cancelled":
            self.sudo().line_ids._door_write({"is_live": False})

    def _after_approved(self):
        """A registered red-letter note is counted on its original (law 6)."""
        original = self.sudo().original_id
        if not original:
            return
        total = original.currency_id.round(original.red_amount - self.amount_total)
        if original.currency_id.compare_amounts(total, original.amount_total) > 0:
            raise UserError(self.env._("%s is taken back in full already.", original.display_name))
        original._door_write({"red_amount": total})
        if not original._get_open_amount():
            # the invoices can be invoiced anew
            original.line_ids._door_write({"is_live": False})
