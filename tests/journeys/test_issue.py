"""One issue from a resident to its rating: on a phone with scripts, without, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from wagtail.models import ModelLogEntry

from deliberation.models import Issue
from deliberation.states import IssueState, Outcome
from tests.factories import District
from tests.journeys.conftest import DESKTOP

pytestmark = pytest.mark.journey

TITLE = "3 号楼前两处井盖破了，下雨积水"
# Every step's line in the action log, in the order of the journey.
LOGGED = [
    "raise", "publish", "accept", "dispatch", "resolve", "rate", "rework", "resolve", "rate", "close",
]  # fmt: skip


def raise_issue(page: Page, photo: Callable[[str], str], *, scripts: bool) -> Issue:
    """Fill the form and send it."""
    page.goto("/issues/new/")
    assert page.inner_text("main").index("110") < page.inner_text("main").index("什么事")
    page.fill("[name=title]", TITLE)
    page.get_by_label("公共设施").check()
    page.fill("[name=address]", "3 号楼前")
    page.set_input_files("[name=photos]", photo("#8CA8B5"))
    if scripts:
        page.click("[data-middle]")
    page.click("form.form button.main")
    page.wait_for_url("**/issues/EC-*/")
    return Issue.objects.get(title=TITLE)


def act(page: Page, issue: Issue, verb: str, **fields: str) -> None:
    """Send one of the issue's forms, opening its fold first where it is shut."""
    page.goto(issue.get_absolute_url())
    form = page.locator(f"form[action$='/{verb}/']")
    fold = page.locator(f"details#{verb}")
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator("summary").click()
    for name, value in fields.items():
        control = form.locator(f"[name={name}]")
        if name == "photos":
            control.set_input_files(value)
        elif name == "rating":
            form.locator(f"[name=rating][value='{value}']").check()
        else:
            control.fill(value)
    with page.expect_navigation():
        form.locator("button").last.click()


def public_steps(page: Page, issue: Issue) -> list[str]:
    """Return the titles of the steps that anybody sees as done."""
    page.goto(issue.get_absolute_url())
    titles = page.locator(".chain > li.done h3").all_inner_texts()
    return [title.split("（")[0].strip() for title in titles]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_a_resident_to_its_rating(
    town: District, visit: Callable[..., Page], photo: Callable[[str], str], scripts: bool
) -> None:
    """Each step appears on the public page, in the notices and in the action log."""
    resident, worker = visit(town.resident, scripts=scripts), visit(town.worker, scripts=scripts)
    handler, anybody = visit(town.handler, scripts=scripts), visit(scripts=scripts)
    issue = raise_issue(resident, photo, scripts=scripts)
    assert (issue.latitude is not None) == scripts
    assert anybody.goto(issue.get_absolute_url()).status == 404

    act(worker, issue, "review")
    assert public_steps(anybody, issue) == ["反映"]
    worker.goto("/desk/")
    with worker.expect_navigation():
        worker.locator(f".work form[action='{issue.get_absolute_url()}accept/'] button").click()
    act(worker, issue, "dispatch")
    issue.refresh_from_db()
    assert (issue.state, issue.unit) == (IssueState.DISPATCHED, town.property)
    assert public_steps(anybody, issue) == ["反映", "受理", "派单"]

    handler.goto("/desk/")
    handler.locator(f".work .do a[href='{issue.get_absolute_url()}#act']").click()
    act(handler, issue, "resolve", text="换了新井盖", photos=photo("#48504B"))
    resident.goto("/my/")
    resident.locator(f".work .do a[href='{issue.get_absolute_url()}#rate']").click()
    act(resident, issue, "rate", rating="2")
    assert public_steps(anybody, issue) == ["反映", "受理", "派单", "办结", "评价", "退回重办"]
    act(handler, issue, "resolve", text="又垫平了", photos=photo("#6E675B"))
    act(resident, issue, "rate", rating="5")
    assert public_steps(anybody, issue) == [
        "反映", "受理", "派单", "办结", "评价", "退回重办", "办结", "评价", "结案",
    ]  # fmt: skip

    issue.refresh_from_db()
    assert (issue.state, issue.outcome, issue.rating) == (IssueState.CLOSED, Outcome.RESOLVED, 5)
    entries = ModelLogEntry.objects.for_instance(issue).order_by("timestamp", "id")
    assert [entry.action.removeprefix("issue.") for entry in entries] == LOGGED
    assert_notices(resident, issue)
    assert "张三" not in anybody.content()
    assert town.resident.username not in anybody.content()


def assert_notices(page: Page, issue: Issue) -> None:
    """The reporter was told of each step that somebody else took."""
    page.goto("/my/")
    told = page.locator("section[aria-labelledby=notices] .row").all_inner_texts()
    sentences = ["已经公开", "已经受理", "已派给", "办好了", "办好了"]
    # Newest first on the page.
    for sentence, text in zip(sentences, reversed(told), strict=True):
        assert sentence in text
        assert issue.number in text


