from odoo import models


class AftersalesAgreementVerify(models.Model):
    """What the verification compares on an agreement: acts, signature, amounts, issues."""

    _inherit = "aftersales.agreement"

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        load = self.env["aftersales.verification"]._load
        submit = chain.filtered(lambda row: row.act == "submit")[-1:]
        if self.state in ("submitted", "approved"):
            if load(submit.snapshot).get("frozen") != self._get_frozen_extra():
                texts.append(self.env._("The amounts were changed after submission."))
        if self.progress != self._get_recorded_progress(chain):
            texts.append(self.env._("The progress doesn't fit the acts on record."))
        signed = chain.filtered(lambda row: row.act == "customer_sign")[-1:]
        texts += self._verify_paper(signed)
        texts += self._verify_times(chain)
        texts += self._verify_covered()
        if len(chain.filtered(lambda row: row.act == "quote")) != self.quote_count or (
            self.quote_ids.approval_id != chain.filtered(lambda row: row.act == "quote")
        ):
            texts.append(self.env._("The quotations don't fit the acts on record."))
        return texts

    def _get_recorded_progress(self, chain):
        """Return how far the acts on record have brought the agreement."""
        progress, needs_seal, sealed = "negotiating", True, False
        load = self.env["aftersales.verification"]._load
        expected = self.env["aftersales.verification"]._get_expected_state(chain)
        if expected == "approved":
            progress = "to_sign"
        for row in self._get_present_rows(chain):
            if row.act == "customer_sign":
                needs_seal = (load(row.snapshot).get("signature") or {}).get("needs_seal")
                progress = "signed" if sealed or not needs_seal else "to_seal"
            elif row.act == "affix_seal":
                sealed = True
                progress = "signed" if progress == "to_seal" else progress
            elif row.act == "terminate":
                progress = "terminated"
        return progress

    def _verify_times(self, chain):
        """Who did what and when, outside the chain, is what the rows say."""
        pairs = {
            "customer_sign": ("signature_by_id", "signature_at"),
            "request_seal": ("seal_requested_by_id", "seal_requested_at"),
            "affix_seal": ("sealed_by_id", "sealed_at"),
            "hand_over": ("handed_over_by_id", "handed_over_at"),
            "take_over": ("taken_over_by_id", "taken_over_at"),
        }
        texts = []
        chain = self._get_present_rows(chain)
        for act, (person, moment) in pairs.items():
            row = chain.filtered(lambda item, act=act: item.act == act)[-1:]
            if self[person] != row.user_id or bool(self[moment]) != bool(row):
                texts.append(
                    self.env._(
                        "%s: person or time was changed.",
                        self._fields[moment]._description_string(self.env),
                    )
                )
        return texts

    def _verify_covered(self):
        """What may be issued, and what was, fits lines and records of issue."""
        texts = []
        for line in self.line_ids.filtered("product_id"):
            unit = line.product_id.uom_id
            agreed = line._get_product_qty() if self.in_force_at else 0.0
            if unit.compare(line.qty_agreed, max(agreed, 0.0)) > 0:
                texts.append(self.env._("%s: the agreed quantity was changed.", line.display_name))
            covered = sum(
                self.env["aftersales.cover"]
                .sudo()
                .search([("agreement_line_id", "=", line.id)])
                .mapped("quantity")
            )
            if unit.compare(line.qty_covered, covered):
                texts.append(self.env._("%s: the issued quantity was changed.", line.display_name))
        return texts
