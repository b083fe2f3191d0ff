"""The worked cases: each drives one service through the public actions of its documents.

A case is a module with a TITLE and a function `play(stage)`; the stage acts as the
users of the sample manufacturer and writes down what happened. `make demo` plays them
all, and tests/test_sample_data.py plays them as tests.
"""

from . import (
    a_warranty_repair,
    b_slipped_promise,
    c_second_round,
    d_urgent_call,
    e_old_unit,
    f_refused_signature,
    g_work_first,
    h_framework,
    i_credit,
    j_whole_lot,
    k_exchange,
    l_link,
    m_misuse,
    n_transport,
    o_component,
    p_goodwill,
    q_change,
    r_retention,
    s_wrong_shipment,
    t_wrong_choice,
    u_not_granted,
    v_old_goods,
    w_factory_repair,
    x_repair_refused,
    y_other_serial,
    z_advance,
)
from .stage import Failed, Stage

__all__ = ["CASES", "Failed", "Stage"]

CASES = (
    a_warranty_repair,
    b_slipped_promise,
    c_second_round,
    d_urgent_call,
    e_old_unit,
    f_refused_signature,
    g_work_first,
    h_framework,
    i_credit,
    j_whole_lot,
    k_exchange,
    l_link,
    m_misuse,
    n_transport,
    o_component,
    p_goodwill,
    q_change,
    r_retention,
    s_wrong_shipment,
    t_wrong_choice,
    u_not_granted,
    v_old_goods,
    w_factory_repair,
    x_repair_refused,
    y_other_serial,
    z_advance,
)
