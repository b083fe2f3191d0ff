"""Transport damage: free for the customer, claimed from the carrier."""

from . import responsibility

TITLE = "N 运输损坏,向运输公司索赔 claim against the carrier"


def play(stage):
    """Play the case; the claim ends settled, partly recovered."""
    unit = responsibility.unit(stage, 2)
    ticket = responsibility.call(
        stage, unit, "开箱时柜门变形,仪表室玻璃破碎,二次插件断裂。", "运输碰撞"
    )
    finding = responsibility.find(
        stage,
        ticket,
        "t01",
        [
            responsibility.evidence("receipt", "签收单(注明外包装破损)", "用户仓库"),
            responsibility.evidence("photo", "外包装及柜门照片", "用户仓库"),
        ],
        party_id=stage.ref("carrier_road").id,
        found_by="用户仓库保管员",
        facts="货到当日 14:20 卸车前发现左侧木箱破裂,签收单已注明;开箱后柜门变形。",
        engineer_statement="损坏部位与外包装破裂位置一致,系运输中碰撞。",
        other_opinion="agrees",
        other_person="承运方随车人员",
        amount_parts=5200.0,
        amount_labour=800.0,
        amount_travel=1500.0,
        payer_travel="us",
    )
    stage.check("charge", (finding.charge_parts, finding.payer_parts), ("free", "party"))
    responsibility.decide(stage, finding, "运输损坏,责任方为承运方;对用户无偿执行,向承运方索赔。")
    stage.check("charge", ticket.charge_class, "free")
    claim = finding.claim_ids
    stage.check("claim", (claim.kind, claim.amount_claimed, claim.state), ("carrier", 6000, "open"))
    stage.act("commerce", claim, "action_raise", "提出索赔 raise", comment="索赔函 2026-07")
    stage.act(
        "commerce", claim, "action_accept", "对方部分接受 accept", amount=4500, comment="按保价赔付"
    )
    stage.refused("supervisor1", claim, "action_settle", "由主管确认到账 settle", amount=4500)
    stage.act("finance", claim, "action_settle", "赔款到账结案 settle", amount=4500)
    stage.check("recovered", (claim.state, claim.amount_recovered), ("settled", 4500))
    stage.check_verified()
