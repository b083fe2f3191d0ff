from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class AftersalesRequisitionAgreement(models.Model):
    """The gate of paid service: nothing chargeable leaves unsigned or unpaid (R004-30).

    Asked where the move becomes done, and before at the buttons. What an issue counts
    against is written in its transaction, on rows that own their caps: two issues at
    the same moment collide there and one is repeated on fresh data. The payments that
    it relies on are locked until it is over.
    """

    _inherit = "aftersales.requisition"

    cover_kind = fields.Selection(
        [
            ("agreement", "Agreement"),
            ("framework", "Framework Agreement"),
            ("release", "Release"),
        ],
        string="Issued under",
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    cover_ids = fields.One2many("aftersales.cover", "requisition_id", string="Covers")
    is_chargeable = fields.Boolean(compute="_compute_is_chargeable")
    is_uncovered = fields.Boolean(
        string="Issued but Not Secured",
        compute="_compute_is_uncovered",
        search="_search_is_uncovered",
        help="Chargeable parts have left, and agreement or prepayment is missing.",
    )
    agreement_count = fields.Integer(compute="_compute_agreement_count")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("ticket_id", "purpose_id")
    def _compute_is_chargeable(self):
        for requisition in self:
            requisition.is_chargeable = requisition.sudo()._is_chargeable()

    def _compute_is_uncovered(self):
        found = self.search([("id", "in", self.ids), ("is_uncovered", "=", True)])
        for requisition in self:
            requisition.is_uncovered = requisition in found

    @api.model
    def _search_is_uncovered(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = Domain("id", "in", self._get_uncovered_query())
        return found if True in value else ~found

    @api.depends("ticket_id")
    def _compute_agreement_count(self):
        for requisition in self:
            requisition.agreement_count = requisition.ticket_id.agreement_count

    @api.model
    def _get_uncovered_query(self):
        """Return the ids of requisitions whose issue isn't secured now, as SQL.

        Read live: a payment that is cancelled or an agreement that is terminated after
        the issue brings it back (C5).
        """
        self.env["aftersales.cover"].flush_model()
        self.env["aftersales.requisition"].flush_model(["cover_kind", "fulfilment"])
        self.env["helpdesk.ticket"].flush_model(["charge_parts"])
        self.env["aftersales.agreement"].flush_model()
        self.env["account.payment"]._aftersales_flush()
        return SQL(
            """(SELECT cover.requisition_id
                  FROM aftersales_cover cover
             LEFT JOIN aftersales_agreement_line line ON line.id = cover.agreement_line_id
             LEFT JOIN aftersales_agreement own
                    ON own.id = COALESCE(line.agreement_id, cover.framework_id)
             LEFT JOIN aftersales_agreement root ON root.id = COALESCE(own.parent_id, own.id)
                 WHERE (own.progress IS DISTINCT FROM 'signed'
                        OR root.progress IS DISTINCT FROM 'signed')
                       -- ended, and what was done under it is settled
                       AND NOT (root.progress = 'terminated' AND root.settled_on IS NOT NULL)
                    OR (SELECT COALESCE(SUM(member.prepay_amount), 0)
                          FROM aftersales_agreement member
                         WHERE (member.id = root.id OR member.parent_id = root.id)
                           AND member.progress = 'signed')
                     > (SELECT COALESCE(SUM(%(signed_amount)s), 0)
                          FROM account_payment payment
                          JOIN aftersales_agreement member
                            ON member.id = payment.aftersales_agreement_id
                          JOIN res_company company ON company.id = payment.company_id
                     LEFT JOIN account_move move ON move.id = payment.move_id
                         WHERE (member.id = root.id OR member.parent_id = root.id)
                           AND %(arrived)s)
                 UNION
                -- issued as free, and found to be chargeable since
                SELECT requisition.id
                  FROM aftersales_requisition requisition
                  JOIN helpdesk_ticket ticket ON ticket.id = requisition.ticket_id
                 WHERE ticket.charge_parts = 'paid' AND requisition.cover_kind IS NULL
                   AND requisition.fulfilment IN ('issued', 'shipped', 'received'))""",
            signed_amount=self.env["account.payment"]._aftersales_signed_amount(),
            arrived=self.env["account.payment"]._aftersales_arrived(),
        )

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------
    def _is_chargeable(self):
        """Return whether the customer pays for the parts of this requisition."""
        self.ensure_one()
        ticket = self.ticket_id
        if ticket.charge_parts == "paid" or self.purpose_id.aftersales_purpose == "paid":
            return True
        framework = ticket.framework_id
        return bool(
            ticket.coverage == "contract"
            and framework
            and ticket.charge_parts != "goodwill"
            and not framework._includes_parts()
        )

    def _check_issue_allowed(self):
        """Besides the approvals: agreement signed and prepayment arrived (R004-30).

        :raise UserError: naming agreement, amount and what to do
        """
        result = super()._check_issue_allowed()
        self.sudo().ticket_id.framework_id._lock_for_gate()
        for requisition in self.sudo():
            if requisition._is_chargeable() and not requisition.cover_kind:
                requisition._find_cover()
        return result

    def _take_cover(self):
        """Write what the issue counts against; called by the gate on the done moves."""
        for requisition in self.sudo():
            if requisition.cover_kind or not requisition._is_chargeable():
                continue
            kind, vals_list = requisition._find_cover()
            requisition._write_cover(kind, vals_list)

    def _write_cover(self, kind, vals_list):
        lines, releases, frameworks = {}, {}, {}
        for vals in vals_list:
            for totals, name, value in (
                (lines, "agreement_line_id", vals["quantity"]),
                (releases, "release_id", vals["amount"]),
                (frameworks, "framework_id", vals["amount"]),
            ):
                if vals.get(name):
                    totals[vals[name]] = totals.get(vals[name], 0.0) + value
        for line_id, quantity in lines.items():
            line = self.env["aftersales.agreement.line"].browse(line_id)
            total = line.product_id.uom_id.round(line.qty_covered + quantity)
            line._door_write({"qty_covered": total})
        for release_id, amount in releases.items():
            release = self.env["aftersales.release"].browse(release_id)
            release._door_write(
                {"used_amount": release.currency_id.round(release.used_amount + amount)}
            )
        for framework_id, amount in frameworks.items():
            framework = self.env["aftersales.agreement"].browse(framework_id)
            framework._door_write(
                {"as_used_amount": framework.currency_id.round(framework.as_used_amount + amount)}
            )
        self.env["aftersales.cover"]._door_create(vals_list)
        self._door_write({"cover_kind": kind})

    def _find_cover(self):
        """Return (kind, values of cover rows) that let this requisition be issued.

        In order: the agreements of the request, the framework that covers its unit, a
        valid release. The payments and agreements relied on are locked.

        :raise UserError: when nothing covers the whole of it
        """
        self.ensure_one()
        agreements = self.env["aftersales.agreement"].search(
            [("ticket_id", "=", self.ticket_id.id), ("progress", "!=", "terminated")]
        )
        framework = self.ticket_id.framework_id
        (agreements | framework)._lock_for_gate()
        signed = agreements.filtered(
            lambda item: (
                item._is_in_force() and (not item.parent_id or item.parent_id._is_in_force())
            )
        )
        lines = self.line_ids.filtered("qty_product")
        paid = signed.filtered(lambda item: item._is_prepaid())
        found = self._match_lines(lines, paid.line_ids)
        if found is not None:
            return "agreement", found
        found = self._find_framework(framework, lines)
        if found is not None:
            return "framework", found
        found = self._find_release(lines, signed)
        if found is not None:
            return "release", found
        raise UserError(self._get_uncovered_text(agreements, signed, paid, framework))

    def _match_lines(self, lines, agreed):
        """Return cover values that put each line on agreed ones, or None.

        A line counts against the agreement line that was made from it first, then
        against others of the same product.
        """
        free = {line: line.qty_agreed - line.qty_covered for line in agreed}
        vals_list = []
        for line in lines:
            unit = line.product_id.uom_id
            open_qty = line.qty_product
            for offer in sorted(
                (offer for offer in free if offer.product_id == line.product_id),
                key=lambda offer: (offer.requisition_line_id != line, offer.id),
            ):
                quantity = unit.round(min(free[offer], open_qty))
                if unit.compare(quantity, 0.0) <= 0:
                    continue
                free[offer] -= quantity
                open_qty = unit.round(open_qty - quantity)
                vals_list.append(
                    self._prepare_cover_vals(
                        line, quantity, offer._get_value(quantity), agreement_line_id=offer.id
                    )
                )
            if unit.compare(open_qty, 0.0) > 0:
                return None
        return vals_list

    def _find_framework(self, framework, lines):
        """Return cover values under a framework that charges parts as used, or None."""
        if (
            not framework
            or framework.parts_terms != "as_used"
            or not framework._is_in_force()
            or not framework._is_prepaid()
        ):
            return None
        today = self.company_id._aftersales_today()
        if not framework.date_from <= today <= framework.date_to:
            return None
        values = self._get_tariff_values(lines, framework.tariff_id)
        total = framework.currency_id.round(framework.as_used_amount + sum(values))
        if framework.currency_id.compare_amounts(total, framework.as_used_limit) > 0:
            return None
        return [
            self._prepare_cover_vals(line, line.qty_product, value, framework_id=framework.id)
            for line, value in zip(lines, values, strict=True)
        ]

    def _find_release(self, lines, signed):
        """Return cover values under a valid release of the request, or None.

        A release without prepayment needs a signed agreement over the quantities; one
        for work first doesn't.
        """
        releases = self.env["aftersales.release"].search(
            [("ticket_id", "=", self.ticket_id.id), ("state", "=", "approved")], order="id"
        )
        for release in releases.filtered(lambda item: item._is_valid()):
            matched = self._match_lines(lines, signed.line_ids)
            if release.kind == "unpaid" and matched is None:
                continue
            tariff = self.company_id.aftersales_tariff_id
            if matched is None:
                values = self._get_tariff_values(lines, tariff)
                matched = [
                    self._prepare_cover_vals(line, line.qty_product, value)
                    for line, value in zip(lines, values, strict=True)
                ]
            today = self.company_id._aftersales_today()
            for vals in matched:
                agreed = self.env["aftersales.agreement.line"].browse(vals.get("agreement_line_id"))
                vals["amount"] = (agreed.currency_id or tariff.currency_id)._convert(
                    vals["amount"], release.currency_id, self.company_id, today
                )
            amount = sum(vals["amount"] for vals in matched)
            total = release.currency_id.round(release.used_amount + amount)
            if release.currency_id.compare_amounts(total, release.amount_limit) <= 0:
                return [dict(vals, release_id=release.id) for vals in matched]
        return None

    def _prepare_cover_vals(self, line, quantity, amount, **links):
        return dict(
            links,
            requisition_id=self.id,
            requisition_line_id=line.id,
            quantity=quantity,
            amount=self.company_id.currency_id.round(amount),
        )

    def _get_tariff_values(self, lines, tariff):
        """Return what the lines cost by a tariff, with tax, rounded to the fen."""
        company = self.company_id
        if not tariff:
            raise UserError(
                self.env._(
                    "%s has no tariff of paid service: ask the administrator to set one.",
                    company.name,
                )
            )
        prices = tariff._aftersales_get_prices(
            [(line.product_id, line.qty_product, line.product_id.uom_id) for line in lines],
            fields.Datetime.now(),
        )
        values = []
        for line, price in zip(lines, prices, strict=True):
            if price <= 0:
                raise UserError(
                    self.env._(
                        "%(product)s has no price in %(tariff)s: have the sales manager set it.",
                        product=line.product_id.display_name,
                        tariff=tariff.name,
                    )
                )
            amount = price * line.qty_product
            if not tariff.aftersales_tax_included:
                taxes = line.product_id._aftersales_get_tax(company).compute_all(
                    price, currency=tariff.currency_id, quantity=line.qty_product
                )
                amount = taxes["total_included"]
            values.append(tariff.currency_id.round(amount))
        return values

    def _get_uncovered_text(self, agreements, signed, paid, framework):
        """Say what is missing, on which document, and what to do."""
        unsigned = agreements - signed
        waiting = signed - paid
        if framework and framework._is_in_force() and not framework._is_prepaid():
            waiting |= framework
        if waiting:
            family = waiting[0]._get_family().filtered(lambda item: item._is_in_force())
            return self.env._(
                "The agreement %(name)s asks for a prepayment of %(amount)s, %(paid)s has "
                "arrived: the material of %(requisition)s can't be issued. Have finance register "
                "the payment, or ask for a release.",
                name=waiting[0].name,
                amount=f"{sum(family.mapped('prepay_amount')):.2f}",
                paid=f"{waiting[0]._get_received():.2f}",
                requisition=self.name,
            )
        if signed:
            return self.env._(
                "%(requisition)s takes more than the agreements %(names)s allow. Make a "
                "supplement and have it signed.",
                requisition=self.name,
                names=", ".join(signed.mapped("name")),
            )
        if framework:
            return self.env._(
                "The framework agreement %(name)s doesn't cover the parts of %(requisition)s. Make "
                "a service agreement from the request.",
                name=framework.name,
                requisition=self.name,
            )
        if unsigned:
            return self.env._(
                "This service is chargeable and the agreement %(name)s isn't signed yet: the "
                "material of %(requisition)s can't be issued. Register the customer's signature, "
                "or ask for a release.",
                name=unsigned[0].name,
                requisition=self.name,
            )
        return self.env._(
            "This service is chargeable and there is no service agreement: the material of "
            "%(requisition)s can't be issued. Make one from the request %(request)s.",
            requisition=self.name,
            request=self.ticket_id.number,
        )

    # ------------------------------------------------------------------
    # Lines of an agreement, buttons
    # ------------------------------------------------------------------
    @api.readonly
    def action_view_agreements(self):
        """Open the agreements of the request."""
        return self._check_one().ticket_id.action_view_agreements()


class AftersalesRequisitionLineAgreement(models.Model):
    _inherit = "aftersales.requisition.line"

    def _prepare_agreement_line(self):
        """Return the values of the agreement line that charges this part."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "spec": self.spec,
            "product_uom_id": self.product_id.uom_id.id,
            "quantity": self._get_product_qty(),
            "requisition_line_id": self.id,
        }
