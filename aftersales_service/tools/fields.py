"""Attributes that fields of several documents share, each written once."""

from odoo import fields


def proposed(compute):
    """Return the attributes of a field that is proposed and then stays as it is.

    The computation fills it when the record is made or its source is chosen; the
    user may change the value, and it's stored like a typed one.
    """
    return {"compute": compute, "store": True, "readonly": False, "precompute": True}


def own_company():
    """Return the company of a document: given at creation, never changed (law 7)."""
    return fields.Many2one(
        "res.company",
        guard="fixed",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )


def company_of(parent):
    """Return the company of a line: always its document's, stored for the record rules.

    :param parent: name of the many2one to the document
    """
    return fields.Many2one(
        related=f"{parent}.company_id", store=True, precompute=True, guard="door", index=True
    )


def selection_of(model_name, field_name):
    """Return a selection that is another field's, translated where that one is."""
    return lambda self: self.env[model_name]._fields[field_name]._description_selection(self.env)
