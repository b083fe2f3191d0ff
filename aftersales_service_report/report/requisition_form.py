from odoo import models

from odoo.addons.aftersales_service.tools.text import join_clauses

from ..tools.layout import Cell, Grid, Opinion, Opinions, Row, Signatures

CAUSES = {
    "quality": "quality",
    "component": "quality",
    "design": "quality",
    "transport": "transport",
    "loss": "transport",
    "misuse": "misuse",
    "changed": "changed",
}


class RequisitionForm(models.AbstractModel):
    """售后服务处理单, with the reviews as they are on record (R004-13 … R004-16)."""

    _name = "report.aftersales_service_report.requisition"
    _inherit = ["aftersales.form.document"]
    _description = "Form: Spare-Part Requisition"

    _form_model = "aftersales.requisition"
    _form_paper = "a4_landscape"
    _form_code = "requisition"

    def _get_title(self, record):
        return self.env._("Spare-Part Requisition")

    def _get_blocks(self, record, width):
        rows = self._get_evidence(record)
        return [
            self._get_grid(record),
            Opinions([Opinion(self.env._("Fault and Plan"), record.fault_plan or "")], width, 19.0),
            self._get_lines(record),
            Opinions([self._get_review(record, rows)], width, 19.0),
            Opinions(
                [
                    self._get_feedback(record, rows, "make"),
                    self._get_feedback(record, rows, "buy"),
                ],
                width,
                18.0,
            ),
            self._get_signatures(rows, width),
        ]

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------
    def _get_grid(self, record):
        ticket, unit = record.ticket_id, record.unit_id
        urgency = record.urgency_class or ticket.urgency_class or ticket.urgency_proposed
        urgencies = {
            "a": self.env._("Critical"),
            "b": self.env._("Urgent"),
            "c": self.env._("Normal"),
        }
        consignee = [record.consignee_name, record.consignee_address, record.consignee_person]
        consignee.append(record.consignee_phone)
        causes = {
            "quality": self.env._("Quality"),
            "transport": self.env._("Transport"),
            "misuse": self.env._("Misoperation"),
            "changed": self.env._("Change"),
            "other": self.env._("Other cause"),
        }
        pair = self._pair
        return Grid(
            [20, 50, 20, 49, 22, 48, 20, 48],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("End User"), self._party(record.end_user_id))
                    + pair(self.env._("Project"), record.project_name)
                    + pair(self.env._("Contract No."), record.contract_ref)
                ),
                Row(
                    pair(self.env._("Model"), record.product_model)
                    + pair(self.env._("Serial No."), record.serial_number or unit.serial_number)
                    + pair(self.env._("Request No."), ticket.number)
                    + pair(self.env._("Class"), self._choice(urgencies, urgency))
                ),
                Row(
                    pair(self.env._("Charge"), self._get_charge(record))
                    + pair(self.env._("Warranty until"), self._day(unit.warranty_end))
                    + pair(self.env._("Needed on Site"), self._day(record.date_required))
                    + pair(self.env._("Executing Unit"), self._party_team(record.team_id))
                ),
                Row(
                    pair(self.env._("Consignee"), "  ".join(filter(None, consignee)), span=3)
                    + pair(
                        self.env._("Liability"),
                        self._choice(causes, self._get_cause(ticket)),
                        span=3,
                    )
                ),
            ],
        )

    def _party_team(self, team):
        return team.sudo().name or ""

    def _get_cause(self, ticket):
        cause = ticket.confirmed_cause_id
        return CAUSES.get(cause.category, "other") if cause else ""

    def _get_charge(self, record):
        """Return free, paid or still open as boxes, from the purpose and the coverage."""
        purpose = record.purpose_id.sudo().aftersales_purpose
        coverage = record.coverage or record.request_coverage
        decided = record.ticket_id._charge_of("parts") != "unknown"
        if purpose == "free" and not decided and coverage not in ("in_warranty", "contract"):
            purpose = "open"
        charge = {"free": "free", "goodwill": "free", "paid": "paid"}.get(purpose, "open")
        alternatives = {
            "paid": self.env._("Paid"),
            "free": self.env._("Free"),
            "open": self.env._("Not decided"),
        }
        return self._choice(alternatives, charge)

    def _get_columns(self):
        return [
            (self.env._("Seq."), 9, "center"),
            (self.env._("Material Code"), 23, ""),
            (self.env._("Name"), 39, ""),
            (self.env._("Specification"), 35, ""),
            (self.env._("Unit"), 12, "center"),
            (self.env._("Req. Qty"), 15.5, "right"),
            (self.env._("On Stock"), 15.5, "right"),
            (self.env._("Shortage"), 16, "right"),
            (self.env._("Source"), 13, "center"),
            (self.env._("Lead Time (Days)"), 15.5, "right"),
            (self.env._("Expected on"), 20, "center"),
            (self.env._("Old Part"), 10.5, "center"),
            (self.env._("For Serial No."), 26, ""),
            (self.env._("Remark"), 27, ""),
        ]

    def _get_lines(self, record):
        columns = self._get_columns()
        lines = record.line_ids.sorted(lambda line: (line.sequence, line.id))
        rows = self._line_rows(columns, [self._get_line_texts(line) for line in lines])
        # boxes are drawn, not written: not every font has them
        for row, line in zip(rows, lines, strict=False):
            row.cells[11] = self._choice({True: ""}, line.old_part_returns)
            row.cells[11].align = "center"
        units = lines.product_uom_id
        total = self._quantity(sum(lines.mapped("requested_qty"))) if len(units) == 1 else ""
        rows.append(
            Row(
                [
                    Cell(self.env._("Total"), label=True, span=3, align="center"),
                    Cell(self.env._("%s items", len(lines)), span=2, align="center"),
                    Cell(total, align="right"),
                    *[Cell() for _index in range(8)],
                ]
            )
        )
        return self._line_grid(columns, rows)

    def _get_line_texts(self, line):
        short = bool(line.shortage_qty or line.lead_days or line.promised_date)
        sources = {
            "make": self.env._("Made"),
            "buy": self.env._("Bought"),
        }
        remark = [
            line.substitute_for and self.env._("Instead of %s", line.substitute_for),
            line.reason,
            line.remark,
        ]
        return [
            line.product_id.default_code or "",
            line.name or "",
            line.spec or "",
            line.product_uom_id.name or "",
            self._quantity(line.requested_qty),
            self._quantity(line.available_qty) if line.product_id else "",
            self._quantity(line.shortage_qty) if line.product_id else "",
            sources.get(line.source, "") if short else self.env._("Stock"),
            line.lead_days or "",
            self._day(line.promised_date),
            "",
            line.unit_id.serial_number or "",
            join_clauses(self.env, filter(None, remark)),
        ]

    def _get_review(self, record, rows):
        """Return the opinion of the technical office, with what it altered."""
        reviews = rows.filtered(lambda row: row.act == "review" and row.phase == "decision")
        texts = [row.comment for row in reviews if row.comment]
        amendments = self.env["aftersales.amendment"].search(
            [("approval_id", "in", reviews.ids)], order="id"
        )
        texts += [
            self.env._(
                "%(line)s, %(field)s: was %(before)s, now %(after)s",
                line=item.record_name,
                field=item.field_label,
                before=item.before or "-",
                after=item.after or "-",
            )
            for item in amendments
        ]
        return Opinion(
            self.env._("Opinion of the Technical Office"),
            "\n".join(texts),
            self._signature(self.env._("Signature"), reviews[-1:]),
        )

    def _get_feedback(self, record, rows, source):
        """Return the lead times that an office has fed back."""
        titles = {
            "make": self.env._("Feedback of Production (Time to Make)"),
            "buy": self.env._("Feedback of Purchasing (Time to Buy)"),
        }
        row = self._get_feedback_row(rows, source)
        lines = record.line_ids.filtered(lambda line: line.source == source and line.promised_date)
        texts = [
            self.env._(
                "%(line)s: %(days)s days, %(date)s",
                line=line.display_name,
                days=line.lead_days,
                date=self._day(line.promised_date),
            )
            for line in lines
        ]
        if row.comment:
            texts.append(row.comment)
        return Opinion(
            titles[source], "\n".join(texts), self._signature(self.env._("Signature"), row)
        )

    def _get_feedback_row(self, rows, source):
        return rows.filtered(
            lambda row: row.phase == "follow_up" and row.act == "feedback" and row.scope == source
        )[:1]

    def _get_signatures(self, rows, width):
        review = rows.filtered(lambda row: row.phase == "decision" and row.act == "review")
        draw = rows.filtered(lambda row: row.phase == "follow_up" and row.act == "draw")
        return Signatures(
            [
                self._signature(
                    self.env._("Written: Service Supervisor"), self._get_submission(rows)
                ),
                self._signature(self.env._("Reviewed: Technical Office"), review[-1:]),
                *self._extra_signatures(rows),
                self._signature(
                    self.env._("Fed back: Production"), self._get_feedback_row(rows, "make")
                ),
                self._signature(
                    self.env._("Fed back: Purchasing"), self._get_feedback_row(rows, "buy")
                ),
                self._signature(self.env._("All ready: Service Supervisor"), draw),
            ],
            width=width,
        )
