from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.fields import own_company
from ..tools.text import clean_text, join_words
from ..tools.turn import remembered, same_turn
from .aftersales_approval import OPEN_STATES

STATES = [
    ("draft", "Draft"),
    ("submitted", "Under Review"),
    ("approved", "Reviewed"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("cancelled", "Cancelled"),
]


class AftersalesDocument(models.AbstractModel):
    """A document with an approval chain: draft → submitted → approved.

    The state is a door: only the public actions below move it, after they have
    checked role, state, company and the separation of duties. They start from a
    context that is reduced to language, time zone and companies.
    """

    _name = "aftersales.document"
    _inherit = ["aftersales.evidenced"]
    _description = "Document with Approval"

    # code of the sequence that numbers the documents
    _number_sequence = ""

    name = fields.Char(string="Number", guard="door", default="/", copy=False, index="trigram")
    company_id = own_company()
    state = fields.Selection(
        STATES, guard="door", default="draft", required=True, copy=False, index=True
    )
    round = fields.Integer(aggregator=None, guard="door", default=0, copy=False)
    submitted_by_id = fields.Many2one("res.users", string="Submitted by", guard="door", copy=False)
    submitted_at = fields.Datetime(string="Submitted on", guard="door", copy=False)
    contributor_uids = fields.Json(
        string="Contributors",
        guard="door",
        copy=False,
        default=lambda self: [self.env.uid],
        help="Everybody who has worked on the content; none of them signs it.",
    )
    can_sign = fields.Boolean(compute="_compute_can_sign")
    can_amend = fields.Boolean(compute="_compute_can_sign")
    my_act = fields.Char(compute="_compute_can_sign")
    can_withdraw = fields.Boolean(compute="_compute_can_withdraw")
    next_signers = fields.Char(string="Next to Sign", compute="_compute_next_signers")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("state", "approval_ids.state")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for document in self:
            row = document._get_my_row() if document.id else None
            document.can_sign = bool(row)
            document.can_amend = bool(row and row.can_amend)
            document.my_act = row.act if row else False

    @api.depends("state", "submitted_by_id", "approval_ids.state")
    @api.depends_context("uid")
    def _compute_can_withdraw(self):
        for document in self:
            document.can_withdraw = (
                document.state == "submitted"
                and document.submitted_by_id == self.env.user
                and not document._get_rows("decision").filtered(lambda row: row.state == "signed")
            )

    @api.depends("state", "approval_ids.state")
    @api.depends_context("lang")
    def _compute_next_signers(self):
        for document in self:
            pending = document.sudo().approval_ids.filtered(lambda row: row.state == "pending")
            document.next_signers = join_words(
                self.env,
                [
                    f"{row.step_name} ({row.responsible_id.name or row.role_name})"
                    for row in pending
                ],
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def _add_missing_default_values(self, values):
        result = super()._add_missing_default_values(values)
        company = self.env["res.company"].browse(result.get("company_id"))
        sequence = self.env["ir.sequence"].with_company(company)
        result["name"] = sequence.next_by_code(self._number_sequence) or "/"
        return result

    def write(self, vals):
        with same_turn():
            return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_only_never_submitted(self):
        for document in self:
            if document.state != "draft" or document.round or document.evidence_count:
                raise UserError(
                    self.env._(
                        "%(document)s has been submitted and stays on file. Cancel it instead.",
                        document=document.name,
                    )
                )

    def _creation_message(self):
        return self.env._("%s has been created.", self.name)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_submit(self):
        """Freeze the chain and hand the document to its first signer.

        :raise UserError: when something is missing, a step has nobody who may sign
            it, or the document isn't a draft
        """
        for document in self._as_public("submit"):
            document._check_state("draft")
            document._check_can_submit()
            document._submit()
        return True

    def action_approve(self, seen_digest=None, comment=""):
        """Sign the user's own pending step (R004-14).

        :param seen_digest: ``content_digest`` of the document as the signer read it
        :raise UserError: when it isn't his turn, or the content has changed since
        """
        for document in self._as_public():
            row, rows = document._check_my_turn(seen_digest)
            document._check_step_complete(row, rows)
            document._sign(row, rows, clean_text(self.env, comment))
        return True

    def action_reject(self, seen_digest=None, comment=""):
        """Reject the document in the user's own step; the reason is required."""
        for document in self._as_public():
            row, rows = document._check_my_turn(seen_digest)
            reason = clean_text(self.env, comment)
            if not reason:
                raise UserError(self.env._("Give the reason for rejecting %s.", document.name))
            if row.phase != "decision":
                raise UserError(
                    self.env._(
                        "The step %s can't be rejected: the decision is made.", row.step_name
                    )
                )
            document._reject(row, rows, reason)
        return True

    def action_withdraw(self):
        """Take a submitted document back before anybody has signed it."""
        for document in self._as_public("withdraw"):
            document._check_state("submitted")
            if document.submitted_by_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only %s, who submitted it, can withdraw the document.",
                        document.submitted_by_id.name,
                    )
                )
            rows = document._get_rows()
            if rows.filtered(lambda row: row.phase == "decision" and row.state == "signed"):
                raise UserError(
                    self.env._("%s has been signed already and can't be withdrawn.", document.name)
                )
            document._close_open_rows(rows)
            document._append_evidence("withdraw", door_vals={"state": "withdrawn"})
            document._drop_activities()
        return True

    def action_revise(self, comment=""):
        """Open a new round; the old rounds stay as they were signed."""
        for document in self._as_public("revise"):
            document._check_state("rejected", "withdrawn", "approved")
            document._check_can_revise()
            document._close_open_rows(document._get_rows())
            document._append_evidence(
                "revise", comment=clean_text(self.env, comment), door_vals={"state": "draft"}
            )
            document._drop_activities()
            document._after_reopen()
        return True

    def action_cancel(self, comment=""):
        """Make the document void with a reason; its evidence stays."""
        for document in self._as_public("cancel"):
            document._check_state("draft", "submitted", "approved", "rejected", "withdrawn")
            reason = clean_text(self.env, comment)
            if document.round and not reason:
                raise UserError(self.env._("Give the reason for cancelling %s.", document.name))
            document._check_can_revise()
            document._close_open_rows(document._get_rows())
            document._append_evidence("cancel", comment=reason, door_vals={"state": "cancelled"})
            document._drop_activities()
            document._after_reopen()
        return True

    @api.readonly
    def action_open_sign_wizard(self):
        """Open the dialog in which the user signs or rejects what he sees.

        The form sends the digest of what it shows along with the button; it is an
        argument to be compared, not a permission.
        """
        return self._open_wizard("sign", self.env.context.get("seen_digest") or "")

    @api.readonly
    def action_open_cancel_wizard(self):
        """Open the dialog that asks for the reason to cancel."""
        return self._open_wizard("cancel")

    def _open_wizard(self, decision, seen_digest=""):
        self._check_one().check_access("read")
        act = self.my_act if decision == "sign" else decision
        acts = dict(self.env["aftersales.approval"]._fields["act"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": " · ".join(filter(None, [acts.get(act), self.name])),
            "res_model": "aftersales.sign.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_decision": decision,
                "default_seen_digest": seen_digest,
            },
        }

    # ------------------------------------------------------------------
    # Hooks of the documents
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        """Raise when the content isn't fit to be submitted."""

    def _check_step_complete(self, row, rows):
        """Raise when a step can't be signed because something is missing in it."""

    def _check_can_revise(self):
        """Raise when the document has had effects that can't be taken back."""

    def _prepare_submit_vals(self):
        """Return door fields to set when a round begins."""
        return {}

    def _prepare_approved_vals(self):
        """Return door fields to set with the decision, in the same statement."""
        return {}

    def _after_approved(self):
        """Do what follows from the decision."""

    def _check_filled(self, *names):
        """Raise naming the fields that are still empty."""
        missing = [
            self._fields[name]._description_string(self.env)
            for name in names
            if not (self[name].strip() if isinstance(self[name], str) else self[name])
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(document)s still lacks: %(fields)s.",
                    document=self.name,
                    fields=join_words(self.env, missing),
                )
            )

    def _after_reopen(self):
        """Undo what followed from the decision."""

    @api.model
    def _get_situations(self):
        """Return {key: text} of the situations that a step can be limited to.

        ``_is_situation`` says whether a document is in one of them.
        """
        return {}

    def _is_situation(self, key):
        """Return whether the document, as it is now, is in one of its situations."""
        raise NotImplementedError

    def _is_in_condition(self, condition, situation):
        """Return whether a step with this domain and this situation is needed now.

        :param situation: ``<model>:<key>``, or empty
        """
        self.ensure_one()
        if condition not in (False, "", "[]") and not self.filtered_domain(
            self._guard_domain_check(condition)
        ):
            return False
        return not situation or bool(self._is_situation(situation.partition(":")[2]))

    def _is_row_needed(self, row):
        """Return whether a step after the decision is needed at all."""
        return True

    def _is_row_open(self, row):
        """Return whether a step after the decision can be signed yet."""
        return True

    def _get_waiting_text(self, row):
        """Say why a step that is the user's can't be signed yet."""
        return self.env._("It isn't time for the step %s yet.", row.step_name)

    def _verify_effects(self, chain):
        """Return what doesn't fit between the document, its evidence and its effects."""
        submits = chain.filtered(lambda row: row.act == "submit")
        texts = []
        if any(row.res_name != self.name for row in chain):
            texts.append(self.env._("The number of the document was changed."))
        if self.round != max(submits.mapped("round"), default=0):
            texts.append(self.env._("The round of the document was changed."))
        if self.submitted_by_id != submits[-1:].user_id:
            texts.append(self.env._("The submitter of the document was changed."))
        return texts

    # ------------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------------
    def _guard_is_locked(self):
        return self.state != "draft"

    def _guard_note_contributor(self):
        for document in self:
            known = document.contributor_uids or []
            if self.env.uid not in known:
                document.sudo()._door_write({"contributor_uids": known + [self.env.uid]})

    def _guard_can_amend(self, record, field_names):
        row = self._amending_approval()
        if not row:
            return False
        fields_ = record._fields
        return all(row.act in (getattr(fields_[name], "amend", None) or ()) for name in field_names)

    def _guard_can_fill(self, record, field_names):
        act = self._guard_get_fill_act(None)
        fields_ = record._fields
        return bool(act) and all(
            act in (getattr(fields_[name], "fill", None) or ()) for name in field_names
        )

    def _guard_get_fill_act(self, acts):
        act = self._get_my_row().act
        return act if acts is None or act in acts else ""

    def _amending_approval(self):
        """Return the user's own pending step, if it lets him correct the content."""
        row = self._get_my_row()
        return row if row and row.can_amend else self.env["aftersales.approval"]

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _check_line_count(self, most):
        """Raise for more lines than a signer can read."""
        if len(self.line_ids) > most:
            raise UserError(
                self.env._(
                    "%(document)s has %(count)s lines; at most %(most)s can be reviewed at once.",
                    document=self.name,
                    count=len(self.line_ids),
                    most=most,
                )
            )

    def _get_rows(self, phase=None):
        """Return the evidence rows of the present round, in order."""
        self.ensure_one()
        domain = [
            ("res_model", "=", self._name),
            ("res_id", "=", self.id),
            ("round", "=", self.round),
        ]
        if phase:
            domain.append(("phase", "=", phase))
        return self.env["aftersales.approval"].sudo().search_fetch(domain, order="sequence, id")

    def _get_my_row(self):
        """Return the first pending row that the user may sign, or an empty one."""
        self.ensure_one()
        key = (self.env.registry.db_name, self._name, self.id, self.env.uid)
        row_id = remembered(key, self._find_my_row)
        return self.env["aftersales.approval"].sudo().browse(row_id)

    def _find_my_row(self):
        rows = self._get_rows() if self.state in ("submitted", "approved") else ()
        for row in rows:
            if row.state == "pending" and row._get_principal(self.env.user, rows):
                return row.id
        return False

    def _check_my_turn(self, seen_digest):
        """Return the user's pending row and the round's rows, or say why he can't sign.

        :raise UserError: not his turn, own document, or changed since he read it
        """
        self.ensure_one()
        self._check_state("submitted", "approved")
        rows = self._get_rows()
        user = self.env.user
        pending = rows.filtered(lambda row: row.state == "pending")
        for row in pending:
            if row._get_principal(user, rows):
                if seen_digest != self._get_content_digest():
                    raise UserError(
                        self.env._(
                            "%s has been changed since you opened it. Reload it, check it "
                            "again and sign then.",
                            self.name,
                        )
                    )
                return row, rows
        for row in rows:
            if row.state == "waiting" and not pending and row._get_principal(user, rows):
                raise UserError(self._get_waiting_text(row))
        if any(
            row.group_id in user.all_group_ids and row._is_barred(user, rows) for row in pending
        ):
            raise UserError(
                self.env._(
                    "Those who wrote, submitted or signed a document can't review it: %s.",
                    self.name,
                )
            )
        raise AccessError(
            self.env._(
                "%(document)s isn't yours to sign now. Next: %(next)s.",
                document=self.name,
                next=self.next_signers or "-",
            )
        )

    def _close_open_rows(self, rows):
        rows.filtered(lambda row: row.state in OPEN_STATES)._door_write({"state": "void"})
