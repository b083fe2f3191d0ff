"""The customer has chosen the wrong interrupters ④; of five, three come back."""

from . import returns

TITLE = "T 顾客选型错误、部分到货 wrong choice, partial receipt"
LOT = "lot_TJ40_2610"
PRICE = 4900


def play(stage):
    """Play the case: five are announced, three arrive and are credited."""
    goods = [("part_interrupter_40", [LOT], 5)]
    delivery = returns.deliver(stage, "customer_06", "HY-2026-1104", goods)
    bill = returns.invoice(stage, delivery, {"part_interrupter_40": PRICE})
    document = returns.open_form(stage, delivery)
    text = "开关柜额定电流 1250 A,误选 3150 A 灭弧室,未使用。"
    vals = {"freight_payer": "customer"}
    returns.ask(stage, document, "wrong_choice", "refund", "choice", text, **vals)
    returns.confirm(stage, document, "顾客选型错误,同意退货")
    line = document.line_ids
    stage.check("asked for", line.qty_claimed, 5)
    returns.receive(stage, document, "原包装完好,到货 3 只", quantity=3)
    stage.check("progress", document.progress, "to_receive")
    stage.check("received", (line.qty_received, line.qty_open), (3, 2))
    note = "另 2 只用户留用"
    stage.sign("storekeeper1", document, "确认不再到货 nothing more comes", comment=note)
    stage.check("counted", (line.qty_open, line.origin_id.qty_claimed), (0, 3))
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "nothing_found",
        "产品合格、未使用,规格与用户设备不匹配。",
        [("真空度", "≤ 1.33×10⁻³ Pa", "2.1×10⁻⁴ Pa", True), ("外观", "无使用痕迹", "无", True)],
        {"kind": "refund", "place": "stock"},
    )
    returns.decide(stage, document, "同意退货 3 只")
    returns.put_away(stage, document, "转入库存 back into stock")
    note = returns.credit(stage, document, 3 * PRICE)
    stage.check("credited invoice", note.reversed_entry_id, bill)
    returns.settled(stage, document)
    again = returns.open_form(stage, delivery)
    stage.check("still returnable", again.line_ids.qty_claimed, 2)
    stage.act("agent", again, "action_cancel", "作废 void", comment="用户留用")
