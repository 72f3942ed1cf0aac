from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from community.models import Appointment, Area, Clock, User
from community.permissions import STAFF_ROLES, holds_over, is_signed_in, is_staff_member, is_worker_anywhere
from community.queries import areas_of, open_clocks_of, people_holding, people_in_unit, today, units_of
from community.roles import AREA_ROLES, SELF_ROLES, UNIT_ROLES, Role, Scope
from community.workflow import pause_clock, start_clock
from tests.factories import DAY_ONE, MOMENT, AppointmentFactory, District, UserFactory

WORKER = Role.COMMUNITY_WORKER


def afresh(user: User) -> User:
    """Return the user as the next request reads them, with nothing kept."""
    return User.objects.get(pk=user.pk)


def appointed(*, area: Area, starts: int = -10, ends: int | None = None, role: Role = WORKER) -> User:
    """Return somebody appointed from and to so many days from today."""
    ends_on = None if ends is None else today() + timedelta(days=ends)
    starts_on = today() + timedelta(days=starts)
    return AppointmentFactory(role=role, area=area, starts_on=starts_on, ends_on=ends_on).user


def test_role_reaches_its_subtree_and_nothing_beside_or_above(district: District) -> None:
    reached = {area.name for area in Area.objects.all() if holds_over(district.worker, area, WORKER)}
    assert reached == {district.community.name, district.compound.name}
    above = {area.name for area in Area.objects.all() if holds_over(district.town_officer, area, Role.TOWN_OFFICER)}
    assert above == {
        district.town.name,
        district.community.name,
        district.neighbour_community.name,
        district.compound.name,
    }
    officer = district.district_officer
    assert all(holds_over(officer, area, Role.DISTRICT_OFFICER) for area in Area.objects.all())


def test_another_role_over_the_place_is_not_this_one(district: District) -> None:
    assert not holds_over(district.steward, district.compound, WORKER)
    assert holds_over(district.steward, district.compound, WORKER, Role.STEWARD)
    assert not holds_over(district.worker, district.compound)


def test_place_whose_path_begins_alike_is_not_below(district: District) -> None:
    # The eleventh child of a place has a path as long as the first's: only whole steps count.
    siblings = [district.community.add_sibling("last-sibling", **columns) for columns in named_siblings(district)]
    assert [holds_over(district.worker, area, WORKER) for area in siblings] == [False] * len(siblings)


def named_siblings(district: District) -> list[dict[str, object]]:
    """Return the columns of a dozen more communities of the town."""
    return [
        {
            "kind": district.community.kind,
            "name": f"新社区{n}",
            "code": f"9000019{n:02d}",
            "town": district.town,
            "valid_from": DAY_ONE,
        }
        for n in range(12)
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (0, None, True),  # the first day
        (1, None, False),  # the day before
        (-10, 0, True),  # the last day
        (-10, -1, False),  # the day after
        (0, 0, True),  # one day alone
        (-10, 10, True),
    ],
)
def test_role_holds_between_its_days(district: District, starts: int, ends: int | None, holds: bool) -> None:
    user = appointed(area=district.community, starts=starts, ends=ends)
    assert holds_over(user, district.compound, WORKER) is holds
    assert is_staff_member(user) is holds
    assert is_worker_anywhere(user) is holds
    assert (user in people_holding(WORKER, district.compound)) is holds


def test_role_in_a_unit_reaches_that_unit_alone(district: District) -> None:
    handler = district.handler
    assert units_of(handler, Role.HANDLER) == [district.property.pk]
    assert units_of(handler, Role.OWNERS_COMMITTEE) == []
    assert areas_of(handler, Role.HANDLER) == []
    assert not holds_over(handler, district.property.area, Role.HANDLER)
    assert list(people_in_unit(Role.HANDLER, district.property.pk)) == [handler]
    assert list(people_in_unit(Role.HANDLER, district.utility.pk)) == []


