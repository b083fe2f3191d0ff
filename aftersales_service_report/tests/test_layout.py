from odoo.tests import BaseCase

from ..tools.layout import (
    Cell,
    Grid,
    Opinion,
    Opinions,
    Row,
    Signature,
    Signatures,
    paginate,
    text_width,
    wrap,
)


def lines(count, tail=1, text="部件"):
    rows = [Row([Cell(str(number)), Cell(text)]) for number in range(1, count + 1)]
    return Grid([20, 60], rows, heads=[Row([Cell("序号"), Cell("名称")])], tail=tail)


class TestLayout(BaseCase):
    """Pages are made before rendering: nothing is cut, lost or left alone."""

    def numbers(self, pages):
        return [
            row.cells[0].text
            for page in pages
            for block in page
            if block.kind == "grid"
            for row in block.rows
        ]

    def test_no_line_is_wider_than_its_cell(self):
        for text in ("断路器操动机构总成(弹簧储能式)", "KYN28A-12/1250-31.5 cabinet", "W" * 80):
            for line in wrap(text, 25):
                self.assertLessEqual(text_width(line), 25.01)
            self.assertEqual("".join(wrap(text, 25)).replace(" ", ""), text.replace(" ", ""))

    def test_names_of_signers_stay_in_their_cells(self):
        """Six cells on a portrait page: a long name is wrapped, not printed over the next."""
        cells = [Signature("发货：仓库保管员", name="仓库保管员(中心仓库)") for _index in range(6)]
        block = Signatures(cells, width=190)
        self.assertTrue(block.narrow)
        for cell in cells:
            self.assertEqual("".join(cell.lines), cell.name)
            for line in cell.lines:
                self.assertLessEqual(text_width(line), 190 / 6 - 2.4)
        self.assertGreaterEqual(block.height, 10.2 + 4.1 * len(cells[0].lines))
        wide = Signatures([Signature("审核", name="张三"), Signature("批准")], width=190)
        self.assertFalse(wide.narrow or wide.cells[0].lines)

    def test_every_row_is_on_one_page_and_heads_repeat(self):
        pages = paginate([lines(60)], 100)
        self.assertGreater(len(pages), 3)
        self.assertEqual(self.numbers(pages), [str(number) for number in range(1, 61)])
        for page in pages:
            self.assertEqual(page[0].heads[0].cells[0].text, "序号")
            self.assertLessEqual(sum(block.height for block in page), 100)

    def test_total_is_never_alone(self):
        for count in range(10, 40):
            last = paginate([lines(count)], 100)[-1][-1]
            self.assertGreater(len(last.rows), 1, count)

    def test_long_text_goes_on_over_pages(self):
        text = "\n".join(f"第{number}行" for number in range(100))
        block = Opinions([Opinion("意见", text, Signature("签字"))], 190)
        pages = paginate([block], 100)
        self.assertGreater(len(pages), 3)
        printed = [line for page in pages for block in page for line in block.cells[0].lines]
        self.assertEqual(printed, text.split("\n"))
        signed = [block.cells[0].signature for page in pages for block in page]
        self.assertEqual([bool(signature) for signature in signed][-1], True)
        self.assertFalse(any(signed[:-1]))

    def test_row_higher_than_a_page_is_split(self):
        text = "很长的备注" * 400
        pages = paginate([lines(1, tail=0, text=text)], 100)
        printed = "".join(
            row.cells[1].text for page in pages for block in page for row in block.rows
        )
        self.assertEqual(printed.replace("\n", ""), text)

    def test_signatures_come_last_and_whole(self):
        for count in range(1, 40):
            pages = paginate([lines(count), Signatures([Signature("审核")])], 100)
            self.assertEqual(pages[-1][-1].kind, "signatures")

    def test_form_gives_up_space_before_it_begins_a_page(self):
        blocks = [Opinions([Opinion("意见")], 190, 40.0), Opinions([Opinion("意见")], 190, 40.0)]
        self.assertEqual(len(paginate(blocks, 70)), 1)
        self.assertEqual(len(paginate(blocks, 50)), 2)
