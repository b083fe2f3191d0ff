from odoo import fields, models

from odoo.addons.aftersales_service.tools.amount import amount_in_words

from ..tools.layout import Cell, Grid, Opinion, Opinions, PageBreak, Row, Signatures

# how the kinds of fee are grouped on paper (R004-29)
GROUPS = {
    "material": "material",
    "labour": "labour",
    "overtime": "labour",
    "holiday": "labour",
    "travel": "travel",
    "freight": "freight",
}


class AgreementBase(models.AbstractModel):
    """What quotation and agreement share: parties, lines, sums, terms."""

    _name = "aftersales.form.agreement"
    _inherit = ["aftersales.form"]
    _description = "Printed Form of an Agreement"

    _form_model = "aftersales.agreement"

    # ------------------------------------------------------------------
    # Parties and objects
    # ------------------------------------------------------------------
    def _get_parties(self, record):
        """Return both parties side by side, as a contract begins."""
        customer = record.partner_id.sudo().commercial_partner_id
        us = record.company_id.sudo().partner_id
        rows = [
            Row(
                [
                    Cell(self.env._("Party A (Client)"), label=True, span=2, align="center"),
                    Cell(self.env._("Party B (Service)"), label=True, span=2, align="center"),
                ]
            )
        ]
        contacts = {
            customer: (record.contact_name, record.contact_phone),
            us: (record.supervisor_id.sudo().name, us.phone),
        }
        for label, get in (
            (self.env._("Name"), lambda party: party.name),
            (self.env._("Postal Address"), self._get_address),
            (self.env._("Contact"), lambda party: contacts[party][0]),
            (self.env._("Phone"), lambda party: contacts[party][1] or party.phone),
            (self.env._("Credit Code"), lambda party: party.vat),
            (self.env._("Bank and Account"), self._get_bank),
        ):
            rows.append(Row(self._pair(label, get(customer)) + self._pair(label, get(us))))
        return Grid([24, 71, 24, 71], rows)

    def _get_address(self, partner):
        parts = (partner.state_id.name, partner.city, partner.street, partner.street2)
        text = ""
        for part in filter(None, parts):
            if part not in text:
                text += part if (self.env.lang or "").startswith("zh") else f" {part}"
        return text.strip()

    def _get_bank(self, partner):
        bank = partner.bank_ids[:1]
        return " ".join(filter(None, [bank.bank_id.name, bank.acc_number]))

    def _get_objects(self, record):
        """Return what is served: the unit of the request, or those of a framework."""
        columns = [
            (self.env._("Seq."), 10, "center"),
            (self.env._("Product"), 40, ""),
            (self.env._("Specification"), 42, ""),
            (self.env._("Serial No."), 28, ""),
            (self.env._("Qty"), 12, "right"),
            (self.env._("Fault or Service"), 58, ""),
        ]
        units = record.unit_ids.unit_id if record.kind == "framework" else record.unit_id
        lines = [
            [
                unit.sudo().product_id.name or "",
                unit.model_spec or "",
                unit.serial_number or "",
                self._quantity(unit.quantity),
                unit.site_address or "" if record.kind == "framework" else record.subject or "",
            ]
            for unit in units
        ] or [
            ["", record.product_model or "", record.serial_number or "", "", record.subject or ""]
        ]
        return Grid(
            [width for _title, width, _align in columns],
            self._line_rows(columns, lines, least=0)[: len(lines)],
            heads=[self._section(self.env._("1. Object of Service"), 6), self._header_row(columns)],
        )

    def _section(self, title, span):
        return Row([Cell(title, label=True, span=span)])

    # ------------------------------------------------------------------
    # Charges
    # ------------------------------------------------------------------
    def _get_fee_labels(self):
        return {
            "material": self.env._("Material Fee"),
            "labour": self.env._("Labour Fee"),
            "travel": self.env._("Travel Fee"),
            "freight": self.env._("Freight Fee"),
            "other": self.env._("Other Fee"),
        }

    def _get_charges(self, record):
        included = record.tariff_id.sudo().aftersales_tax_included
        price = self.env._("Price incl. Tax") if included else self.env._("Price excl. Tax")
        columns = [
            (self.env._("Seq."), 10, "center"),
            (self.env._("Fee"), 18, "center"),
            (self.env._("Name and Specification"), 56, ""),
            (self.env._("Unit"), 13, "center"),
            (self.env._("Qty"), 15, "right"),
            (price, 21, "right"),
            (self.env._("Tax Rate"), 17, "center"),
            (self.env._("Amount incl. Tax"), 23, "right"),
            (self.env._("Remark"), 17, ""),
        ]
        labels = self._get_fee_labels()
        lines = record.line_ids.sorted(lambda line: (line.sequence, line.id))
        rows = self._line_rows(
            columns, [self._get_charge_texts(line, labels) for line in lines], least=3
        )
        sums = [
            (self.env._("Net Amount"), record.amount_untaxed),
            (self.env._("Tax Amount"), record.amount_tax),
            (self.env._("Total incl. Tax"), record.amount_total),
        ]
        cells = []
        # the nine columns are shared out between three sums
        for (label, amount), spans in zip(sums, ((2, 1), (1, 2), (1, 2)), strict=True):
            cells += [
                Cell(label, label=True, span=spans[0], align="center"),
                Cell(self._money(record, amount), span=spans[1], align="right"),
            ]
        rows.append(Row(cells))
        if record.currency_id.name == "CNY":
            rows.append(
                Row(
                    [
                        Cell(self.env._("Amount in Words"), label=True, span=2, align="center"),
                        Cell(amount_in_words(f"{record.amount_total:.2f}"), span=7),
                    ]
                )
            )
        settlements = {
            "fixed": self.env._("Fixed total"),
            "actual": self.env._("By what was done (acceptance sheet signed by both)"),
        }
        choice = self._choice(settlements, record.settlement)
        choice.span = 7
        rows.append(
            Row([Cell(self.env._("Settlement"), label=True, span=2, align="center"), choice])
        )
        return Grid(
            [width for _title, width, _align in columns],
            rows,
            heads=[
                self._section(self.env._("2. Charges (by the Tariff of Paid Service)"), 9),
                self._header_row(columns),
            ],
            tail=3,
        )

    def _get_charge_texts(self, line, labels):
        price = line.price_unit * (1 - line.discount / 100)
        remark = [
            line.discount and self.env._("-%s %%", f"{line.discount:g}"),
            line.remark,
        ]
        return [
            labels[GROUPS.get(line.fee_kind, "other")],
            " ".join(filter(None, [line.name, line.spec])),
            line.product_uom_id.name or "",
            self._quantity(line.quantity),
            f"{price:,.2f}",
            self._get_rate(line.tax_id),
            f"{line.amount_total:,.2f}",
            "; ".join(filter(None, remark)),
        ]

    # ------------------------------------------------------------------
    # Tariff
    # ------------------------------------------------------------------
    def _get_tariff(self, tariff, moment, title):
        """Return the tariff as a table, at the prices of a moment (R004-64)."""
        columns = [
            (self.env._("Seq."), 12, "center"),
            (self.env._("Item"), 58, ""),
            (self.env._("Charged per"), 24, "center"),
            (
                self.env._("Price incl. Tax")
                if tariff.aftersales_tax_included
                else self.env._("Price excl. Tax"),
                28,
                "right",
            ),
            (self.env._("Tax Rate"), 18, "center"),
            (self.env._("Note"), 50, ""),
        ]
        lines = [
            [
                item["product"].name,
                item["unit"].name,
                f"{item['price']:,.2f}",
                self._get_rate(item["tax"]),
                item["note"],
            ]
            for item in tariff._aftersales_get_annex(moment)
        ]
        lines.append([self.env._("Material"), "", "", "", self.env._("at list price")])
        return Grid(
            [width for _title, width, _align in columns],
            self._line_rows(columns, lines, least=0),
            heads=[self._section(title, 6), self._header_row(columns)],
        )

    # ------------------------------------------------------------------
    # Terms
    # ------------------------------------------------------------------
    def _get_terms(self, record):
        prepay = self.env._(
            "%(percent)s %% = %(amount)s before the service",
            percent=f"{record.prepay_percent:g}",
            amount=self._money(record, record.prepay_amount),
        )
        balance = self.env._("within %s days after acceptance", record.balance_days)
        invoices = {
            "special": self.env._("VAT special invoice"),
            "ordinary": self.env._("VAT ordinary invoice"),
        }
        methods = {
            "transfer": self.env._("Bank transfer"),
            "acceptance": self.env._("Acceptance draft"),
        }
        owners = {"customer": self.env._("Party A"), "us": self.env._("Party B")}
        period = ""
        if record.date_from and record.date_to:
            period = self.env._(
                "%(start)s to %(end)s",
                start=self._long_day(record.date_from),
                end=self._long_day(record.date_to),
            )
        return Grid(
            [26, 69, 26, 69],
            [
                Row(
                    self._pair(self.env._("Prepayment"), prepay)
                    + self._pair(self.env._("Balance"), balance)
                ),
                Row(
                    self._pair(self.env._("Invoice"), self._choice(invoices, record.invoice_kind))
                    + self._pair(
                        self.env._("Payment by"), self._choice(methods, record.payment_method)
                    )
                ),
                Row(
                    self._pair(self.env._("Service Time"), period or record.service_time)
                    + self._pair(self.env._("Service Place"), record.service_place)
                ),
                Row(
                    self._pair(
                        self.env._("Old Parts go to"), self._choice(owners, record.old_parts_owner)
                    )
                    + self._pair(
                        self.env._("Repair Warranty"),
                        self.env._("%s months", record.warranty_months),
                    )
                ),
            ],
            heads=[self._section(self.env._("3. Payment, Time, Place and Warranty"), 4)],
        )


