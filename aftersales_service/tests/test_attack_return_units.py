from odoo.exceptions import UserError
from odoo.tests import tagged

from .return_settle_case import SettlementCase


@tagged("post_install", "-at_install")
class TestAttackReturnUnits(SettlementCase):
    """B9, R000-46: a unit comes in by one document, and not after it became ours."""

    def setUp(self):
        super().setUp()
        units = self.env["aftersales.unit"].search([("lot_id", "=", self.serials[0].id)])
        self.unit = units[:1]
        self.request = self.make_ticket(serial_number="VB-1")
        self.request.sudo().unit_id = self.unit

    def announced(self):
        repair_id = self.rpc(
            "supervisor", "aftersales.repair", "create", {"ticket_id": self.request.id}
        )
        repair = self.env["aftersales.repair"].browse(repair_id)
        self.act("supervisor", repair, "action_submit")
        return repair

    def take_in(self, repair):
        vals = {"appearance": "Sound", "accessories": "None"}
        self.rpc("storekeeper", repair._name, "write", vals, ids=repair.ids)
        self.sign("storekeeper", repair)

    def returned(self):
        document = self.submit_return(
            [{"product_id": self.breaker.id, "serial_number": "VB-1"}], ticket_id=self.request.id
        )
        self.sign_as(document, "sales_manager", "storekeeper")
        return document

    def test_returned_unit_does_not_come_for_repair(self):
        self.assertTrue(self.unit)
        self.returned()
        repair = self.announced()
        with self.assertRaisesRegex(UserError, "in the house"), self.env.cr.savepoint():
            self.take_in(repair)
        self.assertFalse(repair.in_house)

    def test_unit_in_repair_is_not_received_as_returned(self):
        repair = self.announced()
        self.take_in(repair)
        with self.assertRaisesRegex(UserError, "in the house"), self.env.cr.savepoint():
            self.returned()
        self.assertTrue(repair.in_house)
        self.assert_sound(repair)
