"""Guessing, replaying and racing codes; other people's phones, passwords and passkeys; forged addresses and hosts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import OutboxMessage, PhoneCode, User
from tests.attacks.addresses import plain, signed_in
from tests.community.signing_in import (
    ELSEWHERE,
    HERE,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    ask,
    enter,
    give,
    last_code,
    who,
    wrong,
)
from tests.confirming import confirm
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
# What a client may write to be taken for another.
FORGED = (
    "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_X_CLIENT_IP", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP", "HTTP_X_CLUSTER_CLIENT_IP", "HTTP_VIA", "HTTP_X_ORIGINATING_IP", "HTTP_X_REMOTE_ADDR",
)  # fmt: skip


def age(**by: int) -> None:
    """Let every code be older than it is."""
    for code in PhoneCode.objects.all():
        code.asked_at -= timedelta(**by)
        code.expires_at -= timedelta(**by)
        code.save(update_fields=["asked_at", "expires_at"])


def sign_in(client: Client, login: str, password: str, **headers: Any) -> int:
    """Send the form of sign-in; return the status."""
    where = {"REMOTE_ADDR": HERE} | headers
    return client.post("/accounts/login/", {"login": login, "password": password}, **where).status_code


# --- Guessing a code --------------------------------------------------------------------------------
def test_a_phone_can_be_guessed_at_fifty_times_a_day() -> None:
    """From everywhere, in new sessions, with new codes: no more right guesses at a million than this."""
    tried = 0
    for hour in range(24):
        for n in range(8):
            client, place = Client(), f"8.{hour}.{n}.1"
            if ask(client, REMOTE_ADDR=place).status_code != 302:
                continue
            bad = wrong(last_code())
            for k in range(7):
                tried += give(client, bad, REMOTE_ADDR=f"9.{hour}.{n}.{k}").status_code == 422
            age(minutes=2)
        age(minutes=44)
    assert (tried, PhoneCode.objects.count()) == (50, 10)


def test_asking_here_and_guessing_there_counts_here() -> None:
    """A guess counts where the code was asked for: a thousand phones from one address are no thousand chances."""
    most, sessions = 0, []
    for n in range(12):
        client = Client()
        assert ask(client, f"1370000{n:04d}").status_code == 302
        sessions.append((client, wrong(last_code(f"1370000{n:04d}"))))
    for n, (client, bad) in enumerate(sessions):
        for k in range(5):
            most += give(client, bad, REMOTE_ADDR=f"9.9.{n}.{k}").status_code == 422
    assert most == 30


def test_a_household_of_addresses_is_one() -> None:
    """Whoever has an IPv6 line has 2**64 addresses; they count as one, and another line as another."""
    at = timezone.now()
    ask(Client(), "13700000000", REMOTE_ADDR="2a01:4f8:1:2::1")
    first = PhoneCode.objects.get()
    PhoneCode.objects.bulk_create(
        PhoneCode(
            purpose="enter", phone="1", phone_index=f"{n}", address_index=first.address_index, code_hash="",
            asked_at=at, expires_at=at,
        )
        for n in range(59)
    )  # fmt: skip
    assert ask(Client(), REMOTE_ADDR="2a01:4f8:1:2:ffff:eeee:dddd:cccc").status_code == 409
    assert ask(Client(), REMOTE_ADDR="2a01:4f8:1:3::1").status_code == 302


@pytest.mark.parametrize("address", ["::ffff:8.8.8.8", "8.8.8.8"])
def test_an_address_has_one_spelling(address: str) -> None:
    ask(Client(), "13700000000", REMOTE_ADDR="8.8.8.8")
    ask(Client(), REMOTE_ADDR=address)
    assert PhoneCode.objects.values("address_index").distinct().count() == 1


def test_guesses_at_a_password_follow_the_household(client: Client) -> None:
    UserFactory(username="lilei1", password=PASSWORD)
    statuses = [sign_in(client, "lilei1", "wrong", REMOTE_ADDR=f"2a01:4f8:1:2::{n}") for n in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert sign_in(client, "lilei1", PASSWORD, REMOTE_ADDR="2a01:4f8:1:2::99") == 429


@pytest.mark.parametrize("name", ["ﬁnissi", "ſtewardi", "Kevini", "straße1"])
def test_one_login_is_counted_once_however_it_is_spelled(name: str) -> None:
    """A database that compares in upper case finds `steward` for `ſteward`: each spelling would bring five guesses."""
    spellings = [name, name.upper(), name.lower(), name.casefold(), name.upper().lower(), f" {name} "]
    UserFactory(username=name, password=PASSWORD)
    for spelling in spellings:
        sign_in(Client(), spelling, "wrong")
        cache.clear()
    assert AccessAttempt.objects.values("username").distinct().count() == 1


@pytest.mark.parametrize("trusted", [[], ["10.0.0.0/8"]])
@pytest.mark.parametrize("header", FORGED)
def test_forged_headers_bring_no_more_guesses(settings: Any, header: str, trusted: list[str]) -> None:
    settings.TRUSTED_PROXIES = trusted
    UserFactory(username="lilei1", password=PASSWORD)
    for n in range(5):
        sign_in(
            Client(), "lilei1", "wrong", **{header: f"for=7.7.7.{n}" if header == "HTTP_FORWARDED" else f"7.7.7.{n}"}
        )
    assert sign_in(Client(), "lilei1", PASSWORD, **{header: "7.7.7.77"}) == 429
    assert sign_in(Client(), "lilei1", PASSWORD, REMOTE_ADDR=ELSEWHERE) == 302


def test_what_stands_left_of_the_proxys_word_is_nobodys(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    UserFactory(username="lilei1", password=PASSWORD)
    forged = ("127.0.0.1", "10.0.0.5, 127.0.0.1", "::1", "junk", "10.0.0.1,,")
    statuses = [
        sign_in(Client(), "lilei1", "wrong", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"{left}, {HERE}, 10.0.0.2")
        for left in forged
    ]
    assert statuses == [200, 200, 200, 200, 429]


def headers_of(response: Any) -> str:
    """Return the headers but for the moment."""
    return str(sorted((name, value) for name, value in response.headers.items() if name != "Expires"))


def kind(sql: str) -> str:
    """Return what a query does, without its values, the numbers of locks and the names of savepoints."""
    return re.sub(r"\d+", "", " ".join(sql.split()[: 2 if "SAVEPOINT" in sql else 4]).partition('"s')[0])


# --- Enumeration ------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/accounts/phone/change/", "/accounts/phone/share/"])
def test_ones_own_pages_do_not_tell_whose_number_has_an_account(path: str) -> None:
    """Status, headers, cookies, length and work are the same for a number with an account and for one without."""
    UserFactory(phone=PHONE, password=PASSWORD)
    seen = []
    # The first one warms what a process keeps; the other two are compared.
    for phone in ("13900009999", PHONE, OTHER_PHONE):
        client = confirm(signed_in(UserFactory(password=PASSWORD)))
        client.get("/accounts/phone/")
        with CaptureQueriesContext(connection) as queries:
            answers = [ask(client, phone, path), client.get("/accounts/code/")]
            answers.append(give(client, wrong(last_code(phone))))
        told = [f"{phone[:3]}******{phone[-2:]}", wrong(last_code(phone)), client.session.session_key]
        seen.append(
            [(one.status_code, plain(headers_of(one), told), plain(one.content.decode(), told)) for one in answers]
            + [[sorted(one.cookies) for one in answers], [kind(query["sql"]) for query in queries]]
        )
    assert seen[1] == seen[2]


def test_headers_and_cookies_of_entering_tell_nothing() -> None:
    UserFactory(phone=PHONE, password=PASSWORD)
    for path in ("/accounts/signup/", "/accounts/login/phone/", "/accounts/password/reset/phone/"):
        answers = [ask(Client(), phone, path) for phone in (PHONE, OTHER_PHONE)]
        assert headers_of(answers[0]) == headers_of(answers[1])
        lengths = [(sorted(one.cookies), [len(m.value) for m in one.cookies.values()]) for one in answers]
        assert lengths[0] == lengths[1]
        age(minutes=2)


# --- Mails ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "localhost:6666"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"HTTP_HOST": "127.0.0.1:1"},
        {"HTTP_FORWARDED": "host=evil.example"}, {"HTTP_X_FORWARDED_PROTO": "ftp"}, {"SERVER_NAME": "[::1]"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("known", [True, False])
def test_mails_lead_to_the_sites_own_address(
    mailoutbox: list[Any], settings: Any, headers: dict[str, str], known: bool
) -> None:
    settings.BASE_URL = "https://gongzhi.example"
    user = UserFactory(username="lilei1", email="one@example.org" if known else "", password=PASSWORD)
    if known:
        EmailAddress.objects.create(user=user, email="one@example.org", verified=True, primary=True)
    client = Client()
    client.post("/accounts/password/reset/", {"email": "one@example.org"}, **headers)
    form = {"username": "newname", "email": "one@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/name/", form, **headers)
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        text = f"{mail.subject}\n{mail.body}"
        found = re.findall(r"\w+://[^/\s]+", text)
        assert found
        assert set(found) == {"https://gongzhi.example"}
        for word in ("evil", "6666", "127.0.0.1", "localhost", "testserver", "[::1]"):
            assert word not in text


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    for host in (
        "evil.example",
        "testserver.evil.example",
        "testserver@evil.example",
        "evil.example:testserver",
        "a b",
    ):
        assert client.get("/accounts/password/reset/", HTTP_HOST=host).status_code == 400, host


def reset_link(client: Client, mails: list[Any], email: str) -> str:
    """Return the path in a mail for a new password."""
    client.post("/accounts/password/reset/", {"email": email})
    found = re.search(r"(/accounts/password/reset/key/\S+)", mails[-1].body)
    assert found
    return found[1]


def test_a_key_opens_its_own_account_once(mailoutbox: list[Any]) -> None:
    people = [
        UserFactory(username=name, password=PASSWORD, email=f"{name}@example.org") for name in ("lilei1", "hanmei1")
    ]
    for one in people:
        EmailAddress.objects.create(user=one, email=one.email, verified=True, primary=True)
    link = reset_link(Client(), mailoutbox, "lilei1@example.org")
    key = link.rstrip("/").rpartition("/")[2].split("-", 1)
    other = reset_link(Client(), mailoutbox, "hanmei1@example.org").rstrip("/").rpartition("/")[2].split("-", 1)
    new = {"password1": "another-good-horse", "password2": "another-good-horse"}
    for uid, token in (
        (other[0], key[1]),
        (key[0], key[1][:-1] + ("a" if key[1][-1] != "a" else "b")),
        (key[0], "x-y"),
    ):
        client = Client()
        answer = client.get(f"/accounts/password/reset/key/{uid}-{token}/", follow=True)
        assert "password1" not in answer.content.decode()
        client.post(answer.request["PATH_INFO"], new)
    client = Client()
    path = client.get(link).headers["Location"]
    assert client.post(path, {**new, "user": people[1].pk, "uidb36": other[0]}).status_code == 302
    for one in people:
        one.refresh_from_db()
    assert [one.check_password(new["password1"]) for one in people] == [True, False]
    assert "password1" not in Client().get(link, follow=True).content.decode()
    assert who(client) is None


def test_a_phones_code_resets_nobody_else(client: Client) -> None:
    mine, other = UserFactory(phone=PHONE, password=PASSWORD), UserFactory(phone=OTHER_PHONE, password=PASSWORD)
    ask(client, path="/accounts/password/reset/phone/")
    give(client, last_code())
    extra = {"user": other.pk, "phone": OTHER_PHONE, "id": other.pk}
    new = {"password1": "another-good-horse", "password2": "another-good-horse", **extra}
    assert client.post("/accounts/password/reset/phone/new/", new).status_code == 302
    other.refresh_from_db()
    assert (who(client), other.check_password(PASSWORD)) == (str(mine.pk), True)


# --- Headers, texts and names -----------------------------------------------------------------------
@pytest.mark.parametrize("address", ["a@example.org\nBcc: b@example.org", "a@example.org\r\nX: y", "a\x00@example.org"])
def test_no_header_comes_in_by_an_address(mailoutbox: list[Any], address: str) -> None:
    form = {"username": "newname", "email": address, "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/name/", form)
    Client().post("/accounts/password/reset/", {"email": address})
    for mail in mailoutbox:
        assert "\n" not in "".join(mail.to)
        assert "b@example.org" not in mail.recipients()
        mail.message()


@pytest.mark.parametrize(
    "phone", ["13800138000\n13900139000", "13800138000,13900139000", "13800138000;x", "tel:13800138000"]
)
def test_a_text_goes_to_one_number(phone: str) -> None:
    ask(Client(), phone)
    assert {one.phone for one in OutboxMessage.objects.all()} <= {""}


@pytest.mark.parametrize(
    "name", ["a\u202eb1x", "a\u200bb1xx", "a\nb1xxx", "a\x00b1xx", "a\u2066b1x", "a b1xxx", "<b>1xxx"]
)
def test_no_unseen_character_stands_in_a_user_name(name: str) -> None:
    Client().post("/accounts/signup/name/", {"username": name, "password1": PASSWORD, "password2": PASSWORD})
    assert name not in set(User.objects.values_list("username", flat=True))


def test_a_session_from_before_is_worth_nothing(client: Client) -> None:
    """Whatever key somebody plants in a browser, it is another one after sign-in; and none is taken from an address."""
    client.cookies["sessionid"] = "planted" * 4
    enter(client)
    assert client.session.session_key != "planted" * 4
    client.get("/my/?sessionid=" + (client.session.session_key or ""))
    assert Client().get(f"/my/?sessionid={client.session.session_key}").status_code == 302
