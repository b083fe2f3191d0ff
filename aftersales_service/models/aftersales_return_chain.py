from odoo import api, fields, models
from odoo.exceptions import UserError

from .aftersales_return import WAITING

# what becomes of goods that needn't come in after an inspection at the customer's site
WITHOUT_GOODS = ("send_back", "compensate")


class AftersalesReturnChain(models.Model):
    """How a return moves through its chain (R002-26 … R002-29)."""

    _inherit = "aftersales.return"

    # ------------------------------------------------------------------
    # Situations
    # ------------------------------------------------------------------
    @api.model
    def _get_situations(self):
        return {
            "goods_first": self.env._("the goods are received before they are inspected"),
            "inspected_on_site": self.env._("the inspection takes place at the customer's site"),
            "lot_differs": self.env._("another lot or serial number came than the form says"),
            "old_goods": self.env._("goods were sold before the system"),
            "wrong_shipment": self.env._("the shipment was wrong"),
        }

    def _is_situation(self, key):
        self.ensure_one()
        return {
            "goods_first": not self.at_customer_site,
            "inspected_on_site": self.at_customer_site,
            "lot_differs": self.is_lot_different,
            "old_goods": self.has_old_goods,
            "wrong_shipment": self.return_type == "wrong_shipment",
        }[key]

    # ------------------------------------------------------------------
    # The content that is signed: what was received belongs to it
    # ------------------------------------------------------------------
    @api.model
    def _evidence_fields(self):
        return super()._evidence_fields() | {"received_at", "receipt_look"}

    # ------------------------------------------------------------------
    # Stage
    # ------------------------------------------------------------------
    def _get_progress(self, rows):
        """Return the stage, from the steps that wait and from what really happened.

        :param rows: the evidence rows of the present round
        """
        self.ensure_one()
        if self.state not in ("submitted", "approved"):
            return self.state
        pending = [row.act for row in rows.sorted("sequence") if row.state == "pending"]
        if self.state == "submitted":
            return WAITING.get(pending[0], "to_approve") if pending else "to_approve"
        if "take_in" in pending:
            return "to_receive"
        if not self._is_granted():
            return "not_granted"
        return "settled" if self._is_settled() else "settling"

    def _update_progress(self, rows=None):
        """Derive the stage again; called wherever steps or effects have changed."""
        for document in self:
            found = document._get_rows() if rows is None else rows
            progress = document._get_progress(found)
            if progress != document.progress:
                document.sudo()._door_write(
                    {"progress": progress, "progress_since": fields.Datetime.now()}
                )

    def _is_granted(self):
        """Return whether anything else than sending the goods back was decided (R002-21)."""
        return any(outcome.kind != "send_back" for outcome in self.outcome_ids)

    def _is_settled(self):
        """Return whether every outcome is done, as its own effects say."""
        return bool(self.outcome_ids) and all(outcome.settled_at for outcome in self.outcome_ids)

    # ------------------------------------------------------------------
    # Chain
    # ------------------------------------------------------------------
    def _prepare_submit_vals(self):
        self.line_ids._claim()
        return {"receipt_closed": False}

    def _open_next(self, rows=None):
        result = super()._open_next(rows)
        rows = self._get_rows() if rows is None else rows
        if rows.filtered(lambda row: row.act == "take_in" and row.state == "pending"):
            self._create_receipt()
        self._update_progress(rows)
        return result

    def _link_evidence(self, row_vals, door_vals=None):
        """A return that goes out of its chain changes its stage in the same statement."""
        state = (door_vals or {}).get("state")
        if state and state not in ("submitted", "approved"):
            door_vals = dict(door_vals, progress=state, progress_since=fields.Datetime.now())
        elif state == "approved":
            door_vals = dict(door_vals, approved_at=fields.Datetime.now())
        return super()._link_evidence(row_vals, door_vals)

    def _close_open_rows(self, rows):
        """The chain ends here: what hasn't come is expected no more."""
        result = super()._close_open_rows(rows)
        self._close_receipt()
        return result

    def _check_step_complete(self, row, rows):
        if row.act == "confirm" and self.return_type == "wrong_shipment":
            self._check_filled("error_cause", "error_department_id")
        elif row.act == "take_in":
            self._check_received()
        elif row.act == "assign":
            self._check_inspector(rows)
        elif row.act == "reinspect":
            # also where no step has named him, and for whoever signs as his deputy
            self._check_not_own_work(self.env.user | row._get_principal(self.env.user, rows))
            self._check_inspection()
        if row.phase == "decision" and self._is_last_decision(row, rows):
            self._check_outcomes()

    def _after_signed(self, row):
        if row.act == "take_in":
            self._close_receipt()
        elif row.act == "assign":
            named = self._get_rows().filtered(
                lambda step: step.act == "reinspect" and step.state == "waiting"
            )
            inspector = self.inspector_id.id
            named._door_write({"signer_id": inspector, "responsible_id": inspector})

    def _is_row_needed(self, row):
        """After an inspection at the customer's site only those goods are received that
        the decision takes back."""
        if row.act != "take_in":
            return super()._is_row_needed(row)
        needed = any(outcome.kind not in WITHOUT_GOODS for outcome in self.outcome_ids)
        if not needed:
            self._close_receipt()
        return needed

    def _check_can_revise(self):
        if self.state != "approved":
            return
        self._check_role("reopen")
        if any(outcome.qty_settled for outcome in self.outcome_ids):
            raise UserError(self.env._("%s is being settled and can't be opened again.", self.name))

    def action_cancel(self, comment=""):
        """Make the return void with a reason, unless goods wait for its decision."""
        for document in self._as_public("cancel"):
            if any(line.qty_received for line in document.line_ids):
                raise UserError(
                    self.env._(
                        "Goods of %s have been received: they wait for the decision what becomes "
                        "of them. Revise the form and submit it again.",
                        document.name,
                    )
                )
        return super().action_cancel(comment=comment)

    # ------------------------------------------------------------------
    # Checks of the steps
    # ------------------------------------------------------------------
    def _check_inspector(self, rows):
        """Raise unless the named inspector holds the role and is none of those whose work
        he looks at (R002-27)."""
        self._check_filled("inspector_id")
        inspector = self.inspector_id
        steps = rows.filtered(lambda row: row.act == "reinspect" and row.state == "waiting")
        if any(inspector not in row.group_id._aftersales_pool(self.company_id) for row in steps):
            raise UserError(
                self.env._(
                    "%(person)s doesn't hold the role %(role)s: name somebody else.",
                    person=inspector.name,
                    role=steps[0].role_name,
                )
            )
        own = inspector.id in self._get_barred_uids() | {self.submitted_by_id.id}
        signed = rows._get_signatures().user_id | self.env.user
        if own or inspector in signed:
            self._raise_own_work(inspector)
        self._check_not_own_work(inspector)

    def _check_not_own_work(self, people):
        """Raise when one of those who inspect the goods has sold them (R002-27)."""
        own = people & (self.seller_id | self.handler_id)
        if own:
            self._raise_own_work(own[0])

    def _raise_own_work(self, inspector):
        raise UserError(
            self.env._(
                "%s has sold the goods, has written the form or has signed it: somebody else "
                "has to inspect them.",
                inspector.name,
            )
        )

    def _check_inspection(self):
        """Raise unless the re-inspection block is complete (R002-28)."""
        self._check_filled("verdict", "cause_text")
        if not self.check_ids:
            raise UserError(
                self.env._("%s: write down at least one item of the re-inspection.", self.name)
            )
        today = self.company_id._aftersales_today()
        for check in self.check_ids:
            if check.calibrated_until and check.calibrated_until < today:
                raise UserError(
                    self.env._(
                        "The calibration of %(instrument)s ended on %(date)s: measure "
                        "%(item)s with another instrument.",
                        instrument=check.instrument or "-",
                        date=fields.Date.to_string(check.calibrated_until),
                        item=check.item,
                    )
                )
        self.line_ids._check_inspected()
        if self.verdict == "quality_defect":
            self._check_filled("responsible_department_id")
            if not any(line.qty_failed for line in self.line_ids):
                raise UserError(
                    self.env._(
                        "%s: the verdict is a quality defect, so say how many pieces failed.",
                        self.name,
                    )
                )

    def _check_outcomes(self):
        """Raise unless every received piece has an outcome (R002-29), and a whole lot is
        taken back for a confirmed quality defect alone (R002-21)."""
        self.line_ids._check_decided()
        self.outcome_ids._check_pieces()
        self.outcome_ids._check_complete()
        inspected = self.verdict and self.verdict != "quality_defect"
        if self.return_type == "whole_lot" and inspected and self._is_granted():
            raise UserError(
                self.env._(
                    "%s: the re-inspection didn't confirm a quality defect, so a whole lot isn't "
                    "taken back. Decide to send the goods back as they are.",
                    self.name,
                )
            )

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    def _keep_attachments(self):
        return super()._keep_attachments() + self.evidence_ids._keep_files()

    def _complete_evidence_vals(self, known, extra=None):
        """Files that a signer has added in his step are kept with his signature."""
        if known.get("act") == "reinspect" and known.get("state") == "signed":
            extra = dict(extra or {}, attachments=self.evidence_ids._keep_files())
        return super()._complete_evidence_vals(known, extra)

    def _verify_effects(self, chain):
        texts = super()._verify_effects(chain)
        for item in self.evidence_ids:
            if item.sha256 != item._get_file_digest():
                texts.append(self.env._("The evidence %s was changed.", item.name))
        texts += self.line_ids._verify_received()
        inspected = chain.filtered(
            lambda row: row.act == "reinspect" and row.state == "signed" and row.round == self.round
        )
        named = any(row.act == "assign" and row.round == self.round for row in chain)
        for row in inspected:
            if named and self.inspector_id not in row.user_id | row.deputy_for_id:
                texts.append(self.env._("Somebody else than the named inspector has signed."))
        rows = self._get_rows()
        if self.progress != self._get_progress(rows):
            texts.append(self.env._("The stage of the return was changed."))
        return texts
