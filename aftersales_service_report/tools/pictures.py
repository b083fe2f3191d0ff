"""Photographs on paper."""

import base64

from odoo.exceptions import UserError
from odoo.tools.image import ImageProcess

# pixels that a photograph of half a page's width is printed with
SIZE = (900, 700)
QUALITY = 82


def as_picture(content):
    """Return a photograph as data for a page, made smaller and drawn anew.

    What was hidden in the file doesn't get on the page: only pixels do.

    :param content: the file
    :return: a data URI; empty for a file that is no photograph
    """
    # a drawing in XML would be passed on as it is
    if not content or content[:512].lstrip()[:1] == b"<":
        return ""
    try:
        picture = ImageProcess(content)
        if not picture.image:
            return ""
        picture.resize(*SIZE)
        drawn = picture.image_quality(quality=QUALITY, output_format="JPEG")
    except (UserError, OSError, ValueError, SyntaxError):
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(drawn).decode()
