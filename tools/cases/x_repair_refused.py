"""An old breaker that the customer sends in: quoted, refused, sent back as it is."""

from . import paid, repairs

TITLE = "X 返厂维修报价后客户不修,原物发还 factory repair refused after the quotation"


def play(stage):
    """Play the case; nothing begins without an agreement, and the unit goes back unrepaired."""
    unit = stage.ref("unit_072")
    ticket = paid.call(stage, unit, "灭弧室真空度下降", "户外断路器耐压试验不通过,用户寄回检修。")
    stage.check("coverage", ticket.coverage, "expired")
    tests = [("灭弧室真空度", "≤ 1.33×10⁻² Pa"), ("工频耐压", "42 kV 1 min")]
    repair = repairs.announce(stage, ticket, "supervisor1", tests)
    repairs.take_in(stage, repair, "外壳锈蚀,A 相瓷套有裂纹", "无附件")
    stage.check("number in stock", repair.lot_id.name, unit.serial_number)
    repairs.diagnose(
        stage,
        repair,
        "engineer1",
        "三相灭弧室真空度不合格,须整体更换,修复价值不高。",
        ["6.6×10⁻¹ Pa", "28 kV 击穿"],
    )
    stage.refused("engineer1", repair, "action_start", "未签协议即开工 start without agreement")
    agreement = paid.agreement(stage, ticket)
    stage.act("supervisor1", agreement, "action_quote", "发出服务报价单 quotation")
    stage.act(
        "supervisor1",
        agreement,
        "action_answer",
        "客户不同意报价 declined",
        answer="declined",
        note="价格过高",
    )
    stage.refused("engineer1", repair, "action_start", "客户未同意 start refused")
    stage.act(
        "supervisor1",
        repair,
        "action_end",
        "终止维修 end",
        kind="refused",
        reason="客户认为报价过高,决定购置新机。",
    )
    stage.act(
        "supervisor1",
        repair,
        "action_instruct",
        "登记客户处置意见 instruction",
        values={
            "disposal": "send_back",
            "person": "设备部部长",
            "date": str(repair.company_id._aftersales_today()),
            "note": "原物发还,运费到付",
        },
    )
    stage.check("progress", repair.progress, "to_check")
    repairs.send_back(stage, repair, "FL-20261121-0022")
    stage.check("repair order", repair.order_id.ids, [])
    stage.check_verified()
