from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# what a purpose may be where parts are charged like this; True: with a reason
FITTING = {
    "free": {"free": False, "loan": False, "paid": True},
    "paid": {"paid": False, "loan": False},
    "goodwill": {"goodwill": False, "loan": False, "paid": True},
    "unknown": {"free": False, "paid": False, "loan": False},
}


class AftersalesRequisition(models.Model):
    """What material is issued for follows from who pays (R004-26, R004-28)."""

    _inherit = "aftersales.requisition"

    purpose_reason = fields.Char(
        string="Reason for Another Purpose",
        guard="locked",
        copy=False,
        help="Why parts are charged, though the request is free.",
    )
    purpose_needs_reason = fields.Boolean(compute="_compute_purpose_needs_reason")
    request_charge = fields.Selection(
        related="ticket_id.charge_parts", string="Charge of the Parts"
    )

    @api.depends("ticket_id", "company_id", "ticket_id.charge_parts")
    def _compute_purpose_id(self):
        """Propose what the charge of the request asks for, while it is a draft."""
        for requisition in self:
            if requisition.state not in (False, "draft"):
                continue
            ticket, company = requisition.ticket_id, requisition.company_id
            charge = ticket._charge_of("parts") if ticket else "unknown"
            purpose = "free" if charge == "unknown" else charge
            requisition.purpose_id = (
                company._aftersales_purpose_location(purpose) if company else False
            )

    @api.depends("purpose_id", "ticket_id.charge_parts")
    def _compute_purpose_needs_reason(self):
        for requisition in self:
            charge = (
                requisition.ticket_id._charge_of("parts") if requisition.ticket_id else "unknown"
            )
            purpose = requisition.purpose_id.sudo().aftersales_purpose
            requisition.purpose_needs_reason = FITTING[charge].get(purpose, False)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        result = super()._check_can_submit()
        self._check_purpose_fits()
        return result

    def _check_issue_allowed(self):
        """At the effect: a charge that has changed since the review stops the issue."""
        result = super()._check_issue_allowed()
        self._lock_charge()
        for requisition in self:
            requisition._check_purpose_fits()
        return result

    def _lock_charge(self):
        """Hold who pays while material leaves.

        A finding that is decided at the same moment waits for the issue; an issue whose
        snapshot is older than the decision fails and is repeated on fresh data.
        """
        if tickets := self.ticket_id:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM helpdesk_ticket WHERE id IN %s ORDER BY id FOR SHARE",
                    tuple(tickets.ids),
                )
            )

    def _check_purpose_fits(self):
        """Raise when what material is issued for contradicts who pays.

        :raise UserError: naming the charge, where it comes from and what to do
        """
        self.ensure_one()
        labels = self._fields["request_charge"]._description_selection(self.env)
        purpose = self.purpose_id.sudo()
        newest = self.env["aftersales.finding"]._get_newest(self.ticket_id).get(self.ticket_id)
        if newest and newest.state != "approved" and purpose.aftersales_purpose != "loan":
            raise UserError(
                self.env._(
                    "%(document)s: who pays is being decided anew by %(finding)s. Wait for it, "
                    "or issue the material as a loan.",
                    document=self.name,
                    finding=newest.name,
                )
            )
        charge = self.ticket_id._charge_of("parts")
        needs_reason = FITTING[charge].get(purpose.aftersales_purpose)
        if needs_reason is None:
            raise UserError(
                self.env._(
                    "%(document)s is for %(purpose)s, but the parts of %(request)s are "
                    "%(charge)s by %(basis)s. Correct the issue purpose, or have the "
                    "responsibility found first.",
                    document=self.name,
                    purpose=purpose.display_name,
                    request=self.ticket_id.number,
                    charge=dict(labels)[charge],
                    basis=newest.name if newest else self.env._("the coverage of the request"),
                )
            )
        if needs_reason and not (self.purpose_reason or "").strip():
            raise UserError(
                self.env._(
                    "%(document)s charges parts that would be free by %(basis)s: give the reason.",
                    document=self.name,
                    basis=newest.name if newest else self.env._("the coverage of the request"),
                )
            )
