"""Correcting what is registered about somebody: against a paper, and only what may be corrected so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Household, Notice, Representation, Resident
from community.models.people import Verification
from community.workflow.correcting import correct_resident
from tests.attacks.addresses import signed_in
from tests.confirming import confirm
from tests.factories import MOMENT, District, ResidentFactory
from tests.factories.verifying import id_number_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def old_man(district: District) -> Resident:
    """Somebody without an account, whose name was heard wrongly."""
    return ResidentFactory(
        user=None, home=district.compound, town=district.town, name="陈大野", phone="13800138000",
        verification=Verification.UNVERIFIED,
    )  # fmt: skip


def correct(person: Resident, by: Any, **fields: Any) -> Representation | None:
    return correct_resident(person, by=by, at=MOMENT, **{"paper": "id_card", **fields})


def test_somebody_without_an_account(district: District, old_man: Resident) -> None:
    receipt = correct(old_man, district.worker, name="陈大爷", phone="139 0013 9000", address="3 栋 101")
    fresh = Resident.objects.get(pk=old_man.pk)
    assert (fresh.name, fresh.phone, fresh.address) == ("陈大爷", "13900139000", "3 栋 101")
    assert (fresh.home, fresh.verification) == (district.compound, Verification.UNVERIFIED)
    # The indexes have followed.
    assert Resident.objects.with_phone("13900139000").get() == fresh
    assert not Resident.objects.with_phone("13800138000").exists()
    assert receipt is not None
    assert (receipt.act, receipt.subject, receipt.worker) == ("更正登记", "姓名、电话、住址", district.worker)
    line = ModelLogEntry.objects.for_instance(old_man).get()
    assert (line.action, line.data) == (
        "resident.correct", {"fields": ["address", "name", "phone"], "paper": "id_card"}
    )  # fmt: skip


def test_what_is_left_empty_stays(district: District, old_man: Resident) -> None:
    receipt = correct(old_man, district.worker, address="3 栋 101")
    fresh = Resident.objects.get(pk=old_man.pk)
    assert (fresh.name, fresh.phone) == ("陈大野", "13800138000")
    assert receipt is not None
    assert receipt.subject == "住址"


@pytest.mark.parametrize(
    ("fields", "sentence", "field"),
    [
        ({}, "没有要改的", ""),
        ({"name": "陈大野"}, "没有要改的", ""),
        ({"phone": "12"}, "电话号码不对", "phone"),
        ({"name": "陈" * 31}, "最多写 30 个字", "name"),
        ({"address": "东园小区"}, "住址要写到门牌号", "address"),
        ({"name": "陈大爷", "paper": "letter"}, "请选看了哪种证件", "paper"),
    ],
)
def test_bad_input(district: District, old_man: Resident, fields: dict[str, Any], sentence: str, field: str) -> None:
    with pytest.raises(BadInput, match=sentence) as refused:
        correct(old_man, district.worker, **fields)
    assert refused.value.field == field
    assert not Representation.objects.exists()


def test_nobody_is_made_a_second_time(district: District, old_man: Resident) -> None:
    twin = ResidentFactory(
        user=None, home=district.compound, name="陈大爷", phone="13800138000", verification=Verification.UNVERIFIED
    )
    with pytest.raises(WrongState, match="同名同电话"):
        correct(old_man, district.worker, name=twin.name)


def test_a_verified_name_is_verified_again(district: District, old_man: Resident) -> None:
    known = ResidentFactory(user=None, home=district.compound, name="李四", id_number=id_number_of())
    with pytest.raises(WrongState, match="要重新核验"):
        correct(known, district.worker, name="李思")
    assert correct(known, district.worker, phone="13900139000") is not None


def test_somebody_with_an_account(district: District, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    person = district.resident.resident
    household = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    Resident.objects.filter(pk=person.pk).update(household=household)
    for fields in ({"phone": "13900139000"}, {"name": "李思"}):
        with pytest.raises(WrongState):
            correct(person, district.worker, **fields)
    with pytest.raises(WrongState, match="手机号由本人"):
        correct(district.newcomer.resident, district.worker, name="李思")
    with django_capture_on_commit_callbacks(execute=True):
        assert correct(person, district.worker, address="3 栋 501") is None
    fresh = Resident.objects.get(pk=person.pk)
    assert (fresh.address, fresh.verification, fresh.household) == ("3 栋 501", Verification.VERIFIED, household)
    assert [one.text for one in Notice.objects.filter(recipient=district.resident)] == ["社区照证件更正了您登记的住址"]
    assert not Representation.objects.exists()


@pytest.mark.parametrize("role", ["neighbour_worker", "town_officer", "resident", "auditor", "superuser"])
def test_who_does_not_correct(district: District, old_man: Resident, role: str) -> None:
    with pytest.raises(NotAllowed):
        correct(old_man, getattr(district, role), name="陈大爷")


def test_not_of_oneself_nor_of_the_family(district: District, old_man: Resident) -> None:
    household = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    own = ResidentFactory(user=district.worker, home=district.compound, household=household)
    Resident.objects.filter(pk=old_man.pk).update(household=household)
    for person in (own, old_man):
        with pytest.raises(NotAllowed):
            correct(person, district.worker, address="3 栋 501")


def test_by_the_pages(district: District, old_man: Resident) -> None:
    worker = confirm(signed_in(district.worker))
    page = reverse("correct_resident", args=[old_man.pk])
    assert f'href="{page}"' in worker.get(reverse("desk_resident", args=[old_man.pk])).content.decode()
    assert {"name", "phone", "address", "paper"} == set(worker.get(page).context["form"].fields)
    assert worker.post(page, {"name": "陈大爷"}).status_code == 422
    response = worker.post(page, {"name": "陈大爷", "paper": "id_card"})
    assert response.headers["Location"] == reverse("receipt", args=[Representation.objects.get().number])
    own = reverse("correct_resident", args=[district.resident.resident.pk])
    assert {"address", "paper"} == set(worker.get(own).context["form"].fields)
    assert worker.post(own, {"address": "3 栋 501", "paper": "title_deed"}).status_code == 302
    assert signed_in(district.town_officer).get(own).status_code == 404
    # Whoever has not confirmed being themself lately is asked, and nothing is written.
    assert signed_in(district.worker).post(own, {"address": "9 栋 901", "paper": "title_deed"}).status_code == 403
    assert Resident.objects.get(pk=district.resident.resident.pk).address == "3 栋 501"


def test_what_a_person_reads_leads_there(district: District) -> None:
    page = signed_in(district.resident).get(reverse("my_privacy")).content.decode()
    assert "带证件到登记住地的社区，当场更正" in page
    for name in ("contacts", "my_verification", "my_phone"):
        assert f'href="{reverse(name)}"' in page, name
