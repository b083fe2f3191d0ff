from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from ..tools.text import check_values, float_text, join_words


class AftersalesGuard(models.AbstractModel):
    """Who may change which field, said at the field and enforced in one place.

    Every stored field of a guarded model carries ``guard``:

    * ``door``: refused in every create and write, sudo included; changed only by
      :meth:`_door_write` and :meth:`_door_create`, which no client can call. It is
      readonly by itself, so that no view has to say so;
    * ``fixed``: may be given at creation and never changed afterwards;
    * ``locked``: may be changed while the document is not under way;
    * ``free``: not controlled.

    ``amend`` on a locked field names the acts whose signers may still change it
    during their own step (R004-14). ``fill`` names the acts whose signers write it: it is
    their own block of the form, not a correction of somebody else's. On a new model the
    mixin stands first in ``_inherit``.
    """

    _name = "aftersales.guard"
    _inherit = ["aftersales.links"]
    _description = "Field Guard"

    # the many2one of a line to its document; empty on the document itself
    _guard_parent = ""
    # other links by which the lines of a document are looked up
    _read_by = ()
    # {action: xml ids of the roles that may do it}; security/roles.csv says the same
    _action_roles = {}
    # what these actions ask of the access rights, besides the role
    _action_access = "write"
    # records that are made and changed by the engine alone
    _guard_closed = False
    # lines that the signers of these acts add and take away in their own step, and those
    # acts of them for which it is a correction that goes on record
    _guard_fill = ()
    _guard_amend_rows = ()

    @api.model
    def _valid_field_parameter(self, field, name):
        return name in ("guard", "amend", "fill") or super()._valid_field_parameter(field, name)

    @api.model
    def _post_model_setup__(self):
        result = super()._post_model_setup__()
        for name in self._guard_fields("door"):
            field = self._fields[name]
            # a computed or related field is readonly unless its author said otherwise
            if not field.compute:
                field.readonly = True
        return result

    @api.model
    def _guard_fields(self, guard):
        """Return the names of this model's fields that carry the guard."""
        return {
            name for name, field in self._fields.items() if getattr(field, "guard", None) == guard
        }

    # ------------------------------------------------------------------
    # The door
    # ------------------------------------------------------------------
    def _door_write(self, vals):
        """Write door fields; the caller has checked role, state and company."""
        # behind the mixin in the method order, on purpose
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _door_create(self, vals_list):
        """Create records with door fields; the caller has made all checks."""
        return super().create(vals_list)  # pylint: disable=super-method-mismatch

    def _door_unlink(self):
        """Delete records of a closed model; the caller has made all checks."""
        return super().unlink()  # pylint: disable=super-method-mismatch

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Read the lines of a document in the query that finds them.

        Core looks for them by the link to the document, and reads them afterwards.
        """
        if field_names and {*field_names} <= {self._guard_parent, *self._read_by}:
            field_names = None
        return super().search_fetch(domain, field_names, offset, limit, order)

    @api.model_create_multi
    def create(self, vals_list):
        if self._guard_closed:
            self._raise_closed()
        door = self._guard_fields("door")
        for vals in vals_list:
            check_values(self, vals)
            if forced := door & vals.keys():
                self._raise_door(forced)
        records = super().create(vals_list)
        if self._guard_parent:
            # after the fact, because a context can name the document as well
            records._guard_check_rows(self.env._("added"))
        return records

    def write(self, vals):
        if self._guard_closed:
            self._raise_closed()
        check_values(self, vals)
        if not self:
            # merging partners writes every reference, also where none was found
            return True
        changed = set(vals)
        if forced := changed & self._guard_fields("door"):
            self._raise_door(forced)
        if forced := changed & self._guard_fields("fixed"):
            self._raise_door(forced)
        locked = changed & self._guard_fields("locked")
        if not locked:
            return super().write(vals)
        amended = self._guard_check_locked(locked)
        before = amended and amended._guard_texts()
        result = super().write(vals)
        if amended:
            amended._guard_record_amendments(before)
        return result

    def unlink(self):
        if self._guard_closed:
            self._raise_closed()
        return super().unlink()

    def _add_missing_default_values(self, values):
        """Door fields start at their own default, whatever the context or a
        personal default (``ir.default``) says."""
        result = super()._add_missing_default_values(values)
        for name in self._guard_fields("door") - values.keys():
            field = self._fields[name]
            if field.default:
                value = field.default(self)
                result[name] = value.id if field.type == "many2one" else value
            elif field.compute:
                result.pop(name, None)
            else:
                # said outright: a missing value would be read from the context again
                # when other fields are precomputed
                result[name] = False
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_only_unlocked(self):
        if self._guard_parent:
            # deleting a whole draft takes its lines along
            self._guard_check_rows(self.env._("taken away"))

    # ------------------------------------------------------------------
    # Public actions
    # ------------------------------------------------------------------
    def _as_public(self, action=None):
        """Return the records as a public action may use them: a context reduced to
        language, time zone and companies, and the user's rights checked.

        :raise AccessError: when the user's role doesn't allow the action
        """
        context = {
            key: self.env.context[key]
            for key in ("lang", "tz", "allowed_company_ids")
            if key in self.env.context
        }
        records = self.with_env(self.env(context=context))
        records.check_access("read")
        if action:
            records._check_role(action)
            records.check_access(self._action_access)
        return records

    def _with_history(self):
        """Return the records so that their changes are tracked, whatever keys a client's
        context has for switching that off."""
        if {"tracking_disable", "mail_notrack"} & self.env.context.keys():
            return self.with_context(tracking_disable=False, mail_notrack=False)
        return self

    def _check_role(self, action):
        """Raise unless the user holds one of the roles of an action."""
        roles = self._action_roles.get(action, ())
        user = self.env.user
        if not any(user.has_group(role) for role in roles):
            names = join_words(self.env, [self.env.ref(role).sudo().name for role in roles])
            raise AccessError(
                self.env._(
                    "You can't do this on %(model)s: it is for %(roles)s.",
                    model=self._get_model_name(),
                    roles=names,
                )
            )

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _guard_root(self):
        """Return the documents that decide whether these records are locked."""
        return self[self._guard_parent] if self._guard_parent else self

    def _guard_is_locked(self):
        """Return whether the locked fields of this document are closed now."""
        return False

    def _guard_can_amend(self, record, field_names):
        """Return whether the user may amend these fields during his own step."""
        return False

    def _guard_can_fill(self, record, field_names):
        """Return whether these fields are the user's own block, in his own step."""
        return False

    def _guard_get_fill_act(self, acts):
        """Return the act of the user's own step, if it is one of these."""
        return ""

    def _guard_note_contributor(self):
        """Remember who has worked on the content, for the four eyes."""

    def _guard_check_unlocked(self):
        for document in self:
            if document._guard_is_locked():
                document._raise_locked()

    def _guard_check_locked(self, field_names):
        """Refuse a change of locked fields; return the records it amends.

        :raise UserError: when a document is under way and the user isn't the one
            whose step allows just these fields
        """
        amended = filled = self.browse()
        for record in self:
            root = record._guard_root()
            if not root._guard_is_locked():
                continue
            if root._guard_can_fill(record, field_names):
                filled |= record
                continue
            if not root._guard_can_amend(record, field_names):
                root._raise_locked()
            amended |= record
        (self - amended - filled)._guard_root()._guard_note_contributor()
        return amended

    def _guard_check_rows(self, deed):
        """Refuse lines that are added to, or taken from, a document under way, unless it
        is the block of the user's own step.

        :param deed: what is done, for the record of a correction
        """
        roots = self._guard_root()
        locked = roots.filtered(lambda root: root._guard_is_locked())
        for root in locked:
            act = root._guard_get_fill_act(self._guard_fill)
            if not act:
                root._raise_locked()
            if act in self._guard_amend_rows:
                rows = self.filtered(lambda row, root=root: row._guard_root() == root)
                rows._guard_record_rows(root, deed)
        (roots - locked)._guard_note_contributor()

    def _guard_record_rows(self, root, deed):
        """Put lines that a signer has added or taken away on record."""
        self.env["aftersales.amendment"].sudo()._door_create(
            [
                {
                    **root._prepare_amendment_vals(),
                    "line_id": row.id,
                    "record_name": row.display_name or "",
                    "field_name": "",
                    "field_label": self._get_model_name(),
                    "before": "",
                    "after": deed,
                }
                for row in self
            ]
        )

    def _prepare_amendment_vals(self):
        """Return what every amendment of this document says about who and when."""
        return {
            "approval_id": self._get_my_row().id,
            "res_model": self._name,
            "res_id": self.id,
            "company_id": self.company_id.id,
            "round": self.round,
            "user_id": self.env.uid,
            "user_name": self.env.user.name,
        }

    def _guard_texts(self):
        """Return {(record, field): text} of all that may be amended, as it is read.

        What a change computes besides (a product's name, its unit) is among it.
        """
        names = [name for name, field in self._fields.items() if getattr(field, "amend", None)]
        return {
            (record, name): record._guard_text(self._fields[name])
            for record in self
            for name in names
        }

    def _guard_text(self, field):
        """Return a value as a person reads it: a link's name, a choice's label, a plain number."""
        value = self[field.name]
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "float":
            return float_text(value)
        return field.convert_to_display_name(value, self) or ""

    def _guard_record_amendments(self, before):
        """Put what a signer altered on record (R004-14): before and after."""
        after = self._guard_texts()
        vals_list = []
        for (record, name), text in after.items():
            old = before[record, name]
            if old == text:
                continue
            root = record._guard_root()
            vals_list.append(
                {
                    **root._prepare_amendment_vals(),
                    "line_id": record.id if record._guard_parent else 0,
                    "record_name": record.display_name or "",
                    "field_name": name,
                    "field_label": self._fields[name]._description_string(self.env),
                    "before": old,
                    "after": text,
                }
            )
        if vals_list:
            self.env["aftersales.amendment"].sudo()._door_create(vals_list)

    # ------------------------------------------------------------------
    # Refusals
    # ------------------------------------------------------------------
    def _raise_door(self, field_names):
        labels = [self._fields[name]._description_string(self.env) for name in sorted(field_names)]
        raise UserError(
            self.env._(
                "%(model)s: %(fields)s can't be set directly. Use the buttons of the document.",
                model=self._get_model_name(),
                fields=join_words(self.env, labels),
            )
        )

    def _raise_closed(self):
        raise UserError(
            self.env._(
                "%(model)s is kept by the system itself and can't be created, changed or "
                "deleted by hand.",
                model=self._get_model_name(),
            )
        )

    def _raise_locked(self):
        raise UserError(
            self.env._(
                "%(document)s is under way (%(state)s) and can't be changed. "
                "Withdraw or revise it first.",
                document=self.display_name,
                state=self._guard_state_label(),
            )
        )

    def _check_one(self):
        """Return the one record that an action is for.

        :raise UserError: when a client names none or several
        """
        if len(self) != 1:
            raise UserError(self.env._("Open one record at a time: %s.", self._get_model_name()))
        return self

    @api.model
    def _get_model_name(self):
        """Return what the model is called in the user's language."""
        return self.env["ir.model"]._get(self._name).name or self._description

    def _check_state(self, *states):
        """Raise unless the document is in one of the states in which a step is due."""
        self.ensure_one()
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(document)s is %(state)s: this can't be done now.",
                    document=self.name,
                    state=self._guard_state_label(),
                )
            )

    def _guard_state_label(self):
        field = self._fields.get("state")
        if not field:
            return ""
        return dict(field._description_selection(self.env)).get(self.state, "")

    @api.model
    def _guard_domain_check(self, text):
        """Return the domain written in ``text`` for this model.

        :raise UserError: when it isn't a valid domain of the model
        """
        try:
            domain = Domain(safe_eval(text or "[]"))
            domain.validate(self)
        except Exception as error:  # any text can stand there
            raise UserError(
                self.env._("The condition %(text)s is not valid: %(error)s", text=text, error=error)
            ) from error
        return domain
