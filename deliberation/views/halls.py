"""The public pages of halls, the places where they meet, and the methods they work by."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.missing import NothingThere
from community.models import Area
from community.paging import asked, next_url, page
from community.queries import today
from deliberation import hall_permissions, hall_queries
from deliberation.models import Hall, Method, Venue
from deliberation.models.halls import VenueKind
from deliberation.views.issues import chosen_filters

PAGE_SIZE = 30
# Town by town, as the tree goes.
BY_PLACE = ("area__path", "pk")
NAME_LENGTH = 40


def listing(request: HttpRequest, rows: Any, order: tuple[str, ...] = BY_PLACE) -> dict[str, Any]:
    """Return what every list shows: a page of rows, what it was asked, and where it goes on."""
    found, cursor = page(rows, order, request.GET.get("after", ""), PAGE_SIZE)
    return {
        "rows": found,
        "q": asked_name(request),
        "chosen": chosen_filters(request)["area"],
        "towns": hall_queries.towns(),
        "next_url": next_url(request.GET, cursor),
        "query": asked(request.GET),
        "is_first": not request.GET.get("after"),
    }


def asked_name(request: HttpRequest) -> str:
    """Return the text that an address asks for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:NAME_LENGTH]


def asked_area(request: HttpRequest) -> Area | None:
    """Return the place that an address asks for."""
    area: Area | None = chosen_filters(request)["area"]
    return area


@require_safe
def hall_list(request: HttpRequest) -> HttpResponse:
    """The halls of today, town by town."""
    rows = hall_queries.standing_halls(asked_area(request), asked_name(request))
    return render(request, "deliberation/hall_list.html", {**listing(request, rows), "founds": founds(request)})


def founds(request: HttpRequest) -> bool:
    """Return whether this person opens halls somewhere."""
    district = Area.objects.filter(depth=1).only("path").first() if request.user.is_authenticated else None
    return district is not None and hall_permissions.can_found_halls(request.user, district)


def find_hall(pk: int) -> Hall:
    """Return a hall, also one that has closed."""
    joins = ("area", "town")
    hall = Hall.objects.select_related(*joins).defer("area__boundary", "town__boundary").filter(pk=pk).first()
    if hall is None:
        raise NothingThere(_("没有这个议事厅。"))
    return hall


@require_safe
def hall_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a hall is, what it deliberates, when it meets, and what came of it."""
    hall, shown = find_hall(pk), hall_queries.SHOWN
    day = today()
    venues = list(hall.venues.standing_on(day).order_by("name", "pk")[: shown + 1])
    context = {
        "hall": hall,
        "is_closed": hall.closed_on is not None and hall.closed_on <= day,
        "coming": list(hall_queries.coming_sessions(hall, timezone.now())[:shown]),
        "past": list(hall_queries.past_sessions(hall)[:shown]),
        "topics": list(hall_queries.topics_of(hall)[:shown]),
        "resolutions": list(hall_queries.resolutions_of(hall)[:shown]),
        "ballots": list(hall_queries.ballots_within(hall.area)[:shown]),
        "venues": venues[:shown],
        "has_more_venues": len(venues) > shown,
        "methods": list(hall.methods.standing_on(day).order_by("name", "pk")),
        "may_keep": hall.closed_on is None and hall_permissions.can_keep_hall(request.user, hall.area),
        "may_close": hall.closed_on is None and hall_permissions.can_found_halls(request.user, hall.area),
    }
    return render(request, "deliberation/hall_detail.html", context)


@require_safe
def venue_list(request: HttpRequest) -> HttpResponse:
    """The meeting places of today."""
    kind = request.GET.get("in", "")
    kind = kind if kind in VenueKind.values else ""
    rows = hall_queries.standing_venues(asked_area(request), asked_name(request), kind)
    context = {**listing(request, rows), "kind": kind, "kinds": VenueKind.choices}
    return render(request, "deliberation/venue_list.html", context)


@require_safe
def venue_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting place, and the hall that meets there."""
    joins = ("area", "town", "hall")
    venue = Venue.objects.select_related(*joins).defer("area__boundary", "town__boundary").filter(pk=pk).first()
    if venue is None:
        raise NothingThere(_("没有这个议事阵地。"))
    sessions = hall_queries.noticed_sessions().filter(venue=venue)
    context = {
        "venue": venue,
        "sessions": list(sessions[: hall_queries.SHOWN]),
        "may_keep": venue.closed_on is None and hall_permissions.can_keep_venues(request.user, venue.area),
    }
    return render(request, "deliberation/venue_detail.html", context)


@require_safe
def method_list(request: HttpRequest) -> HttpResponse:
    """The methods in use."""
    rows = hall_queries.standing_methods(asked_area(request), asked_name(request))
    return render(request, "deliberation/method_list.html", listing(request, rows))


@require_safe
def method_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One method: its steps, what it suits, and where it is practised."""
    joins = ("area", "town", "hall")
    method = Method.objects.select_related(*joins).defer("area__boundary", "town__boundary").filter(pk=pk).first()
    if method is None:
        raise NothingThere(_("没有这个工作法。"))
    sessions = hall_queries.noticed_sessions().filter(method=method)
    same = Method.objects.standing_on(today()).filter(brand=method.brand).exclude(pk=method.pk).exclude(brand="")
    context = {
        "method": method,
        "steps": [line.strip() for line in method.steps.splitlines() if line.strip()],
        "sessions": list(sessions[: hall_queries.SHOWN]),
        "same_brand": list(same.select_related("area").defer("area__boundary").order_by("area__path", "pk")[:30]),
        "may_keep": method.closed_on is None and hall_permissions.can_keep_methods(request.user, method.area),
    }
    return render(request, "deliberation/method_detail.html", context)
