"""A repair within the warranty, with all parts on stock."""

from . import routine

TITLE = "A 质保期内维修,备件有库存 warranty repair from stock"


def play(stage):
    """Play the case; the requisition ends shipped and the request closed."""
    unit = stage.ref("unit_case_a")
    stage.file("supervisor1", unit)
    ticket = routine.register(
        stage,
        {
            "serial_number": unit.serial_number,
            "contact_name": "供电车间值班长",
            "contact_phone": "0199-55501011",
            "reported_cause": "合闸线圈烧毁",
            "symptom": "中置柜断路器手车在工作位置不能电动合闸,就地试合无动作,合闸线圈有焦味。",
            "need": "停电窗口内恢复供电",
            "urgency_proposed": "b",
        },
    )
    stage.check("unit", ticket.unit_id, unit)
    stage.check("customer", ticket.partner_id, unit.partner_id)
    stage.check("coverage", ticket.coverage, "in_warranty")
    stage.check("missing", ticket.missing_intake, "")
    routine.hand_over(stage, ticket, "team_switchgear", "supervisor1", "请尽快联系值班长")
    routine.contact(stage, ticket, "supervisor1", "b")
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor1",
        [
            routine.part(
                stage, "closing_coil", 2, reason="烧毁 1 只,备 1 只", old_part_returns=True
            ),
            routine.part(stage, "aux_switch", 1, reason="触点烧蚀"),
        ],
    )
    stage.check("purpose", requisition.purpose_id.aftersales_purpose, "free")
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.refused(
        "supervisor1",
        requisition,
        "action_approve",
        "代技术科审核 sign for the reviewer",
        comment="同意",
    )
    stage.sign("reviewer1", requisition, "技术科审核 review", comment="同意更换,线圈为 DC220V")
    picking = routine.draw_and_issue(stage, requisition, "supervisor1", "storekeeper1")
    stage.refused("storekeeper1", picking, "action_ship", "未包装即发货 ship unpacked")
    routine.send(
        stage,
        picking,
        "storekeeper1",
        carrier_partner_id=stage.ref("carrier_express").id,
        transport_mode="express",
        waybill="FL-20260601-0001",
        box_count=1,
        gross_weight=1.6,
        enclosed_documents="合格证、说明书",
    )
    cause = "aftersales_service.cause_p01"
    routine.close(stage, ticket, "supervisor1", cause, "更换合闸线圈、辅助开关,试分合 5 次正常。")
    stage.check("requisition", (requisition.state, requisition.round), ("approved", 1))
    stage.check_verified()
