"""Run a script that needs Odoo: `make demo`, `make bench`, `make terms`.

    python3 tools/run_script.py demo [arguments]

Sets up, starts PostgreSQL, makes the script's database afresh and runs the script
with the virtual environment's Python; AFTERSALES_DATABASE names the database.
"""

import os
import subprocess
import sys

import environment
from project import LANGUAGE, MODULES, PYTHON, ROOT, Problem, main

# modules that the benchmark measures against; nothing of ours depends on them
PEERS = ("repair", "rma", "sale", "stock_request")
SCRIPTS = {
    "demo": ("aftersales_demo", MODULES, {"test": True}),
    "terms": ("aftersales_terms", MODULES, {"test": True}),
    "bench": ("aftersales_bench", (*MODULES, *PEERS), {"bench": True}),
}


def cli():
    """Prepare what the named script needs and run it."""
    name, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if name not in SCRIPTS:
        raise Problem(f"Usage: run_script.py {'|'.join(SCRIPTS)} [arguments]")
    script = ROOT / "tools" / f"{name}.py"
    if not script.exists():
        raise Problem(f"{script} does not exist yet.")
    database, modules, wanted = SCRIPTS[name]
    environment.enter(**wanted)
    from databases import create_database
    from odoo_conf import write_conf
    from postgres import postgres

    with postgres():
        create_database(database, modules, default_language=LANGUAGE)
        environ = dict(os.environ, AFTERSALES_DATABASE=database, AFTERSALES_CONF=str(write_conf()))
        command = [str(PYTHON), str(script), *arguments]
        return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode


if __name__ == "__main__":
    main(cli)
