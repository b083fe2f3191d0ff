from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools.fields import own_company, proposed

MAX_QUANTITY = 1_000_000
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2199, 12, 31)
# full-width characters, as an input method types them, to plain ones
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def plain_serial(text):
    """Return a serial number without outer blanks and full-width characters."""
    return (text or "").translate(_NARROW).strip() or False


def add_months(day, months):
    """Return the same day some months later, or the calendar's last one."""
    try:
        return day + relativedelta(months=months)
    except (OverflowError, ValueError):
        return date.max


class AftersalesUnit(models.Model):
    """A delivered product 已交付产品: what was sold, to whom, where it stands.

    The warranty ends some months after delivery or after commissioning, whichever
    comes first (R004-27); its last day is inclusive. As soon as a service request has
    relied on a unit, what decides who pays is closed: a supervisor changes the end of
    the warranty with a reason that stays on record.
    """

    _name = "aftersales.unit"
    _inherit = ["aftersales.guard", "mail.thread", "mail.activity.mixin"]
    _description = "Delivered Unit"
    _order = "delivery_date desc nulls last, id desc"
    _rec_names_search = ["name", "project_name"]
    _check_company_auto = True

    # an empty date may be filled at any time; afterwards only the wizard changes it
    _CLOSED_FIELDS = {"delivery_date", "warranty_months_delivery", "warranty_months_commissioning"}
    _CONTRACT_FIELDS = {"service_contract_ref", "service_contract_until"}

    name = fields.Char(
        string="Unit", guard="door", compute="_compute_name", store=True, precompute=True
    )
    company_id = own_company()
    product_id = fields.Many2one(
        "product.product",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Empty for an old product that isn't in the catalogue.",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial in Stock",
        guard="locked",
        domain="[('product_id', '=', product_id)]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    serial_number = fields.Char(guard="locked", index="trigram", copy=False, tracking=True)
    model_spec = fields.Char(
        string="Model and Specification",
        guard="free",
        **proposed("_compute_model_spec"),
        tracking=True,
    )
    quantity = fields.Float(guard="locked", digits="Product Unit", required=True, default=1.0)

    # the parties and the place
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="free",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The contracting party, who bought and pays.",
    )
    end_user_id = fields.Many2one(
        "res.partner",
        guard="free",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Who runs the equipment.",
    )
    site_partner_id = fields.Many2one(
        "res.partner", string="Site Contact", guard="free", check_company=True
    )
    site_address = fields.Char(guard="free")
    site_state_id = fields.Many2one(
        "res.country.state",
        string="Province",
        guard="free",
        index="btree_not_null",
    )
    site_state_name = fields.Char(
        string="Province (Name)",
        related="site_state_id.name",
        help="The province without its country.",
    )
    project_name = fields.Char(string="Project", guard="free", help="The customer's project.")
    contract_ref = fields.Char(string="Contract Number", guard="free", tracking=True)

    # warranty
    delivery_date = fields.Date(guard="locked", index=True, tracking=True)
    commissioning_date = fields.Date(guard="locked", tracking=True)
    acceptance_date = fields.Date(guard="free", tracking=True)
    warranty_months_delivery = fields.Integer(
        string="Warranty Months from Delivery",
        guard="locked",
        **proposed("_compute_warranty_months_delivery"),
        tracking=True,
        help="0: the delivery doesn't limit the warranty.",
    )
    warranty_months_commissioning = fields.Integer(
        string="Warranty Months from Commissioning",
        guard="locked",
        **proposed("_compute_warranty_months_commissioning"),
        tracking=True,
        help="0: the commissioning doesn't limit the warranty.",
    )
    warranty_end = fields.Date(
        guard="door",
        compute="_compute_warranty_end",
        store=True,
        precompute=True,
        index=True,
        tracking=True,
        help="The last day of the warranty.",
    )
    # an explicit default: the end is computed before a client's default is dropped
    warranty_override_end = fields.Date(
        string="Warranty End Set by Hand", guard="door", copy=False, default=False
    )
    is_in_warranty = fields.Boolean(
        string="In Warranty", compute="_compute_is_in_warranty", search="_search_is_in_warranty"
    )
    service_contract_ref = fields.Char(string="Service Contract", guard="free", tracking=True)
    service_contract_until = fields.Date(guard="free", tracking=True)

    # what came of it
    origin_move_id = fields.Many2one(
        "stock.move",
        string="Delivered by",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    ticket_ids = fields.One2many("helpdesk.ticket", "unit_id", string="Service Requests")
    requisition_line_ids = fields.One2many("aftersales.requisition.line", "unit_id", string="Parts")
    term_ids = fields.One2many("aftersales.unit.term", "unit_id", string="Own Warranties")
    warranty_change_ids = fields.One2many(
        "aftersales.warranty.change", "unit_id", string="Warranty Changes"
    )
    ticket_count = fields.Integer(string="Requests", compute="_compute_counts")
    requisition_line_count = fields.Integer(string="Part Count", compute="_compute_counts")

    # the serial number leads, so that the index also serves a look-up by it alone
    _delivery_index = models.Index("(delivery_date DESC NULLS LAST, id DESC)")
    _serial_unique = models.UniqueIndex(
        "(serial_number, company_id, COALESCE(product_id, 0)) WHERE serial_number IS NOT NULL",
        "A unit of this product with this serial number exists already.",
    )
    _quantity_range = models.Constraint(
        f"CHECK (quantity > 0 AND quantity < {MAX_QUANTITY})",
        "A quantity is greater than zero and less than a million.",
    )
    _months_range = models.Constraint(
        "CHECK (coalesce(warranty_months_delivery, 0) BETWEEN 0 AND 600"
        " AND coalesce(warranty_months_commissioning, 0) BETWEEN 0 AND 600)",
        "Warranty months are between 0 and 600.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("serial_number", "lot_id", "model_spec", "product_id")
    def _compute_name(self):
        for unit in self:
            number = unit.serial_number or unit.lot_id.name
            model = unit.model_spec or unit.product_id.name
            unit.name = " · ".join(filter(None, [number, model]))

    @api.depends("name")
    def _compute_display_name(self):
        for unit in self:
            unit.display_name = unit.name or self.env._("New unit")

    @api.depends("product_id")
    def _compute_model_spec(self):
        for unit in self:
            product = unit.product_id.with_context(display_default_code=False)
            if product:
                unit.model_spec = product.aftersales_spec or product.display_name

    # two methods: one would overwrite the given months of the other while precomputing
    @api.depends("product_id")
    def _compute_warranty_months_delivery(self):
        for unit in self:
            unit.warranty_months_delivery = unit._get_default_months("delivery")

    @api.depends("product_id")
    def _compute_warranty_months_commissioning(self):
        for unit in self:
            unit.warranty_months_commissioning = unit._get_default_months("commissioning")

    @api.depends(
        "delivery_date",
        "commissioning_date",
        "warranty_months_delivery",
        "warranty_months_commissioning",
        "warranty_override_end",
    )
    def _compute_warranty_end(self):
        for unit in self:
            unit.warranty_end = unit.warranty_override_end or min(
                (end for _leg, end in unit._get_warranty_legs()), default=False
            )

    @api.depends("warranty_end")
    def _compute_is_in_warranty(self):
        for unit in self:
            end = unit.warranty_end
            unit.is_in_warranty = bool(end and end >= unit.company_id._aftersales_today())

    def _search_is_in_warranty(self, operator, value):
        if operator != "in":
            return NotImplemented
        # today is another day in another time zone
        zones = self.env["res.company"].sudo()._read_group([], ["aftersales_tz"], ["id:recordset"])
        inside = Domain.OR(
            Domain("company_id", "in", companies.ids)
            & Domain("warranty_end", ">=", companies[:1]._aftersales_today())
            for _zone, companies in zones
        )
        ids = self.with_context(active_test=False)._search(inside)
        return Domain("id", "in", ids)

    def _compute_counts(self):
        def counts(model):
            groups = self.env[model]._read_group(
                [("unit_id", "in", self.ids)], ["unit_id"], ["__count"]
            )
            return {unit.id: count for unit, count in groups}

        tickets = counts("helpdesk.ticket")
        lines = counts("aftersales.requisition.line")
        for unit in self:
            unit.ticket_count = tickets.get(unit.id, 0)
            unit.requisition_line_count = lines.get(unit.id, 0)

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("product_id", "model_spec")
    def _check_named(self):
        for unit in self:
            if not unit.product_id and not (unit.model_spec or "").strip():
                raise ValidationError(
                    self.env._("Give the product or the model of the delivered unit.")
                )

    @api.constrains("product_id", "lot_id")
    def _check_lot(self):
        for unit in self:
            if unit.lot_id and unit.lot_id.product_id != unit.product_id:
                raise ValidationError(
                    self.env._(
                        "%(lot)s isn't a lot of %(product)s.",
                        lot=unit.lot_id.display_name,
                        product=unit.product_id.display_name or "-",
                    )
                )

    @api.constrains("serial_number", "quantity")
    def _check_single(self):
        for unit in self:
            if unit.serial_number and unit.quantity != 1:
                raise ValidationError(
                    self.env._(
                        "%(unit)s has a serial number: each piece is a unit of its own.",
                        unit=unit.display_name,
                    )
                )

    @api.constrains(
        "delivery_date", "commissioning_date", "acceptance_date", "service_contract_until"
    )
    def _check_dates(self):
        for unit in self:
            for name in (
                "delivery_date",
                "commissioning_date",
                "acceptance_date",
                "service_contract_until",
            ):
                if unit[name] and not FIRST_DAY <= unit[name] <= LAST_DAY:
                    raise ValidationError(
                        self.env._(
                            "%(field)s of %(unit)s can't be %(date)s.",
                            field=self._fields[name]._description_string(self.env),
                            unit=unit.display_name,
                            date=str(unit[name]),
                        )
                    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        units = super().create([self._plain_vals(vals) for vals in vals_list])
        # what a client's defaults have set counts as well
        if any(unit[name] for unit in units for name in self._CONTRACT_FIELDS):
            self._check_contract_rights()
        return units

    def write(self, vals):
        vals = self._plain_vals(vals)
        if self._CONTRACT_FIELDS & vals.keys():
            self._check_contract_rights()
        # what decides who pays is tracked
        return super(AftersalesUnit, self._with_history()).write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_only_without_history(self):
        for unit in self.sudo():
            if (
                unit.origin_move_id
                or unit.ticket_ids
                or unit.requisition_line_ids
                or unit.term_ids
                or unit.warranty_change_ids
            ):
                raise UserError(
                    self.env._("%s has a history and stays on file.", unit.display_name)
                )

    @api.model
    def _plain_vals(self, vals):
        if "serial_number" not in vals:
            return vals
        return dict(vals, serial_number=plain_serial(vals["serial_number"]))

    # ------------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------------
    def _guard_is_locked(self):
        """A unit is closed as soon as the coverage of a request rests on it."""
        return bool(
            self.id
            and self.env["helpdesk.ticket"]
            .sudo()
            .with_context(active_test=False)
            .search_count([("unit_id", "=", self.id), ("coverage_frozen_at", "!=", False)], limit=1)
        )

    def _guard_check_locked(self, field_names):
        """Let empty dates be filled, and a supervisor correct what isn't closed."""
        for unit in self:
            changed = {
                name for name in field_names if unit[name] or self._fields[name].type != "date"
            }
            if not changed or not unit._guard_is_locked():
                continue
            if changed & self._CLOSED_FIELDS or not self._is_supervisor():
                unit._raise_locked()
        return self.browse()

    def _raise_locked(self):
        raise UserError(
            self.env._(
                "A service request already rests on %(unit)s: its dates and its identity are "
                "closed. A service supervisor corrects the identity or changes the end of the "
                "warranty with a reason.",
                unit=self.display_name,
            )
        )

    @api.model
    def _check_contract_rights(self):
        """A service contract makes service free: the supervisor enters it."""
        if self.env.su or self._is_supervisor():
            return
        if not self.env.user.has_group("aftersales_service.group_admin"):
            raise AccessError(
                self.env._("Only a service supervisor enters the service contract of a unit.")
            )

    @api.model
    def _is_supervisor(self):
        return self.env.user.has_group("aftersales_service.group_supervisor")

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_view_tickets(self):
        """Open the service requests of the units."""
        self.check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Service Requests"),
            "res_model": "helpdesk.ticket",
            "view_mode": "list,kanban,form",
            "domain": [("unit_id", "in", self.ids)],
        }
        if len(self) == 1:
            action["context"] = {"default_unit_id": self.id}
        return action

    @api.readonly
    def action_view_parts(self):
        """Open what was requested for the units, and what of it was issued."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Parts"),
            "res_model": "aftersales.requisition.line",
            "view_mode": "list",
            "domain": [("unit_id", "in", self.ids)],
            "context": {"create": False},
        }

    # ------------------------------------------------------------------
    # Warranty
    # ------------------------------------------------------------------
    def _get_default_months(self, leg):
        """Return the product's months, else the company's (R004-27)."""
        if self._origin._guard_is_locked():
            # its identity may be corrected, and that changes no warranty
            return self[f"warranty_months_{leg}"]
        name = f"aftersales_warranty_months_{leg}"
        return self.product_id[name] or self.company_id.sudo()[name]

    def _get_warranty_legs(self):
        """Return [(leg, last day)] of the limits whose date is known."""
        self.ensure_one()
        legs = []
        for leg in ("delivery", "commissioning"):
            start, months = self[f"{leg}_date"], self[f"warranty_months_{leg}"]
            if start and months > 0:
                legs.append((leg, add_months(start, months)))
        return legs

    def _get_qr_text(self):
        """Return what the label's QR code says: a scan finds the unit by it."""
        self.ensure_one()
        return self.serial_number or self.name
