"""Odoo in this process, or beside it: for the demo, the benchmark and whole-system tests.

Needs the virtual environment's Python and a running PostgreSQL: scripts that are
started by `make demo` and `make bench`, and everything under tests/, have both.

    from odoo_env import create_database, odoo_environment, running_server

    create_database("aftersales_demo")
    with odoo_environment("aftersales_demo") as env:       # commits at the end
        env["res.partner"].create({"name": "海河开关厂"})
    with running_server("aftersales_demo") as server:      # a real one, on a free port
        urllib.request.urlopen(server.url + "/web/login")
"""

import contextlib
import os
import sys

import odoo.api
import odoo.modules.registry
import odoo.service  # noqa: F401  (core expects it to be loaded)

from databases import create_database, drop_database, update
from odoo_conf import write_conf
from odoo_server import free_port, running_server
from project import MODULES, ROOT

__all__ = [
    "MODULES",
    "create_database",
    "drop_database",
    "free_port",
    "load_sample",
    "odoo_environment",
    "registry",
    "running_server",
    "sample_database",
    "update",
]

SUPERUSER_ID = 1


def registry(database):
    """Odoo's registry of a database, in this process.

    Reads the generated configuration first (addons path, data folder, evidence
    key); below pytest-odoo, which has read it already, that is left alone.
    :param str database: an existing database with Odoo installed
    """
    config = odoo.tools.config
    if config["config"] != str(write_conf()):
        config.parse_config(
            ["-c", str(write_conf()), "-d", database, "--no-http", "--log-level=warn"],
            setup_logging=True,
        )
    testing = config["test_enable"]
    # while this is on, loading a registry runs the modules' own tests
    config["test_enable"] = False
    try:
        return odoo.modules.registry.Registry(database)
    finally:
        config["test_enable"] = testing


@contextlib.contextmanager
def odoo_environment(database, *, uid=SUPERUSER_ID, context=None):
    """An `Environment` in a transaction of its own: committed at the end, or rolled back.

    For several parallel transactions open several, in threads of their own.

    :param str database: an existing database with Odoo installed
    :param int uid: the user to act as; the superuser (no access checks) by default
    :param dict context: the environment's context, for example {"lang": "zh_CN"}
    """
    with registry(database).cursor() as cursor:
        yield odoo.api.Environment(cursor, uid, context or {})


@contextlib.contextmanager
def sample_database(name):
    """A database with the sample manufacturer, from the tests' template; dropped at the end."""
    create_database(name, template=os.environ.get("AFTERSALES_TEMPLATE"))
    load_sample(name)
    try:
        yield name
    finally:
        drop_database(name)


def load_sample(database):
    """Load the sample manufacturer into a database; does nothing without tools/sample_data.py."""
    if not (ROOT / "tools" / "sample_data.py").exists():
        return
    import sample_data

    with odoo_environment(database) as env:
        sample_data.load(env)


if __name__ == "__main__":
    # `odoo_env.py sample DATABASE`: the launcher loads the sample in a process of its own
    if sys.argv[1:2] != ["sample"]:
        sys.exit(__doc__)
    load_sample(sys.argv[2])
