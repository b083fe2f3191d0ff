from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .money_case import CREDIT_CODE, SCAN
from .return_settle_case import SettlementCase

SHIPPING = {"waybill": "SF123", "transport_mode": "express", "box_count": 1}


@tagged("post_install", "-at_install")
class TestReturnLeaving(SettlementCase):
    """R001-34: what a return sends out is packed, inspected and shipped like an issue."""

    def setUp(self):
        super().setUp()
        self.company.aftersales_exit_inspection = True
        self.carrier = self.env["res.partner"].create({"name": "Ridge Haulage"})

    def sent(self, action, kind, **values):
        document = self.decided((kind, 3, values))
        found = self.act("storekeeper", document, action)
        picking = self.env["stock.picking"].browse(found["res_id"])
        return document, self.deliver_transfer(picking)

    def leave(self, picking):
        self.act("storekeeper", picking, "action_pack")
        self.act("inspector", picking, "action_inspect_pass")
        self.act(
            "storekeeper",
            picking,
            "action_ship",
            shipping=dict(SHIPPING, carrier_partner_id=self.carrier.id),
        )

    def test_replacement(self):
        """The return isn't settled before its replacement is inspected and shipped."""
        document, picking = self.sent("action_replace", "exchange")
        self.act("storekeeper", document, "action_put_away")
        self.assertEqual((document.progress, picking.aftersales_step), ("settling", "pack"))
        self.assertIn(picking.name, document.settlement_open)
        model, ids = "stock.picking", picking.ids
        vals = dict(SHIPPING, carrier_partner_id=self.carrier.id)
        self.refused("storekeeper", model, "action_ship", vals, ids=ids)
        self.act("storekeeper", picking, "action_pack")
        self.refused("storekeeper", model, "action_ship", vals, ids=ids)
        for user in ("storekeeper", "supervisor", "agent"):
            self.refused(user, model, "action_inspect_pass", ids=ids)
        self.act("inspector", picking, "action_inspect_fail", comment="Wrong label")
        self.refused("storekeeper", model, "action_ship", vals, ids=ids)
        self.act("inspector", picking, "action_inspect_pass")
        self.assertEqual(picking.aftersales_step, "ship")
        self.refused("storekeeper", model, "write", {"inspection_result": "pass"}, ids=ids)
        # the demand doesn't go away with the setting
        self.company.aftersales_exit_inspection = False
        self.assertEqual(document.progress, "settling")
        self.act("storekeeper", picking, "action_ship", shipping=vals)
        self.assertEqual((document.progress, picking.aftersales_step), ("settled", "shipped"))
        acts = document.sudo().approval_ids.sorted("chain_no").mapped("act")
        self.assertEqual(
            [act for act in acts if act in ("pack", "inspect", "ship")],
            ["pack", "inspect", "inspect", "ship"],
        )
        self.assertEqual(self.verify(document), [])
        self.refused("storekeeper", model, "write", {"waybill": "other"}, ids=ids)
        self.env.cr.execute("UPDATE stock_picking SET waybill = 'x' WHERE id = %s", [picking.id])
        self.env.invalidate_all()
        self.assertTrue(self.verify(document))

    def test_goods_that_go_back(self):
        document, picking = self.sent("action_send_back", "send_back")
        self.assertFalse(document.settled_at)
        self.assertIn(picking.name, document.settlement_open)
        self.leave(picking)
        self.assertTrue(document.settled_at)
        self.assertEqual(self.verify(document), [])

    def test_who_takes_it_from_the_store_does_not_inspect(self):
        """Law 4, R001-34: the inspector is neither the one who issued nor who packed."""
        both = self.make_user("as_both", "storekeeper", "inspector")
        document = self.decided(("exchange", 3, {}))
        found = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(found["res_id"])
        self.deliver_transfer(picking, user=both)
        self.refused(both, "stock.picking", "action_inspect_pass", ids=picking.ids)

    def test_lists_of_work(self):
        """Inspector and store find it where they find issues."""
        _document, picking = self.sent("action_replace", "exchange")
        for user, key in (("storekeeper", "to_ship"), ("inspector", "to_inspect")):
            entries = {
                entry["key"]: entry for entry in self.rpc(user, "aftersales.work", "get_work")
            }
            self.assertGreaterEqual(entries[key]["count"], 1, key)
        domain = [("exit_demanded", "=", True), ("shipped_at", "=", False)]
        self.assertIn(picking.id, self.rpc("inspector", "stock.picking", "search", domain))

    def test_not_demanded(self):
        self.company.aftersales_exit_inspection = False
        document, picking = self.sent("action_send_back", "send_back")
        self.assertFalse(picking.aftersales_step)
        self.assertTrue(document.settled_at)
        self.refused("storekeeper", "stock.picking", "action_pack", ids=picking.ids)


@tagged("post_install", "-at_install")
class TestReturnRedLetter(SettlementCase):
    """R002-29: from the goods' invoice to the red-letter note, as commerce and finance."""

    def credited(self):
        document = self.decided(("refund", 3, {}))
        self.act("storekeeper", document, "action_put_away")
        self.act("commerce", document, "action_credit")
        return document

    def register(self, request, number):
        self.act("commerce", request, "action_submit")
        seen = self.rpc("finance", request._name, "read", ["content_digest"], ids=request.ids)
        self.act(
            "finance",
            request,
            "action_register",
            values={"number": number, "date": str(self.company._aftersales_today()), "file": SCAN},
            seen_digest=seen[0]["content_digest"],
        )

    def test_ordinary_invoice(self):
        document = self.credited()
        model, ids = document._name, document.ids
        self.refused("commerce", model, "action_name_tax_invoice", ids=ids)
        self.post(document.credit_ids)
        for user in ("agent", "finance", "storekeeper"):
            self.refused(user, model, "action_name_tax_invoice", ids=ids)
        action = self.act("commerce", document, "action_name_tax_invoice")
        blue = self.env["aftersales.tax.invoice"].browse(action["res_id"])
        self.assertEqual(blue.line_ids.move_id, self.invoice)
        vals = {"buyer_tax_no": CREDIT_CODE}
        self.rpc("commerce", blue._name, "write", vals, ids=blue.ids)
        self.register(blue, "2" * 20)
        self.env.invalidate_all()
        self.assertEqual(blue.red_due_amount, document.credit_ids.amount_total)
        action = self.act("commerce", document, "action_red_letter")
        red = self.env["aftersales.tax.invoice"].browse(action["res_id"])
        self.assertEqual(red.original_id, blue)
        self.register(red, "3" * 20)
        self.assertEqual(red.amount_total, -document.credit_ids.amount_total)
        self.assertEqual(blue.red_due_amount, 0.0)
        self.assertEqual(document.progress, "settled")
        self.assertEqual(self.verify(document) + self.verify(blue) + self.verify(red), [])

    def test_other_invoices_stay_unread(self):
        """D1: commerce reads the invoices that a return credits, and no other goods' invoice."""
        document = self.credited()
        self.post(document.credit_ids)
        other = self.make_invoice([(self.coil, 1, 7.0)])
        self.rpc("commerce", "account.move", "read", ["amount_total"], ids=self.invoice.ids)
        for method, vals in (
            ("account.move", None),
            ("aftersales.tax.invoice", {"line_ids": [Command.create({"move_id": other.id})]}),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                if vals is None:
                    self.rpc("commerce", method, "read", ["amount_total"], ids=other.ids)
                else:
                    self.rpc("commerce", method, "create", dict(vals, partner_id=self.customer.id))
