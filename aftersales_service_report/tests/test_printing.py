import io
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models import ir_actions_report as core

from ..tools import wkhtml
from .common import FormCase


@tagged("post_install", "-at_install")
class TestPrinting(FormCase):
    """Forms come out right on each build of wkhtmltopdf, one or fifty in one call."""

    def make_many(self, count, lines=None):
        values = [
            requisition.copy_data()[0]
            for requisition in [self.make_requisition(lines)]
            for _index in range(count)
        ]
        return self.env["aftersales.requisition"].with_user(self.users["supervisor"]).create(values)

    def test_one(self):
        requisition = self.make_requisition()
        pages = self.pdf("requisition", requisition)
        self.assertEqual(len(pages), 1)
        self.assertIn(requisition.name, pages[0])
        self.assertIn("Page 1 of 1", pages[0])

    def test_fifty_in_one_call(self):
        requisitions = self.make_many(50)
        pages = self.pdf("requisition", requisitions, lang="zh_CN")
        self.assertEqual(len(pages), 50)
        for requisition, page in zip(requisitions, pages, strict=True):
            self.assertIn(requisition.name, page)
            self.assertIn("第 1 页 共 1 页", page)

    def test_sixty_lines_number_their_pages_for_each_record(self):
        parts = [self.make_product(f"Part {number}", f"L-{number:03d}") for number in range(60)]
        requisitions = self.make_many(2, [(part, 1) for part in parts])
        pages = self.pdf("requisition", requisitions)
        count = len(pages) // 2
        self.assertGreater(count, 2)
        for index, page in enumerate(pages):
            self.assertIn(f"Page {index % count + 1} of {count}", page)
            self.assertIn(requisitions[index // count].name, page)
            self.assertIn("Keep for 5 years", page)
        for number in range(60):
            self.assertIn(f"L-{number:03d}", " ".join(pages[:count]))
        self.assertEqual([page.count("Material Code") for page in pages[:2]], [1, 1])

    def test_every_form_prints_on_its_paper(self):
        requisition = self.approve(self.make_requisition())
        picking = self.draw(requisition)
        self.issue(picking)
        unit = self.env["aftersales.unit"].create(
            {"model_spec": "KYN28A-12", "serial_number": "SN-LABEL-1"}
        )
        papers = {
            "requisition": (requisition, 297, 210),
            "issue": (picking, 210, 297),
            "issue_slip": (picking, 241, 140),
            "issue_finance": (picking, 297, 210),
            "shipping": (picking, 210, 297),
            "unit_label": (unit, 60, 40),
        }
        for name, (record, width, height) in papers.items():
            with self.subTest(form=name):
                user = "finance" if name == "issue_finance" else "supervisor"
                content, _kind = (
                    self.report(user)
                    .with_context(force_report_rendering=True)
                    ._render_qweb_pdf(f"aftersales_service_report.{name}", record.ids)
                )
                pages = PdfFileReader(io.BytesIO(content), strict=False).pages
                self.assertEqual(len(pages), 1)
                box = pages[0].mediabox
                self.assertAlmostEqual(float(box.width) / 72 * 25.4, width, delta=0.6)
                self.assertAlmostEqual(float(box.height) / 72 * 25.4, height, delta=0.6)

    def test_true_size_on_the_build_in_use(self):
        """The QR code, 10 mm from the edge, is where it belongs: pages aren't shrunk."""
        requisition = self.make_requisition()
        content, _kind = (
            self.report()
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("aftersales_service_report.requisition", requisition.ids)
        )
        ends = []

        def note(text, matrix, text_matrix, *_font):
            if text.strip():
                ends.append(text_matrix[4] * matrix[0] + matrix[4])

        PdfFileReader(io.BytesIO(content), strict=False).pages[0].extract_text(visitor_text=note)
        self.assertAlmostEqual(min(ends) / 72 * 25.4, 10, delta=1.5)
        self.assertGreater(max(ends) / 72 * 25.4, 240)

    def run_build(self, patched):
        """Print two records of several pages, and count the bodies of each call."""
        calls = []
        parts = [self.make_product(f"Part {number}", f"M-{number}") for number in range(30)]
        requisitions = self.make_many(2, [(part, 1) for part in parts])
        page = self.report().with_context(force_report_rendering=True)
        single = page._render_qweb_pdf(
            "aftersales_service_report.unit_label",
            self.env["aftersales.unit"].create({"model_spec": "X", "serial_number": "S"}).ids,
        )[0]

        def fake(report, bodies, **kwargs):
            calls.append(len(bodies))
            return wkhtml.merge([single] * len(bodies))

        info = core._wkhtml()._replace(is_patched_qt=patched)
        base = next(
            cls
            for cls in self.env.registry["ir.actions.report"].mro()
            if cls.__module__ == core.__name__ and "_run_wkhtmltopdf" in cls.__dict__
        )
        with (
            patch.object(core, "_wkhtml", lambda: info),
            patch.object(base, "_run_wkhtmltopdf", fake),
            patch.object(wkhtml, "measure_zoom", lambda binary, is_patched: 1.0),
        ):
            pdf = page._render_qweb_pdf("aftersales_service_report.requisition", requisitions.ids)[
                0
            ]
        return calls, wkhtml.count_pages(pdf)

    def test_unpatched_build_gets_page_by_page(self):
        calls, pages = self.run_build(patched=False)
        self.assertEqual(set(calls), {1})
        self.assertEqual(len(calls), pages)

    def test_patched_build_gets_a_record_at_once(self):
        calls, pages = self.run_build(patched=True)
        self.assertEqual(len(calls), 2)
        self.assertEqual(sum(calls), pages)

    def test_other_reports_are_untouched(self):
        """Neither their bodies nor their arguments change."""
        report = self.env.ref("stock.action_report_delivery")
        self.assertFalse(report.aftersales_form)
        command = report._build_wkhtmltopdf_args(report.get_paperformat(), False)
        delay = self.env["ir.config_parameter"].sudo().get_param("report.print_delay", "1000")
        self.assertEqual(command[command.index("--javascript-delay") + 1], delay)
        with patch.object(wkhtml, "merge", side_effect=AssertionError("touched")):
            html = "<main><div class='article' data-oe-model='x' data-oe-id='1'>a</div></main>"
            bodies, _ids, header, _footer, _paper = report._prepare_html(html)
        self.assertEqual(len(bodies), 1)
        self.assertIsNotNone(header)

    def test_label_finds_the_unit(self):
        unit = self.env["aftersales.unit"].create(
            {"model_spec": "KYN28A-12", "serial_number": "SN-LABEL-2"}
        )
        self.assertIn("SN-LABEL-2", self.pdf("unit_label", unit, user="engineer")[0])
