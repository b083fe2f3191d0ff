from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController


def _record_id(text):
    """Return the id that a request parameter names, or 0."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class AftersalesHelpdeskController(HelpdeskTicketController):
    @http.route(methods=["POST"])
    def support_ticket_close(self, ticket_id=None, stage_id=None, **kw):
        """Close a request from the portal: only the customer's own, and only into a
        stage that is meant for it (attack D2)."""
        ticket = self._get_closable_ticket(_record_id(ticket_id))
        stage = request.env["helpdesk.ticket.stage"].sudo().browse(_record_id(stage_id)).exists()
        url = f"/my/ticket/{ticket.id}"
        if not self._close_ticket(ticket, stage):
            url += "?close_refused=1"
        return request.redirect(url, code=302)

    def _close_ticket(self, ticket, stage):
        """Return False if a rule refused it; which one is internal.

        A stage that the page doesn't offer changes nothing, as in helpdesk_mgmt.
        """
        meant = stage.close_from_portal and stage.closed
        if ticket.closed or not meant or stage not in ticket.team_id._get_applicable_stages():
            return True
        try:
            with request.env.cr.savepoint():
                ticket.write({"stage_id": stage.id})
        except UserError:
            return False
        return True

    def _get_closable_ticket(self, ticket_id):
        """Return the request with the rights to close it.

        :raise NotFound: unless the user may read it and it is his own, or he may
            write it anyway
        """
        ticket = request.env["helpdesk.ticket"].browse(ticket_id).exists()
        if not ticket or not ticket.has_access("read"):
            raise NotFound()
        if ticket.has_access("write"):
            return ticket
        owner = ticket.sudo().partner_id.commercial_partner_id
        if not owner or owner != request.env.user.sudo().partner_id.commercial_partner_id:
            raise NotFound()
        return ticket.sudo()

    def _prepare_submit_ticket_vals(self, **kw):
        # helpdesk passes these to int() as they come
        for name in ("category", "team"):
            kw[name] = _record_id(kw.get(name))
        kw["description"] = kw.get("description") or ""
        return super()._prepare_submit_ticket_vals(**kw)
