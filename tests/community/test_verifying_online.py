"""What a provider's answer is worth: who somebody is says nothing of where they live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.identity_checks import CheckUnavailable, Claim, Found
from community.models import Clock, Notice, Resident, VerificationRecord, VerificationRequest
from community.models.people import Verification
from community.models.verifying import Method, RequestState
from community.queries import verification_clocks_of
from community.workflow.checking import (
    check_online,
    confirm_online,
    keep_identity,
    prove_by_letter,
    refuse_unmatched,
    send_to_paper,
)
from community.workflow.letters import enter_code, print_letter
from community.workflow.verifying import verify_request
from tests.factories import MOMENT, District, ResidentFactory
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db


class Silent:
    """A provider that does not answer."""

    is_offered = True

    def check(self, claim: Claim) -> Found:
        raise CheckUnavailable


class Register:
    """A provider that knows where everybody lives: at 3 栋 2 单元 501 of the compound."""

    is_offered = True

    def check(self, claim: Claim) -> Found:
        home = (claim.home_code, claim.home_name, claim.address)
        return Found(is_identity=True, is_residence=home == ("900001001001", "东园小区", "3 栋 2 单元 501"))


ONLINE, NONE = "community.identity_checks.InventedCheck", "community.identity_checks.NoCheck"
REGISTER = f"{__name__}.Register"


def test_without_a_provider_nothing_is_online(district: District, settings: Any) -> None:
    settings.IDENTITY_CHECK = NONE
    with pytest.raises(BadInput, match="请选一种核验的办法"):
        asked(district.newcomer, district.compound, MOMENT, method=Method.IDENTITY_CHECK)


def online(district: District, settings: Any, number: str, check: str = ONLINE, **fields: Any) -> VerificationRequest:
    settings.IDENTITY_CHECK = check
    return asked(
        district.newcomer, district.compound, MOMENT, method=Method.IDENTITY_CHECK, id_number=number, **fields
    )  # fmt: skip


def numbers(ends: str) -> str:
    return next(one for order in range(100, 400) if (one := id_number_of(order=order)).endswith(ends))


def test_identity_and_home_verify(district: District, settings: Any) -> None:
    request = online(district, settings, numbers("5"), REGISTER)
    assert not Clock.objects.open().exists()
    decided = check_online(request, by=district.newcomer, at=MOMENT)
    assert decided.state == RequestState.VERIFIED
    record = VerificationRecord.objects.get()
    assert (record.method, record.by, record.area) == (Method.IDENTITY_CHECK, district.newcomer, district.compound)
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.verification, resident.home) == (Verification.VERIFIED, district.compound)
    assert not Clock.objects.open().exists()


@pytest.mark.parametrize(("check", "address"), [(ONLINE, "3 栋 2 单元 501"), (REGISTER, "9 栋 101")])
def test_identity_alone_gives_no_residence(
    district: District,
    settings: Any,
    check: str,
    address: str,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    request = online(district, settings, numbers("5"), check, address=address)
    with django_capture_on_commit_callbacks(execute=True):
        kept = check_online(request, by=district.newcomer, at=MOMENT)
    request.refresh_from_db()
    assert kept == request
    assert (request.state, request.method, request.identity_found_at) == (RequestState.OPEN, Method.PAPER, MOMENT)
    assert (request.name, request.id_number) == ("王秀英", numbers("5"))
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.verification, resident.name, resident.id_number, resident.id_index) == (
        Verification.UNVERIFIED, district.newcomer.name, "", None
    )  # fmt: skip
    assert not VerificationRecord.objects.exists()
    assert verification_clocks_of(district.worker).count() == 1
    told = set(Notice.objects.values_list("recipient__username", "message"))
    assert told == {(name, "有居民申请实名核验，请按时办") for name in ("worker", "worker2")}
    lines = [line.action for line in ModelLogEntry.objects.for_instance(request).order_by("timestamp", "pk")]
    assert lines == ["verification.ask", "verification.identity"]
    # The worker sees the home alone, on paper.
    verify_request(looked_at(request, district.worker), by=district.worker, at=MOMENT, paper="lease")
    assert Resident.objects.get(user=district.newcomer).verification == Verification.VERIFIED


def test_a_letter_proves_the_home(district: District, settings: Any) -> None:
    request = check_online(online(district, settings, numbers("5")), by=district.newcomer, at=MOMENT)
    with pytest.raises(NotAllowed, match=r"^这不是您的申请。$"):
        prove_by_letter(request, by=district.worker, at=MOMENT)
    changed = prove_by_letter(request, by=district.newcomer, at=MOMENT)
    assert (changed.method, changed.identity_found_at) == (Method.LETTER, MOMENT)
    assert verification_clocks_of(district.worker).count() == 1
    with pytest.raises(WrongState, match=r"^这份申请现在不能改成寄信。$"):
        prove_by_letter(request, by=district.newcomer, at=MOMENT)
    code = print_letter(request, by=district.worker, at=MOMENT).code
    enter_code(request, by=district.newcomer, at=MOMENT, code=code)
    assert VerificationRecord.objects.get().method == Method.LETTER


def test_without_a_found_identity_no_letter_is_chosen_afterwards(district: District) -> None:
    request = asked(district.newcomer, district.compound, MOMENT)
    with pytest.raises(WrongState, match=r"^这份申请现在不能改成寄信。$"):
        prove_by_letter(request, by=district.newcomer, at=MOMENT)


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
    request = online(district, settings, numbers("5"), REGISTER)
    with pytest.raises(WrongState, match="请带身份证到社区") as refused:
        check_online(request, by=district.newcomer, at=MOMENT)
    assert "另一位" not in str(refused.value)
    request.refresh_from_db()
    assert (request.state, request.method) == (RequestState.OPEN, Method.PAPER)


def test_online_is_for_oneself(district: District, settings: Any) -> None:
    request = online(district, settings, numbers("5"))
    for by in (district.resident, district.worker, district.superuser):
        for verb in (check_online, confirm_online, refuse_unmatched, keep_identity):
            with pytest.raises(NotAllowed, match=r"^这份申请不能在线核验。$"):
                verb(request, by=by, at=MOMENT)
        with pytest.raises(NotAllowed, match=r"^这份申请不能在线核验。$"):
            send_to_paper(request, by=by, at=MOMENT, why="因为")
    request.refresh_from_db()
    assert (request.state, request.method) == (RequestState.OPEN, Method.IDENTITY_CHECK)


@pytest.mark.parametrize("verb", [confirm_online, refuse_unmatched, keep_identity])
def test_what_is_not_checked_online_is_not_decided_so(district: District, verb: Callable[..., Any]) -> None:
    """Nobody verifies their own request for the worker by calling the verb."""
    request = asked(district.newcomer, district.compound, MOMENT)
    with pytest.raises(NotAllowed, match=r"^这份申请不能在线核验。$"):
        verb(request, by=district.newcomer, at=MOMENT)
    assert Resident.objects.get(user=district.newcomer).verification == Verification.UNVERIFIED


def test_a_child_is_told_that_a_guardian_comes_along(district: District, settings: Any) -> None:
    born = f"{MOMENT.year - 8}0101"
    request = online(district, settings, child_number(born), REGISTER)
    with pytest.raises(WrongState, match=r"^申请已经转给社区。本人不满 14 周岁：请监护人带证件到社区"):
        check_online(request, by=district.newcomer, at=MOMENT)
    request.refresh_from_db()
    assert (request.state, request.method) == (RequestState.OPEN, Method.PAPER)


def child_number(born: str) -> str:
    return next(one for order in range(100, 400) if (one := id_number_of(born, order)).endswith("5"))
