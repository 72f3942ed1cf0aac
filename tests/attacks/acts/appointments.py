"""Appointments and units: the acts of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from community import workflow
from community.models import (
    Appointment,
)
from community.queries import today
from tests.attacks import records
from tests.attacks.acts.base import (
    KEEPERS_OF_UNITS,
    Act,
    Given,
    day,
    fixed,
)
from tests.attacks.records import Made
from tests.factories import District


def giving(role: str, place: Callable[[District], Any], may: set[str]) -> Act:
    """Return the row of a role that is given over a place or in a unit; whoever gives it not is shown what they give."""

    def fields(given: Given) -> dict[str, Any]:
        where = place(given.district).pk
        return {"place": where, "person": "newcomer", "starts_on": day(), "confirm": "1"}

    return Act(may, fields, query=f"?role={role}", others=(200,))


def lent(district: District) -> Made:
    """Let the worker of the community beside it stand in for the worker."""
    held = Appointment.objects.get(user=district.worker)
    one = workflow.delegate(
        held, to=district.neighbour_worker, starts_on=today(), ends_on=today(), by=district.worker, at=timezone.now()
    )
    return records.numbered(one.pk)


NEW_UNIT = {"name": "东园卫生站", "kind": "department"}
APPOINTMENTS = {
    "new_appointment administrator": giving("administrator", lambda one: one.area, {"administrator"}),
    "new_appointment district_officer": giving("district_officer", lambda one: one.area, {"administrator"}),
    "new_appointment auditor": giving("auditor", lambda one: one.area, {"administrator"}),
    "new_appointment disclosure_editor": giving("disclosure_editor", lambda one: one.town, {"administrator"}),
    "new_appointment town_officer": giving("town_officer", lambda one: one.town, {"district_officer"}),
    "new_appointment registrar": giving("registrar", lambda one: one.area, {"district_officer"}),
    "new_appointment judge": giving("judge", lambda one: one.committee, {"district_officer"}),
    "new_appointment steward": giving("steward", lambda one: one.community, {"district_officer", "town_officer"}),
    "new_appointment community_worker": giving("community_worker", lambda one: one.community, {"town_officer"}),
    "new_appointment hall_moderator": giving("hall_moderator", lambda one: one.community, {"town_officer"}),
    "new_appointment teller": giving("teller", lambda one: one.compound, {"town_officer"}),
    "new_appointment recorder": giving("recorder", lambda one: one.community, {"town_officer", "worker"}),
    "new_appointment handler": giving("handler", lambda one: one.property, {"town_officer", "handler"}),
    "new_appointment handler district": giving("handler", lambda one: one.utility, {"district_officer"}),
    "appointment_action end": Act(
        {"town_officer"}, lambda given: {"reason": "left", "last_day": day()}, records.appointment, "end"
    ),
    "appointment_action end lent": Act(
        {"worker", "town_officer"}, lambda given: {"last_day": day()}, lent, "end"
    ),
    "appointment_action hand_over": Act(
        {"town_officer"},
        lambda given: {"person": "newcomer", "last_day": day(), "reason": "left", "confirm": "1"},
        records.appointment,
        "hand_over",
    ),
    "appointment_action lend": Act(
        {"worker", "town_officer"},
        lambda given: {"to": given.district.neighbour_worker.pk, "starts_on": day(), "ends_on": day(1)},
        records.appointment,
        "lend",
    ),
    "appointment_review": Act({"town_officer"}, fixed(answer="keep"), records.appointment),
    "appointment_review end": Act({"town_officer"}, fixed(answer="end", confirm="1"), records.appointment),
    "new_unit": Act(KEEPERS_OF_UNITS, lambda given: {**NEW_UNIT, "area": given.district.community.pk}),
    "unit": Act(KEEPERS_OF_UNITS, fixed(name="幸福物业公司", phone="0711-1234567"), records.unit),
    "unit_end": Act(KEEPERS_OF_UNITS, lambda given: {"last_day": day()}, records.unit),
}  # fmt: skip
