from odoo import models

from odoo.addons.aftersales_service.tools.text import join_words

from ..tools.layout import Cell, Grid, Opinion, Opinions, Row, Signature, Signatures

# the steps whose signatures stand inside their blocks
PLACED = ("confirm", "take_in", "assign", "reinspect", "approve")


class ReturnFormBase(models.AbstractModel):
    """What the return form and the report of its re-inspection share: 重新检验栏 (R002-28)."""

    _name = "aftersales.form.return"
    _inherit = ["aftersales.form.document"]
    _description = "Printed Form of a Return"

    _form_model = "aftersales.return"
    _form_paper = "a4"

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    def _find(self, rows, act):
        """Return the row of a step of the chain."""
        return rows.filtered(lambda row: row.phase != "record" and row.act == act)[-1:]

    def _sign_block(self, rows, act, label=""):
        """Return the signature inside the block of a step.

        A step that the configured chain doesn't have is struck out.
        """
        label, row = label or self.env._("Signature"), self._find(rows, act)
        if rows.filtered(lambda item: item.phase == "decision") and not row:
            return Signature(label, skipped=True)
        return self._signature(label, row)

    def _get_signed(self, rows, act):
        """Return the row of a step if it is signed."""
        return self._find(rows, act).filtered(lambda row: row.state == "signed")

    # ------------------------------------------------------------------
    # The goods
    # ------------------------------------------------------------------
    def _get_lines(self, record):
        """Return the table of the lines, with the totals in one unit."""
        columns = [
            (self.env._("Seq."), 9, "center"),
            (self.env._("Product Name"), 32, ""),
            (self.env._("Model and Specification"), 30, ""),
            (self.env._("Serial/Lot No."), 30, ""),
            (self.env._("Unit"), 13, "center"),
            (self.env._("Quantity Delivered"), 18, "right"),
            (self.env._("Quantity to Return"), 17, "right"),
            (self.env._("Quantity Received"), 18, "right"),
            (self.env._("Remark"), 23, ""),
        ]
        lines = record.line_ids.sorted(lambda line: (line.sequence, line.id))
        rows = self._line_rows(columns, [self._get_line_texts(line) for line in lines])
        one_unit = len(lines.product_uom_id) == 1
        claimed = self._quantity(sum(lines.mapped("qty_claimed"))) if one_unit else ""
        received = self._quantity(sum(lines.mapped("qty_received"))) if one_unit else ""
        rows.append(
            Row(
                [
                    Cell(self.env._("Total"), label=True, span=3, align="center"),
                    Cell(self.env._("%s items", len(lines)), span=3, align="center"),
                    Cell(claimed, align="right"),
                    Cell(received if record.received_at else "", align="right"),
                    Cell(),
                ]
            )
        )
        return self._line_grid(columns, rows)

    def _get_line_texts(self, line):
        remark = [
            line.is_lot_different and self.env._("Came: %s", line.received_text or ""),
            line.contract_ref,
            line.remark,
        ]
        return [
            line.name or line.product_id.name or "",
            line.spec or "",
            line.serial_number or "",
            line.product_uom_id.name or "",
            self._quantity(line.qty_delivered) if line.origin_id else "",
            self._quantity(line.qty_claimed),
            self._quantity(line.qty_received) if line.return_id.received_at else "",
            "\n".join(filter(None, remark)),
        ]

    def _get_contact(self, record):
        return "  ".join(filter(None, [record.contact_name, record.contact_phone]))

    def _get_reason(self, record):
        texts = [record.reason_id.name, record.reason_text]
        return "\n".join(filter(None, texts))

    # ------------------------------------------------------------------
    # 重新检验栏
    # ------------------------------------------------------------------
    def _get_inspection(self, record, rows, width):
        return [
            self._get_checks(record),
            self._get_verdict(record, rows),
            Opinions([self._get_cause(record, rows)], width, 22.0),
        ]

    def _get_checks(self, record):
        columns = [
            (self.env._("Seq."), 9, "center"),
            (self.env._("Inspected Item"), 44, ""),
            (self.env._("Standard Requirement"), 41, ""),
            (self.env._("Measured Value"), 34, "center"),
            (self.env._("Instrument No. (Valid until)"), 40, "center"),
            (self.env._("Judgement"), 22, "center"),
        ]
        judgements = dict(record.check_ids._fields["judgement"]._description_selection(self.env))
        lines = [
            [
                check.item or "",
                check.requirement or "",
                check.measured or "",
                self._get_instrument(check),
                "" if check.judgement == "none" else judgements.get(check.judgement, ""),
            ]
            for check in record.check_ids.sorted(lambda check: (check.sequence, check.id))
        ]
        grid = self._line_grid(columns, self._line_rows(columns, lines), tail=1)
        title = Cell(self.env._("Re-inspection"), label=True, span=len(columns), align="center")
        head = Row([title])
        head.fit(grid.widths)
        grid.heads.insert(0, head)
        return grid

    def _get_instrument(self, check):
        until = self._day(check.calibrated_until)
        return f"{check.instrument or ''} ({until})".strip() if until else check.instrument or ""

    def _get_verdict(self, record, rows):
        pair = self._pair
        verdicts = dict(record._fields["verdict"]._description_selection(self.env))
        counted = bool(record.check_ids or self._get_signed(rows, "reinspect"))
        checked = self._quantity(record.qty_checked) if counted else ""
        failed = self._quantity(record.qty_failed) if counted else ""
        places = {"company": self.env._("In the Company"), "site": self.env._("At the Customer's")}
        place = "site" if record.at_customer_site else "company"
        return Grid(
            [28, 35, 28, 35, 28, 36],
            [
                Row(
                    pair(self.env._("Quantity Inspected"), checked)
                    + pair(self.env._("Quantity Failed"), failed)
                    + pair(self.env._("Report No."), record.report_ref)
                ),
                Row(pair(self.env._("Verdict"), self._choice(verdicts, record.verdict), span=5)),
                Row(
                    pair(self.env._("Place of Inspection"), self._choice(places, place), span=3)
                    + pair(
                        self.env._("Responsible Department"), record.responsible_department_id.name
                    )
                ),
            ],
        )

    def _get_cause(self, record, rows):
        row = self._get_signed(rows, "reinspect")
        return Opinion(
            self.env._("Analysis of the Cause"),
            "\n".join(filter(None, [record.cause_text, row.comment])),
            self._sign_block(rows, "reinspect", self.env._("Inspector")),
        )


