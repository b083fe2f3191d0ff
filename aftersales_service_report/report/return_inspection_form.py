from odoo import models

from ..tools.layout import Grid, Opinion, Opinions, Photographs, Row
from ..tools.pictures import as_picture


class ReturnInspectionForm(models.AbstractModel):
    """重新检验报告: 重新检验栏 of a return by itself, with its photographs (R002-28)."""

    _name = "report.aftersales_service_report.return_inspection"
    _inherit = ["aftersales.form.return"]
    _description = "Form: Re-inspection Report"

    _form_code = "return_inspection"

    def _get_title(self, record):
        return self.env._("Re-inspection Report")

    def _get_more_head(self, record):
        return [(self.env._("Report No."), record.report_ref)] if record.report_ref else []

    def _get_watermark(self, record):
        if record.state == "cancelled":
            return self.env._("VOID")
        rows = self._get_evidence(record)
        return "" if self._get_signed(rows, "reinspect") else self.env._("NOT IN FORCE")

    def _get_blocks(self, record, width):
        rows = self._get_evidence(record)
        return [
            self._get_grid(record),
            self._get_lines(record),
            Opinions(
                [Opinion(self.env._("Reason of the Return"), self._get_reason(record))],
                width,
                14.0,
            ),
            *self._get_inspection(record, rows, width),
            self._get_pieces(record),
            *self._get_photographs(record),
        ]

    def _get_grid(self, record):
        pair = self._pair
        delivery = [record.delivery_ref, self._day(record.delivery_date)]
        return Grid(
            [28, 72, 24, 66],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("Delivery, Date"), "  ".join(filter(None, delivery)))
                ),
                Row(
                    pair(self.env._("Goods Received on"), self._moment_day(record, record.received_at))
                    + pair(self.env._("Look"), record.receipt_look)
                ),
            ],
        )

    def _get_sorted_pieces(self, record):
        return record.evidence_ids.sorted(lambda piece: (piece.sequence, piece.id))

    def _get_pieces(self, record):
        """Return the list of the evidence with the digests that were signed."""
        columns = [
            (self.env._("Seq."), 9, "center"),
            (self.env._("Kind"), 24, "center"),
            (self.env._("Evidence"), 62, ""),
            (self.env._("Date"), 24, "center"),
            (self.env._("Provided by"), 36, ""),
            (self.env._("Digest"), 35, ""),
        ]
        kinds = dict(record.evidence_ids._fields["category"]._description_selection(self.env))
        lines = [
            [
                kinds.get(piece.category, ""),
                piece.name or "",
                self._day(piece.date),
                piece.provider or "",
                piece.sha256_short or "",
            ]
            for piece in self._get_sorted_pieces(record)
        ]
        return self._line_grid(columns, self._line_rows(columns, lines, least=3), tail=0)

    def _get_photographs(self, record):
        """Return the photographs, two in a row; what isn't a picture is in the list only."""
        pictures = []
        for number, piece in enumerate(self._get_sorted_pieces(record), start=1):
            source = as_picture(piece._get_file().raw)
            if source:
                pictures.append((f"{number}. {piece.name or ''}", source))
        return [
            Photographs(pictures[start : start + 2]) for start in range(0, len(pictures), 2)
        ]
