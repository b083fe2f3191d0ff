"""C2, C5, D1 and A10 on the entries, payments and dialogs of paid service."""

from odoo.fields import Command
from odoo.tests import tagged

from .attack_case import AttackCase
from .money_case import MoneyCase


@tagged("post_install", "-at_install")
class TestAttackEntries(MoneyCase, AttackCase):
    """What somebody with core's billing rights, and no role of ours beyond, may do."""

    def setUp(self):
        super().setUp()
        self.billing = self.make_user("as_billing")
        self.billing.group_ids = [
            Command.link(self.env.ref("account.group_account_manager").id),
            Command.link(self.env.ref("aftersales_service.group_reader").id),
        ]

    def worked_agreement(self):
        agreement = self.make_agreement(lines=[(self.labour, 2), (self.travel, 1)])
        self.sign_agreement(agreement)
        self.work(agreement.ticket_id, [(self.labour, 2), (self.travel, 1)])
        return agreement

    def force(self):
        # a state that entries don't know is core's own affair
        hostile = {key: self.hostile[key] for key in self.hostile if "default_" not in key}
        return dict(
            hostile,
            force_delete=True,
            dynamic_unlink=True,
            skip_invoice_sync=True,
            check_move_validity=False,
            skip_readonly_check=True,
            skip_account_move_synchronization=True,
            default_aftersales_billed=True,
        )

    def test_posted_invoice(self):
        """C5, A10: a posted invoice is neither deleted nor emptied, by no context key."""
        settlement = self.settle(self.worked_agreement())
        move = self.invoice(settlement)
        line = move.invoice_line_ids[:1]
        for user in (self.billing, "finance", "commerce", "admin"):
            for context in ({}, self.force()):
                for model, records in (("account.move", move), ("account.move.line", line)):
                    self.refused(user, model, "unlink", ids=records.ids, context=context)
                for vals in (
                    {"quantity": 1.0},
                    {"price_unit": 1.0},
                    {"discount": 50.0},
                    {"tax_ids": [[6, 0, []]]},
                    {"display_type": "line_note"},
                    {"aftersales_settlement_line_id": False},
                ):
                    self.refused(
                        user, "account.move.line", "write", vals, ids=line.ids, context=context
                    )
                for vals in (
                    {"aftersales_billed": False},
                    {"move_type": "out_refund"},
                    {"invoice_line_ids": [[2, line.id, 0]]},
                    {"invoice_line_ids": [[0, 0, {"name": "more", "price_unit": 5.0}]]},
                ):
                    self.refused(user, "account.move", "write", vals, ids=move.ids, context=context)
        settlement.invalidate_recordset()
        self.assertEqual(settlement.amount_invoiced, settlement.amount_total)
        self.assert_sound(settlement)

    def test_draft_invoice(self):
        """C2: lines of a draft are neither added, re-pointed nor taken away."""
        settlement = self.settle(self.worked_agreement())
        move = self.invoice(settlement, post=False)
        line, other = move.invoice_line_ids[:2]
        link = settlement.line_ids[:1].id
        for context in ({}, self.force()):
            for vals in (
                {"move_id": move.id, "name": "more", "price_unit": 5.0, "quantity": 1.0},
                {
                    "move_id": move.id,
                    "name": "twice",
                    "product_id": self.labour.id,
                    "quantity": 2.0,
                    "aftersales_settlement_line_id": link,
                },
            ):
                self.refused(self.billing, "account.move.line", "create", vals, context=context)
            for vals in (
                {"aftersales_settlement_line_id": other.aftersales_settlement_line_id.id},
                {"product_id": self.part_a.id},
                {"quantity": 0.0},
            ):
                self.refused(
                    self.billing, "account.move.line", "write", vals, ids=line.ids, context=context
                )
            self.refused(self.billing, "account.move.line", "unlink", ids=line.ids, context=context)
            for forged in (
                {"aftersales_billed": True},
                {"invoice_line_ids": [[0, 0, {"aftersales_settlement_line_id": link}]]},
            ):
                vals = {"move_type": "out_invoice", "partner_id": self.customer.id, **forged}
                self.refused(self.billing, "account.move", "create", vals, context=context)
            row = [[str(line.id), "1"]]
            self.harmless(
                self.billing,
                "account.move.line",
                "load",
                [".id", "quantity"],
                row,
                context=context,
            )
        self.assert_sound(settlement)

    def test_payment_pointed_elsewhere(self):
        """C5: money that is taken away again from an agreement is missing there at once."""
        one, two = self.worked_agreement(), self.worked_agreement()
        payment = self.pay(one, 100.0)
        for user in (self.billing, "commerce", "supervisor", "admin"):
            for vals in (
                {"aftersales_agreement_id": two.id},
                {"aftersales_agreement_id": False},
                {"aftersales_means": "cash"},
            ):
                self.refused(user, "account.payment", "write", vals, ids=payment.ids)
        vals = {"aftersales_agreement_id": two.id}
        self.rpc("finance", "account.payment", "write", vals, ids=payment.ids)
        (one | two).invalidate_recordset()
        self.assertEqual((one.received_amount, two.received_amount), (0.0, 100.0))
        payment.sudo().action_draft()
        two.invalidate_recordset()
        self.assertEqual(two.received_amount, 0.0)

    def test_registration_by_hand(self):
        """A3, C1: nobody writes a tax invoice's number, date or file, nor imports them."""
        move = self.invoice(self.settle(self.worked_agreement()))
        request = self.make_tax_request(move)
        self.act("commerce", request, "action_submit")
        number = "25312000000012345678"
        for user in ("finance", "commerce", self.billing, "admin"):
            for vals in ({"number": number}, {"invoice_date": "2026-01-01"}, {"file_id": 1}):
                self.refused(user, request._name, "write", vals, ids=request.ids)
            self.harmless(
                user, request._name, "load", [".id", "number"], [[str(request.id), number]]
            )
        self.assert_sound(request)

    def test_dialogs_of_another_company(self):
        """D1: no dialog about money shows what another company's record is called."""
        agreement = self.worked_agreement()
        move = self.invoice(self.settle(agreement))
        request = self.make_tax_request(move)
        self.customer.company_id = self.company
        other = self.env["res.company"].create({"name": "Other works"})
        spy = self.make_user(
            "as_spy", "commerce", "supervisor", "finance", "engineer", company=other
        )
        found = []
        for model, values in (
            ("aftersales.money.wizard", {"tax_invoice_id": request.id, "deed": "register"}),
            ("aftersales.statement", {"partner_id": self.customer.id}),
            ("aftersales.statement", {"company_id": self.company.id}),
            ("aftersales.agreement.wizard", {"agreement_id": agreement.id}),
            ("aftersales.settlement", {"agreement_id": agreement.id}),
            ("aftersales.settlement", {"ticket_id": agreement.ticket_id.id}),
            ("aftersales.worksheet", {"ticket_id": agreement.ticket_id.id}),
            ("aftersales.tax.invoice", {"original_id": request.id}),
            ("aftersales.tax.invoice", {"line_ids": [[0, 0, {"move_id": move.id}]]}),
            ("aftersales.reminder", {"partner_id": self.customer.id}),
        ):
            link = next(iter(values))
            spec = {link: {"fields": {"display_name": {}}}}
            with self.subTest(model=model, link=link):
                self.refused(spy, model, "onchange", values, [link], spec, ids=[])
                if not isinstance(values[link], list):
                    context = {f"default_{link}": values[link]}
                    self.refused(spy, model, "onchange", {}, [], spec, ids=[], context=context)
                self.refused(spy, model, "create", values)
                self.refused(spy, model, "web_save", values, spec, ids=[])
            found.append(model)
        for model in ("aftersales.followup", "account.move", *found):
            if not self.env[model]._transient:
                domain = [("company_id", "=", self.company.id)]
                self.assertEqual(self.rpc(spy, model, "search", domain), [], model)
