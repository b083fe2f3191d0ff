from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .return_case import CHAIN
from .return_settle_case import SettlementCase


@tagged("post_install", "-at_install")
class TestAttackReturnPeople(SettlementCase):
    """Law 4, R002-27, R001-34: nobody looks at his own work, by no detour."""

    def test_seller_inspects_as_deputy(self):
        """The inspector can't hand the re-inspection to whoever has sold the goods."""
        document = self.submit_return(seller_id=self.users["project_manager"].id)
        self.sign_as(document, *CHAIN[:3])
        today = str(self.company._aftersales_today())
        self.rpc(
            "inspector",
            "aftersales.deputy",
            "create",
            {
                "user_id": self.users["inspector"].id,
                "deputy_id": self.users["project_manager"].id,
                "date_from": today,
                "date_to": today,
                "company_id": self.company.id,
            },
        )
        self.inspect(document)
        with self.assertRaisesRegex(UserError, "has sold the goods"), self.env.cr.savepoint():
            self.sign("project_manager", document)
        self.sign("inspector", document)
        self.assert_sound(document)

    def test_seller_inspects_on_a_short_chain(self):
        """Without a step that names the inspector, it's the step itself that asks."""
        seller = self.make_user("as_seller", "inspector")
        self.make_steps(
            (10, "storekeeper", {"act": "take_in"}),
            (20, "inspector", {"act": "reinspect"}),
            (30, "general_manager", {}),
        )
        for values in ({"seller_id": seller.id}, {"handler_id": seller.id}):
            document = self.submit_return(
                [{"product_id": self.coil.id, "qty_claimed": 1}], **values
            )
            self.receive(document)
            self.inspect(document)
            refusal = self.assertRaisesRegex(UserError, "has sold the goods")
            with self.subTest(values=values), refusal, self.env.cr.savepoint():
                self.sign(seller, document)
            self.sign("inspector", document)
            self.sign("general_manager", document)
            self.assertEqual(document.state, "approved")

    def test_repairer_puts_another_name_on_the_order(self):
        """R001-34: who has repaired stays on the repair order."""
        both = self.make_user("as_both", "engineer", "inspector", "storekeeper")
        document = self.decided(("repair", 3, {}))
        self.act(both, document, "action_repair")
        order = document.outcome_ids.order_ids
        self.refused(
            both,
            "repair.order",
            "write",
            {"user_id": self.users["engineer"].id},
            ids=order.ids,
        )
        with self.assertRaises(UserError):
            self.act(both, document, "action_pass_repair")

    def test_steps_change_midway(self):
        """A17: the chain that was submitted is the chain that is signed."""
        document = self.submit_return()
        steps = self.env["aftersales.approval.step"].search([("model", "=", document._name)])
        steps.filtered(lambda step: step.act == "approve").write({"active": False})
        steps.filtered(lambda step: step.act == "reinspect").write(
            {"group_id": self.env.ref("aftersales_service.group_agent").id, "four_eyes": False}
        )
        self.sign_as(document, *CHAIN[:3])
        self.inspect(document)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("agent", document)
        self.sign("inspector", document)
        self.assertEqual(document.state, "submitted")
        self.sign("general_manager", document)
        self.assert_sound(document)

    def test_admin_with_a_role(self):
        """Law 8: the administrator who gives himself a role signs nothing, and receives
        nothing either."""
        admin = self.users["admin"]
        for role in ("sales_manager", "storekeeper", "general_manager"):
            admin.group_ids = [Command.link(self.env.ref(f"aftersales_service.group_{role}").id)]
        document = self.submit_return()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("admin", document)
        self.sign("sales_manager", document)
        document.picking_ids.sudo().receipt_look = "sound"
        self.refused("admin", "stock.picking", "button_validate", ids=document.picking_ids.ids)
