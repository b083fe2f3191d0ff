"""What the cases of paid service do: agree, sign, seal, collect (R004-29 … R004-31)."""

from . import routine

# an empty page stands for the scan
SCAN = (
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAA"
    "DklEQVR4nGP4DwUMlDEA98A/wbI0QbsAAAAASUVORK5CYII="
)


def call(stage, unit, cause, symptom, urgency="c"):
    """Take the call about a unit out of warranty, up to the first contact."""
    ticket = routine.register(
        stage,
        {
            "unit_id": unit.id,
            "contact_name": "电气工段长",
            "contact_phone": "0199-55501041",
            "reported_cause": cause,
            "symptom": symptom,
            "urgency_proposed": urgency,
        },
    )
    routine.hand_over(stage, ticket, "team_switchgear", "supervisor1")
    routine.contact(stage, ticket, "supervisor1", urgency)
    return ticket


def draw(stage, requisition):
    """Have the parts reviewed and drawn; the gate of the issue is still shut."""
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.sign("reviewer2", requisition, "技术科审核 review", comment="可用")
    stage.sign("supervisor1", requisition, "齐全确认、领料 draw", comment="物资齐全")
    return requisition.picking_ids.filtered(lambda item: item.state != "cancel")


def agreement(stage, ticket):
    """Make the agreement from the request with one click."""
    action = stage.call("supervisor1", "helpdesk.ticket", "action_create_agreement", ticket.ids)
    record = stage.env["aftersales.agreement"].browse(action["res_id"])
    stage.file("supervisor1", record)
    stage.note("supervisor1", "生成服务协议 agreement", stage.look(record))
    return record


def release(stage, record):
    """Quote, have the customer agree, and have it reviewed by the commerce office."""
    stage.act("supervisor1", record, "action_quote", "发出服务报价单 quotation")
    stage.act("supervisor1", record, "action_answer", "客户同意报价 accepted", answer="accepted")
    review(stage, record)


def review(stage, record):
    stage.act("supervisor1", record, "action_submit", "提交审核 submit")
    stage.sign("commerce", record, "商务处审核 review", comment="条款和价格无误")


def sign(stage, record):
    """Register the customer's signature and our seal, and hand it over."""
    stage.act(
        "supervisor1",
        record,
        "action_register_signature",
        "登记客户签署件 signature",
        values={
            "kind": "paper",
            "signer": "设备部部长",
            "title": "授权代表",
            "date": str(record.company_id._aftersales_today()),
            "seal": "contract",
            "scan": SCAN,
            "scan_name": "服务协议签署件.png",
        },
    )
    seal(stage, record)


def seal(stage, record):
    """Register our seal and hand the agreement to the commerce office."""
    stage.act("supervisor1", record, "action_request_seal", "用印申请 request the seal")
    stage.act(
        "records",
        record,
        "action_affix_seal",
        "用印登记 seal",
        seal="contract",
        number=f"YZ-{record.id:04d}",
    )
    stage.check("progress", record.progress, "signed")
    stage.act("supervisor1", record, "action_hand_over", "交商务处 hand over")
    stage.act("commerce", record, "action_take_over", "商务处接收 take over")


def collect(stage, record, amount=None):
    """Finance registers and confirms the money that has arrived."""
    payment = stage.create(
        "finance",
        "account.payment",
        {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": record.partner_id.id,
            "amount": amount or record.prepay_amount,
            "journal_id": stage.ref("journal_bank").id,
            "currency_id": record.currency_id.id,
            "aftersales_agreement_id": record.id,
            "memo": record.name,
        },
        "登记到账 payment",
    )
    stage.act("finance", payment, "action_post", "确认到账 confirm the money")
    return payment


def issue(stage, picking, storekeeper="storekeeper1"):
    stage.act(storekeeper, picking, "button_validate", "确认领料 issue")
    stage.check("state of the issue", picking.state, "done")
    stage.file(storekeeper, picking)
