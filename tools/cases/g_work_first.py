"""Work first by an exception, signed and paid afterwards (R004-30, R004-33)."""

from . import paid, routine

TITLE = "G 执行在先、后补签协议 work first, signed afterwards"


def play(stage):
    """Play the case: released by the general manager, on the list until made good."""
    ticket = paid.call(
        stage, stage.ref("unit_012"), "储能电机损坏", "停产抢修,储能电机不动作。", urgency="a"
    )
    requisition = routine.ask(
        stage, ticket, "supervisor1", [routine.part(stage, "motor", 1, reason="损坏")]
    )
    picking = paid.draw(stage, requisition)
    stage.refused("storekeeper1", picking, "button_validate", "无协议不能领料 no agreement")
    release = stage.create(
        "supervisor1",
        "aftersales.release",
        {
            "ticket_id": ticket.id,
            "reason": "客户停产,大面积停电,签协议要三天。",
            "promise": "主管一周内取得客户盖章并收款。",
            "amount_limit": 10000,
        },
        "执行在先申请 release",
    )
    stage.act("supervisor1", release, "action_submit", "提交审核 submit")
    stage.sign("commerce", release, "商务处意见 review", comment="客户信用良好")
    stage.sign("general_manager", release, "总经理批准 approve", comment="先抢修")
    paid.issue(stage, picking)
    stage.check("exception", requisition.is_uncovered, True)
    stage.check("standing", release.standing, "open")
    agreement = paid.agreement(stage, ticket)
    product = requisition.line_ids.product_id
    stage.write(
        "supervisor1",
        agreement,
        {"line_ids": [(0, 0, {"product_id": product.id, "quantity": 1})]},
        "补列已领配件 add the part",
    )
    paid.review(stage, agreement)
    paid.sign(stage, agreement)
    stage.check("still an exception", requisition.is_uncovered, True)
    paid.collect(stage, agreement)
    stage.check("made good", requisition.is_uncovered, False)
    stage.check("standing", release.standing, "good")
    stage.check_verified()
