"""The attacks on a document with an approval chain, whatever the document is.

A test case names the document, who writes it, who signs in which order, and what is in
it; the attacks are made from what the model itself says about its fields.
"""

from odoo.fields import Command

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


class DocumentDoorAttacks:
    """A1–A4, A8–A10, A25 and D3–D4 for one kind of document; mixed into an AttackCase."""

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
            # the link's hash is nobody's field: core refuses it in a sentence of its own
            for name in model._guard_fields("door") - {"link_hash"}:
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
