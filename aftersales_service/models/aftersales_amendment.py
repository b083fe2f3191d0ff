from odoo import fields, models


class AftersalesAmendment(models.Model):
    """What a signer altered during his own step, before and after (R004-14)."""

    _name = "aftersales.amendment"
    _inherit = ["aftersales.guard"]
    _description = "Amendment"
    _order = "id"
    _rec_name = "field_label"
    _guard_closed = True

    approval_id = fields.Many2one(
        "aftersales.approval", required=True, ondelete="restrict", index=True, guard="locked"
    )
    res_model = fields.Char(string="Document Model", required=True, guard="locked")
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, guard="locked"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, guard="locked")
    round = fields.Integer(guard="locked")
    line_id = fields.Integer(string="Line ID", guard="locked", help="0: the document itself.")
    record_name = fields.Char(string="Line", guard="locked")
    field_name = fields.Char(string="Technical Field", guard="locked")
    field_label = fields.Char(string="Field", guard="locked")
    before = fields.Text(guard="locked")
    after = fields.Text(guard="locked")
    user_id = fields.Many2one("res.users", string="Altered by", guard="locked")
    user_name = fields.Char(string="Altered by (Name)", guard="locked")

    _document_index = models.Index("(res_model, res_id)")

    def _evidence_fields(self):
        return {"line_id", "record_name", "field_name", "before", "after", "user_id"}
