from odoo.fields import Command

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT, ROLES

MOVES = ("action_submit", "action_withdraw", "action_revise", "action_cancel")


class TestAttackSigners(AttackCase):
    """A7, A11–A15, A18–A21, A27: only the right person signs, in the right order."""

    def refuse_signing(self, user, requisition, digest=None):
        """Assert that a user can neither sign nor reject, by button or by dialog."""
        digest = digest or self.digest_of(user, requisition)
        for method in ("action_approve", "action_reject"):
            self.refused_always(
                user,
                requisition._name,
                method,
                ids=requisition.ids,
                seen_digest=digest,
                comment="forged",
            )
        with self.env.cr.savepoint():
            wizard_id = self.rpc_json(
                user, "aftersales.sign.wizard", "create", self.sign_vals(requisition, user)
            )
            for method in ("action_sign", "action_reject"):
                self.refused_always(user, "aftersales.sign.wizard", method, ids=[wizard_id])

    def test_second_step_first(self):
        """A7: the second step can't be signed before the first, also not by the dialog."""
        self.make_steps((10, "tech_reviewer", {}), (20, "general_manager", {}))
        requisition = self.submitted()
        self.refuse_signing("general_manager", requisition)
        self.sign("tech_reviewer", requisition)
        self.refuse_signing("tech_reviewer", requisition)
        self.sign("general_manager", requisition)
        self.assertEqual(requisition.state, "approved")
        self.assert_sound(requisition)

    def test_follow_up_before_decision(self):
        """A7: drawing and lead times can't be signed before the decision."""
        requisition = self.make_requisition(lines=[(self.part_a, 99)])
        self.act("supervisor", requisition, "action_submit")
        for user in ("supervisor", "buyer", "planner"):
            self.refuse_signing(user, requisition)
        self.assert_sound(requisition)

    def test_follow_up_cannot_be_rejected(self):
        """A16: after the decision nobody turns it into a rejection."""
        requisition = self.approved()
        self.refused_always(
            "supervisor",
            requisition._name,
            "action_reject",
            ids=requisition.ids,
            seen_digest=self.digest_of("supervisor", requisition),
            comment="no",
        )
        self.assert_sound(requisition)

    def test_every_other_role_signs(self):
        """A5, A7: nobody signs without the role of the step."""
        requisition = self.submitted()
        for role in ROLES:
            if role != "tech_reviewer":
                with self.subTest(role=role):
                    self.refuse_signing(role, requisition)
        self.assertFalse(requisition.approval_ids.filtered(lambda row: row.act == "review").user_id)
        self.assert_sound(requisition)

    def test_strangers_move_the_chain(self):
        """A11: submit, withdraw, revise and cancel aren't for other roles, nor for an
        uninvolved supervisor when it comes to withdrawing; nothing is wiped."""
        colleague = self.make_user("as_supervisor_2", "supervisor")
        for requisition in (
            self.make_requisition(),
            self.submitted(),
            self.rejected(),
            self.approved(),
        ):
            for role in ROLES:
                if role == "supervisor":
                    continue
                for method in MOVES:
                    with self.subTest(state=requisition.state, role=role, method=method):
                        self.refused(role, requisition._name, method, ids=requisition.ids)
                        self.refused(
                            role,
                            requisition._name,
                            method,
                            ids=requisition.ids,
                            context=HOSTILE_CONTEXT,
                        )
            self.refused_always(
                colleague, requisition._name, "action_withdraw", ids=requisition.ids
            )
            self.assert_sound(requisition)

    def test_reopening_wipes_nothing(self):
        """A11, A16: a new round, a withdrawal and a cancellation leave every row as it was."""
        requisition = self.rejected()
        before = {row.id: (row.digest, row.comment, row.state) for row in requisition.approval_ids}
        self.act("supervisor", requisition, "action_revise", comment="right part chosen")
        self.act("supervisor", requisition, "action_submit")
        self.act("supervisor", requisition, "action_withdraw")
        self.act("supervisor", requisition, "action_cancel", comment="not needed")
        after = {row.id: (row.digest, row.comment, row.state) for row in requisition.approval_ids}
        self.assertEqual({row_id: after[row_id] for row_id in before}, before)
        self.assertIn("wrong part", requisition.approval_ids.mapped("comment"))
        self.refused_always("supervisor", requisition._name, "unlink", ids=requisition.ids)
        self.assert_sound(requisition)

    def test_author_lets_a_colleague_submit(self):
        """A12: who wrote the document or one line can't sign it, whoever submits."""
        author = self.make_user("as_both", "supervisor", "tech_reviewer")
        editor = self.make_user("as_editor", "supervisor", "tech_reviewer")
        requisition = self.make_requisition(user=author)
        self.rpc_json(
            editor,
            "aftersales.requisition.line",
            "write",
            {"reason": "burnt"},
            ids=requisition.line_ids[0].ids,
        )
        self.act("supervisor", requisition, "action_submit")
        for user in (author, editor):
            self.refuse_signing(user, requisition)
            self.assertFalse(
                self.rpc(user, "aftersales.approval", "search_count", [("is_mine", "=", True)])
            )
        self.sign("tech_reviewer", requisition)
        self.assert_sound(requisition)

    def test_contributors_of_every_kind(self):
        """A12: adding, deleting and importing lines count as writing the document."""
        requisition = self.make_requisition()
        lines = requisition.line_ids
        new = {"requisition_id": requisition.id, "product_id": self.part_a.id, "requested_qty": 1}
        deeds = [
            ("create", "aftersales.requisition.line", [new], None),
            ("unlink", "aftersales.requisition.line", [], lines[1].ids),
            (
                "write",
                "aftersales.requisition",
                [{"line_ids": [Command.update(lines[0].id, {"remark": "x"})]}],
                requisition.ids,
            ),
            ("write", "aftersales.requisition", [{"fault_plan": "x"}], requisition.ids),
            (
                "load",
                "aftersales.requisition.line",
                [[".id", "reason"], [[str(lines[0].id), "y"]]],
                None,
            ),
            ("web_save", "aftersales.requisition.line", [{"requested_qty": 3}, {}], lines[0].ids),
            ("action_use_proposal", "aftersales.requisition.line", [], lines[0].ids),
        ]
        users = []
        for number, (method, model, args, ids) in enumerate(deeds):
            user = self.make_user(f"as_deed_{number}", "supervisor", "tech_reviewer")
            self.rpc_json(user, model, method, *args, ids=ids)
            users.append(user)
        self.act("supervisor", requisition, "action_submit")
        for user, deed in zip(users, deeds, strict=True):
            with self.subTest(deed=deed[:2]):
                self.refuse_signing(user, requisition)
        self.assert_sound(requisition)

    def test_same_person_signs_twice(self):
        """A12: one person with two roles signs one step of a document only."""
        both = self.make_user("as_two_roles", "tech_reviewer", "general_manager")
        self.make_steps((10, "tech_reviewer", {}), (20, "general_manager", {}))
        requisition = self.submitted()
        self.sign(both, requisition)
        self.refuse_signing(both, requisition)
        self.assertEqual(requisition.state, "submitted")
        self.assert_sound(requisition)

    def test_parallel_steps_need_two_people(self):
        """A12, A20: a countersigned step isn't signed twice by the same person."""
        both = self.make_user("as_two_seats", "tech_reviewer", "general_manager")
        self.make_steps((10, "tech_reviewer", {}), (10, "general_manager", {}))
        requisition = self.submitted()
        self.sign(both, requisition)
        self.refuse_signing(both, requisition)
        self.assertEqual(requisition.state, "submitted")
        self.sign("general_manager", requisition)
        self.assertEqual(requisition.state, "approved")
        self.assert_sound(requisition)

    def test_second_seat_without_four_eyes(self):
        """A12, A24: a step that says so may be signed by one who has signed another, in
        any order, and the evidence is sound."""
        both = self.make_user("as_both_seats", "tech_reviewer", "general_manager")
        self.make_steps((10, "general_manager", {"four_eyes": False}), (10, "tech_reviewer", {}))
        self.users["general_manager"].active = False
        requisition = self.submitted()
        second = requisition.approval_ids.filtered("four_eyes")
        open_row = requisition.approval_ids.filtered(lambda row: row.state == "pending") - second
        both.group_ids = [Command.unlink(open_row.sudo().group_id.id)]
        self.sign(both, requisition)
        both.group_ids = [Command.link(open_row.sudo().group_id.id)]
        self.sign(both, requisition)
        self.assertEqual(requisition.state, "approved")
        self.assertEqual((second.user_id, open_row.user_id), (both, both))
        self.assert_sound(requisition)

    def test_nobody_left_to_sign(self):
        """A14: a submission that nobody could sign is refused and names the step."""
        only = self.users["tech_reviewer"]
        both = self.make_user("as_lonely", "supervisor", "tech_reviewer")
        only.active = False
        requisition = self.make_requisition(user=both)
        message = self.refused(both, requisition._name, "action_submit", ids=requisition.ids)
        self.assertIn("Technical Review", message)
        self.refused_always("supervisor", requisition._name, "action_submit", ids=requisition.ids)
        only.active = True
        both_steps = self.make_steps((10, "tech_reviewer", {}), (20, "tech_reviewer", {}))
        message = self.refused(
            "supervisor", requisition._name, "action_submit", ids=requisition.ids
        )
        self.assertIn(both_steps[1].name, message)
        self.assertEqual(requisition.state, "draft")
        self.assert_sound(requisition)

    def test_role_through_another_group(self):
        """A15: who holds the role through an implied group may sign."""
        group = self.env["res.groups"].create(
            {
                "name": "Heads of Technology",
                "implied_ids": [
                    Command.link(self.env.ref("aftersales_service.group_tech_reviewer").id)
                ],
            }
        )
        head = self.make_user("as_head")
        head.group_ids = [Command.link(group.id)]
        self.users["tech_reviewer"].active = False
        requisition = self.submitted()
        self.sign(head, requisition)
        self.assertEqual(requisition.state, "approved")
        self.assert_sound(requisition)

    def test_archived_or_removed_signer(self):
        """A17: who has lost the role, or is archived, signs nothing any more."""
        requisition = self.submitted()
        other = self.make_user("as_second", "tech_reviewer")
        digest = self.digest_of(other, requisition)
        other.group_ids = [
            Command.unlink(self.env.ref("aftersales_service.group_tech_reviewer").id),
            Command.link(self.env.ref("aftersales_service.group_reader").id),
        ]
        self.refuse_signing(other, requisition, digest)
        other.group_ids = [Command.link(self.env.ref("aftersales_service.group_tech_reviewer").id)]
        other.active = False
        self.refused(
            other, requisition._name, "action_approve", ids=requisition.ids, seen_digest=digest
        )
        self.assert_sound(requisition)

    def test_steps_edited_under_way(self):
        """A7, A17: new steps, roles or order don't touch a document under way."""
        steps = self.make_steps((10, "tech_reviewer", {}), (20, "general_manager", {}))
        requisition = self.submitted()
        supervisors = self.env.ref("aftersales_service.group_supervisor").id
        for ids, vals in (
            (steps[0].ids, {"sequence": 90}),
            (steps[1].ids, {"sequence": 1, "group_id": supervisors, "four_eyes": False}),
            (steps[1].ids, {"act": "inform", "name": "Nothing", "can_amend": True}),
            (steps[1].ids, {"active": False}),
        ):
            self.rpc_json("admin", "aftersales.approval.step", "write", vals, ids=ids)
        self.refuse_signing("supervisor", requisition)
        self.refuse_signing("general_manager", requisition)
        self.rpc_json("admin", "aftersales.approval.step", "unlink", ids=steps.ids)
        self.sign("tech_reviewer", requisition)
        self.assertEqual(requisition.state, "submitted")
        self.sign("general_manager", requisition)
        self.assertEqual(requisition.state, "approved")
        self.assert_sound(requisition)

    def test_steps_are_the_administrators(self):
        """A5, D5: no other role writes the chain."""
        step = self.env.ref("aftersales_service.step_requisition_review")
        for role in ROLES:
            if role != "admin":
                with self.subTest(role=role):
                    for method, args in (
                        ("write", [{"four_eyes": False}]),
                        ("unlink", []),
                        ("copy", []),
                    ):
                        self.refused(role, "aftersales.approval.step", method, *args, ids=step.ids)

    def test_document_without_company(self):
        """A18: no document without a company, and none moves to another."""
        other = self.env["res.company"].create({"name": "Other works"})
        supervisor = self.users["supervisor"]
        supervisor.company_ids = [Command.link(other.id)]
        vals = {
            "ticket_id": self.ticket.id,
            "line_ids": [Command.create({"product_id": self.part_a.id, "requested_qty": 1})],
        }
        for company in (False, None, 0, other.id):
            with self.subTest(company=company):
                self.refused_always(
                    "supervisor", "aftersales.requisition", "create", dict(vals, company_id=company)
                )
        both = {"allowed_company_ids": [other.id, self.company.id]}
        self.refused(
            "supervisor",
            "aftersales.requisition",
            "create",
            vals,
            context=dict(both, default_company_id=other.id),
        )
        for requisition in (self.make_requisition(), self.submitted(), self.approved()):
            for company in (False, other.id):
                self.refused_always(
                    "supervisor",
                    "aftersales.requisition",
                    "write",
                    {"company_id": company},
                    ids=requisition.ids,
                )
            self.refused(
                "supervisor",
                "aftersales.requisition.line",
                "write",
                {"company_id": other.id},
                ids=requisition.line_ids.ids,
                context=both,
            )
            self.assert_sound(requisition)

    def test_portal_user(self):
        """A19: a portal user reads, searches and signs nothing of ours."""
        requisition = self.issued()
        portal = self.make_user("as_portal")
        portal.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        portal.partner_id.parent_id = self.customer
        requisition.message_subscribe(portal.partner_id.ids)
        digest = requisition.content_digest
        for model in (
            "aftersales.requisition",
            "aftersales.requisition.line",
            "aftersales.approval",
            "aftersales.amendment",
            "aftersales.approval.step",
            "aftersales.deputy",
            "aftersales.seal",
            "aftersales.sign.wizard",
            "aftersales.verify.wizard",
        ):
            with self.subTest(model=model):
                self.refused(portal, model, "search_read", [], ["display_name"])
                self.refused(portal, model, "web_search_read", [], {"display_name": {}})
                self.refused(portal, model, "formatted_read_group", [], ["create_uid"], ["__count"])
                self.refused(portal, model, "create", {})
        for method in (*MOVES, "action_approve", "action_reject", "action_open_sign_wizard"):
            self.refused(portal, "aftersales.requisition", method, ids=requisition.ids)
        self.refused(
            portal,
            "aftersales.requisition",
            "action_approve",
            ids=requisition.ids,
            seen_digest=digest,
        )
        messages = self.rpc(
            portal,
            "mail.message",
            "search",
            [("model", "=", "aftersales.requisition"), ("res_id", "=", requisition.id)],
        )
        self.assertFalse(messages)
        self.assert_sound(requisition)
