from . import test_query_budget
from . import test_requisition_flow
from . import test_roles
from . import test_ticket
from . import test_ticket_coverage
from . import test_ticket_portal
from . import test_unit
from . import test_unit_delivery
