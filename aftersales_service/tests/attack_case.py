"""What the attack tests share: JSON arguments, a picture of all data, refusals.

An attack goes through the RPC entry with values that survived JSON. It must end in
a refusal that the client can show, or change nothing; either way the evidence of
the attacked document still verifies.
"""

import json

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import HOSTILE_CONTEXT, AftersalesCase

# what no attack may change
PICTURED = (
    "aftersales_requisition",
    "aftersales_requisition_line",
    "aftersales_finding",
    "aftersales_finding_evidence",
    "aftersales_claim",
    "aftersales_repair",
    "aftersales_repair_test",
    "aftersales_repair_evidence",
    "repair_order",
    "aftersales_change",
    "aftersales_return",
    "aftersales_return_line",
    "aftersales_return_check",
    "aftersales_return_evidence",
    "aftersales_return_outcome",
    "aftersales_return_origin",
    "aftersales_return_receipt",
    "aftersales_approval",
    "aftersales_amendment",
    "aftersales_seal",
    "aftersales_approval_step",
    "aftersales_deputy",
    "helpdesk_ticket",
    "aftersales_agreement",
    "aftersales_agreement_line",
    "aftersales_agreement_unit",
    "aftersales_agreement_quote",
    "aftersales_release",
    "aftersales_cover",
    "aftersales_worksheet",
    "aftersales_worksheet_line",
    "aftersales_settlement",
    "aftersales_settlement_line",
    "aftersales_tax_invoice",
    "aftersales_tax_invoice_line",
    "aftersales_retention",
    "aftersales_reminder",
    "aftersales_reminder_line",
    "account_move",
    "account_move_line",
    "account_payment",
    "product_pricelist",
    "product_pricelist_item",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "stock_quant",
)
KEPT = (
    "id, name, res_model, res_id, res_field, store_fname, checksum, mimetype, public,"
    " type, url, company_id, aftersales_kept"
)
# what any user can set as his own default, and would like to have as a default
DEFAULTS = (
    ("aftersales.requisition", "state", "approved"),
    ("aftersales.requisition", "round", 7),
    ("aftersales.requisition", "fulfilment", "ready"),
    ("aftersales.requisition.line", "qty_product", 99),
    ("aftersales.requisition.line", "qty_issued", 1),
    ("aftersales.return", "progress", "settled"),
    ("aftersales.return", "receipt_closed", True),
    ("aftersales.return.line", "qty_received", 99),
    ("aftersales.return.line", "qty_open", 1),
    ("aftersales.approval", "state", "signed"),
    ("stock.move", "state", "done"),
    ("stock.picking", "state", "done"),
)
SAMPLES = {
    "boolean": True,
    "char": "FORGED",
    "date": "2020-01-01",
    "datetime": "2020-01-01 00:00:00",
    "float": 7.0,
    "integer": 7,
    "json": [],
    "many2one": 1,
    "monetary": 7.0,
    "many2one_reference": 1,
    "reference": "aftersales.release,1",
    "text": "FORGED",
}


class NotRefused(Exception):
    """The attack went through."""


