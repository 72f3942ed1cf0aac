"""Every kind of page in both modes, on a phone and on a desktop: axe finds nothing, and the frame stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

from community.models import User
from deliberation.models import Issue
from deliberation.states import IssueState
from tests.factories import District, IssueFactory
from tests.factories.portal import DisclosurePageFactory
from tests.journeys.balloting import every_ballot
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_issue import is_scrolled_sideways

pytestmark = pytest.mark.journey

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# Who looks, and where.
PAGES = [
    ("", "/"),
    ("", "/disclosure/"),
    ("", "/disclosure/dibao-2023/"),
    ("", "/figures/"),
    ("", "/issues/"),
    ("", "/issues/{number}/"),
    ("", "/accounts/login/"),
    ("", "/accounts/signup/"),
    ("", "/search/?q=低保"),
    ("", "/news/"),
    ("", "/no-such-page/"),
    ("", "/privacy/"),
    ("", "/privacy/terms/1/"),
    ("", "/privacy/erased/"),
    ("resident", "/my/privacy/"),
    ("resident", "/my/consent/?kind=verification"),
    ("resident", "/my/privacy/export/"),
    ("resident", "/my/privacy/erase/"),
    ("resident", "/issues/new/"),
    ("resident", "/issues/{number}/"),
    ("resident", "/my/"),
    ("worker", "/desk/"),
    ("worker", "/issues/{number}/"),
    ("handler", "/issues/{number}/"),
    ("", "/ballots/"),
    ("", "/ballots/{ballot}/"),
    ("", "/ballots/{counted}/"),
    ("", "/ballots/{counted}/recount/"),
    ("resident", "/ballots/"),
    ("resident", "/ballots/{ballot}/"),
    ("resident", "/ballots/{ranked}/"),
    ("worker", "/ballots/new/"),
    ("worker", "/ballots/{draft}/"),
    ("worker", "/ballots/{paper}/paper/"),
    ("worker", "/ballots/{noticed}/objections/"),
    ("teller", "/ballots/{named}/tellers/"),
]


@pytest.fixture
def issue(town: District) -> Issue:
    """A public issue that is being handled, and a document beside it."""
    DisclosurePageFactory(title="关于调整城乡低保标准的通知", slug="dibao-2023")
    return IssueFactory(
        state=IssueState.DISPATCHED, area=town.compound, reporter=town.resident, unit=town.property, is_public=True
    )


@pytest.fixture
def numbers(town: District, keys: Path) -> dict[str, int]:
    """The numbers of ballots of every kind: open, ranked, a draft, counted, and an owners' one with its teller."""
    return {name: ballot.pk for name, ballot in every_ballot(town).items()}


@pytest.mark.parametrize("mode", ["normal", "elder"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages(
    issue: Issue,
    numbers: dict[str, int],
    town: District,
    visit: Callable[..., Page],
    size: tuple[int, int],
    mode: str,
) -> None:
    """Axe finds no violation; one h1, landmarks, a skip link; no page scrolls sideways."""
    pages = {name: visit(person(town, name) if name else None, size=size, mode=mode) for name, _ in PAGES}
    faults: list[Any] = []
    for name, address in PAGES:
        page = pages[name]
        page.goto(address.format(number=issue.number, **numbers))
        assert page.locator("html").get_attribute("data-mode") == mode
        faults += [(name, address, fault) for fault in [*frame_faults(page), *axe_faults(page)]]
    assert faults == []


def person(town: District, name: str) -> User:
    """Return somebody of the district, or the teller of its ballots."""
    return User.objects.get(username=name) if name == "teller" else getattr(town, name)


def frame_faults(page: Page) -> list[str]:
    """Return what is wrong with a page's frame."""
    checks = {
        "one h1": page.locator("h1").count() == 1,
        "main": page.locator("main#main").count() == 1,
        "banner": page.locator("header.site").count() == 1,
        "footer": page.locator("footer.foot").count() == 1,
        "skip link": page.locator("a.skip[href='#main']").count() == 1,
        "no sideways scroll": not is_scrolled_sideways(page),
        "title": " · " in page.title(),
    }
    return [name for name, holds in checks.items() if not holds]


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds, one line a violation with where it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]
