"""Codes asked for and given at the same moment, in several processes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from community.models import OutboxMessage, PhoneCode, Resident, User
from tests.community.signing_in import ask, give, last_code, who, wrong
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
    assert PhoneCode.objects.get().attempts == 0
    assert sorted(answer.status_code for answer in answers) in ([302, 302], [302, 409])
    assert User.objects.filter(phone_index__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted(client: Client) -> None:
    ask(client)
    bad, session = wrong(last_code()), client.cookies["sessionid"].value

    def guess() -> int:
        mine = Client()
        mine.cookies["sessionid"] = session
        return give(mine, bad).status_code

    statuses = together(*[guess] * 8)
    assert (sorted(statuses), PhoneCode.objects.get().attempts) == ([409] * 3 + [422] * 5, 5) or (
        statuses.count(422),
        PhoneCode.objects.get().attempts,
    ) == (5, 5)


@pytest.mark.django_db(transaction=True)
def test_codes_asked_for_at_once_are_one_message() -> None:
    statuses = together(*[lambda: ask(Client()).status_code] * 4)
    assert sorted(statuses) == [302, 409, 409, 409]
    assert OutboxMessage.objects.count() == 1
