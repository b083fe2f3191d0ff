"""How the print buttons of documents answer."""


def print_form(records, name):
    """Return the action that prints records on one of our forms.

    :param name: of the form, as its report is called
    :raise AccessError: for records that the user may not read
    """
    records.check_access("read")
    report = records.env.ref(f"aftersales_service_report.action_report_{name}")
    return report.report_action(records, config=False)
