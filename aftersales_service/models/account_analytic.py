from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import at_work

COST_KINDS = [
    ("parts", "Parts"),
    ("labour", "Labour"),
    ("travel", "Travel"),
    ("other", "Other"),
]


class AccountAnalyticLine(models.Model):
    """Cost of service as the system has posted it: it isn't changed, but corrected.

    What finance books itself on the account of a request is core's own affair.
    """

    _inherit = "account.analytic.line"

    # which source has been posted is said by the posting alone
    _AFTERSALES_SOURCE = {
        "aftersales_kind",
        "aftersales_ticket_id",
        "aftersales_move_id",
        "aftersales_worksheet_id",
        "aftersales_seq",
    }
    _AFTERSALES_FREE = {"user_id", "general_account_id", "code"}

    aftersales_kind = fields.Selection(COST_KINDS, string="Kind of Cost", readonly=True, copy=False)
    aftersales_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    aftersales_move_id = fields.Many2one(
        "stock.move", string="Issued or Returned by", readonly=True, copy=False, ondelete="restrict"
    )
    aftersales_worksheet_id = fields.Many2one(
        "aftersales.worksheet",
        string="Signed Work Sheet",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    aftersales_seq = fields.Integer(string="Posting of the Source", readonly=True, copy=False)

    # nothing is posted twice, whoever posts at the same moment
    _aftersales_move_once = models.UniqueIndex(
        "(aftersales_move_id, aftersales_seq) WHERE aftersales_move_id IS NOT NULL",
        "This material has just been posted by somebody else. Try again.",
    )
    _aftersales_worksheet_once = models.UniqueIndex(
        "(aftersales_worksheet_id, product_id, aftersales_seq)"
        " WHERE aftersales_worksheet_id IS NOT NULL",
        "This work has just been posted by somebody else. Try again.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # after the fact, because a context can name a source as well
        if not at_work():
            lines._check_not_aftersales()
        return lines

    def write(self, vals):
        if at_work():
            return super().write(vals)
        if vals.keys() - self._AFTERSALES_FREE:
            self._check_not_aftersales()
        result = super().write(vals)
        if vals.keys() & self._AFTERSALES_SOURCE:
            self._check_not_aftersales()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_aftersales(self):
        if not at_work():
            self._check_not_aftersales()

    def _check_not_aftersales(self):
        for line in self.sudo():
            if any(line[name] for name in self._AFTERSALES_SOURCE):
                raise UserError(
                    self.env._(
                        "%s is posted by the after-sales service itself. It follows corrections "
                        "of the issue or the work sheet; book anything else as a line of its own.",
                        line.name,
                    )
                )


class AccountAnalyticAccount(models.Model):
    _inherit = "account.analytic.account"

    aftersales_ticket_ids = fields.One2many(
        "helpdesk.ticket", "aftersales_analytic_id", string="Service Requests"
    )

    @api.constrains("plan_id", "company_id")
    def _check_aftersales_plan(self):
        """The account of a request stays in the plan by which its cost is counted."""
        plan = self.env.ref("aftersales_service.analytic_plan", raise_if_not_found=False)
        for account in self.sudo().filtered("aftersales_ticket_ids"):
            tickets = account.aftersales_ticket_ids
            if account.root_plan_id != plan or account.company_id != tickets.company_id:
                raise ValidationError(
                    self.env._(
                        "%(account)s counts the cost of %(request)s: plan and company stay.",
                        account=account.name,
                        request=tickets[0].number,
                    )
                )
