from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import html_escape


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
        [("accepted", "Accepted"), ("counter", "Counter-Offer"), ("declined", "Declined")],
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
