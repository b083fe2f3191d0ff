from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.scan import keep_scan, read_scan
from ..tools.text import clean_text

SUPERVISOR = "aftersales_service.group_supervisor"
COMMERCE = "aftersales_service.group_commerce"
LEVELS = [("1", "First Reminder"), ("2", "Second Reminder"), ("3", "Final Demand")]
SEND_KEYS = {"channel", "date", "recipient", "scan", "scan_name"}
CHANNELS = [
    ("post", "Letter by Post"),
    ("courier", "Courier"),
    ("mail", "E-Mail"),
    ("hand", "By Hand"),
]


class AftersalesReminder(models.Model):
    """The reminder letter 催款函 in steps (R004-33).

    It freezes which invoices of a customer are open, how much and how long overdue. The
    sales manager approves it, because it carries the seal; who sent it how and to whom
    is put on record with the scan of the letter or of the customer's receipt.
    """

    _name = "aftersales.reminder"
    _inherit = ["aftersales.document", "mail.thread", "mail.activity.mixin"]
    _description = "Reminder Letter"
    _order = "id desc"
    _check_company_auto = True

    _number_sequence = "aftersales.reminder"
    _evidence_lines = ("line_ids",)
    _action_roles = {
        "submit": (SUPERVISOR, COMMERCE),
        "withdraw": (SUPERVISOR, COMMERCE),
        "revise": (SUPERVISOR, COMMERCE),
        "cancel": (SUPERVISOR, COMMERCE),
        "send": (SUPERVISOR, COMMERCE),
    }
    _action_access = "read"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        guard="fixed",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    level = fields.Selection(LEVELS, guard="door", readonly=True, copy=False)
    deadline = fields.Date(
        string="Pay until",
        guard="locked",
        required=True,
        default=lambda self: fields.Date.add(self.env.company._aftersales_today(), days=10),
    )
    text = fields.Text(guard="locked")
    line_ids = fields.One2many("aftersales.reminder.line", "reminder_id", string="Open Invoices")
    currency_id = fields.Many2one(
        related="company_id.currency_id", store=True, precompute=True, guard="door"
    )
    amount_total = fields.Monetary(
        string="Open Amount", guard="door", readonly=True, copy=False, default=0.0
    )
    sent_on = fields.Date(guard="door", readonly=True, copy=False, index="btree_not_null")
    sent_by_id = fields.Many2one(
        "res.users", string="Sent by", guard="door", readonly=True, copy=False
    )
    channel = fields.Selection(CHANNELS, string="Sent as", guard="door", readonly=True, copy=False)
    recipient = fields.Char(guard="door", readonly=True, copy=False)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        reminders = super().create(vals_list)
        for reminder in reminders:
            reminder._fill()
        return reminders

    @api.model
    def _evidence_fields(self):
        return super()._evidence_fields() | {"level", "amount_total"}

    def _fill(self):
        """Freeze what of the customer's invoices of paid service is overdue, and the next level.

        What he retains isn't overdue before its day; from then on it is a line of its own.
        """
        record = self.sudo()
        today = record.company_id._aftersales_today()
        self.env["account.move"].flush_model()
        self.env["aftersales.retention"]._flush_standing()
        rows = (
            self.env["aftersales.followup"]
            .sudo()
            .search(
                [
                    ("kind", "in", ("overdue", "retention_due")),
                    ("company_id", "=", record.company_id.id),
                    (
                        "partner_id.commercial_partner_id",
                        "=",
                        record.partner_id.commercial_partner_id.id,
                    ),
                ],
                order="due_on, move_id, id",
            )
        )
        kept = rows.retention_id
        amounts = {}
        for row in rows.filtered("move_id"):
            amounts[row.move_id] = amounts.get(row.move_id, 0.0) + row.amount
        moves = rows.move_id
        record.line_ids._door_unlink()
        Line = self.env["aftersales.reminder.line"].sudo()
        Line._door_create(
            [Line._prepare_vals(record, move, today, amounts[move]) for move in moves]
            + [Line._prepare_retention_vals(record, item, today) for item in kept]
        )
        record.invalidate_recordset(["line_ids"])
        sent = self.search(
            [
                (
                    "partner_id.commercial_partner_id",
                    "=",
                    record.partner_id.commercial_partner_id.id,
                ),
                ("company_id", "=", record.company_id.id),
                ("sent_on", "!=", False),
                "|",
                ("line_ids.move_id", "in", moves.ids),
                ("line_ids.retention_id", "in", kept.ids),
            ]
        )
        level = min(max((int(item.level) for item in sent), default=0) + 1, len(LEVELS))
        record._door_write(
            {"level": str(level), "amount_total": sum(record.line_ids.mapped("amount_open"))}
        )

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _check_can_submit(self):
        self._fill()
        if not self.line_ids:
            raise UserError(
                self.env._("%s has no invoice that is overdue.", self.partner_id.display_name)
            )
        if self.deadline <= self.company_id._aftersales_today():
            raise UserError(self.env._("The day until which to pay must be in the future."))

    def _check_can_revise(self):
        if self.sent_on:
            raise UserError(self.env._("%s has been sent and stays as it is.", self.name))

    def _after_reopen(self):
        if self.state == "draft":
            self._fill()

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------
    def action_send(self, values=None):
        """Put on record how the letter went out.

        :param values: dict of ``channel``, ``date``, ``recipient``, ``scan`` (base64, of the
            sealed letter or the courier's receipt) and ``scan_name``
        """
        reminder = self._check_one()._as_public("send")
        reminder._check_state("approved")
        if reminder.sent_on:
            raise UserError(reminder.env._("%s has been sent and stays as it is.", reminder.name))
        values = values if isinstance(values, dict) else {}
        if unknown := set(values) - SEND_KEYS:
            raise UserError(
                reminder.env._("A letter has no %s.", ", ".join(sorted(map(str, unknown))))
            )
        channel = values.get("channel")
        recipient = clean_text(reminder.env, values.get("recipient"))
        if not isinstance(channel, str) or channel not in dict(CHANNELS) or not recipient:
            raise UserError(reminder.env._("Say how the letter was sent, and to whom."))
        day = reminder._get_day(values.get("date"))
        company = reminder.company_id
        approved = reminder.sudo().approval_ids.filtered(lambda row: row.state == "signed")
        earliest = company._aftersales_date(max(approved.mapped("decided_at")))
        if not day or not earliest <= day <= company._aftersales_today():
            raise UserError(
                reminder.env._("Give the day on which the letter was sent: after its approval.")
            )
        content = read_scan(
            reminder.env,
            values.get("scan"),
            reminder.env._("Attach the scan of the sealed letter or of its receipt."),
        )
        attachment = keep_scan(reminder, content, values.get("scan_name"), f"{reminder.name}.pdf")
        reminder._append_evidence(
            "remind",
            comment=recipient,
            door_vals={
                "sent_on": day,
                "sent_by_id": self.env.uid,
                "channel": channel,
                "recipient": recipient,
            },
            extra={
                "sent": {"date": str(day), "channel": channel, "recipient": recipient},
                "attachments": reminder._keep_attachments(),
                "letter": attachment.id,
            },
        )
        return True

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def _verify_effects(self, chain):
        """Amounts fit the lines, and how the letter went out is what is on record."""
        texts = super()._verify_effects(chain)
        row = chain.filtered(lambda item: item.act == "remind")[-1:]
        recorded = self.env["aftersales.verification"]._load(row.snapshot).get("sent") or {}
        present = {
            "date": str(self.sent_on or ""),
            "channel": self.channel or "",
            "recipient": self.recipient or "",
        }
        if self.sent_by_id != row.user_id or any(
            value != (recorded.get(name) or "") for name, value in present.items()
        ):
            texts.append(self.env._("How the letter was sent was changed."))
        return texts

    # ------------------------------------------------------------------
    # Schedule
    # ------------------------------------------------------------------
    @api.model
    def _cron_follow_up(self, limit=200):
        """Once a week, give whoever answers for a case an activity about open money."""
        kinds = ("overdue", "unsecured", "uninvoiced")
        money = "aftersales_service.mail_activity_money"
        self._remind_of("agreement_id", "supervisor_id", kinds, money, limit)
        kinds = ("retention_due", "retention_risk")
        retention = "aftersales_service.mail_activity_retention"
        self._remind_of("retention_id", "user_id", kinds, retention, limit)

    @api.model
    def _remind_of(self, link, person, kinds, xmlid, limit):
        """Make one activity a document, unless there is one already.

        :param link: the follow-up's field with the document
        :param person: the document's field with whoever answers for it
        """
        kind = self.env.ref(xmlid)
        model = self.env["aftersales.followup"]._fields[link].comodel_name
        todo = self.env["mail.activity"].sudo()
        known = todo.search([("res_model", "=", model), ("activity_type_id", "=", kind.id)]).mapped(
            "res_id"
        )
        rows = (
            self.env["aftersales.followup"]
            .sudo()
            .search(
                [
                    ("kind", "in", kinds),
                    (link, "!=", False),
                    (link, "not in", known),
                    (f"{link}.{person}", "!=", False),
                ],
                limit=limit,
            )
        )
        labels = dict(rows._fields["kind"]._description_selection(self.env))
        vals_list = [
            {
                "res_model_id": self.env["ir.model"]._get_id(document._name),
                "res_id": document.id,
                "activity_type_id": kind.id,
                "user_id": document[person].id,
                "summary": labels[items[0].kind],
                "date_deadline": document.company_id._aftersales_today(),
            }
            for document, items in rows.grouped(link).items()
        ]
        todo.with_context(mail_activity_quick_update=True).create(vals_list)