class AttackCase(AftersalesCase):
    """Attacks by users who hold one role each, through the RPC entry."""

    hostile = HOSTILE_CONTEXT
    # the document whose chain make_steps configures
    document_model = "aftersales.requisition"

    def setUp(self):
        super().setUp()
        self.Requisition = self.env["aftersales.requisition"]
        self.Line = self.env["aftersales.requisition.line"]

    # ------------------------------------------------------------------
    # Setting up
    # ------------------------------------------------------------------
    def make_user(self, login, *roles, company=None, **values):
        """Create a user with these roles of ours."""
        company = company or self.company
        user = new_test_user(
            self.env,
            login=login,
            name=login,
            groups=",".join(f"aftersales_service.group_{role}" for role in roles)
            or "base.group_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            **values,
        )
        self.users[login] = user
        self.addCleanup(self.users.pop, login)
        return user

    def make_steps(self, *steps):
        """Give the company a chain of its own: ``(sequence, role, values)`` each."""
        return self.env["aftersales.approval.step"].create(
            [
                {
                    "name": f"Step {number} of {role}",
                    "model": self.document_model,
                    "company_id": self.company.id,
                    "sequence": sequence,
                    "act": "approve",
                    "group_id": self.env.ref(f"aftersales_service.group_{role}").id,
                    **values,
                }
                for number, (sequence, role, values) in enumerate(steps, start=1)
            ]
        )

    def submitted(self, **kwargs):
        requisition = self.make_requisition(**kwargs)
        self.act("supervisor", requisition, "action_submit")
        return requisition

    def approved(self, **kwargs):
        return self.approve(self.make_requisition(**kwargs))

    def rejected(self):
        requisition = self.submitted()
        self.decide("tech_reviewer", requisition, "action_reject", comment="wrong part")
        return requisition

    def issued(self, **kwargs):
        requisition = self.approved(**kwargs)
        self.issue(self.draw(requisition))
        requisition.invalidate_recordset()
        return requisition

    def digest_of(self, user, requisition):
        """Return the digest that a signer's form shows."""
        rows = self.rpc(user, requisition._name, "read", ["content_digest"], ids=requisition.ids)
        return rows[0]["content_digest"]

    def sign_vals(self, requisition, user, **values):
        """Return what the dialog sends when a user signs by it."""
        return {
            "res_model": requisition._name,
            "res_id": requisition.id,
            "seen_digest": self.digest_of(user, requisition),
            "comment": "forged",
            **values,
        }

    def decide(self, user, requisition, method, **kwargs):
        return self.act(
            user, requisition, method, seen_digest=self.digest_of(user, requisition), **kwargs
        )

    def set_default(self, user, model, field, value):
        """Set the user's own default, as any user may."""
        self.rpc(user, "ir.default", "set", model, field, value, True)

    def sample(self, field):
        """Return a value that an attacker would write into a field."""
        if field.type == "selection":
            return field.get_values(self.env)[-1]
        return SAMPLES[field.type]

    # ------------------------------------------------------------------
    # Attacking
    # ------------------------------------------------------------------
    def picture(self):
        """Return every row that matters, as the database has it."""
        self.env.flush_all()
        rows = {}
        for table in PICTURED:
            query = f"SELECT id, to_jsonb(t) FROM {table} t ORDER BY id"
            self.env.cr.execute(query)  # pylint: disable=sql-injection
            for row_id, values in self.env.cr.fetchall():
                rows[table, row_id] = values
        query = f"SELECT {KEPT} FROM ir_attachment WHERE aftersales_kept ORDER BY id"
        self.env.cr.execute(query)  # pylint: disable=sql-injection
        for values in self.env.cr.fetchall():
            rows["ir_attachment", values[0]] = values
        return rows

    def changes(self, before, after):
        """Return what differs between two pictures, readable."""
        found = []
        for key in sorted(set(before) | set(after)):
            one, other = before.get(key), after.get(key)
            if one == other:
                continue
            if isinstance(one, dict) and isinstance(other, dict):
                other = {name: other[name] for name in other if one.get(name) != other[name]}
            found.append((key, other if other is not None else "deleted"))
        return found

    def rpc_json(self, user, model, method, *args, ids=None, context=None, **kwargs):
        """Call as a client does, with what is left of the arguments after JSON."""
        args, kwargs, context = json.loads(json.dumps([list(args), kwargs, context or {}]))
        result = self.rpc(user, model, method, *args, ids=ids, context=context, **kwargs)
        self.env.flush_all()
        return result

    def refused(self, user, model, method, *args, ids=None, context=None, **kwargs):
        """Assert that a call is refused with a message and return the message."""
        before = self.picture()
        self.env.invalidate_all()
        call = f"{user}: {model}.{method}{args}{kwargs or ''} ids={ids} context={context}"
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.rpc_json(user, model, method, *args, ids=ids, context=context, **kwargs)
                raise NotRefused(self.changes(before, self.picture()))
        except UserError as error:
            message = str(error)
        except IntegrityError as error:  # the RPC layer makes a ValidationError of it
            message = str(error)
        except NotRefused as error:
            self.fail(f"not refused: {call}; it changed {error}")
        self.env.invalidate_all()
        self.assertTrue(message.strip(), call)
        self.assertEqual(self.changes(before, self.picture()), [], call)
        return message

    def harmless(self, user, model, method, *args, ids=None, context=None, **kwargs):
        """Assert that a call changes nothing, whether it is refused or answered."""
        before = self.picture()
        self.env.invalidate_all()
        call = f"{user}: {model}.{method}{args}{kwargs or ''} ids={ids} context={context}"
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.rpc_json(user, model, method, *args, ids=ids, context=context, **kwargs)
        except (UserError, IntegrityError):
            self.env.invalidate_all()
        self.assertEqual(self.changes(before, self.picture()), [], call)

    def refused_always(self, user, model, method, *args, ids=None, **kwargs):
        """Assert the refusal plainly, with every context key that switches a check
        off elsewhere, and after the attacker has set his own defaults."""
        self.refused(user, model, method, *args, ids=ids, **kwargs)
        self.refused(user, model, method, *args, ids=ids, context=self.hostile, **kwargs)
        with self.env.cr.savepoint():
            for default_model, field, value in DEFAULTS:
                self.set_default(user, default_model, field, value)
            self.refused(user, model, method, *args, ids=ids, **kwargs)

    def assert_sound(self, *documents):
        """Assert that the evidence of documents is whole."""
        for document in documents:
            self.assertEqual(self.verify(document), [])
