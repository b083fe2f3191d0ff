from odoo import api, fields, models
from odoo.exceptions import ValidationError

READER = "aftersales_service.group_reader"
SUPERVISOR = "aftersales_service.group_supervisor"
COMMERCE = "aftersales_service.group_commerce"


class HelpdeskTicketAgreement(models.Model):
    """From the request to its agreements and releases, with one click (R004-29)."""

    _inherit = "helpdesk.ticket"

    agreement_ids = fields.One2many(
        "aftersales.agreement", "ticket_id", string="Agreements", groups=READER
    )
    release_ids = fields.One2many(
        "aftersales.release", "ticket_id", string="Releases", groups=READER
    )
    agreement_count = fields.Integer(compute="_compute_agreement_count", groups=READER)
    release_count = fields.Integer(compute="_compute_agreement_count", groups=READER)
    framework_id = fields.Many2one(
        "aftersales.agreement",
        string="Framework Agreement",
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )

    @api.depends("agreement_ids", "release_ids")
    def _compute_agreement_count(self):
        counts = {
            model: dict(
                self.env[model]._read_group(
                    [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
                )
            )
            for model in ("aftersales.agreement", "aftersales.release")
        }
        for ticket in self:
            ticket.agreement_count = counts["aftersales.agreement"].get(ticket, 0)
            ticket.release_count = counts["aftersales.release"].get(ticket, 0)

    @api.constrains("company_id")
    def _check_company_of_agreements(self):
        """A request with agreements stays in its company (attack A18)."""
        for model in ("aftersales.agreement", "aftersales.release"):
            for document in self.env[model].sudo().search([("ticket_id", "in", self.ids)]):
                if document.company_id != document.ticket_id.company_id:
                    raise ValidationError(
                        self.env._(
                            "%(request)s has the document %(document)s and stays in its company.",
                            request=document.ticket_id.number,
                            document=document.name,
                        )
                    )

    # ------------------------------------------------------------------
    # Coverage
    # ------------------------------------------------------------------
    def _freeze_coverage(self):
        """Remember which framework agreement a covered request rests on."""
        result = super()._freeze_coverage()
        for ticket in self.sudo():
            if ticket._guard_is_locked():
                continue
            framework = self.env["aftersales.agreement"]
            if ticket.unit_id and ticket.coverage == "contract":
                day = ticket.company_id._aftersales_date(ticket.reported_at)
                framework = ticket.unit_id._get_framework(day)
            if ticket.framework_id != framework:
                ticket._door_write({"framework_id": framework.id})
        return result

    # ------------------------------------------------------------------
    # Closing
    # ------------------------------------------------------------------
    def _get_open_items(self):
        """An agreement that waits for its signature keeps a request open."""
        items = super()._get_open_items()
        documents = (
            self.env["aftersales.agreement"]
            .sudo()
            .search(
                [
                    ("ticket_id", "in", self.ids),
                    ("state", "in", ("draft", "submitted", "approved")),
                    ("progress", "in", ("negotiating", "to_sign", "to_seal")),
                ]
            )
        )
        for document in documents:
            label = dict(document._fields["progress"]._description_selection(self.env))
            text = f"{document.name} ({label[document.progress]})"
            items.setdefault(document.ticket_id.with_env(self.env), []).append(text)
        return items

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_create_agreement(self):
        """Make a draft agreement, with the parts asked for and the tariff's estimate."""
        # the commerce office makes agreements, but doesn't change requests
        ticket = self._check_one()._as_public()
        ticket._check_role("create_agreement")
        ticket._check_open()
        company = ticket.company_id
        agreements = ticket.env["aftersales.agreement"].with_company(company)
        agreement = agreements.create(
            {
                "ticket_id": ticket.id,
                "company_id": company.id,
                "line_ids": agreements._prepare_ticket_lines(ticket),
            }
        )
        return agreement._open_form()

    def action_create_release(self):
        """Make a draft release, with what its parts cost by the tariff."""
        ticket = self._check_one()._as_public("create_release")
        return {
            "type": "ir.actions.act_window",
            "name": ticket.env._("Release"),
            "res_model": "aftersales.release",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_ticket_id": ticket.id},
        }

    @api.readonly
    def action_view_agreements(self):
        """Open the agreements of the request."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Service Agreements"),
            "res_model": "aftersales.agreement",
            "view_mode": "list,kanban,form",
            "domain": [("ticket_id", "=", self.id)],
        }
        if self.agreement_count == 1:
            action.update(view_mode="form", res_id=self.agreement_ids.id)
        return action

    @api.readonly
    def action_view_releases(self):
        """Open the releases of the request."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Releases"),
            "res_model": "aftersales.release",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("ticket_id", "=", self.id)],
            "context": {"default_ticket_id": self.id},
        }


class AftersalesUnitAgreement(models.Model):
    """A framework agreement in force covers the units that it names (年度维保协议)."""

    _inherit = "aftersales.unit"

    agreement_unit_ids = fields.One2many(
        "aftersales.agreement.unit", "unit_id", string="Framework Agreements"
    )

    def _get_framework(self, day):
        """Return the framework agreement that covers the unit on a day, the newest first."""
        self.ensure_one()
        domain = [
            ("kind", "=", "framework"),
            ("progress", "=", "signed"),
            ("company_id", "=", self.company_id.id),
            ("date_from", "<=", day),
            ("date_to", ">=", day),
            ("unit_ids.unit_id", "=", self.id),
        ]
        unit = self.sudo()
        if unit.partner_id:
            # a unit that was sold since leaves the agreement of its former owner
            owners = (unit.partner_id | unit.end_user_id).commercial_partner_id
            domain.append(("partner_id.commercial_partner_id", "in", owners.ids))
        return (
            self.env["aftersales.agreement"]
            .sudo()
            .search(domain, order="in_force_at desc, id desc", limit=1)
        )

    def _get_coverage(self, day):
        """Out of warranty, a framework agreement covers: dict(coverage, until, basis)."""
        found = super()._get_coverage(day)
        framework = self._get_framework(day)
        if not framework or found["coverage"] in ("in_warranty", "contract"):
            return found
        lang = self.company_id.sudo().partner_id.lang or self.env.lang
        text = self.with_context(lang=lang).env._(
            "Framework agreement %(name)s until %(date)s",
            name=framework.name,
            date=str(framework.date_to),
        )
        return {
            "coverage": "contract",
            "until": framework.date_to,
            "basis": "; ".join(filter(None, [found["basis"], text])),
        }
