from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.engine import engine

# which acts have moved the unit, by the row that put them on record
MOVING = {"take_in": "receive", "send_back": "send_back", "scrap": "scrap"}


class AftersalesRepairStock(models.Model):
    """Where the unit is: in quarantine as the customer's property, and nowhere before and
    after. Its moves and core's repair order are made here and by nothing else.
    """

    _inherit = "aftersales.repair"

    order_id = fields.Many2one(
        "repair.order",
        string="Repair Order",
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    move_ids = fields.One2many("stock.move", "aftersales_repair_id", string="Moves of the Unit")

    # what has come in, and whose it is
    _IN_HOUSE_FIELDS = ("partner_id", "unit_id", "product_id", "lot_id", "quantity")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        """What is in the house stays what it is, also in a new round (B9, A16)."""
        names = [name for name in self._IN_HOUSE_FIELDS if name in vals]
        if not names:
            return super().write(vals)
        before = {
            repair: [repair[name] for name in self._IN_HOUSE_FIELDS]
            for repair in self.filtered("in_house")
        }
        result = super().write(vals)
        for repair, values in before.items():
            if values != [repair[name] for name in self._IN_HOUSE_FIELDS]:
                raise UserError(
                    self.env._(
                        "The unit of %s is in the house: unit, number, quantity and customer stay "
                        "what they were when it came in.",
                        repair.name,
                    )
                )
        return result

    # ------------------------------------------------------------------
    # Moves
    # ------------------------------------------------------------------
    def _engine(self):
        """Return the records as the engine uses them: not with the defaults of whoever signs."""
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

    def _get_places(self, kind):
        """Return (from, to) of a move of the unit."""
        company = self.company_id.sudo()
        customers = self.env.ref("stock.stock_location_customers").sudo()
        quarantine = company._aftersales_place("quarantine")
        if kind == "receive":
            return customers, quarantine
        if kind == "send_back":
            return quarantine, customers
        scrap = (
            self.env["stock.location"]
            .sudo()
            .search(
                [("usage", "=", "inventory"), ("company_id", "in", (False, company.id))],
                order="company_id, id",
                limit=1,
            )
        )
        if not scrap:
            raise UserError(self.env._("%s has no place for scrap.", company.name))
        return quarantine, scrap

    def _prepare_move_vals(self, kind):
        """Return the values of one move of the unit; it stays the customer's throughout."""
        source, target = self._get_places(kind)
        product, unit = self.product_id, self.product_id.uom_id
        common = {
            "product_id": product.id,
            "location_id": source.id,
            "location_dest_id": target.id,
            "company_id": self.company_id.id,
        }
        return dict(
            common,
            aftersales_repair_id=self.id,
            product_uom=unit.id,
            product_uom_qty=self.quantity,
            partner_id=self.partner_id.id,
            origin=self.name,
            picked=True,
            move_line_ids=[
                Command.create(
                    dict(
                        common,
                        product_uom_id=unit.id,
                        quantity=self.quantity,
                        lot_id=self.lot_id.id,
                        owner_id=self.partner_id.id,
                    )
                )
            ],
        )

    def _move_unit(self, kind):
        """Move the unit in the store's books; an old product outside the catalogue has none."""
        self.ensure_one()
        if not self.product_id:
            return
        record = self._engine()
        with engine():
            move = record.env["stock.move"].create(record._prepare_move_vals(kind))
            move._action_done()

    def _fill_lot(self):
        """A product that is tracked comes in under its number, known to the books or not."""
        if not self.product_id or self.product_id.tracking == "none" or self.lot_id:
            return
        number = self.unit_id.lot_id.name or self.serial_number or self.unit_id.serial_number
        if not number:
            raise UserError(
                self.env._(
                    "%(product)s is tracked by numbers: give the serial number of %(repair)s.",
                    product=self.product_id.display_name,
                    repair=self.name,
                )
            )
        domain = [
            ("product_id", "=", self.product_id.id),
            ("name", "=", number),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        lots = self.env["stock.lot"].sudo()
        lot = lots.search(domain, limit=1) or lots.create(
            {
                "product_id": self.product_id.id,
                "name": number,
                "company_id": self.company_id.id,
            }
        )
        self.sudo()._door_write({"lot_id": lot.id})

    # ------------------------------------------------------------------
    # Core's repair order
    # ------------------------------------------------------------------
    def _prepare_order_vals(self):
        """Return the values of core's repair order: the unit where it is, no parts in it."""
        quarantine = self.company_id.sudo()._aftersales_place("quarantine")
        return {
            "aftersales_repair_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "user_id": self.env.uid,
            "product_id": self.product_id.id,
            "product_qty": self.quantity,
            "product_uom": self.product_id.uom_id.id,
            "lot_id": self.lot_id.id,
            "picking_type_id": self.warehouse_id.sudo().repair_type_id.id,
            # core looks for the owner of the unit where it takes its components from
            "location_id": quarantine.id,
            "product_location_src_id": quarantine.id,
            "product_location_dest_id": quarantine.id,
            "under_warranty": self._get_charge() != "paid",
        }

    def _create_order(self):
        """Make the repair order and begin it; the gate is asked again on its state."""
        vals = self._prepare_order_vals()
        with engine():
            order = self._engine().env["repair.order"].create(vals)
            self.sudo()._door_write({"order_id": order.id})
            order.action_repair_start()

    def _finish_order(self):
        """Complete the repair order: the unit has passed."""
        order = self._engine().order_id
        if order.state == "under_repair":
            with engine():
                order.action_repair_done()

    def _cancel_order(self):
        order = self._engine().order_id
        if order and order.state not in ("done", "cancel"):
            with engine():
                order.action_repair_cancel()

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _verify_effects(self, chain):
        """Hold progress, moves and repair order against the acts on record."""
        texts = super()._verify_effects(chain)
        done = chain.filtered(lambda row: row.state == "signed")
        if self.progress != self._get_progress() or self._get_facts() != self._read_facts(chain):
            texts.append(self.env._("The progress of the repair doesn't fit the acts on record."))
        kinds = [MOVING[row.act] for row in done if row.act in MOVING] if self.product_id else []
        if sorted(kinds) != sorted(self._get_moved_kinds()):
            texts.append(self.env._("The moves of the unit don't fit the acts on record."))
        order = self.sudo().order_id
        if order and order.under_warranty != (self.start_charge != "paid"):
            texts.append(self.env._("The charge of the repair order was changed."))
        if order and order.state != self._get_order_state():
            texts.append(self.env._("The state of the repair order was changed."))
        for item in self.evidence_ids:
            if item.sha256 != item._get_file_digest():
                texts.append(self.env._("The evidence %s was changed.", item.name))
        return texts

    def _get_facts(self):
        """Return what the acts have left on the document, as plain data."""
        cover = self.cover_ref
        return {
            "received": [bool(self.received_at), self.received_by_id.id],
            "in_house": self.in_house,
            "started": [bool(self.started_at), self.started_by_id.id],
            "start": self._get_start_facts(self.start_charge, self.cover_kind, cover)
            if self.started_at
            else {},
            "repaired": bool(self.repaired_at),
            "rework": self.is_rework,
            "ending": self.ending or "",
            "instruction": {
                "disposal": self.disposal or "",
                "instructed_by": self.instructed_by or "",
                "instructed_on": fields.Date.to_string(self.instructed_on) or "",
            },
            "checked": [bool(self.checked_at), self.checked_by_id.id],
            "sent": bool(self.sent_at),
            "scrapped": bool(self.scrapped_at),
        }

    @api.model
    def _read_facts(self, chain):
        """Return the same as the rows of evidence say it."""
        load = self.env["aftersales.verification"]._load
        none = chain.browse()
        last = {row.act: row for row in chain if row.state == "signed"}
        rework = False
        for row in chain:
            if row.act in ("fail_check", "rework", "end_repair"):
                rework = row.act == "fail_check" and "end_repair" not in last
        told = load(last.get("instruct", none).snapshot).get("instruction") or {}
        started = last.get("start_repair", none)
        return {
            "received": ["take_in" in last, last.get("take_in", none).user_id.id],
            "in_house": "take_in" in last and not {"send_back", "scrap"} & last.keys(),
            "started": [bool(started), started.user_id.id],
            "start": load(started.snapshot).get("start") or {},
            "repaired": "repair" in last,
            "rework": rework,
            "ending": load(last.get("end_repair", none).snapshot).get("ending") or "",
            "instruction": {
                name: told.get(name) or ""
                for name in ("disposal", "instructed_by", "instructed_on")
            },
            "checked": ["exit_inspect" in last, last.get("exit_inspect", none).user_id.id],
            "sent": "send_back" in last,
            "scrapped": "scrap" in last,
        }

    def _get_moved_kinds(self):
        """Return what the done moves of the unit were for; what doesn't fit is "?"."""
        kinds = []
        for move in self.sudo().move_ids.filtered(lambda item: item.state == "done"):
            places = (move.location_id, move.location_dest_id)
            kind = next((kind for kind in MOVING.values() if self._get_places(kind) == places), "?")
            lines = move.move_line_ids
            fits = (
                move.product_id == self.product_id
                and lines.lot_id == self.lot_id
                and lines.owner_id == self.partner_id
                and self.product_id.uom_id.compare(move.quantity, self.quantity) == 0
            )
            kinds.append(kind if fits else "?")
        return kinds

    def _get_order_state(self):
        if self.ending:
            return "cancel"
        return "done" if self.checked_at else "under_repair"
