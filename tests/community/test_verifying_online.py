"""Verified by a provider's answer, and what is done when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.identity_checks import CheckUnavailable
from community.models import Clock, VerificationRecord, VerificationRequest
from community.models.verifying import Method, RequestState
from community.queries import verification_clocks_of
from community.workflow.verifying import check_online
from tests.factories import MOMENT, District, ResidentFactory
from tests.factories.verifying import asked, id_number_of

pytestmark = pytest.mark.django_db


class Silent:
    """A provider that does not answer."""

    is_offered = True

    def matches(self, name: str, id_number: str) -> bool:
        raise CheckUnavailable


ONLINE, NONE = "community.identity_checks.InventedCheck", "community.identity_checks.NoCheck"


def test_without_a_provider_nothing_is_online(district: District, settings: Any) -> None:
    settings.IDENTITY_CHECK = NONE
    with pytest.raises(BadInput, match="请选一种核验的办法"):
        asked(district.newcomer, district.compound, MOMENT, method=Method.IDENTITY_CHECK)


def online(district: District, settings: Any, number: str) -> VerificationRequest:
    settings.IDENTITY_CHECK = ONLINE
    return asked(
        district.newcomer, district.compound, MOMENT, method=Method.IDENTITY_CHECK, id_number=number
    )  # fmt: skip


def numbers(ends: str) -> str:
    return next(one for order in range(100, 400) if (one := id_number_of(order=order)).endswith(ends))


def test_online(district: District, settings: Any) -> None:
    request = online(district, settings, numbers("5"))
    assert not Clock.objects.open().exists()
    decided = check_online(request, by=district.newcomer, at=MOMENT)
    assert decided.state == RequestState.VERIFIED
    record = VerificationRecord.objects.get()
    assert (record.method, record.by) == (Method.IDENTITY_CHECK, district.newcomer)


@pytest.mark.parametrize("ends", ["0", "X"])
def test_online_says_no(district: District, settings: Any, ends: str) -> None:
    decided = check_online(online(district, settings, numbers(ends)), by=district.newcomer, at=MOMENT)
    assert (decided.state, decided.reason, decided.id_number) == (RequestState.REFUSED, "姓名和身份证号对不上", "")


def test_online_says_nothing(district: District, settings: Any) -> None:
    request = online(district, settings, numbers("5"))
    settings.IDENTITY_CHECK = f"{__name__}.Silent"
    with pytest.raises(WrongState, match="转给社区"):
        check_online(request, by=district.newcomer, at=MOMENT)
    request.refresh_from_db()
    assert (request.state, request.method) == (RequestState.OPEN, Method.PAPER)
    assert verification_clocks_of(district.worker).count() == 1


def test_online_does_not_tell_whose_number_it_is(district: District, settings: Any) -> None:
    ResidentFactory(id_number=numbers("5"))
    request = online(district, settings, numbers("5"))
    with pytest.raises(WrongState, match="请带身份证到社区") as refused:
        check_online(request, by=district.newcomer, at=MOMENT)
    assert "另一位" not in str(refused.value)
    request.refresh_from_db()
    assert (request.state, request.method) == (RequestState.OPEN, Method.PAPER)


def test_online_is_for_oneself(district: District, settings: Any) -> None:
    request = online(district, settings, numbers("5"))
    for by in (district.resident, district.worker):
        with pytest.raises(NotAllowed):
            check_online(request, by=by, at=MOMENT)
