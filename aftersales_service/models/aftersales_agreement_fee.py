from odoo import models
from odoo.fields import Domain


class AftersalesAgreementFee(models.Model):
    """The fee of a framework agreement that arrives makes good what left before (R004-30)."""

    _inherit = "aftersales.agreement"

    def _cover_released(self):
        """Put what left under a release on the framework agreements whose fee is there now.

        Included parts are paid by it; parts charged as used are settled with it.
        """
        frameworks = (
            self.sudo()
            ._get_family()
            .filtered(lambda item: item.kind == "framework" and item._is_in_force())
        )
        if not frameworks:
            return
        requisitions = (
            self.env["aftersales.requisition"]
            .sudo()
            .search(
                Domain("ticket_id.framework_id", "in", frameworks.ids)
                & Domain("cover_kind", "=", "release"),
                order="id",
            )
        )
        requisitions._make_good_by_fee()


class AftersalesRequisitionFee(models.Model):
    _inherit = "aftersales.requisition"

    def _make_good_by_fee(self):
        """Count what left under a release against the framework agreement of the request."""
        for requisition in self:
            rows = requisition.cover_ids
            framework = requisition.ticket_id.framework_id
            framework._lock_for_gate()
            if (
                rows.agreement_line_id
                or rows.framework_id
                or requisition.ticket_id.charge_parts in ("paid", "goodwill")
                or not framework._is_in_force()
                or not framework._is_prepaid()
            ):
                continue
            if framework.parts_terms == "included":
                rows._door_write({"framework_id": framework.id})
            elif framework.parts_terms == "as_used" and requisition._is_worth(framework):
                amount = sum(rows.mapped("amount"))
                total = framework.currency_id.round(framework.as_used_amount + amount)
                if framework.currency_id.compare_amounts(total, framework.as_used_limit) <= 0:
                    framework._door_write({"as_used_amount": total})
                    rows._door_write({"framework_id": framework.id})

    def _is_worth(self, framework):
        """Return whether the release has valued the issue as the framework's tariff does."""
        tariff = self.company_id.aftersales_tariff_id
        return (
            framework.tariff_id == tariff and framework.currency_id == self.company_id.currency_id
        )


class AccountPaymentFee(models.Model):
    _inherit = "account.payment"

    def _aftersales_cover_released(self):
        self.sudo().aftersales_agreement_id._cover_released()

    def action_post(self):
        result = super().action_post()
        self._aftersales_cover_released()
        return result

    def action_validate(self):
        result = super().action_validate()
        self._aftersales_cover_released()
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("aftersales_agreement_id"):
            self._aftersales_cover_released()
        return result
