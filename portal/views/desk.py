"""The desk: what waits for the signed-in worker, soonest due first."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.clock import SHANGHAI, is_working_day
from community.permissions import is_staff_member
from community.queries import appointments, holds_somewhere, holidays, open_clocks_of, rests_on_weekends, today
from community.reviewing import waiting_rows
from community.roles import Role
from deliberation.desk import LANES, lane_counts
from portal.desk import DESK_DOORS, desk_items, doors

SHOWN, SHOWN_MOST, REVIEWS = 30, 300, 10


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, in lanes by time, with one tap for each next step."""
    user = request.user
    if not user.is_authenticated or not (is_staff_member(user) or holds_somewhere(user, Role.HALL_MODERATOR)):
        raise PermissionDenied(_("工作台是工作人员用的。您的事在“我的”里。"))
    now, lane = timezone.now(), request.GET.get("lane", "")
    clocks = open_clocks_of(user)
    shown = how_many(request)
    items = desk_items(clocks, user, now, lane=lane if lane in LANES else "", most=shown + 1)
    lanes, days = lane_counts(clocks, now), week(clocks, today())
    return render(
        request,
        "portal/desk.html",
        {
            "now": now,
            "held": appointments(user),
            "lane": lane if lane in LANES else "",
            "lanes": lanes,
            "first_today": lanes["over"] + lanes["soon"],
            "items": items[:shown],
            "more": min(shown + SHOWN, SHOWN_MOST) if len(items) > shown else 0,
            "reviews": waiting_rows(user, most=REVIEWS + 1),
            "reviews_shown": REVIEWS,
            "doors": doors(DESK_DOORS, user),
            "week": days,
            "week_most": max(one["count"] for one in days),
            "rests_on_weekends": rests_on_weekends(today().year),
        },
    )


def how_many(request: HttpRequest) -> int:
    """Return how many rows to show: thirty, or as many more as somebody asked for."""
    asked = request.GET.get("shown", "")
    return min(int(asked), SHOWN_MOST) if asked.isdecimal() and len(asked) < 5 and int(asked) > SHOWN else SHOWN


def week(clocks: Any, start: date) -> list[dict[str, Any]]:
    """Return the next eight days with how many terms end on each; days off that follow each other are one row."""
    calendar = holidays()
    first = datetime.combine(start, time.min, SHANGHAI)
    ends = clocks.filter(paused_at=None, due_at__gte=first, due_at__lt=first + timedelta(days=8)).order_by()
    by_day = ends.annotate(day=TruncDate("due_at", tzinfo=SHANGHAI)).values_list("day").annotate(count=Count("pk"))
    counted = dict(by_day)
    days = [start + timedelta(days=n) for n in range(8)]
    rows: list[dict[str, Any]] = []
    for day in days:
        is_off = not is_working_day(day, calendar) and not counted.get(day)
        if is_off and rows and rows[-1]["is_off"]:
            rows[-1]["until"] = day
        else:
            rows.append({"day": day, "count": counted.get(day, 0), "is_off": is_off})
    return rows
