import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.roles import RETURN_AUTHORS
from ..tools.text import float_text
from ..tools.upload import PDF

MAX_PHOTOS = 30
# requests of one customer that nobody of ours has taken over yet
MAX_OPEN = 20


class AftersalesReturnAsk(models.Model):
    """A customer asks for a return himself (退货申请), on the portal or by a one-time link.

    What he asks for becomes a draft and goes on record as it came, with the digests of
    his photographs; it is no submission. Somebody of ours takes the draft over, completes
    it and submits it, and so is its author among the four eyes.
    """

    _inherit = "aftersales.return"

    asked_at = fields.Datetime(
        string="Asked for on", guard="door", copy=False, index="btree_not_null"
    )
    asked_how = fields.Selection(
        [("portal", "On the Portal"), ("link", "By One-Time Link")],
        string="Asked for",
        guard="door",
        copy=False,
    )
    asked_by_id = fields.Many2one(
        "res.partner", string="Asked for by", guard="door", copy=False, ondelete="restrict"
    )
    asked_text = fields.Text(string="In the Customer's Words", guard="door", copy=False)
    asked_goods = fields.Text(
        string="Named but Not Found",
        guard="door",
        copy=False,
        help="Numbers that the customer has typed and that aren't among what he received.",
    )
    is_to_take_over = fields.Boolean(compute="_compute_is_to_take_over")

    @api.depends("asked_how", "state", "handler_id")
    def _compute_is_to_take_over(self):
        for document in self:
            document.is_to_take_over = (
                document.asked_how == "portal"
                and document.state == "draft"
                and not document.handler_id
            )

    # ------------------------------------------------------------------
    # Our side
    # ------------------------------------------------------------------
    def action_take_over(self):
        """Make a customer's request one's own work: complete it, and submit it.

        :raise UserError: when somebody has taken it over already, or nobody has asked
        """
        for document in self._as_public("take_over"):
            document._check_state("draft")
            if not document.asked_at or document.handler_id:
                raise UserError(
                    document.env._(
                        "%(document)s is handled by %(person)s already.",
                        document=document.name,
                        person=document.handler_id.name or "-",
                    )
                )
            document.write({"handler_id": self.env.uid})
            document._drop_ask_activities()
        return True

    def _check_can_submit(self):
        if self.is_to_take_over:
            raise UserError(
                self.env._("%s was asked for by the customer: take it over first.", self.name)
            )
        return super()._check_can_submit()

    def _prepare_submit_vals(self):
        if self.asked_at:
            self._drop_ask_activities()
        return super()._prepare_submit_vals()

    def _after_reopen(self):
        if self.asked_at:
            self._drop_ask_activities()
        return super()._after_reopen()

    def _schedule_ask_activity(self):
        """Give one activity to the first of those who handle returns."""
        for role in RETURN_AUTHORS:
            pool = self.env.ref(role).sudo()._aftersales_pool(self.company_id)
            if pool:
                break
        if pool:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "aftersales_service.mail_activity_asked", user_id=pool[0].id
            )

    def _drop_ask_activities(self):
        kind = self.env.ref("aftersales_service.mail_activity_asked").id
        activities = self.env["mail.activity"].sudo()
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        found = activities.search([*domain, ("activity_type_id", "=", kind)])
        found.with_context(mail_activity_quick_update=True).write({"active": False})

    # ------------------------------------------------------------------
    # The customer's side: called by his pages, never by RPC
    # ------------------------------------------------------------------
    @api.model
    def _ask_on_portal(self, customer, company, source, values, uploads):
        """Make a draft of what a customer asks for on the portal; return it (sudo).

        :param source: delivery, unit or nothing, as his own
        :param values: what he has sent
        :param uploads: [(name, content, type)]
        :raise UserError: naming what is missing or wrong
        """
        asked = self.sudo().search_count(
            [
                ("partner_id", "=", customer.id),
                ("asked_how", "=", "portal"),
                ("state", "=", "draft"),
                ("handler_id", "=", False),
            ]
        )
        if asked >= MAX_OPEN:
            raise UserError(
                self.env._(
                    "%s requests of yours wait for us already. Please call us instead.", asked
                )
            )
        model = self.sudo().with_company(company).with_context(mail_create_nosubscribe=True)
        request = model._read_ask(customer, company, source, values)
        document = model.create(
            {
                "company_id": company.id,
                "partner_id": customer.id,
                "handler_id": False,
                **model._prepare_source_vals(source, customer),
                **model._prepare_ask_vals(request),
            }
        )
        document._keep_ask("portal", self.env.user.partner_id, request, uploads)
        document._schedule_ask_activity()
        return document

    def _prepare_source_vals(self, source, customer):
        """Return what the delivery or unit says about the return."""
        if source._name == "stock.picking":
            return {"delivery_id": source.id}
        if not source:
            return {}
        vals = source._prepare_return_vals()
        # the delivery to the buyer isn't the one of who runs the unit
        if customer != source.partner_id.commercial_partner_id:
            vals = {"delivery_date": source.delivery_date}
        vals.pop("line_ids", None)
        return dict(vals, project_name=source.project_name)

    def _prepare_ask_vals(self, request):
        return {
            "return_type": request["return_type"],
            "wish": request["wish"],
            "freight_payer": request["freight_payer"],
            "contact_name": request["contact_name"],
            "contact_phone": request["contact_phone"],
            "reason_text": request["reason"],
            "line_ids": [
                Command.create(goods.line_vals(quantity)) for goods, quantity in request["goods"]
            ],
        }

    def _keep_ask(self, how, person, request, uploads, proof=None, door_vals=None):
        """Put on record what was asked for, as it came, and keep the files with it."""
        self.ensure_one()
        self._check_cap()
        files = self._keep_uploads(uploads, request["contact_name"])
        asked_vals = {
            "asked_at": fields.Datetime.now(),
            "asked_how": how,
            "asked_by_id": person.id,
            "asked_text": request["reason"],
            "asked_goods": "\n".join(request["unknown"]) or False,
        }
        words = [name for name in request if name not in ("goods", "unknown")]
        self._append_evidence(
            "customer_ask",
            comment=request["reason"],
            door_vals=dict(asked_vals, **(door_vals or {})),
            extra={
                "asked": {
                    **{name: request[name] for name in words},
                    "how": how,
                    "person": person.name or "",
                    "goods": [
                        {
                            "product": goods.name,
                            "serial": goods.serial,
                            "quantity": float_text(quantity),
                        }
                        for goods, quantity in request["goods"]
                    ],
                    "unknown": request["unknown"],
                },
                "files": files,
                **({"link": proof} if proof else {}),
            },
        )

    def _check_cap(self):
        """Raise now for what couldn't come back anyway; nothing is claimed yet (B5)."""
        lines = self.line_ids
        lines._check_quantities()
        lines._resolve_origins()
        lines.origin_id.sudo()._recount()
        for line in lines:
            origin = line.origin_id
            left = origin.qty_delivered - origin.qty_claimed
            if line.product_id.uom_id.compare(line.qty_claimed, left) > 0:
                self._raise_too_many(line.display_name, left, line.qty_claimed)

    # ------------------------------------------------------------------
    # Photographs
    # ------------------------------------------------------------------
    def _keep_uploads(self, uploads, provider):
        """Keep files of the customer's as evidence; return their names and digests."""
        if not uploads:
            return []
        if len(self._get_customer_files()) + len(uploads) > MAX_PHOTOS:
            raise UserError(self.env._("At most %s files can be kept.", MAX_PHOTOS))
        pieces = self.env["aftersales.return.evidence"].create(
            [
                {
                    "return_id": self.id,
                    "category": "record" if kind == PDF else "photo",
                    "file": base64.b64encode(content),
                    "file_name": name,
                    "provider": provider,
                }
                for name, content, kind in uploads
            ]
        )
        pieces._keep_files()
        return [
            {"id": piece.id, "name": name, "sha256": hashlib.sha256(content).hexdigest()}
            for piece, (name, content, _kind) in zip(pieces, uploads, strict=True)
        ]

    def _add_uploads(self, uploads):
        """Keep further files that the customer sends while nothing is submitted."""
        self.ensure_one()
        if not self._can_add_files():
            raise UserError(
                self.env._("%s is being worked on: please send further files to us.", self.name)
            )
        if not uploads:
            raise UserError(self.env._("Choose the photographs first."))
        files = self._keep_uploads(uploads, self.contact_name)
        self._append_evidence(
            "customer_ask",
            comment=self.env._("Further photographs: %s", len(files)),
            extra={"files": files},
        )

    def _can_add_files(self):
        return self.state == "draft" and bool(self.asked_at)

    def _get_customer_files(self):
        """Return the pieces of evidence that the customer himself has sent."""
        return self.sudo().evidence_ids.filtered(lambda piece: piece.create_uid.share)

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        load = self.env["aftersales.verification"]._load
        asked, files = {}, []
        for row in chain.filtered(lambda item: item.act == "customer_ask"):
            snapshot = load(row.snapshot)
            asked = snapshot.get("asked") or asked
            files += [file for file in snapshot.get("files") or [] if isinstance(file, dict)]
        if (
            bool(self.asked_at) != bool(asked)
            or (self.asked_how or "") != (asked.get("how") or "")
            or (self.asked_text or "") != (asked.get("reason") or "")
            or (self.asked_goods or "") != "\n".join(asked.get("unknown") or [])
        ):
            texts.append(self.env._("What the customer has asked for was changed."))
        kept = {(piece.id, piece._get_file_digest()) for piece in self.evidence_ids}
        for file in files:
            if (file.get("id"), file.get("sha256")) not in kept:
                texts.append(
                    self.env._(
                        "The customer's file %s was changed or deleted.", file.get("name") or ""
                    )
                )
        return texts
