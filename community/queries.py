"""Reads that more than one caller uses."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from community.clock import SHANGHAI, Holidays, is_announced
from community.models import Appointment, Area, Clock, Holiday, Resident, Rule, User
from community.roles import Role


def today() -> date:
    """Return the date in Asia/Shanghai."""
    return timezone.now().astimezone(SHANGHAI).date()


def holidays() -> Holidays:
    """Return {date: is_working_day} of the district's own Holiday table."""
    return dict(Holiday.objects.values_list("day", "is_working_day"))


def rests_on_weekends(year: int) -> bool:
    """Return whether terms in `year` rest on weekends alone, because its holidays are not announced."""
    return not is_announced(year, holidays())


def rule(key: str, on: date) -> Rule:
    """Return the version of a rule in force on `on`; Rule.DoesNotExist where there is none."""
    return Rule.objects.in_force(on).filter(key=key).order_by("-in_force_from")[:1].get()


def rule_value(key: str, on: date) -> int:
    """Return the number that a rule sets on `on`."""
    return rule(key, on).value


def appointments(user: User | AnonymousUser) -> list[Appointment]:
    """Return the appointments that hold today, with their area and unit; read once a request.

    They are kept on the user object, which lives as long as its request does.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    kept: list[Appointment] | None = getattr(user, "_appointments_today", None)
    if kept is None:
        kept = list(
            Appointment.objects.in_force(today()).filter(user=user).select_related("area", "unit").order_by("id")
        )
        user._appointments_today = kept  # type: ignore[attr-defined]  # a note on the object, not a column
    return kept


def areas_of(user: User | AnonymousUser, *roles: Role) -> list[Area]:
    """Return the areas over which a person holds any of `roles` today."""
    return [held.area for held in appointments(user) if held.role in roles and held.area is not None]


def units_of(user: User | AnonymousUser, *roles: Role) -> list[int]:
    """Return the ids of the units in which a person holds any of `roles` today."""
    return [held.unit_id for held in appointments(user) if held.role in roles and held.unit_id is not None]


def resident_of(user: User | AnonymousUser) -> Resident | None:
    """Return the resident's profile of a person, or None."""
    if not user.is_authenticated:
        return None
    return Resident.objects.filter(user=user).select_related("home", "home__town").first()


def open_clocks_of(user: User) -> QuerySet[Clock]:
    """Return the open clocks that wait for this person's roles, soonest due first, those paused last.

    One condition an appointment: a role over an area reaches its subtree, one in a unit that unit.
    """
    mine = Q(pk__in=[])
    for held in appointments(user):
        if held.area is not None:
            mine |= Q(holder_role=held.role, area__path__startswith=held.area.path)
        else:
            mine |= Q(holder_role=held.role, holder_unit=held.unit_id)
    return Clock.objects.open().filter(mine).order_by(F("paused_at").asc(nulls_first=True), "due_at", "id")


def people_holding(role: Role, area: Area) -> QuerySet[User]:
    """Return the active people who hold `role` today over `area` or a place above it."""
    held = Appointment.objects.in_force(today()).filter(role=role, area__path__in=area.parent_paths())
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def people_in_unit(role: Role, unit_id: int) -> QuerySet[User]:
    """Return the active people who hold `role` today in a unit."""
    held = Appointment.objects.in_force(today()).filter(role=role, unit=unit_id)
    return User.objects.filter(pk__in=held.values("user"), is_active=True)
