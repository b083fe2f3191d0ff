"""Reads the names of records of many models in one query.

Evidence holds the names of all that a document is linked to. Read as they are needed,
each kind of link costs every signature a query or two of its own.
"""

from odoo.tools import SQL

# what belongs to a name besides the field that the model says
CODES = {"product.product": "default_code"}


def prefetch_names(env, links):
    """Put the names of records into the cache, where the ORM finds them.

    A name that isn't read from a column is left to be read from its record.
    :param dict links: {name of a model: ids}
    """
    wanted = []
    for model, ids in links.items():
        path = _get_path(env[model])
        records = env[model].browse(sorted(ids)) if path else env[model]
        wanted.append(records.filtered(lambda record, path=path: not _is_cached(record, path)))
    selects = [_select_names(records) for records in wanted if records]
    if not selects:
        return
    found = {}
    for model, *values in env.execute_query(SQL(" UNION ALL ").join(selects)):
        found.setdefault(model, []).append(values)
    for model, rows in found.items():
        _cache_names(env[model], *zip(*rows, strict=True))


def get_model(env, name):
    """Return the record of a model, with its technical name where the ORM finds it.

    Core keeps the id to each name, and reads the record to get from the one to the other.
    """
    record = env["ir.model"].browse(env["ir.model"]._get_id(name))
    field = record._fields["model"]
    if any(field._cache_missing_ids(record)):
        field._insert_cache(record, [name])
    return record


def _get_path(model):
    """Return the fields that lead to the column with the name, or none."""
    field = model._fields.get(model._rec_name)
    if not field or field.type not in ("char", "text"):
        return ()
    path = tuple(field.related.split(".")) if field.inherited else (field.name,)
    owner = model if len(path) == 1 else model.env[model._fields[path[0]].comodel_name]
    return path if owner._fields[path[-1]].store else ()


def _is_cached(record, path):
    if code := CODES.get(record._name):
        path = (code, *path)
    for name in path:
        field = record._fields[name]
        if any(field._cache_missing_ids(record)):
            return False
        record = record[name] if field.type == "many2one" else record
    return True


def _select_names(records):
    """Return the query of (model, id, id of what the name is inherited from, name, code)."""
    table, path, code = records._table, _get_path(records), CODES.get(records._name)
    query = records._search([("id", "in", records.ids)])
    return query.select(
        SQL("%s::varchar", records._name),
        SQL.identifier(table, "id"),
        records._field_to_sql(table, path[0], query) if len(path) > 1 else SQL("NULL::int4"),
        SQL("%s::varchar", records._field_to_sql(table, records._rec_name, query)),
        records._field_to_sql(table, code, query) if code else SQL("NULL::varchar"),
    )


def _cache_names(model, ids, owner_ids, names, codes):
    records, path, code = model.browse(ids), _get_path(model), CODES.get(model._name)
    if code:
        model._fields[code]._insert_cache(records, codes)
    if len(path) > 1:
        link = model._fields[path[0]]
        link._insert_cache(records, owner_ids)
        records = model.env[link.comodel_name].browse(owner_ids)
    records._fields[path[-1]]._insert_cache(records, names)
