import csv
from pathlib import Path

from odoo.exceptions import AccessError

from .common import AftersalesCase

ROLES_CSV = Path(__file__).resolve().parents[2] / "security" / "roles.csv"
CRUD = ("read", "write", "create", "unlink")


class TestRoles(AftersalesCase):
    """The database does what security/roles.csv declares, and nothing besides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with ROLES_CSV.open(encoding="utf-8", newline="") as file:
            cls.declared = {
                (row["role"], row["document"], row["operation"]) for row in csv.DictReader(file)
            }

    def get_access_rows(self):
        """Return what the access rights grant to our roles."""
        rows = set()
        for access in self.env["ir.model.access"].search([("group_id", "!=", False)]):
            xml_id = access.group_id.get_external_id()[access.group_id.id]
            if not xml_id.startswith("aftersales_service.group_"):
                continue
            role = xml_id.removeprefix("aftersales_service.group_")
            rows |= {
                (role, access.model_id.model, operation)
                for operation in CRUD
                if access[f"perm_{operation}"]
            }
        return rows

    def get_action_rows(self):
        """Return what the actions of the documents allow to our roles."""
        return {
            (role.removeprefix("aftersales_service.group_"), name, f"action:{action}")
            for name, cls in self.env.registry.items()
            if not cls._abstract
            for action, roles in getattr(cls, "_action_roles", {}).items()
            for role in roles
        }

    def get_step_rows(self):
        """Return who signs what, as the shipped chains say."""
        rows = set()
        for step in self.env["aftersales.approval.step"].search([]):
            xml_id = step.group_id.get_external_id()[step.group_id.id]
            role = xml_id.removeprefix("aftersales_service.group_")
            rows.add(
                (role, step.model, f"sign:{step.act}" + (f":{step.scope}" if step.scope else ""))
            )
        return rows

    def test_declared_is_real_and_real_is_declared(self):
        """Law 8: one duty matrix, held against the database in both directions."""
        real = self.get_access_rows() | self.get_action_rows() | self.get_step_rows()
        self.assertEqual(sorted(real - self.declared), [], "granted, but not declared")
        self.assertEqual(sorted(self.declared - real), [], "declared, but not granted")

    def test_roles_are_no_ladder(self):
        """No role includes another one; the reader is all they share."""
        groups = self.env["res.groups"].browse(
            self.env["ir.model.data"]
            .search([("module", "=", "aftersales_service"), ("model", "=", "res.groups")])
            .mapped("res_id")
        )
        reader = self.env.ref("aftersales_service.group_reader")
        for group in groups - reader:
            self.assertEqual(group.all_implied_ids & groups, group | reader, group.name)

    def test_the_administrator_signs_nothing(self):
        """Law 8: the administrator configures; with a role besides, he still doesn't sign."""
        requisition = self.make_requisition()
        admin = self.users["admin"]
        admin.group_ids |= self.env.ref("aftersales_service.group_tech_reviewer")
        self.act("supervisor", requisition, "action_submit")
        with self.assertRaises(AccessError):
            self.sign(admin, requisition)
        self.assertEqual(requisition.state, "submitted")
