"""Second factors: codes good once and counted, and no staff door open without one."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from community.models import FactorGuess, Notice, User
from community.permissions import is_staff_member
from community.queries import appointments
from community.roles import Role
from community.second_factor import has_second_factor
from deliberation.states import IssueState
from tests.community.signing_in import PASSWORD, PHONE, enter, who
from tests.confirming import confirm
from tests.factories import District, IssueFactory, ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def code_now(shift: int = 0) -> str:
    """Return what an authenticator shows now."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + shift))


def with_totp(user: User) -> User:
    """Give somebody an authenticator."""
    TOTP.activate(user, SECRET)
    return user


@pytest.fixture
def user() -> User:
    return with_totp(UserFactory(username="lilei1", phone=PHONE, password=PASSWORD))


def sign_in(client: Client) -> Any:
    return client.post("/accounts/login/", {"login": "lilei1", "password": PASSWORD})


def test_the_second_step_follows_the_first(client: Client, user: User) -> None:
    assert sign_in(client).headers["Location"] == "/accounts/2fa/authenticate/"
    assert who(client) is None
    assert client.post("/accounts/2fa/authenticate/", {"code": code_now()}).headers["Location"] == "/my/"
    assert who(client) == str(user.pk)


def test_a_code_to_the_phone_does_not_stand_for_the_second_step(client: Client, user: User) -> None:
    assert enter(client).headers["Location"] == "/accounts/2fa/authenticate/"
    assert who(client) is None


def test_a_code_is_good_once_even_for_another_process(user: User) -> None:
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)
    code = code_now()
    assert first.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    cache.clear()
    assert second.post("/accounts/2fa/authenticate/", {"code": f" {code[:3]} {code[3:]}"}).status_code == 200
    assert who(second) is None


def test_wrong_codes_are_counted_in_the_database(client: Client, user: User) -> None:
    sign_in(client)
    for _ in range(5):
        cache.clear()
        client.post("/accounts/2fa/authenticate/", {"code": "000000" if code_now() != "000000" else "000001"})
    cache.clear()
    page = client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    assert "先停 15 分钟" in page.content.decode()
    assert who(client) is None
    FactorGuess.objects.all().delete()
    assert client.post("/accounts/2fa/authenticate/", {"code": code_now()}).status_code == 302


def test_a_recovery_code_is_good_once(user: User) -> None:
    code = RecoveryCodes.activate(user).generate_codes()[0]
    for expected in (302, 200):
        client = Client()
        sign_in(client)
        FactorGuess.objects.all().delete()
        assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected


def test_secrets_lie_encrypted(user: User) -> None:
    RecoveryCodes.activate(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        kept = str(cursor.fetchall())
    assert SECRET not in kept
    assert kept.count("gAAAA") == 2


def test_setting_up_by_the_pages(client: Client) -> None:
    user = UserFactory(username="lilei1", password=PASSWORD, email="one@example.org")
    sign_in(client)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert "one@example.org" not in page.context["totp_url"]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert has_second_factor(user)
    assert client.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert client.get("/accounts/2fa/recovery-codes/download/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "2fa/totp/activate/",
        "2fa/totp/deactivate/",
        "2fa/recovery-codes/",
        "2fa/recovery-codes/generate/",
        "2fa/recovery-codes/download/",
        "2fa/webauthn/add/",
        "password/change/",
        "email/",
    ],
)
def test_factors_ask_who_it_is_once_more(user: User, path: str) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for method in (client.get, client.post):
        answer = method(f"/accounts/{path}")
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=user).count() == 1


def test_confirming_with_the_authenticator(user: User) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/accounts/2fa/reauthenticate/", {"code": code_now(), "next": "/accounts/email/"})
    assert answer.headers["Location"] == "/accounts/email/"
    assert client.get("/accounts/email/").status_code == 200


def test_where_there_is_a_second_factor_the_phone_does_not_confirm(user: User) -> None:
    user.set_phone(PHONE, verified=True)
    user.save()
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/accounts/reauthenticate/phone/").headers["Location"] == "/accounts/reauthenticate/"


@pytest.mark.parametrize(
    ("kinds", "offered"),
    [
        ((), []),
        (("totp",), ["用验证器的验证码确认"]),
        (("totp", "recovery_codes"), ["用验证器的验证码确认"]),
        (("webauthn",), ["用通行密钥确认"]),
        (("webauthn", "recovery_codes"), ["用备用码确认", "用通行密钥确认"]),
    ],
)
def test_only_what_somebody_has_is_offered(client: Client, kinds: tuple[str, ...], offered: list[str]) -> None:
    person = UserFactory(username="of_kinds", password=PASSWORD)
    for kind in kinds:
        Authenticator.objects.create(user=person, type=kind, data={})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/accounts/reauthenticate/", headers={"accept-language": "zh-CN"}).content.decode()
    words = ("用验证器的验证码确认", "用备用码确认", "用通行密钥确认", "发验证码到手机确认")
    assert [word for word in words if word in page] == offered
    if "recovery_codes" in kinds:
        page = client.get("/accounts/2fa/reauthenticate/", headers={"accept-language": "zh-CN"}).content.decode()
        assert ("手机上验证器里的 6 位数" in page) == ("totp" in kinds)


