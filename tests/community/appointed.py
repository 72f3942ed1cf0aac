"""Appointing as officers do, and what came of it: shared by the tests of appointments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.models import Appointment, Notice, User
from community.queries import today
from community.roles import Role
from community.workflow import appoint, delegate, end_appointment
from tests.factories import District

PEOPLE = (
    "resident", "newcomer", "worker", "neighbour_worker", "handler", "steward", "town_officer", "district_officer",
    "auditor", "administrator", "other_worker", "other_handler", "other_town_officer", "superuser",
)  # fmt: skip


def now() -> datetime:
    return timezone.now()


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def held_by(user: User) -> Appointment:
    return Appointment.objects.filter(user=user).order_by("-pk")[0]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def give(district: District, **changes: Any) -> Appointment:
    """Have the town officer make the newcomer a worker, but for what is said otherwise."""
    values = {
        "user": district.newcomer, "role": Role.COMMUNITY_WORKER, "place": district.community,
        "starts_on": today(), "ends_on": None, "by": fresh(district.town_officer), "at": now(), **changes,
    }  # fmt: skip
    return appoint(**values)


def lend(district: District, **changes: Any) -> Appointment:
    """Have the worker lend their role to the other one, but for what is said otherwise."""
    held = changes.pop("held", None) or held_by(district.worker)
    values = {
        "to": district.neighbour_worker, "starts_on": today(), "ends_on": in_days(6), "by": fresh(district.worker),
        "at": now(), **changes,
    }  # fmt: skip
    return delegate(held, **values)


def actions(held: Appointment) -> list[str]:
    return list(ModelLogEntry.objects.for_instance(held).order_by("pk").values_list("action", flat=True))


def looks(user: User) -> list[ModelLogEntry]:
    """Return the look-ups by phone of somebody who gives roles."""
    return list(ModelLogEntry.objects.filter(user=user, action="appointment.look_up").order_by("pk"))


def told(user: User) -> list[str]:
    return [notice.text for notice in Notice.objects.filter(recipient=user).order_by("pk")]


def end(district: District, held: Appointment | None = None, **changes: Any) -> Appointment:
    values = {
        "last_day": today(), "reason": "left", "by": fresh(district.town_officer), "at": now(), **changes,
    }  # fmt: skip
    return end_appointment(held or held_by(district.worker), **values)
