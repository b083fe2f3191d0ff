import base64
import io

from PIL import Image

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.aftersales_service.tests.return_case import CHAIN, ReturnCase

from ..tools.pictures import as_picture
from .common import FormCase

SCRIPT = "<script>alert('x')</script>"
DRAWING = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"


def photograph(size=(1600, 1200), color=(180, 60, 40)):
    """Return the file of a photograph."""
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, "JPEG")
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestReturnForm(FormCase, ReturnCase):
    """退回产品处理单: the paper says what is on record, and no more (R002-25 … R002-30)."""

    def ticked(self, tree):
        return [
            self.plain(choice.text_content()).lstrip("√ ")
            for choice in tree.xpath("//span[@class='as-choice']")
            if "√" in choice.text_content()
        ]

    def signed(self, tree, title):
        """Return the signature inside a block of text."""
        cells = tree.xpath("//td[div[starts-with(normalize-space(.),$title)]]", title=title)
        self.assertTrue(cells, title)
        return self.plain(cells[-1].xpath("div[@class='as-sign']")[0].text_content())

    def piece(self, name, content, category="photo"):
        return Command.create(
            {
                "name": name,
                "category": category,
                "file_name": name,
                "file": base64.b64encode(content).decode(),
                "provider": "Site engineer",
            }
        )

    def test_draft_is_not_in_force_and_unsigned(self):
        """Blocks of open steps stay empty for a pen."""
        document = self.make_return()
        tree = self.html("return", document)
        text = self.plain(tree.text_content())
        self.assertIn(document.name, text)
        self.assertIn("NOT IN FORCE", text)
        self.assertIn("Three coils are burnt", text)
        self.assertIn("2 Some pieces returned or exchanged", self.ticked(tree))
        for title in ("Reason of the Return", "Confirmation of", "Analysis of the Cause"):
            self.assertIn("____", self.signed(tree, title))
        self.assertNotIn("e-signed", text)
        self.assertIn("未生效", self.text("return", document, lang="zh_CN"))

    def test_under_way(self):
        """R002-26, R002-27: confirmed and received in part; nobody else's name is there."""
        document = self.submit_return()
        self.sign("sales_manager", document, comment="Known from the site")
        self.receive(document, quantities={self.coil: 2}, look="Box torn")
        tree = self.html("return", document)
        text = self.plain(tree.text_content())
        self.assertIn("As agent", self.signed(tree, "Reason of the Return"))
        confirmation = self.signed(tree, "Confirmation of the Sales Manager")
        self.assertIn("As sales_manager", confirmation)
        self.assertIn("As storekeeper", text)
        for word in ("Known from the site", "Box torn"):
            self.assertIn(word, text)
        line = self.plain(tree.xpath("//tr[td[contains(., 'Closing coil')]]")[0].text_content())
        self.assertTrue(line.endswith("5 3 2"), line)
        self.assertNotIn("As inspector", text)
        self.assertNotIn("Agreed", self.ticked(tree))

    def test_decided(self):
        """R002-28, R002-29: the re-inspection and the decision, each signed in its block."""
        document = self.approved_return()
        tree = self.html("return", document)
        text = self.plain(tree.text_content())
        self.assertNotIn("NOT IN FORCE", text)
        for word in ("Winding resistance", "90...110 Ω", "3 Ω", "R-17 (2099-12-31)", "JY-1"):
            self.assertIn(word, text)
        ticked = self.ticked(tree)
        for word in ("Quality Defect Confirmed", "Agreed", "Exchange"):
            self.assertIn(word, ticked)
        for word in ("Not agreed", "Nothing Abnormal Found", "Scrap"):
            self.assertNotIn(word, ticked)
        self.assertIn("As production_manager", self.signed(tree, "Inspector Named"))
        self.assertIn("As inspector", self.signed(tree, "Analysis of the Cause"))
        self.assertIn("As general_manager", self.signed(tree, "Opinion of the General Manager"))

    def test_settled_by_documents(self):
        """The numbers are those of transfers that happened; a planned one isn't printed."""
        document = self.approved_return()
        self.act("storekeeper", document, "action_put_away")
        self.put_on_stock(self.coil, 10)
        action = self.act("storekeeper", document, "action_replace")
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.assertNotIn(picking.name, self.text("return", document))
        self.act("storekeeper", picking, "button_validate")
        self.act("quality", document, "action_open_capa")
        text = self.text("return", document)
        self.assertIn(picking.name, text)
        self.assertIn(document.capa_ids.reference, text)
        self.assertIn(self.department.name, text)

    def test_not_granted(self):
        """R002-21: a whole lot without a defect is printed as not agreed, and sent back."""
        document = self.submit_return(
            [{"product_id": self.coil.id, "qty_claimed": 5}],
            return_type="partial",
            wish="refund",
        )
        self.sign_as(document, *CHAIN, verdict="nothing_found", kind="send_back")
        tree = self.html("return", document)
        self.assertEqual(document.progress, "not_granted")
        self.assertIn("Not agreed", self.ticked(tree))
        self.assertIn("Sent Back as It Is", self.ticked(tree))

    def test_step_that_the_chain_lacks_is_struck_out(self):
        """C7: on a short chain the block of a step that isn't configured gets no name."""
        self.env.ref("aftersales_service.step_return_assign").active = False
        document = self.submit_return()
        tree = self.html("return", document)
        self.assertIn("/", self.signed(tree, "Inspector Named by the Production Manager"))
        self.assertIn("____", self.signed(tree, "Confirmation of the Sales Manager"))

    def test_inspection_report(self):
        """重新检验报告: block 7 alone, with the photographs and their digests."""
        document = self.make_return(
            evidence_ids=[
                self.piece("burnt.jpg", photograph()),
                self.piece("drawing.svg", DRAWING),
                self.piece("report.pdf", b"%PDF-1.4 report", "test"),
            ]
        )
        self.act("agent", document, "action_submit")
        self.assertIn("NOT IN FORCE", self.text("return_inspection", document))
        self.sign_as(document, *CHAIN[:-1])
        tree = self.html("return_inspection", document)
        text = self.plain(tree.text_content())
        self.assertNotIn("NOT IN FORCE", text)
        self.assertNotIn("General Manager", text)
        self.assertIn("As inspector", self.signed(tree, "Analysis of the Cause"))
        for piece in document.evidence_ids:
            self.assertIn(piece.name, text)
            self.assertIn(piece.sha256_short, text)
        photographs = tree.xpath("//img[starts-with(@src, 'data:image/jpeg')]")
        self.assertEqual([image.get("alt") for image in photographs], ["1. burnt.jpg"])
        pages = self.pdf("return_inspection", document, lang="zh_CN")
        self.assertIn("重新检验报告", pages[0].replace(" ", ""))

    def test_pictures_are_drawn_anew(self):
        """Only pixels get on the page, and not more of them than paper shows."""
        source = as_picture(photograph((3000, 2000)))
        content = base64.b64decode(source.partition(",")[2])
        with Image.open(io.BytesIO(content)) as image:
            self.assertLessEqual(image.width, 900)
            self.assertLessEqual(image.height, 700)
        for content in (None, b"", b"text", DRAWING, b"\xff\xd8\xff broken", photograph()[:400]):
            self.assertEqual(as_picture(content), "")

    def test_label(self):
        """退货标签: number, place of quarantine, serial numbers and pieces, on one label."""
        document = self.make_return(
            [
                {"product_id": self.breaker.id, "lot_id": lot.id, "qty_claimed": 1}
                for lot in self.serials
            ]
        )
        text = self.text("return_label", document)
        for word in (document.name, "VB-1, VB-2", "3 Units", self.quarantine.name):
            self.assertIn(word, text)
        pages = self.pdf("return_label", document, lang="zh_CN")
        self.assertEqual(len(pages), 1)
        self.assertIn("退货标签", pages[0].replace(" ", ""))

    def test_buttons(self):
        """Whoever reads a return prints it; the paper is that of the button."""
        document = self.make_return()
        for method, name in (
            ("action_print_return", "return"),
            ("action_print_inspection", "return_inspection"),
            ("action_print_label", "return_label"),
        ):
            action = self.act("agent", document, method)
            self.assertEqual(action["report_name"], f"aftersales_service_report.{name}")

    def test_form_codes(self):
        """Each form has the code and version of the company's own."""
        self.company.aftersales_return_form_code = "QR-8.7-01"
        self.company.aftersales_return_inspection_form_code = "QR-8.7-02"
        document = self.make_return()
        self.assertIn("QR-8.7-01", self.text("return", document))
        self.assertIn("QR-8.7-02", self.text("return_inspection", document))

    def test_texts_are_text(self):
        """D3: script in any text is printed, not run."""
        document = self.make_return(reason_text=SCRIPT, contact_name=SCRIPT)
        for name in ("return", "return_inspection", "return_label"):
            tree = self.html(name, document)
            self.assertFalse(tree.xpath("//main//script"), name)
        self.assertIn(SCRIPT, self.html("return", document).text_content())

    def test_pdf(self):
        """An ordinary return takes two pages at most; many lines repeat their head."""
        pages = self.pdf("return", self.approved_return(), lang="zh_CN")
        self.assertLessEqual(len(pages), 2)
        self.assertIn("退回产品处理单", pages[0].replace(" ", ""))
        self.assertIn("As general_manager", pages[-1])
