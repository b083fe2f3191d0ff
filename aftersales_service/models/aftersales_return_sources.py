from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class AftersalesReturnSources(models.Model):
    """A return is filled from the delivery; it is made from a delivery, a unit or a
    request (R002-25)."""

    _inherit = "aftersales.return"

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        for document in documents:
            # a whole lot fills itself
            if document.return_type == "whole_lot" and document.delivery_id:
                if not document.line_ids:
                    document._fill()
        return documents

    def action_fill(self):
        """Take the lines over from the delivery: what can still come back of it.

        :raise UserError: when the form has no delivery or isn't a draft
        """
        for document in self._as_public("fill"):
            document._check_state("draft")
            document._check_filled("delivery_id")
            document._fill()
        return True

    def _fill(self):
        """Replace the lines by what can still come back of the delivery."""
        self.ensure_one()
        kept = self.line_ids.filtered("qty_received")
        (self.line_ids - kept).unlink()
        vals_list = [
            {
                "return_id": self.id,
                "product_id": origin.product_id.id,
                "move_id": origin.move_id.id,
                "lot_id": origin.lot_id.id,
                "serial_number": origin.lot_id.name,
                "qty_claimed": origin.qty_delivered - origin.qty_claimed,
            }
            for origin in self._get_returnable()
            if origin not in kept.origin_id
        ]
        if not vals_list and not kept:
            raise UserError(
                self.env._("Nothing of %s can come back any more.", self.delivery_id.display_name)
            )
        self.env["aftersales.return.line"].create(vals_list)

    def _get_returnable(self):
        """Return the rows of the delivery of which something can still come back."""
        moves = self.delivery_id.sudo().move_ids.filtered(lambda move: move._is_customer_delivery())
        received = moves._get_received()
        origins = (
            self.env["aftersales.return.origin"]
            .sudo()
            ._ensure(
                [
                    {
                        "company_id": move.company_id.id,
                        "product_id": move.product_id.id,
                        "move_id": move.id,
                        "lot_id": lot_id,
                        "qty_delivered": quantity,
                    }
                    for move in moves
                    for lot_id, quantity in received.get(move.id, {}).items()
                ]
            )
        )
        origins._recount()
        return origins.sorted("id").filtered(
            lambda origin: origin.qty_claimed < origin.qty_delivered
        )

    def _check_whole_lot(self):
        """Raise unless a whole lot is the whole of its delivery (R002-21)."""
        if self.return_type != "whole_lot" or not self.delivery_id:
            return
        claimed = {}
        for line in self.line_ids:
            open_quantity = line.qty_claimed - line.qty_received
            claimed[line.origin_id] = claimed.get(line.origin_id, 0.0) + open_quantity
        for origin in self._get_returnable():
            rest = origin.qty_delivered - origin.qty_claimed
            if origin.product_id.uom_id.compare(claimed.get(origin, 0.0), rest) < 0:
                raise UserError(
                    self.env._(
                        "%(document)s is for the whole lot, but %(product)s %(lot)s isn't all on "
                        "it. Take the lines over from the delivery, or choose another return type.",
                        document=self.name,
                        product=origin.product_id.display_name,
                        lot=origin.lot_id.name or "",
                    )
                )

    def _open_form(self):
        """Return the action that shows the return."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_create_return(self):
        """Make a draft return of what was delivered."""
        picking = self._check_one()._as_public()
        picking._check_role("create_return")
        if not any(move._is_customer_delivery() for move in picking.sudo().move_ids):
            raise UserError(
                self.env._("Nothing was delivered to a customer with %s.", picking.name)
            )
        document = picking.env["aftersales.return"].create(
            {"delivery_id": picking.id, "company_id": picking.company_id.id}
        )
        document._fill()
        return document._open_form()


class AftersalesUnit(models.Model):
    _inherit = "aftersales.unit"

    def action_create_return(self):
        """Make a draft return of the unit."""
        unit = self._check_one()._as_public()
        unit._check_role("create_return")
        document = unit.env["aftersales.return"].create(
            {
                "company_id": unit.company_id.id,
                "partner_id": unit.partner_id.commercial_partner_id.id,
                "project_name": unit.project_name,
                **unit._prepare_return_vals(),
            }
        )
        return document._open_form()

    def _prepare_return_vals(self):
        """Return what a return of the unit is about: delivery, contract and its line."""
        self.ensure_one()
        picking = self.sudo().origin_move_id.picking_id
        vals = {
            "contract_ref": self.contract_ref,
            "delivery_id": picking.id,
            "delivery_ref": picking.name,
            "delivery_date": self.delivery_date,
        }
        if self.product_id:
            line = {"product_id": self.product_id.id, "unit_id": self.id}
            vals["line_ids"] = [Command.create(dict(line, qty_claimed=self.quantity))]
        return vals


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    return_ids = fields.One2many(
        "aftersales.return",
        "ticket_id",
        string="Returns",
        groups="aftersales_service.group_reader",
    )
    return_count = fields.Integer(
        compute="_compute_return_count", groups="aftersales_service.group_reader"
    )

    @api.depends("return_ids")
    def _compute_return_count(self):
        groups = self.env["aftersales.return"]._read_group(
            [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
        )
        counts = dict(groups)
        for ticket in self:
            ticket.return_count = counts.get(ticket, 0)

    def _get_open_items(self):
        """A return that isn't settled keeps its request open."""
        items = super()._get_open_items()
        documents = (
            self.env["aftersales.return"]
            .sudo()
            .search(
                [
                    ("ticket_id", "in", self.ids),
                    ("state", "in", ("draft", "submitted", "approved")),
                    ("progress", "!=", "settled"),
                ]
            )
        )
        for document in documents.filtered(lambda item: not item._is_settled()):
            text = f"{document.name} ({document._get_stage_label()})"
            items.setdefault(document.ticket_id.with_env(self.env), []).append(text)
        return items

    @api.constrains("company_id")
    def _check_company_of_returns(self):
        """A request with returns stays in its company (attack A18)."""
        for document in self.sudo().return_ids:
            if document.company_id != document.ticket_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(request)s has the return %(document)s and stays in its company.",
                        request=document.ticket_id.number,
                        document=document.name,
                    )
                )

    def action_create_return(self):
        """Make a draft return of what the request is about."""
        ticket = self._check_one()._as_public()
        ticket._check_role("create_return")
        vals = ticket.unit_id._prepare_return_vals() if ticket.unit_id else {}
        document = ticket.env["aftersales.return"].create(
            {"ticket_id": ticket.id, "company_id": ticket.company_id.id, **vals}
        )
        return document._open_form()

    @api.readonly
    def action_view_returns(self):
        """Open the returns of the request."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Return Forms"),
            "res_model": "aftersales.return",
            "view_mode": "list,form",
            "domain": [("ticket_id", "=", self.id)],
            "context": {"default_ticket_id": self.id},
        }
        if self.return_count == 1:
            action.update(view_mode="form", res_id=self.return_ids.id)
        return action
