from odoo import api, fields, models
from odoo.exceptions import ValidationError

READER = "aftersales_service.group_reader"


class AccountPaymentRetention(models.Model):
    """Finance says which retention money a payment is for; it counts like one for an
    agreement, while it is confirmed."""

    _inherit = "account.payment"

    aftersales_retention_id = fields.Many2one(
        "aftersales.retention",
        string="Retention Money",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        check_company=True,
    )

    @api.constrains(
        "aftersales_retention_id",
        "aftersales_agreement_id",
        "partner_id",
        "currency_id",
        "partner_type",
        "company_id",
    )
    def _check_aftersales_retention(self):
        for payment in self.filtered("aftersales_retention_id"):
            retention = payment.aftersales_retention_id
            if (
                retention.state not in ("confirmed", "written_off")
                or payment.aftersales_agreement_id != retention.agreement_id
                or payment.partner_type != "customer"
                or payment.company_id != retention.company_id
                or payment.currency_id != retention.currency_id
                or payment.partner_id.commercial_partner_id
                != retention.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(payment)s can't be for %(retention)s: that must be confirmed, of the "
                        "same customer, currency and company, and of the same service agreement "
                        "or none.",
                        payment=payment.display_name,
                        retention=retention.name,
                    )
                )

    @api.onchange("aftersales_retention_id")
    def _onchange_aftersales_retention(self):
        if self.aftersales_retention_id:
            self.aftersales_agreement_id = self.aftersales_retention_id.agreement_id


class AftersalesClaimRetention(models.Model):
    """What a customer deducts is deducted from the retention money of his contract."""

    _inherit = "aftersales.claim"

    retention_id = fields.Many2one(
        "aftersales.retention",
        string="Retention Money",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        tracking=True,
        help="Accepted, the deduction is taken off what the customer still withholds.",
    )

    @api.constrains("retention_id")
    def _check_retention(self):
        for claim in self.filtered("retention_id"):
            retention = claim.retention_id
            if (
                claim.kind != "retention"
                or retention.state not in ("confirmed", "written_off")
                or retention.currency_id != claim.currency_id
                or retention.partner_id.commercial_partner_id
                != claim.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(claim)s can't be deducted from %(retention)s: that must be confirmed, "
                        "of the same customer and currency.",
                        claim=claim.name,
                        retention=retention.name,
                    )
                )

    @api.model
    def _open(self, vals_list):
        claims = super()._open(vals_list)
        claims._find_retention()
        return claims

    def _find_retention(self):
        """Link deductions to the only retention money of the contract that they can mean."""
        for claim in self.sudo().filtered(lambda item: item.kind == "retention"):
            found = claim.ticket_id._get_retentions()[claim.ticket_id].filtered(
                lambda item, claim=claim: (
                    item.state == "confirmed" and item.currency_id == claim.currency_id
                )
            )
            if len(found) == 1 and not claim.retention_id:
                claim._door_write({"retention_id": found.id})


class AftersalesRetentionClaims(models.Model):
    _inherit = "aftersales.retention"

    def _link_claims(self):
        """Take up deductions that were decided before the retention money was entered."""
        claims = (
            self.env["aftersales.claim"]
            .sudo()
            .search(
                [
                    ("kind", "=", "retention"),
                    ("retention_id", "=", False),
                    ("company_id", "in", self.company_id.ids),
                    ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
                    ("state", "in", ("open", "raised", "accepted", "settled")),
                ]
            )
        )
        claims._find_retention()


