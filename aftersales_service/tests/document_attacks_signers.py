"""The attacks of people who aren't to sign a document, whatever the document is."""

from odoo.fields import Command
from odoo.tests import new_test_user


class DocumentSignerAttacks:
    """A7, A11–A15, A18–A21, A27, D1 and D2 for one kind of document."""

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
        self.before_signing(self.chain[0], document)
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
