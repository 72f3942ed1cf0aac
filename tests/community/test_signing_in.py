"""Signing in and up by phone: what a code opens, and what it does not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import NoticeTemplate, OutboxMessage, PhoneCode, Resident, Rule, User
from community.models.notices import NoticeTemplateKind
from community.models.people import Verification
from tests.community.signing_in import (
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    ask,
    enter,
    give,
    last_code,
    last_text,
    plain,
    who,
    wrong,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def later(**by: int) -> None:
    """Let every code be older than it is."""
    for code in PhoneCode.objects.all():
        code.asked_at -= timedelta(**by)
        code.expires_at -= timedelta(**by)
        code.save(update_fields=["asked_at", "expires_at"])


# --- Signing up and in --------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/phone/"])
def test_a_new_number_gets_an_account(client: Client, path: str) -> None:
    answer = enter(client, path=path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    user = User.objects.get(phone_index__isnull=False)
    assert who(client) == str(user.pk)
    assert (user.phone, user.phone_verified, user.has_usable_password()) == (PHONE, True, False)
    resident = Resident.objects.get(user=user)
    assert (resident.verification, resident.home, resident.phone) == (Verification.UNVERIFIED, None, PHONE)
    assert not any(character.isdigit() for character in user.username)
    assert client.get("/accounts/phone/").status_code == 200


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/phone/"])
@pytest.mark.parametrize("typed", ["138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"])
def test_a_known_number_signs_in(client: Client, path: str, typed: str) -> None:
    user = UserFactory(phone=PHONE)
    assert ask(client, typed, path).status_code == 302
    assert give(client, f" {last_code()[:3]} {last_code()[3:]} ").status_code == 302
    assert who(client) == str(user.pk)
    user.refresh_from_db()
    assert (User.objects.filter(phone_index__isnull=False).count(), user.phone_verified) == (1, True)


def test_full_width_digits_are_a_code(client: Client) -> None:
    ask(client)
    assert give(client, last_code().translate(str.maketrans("0123456789", "０１２３４５６７８９"))).status_code == 302
    assert who(client)


@pytest.mark.parametrize("typed", ["", "12", "abc", "one@example.org", "1" * 30, "\x00", "138001380x0"])
def test_what_is_no_number_gets_no_code(client: Client, typed: str) -> None:
    answer = ask(client, typed)
    assert answer.status_code == 422
    assert (PhoneCode.objects.count(), OutboxMessage.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1390000", "您写了 7 位。请看看漏了哪一位。"),
        ("13900001", "您写了 8 位。请看看漏了哪一位。"),
        ("139 0000 123", "您写了 10 位。请看看漏了哪一位。"),
        ("+86 139 0000 123", "您写了 10 位。请看看漏了哪一位。"),
        ("139 0000 12345", "您写了 12 位。请看看多了哪一位。"),
        ("0086 139 0000 12345", "您写了 12 位。请看看多了哪一位。"),
        ("12900001234", "这不像手机号。"),
        ("07113381234", "这不像手机号。"),
        ("+852 12", "请写手机号，比如 138 0000 0000。"),
    ],
)
@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/phone/"])
def test_a_number_that_no_text_reaches_is_said_at_once(client: Client, path: str, typed: str, sentence: str) -> None:
    answer = ask(client, typed, path)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert (PhoneCode.objects.count(), OutboxMessage.objects.count()) == (0, 0)


@pytest.mark.parametrize("typed", ["+852 6123 4567", "００852-6123-4567", "8613900001234", "19900001234"])
def test_a_number_from_abroad_says_so(client: Client, typed: str) -> None:
    assert ask(client, typed).headers["Location"] == "/accounts/code/"


@pytest.mark.parametrize("path", ["/accounts/code/", "/accounts/code/who/"])
def test_back_after_signing_in_leads_to_ones_own_page(client: Client, path: str) -> None:
    enter(client)
    client.get("/my/")
    assert client.get(path).headers["Location"] == "/my/"
    assert "验证码放得太久了" not in client.get("/my/").content.decode()


def test_the_text_follows_the_template(client: Client) -> None:
    template = {"kind": NoticeTemplateKind.SMS_CODE, "body": "{site}：验证码 {code}，{minutes} 分钟 {oops"}
    NoticeTemplate.objects.update_or_create(kind=template["kind"], defaults=template)
    ask(client)
    assert last_text() == f"共治：验证码 {last_code()}，5 分钟 {{oops"


def test_a_template_without_the_code_is_passed_over(client: Client) -> None:
    NoticeTemplate.objects.update_or_create(kind=NoticeTemplateKind.SMS_CODE, defaults={"body": "您好"})
    ask(client)
    assert len(last_code()) == 6


def test_a_text_that_did_not_go_is_said(client: Client, settings: Any) -> None:
    settings.SMS_BACKEND = "community.senders.NoSender"
    answer = ask(client)
    assert answer.status_code == 409
    assert "短信没有发出去" in answer.content.decode()
    assert all(code.expires_at <= timezone.now() for code in PhoneCode.objects.all())


def test_number_and_code_lie_nowhere_in_plain_text(client: Client) -> None:
    enter(client)
    columns = []
    with connection.cursor() as cursor:
        for table in ("community_phonecode", "community_user", "community_resident", "community_outboxmessage"):
            cursor.execute(f"SELECT * FROM {table}")
            columns += [str(value) for row in cursor.fetchall() for value in row]
    assert not [value for value in columns if PHONE in value or last_code() == value]
    assert PHONE not in str(dict(client.session))


# --- Nothing tells whether a number has an account -----------------------------------------------
@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/phone/", "/accounts/password/reset/phone/"])
def test_known_and_unknown_numbers_get_the_same(path: str) -> None:
    known = UserFactory(phone=PHONE, password=PASSWORD)
    UserFactory(username="sharer", password=PASSWORD, shares_phone_of=known)
    seen, work = [], []
    for phone in (OTHER_PHONE, PHONE):
        client = Client()
        with CaptureQueriesContext(connection) as queries:
            asked = ask(client, phone, path)
        with CaptureQueriesContext(connection) as more:
            page = client.get("/accounts/code/")
        typed = wrong(last_code(phone))
        bad = give(client, typed)
        pages = [plain(asked), asked.headers["Location"], plain(page), plain(bad)]
        masked = f"{phone[:3]}******{phone[-2:]}"
        seen.append(
            [text.replace(masked, "…").replace(typed, "…") for text in pages]
            + [asked.status_code, page.status_code, bad.status_code]
        )
        work.append([kind(query["sql"]) for query in [*queries, *more]])
    assert seen[0] == seen[1]
    assert work[0] == work[1]
    assert seen[0][4:] == [302, 200, 422]


def kind(sql: str) -> str:
    """Return what a query does, without its values."""
    return " ".join(sql.split()[:4])


def test_no_password_is_hashed_for_a_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    UserFactory(phone=PHONE, password=PASSWORD)
    hashed: list[str] = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: hashed.append("") or encode(self, *args))
    for phone in (PHONE, OTHER_PHONE):
        ask(Client(), phone)
    assert hashed == []


@pytest.mark.parametrize("taken", [True, False])
def test_sign_up_does_not_tell_that_an_address_is_taken(client: Client, taken: bool) -> None:
    holder = UserFactory(email="one@example.org" if taken else "", password=PASSWORD)
    form = {"username": "newname", "email": "one@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post("/accounts/signup/name/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    newcomer = User.objects.get(username="newname")
    assert who(client) == str(newcomer.pk)
    assert Resident.objects.filter(user=newcomer).exists()
    # Nothing of the holder's has moved.
    holder.refresh_from_db()
    assert holder.email == ("one@example.org" if taken else "")
    assert not newcomer.emailaddress_set.filter(verified=True).exists()


@pytest.mark.parametrize("name", ["13800138000", "u13800138000", "１３８００１３８０００", "one@example.org"])
def test_a_user_name_holds_no_number(client: Client, name: str) -> None:
    form = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post("/accounts/signup/name/", form)
    assert answer.status_code == 200
    assert not User.objects.filter(username=name).exists()


# --- Sessions and ways out -----------------------------------------------------------------------
def test_the_session_is_a_new_one_after_signing_in(client: Client) -> None:
    ask(client)
    before = client.session.session_key
    give(client, last_code())
    assert client.session.session_key != before
    fixed = Client()
    fixed.cookies["sessionid"] = before
    assert who(fixed) is None


def test_what_was_typed_before_is_kept(client: Client) -> None:
    session = client.session
    session["issue_form"] = {"title": "路灯不亮"}
    session.save()
    enter(client)
    assert client.session["issue_form"] == {"title": "路灯不亮"}


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example"],
)
def test_next_leads_nowhere_else(client: Client, target: str) -> None:
    assert enter(client, next=target).headers["Location"] == "/my/"


def test_next_leads_on_within_the_site(client: Client) -> None:
    assert enter(client, next="/issues/new/").headers["Location"] == "/issues/new/"


def test_inactive_people_do_not_get_in(client: Client) -> None:
    user = UserFactory(phone=PHONE)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert enter(client).headers["Location"] == "/accounts/inactive/"
    assert who(client) is None


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/phone/"])
def test_who_is_signed_in_is_led_on(client: Client, path: str) -> None:
    enter(client)
    assert client.get(path).headers["Location"] == "/my/"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    for path in ("/accounts/signup/", "/accounts/login/phone/", "/accounts/code/"):
        assert getattr(client, method)(path).status_code == 405


def test_code_pages_ask_for_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/accounts/signup/", "/accounts/login/phone/", "/accounts/code/", "/accounts/password/reset/phone/"):
        assert client.post(path, {"phone": PHONE, "code": "1"}).status_code == 403


def test_the_outbox_is_of_the_demo_alone(client: Client, settings: Any) -> None:
    ask(client)
    page = client.get("/demo/outbox/").content.decode()
    assert last_code() in page
    assert PHONE not in page
    settings.DEMO = False
    assert client.get("/demo/outbox/").status_code == 404


def test_sentences_say_what_the_rules_say(client: Client) -> None:
    for key, value in {"code.valid": 7, "code.wait": 2, "login.wrong": 3, "login.pause": 20}.items():
        Rule.objects.filter(key=key).update(value=value)
    ask(client)
    assert "7 分钟内有效" in client.get("/accounts/code/").content.decode()
    again = client.post("/accounts/code/", {"action": "resend"})
    assert (again.status_code, re.search(r"请等 1[12]\d 秒再要", again.content.decode()) is not None) == (409, True)
    UserFactory(username="holder", password=PASSWORD)
    guess = {"login": "holder", "password": "wrong"}
    page = client.post("/accounts/login/", guess).content.decode()
    assert "连着错 3 次，要等 20 分钟。" in page
    assert [client.post("/accounts/login/", guess).status_code for _ in range(3)] == [200, 429, 429]
    at = timezone.now()
    for minutes, right in ((19, 429), (21, 302)):
        AccessAttempt.objects.update(attempt_time=at - timedelta(minutes=minutes))
        answer = client.post("/accounts/login/", {"login": "holder", "password": PASSWORD})
        assert answer.status_code == right


def test_old_codes_are_left_to_the_rule_that_deletes_them(client: Client) -> None:
    ask(client)
    PhoneCode.objects.update(asked_at=timezone.now() - timedelta(days=6))
    ask(Client(), OTHER_PHONE)
    assert PhoneCode.objects.count() == 2
