from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from ..tools.text import clean_text


class AftersalesAgreementQuote(models.Model):
    """One round of a quotation, readable as it was offered (R001-21).

    The content is read from the row of evidence that froze it, never from the
    agreement as it is now.
    """

    _name = "aftersales.agreement.quote"
    _inherit = ["aftersales.guard"]
    _description = "Quotation Round"
    _order = "agreement_id, number desc"
    _rec_name = "number"
    _guard_closed = True

    agreement_id = fields.Many2one(
        "aftersales.agreement", guard="door", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    number = fields.Integer(string="Round", guard="door", required=True)
    approval_id = fields.Many2one(
        "aftersales.approval", string="Evidence", guard="door", required=True, ondelete="restrict"
    )
    sent_at = fields.Datetime(string="Offered on", guard="door")
    sent_by_id = fields.Many2one("res.users", string="Offered by", guard="door")
    valid_until = fields.Date(guard="door")
    amount_total = fields.Monetary(string="Total Amount", guard="door")
    answer = fields.Selection(
        [
            ("accepted", "Quotation Accepted"),
            ("counter", "Counter-Offer"),
            ("declined", "Declined"),
        ],
        string="Customer's Answer",
        guard="door",
    )
    answer_note = fields.Char(string="What the Customer Said", guard="door")
    answered_at = fields.Datetime(string="Answered on", guard="door")
    content = fields.Html(compute="_compute_content", sanitize=False)

    @api.depends("approval_id.snapshot")
    @api.depends_context("lang")
    def _compute_content(self):
        for quote in self:
            load = self.env["aftersales.verification"]._load(quote.sudo().approval_id.snapshot)
            quote.content = quote._get_table(load.get("content") or {}, load.get("quote") or {})

    @api.model
    def _get_table(self, content, frozen):
        """Return the frozen lines as a table; every text is escaped."""
        label = self.env["aftersales.agreement.line"]._fields
        names = ("name", "spec", "quantity", "product_uom_id", "price_unit", "discount", "tax_id")
        head = Markup().join(
            Markup("<th>%s</th>") % label[name]._description_string(self.env) for name in names
        )
        rows = Markup().join(
            Markup("<tr>%s</tr>")
            % Markup().join(
                Markup("<td>%s</td>") % self._get_text(line.get(name)) for name in names
            )
            for line in content.get("line_ids") or []
        )
        total = Markup("<p><b>%s %s</b></p>") % (
            self.env._("Total with tax:"),
            html_escape(frozen.get("amount_total") or ""),
        )
        return (
            Markup('<table class="table table-sm"><thead><tr>%s</tr></thead>') % head
            + Markup("<tbody>%s</tbody></table>") % rows
            + total
        )

    @api.model
    def _get_text(self, value):
        if isinstance(value, dict):
            value = value.get("name")
        return "" if value in (None, False) else str(value)


class AftersalesAgreementQuotes(models.Model):
    """The rounds of a quotation and what the customer said to each (R001-19 … R001-21)."""

    _inherit = "aftersales.agreement"

    quote_ids = fields.One2many("aftersales.agreement.quote", "agreement_id", string="Quotations")
    quote_count = fields.Integer(guard="door", readonly=True, copy=False, default=0)
    has_open_quote = fields.Boolean(compute="_compute_has_open_quote")

    @api.depends("quote_ids.answer", "progress")
    def _compute_has_open_quote(self):
        for agreement in self:
            last = agreement.quote_ids.sorted("number")[-1:]
            agreement.has_open_quote = bool(last and not last.answer)

    def action_quote(self, valid_until=None):
        """Put what is offered now on record as a new round of the quotation.

        :param valid_until: last day of the offer, ISO text or date; empty: 30 days
        :raise UserError: where the discount needs an approval that it hasn't
        """
        for agreement in self._as_public("quote"):
            agreement._check_state("draft", "approved")
            agreement._check_progress("negotiating", "to_sign")
            if agreement.state == "draft":
                agreement._update_totals()
                if not agreement.line_ids:
                    raise UserError(
                        agreement.env._("%s has no lines: say what is charged.", agreement.name)
                    )
                agreement.line_ids._check_complete()
                if agreement.discount_over_limit:
                    raise UserError(
                        agreement.env._(
                            "The discount of %(percent)s %% is over the limit of %(limit)s %%: "
                            "submit %(document)s for approval before you offer it.",
                            percent=f"{agreement.discount_percent:g}",
                            limit=f"{agreement.company_id.sudo().aftersales_discount_limit:g}",
                            document=agreement.name,
                        )
                    )
            today = agreement.company_id._aftersales_today()
            until = agreement._get_day(valid_until) or fields.Date.add(today, days=30)
            if until < today:
                raise UserError(agreement.env._("A quotation can't be valid until yesterday."))
            agreement._record_quote(until)
        return True

    def _record_quote(self, until):
        number = self.quote_count + 1
        frozen = dict(
            self._get_frozen_extra(), number=number, valid_until=fields.Date.to_string(until)
        )
        row = self._append_evidence(
            "quote",
            comment=self.env._("Quotation %s", number),
            door_vals={"quote_count": number},
            extra={"quote": frozen},
        )
        self.env["aftersales.agreement.quote"].sudo()._door_create(
            [
                {
                    "agreement_id": self.id,
                    "number": number,
                    "approval_id": row.id,
                    "sent_at": row.decided_at,
                    "sent_by_id": self.env.uid,
                    "valid_until": until,
                    "amount_total": self.amount_total,
                }
            ]
        )

    def action_answer(self, answer=None, note=""):
        """Put the customer's answer to the last quotation on record.

        :param answer: "accepted", "counter" or "declined"; the last two need a note
        """
        for agreement in self._as_public("answer"):
            quote = agreement.quote_ids.sorted("number")[-1:]
            text = clean_text(self.env, note)
            if not quote or quote.answer:
                raise UserError(
                    agreement.env._("%s has no quotation that waits for an answer.", agreement.name)
                )
            if answer not in ("accepted", "counter", "declined"):
                raise UserError(agreement.env._("Say what the customer has answered."))
            if answer != "accepted" and not text:
                raise UserError(agreement.env._("Write down what the customer wants instead."))
            agreement._append_evidence(
                "answer",
                comment=text,
                extra={"answer": {"number": quote.number, "answer": answer}},
            )
            quote.sudo()._door_write(
                {"answer": answer, "answer_note": text, "answered_at": fields.Datetime.now()}
            )
        return True
