from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.aftersales_service.tools.amount import amount_in_words

from ..tools.layout import Cell, Grid, Row, Signatures

FINANCE_GROUPS = ("aftersales_service.group_finance", "stock.group_stock_manager")


class IssueForm(models.AbstractModel):
    """材料领用单 on A4: what the store hands out, for whom and on whose word (R004-17)."""

    _name = "report.aftersales_service_report.issue"
    _inherit = ["aftersales.form.picking"]
    _description = "Form: Material Issue"

    _form_code = "issue"
    _form_widths = (8.6, 18.4, 26, 27.7, 23.2, 11.8, 14.6, 14.6, 14.6, 17.2, 13.3)
    _form_grid = (22, 41, 22, 42, 20, 43)
    _form_least = 5
    _form_signature = 16.0

    def _get_title(self, record):
        return self.env._("Material Issue Slip")

    def _get_head(self, record):
        warehouse = record.picking_type_id.sudo().warehouse_id
        return [
            (self.env._("No."), record.name),
            (self.env._("Date"), self._moment_day(record, record.date_done or record.create_date)),
            (self.env._("Warehouse"), warehouse.name),
            ("", self._get_round(record.requisition_id)),
        ]

    def _get_foot(self, record):
        return self.env._(
            "Three copies: ① file ② store ③ finance · keep for %s years",
            self._get_retention(record),
        )

    def _get_blocks(self, record, width):
        blocks = [self._get_grid(record), self._get_lines(record)]
        returns = self._get_returns(record, width)
        if returns:
            blocks.append(returns)
        return blocks + [self._get_signatures(record, width)]

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------
    def _get_grid(self, record):
        pair, requisition = self._pair, record.requisition_id
        purpose = requisition.purpose_id.sudo().aftersales_purpose
        purposes = {
            "free": self.env._("Free service"),
            "paid": self.env._("Paid service"),
            "goodwill": self.env._("Goodwill"),
            "loan": self.env._("Loan"),
        }
        charges = {"paid": self.env._("Paid"), "free": self.env._("Free")}
        charge = {"paid": "paid", "free": "free", "goodwill": "free"}.get(purpose)
        customer = [self._party(requisition.partner_id), requisition.project_name]
        return Grid(
            list(self._form_grid),
            [
                Row(
                    pair(self.env._("Department"), requisition.team_id.sudo().name)
                    + pair(self.env._("Issue Purpose"), self._choice(purposes, purpose), span=3)
                ),
                Row(
                    pair(self.env._("Requisition"), requisition.name)
                    + pair(
                        self.env._("Customer / Project"), " / ".join(filter(None, customer)), span=3
                    )
                ),
                Row(
                    pair(self.env._("Contract No."), requisition.contract_ref)
                    + pair(self.env._("Cost Object"), requisition.analytic_account_id.sudo().name)
                    + pair(self.env._("Charge"), self._choice(charges, charge))
                ),
            ],
        )

    def _get_columns(self):
        titles = [
            (self.env._("Seq."), "center"),
            (self.env._("Material Code"), ""),
            (self.env._("Name"), ""),
            (self.env._("Specification"), ""),
            (self.env._("Lot/Serial"), ""),
            (self.env._("Unit"), "center"),
            (self.env._("Allowed"), "right"),
            (self.env._("Asked for"), "right"),
            (self.env._("Issued"), "right"),
            (self.env._("Place"), ""),
            *self._get_price_titles(),
            (self.env._("Remark"), ""),
        ]
        return [
            (title, width, align)
            for (title, align), width in zip(titles, self._form_widths, strict=True)
        ]

    def _get_price_titles(self):
        return []

    def _get_price_texts(self, move, lines):
        return []

    def _get_lines(self, record):
        columns = self._get_columns()
        pieces = self._get_pieces(record)
        texts = [self._get_line_texts(*piece) for piece in pieces]
        rows = self._line_rows(columns, texts, self._form_least)
        totals = self._get_total_rows(record, pieces, len(columns))
        return self._line_grid(columns, rows + totals, tail=len(totals) + 1)

    def _get_line_texts(self, move, lines, first):
        code, name, spec = self._product_texts(move)
        line = move.requisition_line_id
        return [
            code,
            name,
            spec,
            self._lot_text(lines),
            move.product_id.uom_id.name,
            self._quantity(line.qty_product) if first else "",
            self._quantity(move.product_qty) if first else "",
            self._piece_quantity(move, lines),
            lines[:1].location_id.name or "",
            *self._get_price_texts(move, lines),
            line.remark or "",
        ]

    def _get_total_rows(self, record, pieces, count):
        return [Row(self._get_total_cells(pieces) + [Cell() for _index in range(count - 9)])]

    def _get_returns(self, record, width):
        """Return the lower table: what was left over, and which old parts come back."""
        back = self.env["stock.move"].search(
            [("origin_returned_move_id", "in", record.move_ids.ids), ("state", "=", "done")],
            order="id",
        )
        old = record.move_ids.filtered(
            lambda move: move.requisition_line_id.old_part_returns and move.state != "cancel"
        )
        if not back and not old:
            return None
        rows = [
            Row(
                [
                    Cell(self._product_texts(move.origin_returned_move_id)[1]),
                    Cell(f"{self._quantity(move.quantity)} {move.product_uom.name}", align="right"),
                    Cell(),
                    Cell(self._moment_day(record, move.date), align="center"),
                    Cell(),
                ]
            )
            for move in back
        ]
        rows += [
            Row(
                [
                    Cell(self._product_texts(move)[1]),
                    Cell(),
                    Cell(self.env._("due: %s", self._quantity(move.product_qty))),
                    Cell(),
                    Cell(),
                ]
            )
            for move in old
        ]
        titles = [
            self.env._("Returned: Material"),
            self.env._("Unused, Quantity"),
            self.env._("Old Part, Quantity/State"),
            self.env._("Received on"),
            self.env._("Storekeeper"),
        ]
        share = width / 10
        return Grid(
            [share * 3, share * 1.5, share * 2.2, share * 1.6, share * 1.7],
            rows,
            heads=[Row([Cell(title, label=True, align="center") for title in titles])],
        )

    def _get_signatures(self, record, width):
        rows = self._get_evidence(record.requisition_id)
        acts = self._get_transfer_evidence(record)
        draw = rows.filtered(lambda row: row.phase == "follow_up" and row.act == "draw")
        inspected = acts.filtered(lambda row: row.act == "inspect")[-1:]
        if record.inspection_result != "pass":
            inspected = None
        return Signatures(
            [
                self._signature(self.env._("Drawn: Service Supervisor"), draw),
                *self._extra_signatures(rows),
                self._signature(
                    self.env._("Issued: Storekeeper"),
                    acts.filtered(lambda row: row.act == "issue")[-1:],
                ),
                self._signature(self.env._("Checked/Inspected"), inspected),
                self._signature(self.env._("Booked: Finance")),
            ],
            height=self._form_signature,
            width=width,
        )


