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

    _begun_index = models.Index("(ticket_id) WHERE started_at IS NOT NULL AND ending IS NULL")

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
        found = self.search([("id", "in", self._origin.ids), ("is_uncovered", "=", True)])
        for repair in self:
            repair.is_uncovered = repair._origin in found

    @api.model
    def _search_is_uncovered(self, operator, value):
        """Repairs that have begun and, as things are now, couldn't (C5)."""
        if operator != "in":
            return NotImplemented
        found = Domain("id", "in", self._get_uncovered_query())
        return found if True in value else ~found

    @api.model
    def _get_uncovered_query(self):
        """Return the ids of repairs that have begun and aren't secured now, as SQL.

        Chargeable as :meth:`_get_charge` says, and covered by nothing that
        :meth:`_match_cover` finds but a release, which is to be made good. Read live: a
        payment that is cancelled or an agreement that is terminated brings it back.
        """
        self.flush_model(["ticket_id", "company_id", "state", "started_at", "ending"])
        self.env["helpdesk.ticket"].flush_model(
            ["charge_parts", "charge_labour", "coverage", "framework_id"]
        )
        self.env["aftersales.finding"].flush_model(["ticket_id", "state", "approved_at"])
        self.env["aftersales.agreement"].flush_model()
        self.env["res.company"].flush_model(["aftersales_tz"])
        payments = self.env["account.payment"]
        payments._aftersales_flush()
        return SQL(
            """(SELECT repair.id
                  FROM aftersales_repair repair
                  JOIN helpdesk_ticket ticket ON ticket.id = repair.ticket_id
                  JOIN res_company home ON home.id = repair.company_id
             LEFT JOIN aftersales_agreement framework ON framework.id = ticket.framework_id
                 WHERE repair.started_at IS NOT NULL
                   AND repair.ending IS NULL
                   AND repair.state = 'approved'
                   AND (ticket.charge_parts = 'paid'
                        OR ticket.charge_labour = 'paid'
                        OR ticket.charge_parts = 'free' AND ticket.charge_labour = 'free'
                           AND ticket.coverage = 'contract' AND framework.id IS NOT NULL
                           AND framework.labour_terms IS DISTINCT FROM 'included')
                   -- who pays isn't being decided anew
                   AND COALESCE((SELECT finding.state
                                   FROM aftersales_finding finding
                                  WHERE finding.ticket_id = ticket.id
                                    AND finding.approved_at IS NOT NULL
                                    AND finding.state <> 'cancelled'
                               ORDER BY finding.approved_at DESC, finding.id DESC
                                  LIMIT 1), 'approved') = 'approved'
                   AND NOT EXISTS (
                       SELECT 1
                         FROM aftersales_agreement cover
                         JOIN aftersales_agreement root
                           ON root.id = COALESCE(cover.parent_id, cover.id)
                        WHERE (cover.ticket_id = ticket.id
                               OR cover.id = framework.id
                              AND cover.labour_terms IS DISTINCT FROM 'separate'
                              AND (%(now)s AT TIME ZONE 'UTC'
                                   AT TIME ZONE COALESCE(home.aftersales_tz, 'Asia/Shanghai'))::date
                                  BETWEEN cover.date_from AND cover.date_to)
                          AND cover.progress = 'signed'
                          AND (root.progress = 'signed' OR cover.id = framework.id)
                          AND (SELECT COALESCE(SUM(member.prepay_amount), 0)
                                 FROM aftersales_agreement member
                                WHERE (member.id = root.id OR member.parent_id = root.id)
                                  AND member.progress = 'signed')
                           <= (SELECT COALESCE(SUM(%(signed_amount)s), 0)
                                 FROM account_payment payment
                                 JOIN aftersales_agreement member
                                   ON member.id = payment.aftersales_agreement_id
                                 JOIN res_company company ON company.id = payment.company_id
                            LEFT JOIN account_move move ON move.id = payment.move_id
                                WHERE (member.id = root.id OR member.parent_id = root.id)
                                  AND %(arrived)s)))""",
            now=fields.Datetime.now(),
            signed_amount=payments._aftersales_signed_amount(),
            arrived=payments._aftersales_arrived(),
        )

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

    def _get_blocked_text(self):
        """Return why the repair couldn't begin now, or nothing; locks nothing."""
        self.ensure_one()
        charge, finding = self._get_charge(), self._get_open_finding()
        if charge == "unknown" or finding:
            return self.env._("Who pays isn't known: %s.", self._get_basis(finding))
        if charge != "paid":
            return False
        agreements = self._get_agreements()
        _kind, cover = self._match_cover(agreements, self.ticket_id.sudo().framework_id)
        if cover:
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