class QuotationForm(models.AbstractModel):
    """服务报价单: what was offered in the last round (R001-19 … R001-21)."""

    _name = "report.aftersales_service_report.quotation"
    _inherit = ["aftersales.form.agreement"]
    _description = "Form: Service Quotation"

    _form_code = "quotation"

    def _get_title(self, record):
        return self.env._("Service Quotation")

    def _get_offered(self, record):
        """Return the last round, if the document still says what was offered in it."""
        quote = record.quote_ids.sorted("number")[-1:]
        frozen = self.env["aftersales.verification"]._load(quote.sudo().approval_id.snapshot)
        same = quote and frozen.get("content") == record._get_evidence_content()
        return quote if same else quote.browse()

    def _get_head(self, record):
        quote = self._get_offered(record)
        moment = quote.sent_at or record.create_date
        text = self.env._("Round %s", quote.number) if quote.number > 1 else ""
        return [
            (self.env._("No."), record.name),
            (self.env._("Date"), self._moment_day(record, moment)),
            ("", text),
        ]

    def _get_watermark(self, record):
        return "" if self._get_offered(record) else self.env._("NOT OFFERED")

    def _get_blocks(self, record, width):
        quote = self._get_offered(record)
        until = self._long_day(quote.valid_until) if quote else ""
        return [
            self._get_parties(record),
            self._get_objects(record),
            self._get_charges(record),
            self._get_terms(record),
            Opinions(
                [
                    Opinion(
                        self.env._("Offer"),
                        self.env._("This offer is valid until %s.", until) if until else "",
                    )
                ],
                width,
                14.0,
            ),
            Signatures(
                [
                    self._signature(
                        self.env._("Offered by (Seal)"), quote.approval_id if quote else None
                    ),
                    self._signature(self.env._("Customer's Confirmation (Signature, Seal)")),
                ],
                height=30.0,
            ),
        ]


