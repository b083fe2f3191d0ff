from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.fields import company_of, proposed
from .aftersales_unit import FIRST_DAY, LAST_DAY, add_months


class AftersalesUnitTerm(models.Model):
    """The own warranty of a replaced part or of a paid repair on a delivered unit.

    A term is entered once; a wrong one is deleted and entered again, and the unit's
    history shows both.
    """

    _name = "aftersales.unit.term"
    _inherit = ["aftersales.guard"]
    _description = "Own Warranty on a Unit"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    unit_id = fields.Many2one(
        "aftersales.unit", guard="fixed", required=True, index=True, ondelete="restrict"
    )
    company_id = company_of("unit_id")
    kind = fields.Selection(
        [("part", "Replaced Part"), ("repair", "Paid Repair")],
        guard="fixed",
        required=True,
        default="part",
    )
    product_id = fields.Many2one(
        "product.product", guard="fixed", ondelete="restrict", check_company=True
    )
    name = fields.Char(
        string="Part or Work", guard="fixed", required=True, **proposed("_compute_name")
    )
    date_start = fields.Date(
        string="Starts on",
        guard="fixed",
        required=True,
        default=lambda self: self.env.company._aftersales_today(),
    )
    months = fields.Integer(guard="fixed", required=True, default=12)
    date_end = fields.Date(
        string="Ends on",
        guard="door",
        compute="_compute_date_end",
        store=True,
        precompute=True,
        help="The last day of the warranty.",
    )
    note = fields.Char(guard="free")

    _months_range = models.Constraint(
        "CHECK (months BETWEEN 1 AND 600)", "Warranty months are between 1 and 600."
    )

    @api.depends("product_id")
    def _compute_name(self):
        for term in self:
            if not term.name:
                term.name = term.product_id.display_name

    @api.depends("date_start", "months")
    def _compute_date_end(self):
        for term in self:
            term.date_end = term.date_start and add_months(term.date_start, term.months)

    @api.constrains("date_start")
    def _check_date_start(self):
        for term in self:
            if not FIRST_DAY <= term.date_start <= LAST_DAY:
                raise ValidationError(
                    self.env._("A warranty can't start on %s.", str(term.date_start))
                )

    @api.model_create_multi
    def create(self, vals_list):
        terms = super().create(vals_list)
        for term in terms:
            term._note_on_unit(self.env._("Own warranty entered"))
        return terms

    @api.ondelete(at_uninstall=True)
    def _unlink_with_note(self):
        for term in self:
            term._note_on_unit(self.env._("Own warranty deleted"))

    def _note_on_unit(self, what):
        self.unit_id.sudo().message_post(
            body=self.env._(
                "%(what)s: %(name)s, %(months)s months from %(start)s",
                what=what,
                name=self.name,
                months=self.months,
                start=str(self.date_start),
            )
        )