# --- Staff ---------------------------------------------------------------------------------------
@pytest.fixture
def enforced(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return confirm(client)


def staff_of(district: District) -> list[User]:
    """Return everybody in the district who holds a staff role."""
    people = {id(one): one for one in district if isinstance(one, User) and is_staff_member(fresh(one))}
    return list(people.values())


def fresh(user: User) -> User:
    """Return somebody without what was read of them before."""
    return User.objects.get(pk=user.pk)


def test_staff_roles_rest_without_a_second_factor(district: District, settings: Any) -> None:
    staff = staff_of(district)
    assert len(staff) >= 4
    settings.STAFF_SECOND_FACTOR = True
    for one in staff:
        assert not is_staff_member(fresh(one))
        with_totp(one)
        assert is_staff_member(fresh(one))


@pytest.mark.parametrize(
    "path", ["/desk/", "/desk/anything/", "/admin/", "/admin/pages/", "/admin/reports/site-history/"]
)
def test_every_staff_page_leads_to_the_second_factor(district: District, settings: Any, path: str) -> None:
    editors = [UserFactory(is_staff=True), UserFactory(is_superuser=True)]
    staff = [*staff_of(district), *editors]
    settings.STAFF_SECOND_FACTOR = True
    for one in staff:
        for method in ("get", "post"):
            answer = getattr(client_of(one), method)(path)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/accounts/second-factor/?next=")


def test_the_page_explains_and_leads_on(district: District, enforced: None) -> None:
    client = client_of(district.worker)
    page = client.get("/accounts/second-factor/?next=/desk/").content.decode()
    assert "工作人员要分两步登录" in page
    assert reverse("mfa_add_webauthn") in page
    assert 'href="/desk/"' in page
    evil = client.get("/accounts/second-factor/?next=https://evil.example/").content.decode()
    assert 'href="https://evil' not in evil
    with_totp(district.worker)
    assert client.get("/accounts/second-factor/?next=/desk/").headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_no_staff_act_without_a_second_factor(district: District, enforced: None) -> None:
    ResidentFactory(user=district.worker, home=district.compound)
    issue = IssueFactory(area=district.compound, reporter=district.resident, state=IssueState.RAISED, is_public=True)
    address = reverse("issue_action", args=[issue.number, "accept"])
    refused = client_of(district.worker).post(address)
    assert refused.status_code == 403
    assert "工作人员要分两步登录" in refused.content.decode()
    issue.refresh_from_db()
    assert issue.state == IssueState.RAISED
    with_totp(district.worker)
    client_of(district.worker).post(address)
    issue.refresh_from_db()
    assert issue.state == IssueState.ACCEPTED


def test_residents_are_not_asked_for_it(district: District, enforced: None) -> None:
    client = client_of(district.resident)
    assert client.get("/my/").status_code == 200
    assert client.get("/desk/").status_code == 403
    assert "工作人员要分两步登录" not in client.get("/desk/").content.decode()
    assert client.get("/accounts/second-factor/").headers["Location"] == "/accounts/2fa/"


def test_recovery_codes_alone_are_no_second_factor(district: District, enforced: None) -> None:
    RecoveryCodes.activate(district.worker)
    assert client_of(district.worker).get("/desk/").status_code == 302


def test_staff_keep_their_other_roles_meanwhile(district: District, enforced: None) -> None:
    assert [held.role for held in appointments(fresh(district.worker)) if held.role == Role.COMMUNITY_WORKER] == []
    assert client_of(district.worker).get("/accounts/phone/").status_code == 200


def test_after_signing_in_staff_are_led_to_it(district: District, enforced: None) -> None:
    district.worker.set_password(PASSWORD)
    district.worker.save()
    answer = Client().post("/accounts/login/", {"login": district.worker.username, "password": PASSWORD})
    assert answer.headers["Location"] == "/accounts/second-factor/"


def test_the_demo_does_not_ask_for_it(district: District) -> None:
    assert client_of(district.worker).get("/desk/").status_code == 200


def test_one_notice_for_a_new_factor_and_none_for_its_spare_codes(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    kinds, signals = Authenticator.Type, (authenticator_added, authenticator_removed)
    for signal in signals:
        for kind in (kinds.WEBAUTHN, kinds.TOTP, kinds.RECOVERY_CODES):
            one = Authenticator(user=user, type=kind, data={})
            with django_capture_on_commit_callbacks(execute=True):
                signal.send(sender=Authenticator, request=None, user=user, authenticator=one)
    told = [one.text.split("。")[0] for one in Notice.objects.filter(recipient=user).order_by("pk")]
    assert told == ["您加了通行密钥", "您设了验证器", "您删了通行密钥", "您不再用验证器了"]
