import logging

from odoo import api, fields, models

from ..tools import evidence

_logger = logging.getLogger(__name__)


class AftersalesSeal(models.Model):
    """The nightly seal: one row a company and day over that day's documents.

    It lists the last digest of every document that was signed that day and is
    linked to the seal before it. Chains are per document, so nobody waits for
    anybody while signing; the seal makes a vanished document visible.
    """

    _name = "aftersales.seal"
    _inherit = ["aftersales.guard"]
    _description = "Daily Seal"
    _order = "company_id, day desc"
    _rec_name = "day"
    _guard_closed = True

    company_id = fields.Many2one("res.company", required=True, index=True, guard="door")
    day = fields.Date(required=True, guard="door")
    number = fields.Integer(string="Seal Number", guard="door")
    document_count = fields.Integer(string="Documents", guard="door")
    content = fields.Text(guard="door")
    previous_digest = fields.Char(guard="door")
    digest = fields.Char(guard="door")
    key_name = fields.Char(string="Key", guard="door")

    _company_day_unique = models.UniqueIndex(
        "(company_id, day)", "A day of a company is sealed once."
    )

    @api.model
    def _cron_seal(self):
        """Seal every finished day that has signatures and no seal yet."""
        for company in self.env["res.company"].sudo().search([("id", ">", 0)]):
            self._seal_company(company)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _seal_company(self, company):
        """Seal the days up to yesterday, in the company's time zone."""
        last = self.sudo().search([("company_id", "=", company.id)], order="day desc", limit=1)
        today = company._aftersales_today()
        domain = [("company_id", "=", company.id), ("digest", "!=", False)]
        if last:
            domain.append(
                (
                    "decided_at",
                    ">=",
                    company._aftersales_day_start(fields.Date.add(last.day, days=1)),
                )
            )
        domain.append(("decided_at", "<", company._aftersales_day_start(today)))
        rows = (
            self.env["aftersales.approval"]
            .sudo()
            .search_fetch(
                domain,
                ["res_model", "res_id", "chain_no", "digest", "decided_at"],
                order="decided_at, id",
            )
        )
        days = {}
        for row in rows:
            day = company._aftersales_date(row.decided_at)
            heads = days.setdefault(day, {})
            key = f"{row.res_model},{row.res_id}"
            if key not in heads or heads[key][0] < row.chain_no:
                heads[key] = [row.chain_no, row.digest]
        for day, heads in sorted(days.items()):
            last = self._create_seal(company, day, heads, last)
        return last

    def _create_seal(self, company, day, heads, last):
        vals = {
            "company_id": company.id,
            "day": day,
            "number": (last.number or 0) + 1,
            "document_count": len(heads),
            "content": evidence.canonical(heads),
            "previous_digest": last.digest or "",
        }
        vals["key_name"], vals["digest"] = evidence.sign(self._get_payload(vals))
        # a copy outside the database: who deletes the last seal can't delete this
        _logger.info(
            "Seal %s of company %s for %s: %s", vals["number"], company.id, day, vals["digest"]
        )
        return self.sudo()._door_create([vals])

    def _payload(self):
        """Return the seal as it should have been signed."""
        self.ensure_one()
        names = ("day", "number", "content", "previous_digest")
        return self._get_payload(
            {name: self[name] for name in names} | {"company_id": self.company_id.id}
        )

    @api.model
    def _get_payload(self, values):
        return {
            "company_id": values["company_id"],
            "day": fields.Date.to_string(values["day"]),
            "number": values["number"],
            "content": values["content"],
            "previous_digest": values["previous_digest"] or "",
        }
