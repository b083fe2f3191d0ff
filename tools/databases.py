"""Databases: made from cached templates, so that a fresh one costs a second.

Two layers are cached in the cluster, each keyed by a hash of what it is made of:
`aftersales_base_*` has the modules that our addons depend on, `aftersales_tpl_*`
has our addons as well. Runs in the virtual environment, with PostgreSQL running.
"""

import ast
import contextlib
import os
import re
import shutil
import subprocess
import sys

import psycopg2
from psycopg2 import sql

from environment import odoo_folder
from odoo_conf import write_conf
from postgres import SCRATCH_OPTIONS
from project import DATA, HOME, LANGUAGE, MODULES, PYTHON, ROOT, Problem, digest, locked, step

BASE = "aftersales_base_"
TEMPLATE = "aftersales_tpl_"
# a change below these folders of an addon does not change an installed database
NOT_INSTALLED = {"tests", "static", "readme", "__pycache__", "docs"}
KEPT = 2


@contextlib.contextmanager
def maintenance_cursor():
    """A cursor outside any transaction, on the maintenance database."""
    connection = psycopg2.connect(dbname="postgres", application_name="aftersales tools")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def database_names(prefix=""):
    """The databases whose name starts with the prefix, newest first."""
    with maintenance_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database ORDER BY oid DESC")
        return [name for (name,) in cursor.fetchall() if name.startswith(prefix)]


def leave(name):
    """Close this process's own connections to a database, if Odoo runs in it."""
    if pool := sys.modules.get("odoo.sql_db"):
        pool.close_db(name)


def drop_database(name):
    """Drop a database (ending its connections) and its filestore, if they exist."""
    leave(name)
    with maintenance_cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    shutil.rmtree(filestore(name), ignore_errors=True)


def filestore(name):
    """The folder with a database's attachments."""
    return DATA / "filestore" / name


def copy_database(source, target):
    """Make `target` a copy of `source`: rows, attachments, but an identity of its own.

    Nobody may be connected to `source`; this process's own connections are closed.
    """
    leave(source)
    with maintenance_cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(target), sql.Identifier(source)
            )
        )
    if filestore(source).is_dir():
        shutil.rmtree(filestore(target), ignore_errors=True)
        # attachments are files named by their content, never changed in place
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)
    connection = psycopg2.connect(dbname=target)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ir_config_parameter SET value = gen_random_uuid()"
            " WHERE key IN ('database.uuid', 'database.secret')"
        )
    connection.close()


def rename_database(old, new):
    """Rename a database that nobody is connected to, and its filestore."""
    leave(old)
    with maintenance_cursor() as cursor:
        cursor.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(old), sql.Identifier(new)
            )
        )
    shutil.rmtree(filestore(new), ignore_errors=True)
    if filestore(old).is_dir():
        filestore(old).rename(filestore(new))


def set_default_language(database, language):
    """Make a language that of all present and future partners, users among them."""
    connection = psycopg2.connect(dbname=database)
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE res_partner SET lang = %s", (language,))
        cursor.execute(
            "UPDATE ir_default SET json_value = to_json(%s::text)::text WHERE field_id IN ("
            "SELECT id FROM ir_model_fields WHERE model = 'res.partner' AND name = 'lang')",
            (language,),
        )
    connection.close()


def manifest(module):
    """A module's manifest, ours or the empty dictionary."""
    path = ROOT / module / "__manifest__.py"
    return ast.literal_eval(path.read_text()) if path.is_file() else {}


def our_modules():
    """Those of our two addons that this checkout has."""
    return [name for name in MODULES if manifest(name)]


def dependencies():
    """What our addons depend on, without ourselves."""
    wanted = {name for module in our_modules() for name in manifest(module).get("depends", [])}
    return sorted(wanted - set(MODULES)) or ["base"]


def addon_files(modules=None):
    """The files of our addons that decide what an installed database looks like."""
    for module in modules or our_modules():
        for path in sorted((ROOT / module).rglob("*")):
            parts = path.relative_to(ROOT / module).parts
            if path.is_file() and not NOT_INSTALLED.intersection(parts):
                yield path


def addons_hash(modules=None):
    """A hash over the addons' files that decide what is installed."""
    parts = []
    for path in addon_files(modules):
        parts += [str(path.relative_to(ROOT)), path]
    return digest(*parts)


