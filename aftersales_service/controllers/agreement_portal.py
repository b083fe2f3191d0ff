from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class AgreementPortal(CustomerPortal):
    """A customer's own agreements on the portal (attack D2).

    Customers have no rights on the model: these pages read for them, and only what was
    released to the customer they belong to.
    """

    def _get_agreement_domain(self):
        """Return the agreements that the user's firm may read; nobody's for the public."""
        customer = request.env.user.sudo().partner_id.commercial_partner_id
        return [
            ("partner_id.commercial_partner_id", "=", customer.id),
            ("state", "=", "approved"),
            ("progress", "!=", "negotiating"),
        ]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "agreement_count" in counters:
            values["agreement_count"] = (
                request.env["aftersales.agreement"]
                .sudo()
                .search_count(self._get_agreement_domain())
            )
        return values

    @http.route(
        ["/my/agreements", "/my/agreements/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def my_agreements(self, page=1, **_kw):
        """List the customer's agreements, the newest first."""
        Agreement = request.env["aftersales.agreement"].sudo()
        domain = self._get_agreement_domain()
        pager = portal_pager(
            url="/my/agreements",
            total=Agreement.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        agreements = Agreement.search(
            domain, order="id desc", limit=self._items_per_page, offset=pager["offset"]
        )
        return request.render(
            "aftersales_service.portal_my_agreements",
            dict(
                self._prepare_portal_layout_values(),
                agreements=agreements,
                page_name="agreement",
                pager=pager,
                default_url="/my/agreements",
            ),
        )

    @http.route("/my/agreements/<int:agreement_id>", type="http", auth="user", website=True)
    def my_agreement(self, agreement_id, **_kw):
        """Show one of the customer's agreements."""
        agreement = self._get_own_agreement(agreement_id)
        return request.render(
            "aftersales_service.portal_my_agreement",
            dict(
                self._prepare_portal_layout_values(),
                agreement=agreement,
                page_name="agreement",
            ),
        )

    @http.route("/my/agreements/<int:agreement_id>/pdf", type="http", auth="user", website=True)
    def my_agreement_pdf(self, agreement_id, **_kw):
        """Return the printed agreement with its annex."""
        agreement = self._get_own_agreement(agreement_id)
        content = agreement._get_sign_document()
        if not content:
            raise NotFound()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", content_disposition(f"{agreement.name}.pdf")),
                ("Cache-Control", "no-store"),
            ],
        )

    def _get_own_agreement(self, agreement_id):
        """Return one of the customer's agreements (sudo).

        :raise NotFound: for every other, whether it exists or not
        """
        agreement = (
            request.env["aftersales.agreement"]
            .sudo()
            .search([("id", "=", agreement_id), *self._get_agreement_domain()])
        )
        if not agreement:
            raise NotFound()
        return agreement
