from odoo import models


class AftersalesSettlementWork(models.Model):
    """Which hours and trips that the customer signed for belong to a settlement (R004-32)."""

    _inherit = "aftersales.settlement"

    def _get_worked(self):
        """Return {product: quantity} of checked work sheets, in the product's unit."""
        domain = [
            ("worksheet_id.state", "=", "approved"),
            ("worksheet_id.ticket_id", "=", self.ticket_id.id),
        ]
        if not self.ticket_id:
            return {}
        is_framework = self.agreement_id.kind == "framework"
        if is_framework:
            domain.append(("worksheet_id.settlement_id", "in", (False, self.id)))
        groups = (
            self.env["aftersales.worksheet.line"]
            .sudo()
            ._read_group(domain, ["product_id"], ["quantity:sum"])
        )
        worked = dict(groups)
        other = self._get_work_of_others(self.env["product.product"].union(*worked))
        worked = {product: worked[product] for product in worked if product not in other}
        if is_framework:
            return worked
        for line in self._get_settled_elsewhere(worked):
            left = worked[line.product_id] - line._get_settled_qty()
            worked[line.product_id] = max(left, 0.0)
        return worked

    def _get_settled_elsewhere(self, worked):
        """Return the lines of the request's other agreements that charge the same work."""
        return (
            self.env["aftersales.agreement.line"]
            .sudo()
            .search(
                [
                    ("agreement_id.ticket_id", "=", self.ticket_id.id),
                    ("agreement_id", "not in", self.agreement_id._get_family().ids),
                    ("product_id", "in", [product.id for product in worked]),
                    ("qty_settled", ">", 0),
                ]
            )
            if worked
            else self.env["aftersales.agreement.line"]
        )

    def _get_work_of_others(self, products):
        """Return the kinds of work that are settled elsewhere.

        What a service agreement of the request names is settled with that, what else the
        request's framework agreement includes or charges as used with the framework's.
        """
        if not products:
            return products
        ticket = self.ticket_id.sudo()
        if self.agreement_id.kind == "framework":
            signed = (
                self.env["aftersales.agreement"]
                .search(
                    [("ticket_id", "=", ticket.id), ("progress", "in", ("signed", "terminated"))]
                )
                .filtered(lambda item: item._is_settleable())
            )
            return products & signed.line_ids.product_id
        framework = ticket.framework_id
        if not framework or not framework._is_settleable():
            return products.browse()
        return (
            products.filtered(
                lambda product: framework._get_terms(product.aftersales_fee_kind) != "separate"
            )
            - self._get_source().line_ids.product_id
        )

    def _get_taken_sheets(self):
        """Return the checked work sheets that this settlement takes up.

        One with work of the framework agreement's waits for the settlement of that.
        """
        sheets = (
            self.env["aftersales.worksheet"]
            .sudo()
            .search(
                [
                    ("ticket_id", "=", self.ticket_id.id),
                    ("state", "=", "approved"),
                    ("settlement_id", "=", False),
                ]
            )
            if self.ticket_id
            else self.env["aftersales.worksheet"]
        )
        if self.agreement_id.kind == "framework":
            return sheets
        return sheets.filtered(
            lambda sheet: not self._get_work_of_others(sheet.line_ids.product_id)
        )


class AftersalesAgreementTerms(models.Model):
    _inherit = "aftersales.agreement"

    def _get_terms(self, fee_kind):
        """Return how a framework agreement treats a kind of fee."""
        self.ensure_one()
        return self.travel_terms if fee_kind == "travel" else self.labour_terms