def test_superuser_gets_nothing_for_being_one(district: District) -> None:
    superuser = district.superuser
    assert is_signed_in(superuser)
    assert not is_staff_member(superuser)
    assert not is_worker_anywhere(superuser)
    assert not [area for area in Area.objects.all() if holds_over(superuser, area, *Role)]
    assert list(open_clocks_of(superuser)) == []


def test_people_who_left_hold_nothing(district: District) -> None:
    User.objects.filter(pk=district.worker.pk).update(is_active=False)
    gone = afresh(district.worker)
    assert not is_signed_in(gone)
    assert not holds_over(gone, district.compound, WORKER)
    assert district.worker2 in people_holding(WORKER, district.compound)
    assert gone not in people_holding(WORKER, district.compound)


def test_anonymous_visitors_hold_nothing(district: District) -> None:
    nobody = AnonymousUser()
    assert not is_signed_in(nobody)
    assert not is_staff_member(nobody)
    assert not holds_over(nobody, district.area, *Role)


def test_people_holding_counts_roles_from_above(district: District) -> None:
    assert set(people_holding(WORKER, district.compound)) == {district.worker, district.worker2}
    assert set(people_holding(WORKER, district.town)) == set()
    assert set(people_holding(Role.TOWN_OFFICER, district.compound)) == {district.town_officer}


def test_roles_are_each_of_one_scope() -> None:
    assert not AREA_ROLES & UNIT_ROLES
    assert not SELF_ROLES & (AREA_ROLES | UNIT_ROLES)
    assert AREA_ROLES | UNIT_ROLES | SELF_ROLES == set(Role)
    assert (Role.RESIDENT.scope, Role.HANDLER.scope, WORKER.scope) == (Scope.SELF, Scope.UNIT, Scope.AREA)
    assert not STAFF_ROLES & SELF_ROLES


@pytest.mark.parametrize("role", sorted(Role))
def test_appointment_names_exactly_what_its_role_needs(district: District, role: Role) -> None:
    area, unit = district.community, district.property
    for names in ({"area": area, "unit": None}, {"area": None, "unit": unit}, {"area": area, "unit": unit}, {}):
        lawful = (
            (role.scope == Scope.AREA and names == {"area": area, "unit": None})
            or (role.scope == Scope.UNIT and names == {"area": None, "unit": unit})
        )  # fmt: skip
        if lawful:
            Appointment.objects.create(user=district.resident, role=role, starts_on=DAY_ONE, **names)
            continue
        with pytest.raises(IntegrityError, match="appointment_names_what_its_role_needs"), transaction.atomic():
            Appointment.objects.create(user=district.resident, role=role, starts_on=DAY_ONE, **names)


def test_appointment_does_not_end_before_it_starts(district: District) -> None:
    with pytest.raises(IntegrityError, match="appointment_days_in_order"), transaction.atomic():
        AppointmentFactory(area=district.community, starts_on=DAY_ONE, ends_on=DAY_ONE - timedelta(days=1))


def test_clocks_of_a_person_are_those_of_their_roles(district: District) -> None:
    def clock(kind: str, area: Area, role: Role, **holder: object) -> Clock:
        return start_clock(area, kind, rule_key="issue.handle", at=MOMENT, area=area, holder_role=role, **holder)

    here = clock("a", district.compound, WORKER)
    clock("b", district.other_compound, WORKER)
    officers = clock("c", district.compound, Role.TOWN_OFFICER)
    handlers = clock("d", district.compound, Role.HANDLER, holder_unit=district.property)
    clock("e", district.compound, Role.HANDLER, holder_unit=district.utility)
    paused = start_clock(
        district.community, "f", rule_key="issue.call_back", at=MOMENT, area=district.community, holder_role=WORKER
    )
    pause_clock(paused, at=MOMENT)
    assert list(open_clocks_of(district.worker)) == [here, paused]
    assert list(open_clocks_of(district.town_officer)) == [officers]
    assert list(open_clocks_of(district.handler)) == [handlers]
    assert list(open_clocks_of(district.resident)) == []
    assert list(open_clocks_of(UserFactory())) == []
