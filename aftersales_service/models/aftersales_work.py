from lxml import etree

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

OURS = "aftersales_service"


class AftersalesWork(models.AbstractModel):
    """What waits for a person: the counter beside the clock in the top bar.

    Every entry is a list of the menus with some of its filters, and its number is
    counted with that list's own domain, so that counter and list can't differ.
    """

    _name = "aftersales.work"
    _description = "Work That Waits"

    @api.model
    def _get_work_lists(self):
        """Return (key, action, filters, role) of the lists that are somebody's work.

        Without filters the list's own default ones count. Other addons add theirs.
        """
        return [
            ("contact", f"{OURS}.helpdesk_ticket_action_aftersales_contact", (), "supervisor"),
            ("rejected", f"{OURS}.aftersales_requisition_action", ("my", "rejected"), "supervisor"),
            ("slipped", f"{OURS}.aftersales_requisition_action", ("my", "slipped"), "supervisor"),
            ("retention_due", f"{OURS}.aftersales_retention_action", ("due",), "commerce"),
            (
                "retention_confirm",
                f"{OURS}.aftersales_retention_action",
                ("to_confirm",),
                "finance",
            ),
            ("to_issue", f"{OURS}.stock_picking_action_to_issue", (), "storekeeper"),
            ("to_inspect", f"{OURS}.stock_picking_action_issue", ("to_inspect",), "inspector"),
            ("to_ship", f"{OURS}.stock_picking_action_to_ship", (), "storekeeper"),
        ]

    @api.model
    @api.readonly
    def get_work(self):
        """Return what waits for the user, as a list of {key, name, count, late, action,
        context}; false for those who have nothing to do with the service."""
        if not self.env.user.has_group(f"{OURS}.group_reader"):
            return False
        return self._get_signing_entries() + [
            entry
            for key, action, filters, role in self._get_work_lists()
            if self.env.user.has_group(f"{OURS}.group_{role}")
            and (entry := self._get_list_entry(key, action, filters))
        ]

    @api.model
    def _get_signing_entries(self):
        """One entry for each act that waits for the user's signature."""
        approvals = self.env["aftersales.approval"]
        mine = Domain("is_mine", "=", True)
        groups = approvals._read_group(mine, ["act"], ["__count"])
        if not groups:
            return []
        overdue = mine & Domain("is_late", "=", True)
        late = dict(approvals._read_group(overdue, ["act"], ["__count"]))
        acts = dict(approvals._fields["act"]._description_selection(self.env))
        return [
            {
                "key": act,
                "name": acts[act],
                "count": count,
                "late": late.get(act, 0),
                "action": f"{OURS}.aftersales_approval_action_mine",
                "context": {"search_default_act": act},
            }
            for act, count in groups
        ]

    @api.model
    def _get_list_entry(self, key, xmlid, filters):
        """Return the entry of one list, or nothing when it is empty."""
        action = self.env.ref(xmlid, raise_if_not_found=False)
        if not action:
            return None
        action = action.sudo()
        context = {f"search_default_{name}": 1 for name in filters}
        values = {"uid": self.env.uid}
        chosen = context or safe_eval(action.context or "{}", values)
        names = [name.removeprefix("search_default_") for name in chosen if chosen[name]]
        filter_domain, label = self._get_filters(action, names, values)
        domain = Domain(safe_eval(action.domain or "[]", values)) & filter_domain
        count = self.env[action.res_model].search_count(domain)
        return count and {
            "key": key,
            "name": label if filters else action.name,
            "count": count,
            "late": 0,
            "action": xmlid,
            "context": context,
        }

    @api.model
    def _get_filters(self, action, names, values):
        """Return (domain, label of the last) of filters, as the search bar joins them:
        those between two separators by "or", the rest by "and"."""
        view = self.env[action.res_model].get_view(action.search_view_id.id, "search")
        groups, label = [[]], ""
        for node in etree.fromstring(view["arch"]):
            if node.tag in ("separator", "group"):
                groups.append([])
            elif node.tag == "filter" and node.get("name") in names:
                groups[-1].append(Domain(safe_eval(node.get("domain") or "[]", values)))
                label = node.get("string")
        return Domain.AND(Domain.OR(domains) for domains in groups if domains), label
