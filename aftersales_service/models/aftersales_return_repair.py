from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import at_work, engine


class AftersalesReturnRepair(models.Model):
    """The outcome 返修: goods in quarantine are repaired by core's repair orders, inspected
    by somebody else (R001-34), and go back to the customer whose they are."""

    _inherit = "aftersales.return"

    can_repair = fields.Boolean(compute="_compute_can_repair")
    can_pass_repair = fields.Boolean(compute="_compute_can_repair")

    @api.depends("state", "settled_at", "outcome_ids.order_ids.state", "outcome_ids.qty_repaired")
    def _compute_can_repair(self):
        for document in self:
            record = document.sudo()
            under_way = record.state == "approved" and not record.settled_at
            orders = record.outcome_ids.order_ids
            document.can_repair = under_way and bool(record._get_repairable())
            document.can_pass_repair = under_way and "under_repair" in orders.mapped("state")

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_repair(self):
        """Make and begin the repair orders of what is repaired.

        :raise UserError: when the return isn't approved or nothing is left to be repaired
        """
        for document in self._as_public("repair"):
            document._check_may_settle()
            outcomes = document.sudo()._get_repairable()
            if not outcomes:
                document._raise_nothing_to_do()
            record = document._as_engine()
            outcomes = {record.outcome_ids.browse(key.id): qty for key, qty in outcomes.items()}
            record.outcome_ids._touch()
            with engine():
                orders = record.env["repair.order"].create(
                    [
                        outcome._prepare_order_vals(lot_id, quantity, document.env.user)
                        for outcome, pieces in record._take_pieces(outcomes).items()
                        for lot_id, quantity in pieces
                    ]
                )
                for order in orders:
                    order.action_repair_start()
            document._record_settlement()
        return True

    def action_pass_repair(self):
        """Pass the inspection after the repair: the orders are done, the goods may go back
        (R001-34). Who repairs doesn't inspect."""
        for document in self._as_public("pass_repair"):
            document._check_may_settle()
            orders = document.sudo().outcome_ids.order_ids.filtered(
                lambda order: order.state == "under_repair"
            )
            if not orders:
                document._raise_nothing_to_do()
            if document.env.user in orders.user_id:
                raise UserError(
                    self.env._(
                        "%s has repaired it: somebody else inspects it.", document.env.user.name
                    )
                )
            engine_orders = document._as_engine().outcome_ids.order_ids & orders
            with engine():
                engine_orders.action_repair_done()
            document.sudo().outcome_ids._update_repaired()
            document._record_settlement()
        return True

    def _get_repairable(self):
        """Return {outcome: quantity} that no repair order has been made for yet."""
        self.ensure_one()
        outcomes = self.outcome_ids.filtered(lambda item: item.kind == "repair")
        goods_due = outcomes._get_goods_due()
        found = {}
        for outcome in outcomes:
            live = outcome.order_ids.filtered(lambda order: order.state != "cancel")
            left = goods_due[outcome] - sum(live.mapped("product_qty"))
            if outcome.line_id.product_id.uom_id.compare(left, 0.0) > 0:
                found[outcome] = left
        return found

    def _get_held_lots(self):
        held = super()._get_held_lots()
        for outcome in self.outcome_ids.filtered("order_ids"):
            quantities = {}
            for order in outcome.order_ids.filtered(lambda item: item.state != "cancel"):
                lot_id = order.lot_id.id or 0
                quantities[lot_id] = quantities.get(lot_id, 0.0) + order.product_qty
            moves = outcome.move_ids.filtered(lambda move: move.state != "cancel")
            for line in moves.move_line_ids:
                lot_id = line.lot_id.id or 0
                left = quantities.get(lot_id, 0.0) - line.quantity_product_uom
                quantities[lot_id] = max(left, 0.0)
            held += [(lot_id, quantity, outcome) for lot_id, quantity in quantities.items()]
        return held


class AftersalesReturnOutcome(models.Model):
    _inherit = "aftersales.return.outcome"

    order_ids = fields.One2many("repair.order", "aftersales_outcome_id", string="Repair Orders")

    def _prepare_order_vals(self, lot_id, quantity, user):
        """Return the values of one repair order: the goods stay where they are, and the
        customer's; no parts in it."""
        document = self.return_id
        quarantine = document.company_id._aftersales_place("quarantine")
        product = self.line_id.product_id
        return {
            "aftersales_outcome_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": document._get_owner().id,
            "user_id": user.id,
            "product_id": product.id,
            "product_qty": quantity,
            "product_uom": product.uom_id.id,
            "lot_id": lot_id or False,
            "picking_type_id": document.warehouse_id.sudo().repair_type_id.id,
            # core looks for the owner of the unit where it takes its components from
            "location_id": quarantine.id,
            "product_location_src_id": quarantine.id,
            "product_location_dest_id": quarantine.id,
            "under_warranty": True,
        }

    def _update_repaired(self):
        """Add up what is repaired and inspected."""
        for outcome in self.filtered(lambda item: item.kind == "repair"):
            done = outcome.order_ids.filtered(lambda order: order.state == "done")
            quantity = sum(done.mapped("product_qty"))
            outcome._check_cap(self.env._("repaired"), quantity)
            outcome._door_write({"qty_repaired": quantity})
        self._update_settled()


class RepairOrder(models.Model):
    """A repair order of a return is made, begun and done by the return alone (B8)."""

    _inherit = "repair.order"

    aftersales_outcome_id = fields.Many2one(
        "aftersales.return.outcome",
        string="Settles",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # after the fact, because a default can say it as well
        if not at_work() and any(order.aftersales_outcome_id for order in orders):
            orders._check_aftersales()
        return orders

    def write(self, vals):
        if "aftersales_outcome_id" in vals and not at_work():
            self._raise_aftersales()
        if "user_id" in vals and not at_work():
            # who has repaired doesn't inspect: his name stays (R001-34)
            self.filtered("aftersales_outcome_id")._check_aftersales()
        return super().write(vals)

    def _check_aftersales(self):
        for order in self.sudo().filtered("aftersales_outcome_id"):
            raise UserError(
                self.env._(
                    "%(order)s belongs to the return %(document)s and is moved by it alone.",
                    order=order.name or "",
                    document=order.aftersales_outcome_id.return_id.name,
                )
            )
        return super()._check_aftersales()

    @api.constrains("state", "aftersales_outcome_id", "product_qty", "product_id")
    def _check_return_gate(self):
        """No repair before the decision, and done by the return's own inspection."""
        for order in self.sudo().filtered("aftersales_outcome_id"):
            outcome = order.aftersales_outcome_id
            if not at_work():
                order._check_aftersales()
            if outcome.kind != "repair" or order.product_id != outcome.line_id.product_id:
                raise ValidationError(
                    self.env._("%s wasn't decided to be repaired.", order.display_name)
                )
            if order.state not in ("draft", "cancel"):
                outcome.return_id._check_may_settle()
            ordered = outcome.order_ids.filtered(lambda item: item.state != "cancel")
            outcome._check_cap(self.env._("repaired"), sum(ordered.mapped("product_qty")))


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_of_document(self):
        return bool(self.repair_id.aftersales_outcome_id) or super()._is_of_document()

    @api.constrains("repair_id", "repair_line_type", "state")
    def _check_return_repair(self):
        """Parts are asked for on requisitions, and the move of the unit is the return's."""
        if at_work():
            return
        for move in self.sudo():
            outcome = move.repair_id.aftersales_outcome_id
            if outcome:
                raise UserError(
                    self.env._(
                        "Parts for %s are asked for on a spare-part requisition.",
                        outcome.return_id.name,
                    )
                )
