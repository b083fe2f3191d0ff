from odoo import api, fields, models


class ResCompanyCredit(models.Model):
    """How much a customer may owe before his next request is flagged (R004-33)."""

    _inherit = "res.company"

    aftersales_credit_limit = fields.Monetary(
        string="Limit of Open Fees",
        help="A customer who owes more than this is flagged on his next request; 0: no limit.",
    )
    aftersales_settlement_form_code = fields.Char(string="Form Code: Settlement")
    aftersales_settlement_form_version = fields.Char(
        string="Form Version: Settlement", default="A/0"
    )
    aftersales_tax_invoice_form_code = fields.Char(string="Form Code: Tax Invoice Request")
    aftersales_tax_invoice_form_version = fields.Char(
        string="Form Version: Tax Invoice Request", default="A/0"
    )
    aftersales_reminder_form_code = fields.Char(string="Form Code: Reminder Letter")
    aftersales_reminder_form_version = fields.Char(
        string="Form Version: Reminder Letter", default="A/0"
    )
    aftersales_statement_form_code = fields.Char(string="Form Code: Statement of Account")
    aftersales_statement_form_version = fields.Char(
        string="Form Version: Statement of Account", default="A/0"
    )

    _aftersales_credit_limit_positive = models.Constraint(
        "CHECK (coalesce(aftersales_credit_limit, 0) >= 0)", "A limit can't be negative."
    )


class ResConfigSettingsCredit(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_credit_limit = fields.Monetary(
        related="company_id.aftersales_credit_limit",
        readonly=False,
        currency_field="aftersales_currency_id",
    )
    aftersales_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of Fees"
    )


class HelpdeskTicketCredit(models.Model):
    """The request says when its customer owes more than the company allows."""

    _inherit = "helpdesk.ticket"

    aftersales_owed = fields.Monetary(
        string="Open Fees of the Customer",
        compute="_compute_aftersales_owed",
        currency_field="aftersales_currency_id",
        groups="aftersales_service.group_reader",
    )
    aftersales_over_limit = fields.Boolean(
        string="Customer over His Limit",
        compute="_compute_aftersales_owed",
        groups="aftersales_service.group_reader",
    )
    aftersales_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of Fees"
    )

    @api.depends("partner_id", "company_id")
    def _compute_aftersales_owed(self):
        limits = {ticket: ticket.company_id.sudo().aftersales_credit_limit for ticket in self}
        asked = self.filtered(lambda ticket: limits[ticket] and ticket.partner_id)
        owed = asked._get_owed()
        for ticket in self:
            customer = ticket.sudo().partner_id.commercial_partner_id
            amount = owed.get((ticket.company_id, customer), 0.0) if ticket in asked else 0.0
            ticket.aftersales_owed = amount
            ticket.aftersales_over_limit = bool(limits[ticket]) and amount > limits[ticket]

    def _get_owed(self):
        """Return {(company, customer): what is open of fees}, in the company's currency.

        Read where the follow-up list reads it: retained money counts from its due day on,
        money that is linked and not yet matched doesn't count any more.
        """
        owed = {}
        if not self:
            return owed
        for model in ("account.move", "account.payment", "account.partial.reconcile"):
            self.env[model].flush_model()
        self.env["aftersales.retention"]._flush_standing()
        groups = (
            self.env["aftersales.followup"]
            .sudo()
            ._read_group(
                [
                    (
                        "partner_id.commercial_partner_id",
                        "in",
                        self.sudo().partner_id.commercial_partner_id.ids,
                    ),
                    ("company_id", "in", self.company_id.ids),
                    "|",
                    ("kind", "in", ("unpaid", "overdue")),
                    "&",
                    ("kind", "=", "retention_due"),
                    ("agreement_id", "!=", False),
                ],
                ["company_id", "partner_id", "currency_id"],
                ["amount:sum"],
            )
        )
        for company, partner, currency, amount in groups:
            amount = currency._convert(amount, company.currency_id, company)
            key = company, partner.commercial_partner_id
            owed[key] = owed.get(key, 0.0) + amount
        return owed
