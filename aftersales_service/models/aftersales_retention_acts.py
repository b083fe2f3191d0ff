from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.text import clean_text


class AftersalesRetentionActs(models.Model):
    """Who confirms, opens again, gives up and cancels retention money, and what it opens."""

    _inherit = "aftersales.retention"

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_confirm(self):
        """Confirm that the contract says so; finance follows the money from now on.

        :raise UserError: when something is missing, or to whoever has entered it
        """
        for retention in self._as_public("confirm"):
            retention._check_state("draft")
            retention._check_can_confirm()
            retention.sudo()._door_write(
                {
                    "state": "confirmed",
                    "confirmed_by_id": self.env.uid,
                    "confirmed_on": retention.company_id._aftersales_today(),
                }
            )
            retention._link_claims()
        return True

    def action_reopen(self, reason=""):
        """Open it again for a correction; refused once money or a deduction rests on it."""
        for retention in self._as_public("reopen"):
            retention._check_state("confirmed")
            reason_text = retention._clean_reason(reason)
            if basis := retention._get_basis():
                raise UserError(
                    self.env._(
                        "%(basis)s rests on %(retention)s: it can't be changed any more.",
                        basis=basis.display_name,
                        retention=retention.name,
                    )
                )
            retention._move("draft", reason_text)
        return True

    def action_write_off(self, reason=""):
        """Give up what the customer still withholds; the reason is required.

        :raise UserError: to whoever has entered or confirmed it
        """
        for retention in self._as_public("write_off"):
            retention._check_state("confirmed", "written_off")
            reason_text = retention._clean_reason(reason)
            if self.env.user in retention.edited_by_id | retention.confirmed_by_id:
                raise UserError(
                    self.env._(
                        "You have entered or confirmed %s: somebody else gives it up.",
                        retention.name,
                    )
                )
            amount = retention.open_amount
            if retention.currency_id.compare_amounts(amount, 0.0) <= 0:
                raise UserError(self.env._("Nothing is withheld of %s any more.", retention.name))
            retention._move(
                "written_off",
                reason_text,
                written_off_amount=retention.written_off_amount + amount,
            )
        return True

    def action_cancel(self, reason=""):
        """Cancel a draft with a reason."""
        for retention in self._as_public("cancel"):
            retention._check_state("draft")
            retention._move("cancelled", retention._clean_reason(reason))
        return True

    @api.readonly
    def action_view_payments(self):
        """Open the payments that are for it; finance enters them there."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "domain": [("aftersales_retention_id", "=", self.id)],
            "name": self.env._("Payments"),
            "res_model": "account.payment",
            "view_mode": "list,form",
            "context": {
                "default_payment_type": "inbound",
                "default_partner_type": "customer",
                "default_partner_id": self.partner_id.id,
                "default_currency_id": self.currency_id.id,
                "default_aftersales_retention_id": self.id,
                "default_aftersales_agreement_id": self.agreement_id.id,
                "default_amount": max(self.open_amount, 0.0),
                "default_memo": self.name,
            },
        }

    @api.readonly
    def action_view_units(self):
        """Open the delivered units of the contract."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delivered Units"),
            "res_model": "aftersales.unit",
            "view_mode": "list,kanban,form",
            "domain": [("id", "in", self._get_units().ids)],
        }

    @api.readonly
    def action_view_tickets(self):
        """Open the requests that stand against it."""
        self._check_one().check_access("read")
        tickets = self.sudo().agreement_id.ticket_id.ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Service Requests"),
            "res_model": "helpdesk.ticket",
            "view_mode": "list,kanban,form",
            "domain": [
                "|",
                ("id", "in", tickets),
                ("unit_id", "in", self._get_units().ids),
                ("closed", "=", False),
            ],
        }

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_basis(self):
        """Return the payment or the deduction that rests on it already."""
        domain = Domain("aftersales_retention_id", "=", self.id)
        domain &= Domain("state", "not in", ("canceled", "rejected"))
        payment = self.env["account.payment"].sudo().search(domain, limit=1)
        claims = self.sudo().claim_ids.filtered(lambda claim: claim.state != "cancelled")
        return payment or claims[:1]

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(document)s is %(state)s: this can't be done now.",
                    document=self.name,
                    state=self._guard_state_label(),
                )
            )

    def _check_can_confirm(self):
        if self.env.user == self.edited_by_id:
            raise UserError(
                self.env._("You have entered %s: somebody else in finance confirms it.", self.name)
            )
        if not self.contract_ref and not self.agreement_id:
            raise UserError(
                self.env._("%s: say the contract number or the service agreement.", self.name)
            )
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise UserError(self.env._("%s: say how much is retained.", self.name))
        if not self.date_due:
            raise UserError(self.env._("%s: say when it is due.", self.name))

    def _clean_reason(self, reason):
        text = clean_text(self.env, reason)
        if not text:
            raise UserError(self.env._("Give the reason for it: %s.", self.name))
        return text

    def _move(self, state, reason, **vals):
        """Move it, with the reason on record."""
        record = self.sudo()
        record._with_history()._door_write(dict(vals, state=state))
        record.message_post(body=reason, author_id=self.env.user.partner_id.id)
