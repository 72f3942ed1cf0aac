"""Merging and splitting on the desk, and what the public reads of a place that has ended."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from community.errors import BadInput
from community.lineage import predecessors, successors
from community.models import Appointment, Area, CompoundProfile, Unit
from community.models.areas import AreaKind, UnitKind
from community.roles import Role
from community.workflow.places import continue_all
from tests.community.merging import merge, split
from tests.confirming import confirm
from tests.deciding import looked_at
from tests.factories import (
    AppointmentFactory,
    AreaFactory,
    District,
    UnitFactory,
)


def test_the_officer_merges_on_the_desk_after_seeing_what_follows(district: District, client_of: Any) -> None:
    client = confirm(client_of(district.district_officer))
    address = reverse("place_merge", args=[district.community.code])
    sent = {"into": district.neighbour_community.code, "on": "2026-01-01"}
    shown = client.post(address, {**sent, "step": "preview"}).content.decode()
    assert "请核对：把东园社区并入西园社区（东园街道）" in shown
    assert "定了以后，这些跟着走" in shown
    assert "<select" not in shown.split("<main", 1)[1]
    assert Area.objects.get(pk=district.community.pk).valid_to is None
    answer = client.post(address, looked_at(client, address, sent))
    assert answer["Location"] == reverse("place", args=[district.neighbour_community.code])
    assert Area.objects.get(pk=district.community.pk).successor == district.neighbour_community
    assert client.get(address).status_code == 404
    assert client.get(reverse("place", args=[district.community.code])).status_code == 200


def test_what_was_not_looked_at_is_shown_instead_of_done(district: District, client_of: Any) -> None:
    """Neither a list changed after the look, nor a decision without one, nor another officer's look does it."""
    client = confirm(client_of(district.district_officer))
    address = reverse("place_merge", args=[district.community.code])
    first = {"into": district.neighbour_community.code, "on": "2026-01-01"}
    other = {**first, "into": district.other_community.code}
    seen = looked_at(client, address, first)
    elsewhere = looked_at(confirm(client_of(district.administrator)), address, other)
    for sent in (
        {**seen, **other},
        {**seen, **other, "on": "2026-01-02"},
        {**other, "step": "do"},
        {**other, "step": "do", "seen": "x"},
        elsewhere,
    ):
        answer = client.post(address, sent)
        assert answer.status_code == 409
        assert "请核对：把东园社区并入沙洲社区（沙洲镇）" in answer.content.decode()
        assert Area.objects.get(pk=district.community.pk).valid_to is None
    # What that page shows is what its button does.
    assert client.post(address, looked_at(client, address, other)).status_code == 302
    assert Area.objects.get(pk=district.community.pk).successor == district.other_community


