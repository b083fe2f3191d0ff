from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.engine import engine
from ..tools.text import join_clauses


class AftersalesRequisitionStock(models.Model):
    """What follows from an approved requisition in the store, and how far it is."""

    _inherit = "aftersales.requisition"

    # ------------------------------------------------------------------
    # Stock
    # ------------------------------------------------------------------
    def _prepare_picking_vals(self):
        """Return the values of the material issue, one move a line."""
        self.ensure_one()
        picking_type = self.warehouse_id.aftersales_issue_type_id
        source = picking_type.default_location_src_id
        lines = self.line_ids.filtered(lambda line: line.qty_product)
        return {
            "picking_type_id": picking_type.id,
            "company_id": self.company_id.id,
            "partner_id": (self.end_user_id or self.partner_id).id,
            "origin": self.name,
            "location_id": source.id,
            "location_dest_id": self.purpose_id.id,
            "move_type": "one",
            "consignee_name": self.consignee_name,
            "consignee_address": self.consignee_address,
            "consignee_person": self.consignee_person,
            "consignee_phone": self.consignee_phone,
            "move_ids": [
                Command.create(line._prepare_move_vals(picking_type, source)) for line in lines
            ],
        }

    def _create_picking(self):
        """Create the material issue and reserve what is there."""
        self.ensure_one()
        with engine():
            picking = (
                self.env["stock.picking"]
                # not as the signer: his personal defaults have no place in a transfer
                .with_user(SUPERUSER_ID)
                .with_company(self.company_id)
                .with_context(
                    mail_create_nosubscribe=True, mail_create_nolog=True, tracking_disable=True
                )
                .create(self._prepare_picking_vals())
            )
            picking._door_write({"requisition_id": self.id})
            picking.action_confirm()
        return picking

    def _update_fulfilment(self, advance=True):
        """Derive the fulfilment from moves and shipment, and open what it allows."""
        for requisition in self:
            fulfilment = requisition._get_fulfilment()
            if fulfilment != requisition.fulfilment:
                requisition._set_fulfilment(fulfilment)
            if advance and requisition.state == "approved":
                requisition._open_next()

    def _get_fulfilment(self):
        self.ensure_one()
        if self.state != "approved":
            return "none"
        lines = self.line_ids.filtered("qty_product")
        if lines and all(line._is_issued() for line in lines):
            picking = self.sudo().picking_ids.filtered(lambda item: item.state == "done")[:1]
            return "shipped" if picking.shipped_at else "issued"
        if lines and all(line._is_reserved() for line in lines):
            return "ready"
        rows = self._get_rows("follow_up")
        if rows.filtered(lambda row: row.act == "feedback" and row.state in ("waiting", "pending")):
            return "feedback"
        return "preparing"

    def _set_fulfilment(self, fulfilment):
        vals = {"fulfilment": fulfilment}
        if fulfilment == "ready":
            vals["ready_at"] = fields.Datetime.now()
            vals["is_slipped"] = False
        was_ready = self.fulfilment == "ready"
        was_waiting = self.fulfilment in ("feedback", "preparing")
        self.sudo()._door_write(vals)
        if fulfilment == "ready" and was_waiting:
            self._notify_people(
                self.supervisor_id, self.env._("All material of %s is ready.", self.name)
            )
        if was_ready and fulfilment not in ("issued", "shipped", "received"):
            rows = self._get_rows("follow_up")
            rows.filtered(lambda row: row.act == "draw" and row.state == "pending")._door_write(
                {"state": "waiting"}
            )

    def _is_fulfilled(self):
        """Return whether nothing has to be done any more with what was approved."""
        self.ensure_one()
        return self.fulfilment in ("shipped", "received")

    def _get_incomplete_text(self):
        """Say per line what is missing and until when (R004-16)."""
        parts = [line._get_missing_text() for line in self.line_ids if line._is_short()]
        return self.env._(
            "The material isn't complete: %(lines)s. Wait for it, or put what is ready on a "
            "requisition of its own.",
            lines=join_clauses(self.env, parts) or self.name,
        )

    def _check_issue_allowed(self):
        """Raise unless decision and drawing are signed, for goods to leave (R004-17).

        :raise UserError: naming the step that is missing
        """
        for requisition in self:
            rows = requisition._get_rows()
            missing = rows.filtered(
                lambda row: (
                    row.state in ("waiting", "pending")
                    and (row.phase == "decision" or row.act == "draw")
                    and row.act != "inform"
                )
            )
            if requisition.state == "approved" and requisition.fulfilment in (
                "feedback",
                "preparing",
            ):
                raise UserError(requisition._get_incomplete_text())
            if requisition.state == "approved" and missing:
                raise UserError(
                    self.env._(
                        "The requisition %(name)s has been reviewed, but the step %(step)s isn't "
                        "signed yet: nothing can be issued.",
                        name=requisition.name,
                        step=missing[:1].step_name,
                    )
                )
            if requisition.state != "approved":
                step = missing[:1].step_name or requisition._guard_state_label()
                raise UserError(
                    self.env._(
                        "The requisition %(name)s isn't released: nothing can be issued. "
                        "Present step: %(step)s.",
                        name=requisition.name,
                        step=step,
                    )
                )

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        submit = chain.filtered(lambda row: row.act == "submit")[-1:]
        frozen = self.env["aftersales.verification"]._load(submit.snapshot).get("frozen")
        if submit and frozen != self._get_frozen_extra():
            texts.append(self.env._("Coverage or class were changed after submission."))
        moved = self.line_ids._get_moved_quantities()
        for line in self.line_ids:
            unit = line.product_id.uom_id
            if self.state == "approved" and line.qty_product != line._get_product_qty():
                texts.append(
                    self.env._("%s: the approved quantity was changed.", line.display_name)
                )
            if unit and unit.compare(line.qty_issued, moved[line]):
                texts.append(self.env._("%s: the issued quantity was changed.", line.display_name))
        acts = set(chain.mapped("act"))
        recorded = "shipped" if "ship" in acts else "issued" if "issue" in acts else None
        gone = self.fulfilment if self.fulfilment in ("issued", "shipped", "received") else None
        if gone != recorded:
            texts.append(self.env._("The fulfilment doesn't fit the acts on record."))
        if recorded:
            texts += self._verify_transfer(chain)
        return texts

    def _verify_transfer(self, chain):
        """Compare what moved and how it was shipped with the last record of it."""
        last = chain.filtered(lambda row: row.act in ("issue", "inspect", "pack", "ship"))[-1:]
        recorded = self.env["aftersales.verification"]._load(last.snapshot).get("transfer") or {}
        picking = self.sudo().picking_ids.filtered(lambda item: item.state == "done")[:1]
        present = picking._get_evidence_extra() if picking else {}
        texts = []
        if bool(picking.shipped_at) != (last.act == "ship"):
            texts.append(self.env._("The time of shipment was changed."))
        if self._get_moved_facts(recorded) != self._get_moved_facts(present):
            texts.append(self.env._("The issued lots or quantities were changed."))
        if last.act == "ship" and self._get_shipping_facts(recorded) != self._get_shipping_facts(
            present
        ):
            texts.append(self.env._("The shipping data were changed after the shipment."))
        return texts

    @api.model
    def _get_moved_facts(self, transfer):
        """Return what moved without the names, which may change later."""
        names = ("product_id", "lot_id", "quantity")
        lines = transfer.get("lines") or []
        return sorted([line.get(name) for name in names] for line in lines)

    @api.model
    def _get_shipping_facts(self, transfer):
        shipping = dict(transfer.get("shipping") or {})
        shipping.pop("carrier_partner_id", None)
        return shipping, transfer.get("carrier_id")

    # ------------------------------------------------------------------
    # Promises
    # ------------------------------------------------------------------
    @api.model
    def _cron_check_promises(self, limit=500):
        """Tell the supervisor when a forecast slips past the promise (R004-16)."""
        waiting = self.sudo().search(
            [("state", "=", "approved"), ("fulfilment", "in", ("feedback", "preparing"))],
            limit=limit,
        )
        for requisition in waiting:
            late = requisition.line_ids.filtered(lambda line: line._is_slipped())
            if bool(late) == requisition.is_slipped:
                continue
            requisition._door_write({"is_slipped": bool(late)})
            if late:
                requisition._notify_people(
                    requisition.supervisor_id,
                    self.env._(
                        "%(document)s: the promise slips for %(lines)s.",
                        document=requisition.name,
                        lines=join_clauses(self.env, [line._get_missing_text() for line in late]),
                    ),
                )
        self.env["ir.cron"]._commit_progress(len(waiting))
