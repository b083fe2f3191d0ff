"""A responsibility finding and what it needs, for the tests about who pays."""

import base64

from odoo.fields import Command

from .attack_case import AttackCase

CHAIN = ("supervisor", "tech_reviewer", "quality")
PHOTO = base64.b64encode(b"a photograph of the contact arm").decode()


class FindingCase(AttackCase):
    """A covered unit, a call about it, and findings with every outcome."""

    document_model = "aftersales.finding"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = cls.make_unit("SN-COVERED", cls.days_ago(60))
        cls.old_unit = cls.make_unit("SN-OLD", "2010-01-01")
        cls.covered = cls.make_ticket(serial_number="SN-COVERED")
        cls.expired = cls.make_ticket(serial_number="SN-OLD")
        cls.carrier = cls.env["res.partner"].create({"name": "Ridge Haulage"})
        cls.vendor = cls.env["res.partner"].create({"name": "Coil Works"})

    @classmethod
    def days_ago(cls, days):
        today = cls.company._aftersales_today()
        return str(today.fromordinal(today.toordinal() - days))

    @classmethod
    def make_unit(cls, serial, delivered):
        return cls.env["aftersales.unit"].create(
            {
                "serial_number": serial,
                "model_spec": "KYN28A-12",
                "partner_id": cls.customer.id,
                "delivery_date": delivered,
            }
        )

    def cause(self, name):
        return self.env.ref(f"aftersales_service.cause_{name}")

    def finding_vals(self, ticket=None, cause="m01", **values):
        return {
            "ticket_id": (ticket or self.covered).id,
            "facts": "08:10 the truck was moved with the earthing switch closed",
            "cause_id": self.cause(cause).id,
            "engineer_statement": "The interlock was bridged by hand",
            "other_opinion": "agrees",
            "other_person": "Shift leader",
            "amount_parts": 3000.0,
            "amount_labour": 800.0,
            "amount_travel": 600.0,
            "evidence_ids": [
                Command.create(
                    {"category": "photo", "file": PHOTO, "file_name": "arm.jpg", "provider": "us"}
                )
            ],
            **values,
        }

    def make_finding(self, user="engineer", ticket=None, cause="m01", **values):
        """Create a draft as the engineer, through the RPC entry."""
        vals = self.finding_vals(ticket, cause, **values)
        finding_id = self.rpc(user, "aftersales.finding", "create", vals)
        return self.env["aftersales.finding"].browse(finding_id)

    def submit_finding(self, **values):
        finding = self.make_finding(**values)
        self.act("engineer", finding, "action_submit")
        return finding

    def sign_as(self, finding, *roles):
        """Sign step by step; the quality department writes the conclusion first."""
        for role in roles:
            if role == "quality" and not finding.decision:
                self.rpc(role, finding._name, "write", {"decision": "As found"}, ids=finding.ids)
            self.sign(role, finding)
        return finding

    def decided(self, *more, **values):
        """Return a finding that has gone through its chain."""
        return self.sign_as(self.submit_finding(**values), *CHAIN, *more)

    def charges(self, ticket):
        ticket.invalidate_recordset()
        return (
            ticket.charge_class,
            ticket.charge_parts,
            ticket.charge_labour,
            ticket.charge_travel,
        )
