from odoo import api, models

READER = "aftersales_service.group_reader"
ACCOUNTING = ("account.group_account_invoice", "account.group_account_readonly")


class AccountMove(models.Model):
    """What people of the service see of an invoice: core's own form asks for payments,
    journals and sales orders, which those without accounting rights may not read."""

    _inherit = "account.move"

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        if not view_id and view_type in ("form", "list") and self._aftersales_only_reads():
            view_id = self.env.ref(f"aftersales_service.account_move_view_{view_type}_reader").id
        return super().get_view(view_id, view_type, **options)

    @api.model
    def _aftersales_only_reads(self):
        """Return whether the user knows invoices by a role of the service alone."""
        user = self.env.user
        return user.has_group(READER) and not any(user.has_group(name) for name in ACCOUNTING)
