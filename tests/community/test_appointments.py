"""Giving, lending, ending, handing over and reviewing roles: each verb and each refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.holding import due_for_review, find_account, managed_appointments, open_work, roles_to_give
from community.models import Appointment, Notice, User
from community.queries import appointments, today
from community.roles import Role
from community.signals import appointment_ended
from community.workflow import (
    appoint,
    delegate,
    end_appointment,
    hand_over,
    lock_roles,
    review_appointment,
    start_clock,
)
from deliberation.states import IssueState
from deliberation.workflow import accept_issue
from tests.community.threads import together
from tests.confirming import confirm
from tests.factories import AppointmentFactory, District, IssueFactory, UserFactory, build_district

pytestmark = pytest.mark.django_db
ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")


def now() -> datetime:
    return timezone.now()


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def held_by(user: User) -> Appointment:
    return Appointment.objects.filter(user=user).order_by("-pk")[0]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def give(district: District, **changes: Any) -> Appointment:
    """Have the town officer make the newcomer a worker, but for what is said otherwise."""
    values = {
        "user": district.newcomer, "role": Role.COMMUNITY_WORKER, "place": district.community,
        "starts_on": today(), "ends_on": None, "by": fresh(district.town_officer), "at": now(), **changes,
    }  # fmt: skip
    return appoint(**values)


def lend(district: District, **changes: Any) -> Appointment:
    """Have the worker lend their role to the other one, but for what is said otherwise."""
    held = changes.pop("held", None) or held_by(district.worker)
    values = {
        "to": district.neighbour_worker, "starts_on": today(), "ends_on": in_days(6), "by": fresh(district.worker),
        "at": now(), **changes,
    }  # fmt: skip
    return delegate(held, **values)


def actions(held: Appointment) -> list[str]:
    return list(ModelLogEntry.objects.for_instance(held).order_by("pk").values_list("action", flat=True))


def told(user: User) -> list[str]:
    return [notice.text for notice in Notice.objects.filter(recipient=user).order_by("pk")]


@pytest.fixture
def ended() -> Iterator[list[tuple[Appointment, User | None]]]:
    """Return a list that grows by each appointment that ends, with who takes over."""
    seen: list[tuple[Appointment, User | None]] = []

    def note(appointment: Appointment, successor: User | None, **kwargs: Any) -> None:
        seen.append((appointment, successor))

    appointment_ended.connect(note)
    yield seen
    appointment_ended.disconnect(note)


# --- Appointing ----------------------------------------------------------------------------------
def test_appointing(district: District, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        given = give(district, ends_on=in_days(30))
    assert (given.user, given.role, given.area, given.unit) == (
        district.newcomer, Role.COMMUNITY_WORKER, district.community, None,
    )  # fmt: skip
    assert (given.starts_on, given.ends_on, given.appointed_by) == (today(), in_days(30), district.town_officer)
    assert given.delegated_from is None
    assert actions(given) == ["appointment.give"]
    assert told(district.newcomer) == [f"请您担任社区工作者：东园社区，从 {today()} 起"]
    assert appointments(fresh(district.newcomer)) == [given]


def test_appointing_for_later_gives_nothing_yet(district: District) -> None:
    give(district, starts_on=in_days(1))
    assert appointments(fresh(district.newcomer)) == []


def test_appointing_in_a_unit(district: District) -> None:
    given = give(district, role=Role.HANDLER, place=district.property, by=fresh(district.handler))
    assert (given.area, given.unit) == (None, district.property)


GIVERS = {
    Role.COMMUNITY_WORKER: ("community", {"town_officer"}),
    Role.RECORDER: ("community", {"town_officer", "worker"}),
    Role.HANDLER: ("property", {"town_officer", "handler"}),
    Role.TOWN_OFFICER: ("town", {"district_officer"}),
    Role.AUDITOR: ("area", {"administrator"}),
    Role.ADMINISTRATOR: ("area", {"administrator"}),
    Role.DISTRICT_OFFICER: ("area", {"administrator"}),
}
PEOPLE = (
    "resident", "newcomer", "worker", "neighbour_worker", "handler", "steward", "town_officer", "district_officer",
    "auditor", "administrator", "other_worker", "other_handler", "other_town_officer", "superuser",
)  # fmt: skip


@pytest.mark.parametrize("role", list(GIVERS))
def test_who_may_give_a_role(district: District, role: Role) -> None:
    """Each role over the first town's places, asked by everybody: those of the other town never may."""
    place, allowed = GIVERS[role]
    for name in PEOPLE:
        try:
            with transaction.atomic():
                give(
                    district, user=district.neighbour, role=role, place=getattr(district, place),
                    by=fresh(getattr(district, name)),
                )  # fmt: skip
                done = True
                transaction.set_rollback(True)
        except NotAllowed as refused:
            done = False
            assert str(refused) == "这个角色不归您任命，所以没有改动。"
        assert done == (name in allowed), name


