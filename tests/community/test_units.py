"""Units: founding, changing and ending one, and their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Appointment, Unit, User
from community.queries import today
from community.workflow import change_unit, create_unit, end_unit
from deliberation.states import IssueState
from tests.confirming import confirm
from tests.factories import District, IssueFactory, UnitFactory

pytestmark = pytest.mark.django_db
CONTACT = {"name": "东园物业", "phone": "0711-1234567", "address": "东园路 1 号", "office_hours": "8:30–17:30"}
OFFICERS = {"town_officer", "district_officer"}
PEOPLE = (
    "resident", "worker", "handler", "steward", "town_officer", "district_officer", "auditor", "administrator",
    "other_worker", "other_town_officer", "superuser",
)  # fmt: skip


def create(district: District, **changes: Any) -> Unit:
    values = {"kind": "property_company", "area": district.community, "contact": CONTACT, "by": district.town_officer}
    return create_unit(**{**values, **changes}, at=timezone.now())


def actions(unit: Unit) -> list[str]:
    return list(ModelLogEntry.objects.for_instance(unit).order_by("pk").values_list("action", flat=True))


def test_founding(district: District) -> None:
    unit = create(district)
    assert (unit.kind, unit.area, unit.town, unit.name) == (
        "property_company", district.community, district.town, "东园物业",
    )  # fmt: skip
    assert (unit.phone, unit.address, unit.office_hours) == ("0711-1234567", "东园路 1 号", "8:30–17:30")
    assert (unit.valid_from, unit.valid_to) == (today(), None)
    assert actions(unit) == ["unit.create"]


def test_a_unit_of_the_town_itself_is_in_that_town(district: District) -> None:
    assert create(district, area=district.town).town == district.town


def test_who_founds_changes_and_ends(district: District) -> None:
    for name in PEOPLE:
        by, refused = User.objects.get(pk=getattr(district, name).pk), 0
        acts: list[Callable[[], Any]] = [
            lambda by=by, name=name: create(district, by=by, contact={**CONTACT, "name": name}),  # type: ignore[misc]
            lambda by=by, name=name: change_unit(  # type: ignore[misc]
                district.property, contact={**CONTACT, "name": f"{name}2"}, by=by, at=timezone.now()
            ),
            lambda by=by, name=name: end_unit(  # type: ignore[misc]
                UnitFactory(area=district.community, name=f"{name}3"), last_day=today(), by=by, at=timezone.now()
            ),
        ]
        for act in acts:
            try:
                act()
            except NotAllowed:
                refused += 1
        assert refused == (0 if name in OFFICERS else 3), name


@pytest.mark.parametrize(
    ("contact", "field", "sentence"),
    [
        ({"name": "  "}, "name", "请写单位的名称"),
        ({"name": "幸福物业"}, "name", "已经有同名的单位"),
        ({"name": "很" * 81}, "name", "最多写 80 个字"),
        ({"name": "东园\x07物业"}, "name", "看不见的控制字符"),
        ({"phone": "13912345678"}, "phone", "不写个人手机号"),
        ({"phone": "+86 139-1234 5678"}, "phone", "不写个人手机号"),
        ({"phone": "１３９１２３４５６７８"}, "phone", "不写个人手机号"),
        ({"phone": "0" * 31}, "phone", "最多写 30 个字"),
    ],
)
def test_a_name_or_contact_that_cannot_be(
    district: District, contact: dict[str, str], field: str, sentence: str
) -> None:
    before = Unit.objects.count()
    with pytest.raises(BadInput, match=sentence) as caught:
        create(district, contact={**CONTACT, **contact})
    assert caught.value.field == field
    assert Unit.objects.count() == before


def test_what_else_cannot_be_founded(district: District) -> None:
    with pytest.raises(BadInput, match="请选单位的类别"):
        create(district, kind="whatever")
    district.community.valid_to = today() - timedelta(days=1)
    district.community.save()
    with pytest.raises(BadInput, match="已经撤并"):
        create(district)


def test_changing_writes_what_changed_alone(district: District) -> None:
    unit = change_unit(
        district.property, contact={**CONTACT, "name": "幸福物业"}, by=district.town_officer, at=timezone.now()
    )
    entry = ModelLogEntry.objects.for_instance(unit).get()
    assert entry.data["changed"] == ["address", "office_hours", "phone"]
    change_unit(unit, contact={**CONTACT, "name": "幸福物业"}, by=district.town_officer, at=timezone.now())
    assert actions(unit) == ["unit.change"]


def test_ending(district: District) -> None:
    last = today() + timedelta(days=5)
    unit = end_unit(district.property, last_day=last, by=district.town_officer, at=timezone.now())
    assert unit.valid_to == last
    held = Appointment.objects.get(user=district.handler)
    assert (held.ends_on, held.end_reason) == (last, "merged")
    assert actions(unit) == ["unit.end"]
    with pytest.raises(WrongState, match="已经定了"):
        end_unit(unit, last_day=last, by=district.town_officer, at=timezone.now())


@pytest.mark.parametrize("days", [-1, -9999])
def test_ending_in_the_past(district: District, days: int) -> None:
    with pytest.raises(BadInput, match="最后一天不能早于今天"):
        end_unit(
            district.property, last_day=today() + timedelta(days=days), by=district.town_officer, at=timezone.now()
        )


def test_no_end_while_something_waits(district: District) -> None:
    IssueFactory(area=district.compound, state=IssueState.DISPATCHED, unit=district.property)
    with pytest.raises(WrongState, match="手上还有 1 件没办完"):
        end_unit(district.property, last_day=today(), by=district.town_officer, at=timezone.now())
    assert Appointment.objects.get(user=district.handler).ended_at is None


# --- Pages ---------------------------------------------------------------------------------------
def test_the_list_keeps_to_ones_places(district: District, client_of: Callable[[Any], Client]) -> None:
    def names(who: User, **asked: str) -> list[str]:
        return [unit.name for unit in client_of(who).get(reverse("units"), asked).context["rows"]]

    assert names(district.town_officer) == ["东园社区居民委员会", "幸福物业"]
    assert names(district.other_town_officer) == ["沙洲物业"]
    assert len(names(district.district_officer)) == 4
    assert names(district.town_officer, kind="property_company") == ["幸福物业"]
    assert names(district.town_officer, q="居民") == ["东园社区居民委员会"]
    Unit.objects.filter(pk=district.property.pk).update(valid_to=today() - timedelta(days=1))
    assert names(district.town_officer) == ["东园社区居民委员会"]
    assert len(names(district.town_officer, ended="on")) == 2


def test_the_list_asks_as_often_for_many(district: District, client_of: Callable[[Any], Client]) -> None:
    client, counts = client_of(district.town_officer), []
    client.get(reverse("units"))
    for _round in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("units"))
        counts.append(len(counted))
        for number in range(25):
            UnitFactory(area=district.community, name=f"单位 {number}")
    assert counts[0] == counts[1]


def test_whose_unit_it_is(district: District, client_of: Callable[[Any], Client]) -> None:
    for name in PEOPLE:
        client = confirm(client_of(getattr(district, name)))
        expected = 200 if name in OFFICERS else 404 if name == "other_town_officer" else 403
        assert client.get(reverse("unit", args=[district.property.pk])).status_code == expected, name
        if expected != 200:
            for address in (
                reverse("unit", args=[district.property.pk]),
                reverse("unit_end", args=[district.property.pk]),
            ):
                assert client.post(address, {**CONTACT, "last_day": str(today())}).status_code == expected
    district.property.refresh_from_db()
    assert (district.property.name, district.property.valid_to) == ("幸福物业", None)


def test_ending_asks_who_is_there(district: District, client_of: Callable[[Any], Client]) -> None:
    district.town_officer.set_password("a password to confirm with")
    district.town_officer.save()
    page, ending = (reverse(name, args=[district.property.pk]) for name in ("unit", "unit_end"))
    client = client_of(district.town_officer)
    answer = client.post(ending, {"last_day": str(today())}, headers={"referer": f"http://testserver{page}"})
    assert answer["Location"] == f"/accounts/reauthenticate/?{urlencode({'next': page})}"
    district.property.refresh_from_db()
    assert district.property.valid_to is None


def test_founding_changing_and_ending_on_the_pages(district: District, client_of: Callable[[Any], Client]) -> None:
    client = confirm(client_of(district.town_officer))
    sent = {**CONTACT, "kind": "property_company", "area": district.community.pk}
    wrong = client.post(reverse("new_unit"), {**sent, "phone": "13912345678"})
    assert wrong.status_code == 422
    assert "不写个人手机号" in wrong.content.decode()
    assert "东园路 1 号" in wrong.content.decode()
    elsewhere = client.post(reverse("new_unit"), {**sent, "area": district.other_community.pk})
    assert "这个地方不归您管" in elsewhere.content.decode()
    assert client.post(reverse("new_unit"), sent).status_code == 302
    unit = Unit.objects.get(name="东园物业")
    page = reverse("unit", args=[unit.pk])
    assert client.post(page, {**CONTACT, "name": "新东园物业"})["Location"] == page
    assert client.post(page, {**CONTACT, "name": "幸福物业"}).status_code == 422
    ending = reverse("unit_end", args=[unit.pk])
    assert client.post(ending, {"last_day": ""}).status_code == 422
    assert "看看年份写对没有" in client.post(ending, {"last_day": "9999-12-31"}).content.decode()
    assert client.post(ending, {"last_day": str(today())})["Location"] == page
    unit.refresh_from_db()
    assert (unit.name, unit.valid_to) == ("新东园物业", today())
    assert client.post(ending, {"last_day": str(today())}).status_code == 409
