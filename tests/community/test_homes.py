"""Compounds, households and who is reached where: the verbs, the desk, the public pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.errors import BadInput, NotAllowed, WrongState
from community.models import CompoundProfile, Household, Unit
from community.models.areas import AreaKind, UnitKind
from community.models.homes import SelfGovernance, Station
from community.queries import today
from community.roles import Role
from community.workflow.compounds import Profile, update_profile
from community.workflow.households import create_household, end_household, join_household, leave_household
from portal import figures
from tests.factories import AppointmentFactory, AreaFactory, District, ResidentFactory, UnitFactory, UserFactory

GOVERNED = Profile(
    self_governance=SelfGovernance.OWNERS_COMMITTEE, committee_name="东园小区业主委员会", committee_since=date(2020, 3, 1),
    term_from=date(2025, 3, 1), term_to=date(2199 - 170, 2, 28), property_company_name="东园物业",
    has_council=True, council_since=date(2022, 1, 1), station=Station.POST, station_since=date(2023, 5, 1),
    household_count=320, note="长廊边",
)  # fmt: skip


def write(district: District, profile: Profile = GOVERNED, by: Any = None) -> CompoundProfile:
    return update_profile(district.compound, profile=profile, by=by or district.worker, at=timezone.now())


def test_a_profile_makes_its_units_and_counts_in_the_years_since(district: District) -> None:
    row = write(district)
    assert (row.committee.kind, row.committee.area, row.committee.town) == (
        UnitKind.OWNERS_COMMITTEE, district.compound, district.town,
    )  # fmt: skip
    assert [figures.owners_committees(year) for year in (2019, 2020, 2023)] == [0, 1, 1]
    assert [figures.compound_councils(year) for year in (2021, 2022)] == [0, 1]
    assert [figures.compound_posts(year) for year in (2022, 2023)] == [0, 1]
    assert figures.compound_service_stations_pilot(2023) == 0
    assert figures.compounds_with_property_company(today().year) == 1
    assert figures.compounds_with_property_company(2023) == 0


def test_a_new_term_leaves_past_figures_as_they_were(district: District) -> None:
    write(district)
    again = replace(GOVERNED, term_from=date(2026, 3, 1), term_to=date(2031, 2, 28))
    write(district, again)
    assert figures.owners_committees(2020) == 1
    assert Unit.objects.filter(area=district.compound).count() == 2


def test_without_a_committee_there_is_no_term(district: District) -> None:
    write(district)
    row = write(
        district, replace(GOVERNED, self_governance=SelfGovernance.NONE, has_council=False, station=Station.NONE)
    )
    assert (row.committee, row.committee_since, row.term_to, row.council_since, row.station_since) == (None,) * 5


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"committee_since": None}, "committee_since"),
        ({"term_from": None}, "term_from"),
        ({"term_to": None}, "term_to"),
        ({"term_to": date(2024, 1, 1)}, "term_to"),
        ({"term_to": date(2099, 1, 1)}, "term_to"),
        ({"term_from": date(2019, 1, 1)}, "term_from"),
        ({"council_since": None}, "council_since"),
        ({"station_since": date(2199, 1, 1)}, "station_since"),
        ({"property_company_name": "", "property_company": 987654321}, "property_company"),
        ({"self_governance": "king"}, "self_governance"),
    ],
)
def test_a_profile_that_can_not_be(district: District, given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        write(district, replace(GOVERNED, **given))
    assert refused.value.field == field
    assert not CompoundProfile.objects.exists()


@pytest.mark.parametrize("who", ["resident", "neighbour_worker", "steward", "other_worker", "auditor", "superuser"])
def test_others_write_no_profile(district: District, who: str) -> None:
    with pytest.raises(NotAllowed):
        write(district, by=getattr(district, who))


def test_a_unit_of_elsewhere_can_not_be_chosen(district: District) -> None:
    with pytest.raises(BadInput):
        write(district, replace(GOVERNED, property_company_name="", property_company=district.other_property.pk))
    assert write(district, replace(GOVERNED, property_company_name="", property_company=district.property.pk))


def test_the_worker_edits_a_profile_and_sees_terms_that_end(district: District, client_of: Any) -> None:
    client, address = client_of(district.worker), reverse("compound", args=[district.compound.code])
    sent = {
        "self_governance": "owners_committee", "committee_since": "2021-11-01", "term_from": "2021-11-01",
        "term_to": (today() + timedelta(days=20)).isoformat(), "station": "none", "household_count": "12",
    }  # fmt: skip
    assert client.post(address, sent | {"term_to": "x"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    page = client.get(reverse("compounds")).content.decode()
    assert "要准备换届" in page
    assert "任期快到" in client.get(reverse("compounds"), {"ending": "1"}).content.decode()
    form = client.get(address).content.decode()
    assert 'value="2021-11-01"' in form
    public = client_of(district.resident).get(reverse("place_page", args=[district.compound.code])).content.decode()
    assert "还有 20 天" in public


def test_who_sees_the_pages_of_homes(district: District, client_of: Any) -> None:
    household = create_household(district.compound, number="001", address="", by=district.worker, at=timezone.now())
    plain = [
        reverse(name) for name in ("compounds", "households", "new_household", "dwelling_import", "dwelling_template")
    ]
    held = [reverse("compound", args=[district.compound.code]), reverse("household", args=[household.pk])]
    for who, first, second in (
        ("worker", 200, 200), ("town_officer", 200, 200), ("neighbour_worker", 200, 404), ("other_worker", 200, 404),
        ("resident", 403, 403), ("auditor", 403, 403), ("steward", 403, 403), ("superuser", 403, 403),
    ):  # fmt: skip
        client = client_of(getattr(district, who))
        assert {client.get(address).status_code for address in plain} == {first}, who
        assert {client.get(address).status_code for address in held} == {second}, who


def household_of(district: District) -> Household:
    return create_household(
        district.compound, number="001", address="1 栋 101 室", by=district.worker, at=timezone.now()
    )


def test_a_household_comes_and_goes(district: District) -> None:
    household, resident = household_of(district), district.resident.resident
    how: Any = {"by": district.worker, "at": timezone.now()}
    join_household(household, resident=resident.pk, **how)
    other = create_household(district.compound, number="002", address="", **how)
    with pytest.raises(WrongState):
        join_household(other, resident=resident.pk, **how)
    leave_household(household, resident=resident.pk, **how)
    join_household(other, resident=resident.pk, **how)
    end_household(other, **how)
    resident.refresh_from_db()
    assert resident.household is None
    with pytest.raises(WrongState):
        join_household(other, resident=resident.pk, **how)


def test_who_does_not_live_there_does_not_join(district: District) -> None:
    household = household_of(district)
    with pytest.raises(BadInput):
        join_household(household, resident=district.other_resident.resident.pk, by=district.worker, at=timezone.now())
    with pytest.raises(NotAllowed):
        join_household(household, resident=district.resident.resident.pk, by=district.other_worker, at=timezone.now())


@pytest.mark.parametrize(
    ("number", "place", "field"),
    [
        ("001", "compound", "number"),
        ("", "compound", "number"),
        ("a b", "compound", "number"),
        ("9", "community", "area"),
    ],
)
def test_a_household_that_can_not_be(district: District, number: str, place: str, field: str) -> None:
    household_of(district)
    with pytest.raises(BadInput) as refused:
        create_household(getattr(district, place), number=number, address="", by=district.worker, at=timezone.now())
    assert refused.value.field == field


def test_the_worker_keeps_a_household_on_the_desk(district: District, client_of: Any) -> None:
    client, resident = client_of(district.worker), district.resident.resident
    answer = client.post(reverse("new_household"), {"area": district.compound.pk, "number": "7", "address": "1 栋"})
    household = Household.objects.get(number="7")
    assert answer["Location"] == reverse("household", args=[household.pk])
    assert client.post(reverse("new_household"), {"area": district.other_compound.pk, "number": "8"}).status_code == 422
    for verb in ("join", "leave", "end"):
        answer = client.post(reverse("household_change", args=[household.pk, verb]), {"resident": resident.pk})
        assert answer.status_code == 302, verb
    assert client.post(reverse("household_change", args=[household.pk, "end"])).status_code == 409
    assert client.post(reverse("household_change", args=[household.pk, "eat"])).status_code == 404
    page = client.get(reverse("household", args=[household.pk])).content.decode()
    assert "张三" not in page
    stranger = client_of(district.other_worker)
    assert stranger.post(reverse("household_change", args=[household.pk, "join"])).status_code == 404


def test_contacts_name_office_and_surname_alone(district: District, client: Any) -> None:
    worker = UserFactory(name="欧阳建国", phone="13800000000")
    AppointmentFactory(user=worker, role=Role.COMMUNITY_WORKER, area=district.community)
    AppointmentFactory(user=worker, role=Role.STEWARD, area=district.compound)
    Unit.objects.filter(pk=district.committee.pk).update(address="东园路 1 号", office_hours="工作日")
    for address in (
        reverse("contacts"),
        f"{reverse('contacts')}?q=东园小区",
        reverse("place_page", args=["900001001001"]),
    ):
        page = client.get(address).content.decode()
        assert "欧阳同志" in page, address
        assert "东园路 1 号" in page
        assert "建国" not in page
        assert "13800000000" not in page
    assert "包联：东园小区" in client.get(reverse("contacts"), {"town": district.town.code}).content.decode()
    assert "没有找到" in client.get(reverse("contacts"), {"q": "没有的\x00"}).content.decode()


def test_public_pages_of_places(district: District, client: Any) -> None:
    write(district)
    page = client.get(reverse("place_page", args=[district.compound.code])).content.decode()
    assert "东园小区业主委员会" in page
    assert "东园物业" in page
    assert "小区驿站" in page
    assert client.get(reverse("place_page", args=[district.town.code])).status_code == 404
    assert client.get(reverse("place_page", args=["none"])).status_code == 404
    assert "东园小区" in client.get(reverse("places"), {"q": "东园小"}).content.decode()


def queries(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_lists_ask_as_much_for_many_as_for_one(district: District, client_of: Any) -> None:
    worker = client_of(district.worker)
    household_of(district)
    write(district)
    names = ("contacts", "places", "compounds", "households")
    before = {name: queries(worker, reverse(name)) for name in names}
    for number in range(6):
        more = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND)
        create_household(more, number="1", address="", by=district.worker, at=timezone.now())
        community = AreaFactory(parent=district.town, kind=AreaKind.COMMUNITY)
        UnitFactory(kind=UnitKind.RESIDENTS_COMMITTEE, name=f"居委会{number}", area=community)
        AppointmentFactory(area=community)
        ResidentFactory(home=more)
    assert {name: queries(worker, reverse(name)) for name in names} == before
