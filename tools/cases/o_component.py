"""A purchased component has failed: free for the customer, claimed from the vendor."""

from . import responsibility, routine

TITLE = "O 元器件质量,向供应商索赔 claim against the vendor"


def play(stage):
    """Play the case; the vendor accepts, and the parts leave as free."""
    unit = responsibility.unit(stage, 3)
    ticket = responsibility.call(stage, unit, "合闸线圈匝间短路,电动合闸失败。", "线圈烧毁")
    finding = responsibility.find(
        stage,
        ticket,
        "p01",
        [responsibility.evidence("test", "线圈直流电阻检测报告", "检验组")],
        party_id=stage.ref("vendor_coil").id,
        found_by="服务人员",
        facts="投运三个月后合闸线圈烧毁;同批次另两只直流电阻超差。",
        engineer_statement="线圈匝间绝缘不良,属元器件质量。",
        other_opinion="agrees",
        other_person="供应商质量工程师",
        amount_parts=560.0,
        amount_labour=400.0,
        amount_travel=700.0,
    )
    responsibility.decide(stage, finding, "元器件质量问题,责任方为供应商;对用户无偿更换。")
    claim = finding.claim_ids
    stage.check("claim", (claim.kind, claim.amount_claimed), ("vendor", 1660))
    stage.act("buyer", claim, "action_raise", "向供应商提出索赔 raise")
    stage.act("buyer", claim, "action_accept", "供应商接受 accept", comment="下批货款抵扣")
    requisition = routine.ask(
        stage, ticket, "supervisor1", [routine.part(stage, "closing_coil", 1, reason="烧毁")]
    )
    stage.check("purpose", requisition.purpose_id.aftersales_purpose, "free")
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.sign("reviewer2", requisition, "技术科审核 review")
    routine.draw_and_issue(stage, requisition, "supervisor1", "storekeeper1")
    stage.check_verified()
