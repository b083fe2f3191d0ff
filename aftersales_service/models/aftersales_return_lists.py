from odoo import fields, models


class AftersalesList(models.AbstractModel):
    """A short list that a company maintains itself, so that it can be counted by."""

    _name = "aftersales.list"
    _description = "Maintained List"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)


class AftersalesReturnReason(models.Model):
    """Why a customer gives something back (退货原因, R002-25)."""

    _name = "aftersales.return.reason"
    _inherit = ["aftersales.list"]
    _description = "Reason of Return"


class AftersalesReturnErrorKind(models.Model):
    """What was wrong with a shipment: model, accuracy or vibration grade, quantity
    (公司发货错误, R002-23)."""

    _name = "aftersales.return.error.kind"
    _inherit = ["aftersales.list"]
    _description = "Kind of Wrong Shipment"


class AftersalesDepartment(models.Model):
    """A department that can be responsible for what has gone wrong (R002-16, R002-30)."""

    _name = "aftersales.department"
    _inherit = ["aftersales.list"]
    _description = "Responsible Department"
