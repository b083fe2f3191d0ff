from odoo import api, fields, models


class AftersalesCase(models.AbstractModel):
    """A document about one request, begun with what the request knows.

    Later changes of the request don't follow: what was signed is what was known then.
    """

    _name = "aftersales.case"
    _inherit = ["aftersales.document"]
    _description = "Document about a Request"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="fixed",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
    )
    end_user_id = fields.Many2one(
        "res.partner",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    unit_id = fields.Many2one(
        "aftersales.unit",
        string="Delivered Unit",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    project_name = fields.Char(
        string="Project",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    product_model = fields.Char(
        string="Model and Specification",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    serial_number = fields.Char(
        guard="locked", compute="_compute_from_ticket", store=True, readonly=False, precompute=True
    )

    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        for document in self:
            document.update(document._prepare_from_ticket(document.ticket_id))

    @api.model
    def _prepare_from_ticket(self, ticket):
        """Return what the request proposes for a document about it."""
        return {
            "partner_id": ticket.partner_id,
            "end_user_id": ticket.end_user_id,
            "unit_id": ticket.unit_id,
            "project_name": ticket.project_name,
            "product_model": ticket.product_model,
            "serial_number": ticket.serial_number,
        }
