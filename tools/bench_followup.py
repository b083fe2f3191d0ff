"""The part of `make bench` about the follow-up list: does it stay short with the years?

The same open cases, first among 1,000 agreements and then among 100,000 (SCALE= for
another number) of which the others are settled, invoiced, tax-invoiced and paid. One
real case is multiplied in the database itself, so that a minute is enough.
"""

import os
import statistics
import time

from odoo.tools import SQL

from bench_money import MoneyBench

SMALL, LARGE = 1_000, int(os.environ.get("SCALE") or 100_000)
GOAL = 1.5
ROUNDS = 7
# open cases of each kind, the same number at both sizes
OPEN = 40
# one agreement in so many began with work under a release that was made good
RELEASED = 20
LIST = {
    name: {"fields": {"display_name": {}}}
    for name in (
        "currency_id",
        "partner_id",
        "agreement_id",
        "ticket_id",
        "settlement_id",
        "move_id",
        "supervisor_id",
    )
} | {name: {} for name in ("kind", "since", "due_on", "age", "amount")}
TABLES = (
    "helpdesk_ticket",
    "aftersales_agreement",
    "aftersales_agreement_line",
    "aftersales_settlement",
    "aftersales_settlement_line",
    "account_move",
    "account_move_line",
    "aftersales_release",
    "aftersales_cover",
)


