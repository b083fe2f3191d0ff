from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import request

HEADERS = {
    # the address is the key: it isn't passed on, kept or indexed
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}


class CustomerLinkPage:
    """What the public pages behind one-time links share (A28).

    Not a controller itself: Odoo would merge those that inherit from it into one.
    """

    _model = ""

    def _find(self, document_id, token):
        """Return the document in the language of the addressee.

        :raise NotFound: for a token that was not made for this document
        """
        document = request.env[self._model]._find_by_link(document_id, token)
        if not document:
            raise NotFound()
        company = document.company_id
        lang = document.link_partner_id.lang or company.partner_id.lang
        if lang and request.env.user._is_public():
            request.update_context(lang=lang)
        context = {"lang": request.env.lang, "allowed_company_ids": company.ids}
        return document.with_env(request.env(su=True, context=context))

    def _get_barred(self):
        """Say why the person at the browser can't act: he is one of us."""
        if request.env.user.has_group("base.group_user"):
            return request.env._("You are logged in as one of our staff: the customer acts.")
        return ""

    def _act(self, method, *args):
        """Do what the customer asks for; return why it was refused, or nothing.

        The token is used up in the transaction that keeps his act.

        :param method: of the document, with the origin of the request as last argument
        """
        if barred := self._get_barred():
            return barred
        origin = {
            "ip": request.httprequest.remote_addr,
            "agent": request.httprequest.user_agent.string,
        }
        try:
            with request.env.cr.savepoint():
                method(*args, origin)
        except UserError as problem:
            return str(problem)
        return ""

    def _redirect_to_page(self, document, token):
        response = request.redirect(document._get_link_path(token), code=303)
        response.headers.update(HEADERS)
        return response

    def _render_page(self, template, values):
        response = request.render(template, dict(values, no_footer=True))
        response.headers.update(HEADERS)
        return response
