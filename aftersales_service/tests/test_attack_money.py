"""A1–A27, C1–C6 and D1–D4 on work sheet, settlement, tax invoice and reminder."""

from datetime import timedelta

from odoo.fields import Command, Date
from odoo.tests import tagged

from .attack_case import AttackCase
from .document_attacks import DocumentDoorAttacks
from .document_attacks_evidence import DocumentEvidenceAttacks
from .document_attacks_signers import DocumentSignerAttacks
from .money_case import CREDIT_CODE, SCAN, MoneyCase


class MoneyAttacks(DocumentDoorAttacks, DocumentEvidenceAttacks, DocumentSignerAttacks):
    """The generic attacks on a money document; mixed into a case."""

    def setUp(self):
        super().setUp()
        # one holder of each role
        self.users["supervisor_2"].active = False

    def assert_no_effect(self, document):
        self.assertFalse(document.approval_ids)

    def worked_agreement(self):
        """An agreement about work alone, carried out as agreed."""
        agreement = self.make_agreement(lines=[(self.labour, 2), (self.travel, 1)])
        self.sign_agreement(agreement)
        self.work(agreement.ticket_id, [(self.labour, 2), (self.travel, 1)])
        return agreement


@tagged("post_install", "-at_install")
class TestAttackWorksheet(MoneyAttacks, MoneyCase, AttackCase):
    document_model = "aftersales.worksheet"
    author = "engineer"
    chain = ("supervisor",)
    change = {
        "work_done": "nothing",
        "signer_name": "Nobody",
        "signed_on": "2020-01-01",
        "date_to": "2020-01-01",
        "engineer_id": 1,
        "ticket_id": 1,
    }
    texts = ("work_done", "signer_name", "signer_title", "sheet_ref")

    def document_vals(self, **values):
        today = Date.to_string(self.company._aftersales_today())
        return {
            "ticket_id": self.ticket.id,
            "date_from": today,
            "date_to": today,
            "signer_name": "Shift leader",
            "work_done": "Contacts replaced",
            "signed_on": today,
            "line_ids": [Command.create({"product_id": self.labour.id, "quantity": 2.0})],
            **values,
        }

    def draft_document(self, user=None, **values):
        sheet = super().draft_document(user=user, **values)
        scan = {"name": "sheet.pdf", "datas": SCAN, "res_model": sheet._name, "res_id": sheet.id}
        self.rpc_json(user or self.author, "ir.attachment", "create", scan)
        return sheet

    def more_tampering(self, document):
        line = document.line_ids
        return [
            f"UPDATE aftersales_worksheet_line SET quantity = 9 WHERE id = {line.id}",
            f"UPDATE aftersales_worksheet SET engineer_id = 1 WHERE id = {document.id}",
            f"DELETE FROM aftersales_worksheet_line WHERE id = {line.id}",
        ]

    def test_own_hours(self):
        """R004-29: who did the work doesn't check it, also when a colleague entered it."""
        both = self.make_user("as_both", "engineer", "supervisor")
        sheet = self.draft_document(engineer_id=both.id)
        self.act("engineer", sheet, "action_submit")
        self.refuse_signing(both, sheet)
        self.sign("supervisor", sheet)
        self.assert_sound(sheet)

    def test_odd_quantities(self):
        """D4: no quantity of work that isn't a plain number above zero."""
        for number in (0, -1, float("nan"), float("inf"), 1e300):
            line = Command.create({"product_id": self.labour.id, "quantity": number})
            vals = self.document_vals(line_ids=[line])
            self.refused("engineer", self.document_model, "create", vals)


class SettledAttacks(MoneyAttacks):
    """Documents whose lines the engine makes."""

    def line_models(self):
        return ()

    def refuse_lines(self, document, parent):
        """A9, A25: nobody makes, moves, changes or deletes a line by hand."""
        line = document.line_ids[:1]
        values = {name: self.sample(line._fields[name]) for name in line._guard_fields("door")}
        for user in (self.author, *self.chain, "admin"):
            for context in ({}, self.hostile):
                self.refused(user, line._name, "create", {parent: document.id}, context=context)
                self.refused(user, line._name, "unlink", ids=line.ids, context=context)
                for name, value in values.items():
                    self.refused(
                        user, line._name, "write", {name: value}, ids=line.ids, context=context
                    )
        for command in (
            Command.create({}),
            Command.delete(line.id),
            Command.clear(),
            Command.set([]),
        ):
            vals = {"line_ids": [command]}
            self.refused(self.author, document._name, "write", vals, ids=document.ids)


