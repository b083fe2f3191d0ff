from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.engine import engine
from ..tools.text import join_clauses


class AftersalesReturnReceiving(models.Model):
    """Returned goods come into quarantine and stay the customer's (R002-26, R002-27)."""

    _inherit = "aftersales.return"

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_open_receipt(self):
        """Open the receipt in which the storekeeper counts what has come.

        :raise UserError: when the return doesn't wait for goods
        """
        document = self._check_one()._as_public("open_receipt")
        document._check_waits_for_goods()
        receipt = document._create_receipt()
        if not receipt:
            raise UserError(
                self.env._("Everything of %s has been received already.", document.name)
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": receipt.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Receipt
    # ------------------------------------------------------------------
    def _get_take_in_row(self):
        """Return the step that waits for the goods, if its turn has come."""
        return self._get_rows().filtered(
            lambda row: row.act == "take_in" and row.state == "pending"
        )[:1]

    def _check_waits_for_goods(self):
        """Raise unless the goods of the return may come in now, by this user (B7).

        :return: {document: its pending step and the rows of the round}
        """
        found = {}
        for document in self:
            rows = document._get_rows()
            row = rows.filtered(lambda item: item.act == "take_in" and item.state == "pending")[:1]
            if not row:
                raise UserError(
                    self.env._(
                        "%(document)s doesn't wait for goods (%(stage)s): nothing can be received.",
                        document=document.name,
                        stage=document._get_stage_label(),
                    )
                )
            if not row._get_principal(self.env.user, rows):
                raise UserError(
                    self.env._(
                        "Goods of %(document)s are received by %(role)s, and not by those who "
                        "wrote or signed the form.",
                        document=document.name,
                        role=row.role_name,
                    )
                )
            found[document] = (row, rows)
        return found

    def _get_stage_label(self):
        field = self._fields["progress"]
        return dict(field._description_selection(self.env)).get(self.progress, "")

    def _create_receipt(self):
        """Return the open receipt; make one for what is still expected if there is none."""
        self.ensure_one()
        receipts = self.sudo().picking_ids
        receipt = receipts.filtered(lambda item: item.state not in ("done", "cancel"))[:1]
        lines = self.line_ids.filtered("qty_open")
        if receipt or not lines:
            return receipt
        with engine():
            receipt = (
                self.env["stock.picking"]
                # not as the signer: his personal defaults have no place in a transfer
                .with_user(SUPERUSER_ID)
                .with_company(self.company_id)
                .with_context(
                    mail_create_nosubscribe=True, mail_create_nolog=True, tracking_disable=True
                )
                .create(self._prepare_receipt_vals(lines))
            )
            receipt._door_write({"aftersales_return_id": self.id})
            receipt.move_line_ids.create(
                [
                    move.aftersales_return_line_id._prepare_receipt_line_vals(move)
                    for move in receipt.move_ids
                    if move.has_tracking != "none"
                ]
            )
            receipt.action_confirm()
        self.sudo().invalidate_recordset(["picking_ids"])
        return receipt

    def _prepare_receipt_vals(self, lines):
        """Return the values of a receipt into quarantine, one move a line.

        The customer stays the owner: his goods have no value for us.
        """
        kind = self.warehouse_id.sudo().aftersales_return_type_id
        quarantine = self.company_id._aftersales_place("quarantine")
        source = self.partner_id.with_company(self.company_id).property_stock_customer
        return {
            "picking_type_id": kind.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "owner_id": self._get_owner().id,
            "origin": self.name,
            "location_id": source.id,
            "location_dest_id": quarantine.id,
            "move_ids": [
                Command.create(line._prepare_receipt_move_vals(kind, source, quarantine))
                for line in lines
            ],
        }

    def _get_owner(self):
        """Return whose the goods are until the decision: whose they came as, whatever firm
        the customer belongs to since."""
        receipts = self.sudo().picking_ids.filtered(lambda item: item.state != "cancel")
        return receipts.owner_id[:1] or self.partner_id.commercial_partner_id

    @api.constrains("partner_id")
    def _check_owner(self):
        """What has come stays whose it came as, also in a new round (B9)."""
        for document in self:
            customer = document.partner_id
            if any(line.qty_received for line in document.line_ids) and (
                document._get_owner() not in customer | customer.commercial_partner_id
            ):
                raise UserError(
                    self.env._(
                        "The goods of %(document)s came from %(customer)s and stay his.",
                        document=document.name,
                        customer=document._get_owner().display_name,
                    )
                )

    def _close_receipt(self):
        """Expect nothing more: what hasn't come doesn't count as returned any longer."""
        self.ensure_one()
        lines = self.line_ids.filtered("qty_open").sudo()
        vals = {} if self.receipt_closed else {"receipt_closed": True}
        live = self.sudo().picking_ids.filtered(lambda item: item.state not in ("done", "cancel"))
        if live:
            with engine():
                live.with_user(SUPERUSER_ID).action_cancel()
        if vals:
            self.sudo()._door_write(vals)
        if lines:
            lines._door_write({"qty_open": 0.0})
            lines.origin_id._recount()

    def _check_received(self):
        """Raise when the step is closed and nothing at all has come."""
        if not any(line.qty_received for line in self.line_ids):
            raise UserError(
                self.env._(
                    "Nothing of %s has been received yet. Count the goods in the receipt, or "
                    "reject the form when they don't come.",
                    self.name,
                )
            )

    def _record_receipt(self, moves, steps):
        """Put what has come on record, and complete the step when it is all of it.

        :param moves: the moves that have just become done
        :param steps: {document: (pending step, rows of the round)}
        """
        received = moves._get_received()
        receipts = self.env["aftersales.return.receipt"].sudo()
        receipts._door_create(
            [
                vals
                for move in moves
                for vals in move.sudo()._prepare_return_receipt_vals(received.get(move.id, {}))
            ]
        )
        lines = moves.sudo().aftersales_return_line_id
        lines._update_received()
        (lines.origin_id | lines.receipt_ids.origin_id)._recount()
        now = fields.Datetime.now()
        for document in self:
            picking = moves.picking_id.filtered(
                lambda item, document=document: item.aftersales_return_id == document
            )
            looks = [document.receipt_look, *picking.mapped("receipt_look")]
            document.sudo()._door_write(
                {
                    "received_at": now,
                    "receipt_look": join_clauses(self.env, dict.fromkeys(filter(None, looks))),
                }
            )
            extra = {"transfer": [item._get_receipt_facts() for item in picking]}
            row, rows = steps[document]
            if any(line.qty_open for line in document.line_ids):
                document._append_evidence("receipt", extra=extra)
            else:
                document._check_step_complete(row, rows)
                document._sign(row, rows, "", extra=extra)


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_received(self):
        """Return {move id: {lot id or 0: quantity in the product's unit}} of done moves."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT move_id, coalesce(lot_id, 0), sum(quantity_product_uom)
                     FROM stock_move_line WHERE move_id IN %s AND quantity_product_uom > 0
                    GROUP BY move_id, lot_id ORDER BY move_id, lot_id""",
                tuple(self.ids) or (0,),
            )
        )
        received = {}
        for move_id, lot_id, quantity in self.env.cr.fetchall():
            received.setdefault(move_id, {})[lot_id] = quantity
        return received

    def _prepare_return_receipt_vals(self, quantities):
        """Return the values of what was received with one move, lot by lot."""
        self.ensure_one()
        line = self.aftersales_return_line_id
        return [
            {
                "return_id": line.return_id.id,
                "line_id": line.id,
                "company_id": line.company_id.id,
                "move_id": self.id,
                "lot_id": lot_id or False,
                "origin_id": line._get_origin_of(lot_id).id,
                "quantity": quantity,
            }
            for lot_id, quantity in quantities.items()
        ]
