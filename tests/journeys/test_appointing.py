"""A town officer appoints a worker, who lends the role for some days and gets it back; then it ends.

And a colleague takes over, and one is ended at the yearly review.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from wagtail.models import ModelLogEntry

from community.models import Appointment
from community.queries import today
from tests.factories import District
from tests.journeys.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.journey


def send(page: Page, button: str) -> None:
    """Press the button of a form by its words, and wait for the answer."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize(
    ("size", "scripts"), [(PHONE, True), (PHONE, False), (DESKTOP, True)], ids=["phone", "no scripts", "desktop"]
)
def test_appointed_lent_and_ended(
    town: District, visit: Callable[..., Page], size: tuple[int, int], scripts: bool
) -> None:
    officer = visit(town.town_officer, size=size, scripts=scripts)
    officer.goto("/desk/appointments/")
    officer.get_by_role("link", name="任命一个人").first.click()
    officer.get_by_role("link", name="社区工作者").click()
    officer.select_option("[name=place]", str(town.community.pk))
    officer.fill("[name=person]", "newcomer")
    send(officer, "下一步：核对是谁")
    assert "newcomer" in officer.inner_text("main dl")
    send(officer, "确认任命")
    assert officer.locator("h1").inner_text() == "社区工作者，东园社区"
    given = Appointment.objects.get(user=town.newcomer)

    worker = visit(town.newcomer, size=size, scripts=scripts)
    worker.goto("/my/absence/")
    # Colleagues who hold the role there already do the work anyway; somebody from elsewhere is asked for.
    worker.locator("summary", has_text="还要请别处的同事代").click()
    worker.select_option("[name=to]", str(town.neighbour_worker.pk))
    worker.fill("[name=ends_on]", str(today() + timedelta(days=3)))
    send(worker, "请同事代")
    assert "neighbour_worker" in worker.locator("section[aria-labelledby=out]").inner_text()
    colleague = visit(town.neighbour_worker, size=size, scripts=scripts)
    colleague.goto("/my/absence/")
    assert "代 张*" in colleague.locator("section[aria-labelledby=in]").inner_text()

    worker.locator("section[aria-labelledby=out] a.row").click()
    worker.check("[name=at_once]")
    send(worker, "结束代行")
    assert given.delegations.get().stopped_at is not None

    officer.goto(given.get_absolute_url())
    officer.locator("section[aria-labelledby=end]").get_by_label("最后一天").fill(str(today()))
    send(officer, "结束任职")
    given.refresh_from_db()
    assert given.ends_on == today()
    steps = officer.locator("section[aria-labelledby=log] b").all_inner_texts()
    assert steps == ["定了任职的最后一天", "任命了一个角色"]
    widths = [page.evaluate("document.documentElement.scrollWidth") for page in (officer, worker)]
    assert widths == [size[0], size[0]]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_colleague_takes_over_and_one_is_ended_at_the_review(
    town: District, visit: Callable[..., Page], scripts: bool
) -> None:
    """By phone the colleague is found once and told once; ending at the review asks before it does."""
    town.worker2.set_phone("13900000001")
    town.worker2.save()
    held = Appointment.objects.get(user=town.worker)
    officer = visit(town.town_officer, size=PHONE, scripts=scripts)
    officer.goto(held.get_absolute_url())
    form = officer.locator("section[aria-labelledby=hand_over]")
    form.locator("[name=person]").fill("139 0000 0001")
    form.locator("[name=reason]").select_option("moved")
    send(officer, "下一步：核对是谁")
    assert "worker2" in officer.inner_text("main dl")
    assert "139" not in officer.content()
    send(officer, "确认交接")
    held.refresh_from_db()
    assert (held.ends_on, Appointment.objects.filter(user=town.worker2).count()) == (today(), 1)
    assert ModelLogEntry.objects.filter(user=town.town_officer, action="appointment.look_up").count() == 1

    steward = Appointment.objects.get(user=town.steward)
    officer.goto("/desk/appointments/review/")
    with officer.expect_navigation():
        officer.locator(f"a[href='/desk/appointments/review/{steward.pk}/']").click()
    assert officer.locator("h1").inner_text() == "结束这项任职"
    steward.refresh_from_db()
    assert steward.ended_at is None
    assert officer.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    send(officer, "确认今天结束")
    steward.refresh_from_db()
    assert (steward.ends_on, steward.end_reason) == (today(), "review")
