import base64
import hashlib
from email.message import EmailMessage

from odoo.exceptions import UserError
from odoo.fields import Command

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT, ROLES


class TestAttackEvidence(AttackCase):
    """A5, A6, A16, A17, A23, A26: evidence is written by the engine alone."""

    def post_photo(self, requisition):
        """Send a photograph to the document's chatter; return the message."""
        message_id = self.rpc_json(
            "supervisor",
            requisition._name,
            "message_post",
            ids=requisition.ids,
            body="site photograph",
            attachments=[["photo.jpg", "jpeg bytes"]],
        )
        return self.env["mail.message"].browse(message_id)

    def attach(self, user, requisition, name="stamped.pdf", raw=b"stamped scan"):
        attachment_id = self.rpc_json(
            user,
            "ir.attachment",
            "create",
            {
                "name": name,
                "res_model": requisition._name,
                "res_id": requisition.id,
                "datas": base64.b64encode(raw).decode(),
                "aftersales_kept": False,
            },
        )
        return self.env["ir.attachment"].browse(attachment_id)

    # ------------------------------------------------------------------
    # Approval records
    # ------------------------------------------------------------------
    def test_approval_records_written(self):
        """A5: no field of an approval record can be written by anybody, sudo included."""
        requisition = self.submitted()
        rows = requisition.approval_ids
        pending = rows.filtered(lambda row: row.state == "pending")
        forged = {"state": "signed", "user_id": self.users["tech_reviewer"].id, "digest": "0" * 64}
        for role in ROLES:
            with self.subTest(role=role):
                self.refused(role, "aftersales.approval", "write", forged, ids=pending.ids)
                self.refused(
                    role,
                    "aftersales.approval",
                    "web_save",
                    forged,
                    {},
                    ids=pending.ids,
                    context=HOSTILE_CONTEXT,
                )
        for name, field in rows._fields.items():
            if field.store and name not in (
                "id",
                "create_uid",
                "create_date",
                "write_uid",
                "write_date",
            ):
                with self.subTest(field=name):
                    value = self.sample(field)
                    self.refused(
                        "tech_reviewer", rows._name, "write", {name: value}, ids=rows[0].ids
                    )
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        rows[0].sudo().write({name: value})
        self.refused_always("admin", rows._name, "write", forged, ids=pending.ids)
        self.assert_sound(requisition)

    def test_approval_records_made(self):
        """A5: nobody creates or copies an approval record, also not from the document."""
        requisition = self.submitted()
        row = requisition.approval_ids.filtered(lambda item: item.state == "pending")
        vals = {
            "res_model": requisition._name,
            "res_id": requisition.id,
            "res_name": requisition.name,
            "company_id": self.company.id,
            "round": 1,
            "phase": "decision",
            "act": "review",
            "state": "signed",
        }
        for role in ROLES:
            with self.subTest(role=role):
                self.refused(role, row._name, "create", vals)
                self.refused(role, row._name, "copy", {"state": "signed"}, ids=row.ids)
                self.refused(role, row._name, "name_create", "x")
        for command in (
            Command.create(vals),
            Command.update(row.id, {"state": "signed"}),
            Command.delete(row.id),
            Command.unlink(row.id),
            Command.clear(),
            Command.set([]),
        ):
            for user in ("supervisor", "tech_reviewer"):
                with self.subTest(command=command):
                    self.refused_always(
                        user,
                        requisition._name,
                        "write",
                        {"approval_ids": [command]},
                        ids=requisition.ids,
                    )
        self.refused_always(
            "supervisor",
            requisition._name,
            "create",
            {"ticket_id": self.ticket.id, "approval_ids": [Command.create(vals)]},
        )
        self.assert_sound(requisition)

    def test_evidence_deleted(self):
        """A6, A16: nobody deletes approval records, amendments, or a document that has
        been submitted, with any context, and sudo neither."""
        requisition = self.rejected()
        for role in ROLES:
            with self.subTest(role=role):
                for record in (requisition, requisition.approval_ids, requisition.line_ids):
                    self.refused(role, record._name, "unlink", ids=record.ids)
                    self.refused(
                        role, record._name, "unlink", ids=record.ids, context=HOSTILE_CONTEXT
                    )
        for context in ({}, HOSTILE_CONTEXT):
            for record in (requisition, requisition.approval_ids, requisition.line_ids):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    record.with_env(record.env(su=True, context=context)).unlink()
        self.refused(
            "supervisor", "helpdesk.ticket", "unlink", ids=self.ticket.ids, context=HOSTILE_CONTEXT
        )
        self.assert_sound(requisition)

    def test_draft_that_was_signed_before(self):
        """A6, A16: reopening to a draft doesn't make a document deletable."""
        requisition = self.approved()
        self.act("supervisor", requisition, "action_revise", comment="more needed")
        self.refused_always("supervisor", requisition._name, "unlink", ids=requisition.ids)
        self.assert_sound(requisition)

    def test_old_record_reads_the_same(self):
        """A17: renamed steps, roles and people, archived or deleted ones change no old record."""
        self.make_steps((10, "tech_reviewer", {}), (20, "general_manager", {}))
        requisition = self.approved_by("tech_reviewer", "general_manager")
        names = [
            "step_name",
            "role_name",
            "user_name",
            "act",
            "state",
            "comment",
            "signer_text",
            "decided_at",
            "snapshot",
            "digest",
        ]
        before = self.rpc(
            "quality", "aftersales.approval", "read", names, ids=requisition.approval_ids.ids
        )
        reviewer = self.users["tech_reviewer"]
        group = self.env.ref("aftersales_service.group_tech_reviewer")
        requisition.approval_ids.sudo().step_id.write(
            {"name": "Renamed", "act": "permit", "sequence": 1}
        )
        group.write({"name": "Renamed role"})
        reviewer.write({"name": "Somebody Else", "group_ids": [Command.unlink(group.id)]})
        reviewer.active = False
        self.customer.name = "Renamed customer"
        self.part_a.name = "Renamed part"
        requisition.approval_ids.sudo().step_id.unlink()
        self.company.name = "Renamed company"
        self.env.flush_all()
        self.env.invalidate_all()
        after = self.rpc(
            "quality", "aftersales.approval", "read", names, ids=requisition.approval_ids.ids
        )
        self.assertEqual(after, before)
        self.assert_sound(requisition)

    def approved_by(self, *roles):
        requisition = self.submitted()
        for role in roles:
            self.sign(role, requisition)
        return requisition

    # ------------------------------------------------------------------
    # Other ways in
    # ------------------------------------------------------------------
    def test_object_write_action(self):
        """A23: an action that writes records meets the same guards, as anybody and sudo."""
        requisition = self.submitted()
        model_id = self.env["ir.model"]._get_id("aftersales.requisition")
        for path, value in (("state", "approved"), ("fault_plan", "forged"), ("round", "9")):
            field = self.env["ir.model.fields"]._get("aftersales.requisition", path)
            values = {
                "name": "Forge",
                "model_id": model_id,
                "state": "object_write",
                "update_path": path,
            }
            if field.ttype == "selection":
                values["selection_value"] = field.selection_ids.filtered(
                    lambda item, value=value: item.value == value
                ).id
            else:
                values["value"] = value
            action = self.env["ir.actions.server"].create(values)
            context = {
                "active_model": requisition._name,
                "active_id": requisition.id,
                "active_ids": requisition.ids,
            }
            for user in ("supervisor", "admin"):
                with self.subTest(path=path, user=user):
                    self.refused(user, "ir.actions.server", "run", ids=action.ids, context=context)
            before = self.picture()
            with self.assertRaises(UserError), self.env.cr.savepoint():
                action.with_context(**context).run()
            self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(requisition)

    def test_object_create_action(self):
        """A23, A5: an action that creates records makes no evidence."""
        requisition = self.submitted()
        before = self.picture()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Forge",
                "model_id": self.env["ir.model"]._get_id("aftersales.requisition"),
                "state": "object_create",
                "crud_model_id": self.env["ir.model"]._get_id("aftersales.approval"),
                "value": "forged",
            }
        )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            action.with_context(
                active_model=requisition._name, active_id=requisition.id, active_ids=requisition.ids
            ).run()
        self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(requisition)

    def test_incoming_mail(self):
        """A23: a mail can't carry a state into a new document or change an old one."""
        requisition = self.submitted()
        mail = EmailMessage()
        mail["From"] = "supervisor@example.com"
        mail["To"] = "catchall@example.com"
        mail["Subject"] = "approved"
        mail["Message-Id"] = "<forged@example.com>"
        mail.set_content("state: approved")
        custom = {"ticket_id": self.ticket.id, "state": "approved"}
        for user in ("supervisor", "tech_reviewer", "admin"):
            with self.subTest(user=user):
                self.harmless(
                    user, requisition._name, "message_new", {"subject": "x", "body": "y"}, custom
                )
                self.harmless(
                    user,
                    requisition._name,
                    "message_update",
                    {"subject": "x"},
                    {"state": "approved"},
                    ids=requisition.ids,
                )
                for thread_id in (None, requisition.id):
                    self.harmless(
                        user,
                        "mail.thread",
                        "message_process",
                        requisition._name,
                        mail.as_string(),
                        custom_values=custom,
                        thread_id=thread_id,
                    )
        self.assert_sound(requisition)

    def test_sudo(self):
        """A23: sudo meets every guard that a client meets."""
        requisition = self.approved()
        line = requisition.line_ids[0]
        row = requisition.approval_ids[0]
        for record, vals in (
            (requisition, {"state": "draft"}),
            (requisition, {"fulfilment": "issued"}),
            (requisition, {"fault_plan": "x"}),
            (requisition, {"evidence_head": False}),
            (line, {"qty_issued": 1}),
            (line, {"qty_product": 99}),
            (line, {"approved_qty": 99}),
            (row, {"comment": "x"}),
        ):
            with self.subTest(vals=vals):
                before = self.picture()
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    record.sudo().with_context(**HOSTILE_CONTEXT).write(vals)
                self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(requisition)

    # ------------------------------------------------------------------
    # Attachments
    # ------------------------------------------------------------------
    def test_kept_attachment(self):
        """A26: what was attached when the document was submitted stays, for the one who
        attached it, for others, for the administrator and for sudo."""
        requisition = self.make_requisition()
        own = self.attach("supervisor", requisition)
        message = self.post_photo(requisition)
        photo = message.attachment_ids
        self.act("supervisor", requisition, "action_submit")
        kept = own | photo
        self.assertEqual(kept.mapped("aftersales_kept"), [True, True])
        other = base64.b64encode(b"something else").decode()
        changes = (
            {"datas": other},
            {"raw": "something else"},
            {"name": "other.pdf"},
            {"res_id": 1},
            {"res_id": False},
            {"res_model": "res.partner"},
            {"res_field": "name"},
            {"public": True},
            {"mimetype": "text/plain"},
            {"type": "url", "url": "https://example.com"},
            {"store_fname": "../../etc/passwd"},
            {"checksum": "0"},
            {"db_datas": other},
            {"aftersales_kept": False},
            {"aftersales_kept": True},
            {"company_id": False},
        )
        for user in ("supervisor", "tech_reviewer", "admin", "storekeeper"):
            for attachment in kept:
                with self.subTest(user=user, name=attachment.name):
                    for vals in changes:
                        self.refused(user, "ir.attachment", "write", vals, ids=attachment.ids)
                    self.refused(
                        user,
                        "ir.attachment",
                        "write",
                        {"datas": other},
                        ids=attachment.ids,
                        context=HOSTILE_CONTEXT,
                    )
                    self.refused(user, "ir.attachment", "unlink", ids=attachment.ids)
                    self.refused(
                        user, "ir.attachment", "unlink", ids=attachment.ids, context=HOSTILE_CONTEXT
                    )
        for vals in changes:
            with self.assertRaises(UserError), self.env.cr.savepoint():
                own.sudo().write(vals)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            kept.sudo().with_context(**HOSTILE_CONTEXT).unlink()
        self.assert_sound(requisition)

    def test_kept_attachment_through_its_message(self):
        """A26: emptying, editing or deleting the message keeps the photograph."""
        requisition = self.make_requisition()
        message = self.post_photo(requisition)
        photo = message.attachment_ids
        self.act("supervisor", requisition, "action_submit")
        digest = hashlib.sha256(photo.raw).hexdigest()
        thread = requisition.with_user(self.users["supervisor"])
        for deed in (
            lambda: message.with_user(self.users["supervisor"]).unlink(),
            lambda: message.with_user(self.users["supervisor"]).write(
                {"attachment_ids": [Command.clear()]}
            ),
            lambda: message.sudo().write({"attachment_ids": [Command.delete(photo.id)]}),
            lambda: message.sudo().unlink(),
            lambda: thread._message_update_content(message, body="", attachment_ids=[]),
            lambda: thread._message_update_content(message.sudo(), body="x", attachment_ids=[]),
        ):
            try:
                with self.env.cr.savepoint():
                    deed()
                    self.env.flush_all()
            except UserError:  # refused, as well
                self.env.invalidate_all()
            self.assertTrue(photo.exists())
            self.assertEqual(hashlib.sha256(photo.raw).hexdigest(), digest)
            self.assert_sound(requisition)

    def test_flag_set_by_a_client(self):
        """A26: only a submission marks an attachment as evidence."""
        requisition = self.make_requisition()
        attachment_id = self.rpc_json(
            "supervisor",
            "ir.attachment",
            "create",
            {
                "name": "a.txt",
                "raw": "x",
                "res_model": requisition._name,
                "res_id": requisition.id,
                "aftersales_kept": True,
            },
            context=HOSTILE_CONTEXT,
        )
        attachment = self.env["ir.attachment"].browse(attachment_id)
        self.assertFalse(attachment.aftersales_kept)
        self.refused_always(
            "supervisor", "ir.attachment", "write", {"aftersales_kept": True}, ids=attachment.ids
        )
        self.act("supervisor", requisition, "action_submit")
        copy_id = self.rpc_json("supervisor", "ir.attachment", "copy", ids=attachment.ids)
        copy_id = copy_id[0] if isinstance(copy_id, list) else copy_id
        self.assertFalse(self.env["ir.attachment"].browse(copy_id).aftersales_kept)
        self.rpc_json("supervisor", "ir.attachment", "unlink", ids=[copy_id])
        self.assert_sound(requisition)
