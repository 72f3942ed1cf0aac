"""An appointment ends while its holder acts, and two people act on one."""

from __future__ import annotations

from threading import Event

import pytest
from django.db import connection, transaction

from community.acting import lock_roles
from community.errors import NotAllowed
from community.models import Appointment
from community.queries import appointments, today
from community.roles import Role
from community.workflow import hand_over
from deliberation.states import IssueState
from deliberation.workflow import accept_issue
from tests.community.appointed import end, fresh, give, held_by, in_days, lend, now
from tests.community.threads import together
from tests.factories import AppointmentFactory, District, IssueFactory, build_district

pytestmark = pytest.mark.django_db
ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")


def test_a_verb_asks_what_holds_now(district: District) -> None:
    """What was read at the start of the request is not enough."""
    issue, worker = IssueFactory(area=district.community), fresh(district.worker)
    assert len(appointments(worker)) == 1
    end(district, last_day=None)
    with pytest.raises(NotAllowed):
        accept_issue(issue, by=worker, at=now())
    issue.refresh_from_db()
    assert issue.state == IssueState.RAISED


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(8))
def test_it_ends_while_its_holder_acts(round_number: int) -> None:
    """Either the act came first and both are done, or it came later and is refused."""
    district = build_district()
    issue, worker = IssueFactory(area=district.community), fresh(district.worker)
    appointments(worker)
    acted, left = together(
        lambda: accept_issue(issue, by=worker, at=now()),
        lambda: end(district, last_day=None, by=fresh(district.town_officer)),
    )
    assert isinstance(left, Appointment)
    issue.refresh_from_db()
    if isinstance(acted, NotAllowed):
        assert issue.state == IssueState.RAISED
    else:
        assert acted == issue
        assert issue.state == IssueState.ACCEPTED


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_ending_waits_for_an_act_under_way() -> None:
    district = build_district()
    began, may_go_on, order = Event(), Event(), []

    def act() -> None:
        with transaction.atomic():
            lock_roles(fresh(district.worker))
            began.set()
            may_go_on.wait(timeout=30)
            order.append("acted")

    def leave() -> None:
        began.wait(timeout=30)
        with transaction.atomic():
            may_go_on.set()
            end(district, last_day=None)
            order.append("left")

    assert together(act, leave) == [None, None]
    assert order == ["acted", "left"]


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_the_last_two_cannot_leave_at_once() -> None:
    district = build_district()
    first, second = held_by(district.worker), held_by(district.worker2)
    answers = together(
        lambda: end(district, first, by=fresh(district.town_officer)),
        lambda: end(district, second, by=fresh(district.town_officer)),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Appointment", "WrongState"]
    assert Appointment.objects.filter(pk__in=(first.pk, second.pk), ended_at=None).count() == 1


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_one_appointment_given_twice_at_once() -> None:
    district = build_district()
    days = {"ends_on": in_days(5)}
    answers = together(lambda: give(district, **days), lambda: give(district, **days))
    assert sorted(type(answer).__name__ for answer in answers) == ["Appointment", "BadInput"]


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(4))
def test_days_that_overlap_are_not_given_twice_at_once(round_number: int) -> None:
    """No constraint sees appointments with a last day; the district's lock and the question behind it do.

    By another officer, for other days, and lent besides: of three that overlap one stands.
    """
    district = build_district()
    officer = AppointmentFactory(role=Role.TOWN_OFFICER, area=district.town).user
    answers = together(
        lambda: give(district, user=district.neighbour_worker, starts_on=in_days(2), ends_on=in_days(9)),
        lambda: give(
            district, user=district.neighbour_worker, starts_on=in_days(5), ends_on=in_days(20), by=fresh(officer)
        ),
        lambda: give(district, user=district.neighbour_worker, starts_on=in_days(9), by=fresh(officer)),
        lambda: lend(district, starts_on=in_days(1), ends_on=in_days(9)),
    )
    own = Appointment.objects.own().filter(user=district.neighbour_worker, area=district.community)
    assert own.count() == 1
    assert {type(answer).__name__ for answer in answers} == {"Appointment", "BadInput"}


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_handed_over_while_the_colleague_leaves() -> None:
    """Whoever takes over is still there: either they took over first and are the last one, or they had left."""
    district = build_district()
    first, second = held_by(district.worker), held_by(district.worker2)
    handed, left = together(
        lambda: hand_over(
            first, successor=fresh(district.worker2), last_day=today(), reason="left",
            by=fresh(district.town_officer), at=now(),
        ),
        lambda: end(district, second, by=fresh(district.town_officer)),
    )  # fmt: skip
    assert sorted(type(answer).__name__ for answer in (handed, left)) in (
        ["Appointment", "WrongState"], ["Appointment", "BadInput"],
    )  # fmt: skip
    assert Appointment.objects.filter(pk__in=(first.pk, second.pk), ended_at=None).count() == 1
