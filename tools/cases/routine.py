"""What every case does: take the call, hand it over, ask for parts, send them off."""

from odoo.fields import Command


def register(stage, vals, login="agent"):
    """Take the call (服务信息登记); return the service request."""
    category = stage.ref("aftersales_service.category_repair")
    ticket = stage.create(
        login,
        "helpdesk.ticket",
        {"category_id": category.id, **vals},
        "登记服务信息 register the call",
    )
    stage.file(login, ticket)
    return ticket


def hand_over(stage, ticket, team, supervisor, note=""):
    """Transfer the request to a production unit's supervisor (R004-09)."""
    wizard = stage.call(
        "agent",
        "aftersales.transfer.wizard",
        "create",
        {
            "ticket_id": ticket.id,
            "team_id": stage.ref(team).id,
            "supervisor_id": stage.user(supervisor).id,
            "note": note,
        },
    )
    stage.call("agent", "aftersales.transfer.wizard", "action_transfer", [wizard])
    stage.note("agent", "转售后服务主管 transfer", f"{ticket.team_id.name} / {ticket.user_id.name}")


def contact(stage, ticket, supervisor, urgency):
    """Reach the customer and confirm the class (R004-37, R004-38)."""
    stage.act(supervisor, ticket, "action_first_contact", "首次联系客户 first contact")
    stage.act(
        supervisor,
        ticket,
        "action_confirm_urgency",
        "确认服务分类 confirm class",
        urgency_class=urgency,
    )
    stage.check("class", ticket.urgency_class, urgency)


def ask(stage, ticket, supervisor, lines, **vals):
    """Write a requisition (售后服务处理单) with lines ``{field: value}``."""
    requisition = stage.create(
        supervisor,
        "aftersales.requisition",
        {
            "ticket_id": ticket.id,
            "line_ids": [Command.create(line) for line in lines],
            **vals,
        },
        "填写售后服务处理单 requisition",
    )
    stage.file(supervisor, requisition)
    return requisition


def part(stage, name, quantity, **vals):
    """Return the values of a line for a spare part of the sample."""
    return {"product_id": stage.ref(f"part_{name}").id, "requested_qty": quantity, **vals}


def draw_and_issue(stage, requisition, supervisor, storekeeper):
    """Confirm that all is ready, draw, issue (R004-17); return the material issue."""
    stage.check("fulfilment", requisition.fulfilment, "ready")
    stage.sign(supervisor, requisition, "齐全确认、领料 draw", comment="物资齐全,请发料")
    picking = requisition.picking_ids.filtered(lambda item: item.state != "cancel")
    stage.act(storekeeper, picking, "button_validate", "确认领料 issue")
    stage.check("state of the issue", picking.state, "done")
    stage.check("fulfilment", requisition.fulfilment, "issued")
    for line in requisition.line_ids:
        stage.check(f"issued {line.name}", line.qty_issued, line.qty_product)
    stage.file(storekeeper, picking)
    return picking


def send(stage, picking, storekeeper, packed=False, **shipping):
    """Pack, inspect and ship (R001-34, R004-18, R004-20)."""
    if not packed:
        stage.act(storekeeper, picking, "action_pack", "包装完成 pack")
    stage.act("inspector", picking, "action_inspect_pass", "出库检验 exit inspection")
    stage.write(storekeeper, picking, shipping, "填写发货信息 shipping data")
    stage.act(storekeeper, picking, "action_ship", "确认发货 ship")
    stage.check("fulfilment", picking.requisition_id.fulfilment, "shipped")


def close(stage, ticket, supervisor, cause, result):
    """Write down cause and result, and close the request."""
    stage.write(
        supervisor,
        ticket,
        {"confirmed_cause_id": stage.ref(cause).id, "result": result},
        "填写原因和处理结果 cause and result",
    )
    closed = stage.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
    stage.write(supervisor, ticket, {"stage_id": closed.id}, "关闭服务信息 close")
    stage.check("closed", ticket.closed, True)
