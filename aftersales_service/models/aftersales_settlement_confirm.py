from odoo import fields, models
from odoo.exceptions import UserError

from .res_company_agreement import SEAL_KINDS

CONFIRMATION_KEYS = {"signer", "title", "date", "seal", "scan", "scan_name"}
CONFIRMATION_FIELDS = ("signer_name", "signer_title", "signed_on", "signer_seal")


class AftersalesSettlementConfirm(models.Model):
    """The customer's confirmation of a settlement 客户确认 (R004-32).

    He signs and seals the printed sheet that both offices have signed; the supervisor or
    the commerce office registers it with its scan, as an agreement on paper is.
    """

    _inherit = "aftersales.settlement"

    _signature_fields = CONFIRMATION_FIELDS

    signer_name = fields.Char(string="Confirmed by", guard="door", readonly=True, copy=False)
    signer_title = fields.Char(string="Signer's Title", guard="door", readonly=True, copy=False)
    signed_on = fields.Date(
        string="Confirmed by the Customer on", guard="door", readonly=True, copy=False
    )
    signer_seal = fields.Selection(
        SEAL_KINDS, string="Customer's Seal", guard="door", readonly=True, copy=False
    )

    def action_register_confirmation(self, values=None):
        """Register that the customer has confirmed the settlement, with the scan of it.

        :param values: dict of ``signer``, ``title``, ``date``, ``seal`` (kind of seal),
            ``scan`` (base64) and ``scan_name``
        :raise UserError: when something is missing, or it isn't time for it
        """
        settlement = self._check_one()._as_public("register_confirmation")
        settlement._check_state("approved")
        if settlement.signed_on:
            raise UserError(
                settlement.env._(
                    "%(settlement)s was confirmed by %(signer)s already.",
                    settlement=settlement.name,
                    signer=settlement.signer_name,
                )
            )
        settlement._register_confirmation(settlement._read_confirmation(values))
        return True

    def _read_confirmation(self, values):
        values = self._read_keys(values, CONFIRMATION_KEYS)
        seal = values.get("seal")
        if not isinstance(seal, str) or seal not in dict(SEAL_KINDS):
            raise UserError(self.env._("Say which seal the customer has used, or none."))
        return dict(self._read_signer(values), signer_seal=seal)

    def _register_confirmation(self, values):
        facts = self._keep_signature(values)
        self._append_evidence(
            "customer_confirm",
            comment=self._get_signature_comment(values),
            door_vals=values,
            extra={"signature": facts},
        )

    def _after_reopen(self):
        """What is settled anew is confirmed anew; the old confirmation stays on record."""
        result = super()._after_reopen()
        self.sudo()._door_write(dict.fromkeys(CONFIRMATION_FIELDS, False))
        return result

    def _verify_effects(self, chain):
        confirmed = self._get_present_rows(chain).filtered(
            lambda row: row.act == "customer_confirm"
        )
        return super()._verify_effects(chain) + self._verify_paper(confirmed[-1:])
