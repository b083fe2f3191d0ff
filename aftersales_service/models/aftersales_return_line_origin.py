from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.text import float_text
from .aftersales_unit import plain_serial


class AftersalesReturnLineOrigin(models.Model):
    """Where a returned product comes from: its delivery, its unit, or a factory number."""

    _inherit = "aftersales.return.line"

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_quantities(self):
        """Raise for quantities that the product's unit doesn't know, for tracked goods
        without a number, and for a serial number that is more than one piece (B9, D4)."""
        for line in self:
            unit = line.product_id.uom_id
            if unit.compare(line.qty_claimed, unit.round(line.qty_claimed)):
                raise UserError(
                    self.env._(
                        "%(product)s: %(qty)s isn't a quantity of %(unit)s.",
                        product=line.product_id.display_name,
                        qty=float_text(line.qty_claimed),
                        unit=unit.name,
                    )
                )
            if line.tracking != "none" and not (line.lot_id or line.serial_number):
                raise UserError(
                    self.env._(
                        "%s: give the lot or serial number that comes back.",
                        line.product_id.display_name,
                    )
                )
            if line.tracking == "serial" and line.qty_claimed != 1:
                raise UserError(
                    self.env._(
                        "%(product)s %(serial)s: one serial number is one piece.",
                        product=line.product_id.display_name,
                        serial=line.serial_number or "",
                    )
                )

    # ------------------------------------------------------------------
    # Finding the delivery
    # ------------------------------------------------------------------
    def _resolve_origins(self):
        """Find the delivery, lot and unit of each line, and the row that owns its cap.

        :raise UserError: when goods weren't delivered to this customer, or nothing says
            where they come from
        """
        self._find_numbers()
        self._find_deliveries()
        delivered = self._get_delivered()
        vals_list = [line._prepare_origin_vals(delivered) for line in self]
        origins = self.env["aftersales.return.origin"].sudo()._ensure(vals_list)
        by_key = {origin._get_own_key(): origin for origin in origins}
        origins._set_old_quantities({origins._get_key(vals): vals for vals in vals_list})
        for line, vals in zip(self, vals_list, strict=True):
            origin = by_key[origins._get_key(vals)]
            line.sudo()._door_write({"origin_id": origin.id, "qty_delivered": origin.qty_delivered})

    def _find_numbers(self):
        """Find lots and units by the numbers that were typed."""
        typed = self.filtered(lambda line: line.serial_number and not line.lot_id)
        numbers = {line: plain_serial(line.serial_number) for line in typed}
        if numbers:
            lots = self.env["stock.lot"].search(
                [
                    ("name", "in", list(numbers.values())),
                    ("product_id", "in", typed.product_id.ids),
                    ("company_id", "in", (False, typed.company_id.id)),
                ]
            )
            lots = {(lot.product_id, lot.name): lot for lot in lots}
            for line, number in numbers.items():
                lot = lots.get((line.product_id, number))
                if lot and line.tracking != "none":
                    line.sudo()._door_write({"lot_id": lot.id})
        unknown = self.filtered(lambda line: line.serial_number and not line.unit_id)
        if unknown:
            numbers = {line: plain_serial(line.serial_number) for line in unknown}
            units = self.env["aftersales.unit"].search(
                [
                    ("serial_number", "in", list(numbers.values())),
                    ("company_id", "=", unknown.company_id.id),
                ]
            )
            units = {(unit.product_id, unit.serial_number): unit for unit in units}
            for line, number in numbers.items():
                unit = units.get((line.product_id, number))
                if unit:
                    line.sudo()._door_write({"unit_id": unit.id})
        for line in self:
            if line.unit_id.lot_id and not line.lot_id and line.tracking != "none":
                line.sudo()._door_write({"lot_id": line.unit_id.lot_id.id})

    def _find_deliveries(self):
        """Find the moves with which the goods left: of the unit, of the lot, or of the
        delivery that the form names."""
        missing = self.filtered(lambda line: not line.move_id)
        by_lot = missing.lot_id._get_customer_moves(self.company_id)
        for line in missing:
            moves = by_lot.get(line.lot_id, self.env["stock.move"])
            picking = line.return_id.delivery_id
            move = moves.filtered(lambda item, picking=picking: item.picking_id == picking)[:1]
            move = move or line.unit_id.sudo().origin_move_id or moves[:1]
            if not move and line.tracking == "none":
                move = picking.sudo().move_ids.filtered(
                    lambda item, line=line: (
                        item.product_id == line.product_id and item._is_customer_delivery()
                    )
                )[:1]
            if move:
                line.sudo()._door_write({"move_id": move.id})

    def _get_delivered(self):
        """Return {(move id, lot id or 0): quantity in the product's unit}."""
        return {
            (move_id, lot_id): quantity
            for move_id, lots in self.move_id._get_received().items()
            for lot_id, quantity in lots.items()
        }

    def _prepare_origin_vals(self, delivered):
        """Return the values of the row that owns the cap of the line."""
        self.ensure_one()
        move, lot, unit = self.move_id.sudo(), self.lot_id, self.unit_id
        self._check_unit()
        vals = {"company_id": self.company_id.id, "product_id": self.product_id.id}
        if move:
            self._check_delivery(move, delivered)
            quantity = delivered.get((move.id, lot.id or 0), 0.0)
            return dict(vals, move_id=move.id, lot_id=lot.id, qty_delivered=quantity)
        if unit:
            self._check_buyer(unit.partner_id | unit.end_user_id)
            return dict(vals, unit_id=unit.id, qty_delivered=unit.quantity)
        contract = (self.contract_ref or self.return_id.contract_ref or "").strip()
        serial = plain_serial(self.serial_number)
        if not contract or not serial:
            raise UserError(
                self.env._(
                    "%s: say with which delivery it left. For goods that were sold before the "
                    "system give contract and factory number.",
                    self.product_id.display_name,
                )
            )
        return dict(
            vals, serial_number=serial, contract_ref=contract, qty_delivered=self.qty_claimed
        )

    def _check_unit(self):
        """Raise unless the unit on the form is the product and number that comes back (B9)."""
        unit = self.unit_id
        if (
            unit.product_id
            and unit.product_id != self.product_id
            or unit.lot_id
            and self.tracking != "none"
            and unit.lot_id != self.lot_id
        ):
            raise UserError(
                self.env._(
                    "%(product)s %(lot)s isn't the unit %(unit)s.",
                    product=self.product_id.display_name,
                    lot=self.serial_number or "",
                    unit=unit.display_name,
                )
            )

    def _check_delivery(self, move, delivered):
        """Raise unless the product and lot left with this move, to this customer (B9)."""
        if (
            not move._is_customer_delivery()
            or move.product_id != self.product_id
            or not delivered.get((move.id, self.lot_id.id or 0))
        ):
            raise UserError(
                self.env._(
                    "%(product)s %(lot)s wasn't delivered with %(delivery)s.",
                    product=self.product_id.display_name,
                    lot=self.lot_id.name or "",
                    delivery=move.reference or move.display_name,
                )
            )
        self._check_buyer(
            move.picking_id.partner_id
            | move.partner_id
            | self.unit_id.partner_id
            | self.unit_id.end_user_id
            | move.requisition_line_id.requisition_id.partner_id
        )

    def _check_buyer(self, partners):
        """Raise unless one of those who have the goods is the customer of the form."""
        customer = self.return_id.partner_id.commercial_partner_id
        if partners and customer not in partners.commercial_partner_id:
            raise UserError(
                self.env._(
                    "%(product)s %(lot)s was delivered to %(buyer)s and not to %(customer)s.",
                    product=self.product_id.display_name,
                    lot=self.serial_number or "",
                    buyer=partners[0].display_name,
                    customer=customer.display_name,
                )
            )

    # ------------------------------------------------------------------
    # Claim and receipt
    # ------------------------------------------------------------------
    def _claim(self):
        """Count what is asked for on the rows that own the caps (B5)."""
        lines = self.sudo()
        for line in lines:
            vals = {"qty_open": max(line.qty_claimed - line.qty_received, 0.0)}
            if line.qty_received:
                # the form may name another number since
                vals["is_lot_different"] = line._is_other_lot(line.receipt_ids)
            line._door_write(vals)
        lines.origin_id._recount()

    def _get_origin_of(self, lot_id):
        """Return the origin that a received lot counts on.

        It is the line's own, unless another lot came that was delivered to the customer
        as well.
        """
        self.ensure_one()
        lot = self.env["stock.lot"].browse(lot_id)
        if not lot or self._is_expected(lot):
            return self.origin_id
        found = None
        for move in lot._get_customer_moves(self.company_id).get(lot, ()):
            partners = move.picking_id.partner_id | move.partner_id
            if self._get_customer() in partners.commercial_partner_id:
                origins = self.origin_id._ensure(
                    [
                        {
                            "company_id": self.company_id.id,
                            "product_id": self.product_id.id,
                            "move_id": move.id,
                            "lot_id": lot.id,
                            "qty_delivered": move._get_received()[move.id][lot.id],
                        }
                    ]
                )
                if origins.qty_claimed < origins.qty_delivered:
                    return origins
                found = found or origins
        # all that was delivered of the lot has come back: its own row refuses more
        return found or self.origin_id

    def _get_customer(self):
        return self.return_id.partner_id.commercial_partner_id

    def _is_expected(self, lot):
        """Return whether a received lot is the one on the form."""
        if self.tracking == "none" or not lot:
            return True
        return self.lot_id == lot if self.lot_id else plain_serial(self.serial_number) == lot.name

    def _update_received(self):
        """Derive what has come from the receipts."""
        for line in self:
            own = line.sudo().receipt_ids
            received = sum(own.mapped("quantity"))
            if line.product_id.uom_id.compare(received, line.qty_claimed) > 0:
                line._raise_more_received(received)
            line._door_write(
                {
                    "qty_received": received,
                    "qty_open": max(line.qty_claimed - received, 0.0),
                    "received_text": line._get_received_text(own),
                    "is_lot_different": line._is_other_lot(own),
                    # what the inspector sets right, if he hasn't checked all of it
                    "qty_checked": received,
                }
            )

    def _is_other_lot(self, receipts):
        return any(not self._is_expected(item.lot_id) for item in receipts)

    @api.model
    def _get_received_text(self, receipts):
        return ", ".join(receipts.lot_id.mapped("name")) or False

    def _raise_more_received(self, received):
        raise UserError(
            self.env._(
                "%(product)s %(lot)s: the form says %(claimed)s, but %(received)s would be "
                "received. What came besides needs a form of its own.",
                product=self.product_id.display_name,
                lot=self.serial_number or "",
                claimed=float_text(self.qty_claimed),
                received=float_text(received),
            )
        )

    def _prepare_receipt_move_vals(self, kind, source, quarantine):
        """Return the values of the move with which the line is received."""
        self.ensure_one()
        delivered_to = self.move_id.sudo().location_dest_id
        place = delivered_to or source
        return {
            "product_id": self.product_id.id,
            "product_uom": self.product_id.uom_id.id,
            "product_uom_qty": self.qty_open,
            "picking_type_id": kind.id,
            "company_id": self.company_id.id,
            "location_id": place.id,
            "location_dest_id": quarantine.id,
            "origin": self.return_id.name,
            "restrict_partner_id": self.return_id._get_owner().id,
            "aftersales_return_line_id": self.id,
        }

    def _prepare_receipt_line_vals(self, move):
        """Return the values of the move line that proposes the number on the form."""
        self.ensure_one()
        return {
            "picking_id": move.picking_id.id,
            "move_id": move.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_id.uom_id.id,
            "quantity": self.qty_open,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "company_id": self.company_id.id,
            "owner_id": move.restrict_partner_id.id,
            "lot_id": self.lot_id.id,
            "lot_name": False if self.lot_id else plain_serial(self.serial_number),
        }

    # ------------------------------------------------------------------
    # Inspection and decision
    # ------------------------------------------------------------------
    def _get_outcomes(self):
        """Return {line: its outcomes}, as the document has them: those are read anyway."""
        found = self.return_id.outcome_ids.grouped("line_id")
        return {line: found.get(line, self.env["aftersales.return.outcome"]) for line in self}

    def _get_decided_quantity(self):
        """Return how much the decision is about: what came, or what was inspected at the
        customer's site."""
        self.ensure_one()
        return self.qty_claimed if self.return_id.at_customer_site else self.qty_received

    def _check_inspected(self):
        for line in self:
            unit = line.product_id.uom_id
            if unit.compare(line.qty_checked, line._get_decided_quantity()) > 0:
                raise UserError(
                    self.env._(
                        "%(product)s: checked %(checked)s, but only %(there)s are there.",
                        product=line.product_id.display_name,
                        checked=float_text(line.qty_checked),
                        there=float_text(line._get_decided_quantity()),
                    )
                )
        if not any(line.qty_checked for line in self):
            raise UserError(
                self.env._("%s: say how many pieces were checked.", self.return_id.name)
            )

    def _check_decided(self):
        """Every piece that is there has one outcome, no more and no less."""
        for line, outcomes in self._get_outcomes().items():
            decided = sum(outcomes.mapped("quantity"))
            there = line._get_decided_quantity()
            if line.product_id.uom_id.compare(decided, there):
                raise UserError(
                    self.env._(
                        "%(product)s %(lot)s: there are %(there)s, but outcomes for %(decided)s. "
                        "Decide what becomes of each piece.",
                        product=line.product_id.display_name,
                        lot=line.serial_number or "",
                        there=float_text(there),
                        decided=float_text(decided),
                    )
                )

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    @api.model
    def _evidence_fields(self):
        # what came is part of what is signed
        return super()._evidence_fields() | {
            "qty_delivered",
            "qty_received",
            "received_text",
            "is_lot_different",
        }

    def _verify_received(self):
        """Compare what the lines say with what the stock moves have done."""
        texts = []
        moves = self.env["stock.move"].sudo()
        done = moves.search([("aftersales_return_line_id", "in", self.ids), ("state", "=", "done")])
        received = done._get_received()
        receipts = self.env["aftersales.return.receipt"].sudo()
        receipts = receipts.search([("line_id", "in", self.ids)])
        recorded = {}
        for item in receipts:
            lots = recorded.setdefault(item.move_id.id, {})
            lots[item.lot_id.id or 0] = lots.get(item.lot_id.id or 0, 0.0) + item.quantity
        if recorded != received:
            texts.append(self.env._("The received lots or quantities were changed."))
        for line in self:
            own = receipts.filtered(lambda item, line=line: item.line_id == line)
            unit = line.product_id.uom_id
            if unit.compare(line.qty_received, sum(own.mapped("quantity"))):
                texts.append(
                    self.env._("%s: the received quantity was changed.", line.display_name)
                )
        texts += self._verify_caps()
        return texts

    def _verify_caps(self):
        origins = self.sudo().origin_id
        self.env.cr.execute(
            SQL(
                """SELECT o.id FROM aftersales_return_origin o WHERE o.id IN %s AND
                   o.qty_claimed + 0.000001 < coalesce((
                       SELECT sum(l.qty_open) FROM aftersales_return_line l
                        WHERE l.origin_id = o.id), 0) + coalesce((
                       SELECT sum(r.quantity - r.qty_back) FROM aftersales_return_receipt r
                        WHERE r.origin_id = o.id), 0)""",
                tuple(origins.ids) or (0,),
            )
        )
        return [
            self.env._("%s: the total of what has come back was changed.", origin.display_name)
            for origin in origins.browse([row[0] for row in self.env.cr.fetchall()])
        ]


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _get_customer_moves(self, company):
        """Return {lot: moves that delivered it to a customer}, newest first."""
        if not self:
            return {}
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT ml.lot_id, ml.move_id FROM stock_move_line ml
                     JOIN stock_move m ON m.id = ml.move_id
                     JOIN stock_location source ON source.id = m.location_id
                     JOIN stock_location place ON place.id = m.location_dest_id
                    WHERE ml.lot_id IN %s AND m.company_id = %s AND m.state = 'done'
                      AND place.usage = 'customer' AND source.usage <> 'customer'
                      AND m.aftersales_repair_id IS NULL
                    ORDER BY m.date DESC, m.id DESC""",
                tuple(self.ids),
                company.id,
            )
        )
        found = {}
        for lot_id, move_id in self.env.cr.fetchall():
            found.setdefault(lot_id, []).append(move_id)
        moves = self.env["stock.move"].sudo()
        return {self.browse(lot_id): moves.browse(ids) for lot_id, ids in found.items()}