@pytest.mark.parametrize("name", ["town_officer", "district_officer", "administrator", "worker"])
def test_nobody_appoints_themself(district: District, name: str) -> None:
    person = getattr(district, name)
    role = {"town_officer": Role.COMMUNITY_WORKER, "worker": Role.RECORDER}.get(name, Role.TOWN_OFFICER)
    with pytest.raises(NotAllowed, match="自己不能任命自己"):
        give(district, user=person, role=role, by=fresh(person))
    assert Appointment.objects.filter(user=person).count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"starts_on": -1}, "starts_on", "开始的日子不能早于今天。"),
        ({"starts_on": 5, "ends_on": 4}, "ends_on", "结束的日子不能早于开始的日子。"),
        ({"place": "town"}, "place", "社区工作者不设在镇街这一级。"),
        ({"role": Role.OWNERS_COMMITTEE, "place": "property"}, "place", "业委会成员不设在物业服务企业这一级。"),
        ({"user": "worker"}, "person", "这些日子里，此人在这里已经是社区工作者。"),
        ({"user": "auditor"}, "person", "此人是审计员，不能同时担任社区工作者。"),
    ],
)
def test_appointing_what_cannot_be(district: District, changes: dict[str, Any], field: str, sentence: str) -> None:
    values = {
        name: in_days(value) if isinstance(value, int) and not isinstance(value, Role) else value
        for name, value in changes.items()
    }
    values |= {name: getattr(district, str(values[name])) for name in ("user", "place") if name in values}
    before = Appointment.objects.count()
    with pytest.raises(BadInput) as caught:
        give(district, **values)
    assert (caught.value.field, str(caught.value)) == (field, sentence)
    assert Appointment.objects.count() == before


def test_a_place_that_has_ended_gets_nobody(district: District) -> None:
    district.community.valid_to = in_days(-1)
    district.community.save()
    with pytest.raises(BadInput, match="已经不存在了"):
        give(district)


def test_an_account_not_in_use_gets_nothing(district: District) -> None:
    User.objects.filter(pk=district.newcomer.pk).update(is_active=False)
    with pytest.raises(BadInput, match="不在用了"):
        give(district)


def test_an_auditor_is_nobody_who_works_here(district: District) -> None:
    with pytest.raises(BadInput, match="此人是社区工作者，不能同时担任审计员"):
        give(district, user=district.worker, role=Role.AUDITOR, place=district.area, by=fresh(district.administrator))


def test_a_role_that_needs_a_second_factor(district: District) -> None:
    values = {"role": Role.TOWN_OFFICER, "place": district.town}
    Authenticator.objects.create(user=district.district_officer, type=Authenticator.Type.TOTP, data={})
    with override_settings(STAFF_SECOND_FACTOR=True):
        with pytest.raises(BadInput, match="要先开通第二步验证"):
            give(district, by=fresh(district.district_officer), **values)
        Authenticator.objects.create(user=district.newcomer, type=Authenticator.Type.RECOVERY_CODES, data={})
        with pytest.raises(BadInput, match="要先开通第二步验证"):
            give(district, by=fresh(district.district_officer), **values)
        Authenticator.objects.create(user=district.newcomer, type=Authenticator.Type.TOTP, data={})
        assert give(district, by=fresh(district.district_officer), **values).role == Role.TOWN_OFFICER


@pytest.mark.parametrize("text", ["newcomer", " newcomer ", "13900000001", "139 0000 0001", "+86 139-0000-0001"])
def test_finding_an_account(district: District, text: str) -> None:
    district.newcomer.set_phone("13900000001")
    district.newcomer.save()
    assert find_account(text) == district.newcomer


