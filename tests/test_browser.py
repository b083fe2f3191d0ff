"""The main flows in a real browser, in zh_CN, as their users go through them.

From the menus, by mouse and keyboard: taking a call, asking for parts, the review with a
correction, the lead time, drawing, issuing, packing, inspecting, shipping, and a second
round after a rejection. What it led to is read from the database; no page may log an error.
"""

import os
from contextlib import contextmanager

import pytest

import cases
from browser import DESKTOP, PHONE, running_browser
from cases import routine
from odoo_env import odoo_environment, running_server, sample_database

LINES = "[name=line_ids]"
SIGN = "button[name=action_open_sign_wizard]"
DIALOG = ".modal-dialog"
WORK = ".o_aftersales_work_button"


@pytest.fixture(scope="module")
def database():
    """A database with the sample manufacturer."""
    with sample_database(f"aftersales_browser_{os.getpid()}") as name:
        yield name


@pytest.fixture(scope="module")
def open_page(database):
    """`open_page(login)`: the tab of a user, who logs in when it's first needed."""
    pages = {}
    with running_server(database) as server, running_browser() as browser:

        def page(login):
            if login not in pages:
                pages[login] = browser.page(server.url, login)
            return pages[login]

        yield page


@pytest.fixture
def page(open_page):
    """The same, for one test, which fails if any of its pages logged an error."""
    opened = {}

    def page(login):
        opened[login] = open_page(login)
        return opened[login]

    yield page
    errors = {login: one.take_errors() for login, one in opened.items()}
    assert not any(errors.values()), errors


@contextmanager
def stage_on(database):
    """The stage of the worked cases: what other users did before, and looking."""
    with odoo_environment(database) as env:
        yield cases.Stage(env)


def call_of(database, unit, supervisor, team="team_switchgear"):
    """A request that was registered and handed over; return its number."""
    with stage_on(database) as stage:
        ticket = routine.register(
            stage,
            {
                "serial_number": stage.ref(unit).serial_number,
                "contact_name": "值班长",
                "contact_phone": "0199-55501011",
                "reported_cause": "合闸线圈烧毁",
                "symptom": "断路器手车在工作位置不能电动合闸",
                "urgency_proposed": "b",
            },
        )
        routine.hand_over(stage, ticket, team, supervisor)
        return ticket.number


def requisition_of(stage, number):
    """The requisition of a request, as the database has it."""
    return stage.env["aftersales.requisition"].search([("ticket_id.number", "=", number)])


# ----------------------------------------------------------------------
# Steps
# ----------------------------------------------------------------------
def open_row(page, text, *menu):
    """Open the document with this name from a menu's list."""
    page.open_menu(*menu)
    page.click("tr.o_data_row td.o_data_cell[name]", text)
    page.see(".o_form_view")
    page.idle()


def add_line(page, name, quantity):
    """Add a part to the open requisition: type its name, take the proposal, its quantity."""
    page.click(f"{LINES} .o_field_x2many_list_row_add a")
    page.choose(f"{LINES} tr.o_selected_row [name=product_id]", name)
    page.fill(f"{LINES} tr.o_selected_row [name=requested_qty] input", quantity)


def ask_for_parts(page, number, *parts):
    """From the request to the submitted requisition; return its name."""
    open_row(page, number, "menu_requests", "menu_request_all")
    page.click("button[name=action_create_requisition]")
    page.see(f"{LINES} .o_field_x2many_list_row_add")
    for name, quantity in parts:
        add_line(page, name, quantity)
    page.click("button[name=action_submit]")
    page.gone("button[name=action_submit]")
    return page.see(".oe_title [name=name]").strip()


def sign(page, comment, button="action_sign"):
    """Sign or reject in the dialog, with an opinion."""
    page.click(SIGN)
    page.fill(f"{DIALOG} [name=comment] textarea", comment)
    page.click(f"{DIALOG} button[name={button}]")
    page.gone(DIALOG)


def change_cell(page, row, column, value):
    """Type into a cell of the lines and leave the row unsaved, as people do."""
    page.click(f"{LINES} tr.o_data_row:nth-child({row}) td[name={column}]")
    page.fill(f"{LINES} tr.o_selected_row [name={column}] input", value)


