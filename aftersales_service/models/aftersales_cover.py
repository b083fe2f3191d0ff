from odoo import fields, models


class AftersalesCover(models.Model):
    """Under what a chargeable part was issued: agreement, framework or release (R004-30).

    Made by the gate in the transaction of the issue. The rows say which agreement line
    an issued quantity counts against; quantities are in the product's own unit, amounts
    with tax in the currency of the tariff.
    """

    _name = "aftersales.cover"
    _inherit = ["aftersales.guard"]
    _description = "Issue under an Agreement"
    _order = "requisition_id, id"
    _rec_name = "requisition_id"
    _guard_closed = True

    requisition_id = fields.Many2one(
        "aftersales.requisition", guard="door", required=True, index=True, ondelete="restrict"
    )
    requisition_line_id = fields.Many2one(
        "aftersales.requisition.line",
        string="Requested as",
        guard="door",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="requisition_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    agreement_line_id = fields.Many2one(
        "aftersales.agreement.line",
        guard="door",
        index="btree_not_null",
        ondelete="restrict",
    )
    framework_id = fields.Many2one(
        "aftersales.agreement",
        string="Framework Agreement",
        guard="door",
        index="btree_not_null",
        ondelete="restrict",
    )
    release_id = fields.Many2one(
        "aftersales.release", guard="door", index="btree_not_null", ondelete="restrict"
    )
    product_id = fields.Many2one(related="requisition_line_id.product_id")
    quantity = fields.Float(guard="door", digits="Product Unit")
    amount = fields.Float(guard="door", digits=(16, 2), help="With tax.")

    # what left under a release and isn't signed for yet: little, whatever the years bring
    _loose_index = models.Index("(release_id) WHERE agreement_line_id IS NULL")
