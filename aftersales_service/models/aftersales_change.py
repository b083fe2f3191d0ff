from odoo import api, fields, models
from odoo.exceptions import UserError

PROJECT_MANAGER = "aftersales_service.group_project_manager"
# who has brought the additional cost about
OF_OTHERS = ("customer", "design")
NEGOTIATED = ("negotiate",)


class AftersalesChange(models.Model):
    """A technical change that the customer asks for after arrival (R004-21, R004-22).

    The project manager agrees a plan with the customer. Additional cost that the customer or
    the design institute has caused goes to the commerce office, which negotiates and writes
    the outcome down in its own step; the production unit is informed.
    """

    _name = "aftersales.change"
    _inherit = ["aftersales.case", "mail.thread", "mail.activity.mixin"]
    _description = "Technical Change"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.change"
    _action_roles = {
        "submit": (PROJECT_MANAGER,),
        "withdraw": (PROJECT_MANAGER,),
        "revise": (PROJECT_MANAGER,),
        "cancel": (PROJECT_MANAGER,),
    }

    contract_ref = fields.Char(
        string="Contract Number",
        guard="locked",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Project Manager",
        guard="locked",
        default=lambda self: self.env.user,
        index=True,
        check_company=True,
    )

    # what is asked for, and the plan
    asked_by = fields.Char(string="Asked for by", guard="locked")
    asked_on = fields.Date(
        guard="locked", default=lambda self: self.env.company._aftersales_today()
    )
    wanted = fields.Text(
        string="Change Wanted", guard="locked", help="What the customer wants changed, and why."
    )
    plan = fields.Text(
        string="Change Plan",
        guard="locked",
        amend=("review",),
        help="What is changed, by whom, with which parts and drawings, until when.",
    )
    agreed_by = fields.Char(
        string="Agreed by", guard="locked", copy=False, help="The person of the customer's."
    )
    agreed_on = fields.Date(guard="locked", copy=False)

    # what it costs, and who pays
    currency_id = fields.Many2one(related="company_id.currency_id")
    cause = fields.Selection(
        [
            ("customer", "Customer"),
            ("design", "Design Institute"),
            ("us", "Our Company"),
        ],
        string="Caused by",
        guard="locked",
        amend=("review",),
    )
    amount_increase = fields.Monetary(
        string="Additional Cost", guard="locked", amend=("review", *NEGOTIATED)
    )
    outcome = fields.Selection(
        [
            ("customer", "The Customer Pays"),
            ("shared", "It Is Shared"),
            ("us", "Our Company Bears It"),
            ("dropped", "The Change Is Dropped"),
        ],
        guard="locked",
        amend=NEGOTIATED,
        copy=False,
        help="What the commerce office has agreed with the customer (R004-22).",
    )
    amount_agreed = fields.Monetary(
        string="Customer's Share", guard="locked", amend=NEGOTIATED, copy=False
    )
    outcome_note = fields.Text(
        string="Outcome of the Negotiation", guard="locked", amend=NEGOTIATED, copy=False
    )
    is_negotiated = fields.Boolean(compute="_compute_is_negotiated")
    approval_limit = fields.Monetary(
        guard="door",
        readonly=True,
        copy=False,
        help="The company's limit when the change was submitted.",
    )
    approved_at = fields.Datetime(string="Concluded on", guard="door", readonly=True, copy=False)

    _amounts_in_range = models.Constraint(
        "CHECK (amount_increase >= 0 AND amount_agreed >= 0"
        " AND amount_agreed <= GREATEST(amount_increase, 0))",
        "The customer's share is between zero and the additional cost.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.model
    def _prepare_from_ticket(self, ticket):
        vals = super()._prepare_from_ticket(ticket)
        return dict(vals, contract_ref=ticket.unit_id.contract_ref)

    @api.depends("cause", "amount_increase")
    def _compute_is_negotiated(self):
        for change in self:
            change.is_negotiated = change.cause in OF_OTHERS and change.amount_increase > 0

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    @api.model
    def _get_situations(self):
        return {
            "increase": self.env._("customer or design institute have caused additional cost"),
            "we_bear": self.env._("we bear more than the company's limit"),
        }

    def _is_situation(self, key):
        self.ensure_one()
        if key == "increase":
            return self.is_negotiated
        under_way = self.state in ("submitted", "approved")
        company = self.company_id.sudo()
        limit = self.approval_limit if under_way else company.aftersales_finding_limit
        return self.currency_id.compare_amounts(self._get_our_share(), limit) > 0

    def _get_our_share(self):
        """Return what we bear of the additional cost, as far as it is agreed."""
        if not self.is_negotiated:
            return self.amount_increase
        if self.outcome in (False, "customer", "dropped"):
            return 0.0
        return self.amount_increase - (self.amount_agreed if self.outcome == "shared" else 0.0)

    def _check_can_submit(self):
        if self.ticket_id.closed:
            raise UserError(self.env._("The service request %s is closed.", self.ticket_id.number))
        self._check_filled("asked_by", "wanted", "plan", "cause", "agreed_by", "agreed_on")

    def _prepare_submit_vals(self):
        vals = {"approval_limit": self.company_id.sudo().aftersales_finding_limit}
        if not self.is_negotiated:
            vals.update(outcome=False, amount_agreed=0.0, outcome_note=False)
        return vals

    def _get_frozen_extra(self):
        return {"approval_limit": f"{self.approval_limit:.2f}"}

    def _check_step_complete(self, row, rows):
        if row.phase != "decision":
            return
        last = self._is_last_decision(row, rows)
        if row.act != "negotiate" and not (last and self.is_negotiated):
            return
        if not self.outcome or not (self.outcome_note or "").strip():
            raise UserError(
                self.env._(
                    "%s: write down what was agreed with the customer about the additional cost.",
                    self.name,
                )
            )
        agreed = self.amount_agreed
        fitting = {
            "customer": agreed == self.amount_increase,
            "shared": 0 < agreed < self.amount_increase,
            "us": not agreed,
            "dropped": not agreed,
        }
        if not fitting[self.outcome]:
            raise UserError(
                self.env._(
                    "%s: the customer's share doesn't fit the outcome: all of it, part of it or "
                    "nothing.",
                    self.name,
                )
            )

    def _after_approved(self):
        self.sudo()._door_write({"approved_at": fields.Datetime.now()})
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        # whoever signs last needs no right to edit requests
        self.ticket_id.sudo().message_post(
            body=self.env._(
                "Technical change %(change)s is agreed: %(outcome)s. Additional cost "
                "%(amount)s, of which the customer pays %(agreed)s.",
                change=self.name,
                outcome=self.is_negotiated
                and labels.get(self.outcome)
                or self.env._("no additional cost to negotiate"),
                amount=self.currency_id.format(self.amount_increase),
                agreed=self.currency_id.format(self.is_negotiated and self.amount_agreed),
            ),
            author_id=self.env.user.partner_id.id,
        )
        self._notify_people(
            self.ticket_id.sudo().user_id,
            self.env._("Technical change %s is agreed.", self.name),
        )

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        submit = chain.filtered(lambda row: row.act == "submit")[-1:]
        frozen = self.env["aftersales.verification"]._load(submit.snapshot).get("frozen")
        if submit and frozen != self._get_frozen_extra():
            texts.append(self.env._("The limit was changed after submission."))
        return texts


class HelpdeskTicket(models.Model):
    """From the request to the technical changes that came up in it."""

    _inherit = "helpdesk.ticket"

    change_ids = fields.One2many(
        "aftersales.change",
        "ticket_id",
        string="Technical Changes",
        groups="aftersales_service.group_reader",
    )
    change_count = fields.Integer(
        compute="_compute_change_count", groups="aftersales_service.group_reader"
    )

    @api.depends("change_ids")
    def _compute_change_count(self):
        counts = dict(
            self.env["aftersales.change"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.change_count = counts.get(ticket, 0)

    def _get_open_items(self):
        """A change that isn't agreed yet keeps its request open."""
        items = super()._get_open_items()
        if self:
            changes = (
                self.env["aftersales.change"]
                .sudo()
                .search(
                    [
                        ("ticket_id", "in", self.ids),
                        ("state", "in", ("draft", "submitted", "rejected", "withdrawn")),
                    ]
                )
            )
            for change in changes.with_env(self.env(su=True)):
                label = f"{change.name} ({change._guard_state_label()})"
                items.setdefault(change.ticket_id, []).append(label)
        return items

    def action_create_change(self):
        """Make a draft change, filled with what the request knows (R004-21)."""
        ticket = self._check_one()._as_public()
        ticket._check_role("create_change")
        change = ticket.env["aftersales.change"].create(
            {"ticket_id": ticket.id, "company_id": ticket.company_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.change",
            "res_id": change.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.readonly
    def action_view_changes(self):
        """Open the technical changes of the request."""
        self._check_one().check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Technical Changes"),
            "res_model": "aftersales.change",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("ticket_id", "=", self.id)],
            "context": {"default_ticket_id": self.id},
        }
        if self.change_count == 1:
            action.update(view_mode="form", res_id=self.change_ids.id)
        return action
