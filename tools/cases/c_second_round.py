"""The technical review rejects, the supervisor revises, the second round passes."""

from . import routine

TITLE = "C 技术科驳回,修订后再审 rejected, revised, second round"


def play(stage):
    """Play the case; the first round stays on file as it was signed."""
    unit = stage.ref("unit_case_c")
    stage.file("supervisor2", unit)
    ticket = routine.register(
        stage,
        {
            "serial_number": unit.serial_number,
            "contact_name": "动力厂电气主任",
            "contact_phone": "0199-55501031",
            "reported_cause": "二次侧开路后放电",
            "symptom": "电流互感器二次接线端子烧损,一相二次无输出。",
            "urgency_proposed": "c",
        },
    )
    routine.hand_over(stage, ticket, "team_transformer", "supervisor2")
    routine.contact(stage, ticket, "supervisor2", "c")
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor2",
        [
            routine.part(stage, "secondary_winding", 3, reason="二次绕组损坏"),
            routine.part(stage, "terminal", 4, reason="端子烧损"),
        ],
    )
    stage.act("supervisor2", requisition, "action_submit", "提交审核 submit")
    stage.refused(
        "supervisor2",
        requisition,
        "write",
        "审核中改单 edit under review",
        vals={"fault_plan": "改"},
    )
    stage.reject(
        "reviewer2",
        requisition,
        "技术科驳回 reject",
        "仅一相损坏,二次绕组应为 1 只;请补充更换底座",
    )
    stage.check("state", requisition.state, "rejected")
    stage.check_told("supervisor2", requisition, "仅一相损坏")

    stage.act("supervisor2", requisition, "action_revise", "修订 revise", comment="按审核意见修改")
    winding = requisition.line_ids[0]
    stage.write("supervisor2", winding, {"requested_qty": 1}, "修改申请数量 change a quantity")
    stage.write(
        "supervisor2",
        requisition,
        {"line_ids": [(0, 0, routine.part(stage, "base_plate", 1, reason="底座烧损"))]},
        "增加一行 add a line",
    )
    stage.act("supervisor2", requisition, "action_submit", "第二轮提交 submit again")
    stage.check("round", requisition.round, 2)
    stage.sign("reviewer1", requisition, "技术科审核 review", comment="同意")
    picking = routine.draw_and_issue(stage, requisition, "supervisor2", "storekeeper1")
    stage.check("issued", picking.move_ids.mapped("quantity"), [1.0, 4.0, 1.0])
    stage.act("storekeeper1", picking, "action_pack", "包装完成 pack")
    stage.act(
        "inspector",
        picking,
        "action_inspect_fail",
        "出库检验不合格 exit inspection failed",
        comment="缺合格证",
    )
    stage.refused("storekeeper1", picking, "action_ship", "不合格发货 ship what failed")
    routine.send(
        stage,
        picking,
        "storekeeper1",
        packed=True,
        carrier_partner_id=stage.ref("carrier_road").id,
        transport_mode="road",
        waybill="SL-20260602-0007",
        box_count=1,
        gross_weight=9.2,
    )
    rows = requisition.approval_ids
    rejected = rows.filtered(lambda row: row.state == "rejected")
    stage.check("rejected in round", rejected.mapped("round"), [1])
    stage.check("reviewed in round", _signed(rows, "review").mapped("round"), [2])
    stage.check_verified()


def _signed(rows, act):
    return rows.filtered(lambda row: row.act == act and row.state == "signed")
