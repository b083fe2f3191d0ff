from . import test_agreement_form
from . import test_attack_forms
    test_agreement_form,
    test_change_form,
    test_cost,
    test_finding_form,
    test_issue_form,
    test_layout,
    test_money_form,
    test_portal_pdf,
    test_printing,
    test_repair_form,
    test_requisition_form,
    test_return_form,
)
from . import (
from . import test_change_form
from . import test_cost
from . import test_finding_form
from . import test_issue_form
from . import test_layout
from . import test_money_form
from . import test_portal_pdf
from . import test_printing
from . import test_repair_form
from . import test_requisition_form
