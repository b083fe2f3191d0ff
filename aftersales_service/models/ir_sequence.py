from odoo import models


class IrSequence(models.Model):
    """The first number of a year, drawn by two people at the same moment."""

    _inherit = "ir.sequence"

    def _create_date_range_seq(self, date):
        """Write the row of the sequence first: the second of two is repeated on fresh data
        and finds the range, instead of being told of one that exists twice."""
        if (self.code or "").startswith("aftersales."):
            self.env.cr.execute(
                "UPDATE ir_sequence SET write_date = write_date WHERE id = %s", (self.id,)
            )
        return super()._create_date_range_seq(date)
