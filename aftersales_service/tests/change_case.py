"""A technical change after arrival, for the tests of its chain."""

from .finding_case import FindingCase


class ChangeCase(FindingCase):
    """A customer who wants something changed, and what it costs."""

    document_model = "aftersales.change"

    def change_vals(self, **values):
        return {
            "ticket_id": self.covered.id,
            "asked_by": "Electrical section head",
            "wanted": "The incomer shall be 1600 A",
            "plan": "Exchange of the breaker and the contact arms, new drawing 7",
            "cause": "design",
            "amount_increase": 20000.0,
            "agreed_by": "Electrical section head",
            "agreed_on": self.days_ago(1),
            **values,
        }

    def make_change(self, **values):
        vals = self.change_vals(**values)
        change_id = self.rpc("project_manager", "aftersales.change", "create", vals)
        return self.env["aftersales.change"].browse(change_id)

    def submit_change(self, **values):
        change = self.make_change(**values)
        self.act("project_manager", change, "action_submit")
        return change

    def negotiate(self, change, outcome="customer", agreed=20000.0):
        vals = {"outcome": outcome, "amount_agreed": agreed, "outcome_note": "By telephone"}
        self.rpc("commerce", change._name, "write", vals, ids=change.ids)
