"""Asks once whose turn it is while one call writes a document with many of its lines.

A context variable of the Python process, as in :mod:`totals`. Nothing is signed inside a
``write``, so the answer can't change before the call is over.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_turn = ContextVar("aftersales_turn", default=None)


@contextmanager
def same_turn():
    """Remember answers of :func:`remembered` until the outermost call is over."""
    if _turn.get() is not None:
        yield
        return
    token = _turn.set({})
    try:
        yield
    finally:
        _turn.reset(token)


def remembered(key, ask):
    """Return what ``ask`` answers, asked once for a key inside :func:`same_turn`."""
    known = _turn.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    return known[key]
