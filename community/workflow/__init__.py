"""The verbs of the community app."""

from community.workflow.clocks import pause_clock, resume_clock, start_clock, stop_clocks, strike, sweep
from community.workflow.notices import notify, read_notices

__all__ = ["notify", "pause_clock", "read_notices", "resume_clock", "start_clock", "stop_clocks", "strike", "sweep"]
