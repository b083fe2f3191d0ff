import base64
import json

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.aftersales_service.tools.text import join_words

from ..tools.layout import Cell, Choice, Grid, Row, Signature, paginate

# width and height of the paper, margins left/right and top/bottom, in millimetres
PAPERS = {
    "a4": (210, 297, 10, 8),
    "a4_landscape": (297, 210, 10, 8),
    "slip": (241, 140, 13, 4.5),
}
HEAD_HEIGHT = 20.0
FOOT_HEIGHT = 5.0
STORE_ACTS = ("issue", "inspect", "pack", "ship", "receive")


class AftersalesForm(models.AbstractModel):
    """What the printed forms share: head, cells, signatures from the evidence, pages.

    A form is data: blocks of cells in the order of the paper. One set of templates
    draws them all. Everything is read with the rights of the person who prints.
    """

    _name = "aftersales.form"
    _description = "Printed Form"

    _form_model = ""
    _form_paper = "a4"
    # prefix of the company's fields with code and version of the form
    _form_code = ""

    @api.model
    def _get_report_values(self, docids, data=None):
        records = self.env[self._form_model].browse(docids).exists()
        records.check_access("read")
        self._check_print(records)
        return {
            "doc_ids": records.ids,
            "doc_model": self._form_model,
            "docs": records,
            "forms": [self._get_form(record) for record in records],
            "paper": self._form_paper,
            "paper_size": PAPERS.get(self._form_paper),
            "form_lang": (self.env.lang or "en_US").replace("_", "-"),
        }

    # ------------------------------------------------------------------
    # Hooks of the forms
    # ------------------------------------------------------------------
    def _check_print(self, records):
        """Raise when the records can't be printed on this form."""

    def _get_title(self, record):
        raise NotImplementedError

    def _get_head(self, record):
        """Return what the head says besides the title: number, day and the like."""
        raise NotImplementedError

    def _get_blocks(self, record, width):
        """Return the blocks of the form, from top to bottom."""
        raise NotImplementedError

    def _get_watermark(self, record):
        """Return the word across a copy that isn't in force."""
        return ""

    def _get_foot(self, record):
        """Return copies and retention."""
        return self.env._("Keep for %s years", self._get_retention(record))

    def _get_company(self, record):
        """Return the company whose form it is."""
        return record.company_id

    def _get_retention(self, record):
        """Return for how many years the company keeps the form."""
        return self._get_company(record).sudo().aftersales_retention_years

    def _get_qr_text(self, record):
        """Return what a scan of the form finds: its number."""
        return record.name

    # ------------------------------------------------------------------
    # The form
    # ------------------------------------------------------------------
    def _get_form(self, record):
        width, height, side, edge = PAPERS[self._form_paper]
        room = height - 2 * edge - HEAD_HEIGHT - FOOT_HEIGHT
        pages = paginate(self._get_blocks(record, width - 2 * side), room)
        company = self._get_company(record).sudo()
        return {
            "record": record,
            "company": company.name,
            "title": self._get_title(record),
            "code": company[f"aftersales_{self._form_code}_form_code"] or "",
            "version": company[f"aftersales_{self._form_code}_form_version"] or "",
            "head": self._get_head(record),
            "watermark": self._get_watermark(record),
            "qr": self._get_qr(self._get_qr_text(record)),
            "foot": self._get_foot(record),
            "printed": self._get_printed(record),
            "colon": self._get_colon(),
            "date": self.env._("Date"),
            "open_day": self.env._("____-__-__"),
            "pages": [
                {
                    "number": self.env._(
                        "Page %(page)s of %(count)s", page=number, count=len(pages)
                    ),
                    "blocks": blocks,
                }
                for number, blocks in enumerate(pages, start=1)
            ],
        }

    def _get_printed(self, record):
        return self.env._(
            "Printed by %(person)s, %(time)s",
            person=self.env.user.name,
            time=self._time_text(record, fields.Datetime.now()),
        )

    def _get_qr(self, text):
        """Return a QR code as data, so that nothing has to be fetched."""
        image = self.env["ir.actions.report"].barcode(
            "QR", text or "-", width=360, height=360, quiet=0, barLevel="M"
        )
        return "data:image/png;base64," + base64.b64encode(image).decode()

    # ------------------------------------------------------------------
    # Cells
    # ------------------------------------------------------------------
    def _pair(self, label, value="", span=1):
        """Return a label and, right of it, its value."""
        cell = value if isinstance(value, Cell) else Cell(str(value or ""))
        cell.span = span
        return [Cell(label, label=True), cell]

    def _choice(self, alternatives, chosen):
        """Return a cell with all alternatives as boxes, so that the paper reads alone.

        :param alternatives: {key: text}
        :param chosen: a key, or several
        """
        keys = chosen if isinstance(chosen, (set, list, tuple)) else {chosen}
        return Cell(choices=tuple(Choice(text, key in keys) for key, text in alternatives.items()))

    def _header_row(self, columns):
        return Row([Cell(title, label=True, align="center") for title, _width, _align in columns])

    def _line_grid(self, columns, rows, tail=2):
        """Return the table of the lines.

        :param tail: how many rows at the end stay with the last line: the totals and
            以下空白
        """
        return Grid(
            [width for _title, width, _align in columns],
            rows,
            heads=[self._header_row(columns)],
            tail=tail,
        )

    def _line_rows(self, columns, lines, least=5):
        """Return numbered rows, filled up with empty ones under 以下空白."""
        rows = [
            Row(
                [
                    Cell(str(text), align=align)
                    for text, (_title, _width, align) in zip([number, *line], columns, strict=True)
                ]
            )
            for number, line in enumerate(lines, start=1)
        ]
        blanks = max(least - len(rows), 1)
        for index in range(blanks):
            cells = [Cell(align="center") for _column in columns]
            if not index:
                cells[2].text = self.env._("(blank below)")
            rows.append(Row(cells))
        return rows

    # ------------------------------------------------------------------
    # Texts
    # ------------------------------------------------------------------
    def _quantity(self, quantity):
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        text = f"{quantity or 0.0:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def _money(self, record, amount):
        """Return an amount in the currency of the document."""
        currency = record.currency_id
        return f"{currency.symbol or ''}{amount:,.{currency.decimal_places}f}"

    def _get_rate(self, tax):
        """Return the rate of a tax, as paper for customers writes it."""
        tax = tax.sudo()
        return f"{tax.amount:g}%" if tax and tax.amount_type == "percent" else tax.name or ""

    @api.model
    def _get_colon(self):
        return "：" if (self.env.lang or "").startswith("zh") else ": "

    def _day(self, day):
        return fields.Date.to_string(day) if day else ""

    def _moment_day(self, record, moment):
        """Return the company's day of a moment, as lists write it."""
        return self._day(self._get_company(record)._aftersales_date(moment)) if moment else ""

    def _long_day(self, day):
        """Return a day as letters and forms for customers write it."""
        return format_date(self.env, day, date_format="long") if day else ""

    def _time_text(self, record, moment):
        zone = self._get_company(record)._aftersales_zone()
        return pytz.utc.localize(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def _party(self, partner):
        """Return the name of a customer, who may be out of the user's sight."""
        return partner.sudo().name or ""

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    def _get_evidence(self, requisition):
        """Return the rows of the present round; none while no round is in force."""
        if requisition.state not in ("submitted", "approved"):
            return self.env["aftersales.approval"]
        return self.env["aftersales.approval"].search(
            [
                ("res_model", "=", requisition._name),
                ("res_id", "=", requisition.id),
                ("round", "=", requisition.round),
            ],
            order="sequence, id",
        )

    def _get_transfer_evidence(self, picking):
        """Return the acts of the store that are on record for this very transfer."""
        rows = self._get_evidence(picking._get_shipped_document()).filtered(
            lambda row: row.phase == "record" and row.act in STORE_ACTS
        )
        return rows.filtered(
            lambda row: (
                json.loads(row.snapshot or "{}").get("transfer", {}).get("number") == picking.name
            )
        )

    def _signature(self, label, row=None, note=""):
        """Return the cell of a step: who signed it, or empty for a pen.

        Only what the evidence has is printed: the name as it was frozen.
        """
        row = row[:1] if row else None
        if not row or row.state not in ("signed", "skipped"):
            return Signature(label, note=note)
        if row.state == "skipped":
            return Signature(label, skipped=True, note=note)
        return Signature(
            label,
            name=row.user_name,
            day=self._moment_day(row, row.decided_at),
            deputy=bool(row.deputy_for_name),
            note=note,
        )

    def _extra_signatures(self, rows):
        """Return a cell for each step of the decision besides the technical review."""
        extra = rows.filtered(
            lambda row: row.phase == "decision" and row.act not in ("review", "inform")
        )
        acts = dict(rows._fields["act"]._description_selection(self.env))
        return [
            self._signature(
                self.env._("%(act)s: %(role)s", act=acts[row.act], role=row.role_name), row
            )
            for row in extra
        ]

    def _get_round(self, requisition):
        """Return 第 n 轮 from the second round on."""
        number = requisition.round
        if requisition.state == "draft" and number:
            number += 1
        return self.env._("Round %s", number) if number > 1 else ""


class AftersalesPickingForm(models.AbstractModel):
    """What the forms of a material issue share."""

    _name = "aftersales.form.picking"
    _inherit = ["aftersales.form"]
    _description = "Printed Form of a Material Issue"

    _form_model = "stock.picking"

    def _check_print(self, records):
        for picking in records:
            if not picking.requisition_id:
                raise UserError(
                    self.env._(
                        "%s isn't the material issue of a requisition: print the delivery slip.",
                        picking.name,
                    )
                )
        records.requisition_id.check_access("read")

    def _get_watermark(self, record):
        if record.state == "cancel":
            return self.env._("VOID")
        return "" if record.state == "done" else self.env._("NOT IN FORCE")

    def _get_pieces(self, picking):
        """Return [(move, its lines)]: one row of a form for each lot and place."""
        pieces = []
        for move in picking.move_ids.filtered(lambda move: move.state != "cancel").sorted("id"):
            lines = move.move_line_ids.filtered("quantity").sorted("id")
            if len(lines) < 2:
                pieces.append((move, lines, True))
                continue
            pieces += [(move, line, line == lines[:1]) for line in lines]
        return pieces

    def _piece_quantity(self, move, lines):
        """Return what was moved, in the product's unit; empty while nothing has."""
        if move.state != "done":
            return ""
        return self._quantity(sum(lines.mapped("quantity_product_uom")))

    def _get_total_cells(self, pieces, reviewed=True):
        """Return 合计 with the quantities approved, asked for and moved.

        Quantities are added up only in one unit; nothing is moved before it's done.
        """
        moves = self.env["stock.move"].union(*[move for move, _lines, _first in pieces])
        texts = ["", "", ""]
        if len(moves.product_id.uom_id) == 1:
            done = moves.filtered(lambda move: move.state == "done").move_line_ids
            texts = [
                self._quantity(sum(moves.requisition_line_id.mapped("qty_product"))),
                self._quantity(sum(moves.mapped("product_qty"))),
                self._quantity(sum(done.mapped("quantity_product_uom"))) if done else "",
            ]
        return [
            Cell(self.env._("Total"), label=True, span=3, align="center"),
            Cell(self.env._("%s items", len(pieces)), span=3, align="center"),
            *[Cell(text, align="right") for text in texts[0 if reviewed else 1 :]],
        ]

    def _product_texts(self, move):
        """Return code, name and specification of the material."""
        line, product = move.requisition_line_id, move.product_id
        spec = line.spec if line else product.aftersales_spec
        return product.default_code or "", line.name or product.name or "", spec or ""

    def _lot_text(self, lines):
        names = [line.lot_id.name or line.lot_name for line in lines]
        return join_words(self.env, filter(None, names))
