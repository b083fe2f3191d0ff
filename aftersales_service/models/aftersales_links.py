from odoo import api, models
from odoo.fields import Command


class AftersalesLinks(models.AbstractModel):
    """Whoever names a record in a form must be allowed to read it.

    What a form proposes is computed with all rights, so that a draft can be filled with
    what its request knows. A client that merely asks for proposals, without saving, could
    name a record of another company and read it that way (D1).
    """

    _name = "aftersales.links"
    _description = "Links That the User May Read"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_saved_links()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._check_saved_links()
        return result

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            self._check_links(values)
        return super().onchange(values, field_names, fields_spec)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_saved_links(self):
        """A dialog shows what its records are linked to; documents have the checks of
        their companies."""
        if not self._transient or self.env.su:
            return
        for field in self._fields.values():
            if field.type == "many2one" and field.store:
                self[field.name].check_access("read")

    def _check_links(self, values):
        """Raise for records in the values of a form that the user may not read.

        :raise AccessError: unless the link is what is saved anyway
        """
        for model, name, ids in self._get_links(self, values):
            self.env[model._fields[name].comodel_name].browse(ids).check_access("read")

    @api.model
    def _get_links(self, record, values):
        """Yield (model, field name, ids) of what is linked anew by the values of a form
        and of its lines, the client's own defaults for new ones included."""
        if not record:
            links = [name for name, field in record._fields.items() if field.type == "many2one"]
            values = {**self._get_chosen_defaults(record, links), **values}
        for name, value in values.items():
            field = record._fields.get(name)
            if field and field.type == "many2one":
                if isinstance(value, dict):
                    yield from self._get_links(self.env[field.comodel_name], value)
                    value = value.get("id")
                value = value[0] if value and isinstance(value, (list, tuple)) else value
                if value and isinstance(value, int) and value not in record[name].ids:
                    yield record, name, [value]
            elif field and field.type in ("one2many", "many2many"):
                yield from self._get_line_links(record, name, value)

    @api.model
    def _get_line_links(self, record, name, commands):
        lines = self.env[record._fields[name].comodel_name]
        for command in commands if isinstance(commands, (list, tuple)) else ():
            if isinstance(command, int):
                command = Command.link(command)
            if command[0] == Command.SET:
                yield record, name, list(set(command[2]) - set(record[name].ids))
            elif command[0] == Command.LINK and command[1] not in record[name].ids:
                yield record, name, [command[1]]
            elif command[0] == Command.CREATE:
                yield from self._get_links(lines, command[2] or {})
            elif command[0] == Command.UPDATE:
                yield record, name, [command[1]]
                yield from self._get_links(lines.browse(command[1]), command[2] or {})

    @api.model
    def _get_chosen_defaults(self, model, names):
        """Return the defaults that the client's context or the user himself has chosen."""
        own = self.env["ir.default"]._get_model_defaults(model._name)
        chosen = [name for name in names if name in own or f"default_{name}" in self.env.context]
        return model.default_get(chosen) if chosen else {}
