"""The part of `make bench` about money: from a draft agreement to a posted invoice.

Measured against core's sale order with the same lines: draft → confirm → invoice →
posted. Fees that are charged as agreed, so that neither side moves stock, and the
customer's own purchase order as the signature, so that no seal is waited for.
"""

import base64

from odoo.fields import Command, Date

SIZES = (1, 20, 60)
# how many times core's queries, and how many queries of our own per further line
GOAL = 1.2
PER_LINE = 0.1
SCAN = base64.b64encode(b"%PDF-1.4 order of the customer").decode()
SUBJECTS = {
    "sale": "core `sale`: order → confirm → invoice → posted",
    "agreement": "agreement: draft → submitted → reviewed → signed → settlement → submitted "
    "→ two approvals → invoice → posted",
}


class MoneyBench:
    """The sample and the subjects; `bench` counts the steps (tools/bench.py)."""

    def __init__(self, bench, env):
        self.bench = bench
        bench.users |= {
            "commerce": bench.user(env, "commerce", "aftersales_service.group_commerce"),
            "finance": bench.user(env, "finance", "aftersales_service.group_finance"),
            "seller": bench.user(
                env,
                "seller",
                "sales_team.group_sale_salesman_all_leads",
                "account.group_account_invoice",
            ),
        }
        company = env.company
        self.today = Date.to_string(company._aftersales_today())
        self.prepare_accounts(env, company)
        fees = env["product.product"].create(
            [
                {
                    "name": f"Bench fee {number}",
                    "default_code": f"BENCH-F{number}",
                    "type": "service",
                    "invoice_policy": "order",
                    "aftersales_fee_kind": "testing",
                    "list_price": 100.0 + number,
                    "taxes_id": [Command.set(self.tax)],
                }
                for number in range(max(SIZES))
            ]
        )
        self.fees = fees.ids
        self.tariff = (
            env["product.pricelist"]
            .create(
                {
                    "name": "Bench tariff",
                    "aftersales_tariff": True,
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                }
            )
            .id
        )
        self.last = {}

    def prepare_accounts(self, env, company):
        """A receivable and an income account, a sales journal, a tax."""
        receivable, income = env["account.account"].create(
            [
                {
                    "name": "Bench receivable",
                    "code": "992200",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                },
                {"name": "Bench income", "code": "996001", "account_type": "income"},
            ]
        )
        env["res.partner"].browse(self.bench.partner).property_account_receivable_id = receivable
        journals = env["account.journal"]
        journal = journals.search(
            [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
        ) or journals.create({"name": "Bench sales", "type": "sale", "code": "BCH"})
        journal.default_account_id = income
        country = company.account_fiscal_country_id or env.ref("base.cn")
        group = env["account.tax.group"].create({"name": "Bench VAT", "country_id": country.id})
        self.tax = (
            env["account.tax"]
            .create(
                {
                    "name": "Bench VAT 6%",
                    "amount": 6.0,
                    "type_tax_use": "sale",
                    "tax_group_id": group.id,
                    "country_id": country.id,
                }
            )
            .ids
        )

    def run_sale(self, size):
        """Core: create → confirm → invoice → post."""
        step = self.bench.step
        order = step(
            "seller",
            "sale.order",
            "create",
            {
                "partner_id": self.bench.partner,
                "order_line": [
                    Command.create({"product_id": product, "product_uom_qty": 2})
                    for product in self.fees[:size]
                ],
            },
        )
        step("seller", "sale.order", "action_confirm", ids=[order])
        context = {"active_model": "sale.order", "active_id": order, "active_ids": [order]}
        wizard = step(
            "seller",
            "sale.advance.payment.inv",
            "create",
            {"advance_payment_method": "delivered"},
            context=context,
        )
        step("seller", "sale.advance.payment.inv", "create_invoices", ids=[wizard], context=context)
        move = self.bench.look(
            "seller", lambda env: env["sale.order"].browse(order).invoice_ids.ids
        )
        step("seller", "account.move", "action_post", ids=move)
        self.check("seller", move, size)

    def run_agreement(self, size):
        """Ours: draft → chain → customer's order → settlement → chain → invoice → post."""
        step, look = self.bench.step, self.bench.look
        agreement = step(
            "supervisor",
            "aftersales.agreement",
            "create",
            {
                "ticket_id": self.bench.ticket,
                "tariff_id": self.tariff,
                "prepay_percent": 0.0,
                "line_ids": [
                    Command.create({"product_id": product, "quantity": 2})
                    for product in self.fees[:size]
                ],
            },
        )
        self.run_chain("aftersales.agreement", agreement, ("commerce",))
        step(
            "supervisor",
            "aftersales.agreement",
            "action_register_signature",
            ids=[agreement],
            values={
                "kind": "order",
                "signer": "Purchasing manager",
                "title": "Manager",
                "date": self.today,
                "order_ref": "PO-1",
                "scan": SCAN,
            },
        )
        settlement = step(
            "supervisor", "aftersales.agreement", "action_create_settlement", ids=[agreement]
        )["res_id"]
        self.run_chain("aftersales.settlement", settlement, ("commerce", "finance"))
        step("finance", "aftersales.settlement", "action_make_invoice", ids=[settlement])
        move = look(
            "finance", lambda env: env["aftersales.settlement"].browse(settlement).invoice_id.ids
        )
        step("finance", "account.move", "action_post", ids=move)
        self.check("finance", move, size)
        self.last = {"agreement": agreement, "settlement": settlement, "move": move[0]}

    def run_chain(self, model, document, signers):
        """Submit a document and sign every step with the digest that the form shows."""
        self.bench.step("supervisor", model, "action_submit", ids=[document])
        for signer in signers:
            seen = self.bench.look(signer, lambda env: env[model].browse(document).content_digest)
            self.bench.step(signer, model, "action_approve", ids=[document], seen_digest=seen)

    def check(self, user, move, size):
        """Make sure that the invoice was really posted, with all its lines."""
        state, lines = self.bench.look(
            user,
            lambda env: (
                env["account.move"].browse(move).mapped("state"),
                len(env["account.move"].browse(move).invoice_line_ids),
            ),
        )
        if state != ["posted"] or lines != size:
            raise SystemExit(f"account.move {move} ended as {state}: nothing was measured.")


def report(results):
    """Return the figures as Markdown, ratios against core's sale order."""
    lines = [
        "| subject | " + " | ".join(f"{n} line{'s' * (n > 1)}" for n in SIZES) + " |",
        "|---|" + "---|" * len(SIZES),
    ]
    for subject, label in SUBJECTS.items():
        cells = []
        for size in SIZES:
            queries, seconds = results[subject, size][:2]
            base = results["sale", size]
            cells.append(
                f"{queries} q, {seconds * 1000:.0f} ms "
                f"({queries / base[0]:.2f}×, {seconds / base[1]:.2f}×)"
            )
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    middle, large = SIZES[1:]
    ratio = results["agreement", middle][0] / results["sale", middle][0]
    lines += [
        "",
        f"From a draft of {middle} lines to the posted invoice: {ratio:.2f}× core's queries "
        f"(goal {GOAL}×, {'met' if ratio <= GOAL else 'missed'}); "
        + ", ".join(per_step(results, subject, middle) for subject in SUBJECTS)
        + ".",
    ]
    growth = {
        subject: (results[subject, large][0] - results[subject, middle][0]) / (large - middle)
        for subject in SUBJECTS
    }
    own = {size: own_queries(results["agreement", size][2]) for size in SIZES}
    per_line = (own[large] - own[middle]) / (large - middle)
    lines.append(
        f"Queries per further line from {middle} to {large}: core {growth['sale']:.2f}, the "
        f"agreement's way {growth['agreement']:.2f}; of it before the invoice "
        f"{per_line:.2f} (goal none, {'met' if per_line <= PER_LINE else 'missed'})."
    )
    return "\n".join(lines)


def per_step(results, subject, size):
    """Return the queries of one user step on the average, as text."""
    queries, _seconds, steps = results[subject, size]
    return f"{subject}: {len(steps)} user steps of {queries / len(steps):.0f}"


def own_queries(steps):
    """Return the queries of the steps that core has no part in: all before the invoice."""
    return sum(
        queries for name, queries, _seconds in steps if name.startswith("aftersales.")
    ) - sum(queries for name, queries, _seconds in steps if name.endswith("action_make_invoice"))
