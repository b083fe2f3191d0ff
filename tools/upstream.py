"""Core's and OCA's own tests with our addons installed: `make upstream`.

    python3 tools/upstream.py                  # the modules below
    python3 tools/upstream.py account -k tax   # another module; the rest goes to pytest

Runs a module's tests in two fresh databases, one with the suite and one with what the
suite depends on, and names the tests that only fail with the suite. Browser tours are
left out: they need core's demo user and look for menus that ours hides behind roles.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import environment
from project import HOME, MODULES, PYTHON, ROOT, Problem, main, run, say

MODULES_UNDER_US = ("stock", "helpdesk_mgmt")


def parse():
    """The modules to test; other arguments go to pytest."""
    parser = argparse.ArgumentParser(description="Run the tests of the modules we extend.")
    parser.add_argument("modules", nargs="*", help=f"default: {' '.join(MODULES_UNDER_US)}")
    return parser.parse_known_args()


def tests_of(module):
    """The folder of a module's own tests."""
    code = (
        "import sys; from importlib.util import find_spec; "
        "spec = find_spec('odoo.addons.' + sys.argv[1]); "
        "print(spec.submodule_search_locations[0] if spec else '')"
    )
    folder = run([PYTHON, "-c", code, module]).strip()
    tests = Path(folder) / "tests"
    if not folder or not tests.is_dir():
        raise Problem(f"There is no module {module} with tests.")
    return tests


def failures(database, folders, arguments):
    """Run pytest in a database; return (names of all tests, names of those that failed)."""
    from odoo_conf import write_conf

    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [
            str(PYTHON), "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider",
            f"--odoo-config={write_conf()}", f"--odoo-database={database}", "--odoo-http",
            "--odoo-extra", f"db-filter=^{database}$",
            "--odoo-extra", "max-cron-threads=0",
            f"--junitxml={report}", "-k", "not tour",
            *map(str, folders), *arguments,
        ]  # fmt: skip
        environ = dict(os.environ, AFTERSALES_HOME=str(HOME), PYTHONDONTWRITEBYTECODE="1")
        subprocess.run(command, cwd=ROOT, env=environ, check=False)
        if not report.exists():
            raise Problem("pytest made no report.")
        ran, failed = set(), set()
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            ran.add(name)
            if case.find("failure") is not None or case.find("error") is not None:
                failed.add(name)
        return ran, failed


def cli():
    """Run both and compare; the exit code says whether the suite broke a test."""
    options, arguments = parse()
    environment.enter(test=True)
    import databases
    from postgres import postgres

    folders = [tests_of(module) for module in options.modules or MODULES_UNDER_US]
    ran, failed = {}, {}
    with postgres():
        for label, modules in (("without", ()), ("with", MODULES)):
            database = f"aftersales_upstream_{label}"
            say(f"{label} the suite")
            databases.create_database(database, modules)
            try:
                ran[label], failed[label] = failures(database, folders, arguments)
            finally:
                databases.drop_database(database)
    ours = sorted(failed["with"] - failed["without"])
    say(
        f"{len(ran['with'])} tests; {len(failed['without'])} fail without the suite, "
        f"{len(failed['with'])} with it"
    )
    for name in ours:
        say(f"fails only with the suite: {name}")
    return 1 if ours or ran["with"] != ran["without"] else 0


if __name__ == "__main__":
    main(cli)