def test_a_split_changed_after_the_look_is_shown_instead_of_done(district: District, client_of: Any) -> None:
    client = confirm(client_of(district.district_officer))
    address = reverse("place_split", args=[district.community.code])
    seen = looked_at(client, address, split_form(district))
    answer = client.post(address, {**seen, f"child{district.compound.pk}": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "<dt>东一社区（E1）</dt><dd>东园小区</dd><dt>东二社区（E2）</dt><dd>下面没有地方</dd>" in page
    assert Area.objects.get(pk=district.community.pk).valid_to is None
    assert client.post(address, seen).status_code == 302


@pytest.mark.parametrize("name", ["place_merge", "place_split"])
def test_one_goes_back_to_the_form_with_what_was_chosen(district: District, client_of: Any, name: str) -> None:
    client = confirm(client_of(district.district_officer))
    address = reverse(name, args=[district.community.code])
    sent = {"into": district.neighbour_community.code, **split_form(district), "name": "", "code": ""}
    page = client.post(address, {**sent, "step": "edit"})
    assert page.status_code == 200
    assert page.context["form"].data["on"] == "2026-01-01"
    assert 'value="preview"' in page.content.decode()


def test_a_merger_names_one_target(district: District, client_of: Any) -> None:
    client = confirm(client_of(district.district_officer))
    address = reverse("place_merge", args=[district.community.code])
    near, new = district.neighbour_community.code, {"name": "园中社区", "code": "N1"}
    for sent in ({"on": "2026-01-01"}, {"into": near, "on": "2026-01-01", **new}, {"into": near, "others": [near]}):
        answer = client.post(address, {"on": "2026-01-01", **sent, "step": "preview"})
        assert answer.status_code == 422
    answer = client.post(address, {"on": "2026-01-01", "others": [near], **new, "step": "preview"})
    assert "并入新设的园中社区（N1）" in answer.content.decode()


def test_what_goes_somewhere_goes_to_a_part_with_a_name(district: District, client_of: Any) -> None:
    client = confirm(client_of(district.district_officer))
    address = reverse("place_split", args=[district.community.code])
    for field in ("heir", f"child{district.compound.pk}"):
        answer = client.post(address, {**split_form(district), field: "3", "step": "preview"})
        assert answer.status_code == 422
        assert "第 3 个还没有写名称。" in answer.content.decode()


def test_what_is_merged_too_is_chosen_by_community_behind_the_target(district: District, client_of: Any) -> None:
    beside = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, name="东园二区")
    AreaFactory(parent=district.neighbour_community, kind=AreaKind.COMPOUND, name="西园小区")
    client = client_of(district.district_officer)
    page = client.get(reverse("place_merge", args=[district.compound.code]))
    text = page.content.decode()
    assert [(one["name"], one["is_open"], len(one["boxes"])) for one in page.context["form"].other_groups()] == [
        ("东园社区", True, 1), ("西园社区", False, 1),
    ]  # fmt: skip
    assert text.index("并入哪里") < text.index("还有哪些一起并")
    assert '<optgroup label="东园社区">' in text
    address = reverse("place_merge", args=[district.compound.code])
    sent = {"name": "东园大院", "code": "D1", "others": [beside.code], "on": "2026-01-01"}
    assert client.post(address, {**sent, "step": "edit"}).context["form"].other_groups()[0]["boxes"] == [
        {"code": beside.code, "name": "东园二区", "ticked": True}
    ]


def test_a_merged_compound_keeps_its_profile(district: District, client: Any, client_of: Any) -> None:
    """The look says so; its own page shows it as it was, and the successor's page leads there."""
    beside = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, name="东园二区")
    owners = UnitFactory(
        kind=UnitKind.OWNERS_COMMITTEE, name="东园小区业主委员会", area=district.compound, phone="0711-1234567"
    )
    CompoundProfile.objects.create(
        area=district.compound, self_governance="committee", committee=owners, household_count=423,
        committee_since=date(2024, 1, 1), term_from=date(2024, 1, 1), term_to=date(2025, 1, 1),
    )  # fmt: skip
    officer = confirm(client_of(district.district_officer))
    address = reverse("place_merge", args=[district.compound.code])
    sent = {"into": beside.code, "on": "2026-01-01"}
    shown = officer.post(address, {**sent, "step": "preview"}).content.decode()
    for words in ("这些留在原处", "户数 423", "小区自治的登记不搬走", "东园二区（东园街道）的页面有链接过去"):
        assert words in shown
    assert officer.post(address, looked_at(officer, address, sent)).status_code == 302
    ended = client.get(reverse("place_page", args=[district.compound.code]))
    assert ended.status_code == 200
    page = ended.content.decode()
    for words in ("撤并时的小区自治", "东园小区业主委员会", "423", reverse("place_page", args=[beside.code])):
        assert words in page
    for words in ("0711-1234567", "正等换届", "谁在服务"):
        assert words not in page
    after = client.get(reverse("place_page", args=[beside.code])).content.decode()
    assert "以前是" in after
    assert reverse("place_page", args=[district.compound.code]) in after
    found = client.get(reverse("places"), {"q": "东园小区"}).content.decode()
    assert reverse("place_page", args=[district.compound.code]) in found
    assert "已撤并" in found


def test_where_no_office_is_known_the_town_is_named(district: District, client: Any) -> None:
    UnitFactory(kind=UnitKind.OFFICE, name="东园街道办事处", area=district.town, phone="0711-7654321")
    Unit.objects.filter(pk=district.committee.pk).delete()
    for address in (
        reverse("place_page", args=[district.compound.code]),
        reverse("contacts"),
        f"{reverse('contacts')}?q=东园小区",
    ):
        page = client.get(address).content.decode()
        assert "请问镇街：" in page, address
        assert "tel:0711-7654321" in page, address


def split_form(district: District) -> dict[str, str]:
    """Return what the officer writes to split the community in two."""
    return {
        "name1": "东一社区", "code1": "E1", "name2": "东二社区", "code2": "E2", "heir": "1", "on": "2026-01-01",
        f"child{district.compound.pk}": "2",
    }  # fmt: skip


def test_the_officer_splits_on_the_desk_and_assigns_people(district: District, client_of: Any) -> None:
    client = confirm(client_of(district.district_officer))
    address = reverse("place_split", args=[district.community.code])
    AppointmentFactory(user=district.worker, role=Role.STEWARD, area=district.compound)
    assert client.post(address, looked_at(client, address, split_form(district))).status_code == 302
    assert Area.objects.get(code="E2").get_children().get() == Area.objects.get(pk=district.compound.pk)
    page = client.get(reverse("place", args=[district.community.code]))
    # The worker's compound went to the second part; of the other one nothing is known.
    assert [
        (row["held"].user, [one.name for one in row["compounds"]], row["over"])
        for row in page.context["waiting"]
        if row["held"].role == Role.COMMUNITY_WORKER
    ] == [(district.worker, ["东园小区"], "E2"), (district.worker2, [], "")]
    text = page.content.decode()
    assert "等您重新安排" in text
    assert "（worker2）" in text
    assert text.count("就这样安排") == 1


