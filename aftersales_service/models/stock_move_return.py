from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import engine, is_issuing, issuing
from ..tools.text import join_words
from .stock_picking_type import RETURN

# kept for what waits for a decision: nothing goes in or out but by a document
GUARDED_PLACES = ("quarantine",)


class StockMove(models.Model):
    """Goods that come back: into quarantine, for a return that waits for them.

    As with issues the gate stands at the done move: only the receipt of a return in its
    receiving step brings goods into quarantine, as the customer's property, and nothing
    leaves it but by a document (B7, B9). What comes back by core's return wizard is
    counted on the same rows (B5).
    """

    _inherit = "stock.move"

    aftersales_return_line_id = fields.Many2one(
        "aftersales.return.line",
        string="Returned with",
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
        return super()._get_engine_links() | {"aftersales_return_line_id"}

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        received = moves.filtered(lambda move: move.aftersales_return_line_id)
        received.filtered(lambda move: move.state == "done")._check_really_received()
        return moves

    def write(self, vals):
        received = self.filtered("aftersales_return_line_id")
        if received:
            received._check_received_write(vals)
        if vals.keys() & {"origin_returned_move_id", "location_id", "state"}:
            self._check_counted_write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_received(self):
        self.filtered(lambda move: move.state == "done")._check_not_received()

    def _check_received_write(self, vals):
        """Only core's own validation makes a receipt done, and done stays as it was."""
        done = self.filtered(lambda move: move.state == "done")
        state = vals.get("state")
        if state == "done":
            self._check_really_received()
        elif state or self._ISSUED_FIELDS & vals.keys() and not is_issuing(self.ids):
            done._check_not_received()
        if "product_id" in vals and any(move.product_id.id != vals["product_id"] for move in self):
            raise UserError(self.env._("The product of a return can't be swapped on its receipt."))

    def _check_counted_write(self, vals):
        """What came back by core's wizard isn't cut loose from the delivery that it counts
        on (B5)."""
        if vals.get("state") == "done":
            return
        for move in self.sudo():
            origin = move.origin_returned_move_id
            if move.state != "done" or not origin or is_issuing(move.ids):
                continue
            stays = (
                vals.get("state", "done") == "done"
                and vals.get("origin_returned_move_id", origin.id) == origin.id
                and vals.get("location_id", move.location_id.id) == move.location_id.id
            )
            counted = self.env["aftersales.return.origin"].sudo()
            if not stays and counted.search_count([("move_id", "=", origin.id)], limit=1):
                raise UserError(
                    self.env._(
                        "%(product)s came back from the delivery %(delivery)s and stays counted "
                        "there.",
                        product=move.product_id.display_name,
                        delivery=origin.reference or origin.display_name,
                    )
                )

    def _check_really_received(self):
        if self and not is_issuing(self.ids):
            raise UserError(
                self.env._("Goods are received by validating the receipt, not by setting a state.")
            )

    def _check_not_received(self):
        """Refuse a change of what has been received."""
        if self.sudo().filtered("aftersales_return_line_id"):
            raise UserError(
                self.env._(
                    "Received goods can't be changed any more; what becomes of them is decided "
                    "on the return form."
                )
            )

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    @api.constrains(
        "state",
        "quantity",
        "product_uom",
        "product_id",
        "aftersales_return_line_id",
        "origin_returned_move_id",
        "picking_id",
        "picking_type_id",
        "location_id",
        "location_dest_id",
    )
    def _check_return_gate(self):
        ours = self.filtered(
            lambda move: (
                move.aftersales_return_line_id
                or move.picking_type_id.code == RETURN
                or move.picking_id.aftersales_return_id
            )
        )
        if ours:
            ours._check_return_place()
        done = self.filtered(lambda move: move.state == "done")
        if done:
            (done - ours)._count_returned()
            done._check_quarantine()

    def _check_return_place(self):
        """What a return receives goes from the customer into quarantine, and is his."""
        companies = self.sudo().company_id
        places = {company: company._aftersales_place("quarantine") for company in companies}
        for move in self.sudo():
            line = move.aftersales_return_line_id
            document = line.return_id
            if not line:
                raise ValidationError(
                    self.env._(
                        "%(picking)s receives goods of return forms only; %(product)s isn't on "
                        "one.",
                        picking=move.picking_type_id.display_name or move.reference or "",
                        product=move.product_id.display_name,
                    )
                )
            if move.picking_id.aftersales_return_id not in (document, document.browse()):
                self._raise_return_place(line)
            if move.state == "done" and not move._is_receipt_of(line, places[move.company_id]):
                self._raise_return_place(line)

    def _is_receipt_of(self, line, quarantine):
        """Return whether the move brings the line's goods from its customer into
        quarantine, as his property."""
        document = line.return_id
        owner = document._get_owner()
        kind = document.warehouse_id.aftersales_return_type_id
        return (
            self.picking_id.aftersales_return_id == document
            and self.picking_type_id == kind
            and self.product_id == line.product_id
            and all(
                item.product_id == line.product_id
                and item.location_id.usage == "customer"
                and item.location_dest_id == quarantine
                and item.owner_id == owner
                for item in self.move_line_ids
            )
        )

    def _raise_return_place(self, line):
        raise ValidationError(
            self.env._(
                "%(product)s must be received into quarantine by the receipt of %(document)s, as "
                "the property of %(customer)s.",
                product=line.product_id.display_name,
                document=line.return_id.name,
                customer=line.return_id._get_owner().display_name,
            )
        )

    def _is_of_document(self):
        """Return whether a document of ours has made the move."""
        return any(self[name] for name in self._get_engine_links())

    def _check_quarantine(self):
        """Nothing comes into or goes out of quarantine but by a document (B6, B7)."""
        for move in self.sudo():
            places = (
                move.location_id
                | move.location_dest_id
                | move.move_line_ids.location_id
                | move.move_line_ids.location_dest_id
            )
            guarded = places.filtered(lambda place: place.aftersales_place in GUARDED_PLACES)
            if guarded and not move._is_of_document():
                guarded._raise_guarded(move.product_id)
            if guarded & move.move_line_ids.location_dest_id:
                move._check_numbers_once()

    def _check_numbers_once(self):
        """A serial number that is in the house already can't come in (B9)."""
        lots = self.move_line_ids.lot_id if self.has_tracking == "serial" else ()
        if not lots:
            return
        quants = self.env["stock.quant"].sudo()
        domain = [
            ("lot_id", "in", lots.ids),
            ("company_id", "=", self.company_id.id),
            ("location_id.usage", "in", ("internal", "transit")),
            ("quantity", ">", 0),
        ]
        for lot, pieces, places in quants._read_group(
            domain, ["lot_id"], ["quantity:sum", "location_id:recordset"]
        ):
            if self.product_uom.compare(pieces, 1) > 0:
                raise ValidationError(
                    self.env._(
                        "%(product)s %(lot)s is in the house already (%(places)s): it can't come "
                        "in a second time. Check the number.",
                        product=self.product_id.display_name,
                        lot=lot.name,
                        places=join_words(self.env, places.mapped("display_name")),
                    )
                )

    # ------------------------------------------------------------------
    # Core's returns
    # ------------------------------------------------------------------
    def _is_customer_delivery(self):
        """Return whether the move is the last hop of a delivery to a customer."""
        return (
            self.state == "done"
            and self.location_dest_id.usage == "customer"
            and self.location_id.usage != "customer"
        )

    def _count_returned(self):
        """Count what comes back by core's return wizard, and deliveries that are changed
        afterwards, on the rows that own the caps (B5)."""
        returned = self.filtered(
            lambda move: move.origin_returned_move_id and move.location_id.usage == "customer"
        )
        changed = self.filtered(lambda move: not is_issuing(move.ids)) - returned
        origins = self.env["aftersales.return.origin"].sudo()
        if returned:
            origins = returned.sudo()._get_returned_origins()
        if changed:
            origins |= origins.search([("move_id", "in", changed.ids)])
        origins._recount()

    def _get_returned_origins(self):
        """Return the rows that own the caps of what core's moves bring back; they are made
        for served products and for material of requisitions."""
        deliveries = self.origin_returned_move_id.filtered(
            lambda move: move._is_customer_delivery()
        )
        counted = deliveries.filtered(
            lambda move: move.product_id.aftersales_served or move.requisition_line_id
        )
        origins = self.env["aftersales.return.origin"].search([("move_id", "in", deliveries.ids)])
        if not counted:
            return origins
        delivered = counted._get_received()
        lots = {
            (move.origin_returned_move_id, lot_id)
            for move in self
            for lot_id in [*move.move_line_ids.lot_id.ids] or [0]
            if move.origin_returned_move_id in counted
        }
        return origins | origins._ensure(
            [
                {
                    "company_id": move.company_id.id,
                    "product_id": move.product_id.id,
                    "move_id": move.id,
                    "lot_id": lot_id,
                    "qty_delivered": delivered.get(move.id, {}).get(lot_id, 0.0),
                }
                for move, lot_id in lots
            ]
        )

    # ------------------------------------------------------------------
    # Core hooks
    # ------------------------------------------------------------------
    def _action_done(self, cancel_backorder=False):
        ours = self.filtered(
            lambda move: move.aftersales_return_line_id and move.state not in ("done", "cancel")
        )
        if not ours:
            return super()._action_done(cancel_backorder=cancel_backorder)
        documents = ours.sudo().aftersales_return_line_id.return_id.with_env(self.env)
        steps = documents._check_waits_for_goods()
        ours.picking_id._check_look()
        ours._set_owner()
        with issuing(ours.ids):
            done = super()._action_done(cancel_backorder=cancel_backorder)
        received = (done & ours).filtered(lambda move: move.state == "done")
        if received:
            documents = received.sudo().aftersales_return_line_id.return_id.with_env(self.env)
            documents._record_receipt(received, steps)
        return done

    def _set_owner(self):
        """What a customer has sent in stays his."""
        for owner, moves in (
            self.sudo()
            .grouped(lambda move: move.aftersales_return_line_id.return_id._get_owner())
            .items()
        ):
            lines = moves.move_line_ids.filtered(lambda line, owner=owner: line.owner_id != owner)
            if lines:
                lines.write({"owner_id": owner.id})

    def _create_backorder(self):
        if not self.sudo().filtered("aftersales_return_line_id"):
            return super()._create_backorder()
        with engine():
            return super()._create_backorder()

    def _prepare_move_split_vals(self, qty):
        vals = super()._prepare_move_split_vals(qty)
        if self.aftersales_return_line_id:
            vals["aftersales_return_line_id"] = self.aftersales_return_line_id.id
        return vals

    def _skip_push(self):
        return bool(self.aftersales_return_line_id) or super()._skip_push()


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        done = lines.move_id.filtered(lambda move: move.state == "done")
        done._check_not_received()
        return lines

    def write(self, vals):
        if self._ISSUED_FIELDS & vals.keys() and not is_issuing(self.move_id.ids):
            moves = self.move_id
            if "state" not in vals:
                moves = moves.filtered(lambda move: move.state == "done")
            moves._check_not_received()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_received(self):
        self.move_id.filtered(lambda move: move.state == "done")._check_not_received()

    @api.constrains("lot_id")
    def _check_returned_numbers(self):
        """Numbers that were swapped afterwards count anew, on both sides (B5, B9)."""
        done = self.move_id.filtered(lambda move: move.state == "done" and not is_issuing(move.ids))
        if done:
            done._count_returned()

    @api.constrains("location_id", "location_dest_id", "move_id")
    def _check_quarantine(self):
        """Goods go where their lines say, wherever their move was meant to go."""
        done = self.move_id.filtered(lambda move: move.state == "done")
        done._check_quarantine()
