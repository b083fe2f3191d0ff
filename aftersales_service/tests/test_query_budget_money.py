from odoo.fields import Command

from .money_case import MoneyCase

SMALL, LARGE = 3, 13
# two lines for each unit of size, a part and a fee; one query a line would be twenty more
LINES_MORE = 2 * (LARGE - SMALL)
# what rounding of batches may make of it
SLACK = 4
# queries of a step from the draft to the approved settlement, on the average
STEP_QUERIES = 25


class TestQueryBudgetMoney(MoneyCase):
    """Design §7: from the draft to the posted invoice nothing of ours asks line by line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parts = [
            cls.make_product(
                f"Part {number}",
                f"QM-{number}",
                100,
                list_price=10.01 + number,
                taxes_id=[Command.set(cls.vat13.ids)],
            )
            for number in range(LARGE)
        ]
        cls.fees = [
            cls.make_fee(f"Labour {number}", f"QF-{number}", "labour", 77.77 + number)
            for number in range(LARGE)
        ]

    def count(self, name, user, model, method, *args, **kwargs):
        """Do a user step with a cold cache, note its queries and return its result."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = self.rpc(user, model, method, *args, **kwargs)
        self.env.flush_all()
        self.queries[name] = self.cr.sql_log_count - before
        return result

    def sign_all(self, name, document, signers):
        for signer in signers:
            seen = document.content_digest
            self.count(
                f"{name}: {signer}",
                signer,
                document._name,
                "action_approve",
                ids=document.ids,
                seen_digest=seen,
            )

    def run_ours(self, size):
        """Have parts and hours agreed, done, settled and invoiced; return the queries."""
        self.queries = {}
        parts, fees = self.parts[:size], self.fees[:size]
        ticket = self.make_paid_ticket()
        model = "aftersales.agreement"
        found = self.count(
            "create",
            "supervisor",
            model,
            "create",
            {
                "ticket_id": ticket.id,
                "tariff_id": self.tariff.id,
                "prepay_percent": 0.0,
                "settlement": "actual",
                "line_ids": [
                    Command.create({"product_id": product.id, "quantity": 2})
                    for product in parts + fees
                ],
            },
        )
        agreement = self.env[model].browse(found)
        line = agreement.line_ids[:1]
        self.count(
            "change a line", "supervisor", line._name, "write", {"discount": 1.0}, ids=line.ids
        )
        self.count(
            "change every line",
            "supervisor",
            model,
            "write",
            {"line_ids": [Command.update(item.id, {"quantity": 3}) for item in agreement.line_ids]},
            ids=[found],
        )
        self.count("submit", "supervisor", model, "action_submit", ids=[found])
        self.sign_all("agreement", agreement, ("commerce",))
        self.assertEqual(agreement.state, "approved")
        self.count(
            "signature",
            "supervisor",
            model,
            "action_register_signature",
            ids=[found],
            values={
                "kind": "order",
                "signer": "Purchasing manager",
                "title": "Manager",
                "date": str(self.company._aftersales_today()),
                "order_ref": "PO-1",
                "scan": "c2Nhbg==",
            },
        )
        self.assertEqual(agreement.progress, "signed")
        self.issue_parts(ticket, [(part, 3) for part in parts])
        self.work(ticket, [(fee, 3) for fee in fees])
        action = self.count(
            "settlement", "supervisor", model, "action_create_settlement", ids=[found]
        )
        settlement = self.env["aftersales.settlement"].browse(action["res_id"])
        self.assertFalse(any(settlement.line_ids.mapped("has_difference")))
        self.count(
            "change every charge",
            "supervisor",
            settlement._name,
            "write",
            {
                "line_ids": [
                    Command.update(item.id, {"charged_qty": 3, "explanation": "as agreed"})
                    for item in settlement.line_ids
                ]
            },
            ids=settlement.ids,
        )
        self.count(
            "submit settlement", "supervisor", settlement._name, "action_submit", ids=settlement.ids
        )
        self.sign_all("settlement", settlement, ("commerce", "finance"))
        self.count(
            "invoice", "finance", settlement._name, "action_make_invoice", ids=settlement.ids
        )
        move = settlement.sudo().invoice_id
        self.assertEqual(len(move.invoice_line_ids), 2 * size)
        self.count("post", "finance", move._name, "action_post", ids=move.ids)
        self.assertEqual(settlement.amount_open, 0.0)
        return self.queries

    def run_bare(self, size):
        """Make and post an invoice that isn't ours, with the same lines."""
        self.queries = {}
        found = self.count(
            "invoice",
            "finance",
            "account.move",
            "create",
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "quantity": 3,
                            "price_unit": product.list_price,
                            "tax_ids": [Command.set(product.taxes_id.ids)],
                        }
                    )
                    for product in self.parts[:size] + self.fees[:size]
                ],
            },
        )
        self.count("post", "finance", "account.move", "action_post", ids=[found])
        return self.queries

    def test_no_step_asks_line_by_line(self):
        """Each step takes as many queries for 26 lines as for 6; the invoice as core's."""
        self.run_ours(2)
        self.run_bare(2)
        ours = {size: self.run_ours(size) for size in (SMALL, LARGE)}
        bare = {size: self.run_bare(size) for size in (SMALL, LARGE)}
        own = {step: ours[LARGE][step] for step in ours[LARGE].keys() - bare[LARGE].keys()}
        self.assertLessEqual(sum(own.values()), STEP_QUERIES * len(own), own)
        for step, queries in ours[LARGE].items():
            more = queries - ours[SMALL][step]
            core = bare[LARGE].get(step, 0) - bare[SMALL].get(step, 0)
            with self.subTest(step=step):
                self.assertLessEqual(
                    more - core,
                    SLACK,
                    f"{LINES_MORE} lines more: {more} queries more, core {core}",
                )
