"""What the cases about responsibility share: a call, a finding, its chain."""

import base64

from odoo.fields import Command

from . import routine

CHAIN = (
    ("supervisor1", "售后服务主管审核 review", "情况属实"),
    ("reviewer1", "技术科技术意见 technical opinion", "同意服务人员的技术判断"),
    ("quality", "质管部认定 determine", "按认定结论执行"),
)


def call(stage, unit, symptom, cause, urgency="c"):
    """Register a call about a unit and hand it to the supervisor."""
    ticket = routine.register(
        stage,
        {
            "serial_number": unit.serial_number,
            "contact_name": "电气值班长",
            "contact_phone": "0199-55501099",
            "reported_cause": cause,
            "symptom": symptom,
            "urgency_proposed": urgency,
        },
    )
    stage.check("unit", ticket.unit_id, unit)
    routine.hand_over(stage, ticket, "team_switchgear", "supervisor1")
    routine.contact(stage, ticket, "supervisor1", urgency)
    return ticket


def unit(stage, number, covered=True):
    """Return one of the switchgear panels of the sample, in or out of warranty."""
    found = stage.env["aftersales.unit"].search(
        [
            ("company_id", "=", stage.ref("base.main_company").id),
            ("is_in_warranty", "=", covered),
            ("model_spec", "ilike", "KYN28"),
            ("requisition_line_ids", "=", False),
            ("service_contract_until", "=", False),
        ],
        order="serial_number desc",
        limit=number,
    )
    return found[-1:]


def evidence(category, name, provider):
    """Return the values of a piece of evidence with a file."""
    content = base64.b64encode(f"{name}(示例文件)".encode()).decode()
    return Command.create(
        {
            "category": category,
            "name": name,
            "provider": provider,
            "file": content,
            "file_name": f"{name}.txt",
        }
    )


def find(stage, ticket, cause, pieces, **vals):
    """Write a finding (责任认定书) as the engineer and submit it."""
    finding = stage.create(
        "engineer1",
        "aftersales.finding",
        {
            "ticket_id": ticket.id,
            "cause_id": stage.ref(f"aftersales_service.cause_{cause}").id,
            "evidence_ids": pieces,
            **vals,
        },
        "填写责任认定书 finding",
    )
    stage.file("engineer1", finding)
    stage.act("engineer1", finding, "action_submit", "提交认定 submit")
    return finding


def decide(stage, finding, conclusion, *more):
    """Sign the chain; the quality department writes the conclusion."""
    for login, step, comment in (*CHAIN, *more):
        if login == "quality":
            stage.write(login, finding, {"decision": conclusion}, "填写认定结论 conclusion")
        stage.sign(login, finding, step, comment=comment)
    stage.check("state", finding.state, "approved")
