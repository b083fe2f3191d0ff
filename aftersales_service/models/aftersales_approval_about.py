from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.text import clean_text


class AftersalesApprovalAbout(models.Model):
    """What the document of an evidence row is about, for those who look for their work.

    Read from the document when it's shown, and never part of the evidence.
    """

    _inherit = "aftersales.approval"

    res_customer = fields.Char(string="Customer", compute="_compute_about")
    res_subject = fields.Char(
        string="Fault or Subject", compute="_compute_about", search="_search_res_subject"
    )
    res_urgency = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.ticket"]._fields["urgency_class"]._description_selection(self.env)
        ),
        string="Urgency Class",
        compute="_compute_about",
    )
    res_submitter = fields.Char(string="Submitted by", compute="_compute_about")

    @api.depends_context("uid", "lang", "allowed_company_ids")
    @api.depends("res_model", "res_id")
    def _compute_about(self):
        """Ask the documents, all of one model together."""
        nothing = {"customer": False, "subject": False, "urgency": False, "submitter": False}
        for model, rows in self.grouped("res_model").items():
            about = {}
            if model in self.env:
                documents = self.env[model].browse(set(rows.mapped("res_id")))
                for document in documents.exists()._filtered_access("read"):
                    about[document.id] = document._get_about()
            for row in rows:
                facts = {**nothing, **about.get(row.res_id, nothing)}
                for name, value in facts.items():
                    row[f"res_{name}"] = value or False

    @api.model
    def _search_res_subject(self, operator, value):
        """Find rows by what their documents say of customer, project or fault."""
        if operator not in ("ilike", "=ilike", "like"):
            return NotImplemented
        found = Domain.FALSE
        for model, _label in self.env["aftersales.approval.step"]._selection_model():
            documents = self.env[model]._search(self.env[model]._get_about_domain(value))
            found |= Domain([("res_model", "=", model), ("res_id", "in", documents)])
        return found


class AftersalesDocumentAbout(models.AbstractModel):
    """What a document says of itself where people look for what they have to sign."""

    _inherit = "aftersales.document"

    def _get_about(self):
        """Return what this document is about, in one line each.

        A document model adds ``customer`` (text), ``subject`` (the fault, or what it is
        about) and ``urgency`` (the class a, b or c). It is called for one document out of
        a prefetched set, so that reading fields costs no query a document.
        """
        self.ensure_one()
        about = {"submitter": self.submitted_by_id.sudo().name}
        if "partner_id" in self._fields:
            about["customer"] = self.partner_id.sudo().name
        if "ticket_id" in self._fields:
            ticket = self.ticket_id.sudo()
            fault = clean_text(self.env, ticket.symptom or ticket.reported_cause).splitlines()
            about.update(
                subject=fault[0] if fault else False,
                urgency=ticket.urgency_class or ticket.urgency_proposed,
            )
        return about

    @api.model
    def _get_about_domain(self, text):
        """Return the domain of the documents that a searched text means."""
        names = ["name"]
        if "partner_id" in self._fields:
            names.append("partner_id.name")
        if "ticket_id" in self._fields:
            names += ["ticket_id.symptom", "ticket_id.reported_cause"]
        return Domain.OR(Domain(name, "ilike", text) for name in names)
