from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import at_work


class RepairOrder(models.Model):
    """Core's repair order, where it belongs to a factory repair of ours.

    The one adapter to core's ``repair``: an order of ours is made, begun, completed and
    cancelled by its factory repair alone (attack B8), begins only when the gate of paid
    service is open (C4), is under warranty as the charge says and not as somebody ticks it
    (C3), and takes no parts: these go through requisitions and their caps.
    """

    _inherit = "repair.order"

    # what anybody with rights on repair orders may still change on ours
    _OWN_FIELDS = {"internal_notes", "tag_ids", "priority", "user_id", "schedule_date"}

    aftersales_repair_id = fields.Many2one(
        "aftersales.repair",
        string="Factory Repair",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
        check_company=True,
    )

    _aftersales_repair_unique = models.UniqueIndex(
        "(aftersales_repair_id) WHERE aftersales_repair_id IS NOT NULL AND state != 'cancel'",
        "A factory repair has one repair order.",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not at_work() and any(vals.get("aftersales_repair_id") for vals in vals_list):
            self._raise_aftersales()
        return super().create(vals_list)

    def _add_missing_default_values(self, values):
        result = super()._add_missing_default_values(values)
        if "aftersales_repair_id" not in values:
            result.pop("aftersales_repair_id", None)
        return result

    def write(self, vals):
        if not at_work():
            if "aftersales_repair_id" in vals:
                self._raise_aftersales()
            if self._get_aftersales_controlled() & vals.keys():
                self._check_aftersales()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_aftersales(self):
        self._check_aftersales()

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    @api.constrains("state", "aftersales_repair_id", "under_warranty")
    def _check_aftersales_gate(self):
        """No work before it is allowed, whoever moves the order (R004-30, C3, C4)."""
        for order in self.sudo().filtered("aftersales_repair_id"):
            repair = order.aftersales_repair_id
            if repair.order_id not in (order, order.browse()):
                self._raise_aftersales()
            if order.state == "under_repair":
                repair._find_start_cover()
            if order.state == "done" and not repair.checked_at:
                raise ValidationError(
                    self.env._(
                        "The repair order of %s is completed by its exit inspection.", repair.name
                    )
                )
            if order.under_warranty != (repair.start_charge != "paid"):
                raise ValidationError(
                    self.env._(
                        "Whether %s is under warranty follows from who pays for the request.",
                        order.name,
                    )
                )

    @api.constrains("state", "lot_id", "product_id", "aftersales_repair_id")
    def _check_aftersales_bypass(self):
        """A unit that is in for a factory repair isn't repaired by another order."""
        others = self.sudo().filtered(
            lambda order: (
                not order.aftersales_repair_id
                and order.lot_id
                and order.state not in ("draft", "cancel")
            )
        )
        if not others:
            return
        open_ones = (
            self.env["aftersales.repair"]
            .sudo()
            .search([("lot_id", "in", others.lot_id.ids), ("in_house", "=", True)])
        )
        for repair in open_ones:
            raise ValidationError(
                self.env._(
                    "%(unit)s is in the house for %(repair)s: it is repaired by that document.",
                    unit=repair.lot_id.display_name,
                    repair=repair.name,
                )
            )

    @api.model
    def _get_aftersales_controlled(self):
        """Return the stored fields that only a factory repair changes on its order."""
        return {
            name
            for name, field in self._fields.items()
            if (field.store or field.type == "one2many")
            and not name.startswith(("message_", "activity_", "website_message_"))
            and name not in self._OWN_FIELDS
        }

    def _check_aftersales(self):
        for order in self.sudo().filtered("aftersales_repair_id"):
            raise UserError(
                self.env._(
                    "%(order)s belongs to the factory repair %(repair)s and is moved by it alone.",
                    order=order.name,
                    repair=order.aftersales_repair_id.name,
                )
            )

    def _raise_aftersales(self):
        raise UserError(
            self.env._("The factory repair of a repair order is set by the factory repair itself.")
        )
