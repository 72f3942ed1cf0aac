"""Whole pages are kept for readers who are not signed in, and for nobody else."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as RedisGone

from deliberation.models import Issue
from deliberation.signals import issue_changed
from portal import pagecache
from portal.models import NewsPage, PageGeneration, ReportedFigure
from tests.factories import MOMENT, CategoryFactory, District, HallFactory, IssueFactory, VenueFactory
from tests.factories.portal import NewsPageFactory

pytestmark = pytest.mark.django_db


class Page:
    """A view that counts how often it is asked, behind the middleware."""

    def __init__(self, **headers: str) -> None:
        self.asked, self.headers = 0, headers
        self.middleware = pagecache.PageCacheMiddleware(self.answer)

    def answer(self, request: Any) -> HttpResponse:
        self.asked += 1
        return HttpResponse(f"{self.asked}", headers=self.headers)

    def get(self, path: str = "/", **extra: Any) -> str:
        request = RequestFactory().generic(extra.pop("method", "GET"), path, **extra)
        return self.middleware(request).content.decode()


def numbers(page: Page, *asked: dict[str, Any]) -> list[str]:
    """Return what a page answers, one after the other."""
    return [page.get(**one) for one in asked]


def test_a_page_is_made_once() -> None:
    assert numbers(Page(), {}, {}) == ["1", "1"]


def test_another_address_is_another_page() -> None:
    page = Page()
    assert numbers(page, {"path": "/?page=1"}, {"path": "/?page=2"}, {"path": "/?page=1"}) == ["1", "2", "1"]
    assert page.get(HTTP_HOST="localhost") == "3"


def test_unknown_parameters_are_not_kept() -> None:
    assert numbers(Page(), *[{"path": "/issues/?page=1&utm=x"}] * 2) == ["1", "2"]


@pytest.mark.parametrize("path", ["/my/", "/desk/", "/admin/", "/accounts/login/", "/readyz"])
def test_pages_of_one_person_are_not_kept(path: str) -> None:
    assert numbers(Page(), {"path": path}, {"path": path}) == ["1", "2"]


def test_signed_in_people_neither_get_nor_fill_a_kept_page() -> None:
    page, signed_in = Page(), {"HTTP_COOKIE": "sessionid=x"}
    assert numbers(page, signed_in, {}, signed_in, {}) == ["1", "2", "3", "2"]


def test_a_head_neither_fills_nor_empties() -> None:
    page = Page()
    assert numbers(page, {"method": "HEAD"}, {}, {"method": "HEAD"}, {}) == ["1", "2", "3", "2"]
    client = Client()
    assert client.head("/issues/").content == b""
    assert b"<html" in client.get("/issues/").content


@pytest.mark.parametrize("control", ["private", "no-store"])
def test_what_says_so_is_not_kept(control: str) -> None:
    assert numbers(Page(**{"Cache-Control": control}), {}, {}) == ["1", "2"]


def test_an_answer_with_a_cookie_is_not_kept() -> None:
    page = Page()

    def with_cookie(request: Any) -> HttpResponse:
        response = page.answer(request)
        response.set_cookie("csrftoken", "of one reader")
        return response

    page.middleware = pagecache.PageCacheMiddleware(with_cookie)
    assert numbers(page, {}, {}) == ["1", "2"]


def test_languages_and_modes_never_mix() -> None:
    client, english, elder = Client(), Client(), Client()
    english.cookies["django_language"], elder.cookies["mode"] = "en", "elder"
    first = [reader.get("/issues/").content for reader in (client, english, elder)]
    assert len(set(first)) == 3
    assert [reader.get("/issues/").content for reader in (client, english, elder)] == first
    assert b'<html lang="en"' in first[1]
    assert b'<html lang="en"' not in first[0]


@pytest.fixture
def bumps(django_capture_on_commit_callbacks: Any) -> Any:
    """Return a function that does something and says by how much the generation grew."""

    def grown(change: Any) -> int:
        before = pagecache.stored_generation()
        with django_capture_on_commit_callbacks(execute=True):
            change()
        return pagecache.stored_generation() - before

    pagecache.invalidate()
    return grown


def test_a_publication_shows_at_once(bumps: Any) -> None:
    client = Client()
    assert "停水通知" not in client.get("/news/").content.decode()
    page = NewsPageFactory(title="停水通知")
    assert bumps(lambda: page.save_revision().publish()) > 0
    assert "停水通知" in client.get("/news/").content.decode()
    assert bumps(lambda: NewsPage.objects.get(pk=page.pk).unpublish()) > 0
    assert "停水通知" not in client.get("/news/").content.decode()


def test_shown_tables_make_pages_stale(bumps: Any, district: District) -> None:
    figure = ReportedFigure(key="x", year=2023, label="数", value=1, source="测试")
    for row in (
        figure,
        CategoryFactory(),
        HallFactory(area=district.community),
        VenueFactory(area=district.compound),
        district.property,
    ):
        assert bumps(row.save) == 1


@pytest.mark.parametrize(
    ("is_public", "verb", "grown"),
    [(False, "raise", 0), (False, "accept", 0), (False, "withhold", 1), (True, "endorse", 1), (True, "accept", 1)],
)
def test_steps_of_issues_count_where_the_public_sees_them(
    bumps: Any, district: District, is_public: bool, verb: str, grown: int
) -> None:
    issue = IssueFactory(area=district.compound, is_public=is_public)

    def step() -> None:
        issue_changed.send(sender=Issue, issue=issue, verb=verb, by=district.worker, at=MOMENT)

    assert bumps(step) == grown


def test_another_process_is_heard_when_the_second_is_over(settings: Any) -> None:
    pagecache.invalidate()
    page = Page()
    assert page.get() == "1"
    PageGeneration.objects.update(number=PageGeneration.objects.get().number + 1)
    assert page.get() == "1"
    pagecache.Known.until = 0
    assert page.get() == "2"


def test_the_generation_is_read_once_a_second(settings: Any, django_assert_num_queries: Any) -> None:
    settings.PAGE_GENERATION_SECONDS = 1000
    page, pagecache.Known.until = Page(), 0
    with django_assert_num_queries(1):
        numbers(page, {}, {}, {"path": "/?page=2"})


def test_an_emptied_database_begins_above_all_that_was() -> None:
    pagecache.invalidate()
    before = pagecache.stored_generation()
    PageGeneration.objects.all().delete()
    pagecache.invalidate()
    assert pagecache.stored_generation() > before


def test_a_cache_that_is_gone_is_said_once_and_stops_no_page(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise RedisGone("refused")

    page, store = Page(), caches["pages"]
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(store, "get", gone)
        patched.setattr(store, "set", gone)
        assert numbers(page, {}, {}) == ["1", "2"]
    assert [record.message for record in caplog.records] == [
        "the page cache does not answer; pages are made anew until it does"
    ]
    assert numbers(page, {}, {}) == ["3", "3"]


def test_pages_push_out_no_count_of_attempts() -> None:
    caches["default"].set("attempts", 3)
    caches["pages"].set("attempts", 1)
    assert caches["default"].get("attempts") == 3
