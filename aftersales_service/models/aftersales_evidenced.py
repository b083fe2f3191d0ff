import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

from ..tools import evidence
from ..tools.names import prefetch_names


class AftersalesEvidenced(models.AbstractModel):
    """A document whose decisions are evidence: snapshot, digest and chain.

    Its ``locked`` and ``fixed`` fields and those of its lines are the content that
    is signed. The content is read with a fixed language and without any context of
    the caller, so that it has one canonical text.
    """

    _name = "aftersales.evidenced"
    _inherit = ["aftersales.guard"]
    _description = "Document with Evidence"

    # one2many fields whose records belong to the signed content
    _evidence_lines = ()

    evidence_count = fields.Integer(string="Evidence Rows", guard="door", default=0, copy=False)
    evidence_head = fields.Char(
        string="Last Digest",
        guard="door",
        copy=False,
        help="Digest of the last evidence row; the next one is linked to it.",
    )
    content_digest = fields.Char(
        compute="_compute_content_digest",
        help="What a signer has before his eyes; sent along when he signs.",
    )
    approval_ids = fields.One2many(
        "aftersales.approval",
        "res_id",
        string="Approval Records",
        domain=lambda self: [("res_model", "=", self._name)],
        copy=False,
    )
    amendment_ids = fields.One2many(
        "aftersales.amendment",
        "res_id",
        string="Amendments",
        domain=lambda self: [("res_model", "=", self._name)],
        copy=False,
    )

    @api.depends(lambda self: self._evidence_depends())
    def _compute_content_digest(self):
        for record in self:
            # in a form that is being edited: the digest of what is saved
            saved = record._origin
            record.content_digest = saved._get_content_digest() if saved else False

    @api.model
    def _evidence_depends(self):
        depends = sorted(self._evidence_fields())
        for line_field in self._evidence_lines:
            comodel = self.env[self._fields[line_field].comodel_name]
            depends += [f"{line_field}.{name}" for name in sorted(comodel._evidence_fields())]
        return depends

    # ------------------------------------------------------------------
    # Content
    # ------------------------------------------------------------------
    def _get_evidence_content(self):
        """Return the signed content as plain data, the same for every reader."""
        self.ensure_one()
        # a caller's context (bin_size, language …) must not colour the content
        record = self.with_env(self.env(su=True, context={"active_test": False}))
        lines = {name: record[name].sorted("id") for name in self._evidence_lines}
        record._prefetch_evidence_names(*lines.values())
        content = record._evidence_values()
        for line_field, records in lines.items():
            content[line_field] = [dict(line._evidence_values(), id=line.id) for line in records]
        return content

    def _get_open_paths(self, acts):
        """Return the places of the content that the signers of pending steps are filling in.

        :param acts: the acts of these steps
        """

        def filled(record):
            return {
                name
                for name in record._evidence_fields()
                if acts & set(getattr(record._fields[name], "fill", None) or ())
            }

        paths = {f"/{name}" for name in filled(self)}
        for line_field in self._evidence_lines:
            lines = self[line_field]
            if acts & set(lines._guard_fill):
                paths.add(f"/{line_field}")
            for number, _line in enumerate(lines, start=1):
                paths |= {f"/{line_field}/{number}/{name}" for name in filled(lines)}
        return paths

    def _get_content_digest(self):
        return evidence.plain_digest(evidence.canonical(self._get_evidence_content()))

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------
    def _prepare_evidence_vals(self, act, **values):
        """Return the values of an evidence row that is complete at once."""
        self.ensure_one()
        vals = {
            "res_model": self._name,
            "res_id": self.id,
            "res_name": self.name,
            "company_id": self.company_id.id,
            "round": self.round,
            "sequence": 0,
            "phase": "record",
            "act": act,
            "state": "signed",
        }
        vals.update(values)
        return vals

    def _append_evidence(
        self, act, comment="", door_vals=None, extra=None, followed_by=(), **values
    ):
        """Put a completed act on record and move the document along with it.

        :param extra: plain data that is signed besides the content
        :param door_vals: door fields of the document written in the same statement
        :param followed_by: values of open rows, made in the same statement
        :return: the row of the act and those that follow it
        """
        vals = self._prepare_evidence_vals(act, comment=comment or "", **values)
        vals.update(self._complete_evidence_vals(vals, extra))
        self._link_evidence(vals, door_vals)
        return self.env["aftersales.approval"].sudo()._door_create([vals, *followed_by])

    def _complete_evidence(self, row, state, comment="", door_vals=None, extra=None, **values):
        """Complete one open row: person, time, snapshot and digest, once.

        :param extra: plain data that is signed besides the content
        """
        row = row.sudo()
        if row.state not in ("pending", "waiting"):
            raise UserError(
                self.env._(
                    "The step %(step)s of %(document)s is already completed.",
                    step=row.step_name,
                    document=self.name,
                )
            )
        vals = dict(values, state=state, comment=comment or "")
        known = dict(row._payload_values(), **vals)
        amendments = self._get_amendments(row)
        if amendments:
            extra = dict(extra or {}, amendments=amendments)
        vals.update(self._complete_evidence_vals(known, extra))
        self._link_evidence(vals, door_vals)
        row._door_write(vals)
        return row

    def _complete_evidence_vals(self, known, extra=None):
        """Return who, when, what and the digest for a row with the known values."""
        snapshot = {"content": self._get_evidence_content()}
        if extra:
            snapshot.update(extra)
        vals = {
            "user_id": self.env.uid,
            "user_name": self.env.user.name,
            "decided_at": fields.Datetime.now(),
            "snapshot": evidence.canonical(snapshot),
            "chain_no": self.evidence_count + 1,
            "previous_digest": self.evidence_head or "",
        }
        payload = self.env["aftersales.approval"]._get_payload(dict(known, **vals))
        try:
            vals["key_name"], vals["digest"] = evidence.sign(payload)
        except LookupError as error:
            raise UserError(
                self.env._(
                    "The server has no evidence key of at least %(length)s characters "
                    "(%(option)s). Ask the administrator to configure one.",
                    length=evidence.MIN_KEY_LENGTH,
                    option=evidence.KEY_OPTION,
                )
            ) from error
        return vals

    def _link_evidence(self, row_vals, door_vals=None):
        """Make the document point at the row that is about to be written.

        The row of the document is written by every signature, and first: two signers
        at the same moment collide here, and one of them is repeated on fresh data.
        """
        vals = dict(door_vals or {})
        vals.update(evidence_count=row_vals["chain_no"], evidence_head=row_vals["digest"])
        self.sudo()._door_write(vals)
        self.flush_recordset(["evidence_count"])

    def _get_amendments(self, row):
        """Return what the signer of a row has altered in his step, as plain data."""
        if not row.can_amend:
            return []
        amendments = (
            self.env["aftersales.amendment"]
            .sudo()
            .search_fetch(
                [("approval_id", "=", row.id)],
                ["line_id", "record_name", "field_name", "before", "after", "user_id"],
                order="id",
            )
        )
        return [amendment._evidence_values() for amendment in amendments]

    # ------------------------------------------------------------------
    # Attachments that count as evidence
    # ------------------------------------------------------------------
    def _keep_attachments(self):
        """Lock the attachments of the document and return their digests."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self.id)], order="id")
        )
        to_keep = attachments.filtered(lambda attachment: not attachment.aftersales_kept)
        if to_keep:
            to_keep._door_write({"aftersales_kept": True})
        return [
            {
                "id": attachment.id,
                "name": attachment.name,
                "sha256": hashlib.sha256(attachment.raw or b"").hexdigest(),
            }
            for attachment in attachments
        ]


class AftersalesEvidenceValues(models.AbstractModel):
    """How a guarded record gives its part of the signed content."""

    _inherit = "aftersales.guard"

    @api.model
    def _evidence_fields(self):
        return {
            name
            for name in self._guard_fields("locked") | self._guard_fields("fixed")
            if self._fields[name].store and name != self._guard_parent
        }

    def _evidence_values(self):
        """Return the controlled fields as plain data: numbers and dates as text,
        links as id and the name they had."""
        self.ensure_one()
        return {
            name: self._evidence_value(self._fields[name], self[name])
            for name in sorted(self._evidence_fields())
        }

    def _prefetch_evidence_names(self, *lines):
        """Read the names of all that a document and its lines are linked to in one query.

        Read as they are needed, each kind of link costs every signature a query or two.
        The signer is among them.
        """
        links = {"res.users": {self.env.uid}}
        for records in (self, *lines):
            for name in records._evidence_fields():
                if records._fields[name].type == "many2one":
                    linked = records[name]
                    links.setdefault(linked._name, set()).update(linked.ids)
        prefetch_names(self.env, links)

    @api.model
    def _evidence_value(self, field, value):
        if field.type == "many2one":
            if not value:
                return None
            return {"id": value.id, "name": self._evidence_name(value), "model": value._name}
        if field.type in ("float", "monetary"):
            digits = field.get_digits(self.env) if field.type == "float" else (16, 2)
            return float_repr(value, digits[1]) if digits else repr(value)
        if field.type in ("date", "datetime"):
            return field.to_string(value) if value else None
        if field.type == "json":
            return json.loads(json.dumps(value))
        if field.type in ("boolean", "integer"):
            return value
        return str(value) if value else ""

    @api.model
    def _evidence_name(self, record):
        if record._name == "product.product":
            return f"[{record.default_code or ''}] {record.name}"
        return record[record._rec_name] or "" if record._rec_name else record.display_name
