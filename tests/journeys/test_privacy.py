"""Agreeing, taking one's data along, and leaving: on a phone, in elder mode, without scripts."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from community.models import Consent, Erasure, Resident, User
from tests.factories import District, IssueFactory, ResidentFactory, UserFactory
from tests.journeys.conftest import PASSWORD

pytestmark = pytest.mark.journey


def confirm(page: Page) -> None:
    """Say again that it is oneself, where the page asks."""
    if "reauthenticate" in page.url:
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.main")
        page.wait_for_load_state()


def fits(page: Page) -> bool:
    """Return whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("scripts", "mode"), [(True, "elder"), (False, "normal")])
def test_a_new_person_agrees_takes_their_data_and_leaves(
    town: District, visit: Callable[..., Page], scripts: bool, mode: str
) -> None:
    user = UserFactory(username="lulu", name="慕容露露", phone="13912340987", password=PASSWORD)
    ResidentFactory(user=user, home=town.compound, agreed=False)
    page = visit(user, scripts=scripts, mode=mode)
    assert "/my/consent/" in page.url
    assert page.locator("h1").inner_text().replace("\n", "") == "用户协议和个人信息处理规则"
    assert fits(page)
    page.click("main form button.main")
    assert "请先打勾" in page.inner_text("main")
    page.get_by_label("我看过了，同意").check()
    page.click("main form button.main")
    page.wait_for_url("**/my/")
    assert Consent.objects.filter(resident__user=user).count() == 1

    page.goto("/my/privacy/")
    assert "139******87" in page.inner_text("main")
    assert "慕容露露" not in page.inner_text("main")
    assert fits(page)
    page.get_by_role("link", name="下载我的信息").click()
    confirm(page)
    assert fits(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="现在下载").click()
    with zipfile.ZipFile(waiting.value.path()) as packed:
        data = json.loads(packed.read("data.json"))
    assert data["community"]["account"][0]["phone"] == "13912340987"

    page.goto("/my/privacy/")
    page.get_by_role("link", name="我想注销").click()
    confirm(page)
    assert "依法要留的" in page.inner_text("main")
    assert fits(page)
    page.fill("[name=word]", "注销")
    page.click("main form button.seat")
    page.wait_for_url("**/privacy/erased/")
    assert fits(page)
    assert User.objects.get(pk=user.pk).erased_at is not None
    assert Resident.objects.get(user=user.pk).name == ""
    assert Erasure.objects.count() == 1
    page.goto("/accounts/login/")
    page.fill("[name=login]", "lulu")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.main")
    assert "/accounts/login/" in page.url


def test_who_is_waited_for_is_told_what_to_do_first(town: District, visit: Callable[..., Page]) -> None:
    issue = IssueFactory(area=town.compound, reporter=town.resident, state="resolved")
    page = visit(town.resident)
    page.goto("/my/privacy/erase/")
    confirm(page)
    page.get_by_role("link", name="去看看").click()
    page.wait_for_url(f"**{issue.get_absolute_url()}")
