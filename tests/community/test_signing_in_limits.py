"""Guessing, replay, expiry and limits of codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from community.models import OutboxMessage, PhoneCode
from tests.community.signing_in import (
    ELSEWHERE,
    HERE,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    ask,
    give,
    last_code,
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


# --- Guessing, replay, expiry --------------------------------------------------------------------
def test_five_wrong_guesses_use_a_code_up(client: Client) -> None:
    ask(client)
    code = last_code()
    assert [give(client, wrong(code)).status_code for _ in range(5)] == [422] * 5
    answer = give(client, code)
    assert answer.status_code == 409
    assert "错得太多" in answer.content.decode()
    assert who(client) is None


def test_guesses_are_counted_in_the_database(client: Client) -> None:
    ask(client)
    code = last_code()
    for _ in range(5):
        cache.clear()
        give(client, wrong(code))
    other = Client()
    other.cookies["sessionid"] = client.cookies["sessionid"].value
    cache.clear()
    assert give(other, code).status_code == 409
    assert PhoneCode.objects.get().attempts == 5


def test_a_code_is_good_once(client: Client) -> None:
    ask(client)
    session = dict(client.session)
    code = last_code()
    give(client, code)
    thief = Client()
    kept = thief.session
    kept.update({key: value for key, value in session.items() if key == "phone_code"})
    kept.save()
    thief.cookies["sessionid"] = kept.session_key
    assert give(thief, code).status_code == 409
    assert who(thief) is None


def test_a_code_is_good_in_its_own_browser_alone(client: Client) -> None:
    ask(client)
    stranger = Client()
    assert give(stranger, last_code()).headers["Location"] == "/accounts/login/"
    ask(stranger, OTHER_PHONE)
    assert give(stranger, last_code(PHONE)).status_code == 422
    assert who(stranger) is None


def test_a_code_expires(client: Client) -> None:
    ask(client)
    later(minutes=5)
    answer = give(client, last_code())
    assert answer.status_code == 409
    assert "过期" in answer.content.decode()
    assert who(client) is None


def test_a_code_for_one_thing_is_good_for_nothing_else(client: Client) -> None:
    user = UserFactory(phone=PHONE, password=PASSWORD)
    ask(client, path="/accounts/password/reset/phone/")
    session = client.session
    session["phone_code"] = {**session["phone_code"], "purpose": "enter"}
    session.save()
    answer = give(client, last_code())
    assert answer.headers["Location"] == "/accounts/password/reset/phone/new/"
    assert who(client) is None
    assert user.check_password(PASSWORD)


def test_another_code_comes_after_a_minute(client: Client) -> None:
    ask(client)
    first = last_code()
    answer = client.post("/accounts/code/", {"action": "resend"}, REMOTE_ADDR=HERE)
    assert answer.status_code == 409
    assert re.search(r"请等 (5\d|60) 秒再要一条", answer.content.decode())
    later(minutes=1)
    assert client.post("/accounts/code/", {"action": "resend"}, REMOTE_ADDR=HERE).status_code == 302
    assert (first == last_code()) or give(client, first).status_code == 422
    assert PhoneCode.objects.count() == 2


def test_a_number_gets_five_codes_an_hour_and_ten_a_day() -> None:
    sent = []
    for _hour in range(3):
        for _ in range(6):
            sent.append(ask(Client()).status_code)
            later(minutes=2)
        later(hours=1)
    assert sent == [302] * 5 + [409] + [302] * 5 + [409] + [409] * 6
    assert OutboxMessage.objects.count() == 10


def test_an_address_gets_sixty_codes_an_hour() -> None:
    at = timezone.now() - timedelta(minutes=30)
    ask(Client(), "13700000000")
    first = PhoneCode.objects.get()
    PhoneCode.objects.bulk_create(
        PhoneCode(
            purpose="enter",
            phone="1",
            phone_index=f"{n}",
            address_index=first.address_index,
            code_hash="",
            asked_at=at,
            expires_at=at,
        )
        for n in range(59)
    )
    assert ask(Client()).status_code == 409
    # A header that nobody trusted has written is nobody's word.
    assert ask(Client(), HTTP_X_FORWARDED_FOR="1.2.3.4").status_code == 409
    assert ask(Client(), REMOTE_ADDR=ELSEWHERE).status_code == 302


def test_wrong_guesses_are_counted_by_address(client: Client) -> None:
    ask(client, "13700000000")
    PhoneCode.objects.update(attempts=4)
    for n in range(1, 7):
        ask(Client(), f"1370000000{n}")
    PhoneCode.objects.exclude(attempts=4).update(attempts=5)
    assert give(client, last_code("13700000000"), HTTP_X_FORWARDED_FOR="1.2.3.4").status_code == 409
