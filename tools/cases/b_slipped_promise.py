"""One part is made, one is bought, they come on different days, and one promise slips."""

from odoo import fields
from odoo.fields import Command

from . import routine

TITLE = "B 一件自制、一件外购,交期推迟 made and bought, a promise slips"


def play(stage):
    """Play the case; nothing leaves before the last part is there."""
    unit = stage.ref("unit_case_b")
    stage.file("supervisor1", unit)
    ticket = routine.register(
        stage,
        {
            "serial_number": unit.serial_number,
            "contact_name": "总降值班长",
            "contact_phone": "0199-55501051",
            "reported_cause": "触臂过热,保护装置死机",
            "symptom": "进线柜断路器手车触臂测温 92 ℃,有变色;综合保护装置黑屏,重启无效。",
            "urgency_proposed": "b",
        },
    )
    routine.hand_over(stage, ticket, "team_switchgear", "supervisor1")
    routine.contact(stage, ticket, "supervisor1", "b")
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor1",
        [
            routine.part(stage, "contact_arm_large", 3, reason="过热变色"),
            routine.part(stage, "relay", 1, reason="黑屏", old_part_returns=True),
            routine.part(stage, "finger_large", 6, reason="弹簧退火"),
        ],
        date_required=fields.Date.add(fields.Date.today(), days=40),
    )
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.sign("reviewer1", requisition, "技术科审核 review")
    stage.check("fulfilment", requisition.fulfilment, "feedback")
    made, bought, _stocked = requisition.line_ids

    promise(stage, requisition, made, "planner", "生产科反馈加工周期 lead time")
    promise(stage, requisition, bought, "buyer", "采购部反馈采购周期 lead time")
    stage.check("fulfilment", requisition.fulfilment, "preparing")
    stage.check("made before bought", made.promised_date < bought.promised_date, True)
    picking = requisition.picking_ids
    stage.refused("storekeeper1", picking, "button_validate", "未齐全领料 issue incomplete")
    stage.refused("supervisor1", requisition, "action_approve", "未齐全签领 draw incomplete")

    from_shop = expect(stage, made, stage.ref("base.main_partner"), "生产任务单 SC-2601")
    from_vendor = expect(stage, bought, stage.ref("vendor_relay"), "采购订单 CG-2601")
    slip(stage, requisition, bought, from_vendor)

    receive(stage, from_shop, "自制件入库 receive made part")
    stage.check("still waiting", requisition.fulfilment, "preparing")
    receive(stage, from_vendor, "外购件入库 receive bought part", serial="ZB26-0107")
    stage.note("", "物资齐全通知 all ready", stage.look(requisition))
    stage.check_told("supervisor1", requisition, requisition.name)

    picking = routine.draw_and_issue(stage, requisition, "supervisor1", "storekeeper1")
    stage.check("serial issued", picking.move_line_ids.lot_id.mapped("name"), ["ZB26-0107"])
    routine.send(
        stage,
        picking,
        "storekeeper1",
        carrier_partner_id=stage.ref("carrier_road").id,
        transport_mode="road",
        waybill="SL-20260710-0031",
        box_count=2,
        gross_weight=38.5,
        enclosed_documents="合格证、试验报告",
    )
    acts = requisition.approval_ids.filtered(lambda row: row.digest).mapped("act")
    for act in ("submit", "review", "feedback", "draw", "issue", "pack", "ship"):
        stage.check(f"evidence of {act}", act in acts, True)
    stage.check_verified()


def promise(stage, requisition, line, login, step):
    """Take over the proposed lead time and sign the feedback (R004-15)."""
    stage.call(login, line._name, "action_use_proposal", line.ids)
    stage.sign(login, requisition, step, comment=f"{line.lead_days} 天,{line.promised_date}")


def expect(stage, line, partner, origin):
    """Announce a receipt on the promised day: it stands for the order that brings it."""
    warehouse = line.requisition_id.warehouse_id
    kind = warehouse.in_type_id
    outside = stage.ref("stock.stock_location_suppliers")
    if line.source == "make":
        outside = line.product_id.with_company(line.company_id).property_stock_production
    picking = stage.create(
        "storekeeper1",
        "stock.picking",
        {
            "picking_type_id": kind.id,
            "partner_id": partner.id,
            "origin": origin,
            "location_id": outside.id,
            "location_dest_id": warehouse.lot_stock_id.id,
            "scheduled_date": f"{line.promised_date} 02:00:00",
            "move_ids": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "product_uom_qty": line.qty_product,
                        "product_uom": line.product_id.uom_id.id,
                        "location_id": outside.id,
                        "location_dest_id": warehouse.lot_stock_id.id,
                    }
                )
            ],
        },
        f"登记预计到货 expect {origin}",
    )
    stage.call("storekeeper1", picking._name, "action_confirm", picking.ids)
    return picking


def slip(stage, requisition, line, receipt):
    """The vendor is late: the forecast slips, then the buyer changes his promise."""
    later = fields.Date.add(line.promised_date, days=9)
    stage.write(
        "storekeeper1",
        receipt,
        {"scheduled_date": f"{later} 02:00:00"},
        "供应商推迟交货 the vendor is late",
    )
    requisition._cron_check_promises()
    stage.env.invalidate_all()
    stage.check("slipped", requisition.is_slipped, True)
    stage.check_told("supervisor1", requisition, line.name)
    stage.note("", "提醒主管交期推迟 supervisor warned", line._get_missing_text())
    before = line.promised_date
    stage.refused(
        "planner",
        line,
        "action_change_promise",
        "改动他人承诺 change another's promise",
        promised_date=str(later),
        reason="供应商缺料",
    )
    stage.act(
        "buyer",
        line,
        "action_change_promise",
        "更改预计到货日期 change the promise",
        promised_date=str(later),
        reason="供应商液晶屏缺料,交期推迟 9 天",
    )
    stage.check("promise", line.promised_date, later)
    stage.check_told("supervisor1", requisition, str(before))
    requisition._cron_check_promises()
    stage.env.invalidate_all()
    stage.check("slipped", requisition.is_slipped, False)


def receive(stage, picking, step, serial=None):
    """Receive what was expected."""
    if serial:
        lines = picking.move_line_ids
        stage.call(
            "storekeeper1", lines._name, "write", lines.ids, {"lot_name": serial, "quantity": 1}
        )
    stage.act("storekeeper1", picking, "button_validate", step)
    stage.check("received", picking.state, "done")
