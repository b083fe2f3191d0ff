"""A replacement leaves before the goods have come, by an approved exception (B6)."""

from odoo.fields import Date

from . import returns

TITLE = "Z 先发后退 replacement in advance"
LOTS = ["lot_J261001001"]


def play(stage):
    """Play the case: finance permits, the replacement leaves, the goods come by the day."""
    goods = [("product_jls", LOTS, 1)]
    delivery = returns.deliver(stage, "customer_01", "HY-2026-1107", goods)
    document = returns.open_form(stage, delivery)
    due = Date.add(document.company_id._aftersales_today(), days=20)
    text = "计量误差超差,供电局限期更换。"
    vals = {
        "advance_exchange": True,
        "advance_due": str(due),
        "advance_reason": "用户停电窗口仅一次,须先到货后拆换。",
    }
    returns.ask(stage, document, "partial", "exchange", "quality", text, **vals)
    stage.refused("storekeeper1", document, "action_replace", "未批准先发 not permitted")
    returns.confirm(stage, document)
    stage.sign("finance", document, "先发货特批 permit", comment="同意先发,20 日内退回")
    returns.replace(stage, document)
    stage.check("owed", document.advance_owed, 1)
    stage.refused("storekeeper1", document, "action_replace", "重复发货 sent twice")
    returns.receive(stage, document, "整机完好,封印齐全")
    stage.check("owed", document.advance_owed, 0)
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "quality_defect",
        "二次绕组匝数偏差。",
        [("计量误差", "0.2S 级", "0.6 %", False)],
        [],
    )
    returns.decide(stage, document, "同意调换")
    returns.put_away(stage, document, "转入不合格品区 to the rejects")
    returns.correct(stage, document)
    returns.settled(stage, document)
