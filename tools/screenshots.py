"""The screenshots in docs/screenshots/, in zh_CN, from the sample and its worked cases.

    python3 tools/screenshots.py                   # the ones that the documentation shows
    python3 tools/screenshots.py --all FOLDER      # every screen, desktop and phone
    python3 tools/screenshots.py --all FOLDER sign # those with "sign" in their name

Sets up, makes a database of its own, plays the cases and some documents that are left
on their way, and takes the pictures in a real browser as the user whose screen it is.
"""

import argparse
import dataclasses
import io
from pathlib import Path

import environment
from project import LANGUAGE, MODULES, ROOT, Problem, main, step

DATABASE = "aftersales_screenshots"
FOLDER = ROOT / "docs" / "screenshots"
OURS = "aftersales_service"
REQUISITION = f"{OURS}.aftersales_requisition_action"
REQUEST = f"{OURS}.helpdesk_ticket_action_aftersales"
ISSUE = f"{OURS}.stock_picking_action_issue"
FINDING = f"{OURS}.aftersales_finding_action"
SETTLEMENT = f"{OURS}.aftersales_settlement_action"
TAX_INVOICE = f"{OURS}.aftersales_tax_invoice_action"
REPAIR = f"{OURS}.aftersales_repair_action"
FOLLOWUP = f"{OURS}.aftersales_followup_action"
RETENTION = f"{OURS}.aftersales_retention_action"
COST = f"{OURS}_report.aftersales_cost_action"
GOODWILL = f"{OURS}_report.aftersales_goodwill_action"
RETURN = f"{OURS}.aftersales_return_action"
ANALYSIS = f"{OURS}_report.aftersales_return_analysis_action"
RATE = f"{OURS}_report.aftersales_return_rate_action"
AGREEMENT = f"{OURS}.aftersales_agreement_action"
SIGN = "button[name=action_open_sign_wizard]"
COLOURS = 96


@dataclasses.dataclass
class Shot:
    """One screen: who looks, at which action (or page of the portal), at which of the
    documents, after what clicks."""

    name: str
    login: str
    action: str
    document: str = ""
    clicks: tuple = ()
    view: str = ""
    # taken as a picture of the documentation: "desktop", "phone" or both
    keep: tuple = ()


