"""What follows when a place ends in another: towns on rows, homes, units and appointments.

The pieces of merge_areas and split_area; each runs inside their transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from community.log import record
from community.models import (
    Appointment,
    Area,
    Clock,
    Dwelling,
    Household,
    Resident,
    Unit,
    User,
    VerificationRequest,
)
from community.models.appointments import EndReason
from community.models.areas import AreaKind, UnitKind
from community.models.verifying import RequestState
from community.queries import within_any
from community.signals import places_changing
from community.workflow.notices import notify
from community.workflow.terms import day_of

# Each table that keeps a copy of the town, and the column that says where its rows belong.
TOWN_OF: tuple[tuple[type[models.Model], str], ...] = (
    (Unit, "area"),
    (Resident, "home"),
    (Household, "area"),
    (Dwelling, "area"),
    (Clock, "area"),
    (VerificationRequest, "home"),
)
# What verbs lock before a place, in the order in which they do.
RECORDS: tuple[tuple[type[models.Model], str], ...] = (
    (Resident, "home"),
    (VerificationRequest, "home"),
    (Household, "area"),
    (Dwelling, "area"),
)
FOLLOWED = gettext_noop("区划调整：您在%(old)s的任职（%(role)s）从今天起接到%(new)s。")
ENDED = gettext_noop("区划调整：您在%(old)s的任职（%(role)s）今天结束，新的安排会另行通知您。")
NAME_LENGTH = 80


def lock_records(pks: Sequence[int], by: User) -> None:
    """Lock what follows the places of these ids and of those inside, as every verb does: people before their records.

    The apps above lock their rows when they hear `places_changing`.
    """
    paths = list(Area.objects.filter(pk__in=pks).values_list("path", flat=True))
    inside = Area.objects.filter(within_any(paths, "path")).order_by().values("pk")
    holders = Appointment.objects.filter(area__in=pks).values("user")
    lock_by_id(User.objects.filter(Q(pk=by.pk) | Q(pk__in=holders)))
    for model, place in RECORDS:
        lock_by_id(model._default_manager.filter(**{f"{place}__in": inside}))
    places_changing.send(sender=Area, inside=inside)


def lock_holders(ended: Sequence[Area], by: User) -> None:
    """Lock what is held over places that end together with what `by` holds: nobody acts meanwhile in a role there."""
    lock_by_id(Appointment.objects.filter(Q(area__in=[area.pk for area in ended]) | Q(user=by)))


def lock_by_id(rows: models.QuerySet[Any]) -> None:
    """Lock rows in the order of their ids against change; what points to them may still be inserted."""
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def town_for(area: Area) -> Area | None:
    """Return the town that rows at a place name; a town's own rows name itself."""
    return area if area.kind == AreaKind.TOWN else area.town


def rename_towns(successor: Area) -> None:
    """Write the town of `successor` on every place and every row of this app below it."""
    town = town_for(successor)
    below = Area.objects.within(successor).exclude(town=town)
    (below if successor.town_id else below.exclude(pk=successor.pk)).update(town=town)
    for model, place in TOWN_OF:
        rows = model._default_manager.filter(**{f"{place}__path__startswith": successor.path})
        rows.exclude(town=town).update(town=town)


def move_homes(ended: Area, successor: Area) -> None:
    """Let those who live directly in a place that has ended, and what they asked for, live in its successor."""
    Resident.objects.filter(home=ended).update(home=successor)
    VerificationRequest.objects.filter(home=ended, state=RequestState.OPEN).update(home=successor)


def move_units(ended: Area, successor: Area, on: date) -> None:
    """Let units serve the successor; a residents' committee ends where the successor has its own."""
    has_committee = Unit.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=on), area=successor, kind=UnitKind.RESIDENTS_COMMITTEE
    ).exists()
    taken = set(Unit.objects.filter(area=successor).values_list("name", flat=True))
    for unit in Unit.objects.select_for_update().filter(Q(valid_to=None) | Q(valid_to__gte=on), area=ended):
        if unit.kind == UnitKind.RESIDENTS_COMMITTEE and has_committee and unit.valid_from < on:
            unit.valid_to = on - timedelta(days=1)
        else:
            name = unit.name if unit.name not in taken else f"{unit.name}（{ended.name}）"
            taken.add(name)
            unit.name, unit.area, unit.town = name[:NAME_LENGTH], successor, town_for(successor)
        unit.save(update_fields=["name", "area", "town", "valid_to"])


def end_appointments(ended: Area, *, by: User, at: datetime) -> list[Appointment]:
    """End whatever is held over a place today or later, and return it: own appointments before delegated ones."""
    day = day_of(at)
    rows = list(
        Appointment.objects.select_for_update(of=("self",))
        .not_over(day)
        .filter(area=ended)
        .select_related("user", "area")
        .order_by(models.F("delegated_from").asc(nulls_first=True), "pk")
    )
    for held in rows:
        # The last day that it was meant for; whoever continues it takes that over.
        held.meant_until = held.ends_on  # type: ignore[attr-defined]
        held.ends_on, held.stopped_at = max(day, held.starts_on), at
        held.ended_by, held.ended_at, held.end_reason = by, at, EndReason.MERGED
        held.save(update_fields=["ends_on", "stopped_at", "ended_by", "ended_at", "end_reason"])
        record(held, "appointment.merged", by=by, at=at)
    return rows


def continued(held: Appointment, over: Area, *, by: User, at: datetime, **columns: Any) -> Appointment:
    """Return the appointment by which `held` goes on over another place; one that stands already is left as it is."""
    day = day_of(at)
    standing = Appointment.objects.not_over(day).filter(user=held.user, role=held.role, area=over).own().first()
    if standing is not None:
        return standing
    new = Appointment.objects.create(
        user=held.user,
        role=held.role,
        area=over,
        starts_on=max(day, held.starts_on),
        appointed_by=by,
        reviewed_on=held.reviewed_on,
        reviewed_by=held.reviewed_by,
        **columns,
    )
    record(new, "appointment.follow", by=by, at=at, after=held.pk)
    return new


def continue_appointments(rows: list[Appointment], successor: Area, *, by: User, at: datetime) -> None:
    """Let what was held over the ended place be held over its successor from today on; a delegation follows its own."""
    follows: dict[int, Appointment] = {}
    for held in rows:
        columns: dict[str, Any] = {"ends_on": held.meant_until}  # type: ignore[attr-defined]
        if held.delegated_from_id is not None:
            origin = follows.get(held.delegated_from_id)
            if origin is None:
                continue
            columns["delegated_from"] = origin
        follows[held.pk] = continued(held, successor, by=by, at=at, **columns)


def tell_holders(rows: list[Appointment], successor: Area | None, *, at: datetime) -> None:
    """Tell everybody whose appointment has ended; `successor` is where it goes on, if it does."""
    for held in rows:
        assert held.area is not None
        words: dict[str, Any] = {"old": held.area.name, "role": held.get_role_display()}
        if successor is not None:
            notify([held.user], FOLLOWED, url="/desk/", at=at, new=successor.name, **words)
        else:
            notify([held.user], ENDED, url="/desk/", at=at, **words)
