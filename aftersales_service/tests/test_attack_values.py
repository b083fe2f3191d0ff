import base64
import math

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from .attack_case import AttackCase

NUMBERS = (
    -1,
    0,
    -0.0,
    float("nan"),
    float("inf"),
    float("-inf"),
    1e308,
    -1e308,
    1e6,
    999999.999,
    1e-9,
    0.004,
    2**31,
    2**63,
    True,
    False,
    None,
    "",
    "3",
    "abc",
    "1e3",
    "NaN",
    [],
    [1],
    {},
    {"a": 1},
    "__proto__",
)
DATES = (
    "0001-01-01",
    "1969-12-31",
    "1900-01-01",
    "9999-12-31",
    "10000-01-01",
    "2024-02-30",
    "2024-13-01",
    "yesterday",
    "",
    [],
    {},
    "2024-01-01 12:00:00",
    "2024-01-01T00:00:00Z",
    "--",
    "\x00",
)
TEXTS = (
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfff",
    "\U0001f525 \U0001f468\u200d\U0001f527",
    "\u202egnp.exe",
    "\ufeff",
    "x" * 1_000_000,
    "%s %(x)s %d",
    "{0} {x}",
    "__proto__",
    "'; DROP TABLE res_users; --",
    "\r\n\t",
    "\x1b[31m",
    "<b>x</b>",
    5,
    1.5,
    True,
    False,
    None,
    [],
    ["x"],
    {},
    {"a": "b"},
)
WRONG_TYPED = {
    "requested_qty",
    "approved_qty",
    "lead_days",
    "date_required",
    "promised_date",
    "date_from",
    "date_to",
    "due_hours",
}
LANGS = ("xx_XX", "", 5, ["en_US"], {"a": 1}, True, "zh_CN", "../../etc", "\x00", None)


