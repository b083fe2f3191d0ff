from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .aftersales_approval_step import ACTS

RECORD_ACTS = [
    ("submit", "Submit"),
    ("withdraw", "Withdraw"),
    ("revise", "Revise"),
    ("cancel", "Cancel"),
    ("issue", "Issue Material"),
    ("inspect", "Inspect"),
    ("pack", "Pack"),
    ("ship", "Ship"),
    ("receive", "Confirm Arrival"),
    ("quote", "Send Quotation"),
    ("answer", "Customer's Answer"),
    ("send_link", "Send One-Time Link"),
    ("revoke_link", "Revoke One-Time Link"),
    ("customer_ask", "Customer's Request"),
    ("customer_sign", "Customer's Signature"),
    ("customer_confirm", "Customer's Confirmation"),
    ("request_seal", "Request Our Seal"),
    ("affix_seal", "Affix Our Seal"),
    ("hand_over", "Hand to Commerce Office"),
    ("take_over", "Taken Over by Commerce Office"),
    ("terminate", "Terminate"),
    ("claim_raise", "Raise Claim"),
    ("claim_accept", "Claim Accepted by the Party"),
    ("claim_refuse", "Claim Refused by the Party"),
    ("claim_settle", "Settle Claim"),
    ("claim_drop", "Drop Claim"),
    ("start_repair", "Start Repair"),
    ("end_repair", "End Repair Unfinished"),
    ("fail_check", "Exit Inspection Failed"),
    ("rework", "Put Right"),
    ("instruct", "Customer's Instruction"),
    ("scrap", "Scrap"),
    ("receipt", "Goods Received"),
    ("settle", "Settlement Carried Out"),
]

# what the digest of a row covers; the order is the canonical one
PAYLOAD_FIELDS = (
    "res_model",
    "res_id",
    "res_name",
    "company_id",
    "round",
    "sequence",
    "phase",
    "act",
    "scope",
    "step_name",
    "role_name",
    "state",
    "user_id",
    "user_name",
    "deputy_for_id",
    "deputy_for_name",
    "decided_at",
    "comment",
    "snapshot",
    "chain_no",
    "previous_digest",
)
OPEN_STATES = ("waiting", "pending")
# what the store does with the goods of a document isn't a signature under it
UNBARRED_ACTS = ("receipt", "settle", "issue", "pack", "inspect", "ship")
SIGNED_STATES = ("signed", "rejected", "informed")


