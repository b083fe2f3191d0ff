from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.engine import at_work, engine
from ..tools.names import get_model
from ..tools.text import join_clauses
from .aftersales_approval import OPEN_STATES


class AftersalesDocumentChain(models.AbstractModel):
    """How the chain of a document moves: freeze, sign, reject, open the next."""

    _inherit = "aftersales.document"

    def _submit(self):
        """Begin a round: freeze the chain as rows and open its first steps."""
        self.ensure_one()
        steps = self.env["aftersales.approval.step"]._get_chain(self)
        if not steps.filtered(lambda step: step.phase == "decision"):
            raise UserError(
                self.env._(
                    "No approval step is configured for %(model)s in %(company)s. Ask the "
                    "administrator to set up the approval chain.",
                    model=self._get_model_name(),
                    company=self.company_id.name,
                )
            )
        barred = sorted(self._get_barred_uids() | {self.env.uid})
        # a condition that doesn't hold now is asked again when the turn of the step comes
        later = steps.filtered(lambda step: not step._applies(self))
        pools = self._check_pools(steps, barred, later)
        round_no = self.round + 1
        door_vals = dict(
            self._prepare_submit_vals(),
            state="submitted",
            round=round_no,
            submitted_by_id=self.env.uid,
            submitted_at=fields.Datetime.now(),
        )
        self.sudo()._door_write(door_vals)
        rows = self._append_evidence(
            "submit",
            extra={
                "chain": [step._frozen(step in later) for step in steps],
                "barred": barred,
                "frozen": self._get_frozen_extra(),
                "attachments": self._keep_attachments(),
            },
            followed_by=[
                step._prepare_row_vals(self, barred, pools[step], step in later) for step in steps
            ],
        )
        self._open_next(rows[1:])

    def _get_barred_uids(self):
        """Return the ids of those whose work this is: none of them signs it."""
        self.ensure_one()
        return set(self.contributor_uids or []) | {self.create_uid.id}

    def _get_frozen_extra(self):
        """Return what else was true at submission, as plain data."""
        return {}

    def _check_pools(self, steps, barred, later):
        """Return {step: people} and make sure that everybody needed can be found.

        :param later: steps that aren't needed as the document is now
        :raise UserError: naming the step that nobody is left for
        """
        pools = steps._get_pools(self.company_id)
        for step in steps.filtered("four_eyes"):
            pools[step] = pools[step].filtered(lambda user: user.id not in barred)
        seats = {}
        for step in steps:
            if step.act == "inform" or step in later:
                continue
            pool = pools[step]
            if not pool or step.four_eyes and not self._find_seat(step, pools, seats, set()):
                raise UserError(
                    self.env._(
                        'Nobody can sign the step "%(step)s", so the document was not '
                        "submitted. Ask the administrator to name somebody for the role "
                        '"%(role)s" or a deputy.',
                        step=step.name,
                        role=step.group_id.name,
                    )
                )
        return pools

    def _find_seat(self, step, pools, seats, tried):
        """Seat one person a step so that no one signs twice (bipartite matching)."""
        for user in pools[step] - self.env["res.users"].browse(tried):
            tried.add(user.id)
            if user not in seats or self._find_seat(seats[user], pools, seats, tried):
                seats[user] = step
                return True
        return False

    def _sign(self, row, rows, comment, extra=None):
        """Complete the row, open what comes next, and decide when all is signed.

        :param extra: plain data that is signed besides the content
        """
        principal = row._get_principal(self.env.user, rows)
        deputy = principal if principal != self.env.user else self.env["res.users"]
        decided = self.state == "submitted" and self._is_last_decision(row, rows)
        self._complete_evidence(
            row,
            "signed",
            comment=comment,
            door_vals=dict(self._prepare_approved_vals(), state="approved") if decided else None,
            extra=extra,
            deputy_for_id=deputy.id,
            deputy_for_name=deputy.name or "",
        )
        self._drop_activities(row)
        if '"amendments":' in row.snapshot:
            self._tell_submitter_amendments(row)
        if decided:
            self._after_approved()
        self._after_signed(row)
        self._open_next(rows)

    def _is_last_decision(self, row, rows):
        """Return whether this signature makes the decision."""
        return row.phase == "decision" and not rows.filtered(
            lambda other: (
                other.phase == "decision"
                and other.act != "inform"
                and other != row
                and other.state in OPEN_STATES
                and (other.state == "pending" or self._is_row_applicable(other))
            )
        )

    def _is_row_applicable(self, row):
        """Return whether the condition of a step, if it has one, holds now."""
        return self._is_in_condition(row.condition, row.situation)

    def _after_signed(self, row):
        """Do what follows from one signed step."""

    def _reject(self, row, rows, comment):
        self._complete_evidence(row, "rejected", comment=comment, door_vals={"state": "rejected"})
        self._close_open_rows(rows)
        self._drop_activities()
        self._notify_people(
            self.submitted_by_id,
            self.env._(
                "%(document)s was rejected by %(person)s: %(reason)s",
                document=self.name,
                person=self.env.user.name,
                reason=comment,
            ),
        )

    def _open_next(self, rows=None):
        """Open the steps whose turn it is; skip or inform where no signature is due."""
        self.ensure_one()
        rows = self._get_rows() if rows is None else rows
        phases = ["decision"] if self.state == "submitted" else ["decision", "follow_up"]
        waiting = rows.filtered(lambda row: row.state == "waiting" and row.phase in phases)
        while waiting:
            if rows.filtered(lambda row: row.state == "pending" and row.phase in phases):
                first = min(
                    row.sequence for row in rows if row.state == "pending" and row.phase in phases
                )
                turn = waiting.filtered(lambda row: row.sequence == first)
            else:
                turn = waiting.filtered(lambda row: row.sequence == waiting[:1].sequence)
            if not turn:
                return
            opened = self._open_rows(turn)
            if not opened:
                return
            waiting -= turn

    def _open_rows(self, turn):
        """Open one set of parallel rows; return whether the chain has moved."""
        moved = False
        for row in turn:
            if (row.phase == "follow_up" and not self._is_row_needed(row)) or (
                not self._is_row_applicable(row)
            ):
                self._complete_evidence(row, "skipped")
                moved = True
            elif row.phase == "follow_up" and not self._is_row_open(row):
                continue
            elif row.act == "inform":
                self._complete_evidence(row, "informed")
                self._notify_people(
                    row.group_id._aftersales_pool(row.company_id),
                    self.env._("For your information: %s", self.name),
                )
                moved = True
            else:
                now = fields.Datetime.now()
                row._door_write(
                    {
                        "state": "pending",
                        "pending_since": now,
                        "due_at": fields.Datetime.add(now, hours=row.due_hours)
                        if row.due_hours
                        else False,
                    }
                )
                self._schedule_activity(row)
                moved = True
        return moved

    # ------------------------------------------------------------------
    # Telling people
    # ------------------------------------------------------------------
    def _schedule_activity(self, row):
        """Give one activity to the responsible of the step; no mail, no bus."""
        if not row.responsible_id:
            return
        activities = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        with engine():
            activities.create(
                {
                    "res_model_id": get_model(self.env, self._name).id,
                    "res_id": self.id,
                    # given, so that core doesn't compute it and write the row twice
                    "res_name": self.display_name,
                    "activity_type_id": self._get_sign_activity_type(),
                    "user_id": row.responsible_id.id,
                    "summary": row.step_name,
                    "date_deadline": self.company_id._aftersales_date(
                        row.due_at or fields.Datetime.now()
                    ),
                }
            )

    def _drop_activities(self, row=None):
        """Set the signing activities of the document, or of one step, done."""
        domain = [
            ("res_model", "=", self._name),
            ("res_id", "=", self.id),
            ("activity_type_id", "=", self._get_sign_activity_type()),
        ]
        if row:
            domain.append(("user_id", "=", row.responsible_id.id))
            domain.append(("summary", "=", row.step_name))
        activities = self.env["mail.activity"].sudo().search_fetch(domain)
        activities.with_context(mail_activity_quick_update=True).write({"active": False})

    def _get_sign_activity_type(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("aftersales_service.mail_activity_sign")

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """A signer has an activity, but doesn't follow the document's talk for it."""
        return at_work() or super().message_subscribe(
            partner_ids=partner_ids, subtype_ids=subtype_ids
        )

    def _notify_people(self, users, text):
        """Tell people in their inbox or by mail (queued), as they have chosen."""
        self.ensure_one()
        partners = users.sudo().partner_id
        if partners:
            self.sudo().message_notify(
                partner_ids=partners.ids, body=text, subject=self.name, force_send=False
            )

    def _tell_submitter_amendments(self, row):
        amendments = (
            self.env["aftersales.amendment"]
            .sudo()
            .search([("approval_id", "=", row.id)], order="id")
        )
        if amendments:
            lines = [
                f"{item.record_name} · {item.field_label}: "
                f"{item.before or '-'} → {item.after or '-'}"
                for item in amendments
            ]
            self._notify_people(
                self.submitted_by_id,
                self.env._(
                    "%(person)s amended %(document)s: %(changes)s",
                    person=self.env.user.name,
                    document=self.name,
                    changes=join_clauses(self.env, lines),
                ),
            )


class AftersalesApprovalStepRows(models.Model):
    _inherit = "aftersales.approval.step"

    def _frozen(self, later=False):
        """Return the step as it was when the document was submitted, as text.

        :param later: its condition doesn't hold yet, and is asked again in its turn
        """
        self.ensure_one()
        return {
            "name": self.name,
            "act": self.act,
            "phase": self.phase,
            "sequence": self.sequence,
            "scope": self.scope or "",
            "role": self.group_id.name,
            "group": self.group_id.id,
            "four_eyes": self.four_eyes,
            "can_amend": self.can_amend,
            **self._get_condition_vals(later),
        }

    def _get_condition_vals(self, later):
        """Return what is to be asked when the turn of the step comes, if anything."""
        condition = self.condition if self.condition != "[]" else ""
        return {
            "condition": (condition or "") if later else "",
            "situation": (self.situation or "") if later else "",
        }

    def _prepare_row_vals(self, document, barred, pool, later=False):
        """Return the values of the evidence row that this step becomes."""
        self.ensure_one()
        responsible = self.responsible_id if self.responsible_id in pool else pool[:1]
        vals = document._prepare_evidence_vals(
            self.act,
            sequence=self.sequence,
            phase=self.phase,
            state="waiting",
            scope=self.scope or "",
            step_id=self.id,
            step_name=self.name,
            group_id=self.group_id.id,
            role_name=self.group_id.name,
            can_amend=self.can_amend,
            four_eyes=self.four_eyes,
            barred_uids=barred,
            responsible_id=responsible.id,
            due_hours=self.due_hours,
            **self._get_condition_vals(later),
        )
        return vals
