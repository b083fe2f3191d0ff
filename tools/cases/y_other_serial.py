"""The customer asks on the portal, and then sends another serial number than he named; both
were delivered to him."""

from . import asked, returns

TITLE = "Y 实收编号不符 another serial number came"
LOTS = ["lot_J261003501", "lot_J261003502"]


def play(stage):
    """Play the case: the difference is on record and is signed by all that follow."""
    goods = [("product_jdzx9", LOTS, 1)]
    delivery = returns.deliver(stage, "customer_05", "HY-2026-1106", goods)
    named, came = (stage.ref(lot) for lot in LOTS)
    text = "铁芯异响,要求返修。"
    document = asked.on_portal(stage, delivery, [named], "repair", text)
    stage.check("named", document.line_ids.lot_id, named)
    asked.take_over(stage, document)
    returns.ask(stage, document, "partial", "repair", "quality", text)
    returns.confirm(stage, document)
    line = document.line_ids
    returns.receive(stage, document, "铭牌编号与单据不一致", lots={named: came})
    stage.check("difference", (line.received_text, line.is_lot_different), (came.name, True))
    stage.check("counted on", line.receipt_ids.origin_id.lot_id, came)
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "transport",
        "运输颠簸致铁芯夹件松动,可修复。",
        [("噪声", "≤ 45 dB", "58 dB", False), ("绝缘电阻", "≥ 1000 MΩ", "2600 MΩ", True)],
        {"kind": "repair"},
    )
    returns.decide(stage, document, "同意按实收编号返修")
    stage.refused("storekeeper1", document, "action_send_back", "未返修即退回 unrepaired")
    stage.act("engineer2", document, "action_repair", "返修 repair")
    stage.act("inspector", document, "action_pass_repair", "返修后检验合格 inspected")
    picking = returns.send_back(stage, document)
    stage.check("sent back", picking.move_line_ids.lot_id, came)
    returns.settled(stage, document)
