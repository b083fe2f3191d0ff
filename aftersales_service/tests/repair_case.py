"""A customer's unit that comes in for repair, and what each role does with it."""

import base64

from odoo import fields

from .agreement_case import AgreementCase

CHAIN = ("storekeeper", "engineer")
CONSENT = base64.b64encode(b"%PDF-1.4 scrap it, signed by the works manager").decode()


class RepairCase(AgreementCase):
    """A unit with a serial in stock, within warranty, and one that is chargeable."""

    document_model = "aftersales.repair"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.breaker = cls.make_product("Vacuum breaker", "B-2001", tracking="serial")
        cls.unit_free = cls.make_repair_unit("SN-REPAIR-1", cls.days_ago(60))
        cls.unit_paid = cls.make_repair_unit("SN-REPAIR-2", "2010-01-01")
        cls.ticket_free = cls.make_ticket(serial_number="SN-REPAIR-1")
        cls.ticket_paid = cls.make_ticket(serial_number="SN-REPAIR-2")
        cls.quarantine = cls.company._aftersales_place("quarantine")

    @classmethod
    def days_ago(cls, days):
        return str(fields.Date.subtract(cls.company._aftersales_today(), days=days))

    @classmethod
    def make_repair_unit(cls, serial, delivered, **values):
        lot = cls.env["stock.lot"].create(
            {"name": serial, "product_id": cls.breaker.id, "company_id": cls.company.id}
        )
        return cls.env["aftersales.unit"].create(
            {
                "serial_number": serial,
                "product_id": cls.breaker.id,
                "lot_id": lot.id,
                "partner_id": cls.customer.id,
                "delivery_date": delivered,
                **values,
            }
        )

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------
    def repair_vals(self, ticket=None, **values):
        return {
            "ticket_id": (ticket or self.ticket_free).id,
            "wish": "Back before the shutdown in May",
            "test_ids": [
                (0, 0, {"name": "Insulation resistance", "requirement": "≥ 1000 MΩ"}),
                (0, 0, {"name": "Closing time", "requirement": "≤ 60 ms"}),
            ],
            **values,
        }

    def make_repair(self, ticket=None, user="supervisor", **values):
        repair_id = self.rpc(
            user, "aftersales.repair", "create", self.repair_vals(ticket, **values)
        )
        return self.env["aftersales.repair"].browse(repair_id)

    def fill(self, user, repair, **values):
        self.rpc(user, repair._name, "write", values, ids=repair.ids)
        repair.invalidate_recordset()

    def announced(self, ticket=None, **values):
        repair = self.make_repair(ticket, **values)
        self.act("supervisor", repair, "action_submit")
        return repair

    def take_in(self, repair):
        self.fill("storekeeper", repair, appearance="Box dented, seal whole", accessories="Cable")
        self.sign("storekeeper", repair)
        return repair

    def diagnose(self, repair, conclusion="repairable"):
        self.fill("engineer", repair, conclusion=conclusion, diagnosis="Contact worn")
        self.sign("engineer", repair)
        return repair

    def diagnosed(self, ticket=None, conclusion="repairable", **values):
        return self.diagnose(self.take_in(self.announced(ticket, **values)), conclusion)

    def start(self, repair, user="engineer"):
        return self.act(user, repair, "action_start")

    def fill_repair(self, repair):
        self.fill(
            "engineer",
            repair,
            measures="Contact replaced and adjusted",
            cause_id=self.env.ref("aftersales_service.cause_m01").id,
            test_ids=[
                (1, test.id, {"value_after": "1500", "verdict": "pass", "instrument": "ZB-7"})
                for test in repair.test_ids
            ],
        )

    def finish(self, repair):
        self.fill_repair(repair)
        self.sign("engineer", repair)
        return repair

    def repaired(self, ticket=None, **values):
        repair = self.diagnosed(ticket, **values)
        self.start(repair)
        return self.finish(repair)

    def passed(self, ticket=None, **values):
        repair = self.repaired(ticket, **values)
        self.sign("inspector", repair)
        return repair

    def send_back(self, repair, user="storekeeper"):
        self.fill(
            user,
            repair,
            transport_mode="road",
            carrier_partner_id=self.customer.id,
            waybill="YD-77",
        )
        self.sign(user, repair)
        return repair

    def instruction(self, disposal="send_back", **values):
        return {
            "disposal": disposal,
            "person": "Works manager",
            "date": fields.Date.to_string(self.company._aftersales_today()),
            "scan": CONSENT if disposal == "scrap" else None,
            "scan_name": "consent.pdf",
            **values,
        }

    def instruct(self, repair, disposal="send_back", **values):
        return self.act(
            "supervisor", repair, "action_instruct", values=self.instruction(disposal, **values)
        )

    def fill_agreement(self, agreement):
        """Agree on some hours of labour."""
        if agreement.line_ids:
            return
        self.rpc(
            "supervisor",
            agreement._name,
            "write",
            {"line_ids": [(0, 0, {"product_id": self.labour.id, "quantity": 4})]},
            ids=agreement.ids,
        )

    # ------------------------------------------------------------------
    # Looking
    # ------------------------------------------------------------------
    def in_quarantine(self, unit=None):
        """Return {owner: quantity} of a unit in quarantine."""
        self.env.flush_all()
        quants = self.env["stock.quant"].search(
            [
                ("location_id", "=", self.quarantine.id),
                ("lot_id", "=", (unit or self.unit_free).lot_id.id),
                ("quantity", "!=", 0),
            ]
        )
        return {quant.owner_id: quant.quantity for quant in quants}
