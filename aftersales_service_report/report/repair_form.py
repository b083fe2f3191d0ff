from odoo import models

from ..tools.layout import Grid, Opinion, Opinions, Row, Signature, Signatures


class RepairForm(models.AbstractModel):
    """售后产品维修跟踪单: a customer's unit from its receipt to its way back (R000-46, 003 3.4)."""

    _name = "report.aftersales_service_report.repair"
    _inherit = ["aftersales.form"]
    _description = "Form: Repair Tracking Sheet"

    _form_model = "aftersales.repair"
    _form_paper = "a4"
    _form_code = "repair"

    def _get_title(self, record):
        return self.env._("Repair Tracking Sheet")

    def _get_head(self, record):
        moment = record.submitted_at or record.create_date
        return [
            (self.env._("No."), record.name),
            (self.env._("Date"), self._moment_day(record, moment)),
            (self.env._("Request No."), record.ticket_id.number),
            ("", self._get_round(record)),
        ]

    def _get_watermark(self, record):
        if record.state == "cancelled":
            return self.env._("VOID")
        return "" if record.progress in ("sent", "scrapped") else self.env._("NOT IN FORCE")

    def _get_blocks(self, record, width):
        rows = self._get_evidence(record)
        blocks = [
            self._get_grid(record),
            self._get_receipt(record, rows),
            Opinions([Opinion(self.env._("Fault"), record.fault or "")], width, 16.0),
            self._get_tests(record),
            Opinions([self._get_diagnosis(record, rows)], width, 18.0),
            self._get_charge(record),
            Opinions([self._get_measures(record, rows)], width, 18.0),
            self._get_parts(record),
            self._get_result(record),
        ]
        if record.ending:
            blocks.append(Opinions([self._get_plan(record)], width, 16.0))
        return [*blocks, self._get_way_back(record, rows), *self._get_signatures(record, rows)]

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------
    def _get_grid(self, record):
        pair = self._pair
        place = {"site": self.env._("On Site"), "factory": self.env._("In the Factory")}
        times = [
            self._time_text(record, moment) if moment else "____-__-__"
            for moment in (record.started_at, record.repaired_at)
        ]
        return Grid(
            [28, 67, 28, 67],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("Project"), record.project_name)
                ),
                Row(
                    pair(self.env._("Model"), record.product_model)
                    + pair(self.env._("Serial No."), record.serial_number)
                ),
                Row(
                    pair(self.env._("Place of Repair"), self._choice(place, "factory"))
                    + pair(self.env._("Work Instruction, Version"), record.instruction_ref)
                ),
                Row(pair(self.env._("Begun, Finished"), "  —  ".join(times), span=3)),
            ],
        )

    def _get_receipt(self, record, rows):
        pair, row = self._pair, self._find(rows, "take_in")
        return Grid(
            [28, 35, 28, 35, 28, 36],
            [
                Row(
                    pair(self.env._("Received on"), self._moment_day(record, record.received_at))
                    + pair(self.env._("Received by"), self._get_signer(row))
                    + pair(self.env._("Quantity"), self._quantity(record.quantity))
                ),
                Row(pair(self.env._("Look"), record.appearance, span=5)),
                Row(
                    pair(self.env._("Accessories"), record.accessories, span=3)
                    + pair(self.env._("Waybill"), record.inbound_waybill)
                ),
                Row(
                    pair(
                        self.env._("Property of"),
                        self.env._("Customer: %s", self._party(record.partner_id)),
                        span=5,
                    )
                ),
            ],
        )

    def _get_tests(self, record):
        columns = [
            (self.env._("Seq."), 10, "center"),
            (self.env._("Test Item"), 46, ""),
            (self.env._("Standard Value"), 34, ""),
            (self.env._("Before"), 26, "center"),
            (self.env._("After"), 26, "center"),
            (self.env._("Instrument No."), 30, "center"),
            (self.env._("Judgement"), 18, "center"),
        ]
        verdicts = dict(record.test_ids._fields["verdict"]._description_selection(self.env))
        lines = [
            [
                test.name or "",
                test.requirement or "",
                test.value_before or "",
                test.value_after or "",
                test.instrument or "",
                verdicts.get(test.verdict, ""),
            ]
            for test in record.test_ids.sorted(lambda test: (test.sequence, test.id))
        ]
        return self._line_grid(columns, self._line_rows(columns, lines, least=3), tail=1)

    def _get_diagnosis(self, record, rows):
        texts = [record.diagnosis]
        if record.cause_id:
            texts.append(self.env._("Confirmed cause: %s", record.cause_id.display_name))
        return Opinion(
            self.env._("Cause (Initial Inspection)"),
            "\n".join(filter(None, texts)),
            self._signature(self.env._("Signature"), self._find(rows, "diagnose")),
        )

    def _get_charge(self, record):
        """Return who pays, by which agreement, and room for the customer's word."""
        charges = dict(record._fields["start_charge"]._description_selection(self.env))
        charges.pop("unknown", None)
        charge = record.start_charge or record.request_charge
        cover = record.cover_ref.sudo().display_name if record.cover_ref else ""
        return Grid(
            [28, 92, 28, 42],
            [
                Row(
                    self._pair(self.env._("Charge"), self._choice(charges, charge))
                    + self._pair(self.env._("Agreement"), cover)
                ),
                Row(
                    self._pair(
                        self.env._("Quotation Confirmed"), self._get_confirmation(record), span=3
                    )
                ),
            ],
        )

    def _get_confirmation(self, record):
        """Return who of the customer's has signed the agreement, and when."""
        cover = record.cover_ref.sudo() if record.cover_ref else None
        if not cover or cover._name != "aftersales.agreement" or not cover.signer_name:
            return ""
        texts = (cover.signer_name, cover.signer_title, self._day(cover.signed_on))
        return "  ".join(filter(None, texts))

    def _get_measures(self, record, rows):
        return Opinion(
            self.env._("Repair Measures"),
            record.measures or "",
            self._signature(self.env._("Signature"), self._find(rows, "repair")),
        )

    def _get_parts(self, record):
        columns = [
            (self.env._("Seq."), 10, "center"),
            (self.env._("Replaced Part"), 50, ""),
            (self.env._("Model"), 42, ""),
            (self.env._("Old No."), 34, ""),
            (self.env._("New No."), 36, ""),
            (self.env._("Quantity"), 18, "right"),
        ]
        lines = [
            [
                line.name or line.product_id.name or "",
                line.spec or "",
                line.old_serial or "",
                ", ".join(line.sudo().move_ids.lot_ids.mapped("name")),
                self._quantity(line.qty_issued),
            ]
            for line in record.part_ids.filtered("qty_issued")
        ]
        return self._line_grid(columns, self._line_rows(columns, lines, least=2), tail=1)

    def _get_result(self, record):
        results = {
            "repaired": self.env._("Repaired"),
            "not_repairable": self.env._("Can't be repaired"),
            "refused": self.env._("Not wanted by the customer"),
        }
        chosen = record.ending or ("repaired" if record.checked_at else "")
        return Grid(
            [28, 162], [Row(self._pair(self.env._("Result"), self._choice(results, chosen)))]
        )

    def _get_plan(self, record):
        disposals = dict(record._fields["disposal"]._description_selection(self.env))
        told = ""
        if record.disposal:
            told = self.env._(
                "%(disposal)s: instructed by %(person)s, %(date)s",
                disposal=disposals[record.disposal],
                person=record.instructed_by or "",
                date=self._day(record.instructed_on),
            )
        return Opinion(
            self.env._("What Is Done"), "\n".join(filter(None, [record.end_reason, told]))
        )

    def _get_way_back(self, record, rows):
        pair, row = self._pair, self._find(rows, "send_back")
        modes = dict(record._fields["transport_mode"]._description_selection(self.env))
        way = [
            modes.get(record.transport_mode),
            self._party(record.carrier_partner_id),
            record.waybill,
        ]
        goes_to = [record.consignee_name, record.consignee_address]
        person = [record.consignee_person, record.consignee_phone]
        return Grid(
            [28, 67, 28, 67],
            [
                Row(
                    pair(self.env._("Sent back on"), self._moment_day(record, record.sent_at))
                    + pair(self.env._("Sent back by"), self._get_signer(row))
                ),
                Row(
                    pair(self.env._("Consignee, Address"), "  ".join(filter(None, goes_to)))
                    + pair(self.env._("Person, Telephone"), "  ".join(filter(None, person)))
                ),
                Row(pair(self.env._("Transport"), "  ".join(filter(None, way)), span=3)),
            ],
            tail=3,
        )

    # ------------------------------------------------------------------
    # Signatures
    # ------------------------------------------------------------------
    def _get_signatures(self, record, rows):
        find = self._find
        return [
            Signatures(
                [
                    self._signature(self.env._("Repair: Engineer"), find(rows, "repair")),
                    self._signature(self.env._("Exit Inspection"), find(rows, "exit_inspect")),
                    self._signature(self.env._("Sent Back: Store"), find(rows, "send_back")),
                ]
            ),
            Signatures(
                [
                    Signature(self.env._("Confirmed: Customer")),
                    Signature(self.env._("Reviewed: Technical Office")),
                    Signature(self.env._("Filed")),
                ]
            ),
        ]

    def _find(self, rows, act):
        """Return the row of a step of the chain."""
        return rows.filtered(lambda row: row.phase != "record" and row.act == act)[-1:]

    def _get_signer(self, row):
        """Return the name of who has signed a step, as it was frozen."""
        return (row.user_name or "") if row and row.state == "signed" else ""
