from odoo.fields import Command

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT


class TestAttackDoor(AttackCase):
    """A1–A10, A25: nobody moves a document but by its buttons."""

    def requisition_vals(self, **values):
        return {
            "ticket_id": self.ticket.id,
            "line_ids": [Command.create({"product_id": self.part_a.id, "requested_qty": 1})],
            **values,
        }

    def assert_fresh(self, requisition):
        self.assertEqual(requisition.state, "draft")
        self.assertEqual(requisition.round, 0)
        self.assertEqual(requisition.fulfilment, "none")
        self.assertEqual(requisition.evidence_count, 0)
        self.assertFalse(requisition.evidence_head)
        self.assertFalse(requisition.submitted_by_id)
        self.assertEqual(requisition.line_ids.mapped("qty_issued"), [0.0])
        self.assertEqual(requisition.line_ids.mapped("qty_product"), [0.0])
        self.assertFalse(requisition.approval_ids)

    def test_door_fields_in_create(self):
        """A1, A25, A3: no door field can be given at creation, on header or line."""
        for name in sorted(self.Requisition._guard_fields("door")):
            value = self.sample(self.Requisition._fields[name])
            with self.subTest(field=name):
                vals = self.requisition_vals(**{name: value})
                self.refused_always("supervisor", "aftersales.requisition", "create", [vals])
                self.refused("supervisor", "aftersales.requisition", "web_save", vals, {}, ids=[])
        for name in sorted(self.Line._guard_fields("door")):
            value = self.sample(self.Line._fields[name])
            with self.subTest(line_field=name):
                line = {"product_id": self.part_a.id, "requested_qty": 1, name: value}
                vals = self.requisition_vals(line_ids=[Command.create(line)])
                self.refused_always("supervisor", "aftersales.requisition", "create", [vals])

    def test_defaults_of_the_context(self):
        """A1, A10: ``default_*`` keys of a client leave a new document unsigned."""
        context = dict(HOSTILE_CONTEXT)
        for model in (self.Requisition, self.Line):
            for name in model._guard_fields("door"):
                context[f"default_{name}"] = self.sample(model._fields[name])
        requisition_id = self.rpc_json(
            "supervisor",
            "aftersales.requisition",
            "create",
            self.requisition_vals(),
            context=context,
        )
        requisition = self.Requisition.browse(requisition_id)
        self.assert_fresh(requisition)
        self.assertNotEqual(requisition.name, "FORGED")
        self.assertEqual(requisition.contributor_uids, [self.users["supervisor"].id])
        self.assertEqual(requisition.line_ids.company_id, self.company)
        self.assert_sound(requisition)

    def test_personal_defaults(self):
        """A1: a user's own defaults (``ir.default``) leave a new document unsigned."""
        for model in (self.Requisition, self.Line):
            for name in sorted(model._guard_fields("door") - {"company_id"}):
                self.set_default("supervisor", model._name, name, self.sample(model._fields[name]))
        requisition_id = self.rpc_json(
            "supervisor", "aftersales.requisition", "create", self.requisition_vals()
        )
        requisition = self.Requisition.browse(requisition_id)
        self.assert_fresh(requisition)
        self.assertEqual(requisition.contributor_uids, [self.users["supervisor"].id])
        self.assert_sound(requisition)

    def test_import_into_a_later_state(self):
        """A2: an import can't set states, evidence columns or totals, new or existing."""
        requisition = self.submitted()
        xmlid = requisition.sudo().export_data(["id"])["datas"][0][0]
        for names, row in [
            (["ticket_id/.id", "state"], [self.ticket.id, "approved"]),
            (["ticket_id/.id", "state"], [self.ticket.id, "Reviewed"]),
            (["ticket_id/.id", "evidence_head"], [self.ticket.id, "0" * 64]),
            (
                ["ticket_id/.id", "line_ids/requested_qty", "line_ids/qty_issued"],
                [self.ticket.id, 1, 1],
            ),
            (
                ["ticket_id/.id", "approval_ids/act", "approval_ids/state"],
                [self.ticket.id, "approve", "signed"],
            ),
            (["id", "state"], [xmlid, "approved"]),
            ([".id", "round"], [requisition.id, 9]),
            ([".id", "fault_plan"], [requisition.id, "another plan"]),
            (
                [".id", "line_ids/.id", "line_ids/requested_qty"],
                [requisition.id, requisition.line_ids[0].id, 9],
            ),
        ]:
            for context in ({}, HOSTILE_CONTEXT):
                with self.subTest(names=names, hostile=bool(context)):
                    row = [str(value) for value in row]
                    self.harmless(
                        "supervisor",
                        "aftersales.requisition",
                        "load",
                        names,
                        [row],
                        context=context,
                    )
        self.assert_sound(requisition)

    def test_import_of_evidence(self):
        """A2, A5: approval rows, amendments and seals can't be imported."""
        requisition = self.submitted()
        row = requisition.approval_ids.filtered(lambda item: item.state == "pending")
        for user in ("supervisor", "tech_reviewer", "admin", "quality"):
            self.harmless(
                user, "aftersales.approval", "load", [".id", "state"], [[str(row.id), "signed"]]
            )
            self.harmless(
                user,
                "aftersales.approval",
                "load",
                ["res_model", "res_id", "res_name", "company_id/.id", "phase", "act", "state"],
                [
                    [
                        "aftersales.requisition",
                        str(requisition.id),
                        "X",
                        "1",
                        "decision",
                        "approve",
                        "signed",
                    ]
                ],
            )
        self.assert_sound(requisition)

    def test_door_fields_in_write(self):
        """A3, A25: every door field of header and line refuses every write, in every state."""
        for requisition in (self.make_requisition(), self.submitted(), self.approved()):
            for user in ("supervisor", "tech_reviewer", "admin"):
                for record in (requisition, requisition.line_ids[0]):
                    for name in sorted(record._guard_fields("door")):
                        value = self.sample(record._fields[name])
                        with self.subTest(state=requisition.state, user=user, field=name):
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
                            self.refused(user, record._name, "write", {name: False}, ids=record.ids)
            self.assert_sound(requisition)

    def test_every_state_by_write(self):
        """A3: no state can be written, also none that doesn't exist."""
        requisition = self.submitted()
        for state in (
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
        ):
            with self.subTest(state=state):
                self.refused_always(
                    "supervisor",
                    "aftersales.requisition",
                    "write",
                    {"state": state},
                    ids=requisition.ids,
                )
        self.assert_sound(requisition)

    def test_quantity_and_state_in_one_write(self):
        """A4, A8: what is approved and the approval can't be written together."""
        requisition = self.submitted()
        line = requisition.line_ids[0]
        for user in ("supervisor", "tech_reviewer"):
            self.refused_always(
                user,
                "aftersales.requisition",
                "write",
                {"state": "approved", "line_ids": [Command.update(line.id, {"approved_qty": 99})]},
                ids=requisition.ids,
            )
            self.refused_always(
                user,
                "aftersales.requisition.line",
                "write",
                {"approved_qty": 9, "qty_product": 9},
                ids=line.ids,
            )
        self.assert_sound(requisition)

    def test_onchange_writes_nothing(self):
        """A1, A25: an onchange with forged values stays in the form."""
        requisition = self.submitted()
        self.harmless(
            "supervisor",
            "aftersales.requisition",
            "onchange",
            {"state": "approved", "fault_plan": "x"},
            ["state"],
            {"state": {}, "content_digest": {}},
            ids=requisition.ids,
        )
        self.assert_sound(requisition)

    def test_edit_after_submission(self):
        """A9: header, lines, an added, deleted or moved line: all refused once submitted."""
        draft = self.make_requisition()
        for requisition in (self.submitted(), self.approved(), self.rejected()):
            line = requisition.line_ids[0]
            new = {"product_id": self.part_a.id, "requested_qty": 5}
            foreign = draft.line_ids[0].id
            for vals in (
                {"fault_plan": "another plan"},
                {"partner_id": self.env.ref("base.main_partner").id},
                {"date_required": "2030-01-01"},
                {"ticket_id": self.ticket.id},
                {"company_id": self.company.id},
                {"line_ids": [Command.create(new)]},
                {"line_ids": [Command.delete(line.id)]},
                {"line_ids": [Command.unlink(line.id)]},
                {"line_ids": [Command.clear()]},
                {"line_ids": [Command.set([])]},
                {"line_ids": [Command.set([foreign])]},
                {"line_ids": [Command.link(foreign)]},
                {"line_ids": [Command.update(line.id, {"requested_qty": 99})]},
                {"line_ids": [Command.update(foreign, {"requisition_id": requisition.id})]},
            ):
                with self.subTest(state=requisition.state, vals=vals):
                    self.refused_always(
                        "supervisor",
                        "aftersales.requisition",
                        "write",
                        vals,
                        ids=requisition.ids,
                    )
            self.refused("supervisor", "aftersales.requisition.line", "unlink", ids=line.ids)
            self.refused(
                "supervisor",
                "aftersales.requisition.line",
                "unlink",
                ids=line.ids,
                context=HOSTILE_CONTEXT,
            )
            self.refused_always(
                "supervisor",
                "aftersales.requisition.line",
                "write",
                {"requisition_id": requisition.id},
                ids=draft.line_ids.ids,
            )
            self.refused_always(
                "supervisor",
                "aftersales.requisition.line",
                "write",
                {"requisition_id": draft.id},
                ids=line.ids,
            )
            self.assert_sound(requisition)

    def test_line_added_by_a_default(self):
        """A9, A10: the parent of a line can't come in through a default either."""
        for requisition in (self.submitted(), self.approved()):
            vals = {"product_id": self.part_a.id, "requested_qty": 50}
            parent = {"default_requisition_id": requisition.id}
            for context in (parent, dict(HOSTILE_CONTEXT, **parent)):
                for method, args in (
                    ("create", [vals]),
                    ("create", [[vals, dict(vals)]]),
                    ("web_save", [vals, {}]),
                    ("name_create", ["a free part"]),
                ):
                    with self.subTest(method=method, state=requisition.state):
                        ids = [] if method == "web_save" else None
                        self.refused(
                            "supervisor",
                            "aftersales.requisition.line",
                            method,
                            *args,
                            ids=ids,
                            context=context,
                        )
            self.harmless(
                "supervisor",
                "aftersales.requisition.line",
                "load",
                ["product_id/.id", "requested_qty"],
                [[str(self.part_a.id), "5"]],
                context=parent,
            )
            with self.env.cr.savepoint():
                self.set_default(
                    "supervisor", "aftersales.requisition.line", "requisition_id", requisition.id
                )
                self.refused("supervisor", "aftersales.requisition.line", "create", vals)
            self.assert_sound(requisition)

    def test_line_added_with_an_odd_parent(self):
        """A9: a parent id written as text, a number with a point or a list finds no way in."""
        requisition = self.approved()
        for parent in (
            str(requisition.id),
            float(requisition.id),
            [requisition.id],
            [requisition.id, "x"],
        ):
            vals = {"product_id": self.part_a.id, "requested_qty": 5, "requisition_id": parent}
            with self.subTest(parent=parent):
                before = self.picture()
                try:
                    with self.env.cr.savepoint():
                        self.rpc_json("supervisor", "aftersales.requisition.line", "create", vals)
                except Exception:  # how core refuses an id of the wrong type is its own affair
                    self.env.invalidate_all()
                self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(requisition)

    def test_edit_through_the_request(self):
        """A9, A25: one2many commands on the request reach no locked requisition."""
        requisition = self.approved()
        for command in (
            Command.update(requisition.id, {"state": "draft"}),
            Command.update(requisition.id, {"fault_plan": "x"}),
            Command.update(requisition.id, {"line_ids": [Command.clear()]}),
            Command.delete(requisition.id),
            Command.unlink(requisition.id),
            Command.clear(),
            Command.create({"state": "approved"}),
        ):
            with self.subTest(command=command):
                self.refused(
                    "supervisor",
                    "helpdesk.ticket",
                    "write",
                    {"requisition_ids": [command]},
                    ids=self.ticket.ids,
                )
        self.assert_sound(requisition)

    def test_copy_starts_unsigned(self):
        """A22: a duplicate starts as a draft; a forged default of the copy is refused."""
        requisition = self.issued()
        self.refused(
            "supervisor",
            "aftersales.requisition",
            "copy",
            {"state": "approved"},
            ids=requisition.ids,
        )
        self.refused(
            "supervisor",
            "aftersales.requisition",
            "copy",
            {"evidence_count": 1},
            ids=requisition.ids,
        )
        copy_id = self.rpc_json(
            "supervisor",
            "aftersales.requisition",
            "copy",
            ids=requisition.ids,
            context=HOSTILE_CONTEXT,
        )
        copy = self.Requisition.browse(copy_id)
        self.assertEqual((copy.state, copy.round, copy.fulfilment), ("draft", 0, "none"))
        self.assertEqual((copy.evidence_count, copy.evidence_head), (0, False))
        self.assertFalse(copy.approval_ids | copy.picking_ids.requisition_id.approval_ids)
        self.assertNotEqual(copy.name, requisition.name)
        self.assertEqual(copy.contributor_uids, [self.users["supervisor"].id])
        for line in copy.line_ids:
            self.assertEqual((line.qty_product, line.qty_issued, line.approved_qty), (0, 0, 0))
            self.assertFalse(line.promised_date or line.move_ids)
        self.assert_sound(requisition, copy)
