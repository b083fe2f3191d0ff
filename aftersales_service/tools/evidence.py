"""Canonical text, digests and keys of the approval evidence.

Nothing in here touches the database: the functions turn values into one
canonical text and sign that text, so that the same content always gives the
same digest, whatever the language, time zone or context of the caller.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import threading
from pathlib import Path

from odoo.tools import config

KEY_OPTION = "aftersales_evidence_key"
KEY_VARIABLE = "AFTERSALES_EVIDENCE_KEY"
KEY_FILE = "aftersales_evidence.key"
MIN_KEY_LENGTH = 32

_key_lock = threading.Lock()


def canonical(value):
    """Return the one JSON text of a value: sorted keys, no white space."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def plain_digest(text):
    """Return the SHA-256 (hex) of a text: what a signer has seen, no secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def key_id(key):
    """Return the public short name of a key, so that old rows find theirs."""
    return hmac.new(key.encode(), b"key-id", hashlib.sha256).hexdigest()[:12]


def keys():
    """Return the secret keys by short name, the one that signs first.

    They come from the environment (``AFTERSALES_EVIDENCE_KEY``) or the server's
    configuration (``aftersales_evidence_key``), comma separated so that a key can
    be replaced and old rows stay verifiable. Where neither is set, one key is
    made once in the data directory, readable by the server's user alone. It is
    never in the database.
    """
    configured = os.environ.get(KEY_VARIABLE) or config.get(KEY_OPTION) or ""
    found = [part.strip() for part in configured.split(",") if part.strip()]
    if not found:
        found = [_key_from_data_dir()]
    return {key_id(key): key for key in found if len(key) >= MIN_KEY_LENGTH}


def _key_from_data_dir():
    path = Path(config["data_dir"]) / KEY_FILE
    with _key_lock:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # written aside and linked: a second process never reads half a key
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=KEY_FILE)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            os.chmod(draft, 0o600)
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            os.unlink(draft)
    return path.read_text().strip()


def sign(payload):
    """Return ``(key_id, digest)``: the HMAC-SHA-256 of the canonical payload.

    :raise LookupError: if the server has no usable key
    """
    for name, key in keys().items():
        return name, _hmac(key, payload)
    raise LookupError(KEY_OPTION)


def is_signed(payload, name, digest):
    """Return whether ``digest`` is the HMAC of the payload under key ``name``.

    An unknown key gives None: neither true nor false can be said.
    """
    key = keys().get(name)
    if not key:
        return None
    return hmac.compare_digest(_hmac(key, payload).encode(), (digest or "").encode())


def _hmac(key, payload):
    text = canonical(payload).encode()
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
