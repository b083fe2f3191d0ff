"""A whole lot that is sound isn't taken back: 不予退货 (R002-21)."""

from odoo.fields import Command

from . import returns

TITLE = "U 不予退货 return not granted"
LOTS = ["lot_Z26100001", "lot_Z26100002"]


def play(stage):
    """Play the case: the re-inspection finds nothing, so the goods go back as they are."""
    goods = [("product_zw32", LOTS, 1)]
    delivery = returns.deliver(stage, "customer_07", "HY-2026-1105", goods)
    document = returns.open_form(stage, delivery)
    text = "用户反映合闸拒动,要求整批退货。"
    returns.ask(stage, document, "whole_lot", "refund", "quality", text)
    returns.confirm(stage, document, "转质检确认")
    returns.receive(stage, document, "2 台,机构箱有拆动痕迹")
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "misuse",
        "控制回路接线错误,本体及机构均合格。",
        [("机械特性", "合闸 ≤ 60 ms", "42 ms", True), ("回路电阻", "≤ 60 μΩ", "38 μΩ", True)],
        {"kind": "refund"},
    )
    seen = stage.call("general_manager", document._name, "read", document.ids, ["content_digest"])
    stage.refused(
        "general_manager",
        document,
        "action_approve",
        "非质量不合格即整批退货 no defect",
        seen_digest=seen[0]["content_digest"],
        comment="同意",
    )
    rows = [Command.update(row.id, {"kind": "send_back"}) for row in document.outcome_ids]
    vals = {"outcome_ids": rows}
    stage.write("general_manager", document, vals, "改为原物退回 send back as it is")
    returns.decide(stage, document, "非质量问题,不予退货", progress="not_granted")
    stage.refused("commerce", document, "action_credit", "不予退货仍开红字 credit")
    picking = returns.send_back(stage, document)
    own = stage.env["stock.lot"].union(*(stage.ref(lot) for lot in LOTS))
    stage.check("own goods", picking.move_line_ids.lot_id, own)
    stage.check("returnable again", sum(document.line_ids.origin_id.mapped("qty_claimed")), 0)
    stage.check("progress", document.progress, "not_granted")
    stage.check("settled", bool(document.settled_at), True)
    stage.check_verified()
