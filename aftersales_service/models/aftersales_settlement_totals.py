from odoo import models

from ..tools import totals


class AftersalesSettlement(models.Model):
    """Charges that are changed in one go are summed up once."""

    _inherit = "aftersales.settlement"

    def write(self, vals):
        with totals.together(self.env):
            return super().write(vals)

    def _update_totals(self):
        """Compute the amounts agreement by agreement, with core's tax engine."""
        Tax = self.env["account.tax"]
        names = ("amount_untaxed", "amount_tax", "amount_total")
        for settlement in self.sudo():
            amounts = dict.fromkeys(names, 0.0)
            for lines in settlement.line_ids.grouped(
                lambda line: line.agreement_line_id.agreement_id
            ).values():
                base_lines = [line._prepare_base_line() for line in lines]
                Tax._add_tax_details_in_base_lines(base_lines, settlement.company_id)
                Tax._round_base_lines_tax_details(base_lines, settlement.company_id)
                for line, base_line in zip(lines, base_lines, strict=True):
                    line._set_amounts(base_line["tax_details"])
                for name in names:
                    amounts[name] += sum(lines.mapped(name))
            currency = settlement.currency_id
            agreed = settlement._get_source()
            settlement._door_write(
                {name: currency.round(value) for name, value in amounts.items()}
                | {"agreed_amount": currency.round(sum(agreed.mapped("amount_total")))}
            )
