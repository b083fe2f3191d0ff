"""Has the amounts of a document computed once when many of its lines change in one call.

A context variable of the Python process, as in :mod:`engine`: no client can send it,
and amounts that are due are computed before the call that opened it returns.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_due = ContextVar("aftersales_totals", default=None)


@contextmanager
def together(env):
    """Compute what :func:`update` asks for inside once, at the end of the outermost call."""
    if _due.get() is not None:
        yield
        return
    due = {}
    token = _due.set(due)
    try:
        yield
    finally:
        _due.reset(token)
    for name, ids in due.items():
        env[name].browse(sorted(ids))._update_totals()


def update(documents):
    """Compute the amounts of documents now, or at the end of the call around."""
    due = _due.get()
    if due is None:
        documents._update_totals()
    else:
        due.setdefault(documents._name, set()).update(documents.ids)