def wait(district: District) -> dict[str, Appointment]:
    """Split the community; return who waits to be placed, by user name."""
    split(district)
    return {
        held.user.username: held
        for held in Appointment.objects.filter(area=district.community, role=Role.COMMUNITY_WORKER)
    }


def test_one_form_places_everybody_for_whom_a_place_is_chosen(district: District, client_of: Any) -> None:
    held = wait(district)
    client = confirm(client_of(district.district_officer))
    address = reverse("place_reassign", args=[district.community.code])
    one, two = (f"over{held[name].pk}" for name in ("worker", "worker2"))
    new = Appointment.objects.filter(area__code__in=["E1", "E2"])
    for sent in (
        {one: "", two: ""},
        {one: "E1", two: "nowhere"},
        {one: district.other_community.code},
        {"over0": "E1"},
    ):
        assert client.post(address, sent).status_code == 422
        assert not new.exists()
    assert client.post(address, {one: "E1", two: ""}).status_code == 302
    assert [(row.user, row.area.code) for row in new.all()] == [(district.worker, "E1")]
    # Who has been placed does not wait any more.
    assert client.post(address, {one: "E2", two: "E2"}).status_code == 302
    assert {(row.user.username, row.area.code) for row in new} == {("worker", "E1"), ("worker2", "E2")}


def test_placing_people_asks_who_is_there(district: District, client_of: Any) -> None:
    held = wait(district)
    district.district_officer.set_password("a password to confirm with")
    district.district_officer.save()
    address = reverse("place_reassign", args=[district.community.code])
    answer = client_of(district.district_officer).post(address, {f"over{held['worker'].pk}": "E1"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not Appointment.objects.filter(area__code="E1").exists()


def test_all_are_placed_or_nobody(district: District) -> None:
    held = wait(district)
    part = Area.objects.get(code="E1")
    by = {"by": district.district_officer, "at": timezone.now()}
    with pytest.raises(BadInput):
        continue_all({held["worker"]: part, held["worker2"]: district.town}, **by)
    assert not Appointment.objects.filter(area=part).exists()
    continue_all({held["worker"]: part, held["worker2"]: part}, **by)
    assert Appointment.objects.filter(area=part).count() == 2


def test_the_page_of_a_split_place_names_all_that_came_of_it(district: District, client: Any) -> None:
    parts = split(district)
    assert successors(Area.objects.get(pk=district.community.pk)) == parts
    page = client.get(reverse("place_page", args=[district.community.code])).content.decode()
    for part in parts:
        assert reverse("place_page", args=[part.code]) in page
        assert predecessors(part) == [district.community]
        after = client.get(reverse("place_page", args=[part.code])).content.decode()
        assert reverse("place_page", args=[district.community.code]) in after
    assert predecessors(district.neighbour_community) == []


@pytest.mark.parametrize("name", ["place_merge", "place_split"])
def test_merging_and_splitting_ask_who_is_there(district: District, client_of: Any, name: str) -> None:
    """A look at what follows asks nothing; what can't be undone does."""
    district.district_officer.set_password("a password to confirm with")
    district.district_officer.save()
    address = reverse(name, args=[district.community.code])
    client = client_of(district.district_officer)
    sent = looked_at(client, address, {"into": district.neighbour_community.code, **split_form(district)})
    assert sent["seen"]
    answer = client.post(address, sent)
    assert answer["Location"] == f"/accounts/reauthenticate/?{urlencode({'next': address})}"
    assert Area.objects.get(pk=district.community.pk).valid_to is None
    assert confirm(client).post(address, sent)["Location"].startswith("/desk/places/")
    assert Area.objects.get(pk=district.community.pk).valid_to is not None


@pytest.mark.parametrize("name", ["place_tree", "place", "new_place", "place_merge", "place_split"])
def test_who_sees_the_pages_of_places(district: District, client_of: Any, name: str) -> None:
    address = reverse(name, args=[] if name == "place_tree" else [district.community.code])
    for who, expected in (("district_officer", 200), ("administrator", 200), ("worker", 403), ("resident", 403)):
        assert client_of(getattr(district, who)).get(address).status_code == expected, who


def test_an_old_public_address_leads_on_to_the_successor(district: District, client: Any) -> None:
    merge(district, into=district.neighbour_community)
    page = client.get(reverse("place_page", args=[district.community.code])).content.decode()
    assert "以后的事，请到接着的地方" in page
    assert reverse("place_page", args=[district.neighbour_community.code]) in page
