import hashlib
import json

from odoo import api, models

from ..tools import evidence
from .aftersales_approval import OPEN_STATES

FROZEN = (
    "sequence",
    "act",
    "name",
    "phase",
    "scope",
    "role",
    "four_eyes",
    "can_amend",
    "condition",
    "situation",
)


class AftersalesVerification(models.AbstractModel):
    """Holds the evidence against itself and against the documents (审批记录核验).

    Code on the server and SQL can't be prevented from changing records; here they
    are found out. The comparisons are made separately, so that the answer says what
    was touched: row ↔ digest, row ↔ row before it, steps ↔ the chain frozen at
    submission, last snapshot ↔ document, document ↔ its effects, seals.
    """

    _name = "aftersales.verification"
    _description = "Verification of Evidence"

    @api.model
    def _verify(self, companies=None):
        """Check every chain, document and seal; return findings in reading order.

        :param companies: only these companies; None for all
        :return: list of dicts ``kind, document, row_id, text``
        """
        companies = companies or self.env["res.company"].sudo().search([("id", ">", 0)])
        domain = [("company_id", "in", companies.ids)]
        findings = []
        groups = (
            self.env["aftersales.approval"]
            .sudo()
            ._read_group(domain, ["res_model", "res_id"], order="res_model, res_id")
        )
        for res_model, res_id in groups:
            try:
                findings += self._verify_document(res_model, res_id)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # whatever was written into a row, it must not hide the other rows
                findings.append(
                    {
                        "kind": "document",
                        "document": f"{res_model},{res_id}",
                        "row_id": False,
                        "text": self.env._("The evidence can't be read: %s", error),
                    }
                )
        findings += self._verify_unrecorded(domain, set(groups))
        findings += self._verify_seals(domain)
        return findings

    @api.model
    def _verify_document(self, res_model, res_id):
        """Check the chain of one document and the document itself."""
        rows = (
            self.env["aftersales.approval"]
            .sudo()
            .search([("res_model", "=", res_model), ("res_id", "=", res_id)], order="id")
        )
        chain = rows.filtered("chain_no").sorted("chain_no")
        findings = []

        def add(kind, row, text):
            findings.append(
                {
                    "kind": kind,
                    "document": (row or rows)[:1].res_name or f"{res_model},{res_id}",
                    "row_id": row.id if row else False,
                    "text": text,
                }
            )

        self._verify_chain(chain, add)
        for submit in chain.filtered(lambda row: row.act == "submit"):
            self._verify_round(submit, rows, chain, add)
        if rows - chain and not chain.filtered(lambda row: row.act == "submit"):
            add(
                "chain",
                rows[:1],
                self.env._("There are steps, but nobody has submitted the document."),
            )
        known = dict(self.env["aftersales.approval.step"]._selection_model())
        document = (
            self.env[res_model].sudo().browse(res_id).exists() if res_model in known else None
        )
        if not document:
            add("document", chain[-1:], self.env._("The document itself is gone."))
        else:
            self._verify_head(document, chain, add)
        return findings

    def _verify_chain(self, chain, add):
        """Every row fits its digest and is linked to the row before it."""
        previous = ""
        for number, row in enumerate(chain, start=1):
            if row.chain_no != number:
                add("chain", row, self.env._("Row %s of the chain is missing.", number))
                break
            if (row.previous_digest or "") != previous:
                add("chain", row, self.env._("The row isn't linked to the one before it."))
            signed = evidence.is_signed(
                row._get_payload(row._payload_values()), row.key_name, row.digest
            )
            if signed is None:
                add("key", row, self.env._("The key %s isn't known to this server.", row.key_name))
            elif not signed:
                add("digest", row, self.env._("The row was changed after it was signed."))
            if row._is_skipped_wrongly():
                add("chain", row, self.env._("The step was skipped, but it is needed."))
            previous = row.digest or ""

    def _verify_round(self, submit, rows, chain, add):
        """The steps of a round are those frozen at submission, and were signed by
        people who were allowed to."""
        snapshot = self._load(submit.snapshot)
        steps = rows.filtered(lambda row: row.round == submit.round and row.phase != "record")
        expected = sorted(
            [step.get(name) for name in FROZEN] for step in self._dicts(snapshot, "chain")
        )
        found = sorted([step._frozen_values()[name] for name in FROZEN] for step in steps)
        if expected != found:
            add("chain", submit, self.env._("The steps of round %s were changed.", submit.round))
        barred = snapshot.get("barred") or []
        closed = chain.filtered(
            lambda row: (
                row.round == submit.round
                and (row.state == "rejected" or row.act in ("withdraw", "revise", "cancel"))
            )
        )
        signers = set()
        groups = {
            (step.get("sequence"), step.get("act"), step.get("name")): step.get("group")
            for step in self._dicts(snapshot, "chain")
        }
        for row in steps.sorted(lambda step: (step.chain_no or len(rows) + 1, step.id)):
            if row.group_id and row.group_id.id != groups.get(
                (row.sequence, row.act, row.step_name)
            ):
                add("chain", row, self.env._("The role of the step was changed."))
            if sorted(row.barred_uids or []) != sorted(barred):
                add("chain", row, self.env._("The list of those who may not sign was changed."))
            if row.state in OPEN_STATES:
                continue
            if row.state == "void":
                if not closed:
                    add("chain", row, self.env._("The step was made void, but the round goes on."))
                continue
            if not row.digest:
                add("digest", row, self.env._("The row says signed, but nobody has signed it."))
            people = {row.user_id.id, row.deputy_for_id.id} - {False}
            if row.four_eyes and row.state in ("signed", "rejected"):
                if people & (signers | set(barred)):
                    add(
                        "chain",
                        row,
                        self.env._("The step was signed by somebody who may not sign it."),
                    )
            if row.state == "signed":
                signers |= people

    def _verify_head(self, document, chain, add):
        """The document is where and what its evidence says."""
        last = chain[-1:]
        if document.evidence_count != len(chain) or (document.evidence_head or "") != (
            last.digest or ""
        ):
            add(
                "chain",
                last,
                self.env._("The last row doesn't fit the document: rows are missing."),
            )
        if document.state != self._get_expected_state(chain):
            add(
                "document",
                last,
                self.env._("The state of the document wasn't reached by its approvals."),
            )
        if not chain:
            return
        if document.state != "draft":
            amended = self._get_open_amendments(document)
            signed = self._load(last.snapshot).get("content")
            for path in self._diff(signed, document._get_evidence_content()):
                if path not in amended:
                    add(
                        "document",
                        last,
                        self.env._("The document was changed after it was signed: %s", path),
                    )
        for text in document._verify_effects(chain):
            add("document", last, text)
        for row in chain:
            self._verify_attachments(row, add)

    def _verify_attachments(self, row, add):
        if '"attachments":' not in (row.snapshot or ""):
            return
        for kept in self._dicts(self._load(row.snapshot), "attachments"):
            attachment = self.env["ir.attachment"].sudo().browse(kept.get("id")).exists()
            digest = hashlib.sha256(attachment.raw or b"").hexdigest() if attachment else ""
            if digest != kept.get("sha256"):
                add(
                    "attachment",
                    row,
                    self.env._("The attachment %s was changed or deleted.", kept.get("name")),
                )

    @api.model
    def _get_open_amendments(self, document):
        """Return the paths that a signer is correcting now and hasn't signed yet."""
        rows = document._get_rows().filtered(lambda row: row.state == "pending")
        amendments = (
            self.env["aftersales.amendment"].sudo().search([("approval_id", "in", rows.ids)])
        )
        places = {}
        for field_name in document._evidence_lines:
            for number, line in enumerate(document[field_name].sorted("id"), start=1):
                places[line.id] = f"/{field_name}/{number}"
        amended = {f"{places.get(item.line_id, '')}/{item.field_name}" for item in amendments}
        return amended | document._get_open_paths(set(rows.mapped("act")))

    @api.model
    def _get_expected_state(self, chain):
        """Return the state that the acts on record lead to."""
        state, decisions = "draft", set()
        ends = {"withdraw": "withdrawn", "revise": "draft", "cancel": "cancelled"}
        for row in chain:
            if row.act == "submit":
                state = "submitted"
                decisions = {
                    (step.get("sequence"), step.get("act"), step.get("name"))
                    for step in self._dicts(self._load(row.snapshot), "chain")
                    if step.get("phase") == "decision" and step.get("act") != "inform"
                }
            elif row.act in ends:
                state = ends[row.act]
            elif row.phase == "decision" and row.state == "rejected":
                state = "rejected"
            elif row.phase == "decision" and row.state in ("signed", "skipped"):
                decisions.discard((row.sequence, row.act, row.step_name))
                if not decisions:
                    state = "approved"
        return state

    # ------------------------------------------------------------------
    # Reading what may have been tampered with
    # ------------------------------------------------------------------
    @api.model
    def _load(self, text):
        """Return a stored snapshot as a dict; anything else counts as empty."""
        try:
            value = json.loads(text or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @api.model
    def _dicts(self, snapshot, name):
        values = snapshot.get(name)
        return (
            [value for value in values if isinstance(value, dict)]
            if isinstance(values, list)
            else []
        )

    @api.model
    def _diff(self, signed, present, path=""):
        """Return the paths at which two contents differ.

        A link that was merged into another partner of the same name is no difference.
        """
        if isinstance(signed, dict) and isinstance(present, dict):
            if set(signed) == set(present) == {"id", "name", "model"}:
                same = signed["id"] == present["id"] or (
                    signed["model"] == present["model"] == "res.partner"
                    and signed["name"] == present["name"]
                )
                return [] if same else [path]
            result = []
            for key in sorted(set(signed) | set(present)):
                result += self._diff(signed.get(key), present.get(key), f"{path}/{key}")
            return result
        if isinstance(signed, list) and isinstance(present, list) and len(signed) == len(present):
            result = []
            for number, (one, other) in enumerate(zip(signed, present, strict=True)):
                result += self._diff(one, other, f"{path}/{number + 1}")
            return result
        return [] if signed == present else [path]

    # ------------------------------------------------------------------
    # What isn't there
    # ------------------------------------------------------------------
    @api.model
    def _verify_unrecorded(self, domain, recorded):
        """Find documents that are past draft without any evidence."""
        findings = []
        for model, _label in self.env["aftersales.approval.step"]._selection_model():
            documents = (
                self.env[model]
                .sudo()
                .search(
                    [
                        "|",
                        "|",
                        ("state", "!=", "draft"),
                        ("round", ">", 0),
                        ("evidence_count", ">", 0),
                        *domain,
                    ]
                )
            )
            findings += [
                {
                    "kind": "document",
                    "document": document.name,
                    "row_id": False,
                    "text": self.env._("The document has a state but no evidence."),
                }
                for document in documents
                if (model, document.id) not in recorded
            ]
        return findings

    @api.model
    def _verify_seals(self, domain):
        """Check the seals, and that what they sealed is still there."""
        findings = []
        last = {}
        for seal in self.env["aftersales.seal"].sudo().search(domain, order="company_id, day"):
            number, digest = last.get(seal.company_id, (0, ""))
            texts = []
            if not evidence.is_signed(seal._payload(), seal.key_name, seal.digest):
                texts.append(self.env._("The seal was changed."))
            if seal.number != number + 1 or (seal.previous_digest or "") != digest:
                texts.append(self.env._("A seal before this one is missing."))
            texts += [
                self.env._("Evidence of %s was sealed that day and is gone.", key)
                for key in self._find_lost(self._load(seal.content))
            ]
            findings += [
                {
                    "kind": "seal",
                    "document": f"{seal.company_id.name} {seal.day}",
                    "row_id": False,
                    "text": text,
                }
                for text in texts
            ]
            last[seal.company_id] = (seal.number, seal.digest or "")
        return findings

    @api.model
    def _find_lost(self, heads):
        """Return the sealed documents whose sealed digest isn't there any more."""
        heads = {
            key: head[1] for key, head in heads.items() if isinstance(head, list) and len(head) == 2
        }
        rows = (
            self.env["aftersales.approval"].sudo().search([("digest", "in", list(heads.values()))])
        )
        found = {(f"{row.res_model},{row.res_id}", row.digest) for row in rows}
        return [key for key, head in heads.items() if (key, head) not in found]
