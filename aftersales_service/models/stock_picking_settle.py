from odoo import fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    """What a return sends to the customer leaves the house as an issue does (R001-34).

    Where the company demands the exit inspection, a replacement and goods that go back
    are packed, inspected by another person and shipped, each on the record of the
    return. It is demanded of a transfer for good when its goods leave the store.
    """

    _inherit = "stock.picking"

    exit_demanded = fields.Boolean(
        string="Exit Inspection Demanded", copy=False, guard="door", default=False
    )

    _exit_demanded_index = models.Index("(company_id) WHERE exit_demanded AND shipped_at IS NULL")

    # ------------------------------------------------------------------
    # Leaving the store
    # ------------------------------------------------------------------
    def _action_done(self):
        for picking in self:
            if (
                picking.company_id.sudo().aftersales_exit_inspection
                and picking.location_dest_id.usage == "customer"
                and picking.settled_return_id
            ):
                picking.sudo()._door_write({"exit_demanded": True, "issued_by_id": self.env.uid})
        return super()._action_done()

    def _compute_can_ship(self):
        """The same buttons, for a transfer of which the exit inspection was demanded."""
        result = super()._compute_can_ship()
        inspector = self.env.user.has_group("aftersales_service.group_inspector")
        for picking in self.filtered("exit_demanded"):
            gone = picking.state == "done" and not picking.shipped_at
            passed = picking.inspection_result == "pass"
            shipper = picking._is_shipper()
            picking.can_pack = gone and not picking.packed_at and shipper
            picking.can_inspect = gone and not passed and inspector
            picking.can_ship = gone and bool(picking.packed_at) and passed and shipper
        return result

    def _get_aftersales_step(self):
        if not self.exit_demanded:
            return super()._get_aftersales_step()
        if self.shipped_at:
            return "shipped"
        if not self.packed_at:
            return "pack"
        return "ship" if self.inspection_result == "pass" else "inspect"

    def _check_issued(self):
        if not self.exit_demanded:
            return super()._check_issued()
        if self.state != "done" or self.shipped_at:
            raise UserError(
                self.env._(
                    "%s: the goods haven't left the store, or are shipped already.", self.name
                )
            )
        return None

    def _check_can_ship(self):
        result = super()._check_can_ship()
        if self.exit_demanded and self.inspection_result != "pass":
            raise UserError(
                self.env._(
                    "%(picking)s can't be shipped; missing: %(missing)s.",
                    picking=self.name,
                    missing=self.env._("passed exit inspection"),
                )
            )
        return result

    def _record_act(self, act, vals, comment=""):
        """Put an act of the store on the evidence of the return that it settles."""
        if not self.exit_demanded:
            return super()._record_act(act, vals, comment=comment)
        self.sudo()._door_write(vals)
        document = self.settled_return_id.with_env(self.env)
        document._append_evidence(
            act, comment=comment, extra={"transfer": self._get_evidence_extra()}
        )
        if act == "ship":
            document._record_settlement()
        return None

    def write(self, vals):
        """The number that the record names the transfer by stays."""
        if {"name", "picking_type_id", "company_id"} & vals.keys() and any(
            picking.exit_demanded for picking in self
        ):
            raise UserError(
                self.env._("The number and the day of a material issue are the system's own.")
            )
        return super().write(vals)


class AftersalesReturn(models.Model):
    _inherit = "aftersales.return"

    def _get_open_duties(self):
        """What is to be packed, inspected or shipped is open until it is."""
        duties = super()._get_open_duties()
        field = self.env["stock.picking"]._fields["aftersales_step"]
        labels = dict(field._description_selection(self.env))
        for picking in self._get_settling_pickings().sorted("id"):
            if picking.exit_demanded and picking.state == "done" and not picking.shipped_at:
                duties.append(f"{picking.name}: {labels[picking._get_aftersales_step()]}")
        return duties

    def _verify_effects(self, chain):
        """How its transfers were inspected and shipped is what the acts on record say."""
        texts = super()._verify_effects(chain)
        load = self.env["aftersales.verification"]._load
        last = {}
        for row in chain.filtered(lambda item: item.act in ("pack", "inspect", "ship")):
            transfer = load(row.snapshot).get("transfer") or {}
            last[transfer.get("number")] = (row, transfer)
        Requisition = self.env["aftersales.requisition"]
        for picking in self._get_settling_pickings().filtered("exit_demanded"):
            row, recorded = last.get(picking.name, (chain.browse(), {}))
            present = picking._get_evidence_extra()
            if bool(picking.shipped_at) != (row.act == "ship") or (
                picking.shipped_at
                and (
                    Requisition._get_moved_facts(recorded) != Requisition._get_moved_facts(present)
                    or Requisition._get_shipping_facts(recorded)
                    != Requisition._get_shipping_facts(present)
                )
            ):
                texts.append(self.env._("The shipment of %s was changed.", picking.name))
        return texts
