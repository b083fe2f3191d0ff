from odoo import models

from .aftersales_unit import plain_serial
from .stock_picking_type import ISSUE


class StockMove(models.Model):
    """Deliveries of served products make delivered units (R000-16, R000-19)."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        delivered = done.filtered(lambda move: move._delivers_unit())
        if delivered:
            delivered._create_delivered_units()
        return done

    def _delivers_unit(self):
        """Return whether the move hands a served product to a customer."""
        return (
            self.state == "done"
            and self.location_id.usage == "internal"
            and self.location_dest_id.usage == "customer"
            and self.product_id.aftersales_served
            and self.picking_type_id.code != ISSUE
            and not self.location_dest_id.aftersales_purpose
            and not self.origin_returned_move_id
        )

    def _create_delivered_units(self):
        """Create one unit per serial, per lot, or per move of untracked goods.

        A lot goes to many customers: only a single piece has a serial number.
        """
        moves = self.sudo()
        vals_list = [vals for move in moves for vals in move._prepare_unit_vals_list()]
        known = moves._get_known_units([vals["serial_number"] for vals in vals_list])
        new = []
        for vals in vals_list:
            unit = known.get((vals["company_id"], vals["product_id"], vals["serial_number"]))
            if unit:
                moves.browse(vals["origin_move_id"])._note_delivered_again(unit)
            else:
                new.append(vals)
        # a delivery is no place for a subscription or a log message per unit
        quiet = {"mail_create_nosubscribe": True, "mail_create_nolog": True}
        return moves.env["aftersales.unit"].with_context(**quiet)._door_create(new)

    def _get_known_units(self, serials):
        """Return {(company id, product id, serial): unit} of units that exist already."""
        units = self.env["aftersales.unit"].search(
            [
                ("serial_number", "in", [serial for serial in serials if serial]),
                ("product_id", "in", self.product_id.ids),
            ]
        )
        return units.grouped(
            lambda unit: (unit.company_id.id, unit.product_id.id, unit.serial_number)
        )

    def _note_delivered_again(self, unit):
        """Note it on the unit; its warranty doesn't begin anew (R004-27)."""
        unit._message_log(
            body=self.env._(
                "Delivered again by %(picking)s to %(customer)s. Check customer and warranty.",
                picking=self.picking_id.name or "-",
                customer=self.picking_id.partner_id.display_name or "-",
            )
        )

    def _prepare_unit_vals_list(self):
        """Return the values of the units that a done move has delivered."""
        self.ensure_one()
        common = self._prepare_unit_vals()
        if self.product_id.tracking == "none":
            quantity = self.product_uom._compute_quantity(
                self.quantity, self.product_id.uom_id, rounding_method="HALF-UP"
            )
            return [dict(common, lot_id=False, serial_number=False, quantity=quantity)]
        # what a customer has sent in stays his: handing it back delivers nothing
        lines = self.move_line_ids.filtered(lambda line: not line.owner_id and line.quantity)
        return [
            dict(
                common,
                lot_id=lot.id,
                serial_number=self.product_id.tracking == "serial" and plain_serial(lot.name),
                quantity=sum(line.quantity_product_uom for line in lot_lines),
            )
            for lot, lot_lines in lines.grouped("lot_id").items()
        ]

    def _prepare_unit_vals(self):
        picking, company = self.picking_id, self.company_id
        site = picking.partner_id or self.partner_id
        address = site._display_address(without_company=True) if site else ""
        return {
            "company_id": company.id,
            "product_id": self.product_id.id,
            "partner_id": site.commercial_partner_id.id,
            "site_partner_id": site.id,
            "site_address": " ".join(address.split()),
            "site_state_id": site.state_id.id,
            "contract_ref": picking.origin,
            "delivery_date": company._aftersales_date(self.date),
            "origin_move_id": self.id,
        }
