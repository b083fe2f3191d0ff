from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.text import clean_text
from .res_company_agreement import SEAL_KINDS

SIGN_KINDS = [("paper", "Stamped Agreement"), ("order", "Customer's Purchase Order")]
# made by the customer himself, never registered by us
LINK_KIND = ("link", "One-Time Link")
SIGNATURE_KEYS = {"kind", "signer", "title", "date", "seal", "order_ref", "scan", "scan_name"}
SIGNATURE_FIELDS = (
    "sign_kind",
    "signer_name",
    "signer_title",
    "signed_on",
    "signer_seal",
    "order_ref",
)


class AftersalesAgreementSign(models.Model):
    """What happens to an agreement outside our own chain: quotation, signatures, seal.

    Each of it is a row of the same chain of evidence (R004-30, R004-31, R001-22).
    """

    _inherit = "aftersales.agreement"

    _signature_fields = SIGNATURE_FIELDS

    # the customer's signature
    sign_kind = fields.Selection(
        [*SIGN_KINDS, LINK_KIND], string="Signed by", guard="door", readonly=True, copy=False
    )
    signer_name = fields.Char(string="Signer", guard="door", readonly=True, copy=False)
    signer_title = fields.Char(string="Signer's Title", guard="door", readonly=True, copy=False)
    signed_on = fields.Date(guard="door", readonly=True, copy=False, index=True)
    signer_seal = fields.Selection(
        SEAL_KINDS, string="Customer's Seal", guard="door", readonly=True, copy=False
    )
    order_ref = fields.Char(
        string="Customer's Order Number", guard="door", readonly=True, copy=False
    )
    signature_at = fields.Datetime(
        string="Signature Registered on", guard="door", readonly=True, copy=False
    )
    signature_by_id = fields.Many2one(
        "res.users", string="Signature Registered by", guard="door", readonly=True, copy=False
    )

    # our seal (用印登记)
    seal_requested_at = fields.Datetime(
        string="Seal Requested on", guard="door", readonly=True, copy=False
    )
    seal_requested_by_id = fields.Many2one(
        "res.users", string="Seal Requested by", guard="door", readonly=True, copy=False
    )
    sealed_at = fields.Datetime(string="Sealed on", guard="door", readonly=True, copy=False)
    sealed_by_id = fields.Many2one(
        "res.users", string="Sealed by", guard="door", readonly=True, copy=False
    )
    our_seal = fields.Selection(SEAL_KINDS, guard="door", readonly=True, copy=False)
    seal_number = fields.Char(
        string="Seal Register Number", guard="door", readonly=True, copy=False
    )

    # the commerce office (R004-31)
    handed_over_at = fields.Datetime(
        string="Handed to Commerce Office on", guard="door", readonly=True, copy=False
    )
    handed_over_by_id = fields.Many2one(
        "res.users", string="Handed over by", guard="door", readonly=True, copy=False
    )
    taken_over_at = fields.Datetime(string="Taken over on", guard="door", readonly=True, copy=False)
    taken_over_by_id = fields.Many2one(
        "res.users", string="Taken over by", guard="door", readonly=True, copy=False
    )

    in_force_at = fields.Datetime(
        string="In Force since", guard="door", readonly=True, copy=False, index="btree_not_null"
    )
    terminated_at = fields.Datetime(string="Terminated on", guard="door", readonly=True, copy=False)
    termination_reason = fields.Char(guard="door", readonly=True, copy=False)
    is_supplementable = fields.Boolean(compute="_compute_is_supplementable")
    is_settleable = fields.Boolean(compute="_compute_is_settleable")

    @api.depends("progress", "kind")
    def _compute_is_supplementable(self):
        for agreement in self:
            agreement.is_supplementable = (
                agreement.progress == "signed" and agreement.kind != "supplement"
            )

    @api.depends("progress", "in_force_at")
    def _compute_is_settleable(self):
        for agreement in self:
            agreement.is_settleable = agreement._is_settleable()

    # ------------------------------------------------------------------
    # The customer's signature (R004-30)
    # ------------------------------------------------------------------
    def action_register_signature(self, values=None):
        """Register the agreement that the customer has signed, with its scan as evidence.

        :param values: dict of ``kind`` (paper, order), ``signer``, ``title``, ``date``,
            ``seal`` (kind of seal), ``order_ref``, ``scan`` (base64) and ``scan_name``
        :raise UserError: when something is missing, or it isn't time for it
        """
        agreement = self._check_one()._as_public("register_signature")
        agreement._check_state("approved")
        agreement._check_progress("to_sign")
        agreement._register_signature(agreement._read_signature(values))
        return True

    def _read_signature(self, values):
        """Return the checked values of a signature.

        :raise UserError: naming what is missing or wrong
        """
        values = self._read_keys(values, SIGNATURE_KEYS)
        kind = values.get("kind") or "paper"
        seal = values.get("seal") or ("none" if kind == "order" else "")
        if kind not in dict(SIGN_KINDS) or seal not in dict(SEAL_KINDS):
            raise UserError(self.env._("Say how the customer signed and which seal was used."))
        order_ref = clean_text(self.env, values.get("order_ref"))
        signed = self._read_signer(values)
        if kind == "order" and not order_ref:
            raise UserError(self.env._("Give the number of the customer's purchase order."))
        if kind == "paper" and seal == "none":
            raise UserError(
                self.env._("An agreement on paper carries the customer's seal: say which.")
            )
        return {
            **signed,
            "sign_kind": kind,
            "signer_seal": seal,
            "order_ref": order_ref or False,
        }

    def _register_signature(self, values, proof=None):
        """Keep the scan, put the signature on record and see whether it is in force.

        :param proof: where and by which link the customer has signed himself
        """
        self._check_parent()
        facts = self._keep_signature(values)
        kept = self._keep_attachments()
        needs_seal = self.company_id.sudo().aftersales_seal_required and (
            values["sign_kind"] != "order"
        )
        in_force = not needs_seal or self.sealed_at
        now = fields.Datetime.now()
        self._append_evidence(
            "customer_sign",
            comment=self._get_signature_comment(values),
            door_vals=dict(
                values,
                signature_at=now,
                signature_by_id=self.env.uid,
                **(self._prepare_force_vals() if in_force else {"progress": "to_seal"}),
                **self._prepare_link_end(used=bool(proof)),
            ),
            extra={
                "signature": dict(
                    facts,
                    needs_seal=needs_seal,
                    **({"link": proof} if proof else {}),
                ),
                "attachments": kept,
            },
        )
        if in_force:
            self._enter_force()

    # ------------------------------------------------------------------
    # Our seal (用印登记)
    # ------------------------------------------------------------------
    def action_request_seal(self):
        """Ask for our own seal on the agreement."""
        for agreement in self._as_public("request_seal"):
            agreement._check_state("approved")
            agreement._check_progress("to_sign", "to_seal")
            if agreement.seal_requested_at:
                raise UserError(
                    agreement.env._("The seal of %s has been requested already.", agreement.name)
                )
            agreement._append_evidence(
                "request_seal",
                door_vals={
                    "seal_requested_at": fields.Datetime.now(),
                    "seal_requested_by_id": self.env.uid,
                },
            )
        return True

    def action_affix_seal(self, seal=None, number=""):
        """Register that our seal was affixed, under its number in the register.

        :param seal: kind of our seal; :param number: of the register of seals
        """
        for agreement in self._as_public("affix_seal"):
            agreement._check_state("approved")
            agreement._check_progress("to_sign", "to_seal")
            register = clean_text(self.env, number)
            if not agreement.seal_requested_at:
                raise UserError(
                    agreement.env._("Nobody has requested the seal of %s.", agreement.name)
                )
            if agreement.sealed_at:
                raise UserError(agreement.env._("%s is sealed already.", agreement.name))
            if seal not in dict(SEAL_KINDS) or seal == "none" or not register:
                raise UserError(
                    agreement.env._("Give the kind of seal and its number in the register.")
                )
            if self.env.uid in (agreement.contributor_uids or []) + [
                agreement.seal_requested_by_id.id
            ]:
                raise AccessError(
                    agreement.env._(
                        "Whoever wrote %s or asked for the seal can't affix it.", agreement.name
                    )
                )
            in_force = agreement.progress == "to_seal"
            agreement._append_evidence(
                "affix_seal",
                comment=register,
                door_vals={
                    "sealed_at": fields.Datetime.now(),
                    "sealed_by_id": self.env.uid,
                    "our_seal": seal,
                    "seal_number": register,
                    **(agreement._prepare_force_vals() if in_force else {}),
                },
                extra={"seal": {"kind": seal, "number": register}},
            )
            if in_force:
                agreement._enter_force()
        return True

    # ------------------------------------------------------------------
    # In force, handed over, ended
    # ------------------------------------------------------------------
    def _is_in_force(self):
        self.ensure_one()
        return self.progress == "signed"

    def _is_settleable(self):
        """Return whether what was done under it is settled: in force now, or until it ended."""
        return self.progress == "signed" or self.progress == "terminated" and bool(self.in_force_at)

    def _get_family(self):
        """Return the agreement, what it supplements and the other supplements."""
        roots = self.parent_id | self.filtered(lambda item: not item.parent_id)
        return roots | roots.child_ids

    @api.model
    def _prepare_force_vals(self):
        """Return the door fields of an agreement that both have signed."""
        return {"progress": "signed", "in_force_at": fields.Datetime.now()}

    def _enter_force(self):
        """Both have signed: fix how much may be issued, and cover what went ahead."""
        self.ensure_one()
        self._check_parent()
        record = self.sudo()
        for line in record.line_ids.filtered("product_id"):
            quantity = line._get_product_qty()
            if quantity > 0:
                line._door_write({"qty_agreed": quantity})
            else:
                record._take_back(line, -quantity)
        record._cover_exceptions()

    def _check_parent(self):
        """Raise when a supplement has nothing to supplement; who ends that meanwhile waits."""
        parent = self.sudo().parent_id
        parent._lock_for_gate()
        if parent and not parent._is_in_force():
            raise UserError(
                self.env._("%s isn't in force: there is nothing to supplement.", parent.name)
            )

    def _take_back(self, line, quantity):
        """Lower what the other agreements of the family allow (a negative line)."""
        unit = line.product_id.uom_id
        others = self._get_family().filtered(lambda item: item._is_in_force()).line_ids
        for other in others.filtered(lambda item: item.product_id == line.product_id):
            free = min(other.qty_agreed - other.qty_covered, quantity)
            if unit.compare(free, 0.0) > 0:
                other._door_write({"qty_agreed": unit.round(other.qty_agreed - free)})
                quantity -= free
        if unit.compare(quantity, 0.0) > 0:
            raise UserError(
                self.env._(
                    "%(product)s: %(quantity)s more is taken back than is still open.",
                    product=line.display_name,
                    quantity=f"{quantity:g}",
                )
            )

    def _get_root(self):
        """Return the agreement that this one supplements, or itself."""
        return self.parent_id or self

    def action_hand_over(self):
        """Hand the signed agreement to the commerce office (R004-31)."""
        for agreement in self._as_public("hand_over"):
            agreement._check_progress("signed")
            if agreement.handed_over_at:
                raise UserError(agreement.env._("%s has been handed over already.", agreement.name))
            agreement._append_evidence(
                "hand_over",
                door_vals={
                    "handed_over_at": fields.Datetime.now(),
                    "handed_over_by_id": self.env.uid,
                },
            )
            office = self.env.ref("aftersales_service.group_commerce")._aftersales_pool(
                agreement.company_id
            )
            agreement._notify_people(
                office, agreement.env._("%s has been handed to the office.", agreement.name)
            )
        return True

    def action_take_over(self):
        """The commerce office confirms that it has the agreement (R004-31)."""
        for agreement in self._as_public("take_over"):
            if not agreement.handed_over_at or agreement.taken_over_at:
                raise UserError(
                    agreement.env._("%s isn't waiting to be taken over.", agreement.name)
                )
            agreement._append_evidence(
                "take_over",
                door_vals={
                    "taken_over_at": fields.Datetime.now(),
                    "taken_over_by_id": self.env.uid,
                },
            )
        return True

    def action_make_supplement(self):
        """Make a draft that changes a signed agreement; it is signed again."""
        agreement = self._check_one()._as_public("make_supplement")
        if not agreement.is_supplementable:
            raise UserError(
                agreement.env._(
                    "%s isn't in force: there is nothing to supplement.", agreement.name
                )
            )
        supplement = agreement.create(
            {
                "kind": "supplement",
                "parent_id": agreement.id,
                "ticket_id": agreement.ticket_id.id,
                "company_id": agreement.company_id.id,
                "tariff_id": agreement.tariff_id.id,
                "prepay_percent": agreement.prepay_percent,
                "settlement": agreement.settlement,
                "payment_method": agreement.payment_method,
                "invoice_kind": agreement.invoice_kind,
            }
        )
        return supplement._open_form()

    def action_terminate(self, reason=""):
        """End an agreement that was released; what was done under it stays on the lists.

        :raise UserError: without a reason
        """
        for agreement in self._as_public("terminate"):
            agreement._check_state("approved")
            agreement._check_progress("to_sign", "to_seal", "signed")
            if agreement.parent_id and agreement._is_in_force():
                raise UserError(
                    agreement.env._(
                        "%(supplement)s is part of %(agreement)s by now: make another supplement, "
                        "or terminate the agreement.",
                        supplement=agreement.name,
                        agreement=agreement.parent_id.name,
                    )
                )
            text = clean_text(self.env, reason)
            if not text:
                raise UserError(
                    agreement.env._("Give the reason for terminating %s.", agreement.name)
                )
            agreement._append_evidence(
                "terminate",
                comment=text,
                door_vals={
                    "progress": "terminated",
                    "terminated_at": fields.Datetime.now(),
                    "termination_reason": text,
                    **agreement._prepare_link_end(),
                },
            )
            agreement._close_open_rows(agreement._get_rows())
        return True

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _check_progress(self, *values):
        if self.progress not in values:
            labels = dict(self._fields["progress"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(document)s is %(state)s: this can't be done now.",
                    document=self.name,
                    state=labels[self.progress],
                )
            )

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
