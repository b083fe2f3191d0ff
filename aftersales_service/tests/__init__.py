from . import test_requisition_flow
from . import test_roles