class AftersalesUnitRetention(models.Model):
    """The unit shows the retention money of its contract."""

    _inherit = "aftersales.unit"

    retention_count = fields.Integer(compute="_compute_retention_count")

    _contract_index = models.Index("(contract_ref, company_id) WHERE contract_ref IS NOT NULL")

    def _compute_retention_count(self):
        found = self._get_retentions()
        for unit in self:
            unit.retention_count = len(found[unit])

    def _get_retentions(self):
        """Return {unit: retention money of its contract}, drafts and cancelled ones left out."""
        empty = self.env["aftersales.retention"]
        refs = {unit.contract_ref for unit in self if unit.contract_ref}
        rows = empty.search(
            [
                ("contract_ref", "in", list(refs)),
                ("company_id", "in", self.company_id.ids),
                ("state", "in", ("confirmed", "written_off")),
            ]
        ).grouped(lambda row: (row.company_id, row.contract_ref))
        result = {}
        for unit in self:
            customer = unit.sudo().partner_id.commercial_partner_id
            result[unit] = rows.get((unit.company_id, unit.contract_ref), empty).filtered(
                lambda row, customer=customer: (
                    not customer or row.sudo().partner_id.commercial_partner_id == customer
                )
            )
        return result

    @api.readonly
    def action_view_retentions(self):
        """Open the retention money of the contract of the units."""
        self.check_access("read")
        found = self.env["aftersales.retention"].union(*self._get_retentions().values())
        return found._open_list()


class HelpdeskTicketRetention(models.Model):
    """The request shows the retention money that it puts at risk."""

    _inherit = "helpdesk.ticket"

    retention_count = fields.Integer(compute="_compute_retention", groups=READER)
    retention_at_stake = fields.Monetary(
        string="Retention Money at Stake",
        compute="_compute_retention",
        currency_field="aftersales_currency_id",
        groups=READER,
        help="What the customer still withholds under the contract, while the request is open.",
    )

    @api.depends("unit_id", "stage_id")
    def _compute_retention(self):
        found = self._get_retentions()
        for ticket in self:
            retentions = found[ticket]
            ticket.retention_count = len(retentions)
            open_ones = retentions.filtered(
                lambda row, ticket=ticket: (
                    row.open_amount > 0 and row.currency_id == ticket.aftersales_currency_id
                )
            )
            closed = ticket.stage_id.closed
            ticket.retention_at_stake = 0.0 if closed else sum(open_ones.mapped("open_amount"))

    def _get_retentions(self):
        """Return {request: retention money of its unit's contract and of its agreements}."""
        of_units = self.unit_id._get_retentions()
        empty = self.env["aftersales.retention"]
        of_agreements = empty.search(
            [
                ("agreement_id.ticket_id", "in", self._origin.ids),
                ("state", "in", ("confirmed", "written_off")),
            ]
        ).grouped(lambda row: row.sudo().agreement_id.ticket_id.id)
        return {
            ticket: of_units.get(ticket.unit_id, empty)
            | of_agreements.get(ticket._origin.id, empty)
            for ticket in self
        }

    @api.readonly
    def action_view_retentions(self):
        """Open the retention money that the request puts at risk."""
        self._check_one().check_access("read")
        return self._get_retentions()[self]._open_list()


class AftersalesRetentionList(models.Model):
    _inherit = "aftersales.retention"

    def _open_list(self):
        """Return the window action on these, the form of a single one."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Retention Money"),
            "res_model": self._name,
            "view_mode": "list,kanban,form",
            "domain": [("id", "in", self.ids)],
        }
        if len(self) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=self.id)
        return action


class AftersalesAgreementRetention(models.Model):
    """The agreement shows what the customer keeps of its price."""

    _inherit = "aftersales.agreement"

    retention_ids = fields.One2many(
        "aftersales.retention", "agreement_id", string="Retention Money"
    )
    retention_count = fields.Integer(compute="_compute_retention_count")

    @api.depends("retention_ids")
    def _compute_retention_count(self):
        for agreement in self:
            agreement.retention_count = len(agreement.retention_ids)

    @api.readonly
    def action_view_retentions(self):
        """Open the retention money of the agreement; the commerce office enters it there."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Retention Money"),
            "res_model": "aftersales.retention",
            "view_mode": "list,kanban,form",
            "domain": [("agreement_id", "=", self.id)],
            "context": {"default_agreement_id": self.id},
        }
