from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.roles import RETURN_AUTHORS
from ..tools.text import clean_text, join_clauses
from .aftersales_unit import FIRST_DAY, LAST_DAY


class AftersalesWarrantyChange(models.Model):
    """Who has set the end of a warranty by hand, when and why; append-only (R004-27)."""

    _name = "aftersales.warranty.change"
    _inherit = ["aftersales.guard"]
    _description = "Warranty Change"
    _order = "id desc"
    _rec_name = "unit_name"
    _guard_closed = True

    unit_id = fields.Many2one(
        "aftersales.unit", guard="fixed", required=True, index=True, ondelete="restrict"
    )
    unit_name = fields.Char(string="Unit at the Time", guard="fixed", required=True)
    company_id = fields.Many2one("res.company", guard="fixed", required=True, index=True)
    old_end = fields.Date(guard="fixed")
    new_end = fields.Date(guard="fixed", required=True)
    reason = fields.Text(guard="fixed", required=True)
    user_id = fields.Many2one("res.users", string="Changed by", guard="fixed", required=True)
    user_name = fields.Char(string="Name at the Time", guard="fixed", required=True)
    changed_at = fields.Datetime(string="Changed on", guard="fixed", required=True)


class AftersalesUnit(models.Model):
    """What the dates of a unit mean for a service, and who may change that."""

    _inherit = "aftersales.unit"

    _action_roles = {
        "change_warranty": ("aftersales_service.group_supervisor",),
        "create_return": RETURN_AUTHORS,
    }

    def _get_coverage(self, day):
        """Return what holds for a service on a day: dict(coverage, until, basis).

        ``basis`` says why, as text that can be frozen, in the company's language.
        """
        self.ensure_one()
        lang = self.company_id.sudo().partner_id.lang or self.env.lang
        unit = self.sudo().with_context(lang=lang)
        warranty, contract = unit.warranty_end, unit.service_contract_until
        parts = []
        if warranty:
            parts.append(unit._get_warranty_text())
        if contract:
            parts.append(
                unit.env._(
                    "Service contract %(contract)s until %(date)s",
                    contract=unit.service_contract_ref or "-",
                    date=str(contract),
                )
            )
        parts += [
            unit.env._(
                "Own warranty of %(name)s until %(date)s", name=term.name, date=str(term.date_end)
            )
            for term in unit.term_ids
            if term.date_start <= day <= term.date_end
        ]
        if warranty and day <= warranty:
            coverage, until = "in_warranty", warranty
        elif contract and day <= contract:
            coverage, until = "contract", contract
        elif warranty or contract:
            coverage, until = "expired", max(filter(None, [warranty, contract]))
        else:
            coverage, until = "unknown", False
            parts.insert(0, unit.env._("Neither delivery nor commissioning date is known"))
        return {"coverage": coverage, "until": until, "basis": join_clauses(unit.env, parts)}

    def _get_warranty_text(self):
        if self.warranty_override_end:
            change = self.warranty_change_ids[:1]
            return self.env._(
                "Warranty until %(date)s (set by %(user)s: %(reason)s)",
                date=str(self.warranty_end),
                user=change.user_name or "-",
                reason=change.reason or "-",
            )
        limits = []
        for leg, _end in self._get_warranty_legs():
            if leg == "delivery":
                text = self.env._(
                    "%(months)s months from delivery on %(date)s",
                    months=self.warranty_months_delivery,
                    date=str(self.delivery_date),
                )
            else:
                text = self.env._(
                    "%(months)s months from commissioning on %(date)s",
                    months=self.warranty_months_commissioning,
                    date=str(self.commissioning_date),
                )
            limits.append(text)
        if len(limits) == 1:
            return self.env._(
                "Warranty until %(date)s (%(limit)s)",
                date=str(self.warranty_end),
                limit=limits[0],
            )
        return self.env._(
            "Warranty until %(date)s (%(first)s, %(second)s, whichever ends first)",
            date=str(self.warranty_end),
            first=limits[0],
            second=limits[1],
        )

    def _change_warranty(self, new_end, reason):
        """Set the end of the warranty by hand; the reason stays on record.

        :raise UserError: without a reason or a plausible day
        """
        self._check_one()._as_public("change_warranty")
        reason = clean_text(self.env, reason)
        if not reason:
            raise UserError(
                self.env._("Give the reason for changing the warranty of %s.", self.display_name)
            )
        if not new_end or not FIRST_DAY <= new_end <= LAST_DAY:
            raise UserError(self.env._("Give the new last day of the warranty."))
        if new_end == self.warranty_end:
            raise UserError(
                self.env._(
                    "The warranty of %(unit)s ends on %(date)s already.",
                    unit=self.display_name,
                    date=str(new_end),
                )
            )
        unit = self.sudo()
        change = (
            self.env["aftersales.warranty.change"]
            .sudo()
            ._door_create([unit._prepare_warranty_change_vals(new_end, reason)])
        )
        unit._door_write({"warranty_override_end": new_end})
        unit.message_post(
            body=self.env._(
                "Warranty end changed from %(old)s to %(new)s: %(reason)s",
                old=str(change.old_end or "-"),
                new=str(new_end),
                reason=reason,
            )
        )
        return change

    def _prepare_warranty_change_vals(self, new_end, reason):
        return {
            "unit_id": self.id,
            "unit_name": self.display_name,
            "company_id": self.company_id.id,
            "old_end": self.warranty_end,
            "new_end": new_end,
            "reason": reason,
            "user_id": self.env.uid,
            "user_name": self.env.user.name,
            "changed_at": fields.Datetime.now(),
        }
