"""Somebody without an account: registered once, and a numbered receipt for each act."""

from __future__ import annotations

import pytest

from community.errors import BadInput, NotAllowed
from community.models import Representation, Resident
from community.queries import registered_like
from community.workflow.representing import register_person, represent
from tests.community.threads import together
from tests.factories import MOMENT, District, ResidentFactory, build_district

pytestmark = pytest.mark.django_db


def registered(district: District, **fields: object) -> Resident:
    values = {"name": "李奶奶", "phone": "0711-3381234", "home": district.compound, **fields}
    return register_person(by=district.worker, at=MOMENT, **values)  # type: ignore[arg-type]


def test_register(district: District) -> None:
    person = registered(district)
    assert (person.name, person.phone, person.user, person.town) == ("李奶奶", "07113381234", None, district.town)
    assert Resident.objects.with_phone("07113381234").with_surname("李").get() == person
    # The same again is the same person; without a phone, nobody can tell.
    assert registered(district) == person
    assert registered(district, phone="") != registered(district, phone="")


@pytest.mark.parametrize("who", [*District._fields[12:]])
def test_who_registers(district: District, who: str) -> None:
    by = getattr(district, who)
    if who in ("worker", "worker2"):
        assert register_person(by=by, at=MOMENT, name="李奶奶", home=district.compound)
    else:
        with pytest.raises(NotAllowed, match="替别人反映"):
            register_person(by=by, at=MOMENT, name="李奶奶", home=district.compound)


@pytest.mark.parametrize(
    ("field", "value", "at_field"), [("name", " ", "person_name"), ("phone", "12", "person_phone")]
)
def test_who_is_nobody(district: District, field: str, value: str, at_field: str) -> None:
    with pytest.raises(BadInput) as refused:
        registered(district, **{field: value})
    assert refused.value.field == at_field
    assert not Resident.objects.filter(user=None).exists()


def test_receipts_are_numbered_and_stay(district: District) -> None:
    person = registered(district)
    rows = [
        represent(person, by=district.worker, at=MOMENT, act="反映问题", subject=f"EC-{n}", url="/") for n in (1, 2)
    ]  # fmt: skip
    assert [row.number for row in rows] == ["DB-2023-000001", "DB-2023-000002"]
    assert [row.area for row in rows] == [district.compound] * 2
    town = represent(person, by=district.town_officer, at=MOMENT, act="打分", subject="EC-1", url="/")
    assert town.number == "DB-2023-000003"


@pytest.mark.parametrize("who", ["resident", "neighbour_worker", "other_worker", "auditor", "superuser"])
def test_who_acts_for_nobody(district: District, who: str) -> None:
    person = registered(district)
    with pytest.raises(NotAllowed):
        represent(person, by=getattr(district, who), at=MOMENT, act="反映问题", subject="EC-1")
    own = Resident.objects.get(user=district.resident)
    with pytest.raises(NotAllowed):
        represent(own, by=district.worker, at=MOMENT, act="反映问题", subject="EC-1")
    assert not Representation.objects.exists()


def test_who_may_be_the_same(district: District) -> None:
    alike = registered(district)
    by_phone = registered(district, name="王奶奶")
    registered(district, name="赵爷爷", phone="")
    ResidentFactory(user=None, name="李四", home=district.other_compound)
    ResidentFactory(name="李五", home=district.compound)
    assert set(registered_like("李婆婆", "", district.community)) == {alike}
    assert set(registered_like("孙婆婆", "0711 3381234", district.compound)) == {alike, by_phone}
    assert not registered_like("孙婆婆", "", district.compound)


@pytest.mark.django_db(transaction=True)
def test_two_taps_register_one_person_and_numbers_are_consecutive() -> None:
    district = build_district()
    people = together(*[lambda: registered(district)] * 3)
    assert {one.pk for one in people} == {Resident.objects.get(user=None).pk}
    person = people[0]
    acts = [lambda: represent(person, by=district.worker, at=MOMENT, act="反映问题", subject="EC-1")] * 3
    assert sorted(row.number for row in together(*acts)) == [f"DB-2023-{n:06d}" for n in (1, 2, 3)]
