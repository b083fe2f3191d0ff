"""Returns whose settlement is carried out, for the tests of it."""

from odoo.fields import Command

from .return_case import ReturnCase


class SettlementCase(ReturnCase):
    """Returns whose settlement is carried out, and an invoice of what was delivered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coil.standard_price = 40.0
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "VAT 13%",
                "amount": 13,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        cls.invoice = cls.make_invoice([(cls.coil, 5, 100.0), (cls.breaker, 3, 5000.0)])

    @classmethod
    def make_invoice(cls, items, partner=None, post=True, today=False):
        if not cls.env["account.journal"].search([("type", "=", "sale")], limit=1):
            cls.env["account.journal"].create({"name": "Sales", "code": "SAL", "type": "sale"})
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.customer).id,
                "invoice_date": cls.company._aftersales_today() if today else "2026-01-05",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(cls.tax.ids)],
                        }
                    )
                    for product, quantity, price in items
                ],
            }
        )
        if post:
            invoice.action_post()
        return invoice

    def outcome_kinds(self, document, kinds):
        """Decide several outcomes for the one line of a return as the inspector."""
        line = document.line_ids
        vals = {
            "outcome_ids": [
                *(Command.delete(item.id) for item in document.outcome_ids),
                *(
                    Command.create({"line_id": line.id, "kind": kind, "quantity": qty, **more})
                    for kind, qty, more in kinds
                ),
            ]
        }
        self.rpc("inspector", document._name, "write", vals, ids=document.ids)

    def decided(self, *kinds, lines=None, verdict="nothing_found", **values):
        """Return an approved return of one line with these outcomes."""
        document = self.submit_return(lines, **values)
        self.sign_as(document, "sales_manager", "storekeeper", "production_manager")
        self.inspect(document, verdict=verdict)
        self.outcome_kinds(document, kinds)
        self.sign("inspector", document)
        self.sign("general_manager", document)
        self.assertEqual(document.state, "approved")
        return document

    def on_hand(self, product, place, owner=None):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", product.id),
                ("location_id", "=", place.id),
                ("owner_id", "=", owner.id if owner else False),
            ]
        )
        return sum(quants.mapped("quantity"))

    def post(self, move, user="finance"):
        return self.act(user, move, "action_post")

    def deliver_transfer(self, picking, user="storekeeper"):
        self.act(user, picking, "button_validate")
        return picking
