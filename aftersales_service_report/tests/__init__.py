from . import test_attack_forms
from . import (
    test_agreement_form,
    test_finding_form,
    test_issue_form,
    test_layout,
    test_printing,
    test_repair_form,
    test_requisition_form,
)
