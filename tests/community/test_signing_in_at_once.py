"""Codes asked for and given at the same moment, in several processes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from community.models import OutboxMessage, PhoneCode, Resident, Rule, User
from community.models.codes import CodePurpose
from community.workflow.codes import ask_code, check_code
from tests.community.signing_in import HERE, PHONE, ask, give, last_code, who, wrong
from tests.community.threads import together


@pytest.mark.django_db(transaction=True)
def test_one_number_signed_up_twice_at_once_is_one_account() -> None:
    first, second = Client(), Client()
    ask(first)
    one = last_code()
    PhoneCode.objects.update(asked_at=PhoneCode.objects.get().asked_at - timedelta(minutes=2))
    ask(second)
    answers = together(lambda: give(first, one), lambda: give(second, last_code()))
    assert [answer.status_code for answer in answers] == [302, 302]
    user = User.objects.get(phone_index__isnull=False)
    assert [who(first), who(second)] == [str(user.pk)] * 2
    assert Resident.objects.filter(user=user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_code_given_twice_at_once_is_used_once(client: Client) -> None:
    ask(client)
    code, other = last_code(), Client()
    other.cookies["sessionid"] = client.cookies["sessionid"].value
    answers = together(lambda: give(client, code), lambda: give(other, code))
    # Whoever comes second finds the code used up, or a session that has moved on: no way in.
    assert [answer.headers.get("Location") for answer in answers].count("/my/") == 1
    assert (PhoneCode.objects.get().attempts, UserSession.objects.count()) == (0, 1)
    assert User.objects.filter(phone_index__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_code_checked_twice_at_once_is_right_once() -> None:
    at = timezone.now()
    asked = ask_code(phone=PHONE, purpose=CodePurpose.ENTER, address=HERE, at=at)
    code = last_code()
    check = lambda: check_code(code_id=asked.pk, purpose=CodePurpose.ENTER, typed=code, address=HERE, at=at)  # noqa: E731
    assert sorted(type(one).__name__ for one in together(*[check] * 4)) == ["PhoneCode"] + ["WrongState"] * 3


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted(client: Client) -> None:
    ask(client)
    bad, session = wrong(last_code()), client.cookies["sessionid"].value

    def guess() -> int:
        mine = Client()
        mine.cookies["sessionid"] = session
        return give(mine, bad).status_code

    statuses = together(*[guess] * 8)
    assert (sorted(statuses), PhoneCode.objects.get().attempts) == ([409] * 3 + [422] * 5, 5)


@pytest.mark.django_db(transaction=True)
def test_the_last_code_of_an_address_is_one() -> None:
    """Four phones at one address, one place left in the hour."""
    Rule.objects.filter(key="code.address.hourly").update(value=3)
    for number in ("13700000000", "13700000009"):
        ask(Client(), number)
    phones = [f"1370000000{n}" for n in range(1, 5)]
    statuses = together(*[lambda phone=phone: ask(Client(), phone).status_code for phone in phones])
    assert sorted(statuses) == [302, 409, 409, 409]
    assert (PhoneCode.objects.count(), OutboxMessage.objects.count()) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_the_last_wrong_guess_of_an_address_is_one() -> None:
    """Four codes of one address, guessed at from there: one guess is left in the hour."""
    Rule.objects.filter(key="code.address.wrong").update(value=3)
    at = timezone.now()
    asked = [ask_code(phone=f"1370000000{n}", purpose=CodePurpose.ENTER, address=HERE, at=at) for n in range(4)]
    PhoneCode.objects.filter(pk=asked[0].pk).update(attempts=2)
    bad = [wrong(last_code(one.phone)) for one in asked]

    def guess(one: PhoneCode, typed: str) -> PhoneCode:
        return check_code(code_id=one.pk, purpose=CodePurpose.ENTER, typed=typed, address=HERE, at=at)

    outcomes = together(*[lambda pair=pair: guess(*pair) for pair in zip(asked, bad, strict=True)])
    assert sorted(type(one).__name__ for one in outcomes) == ["BadInput"] + ["WrongState"] * 3
    assert sum(PhoneCode.objects.values_list("attempts", flat=True)) == 3


@pytest.mark.django_db(transaction=True)
def test_codes_asked_for_at_once_are_one_message() -> None:
    statuses = together(*[lambda: ask(Client()).status_code] * 4)
    assert sorted(statuses) == [302, 409, 409, 409]
    assert OutboxMessage.objects.count() == 1
