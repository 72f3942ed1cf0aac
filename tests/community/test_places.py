"""Mergers and splits: what follows, who may, and what stays as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Appointment, Area, Clock, Notice, Unit
from community.models.appointments import EndReason
from community.models.areas import AreaKind, UnitKind
from community.permissions import holds_over
from community.queries import open_clocks_of, people_holding, today
from community.roles import Role
from community.workflow.places import NewArea, Part, continue_appointment, merge_areas, split_area
from deliberation.models import Issue
from deliberation.queries import issues_collected
from portal.figures import villages
from portal.queries import issues_by_town
from tests.community.merging import ON, again, merge, split
from tests.factories import (
    AppointmentFactory,
    AreaFactory,
    District,
    HallFactory,
    IssueFactory,
    ResidentFactory,
    UnitFactory,
)


def test_a_merged_place_ends_below_its_successor_and_its_children_go_there(district: District) -> None:
    successor = merge(district, into=district.neighbour_community)
    ended = Area.objects.get(pk=district.community.pk)
    compound = Area.objects.get(pk=district.compound.pk)
    assert (ended.valid_to, ended.successor) == (ON - timedelta(days=1), successor)
    assert ended.get_parent() == successor
    assert compound.get_parent() == successor
    assert ended.current() == successor
    assert Area.find_problems() == ([], [], [], [], [])
    assert ended not in Area.objects.valid_on(today())


def test_permissions_and_clocks_follow(district: District) -> None:
    issue = IssueFactory(area=district.community, reporter=district.resident)
    clock = Clock.objects.of(issue).first()
    assert not holds_over(district.neighbour_worker, issue.area, Role.COMMUNITY_WORKER)
    merge(district, into=district.neighbour_community)
    area = Area.objects.get(pk=issue.area_id)
    for person in (district.worker, district.neighbour_worker):
        assert holds_over(again(person), area, Role.COMMUNITY_WORKER)
        assert holds_over(again(person), Area.objects.get(pk=district.compound.pk), Role.COMMUNITY_WORKER)
    assert not holds_over(again(district.other_worker), area, Role.COMMUNITY_WORKER)
    if clock is not None:
        assert clock in open_clocks_of(again(district.neighbour_worker))
    assert {one.username for one in people_holding(Role.COMMUNITY_WORKER, area)} == {
        "worker", "worker2", "neighbour_worker",
    }  # fmt: skip


def test_appointments_end_as_merged_and_go_on_over_the_successor(
    district: District, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        merge(district, into=district.neighbour_community)
    held = Appointment.objects.filter(user=district.worker).order_by("pk")
    old, new = held
    assert (old.end_reason, old.ends_on, old.area_id) == (EndReason.MERGED, today(), district.community.pk)
    assert old.is_over(today())
    assert (new.area_id, new.starts_on, new.ends_on) == (district.neighbour_community.pk, today(), None)
    assert "接到西园社区" in Notice.objects.filter(recipient=district.worker).latest("pk").text


def test_a_delegation_follows_the_appointment_that_it_stands_in_for(district: District) -> None:
    own = Appointment.objects.get(user=district.worker)
    until = today() + timedelta(days=5)
    AppointmentFactory(
        user=district.worker2, role=Role.STEWARD, area=district.community, delegated_from=own, ends_on=until
    )
    merge(district, into=district.neighbour_community)
    lent = Appointment.objects.get(user=district.worker2, role=Role.STEWARD, area=district.neighbour_community)
    assert lent.ends_on == until
    assert lent.delegated_from == Appointment.objects.get(user=district.worker, area=district.neighbour_community)


def test_records_are_listed_and_counted_for_the_successor(district: District, client: Any) -> None:
    issue = IssueFactory(area=district.compound, reporter=district.resident, is_public=True, title="井盖松了")
    hall = HallFactory(area=district.community)
    year = timezone.localtime(issue.raised_at).year
    before = issues_collected(year)
    merge(district, into=district.other_community)
    issue.refresh_from_db()
    hall.refresh_from_db()
    assert (issue.area_id, issue.community, issue.town) == (
        district.compound.pk, district.other_community, district.other_town,
    )  # fmt: skip
    assert (hall.area_id, hall.town) == (district.community.pk, district.other_town)
    assert issues_collected(year) == before
    assert [name for name, *_ in issues_by_town(year)] == ["沙洲镇"]
    for area in (district.other_community, district.other_town, district.community):
        page = client.get(reverse("issues"), {"area": area.pk}).content.decode()
        assert "井盖松了" in page
    page = client.get(reverse("issues"), {"area": district.town.pk}).content.decode()
    assert "井盖松了" not in page


def test_homes_keep_their_compound_and_those_directly_in_the_place_follow(district: District) -> None:
    direct = ResidentFactory(home=district.community)
    merge(district, into=district.other_community)
    direct.refresh_from_db()
    resident = district.resident.resident
    resident.refresh_from_db()
    assert (direct.home, direct.town) == (district.other_community, district.other_town)
    assert (resident.home_id, resident.town) == (district.compound.pk, district.other_town)


def test_units_serve_the_successor_and_a_second_committee_ends(district: District) -> None:
    UnitFactory(kind=UnitKind.RESIDENTS_COMMITTEE, name="西园社区居民委员会", area=district.neighbour_community)
    UnitFactory(name=district.property.name, area=district.neighbour_community)
    merge(district, into=district.neighbour_community)
    committee, company = Unit.objects.get(pk=district.committee.pk), Unit.objects.get(pk=district.property.pk)
    assert committee.valid_to == ON - timedelta(days=1)
    assert (company.area, company.name, company.valid_to) == (
        district.neighbour_community, "幸福物业（东园社区）", None,
    )  # fmt: skip


def test_two_places_become_a_new_one(district: District) -> None:
    made = merge(district, district.community, district.neighbour_community, into=NewArea("园中社区", "900001009"))
    assert (made.kind, made.valid_from, made.town, made.get_parent()) == (
        AreaKind.COMMUNITY, ON, district.town, district.town,
    )  # fmt: skip
    assert {one.name for one in made.predecessors.all()} == {"东园社区", "西园社区"}
    assert Area.find_problems() == ([], [], [], [], [])


def test_a_town_goes_into_another_with_all_below_it(district: District) -> None:
    issue = IssueFactory(area=district.compound, reporter=district.resident)
    merge(district, district.town, into=district.other_town)
    issue.refresh_from_db()
    assert (issue.community_id, issue.town) == (district.community.pk, district.other_town)
    assert Area.objects.get(pk=district.compound.pk).town == district.other_town
    assert holds_over(again(district.other_town_officer), Area.objects.get(pk=district.compound.pk), Role.TOWN_OFFICER)
    assert holds_over(again(district.town_officer), Area.objects.get(pk=district.other_compound.pk), Role.TOWN_OFFICER)


def test_villages_of_past_years_stay_counted(district: District) -> None:
    first = AreaFactory(parent=district.town, kind=AreaKind.VILLAGE)
    second = AreaFactory(parent=district.town, kind=AreaKind.VILLAGE)
    merge(district, first, into=second)
    assert (villages(2025), villages(2026)) == (2, 1)


def test_a_split_divides_the_children_and_ends_appointments(district: District) -> None:
    inside = IssueFactory(area=district.compound, reporter=district.resident)
    direct = IssueFactory(area=district.community, reporter=district.resident)
    one, two = split(district)
    assert [child.name for child in one.get_children()] == ["东园小区", "东园社区"]
    assert [child.name for child in two.get_children()] == ["东园二区"]
    assert {Issue.objects.get(pk=issue.pk).community for issue in (inside, direct)} == {one}
    assert not holds_over(again(district.worker), one, Role.COMMUNITY_WORKER)
    held = Appointment.objects.get(user=district.worker)
    assert held.end_reason == EndReason.MERGED
    new = continue_appointment(held, over=two, by=district.district_officer, at=timezone.now())
    assert (new.area, new.starts_on) == (two, today())
    assert holds_over(again(district.worker), two, Role.COMMUNITY_WORKER)
    assert not holds_over(again(district.worker), one, Role.COMMUNITY_WORKER)
    assert Area.find_problems() == ([], [], [], [], [])


def test_an_issue_of_the_other_part_goes_there(district: District) -> None:
    second = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, name="东园三区")
    issue = IssueFactory(area=second, reporter=district.resident)
    parts = [Part("东一社区", "E1", (district.compound.pk,)), Part("东二社区", "E2", (second.pk,))]
    _one, two = split_area(
        district.community, parts=parts, heir="E1", on=ON, by=district.district_officer, at=timezone.now()
    )
    issue.refresh_from_db()
    assert issue.community == two


@pytest.mark.parametrize("who", ["worker", "town_officer", "auditor", "superuser", "handler", "steward", "resident"])
def test_others_may_not(district: District, who: str) -> None:
    by = getattr(district, who)
    with pytest.raises(NotAllowed):
        merge_areas([district.community], into=district.neighbour_community, on=ON, by=by, at=timezone.now())
    with pytest.raises(NotAllowed):
        split(district, by=by)
    assert Area.objects.get(pk=district.community.pk).valid_to is None


@pytest.mark.parametrize(
    ("areas", "into", "on", "field"),
    [
        ("community", "community", ON, "into"),
        ("community", "other_compound", ON, "into"),
        ("community", "other_town", ON, "into"),
        ("area", "other_town", ON, "areas"),
        ("community", "neighbour_community", date(2020, 1, 1), "on"),
        ("community", "neighbour_community", date(2199, 1, 1), "on"),
    ],
)
def test_what_can_not_be_merged(district: District, areas: str, into: str, on: date, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        merge(district, getattr(district, areas), into=getattr(district, into), on=on)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("name", "code", "field"),
    [("", "X1", "name"), ("长" * 61, "X1", "name"), ("新社区", "新", "code"), ("新社区", "900001", "code")],
)
def test_a_new_place_needs_a_name_and_a_free_code(district: District, name: str, code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        merge(district, district.community, district.neighbour_community, into=NewArea(name, code))
    assert refused.value.field == field


def test_what_has_ended_does_not_end_again(district: District) -> None:
    merge(district, into=district.neighbour_community)
    with pytest.raises(WrongState):
        merge(district, into=district.other_community)
    with pytest.raises(BadInput):
        merge(district, district.other_community, into=district.community)


def test_parts_take_every_child_once(district: District) -> None:
    for parts, heir, field in (
        ([Part("一", "E1", (district.compound.pk,))], "E1", "parts"),
        ([Part("一", "E1"), Part("二", "E2")], "E1", "children"),
        ([Part("一", "E1", (district.compound.pk,)), Part("二", "E1")], "E1", "code"),
        ([Part("一", "E1", (district.compound.pk,)), Part("二", "E2")], "E9", "heir"),
    ):
        with pytest.raises(BadInput) as refused:
            split_area(
                district.community, parts=parts, heir=heir, on=ON, by=district.district_officer, at=timezone.now()
            )
        assert refused.value.field == field
