"""Says inside the server that our own code is at work on core's stock records.

A context variable of the Python process, not a key of Odoo's context: no client can
send it. It is open only around the few core calls that the engine makes itself.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_at_work = ContextVar("aftersales_at_work", default=False)
_issuing = ContextVar("aftersales_issuing", default=frozenset())


@contextmanager
def engine():
    """Open the links of stock moves and pickings to requisitions for writing."""
    token = _at_work.set(True)
    try:
        yield
    finally:
        _at_work.reset(token)


def at_work():
    """Return whether the engine itself makes the present call."""
    return _at_work.get()


@contextmanager
def issuing(move_ids):
    """Mark the moves that core's validation is really moving now."""
    token = _issuing.set(_issuing.get() | frozenset(move_ids))
    try:
        yield
    finally:
        _issuing.reset(token)


def is_issuing(move_ids):
    """Return whether all these moves are being moved by core's validation."""
    return _issuing.get().issuperset(move_ids)
