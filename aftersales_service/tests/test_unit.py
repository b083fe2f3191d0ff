from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import HOSTILE_CONTEXT, AftersalesCase


class UnitCase(AftersalesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.breaker = cls.make_product(
            "Switchgear", "KYN28A", tracking="serial", aftersales_served=True
        )

    def make_unit(self, role="agent", **values):
        vals = {"model_spec": "KYN28A-12", "partner_id": self.customer.id, **values}
        unit_id = self.rpc(role, "aftersales.unit", "create", vals)
        return self.env["aftersales.unit"].browse(unit_id)

    def edit(self, role, unit, context=None, **values):
        self.rpc(role, "aftersales.unit", "write", values, ids=unit.ids, context=context)
        unit.invalidate_recordset()

    def request(self, unit):
        ticket_id = self.rpc("agent", "helpdesk.ticket", "create", {"unit_id": unit.id})
        return self.env["helpdesk.ticket"].browse(ticket_id)


@tagged("post_install", "-at_install")
class TestWarranty(UnitCase):
    def test_whichever_ends_first(self):
        """R004-27: delivery plus 18 months or commissioning plus 12, whichever is first."""
        for delivery, commissioning, expected in (
            ("2025-11-30", False, date(2027, 5, 30)),
            (False, "2026-02-28", date(2027, 2, 28)),
            ("2025-11-30", "2026-01-10", date(2027, 1, 10)),
            ("2025-11-30", "2026-12-01", date(2027, 5, 30)),
            ("2025-08-31", False, date(2027, 2, 28)),
            (False, False, False),
        ):
            unit = self.make_unit(delivery_date=delivery, commissioning_date=commissioning)
            self.assertEqual(unit.warranty_end, expected, (delivery, commissioning))

    def test_months_come_from_contract_product_company(self):
        """R004-27: the contract's months, else the product's, else the company's."""
        self.company.aftersales_warranty_months_delivery = 24
        unit = self.make_unit(delivery_date="2026-01-01")
        self.assertEqual(unit.warranty_end, date(2028, 1, 1))
        self.part_a.aftersales_warranty_months_delivery = 6
        unit = self.make_unit(delivery_date="2026-01-01", product_id=self.part_a.id)
        self.assertEqual(unit.warranty_end, date(2026, 7, 1))
        self.company.aftersales_warranty_months_delivery = 12
        self.part_a.aftersales_warranty_months_delivery = 60
        unit.invalidate_recordset()
        self.assertEqual(unit.warranty_end, date(2026, 7, 1), "later settings don't reach it")
        unit = self.make_unit(delivery_date="2026-01-01", warranty_months_delivery=36)
        self.assertEqual(unit.warranty_end, date(2029, 1, 1))

    def test_last_day_is_inclusive(self):
        """R004-27: covered on the last day, not on the day after it."""
        unit = self.make_unit(delivery_date="2026-01-01")
        covered = unit._get_coverage(date(2027, 7, 1))
        self.assertEqual(covered["coverage"], "in_warranty")
        self.assertEqual(covered["until"], date(2027, 7, 1))
        self.assertEqual(unit._get_coverage(date(2027, 7, 2))["coverage"], "expired")

    def test_today_is_the_company_day(self):
        """R004-27: at 17:00 UTC it is tomorrow in Shanghai and today in Berlin."""
        unit = self.make_unit(delivery_date="2026-01-01", serial_number="W1")
        Unit = self.env["aftersales.unit"]
        for tz, moment, inside in (
            ("Asia/Shanghai", "2027-07-01 15:59:00", True),
            ("Asia/Shanghai", "2027-07-01 16:00:00", False),
            ("Europe/Berlin", "2027-07-01 16:00:00", True),
        ):
            self.company.aftersales_tz = tz
            with freeze_time(moment):
                unit.invalidate_recordset()
                self.assertEqual(unit.is_in_warranty, inside, (tz, moment))
                for value in (True, False):
                    found = Unit.search(
                        [("is_in_warranty", "=", value), ("serial_number", "=", "W1")]
                    )
                    self.assertEqual(bool(found), inside is value, (tz, moment, value))

    def test_unknown_warranty_is_not_in_warranty(self):
        """R004-27: a unit without dates is found as not in warranty."""
        unit = self.make_unit(serial_number="W0")
        Unit = self.env["aftersales.unit"]
        self.assertEqual(
            Unit.search([("is_in_warranty", "!=", True), ("serial_number", "=", "W0")]), unit
        )
        self.assertEqual(unit._get_coverage(date(2026, 1, 1))["coverage"], "unknown")

    def test_service_contract_covers_after_the_warranty(self):
        """R004-26: a service contract covers when the warranty has ended."""
        unit = self.make_unit(delivery_date="2020-01-01")
        self.edit(
            "supervisor", unit, service_contract_ref="SC-7", service_contract_until="2026-12-31"
        )
        found = unit._get_coverage(date(2026, 12, 31))
        self.assertEqual((found["coverage"], found["until"]), ("contract", date(2026, 12, 31)))
        self.assertIn("SC-7", found["basis"])
        self.assertEqual(unit._get_coverage(date(2021, 7, 1))["coverage"], "in_warranty")
        self.assertEqual(unit._get_coverage(date(2027, 1, 1))["coverage"], "expired")

    def test_service_contract_is_the_supervisors(self):
        """Attack C3: an agent can't make service free by entering a contract."""
        unit = self.make_unit(delivery_date="2020-01-01")
        with self.assertRaises(AccessError):
            self.edit("agent", unit, service_contract_until="2099-12-31")
        with self.assertRaises(AccessError):
            self.make_unit(service_contract_until="2099-12-31")
        with self.assertRaises(AccessError):
            self.rpc(
                "agent",
                "aftersales.unit",
                "create",
                {"model_spec": "X"},
                context={"default_service_contract_until": "2099-12-31"},
            )

    def test_own_warranty_of_a_part(self):
        """R004-27: a replaced part has a term of its own, shown with the coverage."""
        unit = self.make_unit(delivery_date="2020-01-01")
        vals = {
            "unit_id": unit.id,
            "product_id": self.part_a.id,
            "date_start": "2026-01-01",
            "months": 6,
        }
        term_id = self.rpc("supervisor", "aftersales.unit.term", "create", vals)
        term = self.env["aftersales.unit.term"].browse(term_id)
        self.assertEqual(term.date_end, date(2026, 7, 1))
        self.assertEqual(term.company_id, unit.company_id)
        self.assertIn("2026-07-01", unit._get_coverage(date(2026, 7, 1))["basis"])
        self.assertNotIn("2026-07-01", unit._get_coverage(date(2026, 7, 2))["basis"])
        for name, value in (
            ("months", 60),
            ("date_start", "2030-01-01"),
            ("date_end", "2099-01-01"),
            ("company_id", 1),
        ):
            with self.assertRaises(UserError, msg=name):
                self.rpc(
                    "supervisor",
                    "aftersales.unit.term",
                    "write",
                    {name: value},
                    ids=[term_id],
                    context=HOSTILE_CONTEXT,
                )
        with self.assertRaises(AccessError):
            self.rpc("agent", "aftersales.unit.term", "create", vals)


@tagged("post_install", "-at_install")
class TestWarrantyChange(UnitCase):
    def change(self, role, unit, new_end, reason):
        wizard_id = self.rpc(
            role,
            "aftersales.warranty.change.wizard",
            "create",
            {"unit_id": unit.id, "new_end": new_end, "reason": reason},
        )
        self.rpc(role, "aftersales.warranty.change.wizard", "action_confirm", ids=[wizard_id])
        unit.invalidate_recordset()

    def test_supervisor_changes_with_a_reason(self):
        """R004-27: old and new end, reason, person and time stay on record."""
        unit = self.make_unit(delivery_date="2026-01-01")
        self.change("supervisor", unit, "2028-12-31", "Supplement 3 to the contract")
        self.assertEqual(unit.warranty_end, date(2028, 12, 31))
        row = unit.warranty_change_ids
        self.assertEqual((row.old_end, row.new_end), (date(2027, 7, 1), date(2028, 12, 31)))
        self.assertEqual(row.reason, "Supplement 3 to the contract")
        self.assertEqual(row.user_id, self.users["supervisor"])
        self.assertEqual(row.user_name, self.users["supervisor"].name)
        self.assertIn("Supplement 3", unit._get_coverage(date(2028, 12, 31))["basis"])

    def test_nobody_else_and_not_without_a_reason(self):
        """R004-27, attack C3."""
        unit = self.make_unit(delivery_date="2026-01-01")
        for role in ("agent", "engineer", "admin", "general_manager"):
            with self.assertRaises(AccessError):
                self.change(role, unit, "2028-12-31", "because")
        with self.assertRaises(UserError):
            self.change("supervisor", unit, "2028-12-31", "   ")
        with self.assertRaises(UserError):
            self.change("supervisor", unit, "9999-12-31", "because")
        self.assertFalse(unit.warranty_change_ids)

    def test_doors_of_the_unit(self):
        """Attacks A1, A25: the end of the warranty and the origin are never typed."""
        unit = self.make_unit(delivery_date="2026-01-01")
        doors = {
            "name": "x",
            "warranty_end": "2099-01-01",
            "warranty_override_end": "2099-01-01",
            "origin_move_id": 1,
        }
        for name, value in doors.items():
            for role in ("agent", "supervisor", "admin"):
                with self.assertRaises(UserError, msg=name):
                    self.edit(role, unit, context=HOSTILE_CONTEXT, **{name: value})
                with self.assertRaises(UserError, msg=name):
                    self.make_unit(role, **{name: value})
            with self.assertRaises(UserError, msg=name):
                unit.sudo().write({name: value})
            self.env["ir.default"].with_user(self.users["agent"]).set(
                "aftersales.unit", name, value, user_id=True
            )
        fresh_id = self.rpc(
            "agent",
            "aftersales.unit",
            "create",
            {"model_spec": "Y"},
            context={f"default_{name}": value for name, value in doors.items()},
        )
        fresh = self.env["aftersales.unit"].browse(fresh_id)
        self.assertEqual(fresh.name, "Y")
        self.assertFalse(fresh.warranty_end)
        self.assertFalse(fresh.warranty_override_end)
        self.assertFalse(fresh.origin_move_id)

    def test_record_of_changes_is_closed(self):
        """R004-27, attacks A5, A6: nobody writes, deletes or makes up a change."""
        unit = self.make_unit(delivery_date="2026-01-01")
        self.change("supervisor", unit, "2028-12-31", "Supplement 3")
        row = unit.warranty_change_ids
        for role in ("supervisor", "admin"):
            with self.assertRaises(UserError):
                self.rpc(
                    role,
                    row._name,
                    "write",
                    {"reason": "other"},
                    ids=row.ids,
                    context=HOSTILE_CONTEXT,
                )
            with self.assertRaises(UserError):
                self.rpc(role, row._name, "unlink", ids=row.ids, context=HOSTILE_CONTEXT)
        for action in (
            lambda: row.sudo().write({"reason": "other"}),
            lambda: row.sudo().unlink(),
            lambda: row.sudo().copy(),
            lambda: unit.sudo().write({"warranty_change_ids": [Command.delete(row.id)]}),
        ):
            with self.assertRaises(UserError):
                action()


@tagged("post_install", "-at_install")
class TestClosedUnit(UnitCase):
    def test_agent_edits_before_a_request_rests_on_it(self):
        """R000-16: sales and service supply the dates after delivery."""
        unit = self.make_unit(serial_number="C1", delivery_date="2026-01-01")
        self.edit("agent", unit, delivery_date="2026-02-01", warranty_months_delivery=12)
        self.assertEqual(unit.warranty_end, date(2027, 2, 1))

    def test_dates_close_with_the_first_request(self):
        """R004-27, attack C3: then only the wizard changes who pays."""
        unit = self.make_unit(serial_number="C1", delivery_date="2026-01-01")
        self.request(unit)
        for vals in (
            {"delivery_date": "2026-06-01"},
            {"delivery_date": False},
            {"warranty_months_delivery": 60},
            {"warranty_months_commissioning": 60},
        ):
            for role in ("agent", "supervisor", "admin"):
                with self.assertRaises(UserError, msg=vals):
                    self.edit(role, unit, context=HOSTILE_CONTEXT, **vals)
        self.assertEqual(unit.warranty_end, date(2027, 7, 1))

    def test_identity_is_corrected_by_the_supervisor(self):
        """Attack C3: a nameplate isn't swapped by an agent; a supervisor corrects it."""
        unit = self.make_unit(serial_number="C1", delivery_date="2026-01-01")
        self.request(unit)
        with self.assertRaises(UserError):
            self.edit("agent", unit, serial_number="C2")
        self.edit("supervisor", unit, serial_number="C2")
        self.assertEqual(unit.serial_number, "C2")

    def test_another_product_changes_no_warranty(self):
        """R004-27, attack C3: the identity of a closed unit is corrected without its
        warranty following to the other product's."""
        unit = self.make_unit(serial_number="C1", delivery_date="2026-01-01")
        self.request(unit)
        end = unit.warranty_end
        product = self.env["product.product"].create(
            {"name": "Forever", "aftersales_warranty_months_delivery": 600}
        )
        self.edit("supervisor", unit, product_id=product.id)
        self.assertEqual(unit.product_id, product)
        self.assertEqual(unit.warranty_end, end)

    def test_commissioning_comes_later(self):
        """R004-27: the date is filled when it is known; later only corrected by the
        supervisor, and always on record."""
        unit = self.make_unit(serial_number="C1", delivery_date="2026-01-01")
        self.request(unit)
        self.edit(
            "agent",
            unit,
            context={"tracking_disable": True, "mail_notrack": True},
            commissioning_date="2026-02-01",
        )
        self.assertEqual(unit.warranty_end, date(2027, 2, 1))
        with self.assertRaises(UserError):
            self.edit("agent", unit, commissioning_date="2026-05-01")
        self.edit("supervisor", unit, commissioning_date="2026-03-01")
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = unit.message_ids.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertIn("commissioning_date", tracked)
        self.assertIn("warranty_end", tracked)

    def test_unit_with_history_stays(self):
        """R000-19, attack A6: a unit that has requests isn't deleted."""
        unit = self.make_unit(serial_number="C1")
        ticket = self.request(unit)
        with self.assertRaises(UserError):
            self.rpc(
                "supervisor", "aftersales.unit", "unlink", ids=unit.ids, context=HOSTILE_CONTEXT
            )
        ticket.sudo().unlink()
        self.rpc("supervisor", "aftersales.unit", "unlink", ids=unit.ids)
        self.assertFalse(unit.exists())

    def test_company_is_fixed(self):
        """Attack A18: a unit stays in its company."""
        unit = self.make_unit(serial_number="C1")
        company = self.env["res.company"].create({"name": "Other Works"})
        with self.assertRaises(UserError):
            unit.sudo().write({"company_id": company.id})

    def test_other_company_sees_nothing(self):
        """Attack D1: units, terms and changes of another company."""
        company = self.env["res.company"].create({"name": "Other Works"})
        unit = self.env["aftersales.unit"].create(
            {
                "company_id": company.id,
                "serial_number": "F1",
                "model_spec": "X",
                "delivery_date": "2026-01-01",
            }
        )
        term = self.env["aftersales.unit.term"].create(
            {"unit_id": unit.id, "name": "coil", "date_start": "2026-01-01"}
        )
        for record in (unit, term):
            self.assertFalse(
                self.rpc("supervisor", record._name, "search", [("id", "=", record.id)])
            )
            with self.assertRaises(AccessError):
                self.rpc("supervisor", record._name, "read", ["display_name"], ids=record.ids)
        self.assertFalse(self.rpc("supervisor", "aftersales.unit", "name_search", "F1"))
        self.assertFalse(
            self.rpc(
                "supervisor",
                "aftersales.unit",
                "search",
                [("is_in_warranty", "=", True), ("id", "=", unit.id)],
            )
        )

    def test_form_and_actions(self):
        """R000-19: one page shows the unit's history."""
        unit = self.make_unit(serial_number="C1", delivery_date="2026-01-01")
        self.request(unit)
        with Form(unit.with_user(self.users["supervisor"])) as form:
            form.project_name = "Harbour"
        self.assertEqual(unit.ticket_count, 1)
        self.assertEqual(unit._get_qr_text(), "C1")
        for ids in ([], unit.ids):
            for method in ("action_view_tickets", "action_view_parts"):
                self.assertTrue(self.rpc("planner", "aftersales.unit", method, ids=ids))


@tagged("post_install", "-at_install")
class TestUnitData(UnitCase):
    @mute_logger("odoo.sql_db")
    def test_serial_number_is_unique_by_product_and_company(self):
        """R000-19: one unit for a company, product and serial number."""
        self.make_unit(serial_number="U1", product_id=self.breaker.id)
        self.make_unit(serial_number="U1", product_id=self.part_a.id)
        self.make_unit(serial_number="U1")
        for product in (self.breaker.id, False):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                self.make_unit(serial_number=" U1 ", product_id=product)

    def test_serial_number_is_plain(self):
        """R004-07: blanks and full-width characters don't make another number."""
        unit = self.make_unit(serial_number="\u3000\uff21\uff22\uff0d\uff11 ")
        self.assertEqual(unit.serial_number, "AB-1")
        unit = self.make_unit(serial_number="   ")
        self.assertFalse(unit.serial_number)

    def test_implausible_data_are_refused(self):
        """Attack D4: quantities and dates nobody means."""
        for vals, error in (
            ({"quantity": 0}, IntegrityError),
            ({"quantity": -1}, IntegrityError),
            ({"quantity": float("nan")}, UserError),
            ({"quantity": 1e9}, IntegrityError),
            ({"warranty_months_delivery": -1}, IntegrityError),
            ({"warranty_months_delivery": 100000}, IntegrityError),
            ({"serial_number": "Q1", "quantity": 2}, ValidationError),
            ({"delivery_date": "1900-01-01"}, ValidationError),
            ({"delivery_date": "9999-12-31"}, ValidationError),
            ({"model_spec": "  "}, ValidationError),
        ):
            with self.assertRaises(error, msg=vals), mute_logger("odoo.sql_db"):
                self.make_unit(**vals)
