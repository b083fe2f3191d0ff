"""One unit that two people register, and one repair that two engineers begin (R000-46)."""

from contextlib import contextmanager
from functools import partial

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo_env import odoo_environment
from race_case import DATABASE, RaceCase

MODEL = "aftersales.repair"


class TestRepairRace(RaceCase):
    """A unit is in the house once, and a repair begins once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = 0
        with odoo_environment(DATABASE) as env:
            for name in ("engineer", "engineer_2"):
                cls.users[name] = new_test_user(
                    env, f"race_{name}", groups="aftersales_service.group_engineer"
                ).id
            cls.product = (
                env["product.product"]
                .create(
                    {
                        "name": "Breaker",
                        "type": "consu",
                        "is_storable": True,
                        "tracking": "serial",
                    }
                )
                .id
            )

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------
    def make_ticket(self):
        """Return a request about a new unit within its warranty."""
        type(self).number += 1
        serial = f"SN-RACE-REPAIR-{self.number}"
        with odoo_environment(DATABASE) as env:
            today = env.company._aftersales_today()
            env["aftersales.unit"].create(
                {
                    "serial_number": serial,
                    "product_id": self.product,
                    "partner_id": self.customer,
                    "delivery_date": today,
                }
            )
        return self.call(
            "agent",
            "helpdesk.ticket",
            "create",
            {
                "name": "Breaker does not close",
                "partner_id": self.customer,
                "serial_number": serial,
                "product_model": "KYN28A-12",
                "symptom": "Breaker does not close",
                "description": "<p>Breaker does not close</p>",
            },
        )

    def make_announced(self, ticket):
        repair = self.call(
            "supervisor",
            MODEL,
            "create",
            {"ticket_id": ticket, "test_ids": [Command.create({"name": "Closing time"})]},
        )
        self.call("supervisor", MODEL, "action_submit", [repair])
        self.call(
            "storekeeper", MODEL, "write", [repair], {"appearance": "dented", "accessories": "no"}
        )
        return repair

    def make_diagnosed(self):
        repair = self.make_announced(self.make_ticket())
        self.sign_repair("storekeeper", repair)
        self.call(
            "engineer",
            MODEL,
            "write",
            [repair],
            {"conclusion": "repairable", "diagnosis": "worn"},
        )
        self.sign_repair("engineer", repair)
        return repair

    def sign_repair(self, user, repair):
        seen = self.call(user, MODEL, "read", [repair], ["content_digest"])[0]["content_digest"]
        return self.call(user, MODEL, "action_approve", [repair], seen_digest=seen)

    @contextmanager
    def without_index(self, name, undo):
        """Take out a unique index; ``undo`` puts right what went wrong without it."""
        with odoo_environment(DATABASE) as env:
            env.cr.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE %s", [name]
            )
            index, definition = env.cr.fetchone()
            env.cr.execute(f'DROP INDEX "{index}"')
        try:
            yield
        finally:
            with odoo_environment(DATABASE) as env:
                env.cr.execute(undo)
                env.cr.execute(definition)

    def facts(self, *repairs):
        """Return (how many are in the house, how many orders they have)."""
        with odoo_environment(DATABASE) as env:
            found = env[MODEL].browse(repairs)
            orders = env["repair.order"].search_count([("aftersales_repair_id", "in", repairs)])
            return len(found.filtered("in_house")), orders

    def sound(self, *repairs):
        with odoo_environment(DATABASE) as env:
            return [
                finding["text"]
                for repair in repairs
                for finding in env["aftersales.verification"]._verify_document(MODEL, repair)
            ]

    # ------------------------------------------------------------------
    # Races
    # ------------------------------------------------------------------
    def receive_twice(self):
        """Two documents of one unit are received at the same moment."""
        ticket = self.make_ticket()
        first, second = self.make_announced(ticket), self.make_announced(ticket)
        results = self.parallel(
            partial(self.sign_repair, "storekeeper", first),
            partial(self.sign_repair, "storekeeper_2", second),
            places=[(MODEL, "_door_vals", True)],
        )
        return (first, second), results

    def test_one_unit_received_twice(self):
        """B1, B5: a unit is in the house for one document."""
        repairs, results = self.receive_twice()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1)
        self.assertEqual(self.facts(*repairs)[0], 1)
        self.assertEqual(self.sound(*repairs), [])

    def test_without_the_index_both_pass(self):
        """Negative control: without the index of the unit both are received."""
        undo = "UPDATE aftersales_repair SET in_house = false"
        with self.without_index("aftersales_repair%in_house_unique%", undo):
            repairs, results = self.receive_twice()
            self.assertEqual(self.refusals(results), [])
            self.assertEqual(self.facts(*repairs)[0], 2)

    def start_twice(self, repair):
        """Two engineers begin one repair at the same moment."""
        return self.parallel(
            partial(self.call, "engineer", MODEL, "action_start", [repair]),
            partial(self.call, "engineer_2", MODEL, "action_start", [repair]),
            places=[(MODEL, "_find_start_cover", False)],
        )

    def test_one_repair_started_twice(self):
        """C4: a repair begins once, with one repair order."""
        repair = self.make_diagnosed()
        results = self.start_twice(repair)
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1)
        self.assertEqual(self.facts(repair)[1], 1)
        self.assertEqual(self.sound(repair), [])

    def test_without_the_guards_it_starts_twice(self):
        """Negative control: transactions that don't notice each other, and no index."""
        repair = self.make_diagnosed()
        undo = "UPDATE repair_order SET aftersales_repair_id = NULL"
        nobody = partial(self.without_index, "repair_order%aftersales_repair_unique%", undo)
        with nobody(), self.without_chain_index(), self.read_committed():
            results = self.start_twice(repair)
            self.assertEqual(self.refusals(results), [])
            self.assertEqual(self.facts(repair)[1], 2)
