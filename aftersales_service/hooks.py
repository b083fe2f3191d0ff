from odoo.fields import Domain

from .models.stock_location import KINDS
from .models.stock_picking_type import ISSUE, OURS
from .tools.engine import engine


def uninstall_hook(env):
    """Leave no operation and no location behind that only we can explain.

    What was used stays for the history of the stock moves, archived; what was never
    used is deleted.
    """
    types = env["stock.picking.type"].with_context(active_test=False)
    types = types.search([("code", "in", list(OURS))])
    used = env["stock.picking"].search([("picking_type_id", "in", types.ids)]).picking_type_id
    warehouses = env["stock.warehouse"].search([])
    warehouses.write({"aftersales_issue_type_id": False, "aftersales_return_type_id": False})
    sequences = (types - used).sequence_id
    (types - used).unlink()
    sequences.unlink()
    with engine():
        issues = used.filtered(lambda kind: kind.code == ISSUE)
        issues.write({"code": "outgoing", "active": False})
        (used - issues).write({"code": "incoming", "active": False})
    locations = (
        env["stock.location"]
        .with_context(active_test=False)
        .search(Domain.OR(Domain(kind, "!=", False) for kind in KINDS))
    )
    moves = env["stock.move"].search(
        ["|", ("location_id", "in", locations.ids), ("location_dest_id", "in", locations.ids)]
    )
    kept = (moves.location_id | moves.location_dest_id) & locations
    (locations - kept).unlink()
    kept.active = False
