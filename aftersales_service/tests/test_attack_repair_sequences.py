from odoo.exceptions import UserError
from odoo.tests import tagged

from .repair_case import RepairCase


@tagged("post_install", "-at_install")
class TestAttackRepairSequences(RepairCase):
    """B9, A16: the unit that came in is the unit that leaves, and is in the house once."""

    def reopened(self):
        repair = self.take_in(self.announced())
        self.decide("engineer", repair, "action_reject", comment="wrong form")
        self.act("supervisor", repair, "action_revise")
        self.assertEqual((repair.state, repair.in_house), ("draft", True))
        return repair

    def test_what_is_in_the_house_stays_what_it_is(self):
        repair = self.reopened()
        stranger = self.env["res.partner"].create({"name": "Ridge Works"})
        lot = self.env["stock.lot"].create({"name": "OTHER", "product_id": self.breaker.id})
        for vals in (
            {"partner_id": stranger.id},
            {"unit_id": self.unit_paid.id},
            {"unit_id": self.unit_paid.id, "lot_id": self.unit_paid.lot_id.id},
            {"lot_id": lot.id},
            {"lot_id": False},
            {"quantity": 0.5},
            {"product_id": self.part_a.id},
            {"warehouse_id": False},
        ):
            with self.subTest(vals=vals):
                self.refused("supervisor", repair._name, "write", vals, ids=repair.ids)
        self.act("supervisor", repair, "action_submit")
        self.diagnose(repair)
        self.assert_sound(repair)

    def test_unit_that_is_in_stock_does_not_come_in(self):
        """B9: a number that stands in our own stock can't be sent in by the customer."""
        repair = self.announced()
        self.put_on_stock(self.breaker, 1, self.unit_free.lot_id)
        self.fill("storekeeper", repair, appearance="Sound", accessories="None")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.sign("storekeeper", repair)
        self.assertFalse(repair.in_house)

    def test_customer_gets_a_firm_meanwhile(self):
        repair = self.passed()
        owner = repair.partner_id
        self.customer.write({"is_company": False})
        self.customer.parent_id = self.env["res.partner"].create({"name": "Group"})
        self.send_back(repair)
        self.assertEqual(self.in_quarantine(), {})
        self.assertEqual(repair.partner_id, owner)
        self.assert_sound(repair)
