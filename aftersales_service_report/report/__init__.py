from . import aftersales_form
from . import agreement_form
from . import finding_form
from . import issue_form
from . import money_form
from . import requisition_form
from . import shipping_form
from . import unit_label