@pytest.mark.parametrize("text", ["", "newcome", "139", "1390000000", "张三", "clock"])
def test_no_account_by_half_of_what_is_needed(district: District, text: str) -> None:
    district.newcomer.set_phone("13900000001")
    district.newcomer.save()
    assert find_account(text) is None


# --- Lending -------------------------------------------------------------------------------------
def test_lending(district: District, django_capture_on_commit_callbacks: Any) -> None:
    origin = held_by(district.worker)
    with django_capture_on_commit_callbacks(execute=True):
        lent = lend(district)
    assert (lent.user, lent.role, lent.area) == (district.neighbour_worker, origin.role, origin.area)
    assert (lent.delegated_from, lent.starts_on, lent.ends_on) == (origin, today(), in_days(6))
    assert actions(lent) == ["appointment.delegate"]
    assert told(district.neighbour_worker) == [f"请您代张*担任社区工作者：东园社区，{today()} 到 {in_days(6)}"]
    assert told(district.worker) == []
    assert {one.area for one in appointments(fresh(district.neighbour_worker))} == {
        district.community, district.neighbour_community,
    }  # fmt: skip


def test_a_manager_lends_for_who_is_ill(district: District, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        lend(district, by=fresh(district.town_officer))
    assert len(told(district.worker)) == 1


def test_what_is_lent_cannot_be_passed_on(district: District) -> None:
    lent = lend(district)
    with pytest.raises(WrongState, match="不能再转给别人"):
        lend(district, held=lent, to=district.worker2, by=fresh(district.neighbour_worker))


def test_who_stands_in_gives_no_roles(district: District) -> None:
    other = UserFactory(username="second_officer")
    AppointmentFactory(user=other, role=Role.TOWN_OFFICER, area=district.other_town)
    delegate(
        held_by(district.town_officer), to=other, starts_on=today(), ends_on=in_days(3),
        by=fresh(district.town_officer), at=now(),
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        give(district, by=fresh(other))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"starts_on": -1}, "starts_on", "开始的日子不能早于今天"),
        ({"starts_on": 3, "ends_on": 2}, "ends_on", "结束的日子不能早于开始的日子"),
        ({"ends_on": 90}, "ends_on", "一次最多代 90 天"),
        ({"to": "other_worker"}, "to", "只能请同事代行"),
        ({"to": "newcomer"}, "to", "只能请同事代行"),
        ({"to": "auditor"}, "to", "只能请同事代行"),
        ({"to": "worker2"}, "person", "在这里已经是社区工作者"),
    ],
)
def test_lending_what_cannot_be(district: District, changes: dict[str, Any], field: str, sentence: str) -> None:
    values = {
        name: in_days(value) if isinstance(value, int) else getattr(district, value) for name, value in changes.items()
    }
    with pytest.raises(BadInput, match=sentence) as caught:
        lend(district, **values)
    assert caught.value.field == field
    assert not Appointment.objects.exclude(delegated_from=None).exists()


def test_as_long_as_the_rule_allows(district: District) -> None:
    assert lend(district, ends_on=in_days(89)).ends_on == in_days(89)


def test_no_longer_than_the_origin(district: District) -> None:
    Appointment.objects.filter(user=district.worker).update(ends_on=in_days(3))
    with pytest.raises(BadInput, match="要在本人任职的日子里"):
        lend(district, ends_on=in_days(4))
    assert lend(district, ends_on=in_days(3)).ends_on == in_days(3)


@pytest.mark.parametrize("name", ["worker2", "neighbour_worker", "other_town_officer", "auditor", "resident"])
def test_others_lend_nothing(district: District, name: str) -> None:
    with pytest.raises(NotAllowed, match="只有本人和任命的人"):
        lend(district, by=fresh(getattr(district, name)))


def test_nobody_is_lent_anything_by_themself(district: District) -> None:
    with pytest.raises(NotAllowed, match="自己不能任命自己"):
        lend(district, to=district.town_officer, by=fresh(district.town_officer))


# --- Ending --------------------------------------------------------------------------------------
def end(district: District, held: Appointment | None = None, **changes: Any) -> Appointment:
    values = {
        "last_day": today(), "reason": "left", "by": fresh(district.town_officer), "at": now(), **changes,
    }  # fmt: skip
    return end_appointment(held or held_by(district.worker), **values)


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


# --- An appointment ends while its holder acts ------------------------------------------------------
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


