"""Feeds, lists, the sitemap and the search show what anybody may see, at the public address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction, Site

from deliberation.states import IssueState
from portal.addresses import set_site
from portal.models import HomePage, StandardPage, Subject
from portal.sitemaps import IssueSitemap
from tests.factories import MOMENT, District, IssueFactory
from tests.factories.portal import DisclosurePageFactory, NewsPageFactory

pytestmark = pytest.mark.django_db
PLACES = ("/", "/news/", "/disclosure/", "/feeds/news.xml", "/feeds/disclosure.xml", "/sitemap-pages.xml")


def shown(word: str) -> list[str]:
    """Return the places that show a word to somebody who is not signed in."""
    places = (*PLACES, f"/search/?q={word}")
    return [place for place in places if f"{word}的通知" in Client().get(place).content.decode()]


def restrict(page: Any) -> None:
    """Show a page to people who are signed in alone."""
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


@pytest.mark.parametrize("above", [False, True])
def test_a_restricted_page_is_nowhere(above: bool, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        news = NewsPageFactory(title="停水的通知", slug="water")
        document = DisclosurePageFactory(title="停水的通知", slug="water-document")
    for page in (news, document):
        assert Client().get(page.url).status_code == 200
    assert {"/", "/news/", "/disclosure/", "/feeds/news.xml", "/feeds/disclosure.xml"} <= set(shown("停水"))
    assert "/water/" in Client().get("/sitemap-pages.xml").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        for page in (news, document):
            restrict(page.get_parent() if above else page)
    assert shown("停水") == []
    assert "/water" not in Client().get("/sitemap-pages.xml").content.decode()
    for page in (news, document):
        answer = Client().get(page.url)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_a_restricted_document_is_not_named_by_others(django_capture_on_commit_callbacks: Any) -> None:
    old = DisclosurePageFactory(title="旧文件")
    new = DisclosurePageFactory(title="新文件", replaces=old)
    with django_capture_on_commit_callbacks(execute=True):
        restrict(old)
    assert "旧文件" not in Client().get(new.url).content.decode()


def test_a_document_and_its_explanation_name_each_other(django_capture_on_commit_callbacks: Any) -> None:
    document = DisclosurePageFactory(title="低保标准", subject=Subject.ASSISTANCE)
    explained = DisclosurePageFactory(title="解读低保标准", subject=Subject.AFFAIRS, explains=document)
    assert explained.url in Client().get(document.url).content.decode()
    assert document.url in Client().get(explained.url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        restrict(explained)
    assert explained.url not in Client().get(document.url).content.decode()


def test_the_site_map_names_every_part_and_standing_page() -> None:
    home = HomePage.objects.get()
    home.add_child(instance=StandardPage(title="无障碍声明", slug="accessibility"))
    shown = Client().get("/sitemap/").content.decode()
    for address in (
        "/issues/new/",
        "/issues/",
        "/figures/",
        "/news/",
        "/disclosure/?subject=elderly",
        "/accessibility/",
    ):
        assert f'href="{address}"' in shown


def test_addresses_are_those_of_the_site(settings: Any, district: District) -> None:
    settings.BASE_URL = "https://gongzhi.example"
    set_site()
    issue = IssueFactory(area=district.compound, is_public=True)
    NewsPageFactory(slug="one")
    expected = {
        "/feeds/issues.xml": f"https://gongzhi.example/issues/{issue.number}/",
        "/feeds/news.xml": "https://gongzhi.example/news/one/",
        "/sitemap-issues.xml": f"https://gongzhi.example/issues/{issue.number}/",
        "/sitemap-pages.xml": "https://gongzhi.example/news/one/",
        "/sitemap-places.xml": "https://gongzhi.example/issues/",
    }
    for place, address in expected.items():
        text = Client().get(place).content.decode()
        assert address in text, place
        assert set(re.findall(r"https?://(?:localhost|testserver)[^<\"]*", text)) == set(), place


@pytest.mark.parametrize(
    ("url", "hostname", "port"),
    [
        ("https://gongzhi.example", "gongzhi.example", 443),
        ("http://gongzhi.example", "gongzhi.example", 80),
        ("http://localhost:8000", "localhost", 8000),
    ],
)
def test_wagtail_knows_the_public_address(settings: Any, url: str, hostname: str, port: int) -> None:
    settings.BASE_URL = url
    set_site()
    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port) == (hostname, port)


def test_an_installation_has_its_address_after_migrating() -> None:
    site = Site.objects.get(is_default_site=True)
    assert site.root_url == "http://localhost:8000"


def test_a_database_without_a_site_is_left_alone() -> None:
    Site.objects.all().delete()
    set_site()
    assert not Site.objects.exists()


def test_the_search_is_in_no_sitemap() -> None:
    assert "/search/" not in Client().get("/sitemap-places.xml").content.decode()


def test_the_latest_change_is_one_query(district: District, django_assert_num_queries: Any) -> None:
    for n in range(3):
        IssueFactory(area=district.compound, is_public=True, raised_at=MOMENT + timedelta(days=n))
    IssueFactory(area=district.compound, raised_at=MOMENT + timedelta(days=9))
    with django_assert_num_queries(1):
        assert IssueSitemap().get_latest_lastmod() == MOMENT + timedelta(days=2)
    closed = IssueFactory(
        area=district.compound, is_public=True, state=IssueState.CLOSED, raised_at=MOMENT + timedelta(days=2)
    )
    assert IssueSitemap().get_latest_lastmod() == closed.closed_at


def test_no_issue_has_no_latest_change() -> None:
    assert IssueSitemap().get_latest_lastmod() is None
