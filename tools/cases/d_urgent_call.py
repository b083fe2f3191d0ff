"""A class A call with data missing at intake, and parts that the reviewer has to name."""

from . import routine

TITLE = "D 特急服务,资料不全,代用料 class A, data missing, a substitute"


def play(stage):
    """Play the case; the reviewer's amendments stay on record."""
    unit = stage.ref("unit_case_d")
    stage.file("supervisor1", unit)
    ticket = routine.register(
        stage,
        {
            "partner_id": unit.partner_id.id,
            "contact_name": "总务处电工班长",
            "symptom": "环网柜爆响后门诊楼全部停电,柜内有烟。",
            "urgency_proposed": "a",
        },
    )
    stage.check("intake complete", ticket.intake_complete, False)
    stage.note("agent", "待补充资料 still missing", ticket.missing_intake)
    routine.hand_over(stage, ticket, "team_switchgear", "supervisor1", "大面积停电,一小时内联系")
    stage.act("supervisor1", ticket, "action_contact_attempt", "联系未通 not reached")
    stage.refused(
        "supervisor1",
        ticket,
        "action_confirm_urgency",
        "未联系先定级 classify before contact",
        urgency_class="a",
    )
    routine.contact(stage, ticket, "supervisor1", "a")
    stage.check("attempts", ticket.contact_attempts, 2)
    old_fuse = stage.ref("part_fuse")
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor1",
        [
            {
                "name": "真空灭弧室(铭牌不清,见照片)",
                "spec": "12kV 1250A",
                "requested_qty": 3,
                "reason": "三相均有烧蚀",
            },
            routine.part(stage, "fuse", 3, reason="熔断"),
        ],
    )
    stage.refused("supervisor1", requisition, "action_submit", "资料不全提交 submit incomplete")
    stage.write(
        "supervisor1",
        ticket,
        {
            "serial_number": unit.serial_number,
            "contact_phone": "0199-55501271",
            "reported_cause": "熔断器爆裂",
        },
        "补充资料 complete the data",
    )
    stage.check("unit", ticket.unit_id, unit)
    stage.check("coverage", ticket.coverage, "contract")
    stage.check("intake complete", ticket.intake_complete, True)
    stage.write(
        "supervisor1",
        requisition,
        {
            "unit_id": unit.id,
            "end_user_id": unit.end_user_id.id,
            "project_name": ticket.project_name,
            "product_model": ticket.product_model,
            "serial_number": ticket.serial_number,
            "contract_ref": unit.contract_ref,
            "consignee_phone": ticket.contact_phone,
        },
        "补充处理单 complete the requisition",
    )
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.check("class frozen", requisition.urgency_class, "a")
    amend(stage, requisition, old_fuse)
    picking = routine.draw_and_issue(stage, requisition, "supervisor1", "storekeeper1")
    stage.check(
        "issued",
        picking.move_ids.product_id,
        stage.ref("part_interrupter_31") | stage.ref("part_fuse_new"),
    )
    routine.send(
        stage,
        picking,
        "storekeeper1",
        carrier_partner_id=stage.ref("carrier_express").id,
        transport_mode="express",
        waybill="FL-20260603-0002",
        box_count=2,
        gross_weight=21,
    )
    stage.check_verified()


def amend(stage, requisition, old_fuse):
    """The reviewer assigns a material code and a substitute, then signs (R004-14)."""
    nameless, fuse = requisition.line_ids
    tube = stage.ref("part_interrupter_31")
    stage.refused(
        "reviewer1", requisition, "action_approve", "未读即签 sign unread", comment="同意"
    )
    before = stage.call("reviewer1", requisition._name, "read", requisition.ids, ["content_digest"])
    stage.write(
        "reviewer1",
        nameless,
        {"product_id": tube.id, "product_uom_id": tube.uom_id.id},
        "审核时编物料编码 assign a code",
    )
    stage.write(
        "reviewer1",
        fuse,
        {
            "product_id": stage.ref("part_fuse_new").id,
            "substitute_for": old_fuse.display_name,
            "approved_qty": 3,
        },
        "审核时代用 substitute",
    )
    stage.refused(
        "reviewer1",
        requisition,
        "action_approve",
        "按旧内容签字 sign the old content",
        seen_digest=before[0]["content_digest"],
        comment="同意",
    )
    stage.sign("reviewer1", requisition, "技术科审核 review", comment="熔断器用新型代用,尺寸相同")
    amendments = stage.env["aftersales.amendment"].search(
        [("res_model", "=", requisition._name), ("res_id", "=", requisition.id)]
    )
    changed = set(amendments.mapped("field_name"))
    stage.check("amended", {"product_id", "substitute_for"} <= changed, True)
    stage.check_told("supervisor1", requisition, requisition.name)
    stage.check("state", requisition.state, "approved")
