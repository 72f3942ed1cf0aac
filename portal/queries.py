"""What pages read that show several apps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from community.models import Area
from community.models.areas import AreaKind
from community.queries import today
from deliberation.models import Hall, Issue
from deliberation.queries import due_clocks, issues_collected, issues_resolved
from deliberation.sentences import status
from deliberation.states import FINAL_STATES
from portal.figures import figures
from portal.models import DisclosurePage, NewsPage, ReportedFigure
from portal.pagecache import generation
from portal.templatetags.maps import area_map

NEWEST = 5
CARDS = 3
PINS = 30
# Counting a million issues takes a while, and nobody needs the home page's sums to the second.
COUNT_SECONDS = 60


def home_context() -> dict[str, Any]:
    """Return what the home page shows."""
    issues = list(
        Issue.objects.public()
        .exclude(state__in=FINAL_STATES)
        .select_related("category", "community", "town", "unit")
        .order_by("-raised_at", "-pk")[:CARDS]
    )
    clocks, now = due_clocks(issues), timezone.now()
    return {
        "year": counted_year(),
        "counts": counts(counted_year()),
        "towns": towns(),
        "hall_total": sum(town.halls for town in towns()),
        "map": home_map(),
        "issues": [(issue, status(issue, clocks.get(issue.pk), now)) for issue in issues],
        "documents": newest(DisclosurePage),
        "news": newest(NewsPage),
    }


@dataclass(frozen=True)
class Line:
    """One line of a list of pages."""

    title: str
    url: str
    published_on: date


def newest(model: type[DisclosurePage] | type[NewsPage]) -> list[Line]:
    """Return the newest live pages of a kind; kept until the next publication."""
    key = f"home:{model.__name__}:{generation()}"
    kept: list[Line] | None = cache.get(key)
    if kept is None:
        pages = model.objects.live().public().order_by("-published_on", "-pk")[:NEWEST]
        kept = [Line(page.title, page.url, page.published_on) for page in pages]
        cache.set(key, kept, COUNT_SECONDS)
    return kept


def counted_year() -> int:
    """Return the year to show first: the last one that the bureau has closed with its figures.

    Before it has closed any, the year of the newest issue, or this year where there is none.
    """
    key = f"home:year:{generation()}"
    kept = cache.get(key)
    if kept is None:
        closed = ReportedFigure.objects.aggregate(year=Max("year"))["year"]
        kept = closed or newest_issue_year() or today().year
        cache.set(key, kept, COUNT_SECONDS)
    return int(kept)


def newest_issue_year() -> int | None:
    """Return the year of the newest issue, or None."""
    newest_at = Issue.objects.order_by("-raised_at").values_list("raised_at", flat=True).first()
    return timezone.localtime(newest_at).year if newest_at else None


def counts(year: int) -> dict[str, int]:
    """Return how many issues of `year` were collected and resolved, and how many halls stand; kept for a minute."""
    key = f"home:counts:{year}"
    kept: dict[str, int] | None = cache.get(key)
    if kept is None:
        kept = {figure.key: figure.value for figure in figures(year)}
        kept |= {"issues_collected": issues_collected(year), "issues_resolved": issues_resolved(year)}
        cache.set(key, kept, COUNT_SECONDS)
    return kept


@dataclass(frozen=True)
class Town:
    """A town on the home page's map: its outline, its point and how many halls it has."""

    id: int
    name: str
    boundary: dict[str, Any] | None
    latitude: float | None
    longitude: float | None
    halls: int


def towns() -> list[Town]:
    """Return the towns with their halls; kept for a minute, for they change a few times a year."""
    kept: list[Town] | None = cache.get("home:towns")
    if kept is None:
        standing = dict(Hall.objects.filter(closed_on=None).values_list("town").annotate(halls=Count("pk")).order_by())
        kept = [
            Town(area.pk, area.name, area.boundary, area.latitude, area.longitude, standing.get(area.pk, 0))
            for area in Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN)
        ]
        cache.set("home:towns", kept, COUNT_SECONDS)
    return kept


def home_map() -> str:
    """Return the schematic map: outlines of the towns, their halls, and where the newest issues are."""
    key = f"home:map:{get_language()}:{generation()}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = draw_map(towns())
        cache.set(key, kept, COUNT_SECONDS)
    return kept


def draw_map(places: list[Town]) -> str:
    """Draw the towns with their halls and the newest public issues; nothing where no outline is known."""
    outlined = [town for town in places if town.boundary and town.latitude is not None]
    if not outlined:
        return ""
    areas = [
        {
            "name": town.name,
            "geometry": town.boundary,
            "url": f"{reverse('issues')}?area={town.id}",
            "point": (town.longitude, town.latitude),
        }
        for town in outlined
    ]
    halls = [
        {"kind": "hall", "longitude": town.longitude, "latitude": town.latitude, "count": town.halls}
        for town in outlined
        if town.halls
    ]
    newest = Issue.objects.public().exclude(shown_latitude=None).order_by("-raised_at", "-pk")[:PINS]
    pins = [{"kind": "issue", "longitude": one.shown_longitude, "latitude": one.shown_latitude} for one in newest]
    label = gettext("各镇街的议事厅和最近反映的事；旁边的表格里有同样的数字。")
    return str(area_map(areas, [*halls, *pins], label))


def monthly_issues(year: int) -> list[tuple[date, int, int]]:
    """Return (first of the month, collected, resolved) for each month of `year`."""
    issues = Issue.objects.collected_in(year).annotate(month=TruncMonth("raised_at"))
    by_month = {
        timezone.localtime(row["month"]).month: row["n"]
        for row in issues.values("month").annotate(n=Count("pk")).order_by()
    }
    resolved = {
        timezone.localtime(row["month"]).month: row["n"]
        for row in issues.resolved().values("month").annotate(n=Count("pk")).order_by()
    }
    return [(date(year, month, 1), by_month.get(month, 0), resolved.get(month, 0)) for month in range(1, 13)]


def issues_by_town(year: int) -> list[tuple[str, int, int]]:
    """Return (town, collected, resolved) in the order of the tree."""
    collected = Issue.objects.collected_in(year)
    n = dict(collected.values_list("town").annotate(n=Count("pk")).order_by())
    done = dict(collected.resolved().values_list("town").annotate(n=Count("pk")).order_by())
    rows = Area.objects.filter(kind=AreaKind.TOWN)
    return [(area.name, n.get(area.pk, 0), done.get(area.pk, 0)) for area in rows if area.pk in n]
