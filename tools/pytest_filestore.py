"""A plugin of the test run: each worker keeps its files for itself.

pytest-odoo copies the database for every worker and lets all of them use one filestore,
in which the clean-up of one worker deletes what another has just written; and the servers
that the whole-system tests start look where Odoo does.
"""

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_filestore(load_registry):
    """Give the worker's database a copy of the files of the one that it was copied from."""
    # only now: Odoo is configured by then
    from odoo.tests.common import get_db_name
    from odoo.tools import config

    shared = vars(config).pop("filestore", None)
    if shared is None:
        yield
        return
    own = Path(config.filestore(get_db_name()))
    if Path(shared()).is_dir():
        shutil.copytree(shared(), own, dirs_exist_ok=True)
    yield
    shutil.rmtree(own, ignore_errors=True)
    config.filestore = shared
