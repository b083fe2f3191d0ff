from . import aftersales_form, agreement_form, issue_form, requisition_form, shipping_form, unit_label
