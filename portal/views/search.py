"""Search over places, halls, methods, pages, public issues and the district's figures."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from community.models import Area
from community.models.areas import LEVELS, AreaKind
from community.queries import today
from deliberation.hall_queries import standing_halls, standing_methods
from deliberation.models import Issue, Topic
from portal.figures import matching
from portal.models import DisclosurePage
from portal.queries import counted_year
from portal.search.bigrams import parse_query

QUERY_LENGTH = 100
PAGE_SIZE = 20
FIGURES_MOST = 3
PLACES_MOST = 5
HALLS_MOST = 4
# The levels that have a public page.
SHOWN = (*LEVELS[AreaKind.TOWN], *LEVELS[AreaKind.COMMUNITY], *LEVELS[AreaKind.COMPOUND])
# As people copy it from a slip of paper: blanks, lower case, a dash of another kind or none.
NUMBER = re.compile(r"EC-?(?:(T)-?)?(\d{4})-?(\d{6})")
DASHES = str.maketrans(dict.fromkeys("—–‐－ー_", "-"))
COMMON_WORDS = (_("低保"), _("高龄津贴"), _("井盖"))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """An issue or a topic by its number; else figures and places, then pages, issues and topics, with how many each."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:QUERY_LENGTH]
    if one := numbered(query):
        return redirect(one)
    sides = {"pages": find_pages(query), "issues": find_issues(query), "topics": find_topics(query)}
    counts = {name: found.count() if query else 0 for name, found in sides.items()}
    asked = request.GET.get("in", "")
    # Who asked for no side is not sent to an empty one.
    kind = asked if asked in sides else next((name for name, count in counts.items() if count), "pages")
    results = Paginator(sides[kind], PAGE_SIZE).get_page(request.GET.get("page"))
    year = counted_year()
    places = list(find_places(query)[: PLACES_MOST + 1])
    context = {
        "query": query,
        "kind": kind,
        "page_count": counts["pages"],
        "issue_count": counts["issues"],
        "topic_count": counts["topics"],
        "results": results,
        "rows": page_rows(list(results)) if kind == "pages" else [],
        "year": year,
        "figures": matching(year, query)[:FIGURES_MOST] if query else [],
        "places": [(place, page_of(place)) for place in places[:PLACES_MOST]],
        "halls": list(standing_halls(None, query).order_by("area__path", "pk")[:HALLS_MOST]) if query else [],
        "methods": list(standing_methods(None, query).order_by("area__path", "pk")[:HALLS_MOST]) if query else [],
        "has_more_places": len(places) > PLACES_MOST,
        "common_words": COMMON_WORDS,
        "page_query": urlencode({"q": query, "in": kind}),
    }
    return render(request, "portal/search.html", context)


def numbered(query: str) -> Issue | Topic | None:
    """Return the public issue or topic whose number this is, however it was written."""
    found = NUMBER.fullmatch("".join(query.upper().translate(DASHES).split()))
    if found is None:
        return None
    if found[1]:
        return Topic.objects.public().filter(number=f"EC-T-{found[2]}-{found[3]}").first()
    return Issue.objects.public().filter(number=f"EC-{found[2]}-{found[3]}").first()


def find_pages(query: str) -> Any:
    """Return the live pages that contain the query."""
    return Page.objects.live().public().exclude(depth=1).search(query) if query else []


def find_issues(query: str) -> Any:
    """Return the public issues that contain the query."""
    return get_search_backend().search(query, Issue.objects.public()) if query else []


def find_topics(query: str) -> Any:
    """Return the public topics that contain the query."""
    return get_search_backend().search(query, Topic.objects.public()) if query else []


def find_places(query: str) -> QuerySet[Area]:
    """Return the places of today whose name holds all that the query asks for; first those of that very name.

    A name is short: what a query is cut into is looked for in it directly, as the index would hold it.
    """
    terms = parse_query(query)
    named = Q(pk__in=[]) if not terms else Q()
    for part in {part for term in terms for part in term.parts}:
        named &= Q(name__icontains=part)
    is_same = Case(When(name=query, then=Value(0)), default=Value(1))
    places = Area.objects.valid_on(today()).filter(named, kind__in=SHOWN).select_related("town")
    return places.defer("boundary", "town__boundary").order_by(is_same, "depth", "path")


def page_of(place: Area) -> str:
    """Return the public page of a place; a town's is that of its offices."""
    if place.kind == AreaKind.TOWN:
        return f"{reverse('contacts')}?{urlencode({'town': place.code})}"
    return reverse("place_page", args=[place.code])


def page_rows(pages: list[Page]) -> list[dict[str, Any]]:
    """Return what a list of hits shows of each page; what is no longer in force goes behind what is."""
    specific = {page.pk: page for page in Page.objects.filter(pk__in=[page.pk for page in pages]).specific()}
    found = [specific[page.pk] for page in pages if page.pk in specific]
    rows = [
        {
            "page": page,
            "summary": getattr(page, "summary", "") or page.search_description,
            "day": getattr(page, "published_on", None),
            "ended": page.get_validity_display() if is_ended(page) else "",
        }
        for page in found
    ]
    return sorted(rows, key=lambda row: bool(row["ended"]))


def is_ended(page: Page) -> bool:
    """Return whether a page is a document that no longer holds."""
    return isinstance(page, DisclosurePage) and page.validity != "in_force"