def test_by_keyboard_alone(town: District, visit: Callable[..., Page], photo: Callable[[str], str]) -> None:
    """The whole way with Tab, arrows, Space and Enter only; a file is what the system's own dialogue gives."""
    resident, worker, handler = (visit(who, size=DESKTOP) for who in (town.resident, town.worker, town.handler))
    resident.goto("/issues/new/")
    resident.keyboard.press("Tab")
    assert resident.locator(":focus").inner_text() == "跳到正文"
    tab_to(resident, "[name=title]")
    resident.keyboard.type(TITLE)
    tab_to(resident, "[name=category]")
    resident.keyboard.press("Space")
    # To 公共设施, whose usual unit is the property company.
    resident.keyboard.press("ArrowDown")
    resident.keyboard.press("ArrowDown")
    tab_to(resident, "form.form button.main")
    send(resident)
    issue = Issue.objects.get(title=TITLE)

    worker.goto("/desk/")
    tab_to(worker, ".work form button")
    send(worker)
    worker.goto(issue.get_absolute_url())
    tab_to(worker, "details#dispatch form button")
    send(worker)
    worker.goto(issue.get_absolute_url())
    tab_to(worker, "details#review > summary")
    if worker.locator("details#review").get_attribute("open") is None:
        worker.keyboard.press("Enter")
    tab_to(worker, "details#review form button")
    send(worker)
    issue.refresh_from_db()
    assert (issue.state, issue.is_public) == (IssueState.DISPATCHED, True)

    resolve_by_keyboard(handler, issue, photo("#48504B"))
    rate_by_keyboard(resident, issue, presses=1)
    issue.refresh_from_db()
    assert (issue.state, issue.rework_count) == (IssueState.REWORK, 1)
    resolve_by_keyboard(handler, issue, photo("#6E675B"))
    rate_by_keyboard(resident, issue, presses=4)
    issue.refresh_from_db()
    assert (issue.state, issue.outcome, issue.rating) == (IssueState.CLOSED, Outcome.RESOLVED, 5)


def resolve_by_keyboard(page: Page, issue: Issue, picture: str) -> None:
    """Say how it was done and give the photo."""
    page.goto(issue.get_absolute_url())
    tab_to(page, "details#resolve [name=text]")
    page.keyboard.type("换了新井盖")
    tab_to(page, "details#resolve [name=photos]")
    page.locator("details#resolve [name=photos]").set_input_files(picture)
    tab_to(page, "details#resolve form button.wide")
    send(page)


def rate_by_keyboard(page: Page, issue: Issue, presses: int) -> None:
    """Go from one's own page to the rating; the arrow moves from 1 as often as pressed."""
    page.goto("/my/")
    tab_to(page, f".work .do a[href='{issue.get_absolute_url()}#rate']")
    send(page)
    tab_to(page, "#rate [name=rating]")
    page.keyboard.press("Space")
    for _ in range(presses):
        page.keyboard.press("ArrowDown")
    tab_to(page, "#rate form button")
    send(page)


def send(page: Page) -> None:
    """Press Enter on a button and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until the focus is on what `selector` matches, and see that the focus shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outlines = page.evaluate(
                "() => [document.activeElement, document.activeElement.closest('label')]"
                ".filter(Boolean).map(element => getComputedStyle(element).outlineStyle)"
            )
            assert set(outlines) - {"none"}
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_what_was_typed_comes_back_after_signing_in(town: District, visit: Callable[..., Page]) -> None:
    """A form sent after the session ran out is not lost."""
    page = visit(town.resident)
    page.goto("/issues/new/")
    page.fill("[name=title]", TITLE)
    page.get_by_label("公共设施").check()
    page.context.clear_cookies(name="sessionid")
    page.click("form.form button.main")
    page.wait_for_url("**/accounts/login/**")
    page.fill("[name=login]", town.resident.username)
    page.fill("[name=password]", "demo-only-2023")
    page.click("main form button.main")
    page.wait_for_url("**/issues/new/")
    assert page.input_value("[name=title]") == TITLE
    assert page.get_by_label("公共设施").is_checked()


def test_a_double_submit_raises_one_issue(town: District, visit: Callable[..., Page]) -> None:
    """Two taps on a slow line make one issue."""
    page = visit(town.resident)
    page.goto("/issues/new/")
    page.fill("[name=title]", TITLE)
    page.get_by_label("公共设施").check()
    page.evaluate(
        "() => { const form = document.querySelector('form.form'); const body = new FormData(form);"
        " return Promise.all([0, 1].map(() => fetch(form.action, {method: 'POST', body}))); }"
    )
    assert Issue.objects.filter(title=TITLE).count() == 1


def is_scrolled_sideways(page: Page) -> Any:
    """Return whether a page is wider than its window."""
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
