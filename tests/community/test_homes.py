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
from community.models import CompoundProfile, Dwelling, Household, Unit
from community.models.areas import AreaKind, UnitKind
from community.models.homes import SelfGovernance, Station
from community.queries import today
from community.roles import Role
from community.workflow.compounds import Profile, update_profile
from community.workflow.households import (
    create_household,
    end_household,
    house_household,
    join_household,
    leave_household,
    unhouse_household,
)
from portal import figures
from tests.confirming import confirm
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


def household_of(district: District, number: str = "001") -> Household:
    return create_household(
        district.compound, number=number, address="1 栋 101 室", by=district.worker, at=timezone.now()
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
    client, resident = confirm(client_of(district.worker)), district.resident.resident
    answer = client.post(reverse("new_household"), {"area": district.compound.pk, "number": "7", "address": "1 栋"})
    household = Household.objects.get(number="7")
    assert answer["Location"] == reverse("household", args=[household.pk])
    assert client.post(reverse("new_household"), {"area": district.other_compound.pk, "number": "8"}).status_code == 422
    for verb in ("join", "leave", "end"):
        fields = {"resident": resident.pk, "confirm": "1"}
        answer = client.post(reverse("household_change", args=[household.pk, verb]), fields)
        assert answer.status_code == 302, verb
    assert client.post(reverse("household_change", args=[household.pk, "end"])).status_code == 409
    assert client.post(reverse("household_change", args=[household.pk, "eat"])).status_code == 404
    page = client.get(reverse("household", args=[household.pk])).content.decode()
    assert "张三" not in page
    stranger = client_of(district.other_worker)
    assert stranger.post(reverse("household_change", args=[household.pk, "join"])).status_code == 404


def dwelling_in(district: District, room: str = "101", building: str = "1 栋", area: Any = None) -> Dwelling:
    return Dwelling.objects.create(
        area=area or district.compound, town=district.town, building=building, room=room, floor_area=8950
    )


def test_a_household_lives_in_a_dwelling_until_it_ends(district: District) -> None:
    how: Any = {"by": district.worker, "at": timezone.now()}
    home, second = dwelling_in(district), dwelling_in(district, "102")
    household = create_household(district.compound, number="001", address="", dwelling=home.pk, **how)
    house_household(household, dwelling=second.pk, **how)
    assert set(household.dwellings.all()) == {home, second}
    unhouse_household(household, dwelling=second.pk, **how)
    assert set(household.dwellings.all()) == {home}
    other = create_household(district.compound, number="002", address="", **how)
    with pytest.raises(WrongState, match="已经登记给 001 号户了"):
        house_household(other, dwelling=home.pk, **how)
    with pytest.raises(BadInput, match="不是这一户的"):
        unhouse_household(other, dwelling=home.pk, **how)
    end_household(household, **how)
    house_household(other, dwelling=home.pk, **how)
    home.refresh_from_db()
    assert home.household == other
    with pytest.raises(WrongState, match="注销了"):
        house_household(household, dwelling=second.pk, **how)


def test_a_dwelling_of_elsewhere_can_not_be_chosen(district: District) -> None:
    how: Any = {"by": district.worker, "at": timezone.now()}
    household, elsewhere = household_of(district), dwelling_in(district, area=district.other_compound)
    for pk in (elsewhere.pk, 0, 987654321):
        with pytest.raises(BadInput, match="这个小区里没有这套房") as refused:
            house_household(household, dwelling=pk, **how)
        assert refused.value.field == "dwelling"
        with pytest.raises(BadInput):
            create_household(district.compound, number="009", address="", dwelling=pk, **how)
    with pytest.raises(NotAllowed):
        house_household(household, dwelling=dwelling_in(district).pk, by=district.other_worker, at=timezone.now())
    assert not Dwelling.objects.exclude(household=None).exists()
    assert not Household.objects.filter(number="009").exists()


def test_the_worker_chooses_a_dwelling_building_by_building(district: District, client_of: Any) -> None:
    client, household = client_of(district.worker), household_of(district)
    home, _taken = dwelling_in(district), dwelling_in(district, "201", "2 栋")
    address, change = reverse("household", args=[household.pk]), "household_change"
    assert "看这一栋的房" in client.get(address).content.decode()
    page = client.get(address, {"building": "1 栋"})
    assert page.context["free"] == [home]
    assert client.get(address, {"building": "没有的栋"}).context["free"] == []
    house, unhouse = (reverse(change, args=[household.pk, verb]) for verb in ("house", "unhouse"))
    assert client.post(house, {"dwelling": home.pk})["Location"] == address
    assert "这一栋的房都有户了" in client.get(address, {"building": "1 栋"}).content.decode()
    assert client.post(house, {"dwelling": home.pk}).status_code == 409
    assert client.post(house, {"dwelling": "x"}).status_code == 422
    assert client.post(unhouse, {"dwelling": home.pk})["Location"] == address
    assert not household.dwellings.exists()


def test_a_household_is_written_down_from_its_dwelling(district: District, client_of: Any) -> None:
    client, home, address = client_of(district.worker), dwelling_in(district), reverse("new_household")
    assert f"{address}?dwelling={home.pk}" in client.get(reverse("dwelling", args=[home.pk])).content.decode()
    form = client.get(address, {"dwelling": home.pk}).content.decode()
    assert f'name="dwelling" value="{home.pk}"' in form
    sent = {"area": district.compound.pk, "number": "7", "dwelling": home.pk}
    household = Household.objects.get(pk=client.post(address, sent)["Location"].rstrip("/").rsplit("/", 1)[1])
    assert list(household.dwellings.all()) == [home]
    assert "7 号户" in client.get(reverse("dwelling", args=[home.pk])).content.decode()
    elsewhere = dwelling_in(district, area=district.other_compound)
    assert client.post(address, sent | {"number": "8", "dwelling": elsewhere.pk}).status_code == 422
    # What was left blank stays so.
    assert client.post(address, {"area": district.compound.pk, "number": "9", "dwelling": ""}).status_code == 302


def test_a_long_list_of_households_goes_on_behind_its_last_row(district: District, client_of: Any) -> None:
    for number in range(33):
        create_household(district.compound, number=f"{number:03d}", address="", by=district.worker, at=timezone.now())
    join_household(
        Household.objects.get(number="031"), resident=district.resident.resident.pk, by=district.worker,
        at=timezone.now(),
    )  # fmt: skip
    client, address = client_of(district.worker), reverse("households")
    before = queries(client, address)
    first = client.get(address)
    # A row that has ended meanwhile leaves no hole.
    end_household(Household.objects.get(number="029"), by=district.worker, at=timezone.now())
    second = client.get(address + first.context["next_url"])
    shown = [(one.number, people) for one, people in [*first.context["rows"], *second.context["rows"]]]
    assert shown == [(f"{number:03d}", int(number == 31)) for number in range(33)]
    assert second.context["next_url"] == ""
    Household.objects.exclude(number__in=["001", "031"]).delete()
    assert queries(client, address) == before


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


def unnamed(district: District) -> Any:
    """Return somebody who has written down a home and nothing else."""
    user = UserFactory(name="")
    user.set_phone("13612345655")
    user.save()
    return ResidentFactory(user=user, home=district.compound, name="", verification="unverified")


def test_who_is_not_verified_joins_when_papers_were_seen(district: District, client_of: Any) -> None:
    client, household, person = confirm(client_of(district.worker)), household_of(district), unnamed(district)
    page = client.get(reverse("household", args=[household.pk])).content.decode()
    assert '移入<span class="vh">：未填姓名 · 电话 …55</span>' in page
    address = reverse("household_change", args=[household.pk, "join"])
    question = client.post(address, {"resident": person.pk})
    assert question.status_code == 200
    assert "未填姓名 · 电话 …55" in question.content.decode()
    refused = client.post(address, {"resident": person.pk, "confirm": "1"})
    assert (refused.status_code, "看过证件再移入，并打勾。" in refused.content.decode()) == (422, True)
    assert not household.members.exists()
    with pytest.raises(BadInput, match="看过证件再移入") as kept:
        join_household(household, resident=person.pk, by=district.worker, at=timezone.now())
    assert kept.value.field == "papers_seen"
    done = client.post(address, {"resident": person.pk, "confirm": "1", "papers_seen": "on"})
    assert (done.status_code, list(household.members.all())) == (302, [person])


def test_leaving_and_ending_are_asked_once_more(district: District, client_of: Any) -> None:
    client, household, resident = (
        confirm(client_of(district.worker)),
        household_of(district),
        district.resident.resident,
    )
    join_household(household, resident=resident.pk, by=district.worker, at=timezone.now())
    leave, end = (reverse("household_change", args=[household.pk, verb]) for verb in ("leave", "end"))
    for address, sentence in ((leave, "确认移出"), (end, "1 人，都不再属于哪一户")):
        page = client.post(address, {"resident": resident.pk})
        assert (page.status_code, sentence in page.content.decode()) == (200, True), sentence
    household.refresh_from_db()
    assert (list(household.members.all()), household.ended_at) == ([resident], None)
    # A question names nobody who is on no list of the household.
    stranger = district.other_resident.resident
    assert client.post(leave, {"resident": stranger.pk}).status_code == 422
    assert client.post(leave, {"resident": resident.pk, "confirm": "1"}).status_code == 302
    assert client.post(end, {"confirm": "1"}).status_code == 302
    household.refresh_from_db()
    assert (household.members.count(), household.ended_at is None) == (0, False)
