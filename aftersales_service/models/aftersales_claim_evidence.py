from odoo import fields, models

# the step of a claim and the act that it is in the chain of its finding
ACTS = {
    "raised": "claim_raise",
    "accepted": "claim_accept",
    "refused": "claim_refuse",
    "settled": "claim_settle",
    "cancelled": "claim_drop",
}
TEXTS = ("state", "kind", "partner_name")
AMOUNTS = ("amount_estimated", "amount_claimed", "amount_accepted", "amount_recovered")
DAYS = ("raised_at", "answered_at", "settled_at")


class AftersalesClaimEvidence(models.Model):
    """Each step of a claim is an act in the chain of the document that it follows from."""

    _inherit = "aftersales.claim"

    def _move(self, state, comment, **vals):
        result = super()._move(state, comment, **vals)
        record = self.sudo()
        record._get_basis()._append_evidence(
            ACTS[state], comment=comment, extra={"claim": dict(record._get_facts(), id=self.id)}
        )
        return result

    def _get_basis(self):
        """Return the document that the claim follows from."""
        return self.finding_id

    def _get_facts(self):
        """Return where the claim stands, as plain data."""
        self.ensure_one()
        facts = {name: self[name] or "" for name in ("name", *TEXTS)}
        facts |= {name: f"{self[name]:.2f}" for name in AMOUNTS}
        return facts | {name: fields.Date.to_string(self[name]) or "" for name in DAYS}

    def _get_untouched_facts(self):
        """Return the facts of a claim that nobody has moved: as the decision has opened it,
        or dropped because the decision was opened again."""
        facts = self._get_facts()
        facts |= {
            "state": "open" if self in self._get_basis()._get_opened_claims() else "cancelled",
            "amount_claimed": facts["amount_estimated"],
            "amount_accepted": "0.00",
            "amount_recovered": "0.00",
        }
        return facts | dict.fromkeys(DAYS, "")

    def _verify_against(self, chain):
        """Return what doesn't fit between these claims and the acts of their document."""
        texts = []
        load = self.env["aftersales.verification"]._load
        recorded = {}
        for row in chain.filtered(lambda item: item.act in ACTS.values()):
            claim = load(row.snapshot).get("claim")
            if isinstance(claim, dict):
                recorded[claim.get("id")] = claim
        for claim in self:
            known = recorded.get(claim.id) or claim._get_untouched_facts()
            present = claim._get_facts()
            if any(known.get(name) != present[name] for name in present):
                texts.append(
                    self.env._("The claim %s isn't where the acts on record lead to.", claim.name)
                )
        texts += [
            self.env._("The claim %s is gone.", recorded[key].get("name"))
            for key in recorded
            if key not in self.ids
        ]
        return texts


class AftersalesFindingClaims(models.Model):
    """The verification derives the state of the claims from the acts on record."""

    _inherit = "aftersales.finding"

    def _verify_effects(self, chain):
        return super()._verify_effects(chain) + self.claim_ids._verify_against(chain)

    def _get_opened_claims(self):
        """Return the claims that the decision in force has opened."""
        kinds = {self.party_kind} if self.follow_claim else set()
        if self.retention_deducted:
            kinds.add("retention")
        newest = {claim.kind: claim for claim in self.claim_ids.sorted("id")}
        opened = [newest[kind] for kind in kinds if self.state == "approved" and kind in newest]
        return self.env["aftersales.claim"].union(*opened)
