"""How a district begins without the demo: its root, its first administrator, the places below."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Appointment, Area, User
from community.models.areas import AreaKind
from community.permissions import holds_over
from community.queries import today
from community.roles import Role
from community.workflow.founding import create_area, found_district
from tests.community.threads import together
from tests.factories import AreaFactory, District, UserFactory

ON = date(2026, 1, 1)


def begin(user: User, **how: Any) -> Area:
    given = {"name": "明湖区", "code": "900000", **how}
    return found_district(**given, administrator=user, by=User.objects.clock(), at=timezone.now())


def create(parent: Area, by: User, **how: Any) -> Area:
    given = {"kind": AreaKind.COMMUNITY, "name": "新社区", "code": "900001009", "on": ON, **how}
    return create_area(parent, **given, by=by, at=timezone.now())


@pytest.mark.django_db
def test_a_district_begins_with_one_administrator() -> None:
    user = UserFactory()
    district = begin(user)
    assert (district.kind, district.name, district.valid_from) == (AreaKind.DISTRICT, "明湖区", today())
    held = Appointment.objects.get()
    assert (held.user, held.role, held.area, held.starts_on) == (user, Role.ADMINISTRATOR, district, today())


@pytest.mark.django_db
def test_from_nothing_to_a_compound_on_the_desk(client_of: Any) -> None:
    user = UserFactory(username="first")
    call_command("found_district", "900000", "明湖区", "--administrator", "first")
    client = client_of(user)
    assert "明湖区" in client.get(reverse("place_tree")).content.decode()
    above = "900000"
    for kind, code in ((AreaKind.TOWN, "T1"), (AreaKind.COMMUNITY, "C1"), (AreaKind.COMPOUND, "X1")):
        sent = {"kind": kind, "name": f"地方{code}", "code": code, "on": today().isoformat()}
        assert client.get(reverse("new_place", args=[above])).status_code == 200
        assert client.post(reverse("new_place", args=[above]), sent)["Location"] == reverse("place", args=[code])
        above = code
    compound = Area.objects.get(code="X1")
    assert [one.code for one in compound.get_ancestors()] == ["900000", "T1", "C1"]
    assert compound.town == Area.objects.get(code="T1")
    assert Area.objects.get(code="T1").town == Area.objects.get(code="T1")
    assert holds_over(User.objects.get(pk=user.pk), compound, Role.ADMINISTRATOR)
    assert Area.find_problems() == ([], [], [], [], [])


@pytest.mark.django_db
def test_there_is_one_district() -> None:
    begin(UserFactory())
    with pytest.raises(WrongState, match="已经建好"):
        begin(UserFactory(), code="900009")
    assert (Area.objects.count(), Appointment.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_beginning_what_cannot_be() -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("found_district", "900000", "明湖区", "--administrator", "nobody")
    UserFactory(username="first")
    with pytest.raises(CommandError, match="代码"):
        call_command("found_district", "9 0", "明湖区", "--administrator", "first")
    with pytest.raises(BadInput, match="停用"):
        begin(UserFactory(is_active=False))
    assert (Area.objects.count(), Appointment.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_begin_one_district() -> None:
    one, other = UserFactory(), UserFactory()
    outcomes = together(lambda: begin(one), lambda: begin(other, code="900009"))
    assert sorted(type(one).__name__ for one in outcomes) == ["Area", "WrongState"]
    assert Area.objects.filter(depth=1).count() == 1


def test_a_new_place_lies_in_its_town(district: District) -> None:
    place = create(district.town, district.district_officer)
    assert (place.town, place.get_parent(), place.valid_from) == (district.town, district.town, ON)


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"kind": AreaKind.COMPOUND}, "kind"), ({"kind": AreaKind.DISTRICT}, "kind"), ({"kind": "x"}, "kind"),
        ({"name": " "}, "name"), ({"name": "长" * 61}, "name"), ({"name": "a\u202eb"}, "name"),
        ({"code": "9-1"}, "code"), ({"code": "900001001"}, "code"),
        ({"on": date(2019, 12, 31)}, "on"), ({"on": date(2200, 1, 1)}, "on"),
    ],
)  # fmt: skip
def test_places_that_cannot_be(district: District, how: dict[str, Any], field: str) -> None:
    before = Area.objects.count()
    with pytest.raises(BadInput) as refused:
        create(district.town, district.district_officer, **how)
    assert refused.value.field == field
    assert Area.objects.count() == before


def test_nothing_begins_below_what_has_ended(district: District) -> None:
    ended = AreaFactory(parent=district.town, kind=AreaKind.COMMUNITY, valid_to=today() - timedelta(days=1))
    with pytest.raises(WrongState, match="撤并"):
        create(ended, district.district_officer, kind=AreaKind.COMPOUND)


@pytest.mark.parametrize("who", ["resident", "worker", "town_officer", "steward", "auditor", "superuser"])
def test_who_makes_no_place(district: District, who: str) -> None:
    with pytest.raises(NotAllowed):
        create(district.town, getattr(district, who))
    assert not Area.objects.filter(code="900001009").exists()


def test_a_mistake_on_the_page_keeps_what_was_typed(district: District, client_of: Any) -> None:
    address = reverse("new_place", args=[district.town.code])
    sent = {"kind": AreaKind.COMMUNITY, "name": "新社区", "code": "900001001", "on": "2026-01-01"}
    response = client_of(district.district_officer).post(address, sent)
    assert response.status_code == 422
    assert "已经用过了" in response.content.decode()
    assert 'value="新社区"' in response.content.decode()
