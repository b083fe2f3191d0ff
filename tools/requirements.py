"""Which requirements no test names: `make requirements`, part of `make lint`.

    python3 tools/requirements.py            # the built documents
    python3 tools/requirements.py --all      # and what is planned, for information

docs/requirements.csv says which document a requirement of priority 1 belongs to and
whether that document is built. A requirement is covered when a test function names it
in its name or docstring (R004-14). Exit code 1 when one of a built document isn't.
"""

import ast
import csv
import re
import sys
from collections import namedtuple

from project import MODULES, ROOT, Problem, main

TABLE = ROOT / "docs" / "requirements.csv"
FOLDERS = (*(ROOT / module / "tests" for module in MODULES), ROOT / "tests")
COLUMNS = ("requirement", "priority", "title", "document", "state")
STATES = ("built", "planned")
NUMBER = re.compile(r"R(\d{3})[-_](\d{2})(?!\d)", re.IGNORECASE)

Requirement = namedtuple("Requirement", COLUMNS)


def read_table(path=TABLE):
    """The requirements of the table, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS:
            raise Problem(f"{path.name}: the columns must be {', '.join(COLUMNS)}.")
        found = []
        for cells in reader:
            where = f"{path.name}, line {reader.line_num}"
            if len(cells) != len(COLUMNS):
                raise Problem(f"{where}: {len(cells)} cells instead of {len(COLUMNS)}.")
            row = Requirement(*cells)
            if not NUMBER.fullmatch(row.requirement) or row.state not in STATES:
                raise Problem(f"{where}: not a requirement that is built or planned.")
            found.append(row)
    names = [row.requirement for row in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Problem(f"{path.name}: twice: {', '.join(sorted(twice))}.")
    return found


def named_in(text):
    """The requirements that a text names: R004-14, or r004_14 in the name of a test."""
    return {f"R{document}-{number}" for document, number in NUMBER.findall(text or "")}


def read_tests(folders=FOLDERS):
    """{requirement: the tests that name it}."""
    tests = {}
    for folder in folders:
        for path in sorted(folder.rglob("test_*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    for name in named_in(f"{node.name} {ast.get_docstring(node)}"):
                        tests.setdefault(name, []).append(f"{path.name}:{node.name}")
    return tests


def missing(table, tests, state="built"):
    """The requirements of priority 1 in this state that no test names."""
    return [
        row
        for row in table
        if row.priority == "1" and row.state == state and row.requirement not in tests
    ]


def check():
    """Print what no test names; True when nothing of what is built is among it."""
    table, tests = read_table(), read_tests()
    found = missing(table, tests)
    for row in found:
        print(f"{row.requirement} ({row.document}) has no test: {row.title}")
    return not found


def cli():
    """Print the missing ones and how much there is."""
    good = check()
    table, tests = read_table(), read_tests()
    if "--all" in sys.argv:
        for row in missing(table, tests, "planned"):
            print(f"{row.requirement} ({row.document}, planned): {row.title}")
    built = [row for row in table if row.priority == "1" and row.state == "built"]
    covered = len(built) - len(missing(table, tests))
    print(f"requirements: {covered} of {len(built)} of the built documents have a test")
    return 0 if good else 1


if __name__ == "__main__":
    main(cli)
