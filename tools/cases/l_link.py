"""The customer signs by a one-time link, on a page of his own (R004-30)."""

import re

from . import money, paid, responsibility

TITLE = "L 客户通过一次性链接签署 signed by a one-time link"


def agreement(stage, number, symptom):
    """Make and release an agreement that is paid after the service; return (request, it)."""
    unit = responsibility.unit(stage, number, covered=False)
    ticket = paid.call(stage, unit, "要求检修", symptom)
    record = paid.agreement(stage, ticket)
    stage.write("supervisor1", record, {"prepay_percent": 0}, "服务后付款 paid afterwards")
    paid.release(stage, record)
    return ticket, record


def send(stage, record):
    """Mail the link to the customer; return its token, as he reads it in his mail."""
    customer = record.partner_id.commercial_partner_id
    stage.act(
        "supervisor1",
        record,
        "action_send_link",
        "发送一次性签署链接 send the link",
        partner_id=customer.id,
        days=7,
    )
    mail = stage.env["mail.mail"].search(
        [("email_to", "=", record.link_email), ("subject", "ilike", record.name)],
        order="id desc",
        limit=1,
    )
    return re.search(rf"/aftersales/sign/{record.id}/([\w-]+)", mail.body_html)[1]


def sign(stage, record, token):
    """Sign as the page does for the visitor who has the link."""
    public = stage.env(user=stage.env.ref("base.public_user").id, su=False, context={})
    page = public[record._name]._find_by_link(record.id, token)
    page._sign_by_link(
        {
            "name": "设备部部长",
            "title": "授权代表",
            "consent": "1",
            "how": "typed",
            "seen": page.link_digest,
        },
        {"ip": "192.0.2.17", "agent": "浏览器"},
    )
    stage.env.flush_all()
    stage.env.invalidate_all()
    stage.note("customer", "客户在链接页面签署 signed on the page", stage.look(record))


def play(stage):
    """Play the case: sent, signed once, sealed by us, done, settled and confirmed."""
    ticket, record = agreement(stage, 5, "断路器年度检修,要求在线签约。")
    token = send(stage, record)
    stage.check("link", record.link_state, "open")
    sign(stage, record, token)
    stage.check("link", (record.link_state, record.progress), ("used", "to_seal"))
    stage.check("signer", (record.sign_kind, record.signer_name), ("link", "设备部部长"))
    paid.seal(stage, record)
    stage.check("progress", record.progress, "signed")
    money.work(stage, ticket, record, "断路器检修,机械特性试验合格。")
    money.confirm(stage, money.settle(stage, record))
    stage.check_verified()
