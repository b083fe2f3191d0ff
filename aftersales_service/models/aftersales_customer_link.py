import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..tools.text import clean_text

LINK_STATES = [("open", "Open"), ("used", "Used"), ("revoked", "No Longer Valid")]
MAX_DAYS = 60
MAX_TEXT = 200


class AftersalesCustomerLink(models.AbstractModel):
    """A document for which a customer acts once, on a page of his own (A28).

    The random token goes to the addressee by mail and to nobody else: no field and no
    message keeps it, only its SHA-256. What the link stands for (who, until when, which
    document) is a row of the document's chain of evidence, and that row, not the fields
    beside it, is what the customer's act is held against. A model that inherits it says
    when a link can be sent and used, and stands it before ``aftersales.document``.
    """

    _name = "aftersales.customer.link"
    _inherit = ["aftersales.guard"]
    _description = "One-Time Link to a Customer"

    # where the page is, and the act of the customer that uses the link up
    _link_path = ""
    _link_act = ""
    # the acts that end a link otherwise
    _link_ends = ("revoke_link", "revise", "cancel")
    # template of the mail
    _link_mail = "aftersales_service.customer_link_mail"

    link_state = fields.Selection(
        LINK_STATES, string="One-Time Link", guard="door", readonly=True, copy=False
    )
    link_hash = fields.Char(
        guard="door", readonly=True, copy=False, groups=fields.NO_ACCESS, exportable=False
    )
    link_partner_id = fields.Many2one(
        "res.partner", string="Link Sent to", guard="door", readonly=True, copy=False
    )
    link_email = fields.Char(
        string="Link Sent to (E-Mail)", guard="door", readonly=True, copy=False
    )
    link_expires_at = fields.Datetime(
        string="Link Valid until", guard="door", readonly=True, copy=False
    )
    link_sent_at = fields.Datetime(string="Link Sent on", guard="door", readonly=True, copy=False)
    link_sent_by_id = fields.Many2one(
        "res.users", string="Link Sent by", guard="door", readonly=True, copy=False
    )

    # ------------------------------------------------------------------
    # Sending and revoking
    # ------------------------------------------------------------------
    def action_send_link(self, partner_id=None, days=None):
        """Send a link to one person of the customer's, who acts on a page of his own.

        A link that was sent before ends with it.

        :param partner_id: contact of the customer, with an e-mail address of his own
        :param days: for how long the link is valid; empty: as the company has set
        :raise UserError: where it isn't time for it, or the addressee isn't the customer's
        """
        document = self._check_one()._as_public("send_link")
        document._check_can_send_link()
        addressee, email = document._get_addressee(partner_id)
        document._send_link(addressee, email, document._get_link_days(days))
        return True

    def action_revoke_link(self):
        """End a link that was sent, before it is used."""
        for document in self._as_public("revoke_link"):
            if document.link_state != "open":
                raise UserError(
                    document.env._("%s has no link that could be revoked.", document.name)
                )
            document._append_evidence("revoke_link", door_vals={"link_state": "revoked"})
        return True

    def _get_addressee(self, partner_id):
        """Return (contact, e-mail address) of who shall act for the customer.

        :raise UserError: unless he is one of the customer's, with an address that no
            user of ours has
        """
        known = isinstance(partner_id, int) and not isinstance(partner_id, bool)
        partner = self.env["res.partner"].browse(partner_id if known else 0).exists()
        customer = self.partner_id.commercial_partner_id
        if (
            not partner
            or not partner.active
            or partner.commercial_partner_id != customer
            or (partner.company_id and partner.company_id != self.company_id)
        ):
            raise UserError(
                self.env._("Choose a contact of %s to whom the link goes.", customer.display_name)
            )
        email = email_normalize(partner.email)
        if not email:
            raise UserError(self.env._("%s has no valid e-mail address.", partner.display_name))
        staff = self.env["res.users"].sudo().with_context(active_test=False)
        if any(
            email in (email_normalize(user.email), email_normalize(user.login))
            for user in staff.search([("share", "=", False)])
        ):
            raise UserError(
                self.env._("%s is the address of one of us: the customer acts himself.", email)
            )
        return partner, email

    def _get_link_days(self, days):
        days = days or self.company_id.sudo().aftersales_link_days
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MAX_DAYS:
            raise UserError(self.env._("A link is valid for 1 to %s days.", MAX_DAYS))
        return days

    def _send_link(self, addressee, email, days):
        """Put on record what is sent to whom, and mail it when that is committed."""
        token = secrets.token_urlsafe(32)
        now = fields.Datetime.now()
        expires = fields.Datetime.add(now, days=days)
        more_vals, more_facts = self._prepare_link(addressee)
        door_vals = {
            "link_state": "open",
            "link_hash": self._hash_token(token),
            "link_partner_id": addressee.id,
            "link_email": email,
            "link_expires_at": expires,
            "link_sent_at": now,
            "link_sent_by_id": self.env.uid,
            **more_vals,
        }
        self._append_evidence(
            "send_link",
            comment=self.env._(
                "%(person)s <%(email)s>, valid until %(time)s UTC",
                person=addressee.name or "",
                email=email,
                time=fields.Datetime.to_string(expires),
            ),
            door_vals=door_vals,
            extra={
                "link": {
                    "token_hash": door_vals["link_hash"],
                    "partner": addressee.id,
                    "name": addressee.name or "",
                    "email": email,
                    "expires": fields.Datetime.to_string(expires),
                    **more_facts,
                }
            },
        )
        self._mail_link(addressee, email, token)

    def _mail_link(self, addressee, email, token):
        """Mail the link after commit (law 10).

        The mail belongs to no document, its sender is the company and not the employee
        (answers and bounces may quote it), and it is deleted once it is sent.
        """
        lang = addressee.lang or self.company_id.partner_id.lang or self.env.lang
        document = self.with_context(lang=lang).sudo()
        texts = document._get_link_texts()
        body = document.env["ir.qweb"]._render(
            self._link_mail,
            {
                **texts,
                "greeting": document.env._("Dear %s,", addressee.name or ""),
                "url": f"{document.get_base_url()}{document._get_link_path(token)}",
            },
            lang=lang,
        )
        company = document.company_id
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": texts["subject"],
                    "body_html": body,
                    "email_from": company.email_formatted or self.env.user.email_formatted,
                    "author_id": company.partner_id.id,
                    "email_to": email,
                    "auto_delete": True,
                }
            )
        )
        mail.send_after_commit()

    def _get_link_path(self, token):
        return f"{self._link_path}/{self.id}/{token}"

    @api.model
    def _hash_token(self, token):
        return hashlib.sha256((token or "").encode(errors="replace")).hexdigest()

    # ------------------------------------------------------------------
    # What a model says about its links
    # ------------------------------------------------------------------
    def _check_can_send_link(self):
        """Raise unless the customer can be asked to act now."""
        raise NotImplementedError

    def _prepare_link(self, addressee):
        """Return (door fields, facts for the record) that a link stands for besides."""
        return {}, {}

    def _get_link_texts(self):
        """Return ``subject``, ``request_text``, ``button`` and ``warning`` of the mail."""
        raise NotImplementedError

    def _get_link_done(self):
        """Say that the customer has acted already; empty: he hasn't."""
        return ""

    def _is_link_awaited(self):
        """Return whether the document still waits for the customer's act."""
        raise NotImplementedError

    def _get_link_change(self, link):
        """Say what has changed since the link was sent, if that bars it.

        :param link: dict of what the link stands for
        """
        return ""

    # ------------------------------------------------------------------
    # The customer's side: called by the public page, never by RPC
    # ------------------------------------------------------------------
    @api.model
    def _find_by_link(self, document_id, token):
        """Return the document (sudo) that a token was made for, or an empty record.

        The comparison takes the same time for every wrong token.
        """
        document = self.sudo().browse(document_id).exists()
        known = document.link_hash or ""
        same = hmac.compare_digest(known.encode(), self._hash_token(token).encode())
        return document if known and same else self.sudo().browse()

    def _get_link_record(self):
        """Return (row, what the last link stands for) from the chain of evidence."""
        row = self._get_rows().filtered(lambda item: item.act == "send_link")
        row = row.sorted("chain_no")[-1:]
        load = self.env["aftersales.verification"]._load
        return row, load(row.snapshot).get("link") or {}

    def _get_link_problem(self):
        """Say why the link can't be used now; empty: it can."""
        self.ensure_one()
        _row, link = self._get_link_record()
        if done := self._get_link_done():
            return done
        if (
            self.link_state != "open"
            or link.get("token_hash") != self.link_hash
            or not self._is_link_awaited()
        ):
            return self.env._("This link is no longer valid. Please ask us for a new one.")
        if fields.Datetime.to_datetime(link["expires"]) < fields.Datetime.now():
            return self.env._("This link has expired. Please ask us for a new one.")
        return self._get_link_change(link)

    def _get_link_proof(self, origin):
        """Return what shows that somebody who had the link acted, as plain data.

        :param origin: dict ``ip``, ``agent`` of the request
        """
        row, link = self._get_link_record()
        return {
            "token_hash": link["token_hash"],
            "sent": row.digest,
            "email": link["email"],
            "ip": str(origin.get("ip") or "")[:64],
            "user_agent": clean_text(self.env, origin.get("agent"))[:500],
            "time": fields.Datetime.to_string(fields.Datetime.now()),
        }

    def _get_line(self, value, label):
        """Return a text that a customer has typed as one line."""
        return " ".join(clean_text(self.env, value, label).split())[:MAX_TEXT]

    # ------------------------------------------------------------------
    # How a link ends otherwise
    # ------------------------------------------------------------------
    def _prepare_link_end(self, used=False):
        """Return the door fields of a link that ends with the present act."""
        if self.link_state != "open":
            return {}
        return {"link_state": "used" if used else "revoked"}

    def _after_reopen(self):
        if ended := self._prepare_link_end():
            self.sudo()._door_write(ended)
        return super()._after_reopen()

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _is_by_link(self, row):
        """Return whether the customer's act on record was done by his link."""
        raise NotImplementedError

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        load = self.env["aftersales.verification"]._load
        state, link = False, {}
        for row in chain.sorted("chain_no"):
            if row.act == "send_link":
                state, link = "open", load(row.snapshot).get("link") or {}
            elif state == "open" and row.act == self._link_act:
                state = "used" if self._is_by_link(row) else "revoked"
            elif state == "open" and row.act in self._link_ends:
                state = "revoked"
        expires = fields.Datetime.to_string(self.link_expires_at) if self.link_expires_at else ""
        if (
            (self.link_state or False) != state
            or (self.link_hash or "") != (link.get("token_hash") or "")
            or (self.link_email or "") != (link.get("email") or "")
            or expires != (link.get("expires") or "")
        ):
            texts.append(self.env._("The one-time link was changed."))
        return texts + self._verify_link(link)

    def _verify_link(self, link):
        """Return what doesn't fit between the document and what its link stands for."""
        return []
