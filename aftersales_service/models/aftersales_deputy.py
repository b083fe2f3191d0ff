from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class AftersalesDeputy(models.Model):
    """A person named to sign for another during a period (代理人,授权代签).

    A deputy signs as deputy, has no deputy of his own through it, and the four
    eyes hold for him as well as for the one he stands for.
    """

    _name = "aftersales.deputy"
    _description = "Deputy"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    user_id = fields.Many2one(
        "res.users",
        string="Signs for",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        domain="[('share', '=', False)]",
    )
    deputy_id = fields.Many2one(
        "res.users",
        string="Deputy",
        required=True,
        index=True,
        domain="[('share', '=', False)]",
    )
    group_id = fields.Many2one(
        "res.groups", string="Role", help="Empty: for every role of the person."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    date_to = fields.Date(required=True)
    reason = fields.Char()

    _period = models.Constraint(
        "CHECK (date_to >= date_from)", "A deputy's period can't end before it begins."
    )
    _two_people = models.Constraint(
        "CHECK (user_id <> deputy_id)", "Nobody is his own deputy."
    )

    @api.depends("user_id", "deputy_id")
    def _compute_display_name(self):
        for deputy in self:
            deputy.display_name = f"{deputy.deputy_id.name} → {deputy.user_id.name}"

    @api.constrains("user_id", "deputy_id", "company_id", "date_from", "date_to", "group_id")
    def _check_named_by(self):
        """Only the person himself or the administrator names a deputy, not for himself."""
        if self.env.su:
            return
        if self.env.user.has_group("aftersales_service.group_admin"):
            if self.env.user in self.deputy_id:
                raise AccessError(self.env._("The administrator signs nothing, as a deputy either."))
            return
        if self.user_id - self.env.user:
            raise AccessError(self.env._("You can only name a deputy for yourself."))

    @api.constrains("deputy_id")
    def _check_internal(self):
        if self.deputy_id.filtered("share") or self.user_id.filtered("share"):
            raise ValidationError(self.env._("A deputy is a user of the company."))

    @api.model
    def _get_active(self, company, user=None):
        """Return the deputies in force today in a company (its own time zone)."""
        today = company._aftersales_today()
        domain = [
            ("company_id", "=", company.id),
            ("date_from", "<=", today),
            ("date_to", ">=", today),
        ]
        if user:
            domain.append(("deputy_id", "=", user.id))
        return self.sudo().search(domain)
