from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.text import float_text


class AftersalesReturnLine(models.Model):
    _inherit = "aftersales.return.line"

    def _get_quarantine_lots(self, pending=False):
        """Return {line id: {lot id or 0: quantity}} of what has left quarantine.

        :param pending: count what is on its way as well
        """
        states = ("done", "assigned", "partially_available", "confirmed") if pending else ("done",)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT o.line_id, coalesce(ml.lot_id, 0), sum(ml.quantity_product_uom)
                     FROM stock_move m
                     JOIN aftersales_return_outcome o ON o.id = m.aftersales_outcome_id
                     JOIN stock_move_line ml ON ml.move_id = m.id
                     JOIN stock_location source ON source.id = m.location_id
                    WHERE o.line_id IN %s AND m.state IN %s
                      AND source.aftersales_place = 'quarantine'
                    GROUP BY 1, 2""",
                tuple(self.ids) or (0,),
                states,
            )
        )
        found = {}
        for line_id, lot_id, quantity in self.env.cr.fetchall():
            found.setdefault(line_id, {})[lot_id] = quantity
        return found

    def _get_received_lots(self):
        """Return {line: {lot id or 0: quantity}} of what was received."""
        found = {line: {} for line in self}
        for item in self.sudo().receipt_ids:
            lots = found[item.line_id]
            key = item.lot_id.id or 0
            lots[key] = lots.get(key, 0.0) + item.quantity
        return found

    def _check_settled_lots(self):
        """What leaves quarantine is what came in for this return, number by number (B9)."""
        gone = self._get_quarantine_lots()
        for line, received in self._get_received_lots().items():
            unit = line.product_id.uom_id
            for lot_id, quantity in gone.get(line.id, {}).items():
                if unit.compare(quantity, received.get(lot_id, 0.0)) > 0:
                    raise UserError(
                        self.env._(
                            "%(product)s %(lot)s: %(received)s came with %(document)s, "
                            "%(qty)s would leave quarantine.",
                            product=line.product_id.display_name,
                            lot=self.env["stock.lot"].browse(lot_id).name if lot_id else "",
                            received=float_text(received.get(lot_id, 0.0)),
                            document=line.return_id.name,
                            qty=float_text(quantity),
                        )
                    )

    def _update_back(self):
        """What the customer has again doesn't count as returned any more (B5)."""
        back = {}
        self.env.cr.execute(
            SQL(
                """SELECT o.line_id, coalesce(ml.lot_id, 0), sum(ml.quantity_product_uom)
                     FROM stock_move m
                     JOIN aftersales_return_outcome o ON o.id = m.aftersales_outcome_id
                     JOIN stock_move_line ml ON ml.move_id = m.id
                     JOIN stock_location source ON source.id = m.location_id
                    WHERE o.line_id IN %s AND m.state = 'done'
                      AND source.aftersales_place = 'quarantine'
                      AND (o.kind IN ('send_back', 'repair')
                           OR (o.kind = 'compensate' AND o.place IS NULL))
                    GROUP BY 1, 2""",
                tuple(self.ids) or (0,),
            )
        )
        for line_id, lot_id, quantity in self.env.cr.fetchall():
            back[line_id, lot_id] = quantity
        origins = self.env["aftersales.return.origin"].sudo()
        for item in self.sudo().receipt_ids.sorted("id"):
            key = (item.line_id.id, item.lot_id.id or 0)
            share = min(back.get(key, 0.0), item.quantity)
            back[key] = back.get(key, 0.0) - share
            if share != item.qty_back:
                item._door_write({"qty_back": share})
                origins |= item.origin_id
        if origins:
            origins._recount()
