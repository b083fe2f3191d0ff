import hashlib
import hmac
import io

from PIL import Image

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..tools import evidence
from ..tools.scan import keep_scan, read_scan

MAX_PICTURE = 1024 * 1024
MAX_PIXELS = 4000
PICTURE_PREFIX = "data:image/png;base64,"


class AftersalesAgreementLink(models.Model):
    """Signing by a one-time link, where the company's settings allow it (R004-30, A28).

    The link stands for the content and the printed document that were sent: whatever of
    them has changed since, nobody can sign any more.
    """

    _inherit = "aftersales.agreement"

    _link_path = "/aftersales/sign"
    _link_act = "customer_sign"
    _link_ends = ("revoke_link", "revise", "cancel", "terminate")

    link_digest = fields.Char(
        string="Digest Sent for Signature", guard="door", readonly=True, copy=False
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
    # Sending
    # ------------------------------------------------------------------
    def _check_can_send_link(self):
        self._check_state("approved")
        self._check_progress("to_sign")
        company = self.company_id.sudo()
        if not company.aftersales_sign_by_link:
            raise UserError(
                self.env._(
                    "%s doesn't let agreements be signed by link: see its settings.", company.name
                )
            )

    def _prepare_link(self, addressee):
        """Keep the printed document, and say what the customer will see."""
        document = self._get_sign_document(addressee.lang or self.company_id.partner_id.lang)
        attachment = self.env["ir.attachment"]
        if document:
            attachment = keep_scan(self, document, f"{self.name}.pdf", "agreement.pdf")
        document_digest = hashlib.sha256(document).hexdigest() if document else ""
        digest = self._get_link_digest(document_digest)
        return (
            {"link_digest": digest, "link_document_id": attachment.id},
            {"digest": digest, "attachment": attachment.id, "document": document_digest},
        )

    def _get_link_texts(self):
        company = self.company_id.name
        return {
            "subject": self.env._(
                "%(company)s: %(document)s for your signature", company=company, document=self.name
            ),
            "request_text": self.env._(
                "%(company)s asks you to sign %(document)s, %(amount)s incl. tax.",
                company=company,
                document=self.name,
                amount=formatLang(self.env, self.amount_total, currency_obj=self.currency_id),
            ),
            "button": self.env._("Read and sign"),
            "warning": self.env._(
                "The link is for you alone and works once. Whoever has it can sign: please do "
                "not forward it."
            ),
        }

    def _get_sign_document(self, lang=None):
        """Return the printed agreement with its annex as PDF, or nothing where there is
        no form to print it."""
        return b""

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
    def _get_link_done(self):
        if self.link_state == "used" or self.progress in ("to_seal", "signed"):
            return self.env._("%s has been signed already.", self.name)
        return super()._get_link_done()

    def _is_link_awaited(self):
        return (
            self.state == "approved"
            and self.progress == "to_sign"
            and self.company_id.aftersales_sign_by_link
        )

    def _get_link_change(self, link):
        if self._get_link_digest(self._get_sent_digest(link)) != link["digest"]:
            return self.env._(
                "%s has been changed since it was sent to you. Please ask us for a new link.",
                self.name,
            )
        return super()._get_link_change(link)

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
        _row, link = self._get_link_record()
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
        proof = dict(self._get_link_proof(origin), digest=link["digest"])
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
    # Verification
    # ------------------------------------------------------------------
    def _is_by_link(self, row):
        signature = self.env["aftersales.verification"]._load(row.snapshot).get("signature") or {}
        return bool(signature.get("link"))

    def _verify_link(self, link):
        texts = super()._verify_link(link)
        if (self.link_digest or "") != (link.get("digest") or ""):
            texts.append(self.env._("The one-time link was changed."))
        if link.get("document") and self._get_sent_digest(link) != link["document"]:
            texts.append(self.env._("The document sent for signature was changed or deleted."))
        return texts
