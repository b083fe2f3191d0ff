from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..tools.text import float_text
from ..tools.upload import ENDINGS, MAX_REQUEST, PDF, read_uploads, sniff
from .return_link import get_form_values

FORM = "/my/returns/new/<any(delivery,unit):kind>/<int:source_id>"
OTHER = "/my/returns/new/other"


class ReturnPortal(CustomerPortal):
    """A customer's own returns on the portal, and his requests for new ones (D2).

    Customers have no rights on the models: these pages read and write for them, and
    every look-up starts from the firm that they belong to.
    """

    def _get_customer(self):
        return request.env.user.sudo().partner_id.commercial_partner_id

    def _get_return_domain(self):
        return request.env["aftersales.return"]._get_portal_domain(self._get_customer())

    def _is_customer(self):
        """Return whether the user is a customer: ours make a form of their own."""
        return not request.env.user._is_internal()

    def _can_ask(self, company=None):
        """Return whether customers may ask for any kind of return."""
        company = company or request.env.user.sudo().company_id
        return self._is_customer() and request.env["aftersales.return"]._is_ask_open(company)

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "return_count" in counters:
            returns = request.env["aftersales.return"].sudo()
            values["return_count"] = returns.search_count(self._get_return_domain())
        return values

    # ------------------------------------------------------------------
    # His returns
    # ------------------------------------------------------------------
    @http.route(
        ["/my/returns", "/my/returns/page/<int:page>"], type="http", auth="user", website=True
    )
    def my_returns(self, page=1, **_kw):
        """List the customer's returns, the newest first."""
        returns = request.env["aftersales.return"].sudo()
        domain = self._get_return_domain()
        pager = portal_pager(
            url="/my/returns",
            total=returns.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = returns.search(
            domain, order="id desc", limit=self._items_per_page, offset=pager["offset"]
        )
        return self._render(
            "aftersales_service.portal_my_returns",
            documents=found,
            can_ask=self._can_ask(),
            pager=pager,
            default_url="/my/returns",
        )

    @http.route("/my/returns/<int:return_id>", type="http", auth="user", website=True)
    def my_return(self, return_id, **_kw):
        """Show one of the customer's returns: how far it is, and what was decided."""
        return self._render_return(self._get_own_return(return_id))

    @http.route(
        "/my/returns/<int:return_id>/files",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_REQUEST,
    )
    def my_return_add_files(self, return_id, **_kw):
        """Keep further photographs, until somebody of ours submits the form."""
        document = self._get_own_return(return_id)
        if not self._is_customer():
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                uploads = read_uploads(request.env, request.httprequest.files.getlist("photos"))
                document._add_uploads(uploads)
        except UserError as problem:
            return self._render_return(document, str(problem))
        return request.redirect(f"/my/returns/{document.id}", code=303)

    @http.route(
        "/my/returns/<int:return_id>/files/<int:piece_id>",
        type="http",
        auth="user",
        website=True,
    )
    def my_return_file(self, return_id, piece_id, **_kw):
        """Return one of the files that the customer himself has sent."""
        document = self._get_own_return(return_id)
        piece = document._get_customer_files().filtered(lambda item: item.id == piece_id)
        content = piece._get_file().raw or b""
        kind = sniff(content)
        if not kind:
            raise NotFound()
        shown = "attachment" if kind == PDF else "inline"
        name = piece.file_name or f"{piece.id}{ENDINGS[kind]}"
        return request.make_response(
            content,
            headers=[
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name, disposition_type=shown)),
                ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "default-src 'none'"),
                ("Cache-Control", "private, no-store"),
            ],
        )

    # ------------------------------------------------------------------
    # A new request
    # ------------------------------------------------------------------
    @http.route("/my/returns/new", type="http", auth="user", website=True)
    def my_return_choose(self, search="", **_kw):
        """Let the customer choose from what was delivered to him."""
        if not self._can_ask():
            raise NotFound()
        returns, customer = request.env["aftersales.return"], self._get_customer()
        search = str(search or "").replace("\x00", "").strip()[:100]
        return self._render(
            "aftersales_service.portal_return_choose",
            deliveries=returns._get_own_deliveries(customer, search),
            units=returns._get_own_units(customer, search),
            get_moves=lambda picking: returns._get_own_moves(picking, customer),
            search=search,
        )

    @http.route([FORM, OTHER], type="http", auth="user", methods=["GET"], website=True)
    def my_return_form(self, kind="other", source_id=0, **_kw):
        """Show the form for the goods that were chosen."""
        source, company = self._get_own_source(kind, source_id)
        partner = request.env.user.sudo().partner_id
        typed = {"contact_name": partner.name, "contact_phone": partner.phone}
        return self._render_form(source, company, typed)

    @http.route(
        [FORM, OTHER],
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_REQUEST,
    )
    def my_return_ask(self, kind="other", source_id=0, **values):
        """Make a draft of the request; somebody of ours completes and submits it."""
        source, company = self._get_own_source(kind, source_id)
        try:
            with request.env.cr.savepoint():
                document = request.env["aftersales.return"]._ask_on_portal(
                    self._get_customer(),
                    company,
                    source,
                    values,
                    read_uploads(request.env, request.httprequest.files.getlist("photos")),
                )
        except UserError as problem:
            return self._render_form(source, company, values, str(problem))
        return request.redirect(f"/my/returns/{document.id}", code=303)

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _get_own_return(self, return_id):
        """Return one of the customer's returns (sudo).

        :raise NotFound: for every other, whether it exists or not
        """
        domain = Domain("id", "=", return_id) & self._get_return_domain()
        document = request.env["aftersales.return"].sudo().search(domain)
        if not document:
            raise NotFound()
        return document

    def _get_own_source(self, kind, source_id):
        """Return (delivery or unit of the customer's, or none; its company), for a request.

        :raise NotFound: for every other, whether it exists or not
        """
        returns, customer = request.env["aftersales.return"], self._get_customer()
        source = request.env["aftersales.unit"].sudo()
        if kind == "unit":
            own = returns._get_own_unit_domain(customer)
            source = source.search(Domain("id", "=", source_id) & own)
        elif kind == "delivery":
            own = returns._get_own_delivery_domain(customer)
            source = request.env["stock.picking"].sudo()
            source = source.search(Domain("id", "=", source_id) & own)
            if not returns._get_own_moves(source, customer):
                raise NotFound()
        company = source.company_id or request.env.user.sudo().company_id
        if (kind != "other" and not source) or not self._can_ask(company):
            raise NotFound()
        return source, company

    def _render_return(self, document, error=""):
        return self._render(
            "aftersales_service.portal_my_return",
            document=document,
            float_text=float_text,
            is_own_delivery=bool(
                document._get_own_moves(document.delivery_id, self._get_customer())
            ),
            error=error,
        )

    def _render_form(self, source, company, typed, error=""):
        returns = request.env["aftersales.return"]
        goods = returns._get_source_goods(self._get_customer(), source)
        return self._render(
            "aftersales_service.portal_return_form",
            **get_form_values(returns, company, source, goods, typed),
            source=source,
            customer=self._get_customer(),
            path=request.httprequest.path,
            error=error,
        )

    def _render(self, template, **values):
        return request.render(
            template,
            dict(self._prepare_portal_layout_values(), page_name="return", **values),
        )
