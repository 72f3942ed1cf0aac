"""The verbs of the community app."""

from community.workflow.appointing import appoint, delegate, delegate_several
from community.workflow.boundaries import import_boundaries
from community.workflow.clocks import pause_clock, resume_clock, start_clock, stop_clocks, strike, sweep
from community.workflow.compounds import update_profile
from community.workflow.delivering import deliver_due, retry_delivery
from community.workflow.dwellings import import_dwellings
from community.workflow.finding import find_person
from community.workflow.households import create_household, end_household, join_household, leave_household
from community.workflow.leaving import end_appointment, hand_over, review_appointment
from community.workflow.notices import choose_channels, notify, read_notice, read_notices, send_test, unsubscribe
from community.workflow.places import continue_appointment, merge_areas, split_area
from community.workflow.units import change_unit, create_unit, end_unit

__all__ = [
    "appoint",
    "change_unit",
    "choose_channels",
    "continue_appointment",
    "create_household",
    "create_unit",
    "delegate",
    "delegate_several",
    "deliver_due",
    "end_appointment",
    "end_household",
    "end_unit",
    "find_person",
    "hand_over",
    "import_boundaries",
    "import_dwellings",
    "join_household",
    "leave_household",
    "merge_areas",
    "notify",
    "pause_clock",
    "read_notice",
    "read_notices",
    "resume_clock",
    "retry_delivery",
    "review_appointment",
    "send_test",
    "split_area",
    "start_clock",
    "stop_clocks",
    "strike",
    "sweep",
    "unsubscribe",
    "update_profile",
]
