"""What the cases of factory repair do with a unit, each step as its role (R000-46)."""

from odoo.fields import Command

from . import paid, responsibility


def announce(stage, ticket, login, tests):
    """Announce a unit that the customer sends in; return the factory repair."""
    action = stage.call(login, "helpdesk.ticket", "action_create_repair", ticket.ids)
    repair = stage.env["aftersales.repair"].browse(action["res_id"])
    lines = [Command.create({"name": name, "requirement": value}) for name, value in tests]
    stage.write(login, repair, {"test_ids": lines}, "填写返厂维修单 factory repair")
    stage.file(login, repair)
    stage.act(login, repair, "action_submit", "登记返厂 announce")
    stage.check("progress", repair.progress, "to_receive")
    return repair


def take_in(stage, repair, appearance, accessories):
    """Register the receipt: look, accessories; the unit stays the customer's (接收登记)."""
    vals = {"appearance": appearance, "accessories": accessories, "inbound_waybill": "SF-2026-118"}
    stage.write("storekeeper1", repair, vals, "填写外观、附件 look and accessories")
    stage.sign("storekeeper1", repair, "接收登记 receive", comment="收讫,放入待检区")
    stage.check("in the house", repair.in_house, True)


def diagnose(stage, repair, engineer, diagnosis, values):
    """Inspect the unit first (初检)."""
    lines = [
        Command.update(test.id, {"value_before": value, "instrument": "HY-JY-021"})
        for test, value in zip(repair.test_ids, values, strict=True)
    ]
    vals = {"conclusion": "repairable", "diagnosis": diagnosis, "test_ids": lines}
    stage.write(engineer, repair, vals, "填写初检结果 initial inspection")
    stage.sign(engineer, repair, "初检完成 diagnosed", comment="可修复")
    stage.check("progress", repair.progress, "to_repair")


def finish(stage, repair, engineer, cause, measures, values):
    """Write down what was done and measured, and sign it."""
    lines = [
        Command.update(test.id, {"value_after": value, "verdict": "pass"})
        for test, value in zip(repair.test_ids, values, strict=True)
    ]
    vals = {"cause_id": stage.ref(cause).id, "measures": measures, "test_ids": lines}
    stage.write(engineer, repair, vals, "填写维修措施和复测值 measures")
    stage.sign(engineer, repair, "维修完成 repaired", comment="维修完成,请检验")
    stage.check("progress", repair.progress, "to_check")


def send_back(stage, repair, waybill):
    """Have it inspected by another person and send it back (R001-34)."""
    stage.sign("inspector", repair, "出厂检验 exit inspection", comment="检验合格,准予发还")
    vals = {
        "transport_mode": "express",
        "carrier_partner_id": stage.ref("carrier_express").id,
        "waybill": waybill,
    }
    stage.write("storekeeper1", repair, vals, "填写发还信息 way back")
    stage.sign("storekeeper1", repair, "发还 send back", comment="已交承运")
    stage.check("progress", repair.progress, "sent")
    stage.check("in the house", repair.in_house, False)


def on_their_way(stage):
    """Make factory repairs that are left on their way, for the screenshots; {key: record}."""
    tests = [
        ("灭弧室真空度", "≤ 1.33×10⁻² Pa"),
        ("回路电阻", "≤ 60 μΩ"),
        ("工频耐压", "42 kV 1 min"),
    ]

    def announced(number, covered=True):
        unit = responsibility.unit(stage, number, covered=covered)
        ticket = paid.call(stage, unit, "真空度下降", "断路器耐压试验不通过,用户寄回检修。")
        return announce(stage, ticket, "supervisor1", tests)

    def diagnosed(number, covered=True):
        repair = announced(number, covered)
        take_in(stage, repair, "木箱完好,A 相瓷套有划痕", "航空插头 1 套,说明书 1 份")
        diagnose(
            stage,
            repair,
            "engineer1",
            "B 相灭弧室真空度不合格。",
            ["6.6×10⁻¹ Pa", "78 μΩ", "36 kV 击穿"],
        )
        return repair

    working = diagnosed(4)
    stage.act("engineer1", working, "action_start", "开始维修")
    ended = diagnosed(5)
    reason = "绝缘支架开裂,无法修复。"
    stage.act("engineer1", ended, "action_end", "终止", kind="not_repairable", reason=reason)
    return {
        "repair_announced": announced(6),
        "repair_working": working,
        "repair_ended": ended,
        "repair_blocked": diagnosed(7, covered=False),
        "repair_sent": stage.env["aftersales.repair"].search(
            [("progress", "=", "sent")], limit=1, order="id"
        ),
    }
