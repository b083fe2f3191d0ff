from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.engine import engine
from .stock_picking_type import ISSUE


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    aftersales_issue_type_id = fields.Many2one(
        "stock.picking.type",
        string="Material Issue Operation",
        check_company=True,
        copy=False,
    )

    @api.constrains("aftersales_issue_type_id")
    def _check_issue_type(self):
        for warehouse in self:
            kind = warehouse.aftersales_issue_type_id
            if kind and (kind.code != ISSUE or kind.warehouse_id != warehouse):
                raise ValidationError(
                    self.env._(
                        "%(operation)s isn't the material issue of %(warehouse)s.",
                        operation=kind.display_name,
                        warehouse=warehouse.name,
                    )
                )

    def _get_sequence_values(self, name=False, code=False):
        values = super()._get_sequence_values(name=name, code=code)
        values["aftersales_issue_type_id"] = {
            "name": self.env._("%(name)s Sequence material issue", name=name or self.name),
            "prefix": f"{code or self.code}/LL/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        return values

    def _get_picking_type_create_values(self, max_sequence):
        data, next_sequence = super()._get_picking_type_create_values(max_sequence)
        self.company_id.sudo()._aftersales_create_locations()
        data["aftersales_issue_type_id"] = {
            "name": self.env._("Material Issue"),
            "code": ISSUE,
            "default_location_src_id": self.lot_stock_id.id,
            "default_location_dest_id": self.company_id._aftersales_purpose_location("free").id,
            "return_picking_type_id": self.in_type_id.id,
            "use_create_lots": False,
            "use_existing_lots": True,
            "print_label": True,
            "reservation_method": "at_confirm",
            "move_type": "one",
            "sequence": next_sequence + 1,
            "sequence_code": "LL",
            "company_id": self.company_id.id,
        }
        return data, next_sequence + 2

    def _get_picking_type_update_values(self):
        data = super()._get_picking_type_update_values()
        data["aftersales_issue_type_id"] = {
            "active": self.active,
            "default_location_src_id": self.lot_stock_id.id,
            "barcode": self.code.replace(" ", "").upper() + "LL",
        }
        return data

    def _create_or_update_sequences_and_picking_types(self):
        with engine():
            return super()._create_or_update_sequences_and_picking_types()

    def _update_name_and_code(self, new_name=False, new_code=False):
        result = super()._update_name_and_code(new_name=new_name, new_code=new_code)
        for warehouse in self:
            values = warehouse._get_sequence_values(name=new_name, code=new_code)
            sequence = warehouse.aftersales_issue_type_id.sequence_id.sudo()
            sequence.write(values["aftersales_issue_type_id"])
        return result

    def _aftersales_create_issue_type(self):
        """Give warehouses that exist already their material issue operation."""
        for warehouse in self.filtered(lambda item: not item.aftersales_issue_type_id):
            warehouse.write(warehouse._create_or_update_sequences_and_picking_types())
        self._aftersales_translate_issue_type()

    def _aftersales_translate_issue_type(self):
        """Give the material issue its name in each language, unless somebody has given
        it a name of his own: what made it may have spoken another one."""
        langs = [lang for lang, _name in self.env["res.lang"].get_installed()]
        names = {lang: self.with_context(lang=lang).env._("Material Issue") for lang in langs}
        for lang, name in names.items():
            types = self.with_context(lang=lang).sudo().aftersales_issue_type_id
            for issue_type in types:
                if issue_type.name != name and issue_type.name in names.values():
                    issue_type.name = name