@tagged("post_install", "-at_install")
class TestAttackSettlement(SettledAttacks, MoneyCase, AttackCase):
    document_model = "aftersales.settlement"
    author = "supervisor"
    chain = ("commerce", "finance")
    change = {
        "note": "cheaper",
        "accepted_on": "2020-01-01",
        "acceptance_ref": "X",
        "agreement_id": 1,
        "ticket_id": 1,
    }
    texts = ("note", "acceptance_ref")

    def document_vals(self, **values):
        return {"agreement_id": self.worked_agreement().id, "note": "as agreed", **values}

    def more_tampering(self, document):
        line = document.line_ids[:1]
        table, lines = "aftersales_settlement", "aftersales_settlement_line"
        return [
            f"UPDATE {table} SET amount_total = 1 WHERE id = {document.id}",
            f"UPDATE {lines} SET charged_qty = 1 WHERE id = {line.id}",
            f"UPDATE {lines} SET price_unit = 1 WHERE id = {line.id}",
            f"UPDATE {lines} SET amount_invoiced = 1 WHERE id = {line.id}",
            f"DELETE FROM {lines} WHERE id = {line.id}",
        ]

    # a copy settles what is left: nothing can be signed twice
    def test_copy_starts_unsigned(self):
        document = self.approved_document()
        copy_id = self.rpc_json("supervisor", document._name, "copy", ids=document.ids)
        copy = self.Document.browse(copy_id)
        self.assertEqual((copy.state, copy.amount_total), ("draft", 0.0))
        self.refused("supervisor", copy._name, "action_submit", ids=copy.ids)
        self.assert_sound(document, copy)

    def test_lines(self):
        """Lines are the engine's in a draft, and closed after the approval."""
        for document in (self.draft_document(), self.approved_document()):
            self.refuse_lines(document, "settlement_id")
        line = document.line_ids[:1]
        for vals in ({"charged_qty": 0.0}, {"explanation": "x"}):
            for user in (self.author, *self.chain):
                self.refused_always(user, line._name, "write", vals, ids=line.ids)
        self.assert_sound(document)

    def test_odd_charges(self):
        """D4: what is charged is a number between nothing and what was agreed."""
        document = self.draft_document()
        line = document.line_ids[:1]
        for number in (float("nan"), float("inf"), -1, 1e300, 99):
            with self.subTest(number=number), self.env.cr.savepoint() as point:
                try:
                    vals = {"charged_qty": number, "explanation": "x"}
                    with self.env.cr.savepoint():
                        self.rpc_json("supervisor", line._name, "write", vals, ids=line.ids)
                except Exception as error:  # noqa: BLE001
                    self.assertTrue(str(error))
                else:
                    self.refused("supervisor", document._name, "action_submit", ids=document.ids)
                point.rollback()
                self.env.invalidate_all()

    def test_the_same_work_twice(self):
        """Two settlements of one agreement: the second finds nothing left."""
        document = self.draft_document()
        agreement = document.agreement_id
        vals = {"agreement_id": agreement.id}
        self.refused("supervisor", document._name, "create", vals)
        self.act("supervisor", document, "action_submit")
        for role in self.chain:
            self.sign(role, document)
        second = self.make_settlement(agreement)
        self.assertFalse(second.amount_total)
        self.refused("supervisor", second._name, "action_submit", ids=second.ids)
        self.assert_sound(document)


