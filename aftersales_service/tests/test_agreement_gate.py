from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .agreement_case import AgreementCase


class TestAgreementGate(AgreementCase):
    """C1–C5, B4 for paid parts: nothing leaves unsigned, unpaid or beyond what was agreed."""

    def uncovered(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["aftersales.requisition"].search([("is_uncovered", "=", True)])

    def ready_agreement(self):
        """Return (requisition, agreement): drawn, and signed by both."""
        requisition = self.paid_requisition()
        return requisition, self.conclude(self.make_agreement())

    # ------------------------------------------------------------------
    # The plain way
    # ------------------------------------------------------------------
    def test_nothing_without_an_agreement(self):
        """R001-40, C4: a chargeable job needs an agreement; the refusal says what to do."""
        requisition = self.paid_requisition()
        self.assertEqual(self.paid_ticket.coverage, "expired")
        self.assertTrue(requisition.is_chargeable)
        self.assertIn(self.paid_ticket.number, self.cannot_issue(requisition))

    def test_nothing_before_the_signature(self):
        """C1: reviewed by us is not signed by the customer, nor is a missing seal."""
        requisition = self.paid_requisition()
        agreement = self.make_agreement()
        self.assertIn(agreement.name, self.cannot_issue(requisition))
        self.approve_agreement(agreement)
        self.cannot_issue(requisition)
        self.sign_by_customer(agreement)
        self.pay(agreement)
        self.cannot_issue(requisition)
        self.seal_agreement(agreement)
        self.can_issue(requisition)

    def test_nothing_before_the_money(self):
        """R004-30: a draft payment, too little, another's or an acceptance draft isn't enough."""
        requisition, agreement = self.ready_agreement()
        self.assertIn("0.00", self.cannot_issue(requisition))
        draft = self.pay(agreement, post=False)
        self.cannot_issue(requisition)
        self.pay(agreement, amount=agreement.amount_total - 0.01)
        self.cannot_issue(requisition)
        self.pay(agreement, amount=0.01, aftersales_means="acceptance")
        self.cannot_issue(requisition)
        draft.unlink()
        self.pay(agreement, amount=0.01)
        self.can_issue(requisition)
        self.assertEqual(requisition.cover_kind, "agreement")
        self.assertFalse(self.uncovered())
        self.assertEqual(self.verify(agreement), [])

    def test_acceptance_drafts_by_setting(self):
        requisition, agreement = self.ready_agreement()
        self.pay(agreement, aftersales_means="acceptance")
        self.cannot_issue(requisition)
        self.company.aftersales_acceptance_counts = True
        self.can_issue(requisition)

    def test_partial_prepayment(self):
        """Only what the terms ask for has to be there."""
        self.company.aftersales_prepay_percent = 30.0
        requisition, agreement = self.ready_agreement()
        self.assertEqual(agreement.prepay_amount, round(agreement.amount_total * 0.3, 2))
        self.pay(agreement, amount=agreement.prepay_amount)
        self.can_issue(requisition)

    def test_free_jobs_pass_as_before(self):
        """In warranty nothing is asked."""
        requisition = self.issued()
        self.assertFalse(requisition.is_chargeable)
        self.assertFalse(requisition.cover_kind)

    def test_paid_purpose_is_chargeable(self):
        """Whoever books to 有偿售后 needs the agreement, also where coverage is unknown."""
        requisition = self.make_requisition()
        requisition.write({"purpose_id": self.company._aftersales_purpose_location("paid").id})
        self.approve(requisition)
        self.draw(requisition)
        self.cannot_issue(requisition)

    # ------------------------------------------------------------------
    # Every way round the button
    # ------------------------------------------------------------------
    def test_every_way_to_done(self):
        """B4, B4c, B7: by the move, by the state, by the picking, with hostile contexts."""
        requisition, _agreement = self.ready_agreement()
        picking = requisition.sudo().picking_ids
        move = picking.move_ids[0]
        for model, ids, method, args in (
            ("stock.picking", picking.ids, "button_validate", []),
            ("stock.picking", picking.ids, "write", [{"state": "done"}]),
            ("stock.move", move.ids, "write", [{"state": "done"}]),
            ("stock.move", move.ids, "write", [{"picked": True, "state": "done"}]),
        ):
            for context in ({}, self.hostile):
                with (
                    self.subTest(method=method, args=args, hostile=bool(context)),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    self.rpc("storekeeper", model, method, *args, ids=ids, context=context)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            picking.move_ids._action_done()
        self.assertEqual(requisition.sudo().line_ids.mapped("qty_issued"), [0.0, 0.0])

    def test_gate_stands_in_the_constraint(self):
        """Law 5: with the friendly checks taken away, the done move is still refused."""
        requisition = self.paid_requisition()
        self.patch(
            type(self.env["aftersales.requisition"]), "_check_issue_allowed", lambda records: None
        )
        self.cannot_issue(requisition)

    def test_more_than_agreed(self):
        """C2, B4: quantities beyond the agreement need a supplement."""
        requisition, agreement = self.ready_agreement()
        self.pay(agreement)
        self.can_issue(requisition)
        second = self.paid_requisition(lines=[(self.part_a, 1)])
        self.assertIn(agreement.name, self.cannot_issue(second))
        action = self.rpc(
            "supervisor", "aftersales.agreement", "action_make_supplement", ids=agreement.ids
        )
        supplement = self.as_user("supervisor", "aftersales.agreement").browse(action["res_id"])
        supplement.write({"line_ids": [Command.create({"product_id": self.part_a.id})]})
        self.conclude(supplement)
        # the family's prepayments together
        self.cannot_issue(second)
        self.pay(supplement)
        self.can_issue(second)
        self.assertEqual(supplement.line_ids.qty_covered, 1)
        self.assertEqual(self.verify(supplement) + self.verify(agreement), [])

    def test_a_supplement_takes_back(self):
        """A negative line lowers what may be issued, but not below what was."""
        requisition, agreement = self.ready_agreement()
        action = self.rpc(
            "supervisor", "aftersales.agreement", "action_make_supplement", ids=agreement.ids
        )
        supplement = self.as_user("supervisor", "aftersales.agreement").browse(action["res_id"])
        supplement.write(
            {"line_ids": [Command.create({"product_id": self.part_a.id, "quantity": -1})]}
        )
        self.conclude(supplement)
        line = agreement.line_ids.filtered(lambda item: item.product_id == self.part_a)
        self.assertEqual(line.qty_agreed, 1)
        self.pay(agreement)
        self.cannot_issue(requisition)
        self.assertEqual(self.verify(supplement) + self.verify(agreement), [])

    def test_the_database_refuses_more_than_agreed(self):
        """Law 6: the cap is a CHECK on the row that owns it."""
        _requisition, agreement = self.ready_agreement()
        line = agreement.line_ids[:1].sudo()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            line._door_write({"qty_covered": line.qty_agreed + 1})
            line.flush_recordset()
        self.assertIn("covered_within_agreed", str(caught.exception))

    # ------------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------------
    def test_payment_cancelled_before_the_issue(self):
        requisition, agreement = self.ready_agreement()
        payment = self.pay(agreement)
        self.rpc("finance", "account.payment", "action_draft", ids=payment.ids)
        self.cannot_issue(requisition)
        self.rpc("finance", "account.payment", "action_post", ids=payment.ids)
        self.rpc("finance", "account.payment", "action_cancel", ids=payment.ids)
        self.cannot_issue(requisition)

    def test_payment_cancelled_after_the_issue(self):
        """C5: the list of exceptions shows it again."""
        requisition, agreement = self.ready_agreement()
        payment = self.pay(agreement)
        self.can_issue(requisition)
        self.assertFalse(self.uncovered())
        self.rpc("finance", "account.payment", "action_draft", ids=payment.ids)
        self.assertEqual(self.uncovered(), requisition)
        self.assertTrue(requisition.with_user(self.users["supervisor"]).is_uncovered)
        self.rpc("finance", "account.payment", "action_post", ids=payment.ids)
        self.assertFalse(self.uncovered())

    def test_refund_after_the_issue(self):
        """C5: money paid back is money missing."""
        requisition, agreement = self.ready_agreement()
        self.pay(agreement)
        self.can_issue(requisition)
        self.pay(agreement, amount=1.0, payment_type="outbound")
        self.assertEqual(self.uncovered(), requisition)

    def test_terminated_before_and_after(self):
        requisition, agreement = self.ready_agreement()
        self.pay(agreement)
        self.can_issue(requisition)
        second = self.paid_requisition(lines=[(self.part_b, 1)])
        self.act("commerce", agreement, "action_terminate", reason="The plant closes.")
        self.cannot_issue(second)
        self.assertEqual(self.uncovered(), requisition)

    def test_found_chargeable_after_the_issue(self):
        """R004-28: what left as free and turns out to be chargeable is on the list, until
        it is agreed and paid."""
        requisition = self.issued()
        self.assertFalse(self.uncovered())
        self.ticket.sudo()._door_write({"charge_parts": "paid"})
        self.assertEqual(self.uncovered(), requisition)
        agreement = self.as_user("supervisor", "aftersales.agreement").create(
            {
                "ticket_id": self.ticket.id,
                "line_ids": [
                    Command.create({"product_id": line.product_id.id, "quantity": line.qty_product})
                    for line in requisition.line_ids
                ],
            }
        )
        self.conclude(agreement)
        self.assertEqual(requisition.cover_kind, "agreement")
        self.assertEqual(self.uncovered(), requisition)
        self.pay(agreement)
        self.assertFalse(self.uncovered())
        self.assertEqual(self.verify(agreement), [])

    # ------------------------------------------------------------------
    # Money is finance's
    # ------------------------------------------------------------------
    def test_only_finance_registers_money(self):
        """Role 9: neither the supervisor nor the commerce office can confirm money."""
        _requisition, agreement = self.ready_agreement()
        payment = self.pay(agreement, post=False)
        for user in ("supervisor", "commerce", "general_manager", "admin"):
            for method, args in (
                ("action_post", []),
                ("write", [{"state": "paid"}]),
                ("write", [{"aftersales_agreement_id": agreement.id}]),
            ):
                with self.subTest(user=user, method=method):
                    self.refused(user, "account.payment", method, *args, ids=payment.ids)

    def test_billing_without_our_role_does_not_allocate(self):
        """A user of core's billing says nothing about our agreements."""
        _requisition, agreement = self.ready_agreement()
        payment = self.pay(agreement, post=False)
        payment.aftersales_agreement_id = False
        self.users["billing"] = new_test_user(
            self.env, "as_billing", groups="account.group_account_invoice"
        )
        self.addCleanup(self.users.pop, "billing")
        values = {"aftersales_agreement_id": agreement.id}
        self.refused("billing", "account.payment", "write", values, ids=payment.ids)

    def test_a_payment_fits_its_agreement(self):
        """Another customer's, a vendor's or another company's payment isn't for it."""
        _requisition, agreement = self.ready_agreement()
        other = self.env["res.partner"].create({"name": "Somebody else"})
        for values in ({"partner_id": other.id}, {"partner_type": "supplier"}):
            with (
                self.subTest(values=values),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self.pay(agreement, post=False, **values)

    # ------------------------------------------------------------------
    # Releases
    # ------------------------------------------------------------------
    def test_work_first_sign_later(self):
        """执行在先后补签: within amount and days, on the list until signed and paid."""
        requisition = self.paid_requisition()
        release = self.make_release(approve=False)
        self.cannot_issue(requisition)
        self.act("supervisor", release, "action_submit")
        self.cannot_issue(requisition)
        self.sign("commerce", release)
        self.sign("general_manager", release)
        self.can_issue(requisition)
        self.assertEqual((requisition.cover_kind, release.used_amount), ("release", 2486.0))
        self.assertEqual(self.uncovered(), requisition)
        self.assertEqual(release.standing, "open")
        self.refused(
            "supervisor", "aftersales.release", "action_revise", ids=release.ids, comment="x"
        )
        agreement = self.as_user("supervisor", "aftersales.agreement").create(
            {
                "ticket_id": self.paid_ticket.id,
                "line_ids": [
                    Command.create({"product_id": line.product_id.id, "quantity": line.qty_product})
                    for line in requisition.line_ids
                ],
            }
        )
        self.conclude(agreement)
        self.assertEqual(sum(agreement.line_ids.mapped("qty_covered")), 3)
        self.assertEqual(self.uncovered(), requisition)
        self.pay(agreement)
        self.assertFalse(self.uncovered())
        self.env.invalidate_all()
        self.assertEqual(release.standing, "good")
        self.assertEqual(release.used_amount, 2486.0)
        self.assertEqual(self.verify(release) + self.verify(agreement), [])

    def test_release_limit(self):
        """Law 6: two issues can't use more than the limit together."""
        release = self.make_release(amount_limit=2486.0)
        first = self.paid_requisition()
        second = self.paid_requisition(lines=[(self.part_b, 1)])
        self.can_issue(first)
        self.cannot_issue(second)
        self.assertEqual(release.used_amount, 2486.0)

    def test_release_expires(self):
        requisition = self.paid_requisition()
        release = self.make_release()
        day = self.company._aftersales_today() - relativedelta(days=1)
        release.sudo()._door_write({"date_end": day})
        self.cannot_issue(requisition)
        self.refused(
            "supervisor",
            "aftersales.release",
            "create",
            {
                "ticket_id": self.paid_ticket.id,
                "amount_limit": 1,
                "date_end": fields.Date.to_string(day),
            },
        )

    def test_release_without_prepayment(self):
        """放行: the agreement is signed; only the money is missing."""
        requisition = self.paid_requisition()
        release = self.make_release(kind="unpaid")
        self.cannot_issue(requisition)
        agreement = self.conclude(self.make_agreement())
        self.can_issue(requisition)
        self.assertEqual(release.used_amount, 2486.0)
        self.assertEqual(self.uncovered(), requisition)
        self.pay(agreement)
        self.assertFalse(self.uncovered())
        self.assertEqual(self.verify(release) + self.verify(agreement), [])

    def test_release_is_for_its_request(self):
        requisition = self.paid_requisition()
        self.make_release(ticket=self.ticket)
        self.cannot_issue(requisition)

    # ------------------------------------------------------------------
    # Framework agreements
    # ------------------------------------------------------------------
    def make_framework(self, **values):
        today = self.company._aftersales_today()
        agreement = self.as_user("supervisor", "aftersales.agreement").create(
            {
                "kind": "framework",
                "partner_id": self.customer.id,
                "date_from": today - relativedelta(days=30),
                "date_to": today + relativedelta(days=335),
                "unit_ids": [Command.create({"unit_id": self.unit.id})],
                "line_ids": [
                    Command.create({"name": "Yearly fee", "quantity": 1, "price_unit": 10000})
                ],
                "prepay_percent": 0,
                **values,
            }
        )
        return self.conclude(agreement)

    def test_framework_covers(self):
        """年度维保协议: parts included; requests of its period and units are covered."""
        framework = self.make_framework(parts_terms="included")
        ticket = self.make_ticket(serial_number="SN-PAID-1")
        self.assertEqual(ticket.coverage, "contract")
        self.assertEqual(ticket.sudo().framework_id, framework)
        self.assertIn(framework.name, ticket.coverage_basis)
        requisition = self.paid_requisition(ticket=ticket)
        self.assertFalse(requisition.is_chargeable)
        self.can_issue(requisition)
        self.act("commerce", framework, "action_terminate", reason="over")
        later = self.make_ticket(serial_number="SN-PAID-1")
        self.assertEqual(later.coverage, "expired")
        self.assertEqual(self.verify(framework), [])

    def test_framework_as_used(self):
        """Parts charged as used: up to the limit of the framework, no further agreement."""
        framework = self.make_framework(parts_terms="as_used", as_used_limit=3000)
        ticket = self.make_ticket(serial_number="SN-PAID-1")
        first = self.paid_requisition(ticket=ticket)
        second = self.paid_requisition(lines=[(self.part_a, 1)], ticket=ticket)
        self.assertTrue(first.is_chargeable)
        self.can_issue(first)
        self.assertEqual((first.cover_kind, framework.as_used_amount), ("framework", 2486))
        self.assertIn(framework.name, self.cannot_issue(second))

    def test_framework_by_separate_agreement(self):
        self.make_framework(parts_terms="separate")
        ticket = self.make_ticket(serial_number="SN-PAID-1")
        requisition = self.paid_requisition(ticket=ticket)
        self.cannot_issue(requisition)
        agreement = self.conclude(self.make_agreement(ticket=ticket))
        self.pay(agreement)
        self.can_issue(requisition)

    def test_framework_of_another_customer(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        with self.assertRaises(UserError):
            self.make_framework(partner_id=other.id)
