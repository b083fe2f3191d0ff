import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.scan import keep_scan, read_scan
from ..tools.text import clean_text
from .aftersales_repair import DISPOSALS, ENDER_ROLES, ENDINGS, ENGINEER, PROGRESS
from .aftersales_unit import FIRST_DAY

INSTRUCTION_KEYS = {"disposal", "person", "date", "scan", "scan_name", "note"}


class AftersalesRepairWork(models.Model):
    """What happens in the house: repair, its end, exit inspection, back to the customer."""

    _inherit = "aftersales.repair"

    progress = fields.Selection(
        PROGRESS,
        guard="door",
        compute="_compute_progress",
        store=True,
        precompute=True,
        index=True,
        copy=False,
        tracking=True,
    )
    in_house = fields.Boolean(
        guard="door", readonly=True, copy=False, help="The unit has come in and hasn't left."
    )
    received_at = fields.Datetime(string="Received on", guard="door", readonly=True, copy=False)
    received_by_id = fields.Many2one(
        "res.users", string="Received by", guard="door", readonly=True, copy=False
    )
    started_at = fields.Datetime(string="Repair Started on", guard="door", copy=False)
    started_by_id = fields.Many2one(
        "res.users", string="Repaired by", guard="door", readonly=True, copy=False
    )
    repaired_at = fields.Datetime(string="Repaired on", guard="door", readonly=True, copy=False)
    is_rework = fields.Boolean(
        string="Failed the Exit Inspection", guard="door", readonly=True, copy=False
    )
    ending = fields.Selection(
        ENDINGS, string="Why It Isn't Repaired", guard="door", readonly=True, copy=False
    )
    end_reason = fields.Char(string="Reason", guard="door", readonly=True, copy=False)
    disposal = fields.Selection(
        DISPOSALS, string="Customer's Instruction", guard="door", readonly=True, copy=False
    )
    instructed_by = fields.Char(
        string="Instructed by", guard="door", readonly=True, copy=False, help="The customer's man."
    )
    instructed_on = fields.Date(guard="door", readonly=True, copy=False)
    checked_at = fields.Datetime(
        string="Exit Inspection Passed on", guard="door", readonly=True, copy=False
    )
    checked_by_id = fields.Many2one(
        "res.users", string="Inspected by", guard="door", readonly=True, copy=False
    )
    sent_at = fields.Datetime(string="Sent Back on", guard="door", readonly=True, copy=False)
    scrapped_at = fields.Datetime(string="Scrapped on", guard="door", readonly=True, copy=False)
    waiting_since = fields.Datetime(
        guard="door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since then the unit waits for the customer: for his word, or to be claimed.",
    )
    can_rework = fields.Boolean(compute="_compute_can_rework")
    can_fail_check = fields.Boolean(compute="_compute_can_fail_check")

    # a unit is in the house once, whoever registers it at the same moment
    _in_house_unique = models.UniqueIndex(
        "(unit_id) WHERE in_house AND unit_id IS NOT NULL",
        "This unit is in the house already, for another factory repair.",
    )
    _company_progress_index = models.Index("(company_id, progress)")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------
    @api.depends(
        "state",
        "in_house",
        "started_at",
        "repaired_at",
        "is_rework",
        "ending",
        "disposal",
        "checked_at",
        "sent_at",
        "scrapped_at",
    )
    def _compute_progress(self):
        for repair in self:
            repair.progress = repair._get_progress()

    def _get_progress(self):
        """Return how far it is; the one place that says it."""
        if self.sent_at:
            return "sent"
        if self.scrapped_at:
            return "scrapped"
        if self.state == "submitted":
            return "to_diagnose" if self.in_house else "to_receive"
        if self.state != "approved":
            return self.state
        if self.disposal == "scrap":
            return "to_scrap"
        if self.ending:
            if not self.disposal:
                return "to_dispose"
        elif not self.started_at:
            return "to_repair"
        elif not self.repaired_at or self.is_rework:
            return "repairing"
        return "to_send" if self.checked_at else "to_check"

    @api.depends("progress", "is_rework")
    @api.depends_context("uid")
    def _compute_can_rework(self):
        engineer = self.env.user.has_group(ENGINEER)
        for repair in self:
            repair.can_rework = engineer and repair.is_rework and repair.progress == "repairing"

    @api.depends("progress", "approval_ids.state")
    @api.depends_context("uid")
    def _compute_can_fail_check(self):
        for repair in self:
            row = repair._get_my_row() if repair.id and repair.progress == "to_check" else None
            repair.can_fail_check = bool(row and row.act == "exit_inspect")

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_start(self):
        """Begin the repair (R000-46), once it is known who pays and, if the customer does,
        his agreement is in force and prepaid as agreed (attack C4).

        :raise UserError: naming what is missing
        """
        for repair in self._as_public("start"):
            repair._check_progress("to_repair")
            repair._start()
        return True

    def action_end(self, kind="", reason=""):
        """End the repair unfinished: it can't be done, or the customer doesn't want it.

        :param kind: "not_repairable" (the engineer says so) or "refused" (the supervisor,
            for the customer); :param reason: required
        """
        for repair in self._as_public("end"):
            repair._check_progress("to_repair", "repairing")
            text = clean_text(self.env, reason)
            if kind not in ENDER_ROLES or not text:
                raise UserError(
                    repair.env._("Say why %s isn't repaired, with the reason.", repair.name)
                )
            if not repair.env.user.has_group(ENDER_ROLES[kind]):
                raise AccessError(
                    repair.env._(
                        "That a unit can't be repaired is for the engineer to say; that the "
                        "customer doesn't want it repaired, for the supervisor."
                    )
                )
            repair._end_work(kind, text)
            repair._open_next()
        return True

    def action_fail_check(self, comment=""):
        """Fail the exit inspection: the unit stays until it passes (R001-34).

        :param comment: what is wrong, required
        """
        for repair in self._as_public("fail_check"):
            repair._check_progress("to_check")
            row = repair._get_my_row()
            if row.act != "exit_inspect":
                raise AccessError(
                    repair.env._("The exit inspection of %s isn't yours.", repair.name)
                )
            text = clean_text(self.env, comment)
            if not text:
                raise UserError(repair.env._("Say what is wrong with %s.", repair.name))
            repair._append_evidence(
                "fail_check",
                comment=text,
                state="rejected",
                door_vals={"is_rework": not repair.ending},
            )
            if repair.is_rework:
                row._door_write({"state": "waiting"})
                repair._drop_activities(row)
                repair._notify_people(
                    repair.started_by_id,
                    repair.env._(
                        "%(repair)s has failed its exit inspection: %(reason)s",
                        repair=repair.name,
                        reason=text,
                    ),
                )
        return True

    def action_rework(self, comment=""):
        """Say that what failed the exit inspection is put right.

        :param comment: what was done, required
        """
        for repair in self._as_public("rework"):
            repair._check_progress("repairing")
            text = clean_text(self.env, comment)
            if not repair.is_rework:
                raise UserError(repair.env._("%s hasn't failed its inspection.", repair.name))
            if not text:
                raise UserError(repair.env._("Say what was put right on %s.", repair.name))
            repair._check_filled("measures", "cause_id")
            repair.test_ids._check_complete()
            repair._append_evidence("rework", comment=text, door_vals={"is_rework": False})
            repair._open_next()
        return True

    def action_instruct(self, values=None):
        """Put on record what the customer wants done with a unit that isn't repaired.

        Scrapping another's property needs his written consent (R000-46).

        :param values: dict of ``disposal`` (send_back, scrap), ``person``, ``date``,
            ``scan`` (base64; required for scrap), ``scan_name`` and ``note``
        """
        for repair in self._as_public("instruct"):
            repair._check_progress("to_dispose", "to_check", "to_send")
            repair._instruct(repair._read_instruction(values))
        return True

    def action_scrap(self):
        """Scrap the unit; the customer has agreed to it in writing."""
        for repair in self._as_public("scrap"):
            repair._check_progress("to_scrap")
            repair._append_evidence(
                "scrap",
                door_vals={
                    "scrapped_at": fields.Datetime.now(),
                    "in_house": False,
                    "waiting_since": False,
                },
            )
            repair._move_unit("scrap")
        return True

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    def _after_signed(self, row):
        if row.act == "take_in":
            self._door_vals(
                in_house=True, received_at=fields.Datetime.now(), received_by_id=self.env.uid
            )
            self._move_unit("receive")
        elif row.act == "repair":
            self._door_vals(repaired_at=fields.Datetime.now())
        elif row.act == "exit_inspect":
            now = fields.Datetime.now()
            self._door_vals(checked_at=now, checked_by_id=self.env.uid, waiting_since=now)
            self._finish_order()
        elif row.act == "send_back":
            self._door_vals(sent_at=fields.Datetime.now(), in_house=False, waiting_since=False)
            self._move_unit("send_back")
            self._grant_term()

    def _door_vals(self, **values):
        # flushed at once: the index refuses a unit that is in the house twice
        self.sudo()._door_write(values)
        self.flush_recordset(list(values))

    def _start(self):
        """Open the gate, make core's repair order and put the start on record."""
        self.ensure_one()
        kind, cover = self._find_start_cover()
        charge = self._get_charge()
        self._append_evidence(
            "start_repair",
            comment=cover.display_name if cover else "",
            door_vals={
                "started_at": fields.Datetime.now(),
                "started_by_id": self.env.uid,
                "start_charge": charge,
                "cover_kind": kind,
                "cover_ref": f"{cover._name},{cover.id}" if cover else False,
            },
            extra={"start": self._get_start_facts(charge, kind, cover)},
        )
        self._create_order()
        self._open_next()

    @api.model
    def _get_start_facts(self, charge, kind, cover):
        return {
            "charge": charge or "",
            "kind": kind or "",
            "cover": {"model": cover._name, "id": cover.id, "name": cover.name} if cover else None,
        }

    def _end_work(self, kind, reason=""):
        """Stop here: what becomes of the unit is for the customer to say."""
        reason = reason or clean_text(self.env, self.diagnosis)
        self._append_evidence(
            "end_repair",
            comment=reason,
            door_vals={
                "ending": kind,
                "end_reason": reason,
                "is_rework": False,
                "waiting_since": fields.Datetime.now(),
            },
            extra={"ending": kind},
        )
        self._close_follow_up("repair")
        self._cancel_order()
        self._notify_people(
            self.supervisor_id,
            self.env._("%s isn't repaired: ask the customer what to do with it.", self.name),
        )

    def _close_follow_up(self, *acts):
        """Skip open steps that aren't needed any more, on record."""
        rows = self._get_rows("follow_up")
        for row in rows.filtered(lambda item: item.act in acts and item.state == "pending"):
            self._complete_evidence(row, "skipped")
            self._drop_activities(row)

    def _read_instruction(self, values):
        """Return the checked values of an instruction.

        :raise UserError: naming what is missing or wrong
        """
        values = values if isinstance(values, dict) else {}
        if set(values) - INSTRUCTION_KEYS or values.get("disposal") not in dict(DISPOSALS):
            raise UserError(self.env._("Say what the customer wants: sent back, or scrapped."))
        disposal = values["disposal"]
        if self.progress != "to_dispose" and disposal != "scrap":
            raise UserError(self.env._("%s goes back to the customer anyway.", self.name))
        person = clean_text(self.env, values.get("person"), self.env._("Instructed by"))
        day = self._get_day(values.get("date"))
        if not person or not day:
            raise UserError(self.env._("Say who of the customer's has said so, and when."))
        if not FIRST_DAY <= day <= self.company_id._aftersales_today():
            raise UserError(self.env._("The date of the instruction must be in the past."))
        scan = None
        if values.get("scan") or disposal == "scrap":
            scan = read_scan(
                self.env,
                values.get("scan"),
                self.env._(
                    "The unit of %s is the customer's property: attach his written consent to "
                    "scrap it.",
                    self.name,
                ),
            )
        return {
            "disposal": disposal,
            "person": person,
            "day": day,
            "scan": scan,
            "scan_name": values.get("scan_name"),
            "note": clean_text(self.env, values.get("note")),
        }

    def _get_day(self, value):
        """Return a client's date, or None.

        :raise UserError: for what is no date
        """
        try:
            return fields.Date.to_date(value) or None
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%s is not a date.", value)) from error

    def _instruct(self, told):
        proof = []
        if told["scan"]:
            name = self.env._("Customer's consent.pdf")
            attachment = keep_scan(self, told["scan"], told["scan_name"], name)
            digest = hashlib.sha256(told["scan"]).hexdigest()
            proof = [{"id": attachment.id, "name": attachment.name, "sha256": digest}]
        facts = {
            "disposal": told["disposal"],
            "instructed_by": told["person"],
            "instructed_on": fields.Date.to_string(told["day"]),
        }
        self._append_evidence(
            "instruct",
            comment=told["note"],
            door_vals={
                "disposal": told["disposal"],
                "instructed_by": told["person"],
                "instructed_on": told["day"],
            },
            extra={"instruction": facts, "attachments": proof},
        )
        if told["disposal"] == "scrap":
            self._close_follow_up("exit_inspect", "send_back")
        self._open_next()

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_progress(self, *values):
        self.ensure_one()
        if self.progress not in values:
            labels = dict(self._fields["progress"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(document)s is %(state)s: this can't be done now.",
                    document=self.name,
                    state=labels[self.progress],
                )
            )

    def _check_can_pass(self):
        """Nobody passes his own work (R001-34)."""
        self._check_progress("to_check")
        if self.env.user in self.started_by_id | self.received_by_id:
            raise UserError(
                self.env._("Who received or repaired the unit of %s doesn't inspect it.", self.name)
            )

    def _check_can_send(self):
        """Nothing leaves before its exit inspection has passed (R001-34)."""
        self._check_progress("to_send")
        if self.env.user == self.checked_by_id:
            raise UserError(self.env._("Who inspected the unit of %s doesn't send it.", self.name))
        self._check_filled("transport_mode", "consignee_name")
        if self.transport_mode != "self":
            self._check_filled("carrier_partner_id", "waybill", "consignee_address")

    # ------------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------------
    def _guard_get_fill_act(self, acts):
        """Who puts right what has failed writes down what he finds and does."""
        if self._is_mine_to_rework():
            return "repair" if acts is None or "repair" in acts else ""
        return super()._guard_get_fill_act(acts)

    def _get_open_paths(self, acts):
        return super()._get_open_paths(acts | {"repair"} if self.is_rework else acts)

    def _is_mine_to_rework(self):
        return self.is_rework and self.progress == "repairing" and self.env.user.has_group(ENGINEER)
