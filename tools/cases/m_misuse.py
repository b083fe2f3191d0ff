"""Misoperation within the warranty: the customer disputes it, the general manager decides."""

from . import responsibility, routine

TITLE = "M 质保期内误操作,用户有异议 misuse in warranty, disputed"


def play(stage):
    """Play the case; the job becomes chargeable, and so do its parts."""
    unit = responsibility.unit(stage, 1)
    ticket = responsibility.call(
        stage, unit, "手车推进时接地开关未分,触臂和梅花触头烧蚀。", "柜内放电", "b"
    )
    stage.check("charge", ticket.charge_class, "free")
    finding = responsibility.find(
        stage,
        ticket,
        "m01",
        [
            responsibility.evidence("photo", "触臂烧蚀照片", "服务人员"),
            responsibility.evidence("record", "运行操作票及闭锁钥匙记录", "用户变电所"),
        ],
        found_by="电气值班长",
        facts="08:10 检修后送电操作,操作人使用解锁钥匙解除机械闭锁;\n"
        "08:14 接地开关在合位时推入手车,三相短路放电,上级保护动作。",
        engineer_statement="机械闭锁完好,解锁钥匙被使用,属强行解除闭锁的误操作。",
        other_opinion="not_asked",
        amount_parts=6800.0,
        amount_labour=1600.0,
        amount_travel=1200.0,
    )
    stage.check("proposed", (finding.party_kind, finding.charge_parts), ("customer", "paid"))
    stage.write(
        "supervisor1",
        finding,
        {
            "other_opinion": "disagrees",
            "other_person": "用户电气主任",
            "other_reason": "认为闭锁装置动作不可靠,要求按质保处理。",
        },
        "记录用户意见:不同意 customer disagrees",
    )
    responsibility.decide(
        stage,
        finding,
        "操作票和解锁钥匙记录表明系人为解除闭锁,产品闭锁经检验完好。责任方为用户,费用由用户承担。",
        ("general_manager", "总经理批准(有异议) approve", "证据充分,同意"),
    )
    skipped = finding.approval_ids.filtered(lambda row: row.state == "skipped")
    stage.check("steps not needed", skipped.mapped("act"), ["grant"])
    stage.check("charge", (ticket.charge_class, ticket.charge_parts), ("paid", "paid"))
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor1",
        [routine.part(stage, "contact_arm_large", 3, reason="烧蚀")],
    )
    stage.check("purpose", requisition.purpose_id.aftersales_purpose, "paid")
    free = requisition.company_id._aftersales_purpose_location("free")
    stage.write("supervisor1", requisition, {"purpose_id": free.id}, "改领用类别为无偿 free")
    stage.refused("supervisor1", requisition, "action_submit", "按无偿领料 ask for it free")
    stage.check_verified()
