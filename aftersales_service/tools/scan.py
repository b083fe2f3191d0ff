"""Files that a client sends along with an act, read or refused."""

import base64
import binascii

from odoo.exceptions import UserError

from .text import clean_text

MAX_SCAN = 30 * 1024 * 1024


def read_scan(env, scan, missing):
    """Return the bytes of a base64 text.

    :param missing: what to say when there is none
    :raise UserError: for what is no base64, empty or larger than 30 MB
    """
    try:
        content = base64.b64decode(scan or b"", validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise UserError(env._("The scan can't be read: upload it again.")) from error
    if not content:
        raise UserError(missing)
    if len(content) > MAX_SCAN:
        raise UserError(env._("The scan is larger than 30 MB: scan it smaller."))
    return content


def keep_scan(document, content, name, default):
    """Keep a file as evidence of a document; return its attachment."""
    attachment = (
        document.env["ir.attachment"]
        .sudo()
        .create(
            {
                "name": clean_text(document.env, name) or default,
                "raw": content,
                "res_model": document._name,
                "res_id": document.id,
                "company_id": document.company_id.id,
            }
        )
    )
    attachment._door_write({"aftersales_kept": True})
    return attachment
