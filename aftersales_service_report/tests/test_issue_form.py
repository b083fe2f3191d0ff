from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import FormCase


class TestIssueForm(FormCase):
    """材料领用单 and 发货清单: one picking, its evidence, its papers."""

    def setUp(self):
        super().setUp()
        self.requisition = self.approve(self.make_requisition())
        self.picking = self.requisition.picking_ids

    def finish(self):
        self.draw(self.requisition)
        self.issue(self.picking)

    def test_unfinished_issue_is_not_in_force(self):
        for name in ("issue", "issue_slip", "shipping"):
            self.assertIn("NOT IN FORCE", self.text(name, self.picking))
        self.finish()
        for name in ("issue", "issue_slip", "shipping"):
            self.assertNotIn("NOT IN FORCE", self.text(name, self.picking))

    def test_drawn_and_issued_are_signed_from_the_evidence(self):
        """R004-17: without both signatures the slip is no proof for the ledger."""
        tree = self.html("issue", self.picking)
        for label in ("Drawn: Service Supervisor", "Issued: Storekeeper"):
            self.assertNotIn("As ", self.cells(tree, label)[0])
        self.finish()
        tree = self.html("issue", self.picking)
        self.assertIn("As supervisor", self.cells(tree, "Drawn: Service Supervisor")[0])
        self.assertIn("As storekeeper", self.cells(tree, "Issued: Storekeeper")[0])
        self.assertNotIn("As ", self.cells(tree, "Booked: Finance")[0])

    def test_evidence_of_another_transfer_is_not_printed(self):
        self.finish()
        other = self.make_requisition()
        other = self.approve(other)
        tree = self.html("issue", other.picking_ids)
        self.assertNotIn("As ", self.cells(tree, "Issued: Storekeeper")[0])

    def test_quantities_are_empty_until_issued(self):
        def quantities():
            tree = self.html("issue", self.picking)
            row = tree.xpath("//tr[td[normalize-space(.)='P-1001']]")[0]
            return [self.plain(cell.text_content()) for cell in row][6:9]

        self.assertEqual(quantities(), ["2", "2", ""])
        self.finish()
        self.assertEqual(quantities(), ["2", "2", "2"])

    def test_slip_has_no_grey(self):
        """A dot-matrix printer has no grey: the mark is a framed word in the head."""
        tree = self.html("issue_slip", self.picking)
        self.assertFalse(tree.xpath("//*[@class='as-watermark']"))
        self.assertTrue(tree.xpath("//*[@class='as-void']"))

    def test_shipping_list_names_goods_and_consignee(self):
        """R004-19: the shipping list has every item with its quantity, to whom and how it
        is sent, and in how many boxes."""
        self.finish()
        self.picking.sudo().write(
            {
                "consignee_name": "Harbour site office",
                "consignee_address": "2 Quay Road",
                "consignee_person": "Site manager",
                "carrier_partner_id": self.customer.id,
                "waybill": "YD-19",
                "box_count": 3,
            }
        )
        tree = self.html("shipping", self.picking)
        text = self.plain(tree.find(".//main").text_content())
        for part in (
            self.picking.name,
            self.picking.requisition_id.name,
            "Harbour site office",
            "2 Quay Road",
            "Site manager",
            self.customer.name,
            "YD-19",
        ):
            self.assertIn(part, text)
        for name, quantity in (("Vacuum interrupter", "2"), ("Trip coil", "1")):
            row = tree.xpath("//tr[td[normalize-space(.)=$name]]", name=name)[0]
            cells = [self.plain(cell.text_content()) for cell in row]
            self.assertEqual(cells[6:8], [quantity, quantity])
        self.assertIn(
            "3", self.plain(tree.xpath("//td[contains(., 'Boxes')]/..")[0].text_content())
        )

    def test_retention_is_the_company_s(self):
        """R000-22: the feet of the forms say how long the company keeps them."""
        requisition = self.picking.requisition_id
        self.assertIn("Keep for 5 years", self.text("requisition", requisition))
        self.company.aftersales_retention_years = 10
        self.assertIn("Keep for 10 years", self.text("requisition", requisition))
        for form in ("issue", "issue_slip"):
            self.assertIn("keep for 10 years", self.text(form, self.picking))
        self.assertIn("保存期 10 年", self.text("issue", self.picking, lang="zh_CN"))

    def test_packing_and_shipping_are_signed_on_the_shipping_list(self):
        self.finish()
        self.act("storekeeper", self.picking, "action_pack")
        tree = self.html("shipping", self.picking)
        self.assertIn("As storekeeper", self.cells(tree, "Packed")[0])
        self.assertNotIn("As ", self.cells(tree, "Shipped: Storekeeper")[0])
        self.assertNotIn("As ", self.cells(tree, "Received: Customer")[0])

    def test_enclosed_documents_are_ticked(self):
        self.picking.sudo().write({"enclosed_documents": "Manual, test report, photos"})
        tree = self.html("shipping", self.picking)
        ticked = [
            self.plain(box.text_content()).removeprefix("√").strip()
            for box in tree.xpath("//span[@class='as-choice']")
            if "√" in box.text_content()
        ]
        for word in ("Manual", "Test report", "Others: photos"):
            self.assertIn(word, ticked)
        self.assertNotIn("Certificate", ticked)

    def test_prices_are_on_the_finance_copy_only(self):
        self.part_a.sudo().standard_price = 1860.5
        self.part_b.sudo().standard_price = 100
        self.finish()
        for name in ("issue", "issue_slip", "shipping"):
            self.assertNotIn("1,860.50", self.text(name, self.picking))
        text = self.text("issue_finance", self.picking, user="finance")
        self.assertIn("1,860.50", text)
        self.assertIn("3,821.00", text)

    def test_finance_copy_in_yuan_has_the_amount_in_words(self):
        self.env.ref("base.CNY").active = True
        self.env.cr.execute(
            "UPDATE res_company SET currency_id = %s WHERE id = %s",
            (self.env.ref("base.CNY").id, self.company.id),
        )
        self.env.invalidate_all()
        self.part_a.sudo().standard_price = 1860.5
        self.finish()
        text = self.text("issue_finance", self.picking, user="finance", lang="zh_CN")
        self.assertIn("叁仟柒佰贰拾壹元整", text)

    def test_finance_copy_is_refused_to_others(self):
        """Whichever way it is asked for: the check is in the form, not in a menu."""
        self.finish()
        for user in ("supervisor", "storekeeper", "admin"):
            with self.assertRaises(AccessError):
                self.html("issue_finance", self.picking, user=user)

    def test_picking_without_requisition_is_refused(self):
        plain = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
        )
        with self.assertRaises(UserError):
            self.html("issue", plain, user="storekeeper")

    def test_stock_user_without_a_role_sees_nothing(self):
        """D1: who can't read the requisition can't read it on paper either."""
        user = new_test_user(
            self.env,
            login="plain_stock",
            groups="stock.group_stock_user",
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            self.html("issue", self.picking, user=user)

    def test_print_button_follows_the_warehouse(self):
        action = self.rpc(
            "storekeeper", "stock.picking", "action_print_issue", ids=self.picking.ids
        )
        self.assertEqual(action["report_name"], "aftersales_service_report.issue")
        self.warehouse.aftersales_slip_format = "slip"
        for method in ("action_print_issue", "do_print_picking"):
            action = self.rpc("storekeeper", "stock.picking", method, ids=self.picking.ids)
            self.assertEqual(action["report_name"], "aftersales_service_report.issue_slip")

    def test_lots_have_a_row_each(self):
        part = self.make_product("Relay", "P-2001", tracking="serial")
        for name in ("SN-A", "SN-B"):
            lot = self.env["stock.lot"].create({"name": name, "product_id": part.id})
            self.put_on_stock(part, 1, lot)
        requisition = self.approve(self.make_requisition([(part, 2)]))
        tree = self.html("issue", requisition.picking_ids)
        rows = tree.xpath("//tr[td[normalize-space(.)='P-2001']]")
        texts = [[self.plain(cell.text_content()) for cell in row] for row in rows]
        self.assertEqual([row[4] for row in texts], ["SN-A", "SN-B"])
        # what was reviewed is said once, or the column would add up to the double
        self.assertEqual([row[6] for row in texts], ["2", ""])
