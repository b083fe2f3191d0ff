"""Every term of the addons has its Chinese word, and no word is left over."""

import io
import os

import polib
import pytest

from odoo.tools.translate import trans_export

from odoo_env import odoo_environment
from project import MODULES, ROOT


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
