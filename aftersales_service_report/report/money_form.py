from odoo import models

from odoo.addons.aftersales_service.tools.amount import amount_in_words

from ..tools.layout import Cell, Grid, Opinion, Opinions, Row, Signatures


class MoneyForm(models.AbstractModel):
    """What the forms about money share: sums, words, watermark, our account."""

    _name = "aftersales.form.money"
    _inherit = ["aftersales.form.document"]
    _description = "Printed Form about Money"

    def _amount(self, amount):
        return f"{amount or 0.0:,.2f}"

    def _sum_row(self, label, amount, spans, currency=None, words=False):
        """Return a row with a sum, and the same in words where it is asked for."""
        text = self._amount(amount)
        if words and currency and currency.name == "CNY":
            sign = self.env._("minus ") if amount < 0 else ""
            text = f"{sign}{amount_in_words(f'{abs(amount):.2f}')}    ¥{text}"
        elif currency:
            text = f"{currency.symbol or ''}{text}"
        align = "left" if words else "right"
        return Row(
            [
                Cell(label, label=True, span=spans[0], align="center"),
                Cell(text, span=spans[1], align=align),
            ]
        )

    def _our_account(self, company):
        partner = company.sudo().partner_id
        bank = partner.bank_ids[:1]
        return " ".join(filter(None, [partner.name, bank.bank_id.name, bank.acc_number]))


class SettlementForm(models.AbstractModel):
    """费用结算单: agreed, done and charged line by line, differences explained."""

    _name = "report.aftersales_service_report.settlement"
    _inherit = ["aftersales.form.money"]
    _description = "Form: Fee Settlement"

    _form_model = "aftersales.settlement"
    _form_paper = "a4_landscape"
    _form_code = "settlement"

    def _get_title(self, record):
        return self.env._("Fee Settlement")

    def _get_blocks(self, record, width):
        return [
            self._get_grid(record),
            self._get_lines(record),
            self._get_sums(record),
            self._get_signatures(record),
        ]

    def _get_grid(self, record):
        pair = self._pair
        ticket, agreement = record.ticket_id, record.agreement_id
        modes = {"fixed": self.env._("Fixed total"), "actual": self.env._("By what was done")}
        return Grid(
            [24, 69, 24, 68, 24, 68],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("Agreement No."), agreement.name)
                    + pair(self.env._("Acceptance Sheet"), record.acceptance_ref)
                ),
                Row(
                    pair(self.env._("Project"), agreement.project_name)
                    + pair(self.env._("Request No."), ticket.number)
                    + pair(self.env._("Accepted on"), self._day(record.accepted_on))
                ),
                Row(
                    pair(self.env._("Model"), agreement.product_model)
                    + pair(self.env._("Serial No."), agreement.serial_number)
                    + pair(self.env._("Settlement"), self._choice(modes, record.mode))
                ),
            ],
        )

    def _get_lines(self, record):
        included = record.agreement_id.tariff_id.sudo().aftersales_tax_included
        price = self.env._("Price incl. Tax") if included else self.env._("Price excl. Tax")
        columns = [
            (self.env._("Seq."), 11, "center"),
            (self.env._("Item"), 74, ""),
            (self.env._("Unit"), 15, "center"),
            (self.env._("Agreed Qty"), 22, "right"),
            (self.env._("Done Qty"), 22, "right"),
            (self.env._("Charged Qty"), 22, "right"),
            (price, 25, "right"),
            (self.env._("Tax Rate"), 16, "center"),
            (self.env._("Amount"), 27, "right"),
            (self.env._("Difference Explained"), 43, ""),
        ]
        lines = [
            [
                " ".join(filter(None, [line.name, line.spec])),
                line.product_uom_id.name or "",
                self._quantity(line.agreed_qty),
                self._quantity(line.done_qty),
                self._quantity(line.charged_qty),
                f"{line.price_unit * (1 - line.discount / 100):,.2f}",
                self._get_rate(line.tax_id),
                self._amount(line.amount_total),
                line.explanation or "",
            ]
            for line in record.line_ids
        ]
        return self._line_grid(columns, self._line_rows(columns, lines), tail=0)

    def _get_sums(self, record):
        received = record.agreement_id.received_amount
        open_amount = record.amount_total - received
        currency = record.currency_id
        pairs = [
            (self.env._("Net Amount"), record.amount_untaxed),
            (self.env._("Tax Amount"), record.amount_tax),
            (self.env._("Total incl. Tax"), record.amount_total),
        ]
        cells = []
        for label, amount in pairs:
            cells += [
                Cell(label, label=True, align="center"),
                Cell(self._amount(amount), align="right"),
            ]
        return Grid(
            [34, 58, 34, 58, 34, 59],
            [
                Row(cells),
                self._sum_row(self.env._("Less: Received in Advance"), received, (1, 5), currency),
                self._sum_row(self.env._("Receivable"), open_amount, (1, 5), currency, words=True),
            ],
        )

    def _get_signatures(self, record):
        rows = self._get_evidence(record)
        return Signatures(
            [
                self._signature(
                    self.env._("Made by: Supervisor"), rows.filtered(lambda r: r.act == "submit")
                ),
                self._signature(
                    self.env._("Reviewed: Commerce Office"),
                    rows.filtered(lambda r: r.act == "review"),
                ),
                self._signature(self.env._("Finance"), rows.filtered(lambda r: r.act == "approve")),
                self._signature(self.env._("Customer (seal)"), note=self._get_confirmed(record)),
            ]
        )

    def _get_confirmed(self, record):
        """Return who has confirmed the sheet on paper, as it is registered."""
        if not record.signed_on:
            return ""
        return f"{record.signer_name} {self._day(record.signed_on)}"


