from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.engine import is_issuing, issuing
from ..tools.roles import RETURN_AUTHORS
from ..tools.text import clean_text, join_words
from .stock_picking_type import ISSUE

STOREKEEPER = "aftersales_service.group_storekeeper"
SUPERVISOR = "aftersales_service.group_supervisor"
INSPECTOR = "aftersales_service.group_inspector"
SHIPPING_FIELDS = (
    "box_count",
    "carrier_partner_id",
    "consignee_address",
    "consignee_name",
    "consignee_person",
    "consignee_phone",
    "enclosed_documents",
    "expected_arrival",
    "freight_payer",
    "gross_weight",
    "transport_mode",
    "waybill",
)


class StockPicking(models.Model):
    """The material issue 材料领用单 and its shipping list 发货清单."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "aftersales.guard"]

    _action_roles = {
        "pack": (STOREKEEPER, SUPERVISOR),
        "ship": (STOREKEEPER, SUPERVISOR),
        "inspect": (INSPECTOR,),
        "create_return": RETURN_AUTHORS,
    }
    _action_access = "read"

    requisition_id = fields.Many2one(
        "aftersales.requisition",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        guard="door",
    )
    aftersales_purpose = fields.Selection(related="location_dest_id.aftersales_purpose")
    requisition_team_id = fields.Many2one(
        related="requisition_id.team_id", string="Requesting Department"
    )
    requisition_urgency = fields.Selection(related="requisition_id.request_urgency", string="Class")
    requisition_project = fields.Char(related="requisition_id.project_name", string="Project")
    requisition_line_count = fields.Integer(
        string="Number of Lines", compute="_compute_requisition_line_count"
    )
    requisition_analytic_id = fields.Many2one(
        related="requisition_id.analytic_account_id", string="Cost Object"
    )
    issued_by_id = fields.Many2one("res.users", string="Issued by", copy=False, guard="door")
    packed_at = fields.Datetime(string="Packed on", copy=False, guard="door")
    packed_by_id = fields.Many2one("res.users", string="Packed by", copy=False, guard="door")
    inspected_at = fields.Datetime(string="Inspected on", copy=False, guard="door")
    inspected_by_id = fields.Many2one("res.users", string="Inspected by", copy=False, guard="door")
    inspection_result = fields.Selection(
        [("pass", "Passed"), ("fail", "Failed")], string="Exit Inspection", copy=False, guard="door"
    )
    shipped_at = fields.Datetime(
        string="Shipped on", copy=False, index="btree_not_null", guard="door"
    )
    shipped_by_id = fields.Many2one("res.users", string="Shipped by", copy=False, guard="door")
    carrier_partner_id = fields.Many2one(
        "res.partner", string="Carrier", copy=False, check_company=True, guard="locked"
    )
    waybill = fields.Char(copy=False, index="trigram", guard="locked")
    transport_mode = fields.Selection(
        [
            ("road", "Road"),
            ("rail", "Rail"),
            ("air", "Air"),
            ("sea", "Sea"),
            ("express", "Express"),
            ("self", "Picked Up"),
        ],
        copy=False,
        guard="locked",
    )
    box_count = fields.Integer(string="Boxes", copy=False, guard="locked")
    gross_weight = fields.Float(
        string="Gross Weight (kg)", copy=False, digits="Stock Weight", guard="locked"
    )
    freight_payer = fields.Selection(
        [("us", "We Pay"), ("customer", "Customer Pays")],
        string="Freight",
        default="us",
        copy=False,
        guard="locked",
    )
    consignee_name = fields.Char(string="Consignee Unit", copy=False, guard="locked")
    consignee_address = fields.Char(copy=False, guard="locked")
    consignee_person = fields.Char(copy=False, guard="locked")
    consignee_phone = fields.Char(copy=False, guard="locked")
    expected_arrival = fields.Date(copy=False, guard="locked")
    enclosed_documents = fields.Char(
        copy=False,
        help="Certificates, test reports, manuals, drawings … in the boxes.",
        guard="locked",
    )
    aftersales_step = fields.Selection(
        [
            ("parts", "Waiting for Parts"),
            ("draw", "To Be Drawn"),
            ("issue", "To Issue"),
            ("pack", "To Pack"),
            ("inspect", "To Inspect"),
            ("ship", "To Ship"),
            ("shipped", "Shipped"),
            ("cancel", "Cancelled"),
        ],
        string="Progress",
        compute="_compute_aftersales_step",
        help="What the store waits for, or has to do next.",
    )
    can_pack = fields.Boolean(compute="_compute_can_ship")
    can_inspect = fields.Boolean(compute="_compute_can_ship")
    can_ship = fields.Boolean(compute="_compute_can_ship")

    _box_count_range = models.Constraint(
        "CHECK (box_count IS NULL OR (box_count >= 0 AND box_count < 100000))",
        "The number of boxes can't be negative.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("move_ids")
    def _compute_requisition_line_count(self):
        for picking in self:
            picking.requisition_line_count = len(picking.move_ids)

    @api.depends(
        "state",
        "packed_at",
        "shipped_at",
        "inspection_result",
        "requisition_id.fulfilment",
        "requisition_id.approval_ids.state",
    )
    def _compute_aftersales_step(self):
        for picking in self.sudo():
            picking.aftersales_step = picking._get_aftersales_step()

    @api.depends("state", "packed_at", "shipped_at", "inspection_result", "requisition_id")
    @api.depends_context("uid")
    def _compute_can_ship(self):
        for picking in self:
            issued = (
                bool(picking.requisition_id) and picking.state == "done" and not picking.shipped_at
            )
            shipper = picking._is_shipper()
            inspection = picking.company_id.sudo().aftersales_exit_inspection
            picking.can_pack = issued and not picking.packed_at and shipper
            picking.can_inspect = (
                issued
                and inspection
                and picking.inspection_result != "pass"
                and self.env.user.has_group(INSPECTOR)
            )
            picking.can_ship = (
                issued
                and bool(picking.packed_at)
                and shipper
                and (not inspection or picking.inspection_result == "pass")
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        if self.sudo().filtered("requisition_id"):
            self._check_requisition_write(vals)
        return super().write(vals)

    def _guard_is_locked(self):
        return bool(self.shipped_at)

    def _raise_locked(self):
        raise UserError(
            self.env._("%s has been shipped; its shipping data stay as they are.", self.name)
        )

    def _check_requisition_write(self, vals):
        if "state" in vals and self.move_ids:
            raise UserError(
                self.env._("Material is issued by validating its transfer, not by setting a state.")
            )
        if {"picking_type_id", "company_id"} & vals.keys():
            raise UserError(self.env._("The operation of a material issue can't be changed."))
        if "name" in vals or "date_done" in vals and not is_issuing(self.move_ids.ids):
            # forms print them, and find the evidence of a transfer by its number
            raise UserError(
                self.env._("The number and the day of a material issue are the system's own.")
            )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_issued(self):
        if self.filtered(lambda picking: picking.requisition_id and picking.state == "done"):
            raise UserError(self.env._("Issued material can't be deleted; return it instead."))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def button_validate(self):
        """Say at once what is missing, and ask nobody to text the customer."""
        ours = self.filtered("requisition_id")
        for picking in ours:
            if picking.state not in ("done", "cancel"):
                picking.requisition_id.sudo()._check_issue_allowed()
        pickings = self.with_context(skip_sms=True) if ours else self
        return super(StockPicking, pickings).button_validate()

    def _action_done(self):
        # its moves and the day that core writes after them
        with issuing(self.move_ids.ids):
            return super()._action_done()

    def _send_confirmation_email(self):
        """Material of a requisition is announced when it ships, not when it is drawn;
        and nothing leaves before the transaction is over (law 10)."""
        others = self.filtered(lambda picking: not picking.requisition_id)
        return super(StockPicking, others)._send_confirmation_email()

    def _is_to_external_location(self):
        return super()._is_to_external_location() or self.picking_type_code == ISSUE

    def action_pack(self):
        """Say that the drawn goods are packed (R004-18)."""
        for picking in self._as_shipper("pack"):
            picking._check_issued()
            if picking.packed_at:
                raise UserError(self.env._("%s is packed already.", picking.name))
            picking._check_inspector(picking.inspected_by_id, self.env.user)
            picking._record_act(
                "pack", {"packed_at": fields.Datetime.now(), "packed_by_id": self.env.uid}
            )
        return True

    def action_inspect_pass(self):
        """Pass the exit inspection (R001-34)."""
        return self._inspect("pass")

    def action_inspect_fail(self, comment=""):
        """Fail the exit inspection: the goods stay until they pass."""
        return self._inspect("fail", comment)

    def action_ship(self, shipping=None):
        """Confirm that the carrier has the goods (R004-20).

        :param shipping: dict of shipping data to note down first, for a shipper who
            has no rights on the transfer otherwise
        :raise UserError: when goods aren't packed, inspected, or the carrier and
            waybill aren't known
        """
        if shipping is not None and (
            not isinstance(shipping, dict) or shipping.keys() - set(SHIPPING_FIELDS)
        ):
            raise UserError(self.env._("Only carrier, waybill and the like are noted down here."))
        for picking in self._as_shipper("ship"):
            picking._check_issued()
            if shipping:
                picking.sudo().write(shipping)
            picking._check_can_ship()
            picking._record_act(
                "ship", {"shipped_at": fields.Datetime.now(), "shipped_by_id": self.env.uid}
            )
            picking.requisition_id.sudo()._update_fulfilment(advance=False)
        return True

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_aftersales_step(self):
        """Return which step of a material issue is next; nothing for other transfers."""
        requisition = self.requisition_id
        if not requisition:
            return False
        if self.state == "cancel":
            return "cancel"
        if self.state != "done":
            if requisition.fulfilment != "ready":
                return "parts"
            open_rows = requisition.approval_ids.filtered(
                lambda row: row.act == "draw" and row.state in ("waiting", "pending")
            )
            return "draw" if open_rows else "issue"
        if self.shipped_at:
            return "shipped"
        if not self.packed_at:
            return "pack"
        inspection = self.company_id.aftersales_exit_inspection
        return "inspect" if inspection and self.inspection_result != "pass" else "ship"

    def _get_shipped_document(self):
        """Return the document that the transfer's goods leave the house for."""
        self.ensure_one()
        return self.requisition_id

    def _is_shipper(self):
        """Return whether packing and shipping is for the user: a setting says for whom."""
        role = self.company_id.sudo().aftersales_shipping_role or "storekeeper"
        return self.env.user.has_group(f"aftersales_service.group_{role}")

    def _as_shipper(self, action):
        pickings = self._as_public(action)
        for picking in pickings:
            if not picking._is_shipper():
                raise AccessError(self.env._("Packing and shipping isn't for your role."))
        return pickings

    def _inspect(self, result, comment=""):
        comment = clean_text(self.env, comment)
        for picking in self._as_public("inspect"):
            picking._check_issued()
            picking._check_inspector(self.env.user, picking.issued_by_id | picking.packed_by_id)
            picking._record_act(
                "inspect",
                {
                    "inspection_result": result,
                    "inspected_at": fields.Datetime.now(),
                    "inspected_by_id": self.env.uid,
                },
                comment,
            )
        return True

    def _check_inspector(self, inspector, handlers):
        """Raise when the same person inspects the goods and handles them, in whichever
        order (law 4)."""
        if inspector & handlers:
            raise UserError(self.env._("Who issued or packed the goods doesn't inspect them."))

    def _check_issued(self):
        self.ensure_one()
        requisition = self.requisition_id.sudo()
        if not requisition or requisition.fulfilment != "issued" or self.state != "done":
            raise UserError(
                self.env._("%s: the material hasn't been issued, or has left already.", self.name)
            )

    def _check_can_ship(self):
        missing = []
        if not self.packed_at:
            missing.append(self.env._("packing"))
        if self.company_id.sudo().aftersales_exit_inspection and self.inspection_result != "pass":
            missing.append(self.env._("passed exit inspection"))
        if not self.carrier_partner_id and self.transport_mode != "self":
            missing.append(self.env._("carrier"))
        if not self.waybill and self.transport_mode != "self":
            missing.append(self.env._("waybill"))
        if not self.box_count:
            missing.append(self.env._("number of boxes"))
        if missing:
            raise UserError(
                self.env._(
                    "%(picking)s can't be shipped; missing: %(missing)s.",
                    picking=self.name,
                    missing=join_words(self.env, missing),
                )
            )

    def _record_act(self, act, vals, comment=""):
        """Put an act of the store on the evidence of the requisition."""
        self.sudo()._door_write(vals)
        self.requisition_id._append_evidence(
            act, comment=comment, extra={"transfer": self._get_evidence_extra()}
        )

    def _get_evidence_extra(self):
        """Return what moved and how it is shipped, as plain data."""
        picking = self.with_env(self.env(su=True, context={}))
        return {
            "number": picking.name,
            "lines": [
                {
                    "product_id": line.product_id.id,
                    "product": f"[{line.product_id.default_code or ''}] {line.product_id.name}",
                    "lot_id": line.lot_id.id or 0,
                    "lot": line.lot_id.name or "",
                    "quantity": f"{line.quantity_product_uom:.6f}",
                    "from": line.location_id.complete_name,
                    "to": line.location_dest_id.complete_name,
                }
                for line in picking.move_line_ids.sorted("id")
            ],
            "carrier_id": picking.carrier_partner_id.id or 0,
            "shipping": {
                name: str(
                    picking[name].display_name
                    if name == "carrier_partner_id"
                    else picking[name] or ""
                )
                for name in SHIPPING_FIELDS
            },
        }


class AftersalesRequisition(models.Model):
    _inherit = "aftersales.requisition"

    def _record_issue(self, moves):
        """Put the issue on record and move the requisition on (发料)."""
        self.ensure_one()
        requisition = self.with_env(moves.env)
        picking = moves.picking_id
        if not picking or self.fulfilment == "issued":
            return
        picking.sudo()._door_write({"issued_by_id": moves.env.uid})
        requisition._append_evidence(
            "issue",
            door_vals={"fulfilment": "issued"},
            extra={"transfer": picking[:1]._get_evidence_extra()},
        )