@tagged("post_install", "-at_install")
class TestAttackTaxInvoice(MoneyAttacks, MoneyCase, AttackCase):
    document_model = "aftersales.tax.invoice"
    author = "commerce"
    chain = ("finance",)
    change = {
        "reason": "other",
        "buyer_name": "Another",
        "kind": "ordinary",
        "buyer_tax_no": "x",
        "nature": "red",
        "original_id": 1,
    }
    texts = ("reason", "buyer_name", "buyer_address")
    numbers = 0

    def document_vals(self, **values):
        move = self.invoice(self.settle(self.worked_agreement()))
        return {
            "partner_id": self.customer.id,
            "buyer_tax_no": CREDIT_CODE,
            "reason": "as settled",
            "line_ids": [Command.create({"move_id": move.id})],
            **values,
        }

    def sign(self, user, document, **kwargs):
        if document._name != self.document_model:
            return super().sign(user, document, **kwargs)
        self.numbers += 1
        return self.register(document, number=f"2531200000{self.numbers:010}", user=user)

    def more_tampering(self, document):
        line = document.line_ids
        table = "aftersales_tax_invoice"
        return [
            f"UPDATE {table} SET number = '25312000000000009999' WHERE id = {document.id}",
            f"UPDATE {table} SET invoice_date = '2020-01-01' WHERE id = {document.id}",
            f"UPDATE {table} SET amount_total = 1 WHERE id = {document.id}",
            f"UPDATE {table} SET red_amount = 1 WHERE id = {document.id}",
            f"UPDATE {table} SET file_digest = NULL WHERE id = {document.id}",
            f"UPDATE {table}_line SET amount_total = 1 WHERE id = {line.id}",
            f"DELETE FROM {table}_line WHERE id = {line.id}",
        ]


@tagged("post_install", "-at_install")
class TestAttackReminder(SettledAttacks, MoneyCase, AttackCase):
    document_model = "aftersales.reminder"
    author = "commerce"
    chain = ("sales_manager",)
    change = {"text": "never mind", "deadline": "2099-01-01", "partner_id": 1}
    texts = ("text",)

    def setUp(self):
        super().setUp()
        self.move = self.invoice(self.settle(self.worked_agreement()))
        self.fall_due(self.move, 9)

    def document_vals(self, **values):
        return {"partner_id": self.customer.id, "text": "Please pay", **values}

    def send_vals(self, **values):
        today = Date.to_string(self.company._aftersales_today())
        return {
            "channel": "post",
            "date": today,
            "recipient": "Accounts payable",
            "scan": SCAN,
            **values,
        }

    def more_tampering(self, document):
        self.act("commerce", document, "action_send", values=self.send_vals())
        table, lines = "aftersales_reminder", document.line_ids
        return [
            f"UPDATE {table} SET amount_total = 1 WHERE id = {document.id}",
            f"UPDATE {table} SET level = '3' WHERE id = {document.id}",
            f"UPDATE {table} SET sent_on = '2020-01-01' WHERE id = {document.id}",
            f"UPDATE {table} SET sent_on = NULL WHERE id = {document.id}",
            f"UPDATE {table} SET recipient = 'x' WHERE id = {document.id}",
            f"UPDATE {table} SET sent_by_id = 1 WHERE id = {document.id}",
            f"UPDATE {table}_line SET invoice_numbers = 'x' WHERE id = {lines.id}",
            f"UPDATE {table}_line SET amount_open = 1 WHERE id = {lines.id}",
            f"DELETE FROM {table}_line WHERE id = {lines.id}",
        ]

    def test_company(self):
        """A18, D1: for a customer of one company; a shared one any company may remind."""
        self.customer.company_id = self.company
        return super().test_company()

    def test_lines(self):
        for document in (self.draft_document(), self.approved_document()):
            self.refuse_lines(document, "reminder_id")

    def test_sent_before_it_was_approved(self):
        """A letter goes out when it is approved, not before and not in the future."""
        document = self.approved_document()
        today = self.company._aftersales_today()
        for day in (today - timedelta(days=1), today + timedelta(days=1), "0001-01-01"):
            vals = self.send_vals(date=str(day))
            self.refused("commerce", document._name, "action_send", ids=document.ids, values=vals)
        self.act("commerce", document, "action_send", values=self.send_vals())
        self.assert_sound(document)
