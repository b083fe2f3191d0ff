"""A current transformer that the customer sends in within its warranty."""

from . import repairs, routine

TITLE = "W 质保期内返厂维修 factory repair in warranty"


def play(stage):
    """Play the case: received, inspected, repaired with a part, inspected, sent back."""
    unit = stage.ref("unit_case_c")
    ticket = routine.register(
        stage,
        {
            "unit_id": unit.id,
            "contact_name": "继保班班长",
            "contact_phone": "0199-55501031",
            "reported_cause": "二次端子渗漏痕迹",
            "symptom": "电流互感器二次绕组绝缘下降,用户要求返厂检修。",
            "urgency_proposed": "c",
        },
    )
    stage.check("coverage", ticket.coverage, "in_warranty")
    routine.hand_over(stage, ticket, "team_transformer", "supervisor2")
    routine.contact(stage, ticket, "supervisor2", "c")
    tests = [("二次绕组绝缘电阻", "≥ 1000 MΩ"), ("变比误差", "≤ ±0.5 %")]
    repair = repairs.announce(stage, ticket, "supervisor2", tests)
    repairs.take_in(
        stage, repair, "木箱完好,本体无磕碰,二次端子盒密封圈老化", "二次接线盒盖 1 件,合格证 1 份"
    )
    stage.refused("engineer2", repair, "action_start", "未初检即开工 start undiagnosed")
    repairs.diagnose(stage, repair, "engineer2", "端子盒密封圈老化,潮气侵入。", ["35 MΩ", "0.2 %"])
    stage.act("engineer2", repair, "action_start", "开始维修 start")
    stage.check("charge", (repair.start_charge, repair.order_id.under_warranty), ("free", True))
    action = stage.call("supervisor2", repair._name, "action_create_requisition", repair.ids)
    requisition = stage.env["aftersales.requisition"].browse(action["res_id"])
    line = routine.part(stage, "gasket", 2, reason="密封圈老化", old_serial="NBR-2023-07")
    stage.write("supervisor2", requisition, {"line_ids": [(0, 0, line)]}, "申请领料 parts")
    stage.act("supervisor2", requisition, "action_submit", "提交审核 submit")
    stage.sign("reviewer1", requisition, "技术科审核 review", comment="同意更换")
    routine.draw_and_issue(stage, requisition, "supervisor2", "storekeeper1")
    repairs.finish(
        stage,
        repair,
        "engineer2",
        "aftersales_service.cause_p01",
        "更换端子盒密封垫圈 2 只,烘干处理 24 h,复测合格。",
        ["2500 MΩ", "0.2 %"],
    )
    stage.refused("storekeeper1", repair, "action_scrap", "未检验即处置 dispose uninspected")
    repairs.send_back(stage, repair, "FL-20261121-0021")
    routine.close(
        stage, ticket, "supervisor2", "aftersales_service.cause_p01", "返厂维修合格,已发还用户。"
    )
    stage.check("history of the unit", unit.repair_ids, repair)
    stage.check_verified()
