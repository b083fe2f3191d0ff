from collections import OrderedDict

import lxml.html

from odoo import fields, models

from ..tools import wkhtml


class IrActionsReport(models.Model):
    """Forms print the same on every build of wkhtmltopdf, one or a hundred at once.

    A form brings its pages along: each ``article`` is a page with its head, its foot
    and its number. Builds without patched Qt have no headers and footers and take
    one document a call only, so they get page by page. Other reports are untouched.
    """

    _inherit = "ir.actions.report"

    aftersales_form = fields.Boolean(
        string="After-Sales Form",
        help="The report makes its own pages, with head, foot and page number.",
    )

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report = self._get_report(report_ref)
        if not report.aftersales_form or len(set(res_ids or ())) < 2:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        streams = OrderedDict()
        for res_id in dict.fromkeys(res_ids):
            streams.update(
                super()._render_qweb_pdf_prepare_streams(report_ref, dict(data or {}), [res_id])
            )
        return streams

    def _prepare_html(self, html, report_model=False):
        """Make a document of each page, complete in itself: nothing is fetched."""
        if not self.aftersales_form:
            return super()._prepare_html(html, report_model=report_model)
        root = lxml.html.fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
        for style in root.xpath("//style[@id='as-screen']"):
            style.drop_tree()
        zoom = wkhtml.get_zoom()
        head = lxml.html.tostring(root.find("head"), encoding="unicode")
        lang = root.get("lang") or "en"
        bodies, res_ids = [], []
        for page in root.xpath("//div[contains(concat(' ', @class, ' '), ' article ')]"):
            page.set("style", f"zoom:{zoom:.5f}")
            bodies.append(
                f'<!DOCTYPE html><html lang="{lang}">{head}<body>'
                f"{lxml.html.tostring(page, encoding='unicode', with_tail=False)}</body></html>"
            )
            res_ids.append(int(page.get("data-oe-id", 0)))
        return bodies, res_ids, None, None, {}

    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        def run(pages):
            return super(IrActionsReport, report)._run_wkhtmltopdf(
                pages,
                report_ref=report_ref,
                header=header,
                footer=footer,
                landscape=landscape,
                specific_paperformat_args=specific_paperformat_args,
                set_viewport_size=set_viewport_size,
            )

        report = self
        form = self._get_report(report_ref) if report_ref else self
        if not form.aftersales_form:
            return run(bodies)
        report = self.with_context(aftersales_form=True)
        if len(bodies) == 1 or wkhtml.is_patched():
            return run(bodies)
        return wkhtml.merge([run([body]) for body in bodies])

    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        command = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if self.env.context.get("aftersales_form"):
            # a form has no scripts to wait for; the usual wait is a second a page
            command[command.index("--javascript-delay") + 1] = "1"
        return command
