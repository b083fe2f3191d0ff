"""What the cases of factory repair do with a unit, each step as its role (R000-46)."""

from odoo.fields import Command


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
