from . import aftersales_agreement, aftersales_requisition, ir_actions_report, stock_picking, stock_warehouse