SHOTS = (
    Shot("request-list", "supervisor1", REQUEST, keep=("desktop",)),
    Shot("request-kanban", "supervisor1", f"{REQUEST}_my", keep=("phone",)),
    Shot("request-form", "supervisor1", REQUEST, "request", keep=("desktop", "phone")),
    Shot("request-new", "agent", REQUEST, clicks=(".o_list_button_add, .o-kanban-button-new",)),
    Shot("request-open", "agent", REQUEST, "new_request"),
    Shot("request-transfer", "agent", REQUEST, "new_request",
         clicks=(".o_statusbar_buttons button[type=action].btn-primary",)),
    Shot("request-contact", "supervisor1", f"{REQUEST}_contact"),
    Shot("request-analysis", "supervisor1", f"{REQUEST}_analysis"),
    Shot("phone-log", "agent", f"{OURS}.aftersales_contact_action_phone"),
    Shot("contact-form", "agent", f"{OURS}.aftersales_contact_action",
         clicks=(".o_list_button_add, .o-kanban-button-new",)),
    Shot("unit-list", "supervisor1", f"{OURS}.aftersales_unit_action"),
    Shot("unit-form", "supervisor1", f"{OURS}.aftersales_unit_action", "unit", keep=("desktop",)),
    Shot("requisition-list", "supervisor1", REQUISITION, keep=("desktop",)),
    Shot("requisition-kanban", "supervisor1", REQUISITION, view=".o_switch_view.o_kanban"),
    Shot("requisition-draft", "supervisor1", REQUISITION, "draft", keep=("desktop",)),
    Shot("requisition-review", "reviewer1", REQUISITION, "review", keep=("desktop", "phone")),
    Shot("requisition-feedback", "planner", REQUISITION, "feedback", keep=("desktop",)),
    Shot("requisition-waiting", "supervisor1", REQUISITION, "waiting", keep=("desktop",)),
    Shot("requisition-ready", "supervisor1", REQUISITION, "ready"),
    Shot("requisition-issued", "supervisor1", REQUISITION, "issued"),
    Shot("requisition-shipped", "supervisor1", REQUISITION, "shipped"),
    Shot("requisition-rejected", "supervisor1", REQUISITION, "rejected"),
    Shot("approval-panel", "supervisor1", REQUISITION, "shipped",
         clicks=(".o_notebook a[name=approvals]",), keep=("desktop",)),
    Shot("waiting-for-parts", "planner", f"{REQUISITION}_waiting"),
    Shot("material-waited-for", "buyer", f"{OURS}.aftersales_requisition_line_action"),
    Shot("mine-to-sign", "reviewer1", f"{OURS}.aftersales_approval_action_mine",
         keep=("desktop", "phone")),
    Shot("work-menu", "supervisor1", REQUISITION, clicks=(".o_aftersales_work_button",)),
    Shot("sign-dialog", "reviewer1", REQUISITION, "review", clicks=(SIGN,), keep=("desktop",)),
    Shot("to-issue", "storekeeper1", f"{OURS}.stock_picking_action_to_issue"),
    Shot("issue-form", "storekeeper1", ISSUE, "to_issue", keep=("desktop",)),
    Shot("issue-shipping-page", "storekeeper1", ISSUE, "to_ship",
         clicks=(".o_notebook a[name=aftersales]",)),
    Shot("to-ship", "storekeeper1", f"{OURS}.stock_picking_action_to_ship"),
    Shot("ship-dialog", "storekeeper1", ISSUE, "to_ship",
         clicks=(".o_statusbar_buttons button[type=action].btn-primary",), keep=("desktop",)),
    Shot("issues", "storekeeper1", ISSUE),
    Shot("issue-waiting", "storekeeper1", ISSUE, "waiting_issue"),
    Shot("agreement-list", "supervisor1", AGREEMENT),
    Shot("agreement-kanban", "supervisor1", AGREEMENT, view=".o_switch_view.o_kanban"),
    Shot("agreement-form", "supervisor1", AGREEMENT, "agreement", keep=("desktop",)),
    Shot("agreement-draft", "supervisor1", AGREEMENT, "agreement_draft"),
    Shot("agreement-quotations", "supervisor1", AGREEMENT, "quoted",
         clicks=(".o_notebook a[name=quotes]",)),
    Shot("agreement-signature", "commerce", AGREEMENT, "agreement",
         clicks=(".o_notebook a[name=signature]",)),
    Shot("agreement-framework", "supervisor1", AGREEMENT, "framework",
         clicks=(".o_notebook a[name=units]",)),
    Shot("release-form", "supervisor1", f"{OURS}.aftersales_release_action", "release"),
    Shot("release-list", "general_manager", f"{OURS}.aftersales_release_action"),
    Shot("not-secured", "supervisor1", f"{OURS}.aftersales_requisition_action_uncovered"),
    Shot("tariff", "sales_manager", f"{OURS}.product_pricelist_action_tariff"),
    Shot("approval-records", "quality", f"{OURS}.aftersales_approval_action"),
    Shot("verify-dialog", "quality", f"{OURS}.aftersales_verify_action",
         clicks=("button[name=action_verify]",), keep=("desktop",)),
    Shot("seals", "quality", f"{OURS}.aftersales_seal_action"),
    Shot("deputies", "reviewer1", f"{OURS}.aftersales_deputy_action"),
    Shot("approval-chains", "service_admin", f"{OURS}.aftersales_approval_step_action",
         keep=("desktop",)),
    Shot("causes", "service_admin", f"{OURS}.aftersales_cause_action"),
    Shot("service-types", "service_admin", "helpdesk_mgmt.helpdesk_ticket_category_action"),
    Shot("production-units", "service_admin", "helpdesk_mgmt.helpdesk_ticket_team_action"),
    Shot("settings", "admin", f"{OURS}.res_config_settings_action"),
    Shot("portal-home", "customer", "/my"),
    Shot("portal-requests", "customer", "/my/tickets"),
    Shot("portal-request", "customer", "/my/ticket", "portal_request"),
    Shot("portal-new", "customer", "/new/ticket"),
    Shot("portal-agreements", "customer", "/my/agreements"),
    Shot("sign-link", "customer", "/aftersales/sign", "link", keep=("phone",)),
    Shot("portal-returns", "customer", "/my/returns"),
    Shot("portal-return-decided", "customer", "/my/returns", "return_decided"),
    Shot("portal-return-asked", "customer", "/my/returns", "return_asked"),
    Shot("portal-return-choose", "customer", "/my/returns/new"),
    Shot("portal-return-form", "customer", "/my/returns/new/delivery", "return_delivery",
         keep=("phone",)),
    Shot("return-link", "customer", "/aftersales/return", "return_link"),
    Shot("return-asked", "agent", f"{OURS}.aftersales_return_action_asked"),
    Shot("return-asked-form", "agent", f"{OURS}.aftersales_return_action", "return_asked"),
    Shot("return-linked-form", "agent", f"{OURS}.aftersales_return_action", "return_linked"),
    Shot("finding-list", "quality", FINDING),
    Shot("finding-kanban", "engineer1", FINDING, view=".o_switch_view.o_kanban"),
    Shot("finding-facts", "quality", FINDING, "finding"),
    Shot("finding-conclusion", "quality", FINDING, "finding",
         clicks=(".o_notebook a[name=conclusion]",), keep=("desktop",)),
    Shot("finding-decided", "supervisor1", FINDING, "finding_decided",
         clicks=(".o_notebook a[name=approvals]",)),
    Shot("finding-draft", "engineer1", FINDING, "finding_draft"),
    Shot("claim-list", "commerce", f"{OURS}.aftersales_claim_action"),
    Shot("claim-form", "commerce", f"{OURS}.aftersales_claim_action", "claim"),
    Shot("claim-dialog", "finance", f"{OURS}.aftersales_claim_action", "claim",
         clicks=(".o_statusbar_buttons button[type=action].btn-primary",)),
    Shot("change-form", "commerce", f"{OURS}.aftersales_change_action", "change"),
    Shot("finding-request", "engineer1", REQUEST, "finding_request"),
    Shot("change-list", "commerce", f"{OURS}.aftersales_change_action"),
    Shot("repair-list", "supervisor1", REPAIR),
    Shot("repair-kanban", "storekeeper1", REPAIR, view=".o_switch_view.o_kanban"),
    Shot("repair-receive", "storekeeper1", REPAIR, "repair_announced"),
    Shot("repair-work", "engineer1", REPAIR, "repair_working",
         clicks=(".o_notebook a[name=repair]",), keep=("desktop",)),
    Shot("repair-blocked", "supervisor1", REPAIR, "repair_blocked"),
    Shot("repair-instruct", "supervisor1", REPAIR, "repair_ended",
         clicks=("button[name=action_open_instruct_wizard].btn-primary",)),
    Shot("repair-back", "supervisor1", REPAIR, "repair_sent",
         clicks=(".o_notebook a[name=back]",)),
    Shot("repair-approvals", "supervisor1", REPAIR, "repair_sent",
         clicks=(".o_notebook a[name=approvals]",)),
    Shot("repair-unclaimed", "supervisor1", f"{REPAIR}_unclaimed"),
    Shot("worksheet-list", "supervisor1", f"{OURS}.aftersales_worksheet_action"),
    Shot("worksheet-form", "supervisor1", f"{OURS}.aftersales_worksheet_action", "worksheet"),
    Shot("settlement-list", "commerce", SETTLEMENT),
    Shot("settlement-form", "finance", SETTLEMENT, "settlement", keep=("desktop",)),
    Shot("settlement-draft", "supervisor1", SETTLEMENT, "settlement_draft"),
    Shot("tax-invoice-list", "commerce", TAX_INVOICE),
    Shot("tax-invoice-form", "finance", TAX_INVOICE, "tax_invoice"),
    Shot("tax-invoice-register", "finance", TAX_INVOICE, "tax_invoice_open",
         clicks=(".o_statusbar_buttons button.btn-primary",)),
    Shot("reminder-list", "commerce", f"{OURS}.aftersales_reminder_action"),
    Shot("reminder-form", "commerce", f"{OURS}.aftersales_reminder_action", "reminder"),
    Shot("followup-list", "commerce", FOLLOWUP, keep=("desktop",)),
    Shot("followup-pivot", "commerce", FOLLOWUP, view=".o_switch_view.o_pivot"),
    Shot("retention-list", "finance", RETENTION),
    Shot("retention-form", "finance", RETENTION, "retention"),
    Shot("retention-new", "commerce", RETENTION,
         clicks=(".o_list_button_add, .o-kanban-button-new",)),
    Shot("retention-request", "finance", REQUEST, "retention_request"),
    Shot("cost-pivot", "finance", COST),
    Shot("cost-list", "finance", COST, view=".o_switch_view.o_list"),
    Shot("goodwill-list", "finance", GOODWILL),
    Shot("return-list", "quality", RETURN),
    Shot("return-kanban", "quality", RETURN, view=".o_switch_view.o_kanban"),
    Shot("return-settle", "storekeeper1", f"{RETURN}_settle"),
    Shot("quarantine", "storekeeper1", f"{OURS}.aftersales_quarantine_action",
         clicks=(".o_group_header", ".o_group_header + .o_group_header")),
    Shot("repeat-list", "quality", f"{OURS}.aftersales_repeat_action"),
    Shot("repeat-request", "quality", REQUEST, "repeat"),
    Shot("return-analysis-pivot", "quality", ANALYSIS, keep=("desktop",)),
    Shot("return-analysis-graph", "quality", ANALYSIS, view=".o_switch_view.o_graph"),
    Shot("return-analysis-list", "quality", ANALYSIS, view=".o_switch_view.o_list"),
    Shot("return-rate-pivot", "quality", RATE),
    Shot("return-rate-graph", "quality", RATE, view=".o_switch_view.o_graph"),
    Shot("return-rate-list", "quality", RATE, view=".o_switch_view.o_list"),
    Shot("statement-dialog", "commerce", f"{OURS}_report.aftersales_statement_action"),
    Shot("invoice-form", "finance", "account.action_move_out_invoice_type", "invoice"),
)  # fmt: skip


