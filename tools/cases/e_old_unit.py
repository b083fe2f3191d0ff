"""A unit that was sold before the system existed: imported, without product and lot.

From the call to the last fen: prepaid in part, settled, invoiced, paid (R004-29 … R004-33).
"""

from . import money, paid, routine

TITLE = "E 系统启用前售出的产品 a unit older than the system"


def play(stage):
    """Play the case; out of warranty and prepaid, from the second warehouse, to the end."""
    unit = stage.ref("unit_case_e")
    stage.file("supervisor1", unit)
    stage.file("commerce", unit.company_id.aftersales_tariff_id)
    stage.check("product and lot", (unit.product_id.ids, unit.lot_id.ids), ([], []))
    ticket = routine.register(
        stage,
        {
            # as an input method types it, in full width
            "serial_number": "０９－０４７１",
            "contact_name": "电气工段长",
            "contact_phone": "0199-55501041",
            "reported_cause": "合闸线圈老化",
            "symptom": "固定柜断路器电动合闸时有时无,储能时间过长。",
            "urgency_proposed": "c",
        },
    )
    stage.check("unit", ticket.unit_id, unit)
    stage.check("coverage", ticket.coverage, "expired")
    routine.hand_over(stage, ticket, "team_switchgear", "supervisor1")
    routine.contact(stage, ticket, "supervisor1", "c")
    requisition = routine.ask(
        stage,
        ticket,
        "supervisor1",
        [
            routine.part(stage, "closing_coil", 1, reason="老化"),
            routine.part(stage, "motor", 1, reason="碳刷磨损"),
        ],
        warehouse_id=stage.ref("warehouse_spares").id,
    )
    stage.check("purpose", requisition.purpose_id.aftersales_purpose, "paid")
    stage.act("supervisor1", requisition, "action_submit", "提交审核 submit")
    stage.sign("reviewer2", requisition, "技术科审核 review", comment="机构型号相同,可用")
    agreement = paid.agreement(stage, ticket)
    stage.write("supervisor1", agreement, {"prepay_percent": 60}, "预付 60% prepay 60 %")
    paid.release(stage, agreement)
    stage.check("prepaid in part", 0 < agreement.prepay_amount < agreement.amount_total, True)
    paid.sign(stage, agreement)
    stage.sign("supervisor1", requisition, "齐全确认、领料 draw", comment="物资齐全,请发料")
    picking = requisition.picking_ids
    stage.refused("storekeeper2", picking, "button_validate", "预付款未到账 not prepaid")
    paid.collect(stage, agreement)
    paid.issue(stage, picking, "storekeeper2")
    stage.check("issued under", requisition.cover_kind, "agreement")
    warehouse = picking.picking_type_id.warehouse_id
    stage.check("warehouse", warehouse, stage.ref("warehouse_spares"))
    routine.send(stage, picking, "storekeeper2", transport_mode="self", box_count=1)
    stage.check("parts of the unit", unit.requisition_line_ids, requisition.line_ids)
    to_the_end(stage, ticket, agreement)
    stage.check_verified()


def to_the_end(stage, ticket, agreement):
    """Work, settle, invoice, collect the rest, have the tax invoice registered."""
    money.check_open(stage, agreement, "unsettled")
    money.work(stage, ticket, agreement, "更换合闸线圈和储能电机,机械特性和电动分合闸试验合格。")
    settlement = money.settle(stage, agreement)
    money.confirm(stage, settlement)
    stage.check("settled as agreed", settlement.amount_total, agreement.amount_total)
    money.check_open(stage, agreement, "uninvoiced")
    invoice = money.invoice(stage, settlement)
    stage.check("invoiced", invoice.amount_total, settlement.amount_total)
    rest = agreement.amount_total - agreement.prepay_amount
    stage.check("advance applied", round(invoice.amount_residual - rest, 2), 0.0)
    money.check_open(stage, agreement, "no_tax_invoice", "unpaid")
    paid.collect(stage, agreement, round(rest, 2))
    money.check_open(stage, agreement, "no_tax_invoice")
    money.tax_invoice(stage, invoice, "25312000000000004711")
    money.check_open(stage, agreement)
    money.statement(stage, agreement)
