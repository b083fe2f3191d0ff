from freezegun import freeze_time

from odoo import fields

from .attack_case import AttackCase
from .test_attack_tamper import TamperCase


class TestAttackSeals(TamperCase):
    """A24: what the nightly seal has covered can't vanish without a trace."""

    def setUp(self):
        super().setUp()
        self.second = self.approved()
        self.seal_after(days=1)
        self.seal = self.env["aftersales.seal"].search([("company_id", "=", self.company.id)])

    def in_days(self, days):
        return freeze_time(fields.Datetime.add(fields.Datetime.now(), days=days))

    def seal_after(self, days):
        with self.in_days(days):
            self.env["aftersales.seal"]._seal_company(self.company)

    def test_sealed_and_sound(self):
        """A24: the seal lists both documents and verifies."""
        self.assertEqual(len(self.seal), 1)
        self.assertGreaterEqual(self.seal.document_count, 2)
        self.assertIn(self.requisition.evidence_head, self.seal.content)
        self.assertIn(self.second.evidence_head, self.seal.content)
        self.assertEqual(self.findings(), [])

    def test_whole_document_deleted(self):
        """A24: a document that vanished with all of its rows is named by the seal."""
        for statement in (
            "DELETE FROM aftersales_approval WHERE res_id = %(id)s",
            "UPDATE stock_move SET requisition_line_id = NULL WHERE requisition_line_id IN"
            " (SELECT id FROM aftersales_requisition_line WHERE requisition_id = %(id)s)",
            "UPDATE stock_picking SET requisition_id = NULL WHERE requisition_id = %(id)s",
            "DELETE FROM aftersales_requisition_line WHERE requisition_id = %(id)s",
            "DELETE FROM aftersales_requisition WHERE id = %(id)s",
        ):
            self.env.cr.execute(statement, {"id": self.requisition.id})
        texts = [finding["text"] for finding in self.findings()]
        self.assertTrue(any(f",{self.requisition.id}" in text for text in texts), texts)

    def test_document_reset_to_a_fresh_draft(self):
        """A24: wiping rows and state alike, so that the document looks new, is named."""
        self.env.cr.execute("DELETE FROM aftersales_approval WHERE res_id = %s", (self.second.id,))
        self.env.cr.execute(
            "UPDATE aftersales_requisition SET state = 'draft', round = 0, evidence_count = 0,"
            " evidence_head = NULL, submitted_by_id = NULL WHERE id = %s",
            (self.second.id,),
        )
        self.assertTrue(self.findings())

    def test_sealed_tail_cut(self):
        """A24: cutting the last row and repairing the document's head is named."""
        rows = self.second.approval_ids.filtered("chain_no").sorted("chain_no")
        tail, before = rows[-1:], rows[-2:-1]
        self.env.cr.execute("DELETE FROM aftersales_approval WHERE id = %s", (tail.id,))
        self.env.cr.execute(
            "UPDATE aftersales_requisition SET evidence_count = %s, evidence_head = %s,"
            " state = 'submitted' WHERE id = %s",
            (before.chain_no, before.digest, self.second.id),
        )
        texts = [finding["text"] for finding in self.findings()]
        self.assertTrue(any(f",{self.second.id}" in text for text in texts), texts)

    def test_seal_changed(self):
        """A24: a changed, emptied or broken seal is named, and ends no verification."""
        table = "UPDATE aftersales_seal SET"
        seal = self.seal.id
        self.named(
            *(
                (f"{table} content = %s WHERE id = %s", text, seal)
                for text in ("{}", "", "{", "[]", "5", '{"x":5}', '{"x":[1]}', '{"x":[]}', "null")
            ),
            (f"{table} content = NULL WHERE id = %s", seal),
            (f"{table} digest = NULL WHERE id = %s", seal),
            (f"{table} digest = repeat('é', 64) WHERE id = %s", seal),
            (f"{table} key_name = NULL WHERE id = %s", seal),
            (f"{table} number = 2 WHERE id = %s", seal),
            (f"{table} day = day - 1 WHERE id = %s", seal),
            (f"{table} previous_digest = 'x' WHERE id = %s", seal),
            document=False,
        )

    def test_seal_deleted(self):
        """A24: with a later seal in place, a missing one is named."""
        with self.in_days(2):
            self.submitted()
        self.seal_after(days=4)
        self.assertEqual(self.env["aftersales.seal"].search_count([]), 2)
        self.named(("DELETE FROM aftersales_seal WHERE id = %s", self.seal.id), document=False)

    def test_seals_are_kept(self):
        """A5, A6: nobody writes, makes or deletes a seal."""
        for user in ("admin", "quality", "supervisor"):
            self.refused_always(
                user, "aftersales.seal", "write", {"content": "{}"}, ids=self.seal.ids
            )
            self.refused_always(user, "aftersales.seal", "unlink", ids=self.seal.ids)
            self.refused_always(
                user,
                "aftersales.seal",
                "create",
                {"company_id": self.company.id, "day": "2020-01-01"},
            )


class TestVerifyWizard(AttackCase):
    """A24: the verification answers its roles, and only for their companies."""

    def test_verification_through_the_menu(self):
        """A24, D5: the wizard names what was changed; other roles are refused."""
        requisition = self.approved()
        wizard_id = self.rpc_json("quality", "aftersales.verify.wizard", "create", {})
        self.rpc_json("quality", "aftersales.verify.wizard", "action_verify", ids=[wizard_id])
        wizard = self.env["aftersales.verify.wizard"].browse(wizard_id)
        self.assertEqual(wizard.finding_count, 0)
        self.assertGreaterEqual(wizard.row_count, 2)
        self.env.cr.execute(
            "UPDATE aftersales_approval SET comment = 'x' WHERE res_id = %s", (requisition.id,)
        )
        self.env.invalidate_all()
        self.rpc_json("quality", "aftersales.verify.wizard", "action_verify", ids=[wizard_id])
        self.assertIn(requisition.name, wizard.findings)
        self.refused("supervisor", "aftersales.verify.wizard", "create", {})
        self.refused("supervisor", "aftersales.verify.wizard", "action_verify", ids=[wizard_id])
