from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

GUARDS = ("door", "fixed", "locked", "free")
OURS = ("aftersales_service", "aftersales_service_report")
MAGIC = {"id", "create_uid", "create_date", "write_uid", "write_date"}
# what the mail and activity mixins store themselves
CORE_MODULES = ("mail", "rating", "portal", "mail_activity")


@tagged("post_install", "-at_install")
class TestGuard(TransactionCase):
    """The law of the house, 1: every stored field says who may change it."""

    def guarded(self):
        """Return every concrete guarded model."""
        mixin = self.env.registry["aftersales.guard"]
        return [
            self.env[name]
            for name, cls in self.env.registry.items()
            if issubclass(cls, mixin) and not cls._abstract
        ]

    def is_ours(self, model):
        """Return whether the model is a new one of ours, not an extended core model."""
        return model._original_module in OURS

    def own_fields(self, model):
        """Return the stored fields that are ours to classify: all of a model of ours,
        and of an extended core model those that we have added."""
        return {
            name: field
            for name, field in model._fields.items()
            if field.store
            and name not in MAGIC
            and (field._module in OURS or self.is_ours(model) and field._module not in CORE_MODULES)
        }

    def test_there_are_guarded_models(self):
        """Law 1: the documents, their lines and the evidence are guarded."""
        names = {model._name for model in self.guarded()}
        self.assertGreaterEqual(
            names,
            {
                "aftersales.requisition",
                "aftersales.requisition.line",
                "aftersales.approval",
                "aftersales.amendment",
                "aftersales.seal",
            },
        )

    def test_every_stored_field_is_classified(self):
        """Law 1: no stored field of a guarded model lacks its class."""
        for model in self.guarded():
            for name, field in self.own_fields(model).items():
                if field.type in ("one2many", "many2many"):
                    continue
                with self.subTest(field=f"{model._name}.{name}"):
                    self.assertIn(getattr(field, "guard", None), GUARDS)

    def test_no_many2many_in_the_content(self):
        """Law 1: content that is signed has no many2many (changed from the other side)."""
        for model in self.guarded():
            for name, field in self.own_fields(model).items():
                with self.subTest(field=f"{model._name}.{name}"):
                    self.assertFalse(
                        field.type == "many2many"
                        and getattr(field, "guard", None) in ("locked", "fixed", "door")
                    )

    def test_door_fields_are_not_copied(self):
        """Law 1, A22: no door field is carried into a duplicate."""
        for model in self.guarded():
            if model._guard_closed:
                continue  # can't be copied at all
            for name in model._guard_fields("door"):
                field = model._fields[name]
                with self.subTest(field=f"{model._name}.{name}"):
                    self.assertFalse(field.copy and not field.related)

    def test_stored_computed_and_related_fields(self):
        """Law 1, A25: a stored field that is computed for good is a door."""
        for model in self.guarded():
            for name, field in self.own_fields(model).items():
                if (field.compute or field.related) and field.readonly:
                    with self.subTest(field=f"{model._name}.{name}"):
                        self.assertEqual(getattr(field, "guard", None), "door")

    def test_states_are_doors(self):
        """Law 1, A3: a state, round, number or running total is never less than a door."""
        for model in self.guarded():
            if model._guard_closed or not self.is_ours(model):
                continue
            for name in (
                "state",
                "round",
                "fulfilment",
                "qty_issued",
                "qty_product",
                "evidence_count",
                "evidence_head",
                "contributor_uids",
                "submitted_by_id",
            ):
                if name in model._fields and model._fields[name].store:
                    with self.subTest(field=f"{model._name}.{name}"):
                        self.assertEqual(getattr(model._fields[name], "guard", None), "door")

    def test_amendable_fields_are_locked(self):
        """Law 3, A27: what a step may amend is locked otherwise."""
        for model in self.guarded():
            for name, field in model._fields.items():
                if getattr(field, "amend", None):
                    with self.subTest(field=f"{model._name}.{name}"):
                        self.assertEqual(field.guard, "locked")

    def test_mixin_stands_first(self):
        """Law 1: before ``mail.thread`` in the method order, so that tracking isn't lost
        and every write meets the guard."""
        guard = self.env.registry["aftersales.guard"]
        for model in filter(self.is_ours, self.guarded()):
            order = [cls for cls in type(model).mro() if getattr(cls, "_name", None)]
            names = [cls._name for cls in order]
            if "mail.thread" in names:
                with self.subTest(model=model._name):
                    self.assertLess(names.index(guard._name), names.index("mail.thread"))

    def test_deletion_guards_can_not_be_forced(self):
        """Law 1, A6: every deletion guard of ours runs with ``_force_unlink`` as well."""
        found = 0
        for name, cls in self.env.registry.items():
            for attribute in dir(cls):
                method = getattr(cls, attribute, None)
                if not hasattr(method, "_ondelete"):
                    continue
                module = getattr(method, "__module__", "")
                if not any(f".{addon}." in module for addon in OURS):
                    continue
                found += 1
                with self.subTest(method=f"{name}.{attribute}"):
                    self.assertIs(method._ondelete, True)
        self.assertGreater(found, 4)

    def test_every_model_of_ours_has_a_company_rule(self):
        """Law 7, D1: a model with a company has a global rule over companies."""
        for name, cls in self.env.registry.items():
            if cls._abstract or cls._transient or not name.startswith("aftersales."):
                continue
            model = self.env[name]
            if not model._auto or "company_id" not in model._fields:
                continue
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", name), ("groups", "=", False), ("perm_read", "=", True)]
            )
            with self.subTest(model=name):
                self.assertTrue(any("company_ids" in rule.domain_force for rule in rules))

    def test_no_access_for_everybody(self):
        """Law 8: no access line of ours is without a group, none lets anyone write evidence."""
        closed = {model._name for model in self.guarded() if model._guard_closed}
        lines = self.env["ir.model.access"].search([("model_id.model", "=like", "aftersales.%")])
        self.assertTrue(lines)
        for line in lines:
            with self.subTest(line=line.name):
                self.assertTrue(line.group_id)
                if line.model_id.model in closed:
                    self.assertFalse(line.perm_write or line.perm_create or line.perm_unlink)

    def test_closed_models_refuse_the_superuser(self):
        """Law 2, A5: the evidence models refuse create, write and unlink of the superuser."""
        for model in self.guarded():
            if not model._guard_closed:
                continue
            for deed in (
                lambda model=model: model.sudo().create({}),
                lambda model=model: model.sudo().write({}),
                lambda model=model: model.sudo().unlink(),
            ):
                with self.subTest(model=model._name), self.assertRaises(UserError):
                    deed()

    def test_the_door_is_private(self):
        """Law 1: no client can call a way through the door."""
        for name, cls in self.env.registry.items():
            for attribute in dir(cls):
                if "door" in attribute and callable(getattr(cls, attribute, None)):
                    with self.subTest(method=f"{name}.{attribute}"):
                        self.assertTrue(attribute.startswith("_"))
