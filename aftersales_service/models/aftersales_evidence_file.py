import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import human_size

LARGEST_FILE = 25 * 1024 * 1024
CATEGORIES = [
    ("photo", "Photograph"),
    ("receipt", "Signed Receipt"),
    ("record", "Record"),
    ("test", "Test Report"),
]


class AftersalesEvidenceFile(models.AbstractModel):
    """A piece of evidence of a document, with the digest of its file.

    The file's SHA-256 is part of what is signed; from the submission, or from the
    signature of the step in which it was added, the file can't be changed or deleted.
    A model that inherits it names its document and the document's company.
    """

    _name = "aftersales.evidence.file"
    _inherit = ["aftersales.guard"]
    _description = "Piece of Evidence"

    sequence = fields.Integer(default=10, guard="free")
    category = fields.Selection(CATEGORIES, guard="locked", required=True, default="photo")
    name = fields.Char(
        guard="locked",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
    )
    date = fields.Date(guard="locked", default=fields.Date.context_today)
    provider = fields.Char(
        string="Provided by", guard="locked", help="The person or firm that the piece comes from."
    )
    remark = fields.Char(guard="locked")
    file = fields.Binary(guard="locked", attachment=True, copy=False)
    file_name = fields.Char(guard="locked", copy=False)
    sha256 = fields.Char(string="Digest", guard="door", readonly=True, copy=False)
    sha256_short = fields.Char(string="Digest (Short)", compute="_compute_sha256_short")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("file_name")
    def _compute_name(self):
        """A piece is called after its file, until somebody says better."""
        for piece in self:
            if not piece.name:
                piece.name = (piece.file_name or "").rpartition(".")[0] or piece.file_name

    @api.depends("sha256")
    def _compute_sha256_short(self):
        for piece in self:
            piece.sha256_short = (piece.sha256 or "")[:12]

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        pieces = super().create(vals_list)
        pieces._fix_digest()
        return pieces

    def write(self, vals):
        result = super().write(vals)
        if "file" in vals:
            self._fix_digest()
        return result

    def _fix_digest(self):
        """Keep the digest of the file, and refuse what can't be kept for years."""
        for piece in self:
            file = piece._get_file()
            if file.file_size and file.file_size > LARGEST_FILE:
                raise UserError(
                    self.env._(
                        "%(file)s is larger than %(size)s: make it smaller first.",
                        file=piece.file_name or piece.name,
                        size=human_size(LARGEST_FILE),
                    )
                )
            digest = piece._get_file_digest()
            if digest != piece.sha256:
                piece.sudo()._door_write({"sha256": digest})

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    @api.model
    def _evidence_fields(self):
        # the digest stands for the file
        return super()._evidence_fields() - {"file"} | {"sha256"}

    def _get_file(self):
        """Return the attachment that holds the file."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("res_field", "=", "file"),
                ],
                order="id",
            )
        )

    def _get_file_digest(self):
        """Return the SHA-256 of the file as it is now, or False without one."""
        self.ensure_one()
        file = self._get_file()
        return hashlib.sha256(file.raw or b"").hexdigest() if file else False

    def _keep_files(self):
        """Lock the files and return their digests, as attachments are kept."""
        files = self._get_file()
        to_keep = files.filtered(lambda file: not file.aftersales_kept)
        if to_keep:
            to_keep._door_write({"aftersales_kept": True})
        names = {piece.id: piece.file_name or piece.name for piece in self}
        return [
            {
                "id": file.id,
                "name": names[file.res_id],
                "sha256": hashlib.sha256(file.raw or b"").hexdigest(),
            }
            for file in files
        ]