class TaxInvoiceForm(models.AbstractModel):
    """开票申请: the buyer's tax data, the amounts, and what finance registered."""

    _name = "report.aftersales_service_report.tax_invoice"
    _inherit = ["aftersales.form.money"]
    _description = "Form: Tax Invoice Request"

    _form_model = "aftersales.tax.invoice"
    _form_code = "tax_invoice"

    def _get_title(self, record):
        if record.nature == "red":
            return self.env._("Request for a Red-Letter Note")
        return self.env._("Tax Invoice Request")

    def _get_watermark(self, record):
        return self.env._("VOID") if record.state == "cancelled" else ""

    def _get_blocks(self, record, width):
        pair = self._pair
        kinds = {
            "special": self.env._("VAT special invoice"),
            "ordinary": self.env._("VAT ordinary invoice"),
        }
        natures = {"blue": self.env._("Blue invoice"), "red": self.env._("Red-letter note")}
        grid = Grid(
            [30, 65, 30, 65],
            [
                Row(
                    pair(self.env._("Kind"), self._choice(kinds, record.kind))
                    + pair(self.env._("Nature"), self._choice(natures, record.nature))
                ),
                Row(
                    pair(self.env._("Buyer"), record.buyer_name)
                    + pair(self.env._("Credit Code"), record.buyer_tax_no)
                ),
                Row(
                    pair(self.env._("Postal Address"), record.buyer_address)
                    + pair(self.env._("Phone"), record.buyer_phone)
                ),
                Row(
                    pair(self.env._("Bank and Account"), record.buyer_bank)
                    + pair(self.env._("Deliver to"), record.delivery_email)
                ),
                Row(
                    pair(self.env._("Original Invoice"), record.original_number)
                    + pair(self.env._("Requested by"), record.submitted_by_id.sudo().name)
                ),
            ],
        )
        columns = [
            (self.env._("Seq."), 12, "center"),
            (self.env._("Invoice Reference"), 70, ""),
            (self.env._("Net Amount"), 36, "right"),
            (self.env._("Tax Amount"), 36, "right"),
            (self.env._("Total incl. Tax"), 36, "right"),
        ]
        sign = -1 if record.nature == "red" else 1
        lines = [
            [
                line.move_name or "",
                self._amount(sign * line.amount_untaxed),
                self._amount(sign * line.amount_tax),
                self._amount(sign * line.amount_total),
            ]
            for line in record.line_ids
        ]
        rows = self._line_rows(columns, lines)
        rows.append(
            Row(
                [
                    Cell(self.env._("Sum"), label=True, span=2, align="center"),
                    Cell(self._amount(record.amount_untaxed), align="right"),
                    Cell(self._amount(record.amount_tax), align="right"),
                    Cell(self._amount(record.amount_total), align="right"),
                ]
            )
        )
        rows.append(
            self._sum_row(
                self.env._("Amount in Words"),
                record.amount_total,
                (2, 3),
                record.currency_id,
                words=True,
            )
        )
        evidence = self._get_evidence(record)
        return [
            grid,
            self._line_grid(columns, rows),
            Opinions([Opinion(self.env._("Reason or Remark"), record.reason or "")], width, 14.0),
            Grid(
                [30, 65, 30, 65],
                [
                    Row(
                        pair(self.env._("Invoice Number"), record.number)
                        + pair(self.env._("Invoice Date"), self._day(record.invoice_date))
                    )
                ],
            ),
            Signatures(
                [
                    self._signature(
                        self.env._("Requested"), evidence.filtered(lambda r: r.act == "submit")
                    ),
                    self._signature(
                        self.env._("Registered: Finance"),
                        evidence.filtered(lambda r: r.act == "confirm"),
                    ),
                ]
            ),
        ]


