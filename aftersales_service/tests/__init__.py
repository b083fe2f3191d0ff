from . import test_requisition_flow
from . import test_roles
from . import test_query_budget
