from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


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
    _two_people = models.Constraint("CHECK (user_id <> deputy_id)", "Nobody is his own deputy.")

    @api.depends("user_id", "deputy_id")
    def _compute_display_name(self):
        for deputy in self:
            deputy.display_name = f"{deputy.deputy_id.name} → {deputy.user_id.name}"

    @api.model_create_multi
    def create(self, vals_list):
        deputies = super().create(vals_list)
        deputies._check_named_by(self.env)
        return deputies

    def write(self, vals):
        self._check_named_by(self.env)
        if "user_id" in vals and any(deputy.user_id.id != vals["user_id"] for deputy in self):
            raise UserError(self.env._("Make a new deputy instead: the person stays who it is."))
        result = super().write(vals)
        self._check_named_by(self.env)
        return result

    def _check_named_by(self, env):
        """Only the person himself or the administrator names a deputy, and the
        administrator not for himself.

        Not a constraint: those run as the superuser, who would always pass.
        """
        if env.su:
            return
        if env.user.has_group("aftersales_service.group_admin"):
            if env.user in self.deputy_id:
                raise AccessError(env._("The administrator signs nothing, as a deputy either."))
        elif self.user_id - env.user:
            raise AccessError(env._("You can only name a deputy for yourself."))

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