class ReminderForm(models.AbstractModel):
    """催款函: an addressed letter with its table, our account, seal and 回执."""

    _name = "report.aftersales_service_report.reminder"
    _inherit = ["aftersales.form.money"]
    _description = "Form: Reminder Letter"

    _form_model = "aftersales.reminder"
    _form_code = "reminder"

    def _get_title(self, record):
        return self.env._("Reminder Letter")

    def _get_head(self, record):
        levels = dict(record._fields["level"]._description_selection(self.env))
        return super()._get_head(record)[:2] + [("", levels.get(record.level, ""))]

    def _get_blocks(self, record, width):
        columns = [
            (self.env._("Seq."), 8, "center"),
            (self.env._("Agreement No."), 30, ""),
            (self.env._("Invoice Reference"), 28, ""),
            (self.env._("Invoice Number"), 41, ""),
            (self.env._("Due on"), 20, "center"),
            (self.env._("Days Overdue"), 12, "right"),
            (self.env._("Receivable"), 17, "right"),
            (self.env._("Received"), 17, "right"),
            (self.env._("Open"), 17, "right"),
        ]
        lines = [
            [
                line.agreement_names or "",
                line.move_name or "",
                line.invoice_numbers or "",
                self._day(line.due_on),
                str(line.days),
                self._amount(line.amount_due - line.amount_retained),
                self._amount(line.amount_paid),
                self._amount(line.amount_open),
            ]
            for line in record.line_ids
        ]
        rows = self._line_rows(columns, lines, least=3)
        rows.append(
            self._sum_row(
                self.env._("Amount in Words"),
                record.amount_total,
                (2, 7),
                record.currency_id,
                words=True,
            )
        )
        return [
            Opinions([Opinion(self.env._("Notice"), self._get_letter(record))], width, 34.0),
            self._line_grid(columns, rows, tail=1),
            Grid(
                [30, 160],
                [Row(self._pair(self.env._("Our Account"), self._our_account(record.company_id)))],
            ),
            Signatures([self._signature(self.env._("(company seal)"))]),
            Opinions([Opinion(self.env._("Reply"), self._get_reply(record))], width, 22.0),
            Signatures([self._signature(self.env._("Customer (seal)"))]),
        ]

    def _get_letter(self, record):
        text = self.env._(
            "To %(customer)s: according to the service agreements below our service is done and "
            "accepted. The fees listed are due and have not arrived. Please pay them by "
            "%(deadline)s to the account below. If you have paid meanwhile, please take this "
            "letter as settled.",
            customer=self._party(record.partner_id),
            deadline=self._long_day(record.deadline),
        )
        retained = sum(record.line_ids.mapped("amount_retained"))
        note = retained and self.env._(
            "Retention money of %s that you keep under the agreements is no part of this letter.",
            self._amount(retained),
        )
        return "\n".join(filter(None, [text, note, record.text]))

    def _get_reply(self, record):
        return self.env._(
            "We have received the letter %(name)s. □ The amount is correct; we pay by "
            "____-__-__. □ The amount isn't correct, because:",
            name=record.name,
        )


class StatementForm(models.AbstractModel):
    """对账单: carried forward, invoiced, received, balance; confirmed with a seal."""

    _name = "report.aftersales_service_report.statement"
    _inherit = ["aftersales.form.money"]
    _description = "Form: Statement of Account"

    _form_model = "aftersales.statement"
    _form_code = "statement"

    def _get_title(self, record):
        return self.env._("Statement of Account")

    def _get_head(self, record):
        period = f"{self._day(record.date_from)} – {self._day(record.date_to)}"
        return [(self.env._("Period"), period)]

    def _get_watermark(self, record):
        return ""

    def _get_qr_text(self, record):
        return f"{record.partner_id.id}/{record.date_from}/{record.date_to}"

    def _get_blocks(self, record, width):
        before, entries = record._get_rows()
        columns = [
            (self.env._("Seq."), 12, "center"),
            (self.env._("Date"), 22, "center"),
            (self.env._("Entry"), 22, "center"),
            (self.env._("Number"), 36, ""),
            (self.env._("Agreement No."), 34, ""),
            (self.env._("Receivable"), 21, "right"),
            (self.env._("Received"), 21, "right"),
            (self.env._("Running Balance"), 22, "right"),
        ]
        balance, lines = (
            before,
            [["", self.env._("Brought forward"), "", "", "", "", self._amount(before)]],
        )
        for entry in entries:
            balance += entry["debit"] - entry["credit"]
            lines.append(
                [
                    self._day(entry["date"]),
                    entry["text"],
                    entry["number"] or "",
                    entry["ref"] or "",
                    self._amount(entry["debit"]) if entry["debit"] else "",
                    self._amount(entry["credit"]) if entry["credit"] else "",
                    self._amount(balance),
                ]
            )
        currency = record.company_id.currency_id
        balance = currency.round(balance)
        rows = self._line_rows(columns, lines)
        rows.append(
            Row(
                [
                    Cell(self.env._("Sum"), label=True, span=5, align="center"),
                    Cell(self._amount(sum(item["debit"] for item in entries)), align="right"),
                    Cell(self._amount(sum(item["credit"] for item in entries)), align="right"),
                    Cell(self._amount(balance), align="right"),
                ]
            )
        )
        rows.append(
            self._sum_row(self.env._("Running Balance"), balance, (2, 6), currency, words=True)
        )
        pair = self._pair
        return [
            Grid(
                [30, 65, 30, 65],
                [
                    Row(
                        pair(self.env._("Customer"), self._party(record.partner_id))
                        + pair(self.env._("Our Account"), self._our_account(record.company_id))
                    )
                ],
            ),
            self._line_grid(columns, rows),
            Signatures(
                [
                    self._signature(self.env._("Made by: Finance")),
                    self._signature(self.env._("Confirmed: Customer (seal)")),
                ]
            ),
        ]
