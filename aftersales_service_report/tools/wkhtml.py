"""What has to be known of the build of wkhtmltopdf that is installed."""

import io
import logging
import tempfile
from functools import lru_cache
from pathlib import Path

from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from odoo.addons.base.models import ir_actions_report as core

_logger = logging.getLogger(__name__)

PROBE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"/></head><body style="margin:0">'
    '<div style="position:absolute;left:100mm;top:10mm">x</div></body></html>'
)
ARGUMENTS = [
    "--quiet",
    "--page-size",
    "A4",
    "--margin-top",
    "0",
    "--margin-bottom",
    "0",
    "--margin-left",
    "0",
    "--margin-right",
    "0",
    "--dpi",
    "96",
    "--javascript-delay",
    "1",
    "--disable-smart-shrinking",
]
EXPECTED = 100 / 25.4 * 72
# how much smaller than asked for a build without patched Qt prints, if it can't be measured
UNPATCHED_ZOOM = 1.302


@lru_cache(4)
def measure_zoom(binary, is_patched):
    """Return the factor by which a page must be enlarged to come out in true size.

    Builds without patched Qt always shrink what they print, and by how much depends
    on the build: a probe with a letter 100 mm from the left edge tells.
    """
    default = 1.0 if is_patched else UNPATCHED_ZOOM
    with tempfile.TemporaryDirectory(prefix="aftersales.") as folder:
        source, target = Path(folder, "probe.html"), Path(folder, "probe.pdf")
        source.write_text(PROBE, encoding="utf-8")
        process = core._run_wkhtmltopdf([*ARGUMENTS, str(source), str(target)])
        if not target.exists():
            _logger.warning("wkhtmltopdf could not be measured: %s", process.stderr)
            return default
        found = []

        def note(text, matrix, text_matrix, *_font):
            if text.strip() == "x":
                x, y = text_matrix[4], text_matrix[5]
                found.append(x * matrix[0] + y * matrix[2] + matrix[4])

        try:
            page = PdfFileReader(io.BytesIO(target.read_bytes()), strict=False).pages[0]
            page.extract_text(visitor_text=note)
        except Exception:  # old readers can't tell positions
            _logger.info("The page of wkhtmltopdf could not be measured", exc_info=True)
    zoom = EXPECTED / found[0] if found and found[0] > 0 else default
    return zoom if 0.5 < zoom < 2 else default


def get_zoom():
    """Return the factor for the build in use."""
    build = core._wkhtml()
    return measure_zoom(build.bin, build.is_patched_qt)


def is_patched():
    return core._wkhtml().is_patched_qt


def count_pages(content):
    return len(PdfFileReader(io.BytesIO(content), strict=False).pages)


def merge(contents):
    """Return the PDF documents as one."""
    writer = PdfFileWriter()
    for content in contents:
        for page in PdfFileReader(io.BytesIO(content), strict=False).pages:
            writer.add_page(page)
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()
