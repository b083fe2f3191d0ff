from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.fields import own_company, proposed


class AftersalesContact(models.Model):
    """One row of the contact logs: telephone, fax, letters in, letters out.

    The four logs are views of this one table (R000-20); each row holds what the
    user needs, what we think of it and what came of it (R000-21).
    """

    _name = "aftersales.contact"
    _inherit = ["aftersales.guard", "mail.thread"]
    _description = "Contact Record"
    _order = "date desc, id desc"
    _rec_names_search = ["party", "need"]
    _check_company_auto = True

    channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("fax", "Fax"),
            ("letter", "Letter"),
            ("email", "E-mail"),
            ("visit", "Visit"),
        ],
        guard="locked",
        required=True,
        default="phone",
        tracking=True,
    )
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")],
        guard="locked",
        required=True,
        default="in",
        tracking=True,
    )
    date = fields.Datetime(
        guard="locked", required=True, default=fields.Datetime.now, index=True, tracking=True
    )
    company_id = own_company()
    party = fields.Char(
        string="Other Side",
        guard="locked",
        required=True,
        **proposed("_compute_party"),
        tracking=True,
        help="Who called or wrote, or whom we called or wrote to.",
    )
    party_number = fields.Char(string="Phone, Fax or Reference", guard="locked")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="locked",
        index="btree_not_null",
        check_company=True,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Service Request",
        guard="locked",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    need = fields.Text(string="Customer's Need", guard="locked", required=True, tracking=True)
    opinion = fields.Text(string="Our Opinion", guard="locked", required=True, tracking=True)
    result = fields.Text(guard="locked", required=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Recorded by",
        guard="door",
        required=True,
        copy=False,
        default=lambda self: self.env.user,
        index=True,
    )

    @api.depends("partner_id", "ticket_id")
    def _compute_party(self):
        for contact in self:
            if not contact.party:
                ticket = contact.ticket_id
                contact.party = (
                    contact.partner_id.name or ticket.contact_name or ticket.partner_id.name
                )

    @api.depends("channel", "date", "party")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for contact in self:
            day = contact.date and contact.company_id._aftersales_date(contact.date)
            contact.display_name = " ".join(
                filter(None, [channels.get(contact.channel), str(day or ""), contact.party])
            )

    @api.constrains("party", "need", "opinion", "result")
    def _check_texts(self):
        """Blanks don't count as an entry (R000-21)."""
        for contact in self:
            for name in ("party", "need", "opinion", "result"):
                if not (contact[name] or "").strip():
                    raise ValidationError(
                        self.env._(
                            "The contact record lacks: %(field)s.",
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def write(self, vals):
        return super(AftersalesContact, self._with_history()).write(vals)

    @api.onchange("ticket_id")
    def _onchange_ticket_id(self):
        if self.ticket_id:
            self.partner_id = self.partner_id or self.ticket_id.partner_id
            self.party_number = self.party_number or self.ticket_id.contact_phone
            self.need = self.need or self.ticket_id.need
