from odoo.exceptions import UserError
from odoo.fields import Command

from .return_settle_case import SettlementCase


class TestReturnFollows(SettlementCase):
    """Invoices that can be meant, red letters, claims, actions, and what is closed."""

    def test_several_invoices_need_a_choice(self):
        self.make_invoice([(self.coil, 5, 80.0)])
        document = self.decided(("refund", 3, {}))
        with self.assertRaisesRegex(UserError, "several can be meant"):
            self.act("commerce", document, "action_credit")
        wrong = self.invoice.invoice_line_ids.filtered(lambda line: line.product_id == self.breaker)
        right = self.invoice.invoice_line_ids - wrong
        outcome = document.outcome_ids
        self.refused(
            "finance", outcome._name, "write", {"credit_line_id": wrong.id}, ids=outcome.ids
        )
        self.refused("finance", outcome._name, "write", {"quantity": 5}, ids=outcome.ids)
        self.rpc("finance", outcome._name, "write", {"credit_line_id": right.id}, ids=outcome.ids)
        self.act("commerce", document, "action_credit")
        self.assertEqual(document.credit_ids.reversed_entry_id, self.invoice)

    def test_goods_sold_before_the_system(self):
        """The decision says how much is credited; there is no invoice to follow."""
        document = self.decided(
            ("refund", 1, {"amount": 500.0}),
            lines=[
                {
                    "product_id": self.breaker.id,
                    "serial_number": "OLD-7",
                    "contract_ref": "HT-1999-7",
                    "qty_claimed": 1,
                }
            ],
            delivery_id=False,
        )
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        note = document.credit_ids
        self.refused(
            "finance",
            "account.move.line",
            "write",
            {"price_unit": 501},
            ids=note.invoice_line_ids.ids,
        )
        self.post(note)
        self.assertEqual(document.progress, "settled")

    def test_settled_return_is_not_opened_again(self):
        document = self.decided(("refund", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.outcome_ids.qty_settled, 0)
        with self.assertRaises(UserError):
            self.act("general_manager", document, "action_revise")
        self.assertEqual(document.state, "approved")

    def test_claim_against_the_carrier(self):
        document = self.submit_return()
        self.sign_as(document, "sales_manager", "storekeeper", "production_manager")
        self.inspect(document, verdict="transport", kind="exchange")
        carrier = self.env["res.partner"].create({"name": "Fast Freight"})
        vals = {"claim_kind": "carrier", "claim_amount": 300}
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)
        self.sign("inspector", document)
        with self.assertRaises(UserError):
            self.sign("general_manager", document)
        vals = {"claim_partner_id": carrier.id}
        self.rpc("general_manager", document._name, "write", vals, ids=document.ids)
        self.sign("general_manager", document)
        claim = document.claim_ids
        self.assertEqual((claim.kind, claim.amount_claimed), ("carrier", 300))
        self.assertEqual(claim.partner_id, carrier)
        self.assertEqual(self.verify(document), [])
        self.act("commerce", claim, "action_raise")
        self.assertEqual(self.verify(document), [])
        with self.assertRaises(UserError):
            self.act("general_manager", document, "action_revise")

    def test_corrective_action(self):
        """R002-16, R002-30: the responsible department takes corrective action; its mail waits
        for the queue, and it stays on file."""
        document = self.decided(("scrap", 3, {}), verdict="quality_defect")
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(document.progress, "settling")
        self.assertIn("Corrective", document.settlement_open)
        for role in ("storekeeper", "agent", "commerce"):
            with self.assertRaises(UserError):
                self.act(role, document, "action_open_capa")
        mails = self.env["mail.mail"].search([])
        self.act("inspector", document, "action_open_capa")
        capa = document.capa_ids
        self.assertEqual(capa.type_action, "correction")
        self.assertIn(self.department.name, capa.description)
        sent = self.env["mail.mail"].search([]) - mails
        self.assertEqual(set(sent.mapped("state")) - {"outgoing"}, set())
        self.assertEqual(document.progress, "settled")
        for method, args in (("write", [{"active": False}]), ("action_archive", [])):
            self.refused("quality", "mgmtsystem.action", method, *args, ids=capa.ids)
        self.refused(
            "quality", "mgmtsystem.action", "write", {"aftersales_return_id": False}, ids=capa.ids
        )

    def test_tampering_is_named(self):
        """A24: what SQL changes in the settlement is found by the verification."""
        document = self.decided(("restock", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual(self.verify(document), [])
        outcome = document.outcome_ids
        self.env.cr.execute(
            "UPDATE aftersales_return_outcome SET qty_moved = 2 WHERE id = %s", [outcome.id]
        )
        self.assertTrue(self.verify(document))
        self.env.cr.execute(
            "UPDATE aftersales_return_outcome SET qty_moved = 3 WHERE id = %s", [outcome.id]
        )
        self.assertEqual(self.verify(document), [])
        self.env.cr.execute(
            "UPDATE stock_move_line SET owner_id = NULL WHERE move_id IN %s",
            [tuple(outcome.move_ids.ids)],
        )
        self.assertTrue(self.verify(document))

    def test_red_letter(self):
        """A registered tax invoice is taken back by a registered red-letter note."""
        request = self.env["aftersales.tax.invoice"].create(
            {
                "partner_id": self.customer.id,
                "kind": "ordinary",
                "line_ids": [Command.create({"move_id": self.invoice.id})],
            }
        )
        request._door_write({"state": "approved", "number": "2" * 20, "invoice_date": "2026-01-06"})
        document = self.decided(("refund", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        self.post(document.credit_ids)
        self.assertEqual(document.progress, "settling")
        action = self.act("commerce", document, "action_red_letter")
        red = self.env["aftersales.tax.invoice"].browse(action["res_id"])
        self.assertEqual(red.nature, "red")
        self.assertEqual(red.line_ids.move_id, document.credit_ids)
        self.assertEqual(document.progress, "settling")
        red._door_write({"state": "approved", "number": "3" * 20, "invoice_date": "2026-01-07"})
        red._after_approved()
        self.assertEqual(document.progress, "settled")
