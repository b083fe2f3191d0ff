from odoo import api, fields, models
from odoo.fields import Domain

WAITING = ("to_dispose", "to_send")
REMIND_DAYS = 7


class AftersalesRepairUnclaimed(models.Model):
    """Units that nobody claims (无人认领): another's property that fills the quarantine."""

    _inherit = "aftersales.repair"

    days_waiting = fields.Integer(
        string="Days Waited",
        compute="_compute_days_waiting",
        aggregator=None,
        help="Since the unit came in, or since it waits for the customer.",
    )
    is_unclaimed = fields.Boolean(
        string="Unclaimed",
        compute="_compute_is_unclaimed",
        search="_search_is_unclaimed",
        help="It has waited for the customer longer than the company allows.",
    )
    reminded_at = fields.Datetime(guard="door", readonly=True, copy=False)

    @api.depends("waiting_since", "received_at", "in_house")
    def _compute_days_waiting(self):
        for repair in self:
            since = (repair.waiting_since or repair.received_at) if repair.in_house else False
            company = repair.company_id
            repair.days_waiting = (
                (company._aftersales_today() - company._aftersales_date(since)).days if since else 0
            )

    @api.depends("progress", "waiting_since")
    def _compute_is_unclaimed(self):
        for repair in self:
            days = repair.company_id.sudo().aftersales_repair_unclaimed_days
            repair.is_unclaimed = repair.progress in WAITING and repair.days_waiting >= days

    @api.model
    def _search_is_unclaimed(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain("progress", "in", WAITING)
        found = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("waiting_since", "<", company._aftersales_unclaimed_before())
            for company in self.env["res.company"].sudo().search([("id", ">", 0)])
        )
        return waiting & found if True in value else ~(waiting & found)

    @api.model
    def _cron_remind_unclaimed(self, limit=200):
        """Remind the supervisor once a week of each unit that nobody claims (R000-46)."""
        now = fields.Datetime.now()
        before = fields.Datetime.subtract(now, days=REMIND_DAYS)
        domain = Domain("is_unclaimed", "=", True) & (
            Domain("reminded_at", "=", False) | Domain("reminded_at", "<", before)
        )
        repairs = self.sudo().search(domain, limit=limit, order="waiting_since, id")
        for repair in repairs:
            people = repair.supervisor_id or self.env.ref(
                "aftersales_service.group_supervisor"
            )._aftersales_pool(repair.company_id)
            repair._notify_people(
                people,
                self.env._(
                    "The unit of %(repair)s has waited %(days)s days for %(customer)s: ask again.",
                    repair=repair.name,
                    days=repair.days_waiting,
                    customer=repair.partner_id.name or "-",
                ),
            )
            repair._door_write({"reminded_at": now})
        self.env["ir.cron"]._commit_progress(
            len(repairs), remaining=self.sudo().search_count(domain)
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_repair_unclaimed_days = fields.Integer(
        string="Days until a Unit Counts as Unclaimed",
        default=30,
        help="After them the supervisor is reminded of what waits for the customer.",
    )
    aftersales_repair_form_code = fields.Char(string="Form Code: Factory Repair")
    aftersales_repair_form_version = fields.Char(
        string="Form Version: Factory Repair", default="A/0"
    )

    _aftersales_repair_days = models.Constraint(
        "CHECK (aftersales_repair_unclaimed_days BETWEEN 0 AND 3650)",
        "A unit counts as unclaimed after 0 to 3650 days.",
    )

    def _aftersales_unclaimed_before(self):
        """Return the UTC moment before which a unit began to wait that counts as unclaimed."""
        self.ensure_one()
        first = fields.Date.subtract(
            self._aftersales_today(), days=self.aftersales_repair_unclaimed_days - 1
        )
        return self._aftersales_day_start(first)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_repair_unclaimed_days = fields.Integer(
        related="company_id.aftersales_repair_unclaimed_days", readonly=False
    )
    aftersales_repair_form_code = fields.Char(
        related="company_id.aftersales_repair_form_code", readonly=False
    )
    aftersales_repair_form_version = fields.Char(
        related="company_id.aftersales_repair_form_version", readonly=False
    )
