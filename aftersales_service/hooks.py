from .models.stock_picking_type import ISSUE
from .tools.engine import engine


def uninstall_hook(env):
    """Leave no operation and no location behind that only we can explain.

    What was used stays for the history of the stock moves, archived; what was never
    used is deleted.
    """
    types = env["stock.picking.type"].with_context(active_test=False).search([("code", "=", ISSUE)])
    used = env["stock.picking"].search([("picking_type_id", "in", types.ids)]).picking_type_id
    env["stock.warehouse"].search([]).aftersales_issue_type_id = False
    sequences = (types - used).sequence_id
    (types - used).unlink()
    sequences.unlink()
    with engine():
        used.write({"code": "outgoing", "active": False})
    locations = (
        env["stock.location"]
        .with_context(active_test=False)
        .search([("aftersales_purpose", "!=", False)])
    )
    moves = env["stock.move"].search(
        ["|", ("location_id", "in", locations.ids), ("location_dest_id", "in", locations.ids)]
    )
    kept = (moves.location_id | moves.location_dest_id) & locations
    (locations - kept).unlink()
    kept.active = False
