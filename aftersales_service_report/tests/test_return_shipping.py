from odoo.tests import tagged

from odoo.addons.aftersales_service.tests.return_settle_case import SettlementCase

from .common import FormCase


@tagged("post_install", "-at_install")
class TestReturnShipping(FormCase, SettlementCase):
    """发货清单 of what leaves when a return is settled (R004-20, B3)."""

    def test_exchange_has_its_shipping_list(self):
        """It names customer, return and goods, and is signed by pen."""
        document = self.decided(("exchange", 3, {}), verdict="quality_defect")
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.deliver_transfer(picking)
        text = self.plain(self.html("shipping", picking).text_content())
        for word in (document.name, picking.name, document.partner_id.name, self.coil.name):
            self.assertIn(word, text)
        self.assertNotIn("NOT IN FORCE", text)
