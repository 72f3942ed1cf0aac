"""Two people confirm, or the person or a stranger does something else, while it is confirmed."""

from __future__ import annotations

import pytest
from django.db import connection

from community.errors import NotAllowed, WrongState
from community.models import Recovery, User
from community.queries import resident_of
from community.workflow.accounts import change_phone
from community.workflow.erasing import erase_person
from community.workflow.recovering import (
    confirm_recovery,
    stop_recovery,
)
from tests.community.recovered import LATER, NEW, proved, somebody
from tests.community.threads import together
from tests.factories import build_district

pytestmark = pytest.mark.django_db
ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")


@pytest.mark.django_db(transaction=True)
def test_confirmed_twice_at_once() -> None:
    district = build_district()
    asked = proved(somebody(district), district.worker)
    calls = [
        lambda by=by: confirm_recovery(asked, by=by, at=LATER, made_sure="seen")
        for by in (district.worker2, district.town_officer)
    ]
    assert sorted(type(one).__name__ for one in together(*calls)) == ["Recovery", "WrongState"]


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(4))
def test_confirmed_while_the_person_stops_it(round_number: int) -> None:
    district = build_district()
    asked = proved(somebody(district), district.worker)
    outcomes = together(
        lambda: confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen"),
        lambda: stop_recovery(asked, by=district.resident, at=LATER),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Recovery", "WrongState"]


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(4))
def test_confirmed_while_another_takes_the_number_or_the_person_leaves(round_number: int) -> None:
    district = build_district()
    asked = proved(somebody(district), district.worker)
    confirm_it = lambda: confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen")  # noqa: E731
    taken, changed = together(confirm_it, lambda: change_phone(by=district.newcomer, phone=NEW, at=LATER))
    assert sorted(type(one).__name__ for one in (taken, changed)) in (
        ["NoneType", "WrongState"], ["Recovery", "WrongState"]
    )  # fmt: skip
    assert User.objects.with_phone(NEW).count() == 1
    asked = Recovery.objects.get()
    left, gone = together(
        confirm_it, lambda: erase_person(User.objects.get(pk=asked.resident.user_id), by=district.resident, at=LATER)
    )
    assert isinstance(left, Recovery | WrongState | NotAllowed)
    assert type(gone).__name__ == "Erasure"
    assert resident_of(district.resident).erased_at == LATER
