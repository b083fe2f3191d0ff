"""The attacks on a document with an approval chain, whatever the document is.

A test case names the document, who writes it, who signs in which order, and what is in
it; the attacks are made from what the model itself says about its fields.
"""

import hashlib

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import HOSTILE_CONTEXT

STATES = (
    "draft",
    "submitted",
    "approved",
    "rejected",
    "withdrawn",
    "cancelled",
    "done",
    "",
    False,
    1,
    [],
)


class DocumentAttacks:
    """A1–A27, D1, D3 and D4 for one kind of document; mixed into an AttackCase."""

    # who writes and submits; who signs, in order; who has nothing to do with it
    author = ""
    chain = ()
    stranger = "storekeeper"
    # content that is changed by an attack, and what the first signer may amend
    change = {}
    amendment = {}
    # text fields for script and odd characters; amounts for odd numbers
    texts = ()
    amounts = ()

    # ------------------------------------------------------------------
    # Hooks
    # ------------------------------------------------------------------
    def document_vals(self, **values):
        """Return JSON values of a document that may be submitted."""
        raise NotImplementedError

    def before_signing(self, role, document):
        """Do what a signer has to do before he signs."""

    def assert_no_effect(self, document):
        """Assert that nothing has followed from a document that isn't decided."""

    # ------------------------------------------------------------------
    # Documents in each state
    # ------------------------------------------------------------------
    def setUp(self):
        super().setUp()
        self.Document = self.env[self.document_model]

    def line_models(self):
        """Yield (name of the one2many, model of its lines)."""
        for name in self.Document._evidence_lines:
            yield name, self.env[self.Document._fields[name].comodel_name]

    def draft_document(self, user=None, **values):
        vals = self.document_vals(**values)
        document_id = self.rpc_json(user or self.author, self.document_model, "create", vals)
        return self.Document.browse(document_id)

    def submitted_document(self, **values):
        document = self.draft_document(**values)
        self.act(self.author, document, "action_submit")
        return document

    def approved_document(self, **values):
        document = self.submitted_document(**values)
        for role in self.chain:
            self.before_signing(role, document)
            self.sign(role, document)
        self.assertEqual(document.state, "approved")
        return document

    def rejected_document(self):
        document = self.submitted_document()
        self.decide(self.chain[0], document, "action_reject", comment="not proven")
        return document

    def documents(self):
        return (
            self.draft_document(),
            self.submitted_document(),
            self.approved_document(),
            self.rejected_document(),
        )

    def refuse_signing(self, user, document):
        """Assert that a user can neither sign nor reject, by button or by dialog."""
        digest = self.digest_of(self.chain[0], document)
        for method in ("action_approve", "action_reject"):
            self.refused(
                user,
                document._name,
                method,
                ids=document.ids,
                seen_digest=digest,
                comment="x",
            )
        vals = {
            "res_model": document._name,
            "res_id": document.id,
            "seen_digest": digest,
            "comment": "x",
        }
        wizard_id = self.rpc_json(user, "aftersales.sign.wizard", "create", vals)
        for method in ("action_sign", "action_reject"):
            self.refused(user, "aftersales.sign.wizard", method, ids=[wizard_id])

    # ------------------------------------------------------------------
    # The door
    # ------------------------------------------------------------------
    def test_door_fields_in_create(self):
        """A1, A3, A25: no door field can be given at creation, on header or line."""
        for name in sorted(self.Document._guard_fields("door")):
            vals = self.document_vals(**{name: self.sample(self.Document._fields[name])})
            with self.subTest(field=name):
                self.refused(self.author, self.document_model, "create", [vals])
                self.refused(
                    self.author,
                    self.document_model,
                    "web_save",
                    vals,
                    {},
                    ids=[],
                    context=HOSTILE_CONTEXT,
                )
        for lines, model in self.line_models():
            for name in sorted(model._guard_fields("door")):
                vals = self.document_vals()
                vals[lines] = [
                    Command.create(dict(command[2], **{name: self.sample(model._fields[name])}))
                    for command in vals[lines]
                ]
                with self.subTest(line_field=name):
                    self.refused(self.author, self.document_model, "create", [vals])

    def test_defaults(self):
        """A1, A10: neither the context nor a personal default gives a document a state."""
        context = dict(HOSTILE_CONTEXT)
        models = [self.Document, *(model for _name, model in self.line_models())]
        for model in models:
            for name in model._guard_fields("door"):
                context[f"default_{name}"] = self.sample(model._fields[name])
                if name != "company_id":
                    self.set_default(
                        self.author, model._name, name, self.sample(model._fields[name])
                    )
        for each in ({}, context):
            document_id = self.rpc_json(
                self.author,
                self.document_model,
                "create",
                self.document_vals(),
                context=each,
            )
            document = self.Document.browse(document_id)
            self.assertEqual((document.state, document.round), ("draft", 0))
            self.assertEqual((document.evidence_count, document.evidence_head), (0, False))
            self.assertFalse(document.submitted_by_id or document.approval_ids)
            self.assertNotEqual(document.name, "FORGED")
            self.assertEqual(document.contributor_uids, [self.users[self.author].id])
            self.assert_no_effect(document)
            self.assert_sound(document)

    def test_import(self):
        """A2: an import sets no state, no evidence and changes nothing under way."""
        document = self.submitted_document()
        name, value = next(iter(self.change.items()))
        for names, row in (
            ([".id", "state"], [document.id, "approved"]),
            ([".id", "round"], [document.id, 9]),
            ([".id", "evidence_head"], [document.id, "0" * 64]),
            ([".id", name], [document.id, value]),
            ([".id", "approval_ids/act", "approval_ids/state"], [document.id, "approve", "signed"]),
        ):
            for context in ({}, HOSTILE_CONTEXT):
                with self.subTest(names=names):
                    row = [str(cell) for cell in row]
                    self.harmless(
                        self.author, self.document_model, "load", names, [row], context=context
                    )
        self.assert_sound(document)

    def test_door_fields_in_write(self):
        """A3, A4, A25: every door field of header and lines refuses every write, alone and
        together with the content, in every state."""
        for document in self.documents():
            lines = [document[name][:1] for name, _model in self.line_models()]
            for user in (self.author, self.chain[0], "admin"):
                for record in (document, *lines):
                    for name in sorted(record._guard_fields("door")):
                        value = self.sample(record._fields[name])
                        with self.subTest(state=document.state, user=user, field=name):
                            self.refused(user, record._name, "write", {name: value}, ids=record.ids)
                            self.refused(
                                user,
                                record._name,
                                "web_save",
                                {name: value},
                                {},
                                ids=record.ids,
                                context=HOSTILE_CONTEXT,
                            )
                self.refused(
                    user,
                    self.document_model,
                    "write",
                    dict(self.change, state="approved"),
                    ids=document.ids,
                )
            self.assert_sound(document)

    def test_every_state_by_write(self):
        """A3: no state can be written, also none that doesn't exist."""
        document = self.submitted_document()
        for state in STATES:
            for user in (self.author, self.chain[0]):
                with self.subTest(state=state, user=user):
                    self.refused(
                        user, self.document_model, "write", {"state": state}, ids=document.ids
                    )
        self.assert_sound(document)

    def test_edit_under_way(self):
        """A8, A9, A10: header and lines are closed from submission on, for any context."""
        other = self.draft_document()
        for document in (
            self.submitted_document(),
            self.approved_document(),
            self.rejected_document(),
        ):
            for vals in [{name: value} for name, value in self.change.items()]:
                with self.subTest(state=document.state, vals=vals):
                    self.refused_always(
                        self.author, self.document_model, "write", vals, ids=document.ids
                    )
            for lines, model in self.line_models():
                new = self.document_vals()[lines][0][2]
                line, foreign = document[lines][:1], other[lines][:1]
                for command in (
                    Command.create(new),
                    Command.delete(line.id),
                    Command.unlink(line.id),
                    Command.clear(),
                    Command.set([foreign.id]),
                    Command.link(foreign.id),
                    Command.update(foreign.id, {model._guard_parent: document.id}),
                ):
                    with self.subTest(state=document.state, command=command):
                        self.refused(
                            self.author,
                            self.document_model,
                            "write",
                            {lines: [command]},
                            ids=document.ids,
                        )
                self.refused(
                    self.author, model._name, "unlink", ids=line.ids, context=HOSTILE_CONTEXT
                )
                self.refused(
                    self.author,
                    model._name,
                    "create",
                    new,
                    context={f"default_{model._guard_parent}": document.id},
                )
                self.refused(
                    self.author,
                    model._name,
                    "write",
                    {model._guard_parent: document.id},
                    ids=foreign.ids,
                )
            self.assert_sound(document)

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    def test_evidence_by_hand(self):
        """A5, A6: nobody writes, makes or deletes approval records, or a submitted document."""
        for document in (self.submitted_document(), self.approved_document()):
            rows = document.approval_ids
            pending = rows.filtered(lambda row: row.state in ("pending", "waiting"))[:1] or rows[:1]
            forged = {"state": "signed", "user_id": self.users[self.chain[0]].id}
            for user in (self.author, *self.chain, "admin"):
                for method, args in (("write", [forged]), ("unlink", []), ("copy", [])):
                    self.refused(
                        user,
                        "aftersales.approval",
                        method,
                        *args,
                        ids=pending.ids,
                        context=HOSTILE_CONTEXT,
                    )
            for user in (self.author, "admin"):
                self.refused_always(user, self.document_model, "unlink", ids=document.ids)
            self.assert_sound(document)

    def test_reopening_keeps_the_record(self):
        """A16: revising and cancelling lose no signature and no rejection."""
        document = self.rejected_document()
        before = {row.id: (row.digest, row.comment, row.state) for row in document.approval_ids}
        self.act(self.author, document, "action_revise", comment="new facts")
        self.refused(self.author, self.document_model, "unlink", ids=document.ids)
        self.act(self.author, document, "action_submit")
        self.act(self.author, document, "action_withdraw")
        self.act(self.author, document, "action_cancel", comment="not needed")
        after = {row.id: (row.digest, row.comment, row.state) for row in document.approval_ids}
        self.assertEqual({row_id: after[row_id] for row_id in before}, before)
        self.refused_always(self.author, self.document_model, "unlink", ids=document.ids)
        self.assert_sound(document)

    def test_old_record_reads_the_same(self):
        """A17: renamed steps, roles and people change no old record."""
        document = self.approved_document()
        rows = document.approval_ids.filtered("digest")
        before = rows.mapped(lambda row: (row.step_name, row.role_name, row.user_name, row.digest))
        steps = self.env["aftersales.approval.step"].search([("model", "=", self.document_model)])
        for step in steps:
            step.name = f"{step.name} (new)"
        for role in self.chain:
            self.users[role].name = "Somebody Else"
            self.env.ref(f"aftersales_service.group_{role}").name = f"New {role}"
        self.env.invalidate_all()
        after = rows.mapped(lambda row: (row.step_name, row.role_name, row.user_name, row.digest))
        self.assertEqual(after, before)
        self.assert_sound(document)

    def test_tampering_is_named(self):
        """A24: what SQL changes on document, lines and rows is found by the verification."""
        document = self.approved_document()
        rows = document.approval_ids.filtered(lambda item: item.state == "signed")
        row = rows.filtered(lambda item: item.act != "submit")[-1:]
        submit = rows.filtered(lambda item: item.act == "submit")
        table = self.Document._table
        name = next(iter(self.change))
        deeds = [
            f"UPDATE {table} SET state = 'draft' WHERE id = {document.id}",
            f"UPDATE {table} SET round = 7 WHERE id = {document.id}",
            f"UPDATE {table} SET name = 'X-1' WHERE id = {document.id}",
            f"UPDATE {table} SET {name} = NULL WHERE id = {document.id}",
            f"UPDATE {table} SET evidence_head = NULL WHERE id = {document.id}",
            f"UPDATE aftersales_approval SET comment = 'never said' WHERE id = {row.id}",
            f"UPDATE aftersales_approval SET digest = '{hashlib.sha256(b'x').hexdigest()}'"
            f" WHERE id = {row.id}",
            f"DELETE FROM aftersales_approval WHERE id = {submit.id}",
            *self.more_tampering(document),
        ]
        for deed in deeds:
            with self.subTest(sql=deed), self.env.cr.savepoint() as savepoint:
                self.env.flush_all()
                self.env.cr.execute(deed)  # pylint: disable=sql-injection
                self.assertTrue(self.env.cr.rowcount)
                self.assertTrue(self.verify(document), "nothing found")
                savepoint.rollback()
                self.env.invalidate_all()
        self.assert_sound(document)

    def more_tampering(self, document):
        """Return SQL that changes what only this kind of document has."""
        return []

    def test_attachments_are_kept(self):
        """A26: what was attached at submission can't be changed, replaced or deleted."""
        document = self.draft_document()
        attachment_id = self.rpc_json(
            self.author,
            "ir.attachment",
            "create",
            {
                "name": "scan.txt",
                "datas": "c2Nhbg==",
                "res_model": self.document_model,
                "res_id": document.id,
            },
        )
        self.act(self.author, document, "action_submit")
        for user in (self.author, self.chain[0], "admin"):
            for vals in ({"datas": "eA=="}, {"name": "other"}, {"res_id": 1}):
                self.refused(user, "ir.attachment", "write", vals, ids=[attachment_id])
            self.refused(
                user, "ir.attachment", "unlink", ids=[attachment_id], context=HOSTILE_CONTEXT
            )
        self.assert_sound(document)

    # ------------------------------------------------------------------
    # Signers
    # ------------------------------------------------------------------
    def test_order_and_roles(self):
        """A7: nobody signs out of turn, without the role, or twice (A20)."""
        document = self.submitted_document()
        for position, role in enumerate(self.chain):
            for other in (*self.chain[position + 1 :], *self.chain[:position], self.stranger):
                with self.subTest(turn=role, user=other):
                    self.refuse_signing(other, document)
            self.refuse_signing(self.author, document)
            self.before_signing(role, document)
            self.sign(role, document)
        self.assertEqual(document.state, "approved")
        self.refuse_signing(self.chain[-1], document)
        self.assert_sound(document)

    def test_strangers_move_nothing(self):
        """A11: submit, withdraw, revise and cancel are for their roles alone."""
        for document in self.documents():
            for method, kwargs in (
                ("action_submit", {}),
                ("action_withdraw", {}),
                ("action_revise", {"comment": "x"}),
                ("action_cancel", {"comment": "x"}),
            ):
                for user in (self.stranger, "admin"):
                    with self.subTest(state=document.state, method=method, user=user):
                        self.refused(user, self.document_model, method, ids=document.ids, **kwargs)
            self.assert_sound(document)

    def test_author_lets_a_colleague_submit(self):
        """A12: who wrote the document can't sign it, whoever submits."""
        author = self.make_user("as_writer", self.author, self.chain[0])
        document = self.draft_document(user=author)
        self.act(self.author, document, "action_submit")
        self.refuse_signing(author, document)
        self.sign(self.chain[0], document)
        self.assert_sound(document)

    def test_step_handed_back_to_the_author(self):
        """A13: a deputy who wrote or submitted the document still can't sign it."""
        document = self.submitted_document()
        self.env["aftersales.deputy"].create(
            {
                "user_id": self.users[self.chain[0]].id,
                "deputy_id": self.users[self.author].id,
                "company_id": self.company.id,
                "date_from": "2020-01-01",
                "date_to": "2099-12-31",
            }
        )
        self.refuse_signing(self.author, document)
        self.assert_sound(document)

    def test_nobody_left_to_sign(self):
        """A14: a submission that nobody could sign is refused and names the step."""
        document = self.draft_document()
        self.users[self.chain[-1]].active = False
        message = self.refused(self.author, self.document_model, "action_submit", ids=document.ids)
        group = self.env.ref(f"aftersales_service.group_{self.chain[-1]}")
        self.assertIn(group.name, message)

    def test_role_through_another_group(self):
        """A15: who holds the role through an implied group may sign."""
        role = self.env.ref(f"aftersales_service.group_{self.chain[0]}")
        group = self.env["res.groups"].create(
            {"name": "Implies it", "implied_ids": [Command.link(role.id)]}
        )
        user = self.make_user("as_implied")
        user.group_ids = [Command.link(group.id)]
        document = self.submitted_document()
        self.before_signing(self.chain[0], document)
        self.sign(user, document)
        self.assert_sound(document)

    def test_company(self):
        """A18, D1: no document without a company or in another; company B sees nothing."""
        other = self.env["res.company"].create({"name": "Other works"})
        roles = {self.author, *self.chain}
        spy = self.make_user("as_spy", *sorted(roles), company=other)
        draft, document = self.draft_document(), self.submitted_document()
        for company in (False, other.id):
            self.refused(
                self.author,
                self.document_model,
                "create",
                self.document_vals(company_id=company),
            )
            self.refused_always(
                self.author, self.document_model, "write", {"company_id": company}, ids=draft.ids
            )
        context = {"allowed_company_ids": [other.id, self.company.id]}
        records = {self.document_model: document}
        records |= {model._name: document[name] for name, model in self.line_models()}
        for model, record in records.items():
            domain = [("id", "in", record.ids)]
            self.assertEqual(self.rpc(spy, model, "search", domain), [])
            self.assertEqual(self.rpc(spy, model, "name_search", "", domain), [])
            groups = self.rpc(
                spy, model, "formatted_read_group", domain, ["company_id"], ["__count"]
            )
            self.assertEqual(groups, [])
            for method, args in (
                ("read", [["display_name"]]),
                ("web_read", [{"display_name": {}}]),
                ("export_data", [["id", "display_name"]]),
                ("copy", []),
                ("write", [{}]),
                ("unlink", []),
            ):
                self.refused(spy, model, method, *args, ids=record.ids)
                self.refused(spy, model, method, *args, ids=record.ids, context=context)
        for method, kwargs in (
            ("action_submit", {}),
            ("action_withdraw", {}),
            ("action_approve", {"seen_digest": document.content_digest}),
            ("action_reject", {"seen_digest": document.content_digest, "comment": "x"}),
            ("action_revise", {"comment": "x"}),
            ("action_cancel", {"comment": "x"}),
            ("action_open_sign_wizard", {}),
        ):
            self.refused(spy, self.document_model, method, ids=document.ids, **kwargs)
        self.refused(spy, self.document_model, "create", self.document_vals())
        self.assert_sound(draft, document)

    def test_portal_user(self):
        """A19, D2: a customer reads and changes nothing of the document or its records."""
        portal = new_test_user(self.env, "as_portal_user", groups="base.group_portal")
        self.users["portal"] = portal
        self.addCleanup(self.users.pop, "portal")
        document = self.submitted_document()
        document.message_subscribe(portal.partner_id.ids)
        for model, records in (
            (self.document_model, document),
            ("aftersales.approval", document.approval_ids),
            *((model._name, document[name]) for name, model in self.line_models()),
        ):
            for method, args in (("read", [["display_name"]]), ("write", [{}]), ("unlink", [])):
                self.refused("portal", model, method, *args, ids=records.ids)
            self.refused("portal", model, "search", [])
        self.refused("portal", self.document_model, "action_approve", ids=document.ids)
        self.assert_sound(document)

    def test_changed_since_it_was_read(self):
        """A21: a digest of other content, of another document or none at all is refused."""
        document, other = self.submitted_document(), self.submitted_document()
        signer = self.chain[0]
        stale = self.digest_of(signer, document)
        if self.amendment:
            self.rpc_json(signer, self.document_model, "write", self.amendment, ids=document.ids)
        else:
            stale = "0" * 64
        for digest in (stale, "", None, False, "x", self.digest_of(signer, other)):
            for method in ("action_approve", "action_reject"):
                with self.subTest(digest=digest, method=method):
                    self.refused(
                        signer,
                        self.document_model,
                        method,
                        ids=document.ids,
                        seen_digest=digest,
                        comment="x",
                    )
        self.assert_sound(document, other)

    def test_copy_starts_unsigned(self):
        """A22: a duplicate starts as a draft; a forged default of the copy is refused."""
        document = self.approved_document()
        for forged in ({"state": "approved"}, {"evidence_count": 1}):
            self.refused(self.author, self.document_model, "copy", forged, ids=document.ids)
        copy_id = self.rpc_json(
            self.author, self.document_model, "copy", ids=document.ids, context=HOSTILE_CONTEXT
        )
        copy = self.Document.browse(copy_id)
        self.assertEqual((copy.state, copy.round, copy.evidence_count), ("draft", 0, 0))
        self.assertFalse(copy.evidence_head or copy.submitted_by_id or copy.approval_ids)
        self.assertNotEqual(copy.name, document.name)
        self.assertEqual(copy.contributor_uids, [self.users[self.author].id])
        self.assert_no_effect(copy)
        self.assert_sound(document, copy)

    def test_detours(self):
        """A23: object-write actions and sudo meet the same guards as a client."""
        document = self.submitted_document()
        field = self.env["ir.model.fields"]._get(self.document_model, "state")
        values = field.selection_ids.filtered(lambda item: item.value == "approved")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Approve at once",
                "model_id": field.model_id.id,
                "state": "object_write",
                "update_path": "state",
                "selection_value": values.id,
                "value": "approved",
            }
        )
        context = {
            "active_model": self.document_model,
            "active_id": document.id,
            "active_ids": document.ids,
        }
        for user in ("admin", self.author):
            self.refused(user, "ir.actions.server", "run", ids=action.ids, context=context)
        name, value = next(iter(self.change.items()))
        sudo = document.sudo()
        for deed in (
            lambda: sudo.write({"state": "approved"}),
            lambda: sudo.write({name: value}),
            lambda: sudo.with_context(**HOSTILE_CONTEXT).write({"round": 5}),
            lambda: sudo.unlink(),
            lambda: sudo.create(self.document_vals(state="approved")),
        ):
            before = self.picture()
            with self.assertRaises(Exception), self.env.cr.savepoint():
                deed()
            self.env.invalidate_all()
            self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(document)

    def test_amending_outside_the_own_step(self):
        """A27: only the signer amends, in his own step, and only what the step allows."""
        document = self.submitted_document()
        if self.amendment:
            for user in (self.author, *self.chain[1:], "admin", self.stranger):
                with self.subTest(user=user):
                    self.refused(
                        user, self.document_model, "write", self.amendment, ids=document.ids
                    )
        for name, value in self.change.items():
            amend = getattr(self.Document._fields[name], "amend", None)
            if not amend:
                self.refused_always(
                    self.chain[0], self.document_model, "write", {name: value}, ids=document.ids
                )
        self.before_signing(self.chain[0], document)
        self.sign(self.chain[0], document)
        if self.amendment:
            self.refused(
                self.chain[0], self.document_model, "write", self.amendment, ids=document.ids
            )
        self.assert_sound(document)

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------
    def test_script(self):
        """D3: script in a text stays text in every message."""
        script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        document = self.draft_document(**dict.fromkeys(self.texts, script))
        self.act(self.author, document, "action_submit")
        self.decide(self.chain[0], document, "action_reject", comment=script)
        messages = self.env["mail.message"].search(
            [("model", "=", self.document_model), ("res_id", "=", document.id)]
        )
        self.assertTrue(messages)
        for message in messages:
            self.assertNotIn("<script", message.body or "")
            self.assertNotIn("<img", message.body or "")
        self.assert_sound(document)

    def test_odd_values(self):
        """D4: what no database can keep is refused; what it can keep is kept."""
        for name in self.texts:
            self.refused(
                self.author, self.document_model, "create", self.document_vals(**{name: "a\x00b"})
            )
        if self.texts:
            document = self.draft_document(**{self.texts[0]: "⚡ 烧毁 😀"})
            self.assertEqual(document[self.texts[0]], "⚡ 烧毁 😀")
        for name in self.amounts:
            for number in (-1, float("nan"), float("inf"), 1e300, -(10**12)):
                with self.subTest(field=name, number=number):
                    self.refused(
                        self.author,
                        self.document_model,
                        "create",
                        self.document_vals(**{name: number}),
                    )
