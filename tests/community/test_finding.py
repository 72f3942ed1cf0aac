"""Finding whom to appoint: by user name freely, by phone counted, logged and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from community.errors import BadInput, NotAllowed
from community.models import Notice, Reveal, Rule, User
from community.models.privacy import RevealedField, RevealReason
from community.roles import Role
from community.workflow import find_person
from community.workflow.revealing import check_daily_limit
from tests.community.appointed import PEOPLE, fresh, held_by, looks, now, told
from tests.community.threads import together
from tests.factories import District, build_district

pytestmark = pytest.mark.django_db
ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")
PHONE = "13900000001"


def find(district: District, text: str, **changes: Any) -> User | None:
    values = {"role": Role.COMMUNITY_WORKER, "by": fresh(district.town_officer), "at": now(), **changes}
    return find_person(text, **values)


def with_phone(user: User, phone: str = PHONE) -> User:
    user.set_phone(phone)
    user.save()
    return user


def limit(most: int) -> None:
    Rule.objects.filter(key="appointment.look_up").update(value=most)


@pytest.mark.parametrize("text", [PHONE, "139 0000 0001", "+86 139-0000-0001"])
def test_by_phone_it_stands_in_both_logs(
    district: District, text: str, django_capture_on_commit_callbacks: Any
) -> None:
    with_phone(district.newcomer)
    at = now()
    with django_capture_on_commit_callbacks(execute=True):
        assert find(district, text, at=at) == district.newcomer
    (look,) = looks(district.town_officer)
    assert (look.data, look.label, look.timestamp) == (
        {"role": "community_worker"}, str(district.town_officer.pk), at,
    )  # fmt: skip
    seen, right = Reveal.objects.get(), held_by(district.town_officer)
    assert (seen.resident, seen.field, seen.reason, seen.note) == (
        district.newcomer.resident, RevealedField.NAME, RevealReason.APPOINTING,
        "按手机号找到账号，要任命社区工作者",
    )  # fmt: skip
    assert (seen.by, seen.role, seen.area, seen.unit, seen.at) == (
        district.town_officer, right.role, right.area, None, at,
    )  # fmt: skip
    notice = Notice.objects.get(recipient=district.newcomer)
    assert (notice.text, notice.url) == ("工作人员查看了您的个人信息，谁、为什么，在这里看", reverse("reveal_log"))


def test_who_has_no_profile_is_told_too(district: District, django_capture_on_commit_callbacks: Any) -> None:
    with_phone(district.steward)
    with django_capture_on_commit_callbacks(execute=True):
        assert find(district, PHONE) == district.steward
    assert told(district.steward) == ["工作人员按手机号找到了您的账号，要任命社区工作者"]
    assert not Reveal.objects.exists()
    assert len(looks(district.town_officer)) == 1


@pytest.mark.parametrize("text", ["newcomer", "newcome", "139", "张三", "clock", ""])
def test_what_is_no_phone_is_not_counted(district: District, text: str) -> None:
    with_phone(district.newcomer)
    assert find(district, text) == (district.newcomer if text == "newcomer" else None)
    assert looks(district.town_officer) == []
    assert not Reveal.objects.exists()


def test_one_not_found_is_counted_and_told_to_nobody(district: District) -> None:
    User.objects.filter(pk=with_phone(district.neighbour).pk).update(is_active=False)
    assert [find(district, text) for text in (PHONE, "1390000000")] == [None, None]
    assert [one.data for one in looks(district.town_officer)] == [{"role": "community_worker"}] * 2
    assert not Reveal.objects.exists()


def test_so_many_a_day(district: District) -> None:
    limit(2)
    with_phone(district.newcomer)
    assert [find(district, text) for text in (PHONE, "13900000009")] == [district.newcomer, None]
    for text in (PHONE, "13900000009"):
        with pytest.raises(BadInput, match="今天按手机号找人已经到 2 次。请写用户名，或者明天再找。") as caught:
            find(district, text)
        assert caught.value.field == "person"
    assert len(looks(district.town_officer)) == 2
    assert find(district, "newcomer") == district.newcomer
    assert find(district, PHONE, by=fresh(district.worker), role=Role.RECORDER) == district.newcomer
    assert find(district, PHONE, at=now() + timedelta(days=1)) == district.newcomer


def test_it_takes_nothing_from_the_looks_into_the_register(district: District) -> None:
    with_phone(district.newcomer)
    Rule.objects.filter(key="reveal.daily").update(value=1)
    find(district, PHONE)
    check_daily_limit(district.town_officer, now(), RevealReason.CONTACT, 1)
    with pytest.raises(NotAllowed):
        check_daily_limit(district.town_officer, now(), RevealReason.CONTACT, 2)


@pytest.mark.parametrize("text", [PHONE, "newcomer"])
def test_who_does_not_give_the_role_finds_nobody(district: District, text: str) -> None:
    with_phone(district.newcomer)
    for name in PEOPLE:
        by = fresh(getattr(district, name))
        if name in ("town_officer", "other_town_officer"):
            assert find(district, text, by=by) == district.newcomer
        else:
            with pytest.raises(NotAllowed, match="不归您任命"):
                find(district, text, by=by)
            assert looks(by) == []


def test_a_handler_looks_up_in_the_right_of_the_unit(district: District) -> None:
    with_phone(district.newcomer)
    find(district, PHONE, role=Role.HANDLER, by=fresh(district.handler))
    seen = Reveal.objects.get()
    assert (seen.role, seen.area, seen.unit) == (Role.HANDLER, None, district.property)


def test_ones_own_phone_is_no_look_at_oneself(district: District) -> None:
    with_phone(district.town_officer)
    assert find(district, PHONE) == district.town_officer
    assert not Reveal.objects.exists()


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_not_both_the_last() -> None:
    district = build_district()
    limit(1)
    answers = together(*(lambda: find(district, PHONE) for _one in range(2)))
    assert sorted(type(answer).__name__ for answer in answers) == ["BadInput", "NoneType"]
    assert len(looks(district.town_officer)) == 1
