"""``odoo aftersales_verify -d DATABASE``: verify the approval evidence."""

import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class AftersalesVerify(Command):
    """Verify the approval evidence of a database and name the first broken row."""

    name = "aftersales_verify"

    def run(self, args):
        """Print the findings; exit with 1 when there are any."""
        config.parser.prog = self.prog
        config.parse_config(args, setup_logging=True)
        databases = config["db_name"]
        if not databases:
            sys.exit("Name the database with -d.")
        broken = False
        for database in databases:
            with Registry(database).cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                findings = env["aftersales.verification"]._verify()
                for finding in findings:
                    sys.stdout.write(f"{database}: {finding['document']}: {finding['text']}\n")
                sys.stdout.write(f"{database}: {len(findings)} finding(s)\n")
                broken = broken or bool(findings)
        sys.exit(1 if broken else 0)
