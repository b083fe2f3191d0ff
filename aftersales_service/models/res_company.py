from datetime import datetime, time

import pytz

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_tz = fields.Selection(
        _tz_get,
        string="Service Time Zone",
        default="Asia/Shanghai",
        required=True,
        help="Dates that carry a duty (warranty, promise, retention) are days here.",
    )
    aftersales_warranty_months_delivery = fields.Integer(
        string="Warranty Months from Delivery", default=18
    )
    aftersales_warranty_months_commissioning = fields.Integer(
        string="Warranty Months from Commissioning", default=12
    )
    # R001-34
    aftersales_exit_inspection = fields.Boolean(
        string="Exit Inspection",
        help="Nothing is shipped before its exit inspection has passed.",
    )
    # R004-18, R004-20
    aftersales_shipping_role = fields.Selection(
        [("storekeeper", "Storekeeper"), ("supervisor", "Service Supervisor")],
        string="Who Packs and Ships",
        default="storekeeper",
        required=True,
        help="Who packs, books the carrier and confirms the shipment.",
    )
    aftersales_requisition_form_code = fields.Char(string="Form Code: Requisition")
    aftersales_requisition_form_version = fields.Char(
        string="Form Version: Requisition", default="A/0"
    )
    aftersales_issue_form_code = fields.Char(string="Form Code: Material Issue")
    aftersales_issue_form_version = fields.Char(
        string="Form Version: Material Issue", default="A/0"
    )
    aftersales_shipping_form_code = fields.Char(string="Form Code: Shipping List")
    aftersales_shipping_form_version = fields.Char(
        string="Form Version: Shipping List", default="A/0"
    )
    aftersales_retention_years = fields.Integer(
        string="Retention (Years)",
        default=5,
        required=True,
        help="How long the forms stay on file; printed in their feet.",
    )

    _aftersales_months = models.Constraint(
        "CHECK (aftersales_warranty_months_delivery >= 0"
        " AND aftersales_warranty_months_commissioning >= 0)",
        "Warranty months can't be negative.",
    )
    _aftersales_retention = models.Constraint(
        "CHECK (aftersales_retention_years > 0)", "Forms are kept for a year at least."
    )

    # ------------------------------------------------------------------
    # Days of the company
    # ------------------------------------------------------------------
    def _aftersales_zone(self):
        self.ensure_one()
        return pytz.timezone(self.sudo().aftersales_tz or "Asia/Shanghai")

    def _aftersales_date(self, moment):
        """Return the company's day of a UTC moment."""
        return pytz.utc.localize(moment).astimezone(self._aftersales_zone()).date()

    def _aftersales_today(self):
        """Return today in the company's time zone."""
        return self._aftersales_date(fields.Datetime.now())

    def _aftersales_day_start(self, day):
        """Return the UTC moment at which a day of the company begins."""
        local = self._aftersales_zone().localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # What every company has
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.sudo()._aftersales_create_locations()
        return companies

    @api.model
    def _aftersales_setup(self):
        """Give the companies and warehouses that exist already what new ones get."""
        self.sudo().search([("id", ">", 0)])._aftersales_create_locations()
        self.env["stock.warehouse"].sudo().search([("id", ">", 0)])._aftersales_create_operations()

    @api.model
    def _aftersales_translate(self):
        """Name what the companies were given in their languages, after one was loaded."""
        self.sudo().search([("id", ">", 0)])._aftersales_rename_locations()
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        warehouses.search([("id", ">", 0)])._aftersales_translate_operations()
