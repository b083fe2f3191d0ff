from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.engine import at_work


class StockMove(models.Model):
    """Moves of a unit in for factory repair are made by its document alone (B5, B7, B9).

    They stay as they were made: nobody re-points, undoes or returns them, and core's repair
    order of a factory repair takes no parts (B4).
    """

    _inherit = "stock.move"

    aftersales_repair_id = fields.Many2one(
        "aftersales.repair",
        string="Factory Repair",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )

    @api.model
    def _get_engine_links(self):
        return super()._get_engine_links() | {"aftersales_repair_id"}

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._check_repair_moves()
        return moves

    def write(self, vals):
        if vals.keys() & self._get_repair_controlled():
            self._check_repair_moves()
        result = super().write(vals)
        if vals.keys() & {"repair_id", "origin_returned_move_id", "repair_line_type"}:
            self._check_repair_moves()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_repair(self):
        self._check_repair_moves()

    @api.constrains("repair_id", "repair_line_type", "origin_returned_move_id", "state")
    def _check_repair_moves(self):
        """Raise for moves of a factory repair that its engine isn't making."""
        if at_work():
            return
        for move in self.sudo():
            repair = move._get_factory_repair()
            if not repair:
                continue
            if move.repair_line_type:
                raise UserError(
                    self.env._(
                        "Parts for %s are asked for on a spare-part requisition.", repair.name
                    )
                )
            raise UserError(
                self.env._(
                    "The unit of %s is received, sent back and scrapped by that document alone.",
                    repair.name,
                )
            )

    def _get_factory_repair(self):
        """Return the factory repair that a move belongs to or would undo."""
        self.ensure_one()
        return (
            self.aftersales_repair_id
            or self.repair_id.aftersales_repair_id
            or self.origin_returned_move_id.aftersales_repair_id
        )

    @api.model
    def _get_repair_controlled(self):
        return {name for name, field in self._fields.items() if field.store} - {"priority", "date"}

    def _delivers_unit(self):
        """Handing back what the customer has sent in delivers nothing."""
        return not self.aftersales_repair_id and super()._delivers_unit()

    def _is_customer_delivery(self):
        return not self.aftersales_repair_id and super()._is_customer_delivery()

    def _is_of_document(self):
        return bool(self.repair_id.aftersales_repair_id) or super()._is_of_document()

    def _skip_push(self):
        return bool(self.aftersales_repair_id) or super()._skip_push()

    @api.depends("aftersales_repair_id.name")
    def _compute_reference(self):
        result = super()._compute_reference()
        for move in self.filtered("aftersales_repair_id"):
            move.reference = move.aftersales_repair_id.name
        return result


class StockMoveLine(models.Model):
    """Number, owner and quantity of a unit in for repair stay as they were moved (B9)."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._check_repair_moves()
        return lines

    def write(self, vals):
        self.move_id._check_repair_moves()
        result = super().write(vals)
        if "move_id" in vals:
            self.move_id._check_repair_moves()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_repair(self):
        self.move_id._check_repair_moves()
