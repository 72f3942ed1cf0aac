"""One vote from the page to the recount: with scripts, without, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from deliberation.models import Ballot, RollEntry
from deliberation.workflow.voting import cast_vote
from tests.factories import District
from tests.factories.ballots import counted
from tests.journeys.balloting import OPTIONS, open_ballot
from tests.journeys.conftest import DESKTOP

pytestmark = pytest.mark.journey


def receipt_on(page: Page) -> str:
    """Return the receipt that a page shows."""
    return page.locator(".receipt .code").inner_text().strip()


def close(ballot: Ballot) -> Ballot:
    """Let the closing come, and count."""
    Ballot.objects.filter(pk=ballot.pk).update(closes_at=timezone.now())
    return counted(Ballot.objects.get(pk=ballot.pk))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_paper_to_the_recount(town: District, visit: Callable[..., Page], keys: Path, scripts: bool) -> None:
    """Whoever votes finds their receipt in the count; nothing on the way keeps what they chose."""
    ballot = open_ballot(town)
    page = visit(town.resident, scripts=scripts)
    page.goto("/ballots/")
    page.get_by_role("link", name=ballot.question).first.click()
    assert page.locator("#paper :checked").count() == 0
    page.click("#paper button.btn")
    assert "请先选一个再投。" in page.inner_text("#paper .summary")
    page.get_by_label("不同意").check()
    page.click("#paper button.btn")
    page.wait_for_url(f"**/ballots/{ballot.pk}/vote/")
    first = receipt_on(page)
    if scripts:
        assert page.evaluate("Object.keys(sessionStorage).length + Object.keys(localStorage).length") == 0

    # Their mind changes, and another code counts.
    page.click("main a.main")
    assert page.locator("#paper :checked").count() == 0
    page.get_by_label("同意", exact=True).check()
    page.click("#paper button.btn")
    second = receipt_on(page)
    assert first != second

    for entry, choice in zip(ballot.roll.filter(has_voted=False), ("yes", "yes", "no"), strict=False):
        voted_by(ballot, entry, choice)
    close(ballot)
    page.goto(f"/ballots/{ballot.pk}/recount/")
    assert "都对得上" in page.inner_text("main")
    codes = page.request.get(f"/ballots/{ballot.pk}/receipts.csv").text().split()
    assert (first in codes, second in codes, len(codes)) == (False, True, 5)
    if not scripts:
        assert f"manage.py recount {ballot.pk}" in page.inner_text("main")


def test_the_recount_in_the_browser(town: District, visit: Callable[..., Page], keys: Path) -> None:
    """It counts to the same result, finds a receipt however it is typed, and says when a code is not there."""
    ballot = open_ballot(town, method="instant_runoff", options=OPTIONS)
    page = visit(town.resident, size=DESKTOP)
    page.goto(ballot.get_absolute_url())
    page.get_by_label("建车棚").select_option("1")
    page.get_by_label("种桂花").select_option("2")
    page.click("#paper button.btn")
    code = receipt_on(page)
    others = ballot.roll.exclude(voters__resident__user=town.resident)
    for entry, choice in zip(others, ("1>2", "3", "2>3"), strict=False):
        voted_by(ballot, entry, choice)
    close(ballot)

    anybody = visit()
    anybody.goto(f"/ballots/{ballot.pk}/recount/")
    anybody.click("[data-count]")
    anybody.wait_for_selector("[data-results] li:nth-child(4)")
    assert anybody.locator("[data-results] .note.ok").count() == 4
    anybody.fill("#receipt", code.lower().replace("-", " "))
    anybody.click("[data-receipt-form] button")
    anybody.wait_for_selector("[data-answer].ok")
    anybody.fill("#receipt", "AAAA-BBBB-CCCC-DDDD")
    anybody.click("[data-receipt-form] button")
    anybody.wait_for_selector("[data-answer].now")
    assert code not in anybody.url


def voted_by(ballot: Ballot, entry: RollEntry, choice: str) -> None:
    """Have the one person of a roll entry vote."""
    cast_vote(ballot, by=entry.voters.get().resident.user, at=timezone.now(), choice=choice)


def test_a_vote_by_keyboard(town: District, visit: Callable[..., Page], keys: Path) -> None:
    """Tab, arrows and Enter are enough."""
    ballot = open_ballot(town)
    page = visit(town.resident)
    page.goto(ballot.get_absolute_url())
    for _each in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "choice":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert "投出这一票" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ballots/{ballot.pk}/vote/")
    assert len(receipt_on(page)) == 19
