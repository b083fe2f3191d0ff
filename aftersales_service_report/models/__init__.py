from . import aftersales_agreement
from . import aftersales_finding
from . import aftersales_money
from . import aftersales_requisition
from . import ir_actions_report
from . import product_pricelist
from . import stock_picking
from . import stock_warehouse