# ----------------------------------------------------------------------
# What the pictures show
# ----------------------------------------------------------------------
def prepare():
    """Load the sample, play the cases, leave documents on their way; return their ids."""
    import cases
    import sample_data
    from odoo_env import odoo_environment

    with odoo_environment(DATABASE) as env:
        sample_data.load(env)
        stage = cases.Stage(env)
        for case in cases.CASES:
            case.play(stage)
        return under_way(stage)


def under_way(stage):
    """Documents in each of their stages; {key: id, or the end of an address}."""
    from cases import asked, paid, repairs, routine

    units = stage.env["aftersales.unit"].search(
        [("company_id", "=", stage.ref("base.main_company").id), ("is_in_warranty", "=", True),
         ("product_id.name", "ilike", "开关设备")], limit=40,
    )  # fmt: skip
    units = iter(units)
    coil = routine.part(stage, "closing_coil", 2, reason="烧毁 1 只,备 1 只", old_part_returns=True)
    switch = routine.part(stage, "aux_switch", 1, reason="触点烧蚀")
    arm = routine.part(stage, "contact_arm_large", 3, reason="过热变色")
    relay = routine.part(stage, "relay", 1, reason="黑屏", old_part_returns=True)

    def request(symptom, urgency, contacted=True):
        unit = next(units)
        ticket = routine.register(
            stage,
            {
                "serial_number": unit.serial_number,
                "contact_name": "运行值班长",
                "contact_phone": "0199-55501066",
                "reported_cause": "用户判断为元件老化",
                "symptom": symptom,
                "urgency_proposed": urgency,
            },
        )
        if contacted:
            routine.hand_over(stage, ticket, "team_switchgear", "supervisor1", "请尽快联系")
            routine.contact(stage, ticket, "supervisor1", urgency)
        return ticket

    def requisition(symptom, urgency, *lines):
        ticket = request(symptom, urgency)
        return routine.ask(stage, ticket, "supervisor1", [dict(line) for line in lines])

    def reviewed(*parts):
        document = requisition(*parts)
        stage.act("supervisor1", document, "action_submit", "提交审核")
        stage.sign("reviewer1", document, "技术科审核", comment="同意更换")
        return document

    def promised(document, line, login):
        stage.call(login, line._name, "action_use_proposal", line.ids)
        stage.sign(login, document, "反馈周期", comment=f"{line.lead_days} 天")

    found = {"new_request": request("手车摇不到工作位置", "c", contacted=False)}
    request("开关柜局部放电告警", "a")
    found["draft"] = requisition("合闸回路无电压,不能电动合闸", "b", coil, switch)
    for symptom, urgency, lines in (
        ("储能电机不转,手动储能正常", "b", (coil, switch, arm)),
        ("进线柜综保装置黑屏", "a", (relay, switch)),
    ):
        found["review"] = requisition(symptom, urgency, *lines)
        stage.act("supervisor1", found["review"], "action_submit", "提交审核")
    found["rejected"] = requisition("触臂温度 88 ℃", "c", arm)
    stage.act("supervisor1", found["rejected"], "action_submit", "提交审核")
    stage.reject("reviewer1", found["rejected"], "驳回", "请补充触臂型号和测温记录")
    found["feedback"] = reviewed("触臂过热,保护装置死机", "b", arm, relay, switch)
    found["waiting"] = reviewed("三相触臂变色,需成套更换", "b", arm, relay, coil)
    promised(found["waiting"], found["waiting"].line_ids[0], "planner")
    promised(found["waiting"], found["waiting"].line_ids[1], "buyer")
    found["waiting_issue"] = found["waiting"].picking_ids
    found["ready"] = reviewed("辅助开关切换不到位", "c", switch, coil)
    drawn = reviewed("合闸线圈烧毁", "b", coil)
    stage.sign("supervisor1", drawn, "签领", comment="请发料")
    found["to_issue"] = drawn.picking_ids
    found["issued"] = reviewed("分合闸指示不对应", "c", switch)
    found["to_ship"] = routine.draw_and_issue(stage, found["issued"], "supervisor1", "storekeeper1")
    stage.act("storekeeper1", found["to_ship"], "action_pack", "包装完成")
    stage.act("inspector", found["to_ship"], "action_inspect_pass", "出库检验")
    requisitions = stage.env["aftersales.requisition"]
    found["shipped"] = requisitions.search(
        [("serial_number", "=", stage.ref("unit_case_b").serial_number)], limit=1
    )
    found.update(about_responsibility(stage, request))
    found.update(repairs.on_their_way(stage))
    found.update(about_money(stage))
    agreements = stage.env["aftersales.agreement"]
    found["agreement"] = agreements.search([("progress", "=", "signed")], limit=1, order="id")
    found["quoted"] = agreements.search([("quote_count", ">", 1)], limit=1)
    found["framework"] = agreements.search([("kind", "=", "framework")], limit=1)
    found["agreement_draft"] = paid.agreement(stage, found["agreement"].ticket_id)
    found["release"] = stage.env["aftersales.release"].search([], limit=1)
    found["request"] = found["waiting"].ticket_id
    found["unit"] = stage.ref("unit_case_a")
    repeats = stage.env["aftersales.repeat"].search([("ticket_id", "!=", False)], limit=1)
    found["repeat"] = repeats.ticket_id
    customer = stage.ref("user_customer").partner_id.commercial_partner_id
    found["portal_request"] = requests_of(stage, customer)
    ids = {key: record.id for key, record in found.items()}
    return ids | {"link": link_to_sign(stage)} | asked.on_their_way(stage)


