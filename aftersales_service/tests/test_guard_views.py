"""Law 1 in the web client: what a view sends for a door field is refused, so that no
view may offer one for editing."""

from unittest.mock import patch

from lxml import etree

from odoo.tests import TransactionCase, new_test_user, tagged

from .common import ROLES
from .test_guard import OURS

VIEW_TYPES = ("form", "list", "kanban")
ALWAYS = ("1", "True", "true")


@tagged("post_install", "-at_install")
class TestGuardViews(TransactionCase):
    """Every form, list and card that shows a guarded record, as a user gets it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = [f"aftersales_service.group_{role}" for role in ROLES]
        groups += ["base.group_multi_company", "base.group_no_one", "stock.group_stock_manager"]
        cls.user = new_test_user(cls.env, "as_everything", groups=",".join(groups))
        cls.mixin = cls.env.registry["aftersales.guard"]

    # ------------------------------------------------------------------
    # Walking
    # ------------------------------------------------------------------
    def is_guarded(self, model_name):
        cls = self.env.registry[model_name]
        return issubclass(cls, self.mixin) and not cls._abstract

    def get_views(self):
        """Return the whole views of the guarded models and of those that we extend."""
        own = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "in", OURS)]
        )
        models = set(self.env["ir.ui.view"].browse(own.mapped("res_id")).mapped("model"))
        models = {
            name
            for name in models - {False}
            if self.env[name].with_user(self.user).has_access("read")
        } | {name for name in self.env.registry if self.is_guarded(name)}
        return self.env["ir.ui.view"].search(
            [
                ("model", "in", list(models)),
                ("type", "in", VIEW_TYPES),
                ("mode", "=", "primary"),
            ]
        )

    def get_fields(self, view):
        """Yield (model, node, field as the client knows it) of a view and of those inside it."""
        result = (
            self.env[view.model].with_user(self.user).get_views([(view.id, view.type)], options={})
        )
        arch = etree.fromstring(result["views"][view.type]["arch"])
        known = {name: info["fields"] for name, info in result["models"].items()}
        yield from self.walk(arch, view.model, known)

    def walk(self, node, model_name, known):
        for child in node.iterchildren(tag=etree.Element):
            inside = model_name
            if child.tag == "field" and child.get("name") in known.get(model_name, {}):
                info = known[model_name][child.get("name")]
                yield model_name, child, info
                inside = info.get("relation") or model_name
            yield from self.walk(child, inside, known)

    def find_door(self, model_name, name):
        """Return the door field that this field is, or leads to as a related field."""
        field = self.env[model_name]._fields[name]
        if self.is_guarded(model_name) and getattr(field, "guard", None) == "door":
            return field
        if field.related and not field.readonly:
            target = field.related_field
            return self.find_door(target.model_name, target.name)
        return None

    def is_sent(self, node, info):
        """Return whether the web client may send the field: what the view says comes
        before what the field says, and ``force_save`` before both."""
        said = node.get("readonly")
        readonly = said in ALWAYS if said is not None else info.get("readonly")
        return not readonly or node.get("force_save") in ALWAYS

    def find_editable_doors(self, views):
        found = []
        seen = set()
        for view in views:
            for model_name, node, info in self.get_fields(view):
                name = node.get("name")
                if self.find_door(model_name, name) is None:
                    continue
                seen.add(f"{model_name}.{name}")
                if self.is_sent(node, info):
                    found.append(f"{view.xml_id or view.name}: {model_name}.{name}")
        return found, seen

    def extend(self, view_name, arch):
        view = self.env.ref(f"aftersales_service.{view_name}")
        self.env["ir.ui.view"].create(
            {
                "name": "a view with a mistake",
                "model": view.model,
                "inherit_id": view.id,
                "arch": f"<data>{arch}</data>",
            }
        )
        return self.find_editable_doors(view)[0]

    # ------------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------------
    def test_no_view_offers_a_door_field(self):
        """Law 1: no form, list or card of a guarded record lets a door field be edited or
        sent along."""
        found, seen = self.find_editable_doors(self.get_views())
        self.assertEqual(found, [])
        # that the walk came to documents, lines inside them and core models
        self.assertGreaterEqual(
            seen,
            {
                "aftersales.requisition.state",
                "aftersales.requisition.line.qty_issued",
                "aftersales.approval.decided_at",
                "aftersales.unit.warranty_end",
                "helpdesk.ticket.coverage",
                "stock.picking.shipped_at",
            },
        )

    def test_every_door_is_readonly_by_itself(self):
        """Law 1: a door field is readonly without a word in the view or at the field."""
        for name in filter(self.is_guarded, self.env.registry):
            model = self.env[name]
            doors = model._guard_fields("door")
            described = model.fields_get(doors, ["readonly"])
            for door in doors:
                with self.subTest(field=f"{name}.{door}"):
                    self.assertTrue(described[door]["readonly"])
        said = self.env["ir.model.fields"]._get("aftersales.approval", "decided_at")
        self.assertTrue(said.readonly)

    def test_an_editable_field_is_found(self):
        """Negative control: a door field that isn't readonly is found in forms and in the
        lists inside them."""
        fields = self.env["aftersales.requisition.line"]._fields
        view = self.env.ref("aftersales_service.aftersales_requisition_view_form")
        self.assertEqual(self.find_editable_doors(view)[0], [])
        with patch.object(fields["qty_issued"], "readonly", False):
            self.env.registry.clear_cache("templates")
            found = self.find_editable_doors(view)[0]
        self.env.registry.clear_cache("templates")
        self.assertTrue(found)
        self.assertTrue(all("aftersales.requisition.line.qty_issued" in text for text in found))

    def test_a_view_that_opens_the_field_is_found(self):
        """Negative control: a view that opens a door field, on a condition, is found."""
        found = self.extend(
            "aftersales_requisition_view_form",
            """<xpath expr="//field[@name='partner_id']" position="after">
                <field name="is_slipped" readonly="state != 'draft'"/>
            </xpath>""",
        )
        self.assertEqual(len(found), 1, found)

    def test_a_forced_field_is_found(self):
        """Negative control: ``force_save`` sends a readonly field and is found."""
        found = self.extend(
            "aftersales_requisition_view_form",
            """<xpath expr="//field[@name='partner_id']" position="after">
                <field name="ready_at" force_save="1"/>
            </xpath>""",
        )
        self.assertEqual(len(found), 1, found)
