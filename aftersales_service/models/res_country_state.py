from odoo import api, models


class ResCountryState(models.Model):
    """Provinces by their name alone, where a form of ours shows them."""

    _inherit = "res.country.state"

    @api.depends_context("aftersales_plain")
    def _compute_display_name(self):
        """``aftersales_plain`` leaves the country's code away; views of ours set it."""
        if not self.env.context.get("aftersales_plain"):
            return super()._compute_display_name()
        for state in self:
            state.display_name = state.name
        return None
