from odoo.exceptions import UserError
from odoo.fields import Date
from odoo.tests import tagged

from .common import HOSTILE_CONTEXT
from .finding_case import FindingCase
from .money_case import MoneyCase

MODEL = "aftersales.retention"
CONTRACT = "HT-2026-018"


class RetentionCase(FindingCase, MoneyCase):
    """A contract that leaves a tenth of its price with the customer, and its unit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._aftersales_today()
        cls.unit.contract_ref = CONTRACT

    def make_retention(self, user="commerce", **values):
        found = self.rpc(
            user,
            MODEL,
            "create",
            {
                "contract_ref": CONTRACT,
                "partner_id": self.customer.id,
                "contract_amount": 80000.0,
                "percent": 10.0,
                "date_due": str(Date.add(self.today, days=200)),
                **values,
            },
        )
        return self.env[MODEL].browse(found)

    def confirmed(self, **values):
        retention = self.make_retention(**values)
        self.act("finance", retention, "action_confirm")
        return retention

    def pay_back(self, retention, amount, **values):
        method = self.bank.inbound_payment_method_line_ids[:1]
        method.payment_account_id = self.outstanding
        payment = self.env["account.payment"].browse(
            self.rpc(
                "finance",
                "account.payment",
                "create",
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.customer.id,
                    "amount": amount,
                    "journal_id": self.bank.id,
                    "payment_method_line_id": method.id,
                    "aftersales_retention_id": retention.id,
                    **values,
                },
            )
        )
        self.act("finance", payment, "action_post")
        return payment

    def make_due(self, retention, days=10):
        retention.sudo()._door_write({"date_due": Date.subtract(self.today, days=days)})

    def close(self, ticket):
        """Close a request; what else keeps it open isn't the matter here."""
        stage = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET stage_id = %s WHERE id = %s", (stage.id, ticket.id)
        )
        self.env.invalidate_all()

    def standing(self, retention):
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc("commerce", MODEL, "read", ["standing"], ids=retention.ids)
        # the search says the same as the form
        for name in ("draft", "not_due", "at_risk", "due", "cleared", "written_off"):
            domain = [("standing", "in", [name]), ("id", "=", retention.id)]
            count = self.rpc("commerce", MODEL, "search_count", domain)
            self.assertEqual(bool(count), name == found[0]["standing"], name)
        return found[0]["standing"]

    def rows(self, retention):
        """Return {kind: (amount, age)} of what the follow-up says of it."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.rpc(
            "finance",
            "aftersales.followup",
            "search_read",
            [("retention_id", "=", retention.id)],
            ["kind", "amount", "age"],
        )
        return {row["kind"]: (row["amount"], row["age"]) for row in found}


@tagged("post_install", "-at_install")
class TestRetention(RetentionCase):
    """R004-33: retention money is collected, deducted or given up, and forgotten never."""

    def test_from_contract_to_money(self):
        """R004-33, C5: followed from the day it is due, and back when a payment is reset."""
        self.close(self.covered)
        retention = self.make_retention()
        self.assertEqual(retention.amount, 8000.0)
        self.assertTrue(retention.name.startswith("ZB"))
        self.assertEqual((self.standing(retention), self.rows(retention)), ("draft", {}))
        self.act("finance", retention, "action_confirm")
        self.assertEqual((self.standing(retention), self.rows(retention)), ("not_due", {}))
        self.make_due(retention)
        self.assertEqual(self.standing(retention), "due")
        self.assertEqual(self.rows(retention), {"retention_due": (8000.0, 10)})
        first = self.pay_back(retention, 3000.0)
        self.assertEqual(self.rows(retention), {"retention_due": (5000.0, 10)})
        self.pay_back(retention, 5000.0)
        self.assertEqual((self.standing(retention), self.rows(retention)), ("cleared", {}))
        self.assertEqual((retention.collected_amount, retention.open_amount), (8000.0, 0.0))
        self.act("finance", first, "action_draft")
        self.assertEqual(self.standing(retention), "due")
        self.assertEqual(self.rows(retention), {"retention_due": (3000.0, 10)})

    def test_due_when_the_warranty_ends(self):
        """The end of the longest warranty among the contract's units is proposed."""
        later = self.make_unit("SN-LATER", self.days_ago(3))
        later.contract_ref = CONTRACT
        retention = self.make_retention(date_due=False)
        self.assertFalse(retention.date_due)
        shown = self.rpc(
            "commerce",
            MODEL,
            "onchange",
            {"contract_ref": CONTRACT, "partner_id": self.customer.id},
            ["contract_ref"],
            {"date_due": {}},
            ids=[],
        )
        self.assertEqual(str(shown["value"]["date_due"]), str(later.warranty_end))

    def test_an_open_request_puts_it_at_risk(self):
        """R004-33: the request, the unit and the list say so until the request is closed."""
        retention = self.confirmed()
        self.assertEqual(self.standing(retention), "at_risk")
        self.assertEqual(list(self.rows(retention)), ["retention_risk"])
        ticket = self.covered.with_user(self.users["supervisor"])
        self.assertEqual((ticket.retention_count, ticket.retention_at_stake), (1, 8000.0))
        self.assertEqual(ticket.action_view_retentions()["res_id"], retention.id)
        unit = self.unit.with_user(self.users["supervisor"])
        self.assertEqual(unit.retention_count, 1)
        found = self.act("commerce", retention, "action_view_tickets")
        self.assertIn(
            self.covered.id, self.rpc("commerce", "helpdesk.ticket", "search", found["domain"])
        )
        self.close(self.covered)
        self.assertEqual((self.standing(retention), self.rows(retention)), ("not_due", {}))
        self.env.invalidate_all()
        self.assertEqual(ticket.retention_at_stake, 0.0)

    def test_the_same_number_of_another_customer(self):
        """Contract numbers are the customers' own: another one's unit isn't concerned."""
        other = self.env["res.partner"].create({"name": "Valley Paper Mill"})
        retention = self.confirmed(partner_id=other.id)
        self.assertEqual(self.standing(retention), "not_due")
        self.assertFalse(retention._get_units())
        self.assertEqual(self.unit.retention_count, 0)

    def test_a_decided_deduction_is_taken_off(self):
        """R004-28, R004-33: asked for it's a risk, accepted it's gone."""
        self.close(self.expired)
        retention = self.confirmed()
        finding = self.decided(
            cause="q01", retention_deducted=True, retention_amount=2500.0, evidence_ids=[]
        )
        claim = finding.claim_ids
        self.assertEqual(claim.retention_id, retention)
        self.close(self.covered)
        self.assertEqual(self.standing(retention), "at_risk")
        self.assertEqual((retention.claimed_amount, retention.deducted_amount), (2500.0, 0.0))
        self.act("commerce", claim, "action_raise")
        self.act("commerce", claim, "action_accept", amount=2000.0)
        self.assertEqual(self.standing(retention), "not_due")
        self.assertEqual((retention.deducted_amount, retention.open_amount), (2000.0, 6000.0))
        self.act("finance", claim, "action_settle", amount=1500.0, comment="rest forgiven")
        self.env.invalidate_all()
        self.assertEqual(retention.open_amount, 6500.0)
        self.pay_back(retention, 6500.0)
        self.assertEqual(self.standing(retention), "cleared")

    def test_a_deduction_before_the_retention_money(self):
        """What was deducted before it was entered is taken up when it is confirmed."""
        finding = self.decided(
            cause="q01", retention_deducted=True, retention_amount=2500.0, evidence_ids=[]
        )
        self.assertFalse(finding.claim_ids.retention_id)
        retention = self.confirmed()
        self.assertEqual(finding.claim_ids.retention_id, retention)
        with self.assertRaisesRegex(UserError, finding.claim_ids.name):
            self.act("finance", retention, "action_reopen", reason="wrong date")

    def test_kept_of_an_agreement(self):
        """The retained part of the last invoice has a row of its own, and counts once."""
        agreement = self.done_case()
        move = self.invoice(self.settle(agreement))
        self.fall_due(move, 9)
        found = self.act("commerce", agreement, "action_view_retentions")
        retention = self.env[MODEL].browse(
            self.rpc(
                "commerce",
                MODEL,
                "create",
                {"percent": 10.0, "date_due": str(Date.add(self.today, days=90))},
                context=found["context"],
            )
        )
        self.assertEqual(retention.partner_id, agreement.partner_id)
        self.assertEqual(retention.contract_amount, agreement.amount_total)
        self.act("finance", retention, "action_confirm")
        kept = retention.amount

        def overdue():
            self.env.flush_all()
            self.env.invalidate_all()
            domain = [("move_id", "=", move.id), ("kind", "=", "overdue")]
            return self.env["aftersales.followup"].search(domain).mapped("amount")

        total = agreement.amount_total
        self.assertEqual(overdue(), [total - kept])
        self.pay(agreement, total - kept)
        self.assertEqual(overdue(), [])
        self.make_due(retention)
        self.assertEqual(self.rows(retention), {"retention_due": (kept, 10)})
        self.pay_back(retention, kept, aftersales_agreement_id=agreement.id)
        self.assertEqual((self.standing(retention), overdue()), ("cleared", []))
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def test_given_up_by_the_general_manager(self):
        """Nobody who has entered or confirmed it gives it up, and not without a reason."""
        self.close(self.covered)
        retention = self.confirmed()
        self.pay_back(retention, 1000.0)
        for user in ("commerce", "finance", "sales_manager", "supervisor", "admin"):
            self.refused(user, MODEL, "action_write_off", "insolvent", ids=retention.ids)
        self.refused("general_manager", MODEL, "action_write_off", "  ", ids=retention.ids)
        both = self.make_user("as_both", "general_manager", "finance")
        own = self.make_retention(contract_ref="HT-OWN")
        self.act(both, own, "action_confirm")
        self.refused(both, MODEL, "action_write_off", "insolvent", ids=own.ids)
        self.act("general_manager", retention, "action_write_off", reason="insolvent")
        self.assertEqual(self.standing(retention), "written_off")
        self.assertEqual(retention.written_off_amount, 7000.0)
        self.assertIn("insolvent", str(retention.message_ids.mapped("body")))

    def test_who_enters_does_not_confirm(self):
        """Law 4: one person enters the contract's terms, another one confirms them."""
        both = self.make_user("as_both", "commerce", "finance")
        own = self.make_retention(user=both)
        self.refused(both, MODEL, "action_confirm", ids=own.ids)
        self.act("finance", own, "action_confirm")
        changed = self.make_retention(contract_ref="HT-2")
        self.rpc(both, MODEL, "write", {"percent": 3.0}, ids=changed.ids)
        self.refused(both, MODEL, "action_confirm", ids=changed.ids)
        for user in ("commerce", "supervisor", "general_manager", "admin"):
            self.refused(user, MODEL, "action_confirm", ids=changed.ids)

    def test_what_is_missing_is_named(self):
        for values, word in (
            ({"contract_ref": False}, "contract number"),
            ({"percent": 0.0}, "how much"),
            ({"date_due": False}, "when"),
        ):
            retention = self.make_retention(**values)
            with self.assertRaisesRegex(UserError, word):
                self.act("finance", retention, "action_confirm")

    def test_correction_by_finance(self):
        """Confirmed, it is opened again by finance with a reason, while nothing rests on it."""
        retention = self.confirmed()
        self.refused("commerce", MODEL, "action_reopen", "wrong date", ids=retention.ids)
        self.refused("finance", MODEL, "action_reopen", "", ids=retention.ids)
        wizard = self.rpc(
            "finance",
            "aftersales.retention.wizard",
            "create",
            {"retention_id": retention.id, "move": "reopen", "reason": "wrong date"},
        )
        self.rpc("finance", "aftersales.retention.wizard", "action_move", ids=[wizard])
        self.assertEqual(retention.state, "draft")
        self.refused("commerce", MODEL, "unlink", ids=retention.ids)
        self.act("commerce", retention, "action_cancel", reason="entered twice")
        self.assertEqual(retention.state, "cancelled")

    def test_activities_once(self):
        """R004-33: whoever handles it is reminded, once."""
        retention = self.confirmed()
        self.env["aftersales.reminder"]._cron_follow_up()
        self.env["aftersales.reminder"]._cron_follow_up()
        self.assertEqual(retention.activity_ids.user_id, self.users["commerce"])
        self.assertEqual(len(retention.activity_ids), 1)
        self.assertEqual(retention.activity_ids.summary, "Retention Money at Risk")

    def test_counters_of_work(self):
        draft = self.make_retention(contract_ref="HT-NEW")
        due = self.confirmed()
        self.make_due(due)
        for user, key, record in (
            ("finance", "retention_confirm", draft),
            ("commerce", "retention_due", due),
        ):
            entries = {
                entry["key"]: entry for entry in self.rpc(user, "aftersales.work", "get_work")
            }
            self.assertGreaterEqual(entries[key]["count"], 1, record.name)


