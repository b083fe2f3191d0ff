"""One of three voltage transformers is exchanged: its insulation is bad ②."""

from odoo.fields import Command

from . import returns

TITLE = "K 部分产品调换 some pieces exchanged"
LOTS = [f"lot_J2610000{number}" for number in range(1, 4)]


def play(stage):
    """Play the case: one comes back, the next one goes out with the rest of the warranty."""
    goods = [("product_jdz10", LOTS, 1)]
    delivery = returns.deliver(stage, "customer_04", "HY-2026-1102", goods)
    document = returns.open_form(stage, delivery)
    bad = document.line_ids.filtered(lambda line: line.lot_id == stage.ref(LOTS[1]))
    others = [Command.delete(line.id) for line in document.line_ids - bad]
    text = "投运前耐压试验,其中 1 只 42 kV 击穿。"
    returns.ask(stage, document, "partial", "exchange", "quality", text, line_ids=others)
    returns.confirm(stage, document)
    returns.receive(stage, document, "木箱包装,一次端子有放电痕迹")
    returns.name_inspector(stage, document)
    stage.refused("storekeeper1", document, "action_replace", "未批准即发货 before approval")
    returns.inspect(
        stage,
        document,
        "quality_defect",
        "环氧浇注气泡,局部放电超标。",
        [
            ("工频耐压 42 kV/1 min", "无击穿", "31 kV 击穿", False),
            ("局部放电", "≤ 20 pC", "260 pC", False),
        ],
        {"kind": "exchange", "place": "reject"},
    )
    returns.decide(stage, document, "同意调换")
    units = stage.env["aftersales.unit"]
    old = units.search([("lot_id", "=", bad.lot_id.id)])
    until = old.warranty_end
    returns.put_away(stage, document, "转入不合格品区 to the rejects")
    stage.check("warranty ended", old.warranty_end, document.company_id._aftersales_today())
    picking = returns.replace(stage, document)
    new = units.search([("lot_id", "in", picking.move_line_ids.lot_id.ids)])
    stage.check("rest of the warranty", new.warranty_end, until)
    stage.check("progress", document.progress, "settling")
    returns.correct(stage, document)
    returns.settled(stage, document)
