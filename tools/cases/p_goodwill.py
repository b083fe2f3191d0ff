"""Goodwill outside the warranty: granted by the sales manager in a step of its own."""

from . import responsibility, routine

TITLE = "P 质保期外特批无偿 goodwill"


def play(stage):
    """Play the case; the parts are issued for goodwill, and finance sees what it cost."""
    unit = responsibility.unit(stage, 1, covered=False)
    ticket = responsibility.call(stage, unit, "储能电机碳刷磨损,储能超时。", "老化")
    stage.check("charge", ticket.charge_class, "paid")
    finding = responsibility.find(
        stage,
        ticket,
        "w01",
        [responsibility.evidence("photo", "碳刷磨损照片", "服务人员")],
        found_by="服务人员",
        facts="质保期满两个月后储能超时;碳刷磨损到限。",
        engineer_statement="正常磨损。用户为重点客户,近期有扩建项目,建议特批无偿。",
        other_opinion="agrees",
        other_person="电气值班长",
        charge_parts="goodwill",
        charge_labour="goodwill",
        charge_travel="goodwill",
        amount_parts=480.0,
        amount_labour=400.0,
        amount_travel=300.0,
    )
    responsibility.decide(
        stage,
        finding,
        "正常磨损,已超出质保期;鉴于客户关系,建议特批无偿。",
        ("sales_manager", "业务部经理特批 grant goodwill", "同意特批,计入市场费用"),
    )
    stage.check("charge", ticket.charge_class, "goodwill")
    requisition = routine.ask(
        stage, ticket, "supervisor1", [routine.part(stage, "motor", 1, reason="碳刷磨损")]
    )
    stage.check("purpose", requisition.purpose_id.aftersales_purpose, "goodwill")
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.sign("reviewer2", requisition, "技术科审核 review")
    routine.draw_and_issue(stage, requisition, "supervisor1", "storekeeper1")
    stage.refused("supervisor1", ticket, "action_post_costs", "非财务归集费用 posted by another")
    stage.act("finance", ticket, "action_post_costs", "归集服务费用 post the cost")
    found = stage.call(
        "finance",
        "aftersales.goodwill",
        "search_read",
        [("finding_id", "=", finding.id), ("kind", "=", "parts")],
        ["amount_granted", "amount_cost"],
    )
    stage.check("granted", found[0]["amount_granted"], 480.0)
    stage.check("real cost", found[0]["amount_cost"], 260.0)
    stage.note("finance", "质保期外特批无偿 goodwill", f"特批 480.00, 实际 {260.0:.2f}")
    stage.check_verified()
