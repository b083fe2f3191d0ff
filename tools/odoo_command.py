"""Run any Odoo command with this checkout's environment.

    python3 tools/odoo_command.py shell                     # on the database of `make run`
    python3 tools/odoo_command.py shell -d aftersales_dev
    python3 tools/odoo_command.py upgrade_code --help

It sets up and starts PostgreSQL as the other tools do.
"""

import os
import subprocess
import sys

import environment
from project import PYTHON, ROOT, Problem, main


def cli():
    """Pass the command on, with the configuration and a database filled in."""
    if len(sys.argv) < 2:
        raise Problem(__doc__)
    environment.enter(pdf=False)
    from odoo_conf import DATABASE, write_conf
    from postgres import postgres

    name, arguments = sys.argv[1], sys.argv[2:]
    if name in ("shell", "server"):
        arguments = ["-c", str(write_conf()), *arguments]
        if "-d" not in arguments:
            arguments += ["-d", DATABASE]
    if name == "shell":
        arguments.append("--no-http")
    with postgres():
        command = [str(PYTHON), "-m", "odoo", name, *arguments]
        return subprocess.run(command, cwd=ROOT, env=os.environ, check=False).returncode


if __name__ == "__main__":
    main(cli)
