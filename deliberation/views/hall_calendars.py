"""Calendars of noticed sessions that people subscribe to: of one hall, and of all of them (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from deliberation import hall_queries
from deliberation.models import Session
from deliberation.states import SessionState
from deliberation.views.halls import find_hall


@require_safe
def hall_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The sessions of one hall."""
    hall = find_hall(pk)
    return answer(hall.name, hall_queries.noticed_sessions(hall)[: hall_queries.CALENDAR_MOST])


@require_safe
def halls_calendar(request: HttpRequest) -> HttpResponse:
    """The sessions of all halls."""
    return answer(_("全区的议事会"), hall_queries.noticed_sessions()[: hall_queries.CALENDAR_MOST])


def answer(name: str, sessions: Iterable[Session]) -> HttpResponse:
    """Return a calendar as a response."""
    calendar = Calendar()
    calendar.add("prodid", "-//Gongzhi//sessions//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for session in sessions:
        calendar.add_component(event_of(session))
    return HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")


def event_of(session: Session) -> Event:
    """Return a session as an event; one that was cancelled says so, so that it leaves people's calendars."""
    event = Event()
    event.add("uid", f"session-{session.pk}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", session.closed_at or session.opened_at or session.noticed_at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("summary", session.title)
    event.add("location", session.place)
    event.add("description", f"{session.get_kind_display()}，{session.hall.name}")
    event.add("url", f"{settings.BASE_URL}{session.get_absolute_url()}")
    event.add("status", "CANCELLED" if session.state == SessionState.CANCELLED else "CONFIRMED")
    return event