class AftersalesReminderLine(models.Model):
    """What is overdue as the letter names it: an invoice, or retention money that has become
    due; amounts in the company's currency."""

    _name = "aftersales.reminder.line"
    _inherit = ["aftersales.guard"]
    _description = "Line of a Reminder Letter"
    _order = "reminder_id, id"
    _rec_name = "move_name"
    _guard_closed = True

    reminder_id = fields.Many2one(
        "aftersales.reminder",
        guard="door",
        copy=False,
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="reminder_id.company_id", store=True, guard="door", index=True, precompute=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        guard="door",
        copy=False,
        index=True,
        ondelete="restrict",
    )
    retention_id = fields.Many2one(
        "aftersales.retention",
        string="Retention Money",
        guard="door",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    move_name = fields.Char(string="Invoice Reference", guard="door", copy=False)
    agreement_names = fields.Char(string="Agreements", guard="door", copy=False)
    acceptance_refs = fields.Char(string="Acceptance Sheets", guard="door", copy=False)
    invoice_numbers = fields.Char(string="Tax Invoices", guard="door", copy=False)
    service_date = fields.Date(string="Date of Service", guard="door", copy=False)
    due_on = fields.Date(string="Due on", guard="door", copy=False)
    days = fields.Integer(string="Days Overdue", guard="door", copy=False)
    currency_id = fields.Many2one("res.currency", guard="door", copy=False, ondelete="restrict")
    amount_due = fields.Monetary(string="Receivable", guard="door", copy=False, default=0.0)
    amount_paid = fields.Monetary(string="Money Received", guard="door", copy=False, default=0.0)
    amount_retained = fields.Monetary(
        string="Retained, Not Asked for Here",
        guard="door",
        copy=False,
        default=0.0,
        help="What the customer keeps as retention money is asked for when it is due.",
    )
    amount_open = fields.Monetary(guard="door", copy=False, default=0.0)

    @api.model
    def _evidence_fields(self):
        """All that the letter says of an invoice."""
        return {
            "move_name",
            "agreement_names",
            "acceptance_refs",
            "invoice_numbers",
            "service_date",
            "due_on",
            "days",
            "amount_due",
            "amount_paid",
            "amount_retained",
            "amount_open",
        }

    @api.model
    def _prepare_vals(self, reminder, move, today, amount_open):
        """Return the values of the line; ``amount_open`` is in the invoice's currency."""
        due = abs(move.amount_total_signed)
        rate = due / move.amount_total
        amount_open = reminder.currency_id.round(amount_open * rate)
        settlements = move._get_settlements()
        tax_invoices = move.aftersales_tax_line_ids.filtered("is_live").request_id
        due_on = move.aftersales_due_on or move.invoice_date_due
        retained = reminder.currency_id.round(self._get_retained(move) * rate)
        return {
            "reminder_id": reminder.id,
            "move_id": move.id,
            "move_name": move.name,
            "agreement_names": ", ".join(settlements.agreement_id.mapped("name")),
            "acceptance_refs": ", ".join(filter(None, settlements.mapped("acceptance_ref"))),
            "invoice_numbers": ", ".join(filter(None, tax_invoices.mapped("number"))),
            "service_date": max(filter(None, settlements.mapped("accepted_on")), default=False),
            "due_on": due_on,
            "days": (today - due_on).days,
            "currency_id": reminder.currency_id.id,
            "amount_due": due,
            "amount_paid": due - amount_open - retained,
            "amount_retained": retained,
            "amount_open": amount_open,
        }

    @api.model
    def _get_retained(self, move):
        """Return what the customer keeps of an invoice, in its currency, due or not.

        It is kept of the last invoice of an agreement, as on the follow-up list.
        """
        settlements = move._get_settlements().sorted("id")
        agreement = settlements[:1].agreement_id
        last = max(agreement.settlement_ids.invoice_id.ids, default=0)
        kept = agreement.retention_ids.filtered(lambda item: item.state == "confirmed")
        kept = (
            kept.filtered(lambda item: item.open_amount > 0) if last == move.id else kept.browse()
        )
        return min(sum(kept.mapped("open_amount")), move.amount_residual)

    @api.model
    def _prepare_retention_vals(self, reminder, retention, today):
        """Return the values of the line for retention money that has become due."""
        company = reminder.company_id
        amounts = [
            retention.currency_id._convert(amount, reminder.currency_id, company, today)
            for amount in (retention.amount, retention.open_amount)
        ]
        return {
            "reminder_id": reminder.id,
            "retention_id": retention.id,
            "move_name": retention.name,
            "agreement_names": retention.agreement_id.name or retention.contract_ref,
            "due_on": retention.date_due,
            "days": (today - retention.date_due).days,
            "currency_id": reminder.currency_id.id,
            "amount_due": amounts[0],
            "amount_paid": amounts[0] - amounts[1],
            "amount_open": amounts[1],
        }


class AftersalesApprovalRemind(models.Model):
    _inherit = "aftersales.approval"

    act = fields.Selection(
        selection_add=[("remind", "Send Reminder")], ondelete={"remind": "cascade"}
    )
