"""The list of requirements and its check: tools/requirements.py."""

import pytest

import requirements
from project import Problem

HEAD = ",".join(requirements.COLUMNS) + "\n"


def write(folder, rows="", tests=""):
    """A table and a file of tests; returns (table, what the tests name)."""
    table = folder / "requirements.csv"
    table.write_text(HEAD + rows, encoding="utf-8")
    (folder / "test_some.py").write_text(tests, encoding="utf-8")
    return table, requirements.read_tests([folder])


def test_what_is_built_is_tested():
    """Every requirement of priority 1 of a built document is named by a test."""
    assert requirements.missing(requirements.read_table(), requirements.read_tests()) == []


def test_a_requirement_without_a_test_is_found(tmp_path):
    """Negative control: named nowhere, or only outside a test, it is missing."""
    table, tests = write(
        tmp_path,
        "R009-01,1,Named,request,built\n"
        "R009-02,1,In a comment alone,request,built\n"
        "R009-03,1,In a class alone,request,built\n"
        "R009-04,2,Of lower priority,request,built\n"
        "R009-05,1,Not built yet,return,planned\n"
        "R009-06,1,In the name,request,built\n"
        "R009-07,1,In a helper,request,built\n",
        'class TestX:\n    """R009-03"""\n\n    # R009-02\n'
        '    def test_one(self):\n        """R009-01: it works."""\n\n'
        "    def test_r009_06_works(self):\n        pass\n\n"
        '    def help(self):\n        """R009-07"""\n',
    )
    rows = requirements.read_table(table)
    names = [row.requirement for row in requirements.missing(rows, tests)]
    assert names == ["R009-02", "R009-03", "R009-07"]
    assert [row.requirement for row in requirements.missing(rows, tests, "planned")] == ["R009-05"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("R009-01,1,Short,request\n", "line 2: 4 cells"),
        ("R9-1,1,No number,request,built\n", "line 2: not a requirement"),
        ("R009-01,1,No state,request,maybe\n", "line 2: not a requirement"),
        ("R009-01,1,A,request,built\nR009-01,1,B,request,built\n", "twice: R009-01"),
    ],
)
def test_a_broken_table_is_said(tmp_path, rows, message):
    """A row that says nothing is a sentence with its line."""
    table, _tests = write(tmp_path, rows)
    with pytest.raises(Problem, match=message):
        requirements.read_table(table)
