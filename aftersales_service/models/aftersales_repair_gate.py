from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.fields import selection_of
from ..tools.text import clean_text

COVERS = [
    ("agreement", "Agreement"),
    ("framework", "Framework Agreement"),
    ("release", "Release"),
]


class AftersalesRepairGate(models.Model):
    """The gate of paid repair: no work on a chargeable unit unsigned or unpaid (R004-30, C4).

    Asked where the repair begins, on the state of core's repair order, and with what the
    database says at that moment: finding, agreement and payments relied on are locked until
    it is over. What was cancelled afterwards is found by the same question (C5).
    """

    _inherit = "aftersales.repair"

    start_charge = fields.Selection(
        selection=selection_of("helpdesk.ticket", "charge_class"),
        string="Charge at the Start",
        guard="door",
        readonly=True,
        copy=False,
    )
    cover_kind = fields.Selection(
        COVERS,
        string="Repaired under",
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    cover_ref = fields.Reference(
        [
            ("aftersales.agreement", "Service Agreement"),
            ("aftersales.release", "Release"),
        ],
        string="Covered by",
        guard="door",
        readonly=True,
        copy=False,
    )
    blocked_by = fields.Char(
        compute="_compute_blocked_by", help="Why the repair can't begin, if it can't."
    )
    is_uncovered = fields.Boolean(
        string="Begun but Not Secured",
        compute="_compute_is_uncovered",
        search="_search_is_uncovered",
        help="A chargeable repair has begun, and agreement or prepayment is missing.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("progress", "ticket_id.charge_class")
    @api.depends_context("lang")
    def _compute_blocked_by(self):
        for repair in self:
            repair.blocked_by = (
                repair.sudo()._get_blocked_text() if repair.progress == "to_repair" else False
            )

    @api.depends("started_at", "ending", "state", "ticket_id.charge_class")
    def _compute_is_uncovered(self):
        for repair in self:
            begun = repair.started_at and not repair.ending and repair.state == "approved"
            repair.is_uncovered = bool(begun and repair.sudo()._get_blocked_text(True))

    @api.model
    def _search_is_uncovered(self, operator, value):
        """Repairs that have begun and, as things are now, couldn't (C5).

        Asked of those that are charged; what is free needs no cover.
        """
        if operator != "in":
            return NotImplemented
        begun = self.sudo().search(
            Domain("started_at", "!=", False)
            & Domain("ending", "=", False)
            & Domain("state", "=", "approved")
            & (
                Domain("start_charge", "=", "paid")
                | Domain("ticket_id.charge_class", "=", "paid")
                | Domain("ticket_id.framework_id", "!=", False)
            )
        )
        found = Domain("id", "in", begun.filtered(lambda item: item._get_blocked_text(True)).ids)
        return found if True in value else ~found

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    def _get_charge(self):
        """Return how the repair itself, its labour and parts, is charged."""
        self.ensure_one()
        ticket = self.ticket_id.sudo()
        charges = {ticket._charge_of("parts"), ticket._charge_of("labour")}
        charge = ticket._get_charge_class(charges)
        framework = ticket.framework_id
        if (
            charge == "free"
            and ticket.coverage == "contract"
            and framework
            and framework.labour_terms != "included"
        ):
            return "paid"
        return charge

    def _find_start_cover(self):
        """Return (kind, agreement or release) that lets the repair begin; (False, None) when
        it costs the customer nothing.

        :raise UserError: naming what is missing and what to do
        """
        self.ensure_one()
        self._lock_charge()
        charge = self._get_charge()
        newest = self._get_open_finding()
        if charge == "unknown" or newest:
            raise UserError(
                self.env._(
                    "Who pays for %(repair)s isn't known: %(basis)s. Have the responsibility "
                    "found first.",
                    repair=self.name,
                    basis=self._get_basis(newest),
                )
            )
        if charge != "paid":
            return False, None
        agreements = self._get_agreements()
        framework = self.ticket_id.sudo().framework_id
        (agreements | framework)._lock_for_gate()
        kind, cover = self._match_cover(agreements, framework)
        if not cover:
            raise UserError(self._get_uncovered_text(agreements))
        return kind, cover

    def _match_cover(self, agreements, framework):
        """Return (kind, agreement or release), or (False, None) when nothing covers it."""
        signed = agreements.filtered(
            lambda item: (
                item._is_in_force() and (not item.parent_id or item.parent_id._is_in_force())
            )
        )
        paid = signed.filtered(lambda item: item._is_prepaid())
        if paid:
            return "agreement", paid[0]
        today = self.company_id._aftersales_today()
        if (
            framework
            and framework._is_in_force()
            and framework.labour_terms != "separate"
            and framework.date_from <= today <= framework.date_to
            and framework._is_prepaid()
        ):
            return "framework", framework
        for release in self._get_releases():
            if release.kind == "unsigned" or signed:
                return "release", release
        return False, None

    def _get_agreements(self):
        return (
            self.env["aftersales.agreement"]
            .sudo()
            .search(
                [("ticket_id", "=", self.ticket_id.id), ("progress", "!=", "terminated")],
                order="id",
            )
        )

    def _get_releases(self):
        """Return the releases of the request under which something may still begin."""
        releases = (
            self.env["aftersales.release"]
            .sudo()
            .search([("ticket_id", "=", self.ticket_id.id), ("state", "=", "approved")], order="id")
        )
        return releases.filtered(
            lambda item: (
                item._is_valid()
                and item.currency_id.compare_amounts(item.used_amount, item.amount_limit) < 0
            )
        )

    def _get_open_finding(self):
        """Return the finding that decides anew who pays, if one does."""
        ticket = self.ticket_id
        newest = self.env["aftersales.finding"]._get_newest(ticket).get(ticket)
        return newest if newest and newest.state != "approved" else None

    def _get_basis(self, finding):
        if finding:
            return self.env._("%s is being decided anew", finding.name)
        return self.env._("the request %s has no coverage and no finding", self.ticket_id.number)

    def _lock_charge(self):
        """Hold who pays while the work begins, as an issue does."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM helpdesk_ticket WHERE id IN %s ORDER BY id FOR SHARE",
                tuple(self.ticket_id.ids),
            )
        )

    def _get_uncovered_text(self, agreements):
        """Say what is missing, on which document, and what to do."""
        signed = agreements.filtered(lambda item: item._is_in_force())
        if signed:
            family = signed[0]._get_family().filtered(lambda item: item._is_in_force())
            return self.env._(
                "The agreement %(name)s asks for a prepayment of %(amount)s, %(paid)s has "
                "arrived: the repair %(repair)s can't begin. Have finance register the payment, "
                "or ask for a release.",
                name=signed[0].name,
                amount=f"{sum(family.mapped('prepay_amount')):.2f}",
                paid=f"{signed[0]._get_received():.2f}",
                repair=self.name,
            )
        if agreements:
            return self.env._(
                "The service agreement %(name)s isn't in force: the repair %(repair)s can't "
                "begin. Have the customer sign it, or ask for a release.",
                name=agreements[0].name,
                repair=self.name,
            )
        return self.env._(
            "%(repair)s is paid service and has no service agreement: it can't begin. Make one "
            "from the request %(request)s.",
            repair=self.name,
            request=self.ticket_id.number,
        )

    def _get_blocked_text(self, begun=False):
        """Return why the repair couldn't begin now, or nothing; locks nothing.

        :param begun: it has begun, and only what the customer owes matters
        """
        self.ensure_one()
        charge, finding = self._get_charge(), self._get_open_finding()
        if charge == "unknown" or finding:
            if begun:
                return False
            return self.env._("Who pays isn't known: %s.", self._get_basis(finding))
        if charge != "paid":
            return False
        agreements = self._get_agreements()
        kind, cover = self._match_cover(agreements, self.ticket_id.sudo().framework_id)
        if cover and not (begun and kind == "release"):
            return False
        return self._get_uncovered_text(agreements)

    def _grant_term(self):
        """A paid repair has the warranty that the agreement promises, from the way back on."""
        agreement = self.cover_ref if self.cover_kind == "agreement" else None
        if self.ending or not agreement or agreement.sudo().warranty_months <= 0:
            return
        self._engine().env["aftersales.unit.term"].create(
            {
                "unit_id": self.unit_id.id,
                "kind": "repair",
                "name": f"{self.name} · {clean_text(self.env, self.measures)}"[:250],
                "date_start": self.company_id._aftersales_today(),
                "months": agreement.sudo().warranty_months,
            }
        )
