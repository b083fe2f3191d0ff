"""Run the tests: `make test`, or for one thing while developing

    python3 tools/run_tests.py -k requisition -x
    python3 tools/run_tests.py --update -k requisition   # keeps its database, updates the addons
    python3 tools/run_tests.py aftersales_service/tests/test_gate.py

Arguments are pytest's; without a path, everything is run: the addons' own tests
first, then the whole-system tests in tests/, two files at a time where the machine has
the cores. A fresh database is copied from a template that is kept as long as the addons
do not change.
"""

import argparse
import contextlib
import os
import re
import shutil
import subprocess

import environment
from project import HOME, MODULES, PYTHON, ROOT, Problem, digest, is_done, main, say, set_done

DEVELOPMENT = "aftersales_dev"
WORKERS = 4


def parse():
    """Our own options; the rest goes to pytest."""
    parser = argparse.ArgumentParser(
        description="Run the tests; other arguments go to pytest.", allow_abbrev=False
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="keep a database and update the addons in it, instead of a fresh one",
    )
    parser.add_argument("--database", help=f"the database to keep (default: {DEVELOPMENT})")
    parser.add_argument("--keep", action="store_true", help="leave the fresh database behind")
    return parser.parse_known_args()


def test_paths(arguments):
    """All the tests, unless the arguments name some."""
    if any((ROOT / word.partition("::")[0]).exists() for word in arguments if word[:1] != "-"):
        return []
    folders = [ROOT / module / "tests" for module in MODULES] + [ROOT / "tests"]
    return [str(folder.relative_to(ROOT)) for folder in folders if folder.is_dir()]


def drop_left_over():
    """Drop the test databases of runs that were killed."""
    from databases import database_names, drop_database

    for name in database_names("aftersales_test_"):
        number = re.fullmatch(r"aftersales_test_(\d+)(-gw\d+)?", name)
        if number and not os.path.exists(f"/proc/{number[1]}"):
            drop_database(name)


def workers(arguments):
    """pytest-xdist's options for a whole run: each worker copies the database for itself."""
    if any(word.startswith(("-n", "--numprocesses")) for word in arguments):
        return []
    count = min(os.cpu_count() or 1, WORKERS) if shutil.which("createdb") else 1
    return [f"--numprocesses={count}", "--dist=loadfile"] if count > 1 else []


@contextlib.contextmanager
def test_database(options):
    """The name of a database with the addons as they are now."""
    import databases

    drop_left_over()
    if not options.update:
        name = options.database or f"aftersales_test_{os.getpid()}"
        template = databases.template()
        databases.drop_database(name)
        databases.copy_database(template, name)
        try:
            yield name
        finally:
            if options.keep or options.database:
                say(f"the database {name} is kept")
            else:
                databases.drop_database(name)
        return
    name = options.database or DEVELOPMENT
    key = digest(databases.addons_hash(), *databases.dependencies())
    if name not in databases.database_names():
        databases.copy_database(databases.template(), name)
    elif not is_done(f"database-{name}", key):
        databases.update(name)
    set_done(f"database-{name}", key)
    yield name


def cli():
    """Set up, make the database, run pytest in it."""
    options, arguments = parse()
    environment.enter(test=True)
    from odoo_conf import write_conf
    from postgres import SCRATCH_OPTIONS, postgres

    paths = test_paths(arguments)
    if not paths and not arguments:
        raise Problem("There are no tests in this checkout yet.")
    with postgres(), test_database(options) as database:
        environ = dict(
            os.environ,
            PGOPTIONS=SCRATCH_OPTIONS,
            AFTERSALES_DATABASE=database,
            AFTERSALES_CONF=str(write_conf()),
            AFTERSALES_HOME=str(HOME),
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONPATH=str(environment.TOOLS),
        )
        command = [
            str(PYTHON), "-m", "pytest",
            f"--odoo-config={write_conf()}", f"--odoo-database={database}", "--odoo-http",
            "--odoo-extra", f"db-filter=^{database}$",
            "--odoo-extra", "max-cron-threads=0", "-p", "pytest_filestore",
            *(workers(arguments) if paths and not options.update else []), *paths, *arguments,
        ]  # fmt: skip
        pytest = subprocess.Popen(command, cwd=ROOT, env=environ)
        while True:
            try:
                return pytest.wait()
            except KeyboardInterrupt:
                continue  # pytest got the Ctrl-C as well and says goodbye itself
            except BaseException:
                pytest.terminate()
                pytest.wait()
                raise


if __name__ == "__main__":
    main(cli)
