from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.text import join_words

KEPT_FIELDS = {
    "name",
    "datas",
    "raw",
    "db_datas",
    "store_fname",
    "checksum",
    "file_size",
    "mimetype",
    "type",
    "url",
    "res_model",
    "res_id",
    "res_field",
    "company_id",
    "public",
    "index_content",
}


class IrAttachment(models.Model):
    """Attachments that count as evidence can't be changed or deleted (A26)."""

    _inherit = "ir.attachment"

    aftersales_kept = fields.Boolean(
        string="Kept as Evidence", readonly=True, copy=False, index="btree_not_null"
    )

    def _door_write(self, vals):
        """Mark attachments as evidence; only the approval engine calls this."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _door_create(self, vals_list):
        """Make attachments that are evidence at once; only the approval engine calls this."""
        # behind our own create, on purpose
        return super().create(  # pylint: disable=super-method-mismatch
            [dict(vals, aftersales_kept=True) for vals in vals_list]
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop("aftersales_kept", None)
        return super().create(vals_list)

    def _add_missing_default_values(self, values):
        result = super()._add_missing_default_values(values)
        if "aftersales_kept" not in values:
            result.pop("aftersales_kept", None)
        return result

    def write(self, vals):
        if "aftersales_kept" in vals or KEPT_FIELDS & vals.keys():
            self._check_not_kept("aftersales_kept" in vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_kept(self):
        self._check_not_kept()

    def _check_not_kept(self, forced=False):
        kept = self.sudo().filtered("aftersales_kept")
        if kept or forced:
            raise UserError(
                self.env._(
                    "%s is kept as evidence of a signed document and can't be changed or deleted.",
                    join_words(self.env, (kept or self).mapped("name")),
                )
            )
