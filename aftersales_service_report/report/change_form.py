from odoo import models

from odoo.addons.aftersales_service.tools.amount import amount_in_words

from ..tools.layout import Grid, Opinion, Opinions, Row, Signature


class ChangeForm(models.AbstractModel):
    """技术变更单: what is wanted, the plan, its cost and who bears it (R004-21, R004-22)."""

    _name = "report.aftersales_service_report.change"
    _inherit = ["aftersales.form.document"]
    _description = "Form: Technical Change"

    _form_model = "aftersales.change"
    _form_code = "change"

    def _get_title(self, record):
        return self.env._("Technical Change Order")

    def _get_more_head(self, record):
        return [(self.env._("Request No."), record.ticket_id.number)]

    def _get_blocks(self, record, width):
        rows = self._get_evidence(record)
        return [
            self._get_grid(record),
            Opinions([Opinion(self.env._("Change Wanted"), record.wanted or "")], width, 24.0),
            Opinions(
                [self._get_opinion(rows, self.env._("Change Plan"), record.plan, "review")],
                width,
                40.0,
            ),
            self._get_cost(record),
            Opinions(
                [
                    self._get_opinion(
                        rows,
                        self.env._("Outcome of the Negotiation"),
                        record.outcome_note,
                        "negotiate",
                    ),
                    Opinion(
                        self.env._("Customer's Confirmation"),
                        self._get_agreement(record),
                        Signature(self.env._("Signature and Seal")),
                    ),
                ],
                width,
                32.0,
            ),
            *self._get_chain_signatures(record, rows, self.env._("Written: Project Manager")),
        ]

    def _get_grid(self, record):
        pair = self._pair
        return Grid(
            [24, 71, 24, 71],
            [
                Row(
                    pair(self.env._("Customer"), self._party(record.partner_id))
                    + pair(self.env._("End User"), self._party(record.end_user_id))
                ),
                Row(
                    pair(self.env._("Project"), record.project_name)
                    + pair(self.env._("Contract No."), record.contract_ref)
                ),
                Row(
                    pair(self.env._("Model"), record.product_model)
                    + pair(self.env._("Serial No."), record.serial_number)
                ),
                Row(
                    pair(self.env._("Asked for by"), record.asked_by)
                    + pair(self.env._("Asked on"), self._long_day(record.asked_on))
                ),
            ],
        )

    def _get_opinion(self, rows, title, text, act):
        """Return a text with what its step has said, and the signature of that step."""
        row = rows.filtered(lambda item: item.phase == "decision" and item.act == act)[-1:]
        return Opinion(
            title,
            "\n".join(filter(None, [text, row.comment])),
            self._signature(self.env._("Signature"), row),
        )

    def _get_agreement(self, record):
        """Return with whom, and when, the plan was agreed."""
        return "  ".join(filter(None, [record.agreed_by, self._long_day(record.agreed_on)]))

    def _get_cost(self, record):
        causes = dict(record._fields["cause"]._description_selection(self.env))
        outcomes = dict(record._fields["outcome"]._description_selection(self.env))
        pair = self._pair
        rows = [
            Row(pair(self.env._("Caused by"), self._choice(causes, record.cause), span=3)),
            Row(pair(self.env._("Outcome"), self._choice(outcomes, record.outcome), span=3)),
            Row(
                pair(self.env._("Additional Cost"), self._money(record, record.amount_increase))
                + pair(self.env._("Customer's Share"), self._money(record, record.amount_agreed))
            ),
        ]
        if record.currency_id.name == "CNY" and record.amount_agreed:
            words = amount_in_words(f"{record.amount_agreed:.2f}")
            rows.append(Row(pair(self.env._("Amount in Words"), words, span=3)))
        return Grid([24, 71, 24, 71], rows)