def link_to_sign(stage):
    """Leave an agreement that waits for the customer; return what its link ends with."""
    from cases import l_link

    _ticket, agreement = l_link.agreement(stage, 6, "互感器更换,要求在线签约。")
    return f"{agreement.id}/{l_link.send(stage, agreement)}"


def requests_of(stage, customer):
    """The latest request of a customer, as the portal shows it to his people."""
    requests = stage.env["helpdesk.ticket"]
    return requests.search([("partner_id", "child_of", customer.id)], order="id desc", limit=1)


def about_responsibility(stage, request):
    """A finding on its way, one that is decided, a claim and a change; {key: record}."""
    from cases import responsibility

    ticket = request("推入手车时接地开关未分,三相放电", "b")
    values = {
        "found_by": "电气值班长",
        "facts": "08:10 使用解锁钥匙解除闭锁;\n08:14 推入手车,三相短路放电。",
        "engineer_statement": "机械闭锁完好,属强行解除闭锁的误操作。",
        "other_opinion": "disagrees",
        "other_person": "用户电气主任",
        "other_reason": "认为闭锁装置动作不可靠。",
        "amount_parts": 6800.0,
        "amount_labour": 1600.0,
        "amount_travel": 1200.0,
    }
    pieces = [
        responsibility.evidence("photo", "触臂烧蚀照片", "服务人员"),
        responsibility.evidence("record", "操作票及解锁钥匙记录", "用户变电所"),
    ]
    finding = responsibility.find(stage, ticket, "m01", pieces, **values)
    for login, text, comment in responsibility.CHAIN[:2]:
        stage.sign(login, finding, text, comment=comment)
    draft = stage.create(
        "engineer1",
        "aftersales.finding",
        {"ticket_id": request("触臂过热", "c").id, "facts": "红外测温 88 ℃"},
        "填写责任认定书",
    )
    return {
        "finding": finding,
        "finding_draft": draft,
        "finding_request": ticket,
        "finding_decided": stage.env["aftersales.finding"].search(
            [("is_disputed", "=", True), ("state", "=", "approved")], limit=1
        ),
        "claim": stage.env["aftersales.claim"].search([("state", "=", "accepted")], limit=1),
        "change": stage.env["aftersales.change"].search([], limit=1),
    }


