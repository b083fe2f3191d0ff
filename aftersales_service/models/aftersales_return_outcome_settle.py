from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.text import float_text

# what has to happen for an outcome to be settled
NEEDS = {
    "refund": ("moved", "credited"),
    "exchange": ("moved", "given"),
    "repair": ("repaired", "moved"),
    "compensate": ("moved", "credited"),
    "send_back": ("moved",),
    "scrap": ("moved",),
    "restock": ("moved",),
}
# after an inspection at the customer's site these need no goods
WITHOUT_GOODS = ("send_back", "compensate")
# the goods become ours
OURS = ("refund", "exchange", "restock")
# verdicts after which goods that become ours aren't fit for stock
UNFIT = ("quality_defect", "misuse", "transport")


class AftersalesReturnOutcome(models.Model):
    """How far an outcome is settled, as its own effects say (law 6).

    The row owns the caps: what has left quarantine, was given in exchange, repaired and
    credited is added up here in the transaction that does it, and the database refuses
    more than was decided. Quantities are in the product's own unit, amounts with tax in
    the currency of the credit note.
    """

    _inherit = "aftersales.return.outcome"

    qty_moved = fields.Float(
        string="Out of Quarantine", guard="door", digits="Product Unit", default=0.0, copy=False
    )
    qty_given = fields.Float(
        string="Given in Exchange (Quantity)",
        guard="door",
        digits="Product Unit",
        default=0.0,
        copy=False,
    )
    qty_repaired = fields.Float(
        string="Repaired", guard="door", digits="Product Unit", default=0.0, copy=False
    )
    qty_credited = fields.Float(
        string="Credited Quantity", guard="door", digits="Product Unit", default=0.0, copy=False
    )
    amount_credited = fields.Monetary(
        string="Credited", guard="door", default=0.0, copy=False, help="With tax."
    )
    warranty_until = fields.Date(
        string="Warranty of the Returned Unit until",
        guard="door",
        copy=False,
        help="As it was before the return has ended it.",
    )
    move_ids = fields.One2many("stock.move", "aftersales_outcome_id", string="Moves of Goods")
    credit_line_ids = fields.One2many(
        "account.move.line", "aftersales_outcome_id", string="Lines of Credit Notes"
    )

    _settled_range = models.Constraint(
        "CHECK (coalesce(qty_moved, 0) >= 0 AND coalesce(qty_moved, 0) <= quantity + 0.000001"
        " AND coalesce(qty_given, 0) >= 0"
        " AND coalesce(qty_repaired, 0) >= 0"
        " AND coalesce(qty_repaired, 0) <= quantity + 0.000001"
        " AND coalesce(qty_credited, 0) <= quantity + 0.000001)",
        "No more can be settled than was decided.",
    )

    def _check_complete(self):
        """Goods that were sold before the system have no invoice: the decision says how much
        is credited."""
        old = self.filtered(
            lambda item: item.kind == "refund" and not item.line_id.sudo().origin_id.move_id
        )
        for outcome in old:
            if not outcome.amount and not outcome.line_id.invoice_line_id:
                raise UserError(
                    self.env._(
                        "%s: it was sold before the system, so say how much is credited.",
                        outcome.display_name,
                    )
                )
        return super(AftersalesReturnOutcome, self - old)._check_complete()

    # ------------------------------------------------------------------
    # What is due
    # ------------------------------------------------------------------
    def _get_goods_due(self):
        """Return {outcome: quantity of goods in the house that it is about}.

        All of it, unless the goods were inspected at the customer's site: then what has
        come afterwards, first for the outcomes that need goods.
        """
        due = {}
        for line, outcomes in self.line_id._get_outcomes().items():
            if not line.return_id.at_customer_site:
                due.update({outcome: outcome.quantity for outcome in outcomes})
                continue
            left = line.qty_received
            for outcome in outcomes.sorted(lambda item: (item.kind in WITHOUT_GOODS, item.id)):
                due[outcome] = min(left, outcome.quantity)
                left -= due[outcome]
        return {outcome: due[outcome] for outcome in self}

    def _get_due(self, goods_due):
        """Return the quantity that is to be credited, given or repaired."""
        self.ensure_one()
        return self.quantity if self.kind in WITHOUT_GOODS else goods_due[self]

    def _get_done(self, need, due):
        """Return how much of a need is done, as a quantity.

        :param due: the quantity that counts as all of it
        """
        if need == "credited" and self.kind == "compensate":
            return due if self._is_paid() else 0.0
        return self[f"qty_{need}"]

    def _is_paid(self):
        """Return whether the whole compensation is credited."""
        currency = self.currency_id
        return currency.compare_amounts(self.amount_credited, self.amount) >= 0

    def _get_needs(self):
        """Return what has to happen for the outcome to be settled."""
        self.ensure_one()
        return NEEDS[self.kind]

    def _get_given_product(self):
        return self.product_id or self.line_id.product_id

    def _keeps_goods(self):
        """Return whether the goods become ours with this outcome."""
        self.ensure_one()
        return self.kind in OURS or self.kind == "compensate" and bool(self.place)

    def _goes_back(self):
        """Return whether the customer gets these goods again."""
        return self.kind in ("send_back", "repair") or (
            self.kind == "compensate" and not self.place
        )

    def _get_place(self):
        """Return where goods that become ours are put: as decided, else by the verdict."""
        self.ensure_one()
        document = self.return_id
        unfit = document.verdict in UNFIT
        if (self.place or ("reject" if unfit else "stock")) == "reject":
            return document.company_id._aftersales_place("reject")
        return document.warehouse_id.sudo().lot_stock_id

    def _get_customer_location(self):
        """Return where the customer's goods are; a place of ours isn't his, whatever his
        address says."""
        document = self.return_id
        partner = document.partner_id.with_company(document.company_id)
        place = partner.sudo().property_stock_customer
        if place.usage != "customer":
            place = self.env.ref("stock.stock_location_customers").sudo()
        return place

    def _get_scrap_location(self):
        company = self.company_id
        place = company._aftersales_scrap_id()
        if not place:
            raise UserError(self.env._("%s has no place for scrap.", company.name))
        return self.env["stock.location"].sudo().browse(place)

    def _get_settling_targets(self, role):
        """Return the locations that a move of this role may lead to."""
        self.ensure_one()
        if role == "goods" and self.kind == "scrap":
            return self._get_scrap_location()
        return self._get_place() if role == "take" else self._get_customer_location()

    def _get_delivery(self, lots):
        """Return the move with which these goods were delivered."""
        receipts = self.line_id.sudo().receipt_ids
        own = receipts.filtered(lambda item: item.lot_id in lots) or receipts
        delivery = own.origin_id.move_id[:1] or self.line_id.sudo().origin_id.move_id
        # read with those of the other lines
        lines = self.return_id.sudo().line_ids
        return delivery.with_prefetch((lines.receipt_ids.origin_id | lines.origin_id).move_id.ids)

    # ------------------------------------------------------------------
    # What has happened
    # ------------------------------------------------------------------
    def _update_moved(self):
        """Add up what has moved for the outcomes; the rows are written in any case, so
        that two who settle the same line collide here (B1, B3)."""
        moved = self._get_moved()
        goods_due = self._get_goods_due()
        lots = {}
        for outcome in self:
            goods, given, taken = moved.get(outcome.id, (0.0, 0.0, 0.0))
            unit = outcome.line_id.product_id.uom_id
            outcome._check_cap(self.env._("out of quarantine"), goods)
            if outcome.kind == "repair" and unit.compare(goods, outcome.qty_repaired) > 0:
                raise UserError(
                    self.env._(
                        "%s isn't repaired and inspected yet: it can't be sent back.",
                        outcome.display_name,
                    )
                )
            if unit.compare(taken, goods if outcome._keeps_goods() else 0.0) > 0:
                outcome._raise_more(self.env._("taken over"), taken)
            outcome._check_given(given, outcome._get_due(goods_due))
            outcome._door_write({"qty_moved": goods, "qty_given": given})
            lots[outcome.line_id] = True
        self.line_id._check_settled_lots()
        self._update_settled()
        self.line_id._update_back()

    def _get_moved(self):
        """Return {outcome id: (out of quarantine, given, become ours)} of done moves."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT m.aftersales_outcome_id,
                          sum(CASE WHEN source.aftersales_place = 'quarantine'
                              THEN ml.quantity_product_uom ELSE 0 END),
                          sum(CASE WHEN source.usage = 'internal'
                                    AND source.aftersales_place IS NULL
                              THEN ml.quantity_product_uom ELSE 0 END),
                          sum(CASE WHEN source.usage = 'customer'
                              THEN ml.quantity_product_uom ELSE 0 END)
                     FROM stock_move m
                     JOIN stock_move_line ml ON ml.move_id = m.id
                     JOIN stock_location source ON source.id = ml.location_id
                    WHERE m.aftersales_outcome_id IN %s AND m.state = 'done'
                    GROUP BY m.aftersales_outcome_id""",
                tuple(self.ids) or (0,),
            )
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _check_given(self, quantity, due):
        if quantity and self.kind != "exchange":
            self._raise_more(self.env._("given in exchange"), quantity)
        if quantity > self.qty_given:
            # what left in advance stays, also where less was decided afterwards
            self._check_cap(self.env._("given in exchange"), quantity, due)

    def _check_cap(self, what, quantity, due=None):
        """Raise when more would be settled than was decided (B5), or than has come (B6).

        :param due: how much of it is due, where not all of it has come
        """
        self.ensure_one()
        unit = self.line_id.product_id.uom_id
        most = self.quantity if due is None else min(due, self.quantity)
        if unit.compare(quantity, most) > 0:
            self._raise_more(what, quantity, most)

    def _raise_more(self, what, quantity, most=None):
        raise UserError(
            self.env._(
                "%(document)s, %(outcome)s: decided %(decided)s, %(what)s %(qty)s. No more can be "
                "settled than was decided.",
                document=self.return_id.name,
                outcome=self.display_name,
                decided=float_text(self.quantity if most is None else most),
                what=what,
                qty=float_text(quantity),
            )
        )

    def _update_settled(self):
        """Derive how much of each outcome is settled from its effects."""
        goods_due = self._get_goods_due()
        now = fields.Datetime.now()
        for outcome in self:
            unit = outcome.line_id.product_id.uom_id
            due = outcome._get_due(goods_due)
            shares = []
            whole = True
            for need in outcome._get_needs():
                wanted = goods_due[outcome] if need == "moved" else due
                done = outcome._get_done(need, wanted)
                if unit.compare(done, wanted) < 0:
                    whole = False
                    shares.append(done)
            settled = outcome.quantity if whole else min(shares)
            vals = {}
            if settled != outcome.qty_settled:
                vals["qty_settled"] = settled
            if whole != bool(outcome.settled_at):
                vals["settled_at"] = now if whole else False
            if vals:
                outcome._door_write(vals)

    def _get_open_texts(self, goods_due):
        """Return what is still to be done for the outcome, as a person says it."""
        self.ensure_one()
        labels = {
            "moved": self.env._("goods to be put away")
            if not self._goes_back()
            else self.env._("goods to be sent back"),
            "credited": self.env._("credit note to be posted"),
            "given": self.env._("replacement to be delivered"),
            "repaired": self._get_repair_text(),
        }
        unit = self.line_id.product_id.uom_id
        due = self._get_due(goods_due)
        texts = []
        for need in self._get_needs():
            wanted = goods_due[self] if need == "moved" else due
            if unit.compare(self._get_done(need, wanted), wanted) < 0:
                texts.append(labels[need])
        return texts

    def _get_repair_text(self):
        """Return who has to do something about goods that are reworked."""
        if "under_repair" in self.order_ids.mapped("state"):
            return self.env._("under repair, to be inspected")
        return self.env._("to be repaired")

    @api.model
    def _get_facts(self, outcomes):
        """Return what has been settled, as plain data for the evidence."""
        outcomes = outcomes.sudo()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT m.aftersales_outcome_id, coalesce(source.aftersales_place, source.usage),
                          m.product_id, coalesce(ml.lot_id, 0), coalesce(ml.owner_id, 0),
                          m.location_dest_id, sum(ml.quantity_product_uom)
                     FROM stock_move m
                     JOIN stock_move_line ml ON ml.move_id = m.id
                     JOIN stock_location source ON source.id = ml.location_id
                    WHERE m.aftersales_outcome_id IN %s AND m.state = 'done'
                    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6""",
                tuple(outcomes.ids) or (0,),
            )
        )
        moved = [[*row[:-1], float_text(row[-1])] for row in self.env.cr.fetchall()]
        return {
            "moved": moved,
            "outcomes": [
                [
                    outcome.id,
                    float_text(outcome.qty_repaired),
                    float_text(outcome.qty_credited),
                    f"{outcome.amount_credited:.2f}",
                ]
                for outcome in outcomes.sorted("id")
            ],
        }

    # ------------------------------------------------------------------
    # Moves
    # ------------------------------------------------------------------
    def _get_ready(self, goods_due):
        """Return how much of its goods may leave quarantine, or has left it."""
        return self.qty_repaired if self.kind == "repair" else goods_due

    def _prepare_goods_move(self, source, target, pieces, owner):
        """Return the values of one move of returned goods, number by number.

        :param pieces: [(lot id or 0, quantity in the product's unit)]
        :param owner: whose goods they are meanwhile; None for ours
        """
        self.ensure_one()
        product = self.line_id.product_id
        common = {
            "product_id": product.id,
            "location_id": source.id,
            "location_dest_id": target.id,
            "company_id": self.company_id.id,
        }
        return dict(
            common,
            aftersales_outcome_id=self.id,
            product_uom=product.uom_id.id,
            product_uom_qty=sum(quantity for _lot, quantity in pieces),
            partner_id=self.return_id.partner_id.id,
            restrict_partner_id=owner.id if owner else False,
            origin=self.return_id.name,
            picked=True,
            move_line_ids=[
                Command.create(
                    dict(
                        common,
                        product_uom_id=product.uom_id.id,
                        quantity=quantity,
                        lot_id=lot_id or False,
                        owner_id=owner.id if owner else False,
                    )
                )
                for lot_id, quantity in pieces
            ],
        )

    def _prepare_replacement_move(self, source, quantity):
        """Return the values of the move that gives the customer what he gets in exchange."""
        self.ensure_one()
        product = self._get_given_product()
        return {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": quantity,
            "company_id": self.company_id.id,
            "location_id": source.id,
            "location_dest_id": self._get_settling_targets("give").id,
            "partner_id": self.return_id.partner_id.id,
            "origin": self.return_id.name,
            "aftersales_outcome_id": self.id,
        }
