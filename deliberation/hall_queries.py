"""Reads of halls, venues and methods for their pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from community.models import Area
from community.models.areas import AreaKind
from community.queries import today
from deliberation.models import Ballot, Hall, Method, Resolution, Session, Topic, Venue
from deliberation.states import BallotState, SessionState

# How many of each a hall's page shows; the lists of topics and resolutions have all of them.
SHOWN = 6
CALENDAR_MOST = 300


def standing_halls(area: Area | None, name: str) -> QuerySet[Hall]:
    """Return the halls of today, of a place and with a name or brand where these are asked for."""
    rows = Hall.objects.standing_on(today()).select_related("area", "town").defer("area__boundary", "town__boundary")
    return narrowed(rows, area, name, "name", "brand", "area__name")


def standing_venues(area: Area | None, name: str, kind: str) -> QuerySet[Venue]:
    """Return the venues of today, likewise; of one kind where it is asked for."""
    rows = Venue.objects.standing_on(today()).select_related("area", "town", "hall")
    rows = rows.defer("area__boundary", "town__boundary")
    return narrowed(rows.filter(kind=kind) if kind else rows, area, name, "name", "area__name")


def standing_methods(area: Area | None, name: str) -> QuerySet[Method]:
    """Return the methods of today, likewise."""
    rows = Method.objects.standing_on(today()).select_related("area", "town").defer("area__boundary", "town__boundary")
    return narrowed(rows, area, name, "name", "brand", "summary", "suits")


def narrowed(rows: QuerySet[Any], area: Area | None, text: str, *columns: str) -> QuerySet[Any]:
    """Keep what lies in a place, and what holds a text in one of some columns."""
    if area is not None:
        rows = rows.filter(town=area) if area.kind == AreaKind.TOWN else rows.filter(area__path__startswith=area.path)
    found = Q()
    for column in columns if text else ():
        found |= Q(**{f"{column}__icontains": text})
    return rows.filter(found)


def towns() -> list[Area]:
    """Return the towns of today."""
    return list(Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN).only("name", "kind", "path"))


def noticed_sessions(hall: Hall | None = None) -> QuerySet[Session]:
    """Return the sessions that people were told of, the latest first."""
    rows = Session.objects.public().select_related("hall", "area", "venue").defer("area__boundary")
    return (rows if hall is None else rows.filter(hall=hall)).order_by("-starts_at", "-pk")


def coming_sessions(hall: Hall, at: datetime) -> QuerySet[Session]:
    """Return the noticed sessions that have not ended, the next first."""
    rows = noticed_sessions(hall).filter(state__in=(SessionState.NOTICED, SessionState.OPEN), ends_at__gte=at)
    return rows.order_by("starts_at", "pk")


def past_sessions(hall: Hall) -> QuerySet[Session]:
    """Return the sessions that were held, the latest first."""
    return noticed_sessions(hall).filter(state=SessionState.CLOSED)


def topics_of(hall: Hall) -> QuerySet[Topic]:
    """Return a hall's public topics, the newest first."""
    return Topic.objects.public().filter(hall=hall).order_by("-proposed_at", "-pk")


def resolutions_of(hall: Hall) -> QuerySet[Resolution]:
    """Return a hall's standing resolutions, the newest first."""
    return Resolution.objects.standing().filter(hall=hall).order_by("-published_at", "-pk")


def ballots_within(area: Area) -> QuerySet[Ballot]:
    """Return the noticed ballots of a place and of those below it, the latest first."""
    rows = Ballot.objects.filter(area__path__startswith=area.path, noticed_at__isnull=False)
    return rows.exclude(state=BallotState.WITHDRAWN).order_by("-opens_at", "-pk")
