from odoo import models

from ..tools.layout import Signature, Signatures

CELLS_A_ROW = 4


class DocumentForm(models.AbstractModel):
    """What the forms of a document with a chain share: number, day, round, signatures."""

    _name = "aftersales.form.document"
    _inherit = ["aftersales.form"]
    _description = "Printed Form of a Document"

    def _get_head(self, record):
        moment = record.submitted_at or record.create_date
        return [
            (self.env._("No."), record.name),
            (self.env._("Date"), self._moment_day(record, moment)),
            *self._get_more_head(record),
            ("", self._get_round(record)),
        ]

    def _get_more_head(self, record):
        """Return what the head says between the day and the round."""
        return []

    def _get_watermark(self, record):
        if record.state == "cancelled":
            return self.env._("VOID")
        return "" if record.state == "approved" else self.env._("NOT IN FORCE")

    def _get_submission(self, rows):
        """Return the row of the submission among those of the round."""
        return rows.filtered(lambda row: row.phase == "record" and row.act == "submit")[-1:]

    def _get_chain_signatures(self, record, rows, written):
        """Return the cells in the order of the chain: as frozen, or as it is configured.

        :param rows: evidence of the present round
        :param written: label of the cell of whoever has submitted the document
        """
        cells = [self._signature(written, self._get_submission(rows))]
        acts = dict(self.env["aftersales.approval"]._fields["act"]._description_selection(self.env))
        steps = rows.filtered(lambda row: row.phase == "decision")
        for row in steps:
            label = self._get_step_label(acts[row.act], row.role_name)
            if row.act == "inform":
                done = row.state == "informed"
                note = self.env._("informed") if done else ""
                cells.append(Signature(label, note=note))
            else:
                cells.append(self._signature(label, row))
        if not steps:
            chain = self.env["aftersales.approval.step"]._get_chain(record)
            cells += [
                Signature(self._get_step_label(acts[step.act], step.group_id.name))
                for step in chain
                if step.phase == "decision"
            ]
        return [
            Signatures(cells[start : start + CELLS_A_ROW])
            for start in range(0, len(cells), CELLS_A_ROW)
        ]

    def _get_step_label(self, act, role):
        return self.env._("%(act)s: %(role)s", act=act, role=role)
