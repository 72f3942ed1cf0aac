"""Opening, keeping and closing halls, venues and methods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models.areas import AreaKind
from community.queries import today
from community.roles import Role
from deliberation import workflow
from deliberation.hall_queries import standing_halls, standing_methods
from deliberation.models import Hall, Method, Venue
from deliberation.queries import bay_group_points, deliberation_methods, halls
from portal.figures import COUNTED
from tests.factories import AppointmentFactory, HallFactory, UserFactory, VenueFactory, build_district
from tests.factories.halls import MethodFactory, NoticedSessionFactory

pytestmark = pytest.mark.django_db
ROLES = (
    "resident", "newcomer", "worker", "neighbour_worker", "handler", "steward", "moderator", "town_officer",
    "district_officer", "auditor", "administrator", "other_worker", "other_town_officer",
)  # fmt: skip
KEEPERS = {"worker", "moderator", "town_officer"}
METHOD = {"name": "长廊夜话", "brand": "长廊", "summary": "坐下来说", "suits": "停车", "steps": "先问\n再议"}


@pytest.fixture
def district():
    return build_district()


@pytest.fixture
def hall(district):
    return HallFactory(area=district.community, name="东园议事厅")


def person(district, role):
    if role != "moderator":
        return getattr(district, role)
    return AppointmentFactory(
        user=UserFactory(username="moderator"), role=Role.HALL_MODERATOR, area=district.community, unit=None
    ).user


def refused(act, by):
    try:
        act(by=by, at=timezone.now())
    except NotAllowed:
        return True
    return False


def acts(hall, venue, method, district):
    """Return each verb with lawful arguments, and who may do it."""
    soon = today() + timedelta(days=1)
    return {
        "open_hall": (lambda **k: workflow.open_hall(name="新厅", area=district.compound, **k), {"district_officer"}),
        "edit_hall": (lambda **k: workflow.edit_hall(hall, words={"brand": "长廊"}, **k), KEEPERS),
        "close_hall": (lambda **k: workflow.close_hall(hall, closed_on=soon, **k), {"district_officer"}),
        "add_venue": (
            lambda **k: workflow.add_venue(
                hall=hall, area=district.compound, kind="discussion_point", words={"name": "亭子"}, **k
            ),
            KEEPERS,
        ),
        "edit_venue": (
            lambda **k: workflow.edit_venue(venue, kind="culture_hall", words={"name": "新名"}, **k),
            KEEPERS,
        ),
        "close_venue": (lambda **k: workflow.close_venue(venue, closed_on=soon, **k), KEEPERS),
        "add_method": (lambda **k: workflow.add_method(hall=hall, words=METHOD, **k), KEEPERS),
        "edit_method": (lambda **k: workflow.edit_method(method, words={"summary": "改了"}, **k), KEEPERS),
        "close_method": (lambda **k: workflow.close_method(method, closed_on=soon, **k), KEEPERS),
    }


@pytest.mark.parametrize(
    "verb",
    ["open_hall", "edit_hall", "close_hall", "add_venue", "edit_venue", "close_venue", "add_method", "edit_method",
     "close_method"],
)  # fmt: skip
@pytest.mark.parametrize("role", ROLES)
def test_who_may(district, hall, verb, role):
    venue, method = VenueFactory(area=district.compound, hall=hall), MethodFactory(hall=hall)
    act, may = acts(hall, venue, method, district)[verb]
    assert refused(act, person(district, role)) == (role not in may)
    assert ModelLogEntry.objects.filter(user__username=role).count() == (role in may)


def test_a_hall_opens_today_with_its_name_and_a_line_in_the_log(district):
    at = timezone.now()
    hall = workflow.open_hall(
        name=" 东园小区议事厅 ", area=district.compound, address="1 栋", by=district.district_officer, at=at
    )
    assert (hall.name, hall.area, hall.town, hall.address) == (
        "东园小区议事厅",
        district.compound,
        district.town,
        "1 栋",
    )
    assert hall.opened_on == today()
    line = ModelLogEntry.objects.get(action="hall.open")
    assert (line.data, line.timestamp) == ({"area": district.compound.pk}, at)


def test_bad_input_changes_nothing(district, hall):
    by, at = district.district_officer, timezone.now()
    with pytest.raises(BadInput) as missing:
        workflow.open_hall(name=" ", area=district.community, by=by, at=at)
    assert missing.value.field == "name"
    with pytest.raises(BadInput) as double:
        workflow.open_hall(name=hall.name, area=hall.area, by=by, at=at)
    assert double.value.field == "name"
    with pytest.raises(BadInput) as nowhere:
        workflow.open_hall(name="区厅", area=district.area, by=by, at=at)
    assert nowhere.value.field == "area"
    assert Hall.objects.count() == 1
    with pytest.raises(BadInput):
        workflow.edit_hall(hall, words={"brand": "字" * 31}, by=district.worker, at=at)
    with pytest.raises(BadInput) as outside:
        workflow.add_venue(
            hall=hall, area=district.neighbour_community, kind="culture_hall", words={"name": "堂"}, by=district.worker,
            at=at,
        )  # fmt: skip
    assert outside.value.field == "area"
    with pytest.raises(BadInput) as unknown:
        workflow.add_venue(hall=hall, area=hall.area, kind="castle", words={"name": "堂"}, by=district.worker, at=at)
    assert unknown.value.field == "kind"
    with pytest.raises(BadInput) as stepless:
        workflow.add_method(hall=hall, words={**METHOD, "steps": ""}, by=district.worker, at=at)
    assert stepless.value.field == "steps"
    assert not Venue.objects.exists()
    assert not Method.objects.exists()
    assert not ModelLogEntry.objects.filter(user=district.worker).exists()


def test_nothing_changed_is_nothing_logged(district, hall):
    at = timezone.now()
    workflow.edit_hall(hall, words={"brand": hall.brand}, by=district.worker, at=at)
    assert not ModelLogEntry.objects.filter(action="hall.edit").exists()
    workflow.edit_hall(hall, words={"brand": "长廊", "address": ""}, by=district.worker, at=at)
    assert ModelLogEntry.objects.get(action="hall.edit").data == {"changed": ["brand"]}


def test_what_is_closed_stays_and_is_not_changed(district, hall):
    at, method = timezone.now(), MethodFactory(hall=hall)
    with pytest.raises(BadInput) as past:
        workflow.close_method(method, closed_on=today() - timedelta(days=1), by=district.worker, at=at)
    assert past.value.field == "closed_on"
    workflow.close_method(method, closed_on=today(), by=district.worker, at=at)
    assert not standing_methods(None, "").exists()
    assert Method.objects.get().closed_on == today()
    with pytest.raises(WrongState):
        workflow.edit_method(method, words={"summary": "改"}, by=district.worker, at=at)
    with pytest.raises(WrongState):
        workflow.close_method(method, closed_on=today(), by=district.worker, at=at)


def test_a_hall_with_a_session_ahead_is_not_closed(district, hall):
    session = NoticedSessionFactory(hall=hall)
    with pytest.raises(WrongState):
        workflow.close_hall(hall, closed_on=today(), by=district.district_officer, at=timezone.now())
    session.delete()
    workflow.close_hall(hall, closed_on=today(), by=district.district_officer, at=timezone.now())
    assert not standing_halls(None, "").exists()
    with pytest.raises(WrongState):
        workflow.add_method(hall=hall, words=METHOD, by=district.worker, at=timezone.now())


def test_lists_narrow_by_place_and_name(district, hall):
    other = HallFactory(area=district.other_community, name="沙洲议事厅", brand="塘边")
    assert list(standing_halls(district.town, "")) == [hall]
    assert list(standing_halls(district.community, "")) == [hall]
    assert list(standing_halls(None, "塘边")) == [other]
    assert list(standing_halls(district.town, "塘边")) == []


def test_figures_fall_when_one_is_gone(district, hall):
    village = district.other_community
    assert village.kind == AreaKind.COMMUNITY
    centre = VenueFactory(area=district.compound, kind="activity_centre", hall=hall)
    VenueFactory(area=district.compound, kind="culture_hall", hall=hall)
    method = MethodFactory(hall=hall)
    year = today().year
    assert (halls(year), bay_group_points(year), deliberation_methods(year)) == (1, 2, 1)
    centre.delete()
    method.closed_on = date(year, 12, 31)
    method.save()
    assert (bay_group_points(year), deliberation_methods(year)) == (1, 0)
    assert COUNTED["bay_group_points_activity_centres"].count(year) == 0
    assert COUNTED["bay_group_points_culture_halls"].count(year) == 1
