"""The part of `make bench` about returns: from the form to the replacement on the road.

Measured against OCA's `rma` (confirm → receive → replace, without approvals), which
takes a document for each product. Ours is one form with confirmation, receipt, the
naming of an inspector, re-inspection, approval and exchange.
"""

from odoo.fields import Command

SIZES = (1, 5, 20)
# how many times rma's queries, by number of lines
GOALS = {1: 1.3, 20: 0.2}
# queries of our own per further line, in the steps that move no stock
PER_LINE = 0.1
DELIVERED = 1000
# steps in which stock moves are made or done, with the confirmation that makes the receipt
STOCK_STEPS = ("button_validate", "action_replace")
SUBJECTS = {
    "replace": "OCA `rma`: confirm → receive → replace → delivered, a document a product",
    "return": "return form: submitted → confirmed → received → inspector named → re-inspected "
    "→ approved → replaced → delivered",
}


class ReturnBench:
    """The sample and the subjects; `bench` counts the steps (tools/bench.py)."""

    def __init__(self, bench, env):
        self.bench = bench
        bench.users |= {
            name: bench.user(env, name, f"aftersales_service.group_{name}")
            for name in ("sales_manager", "production_manager", "inspector")
        }
        warehouse = env["stock.warehouse"].browse(bench.warehouse)
        parts = env["product.product"].create(
            [
                {
                    "name": f"Bench product {number}",
                    "default_code": f"BENCH-R{number}",
                    "type": "consu",
                    "is_storable": True,
                    "aftersales_served": True,
                }
                for number in range(max(SIZES))
            ]
        )
        for part in parts:
            env["stock.quant"]._update_available_quantity(part, warehouse.lot_stock_id, 10_000)
        self.parts = parts.ids
        self.delivery = self.deliver(env, warehouse, parts).id
        self.reason = env.ref("aftersales_service.return_reason_transport").id
        self.operation = (
            env["rma.operation"]
            .create(
                {
                    "name": "Bench exchange",
                    "action_create_receipt": "automatic_on_confirm",
                    "action_create_delivery": "manual_after_receipt",
                    "action_create_refund": False,
                }
            )
            .id
        )

    def deliver(self, env, warehouse, parts):
        """Deliver what is returned later."""
        place = {
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": self.bench.customers,
        }
        picking = env["stock.picking"].create(
            {
                "picking_type_id": warehouse.out_type_id.id,
                "partner_id": self.bench.partner,
                **place,
                "move_ids": [
                    Command.create({"product_id": part.id, "product_uom_qty": DELIVERED, **place})
                    for part in parts
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        picking.button_validate()
        return picking

    # ------------------------------------------------------------------
    # Subjects
    # ------------------------------------------------------------------
    def run_replace(self, size):
        """OCA rma: create → confirm → receive → replace → deliver, for each product."""
        step, look = self.bench.step, self.bench.look
        rmas = []
        for product in self.parts[:size]:
            rma = step(
                "rma",
                "rma",
                "create",
                {
                    "partner_id": self.bench.partner,
                    "product_id": product,
                    "product_uom_qty": 1,
                    "operation_id": self.operation,
                    "user_id": self.bench.users["rma"],
                },
            )
            step("rma", "rma", "action_confirm", ids=[rma])
            rmas.append(rma)
        receipts = look("rma", lambda env: env["rma"].browse(rmas).reception_move_id.picking_id.ids)
        for receipt in receipts:
            step("rma", "stock.picking", "button_validate", ids=[receipt])
        for rma, product in zip(rmas, self.parts, strict=False):
            context = {"active_id": rma, "active_ids": [rma], "rma_delivery_type": "replace"}
            wizard = step(
                "rma",
                "rma.delivery.wizard",
                "create",
                {"product_id": product, "product_uom_qty": 1, "product_uom": 1},
                context=context,
            )
            step("rma", "rma.delivery.wizard", "action_deliver", ids=[wizard], context=context)
        pickings = look("rma", lambda env: env["rma"].browse(rmas).delivery_move_ids.picking_id.ids)
        for picking in pickings:
            step("rma", "stock.picking", "button_validate", ids=[picking])
        self.bench.check("rma", "stock.picking", receipts + pickings)

    def run_return(self, size):
        """Ours: form → chain with receipt and re-inspection → replace → deliver; put away."""
        step, look = self.bench.step, self.bench.look
        model = "aftersales.return"
        document = step(
            "agent",
            model,
            "create",
            {
                "delivery_id": self.delivery,
                "partner_id": self.bench.partner,
                "return_type": "partial",
                "wish": "exchange",
                "reason_id": self.reason,
                "reason_text": "Bench",
                "line_ids": [
                    Command.create({"product_id": product, "qty_claimed": 1})
                    for product in self.parts[:size]
                ],
            },
        )
        step("agent", model, "action_submit", ids=[document])
        self.sign("sales_manager", document)
        receipt = look("storekeeper", lambda env: env[model].browse(document).picking_ids.ids)
        step("storekeeper", "stock.picking", "write", {"receipt_look": "sound"}, ids=receipt)
        step("storekeeper", "stock.picking", "button_validate", ids=receipt)
        named = {"inspector_id": self.bench.users["inspector"]}
        step("production_manager", model, "write", named, ids=[document])
        self.sign("production_manager", document)
        lines = look("inspector", lambda env: env[model].browse(document).line_ids.ids)
        step("inspector", model, "write", self.inspection(lines), ids=[document])
        self.sign("inspector", document)
        self.sign("manager", document)
        picking = step("storekeeper", model, "action_replace", ids=[document])["res_id"]
        step("storekeeper", "stock.picking", "button_validate", ids=[picking])
        self.bench.check("storekeeper", "stock.picking", [*receipt, picking])
        self.settle(document)

    def settle(self, document):
        """Put the goods away, which has no counterpart in `rma` and isn't counted there."""
        model, counted = "aftersales.return", list(self.bench.steps)
        self.bench.step("storekeeper", model, "action_put_away", ids=[document])
        self.put_away = self.bench.steps[-1][1]
        self.bench.steps = counted
        progress = self.bench.look("agent", lambda env: env[model].browse(document).progress)
        if progress != "settled":
            raise SystemExit(f"{model} {document} ended as {progress}: nothing was measured.")

    def inspection(self, lines):
        """Return what the inspector writes: one item, all of it counted, and exchanged."""
        return {
            "verdict": "transport",
            "cause_text": "Bench",
            "check_ids": [Command.create({"item": "Look", "judgement": "fail"})],
            "line_ids": [
                Command.update(line, {"qty_checked": 1, "qty_failed": 1}) for line in lines
            ],
            "outcome_ids": [
                Command.create({"line_id": line, "kind": "exchange", "quantity": 1})
                for line in lines
            ],
        }

    def sign(self, signer, document):
        """Sign with the digest that the form shows."""
        model = "aftersales.return"
        seen = self.bench.look(signer, lambda env: env[model].browse(document).content_digest)
        self.bench.step(signer, model, "action_approve", ids=[document], seen_digest=seen)


def report(results, put_away):
    """Return the figures as Markdown, ratios against OCA's rma.

    :param put_away: queries of putting the goods of the largest form away
    """
    lines = [
        "| subject | " + " | ".join(f"{n} line{'s' * (n > 1)}" for n in SIZES) + " |",
        "|---|" + "---|" * len(SIZES),
    ]
    for subject, label in SUBJECTS.items():
        cells = []
        for size in SIZES:
            queries, seconds = results[subject, size][:2]
            base = results["replace", size]
            cells.append(
                f"{queries} q, {seconds * 1000:.0f} ms "
                f"({queries / base[0]:.2f}×, {seconds / base[1]:.2f}×)"
            )
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    goals = []
    for size, goal in GOALS.items():
        ratio = results["return", size][0] / results["replace", size][0]
        verdict = "met" if ratio <= goal else "missed"
        goals.append(f"{size} line{'s' * (size > 1)} {ratio:.2f}× (goal {goal}×, {verdict})")
    middle, large = SIZES[1:]
    own = {size: own_queries(results["return", size][2]) for size in SIZES}
    per_line = (own[large] - own[middle]) / (large - middle)
    whole = (results["return", large][0] - results["return", middle][0]) / (large - middle)
    steps = {subject: len(results[subject, 1][2]) for subject in SUBJECTS}
    lines += [
        "",
        f"Queries against `rma`: {', '.join(goals)}. User steps at 1 line: "
        f"{steps['return']} of ours, {steps['replace']} of `rma`.",
        f"Queries per further line from {middle} to {large}: {whole:.2f}; of it in the steps "
        f"that move no stock {per_line:.2f} (goal none, "
        f"{'met' if per_line <= PER_LINE else 'missed'}).",
        f"Putting the returned goods away, which `rma` leaves in its location: {put_away} "
        f"queries more at {large} lines.",
    ]
    return "\n".join(lines)


def own_queries(steps):
    """Return the queries of the steps that move no stock: the form and its chain."""
    signed = next(item for item in steps if item[0].endswith("action_approve"))
    return sum(
        item[1]
        for item in steps
        if item is not signed and item[0].rpartition(".")[2] not in STOCK_STEPS
    )
