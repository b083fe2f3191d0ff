from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.upload import MAX_REQUEST, read_uploads
from .customer_link import CustomerLinkPage

URL = "/aftersales/return/<int:return_id>/<string:token>"


class ReturnLinkController(CustomerLinkPage, http.Controller):
    """The public page on which a customer asks for a return by his link (A28)."""

    _model = "aftersales.return"

    @http.route(URL, type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def show(self, return_id, token, **_kw):
        """Show the form, or what has become of the link."""
        return self._render(self._find(return_id, token), token)

    @http.route(
        URL,
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def ask(self, return_id, token, **values):
        """Take the request over into the draft; the token is used up with it."""
        document = self._find(return_id, token)
        error = document._get_link_problem() or self._ask(document, values)
        if error:
            return self._render(document, token, error, values)
        return self._redirect_to_page(document, token)

    def _ask(self, document, values):
        try:
            uploads = read_uploads(document.env, request.httprequest.files.getlist("photos"))
        except UserError as problem:
            return str(problem)
        return self._act(document._ask_by_link, values, uploads)

    def _render(self, document, token, error="", values=None):
        problem = document._get_link_problem()
        source = document._get_link_source()
        goods = () if problem else document._get_source_goods(document._get_customer(), source)
        typed = values or {
            "contact_name": document.contact_name or document.link_partner_id.name,
            "contact_phone": document.contact_phone or document.link_partner_id.phone,
            "return_type": document.return_type,
        }
        return self._render_page(
            "aftersales_service.return_link_page",
            {
                "document": document,
                "customer": document._get_customer(),
                "problem": problem,
                "used": document.link_state == "used",
                "barred": self._get_barred(),
                "error": "" if problem else error,
                "path": document._get_link_path(token),
                **get_form_values(document, document.company_id, source, goods, typed),
                "page_name": "return_link",
            },
        )


def get_form_values(model, company, source, goods, typed):
    """Return what the form for a request shows, on either page.

    :param typed: what was sent before, kept when something is missing
    """
    fields_ = model._fields
    return {
        "goods": goods,
        "typed": {name: text for name, text in typed.items() if isinstance(text, str)},
        "types": model._get_ask_types(company, source),
        "wishes": fields_["wish"]._description_selection(model.env),
        "payers": fields_["freight_payer"]._description_selection(model.env),
    }
