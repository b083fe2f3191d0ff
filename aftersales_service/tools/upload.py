"""Files that a customer uploads on a page, read or refused."""

import io
import os

from PIL import Image

from odoo.exceptions import UserError
from odoo.tools import human_size

from .text import join_words

MAX_FILE = 10 * 1024 * 1024
MAX_FILES = 10
MAX_PIXELS = 200_000_000
MAX_NAME = 80
# what a request with all of them may weigh
MAX_REQUEST = MAX_FILES * MAX_FILE + 1024 * 1024
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PDF = "application/pdf"
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", PDF: ".pdf"}


def read_uploads(env, uploads):
    """Return [(name, content, type)] of photographs and PDF files that were uploaded.

    What a file is is read from its content; its name and the type that was sent with it
    say nothing.

    :param uploads: what werkzeug has read from the request
    :raise UserError: naming the file that is too large or of another kind, or too many
    """
    uploads = [upload for upload in uploads if upload and upload.filename]
    if len(uploads) > MAX_FILES:
        raise UserError(env._("At most %s files can be sent at once.", MAX_FILES))
    return [_read_upload(env, upload) for upload in uploads]


def _read_upload(env, upload):
    name = _plain_name(upload.filename)
    content = upload.stream.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise UserError(
            env._(
                "%(file)s is larger than %(size)s: make it smaller first.",
                file=name,
                size=human_size(MAX_FILE),
            )
        )
    kind = sniff(content)
    if not kind:
        raise UserError(
            env._(
                "%(file)s can't be read as a picture. Send one of these: %(kinds)s.",
                file=name,
                kinds=join_words(env, ["JPEG", "PNG", "WebP", "PDF"]),
            )
        )
    return f"{name}{ENDINGS[kind]}", content, kind


def sniff(content):
    """Return the type of a picture or PDF as its content says, or nothing."""
    if content.startswith(b"%PDF-"):
        return PDF
    try:
        with Image.open(io.BytesIO(content), formats=list(PICTURES)) as picture:
            width, height = picture.size
            kind = picture.format
            if width * height > MAX_PIXELS:
                return ""
            picture.verify()
    except Exception:  # a broken file can make a decoder fail in any way
        return ""
    return PICTURES.get(kind, "")


def _plain_name(text):
    """Return a file's name without folders, ending and characters that aren't printed."""
    name = os.path.splitext(text.replace("\\", "/").rpartition("/")[2])[0]
    name = "".join(char for char in name if char.isprintable()).strip(" .")
    return name.encode(errors="ignore").decode()[:MAX_NAME] or "photo"
