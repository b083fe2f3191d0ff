from odoo import models
from odoo.tools import SQL


class AftersalesFollowupUsed(models.Model):
    """What is charged without an agreement of its own, and what was paid and sent back."""

    _inherit = "aftersales.followup"

    def _query_used(self):
        """Parts and work that a framework agreement charges as used, a row a request.

        What work costs is known when it is settled.
        """
        return SQL(
            """
            SELECT ticket.id, 8, 'unsettled', agreement.company_id, agreement.partner_id,
                   agreement.supervisor_id, agreement.id, ticket.id, NULL, NULL, NULL,
                   agreement.currency_id, SUM(used.amount), MIN(used.since), NULL::date
              FROM (SELECT requisition.ticket_id, cover.framework_id, cover.amount,
                           cover.create_date::date AS since
                      FROM aftersales_cover cover
                      JOIN aftersales_requisition requisition
                        ON requisition.id = cover.requisition_id
                      JOIN aftersales_agreement framework ON framework.id = cover.framework_id
                 WHERE cover.framework_id IS NOT NULL AND cover.settlement_id IS NULL
                   AND framework.parts_terms = 'as_used'
                     UNION ALL
                    SELECT ticket.id, agreement.id, 0, sheet.signed_on
                      FROM aftersales_agreement agreement
                      JOIN helpdesk_ticket ticket ON ticket.framework_id = agreement.id
                      JOIN aftersales_worksheet sheet ON sheet.ticket_id = ticket.id
                     WHERE agreement.kind = 'framework'
                       AND 'as_used' IN (agreement.labour_terms, agreement.travel_terms)
                       AND sheet.state = 'approved' AND sheet.settlement_id IS NULL) used
              JOIN helpdesk_ticket ticket ON ticket.id = used.ticket_id
              JOIN aftersales_agreement agreement ON agreement.id = used.framework_id
             GROUP BY ticket.id, agreement.id
            """
        )

    def _query_refunded(self):
        """Money sent back that had paid an invoice: the customer owes it again."""
        return SQL(
            """
            SELECT line.id, 9, 'unpaid', agreement.company_id, agreement.partner_id,
                   agreement.supervisor_id, agreement.id, agreement.ticket_id, NULL,
                   NULL, NULL, agreement.currency_id, line.amount_residual_currency,
                   payment.date, NULL::date
              FROM account_payment payment
              JOIN aftersales_agreement agreement ON agreement.id = payment.aftersales_agreement_id
              JOIN account_move_line line ON line.move_id = payment.move_id
              JOIN account_account account ON account.id = line.account_id
             WHERE payment.payment_type = 'outbound'
               AND payment.state IN ('in_process', 'paid')
               AND account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.amount_residual > 0
            """
        )


class AftersalesAgreementReopen(models.Model):
    """What is done after the settlement puts the agreement back on the list (R004-33)."""

    _inherit = "aftersales.agreement"

    def _reopen_settled(self):
        """Called when more was issued or worked than is settled."""
        self.sudo().filtered("settled_on")._door_write({"settled_on": False})


class AftersalesRequisitionReopen(models.Model):
    _inherit = "aftersales.requisition"

    def _write_cover(self, kind, vals_list):
        result = super()._write_cover(kind, vals_list)
        lines = self.cover_ids.agreement_line_id.filtered(
            lambda line: (
                line.product_id.uom_id.compare(line.qty_covered, line._get_settled_qty()) > 0
            )
        )
        (lines.agreement_id | lines.agreement_id.parent_id)._reopen_settled()
        return result


class AftersalesWorksheetReopen(models.Model):
    _inherit = "aftersales.worksheet"

    def _after_approved(self):
        """More hours than are settled go back to the agreement that has room for them."""
        result = super()._after_approved()
        agreements = (
            self.env["aftersales.agreement"]
            .sudo()
            .search([("ticket_id", "=", self.ticket_id.id), ("progress", "=", "signed")])
        )
        if not agreements.filtered("settled_on"):
            return result
        products = self._get_unsettled_work(agreements.line_ids)
        open_lines = agreements.line_ids.filtered(
            lambda line: line.product_id in products and line.qty_settled < line.quantity
        )
        if products:
            found = open_lines.agreement_id or agreements[:1]
            (found | found.parent_id)._reopen_settled()
        return result

    def _get_unsettled_work(self, lines):
        """Return the products of which more was worked than these lines have settled."""
        groups = (
            self.env["aftersales.worksheet.line"]
            .sudo()
            ._read_group(
                [
                    ("worksheet_id.ticket_id", "=", self.ticket_id.id),
                    ("worksheet_id.state", "=", "approved"),
                    ("product_id", "in", self.line_ids.product_id.ids),
                ],
                ["product_id"],
                ["quantity:sum"],
            )
        )
        products = self.env["product.product"]
        for product, worked in groups:
            own = lines.filtered(lambda line, product=product: line.product_id == product)
            settled = sum(line._get_settled_qty() for line in own)
            if product.uom_id.compare(worked, settled) > 0:
                products |= product
        return products


class AftersalesAgreementLineReopen(models.Model):
    _inherit = "aftersales.agreement.line"

    def _get_settled_qty(self):
        """Return what is settled of the line in its product's unit."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.qty_settled, self.product_id.uom_id, round=False
        )
