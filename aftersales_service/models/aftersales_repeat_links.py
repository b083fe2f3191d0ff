from odoo import api, fields, models
from odoo.fields import Domain

from .helpdesk_ticket import INTERNAL

REPEAT_HELP = "The same unit, serial number or lot had another fault in the months before."
FAULT_FIELDS = {"unit_id", "serial_number", "reported_at", "category_id"}


class AftersalesRepeatFlag(models.AbstractModel):
    """What a document or line shows of earlier faults of the same thing (R002-14)."""

    _name = "aftersales.repeat.flag"
    _description = "Flag of Repeat Faults"

    _repeat_link = ""

    is_repeat = fields.Boolean(
        string="Repeat Fault",
        compute="_compute_repeat",
        search="_search_is_repeat",
        help=REPEAT_HELP,
        groups=INTERNAL,
    )
    repeat_text = fields.Char(string="Faults before", compute="_compute_repeat", groups=INTERNAL)

    def _compute_repeat(self):
        link = self._repeat_link
        found = self.env["aftersales.repeat"].sudo()._find(link, self._origin.ids)[link]
        for record in self:
            _numbers, texts = found.get(record._origin.id, ([], []))
            record.is_repeat = bool(texts)
            record.repeat_text = ", ".join(texts)

    @api.model
    def _search_is_repeat(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.env["aftersales.repeat"].search([(self._repeat_link, "!=", False)])
        found = Domain("id", "in", rows[self._repeat_link].ids)
        return found if True in value else ~found


class HelpdeskTicket(models.Model):
    """Quality hears of a request about what has failed before."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "aftersales.repeat.flag"]
    _repeat_link = "ticket_id"

    repeat_told_at = fields.Datetime(
        string="Quality Told on", guard="door", copy=False, groups=INTERNAL
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._tell_repeats()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if FAULT_FIELDS & vals.keys():
            self._tell_repeats()
        return result

    def _tell_repeats(self):
        tickets = self.sudo().filtered(lambda ticket: ticket.serial_number or ticket.unit_id)
        self.env["aftersales.repeat"]._tell_quality("ticket_id", tickets.ids)


class AftersalesFinding(models.Model):
    """A finding is made in the knowledge of what has failed before."""

    _inherit = "aftersales.finding"

    is_repeat = fields.Boolean(
        related="ticket_id.is_repeat", string="Repeat Fault", help=REPEAT_HELP
    )
    repeat_text = fields.Char(related="ticket_id.repeat_text", string="Faults before")


class AftersalesReturn(models.Model):
    """Quality hears of a return of what has failed before."""

    _name = "aftersales.return"
    _inherit = ["aftersales.return", "aftersales.repeat.flag"]
    _repeat_link = "return_id"

    repeat_told_at = fields.Datetime(string="Quality Told on", guard="door", copy=False)

    def action_submit(self):
        result = super().action_submit()
        self.env["aftersales.repeat"]._tell_quality("return_id", self.ids)
        return result

    def _record_receipt(self, moves, steps):
        """Another number may have come than the form says."""
        result = super()._record_receipt(moves, steps)
        others = self.filtered("is_lot_different")
        self.env["aftersales.repeat"]._tell_quality("return_id", others.ids)
        return result


class AftersalesReturnLine(models.Model):
    _name = "aftersales.return.line"
    _inherit = ["aftersales.return.line", "aftersales.repeat.flag"]
    _repeat_link = "line_id"
