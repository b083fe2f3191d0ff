from . import aftersales_form, finding_form, issue_form, requisition_form, shipping_form, unit_label
