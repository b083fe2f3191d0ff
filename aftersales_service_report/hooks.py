def uninstall_hook(env):
    """Offer core's papers for every transfer again."""
    for name in ("action_report_delivery", "action_report_picking", "return_label_report"):
        env.ref(f"stock.{name}").domain = False
