import re

from odoo import models

from odoo.addons.aftersales_service.tools.text import join_words

from ..tools.layout import Cell, Grid, Row, Signatures


class ShippingForm(models.AbstractModel):
    """发货清单: travels with the goods, comes back signed (R004-20); with what is issued for
    a requisition, and with what leaves when a return is settled."""

    _name = "report.aftersales_service_report.shipping"
    _inherit = ["aftersales.form.picking"]
    _description = "Form: Shipping List"

    _form_code = "shipping"

    def _get_title(self, record):
        return self.env._("Shipping List")

    def _check_print(self, records):
        settling = records.filtered("settled_return_id")
        settling.settled_return_id.check_access("read")
        return super()._check_print(records - settling)

    def _get_head(self, record):
        moment = record.shipped_at or (record.settled_return_id and record.date_done)
        shipped = moment and record.company_id._aftersales_date(moment)
        document = record._get_shipped_document()
        label = self.env._("Requisition") if record.requisition_id else self.env._("Return Form")
        return [
            (self.env._("No."), record.name),
            (self.env._("Shipped on"), self._long_day(shipped)),
            (label, document.name),
        ]

    def _get_consignee(self, record):
        """Return name, person, address and telephone of who gets the goods."""
        document, partner = record.settled_return_id, record.partner_id.sudo()
        parts = partner._display_address(without_company=True).replace("\n", ",").split(",")
        proposed = (
            (
                partner.commercial_partner_id.name,
                document.contact_name,
                ", ".join(filter(None, map(str.strip, parts))),
                document.contact_phone or partner.phone,
            )
            if document
            else ("", "", "", "")
        )
        noted = (
            record.consignee_name,
            record.consignee_person,
            record.consignee_address,
            record.consignee_phone,
        )
        return tuple(own or other for own, other in zip(noted, proposed, strict=True))

    def _get_foot(self, record):
        return self.env._("Please sign, stamp and send back to the store for filing")

    def _get_blocks(self, record, width):
        return [
            self._get_grid(record),
            self._get_lines(record),
            self._get_check(record),
            self._get_signatures(record, width),
        ]

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------
    def _get_grid(self, record):
        pair, document = self._pair, record._get_shipped_document()
        name, person, address, phone = self._get_consignee(record)
        modes = dict(record._fields["transport_mode"]._description_selection(self.env))
        carrier = [self._party(record.carrier_partner_id), record.waybill]
        weight = f"{self._quantity(record.gross_weight)} kg" if record.gross_weight else ""
        payers = {"us": self.env._("us"), "customer": self.env._("customer")}
        return Grid(
            [22, 73, 22, 73],
            [
                Row(
                    pair(self.env._("Consignee Unit"), name)
                    + pair(self.env._("Received by"), person)
                ),
                Row(pair(self.env._("Address"), address) + pair(self.env._("Phone"), phone)),
                Row(
                    pair(self.env._("Project"), document.project_name)
                    + pair(self.env._("Contract No."), document.contract_ref)
                ),
                Row(
                    pair(self.env._("Transport Mode"), modes.get(record.transport_mode, ""))
                    + pair(self.env._("Carrier / Waybill"), " / ".join(filter(None, carrier)))
                ),
                Row(
                    pair(self.env._("Boxes"), record.box_count or "")
                    + pair(self.env._("Gross Weight"), weight)
                ),
                Row(
                    pair(self.env._("Freight paid by"), self._choice(payers, record.freight_payer))
                    + pair(self.env._("Arrival expected"), self._long_day(record.expected_arrival))
                ),
            ],
        )

    def _get_columns(self):
        return [
            (self.env._("Seq."), 9, "center"),
            (self.env._("Box No."), 14, "center"),
            (self.env._("Name"), 35, ""),
            (self.env._("Specification"), 32, ""),
            (self.env._("Serial/Lot"), 29, ""),
            (self.env._("Unit"), 12, "center"),
            (self.env._("Due"), 12, "right"),
            (self.env._("Sent"), 12, "right"),
            (self.env._("Received (counted by customer)"), 18, "right"),
            (self.env._("Missing or Damaged"), 17, ""),
        ]

    def _get_lines(self, record):
        columns = self._get_columns()
        pieces = self._get_pieces(record)
        rows = self._line_rows(
            columns,
            [
                [
                    join_words(self.env, lines.result_package_id.mapped("name")),
                    *self._product_texts(move)[1:],
                    self._lot_text(lines),
                    move.product_id.uom_id.name,
                    self._quantity(move.product_qty) if first else "",
                    self._piece_quantity(move, lines),
                    "",
                    "",
                ]
                for move, lines, first in pieces
            ],
        )
        rows.append(Row([*self._get_total_cells(pieces, reviewed=False), Cell(), Cell()]))
        return self._line_grid(columns, rows)

    def _get_check(self, record):
        """Return what is in the boxes besides, and the customer's finding."""
        findings = {
            "complete": self.env._("Complete and undamaged"),
            "short": self.env._("Short (items: ________)"),
            "package": self.env._("Package damaged"),
            "else": self.env._("Other: ____________"),
        }
        answers = {"yes": self.env._("Yes"), "no": self.env._("No")}
        enclosed = self._pair(self.env._("Enclosed"), self._get_enclosed(record), span=3)
        found = self._pair(self.env._("Check on Arrival"), self._choice(findings, None))
        again = self._pair(self.env._("Ask for the rest"), self._choice(answers, None))
        return Grid(
            [22, 117, 26, 25],
            [Row(enclosed), Row(found + again, height=12.0)],
        )

    def _get_enclosed(self, record):
        """Tick what the free text names; what the form hasn't goes under Other."""
        names = [
            self.env._("Certificate"),
            self.env._("Test report"),
            self.env._("Manual"),
            self.env._("Drawings"),
            self.env._("Spare parts and accessories"),
        ]
        words = [
            word.strip() for word in re.split(r"[,，、;；/\n]+", record.enclosed_documents or "")
        ]
        found = {name for name in names if name.lower() in map(str.lower, words)}
        others = [word for word in words if word and word.lower() not in map(str.lower, found)]
        alternatives = {name: name for name in names}
        alternatives["other"] = self.env._("Others: %s", join_words(self.env, others) or "________")
        return self._choice(alternatives, found | ({"other"} if others else set()))

    def _get_signatures(self, record, width):
        acts = self._get_transfer_evidence(record)

        def signed(act):
            return acts.filtered(lambda row: row.act == act)[-1:]

        inspected = signed("inspect") if record.inspection_result == "pass" else None
        return Signatures(
            [
                self._signature(self.env._("Prepared")),
                self._signature(self.env._("Exit Inspection"), inspected),
                self._signature(self.env._("Packed"), signed("pack")),
                self._signature(self.env._("Shipped: Storekeeper"), signed("ship")),
                self._signature(self.env._("Carrier")),
                self._signature(
                    self.env._("Received: Customer"),
                    signed("receive"),
                    note=self.env._("(sign/stamp)"),
                ),
            ],
            height=24.0,
            width=width,
        )
