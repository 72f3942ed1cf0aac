"""Who is who, at 360 px: a worker verifies with papers, speaks for somebody, looks with a reason; somebody moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from community.models import Representation, Resident, Reveal, VerificationRecord
from community.models.people import Verification
from community.models.verifying import VerificationOutcome
from deliberation.models import Issue
from tests.factories import District
from tests.factories.verifying import id_number_of
from tests.journeys.test_issue import is_scrolled_sideways
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey


def choose_home(page: Page, *names: str) -> None:
    """Choose a home, one list after another."""
    for name in names:
        page.select_option("[name=home]", label=name)
        with page.expect_navigation():
            page.click("form[method=get] button:has-text('下一步')")


def ask(page: Page) -> None:
    """Fill the form of one's verification and send it."""
    page.fill("[name=name]", "王秀英")
    page.fill("[name=id_number]", id_number_of())
    page.fill("[name=address]", "3 栋 2 单元 501")
    page.check("[name=way][value=paper]")
    page.check("[name=agreed]")
    with page.expect_navigation():
        page.click("button:has-text('送出申请')")


def verify(page: Page) -> None:
    """As a worker, open the first request, hold it against the paper and let it pass."""
    page.goto("/desk/verifications/")
    with page.expect_navigation():
        page.locator(".work .do a").first.click()
    assert "王秀英" not in page.content()
    with page.expect_navigation():
        page.click("button:has-text('和证件核对')")
    assert id_number_of() in page.inner_text("main")
    assert sound(page)
    page.check("#verify [name=paper][value=id_card]")
    with page.expect_navigation():
        page.click("#verify button")


def sound(page: Page) -> bool:
    """Return whether a page has nothing wrong that a machine finds."""
    faults = [*frame_faults(page), *axe_faults(page)]
    assert faults == []
    return not is_scrolled_sideways(page)


@pytest.mark.parametrize("mode", ["normal", "elder"])
def test_verified_with_papers_and_moved(town: District, visit: Callable[..., Page], mode: str) -> None:
    """A newcomer asks, a worker sees the card, the looks are in the person's own log; then the person moves."""
    newcomer, worker = visit(town.newcomer, mode=mode), visit(town.worker, mode=mode)
    newcomer.goto("/my/verification/?home=0")
    assert sound(newcomer)
    choose_home(newcomer, "东园街道", "东园社区", "东园小区")
    assert sound(newcomer)
    ask(newcomer)
    verify(worker)
    assert "没有等您核验的" in worker.inner_text("main")
    newcomer.goto("/my/verification/")
    assert "您核验过了" in newcomer.inner_text("main")
    assert sound(newcomer)
    newcomer.goto("/my/privacy/log/")
    log = newcomer.inner_text("main")
    assert log.count("核验身份") == 3
    assert "社区工作者" in log
    assert sound(newcomer)

    newcomer.goto("/my/home/?home=0")
    choose_home(newcomer, "沙洲镇", "沙洲社区", "沙洲小区")
    newcomer.fill("[name=address]", "9 栋 101")
    assert sound(newcomer)
    with newcomer.expect_navigation():
        newcomer.click("button:has-text('记下新住址')")
    ask(newcomer)
    verify(visit(town.other_worker, mode=mode))
    resident = Resident.objects.get(user=town.newcomer)
    assert (resident.home, resident.verification) == (town.other_compound, Verification.VERIFIED)
    outcomes = list(VerificationRecord.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == [VerificationOutcome.VERIFIED, VerificationOutcome.MOVED, VerificationOutcome.VERIFIED]


def test_without_scripts(town: District, visit: Callable[..., Page]) -> None:
    """The same with no JavaScript at all."""
    newcomer, worker = visit(town.newcomer, scripts=False), visit(town.worker, scripts=False)
    newcomer.goto("/my/verification/?home=0")
    choose_home(newcomer, "东园街道", "东园社区", "东园小区")
    ask(newcomer)
    worker.goto("/desk/verifications/")
    worker.locator(".work .do a").first.click()
    worker.click("button:has-text('和证件核对')")
    worker.check("#verify [name=paper][value=id_card]")
    worker.click("#verify button")
    worker.wait_for_url("**/desk/verifications/")
    assert Resident.objects.get(user=town.newcomer).verification == Verification.VERIFIED


def test_represented_with_a_receipt(town: District, visit: Callable[..., Page]) -> None:
    """A worker registers somebody, raises an issue for them and prints the receipt; the second time they are found."""
    worker = visit(town.worker)
    worker.goto("/desk/residents/new/")
    worker.fill("[name=person_name]", "李奶奶")
    worker.select_option("[name=home]", label="东园小区")
    assert sound(worker)
    with worker.expect_navigation():
        worker.click("form.form button.main")
    assert sound(worker)
    with worker.expect_navigation():
        worker.click("a:has-text('替他反映问题')")
    worker.fill("[name=title]", "楼道灯不亮")
    worker.get_by_label("公共设施").check()
    with worker.expect_navigation():
        worker.click("form.form button.main")
    issue, receipt = Issue.objects.get(), Representation.objects.get()
    assert (issue.represented, issue.area) == (Resident.objects.get(user=None), town.community)
    assert worker.url.endswith(f"/receipts/{receipt.number}/")
    assert sound(worker)
    assert worker.locator("button[data-print]").is_visible()
    worker.emulate_media(media="print")
    assert not worker.locator("button[data-print]").is_visible()
    words = worker.inner_text("main")
    assert [word for word in (receipt.number, issue.number, "李*", "0711-0000000") if word not in words] == []
    assert "李奶奶" not in worker.content()
    worker.emulate_media(media="screen")

    worker.goto("/issues/new/")
    worker.check("[name=on_behalf]")
    worker.fill("[name=person_name]", "李秀兰")
    worker.fill("[name=title]", "楼道灯又不亮了")
    worker.get_by_label("公共设施").check()
    worker.select_option("[name=area]", label="东园社区")
    with worker.expect_navigation():
        worker.click("form.form button.main")
    assert "可能登记过了" in worker.inner_text("main")
    worker.locator("[name=person]").first.check()
    with worker.expect_navigation():
        worker.click("form.form button.main")
    assert Resident.objects.filter(user=None).count() == 1
    assert Representation.objects.count() == 2


def test_a_look_is_in_the_persons_log(town: District, visit: Callable[..., Page]) -> None:
    """A worker finds somebody by phone, looks at one value with a reason; the person reads who and why."""
    person = Resident.objects.get(user=town.resident)
    person.name, person.phone = "王秀英", "13800138000"
    person.save()
    worker, resident = visit(town.worker), visit(town.resident)
    worker.goto("/desk/residents/")
    worker.check("[name=by][value=phone]")
    worker.fill("[name=text]", "13800138000")
    assert sound(worker)
    with worker.expect_navigation():
        worker.click("main form.form button.main")
    assert sound(worker)
    assert "13800138000" not in worker.url
    with worker.expect_navigation():
        worker.locator("main .list a.row").first.click()
    worker.locator("#reveal summary").click()
    worker.select_option("#reveal [name=field]", "name")
    worker.select_option("#reveal [name=reason]", "contact")
    worker.fill("#reveal [name=note]", "水管爆了，请他回家")
    with worker.expect_navigation():
        worker.click("#reveal button")
    assert "王秀英" in worker.inner_text("main")
    assert sound(worker)
    assert Reveal.objects.get().resident == person
    resident.goto("/my/privacy/log/")
    assert "水管爆了，请他回家" in resident.inner_text("main")
