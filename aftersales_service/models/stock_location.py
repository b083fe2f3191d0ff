from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import ormcache

from ..tools.engine import at_work, engine

PURPOSES = [
    ("free", "Free Service"),
    ("paid", "Paid Service"),
    ("goodwill", "Goodwill"),
    ("loan", "Loan"),
]
PLACES = [
    ("quarantine", "Quarantine"),
    ("reject", "Rejects"),
    ("old_parts", "Old Parts Store"),
]
# the two kinds of locations that a company makes itself
KINDS = {"aftersales_purpose": PURPOSES, "aftersales_place": PLACES}
TO_CUSTOMER = ("free", "paid", "goodwill")


class StockLocation(models.Model):
    """Destinations that say what material is used for (收发类别), and the places for what
    comes back (待检区, 不合格品区, 坏件库).

    The purpose is a location, so that the ledger account follows the location's
    valuation account. What is lent stays ours: its location is internal and lies
    outside every warehouse. So do the places: what stands there isn't available.
    """

    _inherit = "stock.location"

    aftersales_purpose = fields.Selection(
        PURPOSES, string="Issue Purpose", index="btree_not_null", copy=False
    )
    aftersales_place = fields.Selection(
        PLACES, string="Place of Returned Goods", index="btree_not_null", copy=False
    )

    _aftersales_purpose_unique = models.UniqueIndex(
        "(company_id, aftersales_purpose) WHERE aftersales_purpose IS NOT NULL",
        "A company has one location for each issue purpose.",
    )
    _aftersales_place_unique = models.UniqueIndex(
        "(company_id, aftersales_place) WHERE aftersales_place IS NOT NULL",
        "A company has one location for each place of returned goods.",
    )

    @api.depends("aftersales_purpose", "aftersales_place")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Call a purpose what people call it, without the path to its location."""
        result = super()._compute_display_name()
        for kind in KINDS:
            labels = dict(self._fields[kind]._description_selection(self.env))
            for location in self.filtered(kind):
                location.display_name = labels[location[kind]]
        return result

    @api.model_create_multi
    def create(self, vals_list):
        locations = super().create(vals_list)
        # after the fact, because a default can say it as well
        if any(location[kind] for location in locations for kind in KINDS):
            self._check_purpose()
        self.env.registry.clear_cache()
        return locations

    def write(self, vals):
        if KINDS.keys() & vals.keys():
            self._check_purpose()
        if {*KINDS, "usage", "company_id", "active"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _check_purpose(self):
        if not at_work():
            raise UserError(
                self.env._(
                    "A company makes the locations of its issue purposes and of returned goods "
                    "itself."
                )
            )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _aftersales_create_locations(self):
        """Create the purpose locations and places that the companies don't have yet."""
        Location = self.env["stock.location"].sudo().with_context(active_test=False)
        existing = {
            (location.company_id.id, kind, location[kind])
            for kind in KINDS
            for location in Location.search([(kind, "!=", False)])
        }
        customers = self.env.ref("stock.stock_location_customers")
        vals_list = [
            {
                "name": company._aftersales_purpose_names()[purpose],
                "usage": "customer" if purpose in TO_CUSTOMER else "internal",
                "location_id": customers.id if purpose in TO_CUSTOMER else False,
                "company_id": company.id,
                kind: purpose,
            }
            for company in self
            for kind, purposes in KINDS.items()
            for purpose, _label in purposes
            if (company.id, kind, purpose) not in existing
        ]
        with engine():
            Location.create(vals_list)

    def _aftersales_purpose_names(self, lang=None):
        """Return {purpose or place: name of its location}, in the language of the company.

        The name of a location has one language only, and whoever makes the location,
        an installation for instance, needn't speak the company's.

        :param lang: code of another language
        """
        lang = lang or self.partner_id.lang
        known = [code for code, _name in self.env["res.lang"].get_installed()]
        env = self.with_context(lang=lang if lang in known else None).env
        return {
            "free": env._("Free After-Sales Service"),
            "paid": env._("Paid After-Sales Service"),
            "goodwill": env._("Goodwill After-Sales Service"),
            "loan": env._("After-Sales Loans"),
            "quarantine": env._("Quarantine of Returned Goods"),
            "reject": env._("Rejected Goods"),
            "old_parts": env._("Old Parts"),
        }

    def _aftersales_rename_locations(self):
        """Call the purpose locations and places as the company's language does, unless
        somebody has given them a name of his own."""
        given = {}
        for lang, _name in self.env["res.lang"].get_installed():
            for purpose, name in self._aftersales_purpose_names(lang).items():
                given.setdefault(purpose, set()).add(name)
        for company in self:
            names = company._aftersales_purpose_names()
            locations = (
                self.env["stock.location"]
                .sudo()
                .with_context(active_test=False)
                .search(
                    Domain("company_id", "=", company.id)
                    & Domain.OR(Domain(kind, "!=", False) for kind in KINDS)
                )
            )
            for location in locations:
                purpose = location.aftersales_purpose or location.aftersales_place
                if location.name in given[purpose] - {names[purpose]}:
                    location.name = names[purpose]

    def _aftersales_purpose_location(self, purpose):
        """Return the company's location for an issue purpose."""
        return self._aftersales_location("aftersales_purpose", purpose)

    def _aftersales_place(self, place):
        """Return the company's place for returned goods: quarantine, reject, old_parts."""
        return self._aftersales_location("aftersales_place", place)

    def _aftersales_location(self, kind, value):
        return self.env["stock.location"].sudo().browse(self._aftersales_location_id(kind, value))

    @ormcache("self.id", "kind", "value")
    def _aftersales_location_id(self, kind, value):
        self.ensure_one()
        domain = [("company_id", "=", self.id), (kind, "=", value)]
        return self.env["stock.location"].sudo().search(domain, limit=1).id

    @ormcache("self.id")
    def _aftersales_scrap_id(self):
        """Return the id of the place where the company writes goods off."""
        self.ensure_one()
        places = self.env["stock.location"].sudo()
        domain = [("usage", "=", "inventory"), ("company_id", "in", (False, self.id))]
        return places.search(domain, order="company_id, id", limit=1).id


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if "lang" in vals:
            companies = self.env["res.company"].sudo().search([("partner_id", "in", self.ids)])
            companies._aftersales_rename_locations()
        return result
