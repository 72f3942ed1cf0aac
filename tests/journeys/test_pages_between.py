"""Pages that stand between a form and what it does: shown after a form was sent, so that no list of addresses has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from community.models import Area, Household
from community.workflow.households import create_household
from tests.factories import District
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey
LOOKS = [(PHONE, "elder", True), (DESKTOP, "normal", True), (PHONE, "elder", False)]


@pytest.mark.parametrize(("size", "mode", "scripts"), LOOKS, ids=["phone", "desktop", "no scripts"])
def test_a_household_ends_after_a_question(
    town: District, visit: Callable[..., Page], size: tuple[int, int], mode: str, scripts: bool
) -> None:
    home = create_household(town.compound, number="001", address="3 栋", by=town.worker, at=timezone.now())
    page = visit(town.worker, size=size, mode=mode, scripts=scripts)
    page.goto(reverse("household", args=[home.pk]))
    page.get_by_role("button", name="注销", exact=True).click()
    expect(page.get_by_role("button", name="确认注销")).to_be_visible()
    assert faults_of(page, scripts=scripts) == []
    assert Household.objects.get(pk=home.pk).ended_at is None
    page.get_by_role("button", name="确认注销").click()
    expect(page.get_by_role("button", name="确认注销")).to_have_count(0)
    assert Household.objects.get(pk=home.pk).ended_at is not None


@pytest.mark.parametrize(("size", "mode", "scripts"), LOOKS, ids=["phone", "desktop", "no scripts"])
def test_a_merger_is_decided_on_what_was_shown(
    town: District, visit: Callable[..., Page], size: tuple[int, int], mode: str, scripts: bool
) -> None:
    page = visit(town.district_officer, size=size, mode=mode, scripts=scripts)
    page.goto(reverse("place_merge", args=[town.neighbour_community.code]))
    page.select_option("[name=into]", label=town.community.name)
    page.get_by_role("button", name="看看会怎么样").click()
    expect(page.locator("main")).to_contain_text(town.community.name)
    decide = page.get_by_role("button", name="定了，就这样办")
    expect(decide).to_be_visible()
    assert faults_of(page, scripts=scripts) == []
    decide.click()
    expect(page.locator("main")).to_contain_text(town.community.name)
    ended = Area.objects.get(pk=town.neighbour_community.pk)
    assert ended.successor == town.community
    page.goto(reverse("place_page", args=[ended.code]))
    expect(page.get_by_role("link", name=town.community.name).first).to_be_visible()
    assert faults_of(page, scripts=scripts) == []


def faults_of(page: Page, *, scripts: bool) -> list[Any]:
    """Return what axe and the frame find; where no scripts run, axe can't either."""
    return [*frame_faults(page), *axe_faults(page)] if scripts else []
