"""Speed against bare Odoo and the OCA modules: `make bench`.

Four parts, all of them or those that are named (`make bench ARGS="money --steps"`):
`issue`, moving N products out of the store; `money`, from a draft to a posted invoice
(tools/bench_money.py); `return`, goods that come back and are replaced
(tools/bench_return.py); `followup`, the list of what isn't in yet over many agreements
(tools/bench_followup.py). Every subject of a part does the same job, in one run and on
one database, interleaved, with the first round thrown away. Each user step is a
transaction of its own with a cold cache, on every side, through the RPC entry and as
a user of the right role. Counted are the queries the server sends to PostgreSQL;
milliseconds are the median of the rounds and only there to compare within a run.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import odoo.api
from odoo.fields import Command
from odoo.service.model import call_kw

import bench_followup
import bench_money
import bench_return
from odoo_env import odoo_environment, registry

DATABASE = os.environ["AFTERSALES_DATABASE"]
OUT = Path(__file__).resolve().parent.parent / "out" / "bench.md"
SIZES = (1, 10, 50)
ROUNDS = 3
GOALS = {1: 2.2, 10: 1.5, 50: 1.15}
PARTS = ("issue", "money", "return", "followup")


class Bench:
    """The sample for the benchmark and the counted steps."""

    def __init__(self):
        self.registry = registry(DATABASE)
        self.steps = []
        with odoo_environment(DATABASE) as env:
            self.prepare(env)
            self.money = bench_money.MoneyBench(self, env)
            self.returns = bench_return.ReturnBench(self, env)

    # ------------------------------------------------------------------
    # Sample
    # ------------------------------------------------------------------
    def prepare(self, env):
        """Create users, products on stock, and the configuration of each subject."""
        self.users = {
            "agent": self.user(env, "agent", "aftersales_service.group_agent"),
            "supervisor": self.user(env, "supervisor", "aftersales_service.group_supervisor"),
            "reviewer": self.user(env, "reviewer", "aftersales_service.group_tech_reviewer"),
            "manager": self.user(env, "manager", "aftersales_service.group_general_manager"),
            "storekeeper": self.user(env, "storekeeper", "aftersales_service.group_storekeeper"),
            "core": self.user(env, "core", "stock.group_stock_user"),
            "rma": self.user(env, "rma", "stock.group_stock_user", "rma.rma_group_manager"),
            "request": self.user(
                env,
                "request",
                "stock.group_stock_user",
                "stock_request.group_stock_request_manager",
            ),
        }
        warehouse = env["stock.warehouse"].search([], limit=1)
        self.warehouse, self.stock = warehouse.id, warehouse.lot_stock_id.id
        self.out_type = warehouse.out_type_id.id
        self.customers = env.ref("stock.stock_location_customers").id
        products = env["product.product"].create(
            [
                {
                    "name": f"Bench part {n}",
                    "default_code": f"BENCH-{n}",
                    "type": "consu",
                    "is_storable": True,
                }
                for n in range(max(SIZES))
            ]
        )
        for product in products:
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 10_000)
        self.products = products.ids
        self.partner = env["res.partner"].create({"name": "Bench customer"}).id
        self.prepare_chain(env)
        self.prepare_requests(env, warehouse)
        self.rma_operation = (
            env["rma.operation"]
            .create(
                {
                    "name": "Bench return",
                    "action_create_receipt": "automatic_on_confirm",
                    "action_create_delivery": False,
                    "action_create_refund": False,
                }
            )
            .id
        )

    @staticmethod
    def user(env, login, *groups):
        return (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": f"Bench {login}",
                    "login": f"bench_{login}",
                    "group_ids": [Command.set([env.ref(group).id for group in groups])],
                }
            )
            .id
        )

    def prepare_chain(self, env):
        """Two approvals and no lead time: what the comparison is about."""
        steps = env["aftersales.approval.step"]
        steps.search(
            [("model", "=", "aftersales.requisition"), ("act", "!=", "review")]
        ).active = False
        steps.create(
            {
                "name": "Approval",
                "model": "aftersales.requisition",
                "sequence": 15,
                "act": "approve",
                "group_id": env.ref("aftersales_service.group_general_manager").id,
            }
        )
        ticket = {
            "name": "Bench request",
            "partner_id": self.partner,
            "project_name": "Bench",
            "product_model": "KYN28A-12",
            "serial_number": "BENCH-1",
            "site_address": "Bench",
            "contact_phone": "1",
            "reported_cause": "Bench",
            "description": "<p>Bench</p>",
        }
        self.ticket = env["helpdesk.ticket"].create(ticket).id

    def prepare_requests(self, env, warehouse):
        route = env["stock.route"].create({"name": "Bench issue", "product_selectable": True})
        env["stock.rule"].create(
            {
                "name": "Bench issue",
                "route_id": route.id,
                "location_src_id": warehouse.lot_stock_id.id,
                "location_dest_id": self.customers,
                "action": "pull",
                "picking_type_id": warehouse.out_type_id.id,
                "procure_method": "make_to_stock",
                "warehouse_id": warehouse.id,
            }
        )
        self.route = route.id

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    def step(self, user, model, method, *args, ids=None, **kwargs):
        """Do one user step in its own transaction; count its queries and time."""
        with self.registry.cursor() as cr:
            env = odoo.api.Environment(cr, self.users[user], {})
            before, begun = cr.sql_log_count, time.perf_counter()
            arguments = ([list(ids)] if ids is not None else []) + list(args)
            result = call_kw(env[model], method, arguments, kwargs)
            env.flush_all()
            cr.commit()
            self.steps.append(
                (f"{model}.{method}", cr.sql_log_count - before, time.perf_counter() - begun)
            )
        return result

    def look(self, user, function):
        """Read something that isn't counted, in a transaction of its own."""
        with self.registry.cursor() as cr:
            return function(odoo.api.Environment(cr, self.users[user], {}))

    def measure(self, subject, size):
        """Return (queries, seconds, steps) of one run of a subject."""
        self.steps = []
        run = f"run_{subject}"
        owner = next(item for item in (self, self.money, self.returns) if hasattr(item, run))
        getattr(owner, run)(size)
        return (
            sum(step[1] for step in self.steps),
            sum(step[2] for step in self.steps),
            list(self.steps),
        )

    # ------------------------------------------------------------------
    # Subjects
    # ------------------------------------------------------------------
    def run_picking(self, size):
        """Bare core: create → confirm → reserve → validate."""
        moves = [
            Command.create(
                {
                    "product_id": product,
                    "product_uom_qty": 1,
                    "location_id": self.stock,
                    "location_dest_id": self.customers,
                }
            )
            for product in self.products[:size]
        ]
        picking = self.step(
            "core",
            "stock.picking",
            "create",
            {
                "picking_type_id": self.out_type,
                "partner_id": self.partner,
                "location_id": self.stock,
                "location_dest_id": self.customers,
                "move_ids": moves,
            },
        )
        for method in ("action_confirm", "action_assign", "button_validate"):
            self.step("core", "stock.picking", method, ids=[picking])
        self.check("core", "stock.picking", [picking])

    def run_ours(self, size):
        """Create → submit → two approvals → issue."""
        requisition = self.step(
            "supervisor",
            "aftersales.requisition",
            "create",
            {
                "ticket_id": self.ticket,
                "line_ids": [
                    Command.create({"product_id": product, "requested_qty": 1})
                    for product in self.products[:size]
                ],
            },
        )
        self.step("supervisor", "aftersales.requisition", "action_submit", ids=[requisition])
        for signer in ("reviewer", "manager"):
            seen = self.look(
                signer, lambda env: env["aftersales.requisition"].browse(requisition).content_digest
            )
            self.step(
                signer,
                "aftersales.requisition",
                "action_approve",
                ids=[requisition],
                seen_digest=seen,
            )
        picking = self.look(
            "storekeeper",
            lambda env: env["aftersales.requisition"].browse(requisition).picking_ids.ids,
        )
        self.step("storekeeper", "stock.picking", "button_validate", ids=picking)
        self.check("storekeeper", "stock.picking", picking)

    def run_repair(self, size):
        """Core repair: create → validate → start → end, the parts taken from stock."""
        repair = self.step(
            "core",
            "repair.order",
            "create",
            {
                "product_id": self.products[0],
                "partner_id": self.partner,
                "move_ids": [
                    Command.create(
                        {"product_id": product, "product_uom_qty": 1, "repair_line_type": "add"}
                    )
                    for product in self.products[:size]
                ],
            },
        )
        for method in ("action_validate", "action_repair_start"):
            self.step("core", "repair.order", method, ids=[repair])
        moves = self.look("core", lambda env: env["repair.order"].browse(repair).move_ids.ids)
        self.step("core", "stock.move", "write", {"quantity": 1, "picked": True}, ids=moves)
        self.step("core", "repair.order", "action_repair_end", ids=[repair])
        self.check("core", "repair.order", [repair])

    def run_rma(self, size):
        """OCA rma: confirm → receive; it takes one document for each product."""
        rmas = []
        for product in self.products[:size]:
            rma = self.step(
                "rma",
                "rma",
                "create",
                {
                    "partner_id": self.partner,
                    "product_id": product,
                    "product_uom_qty": 1,
                    "operation_id": self.rma_operation,
                    "user_id": self.users["rma"],
                },
            )
            self.step("rma", "rma", "action_confirm", ids=[rma])
            rmas.append(rma)
        pickings = self.look(
            "rma", lambda env: env["rma"].browse(rmas).reception_move_id.picking_id.ids
        )
        for picking in pickings:
            self.step("rma", "stock.picking", "button_validate", ids=[picking])
        self.check("rma", "stock.picking", pickings)

    def run_request(self, size):
        """OCA stock_request: order of N requests → confirm → validate its transfers."""
        expected = time.strftime("%Y-%m-%d 12:00:00")
        order = self.step(
            "request",
            "stock.request.order",
            "create",
            {
                "warehouse_id": self.warehouse,
                "location_id": self.customers,
                "expected_date": expected,
                "stock_request_ids": [
                    Command.create(
                        {
                            "product_id": product,
                            "product_uom_id": 1,
                            "product_uom_qty": 1,
                            "warehouse_id": self.warehouse,
                            "location_id": self.customers,
                            "route_id": self.route,
                            "expected_date": expected,
                        }
                    )
                    for product in self.products[:size]
                ],
            },
        )
        self.step("request", "stock.request.order", "action_confirm", ids=[order])
        pickings = self.look(
            "request",
            lambda env: (
                env["stock.request.order"]
                .browse(order)
                .stock_request_ids.allocation_ids.stock_move_id.picking_id.ids
            ),
        )
        for method in ("action_assign", "button_validate"):
            self.step("request", "stock.picking", method, ids=pickings)
        self.check("request", "stock.picking", pickings)

    def check(self, user, model, ids):
        """Make sure that the job was really done, on every side."""
        states = self.look(user, lambda env: set(env[model].browse(ids).mapped("state")))
        if states != {"done"}:
            raise SystemExit(f"{model} {ids} ended as {states}: nothing was measured.")


