"""We have shipped current transformers for 35 kV instead of those for 10 kV ③."""

from . import returns

TITLE = "S 公司发货错误 wrong shipment"
LOTS = ["lot_H261000351", "lot_H261000352"]


def play(stage):
    """Play the case: who caused it is on the form, and the right model is sent."""
    goods = [("product_lzzbj9_35", LOTS, 1)]
    delivery = returns.deliver(stage, "customer_03", "HY-2026-1103", goods)
    document = returns.open_form(stage, delivery)
    stage.write("agent", document, {"return_type": "wrong_shipment"}, "公司发货错误 wrong shipment")
    text = "订货 LZZBJ9-10 300/5,到货为 LZZBJ9-35 600/5。"
    kind = stage.ref("aftersales_service.error_kind_model").id
    returns.ask(stage, document, "wrong_shipment", "exchange", "shipment", text, error_kind_id=kind)
    seen = stage.call("sales_manager", document._name, "read", document.ids, ["content_digest"])
    stage.refused(
        "sales_manager",
        document,
        "action_approve",
        "未查明责任即证实 cause not given",
        seen_digest=seen[0]["content_digest"],
        comment="属实",
    )
    vals = {
        "error_cause": "发货单型号录入错误,出库未核对铭牌。",
        "error_department_id": returns.department_id(stage, "department_store"),
    }
    stage.write("sales_manager", document, vals, "填写发货错误原因 cause")
    returns.confirm(stage, document, "属公司发货错误")
    returns.receive(stage, document, "原包装未拆封")
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "wrong_model",
        "产品合格,型号与合同不符。",
        [("型号核对", "LZZBJ9-10 300/5", "LZZBJ9-35 600/5", False), ("外观", "完好", "完好", True)],
        {"kind": "exchange", "product_id": stage.ref("product_lzzbj9").id, "place": "stock"},
    )
    returns.decide(stage, document, "同意调换,运费由我方承担")
    returns.put_away(stage, document, "转入库存 back into stock")
    picking = returns.replace(stage, document)
    stage.check("right model", picking.move_ids.product_id, stage.ref("product_lzzbj9"))
    returns.correct(stage, document)
    returns.settled(stage, document)
