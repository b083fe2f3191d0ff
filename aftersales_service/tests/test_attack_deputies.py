from datetime import timedelta

from odoo.fields import Command

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT


class TestAttackDeputies(AttackCase):
    """A13, A27: handing a step on, and amending more than one's own step allows."""

    def name_deputy(self, person, deputy, company=None, **values):
        company = company or self.company
        today = company._aftersales_today()
        return self.rpc_json(
            person,
            "aftersales.deputy",
            "create",
            {
                "user_id": self.users[person].id,
                "deputy_id": self.users[deputy].id,
                "company_id": company.id,
                "date_from": str(today),
                "date_to": str(today + timedelta(days=7)),
                **values,
            },
        )

    def refuse_signing(self, user, requisition):
        self.refused_always(
            user,
            requisition._name,
            "action_approve",
            ids=requisition.ids,
            seen_digest=self.digest_of(user, requisition),
            comment="forged",
        )

    def test_step_handed_back_to_the_author(self):
        """A13: a deputy who wrote or submitted the document still can't sign it."""
        self.name_deputy("tech_reviewer", "supervisor")
        requisition = self.submitted()
        self.refuse_signing("supervisor", requisition)
        self.assert_sound(requisition)

    def test_deputy_signs_as_deputy(self):
        """A13: a deputy's signature says for whom it stands, and neither signs again."""
        self.make_steps((10, "tech_reviewer", {}), (20, "tech_reviewer", {}))
        self.make_user("as_third", "tech_reviewer")
        self.name_deputy("tech_reviewer", "engineer")
        requisition = self.submitted()
        self.sign("engineer", requisition)
        row = requisition.approval_ids.filtered(
            lambda item: item.state == "signed" and item.act == "approve"
        )
        self.assertEqual(row.user_id, self.users["engineer"])
        self.assertEqual(row.deputy_for_id, self.users["tech_reviewer"])
        self.refuse_signing("engineer", requisition)
        self.refuse_signing("tech_reviewer", requisition)
        self.assert_sound(requisition)

    def test_deputy_of_one_who_has_signed(self):
        """A13: who has signed can't have his deputy sign the next step."""
        self.make_steps((10, "tech_reviewer", {}), (20, "tech_reviewer", {}))
        self.make_user("as_third", "tech_reviewer")
        self.name_deputy("tech_reviewer", "engineer")
        requisition = self.submitted()
        self.sign("tech_reviewer", requisition)
        self.refuse_signing("engineer", requisition)
        self.assert_sound(requisition)

    def test_naming_oneself(self):
        """A13: nobody names himself deputy of another, by create, write or import."""
        me = self.users["engineer"]
        today = self.company._aftersales_today()
        vals = {
            "user_id": self.users["tech_reviewer"].id,
            "deputy_id": me.id,
            "date_from": str(today),
            "date_to": str(today),
        }
        self.refused_always("engineer", "aftersales.deputy", "create", vals)
        self.refused(
            "engineer",
            "aftersales.deputy",
            "create",
            {key: vals[key] for key in ("deputy_id", "date_from", "date_to")},
            context={"default_user_id": self.users["tech_reviewer"].id},
        )
        with self.env.cr.savepoint():
            self.set_default("engineer", "aftersales.deputy", "user_id", vals["user_id"])
            self.refused(
                "engineer",
                "aftersales.deputy",
                "create",
                {key: vals[key] for key in ("deputy_id", "date_from", "date_to")},
            )
        own = self.name_deputy("engineer", "inspector")
        foreign = self.name_deputy("tech_reviewer", "general_manager")
        for change in (
            {"user_id": self.users["tech_reviewer"].id, "deputy_id": self.users["inspector"].id},
            {"user_id": self.users["tech_reviewer"].id},
        ):
            self.refused_always("engineer", "aftersales.deputy", "write", change, ids=[own])
        self.refused_always(
            "engineer", "aftersales.deputy", "write", {"deputy_id": me.id}, ids=[foreign]
        )
        self.refused_always("engineer", "aftersales.deputy", "unlink", ids=[foreign])
        self.refused(
            "general_manager",
            "aftersales.deputy",
            "write",
            {"date_to": "2099-01-01"},
            ids=[foreign],
        )
        self.harmless(
            "engineer",
            "aftersales.deputy",
            "load",
            ["user_id/.id", "deputy_id/.id", "date_from", "date_to"],
            [[str(vals["user_id"]), str(me.id), vals["date_from"], vals["date_to"]]],
        )
        requisition = self.submitted()
        self.refuse_signing("engineer", requisition)

    def test_administrator_signs_nothing(self):
        """A13: the administrator configures; he can't make himself anybody's deputy."""
        today = str(self.company._aftersales_today())
        vals = {
            "user_id": self.users["tech_reviewer"].id,
            "deputy_id": self.users["admin"].id,
            "date_from": today,
            "date_to": today,
        }
        self.refused_always("admin", "aftersales.deputy", "create", vals)
        requisition = self.submitted()
        self.refuse_signing("admin", requisition)
        self.assert_sound(requisition)

    def test_deputy_of_a_deputy(self):
        """A13: a deputy passes nothing on, and a circle of deputies opens nothing."""
        self.name_deputy("tech_reviewer", "engineer")
        self.name_deputy("engineer", "inspector")
        self.name_deputy("inspector", "engineer")
        requisition = self.submitted()
        self.refuse_signing("inspector", requisition)
        self.sign("engineer", requisition)
        self.assert_sound(requisition)

    def test_deputies_that_do_not_count(self):
        """A13, A18: of another company, role or time, archived, portal or himself."""
        today = self.company._aftersales_today()
        other = self.env["res.company"].create({"name": "Other works"})
        reviewer = self.users["tech_reviewer"]
        reviewer.company_ids = [Command.link(other.id)]
        self.name_deputy("tech_reviewer", "engineer", company=other)
        self.name_deputy(
            "tech_reviewer",
            "inspector",
            date_from=str(today - timedelta(days=9)),
            date_to=str(today - timedelta(days=1)),
        )
        self.name_deputy(
            "tech_reviewer",
            "storekeeper",
            date_from=str(today + timedelta(days=1)),
            date_to=str(today + timedelta(days=9)),
        )
        self.name_deputy(
            "tech_reviewer", "buyer", group_id=self.env.ref("aftersales_service.group_planner").id
        )
        outsider = self.make_user("as_outsider", "reader", company=other)
        self.name_deputy("tech_reviewer", "as_outsider")
        requisition = self.submitted()
        for user in ("engineer", "inspector", "storekeeper", "buyer"):
            with self.subTest(user=user):
                self.refuse_signing(user, requisition)
        self.refused(outsider, requisition._name, "action_approve", ids=requisition.ids)
        portal = self.make_user("as_portal")
        portal.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        base = {"user_id": reviewer.id, "date_from": str(today), "date_to": str(today)}
        self.refused(
            "tech_reviewer", "aftersales.deputy", "create", dict(base, deputy_id=portal.id)
        )
        self.refused(
            "tech_reviewer", "aftersales.deputy", "create", dict(base, deputy_id=reviewer.id)
        )
        self.refused(
            "tech_reviewer",
            "aftersales.deputy",
            "create",
            dict(base, deputy_id=self.users["agent"].id, date_to="1999-01-01"),
        )
        self.assert_sound(requisition)

    def test_deputy_of_an_archived_person(self):
        """A13, A17: with the person's role, rights or account ends his deputy's."""
        self.make_user("as_stand_by", "tech_reviewer")
        self.name_deputy("tech_reviewer", "engineer")
        requisition = self.submitted()
        self.users["tech_reviewer"].active = False
        self.refuse_signing("engineer", requisition)
        self.assert_sound(requisition)

    def test_amending_outside_the_own_step(self):
        """A27: nobody but the reviewer amends, only in his step, only what it allows."""
        requisition = self.submitted()
        line = requisition.line_ids[0]
        allowed = {"approved_qty": 1}
        for role in ("supervisor", "buyer", "planner", "admin", "general_manager", "storekeeper"):
            with self.subTest(role=role):
                self.refused_always(role, line._name, "write", allowed, ids=line.ids)
        for vals in (
            {"requested_qty": 1},
            {"approved_qty": 1, "requested_qty": 1},
            {"reason": "x"},
            {"old_part_returns": True},
            {"lead_days": 3},
            {"promised_date": "2030-01-01"},
            {"unit_id": False},
        ):
            with self.subTest(vals=vals):
                self.refused_always("tech_reviewer", line._name, "write", vals, ids=line.ids)
                self.refused_always(
                    "tech_reviewer",
                    requisition._name,
                    "write",
                    {"line_ids": [Command.update(line.id, vals)]},
                    ids=requisition.ids,
                )
        for vals in (
            {"fault_plan": "x"},
            {"purpose_id": requisition.purpose_id.id},
            {"supervisor_id": 2},
        ):
            self.refused_always(
                "tech_reviewer", requisition._name, "write", vals, ids=requisition.ids
            )
        self.sign("tech_reviewer", requisition)
        self.refused_always("tech_reviewer", line._name, "write", allowed, ids=line.ids)
        self.assert_sound(requisition)

    def test_amending_the_other_offices_lines(self):
        """A27: who feeds back for bought parts changes nothing on made ones."""
        bought = self.make_product("Relay", "P-2001")
        made = self.make_product("Busbar", "P-2002")
        made.product_tmpl_id.aftersales_source = "make"
        requisition = self.approved(lines=[(bought, 5), (made, 5)])
        buy, make = requisition.line_ids
        self.assertEqual((buy.source, make.source), ("buy", "make"))
        vals = {"lead_days": 5, "promised_date": "2030-01-01"}
        self.refused_always("buyer", make._name, "write", vals, ids=make.ids)
        self.refused_always("planner", buy._name, "write", vals, ids=buy.ids)
        self.refused("buyer", make._name, "action_use_proposal", ids=make.ids)
        self.rpc_json("buyer", buy._name, "write", vals, ids=buy.ids)
        self.assert_sound(requisition)

    def test_amendments_are_on_record(self):
        """A27, R004-14: what a reviewer changes is kept with before and after, also what
        follows from it by computation; the evidence verifies in every moment."""
        substitute = self.make_product("Vacuum interrupter, new type", "P-1003", 10)
        requisition = self.submitted()
        line = requisition.line_ids[0]
        self.rpc_json(
            "tech_reviewer",
            line._name,
            "write",
            {"product_id": substitute.id, "substitute_for": "P-1001", "approved_qty": 1},
            ids=line.ids,
        )
        self.assert_sound(requisition)
        kept = {item.field_name: (item.before, item.after) for item in requisition.amendment_ids}
        self.assertEqual(kept["approved_qty"], ("2", "1"))
        self.assertIn("P-1003", kept["product_id"][1])
        self.assertEqual(kept["name"], ("Vacuum interrupter", "Vacuum interrupter, new type"))
        self.sign("tech_reviewer", requisition)
        self.assert_sound(requisition)
        for user in ("tech_reviewer", "supervisor", "admin"):
            for method, args in (("write", [{"before": "x"}]), ("unlink", []), ("copy", [])):
                self.refused(
                    user,
                    "aftersales.amendment",
                    method,
                    *args,
                    ids=requisition.amendment_ids.ids,
                    context=HOSTILE_CONTEXT,
                )

    def test_tampering_hidden_behind_an_amendment(self):
        """A24, A27: an open amendment of one line doesn't cover a change of another."""
        requisition = self.submitted()
        one, other = requisition.line_ids
        self.rpc_json("tech_reviewer", one._name, "write", {"approved_qty": 1}, ids=one.ids)
        self.assert_sound(requisition)
        self.env.cr.execute(
            "UPDATE aftersales_requisition_line SET approved_qty = 50 WHERE id = %s", (other.id,)
        )
        self.assertTrue(self.verify(requisition))
