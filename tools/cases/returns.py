"""What the cases of returned goods do, each step as its role (R002-20 … R002-30)."""

from odoo.fields import Command

CHECKED_BY = "HY-JY-033"


def deliver(stage, customer, contract, goods):
    """Deliver goods to a customer, as the store does every day; return the delivery.

    :param goods: [(product, [lots], quantity of each lot)], by their names in the sample
    """
    warehouse = stage.ref("stock.warehouse0")
    partner = stage.ref(customer)
    stock, place = warehouse.lot_stock_id.id, partner.property_stock_customer.id
    moves = []
    for name, lots, quantity in goods:
        product = stage.ref(name).id
        move = {
            "product_id": product,
            "product_uom_qty": quantity * len(lots),
            "location_id": stock,
            "location_dest_id": place,
        }
        moves.append(Command.create(move))
    vals = {
        "picking_type_id": warehouse.out_type_id.id,
        "partner_id": partner.id,
        "location_id": stock,
        "location_dest_id": place,
        "origin": contract,
        "move_ids": moves,
    }
    picking = stage.create("storekeeper1", "stock.picking", vals, "填写发货单 delivery")
    stage.call("storekeeper1", "stock.picking", "action_confirm", picking.ids)
    for (_name, lots, quantity), move in zip(goods, picking.move_ids, strict=True):
        take(stage, "storekeeper1", move, [(stage.ref(lot), quantity) for lot in lots])
    stage.act("storekeeper1", picking, "button_validate", "发货出库 deliver")
    stage.check("delivery", picking.state, "done")
    return picking


def take(stage, login, move, pieces):
    """Say which lots a move is about.

    :param pieces: [(lot, quantity)]
    """
    lines = [Command.delete(line.id) for line in move.move_line_ids] + [
        Command.create(
            {
                "product_id": move.product_id.id,
                "lot_id": lot.id,
                "quantity": quantity,
                "location_id": _standing(stage, lot, move).id,
                "location_dest_id": move.location_dest_id.id,
            }
        )
        for lot, quantity in pieces
    ]
    stage.call(login, "stock.move", "write", move.ids, {"move_line_ids": lines})


def _standing(stage, lot, move):
    """Return the shelf on which a lot stands."""
    quants = stage.env["stock.quant"].search(
        [
            ("lot_id", "=", lot.id),
            ("location_id", "child_of", move.location_id.id),
            ("quantity", ">", 0),
        ]
    )
    return quants[:1].location_id or move.location_id


def invoice(stage, picking, prices):
    """Finance invoices a delivery, and posts the invoice; return it.

    :param prices: {product: price with tax}, by their names in the sample
    """
    prices = {stage.ref(name): price for name, price in prices.items()}
    lines = [
        {
            "product_id": move.product_id.id,
            "quantity": move.quantity,
            "product_uom_id": move.product_uom.id,
            "price_unit": prices[move.product_id],
        }
        for move in picking.move_ids
    ]
    vals = {
        "move_type": "out_invoice",
        "partner_id": picking.partner_id.id,
        "invoice_date": str(picking.company_id._aftersales_today()),
        "invoice_origin": picking.origin,
        "invoice_line_ids": [Command.create(line) for line in lines],
    }
    move = stage.create("finance", "account.move", vals, "开具货款账单 invoice of the goods")
    stage.act("finance", move, "action_post", "账单过账 post")
    return move


def open_form(stage, source, login="agent"):
    """Make the form from a delivery, a unit or a request; return it."""
    action = stage.call(login, source._name, "action_create_return", source.ids)
    document = stage.env["aftersales.return"].browse(action["res_id"])
    stage.note(login, "填写退回产品处理单 return form", stage.look(document))
    stage.file(login, document)
    return document


def ask(stage, document, kind, wish, reason, text, login="agent", **vals):
    """Say what the customer asks for and why, and submit (R002-25)."""
    vals = {
        "return_type": kind,
        "wish": wish,
        "reason_id": stage.ref(f"aftersales_service.return_reason_{reason}").id,
        "reason_text": text,
        **vals,
    }
    stage.write(login, document, vals, "填写退货类型、原因 type and reason")
    stage.act(login, document, "action_submit", "提交 submit")
    stage.check("progress", document.progress, "to_confirm")


def confirm(stage, document, comment="情况属实"):
    """The sales manager confirms (R002-26)."""
    stage.sign("sales_manager", document, "业务部经理证实 confirm", comment=comment)


def receive(stage, document, look, lots=None, quantity=None):
    """Count what has come; it goes into quarantine and stays the customer's.

    :param lots: {lot on the form: lot that came}
    :param quantity: what came of the only line; all of it by default
    """
    action = stage.call("storekeeper1", document._name, "action_open_receipt", document.ids)
    picking = stage.env["stock.picking"].browse(action["res_id"])
    stage.write("storekeeper1", picking, {"receipt_look": look}, "记录外观 look of the goods")
    for line in picking.move_line_ids:
        if line.lot_id in (lots or {}):
            vals = {"lot_id": lots[line.lot_id].id}
            stage.write("storekeeper1", line, vals, "登记实收编号 the number that came")
    if quantity is not None:
        vals = {"quantity": quantity}
        stage.write("storekeeper1", picking.move_line_ids, vals, "清点数量 count")
    stage.act("storekeeper1", picking, "button_validate", "收货入待检区 receive")
    stage.check("receipt", picking.state, "done")
    owners = picking.move_line_ids.owner_id
    stage.check("owner", owners, document.partner_id.commercial_partner_id)
    return picking


