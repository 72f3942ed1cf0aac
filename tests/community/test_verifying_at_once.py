"""Two people verify or ask at the same moment."""

from __future__ import annotations

import pytest

from community.models import Resident, VerificationRecord, VerificationRequest
from community.workflow.verifying import verify_request
from tests.community.threads import together
from tests.factories import MOMENT, build_district
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db
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
