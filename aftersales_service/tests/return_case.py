"""Delivered goods and returns of them, for the tests about what comes back."""

from odoo.fields import Command

from .attack_case import AttackCase

CHAIN = ("sales_manager", "storekeeper", "production_manager", "inspector", "general_manager")


class ReturnCase(AttackCase):
    """A breaker with serial numbers, a coil without, both delivered to the customer."""

    document_model = "aftersales.return"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.breaker = cls.make_product(
            "Vacuum breaker", "B-2001", tracking="serial", aftersales_served=True
        )
        cls.coil = cls.make_product("Closing coil", "C-2002", 20, aftersales_served=True)
        cls.serials = cls.make_lots(cls.breaker, "VB-1", "VB-2", "VB-3")
        cls.delivery = cls.deliver([(cls.breaker, cls.serials), (cls.coil, 5)])
        cls.breaker_move, cls.coil_move = cls.delivery.move_ids
        cls.quarantine = cls.company._aftersales_place("quarantine")
        cls.reason = cls.env.ref("aftersales_service.return_reason_quality")
        cls.department = cls.env.ref("aftersales_service.department_production")

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------
    @classmethod
    def make_lots(cls, product, *names):
        lots = cls.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in names]
        )
        for lot in lots:
            cls.put_on_stock(product, 1, lot)
        return lots

    @classmethod
    def deliver(cls, items, partner=None):
        """Deliver to a customer; ``items`` is a list of (product, quantity or lots)."""
        kind = cls.warehouse.out_type_id
        partner = partner or cls.customer
        place = partner.property_stock_customer
        moves = []
        for product, what in items:
            lots = what if not isinstance(what, (int, float)) else ()
            quantity = len(lots) or what
            vals = {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": cls.stock.id,
                "location_dest_id": place.id,
            }
            if lots:
                line = {
                    "product_id": product.id,
                    "location_id": cls.stock.id,
                    "location_dest_id": place.id,
                    "quantity": 1,
                }
                vals["move_line_ids"] = [Command.create(dict(line, lot_id=lot.id)) for lot in lots]
            moves.append(Command.create(vals))
        picking = cls.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "partner_id": partner.id,
                "location_id": cls.stock.id,
                "location_dest_id": place.id,
                "origin": "HT-2026-01",
                "move_ids": moves,
            }
        )
        picking.move_ids.move_line_ids.picking_id = picking
        picking.action_confirm()
        picking.action_assign()
        picking.button_validate()
        assert picking.state == "done", picking.state
        return picking

    def return_vals(self, lines=None, **values):
        """Return JSON values of a return that may be submitted."""
        if lines is None:
            lines = [{"product_id": self.coil.id, "qty_claimed": 3}]
        return {
            "delivery_id": self.delivery.id,
            "partner_id": self.customer.id,
            "return_type": "partial",
            "wish": "exchange",
            "reason_id": self.reason.id,
            "reason_text": "Three coils are burnt",
            "line_ids": [Command.create(vals) for vals in lines],
            **values,
        }

    def make_return(self, lines=None, user="agent", **values):
        """Create a draft through the RPC entry."""
        vals = self.return_vals(lines, **values)
        return_id = self.rpc(user, "aftersales.return", "create", vals)
        return self.env["aftersales.return"].browse(return_id)

    def submit_return(self, lines=None, user="agent", **values):
        document = self.make_return(lines, user=user, **values)
        self.act(user, document, "action_submit")
        return document

    # ------------------------------------------------------------------
    # Acting
    # ------------------------------------------------------------------
    def receive(self, document, quantities=None, lots=None, user="storekeeper", look="sound"):
        """Count and validate the receipt.

        :param quantities: {product: quantity}; what isn't named comes as asked
        :param lots: {claimed lot: lot that came}
        """
        action = self.act(user, document, "action_open_receipt")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.rpc(user, "stock.picking", "write", {"receipt_look": look}, ids=picking.ids)
        for move in picking.move_ids:
            if quantities is not None and move.product_id in quantities:
                quantity = quantities[move.product_id]
                self.rpc(user, "stock.move", "write", {"quantity": quantity}, ids=move.ids)
            for line in move.move_line_ids:
                if line.lot_id in (lots or {}):
                    lot = lots[line.lot_id]
                    vals = {"lot_id": lot.id}
                    self.rpc(user, "stock.move.line", "write", vals, ids=line.ids)
        self.act(user, picking, "button_validate")
        document.invalidate_recordset()
        return picking

    def name_inspector(self, document, user="production_manager"):
        vals = {"inspector_id": self.users["inspector"].id}
        self.rpc(user, document._name, "write", vals, ids=document.ids)

    def inspection_vals(self, document, verdict="quality_defect", kind="exchange"):
        """Return what the inspector writes: checks, quantities, verdict and proposals."""
        failed = verdict == "quality_defect"
        there = {
            line: line.qty_claimed if document.at_customer_site else line.qty_received
            for line in document.line_ids
        }
        return {
            "verdict": verdict,
            "cause_text": "The winding is shorted",
            "report_ref": "JY-1",
            "responsible_department_id": self.department.id if failed else False,
            "check_ids": [
                Command.create(
                    {
                        "item": "Winding resistance",
                        "requirement": "90…110 Ω",
                        "measured": "3 Ω",
                        "instrument": "R-17",
                        "calibrated_until": "2099-12-31",
                        "judgement": "fail" if failed else "pass",
                    }
                )
            ],
            "line_ids": [
                Command.update(
                    line.id, {"qty_checked": quantity, "qty_failed": quantity if failed else 0}
                )
                for line, quantity in there.items()
            ],
            "outcome_ids": [
                Command.create({"line_id": line.id, "kind": kind, "quantity": quantity})
                for line, quantity in there.items()
                if quantity
            ],
        }

    def inspect(self, document, **values):
        vals = self.inspection_vals(document, **values)
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)

    def prepare(self, role, document, **values):
        """Do what a signer has to do before he signs; the receipt signs by itself."""
        if role == "production_manager":
            self.name_inspector(document)
        elif role == "inspector" and not document.check_ids:
            self.inspect(document, **values)

    def sign_as(self, document, *roles, **values):
        for role in roles:
            if role == "storekeeper":
                self.receive(document)
                continue
            self.prepare(role, document, **values)
            self.sign(role, document)
        return document

    def approved_return(self, lines=None, verdict="quality_defect", kind="exchange", **values):
        document = self.submit_return(lines, **values)
        return self.sign_as(document, *CHAIN, verdict=verdict, kind=kind)

    def origin_of(self, move, lot=None):
        return self.env["aftersales.return.origin"].search(
            [("move_id", "=", move.id), ("lot_id", "=", lot.id if lot else False)]
        )
