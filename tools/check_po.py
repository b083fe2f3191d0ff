"""Check translation catalogues: every entry translated, once, placeholders kept.

    python tools/check_po.py FILE.po ...

Runs in the virtual environment (it needs polib); `make lint` calls it.
"""

import re
import sys

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


def check(name):
    """Print what is wrong in a catalogue; the number of complaints."""
    found, seen = 0, set()
    for entry in polib.pofile(name):
        if entry.obsolete:
            continue
        key = entry.msgid, entry.msgctxt
        why = "twice" if key in seen else complaint(entry)
        seen.add(key)
        if why:
            found += 1
            print(f"{name}:{entry.linenum}: {why}: {entry.msgid[:70]!r}")
    return found


if __name__ == "__main__":
    sys.exit(bool(sum([check(name) for name in sys.argv[1:]])))
