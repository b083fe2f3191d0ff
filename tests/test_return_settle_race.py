"""Two people settle one return at the same moment (law 6, B11).

Real parallel transactions on committed data; each race has a negative control.
"""

from functools import partial

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from books_race_case import BooksRaceCase
from odoo_env import odoo_environment
from race_case import DATABASE

CHAIN = ("sales_manager", "storekeeper", "production_manager", "inspector", "general_manager")


class TestReturnSettleRace(BooksRaceCase):
    """Goods, credit notes and replacements of one return that meet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with odoo_environment(DATABASE) as env:
            for role in ("sales_manager", "production_manager"):
                cls.users[role] = new_test_user(
                    env, f"race_{role}", groups=f"aftersales_service.group_{role}"
                ).id
            cls.reason = env.ref("aftersales_service.return_reason_quality").id

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------
    def make_delivery(self, product, quantity):
        with odoo_environment(DATABASE) as env:
            warehouse = env["stock.warehouse"].search([("company_id", "=", self.company)], limit=1)
            partner = env["res.partner"].browse(self.customer)
            place = partner.property_stock_customer
            picking = env["stock.picking"].create(
                {
                    "picking_type_id": warehouse.out_type_id.id,
                    "partner_id": partner.id,
                    "location_id": self.stock,
                    "location_dest_id": place.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product,
                                "product_uom_qty": quantity,
                                "location_id": self.stock,
                                "location_dest_id": place.id,
                            }
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.action_assign()
            picking.button_validate()
            assert picking.state == "done"
            return picking.id

    def make_return(self, kind="refund", quantity=3):
        """Return (return, product, invoice): approved, its goods in quarantine."""
        product = self.make_product(20)
        delivery = self.make_delivery(product, 5)
        with odoo_environment(DATABASE) as env:
            invoice = env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer,
                    "invoice_date": "2026-01-05",
                    "invoice_line_ids": [
                        Command.create(
                            {"product_id": product, "quantity": 5, "price_unit": 100, "tax_ids": []}
                        )
                    ],
                }
            )
            invoice.action_post()
            document = (
                env["aftersales.return"]
                .with_user(self.users["agent"])
                .create(
                    {
                        "delivery_id": delivery,
                        "partner_id": self.customer,
                        "return_type": "partial",
                        "wish": "refund",
                        "reason_id": self.reason,
                        "reason_text": "Burnt",
                        "line_ids": [
                            Command.create({"product_id": product, "qty_claimed": quantity})
                        ],
                    }
                )
            )
            document.action_submit()
            for role in CHAIN:
                user = self.users[role]
                mine = document.with_user(user)
                if role == "storekeeper":
                    receipt = env["stock.picking"].browse(mine.action_open_receipt()["res_id"])
                    receipt.receipt_look = "sound"
                    receipt.with_user(user).button_validate()
                    document.invalidate_recordset()
                    continue
                if role == "production_manager":
                    mine.inspector_id = self.users["inspector"]
                elif role == "inspector":
                    line = document.line_ids
                    mine.write(
                        {
                            "verdict": "nothing_found",
                            "cause_text": "None",
                            "check_ids": [Command.create({"item": "Look", "judgement": "pass"})],
                            "line_ids": [Command.update(line.id, {"qty_checked": quantity})],
                            "outcome_ids": [
                                Command.create(
                                    {"line_id": line.id, "kind": kind, "quantity": quantity}
                                )
                            ],
                        }
                    )
                mine.invalidate_recordset()
                mine.action_approve(seen_digest=mine.content_digest)
            assert document.state == "approved", document.state
            return document.id, product, invoice.id

    def make_credit(self, document):
        self.call("commerce", "aftersales.return", "action_credit", [document])
        with odoo_environment(DATABASE) as env:
            return env["aftersales.return"].browse(document).credit_ids.id

    def make_core_credit(self, invoice, quantity, journal=1):
        """Return a draft credit note of core's over some pieces."""
        with odoo_environment(DATABASE) as env:
            move = env["account.move"].browse(invoice).with_user(self.users["finance"])
            note = move._reverse_moves(
                [{"journal_id": self.journals[journal], "invoice_date": fields.Date.today()}]
            )
            note.invoice_line_ids.quantity = quantity
            return note.id

    def settled(self, document):
        with odoo_environment(DATABASE) as env:
            record = env["aftersales.return"].browse(document)
            outcome = record.outcome_ids
            moved = sum(
                outcome.move_ids.filtered(
                    lambda move: (
                        move.location_id.aftersales_place == "quarantine" and move.state == "done"
                    )
                ).mapped("quantity")
            )
            return outcome.qty_moved, moved

    def credited(self, invoice):
        with odoo_environment(DATABASE) as env:
            notes = env["account.move"].search(
                [("reversed_entry_id", "=", invoice), ("state", "=", "posted")]
            )
            return sum(notes.invoice_line_ids.mapped("quantity"))

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    def put_away_twice(self, **kwargs):
        document, _product, _invoice = self.make_return()
        results = self.parallel(
            partial(self.call, "storekeeper", "aftersales.return", "action_put_away", [document]),
            partial(self.call, "storekeeper_2", "aftersales.return", "action_put_away", [document]),
            places=[("aftersales.return", "_get_todo", False)],
            **kwargs,
        )
        return document, results

    def test_two_put_the_same_goods_away(self):
        document, results = self.put_away_twice()
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assert_clean(results)
        self.assertEqual(self.settled(document), (3, 3))

    def test_control_of_goods(self):
        """Without what stops it, six of three leave quarantine."""
        with self.read_committed():
            document, results = self.put_away_twice(
                guards=[
                    ("aftersales.return.outcome", "_update_moved"),
                    ("aftersales.return", "_record_settlement"),
                    ("aftersales.return", "_end_warranties"),
                ]
            )
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.settled(document)[1], 6)

    # ------------------------------------------------------------------
    # Credit
    # ------------------------------------------------------------------
    def post_both(self, **kwargs):
        document, _product, invoice = self.make_return()
        ours = self.make_credit(document)
        other = self.make_core_credit(invoice, 3)
        results = self.parallel(
            partial(self.call, "finance", "account.move", "action_post", [ours]),
            partial(self.call, "finance_2", "account.move", "action_post", [other]),
            places=[("aftersales.return.creditable", "_share_out", False)]
            if not kwargs
            else [("account.move", "_count_credit", True)],
            **kwargs,
        )
        return invoice, results

    def test_core_s_credit_against_ours(self):
        """3 and 3 of 5 invoiced: one is refused."""
        invoice, results = self.post_both()
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assert_clean(results)
        self.assertEqual(self.credited(invoice), 3)

    def test_control_of_credit(self):
        """Without the row that owns the cap, six of five are credited."""
        invoice, results = self.post_both(guards=[("aftersales.return.creditable", "_recount")])
        self.assertEqual(self.refusals(results), [])
        self.assertEqual(self.credited(invoice), 6)
