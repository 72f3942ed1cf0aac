"""Who answers for a minor, and what that is needed for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Guardianship, Resident
from community.models.people import Verification, age_of
from community.models.privacy import ConsentKind
from community.queries import standing_consent
from community.workflow.guardians import end_guardian, record_guardian, record_guardians_consent
from community.workflow.revealing import reveal_claim
from community.workflow.verifying import verify_request
from tests.factories import MOMENT, District, ResidentFactory
from tests.factories.verifying import asked, id_number_of

pytestmark = pytest.mark.django_db
PARENT, CHILD = id_number_of("19850101"), id_number_of("20120601")
SEEN = {"guardian_id_number": PARENT, "paper": "户口簿"}


@pytest.fixture
def parent(district: District) -> Resident:
    return ResidentFactory(home=district.compound, id_number=PARENT, name="张父")


@pytest.fixture
def child(district: District, parent: Resident) -> Resident:
    return ResidentFactory(home=district.compound, verification=Verification.UNVERIFIED)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [("20120601", date(2026, 5, 31), 13), ("20120601", date(2026, 6, 1), 14), ("20120229", date(2026, 2, 28), 13)],
)
def test_age(born: str, day: date, age: int) -> None:
    assert age_of(id_number_of(born), day) == age


def test_no_number_no_age() -> None:
    assert (age_of("", date(2026, 1, 1)), age_of("900000201213019999", date(2026, 1, 1))) == (None, None)


def test_child_is_verified_with_a_guardians_consent(district: District, child: Resident) -> None:
    request = asked(child.user, district.compound, MOMENT, id_number=CHILD)
    reveal_claim(request, by=district.worker, at=MOMENT)

    def verify() -> Any:
        return verify_request(request, by=district.worker, at=MOMENT, paper="household_book")

    with pytest.raises(WrongState, match="不满 14 周岁"):
        verify()
    with pytest.raises(WrongState, match="先登记监护人"):
        record_guardians_consent(child, by=district.worker, at=MOMENT)
    row = record_guardian(child, by=district.worker, at=MOMENT, **SEEN)
    assert (row.guardian.name, row.paper, row.recorded_by) == ("张父", "户口簿", district.worker)
    with pytest.raises(WrongState, match="不满 14 周岁"):
        verify()
    record_guardians_consent(child, by=district.worker, at=MOMENT)
    consent = standing_consent(child, ConsentKind.MINOR)
    assert consent is not None
    assert (consent.channel, consent.given_by) == ("paper", district.worker)
    verify()
    child.refresh_from_db()
    assert (child.verification, child.age_on(MOMENT.date())) == (Verification.VERIFIED, 11)


def test_fourteen_needs_none(district: District, child: Resident) -> None:
    request = asked(child.user, district.compound, MOMENT, id_number=id_number_of("20091106"))
    reveal_claim(request, by=district.worker, at=MOMENT)
    verify_request(request, by=district.worker, at=MOMENT, paper="id_card")


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"guardian_id_number": "1"}, "guardian_id_number", "18 位"),
        ({"guardian_id_number": id_number_of("19900101")}, "guardian_id_number", "还没有实名核验"),
        ({"guardian_id_number": id_number_of("20100101")}, "guardian_id_number", "年满 18 周岁"),
        ({"paper": ""}, "paper", "什么证件"),
    ],
)
def test_guardians_that_are_none(
    district: District, child: Resident, values: dict[str, str], field: str, sentence: str
) -> None:
    ResidentFactory(home=district.compound, id_number=id_number_of("20100101"))
    ResidentFactory(
        home=district.compound, id_number=id_number_of("19910101"), verification=Verification.UNVERIFIED
    )  # fmt: skip
    with pytest.raises(BadInput, match=sentence) as refused:
        record_guardian(child, by=district.worker, at=MOMENT, **{**SEEN, **values})
    assert refused.value.field == field
    assert not Guardianship.objects.exists()


def test_guardian_once_and_of_a_minor_alone(district: District, child: Resident, parent: Resident) -> None:
    record_guardian(child, by=district.worker, at=MOMENT, **SEEN)
    with pytest.raises(WrongState, match="登记过了"):
        record_guardian(child, by=district.worker, at=MOMENT, **SEEN)
    with pytest.raises(WrongState, match="已经成年"):
        record_guardian(parent, by=district.worker, at=MOMENT, **SEEN)


@pytest.mark.parametrize("who", [*District._fields[12:]])
def test_who_records(district: District, child: Resident, who: str) -> None:
    by = getattr(district, who)
    if who in ("worker", "worker2"):
        assert record_guardian(child, by=by, at=MOMENT, **SEEN).pk
    else:
        with pytest.raises(NotAllowed, match=r"^只有住地的社区工作者可以登记监护关系。$"):
            record_guardian(child, by=by, at=MOMENT, **SEEN)


def test_nobody_records_themself(district: District, child: Resident, parent: Resident) -> None:
    parent.user = district.worker
    parent.save()
    with pytest.raises(NotAllowed, match=r"^自己和自家人的监护关系，要由别人登记。$"):
        record_guardian(child, by=district.worker, at=MOMENT, **SEEN)


def test_end(district: District, child: Resident) -> None:
    row = record_guardian(child, by=district.worker, at=MOMENT, **SEEN)
    record_guardians_consent(child, by=district.worker, at=MOMENT)
    with pytest.raises(NotAllowed):
        end_guardian(row, by=district.town_officer, at=MOMENT)
    end_guardian(row, by=district.worker2, at=MOMENT)
    assert standing_consent(child, ConsentKind.MINOR) is None
    with pytest.raises(WrongState, match="已经结束"):
        end_guardian(row, by=district.worker, at=MOMENT)
    assert record_guardian(child, by=district.worker, at=MOMENT, **SEEN).pk