# ----------------------------------------------------------------------
# Flows
# ----------------------------------------------------------------------
def test_a_call_is_registered_and_handed_over(database, page):
    """The agent types the number on the nameplate, the supervisor calls back (R004-09)."""
    with stage_on(database) as stage:
        unit = stage.ref("unit_case_e")
        serial, customer = unit.serial_number, unit.partner_id.name
    agent = page("agent")
    agent.open_menu("menu_requests", "menu_request_all")
    agent.click(".o_list_button_add")
    agent.fill("[name=serial_number] input", serial)
    agent.press("Tab")
    agent.see("[name=unit_id]")
    agent.fill("[name=contact_name] input", "运行值班长")
    agent.fill("[name=contact_phone] input", "0199-55501031")
    agent.fill("[name=symptom] textarea", "隔离开关合不到位")
    agent.fill("[name=reported_cause] textarea, [name=reported_cause] input", "操作机构卡涩")
    agent.choose("[name=category_id]", "维修")
    agent.click(".o_form_button_save")
    agent.saved()
    agent.click(".o_statusbar_buttons button[type=action]")
    agent.choose(f"{DIALOG} [name=team_id]", "开关")
    agent.choose(f"{DIALOG} [name=supervisor_id]", "开关柜")
    agent.click(f"{DIALOG} button[name=action_transfer]")
    agent.gone(DIALOG)
    with stage_on(database) as stage:
        ticket = stage.env["helpdesk.ticket"].search([("serial_number", "=", serial)])
        stage.check("unit", ticket.unit_id.serial_number, serial)
        stage.check("customer", ticket.partner_id.name, customer)
        stage.check("supervisor", ticket.user_id.login, "supervisor1")
        stage.check("missing", ticket.missing_intake, "")
        number = ticket.number

    supervisor = page("supervisor1")
    open_row(supervisor, number, "menu_requests", "menu_request_contact")
    supervisor.click("button[name=action_first_contact]")
    supervisor.click("[name=confirm_class] button:nth-of-type(3)")
    supervisor.gone("[name=confirm_class] button:nth-of-type(3)")
    with stage_on(database) as stage:
        ticket = stage.env["helpdesk.ticket"].search([("serial_number", "=", serial)])
        stage.check("class", (bool(ticket.first_contact_at), ticket.urgency_class), (True, "c"))


def test_a_requisition_is_made_from_its_list(database, page):
    """Without going through the request: it is chosen in the requisition (R004-13)."""
    number = call_of(database, "unit_case_d", "supervisor1")
    supervisor = page("supervisor1")
    supervisor.open_menu("menu_material", "menu_requisition_my")
    supervisor.click(".o_list_button_add")
    supervisor.choose("[name=ticket_id]", number)
    add_line(supervisor, "合闸线圈", 1)
    supervisor.click(".o_form_button_save")
    supervisor.saved()
    with stage_on(database) as stage:
        requisition = requisition_of(stage, number)
        stage.check("lines", requisition.line_ids.mapped("requested_qty"), [1])
        stage.check("supervisor", requisition.supervisor_id.login, "supervisor1")


def test_from_the_request_to_the_shipment(database, page):
    """Ask, review with a correction, draw, issue, pack, inspect, ship (R004-13 … R004-20)."""
    number = call_of(database, "unit_case_a", "supervisor1")
    name = ask_for_parts(page("supervisor1"), number, ("合闸线圈", 2), ("辅助开关", 4))

    reviewer = page("reviewer1")
    open_row(reviewer, name, "menu_mine_to_sign")
    change_cell(reviewer, 2, "approved_qty", 1)
    sign(reviewer, "辅助开关一只即可")
    with stage_on(database) as stage:
        requisition = requisition_of(stage, number)
        stage.check("state", requisition.state, "approved")
        stage.check("requested", requisition.line_ids.mapped("requested_qty"), [2, 4])
        stage.check("approved", requisition.line_ids.mapped("approved_qty"), [2, 1])
        review = requisition.approval_ids.filtered(lambda row: row.act == "review")
        stage.check("signed", (review.user_id.login, review.state), ("reviewer1", "signed"))
        stage.check("fulfilment", requisition.fulfilment, "ready")

    supervisor = page("supervisor1")
    draw_from_the_counter(supervisor, name)
    storekeeper = page("storekeeper1")
    open_row(storekeeper, name, "menu_material", "menu_to_issue")
    storekeeper.click("button[name=button_validate]")
    storekeeper.click("button[name=action_pack]")
    storekeeper.gone("button[name=action_pack]")
    inspector = page("inspector")
    open_row(inspector, name, "menu_material", "menu_to_ship")
    inspector.click("button[name=action_inspect_pass]")
    inspector.gone("button[name=action_inspect_pass]")

    open_row(storekeeper, name, "menu_material", "menu_to_ship")
    storekeeper.click(".o_statusbar_buttons button[type=action].btn-primary")
    ship(storekeeper)
    with stage_on(database) as stage:
        requisition = requisition_of(stage, number)
        stage.check("fulfilment", requisition.fulfilment, "shipped")
        stage.check("issued", requisition.line_ids.mapped("qty_issued"), [2, 1])
        picking = requisition.picking_ids
        stage.check("waybill", (picking.waybill, picking.box_count), ("FL-20260601-0001", 2))
        stage.check("carrier", picking.carrier_partner_id, stage.ref("carrier_express"))
        acts = requisition.approval_ids.filtered("digest").mapped("act")
        for act in ("submit", "review", "draw", "issue", "pack", "ship"):
            stage.check(f"evidence of {act}", act in acts, True)
        stage.check_verified()


