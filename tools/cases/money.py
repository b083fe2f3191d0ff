"""What follows the work of paid service: sheet, settlement, invoice, tax invoice, letters.

R004-32, R004-33; who does what is who may: nobody's step is done by another.
"""

from odoo.fields import Command, Date

from . import paid

WORK = ("labour", "travel")


def work(stage, ticket, agreement, done):
    """Enter the sheet that the customer has signed, with its scan, and have it checked."""
    today = agreement.company_id._aftersales_today()
    lines = agreement.line_ids.filtered(lambda line: line.fee_kind in WORK and line.product_id)
    sheet = stage.create(
        "engineer1",
        "aftersales.worksheet",
        {
            "ticket_id": ticket.id,
            "sheet_ref": f"YS-{ticket.id:04d}",
            "date_from": str(today),
            "date_to": str(today),
            "work_done": done,
            "signer_name": "电气工段长",
            "signer_title": "工段长",
            "signed_on": str(today),
            "line_ids": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "quantity": line.quantity,
                        "work_date": str(today),
                    }
                )
                for line in lines
            ],
        },
        "填写工时签认单 work sheet",
    )
    stage.refused("engineer1", sheet, "action_submit", "无签认扫描件 without the scan")
    stage.call(
        "engineer1",
        "ir.attachment",
        "create",
        {
            "name": "产品服务验收单(用户签字).png",
            "datas": paid.SCAN,
            "res_model": sheet._name,
            "res_id": sheet.id,
        },
    )
    stage.act("engineer1", sheet, "action_submit", "提交工时签认单 submit")
    stage.sign("supervisor1", sheet, "售后服务主管核对工时 check", comment="与验收单一致")
    return sheet


def settle(stage, agreement):
    """Make the settlement from what was agreed and done; commerce office and finance sign."""
    action = stage.call("supervisor1", agreement._name, "action_create_settlement", agreement.ids)
    settlement = stage.env["aftersales.settlement"].browse(action["res_id"])
    stage.file("supervisor1", settlement)
    stage.note("supervisor1", "编制费用结算单 settlement", stage.look(settlement))
    for line in settlement.line_ids.filtered("has_difference"):
        raise AssertionError(f"{line.name}: {line.agreed_qty} / {line.done_qty}")
    stage.act("supervisor1", settlement, "action_submit", "提交审核 submit")
    stage.sign("commerce", settlement, "商务处审核 review", comment="与协议和签认单一致")
    stage.sign("finance", settlement, "财务部审批 approve", comment="同意结算")
    return settlement


def confirm(stage, settlement):
    """Register that the customer has signed and sealed the settlement."""
    stage.act(
        "supervisor1",
        settlement,
        "action_register_confirmation",
        "登记客户确认 confirmation",
        values={
            "signer": "设备部部长",
            "title": "授权代表",
            "date": str(settlement.company_id._aftersales_today()),
            "seal": "company",
            "scan": paid.SCAN,
            "scan_name": "费用结算单(客户盖章).png",
        },
    )


def invoice(stage, settlement):
    """The commerce office makes the draft invoice, finance posts it."""
    stage.act("commerce", settlement, "action_make_invoice", "生成结算账单 draft invoice")
    move = settlement.invoice_id
    stage.refused("commerce", move, "action_post", "非财务过账 posted by another")
    stage.act("finance", move, "action_post", "财务部过账 post")
    return move


def tax_invoice(stage, move, number=None):
    """Request the tax invoice; finance registers what the tax office's platform issued.

    :param number: 20 digits; without one the request waits for finance
    """
    request = stage.create(
        "commerce",
        "aftersales.tax.invoice",
        {
            "partner_id": move.partner_id.id,
            "line_ids": [Command.create({"move_id": move.id})],
        },
        "填写开票申请 tax invoice request",
    )
    stage.file("commerce", request)
    stage.act("commerce", request, "action_submit", "提交开票申请 submit")
    if number:
        register(stage, request, number)
    return request


def register(stage, request, number):
    """Finance registers number, date and file; this signs the request."""
    seen = stage.call("finance", request._name, "read", request.ids, ["content_digest"])
    stage.act(
        "finance",
        request,
        "action_register",
        "登记发票 register",
        values={
            "number": number,
            "date": str(request.company_id._aftersales_today()),
            "file": paid.SCAN,
            "file_name": f"{number}.png",
        },
        seen_digest=seen[0]["content_digest"],
    )


def credit(stage, move, reason):
    """Finance takes the whole invoice back by a posted credit note; return it."""
    wizard = stage.call(
        "finance",
        "account.move.reversal",
        "create",
        {
            "move_ids": [Command.set(move.ids)],
            "journal_id": move.journal_id.id,
            "date": str(move.company_id._aftersales_today()),
            "reason": reason,
        },
    )
    stage.call("finance", "account.move.reversal", "reverse_moves", [wizard])
    note = move.reversal_move_ids
    stage.act("finance", note, "action_post", "红字冲销账单 credit note")
    return note


def statement(stage, agreement):
    """The statement of account of the year, to be printed."""
    partner = agreement.partner_id.commercial_partner_id
    record = stage.create(
        "commerce", "aftersales.statement", {"partner_id": partner.id}, "对账单 statement"
    )
    stage.file("commerce", record)
    return record


def remind(stage, partner):
    """Write the letter about overdue invoices, have it approved, and send it."""
    today = stage.ref("base.main_company")._aftersales_today()
    letter = stage.create(
        "commerce",
        "aftersales.reminder",
        {"partner_id": partner.id, "deadline": str(Date.add(today, days=10))},
        "拟订催款函 reminder",
    )
    stage.file("commerce", letter)
    stage.act("commerce", letter, "action_submit", "提交审批 submit")
    stage.sign("sales_manager", letter, "业务部经理审批 approve", comment="同意发出")
    stage.act(
        "commerce",
        letter,
        "action_send",
        "登记发函 sent",
        values={
            "channel": "courier",
            "date": str(today),
            "recipient": "财务部 应付会计",
            "scan": paid.SCAN,
            "scan_name": "催款函及快递回执.png",
        },
    )
    return letter


def check_open(stage, agreement, *kinds):
    """Fail unless just these reasons keep the case on the follow-up list 追款."""
    found = stage.call(
        "commerce",
        "aftersales.followup",
        "search_read",
        [("partner_id", "=", agreement.partner_id.id)],
        ["kind", "agreement_id", "request_id"],
    )
    own = [row for row in found if (row["agreement_id"] or [agreement.id])[0] == agreement.id]
    stage.check("open money", sorted(row["kind"] for row in own), sorted(kinds))
    rows = stage.env["aftersales.followup"]._fields["kind"]._description_selection(stage.env)
    labels = dict(rows)
    stage.note(
        "commerce",
        "追款清单 follow-up",
        ", ".join(labels[row["kind"]] for row in own) or "无未了款项",
    )
