"""How a resident comes to be told: the channels chosen on a phone, and what arrives."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from community.delivery_times import next_full_hour
from community.models import Delivery, Notice, NoticePreference, User
from community.workflow import deliver_due, notify
from tests.factories import District
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_issue import is_scrolled_sideways
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey


@pytest.fixture
def resident(town: District) -> User:
    """The resident, whose e-mail is verified."""
    EmailAddress.objects.create(user=town.resident, email="li@example.invalid", verified=True, primary=True)
    return town.resident


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_resident_chooses_a_daily_digest(
    resident: User, visit: Callable[..., Page], live_server: Any, settings: Any, scripts: bool
) -> None:
    """From one's own page to the settings, then what arrives the next morning, and out again by its link."""
    settings.BASE_URL = live_server.url
    page = visit(resident, size=PHONE, scripts=scripts)
    page.goto("/my/")
    page.get_by_role("link", name="通知方式").click()
    page.get_by_role("radio", name="每天汇总一次").first.check()
    page.get_by_label("汇总几点发").select_option("18")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("记下了，以后就这样通知您。")).to_be_visible()
    expect(page.get_by_role("radio", name="每天汇总一次").first).to_be_checked()
    assert not is_scrolled_sideways(page)
    row = NoticePreference.objects.get(user=resident)
    assert (row.email, row.sms, row.digest_hour) == ("daily", "never", 18)

    now = timezone.now()
    for title in ("路灯不亮", "井盖松动"):
        notify([resident], "办好了：%(title)s", url="/issues/", at=now, title=title)
    evening = next_full_hour(now, 18)
    assert set(Delivery.objects.values_list("is_digest", "send_at")) == {(True, evening)}
    deliver_due(at=evening)
    (digest,) = mail.outbox
    assert digest.to == ["li@example.invalid"]
    assert "· 办好了：路灯不亮\n· 办好了：井盖松动" in digest.body

    page.goto("/my/notices/")
    page.get_by_role("link", name=re.compile("办好了：路灯不亮")).click()
    page.wait_for_url("**/issues/")
    assert list(Notice.objects.unread().values_list("params__title", flat=True)) == ["井盖松动"]
    page.goto("/my/notices/?show=unread")
    page.get_by_role("button", name=re.compile("^看过了")).click()
    expect(page.get_by_text("没有没看过的通知")).to_be_visible()

    stranger = visit(size=PHONE, scripts=scripts)
    stranger.goto(digest.extra_headers["List-Unsubscribe"].strip("<>"))
    stranger.get_by_role("button", name="不再收邮件").click()
    expect(stranger.get_by_role("heading", name="退订好了")).to_be_visible()
    assert NoticePreference.objects.get(user=resident).email == "never"
    stranger.goto("/my/")
    assert "/accounts/login/" in stranger.url


@pytest.mark.parametrize("mode", ["normal", "elder"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_of_notices(
    resident: User, town: District, visit: Callable[..., Page], size: tuple[int, int], mode: str
) -> None:
    """Axe finds nothing on them, full or empty, and the frame stands."""
    notify([resident], "办好了：%(title)s", url="/issues/", at=timezone.now(), title="路灯不亮")
    faults: list[Any] = []
    for user in (resident, town.worker):
        page = visit(user, size=size, mode=mode)
        for address in ("/my/notices/", "/my/notices/?show=unread", "/my/notices/settings/"):
            page.goto(address)
            faults += [(address, fault) for fault in [*frame_faults(page), *axe_faults(page)]]
    page = visit(size=size, mode=mode)
    page.goto("/my/notices/unsubscribe/forged/")
    faults += [("unsubscribe", fault) for fault in [*frame_faults(page), *axe_faults(page)]]
    assert faults == []
