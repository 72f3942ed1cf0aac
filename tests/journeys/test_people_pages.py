"""Every page about people and places, in both modes, on a phone and on a desktop: axe, the frame, and no scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from community.models import (
    Appointment,
    Dwelling,
    Hiding,
    Household,
    NoticePreference,
    Ownership,
    VerificationRequest,
)
from community.models.reviews import HideReason
from community.roles import Role
from community.workflow.households import create_household
from community.workflow.recovering import ask_recovery
from community.workflow.representing import register_person, represent
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState
from tests.factories import District, IssueFactory, clean_photo_of
from tests.factories.verifying import asked, id_number_of
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey

# Who looks, and at which addresses, by name; what stands in a list is found by `places_of`.
PAGES = {
    "": ("places", "contacts", "privacy", "use_slip"),
    "newcomer": ("my_verification", "my_home", "reveal_log", "hidings"),
    "worker": (
        "verifications", "desk_residents", "register_resident", "recoveries", "reviews", "households", "new_household", "compounds",
        "dwelling_import", "absence", "appointments", "appointment_reviews",
    ),
    "town_officer": ("appointments", "new_appointment", "appointment_reviews", "units", "new_unit", "absence"),
    "district_officer": ("place_tree", "matrix", "capabilities", "reviews", "appointments"),
    "auditor": ("matrix", "capabilities"),
    "administrator": ("place_tree", "matrix"),
}  # fmt: skip
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
MODES = pytest.mark.parametrize("mode", ["normal", "elder"])


def issue_to_review(town: District) -> tuple[Issue, IssueEvent, IssuePhoto]:
    """Return an issue with words and a photo that nobody has reviewed."""
    issue = IssueFactory(state=IssueState.DISPATCHED, area=town.compound, reporter=town.resident, unit=town.property)
    event = IssueEvent.objects.create(
        issue=issue, verb="supplement", state=issue.state, by=town.neighbour, text="打 13800000000 找我",
        is_public=False, at=issue.raised_at,
    )  # fmt: skip
    clean = clean_photo_of()
    photo = IssuePhoto.objects.create(
        issue=issue, event=event, kind=PhotoKind.BEFORE, is_public=False, taken_at=issue.raised_at,
        width=clean.width, height=clean.height, **clean.files(),
    )  # fmt: skip
    return issue, event, photo


def hiding_of(issue: Issue, town: District) -> Hiding:
    """Return words of a newcomer that are kept from the public."""
    event = IssueEvent.objects.create(
        issue=issue, verb="supplement", state=issue.state, by=town.newcomer, text="骂人的话", is_public=False,
        at=issue.raised_at,
    )  # fmt: skip
    return Hiding.objects.create(
        subject=event, area=town.compound, author=town.newcomer, reason=HideReason.INSULT, note="骂人了",
        by=town.worker, at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def records(town: District) -> dict[str, list[str]]:
    """Return the addresses of pages that are about one record, by who looks at them."""
    now = timezone.now()
    how: dict[str, Any] = {"by": town.worker, "at": now}
    request = asked(town.newcomer, town.compound, now)
    household = create_household(town.compound, number="001", address="3 栋", **how)
    home = Dwelling.objects.create(area=town.compound, building="1 栋", room="101", floor_area=8950)
    Ownership.objects.create(dwelling=home, owner_name="某示范001", starts_on=now.date())
    person = register_person(name="陈大爷", home=town.compound, **how)
    receipt = represent(person, act="反映问题", subject="EC-1", url="/issues/", **how)
    own = town.neighbour.resident
    helped = ask_recovery(own, id_number=own.id_number, way="slip", present=True, **how)
    issue, event, photo = issue_to_review(town)
    held = Appointment.objects.get(user=town.worker, role=Role.COMMUNITY_WORKER)
    compound, community = town.compound.code, town.community.code
    return {
        "": [reverse("place_page", args=[code]) for code in (compound, community)] + ["/contacts/?q=小区"],
        "newcomer": [
            reverse("my_verification") + f"?home={town.compound.pk}",
            reverse("my_home") + f"?home={town.compound.pk}",
            hiding_of(issue, town).get_absolute_url(),
        ],
        "worker": [
            reverse("verification", args=[request.pk]),
            reverse("desk_resident", args=[person.pk]),
            reverse("ask_for_resident", args=[person.pk]),
            reverse("receipt", args=[receipt.number]),
            reverse("correct_resident", args=[person.pk]),
            reverse("recover_resident", args=[town.resident.resident.pk]),
            reverse("recovery", args=[helped.pk]),
            reverse("recovery_receipt", args=[helped.pk]),
            reverse("household", args=[household.pk]),
            reverse("compound", args=[compound]),
            reverse("dwellings", args=[compound]),
            reverse("dwelling", args=[home.pk]),
            reverse("review", args=["supplement", event.pk]),
            reverse("cover", args=["photo", photo.pk]),
        ],
        "town_officer": [
            reverse("appointment", args=[held.pk]),
            reverse("appointment_review", args=[held.pk]),
            reverse("new_appointment") + "?role=community_worker",
            reverse("unit", args=[town.committee.pk]),
        ],
        "district_officer": [
            reverse(name, args=[community]) for name in ("place", "new_place", "place_merge", "place_split")
        ],
    }  # fmt: skip


@MODES
@SIZES
def test_pages(
    records: dict[str, list[str]], town: District, visit: Callable[..., Page], size: tuple[int, int], mode: str
) -> None:
    """Axe finds no violation; one h1, landmarks, a skip link; no page scrolls sideways."""
    faults: list[Any] = []
    for who, names in PAGES.items():
        page = visit(getattr(town, who) if who else None, size=size, mode=mode)
        for address in [*(reverse(name) for name in names), *records.get(who, [])]:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, (who, address, answer.status)
            assert page.locator("html").get_attribute("data-mode") == mode
            faults += [(who, address, fault) for fault in [*frame_faults(page), *axe_faults(page)]]
    assert faults == []


# What can be done with a form when nothing runs in the browser.
DEAD = """forms => forms.filter(form => {
    const button = form.querySelector('button:not([type=button]):not([disabled]):not([hidden])')
    const shown = form.offsetParent === null || (button && button.getBoundingClientRect().height >= 24)
    return !button || !shown || (form.method === 'post' && !form.querySelector('[name=csrfmiddlewaretoken]'))
}).map(form => form.outerHTML.slice(0, 200))"""


def test_each_form_is_sent_without_scripts(
    records: dict[str, list[str]], town: District, visit: Callable[..., Page]
) -> None:
    """Every form has a button of its own that the browser alone can press, and its token."""
    dead: list[Any] = []
    for who, names in PAGES.items():
        page = visit(getattr(town, who) if who else None, mode="elder", scripts=False)
        for address in [*(reverse(name) for name in names), *records.get(who, [])]:
            page.goto(address)
            dead += [(address, form) for form in page.locator("main form").evaluate_all(DEAD)]
    assert dead == []


def test_asking_for_verification_without_scripts(town: District, visit: Callable[..., Page]) -> None:
    """List after list, then the form; the text to agree to has its headings; what was typed stays beside a mistake."""
    page = visit(town.newcomer, mode="elder", scripts=False)
    page.goto(reverse("my_verification") + "?home=0")
    for name in (town.town.name, town.community.name, town.compound.name):
        page.select_option("[name=home]", label=name)
        page.get_by_role("button", name="选好了，下一步").click()
    page.fill("[name=name]", "王秀英")
    page.fill("[name=id_number]", id_number_of()[:-1] + "Z")
    page.fill("[name=address]", "3 栋 2 单元 501")
    page.check("[name=way][value=paper]")
    page.check("[name=agreed]")
    page.get_by_role("button", name="送出申请").click()
    expect(page.get_by_role("alert").first).to_contain_text("身份证号")
    assert page.input_value("[name=name]") == "王秀英"
    assert page.locator("main details h3").count() >= 4
    assert "## " not in page.inner_text("main")
    page.fill("[name=id_number]", id_number_of())
    page.check("[name=agreed]")
    page.get_by_role("button", name="送出申请").click()
    expect(page.locator("main")).to_contain_text("请带身份证到社区")
    assert VerificationRequest.objects.get().home == town.compound
    page.get_by_role("link", name="找社区工作者").first.click()
    expect(page.locator("h1")).to_have_text(town.compound.name)


def test_the_way_of_notices_and_a_household_without_scripts(town: District, visit: Callable[..., Page]) -> None:
    page = visit(town.resident, scripts=False)
    page.goto(reverse("notice_settings"))
    page.locator("main select").first.select_option("20")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("记下了")
    assert NoticePreference.objects.get(user=town.resident).quiet_from == 20
    worker = visit(town.worker, scripts=False)
    worker.goto(reverse("new_household"))
    worker.select_option("[name=area]", label=town.compound.name)
    worker.fill("[name=number]", "007")
    worker.get_by_role("button", name="登记", exact=True).click()
    expect(worker.locator("h1")).to_contain_text("007")
    assert Household.objects.get().area == town.compound


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the field of that name has the focus; each place on the way shows that it has it."""
    for _step in range(80):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => {const s = getComputedStyle(document.activeElement);
            return s.outlineStyle !== 'none' || s.boxShadow !== 'none'}"""
        )
        assert shown, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(name)


def test_agreeing_and_searching_by_keyboard_alone(town: District, visit: Callable[..., Page]) -> None:
    """A citizen finds an office, a worker a resident, with no pointer."""
    page = visit(size=DESKTOP)
    page.goto(reverse("contacts"))
    tab_to(page, "q")
    page.keyboard.type(town.compound.name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name=town.compound.name)).to_be_visible()
    worker = visit(town.worker, size=DESKTOP)
    worker.goto(reverse("desk_residents"))
    tab_to(worker, "by")
    worker.keyboard.press("ArrowDown")
    worker.keyboard.press("ArrowDown")
    tab_to(worker, "text")
    worker.keyboard.type("王")
    with worker.expect_navigation():
        worker.keyboard.press("Enter")
    assert worker.input_value("[name=text]") == "王"
    assert worker.get_by_label("姓（限一个地方）").is_checked()
