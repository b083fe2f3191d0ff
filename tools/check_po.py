"""Check translation catalogues: every entry translated, once, placeholders kept, and in
the template beside it, because Odoo leaves out what the template hasn't.

    python tools/check_po.py FILE.po ...
    python tools/check_po.py --template FILE.po ...    # write the templates anew first

Runs in the virtual environment (it needs polib); `make lint` calls it.
"""

import re
import sys
from pathlib import Path

import polib

PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sdif]")


def complaint(entry):
    """What is wrong with an entry, or an empty string."""
    if "fuzzy" in entry.flags:
        return "fuzzy"
    if not entry.msgstr:
        return "untranslated"
    if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
        return "placeholders differ"
    return ""


def keys(entry):
    """What Odoo finds an entry of a catalogue by: its text and each place it stands at."""
    return {(entry.msgid, entry.msgctxt, place) for place in entry.occurrences}


def check(name):
    """Print what is wrong in a catalogue; the number of complaints."""
    found, seen = 0, set()
    known = None
    for template in Path(name).parent.glob("*.pot"):
        known = set().union(*(keys(entry) for entry in polib.pofile(template)))
    for entry in polib.pofile(name):
        if entry.obsolete:
            continue
        key = entry.msgid, entry.msgctxt
        why = "twice" if key in seen else complaint(entry)
        if not why and known is not None and keys(entry) - known:
            why = "not in the template"
        seen.add(key)
        if why:
            found += 1
            print(f"{name}:{entry.linenum}: {why}: {entry.msgid[:70]!r}")
    return found


def write_template(name):
    """Write the template beside a catalogue: the same entries, nothing translated."""
    for template in Path(name).parent.glob("*.pot"):
        head = template.read_text().partition("\n\n")[0]
        entries = Path(name).read_text().rstrip("\n").split("\n\n")[1:]
        blank = [entry.partition("\nmsgstr ")[0] + '\nmsgstr ""' for entry in entries]
        template.write_text("\n\n".join([head, *blank]) + "\n")


if __name__ == "__main__":
    catalogues = [name for name in sys.argv[1:] if name != "--template"]
    if "--template" in sys.argv:
        for catalogue in catalogues:
            write_template(catalogue)
    sys.exit(bool(sum([check(name) for name in catalogues])))
