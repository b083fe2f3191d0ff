"""The customer refuses to sign: nothing leaves the warehouse (R004-30)."""

from . import paid, routine

TITLE = "F 客户拒签服务协议 the customer refuses to sign"


def play(stage):
    """Play the case: quoted twice, refused, the agreement made void."""
    ticket = paid.call(stage, stage.ref("unit_006"), "触头烧蚀", "断路器触头烧蚀,需更换。")
    stage.check("charge of parts", ticket.charge_parts, "paid")
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor1",
        [routine.part(stage, "closing_coil", 1, reason="烧毁")],
    )
    picking = paid.draw(stage, requisition)
    stage.refused("storekeeper1", picking, "button_validate", "无协议不能领料 no agreement")
    agreement = paid.agreement(stage, ticket)
    stage.act("supervisor1", agreement, "action_quote", "发出服务报价单 quotation")
    stage.act(
        "supervisor1",
        agreement,
        "action_answer",
        "客户还价 counter-offer",
        answer="counter",
        note="人工费太高,要求降 3%",
    )
    for line in agreement.line_ids.filtered(lambda line: line.fee_kind == "labour"):
        stage.write("supervisor1", line, {"discount": 3}, "让价 3 % discount")
    stage.act("supervisor1", agreement, "action_quote", "再次报价 second round")
    stage.act(
        "supervisor1",
        agreement,
        "action_answer",
        "客户拒签 declined",
        answer="declined",
        note="客户自行处理",
    )
    stage.check("rounds of the quotation", agreement.quote_count, 2)
    stage.refused("storekeeper1", picking, "button_validate", "未签协议不能领料 not signed")
    stage.act(
        "supervisor1", agreement, "action_cancel", "作废协议 void", comment="客户拒签,自行处理"
    )
    stage.act(
        "supervisor1", requisition, "action_cancel", "作废处理单 void", comment="客户拒签服务协议"
    )
    stage.check("nothing issued", requisition.line_ids.mapped("qty_issued"), [0.0])
    stage.check_verified()
