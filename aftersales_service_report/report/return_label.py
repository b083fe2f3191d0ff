from odoo import models

from odoo.addons.aftersales_service.tools.text import join_words

MAX_SERIALS = 4


class ReturnLabel(models.AbstractModel):
    """退货标签 for the parcel: who it is for, what is in it; a scan finds the return."""

    _name = "report.aftersales_service_report.return_label"
    _inherit = ["aftersales.form"]
    _description = "Label: Returned Goods"

    _form_model = "aftersales.return"
    _form_paper = "label"

    def _get_form(self, record):
        company = record.company_id.sudo()
        place = company._aftersales_place("quarantine")
        site = record.warehouse_id.sudo().partner_id or company.partner_id
        return {
            "record": record,
            "title": self.env._("Return Label"),
            "number": record.name,
            "rows": [
                (self.env._("Consigned to"), f"{company.name}  {place.name}"),
                (self.env._("Address"), self._get_address(site)),
                (self.env._("Phone"), site.phone or company.phone or ""),
                (self.env._("Sender"), self._party(record.partner_id)),
                (self.env._("Serial No."), self._get_serials(record)),
            ],
            "pieces": [
                (self.env._("Pieces"), self._get_pieces(record)),
                (self.env._("Parcel"), "____ / ____"),
            ],
            "colon": self._get_colon(),
            "qr": self._get_qr(self._get_qr_text(record)),
        }

    def _get_address(self, partner):
        parts = [partner.state_id.name, partner.city, partner.street, partner.street2]
        return " ".join(filter(None, parts))

    def _get_serials(self, record):
        """Return the numbers; of many the first ones and how many there are."""
        serials = [line.serial_number for line in record.line_ids if line.serial_number]
        text = join_words(self.env, serials[:MAX_SERIALS])
        if len(serials) > MAX_SERIALS:
            return self.env._("%(serials)s … (%(count)s in all)", serials=text, count=len(serials))
        return text

    def _get_pieces(self, record):
        """Return how much comes, in each unit."""
        units = {}
        for line in record.line_ids:
            unit = line.product_uom_id
            units[unit] = units.get(unit, 0.0) + line.qty_claimed
        return join_words(
            self.env, [f"{self._quantity(count)} {unit.name}" for unit, count in units.items()]
        )
