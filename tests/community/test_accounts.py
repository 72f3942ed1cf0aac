from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.http import int_to_base36

from community.models import User
from tests.factories import UserFactory

PASSWORD, PHONE = "demo-only-2023", "13800138000"
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
LOCKED = 429
pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory(username="lilei1", email="one@example.org", phone=PHONE, password=PASSWORD)


def sign_in(client: Client, login: str, password: str = PASSWORD, address: str = HERE, **extra: Any) -> Any:
    """Send the form of /accounts/login/ from an address; `extra` are further fields, headers in capitals."""
    headers = {name: extra.pop(name) for name in list(extra) if name.isupper()}
    return client.post(
        "/accounts/login/", {"login": login, "password": password, **extra}, REMOTE_ADDR=address, **headers
    )


def who(client: Client) -> str | None:
    """Return the id of the person who is signed in on a client."""
    return client.session.get("_auth_user_id")


def sentences(response: Any, login: str) -> str:
    """Return a page without what differs for every request, and without what was typed."""
    text = response.content.decode().replace(login, "…")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def fail(client: Client, login: str, times: int, **where: Any) -> list[int]:
    """Send a wrong password so many times; return the statuses."""
    return [sign_in(client, login, "wrong-password", **where).status_code for _ in range(times)]


@pytest.mark.parametrize(
    "login",
    [
        "lilei1",
        "LILEI1",
        " lilei1 ",
        "one@example.org",
        "One@Example.org",
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "+8613800138000",
        "8613800138000",
        "１３８００１３８０００",
    ],
)
def test_sign_in_by_name_mail_and_phone(client: Client, user: User, login: str) -> None:
    response = sign_in(client, login)
    assert (response.status_code, response.headers["Location"]) == (302, "/my/")
    assert who(client) == str(user.pk)


@pytest.mark.parametrize("known", ["lilei1", "one@example.org", PHONE])
def test_refusal_does_not_tell_whether_the_account_exists(client: Client, user: User, known: str) -> None:
    unknown = {"lilei1": "nobody1", "one@example.org": "two@example.org", PHONE: "13900139000"}[known]
    pages = [sign_in(client, login, "wrong-password") for login in (known, unknown)]
    assert [page.status_code for page in pages] == [200, 200]
    assert sentences(pages[0], known) == sentences(pages[1], unknown)
    assert "lilei1" not in sentences(pages[0], known)
    assert who(client) is None


def test_lock_out_after_five_failures_says_until_when(client: Client, user: User) -> None:
    assert fail(client, "lilei1", 5) == [200, 200, 200, 200, LOCKED]
    before = timezone.now()
    page = sign_in(client, "lilei1")
    assert page.status_code == LOCKED
    assert who(client) is None
    assert before + timedelta(minutes=15) <= page.context["until"] <= timezone.now() + timedelta(minutes=15)
    assert "以后再试" in page.content.decode()


def test_lock_out_survives_an_emptied_cache_and_another_browser(client: Client, user: User) -> None:
    fail(client, "lilei1", 5)
    cache.clear()
    assert sign_in(client, "lilei1").status_code == LOCKED
    assert sign_in(Client(), "lilei1").status_code == LOCKED


def test_lock_out_ends(client: Client, user: User) -> None:
    fail(client, "lilei1", 5)
    cache.clear()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(client, "lilei1").status_code == 302


def test_other_address_and_other_account_are_not_locked(client: Client, user: User) -> None:
    other = UserFactory(username="lilei2", password=PASSWORD)
    fail(client, "lilei1", 5)
    assert sign_in(client, "lilei1", address=ELSEWHERE).status_code == 302
    assert sign_in(client := Client(), "lilei2").status_code == 302
    assert who(client) == str(other.pk)


@pytest.mark.parametrize("existing", [True, False])
def test_lock_out_does_not_tell_whether_the_account_exists(client: Client, user: User, existing: bool) -> None:
    assert fail(client, "lilei1" if existing else "nobody1", 5) == [200, 200, 200, 200, LOCKED]


def test_success_starts_the_count_again(client: Client, user: User) -> None:
    fail(client, "lilei1", 4)
    assert sign_in(client, "lilei1").status_code == 302
    cache.clear()
    assert fail(Client(), "lilei1", 4) == [200] * 4


def test_other_spelling_of_a_phone_is_no_new_count(client: Client, user: User) -> None:
    spellings = ("13800138000", "138 0013 8000", "+86 138-0013-8000", "1 3800138000", "(138)00138000")
    statuses = [sign_in(client, login, "wrong-password").status_code for login in spellings]
    assert statuses == [200, 200, 200, 200, LOCKED]
    assert sign_in(client, "1-3-800138000").status_code == LOCKED
    # The user name and the e-mail are ways to the same account, and bring no guesses of their own.
    assert sign_in(client, "LILEI1", "wrong-password").status_code == LOCKED
    assert sign_in(client, "somebody", "wrong-password").status_code == 200


