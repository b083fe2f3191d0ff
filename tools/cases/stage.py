"""The stage of a worked case: every step is a call as the user whose role it is."""

import dataclasses

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from project import LANGUAGE

PREFIX = "sample"
TIME_ZONE = "Asia/Shanghai"


@dataclasses.dataclass
class Step:
    """What happened: one row of the table that `make demo` prints."""

    name: str
    user: str
    result: str


class Failed(AssertionError):
    """A case didn't come out as it has to."""


class Stage:
    """Acts for a case and keeps its steps and documents.

    Calls go through the entry that the web client uses, with the user's own rights,
    names and JSON values only; nothing is done as superuser except looking.
    """

    def __init__(self, env):
        self.env = env(user=1, context={"lang": LANGUAGE, "tz": TIME_ZONE})
        self.steps = []
        # (record, login of somebody who prints it)
        self.documents = []

    # ------------------------------------------------------------------
    # Looking
    # ------------------------------------------------------------------
    def ref(self, name):
        """Return a record by its external id; without a dot, one of the sample."""
        return self.env.ref(name if "." in name else f"{PREFIX}.{name}")

    def user(self, login):
        """Return a user of the sample by his login."""
        return self.ref(f"user_{login}")

    def label(self, record, name):
        """Return the value of a selection field as users read it."""
        labels = dict(record._fields[name]._description_selection(self.env))
        return labels.get(record[name], "-")

    def look(self, record):
        """Return where a document stands, as text."""
        record = record.with_env(self.env)
        if record._name == "helpdesk.ticket":
            return f"{record.number}: {record.stage_id.name}"
        if record._name == "aftersales.requisition":
            text = f"{record.name}: {self.label(record, 'state')}"
            if record.fulfilment != "none":
                text += f", {self.label(record, 'fulfilment')}"
            return text
        if record._name in ("aftersales.finding", "aftersales.claim", "aftersales.change"):
            return f"{record.name}: {self.label(record, 'state')}"
        if record._name in ("aftersales.repair", "aftersales.return"):
            return f"{record.name}: {self.label(record, 'progress')}"
        if record._name == "stock.picking":
            return f"{record.name}: {self.label(record, 'state')}"
        if record._name == "aftersales.requisition.line":
            draft = record.requisition_id.state == "draft"
            quantity = record.requested_qty if draft else record.approved_qty
            quantity = f"{quantity:g} {record.product_uom_id.name}"
            promised = f", {record.promised_date}" if record.promised_date else ""
            return f"{record.name} {record.spec or ''}: {quantity}{promised}"
        return record.display_name

    def check(self, what, found, expected):
        """Fail the case unless something is as it has to be."""
        if found != expected:
            raise Failed(f"{what}: expected {expected!r}, found {found!r}")

    def check_told(self, login, record, part):
        """Fail the case unless a user was notified of a document with these words."""
        partner = self.user(login).partner_id
        messages = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )
        told = messages.filtered(
            lambda message: partner in message.notified_partner_ids and part in message.body
        )
        if not told:
            raise Failed(f"{login} wasn't told of {record.display_name}: {part}")

    def check_verified(self):
        """Fail the case if the verification of evidence finds anything."""
        self.env.flush_all()
        self.env.invalidate_all()
        findings = self.env["aftersales.verification"]._verify()
        self.check("findings of the verification", findings, [])

    # ------------------------------------------------------------------
    # Acting
    # ------------------------------------------------------------------
    def call(self, login, model, method, *args, **kwargs):
        """Call a public method as a user, as his client does; return the answer."""
        user = self.user(login)
        self.env.flush_all()
        self.env.invalidate_all()
        context = {
            "lang": LANGUAGE,
            "tz": TIME_ZONE,
            "uid": user.id,
            "allowed_company_ids": user.company_ids.ids,
        }
        model = self.env(user=user.id, su=False, context={})[model]
        answer = call_kw(model, method, list(args), dict(kwargs, context=context))
        self.env.flush_all()
        self.env.invalidate_all()
        return answer

    def act(self, login, record, method, step, **kwargs):
        """Press a button of a document."""
        answer = self.call(login, record._name, method, record.ids, **kwargs)
        self.note(login, step, self.look(record[:1]))
        return answer

    def refused(self, login, record, method, step, **kwargs):
        """Press a button that has to be refused; return the words of the refusal."""
        try:
            with self.env.cr.savepoint():
                self.call(login, record._name, method, record.ids, **kwargs)
        except (AccessError, UserError) as error:
            text = " ".join(str(error).split())
            self.env.invalidate_all()
            self.note(login, step, f"✗ {text}")
            return text
        raise Failed(f"{step}: {login} wasn't refused")

    def create(self, login, model, vals, step):
        """Create a record; return it."""
        record = self.env[model].browse(self.call(login, model, "create", vals))
        self.note(login, step, self.look(record))
        return record

    def write(self, login, record, vals, step):
        """Write values on a record."""
        self.call(login, record._name, "write", record.ids, vals)
        self.note(login, step, self.look(record))

    def sign(self, login, document, step, comment="同意"):
        """Read the digest as the form does, and sign what was read."""
        seen = self.call(login, document._name, "read", document.ids, ["content_digest"])
        return self.act(
            login,
            document,
            "action_approve",
            step,
            seen_digest=seen[0]["content_digest"],
            comment=comment,
        )

    def reject(self, login, document, step, comment):
        """Read the digest as the form does, and reject with a reason."""
        seen = self.call(login, document._name, "read", document.ids, ["content_digest"])
        digest = seen[0]["content_digest"]
        return self.act(login, document, "action_reject", step, seen_digest=digest, comment=comment)

    def note(self, login, step, result):
        """Write down a step."""
        user = self.user(login).name if login else "（系统）"
        self.steps.append(Step(step, user, result))

    def file(self, login, *records):
        """Keep documents of the case, to be printed by a user."""
        self.documents += [(record, login) for record in records]
