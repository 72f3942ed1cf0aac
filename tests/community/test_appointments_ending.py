"""Ending, handing over and reviewing appointments: each verb and each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.holding import due_for_review, open_work
from community.models import Appointment, User
from community.queries import appointments, today
from community.roles import Role
from community.workflow import hand_over, review_appointment, start_clock
from tests.community.appointed import actions, end, fresh, give, held_by, in_days, lend, now, told
from tests.factories import AppointmentFactory, District, IssueFactory

pytestmark = pytest.mark.django_db


# --- Ending --------------------------------------------------------------------------------------
def test_ending_after_today(district: District, ended: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        held = end(district, reason="moved")
    held.refresh_from_db()
    assert (held.ends_on, held.stopped_at, held.end_reason) == (today(), None, "moved")
    assert held.ended_by == district.town_officer
    assert ended == [(held, None)]
    assert actions(held) == ["appointment.end"]
    assert told(district.worker) == [f"您的社区工作者（东园社区）到 {today()} 结束，原因：调岗"]
    # Both ends belong to it.
    assert appointments(fresh(district.worker)) == [held]
    assert not Appointment.objects.in_force(in_days(1)).filter(pk=held.pk).exists()


def test_ending_at_once(district: District, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        held = end(district, last_day=None)
    assert held.ends_on == today()
    assert held.stopped_at is not None
    assert appointments(fresh(district.worker)) == []
    assert Appointment.objects.in_force(in_days(-1)).filter(pk=held.pk).exists()
    assert told(district.worker) == ["您的社区工作者（东园社区）已经停止，原因：离任"]


def test_ending_before_it_begins(district: District) -> None:
    held = end(district, give(district, starts_on=in_days(5)), last_day=None, reason="mistake")
    assert held.ends_on == in_days(5)
    assert not any(Appointment.objects.in_force(in_days(day)).filter(pk=held.pk).exists() for day in (0, 5, 6))


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"last_day": -1}, BadInput, "最后一天不能早于今天"),
        ({"last_day": 11}, BadInput, "它本来到"),
        ({"reason": "whatever"}, BadInput, "请选一个原因"),
        ({"reason": ""}, BadInput, "请选一个原因"),
        ({"reason": "origin"}, BadInput, "请选一个原因"),
        ({"by": "other_town_officer"}, NotAllowed, "不归您管"),
        ({"by": "worker"}, NotAllowed, "不归您管"),
        ({"by": "worker2"}, NotAllowed, "不归您管"),
        ({"by": "district_officer"}, NotAllowed, "不归您管"),
        ({"by": "administrator"}, NotAllowed, "不归您管"),
        ({"by": "auditor"}, NotAllowed, "不归您管"),
        ({"by": "superuser"}, NotAllowed, "不归您管"),
    ],
)
def test_ending_what_cannot_be(
    district: District, changes: dict[str, Any], error: type[Exception], sentence: str, ended: list[Any]
) -> None:
    Appointment.objects.filter(user=district.worker).update(ends_on=in_days(10))
    values = {name: in_days(value) if isinstance(value, int) else value for name, value in changes.items()}
    if "by" in values:
        values["by"] = fresh(getattr(district, values["by"]))
    with pytest.raises(error, match=sentence):
        end(district, **values)
    assert held_by(district.worker).ends_on == in_days(10)
    assert ended == []


def test_ending_twice(district: District) -> None:
    end(district, last_day=in_days(3))
    with pytest.raises(WrongState, match="已经定了"):
        end(district, last_day=in_days(2))


def test_the_last_one_stays_until_somebody_takes_over(district: District) -> None:
    end(district, last_day=in_days(9))
    # Who is leaving does not count, even while still there.
    with pytest.raises(WrongState, match="这里只有这一位社区工作者"):
        end(district, held_by(district.worker2), last_day=in_days(1))
    assert held_by(district.worker2).ends_on is None


@pytest.mark.parametrize(
    ("name", "by"),
    [("handler", "town_officer"), ("town_officer", "district_officer"), ("neighbour_worker", "town_officer")],
)
def test_the_last_one_of_each_role_that_work_waits_for(district: District, name: str, by: str) -> None:
    held = held_by(getattr(district, name))
    for last_day in (None, today(), in_days(30)):
        with pytest.raises(WrongState, match="这里只有这一位"):
            end(district, held, by=fresh(getattr(district, by)), last_day=last_day)


def test_who_holds_it_from_above_remains(district: District) -> None:
    held = AppointmentFactory(area=district.compound, user=district.newcomer)
    assert end(district, held).ended_at is not None


def test_who_only_stands_in_does_not_remain(district: District) -> None:
    end(district, held_by(district.worker2))
    lend(district)
    with pytest.raises(WrongState, match="这里只有这一位"):
        end(district)


def test_an_inactive_account_does_not_remain(district: District) -> None:
    User.objects.filter(pk=district.worker2.pk).update(is_active=False)
    with pytest.raises(WrongState, match="这里只有这一位"):
        end(district)


def test_a_role_that_nothing_waits_for_ends_freely(district: District) -> None:
    assert end(district, held_by(district.steward)).ended_at is not None


def test_what_was_lent_ends_with_its_origin(district: District, django_capture_on_commit_callbacks: Any) -> None:
    running, later = (
        lend(district, ends_on=in_days(20)),
        lend(district, to=district.town_officer, starts_on=in_days(15), ends_on=in_days(20)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        end(district, last_day=in_days(10))
    running.refresh_from_db()
    later.refresh_from_db()
    assert (running.ends_on, running.stopped_at, running.end_reason) == (in_days(10), None, "origin")
    assert later.stopped_at is not None
    assert not Appointment.objects.in_force(in_days(15)).filter(delegated_from__isnull=False).exists()
    assert "被代的任职结束了" in told(district.neighbour_worker)[-1]


def test_at_once_is_at_once_for_what_was_lent_too(district: District) -> None:
    lent = lend(district)
    end(district, last_day=None)
    assert lent not in appointments(fresh(district.neighbour_worker))


def test_who_leaves_stands_in_for_nobody_any_more(district: District) -> None:
    lent = lend(district)
    AppointmentFactory(area=district.neighbour_community, user=district.newcomer)
    end(district, Appointment.objects.get(user=district.neighbour_worker, delegated_from=None), last_day=None)
    lent.refresh_from_db()
    assert lent.stopped_at is not None
    assert appointments(fresh(district.neighbour_worker)) == []


@pytest.mark.parametrize("by", ["worker", "town_officer"])
def test_who_is_back_ends_what_was_lent(district: District, by: str) -> None:
    lent = end(district, lend(district), by=fresh(getattr(district, by)), reason="", last_day=None)
    assert (lent.end_reason, lent.stopped_at is not None) == ("back", True)
    assert held_by(district.worker).ended_at is None


def test_who_stands_in_ends_nothing(district: District) -> None:
    with pytest.raises(NotAllowed):
        end(district, lend(district), by=fresh(district.neighbour_worker))


# --- Handing over --------------------------------------------------------------------------------
def over(district: District, held: Appointment | None = None, **changes: Any) -> Appointment:
    values = {
        "successor": district.newcomer, "last_day": in_days(2), "reason": "left",
        "by": fresh(district.town_officer), "at": now(), **changes,
    }  # fmt: skip
    return hand_over(held or held_by(district.neighbour_worker), **values)


def test_handing_over(district: District, ended: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    for _number in range(3):
        IssueFactory(area=district.neighbour_community)
    old = held_by(district.neighbour_worker)
    with django_capture_on_commit_callbacks(execute=True):
        given = over(district)
    old.refresh_from_db()
    assert (given.user, given.role, given.area) == (district.newcomer, old.role, old.area)
    assert (given.starts_on, given.ends_on, old.ends_on) == (today(), None, in_days(2))
    assert ended == [(old, district.newcomer)]
    assert told(district.newcomer)[-1] == "社区工作者（西园社区）手上 3 件事交给您了"
    assert len(told(district.neighbour_worker)) == 1
    assert actions(given) == ["appointment.give"]
    assert actions(old) == ["appointment.end"]


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"successor": "neighbour_worker"}, BadInput, "接手的要是另一个人"),
        ({"successor": "town_officer"}, NotAllowed, "自己不能任命自己"),
        ({"successor": "auditor"}, BadInput, "此人是审计员"),
        ({"last_day": -1}, BadInput, "最后一天不能早于今天"),
        ({"reason": ""}, BadInput, "请选一个原因"),
        ({"by": "worker"}, NotAllowed, "不归您管"),
        ({"by": "neighbour_worker"}, NotAllowed, "不归您管"),
        ({"by": "other_town_officer"}, NotAllowed, "不归您管"),
    ],
)
def test_handing_over_what_cannot_be(
    district: District, changes: dict[str, Any], error: type[Exception], sentence: str, ended: list[Any]
) -> None:
    values = {
        name: in_days(value)
        if isinstance(value, int)
        else value
        if name == "reason"
        else fresh(getattr(district, value))
        for name, value in changes.items()
    }
    with pytest.raises(error, match=sentence):
        over(district, **values)
    assert held_by(district.neighbour_worker).ended_at is None
    assert not Appointment.objects.filter(user=district.newcomer).exists()
    assert ended == []


def test_a_colleague_takes_over_with_what_they_hold(
    district: District, ended: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    IssueFactory(area=district.community)
    old, standing = held_by(district.worker), held_by(district.worker2)
    before = Appointment.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        given = over(district, old, successor=district.worker2)
    old.refresh_from_db()
    assert given == standing
    assert (old.ends_on, old.end_reason, held_by(district.worker2).ends_on) == (in_days(2), "left", None)
    assert Appointment.objects.count() == before
    assert ended == [(old, district.worker2)]
    assert told(district.worker2) == ["社区工作者（东园社区）手上 1 件事交给您了"]
    assert told(district.worker) == [f"您的社区工作者（东园社区）到 {in_days(2)} 结束，原因：离任"]
    assert (actions(old), actions(standing)) == (["appointment.end"], [])


def test_a_colleague_in_a_unit_takes_over_from_a_colleague(
    district: District, ended: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """Who hands over may be the colleague: nothing is given to them, and nobody need tell them."""
    old = AppointmentFactory(user=district.newcomer, role=Role.HANDLER, area=None, unit=district.property)
    with django_capture_on_commit_callbacks(execute=True):
        given = over(district, old, successor=district.handler, by=fresh(district.handler))
    assert given == held_by(district.handler)
    assert ended == [(old, district.handler)]
    assert told(district.handler) == []


@pytest.mark.parametrize("last", [0, 2])
@pytest.mark.parametrize("is_ended", [True, False])
def test_a_colleague_who_leaves_too_takes_nothing_over(
    district: District, last: int, is_ended: bool, ended: list[Any]
) -> None:
    theirs = Appointment.objects.filter(user=district.worker2)
    theirs.update(ends_on=in_days(last), ended_at=now() if is_ended else None)
    with pytest.raises(BadInput, match=f"此人在这里任职到 {in_days(last)} 为止") as caught:
        over(district, held_by(district.worker), successor=district.worker2)
    assert caught.value.field == "person"
    theirs.update(ends_on=in_days(3))
    if is_ended:
        with pytest.raises(BadInput, match=f"此人在这里任职到 {in_days(3)} 为止"):
            over(district, held_by(district.worker), successor=district.worker2)
        assert ended == []
    else:
        assert over(district, held_by(district.worker), successor=district.worker2) == theirs.get()


def test_an_account_not_in_use_takes_nothing_over(district: District) -> None:
    User.objects.filter(pk=district.worker2.pk).update(is_active=False)
    with pytest.raises(BadInput, match="不在用了"):
        over(district, held_by(district.worker), successor=district.worker2)


def test_who_stands_in_takes_over_in_their_own_right(district: District) -> None:
    lent = lend(district, ends_on=in_days(20))
    given = over(district, held_by(district.worker), successor=district.neighbour_worker)
    assert (given.delegated_from, given.area, given.ends_on) == (None, district.community, None)
    lent.refresh_from_db()
    assert (lent.ends_on, lent.end_reason) == (in_days(2), "origin")


def test_what_is_lent_is_not_handed_over(district: District) -> None:
    with pytest.raises(WrongState, match="不用交接"):
        over(district, lend(district))


# --- The yearly review ---------------------------------------------------------------------------
def test_what_is_due_for_review(district: District) -> None:
    rows = Appointment.objects.filter(user=district.worker)
    officer = fresh(district.town_officer)
    everybody = set(due_for_review(officer, today()))
    assert everybody == {
        held_by(one) for one in (
            district.worker, district.worker2, district.neighbour_worker, district.handler, district.steward,
        )
    }  # fmt: skip
    rows.update(reviewed_on=in_days(-364))
    assert held_by(district.worker) not in due_for_review(officer, today())
    rows.update(reviewed_on=in_days(-365))
    assert held_by(district.worker) in due_for_review(officer, today())
    lend(district)
    assert set(due_for_review(officer, today())) == everybody
    assert not due_for_review(fresh(district.worker2), today()).exists()


def test_keeping_at_the_review(district: District, django_capture_on_commit_callbacks: Any) -> None:
    held = held_by(district.worker)
    with django_capture_on_commit_callbacks(execute=True):
        review_appointment(held, keep=True, by=fresh(district.town_officer), at=now())
    held.refresh_from_db()
    assert (held.reviewed_on, held.reviewed_by, held.ends_on) == (today(), district.town_officer, None)
    assert actions(held) == ["appointment.review"]
    assert told(district.worker) == ["年度复核：您的社区工作者（东园社区）继续"]


def test_ending_at_the_review(district: District) -> None:
    held = review_appointment(held_by(district.worker), keep=False, by=fresh(district.town_officer), at=now())
    assert (held.ends_on, held.end_reason) == (today(), "review")
    with pytest.raises(WrongState, match="这里只有这一位"):
        review_appointment(held_by(district.worker2), keep=False, by=fresh(district.town_officer), at=now())


@pytest.mark.parametrize("name", ["worker", "worker2", "other_town_officer", "auditor"])
@pytest.mark.parametrize("keep", [True, False])
def test_others_review_nothing(district: District, name: str, keep: bool) -> None:
    with pytest.raises(NotAllowed):
        review_appointment(held_by(district.worker), keep=keep, by=fresh(getattr(district, name)), at=now())


def test_open_work_of_a_role(district: District) -> None:
    start_clock(
        district.compound, "test", rule_key="issue.handle", at=now(), area=district.compound,
        holder_role=Role.COMMUNITY_WORKER,
    )  # fmt: skip
    assert open_work(held_by(district.worker)).count() == 1
    assert open_work(held_by(district.neighbour_worker)).count() == 0
