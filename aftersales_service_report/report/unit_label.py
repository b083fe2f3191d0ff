from odoo import models


class UnitLabel(models.AbstractModel):
    """The label of a delivered unit: a scan finds the unit by its serial number."""

    _name = "report.aftersales_service_report.unit_label"
    _inherit = ["aftersales.form"]
    _description = "Label: Delivered Unit"

    _form_model = "aftersales.unit"
    _form_paper = "label"

    def _get_form(self, record):
        company, colon = record.company_id.sudo(), self._get_colon()
        dates = [
            (self.env._("Delivered"), self._day(record.delivery_date)),
            (self.env._("Warranty until"), self._day(record.warranty_end)),
        ]
        return {
            "record": record,
            "company": company.name,
            "model_label": self.env._("Model") + colon,
            "model": record.model_spec or record.product_id.name or "",
            "serial_label": self.env._("Serial No.") + colon,
            "serial": record.serial_number or record.lot_id.name or "",
            "dates": [label + colon + day for label, day in dates if day],
            "phone": self.env._("Service Phone") + colon + company.phone if company.phone else "",
            "qr": self._get_qr(record._get_qr_text()),
        }
