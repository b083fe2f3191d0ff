"""What a client sends as text, made fit to be kept, or refused; lists as a reader expects them."""

import math
from functools import reduce

from odoo.exceptions import UserError

# what an integer column of the database keeps
LARGEST = 2**31 - 1


def join_words(env, words):
    """Return short items as one text, with the comma that the language puts in a list."""
    words = [str(word) for word in words]
    return reduce(
        lambda first, rest: env._("%(first)s, %(rest)s", first=first, rest=rest),
        words[1:],
        words[0] if words else "",
    )


def join_clauses(env, clauses):
    """Return longer items as one text, with the semicolon of the language between them."""
    clauses = [str(clause) for clause in clauses]
    return reduce(
        lambda first, rest: env._("%(first)s; %(rest)s", first=first, rest=rest),
        clauses[1:],
        clauses[0] if clauses else "",
    )


def float_text(value):
    """Return a number without decimals that say nothing: 2 and not 2.0, but 0.5."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def clean_text(env, value, label=""):
    """Return a client's value as stripped text.

    :raise UserError: for characters that no database can keep
    """
    text = "" if value in (None, False) else str(value).strip()
    check_value(env, text, label)
    return text


def check_value(env, value, label):
    """Refuse texts and numbers that no database can keep (D4)."""
    if isinstance(value, str) and not _is_storable(value):
        problem = env._("a character that can't be kept")
    elif isinstance(value, float) and not math.isfinite(value):
        problem = env._("not a number")
    elif isinstance(value, (int, float)) and abs(value) > LARGEST:
        problem = env._("a number that is too large")
    else:
        return
    raise UserError(env._("%(field)s: %(problem)s.", field=label, problem=problem))


def check_values(records, vals):
    """Refuse a create or write with values that no database can keep, in lines as well."""
    for name, value in vals.items():
        field = records._fields.get(name)
        if not field:
            continue
        if isinstance(value, (str, int, float)):
            check_value(records.env, value, field._description_string(records.env))
        elif field.type == "one2many" and isinstance(value, (list, tuple)):
            lines = records.env[field.comodel_name]
            for command in value:
                # a computed proposal meets the lines before their own check does
                if isinstance(command, (list, tuple)) and isinstance(command[-1], dict):
                    check_values(lines, command[-1])


def _is_storable(text):
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
