from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .agreement_case import AgreementCase


@tagged("post_install", "-at_install")
class TestConstraintMessages(HttpCase, AgreementCase):
    """Law 9: what the database refuses is explained in the reader's language."""

    def refusal(self, lang):
        """Return what a supervisor is told of a release without an amount."""
        vals = {
            "ticket_id": self.paid_ticket.id,
            "kind": "unsigned",
            "reason": "x",
            "promise": "x",
            "amount_limit": -1.0,
        }
        user = self.users["supervisor"]
        user.lang = lang  # core explains what the database refuses in the session's language
        self.authenticate(user.login, user.login.ljust(8, "x"))
        call = {
            "model": "aftersales.release",
            "method": "create",
            "args": [vals],
            "kwargs": {},
        }
        with mute_logger("odoo.http", "odoo.sql_db"):
            answer = self.url_open(
                "/web/dataset/call_kw/aftersales.release/create",
                json={"jsonrpc": "2.0", "method": "call", "params": call},
            ).json()
        self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.ValidationError")
        return answer["error"]["data"]["message"]

    def test_in_the_readers_language(self):
        """A CHECK of ours, by a real call as one role, in English and in Chinese."""
        self.assertIn("The limit of a release is greater than zero", self.refusal("en_US"))
        self.assertIn("放行金额上限须大于零且小于一亿。", self.refusal("zh_CN"))

    def test_every_message_is_translated(self):
        """Each constraint of ours has a message, and the message has Chinese words."""
        rows = (
            self.env["ir.model.constraint"]
            .with_context(lang="zh_CN")
            .search([("module.name", "in", ("aftersales_service", "aftersales_service_report"))])
        )
        plain = rows.with_context(lang="en_US")
        checked = [row for row in zip(rows, plain, strict=True) if row[1].message]
        self.assertGreater(len(checked), 20)
        self.assertEqual([two.name for one, two in checked if one.message == two.message], [])
        mute = [
            row.name
            for row in plain
            if row.type == "u" and not row.message and "CHECK" in (row.definition or "")
        ]
        self.assertEqual(mute, [])
