"""Two people at the same document at the same moment: A20, parallel signers, the store.

Real parallel transactions on committed data, as in test_concurrency.py; each race has a
negative control: with the guard that stops it taken out, it shows the violation.
"""

from functools import partial

from odoo_env import odoo_environment
from race_case import DATABASE, RaceCase


def link_without_document(document, row_vals, door_vals=None):
    """Link a row to the chain without writing that on the document."""
    if door_vals:
        document.sudo()._door_write(door_vals)


class TestConcurrentSigners(RaceCase):
    """Who signs, rejects, withdraws, packs and inspects at the same moment."""

    # ------------------------------------------------------------------
    # A20: signing at the same moment
    # ------------------------------------------------------------------
    def race_of_signers(self, second="action_approve"):
        product = self.make_product(10)
        requisition = self.make_submitted(product, 2)
        digest = self.digest("tech_reviewer", requisition)
        results = self.parallel(
            partial(self.sign, "tech_reviewer", requisition, digest=digest),
            partial(self.sign, "tech_reviewer_2", requisition, second, digest=digest),
            places=[("aftersales.requisition", "_check_my_turn", False)],
        )
        return requisition, results

    def test_two_sign_the_same_step(self):
        """A20: of two who sign one step at the same moment one has signed, one is told."""
        requisition, results = self.race_of_signers()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(len(self.rows(requisition, act="review", state="signed")), 1)
        self.assertEqual(self.state(requisition), "approved")
        with odoo_environment(DATABASE) as env:
            self.assertEqual(len(env["aftersales.requisition"].browse(requisition).picking_ids), 1)
        self.assertEqual(self.findings(requisition), [])

    def test_one_signs_while_another_rejects(self):
        """A20: signed or rejected, never both; the evidence agrees with the state."""
        requisition, results = self.race_of_signers("action_reject")
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        review = self.rows(requisition, act="review")
        self.assertEqual(len(review), 1)
        expected = {"signed": "approved", "rejected": "rejected"}[review[0][1]]
        self.assertEqual(self.state(requisition), expected)
        self.assertEqual(self.findings(requisition), [])

    def race_of_withdrawal(self):
        requisition = self.make_submitted(self.make_product(10), 2)
        digest = self.digest("tech_reviewer", requisition)
        results = self.parallel(
            partial(self.sign, "tech_reviewer", requisition, digest=digest),
            partial(
                self.call, "supervisor", "aftersales.requisition", "action_withdraw", [requisition]
            ),
            places=[("aftersales.requisition", "_complete_evidence_vals", False)],
        )
        return requisition, results

    def test_one_signs_while_the_submitter_withdraws(self):
        """A20: withdrawn or signed, never both; who comes second is told."""
        requisition, results = self.race_of_withdrawal()
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        signed = self.rows(requisition, act="review", state="signed")
        withdrawn = self.rows(requisition, act="withdraw")
        self.assertEqual(len(signed) + len(withdrawn), 1)
        self.assertEqual(self.state(requisition), "approved" if signed else "withdrawn")
        self.assertEqual(self.findings(requisition), [])

    def test_two_sign_without_repeatable_read(self):
        """A20, negative control: where the transactions don't see each other's conflict,
        both sign the same step."""
        with self.read_committed():
            _requisition, results = self.race_of_signers()
        self.assertEqual(self.refusals(results), [])

    def test_sign_and_reject_without_repeatable_read(self):
        """A20, negative control: where the transactions don't see each other's conflict,
        one is told that he has signed and the other that he has rejected the same step."""
        with self.read_committed():
            requisition, results = self.race_of_signers("action_reject")
        self.assertEqual(self.refusals(results), [])
        # one of the two decisions is gone without a trace
        self.assertEqual(len(self.rows(requisition, act="review")), 1)

    def test_sign_and_withdraw_without_repeatable_read(self):
        """A20, negative control: without what stops it, a document is signed and
        withdrawn; the verification names it."""
        with self.without_chain_index(), self.read_committed():
            requisition, results = self.race_of_withdrawal()
            self.assertEqual(self.refusals(results), [])
            # whichever wrote last: the reviewer's signature and the withdrawal are both there
            self.assertEqual(len(self.rows(requisition, act="withdraw")), 1)
            review = self.rows(requisition, act="review")
            self.assertEqual([row[2] for row in review], ["race_tech_reviewer"])
            self.assertTrue(self.findings(requisition))

    # ------------------------------------------------------------------
    # Parallel steps
    # ------------------------------------------------------------------
    def race_of_parallel_steps(self, *guards):
        with odoo_environment(DATABASE) as env:
            env["aftersales.approval.step"].create(
                [
                    {
                        "name": f"Countersign by {role}",
                        "model": "aftersales.requisition",
                        "company_id": self.company,
                        "sequence": 10,
                        "act": "countersign",
                        "group_id": env.ref(f"aftersales_service.group_{role}").id,
                    }
                    for role in ("tech_reviewer", "general_manager")
                ]
            )
        try:
            requisition = self.make_submitted(self.make_product(10), 2)
        finally:
            with odoo_environment(DATABASE) as env:
                env["aftersales.approval.step"].search([("company_id", "=", self.company)]).unlink()
        digest = self.digest("tech_reviewer", requisition)
        results = self.parallel(
            partial(self.sign, "tech_reviewer", requisition, digest=digest),
            partial(self.sign, "general_manager", requisition, digest=digest),
            places=[("aftersales.requisition", "_check_my_turn", False)],
            guards=guards,
        )
        return requisition, results

    def test_parallel_signers(self):
        """A20, law 3: two who countersign at the same moment both succeed, in one chain,
        and the document is approved by the second."""
        requisition, results = self.race_of_parallel_steps()
        self.assertEqual(self.refusals(results), [])
        rows = self.rows(requisition, act="countersign", state="signed")
        self.assertEqual(sorted(row[3] for row in rows), [2, 3])
        self.assertEqual(self.state(requisition), "approved")
        self.assertEqual(self.findings(requisition), [])

    def test_parallel_signers_without_the_shared_row(self):
        """A20, negative control: when a signature doesn't write the document's row, the
        chain forks and neither sees that the other has signed: nobody decides."""
        with self.without_chain_index():
            requisition, results = self.race_of_parallel_steps(
                ("aftersales.requisition", "_link_evidence", link_without_document)
            )
            self.assertEqual(self.refusals(results), [])
            rows = self.rows(requisition, act="countersign", state="signed")
            self.assertEqual([row[3] for row in rows], [2, 2])
            self.assertEqual(self.state(requisition), "submitted")
            self.assertTrue(self.findings(requisition))

    # ------------------------------------------------------------------
    # A20: the store's acts at the same moment
    # ------------------------------------------------------------------
    def race_in_the_store(self, *acts, guards=()):
        """Issued goods; each of ``(user, action)`` acts on them at the same moment."""
        requisition, picking = self.make_drawn(self.make_product(10), 2)
        self.validate(picking)
        results = self.parallel(
            *[partial(self.call, user, "stock.picking", act, [picking]) for user, act in acts],
            places=[("stock.picking", "_record_act", True)],
            guards=guards,
        )
        return requisition, results

    def numbers(self, requisition, *acts):
        """Return the places of these acts in the document's chain."""
        return sorted(row[3] for act in acts for row in self.rows(requisition, act=act))

    def test_packed_while_inspected(self):
        """A20, R004-18, R001-34: packing and exit inspection by two people at the same
        moment are both on record, one behind the other in one chain."""
        requisition, results = self.race_in_the_store(
            ("storekeeper_2", "action_pack"), ("inspector", "action_inspect_pass")
        )
        self.assertEqual(self.refusals(results), [])
        first, second = self.numbers(requisition, "pack", "inspect")
        self.assertEqual(second, first + 1)
        self.assertEqual(self.findings(requisition), [])

    def test_packed_while_inspected_without_the_shared_row(self):
        """A20, negative control: where the acts share neither row nor snapshot, the
        chain forks, and the verification names it."""
        with self.without_chain_index(), self.read_committed():
            requisition, results = self.race_in_the_store(
                ("storekeeper_2", "action_pack"),
                ("inspector", "action_inspect_pass"),
                guards=[("aftersales.requisition", "_link_evidence", link_without_document)],
            )
            self.assertEqual(self.refusals(results), [])
            first, second = self.numbers(requisition, "pack", "inspect")
            self.assertEqual(first, second)
            self.assertTrue(self.findings(requisition))

    def test_two_pack_the_same_goods(self):
        """A20, R004-18: of two who pack the same goods one is told that they are packed."""
        requisition, results = self.race_in_the_store(
            ("storekeeper", "action_pack"), ("storekeeper_2", "action_pack")
        )
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(len(self.rows(requisition, act="pack")), 1)
        self.assertEqual(self.findings(requisition), [])

    def test_one_person_packs_and_inspects(self):
        """A20, A12, R001-34: nobody packs and inspects the same goods, not even by two
        calls at the same moment."""
        requisition, results = self.race_in_the_store(
            ("packer_inspector", "action_pack"), ("packer_inspector", "action_inspect_pass")
        )
        self.assert_clean(results)
        self.assertEqual(len(self.refusals(results)), 1, results)
        self.assertEqual(len(self.numbers(requisition, "pack", "inspect")), 1)
        self.assertEqual(self.findings(requisition), [])

    def test_one_person_packs_and_inspects_without_repeatable_read(self):
        """A20, negative control: where the calls don't see each other's write, one person
        does both."""
        with self.without_chain_index(), self.read_committed():
            requisition, results = self.race_in_the_store(
                ("packer_inspector", "action_pack"), ("packer_inspector", "action_inspect_pass")
            )
            self.assertEqual(self.refusals(results), [])
            self.assertEqual(len(self.numbers(requisition, "pack", "inspect")), 2)
