from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesReturnLink(models.Model):
    """A customer without a login fills in the request by a one-time link (A28).

    The link belongs to a draft of ours that nobody has submitted yet; its page shows
    what was delivered with that draft's delivery, or its units, and nothing else.
    """

    _inherit = "aftersales.return"

    _link_path = "/aftersales/return"
    _link_act = "customer_ask"
    _link_ends = ("revoke_link", "revise", "cancel", "submit")

    can_send_link = fields.Boolean(compute="_compute_can_send_link")

    @api.depends("state", "round", "asked_at", "partner_id", "company_id")
    def _compute_can_send_link(self):
        for document in self:
            document.can_send_link = bool(document.partner_id) and document._is_link_awaited()

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------
    def _check_can_send_link(self):
        self._check_state("draft")
        self._check_filled("partner_id")
        if not self._is_link_awaited():
            raise UserError(
                self.env._(
                    "%s: the customer has asked already, or the settings let customers ask for no "
                    "return.",
                    self.name,
                )
            )

    def _get_link_texts(self):
        company = self.company_id.name
        return {
            "subject": self.env._(
                "%(company)s: your return %(document)s", company=company, document=self.name
            ),
            "request_text": self.env._(
                "%(company)s asks you to say what you want to return and why, with photographs "
                "(%(document)s).",
                company=company,
                document=self.name,
            ),
            "button": self.env._("Fill in the request"),
            "warning": self.env._(
                "The link is for you alone and works once. Whoever has it can fill in the request: "
                "please do not forward it."
            ),
        }

    def _prepare_submit_vals(self):
        """A draft that we submit ourselves needs the customer's page no more."""
        return dict(super()._prepare_submit_vals(), **self._prepare_link_end())

    # ------------------------------------------------------------------
    # The customer's side: called by the public page, never by RPC
    # ------------------------------------------------------------------
    def _get_link_done(self):
        if self.link_state == "used":
            return self.env._("We have received your request %s. Thank you.", self.name)
        return super()._get_link_done()

    def _is_link_awaited(self):
        return (
            self.state == "draft"
            and not self.round
            and not self.asked_at
            and self._is_ask_open(self.company_id)
        )

    def _get_link_change(self, link):
        """Somebody else's return isn't for the one to whom the link went."""
        addressee = self.env["res.partner"].browse(link.get("partner")).exists()
        if addressee.commercial_partner_id != self._get_customer():
            return self.env._("This link is no longer valid. Please ask us for a new one.")
        return super()._get_link_change(link)

    def _is_by_link(self, row):
        return bool(self.env["aftersales.verification"]._load(row.snapshot).get("link"))

    def _get_link_source(self):
        """Return the delivery that the draft is about, or its units."""
        return self.delivery_id.sudo() or self.line_ids.sudo().unit_id.filtered_domain(
            self._get_own_unit_domain(self._get_customer())
        )

    def _get_customer(self):
        return self.partner_id.commercial_partner_id

    def _ask_by_link(self, values, uploads, origin):
        """Take the customer's request over into the draft, and use the link up.

        :param values: what he has sent
        :param uploads: [(name, content, type)]
        :param origin: dict ``ip``, ``agent`` of the request
        :raise UserError: naming what is missing, or why the link can't be used
        """
        self.ensure_one()
        if problem := self._get_link_problem():
            raise UserError(problem)
        request = self._read_ask(
            self._get_customer(), self.company_id, self._get_link_source(), values
        )
        vals = self._prepare_ask_vals(request)
        vals["line_ids"] = [
            *(Command.delete(line.id) for line in self.line_ids),
            *vals["line_ids"],
        ]
        self.write(vals)
        self._keep_ask(
            "link",
            self.link_partner_id,
            request,
            uploads,
            proof=self._get_link_proof(origin),
            door_vals=self._prepare_link_end(used=True),
        )
        self._notify_people(
            self.handler_id | self.link_sent_by_id,
            self.env._(
                "%(customer)s has filled in the request %(document)s.",
                customer=self.partner_id.name,
                document=self.name,
            ),
        )
