from odoo import models
from odoo.tools import SQL


class AftersalesAgreementGate(models.Model):
    _inherit = "aftersales.agreement"

    def _lock_for_gate(self):
        """Lock agreements and payments that a gate relies on, until it is over.

        Whoever terminates or cancels at the same moment waits; whoever was faster makes
        this transaction be repeated on fresh data.
        """
        family = self._get_family()
        if not family:
            return
        self.env["account.payment"].flush_model()
        self.env["aftersales.agreement"].flush_model()
        ids = tuple(sorted(family.ids))
        self.env.cr.execute(
            SQL(
                "SELECT id FROM aftersales_agreement WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                ids,
            )
        )
        self.env.cr.execute(
            SQL(
                "SELECT id, move_id FROM account_payment WHERE aftersales_agreement_id IN %s"
                " ORDER BY id FOR SHARE",
                ids,
            )
        )
        moves = tuple(sorted(move for _payment, move in self.env.cr.fetchall() if move))
        if moves:
            self.env.cr.execute(
                SQL("SELECT id FROM account_move WHERE id IN %s ORDER BY id FOR SHARE", moves)
            )

    def _get_received(self):
        """Return what has arrived for the agreement and its supplements, refunds taken off."""
        self.ensure_one()
        family = self._get_family()
        Payment = self.env["account.payment"]
        Payment._aftersales_flush()
        self.env.cr.execute(
            SQL(
                """SELECT COALESCE(SUM(%s), 0)
                     FROM account_payment payment
                     JOIN res_company company ON company.id = payment.company_id
                LEFT JOIN account_move move ON move.id = payment.move_id
                    WHERE payment.aftersales_agreement_id IN %s AND %s""",
                Payment._aftersales_signed_amount(),
                tuple(family.ids),
                Payment._aftersales_arrived(),
            )
        )
        return float(self.env.cr.fetchone()[0])

    def _is_prepaid(self):
        """Return whether all prepayments of the family have arrived."""
        self.ensure_one()
        family = self._get_family().filtered(lambda item: item._is_in_force())
        due = sum(family.mapped("prepay_amount"))
        return self.currency_id.compare_amounts(self._get_received(), due) >= 0

    def _includes_parts(self):
        """Return whether parts are paid by the fee of a framework that is in force and paid."""
        self.ensure_one()
        return self.parts_terms == "included" and self._is_in_force() and self._is_prepaid()

    def _cover_exceptions(self):
        """Now in force: make good what went ahead under a release."""
        requisitions = self.env["aftersales.requisition"].search(
            [
                ("ticket_id", "in", self.ticket_id.ids),
                ("fulfilment", "in", ("issued", "shipped", "received")),
                ("cover_kind", "in", ("release", False)),
            ],
            order="id",
        )
        requisitions._make_good()


class AftersalesRequisitionGood(models.Model):
    """What went ahead is counted against what has been signed since."""

    _inherit = "aftersales.requisition"

    def _make_good(self):
        """Put what left under a release, or as free, on the agreement lines in force."""
        for requisition in self.sudo():
            rows = requisition.cover_ids
            if (
                rows.agreement_line_id
                or rows.framework_id
                or not (rows or requisition._is_chargeable())
            ):
                continue
            agreements = self.env["aftersales.agreement"].search(
                [("ticket_id", "=", requisition.ticket_id.id), ("progress", "=", "signed")]
            )
            lines = requisition.line_ids.filtered("qty_product")
            found = requisition._match_lines(lines, agreements.line_ids)
            if found is None:
                continue
            if not rows:
                requisition._write_cover("agreement", found)
                continue
            totals = {}
            for vals in found:
                line_id = vals["agreement_line_id"]
                totals[line_id] = totals.get(line_id, 0.0) + vals["quantity"]
            for line_id, quantity in totals.items():
                line = self.env["aftersales.agreement.line"].browse(line_id)
                line._door_write(
                    {"qty_covered": line.product_id.uom_id.round(line.qty_covered + quantity)}
                )
            rows._move_to_agreement(found)


class AftersalesCoverGood(models.Model):
    _inherit = "aftersales.cover"

    def _move_to_agreement(self, vals_list):
        """Put the rows of a release on agreement lines; the release keeps their amounts."""
        used = {row.requisition_line_id.id: row for row in self}
        release = self.release_id[:1]
        seen = set()
        for vals in vals_list:
            line_id = vals["requisition_line_id"]
            if line_id in seen:
                self._door_create([dict(vals, release_id=release.id, amount=0.0)])
                continue
            seen.add(line_id)
            used[line_id]._door_write(
                {"agreement_line_id": vals["agreement_line_id"], "quantity": vals["quantity"]}
            )
