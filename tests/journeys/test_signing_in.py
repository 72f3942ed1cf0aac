"""Getting in: by a code on an old phone, by a passkey, and in two steps for staff."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from community.models import User
from tests.community.signing_in import last_code
from tests.factories import District, UserFactory
from tests.journeys.conftest import DESKTOP, PASSWORD, PHONE, sign_in
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey
NUMBER = "13800138000"
# Pages of one's own account, each with its address.
OWN_PAGES = (
    "/accounts/phone/",
    "/accounts/phone/change/",
    "/accounts/phone/share/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/sessions/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/email/",
)
OPEN_PAGES = (
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/signup/name/",
    "/accounts/login/phone/",
    "/accounts/password/reset/",
    "/accounts/password/reset/phone/",
    "/demo/outbox/",
)


def faults_of(page: Page) -> list[tuple[str, str]]:
    """Return what is wrong with the page that is open."""
    return [(page.url, fault) for fault in [*frame_faults(page), *axe_faults(page)]]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_sign_up_by_a_code_in_elder_mode(town: District, visit: Callable[..., Page], scripts: bool) -> None:
    page = visit(size=PHONE, mode="elder", scripts=scripts)
    page.goto("/")
    page.goto("/accounts/login/")
    page.get_by_role("link", name="还没有账号，去注册").click()
    # One field, and large to hit.
    assert page.locator("main form").first.locator("input:not([type=hidden])").count() == 1
    button = page.get_by_role("button", name="发验证码")
    assert button.bounding_box()["height"] >= 60  # type: ignore[index]
    page.get_by_label("手机号").fill("138 0013 8000")
    button.click()
    page.wait_for_url("**/accounts/code/")
    field = page.get_by_label("验证码")
    assert (field.get_attribute("autocomplete"), field.get_attribute("inputmode")) == ("one-time-code", "numeric")
    expect(page.get_by_role("link", name="演示发件箱")).to_be_visible()
    field.fill("12")
    page.get_by_role("button", name="填好了").click()
    expect(page.get_by_role("alert").first).to_contain_text("验证码不对")
    page.get_by_label("验证码").fill(last_code(NUMBER))
    page.get_by_role("button", name="填好了").click()
    page.wait_for_url("**/my/**")
    expect(page.get_by_text("账号开好了")).to_be_visible()
    user = User.objects.get(phone_index__isnull=False)
    assert user.phone == NUMBER


@pytest.mark.parametrize("mode", ["normal", "elder"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages(town: District, visit: Callable[..., Page], size: tuple[int, int], mode: str) -> None:
    stranger, resident = visit(size=size, mode=mode), visit(town.resident, size=size, mode=mode)
    faults: list[Any] = []
    for pages, page in ((OPEN_PAGES, stranger), (OWN_PAGES, resident)):
        for address in pages:
            page.goto(address)
            assert page.url.endswith(address)
            faults += faults_of(page)
    stranger.goto("/accounts/signup/")
    stranger.fill("[name=phone]", NUMBER)
    stranger.click("main button.main")
    faults += faults_of(stranger)
    stranger.click("main form.code-input button.main")
    assert faults == []


def test_a_family_on_one_phone(town: District, visit: Callable[..., Page]) -> None:
    holder = UserFactory(username="holder", phone=NUMBER)
    mother = UserFactory(username="mother", name="李奶奶", password=PASSWORD, shares_phone_of=holder)
    page = visit(size=PHONE, mode="elder")
    page.goto("/accounts/login/phone/")
    page.fill("[name=phone]", NUMBER)
    page.click("main button.main")
    page.get_by_label("验证码").fill(last_code(NUMBER))
    page.get_by_role("button", name="填好了").click()
    page.wait_for_url("**/accounts/code/who/")
    assert faults_of(page) == []
    expect(page.get_by_label("李* (mother)")).to_be_checked()
    page.get_by_label("您自己的密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto("/accounts/phone/")
    expect(page.locator("main")).to_contain_text("您和家里人共用手机")
    assert mother.shares_phone_of == holder


@pytest.fixture
def virtual_authenticator() -> Callable[[Page], Any]:
    """Return a function that puts a phone's fingerprint reader into a browser."""

    def put(page: Page) -> Any:
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return session

    return put


def test_a_passkey_is_added_named_used_and_removed(
    town: District, visit: Callable[..., Page], virtual_authenticator: Callable[[Page], Any]
) -> None:
    page = visit(town.resident, size=PHONE)
    virtual_authenticator(page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("给它起个名字").fill("我的手机")
    page.get_by_role("button", name="添加通行密钥").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    assert faults_of(page) == []
    assert Authenticator.objects.filter(user=town.resident, type="webauthn").count() == 1
    # Out, and in again with a finger alone: no password, no second page.
    page.goto("/accounts/logout/")
    page.locator("main form button.main").click()
    page.wait_for_url("**/")
    page.goto("/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    assert page.url.endswith("/accounts/sessions/")
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("我的手机")
    page.get_by_role("link", name="改名字").click()
    page.get_by_label("名字").fill("旧手机")
    page.get_by_role("button", name="存好").click()
    page.get_by_role("link", name="删掉").click()
    page.get_by_role("button", name="删掉").click()
    page.wait_for_url("**/accounts/2fa/webauthn/")
    assert not Authenticator.objects.filter(user=town.resident).exists()


def test_a_passkey_that_is_not_there_says_so(
    town: District, visit: Callable[..., Page], virtual_authenticator: Callable[[Page], Any]
) -> None:
    page = visit(size=PHONE)
    virtual_authenticator(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("alert")).to_contain_text("没有成功")


def test_staff_set_up_a_second_step_before_their_desk(
    town: District, visit: Callable[..., Page], settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    page = visit(size=DESKTOP)
    sign_in(page, town.worker.username)
    page.wait_for_url("**/accounts/second-factor/")
    assert faults_of(page) == []
    page.goto("/desk/")
    page.wait_for_url("**/accounts/second-factor/?next=*")
    page.get_by_role("link", name="设置验证器").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("验证器上的 6 位数").fill(shown(secret))
    page.get_by_role("button", name="设好").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    page.goto("/desk/")
    assert page.url.endswith("/desk/")
    # The next time it takes both steps.
    page.goto("/accounts/logout/")
    page.locator("main form button.main").click()
    page.wait_for_url("**/")
    sign_in(page, town.worker.username)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    assert faults_of(page) == []
    page.get_by_label("验证码").fill(shown(secret, 1))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk/")


def shown(secret: str, shift: int = 0) -> str:
    """Return what an authenticator shows, or shows next: a code is good once."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))
