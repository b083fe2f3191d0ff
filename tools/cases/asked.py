"""A customer asks for a return himself, as his pages do it for him (R002-25)."""

import io
import re

from PIL import Image, ImageDraw


def photograph(width=640, height=480):
    """Return a picture that stands for a photograph of the goods."""
    picture = Image.new("RGB", (width, height), (196, 200, 204))
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((150, 90, 490, 400), fill=(122, 60, 40), outline=(70, 34, 24), width=6)
    drawing.rectangle((250, 180, 390, 240), fill=(222, 222, 214), outline=(60, 60, 60), width=3)
    drawing.ellipse((190, 290, 280, 370), fill=(24, 22, 22))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=80)
    return content.getvalue()


def values(goods, wish, text, kind="partial", **more):
    """Return what the page sends: one piece of each of these goods."""
    return {
        "return_type": kind,
        "wish": wish,
        "freight_payer": "us",
        "reason": text,
        "contact_name": "总降值班长",
        "contact_phone": "0379-65550105",
        **{f"qty_{item.key}": "1" for item in goods},
        **more,
    }


def on_portal(stage, delivery, lots, wish, text, files=("铭牌.jpg", "损坏部位.jpg")):
    """Ask on the portal for pieces of a delivery; return the draft."""
    user = stage.ref("user_customer")
    customer = user.partner_id.commercial_partner_id
    returns = stage.env(user=user.id, su=False, context={"lang": "zh_CN"})["aftersales.return"]
    source = delivery.with_env(returns.env).sudo()
    goods = [
        item
        for item in returns._get_source_goods(customer, source)
        if not lots or item.lot.id in [lot.id for lot in lots]
    ]
    document = returns._ask_on_portal(
        customer,
        source.company_id,
        source,
        values(goods, wish, text),
        [(name, photograph(), "image/jpeg") for name in files],
    )
    stage.env.flush_all()
    stage.env.invalidate_all()
    document = stage.env["aftersales.return"].browse(document.id)
    stage.note("customer", "顾客在门户申请退货 asked on the portal", stage.look(document))
    stage.check("draft", (document.state, document.handler_id.id), ("draft", False))
    return document


def take_over(stage, document, login="agent"):
    """Make the customer's request one's own work."""
    stage.refused(login, document, "action_submit", "未受理即提交 not taken over")
    stage.act(login, document, "action_take_over", "受理顾客申请 take over")
    stage.file(login, document)
    return document


def by_link(stage, document, login="agent"):
    """Ask the customer by link; return what its address ends with."""
    customer = document.partner_id.commercial_partner_id
    vals = {"partner_id": customer.id, "days": 7}
    stage.act(login, document, "action_send_link", "发链接请顾客填写 ask by link", **vals)
    mail = stage.env["mail.mail"].search([("email_to", "=", document.link_email)], order="id desc")
    pattern = rf"/aftersales/return/({document.id}/[\w-]+)"
    return re.search(pattern, "".join(mail.mapped("body_html")))[1]


def on_their_way(stage):
    """Leave requests as the pages show them; return {key: document or end of a link}."""
    from . import returns

    delivery = returns.deliver(
        stage, "customer_05", "HY-2026-1108", [("part_interrupter_40", ["lot_interrupter_3"], 2)]
    )
    text = "真空度检测不合格,要求调换。\n其余 1 只暂用。"
    waiting = on_portal(stage, delivery, (), "exchange", text)
    linked = returns.open_form(stage, delivery)
    y_form = stage.env["aftersales.return"].search(
        [("asked_how", "=", "portal"), ("state", "=", "approved")], limit=1
    )
    return {
        "return_asked": waiting.id,
        "return_decided": y_form.id,
        "return_delivery": delivery.id,
        "return_linked": linked.id,
        "return_link": by_link(stage, linked),
    }
