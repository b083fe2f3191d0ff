from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.engine import engine
from .stock_picking_type import ISSUE, RETURN

# {field of the warehouse: (code of the operation, prefix of its numbers)}
OPERATIONS = {
    "aftersales_issue_type_id": (ISSUE, "LL"),
    "aftersales_return_type_id": (RETURN, "TS"),
}


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    aftersales_issue_type_id = fields.Many2one(
        "stock.picking.type",
        string="Material Issue Operation",
        check_company=True,
        copy=False,
    )
    aftersales_return_type_id = fields.Many2one(
        "stock.picking.type",
        string="Return Receipt Operation",
        check_company=True,
        copy=False,
    )

    @api.constrains(*OPERATIONS)
    def _check_issue_type(self):
        for warehouse in self:
            for name, (code, _prefix) in OPERATIONS.items():
                kind = warehouse[name]
                if kind and (kind.code != code or kind.warehouse_id != warehouse):
                    raise ValidationError(
                        self.env._(
                            "%(operation)s isn't the %(kind)s of %(warehouse)s.",
                            operation=kind.display_name,
                            kind=self._aftersales_operation_names(self.env)[name],
                            warehouse=warehouse.name,
                        )
                    )

    @api.model
    def _aftersales_operation_names(self, env):
        """Return {field: name of the operation} in the language of an environment."""
        return {
            "aftersales_issue_type_id": env._("Material Issue"),
            "aftersales_return_type_id": env._("Return Receipt"),
        }

    def _get_sequence_values(self, name=False, code=False):
        values = super()._get_sequence_values(name=name, code=code)
        names = {
            "aftersales_issue_type_id": self.env._(
                "%(name)s Sequence material issue", name=name or self.name
            ),
            "aftersales_return_type_id": self.env._(
                "%(name)s Sequence return receipt", name=name or self.name
            ),
        }
        for field_name, (_code, prefix) in OPERATIONS.items():
            values[field_name] = {
                "name": names[field_name],
                "prefix": f"{code or self.code}/{prefix}/",
                "padding": 5,
                "company_id": self.company_id.id,
            }
        return values

    def _get_picking_type_create_values(self, max_sequence):
        data, next_sequence = super()._get_picking_type_create_values(max_sequence)
        company = self.company_id
        company.sudo()._aftersales_create_locations()
        names = self._aftersales_operation_names(self.env)
        common = {"use_create_lots": False, "use_existing_lots": True, "company_id": company.id}
        data["aftersales_issue_type_id"] = {
            **common,
            "name": names["aftersales_issue_type_id"],
            "code": ISSUE,
            "default_location_src_id": self.lot_stock_id.id,
            "default_location_dest_id": company._aftersales_purpose_location("free").id,
            "return_picking_type_id": self.in_type_id.id,
            "print_label": True,
            "reservation_method": "at_confirm",
            "move_type": "one",
            "sequence": next_sequence + 1,
            "sequence_code": "LL",
        }
        data["aftersales_return_type_id"] = {
            **common,
            "name": names["aftersales_return_type_id"],
            "code": RETURN,
            "default_location_src_id": self.env.ref("stock.stock_location_customers").id,
            "default_location_dest_id": company._aftersales_place("quarantine").id,
            # what comes back may have been delivered before the system
            "use_create_lots": True,
            "create_backorder": "always",
            "reservation_method": "at_confirm",
            "sequence": next_sequence + 2,
            "sequence_code": "TS",
        }
        return data, next_sequence + 3

    def _get_picking_type_update_values(self):
        data = super()._get_picking_type_update_values()
        barcode = self.code.replace(" ", "").upper()
        data["aftersales_issue_type_id"] = {
            "active": self.active,
            "default_location_src_id": self.lot_stock_id.id,
            "barcode": f"{barcode}LL",
        }
        data["aftersales_return_type_id"] = {"active": self.active, "barcode": f"{barcode}TS"}
        return data

    def _create_or_update_sequences_and_picking_types(self):
        with engine():
            return super()._create_or_update_sequences_and_picking_types()

    def _update_name_and_code(self, new_name=False, new_code=False):
        result = super()._update_name_and_code(new_name=new_name, new_code=new_code)
        for warehouse in self:
            values = warehouse._get_sequence_values(name=new_name, code=new_code)
            for name in OPERATIONS:
                warehouse[name].sequence_id.sudo().write(values[name])
        return result

    def _aftersales_create_operations(self):
        """Give warehouses that exist already their operations of after-sales service."""
        for warehouse in self.filtered(lambda item: not all(item[name] for name in OPERATIONS)):
            warehouse.write(warehouse._create_or_update_sequences_and_picking_types())
        self._aftersales_translate_operations()

    def _aftersales_translate_operations(self):
        """Give the operations their names in each language, unless somebody has given
        them a name of his own: what made them may have spoken another one."""
        langs = [lang for lang, _name in self.env["res.lang"].get_installed()]
        names = {
            lang: self._aftersales_operation_names(self.with_context(lang=lang).env)
            for lang in langs
        }
        for lang in langs:
            for field_name in OPERATIONS:
                known = {names[other][field_name] for other in langs}
                name = names[lang][field_name]
                for kind in self.with_context(lang=lang).sudo()[field_name]:
                    if kind.name != name and kind.name in known:
                        kind.name = name
