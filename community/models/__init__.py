"""The tables of the community app, one module a noun."""

from community.models.appointments import Appointment
from community.models.areas import Area, Unit
from community.models.clocks import Clock, Holiday, Rule
from community.models.notices import Notice
from community.models.people import Resident, User

__all__ = ["Appointment", "Area", "Clock", "Holiday", "Notice", "Resident", "Rule", "Unit", "User"]
