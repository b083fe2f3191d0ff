"""A change that the customer wants after arrival; the design institute has caused it."""

from . import responsibility

TITLE = "Q 到货后技术条件变更 technical change after arrival"


def play(stage):
    """Play the case; the commerce office negotiates, the outcome is on the request."""
    unit = responsibility.unit(stage, 4)
    ticket = responsibility.call(stage, unit, "到货后要求进线柜额定电流改为 1600 A。", "设计变更")
    today = ticket.company_id._aftersales_today()
    change = stage.create(
        "project_manager",
        "aftersales.change",
        {
            "ticket_id": ticket.id,
            "asked_by": "用户电气主任",
            "wanted": "设计院变更负荷,进线柜额定电流由 1250 A 改为 1600 A。",
            "plan": "更换断路器手车和触臂,母线加并一片,按变更图 HY-26-071-B 施工;\n"
            "停电窗口 8 小时。",
            "cause": "design",
            "amount_increase": 26000.0,
            "agreed_by": "用户电气主任",
            "agreed_on": str(today),
        },
        "填写技术变更方案 change plan",
    )
    stage.file("project_manager", change)
    stage.act("project_manager", change, "action_submit", "提交审核 submit")
    stage.sign("reviewer1", change, "技术科审核 review", comment="温升满足,图纸已核")
    stage.check("state", change.state, "submitted")
    stage.write(
        "commerce",
        change,
        {
            "outcome": "customer",
            "amount_agreed": 26000.0,
            "outcome_note": "用户同意承担,另签补充协议。",
        },
        "填写协商结果 outcome",
    )
    stage.sign("commerce", change, "商务处与用户协商 negotiate", comment="已与用户达成一致")
    stage.check("state", change.state, "approved")
    stage.check("told", change.name in ticket.message_ids[0].body, True)
    stage.check_verified()
