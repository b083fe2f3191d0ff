"""A whole lot of low-voltage current transformers comes back: our own quality ①."""

from odoo.fields import Command

from . import returns

TITLE = "J 整批次退货 whole lot returned"
LOTS = [f"lot_L2610000{number}" for number in range(1, 5)]


def play(stage):
    """Play the case: delivered, invoiced, returned, re-inspected, credited."""
    goods = [("product_lmz", LOTS, 1)]
    delivery = returns.deliver(stage, "customer_02", "HY-2026-1101", goods)
    bill = returns.invoice(stage, delivery, {"product_lmz": 180})
    document = returns.open_form(stage, delivery)
    stage.check("lines", len(document.line_ids), 4)
    some = document.line_ids[:1]
    vals = {"return_type": "whole_lot", "line_ids": [Command.delete(some.id)]}
    stage.write("agent", document, vals, "漏填一只 one is missing")
    stage.refused("agent", document, "action_submit", "非整批次 not the whole lot")
    stage.act("agent", document, "action_fill", "从发货单带出 take over the delivery")
    stage.check("lines", len(document.line_ids), 4)
    text = "到货抽检 4 只,变比误差均超差,整批退货。"
    returns.ask(stage, document, "whole_lot", "refund", "quality", text)
    returns.confirm(stage, document)
    stage.refused("storekeeper1", document, "action_put_away", "未批准即处置 before approval")
    returns.receive(stage, document, "原包装,无磕碰,4 只齐全")
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "quality_defect",
        "同批铁芯材料用错牌号,误差超差。",
        [
            ("变比误差(额定电流)", "≤ ±0.5 %", "1.6 %", False),
            ("绝缘电阻", "≥ 500 MΩ", "1800 MΩ", True),
        ],
        {"kind": "refund", "place": "reject"},
    )
    returns.decide(stage, document, "同意整批退货")
    returns.put_away(stage, document, "转入不合格品区 to the rejects")
    note = returns.credit(stage, document, 720)
    stage.check("credited invoice", note.reversed_entry_id, bill)
    stage.check("progress", document.progress, "settling")
    returns.correct(stage, document)
    returns.settled(stage, document)
