"""What all whole-system tests share."""

import pytest

from odoo.tools import config


@pytest.fixture(scope="module", autouse=True)
def own_filestores():
    """Each database of these tests has a filestore of its own.

    pytest-odoo gives all the databases of a worker the files of the one it was copied
    from; ours are served by real servers beside, which look where Odoo does.
    """
    shared = vars(config).pop("filestore", None)
    yield
    if shared:
        config.filestore = shared