def test_forged_forwarding_does_not_evade(client: Client, user: User) -> None:
    statuses = [
        sign_in(client, "lilei1", "wrong-password", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code for n in range(5)
    ]
    assert statuses == [200, 200, 200, 200, LOCKED]
    assert sign_in(client, "lilei1", HTTP_X_FORWARDED_FOR="10.0.0.99").status_code == LOCKED


def test_trusted_proxy_tells_the_address(client: Client, user: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    proxy = {"address": "10.0.0.1"}
    # What a client forges stands to the left of what the proxy wrote.
    statuses = [
        sign_in(client, "lilei1", "wrong-password", **proxy, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}, {HERE}").status_code
        for n in range(5)
    ]
    assert statuses == [200, 200, 200, 200, LOCKED]
    assert sign_in(client, "lilei1", **proxy, HTTP_X_FORWARDED_FOR=HERE).status_code == LOCKED
    assert sign_in(client, "lilei1", **proxy, HTTP_X_FORWARDED_FOR=f"{HERE}, 10.2.2.2").status_code == LOCKED
    assert sign_in(client, "lilei1", **proxy, HTTP_X_FORWARDED_FOR=ELSEWHERE).status_code == 302
    # Straight from the outside, the header is nobody's word.
    assert sign_in(Client(), "lilei1", address=HERE, HTTP_X_FORWARDED_FOR=ELSEWHERE).status_code == LOCKED


@pytest.mark.parametrize("login", ["13800138000", "138 0013 8000", "one@example.org"])
def test_attempts_hold_no_personal_data(client: Client, user: User, login: str) -> None:
    fail(client, login, 5)
    sign_in(client, login)
    rows = [row for model in (AccessAttempt, AccessFailureLog, AccessLog) for row in model.objects.values()]
    assert rows
    text = "".join(str(rows).split())
    for secret in ("138", "one@", "example.org", "wrong-password", PASSWORD):
        assert secret not in text


def test_inactive_people_do_not_get_in(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    for login in ("lilei1", "one@example.org", PHONE):
        assert sign_in(client, login).status_code in (200, 302)
        assert who(client) is None


def test_clock_user_does_not_get_in(client: Client) -> None:
    for password in ("", "!", "clock"):
        sign_in(client, "clock", password)
        assert who(client) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        " https://evil.example/",
    ],
)
def test_next_leads_nowhere_else(client: Client, user: User, target: str) -> None:
    assert sign_in(client, "lilei1", next=target).headers["Location"] == "/my/"


def test_next_leads_on_within_the_site(client: Client, user: User) -> None:
    assert sign_in(client, "lilei1", next="/issues/new/").headers["Location"] == "/issues/new/"


def test_session_rotates_at_sign_in(client: Client, user: User) -> None:
    session = client.session
    session["kept"] = "typed before"
    session.save()
    before = session.session_key
    sign_in(client, "lilei1")
    assert client.session.session_key != before
    assert client.session["kept"] == "typed before"
    stale = Client()
    stale.cookies["sessionid"] = before
    assert who(stale) is None


@pytest.mark.parametrize("login", ["", "\x00", "a" * 5000, "1" * 40, "+", "--", "\u202e"])
def test_odd_logins_are_refused_with_a_page(client: Client, login: str) -> None:
    assert sign_in(client, login, "wrong-password").status_code == 200
    assert who(client) is None


def test_a_link_for_a_new_password_is_good_for_its_own_account(
    client: Client, user: User, mailoutbox: list[Any]
) -> None:
    other = UserFactory(username="lilei2", email="two@example.org", password=PASSWORD)
    client.post("/accounts/password/reset/", {"email": "one@example.org"})
    found = re.search(r"/accounts/password/reset/key/([0-9a-z]+)-(\S+?)/", mailoutbox[0].body)
    assert found
    number, key = found.groups()
    assert client.get(f"/accounts/password/reset/key/{int_to_base36(other.pk)}-{key}/").context["token_fail"]
    set_at = client.get(f"/accounts/password/reset/key/{number}-{key}/").headers["Location"]
    new = {"password1": "another-horse-battery", "password2": "another-horse-battery"}
    forged = set_at.replace(f"/{number}-", f"/{int_to_base36(other.pk)}-")
    assert client.post(forged, new).context["token_fail"]
    assert client.post(set_at, new).status_code == 302
    # Used once.
    assert Client().get(f"/accounts/password/reset/key/{number}-{key}/").context["token_fail"]
    for one, password in ((user, "another-horse-battery"), (other, PASSWORD)):
        one.refresh_from_db()
        assert one.check_password(password)


@pytest.mark.parametrize("address", ["one@example.org", "nobody@example.org"])
def test_a_reset_by_mail_does_not_tell_whether_the_account_exists(client: Client, user: User, address: str) -> None:
    answer = client.post("/accounts/password/reset/", {"email": address})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/password/reset/done/")
