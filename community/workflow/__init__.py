"""The verbs of the community app."""

from community.workflow.acting import lock_roles
from community.workflow.appointing import appoint, delegate
from community.workflow.clocks import pause_clock, resume_clock, start_clock, stop_clocks, strike, sweep
from community.workflow.leaving import end_appointment, hand_over, review_appointment
from community.workflow.delivering import deliver_due, retry_delivery
from community.workflow.notices import choose_channels, notify, read_notice, read_notices, send_test, unsubscribe
from community.workflow.units import change_unit, create_unit, end_unit

__all__ = [
    "appoint",
    "change_unit",
    "choose_channels",
    "create_unit",
    "delegate",
    "deliver_due",
    "end_appointment",
    "end_unit",
    "hand_over",
    "lock_roles",
    "notify",
    "pause_clock",
    "read_notice",
    "read_notices",
    "resume_clock",
    "retry_delivery",
    "review_appointment",
    "send_test",
    "start_clock",
    "stop_clocks",
    "strike",
    "sweep",
    "unsubscribe",
]
