from markupsafe import Markup

from odoo import fields, models


class AftersalesReturnUnit(models.Model):
    """The delivered units follow a return: the warranty of what comes back ends, and what is
    given in exchange goes on with it or begins a new one (R002-30)."""

    _inherit = "aftersales.return"

    # ------------------------------------------------------------------
    # Units
    # ------------------------------------------------------------------
    def _get_units(self):
        """Return {line: its delivered units}, found by link, number or delivery."""
        lines = self.line_ids.sudo()
        lots = lines.receipt_ids.lot_id | lines.lot_id
        moves = lines.receipt_ids.origin_id.move_id | lines.move_id
        customer = self.partner_id.commercial_partner_id
        units = self.env["aftersales.unit"].sudo()
        units = units.search_fetch(
            [
                ("company_id", "=", self.company_id.id),
                "|",
                ("lot_id", "in", lots.ids),
                ("origin_move_id", "in", moves.ids),
            ]
        )
        found = {}
        for line in lines:
            own_lots = line.receipt_ids.lot_id or line.lot_id
            own_moves = line.receipt_ids.origin_id.move_id or line.move_id
            if own_lots:
                mine = units.filtered(lambda unit, own=own_lots: unit.lot_id in own)
                single = mine.filtered("serial_number")
                mine = single or mine.filtered(
                    lambda unit, own=own_moves: (
                        unit.origin_move_id in own
                        or unit.partner_id.commercial_partner_id == customer
                    )
                )
            else:
                mine = units.filtered(lambda unit, own=own_moves: unit.origin_move_id in own)
            found[line] = mine or line.unit_id
        return found

    def _freeze_warranties(self):
        """Keep how long the returned units were under warranty: an exchange goes on from it."""
        exchanged = self.outcome_ids.filtered(lambda item: item.kind == "exchange")
        if not exchanged:
            return
        units = self._get_units()
        for outcome in exchanged:
            ends = [unit.warranty_end for unit in units[outcome.line_id] if unit.warranty_end]
            if ends:
                outcome._door_write({"warranty_until": min(ends)})

    def _end_warranties(self, outcomes):
        """End the warranty of units that have become ours (R002-30).

        A unit of several pieces stays under warranty while the customer has some of them.
        """
        lines = [key.line_id for key in outcomes if key._keeps_goods() or key.kind == "scrap"]
        if not lines:
            return
        today = self.company_id._aftersales_today()
        changes, notes = [], {}
        ended = self.env["aftersales.unit"].sudo()
        units = self.sudo()._get_units()
        taken = self.env["aftersales.unit"].union(*units.values())._get_taken_lines()
        for line in dict.fromkeys(lines):
            for unit in units[line.sudo()]:
                if line._get_taken() < unit.quantity > taken[unit]._get_taken():
                    notes.setdefault(unit.id, []).append(
                        self.env._(
                            "%(quantity)s of it returned with %(document)s.",
                            quantity=f"{line._get_taken():g}",
                            document=self.name,
                        )
                    )
                    continue
                if unit.warranty_end and unit.warranty_end <= today:
                    continue
                changes.append(
                    unit._prepare_warranty_change(
                        today, self.env._("Returned with %s", self.name), self.env.user
                    )
                )
                ended |= unit
        if notes:
            bodies = {unit_id: Markup("<br/>").join(texts) for unit_id, texts in notes.items()}
            ended.browse(bodies)._message_log_batch(bodies=bodies)
        ended._door_write({"warranty_override_end": today})
        self.env["aftersales.warranty.change"].sudo()._door_create(changes)


class AftersalesReturnLine(models.Model):
    _inherit = "aftersales.return.line"

    def _get_taken(self):
        """Return how much of the lines the customer has no more."""
        return sum(
            outcome.qty_moved
            for outcome in self.sudo().outcome_ids
            if outcome._keeps_goods() or outcome.kind == "scrap"
        )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _follow_exchanged_units(self):
        """What is given in exchange stands where the returned unit stood, and goes on with
        its warranty, where the company has decided so."""
        moves = self.filtered(lambda move: move.state == "done")
        units = self.env["aftersales.unit"].sudo().search([("origin_move_id", "in", moves.ids)])
        if not units:
            return
        documents = units.origin_move_id.aftersales_outcome_id.return_id
        old_units = {document: document._get_units() for document in documents}
        rest = self.company_id.sudo().aftersales_exchange_warranty == "rest"
        changes = []
        for unit in units:
            outcome = unit.origin_move_id.aftersales_outcome_id
            document = outcome.return_id
            vals = old_units[document][outcome.line_id][:1]._prepare_successor_vals()
            if rest and outcome.warranty_until:
                vals["warranty_override_end"] = outcome.warranty_until
                changes.append(
                    unit._prepare_warranty_change(
                        outcome.warranty_until,
                        self.env._(
                            "Given in exchange with %s: the rest of the returned unit's warranty",
                            document.name,
                        ),
                        self.env.user,
                    )
                )
            if vals:
                unit._door_write(vals)
        self.env["aftersales.warranty.change"].sudo()._door_create(changes)


class AftersalesUnit(models.Model):
    _inherit = "aftersales.unit"

    def _get_taken_lines(self):
        """Return {unit: lines of all returns with which pieces of it have come back}."""
        receipts = (
            self.env["aftersales.return.receipt"]
            .sudo()
            .search(
                [
                    "|",
                    ("origin_id.move_id", "in", self.origin_move_id.ids),
                    ("origin_id.unit_id", "in", self.ids),
                ]
            )
        )
        return {unit: receipts.filtered(unit._is_taken_with).line_id for unit in self}

    def _is_taken_with(self, receipt):
        """Return whether pieces of the unit came back with a receipt."""
        origin = receipt.origin_id
        own = (
            origin.move_id == self.origin_move_id if self.origin_move_id else origin.unit_id == self
        )
        return own and (not self.lot_id or receipt.lot_id == self.lot_id)

    def _prepare_successor_vals(self):
        """Return where the unit stands, for the one that is given in exchange for it."""
        links = ("end_user_id", "site_partner_id", "site_state_id")
        texts = ("site_address", "project_name", "contract_ref")
        return {
            **{name: self[name].id for name in links if self[name]},
            **{name: self[name] for name in texts if self[name]},
        }

    def _prepare_warranty_change(self, new_end, reason, user):
        """Return the values of the record that says who has set the end of the warranty."""
        return {
            "unit_id": self.id,
            "unit_name": self.display_name,
            "company_id": self.company_id.id,
            "old_end": self.warranty_end,
            "new_end": new_end,
            "reason": reason,
            "user_id": user.id,
            "user_name": user.name,
            "changed_at": fields.Datetime.now(),
        }


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_exchange_warranty = fields.Selection(
        [("rest", "Rest of the Old Warranty"), ("new", "New Warranty")],
        string="Warranty after an Exchange",
        default="rest",
        required=True,
        help="Whether what is given in exchange goes on with the returned unit's warranty, or "
        "begins a new one.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_exchange_warranty = fields.Selection(
        related="company_id.aftersales_exchange_warranty", readonly=False
    )
