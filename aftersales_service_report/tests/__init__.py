from . import test_attack_forms
from . import (
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
)
