"""Giving and lending roles: each verb and each refusal."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import override_settings

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Appointment, User
from community.queries import appointments, today
from community.roles import Role
from community.workflow import delegate
from tests.community.appointed import PEOPLE, actions, fresh, give, held_by, in_days, lend, now, told
from tests.factories import AppointmentFactory, District, UserFactory

pytestmark = pytest.mark.django_db


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