class FollowupBench:
    """Cases without number, and how long the list of the open ones takes."""

    def __init__(self, bench):
        self.bench = bench
        bench.measure("agreement", 1)
        self.case = dict(bench.money.last, ticket=bench.ticket)
        bench.measure("ours", 1)
        with bench.registry.cursor() as cr:
            self.columns = {table: self.get_columns(cr, table) for table in TABLES}
            cr.execute("SELECT id, requisition_id FROM aftersales_requisition_line LIMIT 1")
            self.case["requisition_line"], self.case["requisition"] = cr.fetchone()
            cr.execute("SELECT id FROM helpdesk_ticket_stage WHERE closed LIMIT 1")
            self.case["closed"] = cr.fetchone()[0]
        self.case["release"] = bench.step(
            "supervisor",
            "aftersales.release",
            "create",
            {
                "ticket_id": bench.ticket,
                "kind": "unsigned",
                "reason": "Bench",
                "promise": "Bench",
                "amount_limit": 1000.0,
            },
        )
        self.made = 0

    @staticmethod
    def get_columns(cr, table):
        cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = current_schema AND is_generated = 'NEVER' ORDER BY 1",
            (table,),
        )
        return [name for (name,) in cr.fetchall()]

    # ------------------------------------------------------------------
    # Making cases
    # ------------------------------------------------------------------
    def multiply(self, cr, table, condition, first, count, **changed):
        """Copy the rows of a table `count` times; `n` in a changed value is the copy's number.

        The rows of one copy have ids from `first + n * their number` on.
        """
        cr.execute(SQL("SELECT count(*) FROM %s WHERE %s", SQL.identifier(table), condition))
        rows = cr.fetchone()[0]
        changed["id"] = f"{first} + n * {rows} + place"
        names = self.columns[table]
        cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM ("
                "SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM %s WHERE %s) source"
                " CROSS JOIN generate_series(%s, %s) n",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(
                    SQL(changed[name]) if name in changed else SQL.identifier(name)
                    for name in names
                ),
                SQL.identifier(table),
                condition,
                self.made,
                self.made + count - 1,
            )
        )
        return rows

    def make(self, count):
        """Make so many cases more, all of them over and paid."""
        case = self.case
        first = 10_000_000
        by_id = {
            name: SQL("id = %s", case[name])
            for name in ("ticket", "agreement", "settlement", "move", "release")
        }
        with self.bench.registry.cursor() as cr:
            # what was typed by people is checked elsewhere; here only its amount matters
            cr.execute("SET LOCAL session_replication_role = replica")
            self.multiply(
                cr, "helpdesk_ticket", by_id["ticket"], first, count,
                number="'BENCH-' || n", stage_id=str(case["closed"]), access_token="NULL",
            )  # fmt: skip
            self.multiply(
                cr, "aftersales_agreement", by_id["agreement"], first, count,
                name="'BENCH-' || n", ticket_id=f"{first} + n", settled_on="CURRENT_DATE",
                access_token="NULL",
            )  # fmt: skip
            self.multiply(
                cr, "aftersales_agreement_line", SQL("agreement_id = %s", case["agreement"]),
                first, count, agreement_id=f"{first} + n",
            )  # fmt: skip
            self.multiply(
                cr, "account_move", by_id["move"], first, count,
                name="'BENCH/' || n", sequence_prefix="'BENCH/'", sequence_number="n",
                payment_state="'paid'", amount_residual="0", amount_residual_signed="0",
                access_token="NULL",
            )  # fmt: skip
            self.multiply(
                cr, "aftersales_settlement", by_id["settlement"], first, count,
                name="'BENCH-' || n", agreement_id=f"{first} + n", ticket_id=f"{first} + n",
                invoice_id=f"{first} + n", amount_open="0", tax_due="FALSE",
            )  # fmt: skip
            self.multiply(
                cr, "aftersales_settlement_line",
                SQL("settlement_id = %s", case["settlement"]), first, count,
                settlement_id=f"{first} + n", agreement_line_id=f"{first} + n",
            )  # fmt: skip
            self.multiply(
                cr, "account_move_line", SQL("move_id = %s", case["move"]), first, count,
                move_id=f"{first} + n", move_name="'BENCH/' || n", amount_residual="0",
                amount_residual_currency="0", reconciled="TRUE",
                aftersales_settlement_line_id="CASE WHEN aftersales_settlement_line_id IS NULL"
                f" THEN NULL ELSE {first} + n END",
            )  # fmt: skip
            self.multiply(
                cr, "aftersales_release", by_id["release"], first, count,
                name="'BENCH-' || n", ticket_id=f"{first} + n", state="'approved'",
                used_amount=f"CASE WHEN mod(n, {RELEASED}) = 0 THEN 500 ELSE 0 END",
                submitted_at="CURRENT_TIMESTAMP AT TIME ZONE 'UTC'",
            )  # fmt: skip
            cr.execute(
                SQL(
                    """
                    DELETE FROM aftersales_release
                     WHERE id >= %(first)s AND used_amount = 0;
                    INSERT INTO aftersales_cover (id, requisition_id, requisition_line_id,
                           company_id, agreement_line_id, release_id, quantity, amount)
                    SELECT %(first)s + n, %(requisition)s, %(line)s,
                           (SELECT company_id FROM aftersales_agreement WHERE id = %(agreement)s),
                           %(first)s + n,
                           CASE WHEN mod(n, %(released)s) = 0 THEN %(first)s + n END, 1, 500
                      FROM generate_series(%(begin)s, %(end)s) n
                    """,
                    first=first,
                    requisition=case["requisition"],
                    line=case["requisition_line"],
                    agreement=case["agreement"],
                    released=RELEASED,
                    begin=self.made,
                    end=self.made + count - 1,
                )
            )
            if not self.made:
                self.open_some(cr, first)
            self.made += count
        with self.bench.registry.cursor() as cr:
            for table in (*TABLES, "account_payment", "aftersales_tax_invoice"):
                cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def open_some(self, cr, first):
        """Leave the first cases open: unsettled, uninvoiced, not tax-invoiced, unpaid."""
        group = iter(range(first, first + 5 * OPEN, OPEN))
        start = next(group)
        cr.execute(
            "UPDATE aftersales_agreement SET settled_on = NULL WHERE id >= %s AND id < %s",
            (start, start + OPEN),
        )
        start = next(group)
        cr.execute(
            "UPDATE aftersales_settlement SET amount_open = amount_total"
            " WHERE id >= %s AND id < %s",
            (start, start + OPEN),
        )
        start = next(group)
        cr.execute(
            "UPDATE aftersales_settlement SET tax_due = TRUE WHERE id >= %s AND id < %s",
            (start, start + OPEN),
        )
        start = next(group)
        cr.execute(
            "UPDATE account_move SET payment_state = 'not_paid', amount_residual = amount_total,"
            " invoice_date_due = CURRENT_DATE + CASE WHEN mod(id, 2) = 0 THEN -9 ELSE 9 END,"
            " aftersales_due_on = CURRENT_DATE + CASE WHEN mod(id, 2) = 0 THEN -9 ELSE 9 END"
            " WHERE id >= %s AND id < %s",
            (start, start + OPEN),
        )
        start = next(group)
        cr.execute(
            "UPDATE aftersales_cover SET agreement_line_id = NULL"
            " WHERE release_id IS NOT NULL AND id >= %s",
            (start,),
        )

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------
    def look(self):
        """Return (rows, seconds, queries): the list as finance opens it, median of the rounds."""
        seconds, queries, found = [], 0, 0
        for _round in range(ROUNDS + 1):
            self.bench.steps = []
            found = self.bench.step(
                "finance",
                "aftersales.followup",
                "web_search_read",
                domain=[],
                specification=LIST,
                limit=80,
            )["length"]
            _name, queries, taken = self.bench.steps[0]
            seconds.append(taken)
        return found, statistics.median(seconds[1:]), queries


def run(bench):
    """Measure at both sizes and return the figures as Markdown."""
    assert isinstance(bench.money, MoneyBench)
    followup = FollowupBench(bench)
    followup.make(SMALL)
    small = followup.look()
    begun = time.perf_counter()
    followup.make(LARGE - SMALL)
    made = time.perf_counter() - begun
    large = followup.look()
    if small[0] != large[0]:
        raise SystemExit(f"{small[0]} rows are open at first and {large[0]} later.")
    ratio = large[1] / small[1]
    return "\n".join(
        [
            "| follow-up list, " + f"{small[0]} open cases | queries | time |",
            "|---|---|---|",
            *(
                f"| among {count:,} agreements | {queries} q | {seconds * 1000:.1f} ms |"
                for count, (_rows, seconds, queries) in ((SMALL, small), (LARGE, large))
            ),
            "",
            f"Among {LARGE:,} agreements {ratio:.2f}× the time among {SMALL:,} (goal {GOAL}×, "
            f"{'met' if ratio <= GOAL else 'missed'}); made in {made:.0f} s.",
        ]
    )