def draw_from_the_counter(page, name):
    """Open the list behind the number in the top bar, sign there, and see it counted."""
    page.click(WORK)
    before = int(page.see("[data-key=draw] .fw-bold"))
    page.click("[data-key=draw]")
    page.gone("[data-key=draw]")
    page.click("tr.o_data_row td.o_data_cell[name]", name)
    page.see(".o_form_view")
    sign(page, "物资齐全,请发料")
    page.idle()
    page.click(WORK)
    if before > 1:
        assert int(page.see("[data-key=draw] .fw-bold")) == before - 1
    else:
        page.gone("[data-key=draw]")
    page.press("Escape")
    page.gone(".o_aftersales_work")


def ship(page):
    """Fill in the dialog of the shipment and confirm."""
    with_name = "{} [name={}]".format
    page.select(with_name(DIALOG, "transport_mode"), 0)
    page.choose(with_name(DIALOG, "carrier_partner_id"), "速")
    page.fill(with_name(DIALOG, "waybill") + " input", "FL-20260601-0001")
    page.fill(with_name(DIALOG, "box_count") + " input", 2)
    page.click(f"{DIALOG} button[name=action_ship]")
    page.gone(DIALOG)


def test_rejected_and_revised(database, page):
    """The review gives its reason, the second round passes; both stay on file (R004-14)."""
    number = call_of(database, "unit_case_c", "supervisor2", "team_transformer")
    supervisor, reviewer = page("supervisor2"), page("reviewer2")
    name = ask_for_parts(supervisor, number, ("二次绕组", 3))
    open_row(reviewer, name, "menu_mine_to_sign")
    sign(reviewer, "仅一相损坏,应为 1 只", button="action_reject")
    with stage_on(database) as stage:
        stage.check("state", requisition_of(stage, number).state, "rejected")

    open_row(supervisor, name, "menu_material", "menu_requisition_my")
    supervisor.click("button[name=action_revise]")
    supervisor.see("button[name=action_submit]")
    change_cell(supervisor, 1, "requested_qty", 1)
    supervisor.click("button[name=action_submit]")
    supervisor.gone("button[name=action_submit]")
    open_row(reviewer, name, "menu_mine_to_sign")
    sign(reviewer, "同意")
    with stage_on(database) as stage:
        requisition = requisition_of(stage, number)
        stage.check("state", (requisition.state, requisition.round), ("approved", 2))
        stage.check("approved", requisition.line_ids.approved_qty, 1)
        reviews = requisition.approval_ids.filtered(lambda row: row.act == "review")
        rounds = {row.round: (row.state, row.comment) for row in reviews}
        stage.check("first round", rounds[1], ("rejected", "仅一相损坏,应为 1 只"))
        stage.check("second round", rounds[2], ("signed", "同意"))
        stage.check_verified()


def test_lead_time_of_a_part_to_be_made(database, page):
    """Reviewed on a phone; the planner takes over the date and signs (R004-14, R004-15)."""
    number = call_of(database, "unit_case_b", "supervisor1")
    with stage_on(database) as stage:
        ticket = stage.env["helpdesk.ticket"].search([("number", "=", number)])
        parts = [routine.part(stage, "contact_arm_large", 3, reason="过热变色")]
        requisition = routine.ask(stage, ticket, "supervisor1", parts)
        stage.act("supervisor1", requisition, "action_submit", "提交审核")
        name = requisition.name

    review_on_the_phone(page("reviewer1"), name)
    planner = page("planner")
    open_row(planner, name, "menu_mine_to_sign")
    planner.click(f"{LINES} button[name=action_use_proposal]")
    planner.gone(f"{LINES} button[name=action_use_proposal]")
    sign(planner, "按周期安排")
    with stage_on(database) as stage:
        requisition = requisition_of(stage, number)
        stage.check("fulfilment", requisition.fulfilment, "preparing")
        line = requisition.line_ids
        stage.check("promise", bool(line.promised_date and line.lead_days), True)
        feedback = requisition.approval_ids.filtered(
            lambda row: row.act == "feedback" and row.state == "signed"
        )
        stage.check("feedback", feedback.user_id.login, "planner")
        stage.check_verified()


def review_on_the_phone(page, name):
    """Open the card in "mine to sign" and sign, at the width of a phone."""
    page.resize(*PHONE)
    page.goto(f"{page.url}/odoo/mine-to-sign")
    page.click(".o_kanban_record", name)
    page.see(".o_form_view")
    sign(page, "同意")
    page.resize(*DESKTOP)
    page.goto(f"{page.url}/odoo")


# ----------------------------------------------------------------------
def test_an_error_of_a_script_is_noticed(open_page):
    """Thrown, rejected, logged or answered with an error: each would fail a test above."""
    supervisor = open_page("supervisor1")
    assert supervisor.take_errors() == []
    for script in (
        "setTimeout(() => { throw new Error('thrown'); }); 1",
        "Promise.reject(new Error('rejected')); 1",
        "console.error('logged')",
        "fetch('/no/such/address').then((answer) => answer.status)",
    ):
        supervisor.js(script)
        supervisor.idle()
        assert supervisor.take_errors(), script
    supervisor.goto(f"{supervisor.url}/odoo")
    supervisor.take_errors()
