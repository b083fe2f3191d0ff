"""Two people at the money of one case at the same moment (law 6, C5).

Real parallel transactions on committed data; each race has a negative control.
"""

import base64
from contextlib import contextmanager
from functools import partial

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.base.models.ir_sequence import IrSequence as CoreSequence

from books_race_case import BooksRaceCase
from odoo_env import odoo_environment
from race_case import DATABASE

SCAN = base64.b64encode(b"scan").decode()


class TestMoneyRace(BooksRaceCase):
    """Invoices, credit notes and tax invoices that meet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with odoo_environment(DATABASE) as env:
            company = env["res.company"].browse(cls.company)
            company.write(
                {
                    "aftersales_seal_required": False,
                    "aftersales_tariff_id": env["product.pricelist"]
                    .create(
                        {
                            "name": "Tariff",
                            "aftersales_tariff": True,
                            "currency_id": company.currency_id.id,
                            "company_id": company.id,
                        }
                    )
                    .id,
                }
            )

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------
    def make_agreement(self):
        """Return a signed agreement over 1,000."""
        with odoo_environment(DATABASE) as env:
            agreement = (
                env["aftersales.agreement"]
                .with_user(self.users["supervisor"])
                .create(
                    {
                        "ticket_id": self.ticket,
                        "prepay_percent": 0,
                        "line_ids": [
                            Command.create({"name": "Repair", "quantity": 1, "price_unit": 1000})
                        ],
                    }
                )
            )
            agreement.action_submit()
            for role in ("commerce", "sales_manager"):
                if agreement.state == "submitted" and role in self.users:
                    signer = agreement.with_user(self.users[role])
                    signer.action_approve(seen_digest=signer.content_digest)
            agreement.action_register_signature(
                {
                    "kind": "order",
                    "signer": "Buyer",
                    "title": "Head of purchasing",
                    "date": str(fields.Date.today()),
                    "order_ref": "PO-1",
                    "scan": SCAN,
                }
            )
            return agreement.id

    def make_settlement(self):
        """Return an approved settlement over 1,000."""
        agreement = self.make_agreement()
        with odoo_environment(DATABASE) as env:
            settlement = (
                env["aftersales.settlement"]
                .with_user(self.users["supervisor"])
                .create({"agreement_id": agreement})
            )
            settlement.action_submit()
            for role in ("commerce", "finance"):
                signer = settlement.with_user(self.users[role])
                signer.action_approve(seen_digest=signer.content_digest)
            assert settlement.state == "approved"
            return settlement.id

    def make_invoice(self, settlement):
        """Return the posted invoice of a settlement."""
        self.call("commerce", "aftersales.settlement", "action_make_invoice", [settlement])
        with odoo_environment(DATABASE) as env:
            move = env["aftersales.settlement"].browse(settlement).invoice_id
            move.with_user(self.users["finance"]).action_post()
            return move.id

    def make_credit(self, move, journal=0):
        with odoo_environment(DATABASE) as env:
            invoice = env["account.move"].browse(move).with_user(self.users["finance"])
            return invoice._reverse_moves([{"journal_id": self.journals[journal]}]).id

    def make_request(self, move):
        """Return (request, digest) that finance is about to register."""
        values = {
            "partner_id": self.customer,
            "kind": "ordinary",
            "buyer_tax_no": False,
            "line_ids": [Command.create({"move_id": move})],
        }
        request = self.call("commerce", "aftersales.tax.invoice", "create", values)
        self.call("commerce", "aftersales.tax.invoice", "action_submit", [request])
        found = self.call(
            "finance", "aftersales.tax.invoice", "read", [request], ["content_digest"]
        )
        return request, found[0]["content_digest"]

    def moves_of(self, settlement, **values):
        with odoo_environment(DATABASE) as env:
            lines = env["account.move.line"].search(
                [("aftersales_settlement_line_id.settlement_id", "=", settlement)]
            )
            return lines.move_id.filtered(
                lambda move: all(move[name] == value for name, value in values.items())
            ).ids

    def value(self, model, record, name):
        with odoo_environment(DATABASE) as env:
            return env[model].browse(record)[name]

    # ------------------------------------------------------------------
    # Two settlements of one agreement
    # ------------------------------------------------------------------
    def race_two_settlements(self, agreement):
        """Supervisor and commerce office press the button at the same moment."""
        return self.parallel(
            *(
                partial(
                    self.call,
                    user,
                    "aftersales.agreement",
                    "action_create_settlement",
                    [agreement],
                )
                for user in ("supervisor", "commerce")
            ),
            places=(("aftersales.settlement", "_add_missing_default_values", True),),
        )

    def settlements_of(self, agreement):
        with odoo_environment(DATABASE) as env:
            return env["aftersales.settlement"].search([("agreement_id", "=", agreement)]).ids

    @contextmanager
    def without_open_index(self):
        """Take out the unique index of settlements under way."""
        with odoo_environment(DATABASE) as env:
            name = "aftersales_settlement_open_unique"
            env.cr.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", (name,))
            (definition,) = env.cr.fetchone()
            env.cr.execute(f'DROP INDEX "{name}"')
        try:
            yield
        finally:
            with odoo_environment(DATABASE) as env:
                env.cr.execute("DELETE FROM aftersales_settlement WHERE state = 'draft'")
                env.cr.execute(definition)

    def test_two_settlements_of_one_agreement(self):
        """One is made; the other hears, in words, that one is under way."""
        self.make_settlement()  # not the first number of the year
        agreement = self.make_agreement()
        results = self.race_two_settlements(agreement)
        self.assert_clean(results)
        (error,) = self.refusals(results)
        self.assertIn("under way", str(error))
        (settlement,) = self.settlements_of(agreement)
        self.assertEqual(self.value("aftersales.settlement", settlement, "amount_total"), 1000.0)

    def race_first_numbers(self, guards=()):
        """Two draw the first number of a year; return what they get, and the agreements."""
        agreements = [self.make_agreement(), self.make_agreement()]
        with odoo_environment(DATABASE) as env:
            sequence = env["ir.sequence"].search([("code", "=", "aftersales.settlement")])
            sequence.date_range_ids.unlink()
        results = self.parallel(
            *(
                partial(
                    self.call,
                    user,
                    "aftersales.agreement",
                    "action_create_settlement",
                    [agreement],
                )
                for user, agreement in zip(("supervisor", "commerce"), agreements, strict=True)
            ),
            places=(("ir.sequence", "_create_date_range_seq", True),),
            guards=guards,
        )
        return results, agreements

    def test_the_first_numbers_of_a_year(self):
        """Both get theirs: the second is repeated and finds the range of the year."""
        results, agreements = self.race_first_numbers()
        self.assertEqual(self.refusals(results), [])
        names = {
            self.value("aftersales.settlement", record, "name")
            for agreement in agreements
            for record in self.settlements_of(agreement)
        }
        self.assertEqual(len(names), 2)

    def test_the_first_numbers_as_core_draws_them(self):
        """Negative control: one of the two is told of a range that exists twice."""
        results, _agreements = self.race_first_numbers(
            guards=(("ir.sequence", "_create_date_range_seq", CoreSequence._create_date_range_seq),)
        )
        self.assertEqual(len(self.refusals(results)), 1)

    def test_two_settlements_without_the_index(self):
        """Negative control: without it both are there, each over everything."""
        agreement = self.make_agreement()
        with self.without_open_index():
            self.race_two_settlements(agreement)
            made = self.settlements_of(agreement)
        self.assertEqual(len(made), 2)

    # ------------------------------------------------------------------
    # Two invoices from one settlement
    # ------------------------------------------------------------------
    def race_two_invoices(self, settlement, guards=()):
        return self.parallel(
            *(
                partial(
                    self.call, user, "aftersales.settlement", "action_make_invoice", [settlement]
                )
                for user in ("commerce", "finance")
            ),
            places=(("aftersales.settlement", "_check_one_customer", True),),
            guards=guards,
        )

    def test_two_invoices_from_one_settlement(self):
        """One of two invoices is made; the other hears that it is there."""
        settlement = self.make_settlement()
        results = self.race_two_invoices(settlement)
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1)
        self.assertEqual(len(self.moves_of(settlement)), 1)

    def test_two_invoices_without_the_check(self):
        """Negative control: with nobody asking, two drafts are there."""
        settlement = self.make_settlement()
        self.race_two_invoices(
            settlement,
            guards=(
                ("aftersales.settlement", "_check_can_invoice"),
                ("account.move", "_check_aftersales_billing"),
            ),
        )
        self.assertEqual(len(self.moves_of(settlement)), 2)

    # ------------------------------------------------------------------
    # Two credit notes to one invoice
    # ------------------------------------------------------------------
    def race_two_credits(self, move, guards=()):
        notes = [self.make_credit(move, journal) for journal in (0, 1)]
        return self.parallel(
            partial(self.call, "finance", "account.move", "action_post", [notes[0]]),
            partial(self.call, "finance_2", "account.move", "action_post", [notes[1]]),
            places=(("account.move", "_check_is_credit", False),),
            guards=guards,
        )

    def test_two_credits_of_one_invoice(self):
        """Law 6: what was invoiced is credited once, whoever comes at the same moment."""
        settlement = self.make_settlement()
        results = self.race_two_credits(self.make_invoice(settlement))
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1)
        posted = self.moves_of(settlement, move_type="out_refund", state="posted")
        self.assertEqual(len(posted), 1)
        self.assertEqual(self.value("aftersales.settlement", settlement, "amount_open"), 1000.0)

    def test_two_credits_without_the_cap(self):
        """Negative control: with our cap taken out both are posted.

        Core's own reconciliation makes one of the two be repeated, but lets it pass.
        """
        settlement = self.make_settlement()
        self.race_two_credits(
            self.make_invoice(settlement),
            guards=(
                ("account.move", "_check_is_credit"),
                ("aftersales.settlement", "_update_billed"),
            ),
        )
        posted = self.moves_of(settlement, move_type="out_refund", state="posted")
        self.assertEqual(len(posted), 2)

    # ------------------------------------------------------------------
    # One number, two requests
    # ------------------------------------------------------------------
    def register(self, user, request, digest, number):
        return self.call(
            user,
            "aftersales.tax.invoice",
            "action_register",
            [request],
            values={"number": number, "date": str(fields.Date.today()), "file": SCAN},
            seen_digest=digest,
        )

    def race_one_number(self, number):
        requests = [
            self.make_request(self.make_invoice(self.make_settlement())) for _turn in range(2)
        ]
        results = self.parallel(
            *(
                partial(self.register, user, request, digest, number)
                for user, (request, digest) in zip(("finance", "finance_2"), requests, strict=True)
            ),
            places=(("aftersales.tax.invoice", "_read_registration", False),),
        )
        states = [
            self.value("aftersales.tax.invoice", request, "state") for request, _digest in requests
        ]
        return results, states

    def test_one_number_is_registered_once(self):
        """Two finance clerks with the same number: the database lets one pass."""
        results, states = self.race_one_number("25312000000000000001")
        self.assertEqual(sorted(states), ["approved", "submitted"])
        for error in self.refusals(results):
            self.assertIsInstance(error, UserError, repr(error))

    def test_one_request_is_made_for_an_invoice(self):
        """Two requests for one invoice at the same moment: one is made."""
        move = self.make_invoice(self.make_settlement())
        results = self.parallel(
            partial(self.make_request, move),
            partial(self.make_request, move),
            places=(("aftersales.tax.invoice.line", "_check_free", False),),
        )
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1)