def about_retention(stage):
    """Retention money that a request puts at risk, some that is due; cost is posted."""
    drafts = stage.env["aftersales.retention"].search([("state", "=", "draft")])
    stage.call("finance", drafts._name, "action_confirm", drafts.ids)
    stage.env["aftersales.costing"]._post()
    stage.env.flush_all()
    drafts.invalidate_recordset()
    kept = drafts.filtered(lambda item: item.open_ticket_count)[:1] or drafts[:1]
    requests = stage.env["helpdesk.ticket"].search([("unit_id", "in", kept._get_units().ids)])
    return {"retention": kept, "retention_request": requests[:1]}


def about_money(stage):
    """Documents of the paid cases, and some that wait; {key: record}."""
    from cases import money, paid, responsibility

    def last(model, *domain):
        return stage.env[model].search(list(domain), limit=1, order="id desc")

    def agreed(symptom):
        unit = responsibility.unit(stage, 3, covered=False)
        ticket = paid.call(stage, unit, "要求检修", symptom)
        agreement = paid.agreement(stage, ticket)
        stage.write("supervisor1", agreement, {"prepay_percent": 0}, "服务后付款")
        paid.release(stage, agreement)
        paid.sign(stage, agreement)
        money.work(stage, ticket, agreement, symptom)
        return agreement

    found = {
        "worksheet": last("aftersales.worksheet"),
        "settlement": last("aftersales.settlement"),
        "tax_invoice": last("aftersales.tax.invoice", ("state", "=", "approved")),
        "reminder": last("aftersales.reminder"),
        "invoice": last("account.move", ("move_type", "=", "out_invoice")),
        **about_retention(stage),
    }
    agreed("断路器机械特性试验,更换润滑脂。")
    action = stage.call(
        "supervisor1",
        "aftersales.agreement",
        "action_create_settlement",
        agreed("保护装置定值核对。").ids,
    )
    found["settlement_draft"] = stage.env["aftersales.settlement"].browse(action["res_id"])
    move = money.invoice(stage, money.settle(stage, agreed("柜内清扫,紧固一次端子。")))
    found["tax_invoice_open"] = money.tax_invoice(stage, move)
    return found


