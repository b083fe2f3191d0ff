"""What the tests share: one user a role, one factory a document, the RPC entry."""

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, new_test_user

ROLES = (
    "agent",
    "supervisor",
    "engineer",
    "tech_reviewer",
    "planner",
    "buyer",
    "storekeeper",
    "inspector",
    "commerce",
    "finance",
    "sales_manager",
    "production_manager",
    "project_manager",
    "general_manager",
    "quality",
    "records",
    "admin",
)

# every context key that switched a check off somewhere, sent with each attack
HOSTILE_CONTEXT = {
    "_force_unlink": True,
    "skip_backorder": True,
    "skip_readonly_check": True,
    "skip_validation_check": True,
    "skip_sanity_check": True,
    "mail_activity_automation_skip": True,
    "tracking_disable": True,
    "mail_notrack": True,
    "active_test": False,
    "bin_size": True,
    "install_mode": True,
    "import_file": True,
    "default_state": "approved",
    "default_round": 7,
    "default_fulfilment": "ready",
    "default_qty_issued": 1,
    "default_aftersales_kept": True,
}


class AftersalesCase(TransactionCase):
    """A manufacturer with two parts on stock, one request and a user for each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env.company
        cls.users = {
            role: new_test_user(
                cls.env,
                login=f"as_{role}",
                name=f"As {role}",
                groups=f"aftersales_service.group_{role}",
                company_id=cls.company.id,
            )
            for role in ROLES
        }
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.customer = cls.env["res.partner"].create(
            {"name": "Harbour Steel Works", "phone": "021-5550100", "street": "1 Quay Road"}
        )
        cls.part_a = cls.make_product("Vacuum interrupter", "P-1001", 10)
        cls.part_b = cls.make_product("Trip coil", "P-1002", 10)
        cls.ticket = cls.make_ticket()

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------
    @classmethod
    def make_product(cls, name, code, on_hand=0, tracking="none", **values):
        product = cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "consu",
                "is_storable": True,
                "tracking": tracking,
                **values,
            }
        )
        if on_hand:
            cls.put_on_stock(product, on_hand)
        return product

    @classmethod
    def put_on_stock(cls, product, quantity, lot=None):
        cls.env["stock.quant"]._update_available_quantity(product, cls.stock, quantity, lot_id=lot)

    @classmethod
    def make_ticket(cls, **values):
        vals = {
            "name": "Breaker does not close",
            "partner_id": cls.customer.id,
            "project_name": "Harbour substation",
            "product_model": "KYN28A-12",
            "serial_number": "SN-TEST-1",
            "site_address": "1 Quay Road",
            "contact_name": "Shift leader",
            "contact_phone": "021-5550101",
            "reported_cause": "Closing coil burnt",
            "symptom": "Breaker does not close",
            "description": "<p>Breaker does not close</p>",
            **values,
        }
        return cls.env["helpdesk.ticket"].with_user(cls.users["agent"]).create(vals).sudo(False)

    def make_requisition(self, lines=None, ticket=None, user=None):
        """Create a draft as the supervisor; ``lines`` is a list of (product, quantity)."""
        lines = lines or [(self.part_a, 2), (self.part_b, 1)]
        return (
            self.env["aftersales.requisition"]
            .with_user(user or self.users["supervisor"])
            .create(
                {
                    "ticket_id": (ticket or self.ticket).id,
                    "line_ids": [
                        Command.create({"product_id": product.id, "requested_qty": quantity})
                        for product, quantity in lines
                    ],
                }
            )
        )

    # ------------------------------------------------------------------
    # Acting
    # ------------------------------------------------------------------
    def rpc(self, user, model, method, *args, ids=None, context=None, **kwargs):
        """Call a public method as a client does: names and JSON values only."""
        user = self.users[user] if isinstance(user, str) else user
        model = self.env(user=user.id, su=False, context={})[model]
        kwargs = dict(kwargs, context=dict(context or {}))
        if ids is not None:
            args = (list(ids), *args)
        return call_kw(model, method, list(args), kwargs)

    def act(self, user, document, method, context=None, **kwargs):
        """Press a button of a document through the RPC entry."""
        document.env.flush_all()
        result = self.rpc(user, document._name, method, ids=document.ids, context=context, **kwargs)
        document.invalidate_recordset()
        return result

    def sign(self, user, document, comment="agreed"):
        """Read the digest as the form does and sign with it."""
        user = self.users[user] if isinstance(user, str) else user
        seen = self.rpc(user, document._name, "read", ["content_digest"], ids=document.ids)
        return self.act(
            user,
            document,
            "action_approve",
            seen_digest=seen[0]["content_digest"],
            comment=comment,
        )

    def approve(self, requisition):
        """Submit and review; leaves the requisition approved."""
        self.act("supervisor", requisition, "action_submit")
        self.sign("tech_reviewer", requisition)
        return requisition

    def draw(self, requisition):
        self.sign("supervisor", requisition)
        return requisition.picking_ids

    def issue(self, picking, user="storekeeper"):
        return self.act(user, picking, "button_validate")

    def book(self, picking):
        """Enter carrier, waybill and boxes, as the storekeeper who ships does."""
        self.rpc(
            "storekeeper",
            "stock.picking",
            "write",
            {"carrier_partner_id": self.customer.id, "waybill": "YD-1", "box_count": 1},
            ids=picking.ids,
        )

    def verify(self, document):
        """Return the texts of what the verification finds for one document."""
        self.env.flush_all()
        self.env.invalidate_all()
        findings = self.env["aftersales.verification"]._verify_document(document._name, document.id)
        return [finding["text"] for finding in findings]