class ReturnForm(models.AbstractModel):
    """退回产品处理单: what comes back, why, and what becomes of it (R002-25 … R002-30)."""

    _name = "report.aftersales_service_report.return"
    _inherit = ["aftersales.form.return"]
    _description = "Form: Return of Goods"

    _form_code = "return"

    def _get_title(self, record):
        return self.env._("Returned Products Form")

    def _get_more_head(self, record):
        number = record.ticket_id.sudo().number
        return [(self.env._("Request No."), number)] if number else []

    def _get_blocks(self, record, width):
        rows = self._get_evidence(record)
        return [
            self._get_grid(record),
            self._get_lines(record),
            Opinions([self._get_reason_block(record, rows)], width, 18.0),
            Opinions([self._get_confirmation(record, rows)], width, 18.0),
            self._get_receipt(record, rows),
            Opinions([self._get_assignment(record, rows)], width, 12.0),
            *self._get_inspection(record, rows, width),
            *self._get_decision(record, rows, width),
            self._get_settlement(record),
            self._get_follow_up(record),
            *self._get_more_signatures(rows, width),
        ]

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------
    def _get_grid(self, record):
        pair = self._pair
        types = {
            "whole_lot": self.env._("① Whole lot returned"),
            "partial": self.env._("② Some pieces returned or exchanged"),
            "wrong_shipment": self.env._("③ Wrong shipment of ours"),
            "wrong_choice": self.env._("④ Wrong choice of the customer"),
        }
        kinds = self.env["aftersales.return.error.kind"].search(
            [("company_id", "in", (False, record.company_id.id))]
        )
        kinds = {kind.id: kind.name for kind in kinds | record.error_kind_id}
        wishes = dict(record._fields["wish"]._description_selection(self.env))
        payers = dict(record._fields["freight_payer"]._description_selection(self.env))
        delivery = [record.delivery_ref, self._day(record.delivery_date)]
        return Grid(
            [28, 72, 24, 66],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("Contact, Telephone"), self._get_contact(record))
                ),
                Row(
                    pair(self.env._("Contract/Order No."), record.contract_ref)
                    + pair(self.env._("Delivery, Date"), "  ".join(filter(None, delivery)))
                ),
                Row(
                    pair(
                        self.env._("Type of Return"),
                        self._choice(types, record.return_type),
                        span=3,
                    )
                ),
                Row(
                    pair(
                        self.env._("③ Wrong in"),
                        self._choice(kinds, record.error_kind_id.id) if kinds else "",
                        span=3,
                    )
                ),
                Row(
                    pair(self.env._("Customer Asks for"), self._choice(wishes, record.wish))
                    + pair(self.env._("Freight"), self._choice(payers, record.freight_payer))
                ),
            ],
        )

    def _get_reason_block(self, record, rows):
        return Opinion(
            self.env._("Reason of the Return"),
            self._get_reason(record),
            self._signature(self.env._("Handled by"), self._get_submission(rows)),
        )

    def _get_confirmation(self, record, rows):
        texts = [self._get_signed(rows, "confirm").comment]
        if record.return_type == "wrong_shipment":
            department = record.error_department_id.name
            texts += [
                self.env._("Cause found: %s", record.error_cause or ""),
                self.env._("Department of who caused it: %s", department or ""),
            ]
        return Opinion(
            self.env._("Confirmation of the Sales Manager"),
            "\n".join(filter(None, texts)),
            self._sign_block(rows, "confirm"),
        )

    def _get_receipt(self, record, rows):
        pair = self._pair
        row = self._get_signed(rows, "take_in")
        row = row or rows.filtered(lambda item: item.act == "receipt")[-1:]
        place = record.company_id._aftersales_place("quarantine")
        return Grid(
            [28, 35, 28, 35, 28, 36],
            [
                Row(
                    pair(self.env._("Goods Received on"), self._moment_day(record, record.received_at))
                    + pair(self.env._("Storekeeper"), row.user_name if row else "")
                    + pair(self.env._("Place in Quarantine"), place.name)
                ),
                Row(pair(self.env._("Look"), record.receipt_look, span=5)),
            ],
        )

    def _get_assignment(self, record, rows):
        row = self._find(rows, "assign")
        inspector = record.inspector_id.sudo().name
        texts = [
            self.env._("Inspector: %s", inspector) if inspector else "",
            row.comment if row.state == "signed" else "",
        ]
        return Opinion(
            self.env._("Inspector Named by the Production Manager"),
            "\n".join(filter(None, texts)),
            self._sign_block(rows, "assign"),
        )

    def _get_decision(self, record, rows, width):
        """Return consent or refusal, what becomes of each line, and the signature."""
        row = self._get_signed(rows, "approve")
        answer = ""
        if row:
            answer = "refused" if record.progress == "not_granted" else "agreed"
        answers = {"agreed": self.env._("Agreed"), "refused": self.env._("Not agreed")}
        kinds = dict(record.outcome_ids._fields["kind"]._description_selection(self.env))
        columns = [
            (self.env._("Seq."), 9, "center"),
            (self.env._("Product, Serial/Lot No."), 46, ""),
            (self.env._("Quantity"), 16, "right"),
            (self.env._("Way of Handling"), 84, ""),
            (self.env._("Amount, Remark"), 35, ""),
        ]
        lines = [
            [
                outcome.line_id.display_name or "",
                self._quantity(outcome.quantity),
                self._choice(kinds, outcome.kind),
                self._get_outcome_remark(outcome),
            ]
            for outcome in record.outcome_ids.sorted(
                lambda item: (item.line_id.sequence, item.line_id.id, item.id)
            )
        ] or [["", "", self._choice(kinds, ""), ""]]
        table = [
            Row(
                [
                    Cell(str(number), align="center"),
                    Cell(name),
                    Cell(quantity, align="right"),
                    choice,
                    Cell(remark),
                ]
            )
            for number, (name, quantity, choice, remark) in enumerate(lines, start=1)
        ]
        return [
            Grid(
                [48, 142],
                [
                    Row(
                        self._pair(
                            self.env._("Decision of the General Manager"),
                            self._choice(answers, answer),
                        )
                    )
                ],
            ),
            self._line_grid(columns, table, tail=0),
            Opinions(
                [
                    Opinion(
                        self.env._("Opinion of the General Manager"),
                        row.comment or "",
                        self._sign_block(rows, "approve"),
                    )
                ],
                width,
                16.0,
            ),
        ]

    def _get_outcome_remark(self, outcome):
        texts = [
            self._money(outcome, outcome.amount) if outcome.kind == "compensate" else "",
            outcome.product_id and self.env._("for %s", outcome.product_id.display_name),
            outcome.remark,
        ]
        return "\n".join(filter(None, texts))

    def _get_settlement(self, record):
        """Return the numbers of the documents that have settled the return.

        Only what is done is printed: posted notes, transfers that happened.
        """
        pair, outcomes = self._pair, record.sudo().outcome_ids
        moves = outcomes.move_ids.filtered(lambda move: move.state == "done")
        given = moves.filtered(lambda move: move._get_settling_role() == "give")
        back = moves.filtered(
            lambda move: (
                move._get_settling_role() == "goods" and move.location_dest_id.usage == "customer"
            )
        )
        notes = record.sudo().credit_ids.filtered(lambda note: note.state == "posted")
        red = notes.aftersales_tax_line_ids.filtered("is_live").request_id
        red = red.filtered(lambda request: request.state == "approved")
        orders = outcomes.order_ids.filtered(lambda order: order.state != "cancel")
        return Grid(
            [28, 67, 28, 67],
            [
                Row(
                    pair(self.env._("Credit Note"), self._names(notes))
                    + pair(self.env._("Red-Letter Invoice"), self._names(red, "number"))
                ),
                Row(
                    pair(self.env._("Delivered in Exchange"), self._names(given.picking_id))
                    + pair(self.env._("Repair No."), self._names(orders))
                ),
                Row(
                    pair(self.env._("Put Away, Scrapped"), self._get_put_away(outcomes))
                    + pair(self.env._("Sent Back with"), self._names((back - given).picking_id))
                ),
                Row(
                    pair(
                        self.env._("Settled on"),
                        self._moment_day(record, record.settled_at) or "____-__-__",
                        span=3,
                    )
                ),
            ],
        )

    def _get_put_away(self, outcomes):
        """Return where goods that don't go back have gone, with the number of the move."""
        texts = []
        for outcome in outcomes:
            moves = outcome.move_ids.filtered(
                lambda move: (
                    move.state == "done"
                    and move.location_dest_id.usage in ("internal", "inventory")
                    and move._get_settling_role() in ("goods", "take")
                )
            )
            texts += [
                f"{move.reference or ''} → {move.location_dest_id.name} "
                f"{self._quantity(move.product_qty)}"
                for move in moves.sorted("id")
            ]
        return "\n".join(dict.fromkeys(texts))

    def _names(self, records, field="name"):
        return join_words(self.env, filter(None, records.mapped(field)))

    def _get_follow_up(self, record):
        """Return who takes corrective action, and by which number; the inspectors sign."""
        actions = record.sudo().capa_ids
        department = record.responsible_department_id or record.error_department_id
        return Grid(
            [28, 35, 28, 99],
            [
                Row(
                    self._pair(self.env._("Corrective Action: Department"), department.name)
                    + self._pair(
                        self.env._("Action No."),
                        record.sudo().capa_state if actions else "",
                    )
                ),
                Row(
                    self._pair(
                        self.env._("Inspection Team"),
                        self.env._("Signature: ______________  Date: ____-__-__"),
                        span=3,
                    )
                ),
            ],
        )

    def _get_more_signatures(self, rows, width):
        """Return cells for the steps that have no block of their own."""
        acts = dict(rows._fields["act"]._description_selection(self.env))
        cells = []
        more = rows.filtered(lambda row: row.phase != "record")
        last = {self._find(rows, act).id for act in PLACED}
        for row in more.filtered(lambda row: row.id not in last):
            label = self._get_step_label(acts[row.act], row.role_name)
            if row.act == "inform":
                note = self.env._("informed") if row.state == "informed" else ""
                cells.append(Signature(label, note=note))
            else:
                cells.append(self._signature(label, row))
        return [
            Signatures(cells[start : start + 4], width=width) for start in range(0, len(cells), 4)
        ]
