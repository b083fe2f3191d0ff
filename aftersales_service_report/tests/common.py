import io
import re
import unicodedata

import lxml.html

from odoo.tests import new_test_user
from odoo.tools.pdf import PdfFileReader

from odoo.addons.aftersales_service.tests.common import AftersalesCase

RADICALS = str.maketrans("⻚⼾戶⻬⻅⻓⻋", "页户户齐见长车")


class FormCase(AftersalesCase):
    """Renders the forms as their users do, as HTML and as PDF."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.users["finance"] = cls.users.get("finance") or new_test_user(
            cls.env,
            login="as_finance",
            name="As finance",
            groups="aftersales_service.group_finance",
            company_id=cls.company.id,
        )

    def report(self, user="supervisor", lang="en_US"):
        user = self.users[user] if isinstance(user, str) else user
        return self.env["ir.actions.report"].with_user(user).with_context(lang=lang)

    def html(self, name, records, user="supervisor", lang="en_US"):
        """Return the rendered pages as a tree."""
        html, _type = self.report(user, lang)._render_qweb_html(
            f"aftersales_service_report.{name}", records.ids
        )
        return lxml.html.fromstring(html.decode())

    def text(self, name, records, user="supervisor", lang="en_US"):
        tree = self.html(name, records, user, lang).find(".//main")
        return self.plain(tree.text_content())

    def pdf(self, name, records, user="supervisor", lang="en_US"):
        """Return the text of each page of the PDF."""
        content, kind = (
            self.report(user, lang)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(f"aftersales_service_report.{name}", records.ids)
        )
        self.assertEqual(kind, "pdf")
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        return [self.plain(page.extract_text()) for page in reader.pages]

    @staticmethod
    def plain(text):
        """A PDF may call a glyph by its radical: read 页, 户, 齐 … as the characters."""
        text = unicodedata.normalize("NFKC", text).translate(RADICALS)
        return re.sub(r"\s+", " ", text).strip()

    def cells(self, tree, label):
        """Return the texts of the signature cells of a label."""
        found = tree.xpath("//td[div[normalize-space(.)=$label]]", label=label)
        return [self.plain(cell.text_content()) for cell in found]