SUBJECTS = {
    "picking": "bare core picking: create → confirm → reserve → validate",
    "repair": "core `repair`: validate → start → end",
    "rma": "OCA `rma`: confirm → receive (one document a product)",
    "request": "OCA `stock_request`: confirm → validate",
    "ours": "requisition: create → submit → two approvals → issue",
}


def table(results):
    """Return the figures as a Markdown table, ratios against the bare picking."""
    lines = [
        "| subject | " + " | ".join(f"{n} line{'s' * (n > 1)}" for n in SIZES) + " |",
        "|---|" + "---|" * len(SIZES),
    ]
    for subject, label in SUBJECTS.items():
        cells = []
        for size in SIZES:
            queries, seconds = results[subject, size][:2]
            base = results["picking", size]
            cells.append(
                f"{queries} q, {seconds * 1000:.0f} ms "
                f"({queries / base[0]:.2f}×, {seconds / base[1]:.2f}×)"
            )
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    verdicts = []
    for size, goal in GOALS.items():
        ratio = results["ours", size][0] / results["picking", size][0]
        verdicts.append(
            f"{size}: {ratio:.2f}× (goal {goal}×, {'met' if ratio <= goal else 'missed'})"
        )
    lines += ["", "Queries of ours against the bare picking: " + "; ".join(verdicts) + "."]
    small, large = SIZES[1:]
    own = {size: results["ours", size][0] - results["picking", size][0] for size in SIZES}
    lines.append(
        f"Queries of our own: {', '.join(f'{own[size]} at {size}' for size in SIZES)}; "
        f"per further line from {small} to {large}: "
        f"{(own[large] - own[small]) / (large - small):.2f}."
    )
    return "\n".join(lines)


