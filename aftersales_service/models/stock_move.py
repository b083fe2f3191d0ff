from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools.engine import at_work, is_issuing, issuing
from .stock_picking_type import ISSUE


class StockMove(models.Model):
    """Material of requisitions: the gate stands at the done move itself.

    Whatever way a move becomes done, or is changed afterwards, the constraint below
    holds: only what an approved requisition allows, the whole of it, at once
    (R004-17, attacks B4, B7, B10). The running total stands on the requisition
    line, written in the same transaction, with a CHECK in the database.
    """

    _inherit = "stock.move"

    # what the forms print of issued material besides its lines
    _ISSUED_FIELDS = {"product_uom_qty", "date", "origin_returned_move_id"}

    requisition_line_id = fields.Many2one(
        "aftersales.requisition.line",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model
    def _get_engine_links(self):
        """Return the links to documents of ours; they are set by the engine alone."""
        return {"requisition_line_id"}

    @api.model_create_multi
    def create(self, vals_list):
        links = self._get_engine_links()
        if not at_work() and any(vals.get(name) for vals in vals_list for name in links):
            self._raise_link()
        moves = super().create(vals_list)
        moves._get_issue_moves().filtered(lambda move: move.state == "done")._check_really_moved()
        return moves

    def _add_missing_default_values(self, values):
        result = super()._add_missing_default_values(values)
        for name in self._get_engine_links() - values.keys():
            result.pop(name, None)
        return result

    def write(self, vals):
        if self._get_engine_links() & vals.keys():
            self._raise_link()
        state = vals.get("state")
        if state:
            self._check_state_write(state)
        if "product_id" in vals and any(
            move.requisition_line_id and move.product_id.id != vals["product_id"] for move in self
        ):
            raise UserError(
                self.env._("The material of a requisition can't be swapped on its issue.")
            )
        if self._ISSUED_FIELDS & vals.keys():
            self._check_issued_write(vals)
        result = super().write(vals)
        if state and not at_work() and state != "done":
            self._update_requisitions()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_issued(self):
        if self.filtered(lambda move: move.state == "done" and move.requisition_line_id):
            raise UserError(self.env._("Issued material can't be deleted; return it instead."))

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    @api.constrains(
        "state",
        "quantity",
        "product_uom",
        "product_id",
        "requisition_line_id",
        "picking_id",
        "picking_type_id",
        "location_id",
        "location_dest_id",
    )
    def _check_requisition_gate(self):
        issue_moves = self._get_issue_moves()
        if not issue_moves:
            return
        issue_moves._check_not_stray()
        done = issue_moves.filtered(lambda move: move.state == "done")
        if done:
            done._check_place()
            requisitions = done.sudo().requisition_line_id.requisition_id
            requisitions._check_issue_allowed()
            done._check_totals(requisitions)
            requisitions._take_cover()

    def _check_not_stray(self):
        for move in self.filtered(lambda move: not move.requisition_line_id):
            raise ValidationError(
                self.env._(
                    "%(picking)s issues material of requisitions only; %(product)s isn't on one.",
                    picking=move.picking_type_id.display_name or move.reference or "",
                    product=move.product_id.display_name,
                )
            )

    def _get_issue_moves(self):
        """Return the moves that belong to a requisition or to our operation."""
        return self.filtered(
            lambda move: (
                move.requisition_line_id
                or move.picking_type_id.code == ISSUE
                or move.picking_id.requisition_id
                or (
                    move.location_dest_id.aftersales_purpose
                    and not move.location_id.aftersales_purpose
                )
            )
        )

    def _check_place(self):
        """The goods must go from the requisition's warehouse to its purpose."""
        for move in self.sudo():
            line = move.requisition_line_id
            requisition = line.requisition_id
            if (
                move.picking_type_id != requisition.warehouse_id.aftersales_issue_type_id
                or move.picking_id.requisition_id != requisition
                or move.product_id != line.product_id
                or move.location_dest_id != requisition.purpose_id
                or any(not move_line._is_issue_of(requisition) for move_line in move.move_line_ids)
            ):
                raise ValidationError(
                    self.env._(
                        "%(product)s must be issued from %(warehouse)s to %(purpose)s by the "
                        "material issue of %(document)s.",
                        product=line.product_id.display_name,
                        warehouse=requisition.warehouse_id.name,
                        purpose=requisition.purpose_id.display_name,
                        document=requisition.name,
                    )
                )

    def _check_totals(self, requisitions):
        """Nothing more than approved, and nothing less: complete or not at all."""
        requisitions.line_ids._check_approved_unit()
        issued = requisitions.line_ids._get_moved_quantities()
        incomplete = self.env["aftersales.requisition"]
        for line, quantity in issued.items():
            unit = line.product_id.uom_id
            if unit and unit.compare(quantity, line.qty_product) > 0:
                raise ValidationError(
                    self.env._(
                        "%(product)s: approved %(approved)s, issued %(issued)s, this time "
                        "%(qty)s: that is more than approved. To issue more, revise the "
                        "requisition and have it reviewed again.",
                        product=line.product_id.display_name,
                        approved=f"{line.qty_product:g}",
                        issued=f"{line.qty_issued:g}",
                        qty=f"{quantity - line.qty_issued:g}",
                    )
                )
            if unit and unit.compare(quantity, line.qty_product) < 0:
                incomplete |= line.requisition_id
            if quantity != line.qty_issued:
                line._door_write({"qty_issued": quantity})
        if incomplete:
            raise ValidationError(incomplete[0]._get_incomplete_text())

    def _check_state_write(self, state):
        """Only core's own validation makes a move of ours done, and done stays."""
        ours = self._get_issue_moves()
        if state == "done":
            ours._check_really_moved()
        elif ours.filtered(lambda move: move.state == "done"):
            raise UserError(self.env._("Issued material stays issued; return it instead."))

    def _check_issued_write(self, vals):
        """Issued material stays as it was issued, and comes back by a return of its own."""
        ours = self.sudo().filtered("requisition_line_id")
        if "origin_returned_move_id" in vals:
            origins = self.sudo().origin_returned_move_id
            origins |= origins.browse(vals["origin_returned_move_id"] or ())
            ours |= origins.filtered("requisition_line_id")
        if ours.filtered(lambda move: move.state == "done") and not is_issuing(self.ids):
            raise UserError(self.env._("Issued material can't be changed; return it instead."))

    def _check_really_moved(self):
        if self and not is_issuing(self.ids):
            raise UserError(
                self.env._("Material is issued by validating its transfer, not by setting a state.")
            )

    def _raise_link(self):
        raise UserError(self.env._("The document of a stock move is set by the document itself."))

    # ------------------------------------------------------------------
    # Core hooks
    # ------------------------------------------------------------------
    def _action_done(self, cancel_backorder=False):
        ours = self._get_issue_moves().filtered(lambda move: move.state not in ("done", "cancel"))
        if not ours:
            return super()._action_done(cancel_backorder=cancel_backorder)
        ours._check_ready_to_issue()
        ours._lock_stock()
        requisitions = ours.sudo().requisition_line_id.requisition_id
        with issuing(ours.ids):
            done = super()._action_done(cancel_backorder=cancel_backorder)
        for requisition in requisitions:
            requisition._record_issue(done & ours)
        return done

    def _check_ready_to_issue(self):
        """Say what is missing before core begins to split and cancel."""
        requisitions = self.sudo().requisition_line_id.requisition_id
        requisitions._check_issue_allowed()
        for requisition in requisitions:
            lines = requisition.line_ids.filtered("qty_product")
            moves = self.filtered(lambda move: move.requisition_line_id in lines)
            short = [
                move
                for move in moves
                if not move.picked
                and not move.quantity
                or move.product_uom.compare(move.quantity, move.product_uom_qty) < 0
            ]
            if short or moves.requisition_line_id != lines:
                raise UserError(requisition._get_incomplete_text())

    def _lock_stock(self):
        """Lock the stock that is about to leave and check that it is really there.

        The rows of the quants are locked, whoever holds them now: a transaction with
        an older snapshot is repeated on fresh data instead of going below zero
        (attacks B1, B2).
        """
        self.env["stock.quant"].flush_model()
        lines = self.move_line_ids.filtered(
            lambda line: line.product_id.is_storable and line.quantity
        )
        self.env.cr.execute(
            SQL(
                """SELECT product_id, location_id, lot_id, coalesce(quantity, 0) FROM stock_quant
                    WHERE product_id IN %s AND location_id IN %s AND owner_id IS NULL
                    ORDER BY product_id, id FOR UPDATE""",
                tuple(lines.product_id.ids) or (0,),
                tuple(lines.location_id.ids) or (0,),
            )
        )
        on_hand = {}
        for product, location, lot, quantity in self.env.cr.fetchall():
            key = (product, location, lot or False)
            on_hand[key] = on_hand.get(key, 0.0) + quantity
        for line in lines.sudo():
            key = (line.product_id.id, line.location_id.id, line.lot_id.id)
            on_hand[key] = on_hand.get(key, 0.0) - line.quantity_product_uom
            if line.product_id.uom_id.compare(on_hand[key], 0.0) < 0:
                raise UserError(
                    self.env._(
                        "%(product)s isn't on hand in %(location)s any more. Check the stock and "
                        "reserve again.",
                        product=line.product_id.display_name,
                        location=line.location_id.display_name,
                    )
                )

    def _update_requisitions(self):
        """Derive readiness again when reservations come and go (R004-17)."""
        lines = self.filtered("requisition_line_id").sudo().requisition_line_id
        if lines:
            lines.requisition_id._update_fulfilment()

    def _is_consuming(self):
        return super()._is_consuming() or self.picking_type_id.code == ISSUE

    def _prepare_move_split_vals(self, qty):
        if self.requisition_line_id:
            raise UserError(self.requisition_line_id.sudo().requisition_id._get_incomplete_text())
        return super()._prepare_move_split_vals(qty)

    def _skip_push(self):
        """What was issued to a customer stays there: no push rule applies to it."""
        return bool(self.requisition_line_id) or super()._skip_push()

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return super()._prepare_merge_moves_distinct_fields() + sorted(self._get_engine_links())


class StockMoveLine(models.Model):
    """Lots and quantities of issued material stay as they were issued (B4, B9)."""

    _inherit = "stock.move.line"

    _ISSUED_FIELDS = {
        "quantity",
        "quantity_product_uom",
        "lot_id",
        "lot_name",
        "product_id",
        "product_uom_id",
        "location_id",
        "location_dest_id",
        "owner_id",
        "package_id",
        "quant_id",
        "move_id",
        "picking_id",
        "company_id",
        "state",
    }

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_issue_rights()
        ours = lines.move_id.sudo().filtered("requisition_line_id")
        if ours.filtered(lambda move: move.state == "done"):
            self._raise_issued()
        return lines

    def write(self, vals):
        self._check_issue_rights()
        if self._ISSUED_FIELDS & vals.keys() and not is_issuing(self.move_id.ids):
            ours = self.move_id.sudo().filtered("requisition_line_id")
            if "state" in vals and ours or ours.filtered(lambda move: move.state == "done"):
                self._raise_issued()
        result = super().write(vals)
        if "move_id" in vals:
            self._check_issue_rights()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_with_issue_rights(self):
        self._check_issue_rights()

    @api.constrains("location_id", "location_dest_id", "move_id")
    def _check_purpose(self):
        """Goods go where their lines say, wherever their move was meant to go."""
        issued = self.filtered(
            lambda line: (
                line.location_dest_id.aftersales_purpose and not line.location_id.aftersales_purpose
            )
        )
        issued.move_id._check_not_stray()

    def _is_issue_of(self, requisition):
        """Return whether the line takes our own stock from the requisition's warehouse
        to its purpose, with the quantity that it says."""
        unit = self.product_id.uom_id
        converted = self.product_uom_id._compute_quantity(
            self.quantity, unit, rounding_method="HALF-UP"
        )
        return (
            self.product_id == self.move_id.product_id
            and self.location_id.usage == "internal"
            and self.location_id._child_of(requisition.warehouse_id.view_location_id)
            and self.location_dest_id == requisition.purpose_id
            and not self.owner_id
            and unit.compare(self.quantity_product_uom, converted) == 0
        )

    def _check_issue_rights(self):
        """Core lets every user write move lines; ours are for the store."""
        if self.env.su or self.env.user.has_group("stock.group_stock_user"):
            return
        if self.move_id.sudo().filtered("requisition_line_id"):
            raise UserError(self.env._("Material of a requisition is handled by the store."))

    def _raise_issued(self):
        raise UserError(self.env._("Issued material can't be changed; return it instead."))
