from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .attack_case import AttackCase
from .common import HOSTILE_CONTEXT

ADDONS = ("aftersales_service", "aftersales_service_report")
OUR_MODELS = (
    "aftersales.requisition",
    "aftersales.requisition.line",
    "aftersales.approval",
    "aftersales.amendment",
)


class TestCompanies(AttackCase):
    """D1, A18: company B sees, links and changes nothing of company A."""

    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "Other works"})
        self.spy = self.make_user(
            "as_spy",
            "supervisor",
            "tech_reviewer",
            "storekeeper",
            "buyer",
            "quality",
            "inspector",
            company=self.other,
        )
        self.bought = self.make_product("Relay", "P-2001")
        self.requisition = self.issued()
        self.open = self.approved(lines=[(self.bought, 4)])
        self.amended = self.submitted()
        self.rpc_json(
            "tech_reviewer",
            "aftersales.requisition.line",
            "write",
            {"approved_qty": 1},
            ids=self.amended.line_ids[0].ids,
        )
        self.attachment = self.env["ir.attachment"].create(
            {
                "name": "secret.txt",
                "raw": b"secret",
                "res_model": self.open._name,
                "res_id": self.open.id,
            }
        )
        self.unit = self.env["aftersales.unit"].create(
            {"product_id": self.part_a.id, "serial_number": "SN-SECRET"}
        )
        self.records = {
            "aftersales.unit": self.unit,
            "aftersales.requisition": self.requisition | self.open | self.amended,
            "aftersales.requisition.line": self.requisition.line_ids | self.open.line_ids,
            "aftersales.approval": self.requisition.approval_ids,
            "aftersales.amendment": self.amended.amendment_ids,
            "stock.picking": self.requisition.picking_ids,
        }

    def test_nothing_is_found(self):
        """D1: search, count, group, name search and export find nothing."""
        for model, records in self.records.items():
            self.assertTrue(records, model)
            for context in ({}, HOSTILE_CONTEXT):
                with self.subTest(model=model, hostile=bool(context)):
                    domain = [("id", "in", records.ids)]
                    self.assertEqual(
                        self.rpc(self.spy, model, "search", domain, context=context), []
                    )
                    self.assertEqual(
                        self.rpc(self.spy, model, "search_count", domain, context=context), 0
                    )
                    self.assertEqual(
                        self.rpc(
                            self.spy,
                            model,
                            "search_read",
                            domain,
                            ["display_name"],
                            context=context,
                        ),
                        [],
                    )
                    groups = self.rpc(
                        self.spy,
                        model,
                        "formatted_read_group",
                        domain,
                        ["company_id"],
                        ["__count"],
                        context=context,
                    )
                    self.assertEqual(groups, [])
                    names = self.rpc(self.spy, model, "name_search", "", domain, context=context)
                    self.assertEqual(names, [])
        mine = self.rpc(self.spy, "aftersales.approval", "search_count", [("is_mine", "=", True)])
        self.assertEqual(mine, 0)

    def test_nothing_is_read(self):
        """D1: ids that were guessed are refused by every way to read them."""
        for model, records in self.records.items():
            for record in records[:2]:
                for method, args in (
                    ("read", [["display_name"]]),
                    ("web_read", [{"display_name": {}}]),
                    ("export_data", [["id", "display_name"]]),
                    ("copy", []),
                    ("write", [{}]),
                    ("unlink", []),
                ):
                    with self.subTest(model=model, method=method):
                        self.refused(self.spy, model, method, *args, ids=record.ids)
        self.refused(self.spy, "ir.attachment", "read", ["datas", "name"], ids=self.attachment.ids)
        self.refused(self.spy, "ir.attachment", "unlink", ids=self.attachment.ids)
        self.rpc_json(
            "supervisor", self.open._name, "message_post", ids=self.open.ids, body="secret"
        )
        messages = self.open.message_ids
        self.assertTrue(messages)
        self.refused(self.spy, "mail.message", "read", ["body"], ids=messages[0].ids)

    def test_companies_of_the_context(self):
        """D1: the companies a client puts into the context widen nothing."""
        context = {"allowed_company_ids": [self.other.id, self.company.id]}
        for model, records in self.records.items():
            with self.subTest(model=model):
                self.refused(
                    self.spy, model, "read", ["display_name"], ids=records[0].ids, context=context
                )
                self.refused(self.spy, model, "search", [], context=context)

    def test_actions(self):
        """D1, A18: no button and no dialog works on another company's document."""
        digest = self.requisition.sudo().content_digest
        for record in (self.requisition, self.open, self.amended):
            for method, kwargs in (
                ("action_submit", {}),
                ("action_withdraw", {}),
                ("action_revise", {"comment": "x"}),
                ("action_cancel", {"comment": "x"}),
                ("action_recreate_issue", {}),
                ("action_approve", {"seen_digest": digest, "comment": "x"}),
                ("action_reject", {"seen_digest": digest, "comment": "x"}),
                ("action_open_sign_wizard", {}),
                ("action_open_cancel_wizard", {}),
                ("action_view_pickings", {}),
                ("message_post", {"body": "x"}),
            ):
                with self.subTest(method=method):
                    self.refused(self.spy, record._name, method, ids=record.ids, **kwargs)
        for method in (
            "button_validate",
            "action_pack",
            "action_ship",
            "action_inspect_pass",
            "action_cancel",
        ):
            self.refused(self.spy, "stock.picking", method, ids=self.requisition.picking_ids.ids)
        for method, kwargs in (
            ("action_change_promise", {"promised_date": "2030-01-01", "reason": "x"}),
            ("action_use_proposal", {}),
        ):
            self.refused(
                self.spy,
                "aftersales.requisition.line",
                method,
                ids=self.open.line_ids.ids,
                **kwargs,
            )
        self.refused(
            self.spy,
            "aftersales.approval",
            "action_open_document",
            ids=self.open.approval_ids[0].ids,
        )
        vals = {
            "res_model": self.open._name,
            "res_id": self.open.id,
            "seen_digest": digest,
            "comment": "x",
        }
        self.harmless(self.spy, "aftersales.sign.wizard", "web_save", vals, {"subject": {}}, ids=[])
        wizard = self.env["aftersales.sign.wizard"].with_user(self.spy).create(vals)
        for method in ("action_sign", "action_reject", "action_cancel_document"):
            self.refused(self.spy, wizard._name, method, ids=wizard.ids)
        self.refused(self.spy, wizard._name, "web_read", {"subject": {}}, ids=wizard.ids)
        self.assert_sound(self.requisition, self.open, self.amended)

    def test_links(self):
        """D1: a document of company B takes no record of company A into itself."""
        line = {"product_id": self.part_a.id, "requested_qty": 1}
        self.refused(
            self.spy,
            "aftersales.requisition",
            "create",
            {"ticket_id": self.ticket.id, "line_ids": [Command.create(line)]},
        )
        self.refused(
            self.spy,
            "aftersales.requisition.line",
            "create",
            dict(line, requisition_id=self.open.id),
        )
        self.refused(
            self.spy,
            "aftersales.requisition.line",
            "create",
            line,
            context={"default_requisition_id": self.open.id},
        )
        draft = self.make_requisition()
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.other.id)], limit=1
        )
        purpose = self.other._aftersales_purpose_location("free")
        partner = self.env["res.partner"].create({"name": "Theirs", "company_id": self.other.id})
        product = self.make_product("Theirs", "X-1")
        product.product_tmpl_id.company_id = self.other
        for vals in (
            {"warehouse_id": warehouse.id},
            {"purpose_id": purpose.id},
            {"partner_id": partner.id},
            {"end_user_id": partner.id},
            {"supervisor_id": self.spy.id},
            {"line_ids": [Command.update(draft.line_ids[0].id, {"product_id": product.id})]},
        ):
            with self.subTest(vals=vals):
                self.refused_always("supervisor", draft._name, "write", vals, ids=draft.ids)
        self.assert_sound(draft, self.open)

    def test_proposals_of_a_form(self):
        """D1: asking a form for proposals reads nothing of another company, whatever the
        client names in values, lines, context or defaults of his own."""
        names = ("partner_id", "project_name", "consignee_phone", "request_coverage")
        spec = {name: {} for name in names}
        secret = self.make_product("Theirs", "X-2")
        secret.product_tmpl_id.company_id = self.company
        line = {"requisition_id": {}, "partner_id": {}, "name": {}, "spec": {}}
        lines = {"line_ids": {"fields": {"name": {}, "product_id": {}}}}
        ticket, model = self.ticket.id, "aftersales.requisition"
        nested = [[0, "virtual_1", {"product_id": secret.id}]]
        for model_, values, changed, fields, context in (
            (model, {"ticket_id": ticket}, ["ticket_id"], spec, {}),
            (model, {"ticket_id": [ticket, "x"]}, ["ticket_id"], spec, {}),
            (model, {"ticket_id": {"unit_id": self.unit.id}}, ["ticket_id"], spec, {}),
            (model, {}, [], spec, {"default_ticket_id": ticket}),
            (model, {"project_name": "x"}, ["project_name"], spec, {"default_ticket_id": ticket}),
            (model, {"line_ids": nested}, ["line_ids"], lines, {}),
            (model, {"line_ids": [[4, self.open.line_ids[0].id]]}, ["line_ids"], lines, {}),
            (f"{model}.line", {"requisition_id": self.open.id}, ["requisition_id"], line, {}),
            (f"{model}.line", {"product_id": secret.id}, ["product_id"], line, {}),
            (f"{model}.line", {}, [], line, {"default_requisition_id": self.open.id}),
            ("aftersales.contact", {"ticket_id": ticket}, ["ticket_id"], {"party": {}}, {}),
            ("aftersales.unit.term", {"unit_id": self.unit.id}, ["unit_id"], {"name": {}}, {}),
        ):
            with self.subTest(model=model_, values=values, context=context):
                self.refused(
                    self.spy, model_, "onchange", values, changed, fields, ids=[], context=context
                )
        self.set_default(self.spy, model, "ticket_id", ticket)
        self.refused(self.spy, model, "onchange", {}, [], spec, ids=[])

    def test_proposals_of_the_own_company(self):
        """The same questions about what the user may read are answered."""
        spec = {"project_name": {}, "line_ids": {"fields": {"name": {}}}}
        values = {
            "ticket_id": self.ticket.id,
            "line_ids": [[0, "virtual_1", {"product_id": self.part_a.id}]],
        }
        found = self.rpc_json(
            "supervisor", "aftersales.requisition", "onchange", values, ["ticket_id"], spec, ids=[]
        )
        self.assertEqual(found["value"]["project_name"], self.ticket.project_name)
        draft = self.make_requisition()
        self.rpc_json(
            "supervisor",
            draft._name,
            "onchange",
            {"line_ids": [[1, draft.line_ids[0].id, {"product_id": self.part_b.id}]]},
            ["line_ids"],
            spec,
            ids=draft.ids,
        )

    def test_dialogs_show_nothing(self):
        """D1: no dialog of ours shows what another company's record is called or says."""
        for model, values, fields in (
            (
                "aftersales.warranty.change.wizard",
                {"unit_id": self.unit.id, "new_end": "2030-01-01", "reason": "x"},
                ("unit_id", "old_end"),
            ),
            (
                "aftersales.promise.wizard",
                {"line_id": self.open.line_ids.id, "promised_date": "2030-01-01", "reason": "x"},
                ("line_id", "present_date"),
            ),
            ("aftersales.ship.wizard", {"picking_id": self.open.picking_ids.id}, ("company_id",)),
            (
                "aftersales.transfer.wizard",
                {
                    "ticket_id": self.ticket.id,
                    "team_id": self.env["helpdesk.ticket.team"].create({"name": "x"}).id,
                    "supervisor_id": self.spy.id,
                },
                ("ticket_id",),
            ),
        ):
            spec = {name: {} for name in fields}
            with self.subTest(model=model):
                self.refused(self.spy, model, "create", values)
                self.refused(self.spy, model, "web_save", values, spec, ids=[])
                self.refused(self.spy, model, "onchange", values, list(values), spec, ids=[])
                link = next(iter(values))
                context = {f"default_{link}": values[link]}
                self.refused(self.spy, model, "onchange", {}, [], spec, ids=[], context=context)

    def test_verification_of_the_own_companies(self):
        """D1: the verification shows no findings of another company."""
        self.env.cr.execute(
            "UPDATE aftersales_approval SET comment = 'x' WHERE res_id = %s", (self.open.id,)
        )
        wizard_id = self.rpc_json(self.spy, "aftersales.verify.wizard", "create", {})
        self.rpc_json(self.spy, "aftersales.verify.wizard", "action_verify", ids=[wizard_id])
        wizard = self.env["aftersales.verify.wizard"].browse(wizard_id)
        self.assertEqual((wizard.row_count, wizard.finding_count), (0, 0))
        self.assertNotIn(self.open.name, wizard.findings or "")


