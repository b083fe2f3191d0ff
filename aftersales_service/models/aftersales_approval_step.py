from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

ACTS = [
    ("review", "Review"),
    ("confirm", "Confirm"),
    ("approve", "Approve"),
    ("issue_order", "Issue Order"),
    ("countersign", "Countersign"),
    ("permit", "Permit"),
    ("check", "Check and Sign"),
    ("opine", "Technical Opinion"),
    ("determine", "Determine Responsibility"),
    ("grant", "Grant Goodwill"),
    ("negotiate", "Negotiate"),
    ("feedback", "Feed Back Lead Time"),
    ("draw", "Draw Material"),
    ("diagnose", "Initial Inspection"),
    ("repair", "Repair"),
    ("exit_inspect", "Exit Inspection"),
    ("send_back", "Send Back"),
    ("take_in", "Receive Goods"),
    ("assign", "Assign Inspector"),
    ("reinspect", "Re-inspect"),
    ("inform", "Inform"),
]


class AftersalesApprovalStep(models.Model):
    """One step of an approval chain: which role does which act, in which order.

    The chain is configuration, because the procedures differ in who signs what
    (C7, C9). It is frozen into evidence rows when a document is submitted.
    """

    _name = "aftersales.approval.step"
    _description = "Approval Step"
    _order = "model, company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    model = fields.Selection(
        selection="_selection_model", string="Document", required=True, index=True
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: the step holds for every company that has no steps of its own.",
    )
    sequence = fields.Integer(
        default=10, aggregator=None, help="Steps with the same number are signed in parallel."
    )
    phase = fields.Selection(
        [("decision", "Decision"), ("follow_up", "After the Decision")],
        required=True,
        default="decision",
        help="Steps after the decision are opened when the document is approved and "
        "only where they are needed.",
    )
    act = fields.Selection(ACTS, required=True, default="approve")
    scope = fields.Selection(
        [("make", "Make"), ("buy", "Buy")],
        help="Which lines the step feeds a lead time back for.",
    )
    group_id = fields.Many2one("res.groups", string="Role", required=True)
    responsible_id = fields.Many2one(
        "res.users",
        help="Gets the activity; empty: the first of those who hold the role.",
    )
    can_amend = fields.Boolean(
        string="May Amend",
        help="The signer may correct the document during his step; every change is "
        "on record and the submitter is told.",
    )
    four_eyes = fields.Boolean(
        default=True,
        help="Nobody who wrote, submitted or signed the document may sign this step.",
    )
    condition = fields.Char(
        default="[]", help="The step applies to documents that match this domain."
    )
    situation = fields.Selection(
        selection="_selection_situation",
        string="Only When",
        help="The step applies to documents in this situation; empty: to all.",
    )
    due_hours = fields.Float(
        string="Time Limit (Hours)",
        aggregator=None,
        help="After it the whole role is reminded.",
    )

    _due_hours_positive = models.Constraint(
        "CHECK (due_hours >= 0 AND due_hours < 100000)",
        "The time limit of a step is between 0 and 100,000 hours.",
    )

    @api.model
    def _selection_model(self):
        """Every model that has an approval chain."""
        mixin = self.env.registry["aftersales.document"]
        return [
            (name, self.env["ir.model"]._get(name).name or self.env[name]._description)
            for name, cls in self.env.registry.items()
            if not cls._abstract and issubclass(cls, mixin)
        ]

    @api.model
    def _selection_situation(self):
        """Every situation that a kind of document knows how to recognise."""
        return [
            (f"{model}:{key}", f"{label}: {text}")
            for model, label in self._selection_model()
            for key, text in self.env[model]._get_situations().items()
        ]

    @api.constrains("situation", "model")
    def _check_situation(self):
        known = dict(self._selection_situation())
        for step in self.filtered("situation"):
            model = step.situation.partition(":")[0]
            if step.situation not in known or model != step.model:
                raise ValidationError(
                    self.env._(
                        "The step %(step)s can't be limited to this situation: its kind of "
                        "document doesn't know it.",
                        step=step.name,
                    )
                )

    @api.constrains("condition", "model")
    def _check_condition(self):
        for step in self:
            self.env[step.model]._guard_domain_check(step.condition)

    @api.constrains("responsible_id", "group_id")
    def _check_responsible(self):
        for step in self:
            person = step.responsible_id
            if person and step.group_id not in person.all_group_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s doesn't hold the role %(role)s of the step %(step)s.",
                        person=person.name,
                        role=step.group_id.name,
                        step=step.name,
                    )
                )

    @api.model
    def _get_chain(self, document):
        """Return the steps that apply to a document, and those that an earlier signer
        could still make necessary, in order.

        A company with steps of its own for the kind of document uses these alone.
        """
        steps = self.sudo().search_fetch(
            [
                ("model", "=", document._name),
                ("company_id", "in", (False, document.company_id.id)),
            ]
        )
        own = steps.filtered("company_id")
        steps = own or steps
        amending = steps.filtered(lambda step: step.phase == "decision" and step.can_amend)
        first = min(amending.mapped("sequence"), default=None)
        return steps.filtered(
            lambda step: (
                step._applies(document)
                or (step.phase == "decision" and first is not None and step.sequence > first)
            )
        )

    def _applies(self, document):
        """Return whether the step applies to the document as it is now."""
        self.ensure_one()
        return document._is_in_condition(self.condition, self.situation)

    def _get_pools(self, company):
        """Return {step: who may sign}: role (implied groups count), company, active."""
        pools = self.group_id._aftersales_pools(company)
        return {step: pools[step.group_id] for step in self}


class ResGroups(models.Model):
    _inherit = "res.groups"

    def _aftersales_pool(self, company):
        """Return the active internal users of a role in a company.

        The administrator is not among them: he configures and signs nothing.
        """
        return self._aftersales_pools(company).get(self, self.env["res.users"].sudo())

    def _aftersales_pools(self, company):
        """Return {role: its pool in a company}, asked in one query for all the roles."""
        admin = self.env["ir.model.data"]._xmlid_to_res_id("aftersales_service.group_admin")
        users = self.env["res.users"].sudo()
        queries = [
            users._search(
                [
                    ("all_group_ids", "in", role.ids),
                    ("all_group_ids", "not in", [admin]),
                    ("company_ids", "in", company.ids),
                    ("share", "=", False),
                ]
            ).select(SQL("%s", role.id), SQL.identifier("res_users", "id"))
            for role in self
        ]
        found = {role.id: [] for role in self}
        if queries:
            for role_id, user_id in self.env.execute_query(SQL(" UNION ALL ").join(queries)):
                found[role_id].append(user_id)
        return {role: users.browse(sorted(found[role.id])) for role in self}
