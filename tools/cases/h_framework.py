"""A yearly maintenance agreement: parts included for its units (R004-26)."""

from odoo.fields import Command

from . import paid, routine

TITLE = "H 年度维保协议 framework agreement"


def play(stage):
    """Play the case: signed once, the requests of its units are covered."""
    unit = stage.ref("unit_007")
    today = unit.company_id._aftersales_today()
    agreement = stage.create(
        "supervisor1",
        "aftersales.agreement",
        {
            "kind": "framework",
            "partner_id": unit.partner_id.id,
            "date_from": str(today.replace(day=1)),
            "date_to": str(today.replace(year=today.year + 1, day=1)),
            "parts_terms": "included",
            "prepay_percent": 50,
            "unit_ids": [Command.create({"unit_id": unit.id})],
            "line_ids": [
                Command.create(
                    {
                        "name": "年度维保服务费",
                        "fee_kind": "other",
                        "product_uom_id": stage.ref("uom_xiang").id,
                        "quantity": 1,
                        "price_unit": 12000,
                        "tax_id": stage.ref("tax_6").id,
                    }
                )
            ],
        },
        "拟订年度维保协议 framework",
    )
    stage.file("supervisor1", agreement)
    paid.review(stage, agreement)
    paid.sign(stage, agreement)
    paid.collect(stage, agreement)
    ticket = paid.call(stage, unit, "端子发热", "一次接线端子发热,需更换。")
    stage.check("coverage", ticket.coverage, "contract")
    stage.check("framework", ticket.framework_id, agreement)
    requisition = routine.ask(
        stage, ticket, "supervisor1", [routine.part(stage, "terminal", 1, reason="发热")]
    )
    picking = paid.draw(stage, requisition)
    paid.issue(stage, picking)
    stage.check("free under the framework", requisition.cover_kind, False)
    stage.check_verified()
