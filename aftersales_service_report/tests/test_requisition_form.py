from odoo.exceptions import AccessError
from odoo.fields import Command, Date
from odoo.tests import new_test_user

from .common import FormCase

SCRIPT = "<script>alert('x')</script>"


class TestRequisitionForm(FormCase):
    """售后服务处理单: the paper says what is on record, and no more."""

    def test_draft_is_not_in_force_and_unsigned(self):
        requisition = self.make_requisition()
        text = self.text("requisition", requisition)
        self.assertIn(requisition.name, text)
        self.assertIn("NOT IN FORCE", text)
        self.assertNotIn("e-signed", text)
        self.assertIn("未生效", self.text("requisition", requisition, lang="zh_CN"))

    def test_signed_steps_carry_names_and_open_ones_stay_empty(self):
        """R004-14: name and date from the evidence; an open step is for a pen."""
        requisition = self.approve(self.make_requisition())
        tree = self.html("requisition", requisition)
        self.assertIn("As tech_reviewer", self.cells(tree, "Reviewed: Technical Office")[0])
        self.assertIn("As supervisor", self.cells(tree, "Written: Service Supervisor")[0])
        drawn = self.cells(tree, "All ready: Service Supervisor")[0]
        self.assertNotIn("As ", drawn)
        self.assertNotIn("e-signed", drawn)
        self.assertNotIn("NOT IN FORCE", tree.text_content())
        self.draw(requisition)
        tree = self.html("requisition", requisition)
        self.assertIn("As supervisor", self.cells(tree, "All ready: Service Supervisor")[0])

    def test_names_are_printed_as_they_were_frozen(self):
        requisition = self.approve(self.make_requisition())
        self.users["tech_reviewer"].name = "Somebody Else"
        text = self.text("requisition", requisition)
        self.assertIn("As tech_reviewer", text)
        self.assertNotIn("Somebody Else", text)

    def test_deputy_is_marked(self):
        today = Date.today()
        self.env["aftersales.deputy"].create(
            {
                "user_id": self.users["tech_reviewer"].id,
                "deputy_id": self.users["quality"].id,
                "date_from": today,
                "date_to": Date.add(today, days=2),
            }
        )
        requisition = self.make_requisition()
        self.act("supervisor", requisition, "action_submit")
        self.sign("quality", requisition)
        tree = self.html("requisition", requisition)
        self.assertIn("(deputy) As quality", self.cells(tree, "Reviewed: Technical Office")[0])
        self.assertIn("(代) As quality", self.text("requisition", requisition, lang="zh_CN"))

    def test_round_is_printed_from_the_second_on_and_old_rounds_are_not(self):
        requisition = self.make_requisition()
        self.act("supervisor", requisition, "action_submit")
        seen = self.rpc(
            "tech_reviewer", requisition._name, "read", ["content_digest"], ids=requisition.ids
        )
        self.act(
            "tech_reviewer",
            requisition,
            "action_reject",
            seen_digest=seen[0]["content_digest"],
            comment="wrong part",
        )
        text = self.text("requisition", requisition)
        self.assertNotIn("As tech_reviewer", text)
        self.assertNotIn("wrong part", text)
        self.act("supervisor", requisition, "action_revise")
        self.approve(requisition)
        text = self.text("requisition", requisition, lang="zh_CN")
        self.assertIn("第 2 轮", text)
        self.assertNotIn("wrong part", text)

    def test_amendments_are_printed_before_and_after(self):
        """R004-14: what the review altered is on the form."""
        requisition = self.make_requisition()
        self.act("supervisor", requisition, "action_submit")
        line = requisition.line_ids[0]
        self.rpc("tech_reviewer", line._name, "write", {"approved_qty": 1}, ids=line.ids)
        self.sign("tech_reviewer", requisition)
        self.assertRegex(self.text("requisition", requisition), r"was 2\S*, now 1")

    def test_free_text_is_escaped(self):
        requisition = self.make_requisition()
        requisition.write({"fault_plan": SCRIPT, "project_name": f"<b>x</b>{SCRIPT}"})
        requisition.line_ids[0].write({"remark": SCRIPT})
        tree = self.html("requisition", requisition)
        self.assertFalse(tree.xpath("//script"))
        self.assertFalse(tree.xpath("//b"))
        self.assertEqual("".join(tree.text_content().split()).count(SCRIPT), 3)

    def test_choices_show_every_alternative(self):
        tree = self.html("requisition", self.make_requisition(), lang="zh_CN")
        boxes = tree.xpath("//span[@class='as-choice']")
        texts = [self.plain(box.text_content()) for box in boxes]
        for choice in ("特急", "紧急", "一般", "有偿", "无偿", "待认定", "误操作"):
            self.assertTrue([text for text in texts if text.endswith(choice)], choice)

    def test_five_rows_at_least_with_blank_below(self):
        tree = self.html("requisition", self.make_requisition(), lang="zh_CN")
        rows = tree.xpath("//table[.//td[normalize-space(.)='物料编码']]//tr")
        self.assertEqual(len(rows), 1 + 5 + 1)
        self.assertIn("以下空白", rows[3].text_content())

    def test_head_has_code_version_number_and_page(self):
        self.company.sudo().write(
            {
                "aftersales_requisition_form_code": "QR-8.5-03",
                "aftersales_requisition_form_version": "B/2",
            }
        )
        text = self.text("requisition", self.make_requisition(), lang="zh_CN")
        for part in ("表单编号:QR-8.5-03", "版本/修订:B/2", "第 1 页 共 1 页", "保存期 5 年"):
            self.assertIn(part, text)

    def test_qr_code_needs_no_network(self):
        tree = self.html("requisition", self.make_requisition())
        for image in tree.xpath("//img"):
            self.assertTrue(image.get("src").startswith("data:image/png;base64,"))
        self.assertFalse(tree.xpath("//link"))

    def test_other_companies_documents_are_not_printed(self):
        """D1: record rules hold for what is printed."""
        requisition = self.make_requisition()
        other = self.env["res.company"].create({"name": "Other Works"})
        stranger = new_test_user(
            self.env,
            login="as_stranger",
            groups="aftersales_service.group_supervisor",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        outsider = new_test_user(self.env, login="as_outsider", groups="base.group_user")
        for user in (stranger, outsider):
            with self.assertRaises(AccessError):
                self.html("requisition", requisition, user=user)

    def test_cancelled_is_void(self):
        requisition = self.make_requisition()
        self.act("supervisor", requisition, "action_cancel", comment="not needed")
        self.assertIn("VOID", self.text("requisition", requisition))
