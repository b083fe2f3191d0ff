import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import tagged

from .common import HOSTILE_CONTEXT
from .money_case import SCAN, MoneyCase

FIELDS = ("signer_name", "signer_title", "signed_on", "signer_seal")


@tagged("post_install", "-at_install")
class TestSettlementConfirm(MoneyCase):
    """R004-32: the customer confirms the settlement on paper (客户确认)."""

    def setUp(self):
        super().setUp()
        self.agreement = self.sign_agreement(self.make_agreement())
        self.issue_parts(self.agreement.ticket_id, [(self.part_a, 3), (self.part_b, 3)])
        self.work(self.agreement.ticket_id, [(self.labour, 7), (self.travel, 1)])

    def values(self, **values):
        return {
            "signer": "Head of maintenance",
            "title": "Authorised",
            "date": Date.to_string(self.company._aftersales_today()),
            "seal": "company",
            "scan": SCAN,
            **values,
        }

    def confirm(self, settlement, user="supervisor", context=None, **values):
        return self.act(
            user,
            settlement,
            "action_register_confirmation",
            context=context,
            values=self.values(**values),
        )

    def test_registered_with_its_scan(self):
        settlement = self.settle(self.agreement)
        self.confirm(settlement)
        self.assertEqual(settlement.signer_name, "Head of maintenance")
        self.assertEqual(settlement.signed_on, self.company._aftersales_today())
        row = settlement.approval_ids.filtered(lambda item: item.act == "customer_confirm")
        self.assertEqual(row.user_id, self.users["supervisor"])
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", settlement._name), ("res_id", "=", settlement.id)]
        )
        self.assertEqual(scan.raw, base64.b64decode(SCAN))
        with self.assertRaisesRegex(UserError, "evidence"):
            self.rpc("supervisor", "ir.attachment", "unlink", ids=scan.ids)
        self.assertEqual(self.verify(settlement), [])
        with self.assertRaisesRegex(UserError, "already"):
            self.confirm(settlement, user="commerce")
        # and it is invoiced as before
        self.assertEqual(self.invoice(settlement).state, "posted")
        self.assertEqual(self.verify(settlement), [])

    def test_by_the_dialog(self):
        settlement = self.settle(self.agreement)
        found = self.rpc(
            "commerce",
            "aftersales.money.wizard",
            "create",
            {"settlement_id": settlement.id, "deed": "confirm", **self.values()},
        )
        self.rpc("commerce", "aftersales.money.wizard", "action_confirm", ids=[found])
        self.assertEqual(settlement.signer_title, "Authorised")

    def test_whoever_may(self):
        """Neither finance nor the engineer; nobody by writing the fields."""
        settlement = self.settle(self.agreement)
        for user in ("finance", "engineer", "storekeeper", "sales_manager"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.confirm(settlement, user=user)
        for user in ("supervisor", "commerce", "finance"):
            for context in ({}, HOSTILE_CONTEXT):
                for vals in ({"signer_name": "X"}, {"signed_on": "2020-01-01"}):
                    with self.subTest(user=user, vals=vals), self.assertRaises(UserError):
                        self.rpc(
                            user,
                            settlement._name,
                            "write",
                            vals,
                            ids=settlement.ids,
                            context=context,
                        )
        self.assertFalse(settlement.signed_on)

    def test_what_is_missing(self):
        settlement = self.make_settlement(self.agreement)
        with self.assertRaises(UserError):
            self.confirm(settlement)  # nobody has signed it for us
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        future = Date.to_string(Date.add(self.company._aftersales_today(), days=1))
        for values in (
            {"signer": " "},
            {"title": None},
            {"date": False},
            {"date": "yesterday"},
            {"date": future},
            {"date": "1066-10-14"},
            {"seal": "thumb"},
            {"seal": ["company"]},
            {"scan": False},
            {"scan": "no base64!"},
            {"state": "approved"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.confirm(settlement, **values)
        for values in (None, [], "x"):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.act("supervisor", settlement, "action_register_confirmation", values=values)
        self.assertFalse(settlement.signed_on)

    def test_revised_is_confirmed_anew(self):
        settlement = self.settle(self.agreement)
        self.confirm(settlement, context=HOSTILE_CONTEXT)
        self.act("supervisor", settlement, "action_revise")
        self.assertFalse(any(settlement[name] for name in FIELDS))
        self.assertEqual(self.verify(settlement), [])
        self.act("supervisor", settlement, "action_submit")
        self.sign("commerce", settlement)
        self.sign("finance", settlement)
        self.confirm(settlement, signer="Plant manager")
        rows = settlement.approval_ids.filtered(lambda item: item.act == "customer_confirm")
        self.assertEqual(len(rows), 2)
        self.assertEqual(self.verify(settlement), [])

    def test_tampering_is_found(self):
        """A24: fields and scan against the row."""
        settlement = self.settle(self.agreement)
        self.confirm(settlement)
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", settlement._name), ("res_id", "=", settlement.id)]
        )
        changes = (
            ("UPDATE aftersales_settlement SET signer_name = 'X' WHERE id = %s", settlement.id),
            ("UPDATE aftersales_settlement SET signed_on = NULL WHERE id = %s", settlement.id),
            ("DELETE FROM ir_attachment WHERE id = %s", scan.id),
        )
        for query, record in changes:
            with self.subTest(query=query), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(query, (record,))
                self.env.invalidate_all()
                self.assertTrue(self.verify(settlement))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.verify(settlement), [])
