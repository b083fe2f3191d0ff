from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.engine import engine
from ..tools.text import join_clauses
from .aftersales_return import AftersalesReturn

STOREKEEPER = ("aftersales_service.group_storekeeper",)
COMMERCE = "aftersales_service.group_commerce"
FINANCE = "aftersales_service.group_finance"
SUPERVISOR = "aftersales_service.group_supervisor"
QUALITY = "aftersales_service.group_quality"
INSPECTOR = "aftersales_service.group_inspector"
ENGINEER = "aftersales_service.group_engineer"
LIVE = ("draft", "waiting", "confirmed", "partially_available", "assigned")


class AftersalesReturnSettlement(models.Model):
    """The settlement 办理 of an approved return: what each outcome demands, carried out by
    real documents and read back from them (R002-29).

    Nobody types that something is done. Every effect is put on record with what has been
    settled by then, and the return is 已办结 when nothing is open any more.
    """

    _inherit = "aftersales.return"

    _action_roles = {
        **AftersalesReturn._action_roles,
        "put_away": STOREKEEPER,
        "send_back": STOREKEEPER,
        "replace": STOREKEEPER,
        "credit": (COMMERCE, FINANCE),
        "red_letter": (COMMERCE, SUPERVISOR),
        "open_capa": (QUALITY, INSPECTOR),
        "repair": (ENGINEER,),
        "pass_repair": (INSPECTOR,),
        "charge_advance": (COMMERCE,),
    }

    settled_at = fields.Datetime(
        string="Return Settled on", guard="door", copy=False, index="btree_not_null"
    )
    settlement_open = fields.Text(
        string="Still Open", compute="_compute_settlement", help="What the settlement waits for."
    )
    can_put_away = fields.Boolean(compute="_compute_settlement")
    can_send_back = fields.Boolean(compute="_compute_settlement")
    can_replace = fields.Boolean(compute="_compute_settlement")
    settling_picking_count = fields.Integer(
        string="Transfers of the Settlement", compute="_compute_settling_picking_count"
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends(
        "state",
        "settled_at",
        "outcome_ids.settled_at",
        "outcome_ids.qty_settled",
        "outcome_ids.qty_moved",
        "outcome_ids.qty_given",
        "outcome_ids.amount_credited",
    )
    @api.depends_context("lang")
    def _compute_settlement(self):
        for document in self:
            record = document.sudo()
            under_way = record.state == "approved" and not record.settled_at
            items = record._get_open_items() if under_way else []
            document.settlement_open = "\n".join(items) if items else False
            todo = record._get_todo() if under_way or record._is_advance_granted() else {}
            document.can_put_away = bool(todo.get("put_away"))
            document.can_send_back = bool(todo.get("send_back"))
            document.can_replace = bool(todo.get("replace"))

    @api.depends("outcome_ids.move_ids.picking_id")
    def _compute_settling_picking_count(self):
        for document in self:
            document.settling_picking_count = len(document._get_settling_pickings())

    def _get_settling_pickings(self):
        return self.sudo().outcome_ids.move_ids.picking_id

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_put_away(self):
        """Put goods that become ours, or are scrapped, out of quarantine.

        What becomes ours is valued at what it cost when it was delivered.

        :raise UserError: when the return isn't approved, or nothing waits for it
        """
        for document in self._as_public("put_away"):
            document._check_may_settle()
            outcomes = document._get_todo()["put_away"]
            if not outcomes:
                document._raise_nothing_to_do()
            record = document._as_engine()
            with engine():
                moves = record.env["stock.move"].create(
                    record._prepare_put_away_moves(
                        {record.outcome_ids.browse(key.id): qty for key, qty in outcomes.items()}
                    )
                )
                moves._action_done()
            document._end_warranties(outcomes)
            document._record_settlement()
        return True

    def action_send_back(self):
        """Make the transfer with which the customer gets his own goods again."""
        document = self._check_one()._as_public("send_back")
        document._check_may_settle()
        outcomes = document._get_todo()["send_back"]
        if not outcomes:
            return document._open_live_transfer("goods")
        record = document._as_engine()
        picking = record._create_transfer(
            record.company_id._aftersales_place("quarantine"),
            record._prepare_send_back_moves(
                {record.outcome_ids.browse(key.id): qty for key, qty in outcomes.items()}
            ),
        )
        return document._open_transfers(picking)

    def action_replace(self):
        """Make the transfer with which the customer gets the replacement (B6)."""
        document = self._check_one()._as_public("replace")
        outcomes = document._get_todo()["replace"]
        if not outcomes:
            document._check_may_settle()
            return document._open_live_transfer("give")
        document._check_may_replace(list(outcomes))
        record = document._as_engine()
        stock = record.warehouse_id.lot_stock_id
        picking = record._create_transfer(
            stock,
            [
                record.outcome_ids.browse(outcome.id)._prepare_replacement_move(stock, quantity)
                for outcome, quantity in outcomes.items()
            ],
        )
        return document._open_transfers(picking)

    @api.readonly
    def action_view_settlement(self):
        """Open the transfers of the settlement."""
        self._check_one().check_access("read")
        return self._open_transfers(self._get_settling_pickings())

    def _open_transfers(self, pickings):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Transfers of the Settlement"),
            "res_model": "stock.picking",
            "domain": [("id", "in", pickings.ids)],
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False},
        }
        if len(pickings) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=pickings.id)
        return action

    def _open_live_transfer(self, role):
        """Open the transfer that is under way already, or say that nothing is to be done."""
        moves = self.sudo().outcome_ids.move_ids.filtered(
            lambda move: move.state in LIVE and move._get_settling_role() == role
        )
        if not moves:
            self._raise_nothing_to_do()
        return self._open_transfers(moves.picking_id)

    def _raise_nothing_to_do(self):
        raise UserError(
            self.env._(
                "%(document)s: nothing of this kind is left to be done. Open: %(open)s.",
                document=self.name,
                open=join_clauses(self.env, self.sudo()._get_open_items()) or "-",
            )
        )

    # ------------------------------------------------------------------
    # What is to be done
    # ------------------------------------------------------------------
    def _get_todo(self):
        """Return {deed: {outcome: quantity}} of what no document has been made for yet."""
        self.ensure_one()
        outcomes = self.outcome_ids
        goods_due = outcomes.sudo()._get_goods_due()
        pending = self._get_pending()
        todo = {"put_away": {}, "send_back": {}, "replace": {}}
        decided = self.state == "approved"
        for outcome in outcomes:
            unit = outcome.line_id.product_id.uom_id
            goods, given = pending.get(outcome.id, (0.0, 0.0))
            ready = outcome._get_ready(goods_due[outcome.sudo()])
            left = ready - outcome.qty_moved - goods
            if decided and unit.compare(left, 0.0) > 0:
                deed = "send_back" if outcome._goes_back() else "put_away"
                todo[deed][outcome] = left
            left = outcome.sudo()._get_due(goods_due) - outcome.qty_given - given
            if outcome.kind == "exchange" and unit.compare(left, 0.0) > 0:
                todo["replace"][outcome] = left
        return todo

    def _get_pending(self):
        """Return {outcome id: (goods, given)} that transfers under way are about."""
        pending = {}
        for move in self.sudo().outcome_ids.move_ids:
            if move.state in LIVE:
                goods, given = pending.get(move.aftersales_outcome_id.id, (0.0, 0.0))
                quantity = move.product_qty
                if move._get_settling_role() == "goods":
                    goods += quantity
                else:
                    given += quantity
                pending[move.aftersales_outcome_id.id] = (goods, given)
        return pending

    def _get_open_items(self):
        """Return what the settlement still waits for, as a person says it."""
        self.ensure_one()
        goods_due = self.outcome_ids._get_goods_due()
        items = []
        for outcome in self.outcome_ids:
            texts = outcome._get_open_texts(goods_due)
            if texts:
                items.append(f"{outcome.display_name}: {join_clauses(self.env, texts)}")
        return items + self._get_open_duties()

    def _get_open_duties(self):
        """Return what is demanded besides the outcomes themselves."""
        return []

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    def _check_may_settle(self, moves=None):
        """Raise unless the return is approved and its goods are in (R002-29, B6, B7).

        :param moves: the moves that would settle it
        """
        for document in self.sudo():
            own = (moves or self.env["stock.move"]).sudo()
            own = own.filtered(
                lambda move, document=document: move.aftersales_outcome_id.return_id == document
            )
            given = own.filtered(lambda move: move._get_settling_role() == "give")
            if document.state != "approved" and not (
                own and own == given and document._is_advance_granted()
            ):
                raise UserError(
                    self.env._(
                        "The return %(document)s isn't approved by the general manager: nothing "
                        "can be settled. Present stage: %(stage)s.",
                        document=document.name,
                        stage=document._get_stage_label(),
                    )
                )
            if given:
                document._check_may_replace(given.aftersales_outcome_id)

    def _check_may_replace(self, outcomes):
        """Raise for a replacement whose goods haven't come (B6)."""
        document = self.sudo()
        if document.state == "approved" and document.progress != "to_receive":
            return
        if document._is_advance_granted():
            return
        if document.state != "approved":
            document._check_may_settle()
        raise UserError(
            self.env._(
                "%s: the replacement leaves when the returned goods have arrived.", self.name
            )
        )

    def _check_can_revise(self):
        """What has been settled, or is being settled, can't be decided anew."""
        result = super()._check_can_revise()
        outcomes = self.sudo().outcome_ids
        if any(move.state != "cancel" for move in outcomes.move_ids) or (
            outcomes.credit_line_ids.filtered(lambda line: line.parent_state != "cancel")
            or outcomes.order_ids.filtered(lambda order: order.state != "cancel")
        ):
            raise UserError(self.env._("%s is being settled and can't be opened again.", self.name))
        return result

    def _is_advance_granted(self):
        """Return whether the replacement may leave before the goods have come."""
        return False

    # ------------------------------------------------------------------
    # Making the documents
    # ------------------------------------------------------------------
    def _as_engine(self):
        """Return the records as the engine uses them: not with the defaults of a user."""
        return (
            self.with_user(SUPERUSER_ID)
            .with_company(self.company_id)
            .with_context(
                lang=self.company_id.sudo().partner_id.lang or self.env.lang,
                mail_create_nosubscribe=True,
                mail_create_nolog=True,
                tracking_disable=True,
            )
        )

    def _take_pieces(self, outcomes):
        """Return {outcome: [(lot id or 0, quantity)]} of what stands in quarantine for it.

        :param outcomes: {outcome: quantity}
        """
        lines = self.line_ids
        received = lines._get_received_lots()
        gone = lines._get_quarantine_lots(pending=True)
        for lot_id, quantity, outcome in self._get_held_lots():
            if outcome not in outcomes:
                away = gone.setdefault(outcome.line_id.id, {})
                away[lot_id] = away.get(lot_id, 0.0) + quantity
        pieces = {}
        for outcome, quantity in outcomes.items():
            line, unit = outcome.line_id, outcome.line_id.product_id.uom_id
            taken = pieces.setdefault(outcome, [])
            away = gone.setdefault(line.id, {})
            for lot_id, count in received[line].items():
                share = min(quantity, count - away.get(lot_id, 0.0))
                if unit.compare(share, 0.0) > 0:
                    taken.append((lot_id, share))
                    away[lot_id] = away.get(lot_id, 0.0) + share
                    quantity -= share
            if unit.compare(quantity, 0.0) > 0:
                outcome._raise_more(self.env._("out of quarantine"), outcome.quantity + quantity)
        return pieces

    def _get_held_lots(self):
        """Return [(lot id or 0, quantity, outcome)] of what stands in quarantine and is kept
        for one outcome."""
        return []

    def _prepare_put_away_moves(self, outcomes):
        """Return the values of the moves that take goods out of quarantine.

        The customer's goods leave quarantine as his; what becomes ours comes in from him
        at once.

        :param outcomes: {outcome: quantity}
        """
        quarantine = self.company_id._aftersales_place("quarantine")
        owner = self._get_owner()
        vals_list = []
        for outcome, pieces in self._take_pieces(outcomes).items():
            target = outcome._get_settling_targets("goods")
            vals_list.append(outcome._prepare_goods_move(quarantine, target, pieces, owner))
            if outcome._keeps_goods():
                vals_list += [
                    outcome._prepare_goods_move(target, outcome._get_place(), [piece], None)
                    for piece in pieces
                ]
        return vals_list

    def _prepare_send_back_moves(self, outcomes):
        quarantine = self.company_id._aftersales_place("quarantine")
        owner = self._get_owner()
        return [
            dict(
                outcome._prepare_goods_move(
                    quarantine, outcome._get_settling_targets("goods"), pieces, owner
                ),
                picked=False,
            )
            for outcome, pieces in self._take_pieces(outcomes).items()
        ]

    def _create_transfer(self, source, vals_list):
        """Make a transfer to the customer and reserve what is there."""
        kind = self.warehouse_id.out_type_id
        target = self.outcome_ids[:1]._get_customer_location()
        with engine():
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": kind.id,
                    "company_id": self.company_id.id,
                    "partner_id": self.partner_id.id,
                    "origin": self.name,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "move_ids": [
                        Command.create(dict(vals, picking_type_id=kind.id)) for vals in vals_list
                    ],
                }
            )
            # lines that name their lots belong to the transfer as the others do
            picking.move_ids.move_line_ids.picking_id = picking
            picking.action_confirm()
            picking.action_assign()
        return picking

    # ------------------------------------------------------------------
    # Derived: what has been settled, and the record of it
    # ------------------------------------------------------------------
    def _is_settled(self):
        return bool(self.settled_at)

    def _record_settlement(self):
        """Put what has been settled by now on record, and derive the stage from it.

        Called after every effect, in the name of whoever caused it.
        """
        for document in self:
            record = document.sudo()
            if record.state != "approved" and not record._is_advance_granted():
                continue
            facts = record.outcome_ids._get_facts(record.outcome_ids)
            open_items = record._get_open_items()
            done = record.state == "approved" and bool(record.outcome_ids) and not open_items
            vals = {}
            if done != bool(record.settled_at):
                vals["settled_at"] = fields.Datetime.now() if done else False
            comment = (
                self.env._("Nothing is open any more.")
                if done
                else self.env._("Open: %s", join_clauses(self.env, open_items))
            )
            document._append_evidence(
                "settle", comment=comment, door_vals=vals, extra={"settlement": facts}
            )
            document._update_progress()

    def _verify_effects(self, chain):
        """Compare what has been settled, by moves and entries, with the acts on record."""
        texts = super()._verify_effects(chain)
        outcomes = self.sudo().outcome_ids
        last = chain.filtered(lambda row: row.act == "settle" and row.round == self.round)[-1:]
        recorded = self.env["aftersales.verification"]._load(last.snapshot) if last else {}
        facts = outcomes._get_facts(outcomes)
        nothing = {
            "moved": [],
            "outcomes": [[item.id, "0", "0", "0.00"] for item in outcomes.sorted("id")],
        }
        if (recorded.get("settlement") or nothing) != facts:
            texts.append(self.env._("What was moved, credited or repaired for it was changed."))
        moved = outcomes._get_moved()
        for outcome in outcomes:
            unit = outcome.line_id.product_id.uom_id
            goods, given, _taken = moved.get(outcome.id, (0.0, 0.0, 0.0))
            if unit.compare(goods, outcome.qty_moved) or unit.compare(given, outcome.qty_given):
                texts.append(
                    self.env._("%s: the settled quantity was changed.", outcome.display_name)
                )
        # a refused return of which nothing has come has nothing to settle
        expected = bool(outcomes) and not self.sudo()._get_open_items()
        if (
            self.state == "approved"
            and self.progress != "not_granted"
            and bool(self.settled_at) != expected
        ):
            texts.append(self.env._("The return says it is settled, and isn't, or the reverse."))
        return texts