# --- Pages ---------------------------------------------------------------------------------------
def test_a_list_asks_as_often_for_many(district: District, client_of: Callable[[Any], Client]) -> None:
    client, counts = client_of(district.town_officer), []
    client.get(reverse("appointments"))
    for _round in range(2):
        for name in ("appointments", "appointment_reviews"):
            with CaptureQueriesContext(connection) as counted:
                assert client.get(reverse(name)).status_code == 200
            counts.append(len(counted))
        for _number in range(25):
            AppointmentFactory(area=district.community)
    assert counts[:2] == counts[2:]


def test_appointing_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client = confirm(client_of(district.town_officer))
    district.newcomer.set_phone("13900000001")
    district.newcomer.save()
    address = f"{reverse('new_appointment')}?role=community_worker"
    sent = {"place": district.community.pk, "person": "13900000001", "starts_on": str(today()), "ends_on": ""}
    shown = client.post(address, sent).content.decode()
    assert "139******01" in shown
    assert "newcomer" in shown
    assert not Appointment.objects.filter(user=district.newcomer).exists()
    back = client.post(address, {**sent, "edit": "1"})
    assert 'value="13900000001"' in back.content.decode()
    done = client.post(address, {**sent, "confirm": "1"})
    assert done["Location"] == held_by(district.newcomer).get_absolute_url()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"person": "nobody"}, "没有找到这个账号"),
        ({"person": ""}, "请写用户名或者手机号"),
        ({"place": "other_community"}, "这里不归您任命"),
        ({"starts_on": "gestern"}, "请写成 2023-11-06 这样的日期"),
        ({"starts_on": ""}, "请选日期"),
        ({"starts_on": "2020-01-01"}, "开始的日子不能早于今天"),
        ({"person": "worker"}, "在这里已经是社区工作者"),
        ({"person": "town_officer"}, "自己不能任命自己"),
    ],
)
def test_a_mistake_on_the_page(
    district: District, client_of: Callable[[Any], Client], changes: dict[str, str], sentence: str
) -> None:
    sent = {"place": str(district.community.pk), "person": "newcomer", "starts_on": str(today()), **changes}
    if changes.get("place"):
        sent["place"] = str(district.other_community.pk)
    before = Appointment.objects.count()
    answer = confirm(client_of(district.town_officer)).post(
        f"{reverse('new_appointment')}?role=community_worker", {**sent, "confirm": "1"}
    )
    assert answer.status_code in (403, 422)
    assert sentence in answer.content.decode()
    assert Appointment.objects.count() == before


@pytest.mark.parametrize("role", ["town_officer", "administrator", "resident", "nonsense"])
def test_a_role_that_is_not_given_here_shows_those_that_are(
    district: District, client_of: Callable[[Any], Client], role: str
) -> None:
    client = confirm(client_of(district.town_officer))
    answer = client.get(f"{reverse('new_appointment')}?role={role}")
    assert list(answer.context["roles"][0]) == ["role", "source"]
    assert roles_to_give(district.town_officer) == [one["role"] for one in answer.context["roles"]]


def test_dangerous_acts_ask_who_is_there(district: District, client_of: Callable[[Any], Client]) -> None:
    district.town_officer.set_password("a password to confirm with")
    district.town_officer.save()
    client, held = client_of(district.town_officer), held_by(district.worker)
    addresses = [
        reverse("new_appointment"), reverse("appointment_action", args=[held.pk, "end"]),
        reverse("appointment_review", args=[held.pk]),
    ]  # fmt: skip
    for address in addresses:
        answer = client.post(address, {"answer": "end", "reason": "left", "at_once": "on"})
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    held.refresh_from_db()
    assert held.ended_at is None


def test_whom_an_appointment_concerns(district: District, client_of: Callable[[Any], Client]) -> None:
    held = held_by(district.worker)
    allowed = {"worker", "town_officer", "district_officer", "auditor", "administrator"}
    for name in PEOPLE:
        expected = 200 if name in allowed else 404
        assert client_of(getattr(district, name)).get(held.get_absolute_url()).status_code == expected, name
    assert Client().get(held.get_absolute_url()).status_code == 302


