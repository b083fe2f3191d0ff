import inspect

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tools import mute_logger

from .attack_case import AttackCase
from .common import ROLES

ADDONS = ("aftersales_service", "aftersales_service_report")
OUR_MODELS = (
    "aftersales.requisition",
    "aftersales.requisition.line",
    "aftersales.approval",
    "aftersales.amendment",
)


class TestPublicMethods(AttackCase):
    """D5: every public method answers or refuses, and changes nothing it shouldn't."""

    our_models = OUR_MODELS
    # somebody who only reads these models
    reader = "engineer"
    # methods that there have to be, so that the search for them is known to work
    known_methods = frozenset({"action_submit", "action_approve", "action_pack", "action_verify"})

    # who may change something by a method of ours, with the wrong arguments used here
    ALLOWED = {
        ("aftersales.requisition", "action_submit"): {"supervisor"},
        ("aftersales.requisition", "action_cancel"): {"supervisor"},
        ("aftersales.requisition.line", "action_use_proposal"): {"supervisor", "buyer", "planner"},
        ("stock.picking", "action_inspect_pass"): {"inspector"},
        ("stock.picking", "action_inspect_fail"): {"inspector"},
        ("stock.picking", "action_pack"): {"storekeeper"},
        ("helpdesk.ticket", "action_create_change"): {"project_manager"},
        ("helpdesk.ticket", "action_post_costs"): {"finance"},
        ("helpdesk.ticket", "action_create_return"): {"agent", "supervisor", "commerce"},
        ("stock.picking", "action_create_return"): {"agent", "supervisor", "commerce"},
        ("aftersales.unit", "action_create_return"): {"agent", "supervisor", "commerce"},
    }
    WRONG = (
        ((), {}),
        ((None,), {}),
        (("__proto__",), {}),
        ((0,), {}),
        (({"x": [1]},), {}),
        ((None, 7), {}),
        (("x", ["y"]), {}),
        ((float("1e308"), float("-1")), {}),
        ((), {"comment": 5}),
        ((), {"comment": ["x"]}),
        ((), {"comment": {"a": 1}, "seen_digest": {"b": 2}}),
        ((), {"promised_date": "tomorrow", "reason": "x"}),
        ((), {"promised_date": 5, "reason": 5}),
        ((), {"promised_date": "2030-02-30", "reason": None}),
        ((), {"no_such_argument": True}),
        ((), {"shipping": [1]}),
        ((), {"shipping": {"requisition_id": False}}),
        ((), {"shipping": {"waybill": "\x00", "carrier_partner_id": 2**31 - 1}}),
        ((), {"shipping": {"box_count": 10**12}}),
    )

    def is_ours(self, cls):
        return cls.__module__.startswith(tuple(f"odoo.addons.{name}." for name in ADDONS))

    def own_methods(self):
        """Yield (model, name) of every public method that our addons add."""
        seen = set()
        for model_name, cls in self.env.registry.items():
            for base in cls.mro():
                if not self.is_ours(base):
                    continue
                for name, value in vars(base).items():
                    if name.startswith("_") or not inspect.isfunction(value) or cls._abstract:
                        continue
                    if any(name in vars(other) for other in cls.mro() if not self.is_ours(other)):
                        continue  # what core makes of wrong arguments is its own affair
                    if (model_name, name) not in seen and not getattr(value, "_api_private", False):
                        seen.add((model_name, name))
                        yield model_name, name

    def targets(self, model_name):
        """Return the ids that a method is tried on."""
        record = self.samples.get(model_name)
        ids = record.ids if record else []
        return [[], [2**31 - 1], *([ids, ids + ids] if ids else [])]

    def make_samples(self):
        self.draft, self.under_way, self.done = (
            self.make_requisition(),
            self.submitted(),
            self.issued(),
        )
        self.bought = self.make_product("Relay", "P-2001")
        self.waiting = self.approved(lines=[(self.bought, 4)])
        self.documents = self.draft | self.under_way | self.done | self.waiting
        sample_unit = self.env["aftersales.unit"].search([], limit=1)
        wizard = self.env["aftersales.sign.wizard"].create(
            {"res_model": self.under_way._name, "res_id": self.under_way.id, "seen_digest": "x"}
        )
        self.samples = {
            "aftersales.requisition": self.documents,
            "aftersales.requisition.line": self.documents.line_ids,
            "aftersales.approval": self.documents.approval_ids,
            "aftersales.approval.step": self.env["aftersales.approval.step"].search([]),
            "aftersales.unit": sample_unit,
            "aftersales.sign.wizard": wizard,
            "helpdesk.ticket": self.ticket,
            "stock.picking": self.done.picking_ids,
            "stock.move": self.done.sudo().picking_ids.move_ids,
        }

    def call(self, user, model, name, args, kwargs, ids):
        """Return None, or the exception that a client would see as a traceback."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.rpc_json(user, model, name, *args, ids=ids, **kwargs)
        except (UserError, IntegrityError):
            return None
        except TypeError as error:
            method = get_public_method(self.env[model], name)
            try:
                bound = (self.env[model], *args)
                inspect.signature(method).bind(*bound, **kwargs)
            except TypeError:
                return None  # the call doesn't fit the signature
            else:
                return error
        except Exception as error:
            return error
        finally:
            self.env.invalidate_all()
        return None

    def writers(self, model):
        """Return the roles that may write, create or delete records of a model."""
        return {
            role
            for role in ROLES
            if any(
                self.env[model].with_user(self.users[role]).has_access(operation)
                for operation in ("write", "create", "unlink")
            )
        }

    def test_methods_of_ours(self):
        """D5: with no and with wrong arguments, on no, one, two and missing records."""
        self.make_samples()
        methods = sorted(self.own_methods())
        names = {name for _model, name in methods}
        self.assertGreaterEqual(names, self.known_methods)
        for model, name in methods:
            writers = self.ALLOWED.get((model, name))
            if writers is None:
                writers = set() if model in self.our_models else self.writers(model)
            api_model = getattr(get_public_method(self.env[model], name), "_api_model", False)
            for role in ROLES:
                before = self.picture()
                errors = []
                with self.env.cr.savepoint() as point:
                    for args, kwargs in self.WRONG:
                        for ids in [None] if api_model else self.targets(model):
                            error = self.call(role, model, name, args, kwargs, ids)
                            if error is not None:
                                errors.append((args, kwargs, ids, repr(error)))
                    with self.subTest(model=model, method=name, role=role):
                        self.assertEqual(errors[:3], [])
                        if role not in writers:
                            self.assertEqual(self.changes(before, self.picture()), [])
                    point.rollback()
                    self.env.invalidate_all()
        self.assertEqual(self.env["aftersales.verification"]._verify(self.company), [])

    def test_methods_of_core_on_our_models(self):
        """D5: no inherited public method lets a reader change anything of ours."""
        self.make_samples()
        portal = self.make_user("as_portal")
        portal.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        for model in (*self.our_models, "aftersales.approval.step", "aftersales.seal"):
            names = [
                name
                for name in dir(type(self.env[model]))
                if not name.startswith("_")
                and inspect.isfunction(inspect.getattr_static(type(self.env[model]), name, None))
            ]
            for user in (self.reader, portal):
                before = self.picture()
                with self.env.cr.savepoint() as point:
                    for name in names:
                        try:
                            method = get_public_method(self.env[model], name)
                        except (UserError, AttributeError):
                            continue
                        api_model = getattr(method, "_api_model", False)
                        ids = None if api_model else self.samples.get(model, self.env[model]).ids
                        for args in (
                            (),
                            ({"state": "approved"},),
                            ("state", "approved"),
                            ([["state"]], [["x"]]),
                        ):
                            try:
                                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                                    self.rpc_json(user, model, name, *args, ids=ids)
                            except Exception:  # what core does with nonsense is its own affair
                                self.env.invalidate_all()
                    with self.subTest(model=model, user=str(user)):
                        self.assertEqual(self.changes(before, self.picture()), [])
                    point.rollback()
                    self.env.invalidate_all()
        self.assertEqual(self.env["aftersales.verification"]._verify(self.company), [])

    def test_private_methods(self):
        """D5: the engine can't be called by a client."""
        requisition = self.submitted()
        for name in (
            "_door_write",
            "_door_create",
            "_append_evidence",
            "_complete_evidence",
            "_sign",
            "_submit",
            "_reject",
            "_create_picking",
            "_set_fulfilment",
            "_update_fulfilment",
            "_verify_document",
        ):
            with self.subTest(name=name):
                self.refused("supervisor", requisition._name, name, ids=requisition.ids)
        for model in (
            "ir.attachment",
            "stock.picking",
            "aftersales.approval",
            "aftersales.requisition.line",
        ):
            self.refused("supervisor", model, "_door_write", {"state": "x"}, ids=[1])
        for model, name in (
            ("aftersales.seal", "_seal_company"),
            ("aftersales.seal", "_cron_seal"),
            ("aftersales.approval", "_cron_remind"),
            ("aftersales.verification", "_verify"),
        ):
            self.refused("admin", model, name)
        self.assert_sound(requisition)
