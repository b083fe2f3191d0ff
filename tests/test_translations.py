"""Every term of the addons has its Chinese word, and no word is left over."""

import io
import os

import polib
import pytest

from odoo.tools.translate import trans_export

from odoo_env import odoo_environment
from project import MODULES, ROOT

# modules under us that have no Chinese of their own
DEPENDENCIES = sorted(path.name for path in (ROOT / "aftersales_service/i18n_deps").iterdir())


def terms(catalogue):
    """The terms of a catalogue that have a translation or are to have one."""
    return {entry.msgid for entry in catalogue if not entry.obsolete}


@pytest.mark.parametrize("module", MODULES)
def test_every_term_is_translated(module):
    buffer = io.BytesIO()
    with odoo_environment(os.environ["AFTERSALES_DATABASE"]) as env:
        trans_export("zh_CN", [module], buffer, "po", env)
    used = terms(polib.pofile(buffer.getvalue().decode()))
    known = terms(polib.pofile(str(ROOT / module / "i18n" / "zh_CN.po")))
    assert len(used) > 30
    assert sorted(used - known) == []
    assert sorted(known - used) == []


@pytest.mark.parametrize("module", DEPENDENCIES)
def test_every_term_of_a_dependency_is_translated(module):
    """What comes from the modules under us is Chinese, too."""
    buffer = io.BytesIO()
    with odoo_environment(os.environ["AFTERSALES_DATABASE"]) as env:
        trans_export(None, [module], buffer, "po", env)
    used = terms(polib.pofile(buffer.getvalue().decode()))
    folder = ROOT / "aftersales_service"
    known = terms(polib.pofile(str(folder / "i18n_deps" / module / "zh_CN.po")))
    # fields that we rename are in our own catalogue
    known |= terms(polib.pofile(str(folder / "i18n" / "zh_CN.po")))
    assert sorted(used - known) == []