def base_hash(modules, languages):
    """A hash over what a base template is made of."""
    stamps = [HOME / "stamps" / name for name in ("odoo", "oca", "bench")]
    return digest("2", *modules, "|", *languages, str(odoo_folder()), *stamps)


def odoo(*arguments, what, log):
    """Run Odoo once (`--stop-after-init`); a failure shows the end of its log.

    Returns the warnings and errors that it logged.
    """
    path = HOME / "log" / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [PYTHON, "-m", "odoo", "-c", write_conf(), "--stop-after-init", "--no-http"]
    command += ["--max-cron-threads=0", *arguments]
    environ = dict(os.environ, PGOPTIONS=SCRATCH_OPTIONS)
    with step(what), path.open("w") as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            cwd=ROOT,
            check=False,
        )
    text = path.read_text(errors="replace")
    complaints = re.findall(r"^\S+ \S+ \d+ (?:WARNING|ERROR|CRITICAL) .*", text, re.MULTILINE)
    if done.returncode:
        raise Problem(f"{what} failed ({path}):\n" + "\n".join(text.splitlines()[-40:]))
    for line in complaints[:20]:
        print(f"   {line.split(' ', 3)[3]}", flush=True)
    return complaints


def install(database, modules, languages=()):
    """Install modules into a database, making it if it does not exist."""
    options = ["-d", database, "-i", ",".join(modules)]
    if languages:
        # the first one becomes the default of a new database
        options += ["--load-language", ",".join(dict.fromkeys(("en_US", *languages)))]
    return odoo(*options, what=f"installing {', '.join(modules)}", log=database)


def update(database, modules=None):
    """Update our addons (or these modules) in a database."""
    modules = modules or our_modules()
    options = ["-d", database, "-u", ",".join(modules)]
    return odoo(*options, what=f"updating {', '.join(modules)} in {database}", log=database)


def cached(name, prefix, build):
    """Make the template `name` with `build(draft)` unless it is there; old ones are dropped."""
    existing = database_names(prefix)
    if name not in existing:
        draft = f"{name}_draft"
        drop_database(draft)
        build(draft)
        rename_database(draft, name)
        for old in existing[KEPT - 1 :]:
            drop_database(old)
    return name


def base_template(languages=(LANGUAGE,)):
    """The cached database with what our addons depend on."""
    modules = dependencies()
    name = BASE + base_hash(modules, languages)
    return cached(name, BASE, lambda draft: install(draft, modules, languages))


def template(languages=(LANGUAGE,)):
    """The cached database with our addons installed; returns its name."""
    modules = our_modules()
    if not modules:
        raise Problem("There is no addon in this checkout.")
    with locked("databases", "another process prepares a database, waiting for it"):
        base = base_template(languages)
        name = TEMPLATE + digest(base, addons_hash(), *languages)

        def build(draft):
            copy_database(base, draft)
            install(draft, modules)

        return cached(name, TEMPLATE, build)


def create_database(
    name, modules=MODULES, template=None, languages=(LANGUAGE,), default_language=None
):
    """Make a database afresh, dropping one of that name.

    :param str name: the new database
    :param modules: modules to install; our addons come from the cached template, so
        only what is beyond them takes time. An empty sequence: what our addons depend
        on, without the addons (for a comparison against bare Odoo).
    :param str template: the database to copy instead of a cached one
    :param languages: languages to have active, besides English
    :param str default_language: the language of all users and partners (default: English)
    """
    drop_database(name)
    modules = [module for module in modules if module not in MODULES or manifest(module)]
    ours = our_modules()
    languages = tuple(languages)
    if template:
        copy_database(template, name)
        missing = modules
    elif ours and set(ours) <= set(modules):
        copy_database(globals()["template"](languages), name)
        missing = [module for module in modules if module not in ours]
    else:
        with locked("databases", "another process prepares a database, waiting for it"):
            copy_database(base_template(languages), name)
        missing = modules
    missing = [module for module in missing if not is_installed(name, module)]
    if missing:
        install(name, missing)
    if default_language:
        set_default_language(name, default_language)
    return name


def is_installed(database, module):
    """Whether a module is installed in a database."""
    connection = psycopg2.connect(dbname=database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT true FROM ir_module_module WHERE name = %s AND state = 'installed'", (module,)
        )
        found = cursor.fetchone()
    connection.close()
    return bool(found)
