"""Odoo's configuration file of this checkout, and the secrets in it."""

import os
import secrets

from environment import addons_path
from project import CONF, DATA, HOME

DATABASE = "aftersales"


def secret(name):
    """A random secret that is made once and kept in `.odoo/NAME.key` (mode 600)."""
    path = HOME / f"{name}.key"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    return path.read_text().strip()


def write_conf():
    """Write `.odoo/odoo.conf`; how to reach PostgreSQL stays in PGHOST, PGPORT, PGUSER."""
    options = {
        "addons_path": ",".join(map(str, addons_path())),
        "data_dir": DATA,
        "admin_passwd": secret("master"),
        "aftersales_evidence_key": secret("evidence"),
        "list_db": False,
        "dbfilter": f"^{DATABASE}$",
        "http_interface": "127.0.0.1",
        "max_cron_threads": 1,
        "limit_time_cpu": 600,
        "limit_time_real": 1200,
        # silent about one option that Odoo does not know, and keeps: the key above
        "log_handler": ":INFO,odoo.tools.config:ERROR",
    }
    text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())
    if not CONF.exists() or CONF.read_text() != text:
        DATA.mkdir(parents=True, exist_ok=True)
        handle = os.open(CONF, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        CONF.chmod(0o600)
    return CONF
