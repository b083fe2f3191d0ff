from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from .customer_link import HEADERS, CustomerLinkPage

URL = "/aftersales/sign/<int:agreement_id>/<string:token>"
# what the customer types, kept on the page when something is missing
TYPED = ("name", "title", "how")


class AgreementSignController(CustomerLinkPage, http.Controller):
    """The public page on which a customer signs an agreement by his link (R004-30, A28)."""

    _model = "aftersales.agreement"

    @http.route(URL, type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def show(self, agreement_id, token, **_kw):
        """Show what will be signed, or what has become of the link."""
        return self._render(self._find(agreement_id, token), token)

    @http.route(URL, type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def sign(self, agreement_id, token, **values):
        """Sign: the token is used up in the transaction that keeps the signature."""
        agreement = self._find(agreement_id, token)
        if error := self._act(agreement._sign_by_link, values):
            return self._render(agreement, token, error, values)
        return self._redirect_to_page(agreement, token)

    @http.route(
        f"{URL}/agreement.pdf",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def document(self, agreement_id, token, **_kw):
        """Return the very document that was sent, while the link can be used."""
        agreement = self._find(agreement_id, token)
        content = agreement.link_document_id.raw
        if not content or agreement._get_link_problem():
            raise NotFound()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                (
                    "Content-Disposition",
                    content_disposition(f"{agreement.name}.pdf", disposition_type="inline"),
                ),
                *HEADERS.items(),
            ],
        )

    def _render(self, agreement, token, error="", values=None):
        problem = agreement._get_link_problem()
        return self._render_page(
            "aftersales_service.agreement_sign_page",
            {
                "agreement": agreement,
                "problem": problem,
                "signed": agreement.link_state == "used",
                "barred": self._get_barred(),
                "error": "" if problem else error,
                "typed": {name: (values or {}).get(name) or "" for name in TYPED},
                "consent": agreement.env._(
                    "I have read the agreement and its annex, I am authorised to sign for "
                    "%(customer)s, and I agree to it.",
                    customer=agreement.partner_id.commercial_partner_id.name,
                ),
                "path": agreement._get_link_path(token),
                "page_name": "agreement_sign",
            },
        )
