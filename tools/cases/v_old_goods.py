"""A voltage transformer that was sold before the system comes back and is exchanged."""

from . import returns

TITLE = "V 上线前售出的产品 goods sold before the system"


def play(stage):
    """Play the case: contract and factory number stand for the delivery."""
    unit = stage.ref("unit_060")
    document = returns.open_form(stage, unit)
    stage.check("contract", document.contract_ref, unit.contract_ref)
    text = "运行中二次电压偏低,现场更换下来退回。"
    returns.ask(stage, document, "partial", "exchange", "quality", text)
    stage.check("old goods", document.has_old_goods, True)
    returns.confirm(stage, document, "合同和出厂编号属实")
    returns.receive(stage, document, "二次端子氧化,铭牌清晰")
    again = returns.open_form(stage, unit)
    reason = stage.ref("aftersales_service.return_reason_quality").id
    vals = {"wish": "refund", "reason_id": reason, "reason_text": "重复申请"}
    stage.write("agent", again, vals, "重复填写 once more")
    stage.refused("agent", again, "action_submit", "同一产品重复退货 the same piece twice")
    stage.act("agent", again, "action_cancel", "作废 void", comment="重复")
    returns.name_inspector(stage, document)
    returns.inspect(
        stage,
        document,
        "quality_defect",
        "二次绕组匝间短路。",
        [("变比误差", "≤ ±0.5 %", "-4.2 %", False)],
        {"kind": "exchange", "place": "reject"},
    )
    returns.decide(stage, document, "同意调换")
    returns.put_away(stage, document, "转入不合格品区 to the rejects")
    returns.replace(stage, document)
    stage.check("warranty ended", unit.warranty_end, document.company_id._aftersales_today())
    returns.correct(stage, document)
    returns.settled(stage, document)
