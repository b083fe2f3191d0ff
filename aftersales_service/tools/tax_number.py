"""Numbers of the Chinese tax office: who buys, and which invoice it is."""

import re

# GB 32100-2015: 31 characters, without I, O, S, V and Z
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(f"[{_ALPHABET}]{{18}}")
_INVOICE_NUMBER = re.compile("[0-9]{20}")


def is_credit_code(text):
    """Return whether a text is a unified social credit code (统一社会信用代码).

    18 characters; the last one is the check digit of the 17 before it.
    """
    return bool(_CREDIT_CODE.fullmatch(text or "")) and text[17] == credit_code_check(text[:17])


def credit_code_check(body):
    """Return the check digit of the first 17 characters of a credit code."""
    total = sum(_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return _ALPHABET[-total % 31]


def is_invoice_number(text):
    """Return whether a text is the number of a digital tax invoice: 20 digits, not all zero."""
    return bool(_INVOICE_NUMBER.fullmatch(text or "")) and bool(text.strip("0"))
