from datetime import datetime

from freezegun import freeze_time
from lxml import etree

from odoo.tests import Form, tagged

from .return_settle_case import SettlementCase


@tagged("post_install", "-at_install")
class TestReturnScreens(SettlementCase):
    """What people read on the screens of returned goods (R002-25 … R002-30)."""

    def test_mine_to_sign_says_what_the_return_is_about(self):
        """Who has to sign sees customer and reason without opening the form."""
        document = self.submit_return()
        rows = self.env["aftersales.approval"].with_user(self.users["sales_manager"])
        row = rows.search([("res_id", "=", document.id), ("res_model", "=", document._name)])[:1]
        self.assertEqual(row.res_customer, document.partner_id.name)
        self.assertIn("Three coils are burnt", row.res_subject)
        found = rows.search([("res_subject", "ilike", "coils are burnt")])
        self.assertIn(row, found)

    def test_a_step_is_due_on_the_day_of_the_company(self):
        """After midnight in Shanghai it is still the day before in UTC."""
        document = self.submit_return()
        document.company_id.partner_id.tz = "Asia/Shanghai"
        row = document.approval_ids.filtered(lambda item: item.state == "pending")[:1]
        row._door_write({"due_at": datetime(2026, 3, 4, 17, 30)})
        document.activity_ids.unlink()
        with freeze_time("2026-03-04 17:30:00"):
            document._schedule_activity(row)
        self.assertEqual(str(document.activity_ids.date_deadline), "2026-03-05")

    def test_an_outcome_proposes_what_is_left(self):
        """The inspector types neither the wish of the customer nor what is left of a line."""
        document = self.submit_return()
        self.sign_as(document, "sales_manager", "storekeeper", "production_manager")
        with Form(document.with_user(self.users["inspector"])) as form:
            with form.outcome_ids.new() as row:
                row.line_id = document.line_ids
                self.assertEqual((row.kind, row.quantity), ("exchange", 3))
                row.quantity = 1
            with form.outcome_ids.new() as row:
                row.line_id = document.line_ids
                self.assertEqual(row.quantity, 2)
        self.assertEqual(document.outcome_ids.mapped("quantity"), [1, 2])

    def test_judgement_can_be_chosen_in_the_list(self):
        """A badge only shows: what is typed in a list needs a field that takes it."""
        views = self.env["ir.ui.view"].search([("model", "=like", "aftersales.%")])
        for view in views.filtered(lambda item: not item.inherit_id):
            arch = self.env[view.model].get_view(view.id)["arch"]
            for field in self.fields_of_editable_lists(arch):
                self.assertNotEqual(field.get("widget"), "badge", (view.name, field.get("name")))

    def fields_of_editable_lists(self, arch):
        fields = etree.fromstring(arch).xpath("//list[@editable]/field[@widget='badge']")
        return [item for item in fields if item.get("readonly") not in ("1", "True")]

    def test_empty_lists_of_transfers_say_our_own(self):
        """Core says the same of every transfer; ours say where they come from."""
        for name in ("stock_picking_action_return", "stock_picking_action_to_ship"):
            action = self.env.ref(f"aftersales_service.{name}")
            pickings = self.env["stock.picking"].with_user(self.users["storekeeper"])
            self.assertEqual(pickings.get_empty_list_help(action.help), action.help, name)
        self.assertNotIn("o_aftersales_help", pickings.get_empty_list_help("<p>else</p>"))

    def test_people_of_the_service_open_invoices(self):
        """Who makes the credit note sees it, without any right of accounting."""
        document = self.decided(("refund", 3, {}))
        self.act("commerce", document, "action_credit")
        move = document.credit_ids
        for role in ("commerce", "supervisor"):
            moves = self.env["account.move"].with_user(self.users[role])
            for kind in ("form", "list"):
                view = moves.get_view(view_type=kind)
                names = {
                    item.get("name")
                    for item in etree.fromstring(view["arch"]).xpath(
                        "//field[not(ancestor::field)]"
                    )
                }
                moves.browse(move.id).read(names)
        finance = self.env["account.move"].with_user(self.users["finance"])
        core = self.env.ref("account.view_move_form")
        self.assertEqual(finance.get_view(view_type="form")["id"], core.id)
