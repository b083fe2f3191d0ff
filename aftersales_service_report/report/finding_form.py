from odoo import models

from ..tools.layout import Cell, Grid, Opinion, Opinions, Row, Signature

KINDS = ("parts", "labour", "travel")


class FindingForm(models.AbstractModel):
    """责任认定书: facts, evidence, what both sides say, and who bears what (R004-28)."""

    _name = "report.aftersales_service_report.finding"
    _inherit = ["aftersales.form.document"]
    _description = "Form: Responsibility Finding"

    _form_model = "aftersales.finding"
    _form_paper = "a4"
    _form_code = "finding"

    def _get_title(self, record):
        return self.env._("Responsibility Finding")

    def _get_more_head(self, record):
        return [(self.env._("Request No."), record.ticket_id.number)]

    def _get_blocks(self, record, width):
        rows = self._get_evidence(record)
        return [
            self._get_grid(record),
            Opinions([Opinion(self.env._("Facts"), record.facts or "")], width, 24.0),
            self._get_pieces(record),
            self._get_cause(record),
            Opinions(self._get_statements(record, rows), width, 24.0),
            Opinions([self._get_conclusion(record, rows)], width, 24.0),
            self._get_party(record),
            self._get_costs(record),
            self._get_follow_up(record),
            *self._get_chain_signatures(record, rows, self.env._("Written: Service Staff")),
        ]

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------
    def _get_grid(self, record):
        pair, unit = self._pair, record.unit_id
        until = record.coverage_until or record.ticket_id.sudo().coverage_until
        delivered = record.delivery_date or unit.sudo().delivery_date
        found = [self._moment_day(record, record.found_at), record.found_place]
        return Grid(
            [24, 71, 24, 71],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("End User"), self._party(record.end_user_id))
                ),
                Row(
                    pair(self.env._("Project"), record.project_name)
                    + pair(self.env._("Serial No."), record.serial_number)
                ),
                Row(
                    pair(self.env._("Model"), record.product_model)
                    + pair(self.env._("Delivered on"), self._day(delivered))
                ),
                Row(
                    pair(self.env._("Warranty until"), self._day(until))
                    + pair(self.env._("Found by"), record.found_by)
                ),
                Row(
                    pair(
                        self.env._("Found on, at"),
                        "  ".join(filter(None, found)),
                        span=3,
                    )
                ),
            ],
        )

    def _get_pieces(self, record):
        columns = [
            (self.env._("Seq."), 10, "center"),
            (self.env._("Kind"), 22, "center"),
            (self.env._("Evidence"), 62, ""),
            (self.env._("Date"), 24, "center"),
            (self.env._("Provided by"), 36, ""),
            (self.env._("Digest"), 36, ""),
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
            for piece in record.evidence_ids.sorted(lambda piece: (piece.sequence, piece.id))
        ]
        return self._line_grid(columns, self._line_rows(columns, lines, least=3), tail=0)

    def _get_cause(self, record):
        alternatives = {
            "quality": self.env._("Product quality"),
            "component": self.env._("Component quality (vendor)"),
            "installation": self.env._("Installation"),
            "transport": self.env._("Transport damage"),
            "loss": self.env._("Loss"),
            "misuse": self.env._("Misoperation"),
            "changed_design": self.env._("Changed conditions (design institute)"),
            "changed": self.env._("Changed conditions (customer)"),
            "wear": self.env._("Normal wear"),
            "force_majeure": self.env._("Force majeure"),
            "other": self.env._("Other"),
        }
        category = record.cause_id.category
        chosen = {"design": "quality"}.get(category, category)
        if chosen == "changed" and record.party_kind == "design":
            chosen = "changed_design"
        cause = record.cause_id.display_name if record.cause_id else ""
        opinions = dict(record._fields["other_opinion"]._description_selection(self.env))
        return Grid(
            [24, 166],
            [
                Row(self._pair(self.env._("Kind of Cause"), self._choice(alternatives, chosen))),
                Row(self._pair(self.env._("Cause"), cause)),
                Row(
                    self._pair(
                        self.env._("Other Side"),
                        self._choice(opinions, record.other_opinion),
                    )
                ),
            ],
        )

    def _get_statements(self, record, rows):
        """Return what the engineer says, signed, and what the other side says, for a pen."""
        other = [record.other_reason]
        who = [record.other_person, self._day(record.other_date)]
        other.append("  ".join(filter(None, who)))
        return [
            Opinion(
                self.env._("Opinion of the Service Staff"),
                record.engineer_statement or "",
                self._signature(self.env._("Signature"), self._get_submission(rows)),
            ),
            Opinion(
                self.env._("Opinion of the Customer or Carrier"),
                "\n".join(filter(None, other)),
                Signature(self.env._("Signature and Seal")),
            ),
        ]

    def _get_conclusion(self, record, rows):
        determined = rows.filtered(lambda row: row.phase == "decision" and row.act == "determine")
        return Opinion(
            self.env._("Conclusion"),
            record.decision or "",
            self._signature(self.env._("Signature"), determined[-1:]),
        )

    def _get_party(self, record):
        parties = dict(record._fields["party_kind"]._description_selection(self.env))
        return Grid(
            [24, 166],
            [
                Row(
                    self._pair(self.env._("Responsible"), self._choice(parties, record.party_kind))
                ),
                Row(self._pair(self.env._("Name"), self._party(record.party_id))),
            ],
        )

    def _get_costs(self, record):
        titles = {
            "parts": self.env._("Material"),
            "labour": self.env._("Labour"),
            "travel": self.env._("Travel"),
        }
        charges = dict(record._fields["charge_parts"]._description_selection(self.env))
        payers = dict(record._fields["payer_parts"]._description_selection(self.env))
        heads = [
            (self.env._("Cost"), 24, "center"),
            (self.env._("Charge"), 80, "center"),
            (self.env._("Borne by"), 46, "center"),
            (self.env._("Estimate (¥)"), 40, "center"),
        ]
        rows = [
            Row(
                [
                    Cell(titles[kind], label=True),
                    self._choice(charges, record[f"charge_{kind}"]),
                    Cell(payers.get(record[f"payer_{kind}"], ""), align="center"),
                    Cell(f"{record[f'amount_{kind}']:,.2f}", align="right"),
                ]
            )
            for kind in KINDS
        ]
        rows.append(
            Row(
                [
                    Cell(self.env._("Total"), label=True, span=3, align="center"),
                    Cell(f"{record.amount_total:,.2f}", align="right"),
                ]
            )
        )
        return self._line_grid(heads, rows)

    def _get_follow_up(self, record):
        alternatives = {
            "follow_agreement": self.env._("Service agreement"),
            "follow_claim": self.env._("Claim (carrier, vendor)"),
            "retention_deducted": self.env._("Deduction from retention money"),
            "follow_free": self.env._("Carry out free of charge"),
        }
        chosen = {name for name in alternatives if record[name]}
        return Grid(
            [24, 166],
            [Row(self._pair(self.env._("What Follows"), self._choice(alternatives, chosen)))],
        )