def run_rounds(measure, subjects, sizes):
    """Return {(subject, size): (queries, seconds, steps)}, medians after one warm-up."""
    samples = {}
    for round_number in range(ROUNDS + 1):
        for size in sizes:
            for subject in subjects:
                print(
                    f"round {round_number} of {ROUNDS}: {subject}, {size}",
                    file=sys.stderr,
                    flush=True,
                )
                measured = measure(subject, size)
                if round_number:
                    samples.setdefault((subject, size), []).append(measured)
    return {
        key: (
            round(statistics.median(sample[0] for sample in values)),
            statistics.median(sample[1] for sample in values),
            values[-1][2],
        )
        for key, values in samples.items()
    }


def show_steps(results, subject, sizes):
    """Print the steps of a subject, for looking into a figure."""
    for size in sizes:
        for name, queries, seconds in results[subject, size][2]:
            print(f"{size:3} {name:50} {queries:5} queries {seconds * 1000:6.0f} ms")


def main():
    """Run all parts, or those named, print the tables and write them to out/bench.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--steps", action="store_true", help="print the figures of each step")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    bench = Bench()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    texts = [f"# Benchmark\n\n{machine}. {ROUNDS} rounds after one warm-up, medians."]
    for part in options.parts or PARTS:
        if part == "issue":
            results = run_rounds(bench.measure, SUBJECTS, SIZES)
            texts.append(table(results))
            shown = [("ours", SIZES)]
        elif part == "money":
            results = run_rounds(bench.measure, bench_money.SUBJECTS, bench_money.SIZES)
            texts.append(bench_money.report(results))
            shown = [(subject, bench_money.SIZES) for subject in bench_money.SUBJECTS]
        elif part == "return":
            results = run_rounds(bench.measure, bench_return.SUBJECTS, bench_return.SIZES)
            texts.append(bench_return.report(results, bench.returns.put_away))
            shown = [(subject, bench_return.SIZES) for subject in bench_return.SUBJECTS]
        else:
            texts.append(bench_followup.run(bench))
            shown = []
        if options.steps:
            for subject, sizes in shown:
                show_steps(results, subject, sizes)
    text = "\n\n".join(texts) + "\n"
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
