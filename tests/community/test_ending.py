"""Appointments that run out on their day are told of once, to the holder and to those who may appoint."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from community.models import Appointment, User
from community.roles import Role
from community.workflow.ending import givers, remind_of_endings
from tests.community.appointed import actions, give, held_by, in_days, lend, now, told
from tests.community.threads import together
from tests.factories import District, build_district

pytestmark = pytest.mark.django_db


def remind(capture: Any) -> int:
    with capture(execute=True):
        return remind_of_endings(at=now())


@pytest.mark.parametrize(("days", "is_told"), [(0, True), (30, True), (31, False)])
def test_both_sides_hear_once(
    district: District, django_capture_on_commit_callbacks: Any, days: int, is_told: bool
) -> None:
    held = give(district, ends_on=in_days(days))
    assert remind(django_capture_on_commit_callbacks) == int(is_told)
    day = in_days(days)
    own = [f"您的社区工作者（东园社区）到 {day} 期满。要接着做，请和任命您的人说。"]
    theirs = [f"有一项社区工作者（东园社区）到 {day} 期满。要接着任，请在那以前任命。"]
    assert told(district.newcomer)[-1:] == (own if is_told else told(district.newcomer)[-1:])
    assert told(district.town_officer) == (theirs if is_told else [])
    assert told(district.other_town_officer) == []
    assert remind(django_capture_on_commit_callbacks) == 0
    assert actions(held) == ["appointment.give", *(["appointment.remind"] if is_told else [])]


def test_the_last_one_is_said_to_be(district: District, django_capture_on_commit_callbacks: Any) -> None:
    held = held_by(district.worker)
    others = Appointment.objects.filter(role=Role.COMMUNITY_WORKER, area=district.community).exclude(pk=held.pk)
    others.update(ends_on=in_days(-1))
    Appointment.objects.filter(pk=held.pk).update(ends_on=in_days(5))
    assert remind(django_capture_on_commit_callbacks) == 1
    assert told(district.town_officer) == [
        f"这里唯一的社区工作者（东园社区）到 {in_days(5)} 期满，以后就没人办事了。请马上任命接手的人。"
    ]


def test_what_is_lent_ended_or_anothers_is_left_alone(
    district: District, django_capture_on_commit_callbacks: Any
) -> None:
    lend(district)
    held = give(district, ends_on=in_days(3))
    Appointment.objects.filter(pk=held.pk).update(ended_at=now())
    assert remind(django_capture_on_commit_callbacks) == 0


def test_who_is_told(district: District) -> None:
    assert givers(held_by(district.worker)) == [district.town_officer]
    assert givers(held_by(district.town_officer)) == [district.district_officer]
    assert givers(held_by(district.administrator)) == []


def test_the_sweep_does_it(district: District) -> None:
    held = give(district, ends_on=in_days(3))
    call_command("run_clocks")
    assert actions(held)[-1] == "appointment.remind"


@pytest.mark.django_db(transaction=True)
def test_two_machines_tell_once() -> None:
    district = build_district()
    give(district, ends_on=in_days(3))
    assert sorted(together(*[lambda: remind_of_endings(at=now())] * 2)) == [0, 1]
    assert len(told(User.objects.get(pk=district.town_officer.pk))) == 1