class IssueSlip(models.AbstractModel):
    """材料领用单 on 241 × 140 mm, for the dot-matrix printer of the store."""

    _name = "report.aftersales_service_report.issue_slip"
    _inherit = ["report.aftersales_service_report.issue"]
    _description = "Form: Material Issue, Slip"

    _form_paper = "slip"
    _form_signature = 14.0
    _form_widths = (9, 22, 34, 32, 26, 12, 15, 15, 15, 19, 16)
    _form_grid = (22, 49, 22, 51, 20, 51)


class IssueFinance(models.AbstractModel):
    """材料领用单 for finance: with prices, from the cost of what was issued."""

    _name = "report.aftersales_service_report.issue_finance"
    _inherit = ["report.aftersales_service_report.issue"]
    _description = "Form: Material Issue, Finance Copy"

    _form_paper = "a4_landscape"
    _form_widths = (9, 28, 43, 39, 27, 12, 15, 15, 15, 17, 20, 23, 14)
    _form_grid = (22, 70, 22, 71, 20, 72)

    @api.model
    def _may_see_prices(self):
        user = self.env.user
        return any(user.has_group(group) for group in FINANCE_GROUPS)

    def _check_print(self, records):
        if not self._may_see_prices():
            raise AccessError(
                self.env._("The finance copy has prices: it is for finance and stock managers.")
            )
        return super()._check_print(records)

    def _get_title(self, record):
        return self.env._("Material Issue Slip (Finance Copy)")

    def _get_price_titles(self):
        return [(self.env._("Unit Price"), "right"), (self.env._("Amount"), "right")]

    def _get_cost(self, move, lines):
        """Return unit price and amount: the cost of what was, or would be, issued."""
        company = move.company_id
        price = move.product_id.with_company(company).sudo().standard_price
        quantity = sum(lines.mapped("quantity_product_uom")) if lines else move.product_qty
        return price, company.currency_id.round(price * quantity)

    def _money(self, currency, amount):
        return f"{currency.symbol or ''}{amount:,.{currency.decimal_places}f}"

    def _get_price_texts(self, move, lines):
        currency = move.company_id.currency_id
        price, amount = self._get_cost(move, lines)
        return [f"{price:,.2f}", self._money(currency, amount)]

    def _get_total_rows(self, record, pieces, count):
        currency = record.company_id.currency_id
        total = sum(self._get_cost(move, lines)[1] for move, lines, _first in pieces)
        money = self._money(currency, total)
        rows = [
            Row(
                self._get_total_cells(pieces) + [Cell(), Cell(), Cell(money, align="right"), Cell()]
            )
        ]
        if currency.name == "CNY":
            rows.append(
                Row(
                    [
                        Cell(self.env._("Amount in Words"), label=True, span=3, align="center"),
                        Cell(amount_in_words(currency.round(total)), span=count - 3),
                    ]
                )
            )
        return rows
