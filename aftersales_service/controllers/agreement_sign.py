from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

URL = "/aftersales/sign/<int:agreement_id>/<string:token>"
# what the customer types, kept on the page when something is missing
TYPED = ("name", "title", "how")
HEADERS = {
    # the address is the key: it isn't passed on, kept or indexed
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}


class AgreementSignController(http.Controller):
    """The public page on which a customer signs an agreement by his link (R004-30, A28)."""

    @http.route(URL, type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def show(self, agreement_id, token, **_kw):
        """Show what will be signed, or what has become of the link."""
        return self._render(self._find(agreement_id, token), token)

    @http.route(URL, type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def sign(self, agreement_id, token, **values):
        """Sign: the token is used up in the transaction that keeps the signature."""
        agreement = self._find(agreement_id, token)
        error = self._get_barred()
        if not error:
            origin = {
                "ip": request.httprequest.remote_addr,
                "agent": request.httprequest.user_agent.string,
            }
            try:
                with request.env.cr.savepoint():
                    agreement._sign_by_link(values, origin)
            except UserError as problem:
                error = str(problem)
        if error:
            return self._render(agreement, token, error, values)
        response = request.redirect(agreement._get_link_path(token), code=303)
        response.headers.update(HEADERS)
        return response

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

    def _find(self, agreement_id, token):
        """Return the agreement in the language of the addressee.

        :raise NotFound: for a token that was not made for this agreement
        """
        agreement = request.env["aftersales.agreement"]._find_by_link(agreement_id, token)
        if not agreement:
            raise NotFound()
        company = agreement.company_id
        lang = agreement.link_partner_id.lang or company.partner_id.lang
        if lang and request.env.user._is_public():
            request.update_context(lang=lang)
        context = {"lang": request.env.lang, "allowed_company_ids": company.ids}
        return agreement.with_env(request.env(su=True, context=context))

    def _get_barred(self):
        """Say why the person at the browser can't sign: he is one of us."""
        if request.env.user.has_group("base.group_user"):
            return request.env._("You are logged in as one of our staff: the customer signs.")
        return ""

    def _render(self, agreement, token, error="", values=None):
        problem = agreement._get_link_problem()
        response = request.render(
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
                "no_footer": True,
            },
        )
        response.headers.update(HEADERS)
        return response
