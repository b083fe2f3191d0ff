from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesStatement(models.TransientModel):
    """The statement of account 对账单 of a customer and a period.

    Invoices and credit notes of paid service against what has arrived for them; the
    balance before the period is carried forward. Amounts in the company's currency.
    """

    _name = "aftersales.statement"
    _inherit = ["aftersales.links"]
    _description = "Statement of Account"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._aftersales_today().replace(month=1, day=1),
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self.env.company._aftersales_today()
    )
    name = fields.Char(compute="_compute_name")

    def _compute_name(self):
        for statement in self:
            statement.name = f"{statement.partner_id.display_name} {statement.date_to}"

    def _get_rows(self):
        """Return (balance before, rows): dicts of date, text, number, debit and credit.

        :raise UserError: for a period that ends before it begins, or another company
        """
        if len(self) != 1:
            raise UserError(self.env._("Do one step at a time."))
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._("%s isn't one of your companies.", self.company_id.sudo().name)
            )
        self.partner_id.check_access("read")
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period ends before it begins."))
        rows = [row for row in self._get_all_rows() if row["date"] <= self.date_to]
        rows.sort(key=lambda row: (row["date"], row["order"], row["number"]))
        before = sum(row["debit"] - row["credit"] for row in rows if row["date"] < self.date_from)
        currency = self.company_id.currency_id
        return currency.round(before), [row for row in rows if row["date"] >= self.date_from]

    def _get_all_rows(self):
        customer = self.partner_id.sudo().commercial_partner_id
        moves = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("aftersales_billed", "=", True),
                    ("state", "=", "posted"),
                    ("company_id", "=", self.company_id.id),
                    ("commercial_partner_id", "=", customer.id),
                ]
            )
        )
        rows = []
        for move in moves:
            credit = move.move_type == "out_refund"
            settlements = move._get_settlements()
            rows.append(
                {
                    "date": move.invoice_date or move.date,
                    "order": 0,
                    "text": self.env._("Credit note") if credit else self.env._("Invoice"),
                    "number": move.name,
                    "ref": ", ".join(settlements.agreement_id.mapped("name")),
                    "debit": move.amount_total_signed,
                    "credit": 0.0,
                }
            )
        return rows + self._get_receipts(customer, moves)

    def _get_receipts(self, customer, moves):
        """Return the rows of what has arrived: for agreements, and for the invoices."""
        payments = (
            self.env["account.payment"]
            .sudo()
            .search(
                [
                    ("aftersales_agreement_id", "!=", False),
                    ("company_id", "=", self.company_id.id),
                    ("partner_id", "child_of", customer.id),
                    ("state", "in", ("in_process", "paid")),
                ]
            )
        )
        rows = [
            {
                "date": payment.date,
                "order": 1,
                "text": self.env._("Money Received"),
                "number": payment.name or payment.memo or "",
                "ref": payment.aftersales_agreement_id.name,
                "debit": 0.0,
                "credit": payment.currency_id._convert(
                    amount, self.company_id.currency_id, self.company_id, payment.date
                ),
            }
            for payment, amount in payments._aftersales_get_amounts().items()
            if amount
        ]
        due = moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        for partial in due.matched_credit_ids:
            source = partial.credit_move_id.move_id
            if source in moves or source.state != "posted":
                continue
            agreement = source.origin_payment_id.aftersales_agreement_id
            settled = partial.debit_move_id.move_id._get_settlements().agreement_id
            if (agreement.parent_id or agreement) & settled:
                continue  # counted with the payment
            amount = partial._aftersales_get_received()
            if not amount:
                continue  # written off in our books, and owed by him all the same
            rows.append(
                {
                    "date": source.date,
                    "order": 1,
                    "text": self.env._("Money Received"),
                    "number": source.name,
                    "ref": partial.debit_move_id.move_id.name,
                    "debit": 0.0,
                    "credit": amount,
                }
            )
        return rows