class AftersalesApproval(models.Model):
    """Evidence: one row for each step and round, completed once (审批记录).

    The rows of a chain are made when the document is submitted, with the names of
    steps and roles as text. Completing one freezes the person's name, the time, the
    snapshot of what was signed and an HMAC that covers them and the previous digest.
    Nobody has rights to create, change or delete rows; Python refuses as well.
    """

    _name = "aftersales.approval"
    _inherit = ["aftersales.guard"]
    _description = "Approval Record"
    _order = "res_model, res_id, round, decided_at, sequence, id"
    _rec_name = "res_name"
    _guard_closed = True

    res_model = fields.Char(string="Document Model", required=True, guard="door")
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, guard="door"
    )
    res_name = fields.Char(string="Number", required=True, guard="door")
    company_id = fields.Many2one("res.company", required=True, index=True, guard="door")
    round = fields.Integer(aggregator=None, guard="door")
    sequence = fields.Integer(aggregator=None, guard="door")
    phase = fields.Selection(
        [("record", "Record"), ("decision", "Decision"), ("follow_up", "After the Decision")],
        required=True,
        default="record",
        guard="door",
    )
    act = fields.Selection(RECORD_ACTS + ACTS, required=True, guard="door")
    scope = fields.Char(guard="door")
    step_id = fields.Many2one(
        "aftersales.approval.step", string="Configured Step", ondelete="set null", guard="door"
    )
    step_name = fields.Char(guard="door")
    group_id = fields.Many2one("res.groups", ondelete="set null", guard="door")
    role_name = fields.Char(string="Role", guard="door")
    can_amend = fields.Boolean(string="May Amend", guard="door")
    four_eyes = fields.Boolean(guard="door")
    barred_uids = fields.Json(string="Contributors", guard="door")
    condition = fields.Char(
        guard="door", help="Asked when the turn of the step comes; empty: it is needed."
    )
    situation = fields.Char(guard="door")
    responsible_id = fields.Many2one("res.users", guard="door")
    signer_id = fields.Many2one(
        "res.users",
        string="Named Signer",
        guard="door",
        help="Of those who hold the role, the one who was named for it; empty: all.",
    )
    due_at = fields.Datetime(guard="door")
    due_hours = fields.Float(aggregator=None, guard="door")
    pending_since = fields.Datetime(guard="door")
    reminded_at = fields.Datetime(guard="door")
    state = fields.Selection(
        [
            ("waiting", "Not Yet"),
            ("pending", "To Sign"),
            ("signed", "Signed"),
            ("rejected", "Rejected"),
            ("informed", "Informed"),
            ("skipped", "Not Needed"),
            ("void", "Void"),
        ],
        required=True,
        default="waiting",
        guard="door",
    )
    user_id = fields.Many2one("res.users", string="Signed by", guard="door")
    user_name = fields.Char(string="Signed by (Name)", guard="door")
    deputy_for_id = fields.Many2one("res.users", string="Deputy for", guard="door")
    deputy_for_name = fields.Char(string="Deputy for (Name)", guard="door")
    decided_at = fields.Datetime(string="Signed on", guard="door")
    comment = fields.Text(string="Opinion", guard="door")
    snapshot = fields.Text(guard="door")
    chain_no = fields.Integer(string="Chain Number", aggregator=None, guard="door")
    previous_digest = fields.Char(guard="door")
    digest = fields.Char(guard="door")
    key_name = fields.Char(string="Key", guard="door")

    is_mine = fields.Boolean(
        string="Mine to Sign", compute="_compute_is_mine", search="_search_is_mine"
    )
    is_late = fields.Boolean(string="Overdue", compute="_compute_is_late", search="_search_is_late")
    signer_text = fields.Char(string="Signature", compute="_compute_signer_text")
    digest_short = fields.Char(string="Digest (Short)", compute="_compute_digest_short")

    _document_index = models.Index("(res_model, res_id, round)")
    _pending_index = models.Index("(group_id, company_id) WHERE state = 'pending'")
    _decided_index = models.Index("(company_id, decided_at) WHERE digest IS NOT NULL")
    _chain_unique = models.UniqueIndex(
        "(res_model, res_id, chain_no) WHERE chain_no > 0",
        "Two rows of one document can't have the same place in the chain.",
    )

    # ------------------------------------------------------------------
    # Compute, search
    # ------------------------------------------------------------------
    @api.depends("res_name", "act")
    @api.depends_context("lang")
    def _compute_display_name(self):
        acts = dict(self._fields["act"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.res_name} · {acts.get(row.act, '')}"

    @api.depends_context("uid", "lang")
    @api.depends("state", "user_name", "deputy_for_name", "group_id", "role_name")
    def _compute_signer_text(self):
        for row in self:
            if row.state in ("skipped", "void"):
                row.signer_text = ""
            elif row.state == "informed":
                # whoever signed before has set it off, but it is the role that was told
                row.signer_text = row.role_name or ""
            elif row.deputy_for_name:
                row.signer_text = self.env._(
                    "%(deputy)s (for %(person)s)",
                    deputy=row.user_name,
                    person=row.deputy_for_name,
                )
            else:
                row.signer_text = row.user_name or row.role_name or ""

    @api.depends("digest")
    def _compute_digest_short(self):
        for row in self:
            row.digest_short = (row.digest or "")[:12]

    @api.depends_context("uid")
    @api.depends("state", "group_id", "company_id")
    def _compute_is_mine(self):
        mine = self.search([("id", "in", self.ids), ("is_mine", "=", True)])
        for row in self:
            row.is_mine = row in mine

    @api.model
    def _search_is_mine(self, operator, value):
        """Rows the user may sign now: by role or as deputy, without his own."""
        if operator != "in":
            return NotImplemented
        user = self.env.user
        roles = Domain("group_id", "in", user.all_group_ids.ids)
        signers = [False, user.id]
        for company in self.env.companies:
            for deputy in self.env["aftersales.deputy"]._get_active(company, user):
                groups = deputy.user_id.all_group_ids
                if deputy.group_id:
                    groups &= deputy.group_id
                roles |= Domain([("group_id", "in", groups.ids), ("company_id", "=", company.id)])
                signers.append(deputy.user_id.id)
        own = SQL(
            """(SELECT mine.id FROM aftersales_approval mine
                 WHERE mine.state = 'pending' AND mine.four_eyes AND (
                       mine.barred_uids @> to_jsonb(%(uid)s::int)
                    OR EXISTS (SELECT 1 FROM aftersales_approval other
                                WHERE other.res_model = mine.res_model
                                  AND other.res_id = mine.res_id
                                  AND other.round = mine.round
                                  AND other.state = 'signed'
                                  AND other.act NOT IN ('receipt', 'settle')
                                  AND other.user_id = %(uid)s)))""",
            uid=user.id,
        )
        named = Domain("signer_id", "in", signers)
        mine = Domain("state", "=", "pending") & roles & named & Domain("id", "not in", own)
        return mine if True in value else ~mine

    @api.depends("due_at", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for row in self:
            row.is_late = row.state == "pending" and bool(row.due_at) and row.due_at < now

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "pending") & Domain("due_at", "<", fields.Datetime.now())
        return late if True in value else ~late

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    @api.readonly
    def action_open_document(self):
        """Open the document that the row belongs to."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Payload
    # ------------------------------------------------------------------
    @api.model
    def _get_payload(self, values):
        """Return what the digest covers, as plain data, from create/write values."""
        payload = {}
        for name in PAYLOAD_FIELDS:
            field = self._fields[name]
            value = values.get(name)
            if field.type == "datetime":
                payload[name] = fields.Datetime.to_string(value) if value else ""
            elif field.type in ("many2one", "integer", "many2one_reference"):
                payload[name] = int(value or 0)
            else:
                payload[name] = value or ""
        return payload

    def _payload_values(self):
        """Return the row as values for :meth:`_get_payload`."""
        self.ensure_one()
        values = {name: self[name] for name in PAYLOAD_FIELDS}
        for name in PAYLOAD_FIELDS:
            if self._fields[name].type == "many2one":
                values[name] = values[name].id
        return values

    def _frozen_values(self):
        """Return the step as it stands in the row, as it was frozen at submission."""
        self.ensure_one()
        return {
            "sequence": self.sequence,
            "act": self.act,
            "name": self.step_name or "",
            "phase": self.phase,
            "scope": self.scope or "",
            "role": self.role_name or "",
            "four_eyes": self.four_eyes,
            "can_amend": self.can_amend,
            "condition": self.condition or "",
            "situation": self.situation or "",
        }

    def _is_skipped_wrongly(self):
        """Return whether a step of the decision was skipped without a condition."""
        self.ensure_one()
        conditional = self.condition or self.situation
        return self.state == "skipped" and self.phase == "decision" and not conditional

    # ------------------------------------------------------------------
    # Who may sign
    # ------------------------------------------------------------------
    def _get_document(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)

    def _get_signatures(self):
        """Return the rows with which somebody stands for the content (law 4).

        Who has counted a first part of the goods counts the rest as well; who has given,
        packed and shipped something in advance receives what comes for it.
        """
        return self.filtered(lambda row: row.state == "signed" and row.act not in UNBARRED_ACTS)

    def _is_barred(self, user, rows):
        """Return whether the four eyes keep a person from this step."""
        self.ensure_one()
        if not self.four_eyes:
            return False
        signed = rows._get_signatures().filtered(
            lambda row: row.round == self.round and row != self
        )
        return user.id in (self.barred_uids or []) or user in signed.user_id | signed.deputy_for_id

    def _get_principal(self, user, rows):
        """Return for whom the user may sign this step: himself, the one he is a
        deputy of, or nobody (empty)."""
        self.ensure_one()
        empty = self.env["res.users"]
        company = self.company_id
        if not user.active or user.share or company.id not in user._get_company_ids():
            return empty
        if user.has_group("aftersales_service.group_admin"):
            # the administrator configures and signs nothing
            return empty
        if self._is_barred(user, rows):
            return empty
        if self.group_id.id in user._get_group_ids() and self.signer_id in (empty, user):
            return user
        for deputy in self.env["aftersales.deputy"]._get_active(company, user):
            person = deputy.user_id
            if (
                person.active
                and (not deputy.group_id or deputy.group_id == self.group_id)
                and self.group_id in person.all_group_ids
                and company in person.company_ids
                and self.signer_id in (empty, person)
                and not self._is_barred(person, rows)
            ):
                return person
        return empty

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------
    @api.model
    def _cron_remind(self, limit=200):
        """Remind the whole role once a day of a step that is past its limit."""
        now = fields.Datetime.now()
        day_ago = fields.Datetime.subtract(now, hours=24)
        domain = [
            ("state", "=", "pending"),
            ("due_at", "<", now),
            "|",
            ("reminded_at", "=", False),
            ("reminded_at", "<", day_ago),
        ]
        rows = self.sudo().search(domain, limit=limit)
        for row in rows:
            document = row._get_document()
            pool = row.group_id._aftersales_pool(row.company_id)
            document._notify_people(
                pool,
                self.env._(
                    "Overdue: %(step)s of %(document)s", step=row.step_name, document=row.res_name
                ),
            )
            row._door_write({"reminded_at": now})
        self.env["ir.cron"]._commit_progress(len(rows), remaining=self.sudo().search_count(domain))