@pytest.mark.parametrize("verb", ["end", "hand_over", "lend", "whatever"])
def test_acting_on_what_is_not_ones_own(district: District, client_of: Callable[[Any], Client], verb: str) -> None:
    held = held_by(district.worker)
    address = reverse("appointment_action", args=[held.pk, verb])
    sent = {
        "reason": "left", "at_once": "on", "person": "newcomer", "last_day": str(today()), "confirm": "1",
        "to": district.worker2.pk, "starts_on": str(today()), "ends_on": str(today()),
    }  # fmt: skip
    for name, status in [("other_town_officer", 404), ("worker2", 404), ("auditor", 403), ("district_officer", 403)]:
        answer = confirm(client_of(getattr(district, name))).post(address, sent)
        assert answer.status_code == (404 if verb == "whatever" else status), name
    held.refresh_from_db()
    assert held.ended_at is None
    assert not held.delegations.exists()


def test_ending_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    address = reverse("appointment_action", args=[held.pk, "end"])
    answer = client.post(address, {"reason": "left", "last_day": ""})
    assert answer.status_code == 422
    assert "请选最后一天，或者选“马上停止”" in answer.content.decode()
    answer = client.post(address, {"reason": "left", "last_day": str(in_days(-1))})
    assert answer.status_code == 422
    assert client.post(address, {"reason": "left", "last_day": str(in_days(3))})["Location"] == held.get_absolute_url()
    assert held_by(district.worker).ends_on == in_days(3)
    answer = client.post(address, {"reason": "left", "last_day": str(in_days(2))})
    assert answer.status_code == 409
    assert "已经定了哪天结束" in answer.content.decode()


def test_handing_over_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.neighbour_worker)
    IssueFactory(area=district.neighbour_community)
    address = reverse("appointment_action", args=[held.pk, "hand_over"])
    sent = {"person": "newcomer", "last_day": str(today()), "reason": "moved"}
    assert "这里只有这一位社区工作者" in client.get(held.get_absolute_url()).content.decode()
    shown = client.post(address, sent).content.decode()
    assert "newcomer" in shown
    assert "问题 1" in shown
    assert client.post(address, {**sent, "confirm": "1"}).status_code == 302
    assert held_by(district.newcomer).area == district.neighbour_community


def test_absence(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.worker)), held_by(district.worker)
    page = client.get(reverse("absence")).content.decode()
    assert "neighbour_worker" in page
    assert "other_worker" not in page
    sent = {
        "to": district.neighbour_worker.pk,
        "starts_on": str(today()),
        "ends_on": str(in_days(3)),
        "from": "absence",
    }
    answer = client.post(reverse("appointment_action", args=[held.pk, "lend"]), sent)
    assert answer["Location"] == reverse("absence")
    assert "neighbour_worker" in client.get(reverse("absence")).content.decode()
    assert "代 张*" in client_of(district.neighbour_worker).get(reverse("absence")).content.decode()
    assert client_of(district.resident).get(reverse("absence")).status_code == 403


def test_one_tap_reviews(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    address = reverse("appointment_review", args=[held.pk])
    assert client.post(address, {"answer": "perhaps"}).status_code == 422
    assert client.post(address, {"answer": "keep"})["Location"] == reverse("appointment_reviews")
    held.refresh_from_db()
    assert held.reviewed_on == today()
    assert (
        client.post(
            reverse("appointment_review", args=[held_by(district.neighbour_worker).pk]), {"answer": "end"}
        ).status_code
        == 409
    )


def test_the_list_keeps_to_ones_own(district: District, client_of: Callable[[Any], Client]) -> None:
    rows = set(managed_appointments(fresh(district.town_officer)))
    assert rows == {
        held_by(one)
        for one in (district.worker, district.worker2, district.neighbour_worker, district.handler, district.steward)
    }
    client = client_of(district.town_officer)
    asked = (
        {"role": "handler"},
        {"who": "neighbour"},
        {"area": district.town.pk},
        {"state": "over"},
        {"area": "x", "role": "y"},
    )
    counts = [len(client.get(reverse("appointments"), one).context["page"].object_list) for one in asked]
    assert counts == [1, 1, 5, 0, 5]


def test_open_work_of_a_role(district: District) -> None:
    start_clock(
        district.compound, "test", rule_key="issue.handle", at=now(), area=district.compound,
        holder_role=Role.COMMUNITY_WORKER,
    )  # fmt: skip
    assert open_work(held_by(district.worker)).count() == 1
    assert open_work(held_by(district.neighbour_worker)).count() == 0
