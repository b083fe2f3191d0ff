from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.text import clean_text
from .aftersales_unit import FIRST_DAY

SUPERVISOR = "aftersales_service.group_supervisor"
ENGINEER = "aftersales_service.group_engineer"
MAX_QUANTITY = 100_000


class AftersalesWorksheet(models.Model):
    """Labour and travel that the customer has signed for 工时签认单 (R004-29, R004-32).

    The engineer enters hours, days and trips as they stand on the sheet, with its scan
    as evidence; the supervisor checks and signs. The settlement charges what checked
    sheets say, nothing else.
    """

    _name = "aftersales.worksheet"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Signed Work Sheet"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.worksheet"
    _evidence_lines = ("line_ids",)
    _action_roles = {
        "submit": (ENGINEER, SUPERVISOR),
        "withdraw": (ENGINEER, SUPERVISOR),
        "revise": (ENGINEER, SUPERVISOR),
        "cancel": (ENGINEER, SUPERVISOR),
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
    partner_id = fields.Many2one(related="ticket_id.partner_id", string="Customer")
    engineer_id = fields.Many2one(
        "res.users",
        string="Field Engineer",
        guard="locked",
        required=True,
        default=lambda self: self.env.user,
        check_company=True,
    )
    sheet_ref = fields.Char(
        string="Number of the Sheet",
        guard="locked",
        help="Of the acceptance sheet that the customer has signed.",
    )
    date_from = fields.Date(string="Begun on", guard="locked", required=True)
    date_to = fields.Date(string="Ended on", guard="locked", required=True)
    work_done = fields.Text(guard="locked")
    signer_name = fields.Char(string="Signer", guard="locked")
    signer_title = fields.Char(string="Signer's Title", guard="locked")
    signed_on = fields.Date(string="Signed by the Customer on", guard="locked")
    line_ids = fields.One2many(
        "aftersales.worksheet.line", "worksheet_id", string="Work", copy=True
    )
    settlement_id = fields.Many2one(
        "aftersales.settlement",
        string="Fee Settlement",
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The approved settlement that has taken it up.",
    )
    attachment_count = fields.Integer(string="Attached Scans", compute="_compute_attachment_count")

    _unsettled_index = models.Index(
        "(ticket_id) WHERE state = 'approved' AND settlement_id IS NULL"
    )

    def _compute_attachment_count(self):
        counts = dict(
            self.env["ir.attachment"]
            .sudo()
            ._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for sheet in self:
            sheet.attachment_count = counts.get(sheet.id, 0)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for sheet in self:
            if not FIRST_DAY <= sheet.date_from <= sheet.date_to:
                raise ValidationError(
                    self.env._("The work of %s ends before it begins.", sheet.name)
                )
            if sheet.date_to > sheet.company_id._aftersales_today():
                raise ValidationError(
                    self.env._("%s is about work that isn't done yet.", sheet.name)
                )
            sheet.line_ids._check_work_date()

    def _check_can_submit(self):
        if not self.line_ids:
            raise UserError(self.env._("%s names no work: say what was done how long.", self.name))
        if not clean_text(self.env, self.signer_name) or not self.signed_on:
            raise UserError(
                self.env._("Say who signed the sheet for the customer, and when: %s.", self.name)
            )
        if not self.date_from <= self.signed_on <= self.company_id._aftersales_today():
            raise UserError(
                self.env._("The customer can't have signed on that day: %s.", self.name)
            )
        self.invalidate_recordset(["attachment_count"])
        if not self.attachment_count:
            raise UserError(
                self.env._(
                    "Attach the scan of the sheet that the customer has signed: %s.", self.name
                )
            )

    def _get_barred_uids(self):
        """Nobody checks his own hours, also when a colleague has entered them."""
        return super()._get_barred_uids() | {self.engineer_id.id}

    def _check_can_revise(self):
        if self.settlement_id:
            raise UserError(
                self.env._(
                    "%(sheet)s has been settled in %(settlement)s and stays.",
                    sheet=self.name,
                    settlement=self.sudo().settlement_id.name,
                )
            )


class AftersalesWorksheetLine(models.Model):
    """Hours, days, trips or kilometres of one kind; quantities in the fee's unit."""

    _name = "aftersales.worksheet.line"
    _inherit = ["aftersales.guard"]
    _description = "Line of a Work Sheet"
    _order = "worksheet_id, sequence, id"
    _rec_name = "product_id"
    _check_company_auto = True
    _guard_parent = "worksheet_id"

    worksheet_id = fields.Many2one(
        "aftersales.worksheet", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="worksheet_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    sequence = fields.Integer(default=10, guard="free")
    product_id = fields.Many2one(
        "product.product",
        string="Kind of Work",
        guard="locked",
        required=True,
        domain="[('aftersales_fee_kind', '!=', False)]",
        ondelete="restrict",
        check_company=True,
    )
    fee_kind = fields.Selection(related="product_id.aftersales_fee_kind")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    quantity = fields.Float(guard="locked", digits="Product Unit", required=True)
    work_date = fields.Date(string="Date", guard="locked")
    remark = fields.Char(guard="locked")

    _quantity_range = models.Constraint(
        f"CHECK (quantity > 0 AND quantity < {MAX_QUANTITY})",
        "A quantity of work is greater than zero and less than 100,000.",
    )

    @api.constrains("product_id")
    def _check_product(self):
        for line in self:
            if not line.product_id.aftersales_fee_kind:
                raise ValidationError(
                    self.env._("%s isn't a fee of the tariff.", line.product_id.display_name)
                )

    @api.constrains("work_date", "worksheet_id")
    def _check_work_date(self):
        """What the customer has signed for was done while the sheet says."""
        for line in self:
            sheet, day = line.worksheet_id, line.work_date
            if day and not sheet.date_from <= day <= sheet.date_to:
                raise ValidationError(
                    self.env._(
                        "%(sheet)s: %(work)s of %(day)s isn't between %(begin)s and %(end)s.",
                        sheet=sheet.name,
                        work=line.product_id.display_name,
                        day=fields.Date.to_string(day),
                        begin=fields.Date.to_string(sheet.date_from),
                        end=fields.Date.to_string(sheet.date_to),
                    )
                )
