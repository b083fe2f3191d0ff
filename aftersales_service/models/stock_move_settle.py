from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import at_work, engine, is_issuing, issuing


class StockMove(models.Model):
    """Goods that a return settles: out of quarantine, over into our hands, back to the
    customer, and what he gets in exchange (R002-29, attacks B4 … B7, B9).

    The gate stands at the done move. A change of owner takes two moves, because a move has
    one owner: the customer gets his goods back, in the books, and we take them from him at
    what they cost when they were delivered.
    """

    _inherit = "stock.move"

    aftersales_outcome_id = fields.Many2one(
        "aftersales.return.outcome",
        string="Settles",
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
        return super()._get_engine_links() | {"aftersales_outcome_id"}

    def write(self, vals):
        if "state" in vals and vals["state"] != "done":
            self._check_stays_settled()
        if vals.keys() & {"restrict_partner_id", *self._ISSUED_FIELDS} and not (
            at_work() or is_issuing(self.ids)
        ):
            self._check_stays_settled()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_settled(self):
        self._check_stays_settled()

    def _check_stays_settled(self):
        for move in self.sudo():
            if move.state == "done" and move.aftersales_outcome_id:
                move._raise_settled()

    def _raise_settled(self):
        raise UserError(
            self.env._(
                "%(product)s was moved to settle %(document)s: what has been settled stays as it "
                "was moved.",
                product=self.product_id.display_name,
                document=self.sudo().aftersales_outcome_id.return_id.name,
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
        "aftersales_outcome_id",
        "location_id",
        "location_dest_id",
        "picking_id",
        "origin_returned_move_id",
    )
    def _check_settlement_gate(self):
        self._check_not_among_settled()
        done = self.filtered(lambda move: move.aftersales_outcome_id and move.state == "done")
        if not done:
            return
        if not is_issuing(done.ids):
            done[0]._raise_settled()
        outcomes = done.sudo().aftersales_outcome_id
        outcomes.return_id._check_may_settle(done)
        for move in done.sudo():
            if not move._is_settling_rightly():
                raise ValidationError(
                    self.env._(
                        "%(product)s doesn't move as %(outcome)s of %(document)s says: product, "
                        "number, owner or place differ.",
                        product=move.product_id.display_name,
                        outcome=move.aftersales_outcome_id.display_name,
                        document=move.aftersales_outcome_id.return_id.name,
                    )
                )
        outcomes._update_moved()

    def _check_not_among_settled(self):
        """Nothing else travels with what a return settles, and nothing of it is undone by
        core's return of a transfer (B4)."""
        for move in self.sudo():
            if move.aftersales_outcome_id or move.state != "done" or at_work():
                continue
            settled = move.origin_returned_move_id.filtered("aftersales_outcome_id")
            if settled and settled._get_settling_role() != "give":
                settled._raise_settled()
            others = move.picking_id.move_ids.aftersales_outcome_id if move.picking_id else ()
            if others:
                raise ValidationError(
                    self.env._(
                        "%(picking)s settles %(document)s and nothing else: %(product)s isn't one "
                        "of its outcomes.",
                        picking=move.picking_id.display_name,
                        document=others[0].return_id.name,
                        product=move.product_id.display_name,
                    )
                )

    def _get_settling_role(self):
        """Return what a move does for its outcome: the goods leave quarantine (``goods``),
        become ours (``take``), or the customer is given others (``give``)."""
        self.ensure_one()
        if self.location_id.aftersales_place == "quarantine":
            return "goods"
        return "take" if self.location_id.usage == "customer" else "give"

    def _is_settling_rightly(self):
        """Return whether product, owner, numbers and places are those of the outcome."""
        self.ensure_one()
        outcome, role = self.aftersales_outcome_id, self._get_settling_role()
        company = outcome.company_id
        product = outcome._get_given_product() if role == "give" else outcome.line_id.product_id
        lines = self.move_line_ids
        owner = outcome.return_id._get_owner() if role == "goods" else self.env["res.partner"]
        if (
            self.company_id != company
            or self.product_id != product
            or self.location_dest_id not in outcome._get_settling_targets(role)
            or any(line.owner_id != owner for line in lines)
            or any(line.product_id != product for line in lines)
            or any(line.location_dest_id != self.location_dest_id for line in lines)
            or any(self._is_line_off(line) for line in lines)
        ):
            return False
        if role != "give":
            return all(line.location_id == self.location_id for line in lines)
        stock = outcome.return_id.warehouse_id.view_location_id
        return all(
            line.location_id.usage == "internal" and line.location_id._child_of(stock)
            for line in lines
        )

    @api.model
    def _is_line_off(self, line):
        """Return whether a line's quantity was changed beside its unit's."""
        unit = line.product_id.uom_id
        converted = line.product_uom_id._compute_quantity(
            line.quantity, unit, rounding_method="HALF-UP"
        )
        return bool(unit.compare(line.quantity_product_uom, converted))

    # ------------------------------------------------------------------
    # Core hooks
    # ------------------------------------------------------------------
    def _action_done(self, cancel_backorder=False):
        ours = self.filtered("aftersales_outcome_id")
        if not ours:
            return super()._action_done(cancel_backorder=cancel_backorder)
        documents = ours.sudo().aftersales_outcome_id.return_id
        documents._check_may_settle(ours)
        given = ours.filtered(lambda move: move._get_settling_role() == "give")
        if given:
            given._lock_stock()
        by_engine = at_work()
        with issuing(self.ids), engine():
            done = super()._action_done(cancel_backorder=cancel_backorder)
        if given:
            given._follow_exchanged_units()
        if not by_engine:
            documents._record_settlement()
        return done

    def _prepare_move_split_vals(self, qty):
        vals = super()._prepare_move_split_vals(qty)
        if self.aftersales_outcome_id:
            vals["aftersales_outcome_id"] = self.aftersales_outcome_id.id
        return vals

    def _skip_push(self):
        return bool(self.aftersales_outcome_id) or super()._skip_push()

    def _delivers_unit(self):
        """Handing goods back delivers nothing; an exchange does."""
        if self.aftersales_outcome_id and self._get_settling_role() != "give":
            return False
        return super()._delivers_unit()

    def _is_customer_delivery(self):
        """Handing goods back to their owner is no delivery of ours."""
        if self.aftersales_outcome_id and self._get_settling_role() != "give":
            return False
        return super()._is_customer_delivery()

    def _get_value_from_returns(self, quantity, at_date=None):
        """Goods that become ours again are worth what they cost when they were delivered."""
        outcome = self.sudo().aftersales_outcome_id
        if outcome and self._get_settling_role() == "take":
            delivery = outcome._get_delivery(self.move_line_ids.lot_id)
            delivered = delivery._get_valued_qty() if delivery.is_out else 0.0
            if delivered:
                return {
                    "value": delivery.value * quantity / delivered,
                    "quantity": quantity,
                    "description": self.env._(
                        "Value of the delivery %s", delivery.reference or delivery.display_name
                    ),
                }
        return super()._get_value_from_returns(quantity, at_date)

    @api.depends("aftersales_outcome_id.return_id.name")
    def _compute_reference(self):
        result = super()._compute_reference()
        for move in self.filtered(lambda item: item.aftersales_outcome_id and not item.picking_id):
            move.reference = move.sudo().aftersales_outcome_id.return_id.name
        return result


class StockMoveLine(models.Model):
    """Numbers, owner and quantity of what was settled stay as they were moved (B9)."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_settled_lines()
        return lines

    def write(self, vals):
        if self._ISSUED_FIELDS & vals.keys():
            self._check_settled_lines()
        result = super().write(vals)
        if "move_id" in vals:
            self._check_settled_lines()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_settled(self):
        self._check_settled_lines()

    def _check_settled_lines(self):
        moves = self.move_id.sudo().filtered("aftersales_outcome_id")
        if not moves or is_issuing(moves.ids):
            return
        moves._check_stays_settled()
        if not (self.env.su or self.env.user.has_group("stock.group_stock_user")):
            raise UserError(self.env._("What a return settles is handled by the store."))


class AftersalesReturnOutcome(models.Model):
    _inherit = "aftersales.return.outcome"

    @api.ondelete(at_uninstall=True)
    def _unlink_open_transfers(self):
        """An outcome that isn't decided any more takes the transfers along that were made for
        it and never moved anything."""
        moves = self.sudo().move_ids.with_user(SUPERUSER_ID)
        if not moves or any(move.state == "done" for move in moves):
            return
        pickings = moves.picking_id
        with engine():
            moves._action_cancel()
            moves.unlink()
            pickings.filtered(lambda picking: not picking.move_ids).unlink()


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _get_customer_moves(self, company):
        """Goods that were given back to their owner weren't delivered by that."""
        found = super()._get_customer_moves(company)
        return {
            lot: moves.filtered(lambda move: move._is_customer_delivery())
            for lot, moves in found.items()
        }