class TestCustomer(AttackCase):
    """D2: what other modules open to customers shows nothing of the house."""

    def test_customer_reads_no_transfer_of_the_house(self):
        """sale_stock opens his own transfers to him, which carry notes of the house."""
        requisition = self.issued()
        customer = new_test_user(self.env, "as_customer", groups="base.group_portal")
        issue = requisition.picking_ids
        delivery = self.env["stock.picking"].create(
            {"picking_type_id": self.warehouse.out_type_id.id}
        )
        (issue | delivery).sudo().partner_id = customer.partner_id
        self.env.flush_all()
        found = self.rpc(customer, "stock.picking", "search", [])
        self.assertEqual(found, delivery.ids, "the plain delivery alone is his to read")
        for name in ("waybill", "partner_id"):
            with self.assertRaises(AccessError):
                self.rpc(customer, "stock.picking", "read", [name], ids=issue.ids)


class TestTexts(AttackCase):
    """D3: script in free text is text, in chatter, notifications and the dialog."""

    SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"

    def test_script(self):
        """D3: reasons, names and remarks never become markup in a message."""
        requisition = self.make_requisition()
        line = requisition.line_ids[0]
        self.rpc_json(
            "supervisor",
            requisition._name,
            "write",
            {"fault_plan": self.SCRIPT},
            ids=requisition.ids,
        )
        self.rpc_json(
            "supervisor",
            line._name,
            "write",
            {"remark": self.SCRIPT, "name": self.SCRIPT},
            ids=line.ids,
        )
        self.users["tech_reviewer"].name = self.SCRIPT
        self.act("supervisor", requisition, "action_submit")
        self.rpc_json(
            "tech_reviewer",
            line._name,
            "write",
            {"substitute_for": self.SCRIPT, "approved_qty": 1},
            ids=line.ids,
        )
        self.sign("tech_reviewer", requisition, comment=self.SCRIPT)
        rejected = self.submitted()
        self.decide("tech_reviewer", rejected, "action_reject", comment=self.SCRIPT)
        messages = self.env["mail.message"].search(
            [("model", "=", requisition._name), ("res_id", "in", (requisition.id, rejected.id))]
        )
        self.assertTrue(messages.filtered(lambda message: "&lt;script&gt;" in (message.body or "")))
        for message in messages:
            self.assertNotIn("<script", message.body or "")
            self.assertNotIn("<img", message.body or "")
        row = rejected.approval_ids.filtered(lambda item: item.state == "rejected")
        self.assertEqual(row.comment, self.SCRIPT)
        self.assert_sound(requisition, rejected)
