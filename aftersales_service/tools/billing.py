"""Says inside the server that our own code makes or links an invoice.

A context variable of the Python process, as in :mod:`engine`: no client can send it.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_billing = ContextVar("aftersales_billing", default=False)


@contextmanager
def billing():
    """Open the links of invoices to settlements for writing."""
    token = _billing.set(True)
    try:
        yield
    finally:
        _billing.reset(token)


def is_billing():
    """Return whether the present call makes or links one of our invoices."""
    return _billing.get()
