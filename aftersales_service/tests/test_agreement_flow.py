from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .agreement_case import AgreementCase


class TestAgreementFlow(AgreementCase):
    """From the request to the signed agreement in the commerce office (R004-29 … R004-31)."""

    def test_filled_from_the_request_with_one_click(self):
        """R004-29, R001-20: the parts asked for, and labour and travel by the tariff."""
        requisition = self.make_requisition(ticket=self.paid_ticket)
        agreement = self.make_agreement()
        self.assertEqual(agreement.partner_id, self.customer)
        self.assertEqual(agreement.unit_id, self.unit)
        self.assertEqual(agreement.tariff_id, self.tariff)
        self.assertEqual(agreement.clauses, "Both parties keep their duties.")
        found = {line.product_id: line for line in agreement.line_ids}
        self.assertEqual(set(found), set(self.part_a + self.part_b + self.labour + self.travel))
        self.assertEqual(found[self.part_a].quantity, 2)
        self.assertEqual(
            found[self.part_a].requisition_line_id,
            requisition.line_ids.filtered(lambda line: line.product_id == self.part_a),
        )
        self.assertEqual(found[self.part_a].price_unit, 1130)
        self.assertEqual(found[self.part_a].fee_kind, "material")
        self.assertEqual(found[self.labour].quantity, 8)
        self.assertEqual(found[self.labour].fee_kind, "labour")

    def test_class_a_brings_its_surcharge(self):
        """R004-64: a class A request is charged the surcharge."""
        self.paid_ticket.sudo().write({"urgency_proposed": "a"})
        agreement = self.make_agreement()
        self.assertIn(self.urgent, agreement.line_ids.product_id)

    def test_amounts_net_tax_total(self):
        """不含税, 税额, 价税合计, by core's tax engine, from prices with tax."""
        self.make_requisition(ticket=self.paid_ticket)
        agreement = self.make_agreement()
        # 2 × 1130 + 226 with 13 %, 8 × 106 + 530 with 6 %
        self.assertEqual(agreement.amount_total, 2486 + 1378)
        self.assertEqual(agreement.amount_untaxed, 2200 + 1300)
        self.assertEqual(agreement.amount_tax, 286 + 78)
        self.assertEqual(agreement.prepay_amount, 3864)
        self.assertEqual(sum(agreement.line_ids.mapped("amount_total")), 3864)
        self.write_line(agreement.line_ids[0], discount=10)
        agreement.invalidate_recordset()
        self.assertEqual(agreement.amount_total, 3864 - 226)
        self.assertEqual(agreement.discount_amount, 226)

    def test_prices_without_tax(self):
        """A tariff without tax gives the same net amounts and adds the tax."""
        self.tariff.aftersales_tax_included = False
        agreement = self.make_agreement()
        self.assertEqual(agreement.amount_untaxed, 1378)
        self.assertEqual(agreement.amount_tax, 82.68)

    def test_lines_need_no_query_each(self):
        """Speed: twenty lines are priced and totalled with the statements of one."""

        def count(number):
            vals = {
                "ticket_id": self.paid_ticket.id,
                "line_ids": [
                    Command.create({"product_id": product.id, "quantity": 1})
                    for product in self.part_a + self.labour
                ]
                * number,
            }
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.rpc("supervisor", "aftersales.agreement", "create", vals)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(1), count(10))

    def test_tariff_by_validity_and_quantity(self):
        """R004-64: the item that is valid today counts; an old agreement keeps its price."""
        now = fields.Datetime.now()
        items = self.env["product.pricelist.item"].create(
            [
                {
                    "pricelist_id": self.tariff.id,
                    "applied_on": "0_product_variant",
                    "product_id": self.labour.id,
                    "compute_price": "fixed",
                    "fixed_price": price,
                    "date_start": start,
                    "date_end": end,
                }
                for price, start, end in (
                    (90.0, now - relativedelta(years=1), now - relativedelta(days=1)),
                    (100.0, now - relativedelta(days=1), now + relativedelta(days=30)),
                )
            ]
        )
        agreement = self.make_agreement()
        line = agreement.line_ids.filtered(lambda item: item.product_id == self.labour)
        self.assertEqual(line.price_unit, 100)
        items[1].fixed_price = 120
        self.write_line(line, quantity=10)
        agreement.invalidate_recordset()
        line.invalidate_recordset()
        self.assertEqual((line.price_unit, line.tariff_price), (100, 120))
        self.assertGreater(agreement.discount_percent, 0)

    def test_chain_within_the_limit(self):
        """R001-22, R004-31: both sign, and the office takes over what is signed."""
        agreement = self.make_agreement()
        self.act("supervisor", agreement, "action_submit")
        self.assertEqual(
            agreement.approval_ids.filtered(lambda row: row.state == "pending").mapped("act"),
            ["review"],
        )
        with self.assertRaises(UserError):
            self.sign_by_customer(agreement)
        self.sign("commerce", agreement)
        self.assertEqual((agreement.state, agreement.progress), ("approved", "to_sign"))
        self.sign_by_customer(agreement)
        self.assertEqual(agreement.progress, "to_seal")
        self.seal_agreement(agreement)
        self.assertEqual(agreement.progress, "signed")
        self.act("supervisor", agreement, "action_hand_over")
        self.act("commerce", agreement, "action_take_over")
        self.assertTrue(agreement.handed_over_at and agreement.taken_over_at)
        self.assertEqual(agreement.taken_over_by_id, self.users["commerce"])
        self.assertEqual(self.verify(agreement), [])

    def test_a_large_discount_needs_its_own_approval(self):
        """A discount over the limit is released by another role, and not offered before."""
        agreement = self.make_agreement()
        self.write_line(agreement.line_ids[0], discount=50)
        with self.assertRaises(UserError):
            self.act("supervisor", agreement, "action_quote")
        self.act("supervisor", agreement, "action_submit")
        self.sign("commerce", agreement)
        self.assertEqual(agreement.state, "submitted")
        with self.assertRaises(UserError):
            self.sign("commerce", agreement)
        self.sign("sales_manager", agreement)
        self.assertEqual(agreement.state, "approved")
        self.act("supervisor", agreement, "action_quote")
        self.assertEqual(agreement.quote_count, 1)

    def test_commerce_cannot_release_its_own_discount(self):
        """R004-30, role 9: whoever wrote a discount doesn't sign it, nor change the tariff."""
        agreement = self.make_agreement(user="commerce")
        self.rpc(
            "commerce",
            "aftersales.agreement.line",
            "write",
            {"discount": 50},
            ids=agreement.line_ids[:1].ids,
        )
        self.refused("commerce", "aftersales.agreement", "action_submit", ids=agreement.ids)
        second = self.make_user("as_commerce_2", "commerce")
        self.act("commerce", agreement, "action_submit")
        with self.assertRaises(UserError):
            self.sign("commerce", agreement)
        self.sign(second, agreement)
        self.assertEqual(agreement.state, "submitted")
        self.refused(
            "commerce", "product.pricelist", "write", {"name": "cheaper"}, ids=self.tariff.ids
        )

    def test_a_cheap_line_is_not_hidden_by_a_dear_one(self):
        """The discount is summed over the lines that are cheaper than the tariff."""
        agreement = self.make_agreement()
        labour, travel = agreement.line_ids
        self.write_line(labour, price_unit=10.6)
        self.write_line(travel, price_unit=99999)
        agreement.invalidate_recordset()
        self.assertTrue(agreement.discount_over_limit)

    def test_quotation_rounds_stay_readable(self):
        """R001-19, R001-21: each round shows what was offered and answered."""
        agreement = self.make_agreement()
        line = agreement.line_ids.filtered(lambda item: item.product_id == self.labour)
        self.act("supervisor", agreement, "action_quote")
        self.act("commerce", agreement, "action_answer", answer="counter", note="<b>2 %</b> less")
        self.write_line(line, discount=2)
        self.act("supervisor", agreement, "action_quote")
        self.act("supervisor", agreement, "action_answer", answer="accepted")
        first, second = agreement.quote_ids.sorted("number")
        self.assertEqual((first.answer, second.answer), ("counter", "accepted"))
        self.assertEqual((first.amount_total, second.amount_total), (1378.0, 1361.04))
        self.assertIn("Labour", first.content)
        self.assertIn("1378.00", first.content)
        self.assertIn("<td>0.00</td>", first.content)
        self.assertNotIn("<td>2.00</td>", first.content)
        self.assertIn("<td>2.00</td>", second.content)
        self.assertEqual(self.verify(agreement), [])

    def test_purchase_order_counts_as_signature(self):
        """The customer's own purchase order, registered the same way, needs no seal of ours."""
        agreement = self.approve_agreement(self.make_agreement())
        with self.assertRaises(UserError):
            self.sign_by_customer(agreement, kind="order", seal="")
        self.sign_by_customer(agreement, kind="order", seal="", order_ref="PO-2026-17")
        self.assertEqual(agreement.progress, "signed")
        self.assertEqual(agreement.order_ref, "PO-2026-17")
        self.assertEqual(self.verify(agreement), [])

    def test_a_signature_is_complete(self):
        """Signer, title, date, seal and scan are asked for; unknown values are refused."""
        agreement = self.approve_agreement(self.make_agreement())
        for values in (
            {"signer": " "},
            {"title": ""},
            {"date": False},
            {"date": "2199-01-01"},
            {"date": "yesterday"},
            {"seal": "none"},
            {"seal": "rubber duck"},
            {"scan": ""},
            {"scan": "!!!"},
            {"scan": 7},
            {"kind": "shout"},
            {"progress": "signed"},
            {"signer": "a\x00b"},
        ):
            with self.subTest(values=values):
                self.refused(
                    "supervisor",
                    "aftersales.agreement",
                    "action_register_signature",
                    ids=agreement.ids,
                    values=self.signature(**values),
                )
        for values in (None, [], "paper", 7):
            with self.subTest(values=values):
                self.refused(
                    "supervisor",
                    "aftersales.agreement",
                    "action_register_signature",
                    ids=agreement.ids,
                    values=values,
                )

    def test_seal_by_another_person(self):
        """用印登记: who wrote or asked doesn't affix the seal; the register number is needed."""
        agreement = self.approve_agreement(self.make_agreement())
        call = ("aftersales.agreement", "action_affix_seal")
        self.refused("records", *call, ids=agreement.ids, seal="contract", number="1")
        self.act("supervisor", agreement, "action_request_seal")
        self.refused("records", *call, ids=agreement.ids, seal="contract", number="")
        self.refused("records", *call, ids=agreement.ids, seal="none", number="1")
        self.refused("supervisor", *call, ids=agreement.ids, seal="contract", number="1")
        self.act("records", agreement, "action_affix_seal", seal="company", number="1")
        self.assertEqual(agreement.progress, "to_sign")
        self.sign_by_customer(agreement)
        self.assertEqual(agreement.progress, "signed")
        self.assertEqual(self.verify(agreement), [])

    def test_revision_before_the_signature(self):
        """A new round before the customer signs; the seal of the old one is worth nothing."""
        agreement = self.approve_agreement(self.make_agreement())
        self.seal_agreement(agreement)
        self.act("supervisor", agreement, "action_revise", comment="less travel")
        self.assertEqual((agreement.state, agreement.progress), ("draft", "negotiating"))
        self.assertFalse(agreement.sealed_at)
        self.write_line(agreement.line_ids[0], quantity=4)
        self.approve_agreement(agreement)
        self.sign_by_customer(agreement)
        self.assertEqual(agreement.progress, "to_seal")
        self.assertEqual(agreement.round, 2)
        self.assertEqual(self.verify(agreement), [])

    def test_after_the_signature_only_a_supplement(self):
        """Signed is locked; what changes is a supplement that is signed again."""
        agreement = self.conclude(self.make_agreement())
        for method in ("action_revise", "action_cancel"):
            self.refused(
                "supervisor", "aftersales.agreement", method, ids=agreement.ids, comment="x"
            )
        self.refused(
            "supervisor",
            "aftersales.agreement.line",
            "write",
            {"quantity": 9},
            ids=agreement.line_ids[:1].ids,
        )
        action = self.rpc(
            "supervisor", "aftersales.agreement", "action_make_supplement", ids=agreement.ids
        )
        supplement = self.as_user("supervisor", "aftersales.agreement").browse(action["res_id"])
        self.assertEqual(supplement.parent_id, agreement)
        self.assertEqual(supplement.partner_id, agreement.partner_id)
        supplement.write({"line_ids": [Command.create({"product_id": self.part_a.id})]})
        self.conclude(supplement)
        self.assertEqual(self.verify(supplement), [])

    def test_termination_with_reason(self):
        agreement = self.conclude(self.make_agreement())
        self.refused(
            "supervisor",
            "aftersales.agreement",
            "action_terminate",
            ids=agreement.ids,
            reason="no",
        )
        self.refused("commerce", "aftersales.agreement", "action_terminate", ids=agreement.ids)
        self.act("commerce", agreement, "action_terminate", reason="The plant closes.")
        self.assertEqual(agreement.progress, "terminated")
        self.assertEqual(agreement.termination_reason, "The plant closes.")
        self.assertEqual(self.verify(agreement), [])

    def test_dialogs(self):
        """The dialogs call the actions, with the rights of who opened them."""
        agreement = self.approve_agreement(self.make_agreement())
        values = self.signature()
        wizard = self.rpc(
            "supervisor",
            "aftersales.agreement.wizard",
            "create",
            {
                "agreement_id": agreement.id,
                "deed": "customer_sign",
                "sign_kind": "paper",
                **{name: values[name] for name in ("signer", "title", "date", "seal", "scan")},
            },
        )
        self.rpc("supervisor", "aftersales.agreement.wizard", "action_confirm", ids=[wizard])
        self.assertEqual(agreement.progress, "to_seal")
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", "aftersales.agreement"), ("res_id", "=", agreement.id)]
        )
        self.assertEqual(scan.raw, b"%PDF-1.4 stamped by the customer")
        self.assertTrue(scan.aftersales_kept)

    def test_closing_waits_for_the_signature(self):
        """A request with an unsigned agreement isn't closed."""
        agreement = self.make_agreement()
        items = self.paid_ticket._get_open_items()
        self.assertIn(agreement.name, " ".join(sum(items.values(), [])))
        self.conclude(agreement)
        self.assertFalse(self.paid_ticket._get_open_items())
