from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.engine import at_work, engine

FILL = ("reinspect",)
AMEND = ("approve",)


class AftersalesReturnFollow(models.Model):
    """What follows from a return besides its settlement: corrective or preventive action,
    a claim, and the end of the unit's warranty (R002-16, R002-30)."""

    _inherit = "aftersales.return"

    # 纠正和预防措施
    is_capa_demanded = fields.Boolean(
        string="Corrective Action Demanded", compute="_compute_is_capa_demanded"
    )
    capa_ids = fields.One2many(
        "mgmtsystem.action", "aftersales_return_id", string="Corrective and Preventive Actions"
    )
    capa_state = fields.Char(string="State of the Action", compute="_compute_capa_state")

    # 索赔
    claim_kind = fields.Selection(
        [("vendor", "Component Vendor"), ("carrier", "Carrier")],
        string="Claim against",
        guard="locked",
        fill=FILL,
        amend=AMEND,
        copy=False,
    )
    claim_partner_id = fields.Many2one(
        "res.partner",
        string="Claimed from",
        guard="locked",
        fill=FILL,
        amend=AMEND,
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    claim_amount = fields.Monetary(
        string="Amount of the Claim",
        guard="locked",
        fill=FILL,
        amend=AMEND,
        copy=False,
        default=0.0,
    )
    claim_ids = fields.One2many("aftersales.claim", "return_id", string="Claims", copy=False)

    _claim_amount_range = models.Constraint(
        "CHECK (coalesce(claim_amount, 0) >= 0 AND coalesce(claim_amount, 0) < 100000000000)",
        "An amount of a claim can't be negative.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends("verdict", "return_type", "state")
    def _compute_is_capa_demanded(self):
        for document in self:
            document.is_capa_demanded = document.state == "approved" and (
                document.verdict == "quality_defect" or document.return_type == "wrong_shipment"
            )

    @api.depends("capa_ids.stage_id", "capa_ids.active")
    @api.depends_context("lang")
    def _compute_capa_state(self):
        for document in self:
            actions = document.sudo().capa_ids
            document.capa_state = ", ".join(
                " ".join(filter(None, [action.reference, action.stage_id.name]))
                for action in actions
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_open_capa(self):
        """Open the corrective action that the return demands; the responsible department is
        named on the form (R002-30).

        :raise UserError: when the return isn't approved or names no department
        """
        document = self._check_one()._as_public("open_capa")
        document._check_may_settle()
        record = document.sudo()
        if not record.capa_ids:
            if not record._get_responsible_department():
                raise UserError(
                    self.env._(
                        "%s names no responsible department: have the decision say it.",
                        document.name,
                    )
                )
            engine_record = document._as_engine()
            with engine():
                engine_record.env["mgmtsystem.action"].create(
                    engine_record._prepare_capa_vals(self.env.user)
                )
            record.invalidate_recordset(["capa_ids"])
            document._record_settlement()
        return document.action_view_capa()

    @api.readonly
    def action_view_capa(self):
        """Open the corrective and preventive actions of the return."""
        self._check_one().check_access("read")
        actions = self.sudo().capa_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Corrective and Preventive Actions"),
            "res_model": "mgmtsystem.action",
            "domain": [("aftersales_return_id", "=", self.id)],
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False},
        }
        if len(actions) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=actions.id)
        return action

    @api.readonly
    def action_view_claims(self):
        """Open the claims that follow from the return."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Claims"),
            "res_model": "aftersales.claim",
            "domain": [("return_id", "=", self.id)],
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
        }

    # ------------------------------------------------------------------
    # Corrective and preventive action
    # ------------------------------------------------------------------
    def _get_responsible_department(self):
        return self.responsible_department_id or self.error_department_id

    def _prepare_capa_vals(self, user):
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        kind = dict(self._fields["return_type"]._description_selection(self.env))
        products = ", ".join(dict.fromkeys(self.line_ids.mapped("product_id.display_name")))
        return {
            "aftersales_return_id": self.id,
            "company_id": self.company_id.id,
            "name": " · ".join(
                filter(None, [self.name, kind[self.return_type], labels.get(self.verdict)])
            ),
            "type_action": "correction",
            "user_id": user.id,
            "description": " · ".join(
                filter(
                    None,
                    [
                        self._get_responsible_department().name,
                        products,
                        self.cause_text or self.error_cause,
                    ],
                )
            ),
        }

    def _get_open_duties(self):
        items = super()._get_open_duties()
        if self.is_capa_demanded and not self.capa_ids:
            items.append(self.env._("Corrective or preventive action to be opened"))
        return items

    # ------------------------------------------------------------------
    # Claim
    # ------------------------------------------------------------------
    def _check_outcomes(self):
        result = super()._check_outcomes()
        if self.claim_kind and not self.claim_partner_id:
            raise UserError(
                self.env._("%s: name the party that a claim is made against.", self.name)
            )
        return result

    def _after_approved(self):
        result = super()._after_approved()
        record = self.sudo()
        record._freeze_warranties()
        if record.claim_kind:
            self.env["aftersales.claim"].sudo()._open(
                [
                    {
                        "return_id": self.id,
                        "company_id": self.company_id.id,
                        "kind": self.claim_kind,
                        "partner_id": self.claim_partner_id.id,
                        "partner_name": self.claim_partner_id.sudo().display_name,
                        "amount_estimated": self.claim_amount,
                        "amount_claimed": self.claim_amount,
                    }
                ]
            )
        return result

    def _get_opened_claims(self):
        """Return the claims that the decision in force has opened."""
        decided = self.state == "approved" and self.claim_kind
        return self.claim_ids.sorted("id")[-1:] if decided else self.claim_ids.browse()

    def _verify_effects(self, chain):
        return super()._verify_effects(chain) + self.sudo().claim_ids._verify_against(chain)

    def _check_can_revise(self):
        result = super()._check_can_revise()
        raised = self.sudo().claim_ids.filtered(
            lambda claim: claim.state not in ("open", "cancelled")
        )
        if raised:
            raise UserError(
                self.env._(
                    "%(document)s: the claim %(claim)s rests on it and has been raised. "
                    "Have it withdrawn first.",
                    document=self.name,
                    claim=raised[0].name,
                )
            )
        return result

    def _after_reopen(self):
        result = super()._after_reopen()
        claims = self.sudo().claim_ids.filtered(lambda claim: claim.state == "open")
        if claims:
            claims._door_write({"state": "cancelled"})
        return result


class AftersalesTaxInvoice(models.Model):
    """A registered red-letter note is part of the settlement of a return."""

    _inherit = "aftersales.tax.invoice"

    def _after_approved(self):
        result = super()._after_approved()
        self._follow_returns()
        return result

    def action_void(self, reason=""):
        """Take back a registration that was made by mistake; it stays on record."""
        result = super().action_void(reason=reason)
        self._follow_returns()
        return result

    def _follow_returns(self):
        moves = self.sudo().line_ids.move_id
        documents = (moves | moves.reversal_move_ids).aftersales_return_id
        documents.with_env(self.env)._record_settlement()


class AftersalesClaim(models.Model):
    """A claim follows from a finding or from a return."""

    _inherit = "aftersales.claim"

    finding_id = fields.Many2one(required=False)
    return_id = fields.Many2one(
        "aftersales.return",
        string="Return Form",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    _one_basis = models.Constraint(
        "CHECK (num_nonnulls(finding_id, return_id) = 1)",
        "A claim follows from a finding or from a return.",
    )

    def _get_basis(self):
        return self.return_id or super()._get_basis()

    @api.readonly
    def action_open_return(self):
        """Open the return that the claim follows from."""
        self._check_one().check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "aftersales.return",
            "res_id": self.return_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }


class MgmtsystemAction(models.Model):
    """Corrective and preventive actions that returns demand (R002-30)."""

    _inherit = "mgmtsystem.action"

    aftersales_return_id = fields.Many2one(
        "aftersales.return",
        string="Return Form",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
        check_company=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        # after the fact, because a default can say it as well
        if not at_work() and any(action.aftersales_return_id for action in actions):
            self._raise_return()
        return actions

    def write(self, vals):
        if "aftersales_return_id" in vals:
            self._raise_return()
        if "active" in vals and not vals["active"]:
            self._check_not_demanded()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_demanded(self):
        self._check_not_demanded()

    def _raise_return(self):
        raise UserError(self.env._("The action that a return demands is opened on the return."))

    def _check_not_demanded(self):
        for action in self.sudo().filtered("aftersales_return_id"):
            raise UserError(
                self.env._(
                    "%(document)s demands the action %(action)s: it stays on file.",
                    document=action.aftersales_return_id.name,
                    action=action.reference or action.name,
                )
            )

    @api.constrains("company_id")
    def _check_return_company(self):
        for action in self:
            document = action.aftersales_return_id
            if document and action.company_id != document.company_id:
                raise ValidationError(
                    self.env._("%s belongs to another company.", document.display_name)
                )

    def send_mail_for_action(self, force_send=True):
        """Nothing leaves before the transaction is over (law 10): the queue sends it."""
        return super().send_mail_for_action(force_send=False)
