from . import (
    aftersales_finding,
    aftersales_requisition,
    ir_actions_report,
    stock_picking,
    stock_warehouse,
)