class AgreementForm(models.AbstractModel):
    """服务协议 with the tariff as its annex (R004-29 … R004-31, R004-64)."""

    _name = "report.aftersales_service_report.agreement"
    _inherit = ["aftersales.form.agreement"]
    _description = "Form: Service Agreement"

    _form_code = "agreement"

    def _get_title(self, record):
        titles = {
            "service": self.env._("Service Agreement"),
            "supplement": self.env._("Supplementary Agreement"),
            "framework": self.env._("Maintenance Framework Agreement"),
        }
        return titles[record.kind]

    def _get_head(self, record):
        head = [(self.env._("Agreement No."), record.name)]
        if record.parent_id:
            head.append((self.env._("Supplements"), record.parent_id.name))
        signed = self._long_day(record.signed_on)
        head.append((self.env._("Signed on"), signed or self.env._("____-__-__")))
        head.append((self.env._("at"), record.sign_place or "________"))
        return head

    def _get_watermark(self, record):
        if record.state == "cancelled" or record.progress == "terminated":
            return self.env._("VOID")
        # what is released goes out to be signed
        return "" if record.state == "approved" else self.env._("NOT IN FORCE")

    def _get_foot(self, record):
        return self.env._("%s originals; keep for 5 years", record.copies)

    def _get_blocks(self, record, width):
        blocks = [
            self._get_parties(record),
            self._get_objects(record),
            self._get_charges(record),
            self._get_terms(record),
        ]
        if record.kind == "framework":
            blocks.append(self._get_scope(record))
        return [
            *blocks,
            Opinions(
                [Opinion(self.env._("4. Further Clauses"), record.clauses or "")], width, 22.0
            ),
            self._get_seals(record, width),
            self._get_office(record),
            PageBreak(),
            self._get_annex(record),
        ]

    def _get_scope(self, record):
        """Return what a framework agreement includes."""
        choices = {
            "included": self.env._("Included"),
            "as_used": self.env._("Charged as used"),
            "separate": self.env._("By separate agreement"),
        }
        rows = [
            Row(self._pair(label, self._choice(choices, record[name])))
            for label, name in (
                (self.env._("Parts"), "parts_terms"),
                (self.env._("Labour"), "labour_terms"),
                (self.env._("Travel"), "travel_terms"),
            )
        ]
        return Grid([26, 164], rows)

    def _get_seals(self, record, width):
        """Return both parties' places: seal, authorised signer, date."""
        signer = " ".join(filter(None, [record.signer_name, record.signer_title]))
        parties = [
            (self.env._("Party A"), signer, self._long_day(record.signed_on)),
            (self.env._("Party B"), "", ""),
        ]
        cells = [
            Opinion(
                party,
                "\n\n"
                + self.env._("(Seal)")
                + "\n\n\n"
                + self.env._("Legal or authorised representative (signature): %s", name)
                + "\n"
                + self.env._("Date: %s", day or self.env._("____-__-__")),
            )
            for party, name, day in parties
        ]
        return Opinions(cells, width, 42.0)

    def _get_office(self, record):
        """Return the foot that is ours alone: who made it, who has it, under which seal."""
        handed = ""
        if record.handed_over_at:
            handed = " ".join(
                filter(
                    None,
                    [
                        self._moment_day(record, record.handed_over_at),
                        record.taken_over_by_id.sudo().name,
                    ],
                )
            )
        return Grid(
            [26, 38, 26, 38, 26, 36],
            [
                Row(
                    self._pair(self.env._("Handled by"), record.supervisor_id.sudo().name)
                    + self._pair(self.env._("To Commerce Office"), handed)
                    + self._pair(self.env._("Seal Register No."), record.seal_number)
                )
            ],
        )

    def _get_annex(self, record):
        """Return the tariff that the agreement was made with (R004-64)."""
        tariff = record.tariff_id.sudo()
        moment = record.in_force_at or record.submitted_at or fields.Datetime.now()
        since, until = tariff._aftersales_get_validity(moment)
        title = self.env._(
            "Annex: Tariff of Paid Service (valid from %(start)s to %(end)s)",
            start=self._moment_day(record, since) or "—",
            end=self._moment_day(record, until) or "—",
        )
        return self._get_tariff(tariff, moment, title)
