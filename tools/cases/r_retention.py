"""Retention money: put at risk by a request, deducted from, and collected (R004-33)."""

from odoo.fields import Date

from . import responsibility

TITLE = "R 质保金 retention money"


def play(stage):
    """Play the case: our own fault costs part of the retention money, the rest comes in."""
    unit = next(
        found
        for number in range(1, 100)
        if (found := responsibility.unit(stage, number)).contract_ref
    )
    today = unit.company_id._aftersales_today()
    retention = stage.create(
        "commerce",
        "aftersales.retention",
        {
            "contract_ref": unit.contract_ref,
            "partner_id": unit.partner_id.id,
            "contract_amount": 680000.0,
            "percent": 5.0,
            "date_due": str(Date.add(today, days=20)),
            "terms": "质保期满无遗留质量问题,凭验收单支付",
        },
        "登记质保金 retention money",
    )
    stage.refused("commerce", retention, "action_confirm", "非财务确认 confirmed by another")
    stage.act("finance", retention, "action_confirm", "财务部确认质保金 confirm")
    stage.check("standing", retention.standing, "not_due")
    ticket = responsibility.call(stage, unit, "柜内二次接线错误,保护误动。", "接线错误")
    stage.check("at stake", ticket.retention_at_stake, 34000.0)
    check_open(stage, retention, "retention_risk")
    finding = responsibility.find(
        stage,
        ticket,
        "q01",
        [responsibility.evidence("photo", "二次接线照片", "服务人员")],
        found_by="电气值班长",
        facts="柜内端子 3、4 接反,保护误动一次;出厂检验未发现。",
        engineer_statement="装配错误,已改正。用户要求从质保金中扣除停机损失。",
        other_opinion="agrees",
        other_person="电气值班长",
        amount_labour=320.0,
        amount_travel=280.0,
        retention_deducted=True,
        retention_amount=4000.0,
    )
    responsibility.decide(stage, finding, "产品质量责任,质保期内无偿;同意协商扣款。")
    claim = finding.claim_ids
    stage.check("retention money of the deduction", claim.retention_id, retention)
    stage.act("commerce", claim, "action_raise", "与客户协商扣款 negotiate", amount=4000.0)
    stage.act("commerce", claim, "action_accept", "双方认可扣款 accept", amount=2500.0)
    stage.act("finance", claim, "action_settle", "财务登记扣款 settle", amount=2500.0)
    forget(retention)
    stage.check("still withheld", retention.open_amount, 31500.0)
    payment = stage.create(
        "finance",
        "account.payment",
        {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": unit.partner_id.id,
            "amount": 31500.0,
            "journal_id": stage.ref("journal_bank").id,
            "currency_id": retention.currency_id.id,
            "aftersales_retention_id": retention.id,
            "memo": retention.name,
        },
        "登记质保金到账 payment",
    )
    stage.act("finance", payment, "action_post", "确认到账 confirm the money")
    check_open(stage, retention)
    stage.check("standing", retention.standing, "cleared")
    stage.check_verified()


def check_open(stage, retention, *kinds):
    """Fail unless just these reasons keep it on the follow-up list 追款."""
    forget(retention)
    found = stage.call(
        "finance",
        "aftersales.followup",
        "search_read",
        [("retention_id", "=", retention.id)],
        ["kind", "amount"],
    )
    stage.check("open money", sorted(row["kind"] for row in found), sorted(kinds))
    amounts = ", ".join(f"{row['amount']:,.2f}" for row in found)
    stage.note("finance", "追款清单 follow-up", amounts or "无未了款项")


def forget(retention):
    """Ask payments, claims and requests anew."""
    retention.env.flush_all()
    retention.invalidate_recordset()
