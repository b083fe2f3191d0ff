from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.engine import at_work, engine

PURPOSES = [
    ("free", "Free Service"),
    ("paid", "Paid Service"),
    ("goodwill", "Goodwill"),
    ("loan", "Loan"),
]


class StockLocation(models.Model):
    """Destinations that say what material is used for (收发类别).

    The purpose is a location, so that the ledger account follows the location's
    valuation account. What is lent stays ours: its location is internal and lies
    outside every warehouse.
    """

    _inherit = "stock.location"

    aftersales_purpose = fields.Selection(
        PURPOSES, string="Issue Purpose", index="btree_not_null", copy=False
    )

    _aftersales_purpose_unique = models.UniqueIndex(
        "(company_id, aftersales_purpose) WHERE aftersales_purpose IS NOT NULL",
        "A company has one location for each issue purpose.",
    )

    @api.depends("aftersales_purpose")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Call a purpose what people call it, without the path to its location."""
        result = super()._compute_display_name()
        labels = dict(self._fields["aftersales_purpose"]._description_selection(self.env))
        for location in self.filtered("aftersales_purpose"):
            location.display_name = labels[location.aftersales_purpose]
        return result

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("aftersales_purpose") for vals in vals_list):
            self._check_purpose()
        return super().create(vals_list)

    def write(self, vals):
        if "aftersales_purpose" in vals:
            self._check_purpose()
        return super().write(vals)

    def _check_purpose(self):
        if not at_work():
            raise UserError(
                self.env._("A company makes the locations of its issue purposes itself.")
            )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _aftersales_create_locations(self):
        """Create the purpose locations that the companies don't have yet."""
        Location = self.env["stock.location"].sudo().with_context(active_test=False)
        existing = {
            (location.company_id.id, location.aftersales_purpose)
            for location in Location.search([("aftersales_purpose", "!=", False)])
        }
        customers = self.env.ref("stock.stock_location_customers")
        names = {
            "free": self.env._("Free After-Sales Service"),
            "paid": self.env._("Paid After-Sales Service"),
            "goodwill": self.env._("Goodwill After-Sales Service"),
            "loan": self.env._("After-Sales Loans"),
        }
        vals_list = [
            {
                "name": names[purpose],
                "usage": "internal" if purpose == "loan" else "customer",
                "location_id": False if purpose == "loan" else customers.id,
                "company_id": company.id,
                "aftersales_purpose": purpose,
            }
            for company in self
            for purpose, _label in PURPOSES
            if (company.id, purpose) not in existing
        ]
        with engine():
            Location.create(vals_list)

    def _aftersales_purpose_location(self, purpose):
        """Return the company's location for an issue purpose."""
        self.ensure_one()
        return (
            self.env["stock.location"]
            .sudo()
            .search([("company_id", "=", self.id), ("aftersales_purpose", "=", purpose)], limit=1)
        )
