"""Pages for readers who are not signed in: at 1,000 and 1,000,000 issues, cached and not, beside a bare page."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bench.databases import using

SMALL, LARGE = "gongzhi_bench_small", "gongzhi_bench_large"
ISSUES = {SMALL: 1_000, LARGE: int(os.environ.get("BENCH_LARGE", "1000000"))}
ROUNDS, CALLS = 9, 12
BARE = "<!doctype html><html lang=zh><title>{{ page.title }}</title><h1>{{ page.title }}</h1>{% load wagtailcore_tags %}{{ page.body }}"


@dataclass
class Series:
    """The times of one page, in seconds a call, one a round, and how many queries it asks."""

    seconds: list[float] = field(default_factory=list)
    queries: int = 0

    @property
    def median(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.seconds)


def prepare(database: str) -> None:
    """Make the district, the pages and the issues of one database."""
    from django.core.management import call_command

    from community.models.areas import AreaKind
    from portal.models import HomePage, StandardPage
    from tests.bench.databases import fill
    from tests.factories import AreaFactory, build_district
    from tests.factories.portal import DisclosurePageFactory, NewsPageFactory

    with using(database):
        call_command("migrate", verbosity=0)
        district = build_district()
        for n in range(110):
            AreaFactory(
                parent=district.town if n % 2 else district.other_town, kind=AreaKind.COMMUNITY, name=f"社区 {n}"
            )
        for _ in range(5):
            DisclosurePageFactory()
            NewsPageFactory()
        body = [("text", "<p>一段正文。</p>" * 10)]
        HomePage.objects.get().add_child(instance=StandardPage(title="素页", slug="bare", body=body))
        fill(ISSUES[database])


def addresses() -> dict[str, str]:
    """Return the pages to measure."""
    from deliberation.models import Issue

    middle = Issue.objects.order_by("-raised_at", "-pk")[500]
    return {"home": "/", "list": "/issues/", "detail": middle.get_absolute_url(), "bare": "/bare/"}


def measure() -> tuple[dict[tuple[str, str], Series], dict[str, float]]:
    """Return the uncached series by (database, page), and how much faster the cache answers, by page."""
    from django.test import Client, override_settings

    client = Client(headers={"accept-language": "zh-CN"}, SERVER_NAME="localhost")
    series: dict[tuple[str, str], Series] = {}
    with override_settings(PAGE_CACHE_SECONDS=0):
        for database in ISSUES:
            with using(database):
                for page, address in addresses().items():
                    client.get(address)
                    series[database, page] = Series(queries=count_queries(lambda at=address: client.get(at)))
        for _ in range(ROUNDS):
            for database in ISSUES:
                with using(database):
                    warm = addresses()
                    for page, address in warm.items():
                        client.get(address)
                        series[database, page].seconds.append(seconds_of(lambda at=address: client.get(at)))
    return series, cached_gain(client, series)


def cached_gain(client: Any, series: dict[tuple[str, str], Series]) -> dict[str, float]:
    """Return how many times faster each page comes from the cache than without it, on the large database."""
    gains = {}
    with using(LARGE):
        for page, address in addresses().items():
            client.get(address)
            cached = statistics.median(seconds_of(lambda at=address: client.get(at)) for _ in range(ROUNDS))
            gains[page] = series[LARGE, page].median / cached
    return gains


def seconds_of(call: Callable[[], Any]) -> float:
    """Return the seconds of one call, over a few in a row."""
    start = time.perf_counter()
    for _ in range(CALLS):
        assert call().status_code == 200
    return (time.perf_counter() - start) / CALLS


def count_queries(call: Callable[[], Any]) -> int:
    """Return how many queries a call asks."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def table() -> tuple[list[str], list[str]]:
    """Return the rows of the report, and one line for each claim that does not hold."""
    series, gains = measure()
    rows = [
        "| page | queries at 1,000 | queries at 1,000,000 | time 1,000,000 : 1,000 | uncached : bare page | uncached : cached |",
        "|---|---|---|---|---|---|",
    ]
    faults = []
    for page in ("home", "list", "detail"):
        small, large, bare = series[SMALL, page], series[LARGE, page], series[LARGE, "bare"]
        growth, over_bare = large.median / small.median, large.median / bare.median
        rows.append(
            f"| {page} | {small.queries} | {large.queries} | {growth:.2f} | {over_bare:.2f} | {gains[page]:.1f} |"
        )
        claims = {
            "as many queries at both sizes": small.queries == large.queries,
            "at most 15 queries": large.queries <= 15,
            "at most 1.3 times as long": growth <= 1.3,
            "at most 2.0 times a bare page": over_bare <= 2.0,
            "cached at least 10 times as fast": gains[page] >= 10,
        }
        faults += [f"{page}: not {claim}" for claim, holds in claims.items() if not holds]
    milliseconds = series[LARGE, "bare"].median * 1000
    rows += ["", f"The bare page took {milliseconds:.1f} ms here, with {series[LARGE, 'bare'].queries} queries."]
    return rows, faults
