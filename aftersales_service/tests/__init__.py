from . import test_requisition_flow
