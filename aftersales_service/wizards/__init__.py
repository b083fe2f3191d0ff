from . import aftersales_agreement_wizard
from . import aftersales_money_wizard
from . import aftersales_promise
from . import aftersales_ship
from . import aftersales_sign
from . import aftersales_transfer
from . import aftersales_verify
from . import aftersales_warranty_change
