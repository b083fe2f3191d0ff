"""The attacks on what a document has on record, whatever the document is."""

import hashlib

from odoo.exceptions import UserError

from .common import HOSTILE_CONTEXT


class DocumentEvidenceAttacks:
    """A5, A6, A16, A17, A22–A24 and A26 for one kind of document."""

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
            with self.assertRaises(UserError), self.env.cr.savepoint():
                deed()
            self.env.invalidate_all()
            self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(document)