class TestValues(AttackCase):
    """D4: impossible numbers, dates and texts: a clean refusal or a sane value."""

    def outcome(self, user, model, method, *args, ids=None, context=None, **kwargs):
        """Return whether a call was answered; fail on anything a client sees as a traceback.

        What core makes of a plain field's value of the wrong type is its own affair.
        """
        call = f"{model}.{method}{args!r:.300}{kwargs!r:.300}{context!r:.100}"
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.rpc_json(user, model, method, *args, ids=ids, context=context, **kwargs)
        except (UserError, IntegrityError) as error:
            self.env.invalidate_all()
            self.assertTrue(str(error).strip(), call)
            return False
        except Exception as error:
            self.env.invalidate_all()
            if method in ("write", "create") and isinstance(error, (ValueError, TypeError)):
                values = (args[0][name] for name in args[0] if name in WRONG_TYPED)
                if any(not isinstance(value, (int, float)) for value in values):
                    return False
            self.fail(f"a traceback: {call}: {error!r:.300}")
        self.env.invalidate_all()
        return True

    def test_quantities(self):
        """D4: a requested or approved quantity is a number within its range, or refused."""
        draft, under_review = self.make_requisition(), self.submitted()
        deeds = (
            ("supervisor", draft.line_ids[0], "requested_qty", lambda value: 0 < value < 1e6),
            (
                "tech_reviewer",
                under_review.line_ids[0],
                "approved_qty",
                lambda value: 0 <= value < 1e6,
            ),
        )
        for user, line, name, sane in deeds:
            for number in NUMBERS:
                with self.subTest(field=name, number=number):
                    self.outcome(user, line._name, "write", {name: number}, ids=line.ids)
                    self.assertTrue(math.isfinite(line[name]) and sane(line[name]), line[name])
                    if name == "requested_qty":
                        vals = {
                            "product_id": self.part_a.id,
                            name: number,
                            "requisition_id": draft.id,
                        }
                        self.outcome(user, line._name, "create", vals)
        for value in draft.line_ids.mapped("requested_qty"):
            self.assertTrue(math.isfinite(value) and 0 < value < 1e6, value)
        self.assert_sound(under_review)

    def test_approved_by_a_rounding(self):
        """D4: what rounds to nothing in the product's unit isn't approved, half is rounded up."""
        dozen = self.env.ref("uom.product_uom_dozen")
        requisition = self.make_requisition()
        self.refused_always(
            "supervisor",
            "aftersales.requisition.line",
            "write",
            {"requested_qty": 0.001},
            ids=requisition.line_ids[0].ids,
        )
        whole = self.make_requisition(lines=[(self.part_a, 0.3)])
        whole.line_ids.product_uom_id = dozen
        self.approve(whole)
        self.assertEqual(whole.line_ids.qty_product, self.part_a.uom_id.round(3.6))
        self.assertEqual(
            sum(whole.picking_ids.sudo().move_ids.mapped("product_uom_qty")),
            whole.line_ids.qty_product,
        )
        self.assert_sound(whole, requisition)

    def test_days(self):
        """D4: lead times are 0 to 3650 days."""
        bought = self.make_product("Relay", "P-2001")
        requisition = self.approved(lines=[(bought, 4)])
        line = requisition.line_ids
        for number in (*NUMBERS, 3651, -5, 10**12):
            with self.subTest(number=number):
                self.outcome("buyer", line._name, "write", {"lead_days": number}, ids=line.ids)
                self.assertTrue(0 <= line.lead_days <= 3650)
        self.assert_sound(requisition)

    def test_dates(self):
        """D4: dates before the epoch, impossible and none: refused or kept as they are."""
        draft = self.make_requisition()
        bought = self.make_product("Relay", "P-2001")
        requisition = self.approved(lines=[(bought, 4)])
        line = requisition.line_ids
        for date in DATES:
            with self.subTest(date=date):
                self.outcome(
                    "supervisor", draft._name, "write", {"date_required": date}, ids=draft.ids
                )
                self.outcome("buyer", line._name, "write", {"promised_date": date}, ids=line.ids)
                self.outcome("buyer", line._name, "action_use_proposal", ids=line.ids)
                self.outcome(
                    "buyer",
                    line._name,
                    "action_change_promise",
                    ids=line.ids,
                    promised_date=date,
                    reason="late",
                )
                today = str(self.company._aftersales_today())
                deputy = {
                    "deputy_id": self.users["engineer"].id,
                    "date_from": today,
                    "date_to": date,
                }
                self.outcome("tech_reviewer", "aftersales.deputy", "create", deputy)
                self.outcome(
                    "tech_reviewer",
                    "aftersales.deputy",
                    "create",
                    dict(deputy, date_from=date, date_to=today),
                )
                self.assert_sound(requisition)

    def test_missing_and_foreign_values(self):
        """D4: a missing unit, material, warehouse or purpose, and ids of wrong things."""
        draft = self.make_requisition()
        line = draft.line_ids[0]
        kilogram = self.env.ref("uom.product_uom_kgm").id
        service = self.env["product.product"].create({"name": "Hour", "type": "service"})
        for vals in (
            {"product_uom_id": False},
            {"product_uom_id": kilogram},
            {"product_uom_id": 2**31 - 1},
            {"product_id": 2**31 - 1},
            {"product_id": -1},
            {"product_id": 0},
            {"source": "steal"},
            {"source": 5},
            {"unit_id": 2**31 - 1},
            {"no_such_field": 1},
            {"requisition_id": False},
        ):
            with self.subTest(vals=vals):
                try:
                    with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                        self.rpc_json("supervisor", line._name, "write", vals, ids=line.ids)
                except Exception:  # core's own words for an id that doesn't exist
                    self.env.invalidate_all()
                self.assertTrue(line.product_uom_id.exists())
                self.assertEqual(line.requisition_id, draft)
        for vals in ({"warehouse_id": False}, {"purpose_id": False}, {"purpose_id": self.stock.id}):
            self.refused_always("supervisor", draft._name, "write", vals, ids=draft.ids)
        other = self.make_requisition(lines=[(service, 1)])
        if self.outcome("supervisor", other._name, "action_submit", ids=other.ids):
            self.outcome(
                "tech_reviewer",
                other._name,
                "action_approve",
                ids=other.ids,
                seen_digest=self.digest_of("tech_reviewer", other),
            )
        self.assert_sound(draft, other)

    def test_too_many_lines(self):
        """D4: more lines than anybody reads are refused, with the number."""
        draft = self.make_requisition(lines=[(self.part_a, 1)] * 501)
        message = self.refused("supervisor", draft._name, "action_submit", ids=draft.ids)
        self.assertIn("501", message)
        empty = self.make_requisition()
        empty.line_ids.unlink()
        self.refused_always("supervisor", empty._name, "action_submit", ids=empty.ids)

    def test_texts_of_the_document(self):
        """D4: every text is kept as it is, or refused: NUL, half characters, a megabyte."""
        draft = self.make_requisition()
        line = draft.line_ids[0]
        for text in TEXTS:
            for record, name in (
                (draft, "fault_plan"),
                (draft, "consignee_name"),
                (line, "remark"),
                (line, "name"),
            ):
                with self.subTest(field=name, text=repr(text)[:30]):
                    self.outcome("supervisor", record._name, "write", {name: text}, ids=record.ids)
        self.outcome("supervisor", draft._name, "action_submit", ids=draft.ids)
        self.assert_sound(draft)

    def test_texts_of_a_signature(self):
        """D4: whatever stands in the opinion, the row verifies with it, or nothing is signed."""
        for text in TEXTS:
            with self.subTest(text=repr(text)[:30]), self.env.cr.savepoint() as point:
                requisition, rejected = self.submitted(), self.submitted()
                for document, method in (
                    (requisition, "action_approve"),
                    (rejected, "action_reject"),
                ):
                    self.outcome(
                        "tech_reviewer",
                        document._name,
                        method,
                        ids=document.ids,
                        comment=text,
                        seen_digest=self.digest_of("tech_reviewer", document),
                    )
                    self.assert_sound(document)
                for document, method in (
                    (requisition, "action_revise"),
                    (rejected, "action_cancel"),
                ):
                    self.outcome(
                        "supervisor", document._name, method, ids=document.ids, comment=text
                    )
                    self.assert_sound(document)
                point.rollback()
                self.env.invalidate_all()

    def test_texts_of_a_promise_and_an_inspection(self):
        """D4: reasons of a changed promise and of a failed inspection."""
        bought = self.make_product("Relay", "P-2001")
        waiting = self.approved(lines=[(bought, 4)])
        line = waiting.line_ids
        self.rpc_json("buyer", line._name, "write", {"promised_date": "2030-01-01"}, ids=line.ids)
        self.sign("buyer", waiting)
        issued = self.issued()
        for text in TEXTS:
            with self.subTest(text=repr(text)[:30]):
                self.outcome(
                    "buyer",
                    line._name,
                    "action_change_promise",
                    ids=line.ids,
                    promised_date="2030-02-01",
                    reason=text,
                )
                self.outcome(
                    "inspector",
                    "stock.picking",
                    "action_inspect_fail",
                    ids=issued.picking_ids.ids,
                    comment=text,
                )
                self.outcome(
                    "storekeeper",
                    "stock.picking",
                    "write",
                    {"waybill": text},
                    ids=issued.picking_ids.ids,
                )
                self.assert_sound(waiting, issued)

    def test_languages(self):
        """D4, A10: an odd language or time zone in the context changes no digest."""
        requisition = self.submitted()
        plain = self.digest_of("tech_reviewer", requisition)
        for value in LANGS:
            for key in ("lang", "tz"):
                with self.subTest(key=key, value=value):
                    try:
                        with self.env.cr.savepoint():
                            rows = self.rpc_json(
                                "tech_reviewer",
                                requisition._name,
                                "read",
                                ["content_digest"],
                                ids=requisition.ids,
                                context={key: value},
                            )
                    except Exception:  # core refuses most of them by itself
                        self.env.invalidate_all()
                        continue
                    self.assertEqual(rows[0]["content_digest"], plain)
        for context in (
            {"lang": "zh_CN"},
            {"lang": "zh_CN", "tz": "Asia/Shanghai", "bin_size": True},
        ):
            document = self.submitted()
            self.act(
                "tech_reviewer",
                document,
                "action_approve",
                context=context,
                comment="同意",
                seen_digest=self.digest_of("tech_reviewer", document),
            )
            self.assert_sound(document)

    def test_large_photograph(self):
        """D4, A26: a photograph of 20 MB is kept and verified like any other."""
        requisition = self.make_requisition()
        raw = b"\xff\xd8\xff" + bytes(20 * 1024 * 1024)
        attachment_id = self.rpc_json(
            "supervisor",
            "ir.attachment",
            "create",
            {
                "name": "photo.jpg",
                "datas": base64.b64encode(raw).decode(),
                "res_model": requisition._name,
                "res_id": requisition.id,
            },
        )
        self.act("supervisor", requisition, "action_submit")
        self.assertTrue(self.env["ir.attachment"].browse(attachment_id).aftersales_kept)
        self.assert_sound(requisition)

    def test_configuration(self):
        """D4: an administrator's odd condition or limit is refused, and never blocks a
        submission with a traceback."""
        step = self.env.ref("aftersales_service.step_requisition_review")
        for vals in (
            *(
                {"condition": text}
                for text in (
                    "[",
                    "x",
                    "[('no_field', '=', 1)]",
                    "[('name', 'no operator', 1)]",
                    "__import__('os')",
                    "5",
                    "[1, 2]",
                    "\x00",
                    "[('id', 'in', [])",
                    "lambda: 1",
                    "{}",
                    "None",
                    "[('id', '=', 1/0)]",
                )
            ),
            *({"due_hours": number} for number in NUMBERS),
            {"group_id": False},
            {"group_id": 2**31 - 1},
            {"model": "res.partner"},
            {"model": False},
            {"act": "forge"},
            {"phase": "none"},
            {"sequence": -5},
            {"sequence": 2**40},
            {"responsible_id": self.users["supervisor"].id},
        ):
            with self.subTest(vals=vals), self.env.cr.savepoint() as point:
                requisition = self.make_requisition()
                self.env.flush_all()
                try:
                    with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                        self.rpc_json("admin", step._name, "write", vals, ids=step.ids)
                except Exception:  # refused by core or by us
                    self.env.invalidate_all()
                self.outcome("supervisor", requisition._name, "action_submit", ids=requisition.ids)
                if requisition.state == "submitted":
                    self.outcome(
                        "tech_reviewer",
                        requisition._name,
                        "action_approve",
                        ids=requisition.ids,
                        seen_digest=self.digest_of("tech_reviewer", requisition),
                    )
                self.assert_sound(requisition)
                point.rollback()
                self.env.invalidate_all()

    def test_commands(self):
        """D4: commands that aren't any leave the document alone."""
        requisition = self.submitted()
        before = self.picture()
        for commands in (
            5,
            "x",
            [5],
            [[]],
            [[9, 0, 0]],
            [["x", 1, {}]],
            [[0, 0, "x"]],
            [[1, "x", {}]],
            {"a": 1},
            [[1, requisition.line_ids[0].id, []]],
            [[6, 0, "x"]],
            [list(Command.create({}))],
        ):
            with self.subTest(commands=commands):
                try:
                    with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                        self.rpc_json(
                            "supervisor",
                            requisition._name,
                            "write",
                            {"line_ids": commands},
                            ids=requisition.ids,
                        )
                except Exception:  # core's own words for nonsense
                    self.env.invalidate_all()
                self.assertEqual(self.changes(before, self.picture()), [])
        self.assert_sound(requisition)