# ----------------------------------------------------------------------
# Taking them
# ----------------------------------------------------------------------
def take(page, server, shot, documents):
    """Go where a shot is and return the picture, as PNG."""
    address = shot.action if shot.action.startswith("/") else f"/odoo/action-{shot.action}"
    if shot.document:
        address += f"/{documents[shot.document]}"
    page.goto(server.url + address)
    page.see(".o_view_controller, .modal-dialog, #wrapwrap")
    page.idle()
    for selector in (*((shot.view,) if shot.view else ()), *shot.clicks):
        if page.sees(selector):
            page.click(selector)
    return page.picture()


def save(content, path):
    """Write a picture with few colours: small, and as clear as before."""
    from PIL import Image

    picture = Image.open(io.BytesIO(content)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def photograph(documents, folder, everything, words):
    """Take the shots into a folder; return how many."""
    from browser import DESKTOP, PHONE, running_browser
    from odoo_env import running_server

    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with running_server(DATABASE) as server, running_browser() as browser:
        pages = {}
        for shot in SHOTS:
            if words and not any(word in shot.name for word in words):
                continue
            for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
                if not everything and device not in shot.keep:
                    continue
                page = pages.get(shot.login)
                if not page:
                    page = pages[shot.login] = browser.page(server.url, shot.login)
                page.resize(*size)
                save(take(page, server, shot, documents), folder / f"{shot.name}-{device}.png")
                count += 1
                if errors := page.take_errors():
                    raise Problem(f"{shot.name}-{device}: {errors}")
    return count


def cli():
    """Make the database, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", metavar="FOLDER", type=Path, help="every screen, into a folder")
    parser.add_argument("words", nargs="*", help="only those with one of these in their name")
    options = parser.parse_args()
    environment.enter(test=True)
    from databases import create_database, drop_database
    from postgres import postgres

    folder = options.all or FOLDER
    with postgres():
        create_database(DATABASE, MODULES, default_language=LANGUAGE)
        try:
            with step("playing the cases"):
                documents = prepare()
            with step("taking the pictures"):
                count = photograph(documents, folder, bool(options.all), options.words)
        finally:
            drop_database(DATABASE)
    print(f"{count} pictures in {folder}")
    return 0


if __name__ == "__main__":
    main(cli)