@tagged("post_install", "-at_install")
class TestAttackRetention(RetentionCase):
    """A1, A2, A9, A25, C5, D1, D4 on retention money and the money for it."""

    def test_forged_at_creation(self):
        """A1, A2: nobody is born confirmed, by values, import, context or own default."""
        vals = {"contract_ref": "X", "partner_id": self.customer.id, "amount": 5.0}
        for forged in (
            {"state": "confirmed"},
            {"written_off_amount": 5.0},
            {"confirmed_on": "2026-01-01"},
            {"edited_by_id": self.users["agent"].id},
            {"name": "ZB-1"},
        ):
            self.refused("commerce", MODEL, "create", {**vals, **forged})
        context = {**HOSTILE_CONTEXT, "default_state": "confirmed", "default_name": "X"}
        found = self.rpc("commerce", MODEL, "create", vals, context=context)
        self.assertEqual(self.env[MODEL].browse(found).state, "draft")
        self.set_default("commerce", MODEL, "state", "confirmed")
        self.assertEqual(self.make_retention().state, "draft")
        self.harmless(
            "commerce",
            MODEL,
            "load",
            ["contract_ref", "state"],
            [["X", "Withheld by the Customer"]],
        )

    def test_changed_after_confirmation(self):
        """A3, A9, A25: terms and state are closed; who handles it is free."""
        retention = self.confirmed()
        for user in ("commerce", "finance", "general_manager", "admin"):
            for vals in (
                {"amount": 1.0},
                {"percent": 1.0},
                {"date_due": "2030-01-01"},
                {"partner_id": self.users["agent"].partner_id.id},
                {"state": "cancelled"},
                {"company_id": self.company.id},
                {"written_off_amount": 8000.0},
            ):
                with self.subTest(user=user, vals=vals):
                    self.refused(user, MODEL, "write", vals, ids=retention.ids)
                    self.refused(
                        user, MODEL, "write", vals, ids=retention.ids, context=self.hostile
                    )
            self.refused(user, MODEL, "unlink", ids=retention.ids, context=self.hostile)
            self.refused(user, MODEL, "action_cancel", "x", ids=retention.ids)
        # what follows from payments and requests is nobody's to write
        vals = {"note": "called", "standing": "cleared", "open_amount": 0.0}
        self.rpc("commerce", MODEL, "write", vals, ids=retention.ids)
        self.assertEqual((self.standing(retention), retention.open_amount), ("at_risk", 8000.0))
        copy = self.rpc("commerce", MODEL, "copy", {}, ids=retention.ids)
        self.assertEqual(self.env[MODEL].browse(copy).state, "draft")

    def test_money_is_finance_s_word(self):
        """C5: nobody else says which retention money a payment is for, and not any payment."""
        retention = self.confirmed()
        payment = self.pay_back(retention, 100.0)
        billing = self.make_user("as_billing")
        billing.group_ids += self.env.ref("account.group_account_manager")
        vals = {"aftersales_retention_id": False}
        for user in (billing, "commerce", "supervisor", "general_manager"):
            self.refused(user, "account.payment", "write", vals, ids=payment.ids)
        base = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.customer.id,
            "amount": 5.0,
            "journal_id": self.bank.id,
        }
        self.refused(
            billing,
            "account.payment",
            "create",
            base,
            context={"default_aftersales_retention_id": retention.id},
        )
        draft = self.make_retention(contract_ref="HT-D")
        other = self.env["res.partner"].create({"name": "Valley Paper Mill"})
        for wrong in (
            {"aftersales_retention_id": draft.id},
            {"aftersales_retention_id": retention.id, "partner_id": other.id},
            {"aftersales_retention_id": retention.id, "partner_type": "supplier"},
        ):
            self.refused("finance", "account.payment", "create", {**base, **wrong})
        self.refused("finance", MODEL, "action_reopen", "x", ids=retention.ids)

    def test_claims_linked_wrongly(self):
        """A deduction isn't taken off another customer's retention money, nor a vendor's
        claim off any."""
        retention = self.confirmed()
        claim = self.decided(cause="p01", party_id=self.vendor.id).claim_ids
        vals = {"retention_id": retention.id}
        self.refused("commerce", claim._name, "write", vals, ids=claim.ids)
        other = self.env["res.partner"].create({"name": "Valley Paper Mill"})
        foreign = self.confirmed(partner_id=other.id)
        deduction = self.decided(
            cause="q01", retention_deducted=True, retention_amount=5.0, evidence_ids=[]
        ).claim_ids
        vals = {"retention_id": foreign.id}
        self.refused("commerce", claim._name, "write", vals, ids=deduction.ids)
        self.refused("finance", claim._name, "write", vals, ids=deduction.ids)

    def test_values(self):
        """D4: negative, huge and impossible amounts, shares and days."""
        for forged in (
            {"amount": -1.0, "percent": 0.0},
            {"percent": 101.0},
            {"percent": -1.0},
            {"contract_amount": -5.0},
            {"contract_amount": 1e18},
            {"amount": float("nan"), "percent": 0.0},
            {"amount": 90000.0, "percent": 0.0},
            {"date_due": "1901-01-01"},
            {"contract_ref": "\x00"},
        ):
            vals = {
                "contract_ref": "X",
                "partner_id": self.customer.id,
                "contract_amount": 80000.0,
                **forged,
            }
            with self.subTest(forged=forged):
                self.refused("commerce", MODEL, "create", vals)

    def test_another_company(self):
        """D1: read, search, group, link and propose across companies."""
        retention = self.confirmed()
        other = self.env["res.company"].create({"name": "Other works"})
        spy = self.make_user("as_spy", "commerce", "finance", "general_manager", company=other)
        self.assertFalse(self.rpc(spy, MODEL, "search", []))
        domain = [("retention_id", "!=", False)]
        self.assertFalse(self.rpc(spy, "aftersales.followup", "search", domain))
        for method, args in (
            ("read", (["amount"],)),
            ("action_confirm", ()),
            ("action_write_off", ("x",)),
            ("action_view_units", ()),
            ("action_view_payments", ()),
        ):
            self.refused(spy, MODEL, method, *args, ids=retention.ids)
        wizard = {"retention_id": retention.id, "move": "write_off", "reason": "x"}
        self.refused(spy, "aftersales.retention.wizard", "create", wizard)
        journal = self.env["account.journal"].create(
            {"name": "Bank", "type": "bank", "code": "OTB", "company_id": other.id}
        )
        self.refused(
            spy,
            "account.payment",
            "create",
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 5.0,
                "journal_id": journal.id,
                "aftersales_retention_id": retention.id,
            },
        )
