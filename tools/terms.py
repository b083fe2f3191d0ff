"""Bring the translation catalogues in line with the source: `make terms`.

Exports every addon's terms into `i18n/<addon>.pot` and takes over what the Chinese
catalogue knows of them, with the places where they stand now. New terms are left
untranslated and named; `make lint` fails until somebody has found the words for them.
"""

import io
import os

import polib

from odoo.tools.translate import trans_export

from odoo_env import odoo_environment
from project import MODULES, ROOT, say

HEAD = {
    "Project-Id-Version": "Odoo Server 19.0",
    "Report-Msgid-Bugs-To": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}


def exported(env, module):
    """The terms of an addon as Odoo finds them, without translations."""
    buffer = io.BytesIO()
    trans_export(None, [module], buffer, "po", env)
    return polib.pofile(buffer.getvalue().decode())


def update(env, module):
    """Write an addon's template and its Chinese catalogue; return the terms without a word."""
    folder = ROOT / module / "i18n"
    known = polib.pofile(str(folder / "zh_CN.po"))
    words = {entry.msgid: entry.msgstr for entry in known}
    template, catalogue = polib.POFile(wrapwidth=78), polib.POFile(wrapwidth=78)
    template.metadata = dict(HEAD)
    catalogue.header, catalogue.metadata = known.header, known.metadata
    for entry in sorted(exported(env, module), key=lambda item: item.msgid):
        values = {
            "msgid": entry.msgid,
            "occurrences": sorted(entry.occurrences),
            "comment": entry.comment,
        }
        template.append(polib.POEntry(**values))
        catalogue.append(polib.POEntry(**values, msgstr=words.get(entry.msgid, "")))
    template.save(str(folder / f"{module}.pot"))
    catalogue.save(str(folder / "zh_CN.po"))
    return [entry.msgid for entry in catalogue if not entry.msgstr]


def main():
    """Update all catalogues; the exit code says whether words are missing."""
    with odoo_environment(os.environ["AFTERSALES_DATABASE"]) as env:
        missing = [term for module in MODULES for term in update(env, module)]
    for term in missing:
        say(f"no word for: {term!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
