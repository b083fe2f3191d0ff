"""An invoice that is credited after it was paid puts the case back on the list (R004-33)."""

from odoo.fields import Date

from . import money, paid, responsibility

TITLE = "I 付款后红冲,重新追款 credited after payment"


def play(stage):
    """Play the case: late payment and a letter, then a credit of the wrong buyer's invoice."""
    # only now: the cases are listed before the addons' path is known
    from odoo.addons.aftersales_service.tools.billing import billing

    unit = responsibility.unit(stage, 2, covered=False)
    ticket = paid.call(stage, unit, "保护定值误差", "要求现场校验综合保护装置和机械特性。")
    agreement = paid.agreement(stage, ticket)
    stage.write("supervisor1", agreement, {"prepay_percent": 0}, "服务后付款 nothing prepaid")
    paid.release(stage, agreement)
    paid.sign(stage, agreement)
    money.work(stage, ticket, agreement, "综合保护装置校验,机械特性试验,合格。")
    settlement = money.settle(stage, agreement)
    move = money.invoice(stage, settlement)
    request = money.tax_invoice(stage, move, "25312000000000004712")
    money.check_open(stage, agreement, "unpaid")
    # weeks go by
    late = Date.subtract(agreement.company_id._aftersales_today(), days=20)
    with billing():
        move.sudo().write({"aftersales_due_on": late, "invoice_date_due": late})
    money.check_open(stage, agreement, "overdue")
    money.remind(stage, agreement.partner_id)
    paid.collect(stage, agreement, agreement.amount_total)
    money.check_open(stage, agreement)
    money.credit(stage, move, "购方名称变更,红冲重开")
    stage.check("tax invoice to be taken back", request.red_due_amount, request.amount_total)
    money.check_open(stage, agreement, "uninvoiced", "red_due")
    money.statement(stage, agreement)
    stage.check_verified()