def name_inspector(stage, document):
    """The production manager names the inspector (R002-27)."""
    vals = {"inspector_id": stage.user("inspector").id}
    stage.write("production_manager", document, vals, "指派检验员 name the inspector")
    stage.sign("production_manager", document, "生产部经理签署 sign", comment="请重新检验")


def inspect(stage, document, verdict, cause, checks, outcomes, **vals):
    """Fill the re-inspection block with proposals, and sign it (R002-28).

    :param checks: [(item, requirement, measured value, passed)]
    :param outcomes: values of the outcome of each line, or [values] where there are several
    """
    failed = verdict == "quality_defect"
    until = str(document.company_id._aftersales_today().replace(month=12, day=31))
    lines, rows = [], []
    for line in document.line_ids:
        there = line.qty_claimed if document.at_customer_site else line.qty_received
        counted = {"qty_checked": there, "qty_failed": there if failed else 0}
        lines.append(Command.update(line.id, counted))
        decided = outcomes if isinstance(outcomes, list) else [outcomes]
        rows += [{"line_id": line.id, "quantity": there, **outcome} for outcome in decided if there]
    department = "department_production" if failed else None
    vals = {
        "verdict": verdict,
        "cause_text": cause,
        "report_ref": f"CJ-{document.id:04d}",
        "check_ids": [
            Command.create(
                {
                    "item": item,
                    "requirement": requirement,
                    "measured": measured,
                    "instrument": CHECKED_BY,
                    "calibrated_until": until,
                    "judgement": "pass" if passed else "fail",
                }
            )
            for item, requirement, measured, passed in checks
        ],
        "line_ids": lines,
        "outcome_ids": [Command.create(row) for row in rows],
        **({"responsible_department_id": department_id(stage, department)} if department else {}),
        **vals,
    }
    stage.write("inspector", document, vals, "填写重新检验栏 re-inspection")
    stage.sign("inspector", document, "检验员签署 sign", comment=stage.label(document, "verdict"))
    stage.check("progress", document.progress, "to_approve")


def department_id(stage, name):
    """Return the id of a responsible department."""
    return stage.ref(f"aftersales_service.{name}").id


def decide(stage, document, comment="同意", progress="settling"):
    """The general manager approves; the settlement begins (R002-29)."""
    stage.sign("general_manager", document, "总经理批准 approve", comment=comment)
    stage.check("progress", document.progress, progress)


def transfer(stage, document, method, step):
    """Make a transfer of the settlement and carry it out; return it."""
    action = stage.call("storekeeper1", document._name, method, document.ids)
    picking = stage.env["stock.picking"].browse(action["res_id"])
    stage.check("reserved", picking.state, "assigned")
    stage.act("storekeeper1", picking, "button_validate", step)
    stage.check("transfer", picking.state, "done")
    if picking.exit_demanded:
        leave(stage, picking)
    return picking


def leave(stage, picking):
    """Pack, inspect and ship what a return sends, as an issue is (R001-34)."""
    shipping = {"transport_mode": "self", "box_count": 1}
    stage.refused("storekeeper1", picking, "action_ship", "未检验即发货 ship uninspected")
    stage.act("storekeeper1", picking, "action_pack", "包装完成 pack")
    stage.act("inspector", picking, "action_inspect_pass", "出库检验 exit inspection")
    stage.write("storekeeper1", picking, shipping, "填写发货信息 shipping data")
    stage.act("storekeeper1", picking, "action_ship", "确认发货 ship")
    stage.check("shipped", bool(picking.shipped_at), True)


def put_away(stage, document, step="转入库存或不合格品区 put away"):
    """Put what becomes ours, or is scrapped, out of quarantine."""
    stage.act("storekeeper1", document, "action_put_away", step)


def replace(stage, document):
    """Send the replacement off."""
    return transfer(stage, document, "action_replace", "发出调换产品 replacement")


def send_back(stage, document):
    """Send the customer's own goods back to him."""
    return transfer(stage, document, "action_send_back", "原物退回 send back")


def credit(stage, document, total):
    """The commerce office makes the credit note, finance posts it; return it."""
    stage.act("commerce", document, "action_credit", "生成红字账单 credit note")
    note = document.credit_ids
    stage.check("credited", note.amount_total, total)
    stage.refused("commerce", note, "action_post", "非财务过账 posted by another")
    stage.act("finance", note, "action_post", "财务部过账 post")
    return note


def correct(stage, document):
    """Quality opens the corrective action that the return demands (R002-30)."""
    stage.act("quality", document, "action_open_capa", "开启纠正预防措施 corrective action")
    stage.check("department", bool(document.capa_ids), True)


def settled(stage, document):
    """Fail the case unless nothing is open any more."""
    stage.check("open", document.settlement_open, False)
    stage.check("progress", document.progress, "settled")
    stage.note(None, "办结 settled", stage.look(document))
    stage.check_verified()
