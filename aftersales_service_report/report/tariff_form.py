from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.layout import Signatures


class TariffForm(models.AbstractModel):
    """有偿服务收费标准: the tariff as a form of its own, at today's prices (R004-64)."""

    _name = "report.aftersales_service_report.tariff"
    _inherit = ["aftersales.form.agreement"]
    _description = "Form: Tariff of Paid Service"

    _form_model = "product.pricelist"
    _form_code = "tariff"

    def _check_print(self, records):
        for tariff in records:
            if not tariff.aftersales_tariff:
                raise UserError(
                    self.env._("%s isn't a tariff of paid service.", tariff.display_name)
                )

    def _get_company(self, record):
        return record.company_id or self.env.company

    def _get_title(self, record):
        return self.env._("Tariff of Paid Service")

    def _get_head(self, record):
        since, until = record.sudo()._aftersales_get_validity(fields.Datetime.now())
        return [
            (self.env._("Tariff"), record.name),
            (self.env._("Currency"), record.currency_id.name),
            (self.env._("Valid from"), self._moment_day(record, since) or "—"),
            (self.env._("Valid to"), self._moment_day(record, until) or "—"),
        ]

    def _get_blocks(self, record, width):
        title = self.env._("Charges for service, testing, travel and freight")
        return [
            self._get_tariff(record.sudo(), fields.Datetime.now(), title),
            Signatures(
                [
                    self._signature(self.env._("Made by")),
                    self._signature(self.env._("Approved by")),
                ]
            ),
        ]
