import hashlib
import hmac
import io
import secrets

from PIL import Image

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize
from odoo.tools.misc import formatLang

from ..tools import evidence
from ..tools.scan import keep_scan, read_scan
from ..tools.text import clean_text

LINK_STATES = [("open", "Open"), ("used", "Used"), ("revoked", "No Longer Valid")]
MAX_DAYS = 60
MAX_PICTURE = 1024 * 1024
MAX_PIXELS = 4000
MAX_TEXT = 200
PICTURE_PREFIX = "data:image/png;base64,"


class AftersalesAgreementLink(models.Model):
    """Signing by a one-time link, where the company's settings allow it (R004-30, A28).

    The random token goes to the addressee by mail and to nobody else: no field and no
    message keeps it, only its SHA-256. What the link stands for (who, until when, which
    content, which printed document) is a row of the agreement's chain of evidence, and
    that row, not the fields beside it, is what a signature is held against.
    """

    _inherit = "aftersales.agreement"

    link_state = fields.Selection(
        LINK_STATES, string="Link for Signature", guard="door", readonly=True, copy=False
    )
    link_hash = fields.Char(
        guard="door", readonly=True, copy=False, groups=fields.NO_ACCESS, exportable=False
    )
    link_digest = fields.Char(
        string="Digest Sent for Signature", guard="door", readonly=True, copy=False
    )
    link_partner_id = fields.Many2one(
        "res.partner", string="Sent to", guard="door", readonly=True, copy=False
    )
    link_email = fields.Char(string="Sent to (E-Mail)", guard="door", readonly=True, copy=False)
    link_expires_at = fields.Datetime(
        string="Link Valid until", guard="door", readonly=True, copy=False
    )
    link_sent_at = fields.Datetime(
        string="Sent for Signature on", guard="door", readonly=True, copy=False
    )
    link_sent_by_id = fields.Many2one(
        "res.users", string="Sent for Signature by", guard="door", readonly=True, copy=False
    )
    link_document_id = fields.Many2one(
        "ir.attachment", string="Document Sent", guard="door", readonly=True, copy=False
    )
    can_send_link = fields.Boolean(compute="_compute_can_send_link")

    @api.depends("progress", "state", "company_id")
    def _compute_can_send_link(self):
        for agreement in self:
            agreement.can_send_link = (
                agreement.state == "approved"
                and agreement.progress == "to_sign"
                and agreement.company_id.sudo().aftersales_sign_by_link
            )

    # ------------------------------------------------------------------
    # Sending and revoking
    # ------------------------------------------------------------------
    def action_send_link(self, partner_id=None, days=None):
        """Send the agreement to one person of the customer's, to be signed by a link.

        A link that was sent before ends with it.

        :param partner_id: contact of the customer, with an e-mail address of his own
        :param days: for how long the link is valid; empty: as the company has set
        :raise UserError: where the setting is off, or the addressee isn't the customer's
        """
        agreement = self._check_one()._as_public("send_link")
        agreement._check_state("approved")
        agreement._check_progress("to_sign")
        company = agreement.company_id.sudo()
        if not company.aftersales_sign_by_link:
            raise UserError(
                agreement.env._(
                    "%s doesn't let agreements be signed by link: see its settings.", company.name
                )
            )
        addressee, email = agreement._get_addressee(partner_id)
        agreement._send_link(addressee, email, agreement._get_link_days(days))
        return True

    def action_revoke_link(self):
        """End a link that was sent, before it is used."""
        for agreement in self._as_public("revoke_link"):
            if agreement.link_state != "open":
                raise UserError(
                    agreement.env._("%s has no link that could be revoked.", agreement.name)
                )
            agreement._append_evidence("revoke_link", door_vals={"link_state": "revoked"})
        return True

    def _get_addressee(self, partner_id):
        """Return (contact, e-mail address) of who shall sign.

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
                self.env._("Choose a contact of %s who shall sign.", customer.display_name)
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
                self.env._("%s is the address of one of us: the customer signs himself.", email)
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
        lang = addressee.lang or self.company_id.partner_id.lang
        document = self._get_sign_document(lang)
        attachment = self.env["ir.attachment"]
        if document:
            attachment = keep_scan(self, document, f"{self.name}.pdf", "agreement.pdf")
        now = fields.Datetime.now()
        expires = fields.Datetime.add(now, days=days)
        document_digest = hashlib.sha256(document).hexdigest() if document else ""
        door_vals = {
            "link_state": "open",
            "link_hash": self._hash_token(token),
            "link_digest": self._get_link_digest(document_digest),
            "link_partner_id": addressee.id,
            "link_email": email,
            "link_expires_at": expires,
            "link_sent_at": now,
            "link_sent_by_id": self.env.uid,
            "link_document_id": attachment.id,
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
                    "digest": door_vals["link_digest"],
                    "partner": addressee.id,
                    "name": addressee.name or "",
                    "email": email,
                    "expires": fields.Datetime.to_string(expires),
                    "attachment": attachment.id,
                    "document": document_digest,
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
        agreement = self.with_context(lang=lang).sudo()
        body = agreement.env["ir.qweb"]._render(
            "aftersales_service.agreement_link_mail",
            {
                "agreement": agreement,
                "greeting": agreement.env._("Dear %s,", addressee.name or ""),
                "request_text": agreement.env._(
                    "%(company)s asks you to sign %(document)s, %(amount)s incl. tax.",
                    company=agreement.company_id.name,
                    document=self.name,
                    amount=formatLang(
                        agreement.env, self.amount_total, currency_obj=self.currency_id
                    ),
                ),
                "url": f"{agreement.get_base_url()}{agreement._get_link_path(token)}",
            },
            lang=lang,
        )
        company = agreement.company_id
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": agreement.env._(
                        "%(company)s: %(document)s for your signature",
                        company=company.name,
                        document=self.name,
                    ),
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
        return f"/aftersales/sign/{self.id}/{token}"

    def _get_sign_document(self, lang=None):
        """Return the printed agreement with its annex as PDF, or nothing where there is
        no form to print it."""
        return b""

    @api.model
    def _hash_token(self, token):
        return hashlib.sha256((token or "").encode(errors="replace")).hexdigest()

    def _get_link_digest(self, document_digest):
        """Return the digest of all that the page shows: content, amounts, printed document."""
        return evidence.plain_digest(
            evidence.canonical(
                {
                    "content": self._get_evidence_content(),
                    "frozen": self._get_frozen_extra(),
                    "document": document_digest,
                }
            )
        )

    # ------------------------------------------------------------------
    # The customer's side: called by the public page, never by RPC
    # ------------------------------------------------------------------
    @api.model
    def _find_by_link(self, agreement_id, token):
        """Return the agreement (sudo) that a token was made for, or an empty record.

        The comparison takes the same time for every wrong token.
        """
        agreement = self.sudo().browse(agreement_id).exists()
        known = agreement.link_hash or ""
        same = hmac.compare_digest(known.encode(), self._hash_token(token).encode())
        return agreement if known and same else self.sudo().browse()

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
        if self.link_state == "used" or self.progress in ("to_seal", "signed"):
            return self.env._("%s has been signed already.", self.name)
        if (
            self.link_state != "open"
            or self.state != "approved"
            or self.progress != "to_sign"
            or link.get("token_hash") != self.link_hash
            or not self.company_id.aftersales_sign_by_link
        ):
            return self.env._("This link is no longer valid. Please ask us for a new one.")
        if fields.Datetime.to_datetime(link["expires"]) < fields.Datetime.now():
            return self.env._("This link has expired. Please ask us for a new one.")
        if self._get_link_digest(self._get_sent_digest(link)) != link["digest"]:
            return self.env._(
                "%s has been changed since it was sent to you. Please ask us for a new link.",
                self.name,
            )
        return ""

    def _get_sent_digest(self, link):
        """Return the digest of the document that was sent, as it is kept now."""
        attachment = self.env["ir.attachment"].sudo().browse(link.get("attachment")).exists()
        return hashlib.sha256(attachment.raw or b"").hexdigest() if attachment else ""

    def _sign_by_link(self, values, origin):
        """Put the customer's own signature on record and use the link up.

        :param values: what he sent: ``name``, ``title``, ``consent``, ``how`` (drawn,
            typed), ``signature`` (PNG, base64) and ``seen`` (digest on his page)
        :param origin: dict ``ip``, ``agent`` of the request
        :raise UserError: naming what is missing, or why the link can't be used
        """
        self.ensure_one()
        if problem := self._get_link_problem():
            raise UserError(problem)
        row, link = self._get_link_record()
        seen = str(values.get("seen") or "")
        if not hmac.compare_digest(seen.encode(errors="replace"), link["digest"].encode()):
            raise UserError(
                self.env._("The page was out of date. Read the agreement again and sign then.")
            )
        signer = self._get_line(values.get("name"), self.env._("Signer"))
        title = self._get_line(values.get("title"), self.env._("Signer's Title"))
        if not signer or not title:
            raise UserError(self.env._("Give your name and your title."))
        if values.get("consent") != "1":
            raise UserError(self.env._("Confirm that you have read the agreement and agree to it."))
        today = self.company_id._aftersales_today()
        proof = {
            "token_hash": link["token_hash"],
            "digest": link["digest"],
            "sent": row.digest,
            "email": link["email"],
            "ip": str(origin.get("ip") or "")[:64],
            "user_agent": clean_text(self.env, origin.get("agent"))[:500],
            "time": fields.Datetime.to_string(fields.Datetime.now()),
        }
        if values.get("how") == "drawn":
            scan, name = self._read_picture(values.get("signature")), "signature.png"
        else:
            scan, name = self._get_consent_text(signer, title, proof), "consent.txt"
        self._register_signature(
            {
                "sign_kind": "link",
                "signer_name": signer,
                "signer_title": title,
                "signed_on": today,
                "signer_seal": "none",
                "order_ref": False,
                "scan": scan,
                "scan_name": name,
            },
            proof=proof,
        )
        self._notify_people(
            self.supervisor_id | self.link_sent_by_id,
            self.env._(
                "%(signer)s (%(title)s) has signed %(document)s by link.",
                signer=signer,
                title=title,
                document=self.name,
            ),
        )

    def _get_line(self, value, label):
        return " ".join(clean_text(self.env, value, label).split())[:MAX_TEXT]

    def _read_picture(self, text):
        """Return the drawn signature as PNG.

        :raise UserError: for what is no such picture, or one that nothing is drawn on
        """
        missing = self.env._("Draw your signature, or confirm with your name instead.")
        text = str(text or "").removeprefix(PICTURE_PREFIX)
        if len(text) > MAX_PICTURE * 4 // 3 + 4:
            raise UserError(missing)
        content = read_scan(self.env, text, missing)
        try:
            with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
                if max(picture.size) > MAX_PIXELS:
                    raise UserError(missing)
                drawn = picture.convert("RGBA").getchannel("A").getbbox()
        except (OSError, ValueError, SyntaxError) as error:
            raise UserError(missing) from error
        if not drawn:
            raise UserError(missing)
        return content

    def _get_consent_text(self, signer, title, proof):
        """Return what somebody who signs without drawing declares, as a file to be kept."""
        text = self.env._(
            "I, %(signer)s, %(title)s of %(customer)s, have read %(document)s and agree to it.",
            signer=signer,
            title=title,
            customer=self.partner_id.commercial_partner_id.name,
            document=self.name,
        )
        facts = [f"{name}: {value}" for name, value in sorted(proof.items())]
        return "\n".join([text, "", *facts, ""]).encode()

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
    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        load = self.env["aftersales.verification"]._load
        state, link = False, {}
        for row in chain.sorted("chain_no"):
            if row.act == "send_link":
                state, link = "open", load(row.snapshot).get("link") or {}
            elif state == "open" and row.act == "customer_sign":
                signature = load(row.snapshot).get("signature") or {}
                state = "used" if signature.get("link") else "revoked"
            elif state == "open" and row.act in ("revoke_link", "revise", "cancel", "terminate"):
                state = "revoked"
        expires = fields.Datetime.to_string(self.link_expires_at) if self.link_expires_at else ""
        if (
            (self.link_state or False) != state
            or (self.link_hash or "") != (link.get("token_hash") or "")
            or (self.link_digest or "") != (link.get("digest") or "")
            or (self.link_email or "") != (link.get("email") or "")
            or expires != (link.get("expires") or "")
        ):
            texts.append(self.env._("The link for signature was changed."))
        if link.get("document") and self._get_sent_digest(link) != link["document"]:
            texts.append(self.env._("The document sent for signature was changed or deleted."))
        return texts
