"""Two people verify or ask at the same moment, or the person does something else while a worker verifies them.

No verb waits for another in a ring: each is done, or refused with a sentence.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from community.errors import BadInput, WrongState
from community.models import Erasure, Guardianship, Resident, User, VerificationRecord, VerificationRequest
from community.models.people import Verification
from community.models.privacy import ConsentKind
from community.models.verifying import Method
from community.workflow.accounts import change_phone
from community.workflow.clocks import sweep
from community.workflow.consenting import withdraw_consent
from community.workflow.erasing import erase_person
from community.workflow.guardians import record_guardian
from community.workflow.letters import print_letter
from community.workflow.standing import move_home
from community.workflow.verifying import verify_request
from tests.community.threads import together
from tests.factories import MOMENT, District, ResidentFactory, UserFactory, build_district
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db
ROUNDS = pytest.mark.parametrize("round_number", range(6))
ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")
NUMBER = id_number_of()


@pytest.mark.django_db(transaction=True)
def test_two_workers_verify_one_person_at_once() -> None:
    district = build_district()
    request = asked(district.newcomer, district.compound, MOMENT)
    calls = []
    for by in (district.worker, district.worker2):
        looked_at(request, by)
        calls.append(lambda by=by: verify_request(request, by=by, at=MOMENT, paper="id_card"))
    outcomes = sorted(type(one).__name__ for one in together(*calls))
    assert outcomes == ["VerificationRequest", "WrongState"]
    assert VerificationRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_number_claimed_twice_at_once() -> None:
    district = build_district()
    first = asked(district.newcomer, district.compound, MOMENT)
    second = asked(district.other_resident, district.other_compound, MOMENT)
    looked_at(first, district.worker)
    looked_at(second, district.other_worker)
    outcomes = together(
        lambda: verify_request(first, by=district.worker, at=MOMENT, paper="id_card"),
        lambda: verify_request(second, by=district.other_worker, at=MOMENT, paper="id_card"),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["IdTaken", "VerificationRequest"]
    assert Resident.objects.with_id_number(NUMBER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_are_one() -> None:
    district = build_district()
    outcomes = together(*[lambda: asked(district.newcomer, district.compound, MOMENT)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["VerificationRequest", "WrongState"]
    assert VerificationRequest.objects.count() == 1


# --- Verified while the person does something else ---------------------------------------------
def under_way(district: District) -> VerificationRequest:
    """Return a request of the newcomer that the worker has looked at."""
    return looked_at(asked(district.newcomer, district.compound, MOMENT), district.worker)


def verify(request: VerificationRequest, district: District) -> VerificationRequest:
    return verify_request(request, by=district.worker, at=MOMENT, paper="id_card")


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_the_phone_is_changed_meanwhile(round_number: int) -> None:
    district = build_district()
    request = under_way(district)
    verified, changed = together(
        lambda: verify(request, district),
        lambda: change_phone(by=district.newcomer, phone="13800138000", at=MOMENT),
    )
    assert (verified, changed) == (request, None)
    user = User.objects.get(pk=district.newcomer.pk)
    assert (user.name, user.phone, user.resident.phone) == ("王秀英", "13800138000", "13800138000")
    assert user.resident.verification == Verification.VERIFIED


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_the_person_leaves_meanwhile(round_number: int) -> None:
    district = build_district()
    request = under_way(district)
    verified, left = together(
        lambda: verify(request, district),
        lambda: erase_person(district.newcomer, by=district.newcomer, at=timezone.now()),
    )
    assert isinstance(left, Erasure)
    assert verified == request or str(verified) == "这个人的账号已经注销了。"
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.verification, resident.name, resident.user.name) == (Verification.UNVERIFIED, "", "")


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_consent_is_taken_back_meanwhile(round_number: int) -> None:
    district = build_district()
    request = under_way(district)
    resident = Resident.objects.get(user=district.newcomer)
    verified, withdrawn = together(
        lambda: verify(request, district),
        lambda: withdraw_consent(resident, ConsentKind.VERIFICATION, by=district.newcomer, at=MOMENT),
    )
    assert withdrawn is None
    assert verified == request or isinstance(verified, WrongState)
    resident.refresh_from_db()
    assert (resident.verification, resident.id_number) == (Verification.UNVERIFIED, "")
    request.refresh_from_db()
    assert (request.state != "open", request.id_number) == (True, "")


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_the_person_moves_meanwhile(round_number: int) -> None:
    district = build_district()
    request = under_way(district)
    verified, moved = together(
        lambda: verify(request, district),
        lambda: move_home(by=district.newcomer, at=MOMENT, home=district.other_compound, address="9 栋 101"),
    )
    assert verified == request
    resident = Resident.objects.get(user=district.newcomer)
    if isinstance(moved, Resident):
        assert (resident.home, resident.verification) == (district.other_compound, Verification.UNVERIFIED)
    else:
        assert str(moved) == "有一份核验申请还没办完。请先撤回，再改住址。"
        assert (resident.home, resident.verification) == (district.compound, Verification.VERIFIED)


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_the_letter_lapses_meanwhile(round_number: int) -> None:
    """The sweep locks the person before the request, as verbs do, and passes over what somebody is at work on."""
    district = build_district()
    request = asked(district.newcomer, district.compound, MOMENT, method=Method.LETTER)
    print_letter(request, by=district.worker, at=MOMENT)
    looked_at(request, district.worker)
    verified, struck = together(
        lambda: verify(request, district), lambda: sweep(at=MOMENT + timedelta(days=40))
    )  # fmt: skip
    assert (verified == request, struck) in ((True, 0), (False, 1))
    assert verified == request or isinstance(verified, WrongState)
    assert VerificationRecord.objects.count() == 1


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_a_guardian_leaves_while_they_are_written_down(round_number: int) -> None:
    """Either they answer for the child and stay, or they are gone and nobody is written down."""
    district = build_district()
    guardian = UserFactory(username="parent")
    ResidentFactory(user=guardian, home=district.compound, id_number=id_number_of("19850101"))
    child = ResidentFactory(home=district.compound, verification=Verification.UNVERIFIED)
    recorded, left = together(
        lambda: record_guardian(
            child, by=district.worker, at=MOMENT, guardian_id_number=id_number_of("19850101"), paper="户口簿"
        ),
        lambda: erase_person(guardian, by=guardian, at=timezone.now()),
    )
    if isinstance(recorded, Guardianship):
        assert str(left) == "您登记为孩子的监护人。请先到社区改由别人监护，再来注销。"
    else:
        assert (type(recorded), type(left)) == (BadInput, Erasure)
    assert Guardianship.objects.filter(ended_at=None).count() == isinstance(recorded, Guardianship)


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@ROUNDS
def test_two_accounts_claim_one_earlier_profile_at_once(round_number: int) -> None:
    district = build_district()
    earlier = ResidentFactory(user=None, home=district.compound, id_number=NUMBER)
    calls = []
    for by in (district.worker, district.worker2):
        user = ResidentFactory(home=None).user
        request = looked_at(asked(user, district.compound, MOMENT), by)
        calls.append(lambda request=request, by=by: verify_request(request, by=by, at=MOMENT, paper="id_card"))
    outcomes = together(*calls)
    assert sorted(type(one).__name__ for one in outcomes) == ["IdTaken", "VerificationRequest"]
    earlier.refresh_from_db()
    assert earlier.joined_to == Resident.objects.with_id_number(NUMBER).get()
