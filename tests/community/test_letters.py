"""The code of a letter: printed once, guessed in vain, void in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.models import AddressLetter, Clock, Notice, Resident, Reveal, VerificationRecord, VerificationRequest
from community.models.people import Verification
from community.models.verifying import Method, RequestState
from community.queries import verification_clocks_of
from community.workflow.clocks import sweep
from community.workflow.letters import PrintedLetter, enter_code, print_letter
from tests.community.threads import together
from tests.factories import MOMENT, District, ResidentFactory, build_district
from tests.factories.verifying import asked, id_number_of

pytestmark = pytest.mark.django_db
LATER = MOMENT + timedelta(days=5)


@pytest.fixture
def by_letter(district: District) -> VerificationRequest:
    return asked(district.newcomer, district.compound, MOMENT, method=Method.LETTER)


@pytest.fixture
def printed(district: District, by_letter: VerificationRequest) -> PrintedLetter:
    return print_letter(by_letter, by=district.worker, at=MOMENT)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_print(district: District, by_letter: VerificationRequest, printed: PrintedLetter) -> None:
    assert (printed.name, printed.address) == ("王秀英", "3 栋 2 单元 501")
    assert (len(printed.code), printed.code.isdigit()) == (8, True)
    letter = AddressLetter.objects.get()
    assert (letter.printed_by, letter.printed_at, letter.attempts, letter.used_at) == (
        district.worker, MOMENT, 0, None
    )  # fmt: skip
    # The code is in no column of any row.
    assert printed.code not in str([list(table.objects.values()) for table in (AddressLetter, VerificationRequest)])
    clock = Clock.objects.of(by_letter).open().get()
    assert (clock.kind, clock.due_at.date()) == ("verification.letter", letter.expires_on)
    assert not verification_clocks_of(district.worker)
    looks = list(Reveal.objects.order_by("pk").values_list("field", "reason", "by__username"))
    assert looks == [("name", "verifying", "worker"), ("address", "verifying", "worker")]


@pytest.mark.parametrize("who", ["newcomer", "neighbour_worker", "town_officer", "auditor", "superuser"])
def test_who_prints(district: District, by_letter: VerificationRequest, who: str) -> None:
    with pytest.raises(NotAllowed):
        print_letter(by_letter, by=getattr(district, who), at=MOMENT)
    assert not AddressLetter.objects.exists()


def test_only_for_who_asked_for_a_letter(district: District) -> None:
    request = asked(district.newcomer, district.compound, MOMENT)
    with pytest.raises(WrongState, match="不是用信核验"):
        print_letter(request, by=district.worker, at=MOMENT)


def test_code_verifies(district: District, by_letter: VerificationRequest, printed: PrintedLetter) -> None:
    typed = f" {printed.code[:4]} {printed.code[4:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    enter_code(by_letter, by=district.newcomer, at=LATER, code=typed)
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.verification, resident.verified_at) == (Verification.VERIFIED, LATER)
    record = VerificationRecord.objects.get()
    assert (record.method, record.by) == (Method.LETTER, district.newcomer)
    assert AddressLetter.objects.get().used_at == LATER
    assert not Clock.objects.open().exists()
    # Again, it is worth nothing.
    with pytest.raises(WrongState):
        enter_code(by_letter, by=district.newcomer, at=LATER, code=printed.code)


def test_guessing(district: District, by_letter: VerificationRequest, printed: PrintedLetter) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(BadInput, match=f"还能试 {left} 次") as refused:
            enter_code(by_letter, by=district.newcomer, at=MOMENT, code=wrong(printed.code))
        assert refused.value.field == "code"
    with pytest.raises(BadInput, match="作废"):
        enter_code(by_letter, by=district.newcomer, at=MOMENT, code=wrong(printed.code))
    # The right one comes too late.
    with pytest.raises(WrongState, match="作废"):
        enter_code(by_letter, by=district.newcomer, at=MOMENT, code=printed.code)
    assert AddressLetter.objects.get().attempts == 5
    assert verification_clocks_of(district.worker).count() == 1
    again = print_letter(by_letter, by=district.worker, at=MOMENT)
    enter_code(by_letter, by=district.newcomer, at=MOMENT, code=again.code)


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh"])
def test_what_is_no_code_costs_no_try(
    district: District, by_letter: VerificationRequest, printed: PrintedLetter, typed: str
) -> None:
    with pytest.raises(BadInput, match="8 位数字"):
        enter_code(by_letter, by=district.newcomer, at=MOMENT, code=typed)
    assert AddressLetter.objects.get().attempts == 0


def test_code_of_the_letter_before_is_void(
    district: District, by_letter: VerificationRequest, printed: PrintedLetter
) -> None:
    again = print_letter(by_letter, by=district.worker2, at=LATER)
    with pytest.raises(BadInput, match="码不对"):
        enter_code(by_letter, by=district.newcomer, at=LATER, code=printed.code)
    enter_code(by_letter, by=district.newcomer, at=LATER, code=again.code)


def test_code_is_for_one_request_and_one_person(
    district: District, by_letter: VerificationRequest, printed: PrintedLetter
) -> None:
    for who in (district.neighbour, district.worker, district.superuser):
        with pytest.raises(NotAllowed):
            enter_code(by_letter, by=who, at=MOMENT, code=printed.code)
    other = asked(
        district.neighbour, district.compound, MOMENT, method=Method.LETTER, id_number=id_number_of(order=103)
    )  # fmt: skip
    print_letter(other, by=district.worker, at=MOMENT)
    with pytest.raises(BadInput, match="码不对"):
        enter_code(other, by=district.neighbour, at=MOMENT, code=printed.code)


def test_before_it_is_printed(district: District, by_letter: VerificationRequest) -> None:
    with pytest.raises(WrongState, match="还没有打印"):
        enter_code(by_letter, by=district.newcomer, at=MOMENT, code="12345678")


def test_expired_before_the_sweep(district: District, by_letter: VerificationRequest, printed: PrintedLetter) -> None:
    with pytest.raises(WrongState, match="过期"):
        enter_code(by_letter, by=district.newcomer, at=MOMENT + timedelta(days=40), code=printed.code)


def test_lapse(
    district: District,
    by_letter: VerificationRequest,
    printed: PrintedLetter,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep(at=MOMENT + timedelta(days=40)) == 1
    by_letter.refresh_from_db()
    assert (by_letter.state, by_letter.reason, by_letter.name) == (
        RequestState.REFUSED, "信上的码过期了，没有填", ""
    )  # fmt: skip
    assert [(one.recipient, one.text) for one in Notice.objects.all()] == [
        (district.newcomer, "核验身份的信过期了，可以重新申请")
    ]
    assert asked(district.newcomer, district.compound, MOMENT + timedelta(days=41))


def test_whose_number_it_is_a_code_does_not_tell(
    district: District, by_letter: VerificationRequest, printed: PrintedLetter
) -> None:
    ResidentFactory(id_number=id_number_of())
    with pytest.raises(WrongState, match="请带身份证到社区") as refused:
        enter_code(by_letter, by=district.newcomer, at=MOMENT, code=printed.code)
    assert "另一位" not in str(refused.value)


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_each_counted() -> None:
    district = build_district()
    request = asked(district.newcomer, district.compound, MOMENT, method=Method.LETTER)
    code = wrong(print_letter(request, by=district.worker, at=MOMENT).code)
    outcomes = together(*[lambda: enter_code(request, by=district.newcomer, at=MOMENT, code=code)] * 4)
    assert {type(one) for one in outcomes} == {BadInput}
    assert AddressLetter.objects.get().attempts == 4


@pytest.mark.parametrize("address", ["x", "3 栋", "东园小区", "1"])
def test_no_letter_goes_where_no_house_is_named(district: District, address: str) -> None:
    with pytest.raises(BadInput, match="住址要写到门牌号") as refused:
        asked(district.newcomer, district.compound, MOMENT, method=Method.LETTER, address=address)
    assert refused.value.field == "address"


def test_a_request_from_before_the_rule_is_not_printed(district: District) -> None:
    request = asked(district.newcomer, district.compound, MOMENT, method=Method.LETTER, address="三组十二号")
    request.address = "x"
    request.save()
    with pytest.raises(WrongState, match="住址没有写到门牌号"):
        print_letter(request, by=district.worker, at=MOMENT)
    assert not request.letters.exists()
