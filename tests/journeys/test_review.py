"""At 360 px: a worker covers a face, with scripts and without, and publishes; an author's appeal is granted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from community.models import Hiding
from deliberation.models import Issue, IssuePhoto
from tests.factories import District
from tests.journeys.test_issue import act, raise_issue

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_worker_covers_and_publishes(
    town: District, visit: Callable[..., Page], photo: Callable[[str], str], scripts: bool
) -> None:
    resident, worker = visit(town.resident, scripts=scripts), visit(town.worker, scripts=scripts)
    issue = raise_issue(resident, photo, scripts=scripts)
    sent = IssuePhoto.objects.get()
    old = str(sent.image.name)
    worker.goto("/desk/reviews/")
    worker.click(".work .do a")
    assert worker.url.endswith("#review")
    if worker.locator("details#review").get_attribute("open") != "":
        worker.locator("details#review summary").click()
    worker.fill("#review [name=title]", "井盖破了")
    with worker.expect_navigation():
        worker.click("#review .photos [name=cover]")
    assert "恢复不了" in worker.inner_text("main")
    if scripts:
        draw(worker)
    else:
        worker.locator("[name=cells]").nth(8).check()
    with worker.expect_navigation():
        worker.get_by_role("button", name="遮住，删掉原来的").click()
    assert "遮好了" in worker.inner_text("main")
    sent.refresh_from_db()
    assert str(sent.image.name) != old
    assert not sent.image.storage.exists(old)
    # Back at the form one came from, with what was typed, and a word beside the photo.
    assert worker.url.endswith(f"{issue.get_absolute_url()}#photo-{sent.pk}")
    assert worker.inner_text("#review .photos .tag") == "刚遮好"
    with worker.expect_navigation():
        worker.get_by_role("button", name="看过，公开").click()
    issue.refresh_from_db()
    assert (issue.is_public, issue.title) == (True, "井盖破了")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_worker_publishes_what_is_ticked_in_the_list(
    town: District, visit: Callable[..., Page], photo: Callable[[str], str], scripts: bool
) -> None:
    resident, worker = visit(town.resident), visit(town.worker, scripts=scripts)
    issue = raise_issue(resident, photo, scripts=True)
    worker.goto("/desk/reviews/")
    assert worker.locator(".work figure img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert worker.locator("[name=chosen]:checked").count() == 0
    worker.locator("[name=chosen]").check()
    with worker.expect_navigation():
        worker.get_by_role("button", name="公开勾选的").click()
    assert "看过的 1 件公开了。" in worker.inner_text("main")
    issue.refresh_from_db()
    assert (issue.is_public, IssuePhoto.objects.get().is_public) == (True, True)


def draw(page: Page) -> None:
    """Draw a box with the pointer, take it back, and draw another."""
    picture = page.locator("[data-cover-photo]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    for _round in range(2):
        page.mouse.move(box["x"] + 40, box["y"] + 30)
        page.mouse.down()
        page.mouse.move(box["x"] + 160, box["y"] + 110, steps=5)
        page.mouse.up()
        if _round == 0:
            page.click("[data-cover-photo] .box button")
            assert page.input_value("[name=boxes]") == ""
    assert page.input_value("[name=boxes]").count(",") == 3
    assert page.locator("[name=cells]:checked").count() == 0


def test_an_author_appeals_and_another_worker_grants(
    town: District, visit: Callable[..., Page], photo: Callable[[str], str]
) -> None:
    resident, worker, worker2 = visit(town.resident), visit(town.worker), visit(town.worker2)
    neighbour = visit(town.neighbour, mode="elder")
    issue = raise_issue(resident, photo, scripts=True)
    act(worker, issue, "review")
    act(neighbour, issue, "supplement", text="晚上更响")
    worker.goto("/desk/reviews/?kind=supplement")
    worker.click(".work .do a")
    worker.select_option("[name=reason]", "insult")
    worker.fill("[name=note]", "话说重了")
    with worker.expect_navigation():
        worker.get_by_role("button", name="不公开，告诉作者").click()
    neighbour.goto("/my/")
    neighbour.goto(Hiding.objects.get().get_absolute_url())
    assert "话说重了" in neighbour.inner_text("main")
    neighbour.fill("[name=text]", "只是说声音响")
    with neighbour.expect_navigation():
        neighbour.get_by_role("button", name="送出申诉").click()
    worker2.goto("/desk/reviews/?kind=appeal")
    worker2.click(".work .do a")
    worker2.get_by_label("改为公开").check()
    worker2.fill("[name=decision]", "确实没有骂人")
    with worker2.expect_navigation():
        worker2.get_by_role("button", name="定下来，告诉作者").click()
    anybody = visit()
    anybody.goto(Issue.objects.get().get_absolute_url())
    assert "晚上更响" in anybody.inner_text("main")
