import hashlib
import json

from ..tools import evidence
from .attack_case import AttackCase


class TamperCase(AttackCase):
    """What SQL changed: one deed at a time, then the verification."""

    def setUp(self):
        super().setUp()
        self.requisition = self.issued()
        self.row = self.requisition.approval_ids.filtered(lambda row: row.act == "review")
        self.tail = self.requisition.approval_ids.sorted("chain_no")[-1:]

    def sql(self, text, *params):
        self.env.cr.execute(text, params)

    def findings(self, companies=None):
        """Return the findings of the whole verification, as the menu runs it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["aftersales.verification"]._verify(companies or self.company)

    def named(self, *deeds, document=True):
        """Assert that each deed by itself is found; the document is named."""
        self.assertEqual(self.findings(), [])
        for deed in deeds:
            text, *params = deed if isinstance(deed, tuple) else (deed,)
            with self.subTest(sql=text, params=params), self.env.cr.savepoint() as savepoint:
                self.env.flush_all()
                self.env.cr.execute(text, params)
                self.assertTrue(self.env.cr.rowcount, "the deed did nothing")
                findings = self.findings()
                self.assertTrue(findings, "nothing found")
                if document:
                    texts = [finding["document"] for finding in findings]
                    self.assertTrue(any(self.requisition.name in text for text in texts), texts)
                self.assertTrue(all(finding["text"] for finding in findings))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.findings(), [])


class TestAttackTamper(TamperCase):
    """A24: what SQL or code changed is named, and never breaks the verification."""

    def test_signed_row_changed(self):
        """A24: every column that says who signed what and when is covered."""
        row = self.row.id
        table = "UPDATE aftersales_approval SET"
        other = self.users["general_manager"].id
        self.named(
            (f"{table} comment = 'never said' WHERE id = %s", row),
            (f"{table} user_name = 'Somebody Else' WHERE id = %s", row),
            (f"{table} user_id = %s WHERE id = %s", other, row),
            (f"{table} deputy_for_id = %s WHERE id = %s", other, row),
            (f"{table} deputy_for_name = 'Boss' WHERE id = %s", row),
            (f"{table} decided_at = decided_at - interval '1 day' WHERE id = %s", row),
            (f"{table} state = 'rejected' WHERE id = %s", row),
            (f"{table} state = 'void' WHERE id = %s", row),
            (f"{table} act = 'approve' WHERE id = %s", row),
            (f"{table} step_name = 'Other' WHERE id = %s", row),
            (f"{table} role_name = 'Other' WHERE id = %s", row),
            (f"{table} phase = 'record' WHERE id = %s", row),
            (f"{table} scope = 'buy' WHERE id = %s", row),
            (f"{table} sequence = 99 WHERE id = %s", row),
            (f"{table} round = 2 WHERE id = %s", row),
            (f"{table} res_name = 'X-1' WHERE id = %s", row),
            (f"{table} digest = NULL WHERE id = %s", row),
            (f"{table} digest = '' WHERE id = %s", row),
            (f"{table} digest = repeat('é', 64) WHERE id = %s", row),
            (f"{table} digest = repeat('0', 64) WHERE id = %s", row),
            (f"{table} previous_digest = '' WHERE id = %s", row),
            (f"{table} key_name = 'unknown' WHERE id = %s", row),
            (f"{table} key_name = NULL WHERE id = %s", row),
            (f"{table} chain_no = 0 WHERE id = %s", row),
            (f"{table} chain_no = NULL WHERE id = %s", row),
            (f"{table} chain_no = 99 WHERE id = %s", row),
            document=False,
        )

    def test_snapshot_changed(self):
        """A24: a changed snapshot is named, also one that isn't JSON any more."""
        row, tail = self.row.id, self.tail.id
        table = "UPDATE aftersales_approval SET"
        submit = self.requisition.approval_ids.filtered(lambda item: item.act == "submit").id
        self.named(
            (f"{table} snapshot = replace(snapshot, '\"2.00\"', '\"9.00\"') WHERE id = %s", row),
            *(
                (f"{table} snapshot = %s WHERE id = %s", text, row_id)
                for text in (
                    "",
                    "{",
                    "not JSON",
                    "[]",
                    "1",
                    '"x"',
                    "null",
                    '{"content":[]}',
                    '{"chain":{}}',
                    '{"chain":[{}]}',
                    '{"chain":[1]}',
                    '{"attachments":[{}]}',
                    '{"attachments":5,"chain":7}',
                )
                for row_id in (row, tail, submit)
            ),
            (f"{table} snapshot = NULL WHERE id = %s", submit),
        )

    def test_plain_digests_recomputed(self):
        """A24: an attacker who knows the code but not the key can't sign for others."""
        row = self.row.sudo()
        values = dict(row._payload_values(), comment="forged opinion")
        text = evidence.canonical(row._get_payload(values))
        plain = hashlib.sha256(text.encode()).hexdigest()
        self.assertNotEqual(plain, row.digest)
        after = self.requisition.approval_ids.filtered(
            lambda item: item.previous_digest == row.digest
        )
        with self.env.cr.savepoint() as savepoint:
            self.sql(
                "UPDATE aftersales_approval SET comment = 'forged opinion', digest = %s"
                " WHERE id = %s",
                plain,
                row.id,
            )
            self.sql(
                "UPDATE aftersales_approval SET previous_digest = %s WHERE id = %s", plain, after.id
            )
            self.assertTrue(self.findings())
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.findings(), [])

    def test_rows_deleted(self):
        """A24: a missing row is named: in the middle, at the end, or all of them."""
        delete = "DELETE FROM aftersales_approval WHERE"
        self.named(
            (f"{delete} id = %s", self.row.id),
            (f"{delete} id = %s", self.tail.id),
            (f"{delete} res_id = %s AND chain_no = 1", self.requisition.id),
            (f"{delete} res_id = %s AND act = 'draw'", self.requisition.id),
            (f"{delete} res_id = %s AND act <> 'submit'", self.requisition.id),
            (f"{delete} res_id = %s", self.requisition.id),
        )
        self.assert_sound(self.requisition)

    def test_all_rows_deleted_and_the_head_emptied(self):
        """A24: a document in a later state without any evidence is named."""
        self.sql("DELETE FROM aftersales_approval WHERE res_id = %s", self.requisition.id)
        for count in ("0", "NULL"):
            self.sql(
                f"UPDATE aftersales_requisition SET evidence_count = {count}, evidence_head = NULL"
                " WHERE id = %s",
                self.requisition.id,
            )
            self.assertTrue(self.findings())
            self.assertTrue(self.verify(self.requisition))

    def test_rows_of_another_document(self):
        """A24: a signature can't be borrowed from another document."""
        other = self.submitted()
        self.named(
            ("UPDATE aftersales_approval SET res_id = %s WHERE id = %s", other.id, self.row.id),
            (
                "UPDATE aftersales_approval SET res_id = %s WHERE id = %s",
                other.id + 1000,
                self.row.id,
            ),
            ("UPDATE aftersales_approval SET res_model = 'no.model' WHERE id = %s", self.row.id),
            ("UPDATE aftersales_approval SET res_model = 'res.partner' WHERE id = %s", self.row.id),
            (
                "UPDATE aftersales_approval SET res_model = 'aftersales.document' WHERE id = %s",
                self.row.id,
            ),
            document=False,
        )

    def test_open_step_changed(self):
        """A24: steps that nobody has signed yet are held against the frozen chain."""
        self.requisition = self.submitted()
        pending = self.requisition.approval_ids.filtered(lambda row: row.state == "pending").id
        draw = self.requisition.approval_ids.filtered(lambda row: row.act == "draw").id
        table = "UPDATE aftersales_approval SET"
        group = self.env.ref("aftersales_service.group_supervisor").id
        self.named(
            (f"{table} group_id = %s WHERE id = %s", group, pending),
            (f"{table} role_name = 'Other' WHERE id = %s", pending),
            (f"{table} four_eyes = false WHERE id = %s", pending),
            (f"{table} barred_uids = '[]' WHERE id = %s", pending),
            (f"{table} can_amend = true WHERE id = %s", draw),
            (f"{table} state = 'void' WHERE id = %s", draw),
            (f"{table} state = 'skipped' WHERE id = %s", draw),
            (f"{table} state = 'informed' WHERE id = %s", draw),
            (f"{table} state = 'signed' WHERE id = %s", draw),
            (f"{table} phase = 'record' WHERE id = %s", draw),
            (f"{table} state = 'signed', user_id = 1 WHERE id = %s", pending),
            ("DELETE FROM aftersales_approval WHERE id = %s", draw),
            (
                "INSERT INTO aftersales_approval (res_model, res_id, res_name, company_id, round,"
                " sequence, phase, act, state, step_name)"
                " SELECT res_model, res_id, res_name, company_id, round,"
                " sequence, phase, act, 'waiting', 'extra' FROM aftersales_approval WHERE id = %s",
                draw,
            ),
        )

    def test_own_document_signed_after_a_change_by_sql(self):
        """A24, A12: a signature that the four eyes should have stopped stays visible."""
        both = self.make_user("as_both", "supervisor", "tech_reviewer")
        requisition = self.make_requisition(user=both)
        self.act(both, requisition, "action_submit")
        self.env.flush_all()
        self.sql(
            "UPDATE aftersales_approval SET four_eyes = false, barred_uids = '[]'"
            " WHERE res_id = %s",
            requisition.id,
        )
        self.env.invalidate_all()
        self.sign(both, requisition)
        self.sql(
            "UPDATE aftersales_approval a SET four_eyes = true, barred_uids = %s WHERE res_id = %s",
            json.dumps([both.id]),
            requisition.id,
        )
        self.assertTrue(self.verify(requisition))

    def test_step_signed_by_another_role_after_a_change_by_sql(self):
        """A24, A5: a signature by somebody without the frozen role stays visible."""
        requisition = self.submitted()
        self.env.flush_all()
        group = self.env.ref("aftersales_service.group_general_manager").id
        self.sql(
            "UPDATE aftersales_approval SET group_id = %s, role_name = 'General Manager'"
            " WHERE res_id = %s AND act = 'review'",
            group,
            requisition.id,
        )
        self.env.invalidate_all()
        self.sign("general_manager", requisition)
        self.assertTrue(self.verify(requisition))

    def test_document_changed(self):
        """A24: state, number, totals and content of the document are compared."""
        table = "UPDATE aftersales_requisition SET"
        requisition = self.requisition.id
        other = self.env["res.partner"].create({"name": "Another"}).id
        self.named(
            *(
                (f"{table} state = %s WHERE id = %s", state, requisition)
                for state in ("draft", "submitted", "rejected", "withdrawn", "cancelled")
            ),
            (f"{table} fault_plan = 'another plan' WHERE id = %s", requisition),
            (f"{table} partner_id = %s WHERE id = %s", other, requisition),
            (f"{table} consignee_address = 'Elsewhere' WHERE id = %s", requisition),
            (f"{table} evidence_count = 1 WHERE id = %s", requisition),
            (f"{table} evidence_head = repeat('0', 64) WHERE id = %s", requisition),
            (f"{table} evidence_head = NULL WHERE id = %s", requisition),
            (f"{table} round = 2 WHERE id = %s", requisition),
            (f"{table} round = 0 WHERE id = %s", requisition),
            (f"{table} fulfilment = 'shipped' WHERE id = %s", requisition),
            (f"{table} fulfilment = 'none' WHERE id = %s", requisition),
            (f"{table} coverage = 'expired' WHERE id = %s", requisition),
            (f"{table} urgency_class = 'c' WHERE id = %s", requisition),
            (f"{table} submitted_by_id = 1 WHERE id = %s", requisition),
        )
        self.named((f"{table} name = 'CLD-FORGED' WHERE id = %s", requisition), document=False)

    def test_line_changed(self):
        """A24: quantities, material and presence of every line are compared."""
        line = self.requisition.line_ids[0].id
        twin = self.make_product(self.part_a.name, self.part_a.default_code)
        table = "UPDATE aftersales_requisition_line SET"
        self.named(
            (f"{table} requested_qty = 99 WHERE id = %s", line),
            (f"{table} approved_qty = 99 WHERE id = %s", line),
            (f"{table} qty_product = 99 WHERE id = %s", line),
            (f"{table} qty_issued = 1 WHERE id = %s", line),
            (f"{table} product_id = %s WHERE id = %s", self.part_b.id, line),
            (f"{table} product_id = %s WHERE id = %s", twin.id, line),
            (f"{table} name = 'Other' WHERE id = %s", line),
            (f"{table} promised_date = '2030-01-01' WHERE id = %s", line),
            (f"{table} requisition_id = %s WHERE id = %s", self.make_requisition().id, line),
            (
                "INSERT INTO aftersales_requisition_line (requisition_id, company_id, product_id,"
                " product_uom_id, requested_qty, approved_qty) SELECT requisition_id, company_id,"
                " product_id, product_uom_id, 5, 5 FROM aftersales_requisition_line WHERE id = %s",
                line,
            ),
        )

    def test_cap_raised_by_sql_before_the_issue(self):
        """A24, B4: with a raised cap, more is refused at the issue or named afterwards."""
        requisition = self.approved()
        picking = self.draw(requisition)
        self.env.flush_all()
        line = requisition.line_ids[0]
        self.sql("UPDATE aftersales_requisition_line SET qty_product = 9 WHERE id = %s", line.id)
        self.env.invalidate_all()
        move = picking.move_ids.filtered(lambda item: item.requisition_line_id == line)
        move.sudo().write({"product_uom_qty": 9, "quantity": 9})
        try:
            with self.env.cr.savepoint():
                self.issue(picking)
        except Exception:
            self.env.invalidate_all()
        self.assertTrue(self.verify(requisition) or line.qty_issued <= 2)
        self.assertTrue(self.verify(requisition))

    def test_issue_changed(self):
        """A24: what has been issued and shipped is compared with what is on record."""
        picking = self.requisition.picking_ids.sudo()
        move = picking.move_ids[0]
        self.act("storekeeper", picking, "action_pack")
        self.book(picking)
        self.act("storekeeper", picking, "action_ship")
        self.named(
            ("UPDATE stock_move SET quantity = 1 WHERE id = %s", move.id),
            ("UPDATE stock_move SET state = 'cancel' WHERE id = %s", move.id),
            ("UPDATE stock_move SET requisition_line_id = NULL WHERE id = %s", move.id),
            ("UPDATE stock_picking SET waybill = 'YD-2' WHERE id = %s", picking.id),
            ("UPDATE stock_picking SET shipped_at = NULL WHERE id = %s", picking.id),
        )

    def test_attachment_changed(self):
        """A24, A26: a kept attachment that was changed or deleted below Odoo is named."""
        requisition = self.make_requisition()
        attachment = self.env["ir.attachment"].create(
            {
                "name": "scan.pdf",
                "raw": b"stamped",
                "res_model": requisition._name,
                "res_id": requisition.id,
            }
        )
        self.act("supervisor", requisition, "action_submit")
        other = self.env["ir.attachment"].create({"name": "other", "raw": b"forged scan"})
        self.requisition = requisition
        self.named(
            (
                "UPDATE ir_attachment SET store_fname = %s, checksum = %s WHERE id = %s",
                other.store_fname,
                other.checksum,
                attachment.id,
            ),
            (
                "UPDATE ir_attachment SET store_fname = NULL, db_datas = 'x' WHERE id = %s",
                attachment.id,
            ),
            ("UPDATE ir_attachment SET store_fname = 'no/file' WHERE id = %s", attachment.id),
            ("DELETE FROM ir_attachment WHERE id = %s", attachment.id),
        )
