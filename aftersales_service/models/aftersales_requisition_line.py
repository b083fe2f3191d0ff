from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.fields import company_of, proposed
from ..tools.text import clean_text, join_words

MAX_QUANTITY = 1_000_000


class AftersalesRequisitionLine(models.Model):
    """One part that a job needs: asked for, reviewed, promised, issued.

    Before the review a line may be a free name and model; the reviewer assigns the
    material code, corrects the quantity or names a substitute (代用料), and each
    of it is on record as an amendment (R004-14). ``qty_product`` and ``qty_issued``
    are in the product's own unit; the database refuses more issued than approved.
    """

    _name = "aftersales.requisition.line"
    _inherit = ["aftersales.guard"]
    _description = "Requisition Line"
    _order = "requisition_id, sequence, id"
    _check_company_auto = True
    _guard_parent = "requisition_id"

    requisition_id = fields.Many2one(
        "aftersales.requisition", guard="fixed", required=True, ondelete="cascade", index=True
    )
    company_id = company_of("requisition_id")
    sequence = fields.Integer(default=10, guard="free")
    sequence_text = fields.Char(compute="_compute_sequence_text")
    product_id = fields.Many2one(
        "product.product",
        string="Material Code",
        guard="locked",
        amend=("review",),
        domain="[('type', '=', 'consu')]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    name = fields.Char(guard="locked", amend=("review",), **proposed("_compute_from_product"))
    spec = fields.Char(
        string="Model and Specification",
        guard="locked",
        amend=("review",),
        **proposed("_compute_from_product"),
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        string="Unit of Measure",
        guard="locked",
        amend=("review",),
        required=True,
        **proposed("_compute_from_product"),
        ondelete="restrict",
    )
    requested_qty = fields.Float(
        string="Requested", guard="locked", digits="Product Unit", required=True, default=1.0
    )
    approved_qty = fields.Float(
        string="Approved",
        guard="locked",
        amend=("review",),
        digits="Product Unit",
        copy=False,
        help="What the review allows; zero strikes the line.",
    )
    substitute_for = fields.Char(
        guard="locked", amend=("review",), copy=False, help="The material this one stands in for."
    )
    source = fields.Selection(
        [("buy", "Buy"), ("make", "Make")],
        guard="locked",
        amend=("review",),
        **proposed("_compute_from_product"),
        help="Where it comes from when it isn't on stock: the office that feeds back a lead time.",
    )
    reason = fields.Char(guard="locked")
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Goes into Unit",
        guard="locked",
        **proposed("_compute_unit_id"),
        index="btree_not_null",
        check_company=True,
    )
    old_part_returns = fields.Boolean(string="Old Part Comes Back", guard="locked")
    old_serial = fields.Char(
        string="Old Part No.", guard="locked", help="Number on the part that is replaced."
    )
    remark = fields.Char(guard="locked", amend=("review", "feedback"))
    lead_days = fields.Integer(
        string="Lead Time (Days)",
        aggregator=None,
        guard="locked",
        amend=("feedback",),
        copy=False,
    )
    promised_date = fields.Date(string="Promised", guard="locked", amend=("feedback",), copy=False)

    qty_product = fields.Float(
        string="Approved (Product Unit)", guard="door", digits="Product Unit", copy=False
    )
    qty_issued = fields.Float(
        string="Issued Quantity", guard="door", digits="Product Unit", copy=False
    )
    move_ids = fields.One2many("stock.move", "requisition_line_id", string="Stock Moves")
    available_qty = fields.Float(string="On Stock", compute="_compute_stock", digits="Product Unit")
    shortage_qty = fields.Float(string="Shortage", compute="_compute_stock", digits="Product Unit")
    forecast_date = fields.Date(string="Forecast", compute="_compute_stock")
    proposed_date = fields.Date(compute="_compute_proposed_date")
    is_slipped = fields.Boolean(compute="_compute_stock")

    _requested_qty_positive = models.Constraint(
        f"CHECK (requested_qty > 0 AND requested_qty < {MAX_QUANTITY})",
        "A requested quantity is greater than zero and less than a million.",
    )
    _approved_qty_range = models.Constraint(
        f"CHECK (approved_qty IS NULL OR (approved_qty >= 0 AND approved_qty < {MAX_QUANTITY}))",
        "An approved quantity is zero or more and less than a million.",
    )
    _lead_days_range = models.Constraint(
        "CHECK (lead_days IS NULL OR (lead_days >= 0 AND lead_days <= 3650))",
        "A lead time is between 0 and 3650 days.",
    )
    _issued_within_approved = models.Constraint(
        "CHECK (coalesce(qty_issued, 0) >= 0"
        " AND coalesce(qty_issued, 0) <= coalesce(qty_product, 0))",
        "More can't be issued than was approved.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("product_id", "name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.name or line.product_id.display_name or str(line.id or "")

    @api.depends("requisition_id.line_ids")
    def _compute_sequence_text(self):
        for line in self:
            lines = line.requisition_id.line_ids.ids
            line.sequence_text = str(lines.index(line.id) + 1) if line.id in lines else ""

    @api.depends("product_id")
    def _compute_from_product(self):
        unit = self.env.ref("uom.product_uom_unit")
        for line in self:
            product = line.product_id
            line.name = product.name or line.name
            line.spec = product.aftersales_spec or line.spec
            if not line.product_uom_id or (
                product and not line._is_other_size(line.product_uom_id, product.uom_id)
            ):
                line.product_uom_id = product.uom_id or unit
            line.source = product.aftersales_source or line.source or "buy"

    @api.model
    def _is_other_size(self, unit, own_unit):
        """Return whether a unit was chosen on purpose: the product's own in another size."""
        return unit._has_common_reference(own_unit) and unit.factor != own_unit.factor

    @api.depends("requisition_id.unit_id")
    def _compute_unit_id(self):
        for line in self:
            line.unit_id = line.unit_id or line.requisition_id.unit_id

    @api.depends(
        "product_id", "approved_qty", "requested_qty", "move_ids.state", "move_ids.quantity"
    )
    def _compute_stock(self):
        for requisition, lines in self.grouped("requisition_id").items():
            warehouse = requisition.warehouse_id
            products = lines.product_id.with_context(warehouse_id=warehouse.id)
            free = {product.id: product.free_qty for product in products.sudo()}
            for line in lines:
                moves = line.sudo().move_ids.filtered(
                    lambda move: move.state not in ("cancel", "done")
                )
                needed = line.qty_product or line._get_product_qty()
                reserved = sum(moves.mapped("quantity"))
                line.available_qty = free.get(line.product_id.id, 0.0) + reserved
                open_qty = max(needed - line.qty_issued - reserved, 0.0)
                covered = 0.0 if line.qty_product else free.get(line.product_id.id, 0.0)
                line.shortage_qty = max(open_qty - max(covered, 0.0), 0.0)
                expected = [
                    move.forecast_expected_date for move in moves if move.forecast_expected_date
                ]
                line.forecast_date = (
                    requisition.company_id._aftersales_date(max(expected)) if expected else False
                )
                line.is_slipped = line._is_slipped()

    @api.depends("product_id", "source", "lead_days")
    def _compute_proposed_date(self):
        """Propose a promise: the stock forecast, else the vendor's or our own delay."""
        for line in self:
            today = line.company_id._aftersales_today() if line.company_id else fields.Date.today()
            days = line.lead_days or line._get_proposed_days()
            line.proposed_date = line.forecast_date or fields.Date.add(today, days=days)

    def _get_proposed_days(self):
        """Return the days that the product's data propose (R004-15)."""
        product = self.product_id
        if self.source == "make":
            return product.aftersales_make_days
        sellers = product.sudo().seller_ids.filtered(
            lambda seller: not seller.company_id or seller.company_id == self.company_id
        )
        return sellers[:1].delay if sellers else 0

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_use_proposal(self):
        """Take the proposed lead time over for the lines that have no promise yet."""
        requisitions = self.requisition_id._as_public()
        for line in self.with_env(requisitions.env).filtered(lambda item: not item.promised_date):
            today = line.company_id._aftersales_today()
            proposed = line.proposed_date
            line.write({"promised_date": proposed, "lead_days": max((proposed - today).days, 0)})
        return True

    def action_change_promise(self, promised_date=None, reason=""):
        """Change a promise that has been fed back; the old one stays on record.

        :param promised_date: the new date, ISO text or date
        """
        lines = self.with_env(self.requisition_id._as_public("change_promise").env)
        try:
            date = fields.Date.to_date(promised_date)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%s is not a date.", promised_date)) from error
        for line in lines:
            line._change_promise(date, clean_text(self.env, reason))
        return True

    def _change_promise(self, promised_date, reason):
        requisition = self.requisition_id
        requisition._check_state("approved")
        role = {"make": "group_planner", "buy": "group_buyer"}[self.source]
        if not self.env.user.has_group(f"aftersales_service.{role}"):
            raise UserError(
                self.env._("The promise of %s is given by the other office.", self.display_name)
            )
        if not self.promised_date or not promised_date or not reason:
            raise UserError(
                self.env._("Give the new date and the reason for %s.", self.display_name)
            )
        if not self._is_short():
            raise UserError(self.env._("%s is there already.", self.display_name))
        before = fields.Date.to_string(self.promised_date)
        self.sudo()._door_write({"promised_date": promised_date})
        requisition._append_evidence(
            "feedback",
            comment=self.env._(
                "%(line)s: %(before)s → %(after)s, %(reason)s",
                line=self.display_name,
                before=before,
                after=fields.Date.to_string(promised_date),
                reason=reason,
            ),
            scope=self.source,
        )
        requisition._notify_people(
            requisition.supervisor_id,
            self.env._(
                "%(document)s: the promise for %(line)s changed from %(before)s to %(after)s: "
                "%(reason)s",
                document=requisition.name,
                line=self.display_name,
                before=before,
                after=fields.Date.to_string(promised_date),
                reason=reason,
            ),
        )

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    @api.constrains("product_id", "product_uom_id")
    def _check_units(self):
        for line in self.filtered("product_id"):
            if not line.product_uom_id._has_common_reference(line.product_id.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(product)s is kept in %(unit)s; %(wrong)s can't be converted.",
                        product=line.product_id.display_name,
                        unit=line.product_id.uom_id.name,
                        wrong=line.product_uom_id.name,
                    )
                )

    def _check_material(self):
        """Raise when the last decision would approve lines that can't be issued."""
        nameless = self.filtered(lambda line: line.approved_qty and not line.product_id)
        if nameless:
            raise UserError(
                self.env._(
                    "Assign a material code to: %s.",
                    join_words(self.env, nameless.mapped("display_name")),
                )
            )
        if not any(line.approved_qty for line in self):
            raise UserError(self.env._("Every line is struck: reject the requisition instead."))
        tiny = self.filtered(lambda line: line.approved_qty and not line._get_product_qty())
        if tiny:
            raise UserError(
                self.env._(
                    "The quantity of %s is less than the smallest unit.", tiny[0].display_name
                )
            )

    def _check_feedback(self, scope):
        missing = self.filtered(
            lambda line: line.source == scope and line._is_short() and not line.promised_date
        )
        if missing:
            raise UserError(
                self.env._(
                    "Feed back a promised date for: %s.",
                    join_words(self.env, missing.mapped("display_name")),
                )
            )

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_product_qty(self):
        """Return the approved quantity in the product's unit, rounded half up."""
        product = self.product_id
        quantity = self.approved_qty if self.requisition_id.state != "draft" else self.requested_qty
        if not product:
            return quantity
        return self.product_uom_id._compute_quantity(
            quantity, product.uom_id, rounding_method="HALF-UP"
        )

    def _prepare_move_vals(self, picking_type, source):
        requisition = self.requisition_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.qty_product,
            "product_uom": self.product_id.uom_id.id,
            "location_id": source.id,
            "location_dest_id": requisition.purpose_id.id,
            "picking_type_id": picking_type.id,
            "company_id": requisition.company_id.id,
            "origin": requisition.name,
            "requisition_line_id": self.id,
        }

    def _check_approved_unit(self):
        """Raise when the product's unit isn't the one that was approved any more."""
        for line in self.filtered("product_id"):
            if line.product_id.uom_id.compare(line.qty_product, line._get_product_qty()):
                raise UserError(
                    self.env._(
                        "The unit of %(product)s was changed after the review. Revise %(document)s "
                        "and have it reviewed again.",
                        product=line.product_id.display_name,
                        document=line.requisition_id.name,
                    )
                )

    def _get_moved_quantities(self):
        """Return {line: quantity of its done moves}, in the product's unit, half up."""
        moved = dict.fromkeys(self, 0.0)
        groups = (
            self.env["stock.move"]
            .sudo()
            ._read_group(
                [("requisition_line_id", "in", self.ids), ("state", "=", "done")],
                ["requisition_line_id", "product_uom"],
                ["quantity:sum"],
            )
        )
        for line, unit, quantity in groups:
            moved[line] += unit._compute_quantity(quantity, line.product_id.uom_id, round=False)
        return {
            line: line.product_id.uom_id.round(quantity) if line.product_id else quantity
            for line, quantity in moved.items()
        }

    def _is_issued(self):
        return self.product_id.uom_id.compare(self.qty_issued, self.qty_product) == 0

    def _is_short(self):
        """Return whether the line isn't issued and not fully reserved either."""
        if not self.qty_product or self._is_issued():
            return False
        return not self._is_reserved()

    def _is_reserved(self):
        """Return whether all that was approved lies reserved for the line."""
        moves = self.sudo().move_ids.filtered(lambda move: move.state != "cancel")
        reserved = sum(moves.mapped("quantity"))
        return (
            bool(moves)
            and all(move.state in ("assigned", "done") for move in moves)
            and self.product_id.uom_id.compare(reserved, self.qty_product) >= 0
        )

    def _is_slipped(self):
        """Return whether the part is forecast, or already is, later than promised."""
        if not self.promised_date or not self._is_short():
            return False
        today = self.company_id._aftersales_today()
        return self.promised_date < today or bool(
            self.forecast_date and self.forecast_date > self.promised_date
        )

    def _get_missing_text(self):
        until = self.forecast_date or self.promised_date
        return self.env._(
            "%(product)s is short of %(quantity)s (expected %(date)s)",
            product=self.display_name,
            quantity=f"{self.shortage_qty:g} {self.product_id.uom_id.name or ''}".strip(),
            date=fields.Date.to_string(until) if until else "-",
        )
