"""Getting somebody back to their account: two workers, the verified number, every old way shut and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import IntegrityError, transaction
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Notice, OutboxMessage, Recovery, Resident, Reveal, User
from community.models.people import Verification
from community.models.recovering import RecoveryState
from community.queries import open_clocks_of
from community.workflow.accounts import change_phone
from community.workflow.clocks import sweep
from community.workflow.erasing import erase_person
from community.workflow.recovering import (
    confirm_recovery,
    prove_phone,
    refuse_recovery,
    send_recovery_code,
    stop_recovery,
    withdraw_recovery,
)
from community.workflow.slips import enter_slip, print_slip
from portal.desk import desk_items
from tests.attacks.addresses import signed_in
from tests.community.recovered import LATER, NEW, OLD, SOON, ask, proved, somebody
from tests.community.signing_in import HERE, PASSWORD, last_code, wrong
from tests.factories import MOMENT, AppointmentFactory, District
from tests.factories.verifying import id_number_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(district: District) -> Resident:
    return somebody(district)


def told(user: User) -> list[str]:
    return [one.text for one in Notice.objects.filter(recipient=user).order_by("pk")]


# --- Asking ------------------------------------------------------------------------------------
def test_ask_for_a_slip(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    for address, verified in (("second@example.invalid", True), ("unproved@example.invalid", False)):
        EmailAddress.objects.create(user=district.resident, email=address, verified=verified)
    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(person, district.worker, drops_factors=True)
    asked = Recovery.objects.get(pk=asked.pk)
    assert (asked.state, asked.way, asked.drops_factors, asked.phone) == ("open", "slip", True, "")
    assert (asked.ready_at, asked.asked_by, asked.area) == (MOMENT, district.worker, district.compound)
    assert asked.number.startswith("HF-2023-")
    look = Reveal.objects.get()
    assert (look.resident, look.field, look.reason, look.by) == (person, "id_number", "recovering", district.worker)
    assert [line.action for line in ModelLogEntry.objects.for_instance(asked)] == ["recovery.ask"]
    assert told(district.worker2) == ["同事在帮一位居民重新登录，请您核对后确认"]
    assert told(district.town_officer) == told(district.worker2)
    assert told(district.worker) == told(district.neighbour_worker) == []
    assert told(person.user) == ["有人拿您的身份证在社区申请重新登录您的账号。不是您本人，请点进去停下"]
    assert [(one.phone, "有人拿您的身份证" in one.text) for one in OutboxMessage.objects.all()] == [(OLD, True)]
    assert [one.to for one in mail.outbox] == [["old@example.invalid"], ["second@example.invalid"]]
    # Nothing has changed yet.
    assert User.objects.get(pk=person.user_id).check_password(PASSWORD)
    (row,) = desk_items(open_clocks_of(district.worker2), district.worker2, MOMENT, lane="", most=9)
    assert (row.title, row.text, row.action) == ("帮张*重新登录", "同事经办的，等您核对、确认", "去核对")


@pytest.mark.parametrize(
    "role", ["neighbour_worker", "other_worker", "town_officer", "resident", "neighbour", "auditor", "superuser"]
)
def test_who_asks(district: District, person: Resident, role: str) -> None:
    with pytest.raises(NotAllowed):
        ask(person, getattr(district, role))
    assert not Reveal.objects.exists()


def test_a_wrong_number_is_counted_and_written_down(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(BadInput):
        ask(person, district.worker, id_number=id_number_of(order=105))
    assert told(district.resident) == ["有人到社区说是您、要重新登录，身份证号没有对上。谁经办的，在这里看"]
    for typed in (id_number_of(order=102), id_number_of(order=103)):
        with pytest.raises(BadInput, match="身份证号和核验过的不一样") as refused:
            ask(person, district.worker, id_number=typed)
        assert refused.value.field == "id_number"
    assert Reveal.objects.filter(resident=person, reason="recovering").count() == 3
    assert not Recovery.objects.exists()
    for _try in range(7):
        with pytest.raises(BadInput):
            ask(person, district.worker, id_number=id_number_of(order=104))
    with pytest.raises(NotAllowed, match="今天帮人重新登录已经到 10 次"):
        ask(person, district.worker)
    assert ask(person, district.worker2).state == "open"
    assert ask(district.neighbour.resident, district.worker, MOMENT + timedelta(days=1),
               id_number=district.neighbour.resident.id_number)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"way": "mail"}, "请选怎样重新登录"),
        ({"present": False}, "要本人拿着身份证"),
        ({"way": "phone"}, "请写新的手机号"),
        ({"way": "phone", "phone": "12345678"}, "请写新的手机号"),
        ({"id_number": "123"}, "身份证号是 18 位"),
    ],
)
def test_what_is_refused_before_anything_is_looked_at(
    district: District, person: Resident, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        ask(person, district.worker, **fields)
    assert not Reveal.objects.exists()


def test_a_number_of_another_account_is_told_only_after_the_id_number(district: District, person: Resident) -> None:
    district.newcomer.set_phone(NEW, verified=True)
    district.newcomer.save()
    with pytest.raises(BadInput, match="身份证号和核验过的不一样"):
        ask(person, district.worker, way="phone", phone=NEW, id_number=id_number_of(order=102))
    with pytest.raises(BadInput, match="这个号码开过另一个账号"):
        ask(person, district.worker, way="phone", phone=NEW)
    # So is its own: nobody finds out a person's number by trying, without the card and without a line in their log.
    own = {"way": "phone", "phone": "138 0013 8000"}
    with pytest.raises(BadInput, match="身份证号和核验过的不一样"):
        ask(person, district.worker, **own, id_number=id_number_of(order=102))
    with pytest.raises(BadInput, match="这就是账号现在的手机号") as refused:
        ask(person, district.worker, **own)
    assert refused.value.field == "phone"
    assert Reveal.objects.filter(reason="recovering").count() == 4


def test_which_accounts_are_not_come_back_to(district: District, person: Resident) -> None:
    user = person.user
    assert user is not None
    unproved = district.newcomer.resident
    with pytest.raises(WrongState, match="没有核验过"):
        ask(unproved, district.worker)
    AppointmentFactory(user=user, role="steward", area=district.community)
    with pytest.raises(WrongState, match="担任着工作职务"):
        ask(person, district.worker)
    user.appointments.all().delete()
    for column in ("is_staff", "is_superuser"):
        User.objects.filter(pk=user.pk).update(**{column: True})
        with pytest.raises(WrongState, match="担任着工作职务"):
            ask(person, district.worker)
        User.objects.filter(pk=user.pk).update(**{column: False})
    user.groups.add(Group.objects.create(name="editors-here"))
    with pytest.raises(WrongState, match="担任着工作职务"):
        ask(person, district.worker)
    user.groups.clear()
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    with pytest.raises(WrongState, match="担任着工作职务"):
        ask(person, district.worker)
    user.user_permissions.clear()
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(WrongState, match="停用"):
        ask(person, district.worker)


def test_who_was_verified_once_is_helped_too(district: District, person: Resident) -> None:
    person.verification, person.verified_until = Verification.EXPIRED, None
    person.save()
    assert ask(person, district.worker).state == "open"


def test_one_at_a_time(district: District, person: Resident) -> None:
    ask(person, district.worker)
    with pytest.raises(WrongState, match="已经有一份在等确认"):
        ask(person, district.worker2)


# --- A new phone -------------------------------------------------------------------------------
def test_a_new_phone(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    user = person.user
    assert user is not None
    browser = signed_in(user)
    UserSession.objects.create(user=user, session_key=browser.session.session_key, ip="8.8.8.0", user_agent="x")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    asked = proved(person, district.worker)
    assert (asked.ready_at, asked.phone) == (MOMENT + SOON, NEW)
    mail.outbox.clear()
    OutboxMessage.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        confirm_recovery(asked, by=district.town_officer, at=LATER + timedelta(hours=2), made_sure="called")
    asked, user = Recovery.objects.get(pk=asked.pk), User.objects.get(pk=user.pk)
    assert (asked.state, asked.phone, asked.decided_by, asked.made_sure) == (
        "done", "", district.town_officer, "called"
    )  # fmt: skip
    assert (user.phone, user.phone_verified, user.has_usable_password()) == (NEW, True, False)
    assert Resident.objects.get(pk=person.pk).phone == NEW
    assert browser.get("/accounts/phone/").status_code == 302
    assert not UserSession.objects.exists()
    # The second step stays where nobody said otherwise.
    assert Authenticator.objects.filter(user=user).count() == 1
    assert not Clock.objects.of(asked).open().exists()
    assert [(one.phone, "办好了" in one.text) for one in OutboxMessage.objects.all()] == [(OLD, True)]
    assert [one.to for one in mail.outbox] == [["old@example.invalid"]]
    assert not [one for one in (*OutboxMessage.objects.all(), *mail.outbox) if NEW in str(vars(one))]
    assert told(user)[-1].startswith("社区帮您重新登录办好了")
    assert told(district.worker)[-1] == "您经办的重新登录，同事确认了"
    lines = [line.action for line in ModelLogEntry.objects.for_instance(user).order_by("pk")]
    assert lines == ["account.recover"]


def test_without_the_code_nothing_is_confirmed(district: District, person: Resident) -> None:
    asked = ask(person, district.worker, way="phone", phone=NEW)
    with pytest.raises(WrongState, match="还没有给这个号码发过"):
        prove_phone(asked, by=district.worker, at=MOMENT, code="123456", address=HERE)
    send_recovery_code(asked, by=district.worker, at=MOMENT, address=HERE)
    with pytest.raises(BadInput, match="验证码不对"):
        prove_phone(asked, by=district.worker, at=MOMENT, code=wrong(last_code(NEW)), address=HERE)
    with pytest.raises(WrongState, match="还没有填新手机收到的验证码"):
        confirm_recovery(asked, by=district.worker2, at=MOMENT, made_sure="seen")
    for by in (district.worker2, district.resident):
        with pytest.raises(NotAllowed, match="由经办的"):
            prove_phone(asked, by=by, at=MOMENT, code=last_code(NEW), address=HERE)
    assert User.objects.get(pk=person.user_id).phone == OLD


def test_a_number_that_somebody_took_meanwhile(district: District, person: Resident) -> None:
    asked = proved(person, district.worker)
    change_phone(by=district.newcomer, phone=NEW, at=MOMENT)
    with pytest.raises(WrongState, match="这个号码开过另一个账号"):
        confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen")
    assert User.objects.get(pk=person.user_id).check_password(PASSWORD)


def test_second_steps_go_where_that_was_said(district: District, person: Resident) -> None:
    Authenticator.objects.create(user=person.user, type=Authenticator.Type.WEBAUTHN, data={})
    confirm_recovery(ask(person, district.worker, drops_factors=True), by=district.worker2, at=LATER, made_sure="seen")
    assert not Authenticator.objects.exists()


# --- Four eyes ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "role", ["worker", "neighbour_worker", "other_town_officer", "resident", "neighbour", "auditor"]
)
def test_who_does_not_confirm(district: District, person: Resident, role: str) -> None:
    asked = ask(person, district.worker)
    for verb, how in ((confirm_recovery, {"made_sure": "seen"}), (refuse_recovery, {"reason": "不认识"})):
        with pytest.raises(NotAllowed):
            verb(asked, by=getattr(district, role), at=LATER, **how)
    assert Recovery.objects.get().state == RecoveryState.OPEN


def test_the_database_knows_no_recovery_by_one(district: District, person: Resident) -> None:
    asked = ask(person, district.worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recovery.objects.filter(pk=asked.pk).update(state="done", decided_at=LATER, decided_by=district.worker)


def test_whoever_confirms_says_how(district: District, person: Resident) -> None:
    with pytest.raises(BadInput, match="请选您怎样确认"):
        confirm_recovery(ask(person, district.worker), by=district.worker2, at=LATER, made_sure="")


def test_refused_with_a_reason(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked = proved(person, district.worker)
    with pytest.raises(BadInput, match="请写一句为什么不同意"):
        refuse_recovery(asked, by=district.worker2, at=LATER, reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        refuse_recovery(asked, by=district.worker2, at=LATER, reason="照片不像")
    asked = Recovery.objects.get()
    assert (asked.state, asked.phone, asked.reason) == ("refused", "", "照片不像")
    assert told(district.worker) == ["您经办的重新登录没有办成，原因在这里看"]
    assert User.objects.get(pk=person.user_id).phone == OLD
    with pytest.raises(WrongState, match="没有同意"):
        confirm_recovery(asked, by=district.town_officer, at=LATER, made_sure="seen")


def test_withdrawn_by_whoever_asked(district: District, person: Resident) -> None:
    asked = ask(person, district.worker)
    with pytest.raises(NotAllowed):
        withdraw_recovery(asked, by=district.worker2, at=LATER)
    assert withdraw_recovery(asked, by=district.worker, at=LATER).state == "withdrawn"
    assert ask(person, district.worker2).state == "open"


def test_stopped_by_the_person(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked = ask(person, district.worker)
    with pytest.raises(NotAllowed):
        stop_recovery(asked, by=district.neighbour, at=LATER)
    with django_capture_on_commit_callbacks(execute=True):
        stop_recovery(asked, by=district.resident, at=LATER)
    assert Recovery.objects.get().state == "stopped"
    assert told(district.town_officer) == ["本人停下了一次重新登录，说不是自己来办的。请马上查清"]


def test_it_lapses(district: District, person: Resident) -> None:
    asked = proved(person, district.worker)
    assert sweep(at=MOMENT + timedelta(days=2)) == 0
    assert sweep(at=MOMENT + timedelta(days=4)) == 1
    asked = Recovery.objects.get()
    assert (asked.state, asked.phone, asked.decided_by) == ("lapsed", "", User.objects.clock())
    with pytest.raises(WrongState):
        confirm_recovery(asked, by=district.worker2, at=MOMENT + timedelta(days=4), made_sure="seen")


def test_who_leaves_leaves_nothing_open(district: District, person: Resident) -> None:
    proved(person, district.worker)
    erase_person(district.resident, by=district.resident, at=LATER)
    asked = Recovery.objects.get()
    assert (asked.state, asked.phone) == ("stopped", "")


# --- The slip ----------------------------------------------------------------------------------
def confirmed(district: District, person: Resident) -> Recovery:
    return confirm_recovery(ask(person, district.worker), by=district.worker2, at=LATER, made_sure="seen")


def test_a_slip(district: District, person: Resident) -> None:
    district.neighbour.shares_phone_of = district.resident
    district.neighbour.save()
    asked = confirmed(district, person)
    user = User.objects.get(pk=person.user_id)
    # Whoever has the old number now does not get in by it.
    assert (user.phone, user.has_usable_password()) == (None, False)
    assert User.objects.get(pk=district.neighbour.pk).shares_phone_of is None
    for by in (district.worker2, district.town_officer):
        with pytest.raises(NotAllowed):
            print_slip(asked, by=by, at=LATER)
    _first, void = print_slip(asked, by=district.worker, at=LATER)
    asked, code = print_slip(asked, by=district.worker, at=LATER)
    assert (len(code), code.isdigit()) == (16, True)
    assert code not in str(list(Recovery.objects.values()))
    for typed in (void, "", "1234", "0" * 16):
        with pytest.raises(BadInput, match="码不对"):
            enter_slip(code=typed, at=LATER)
    grouped = " ".join(code[start : start + 4] for start in range(0, 16, 4))
    with pytest.raises(WrongState, match="过期"):
        enter_slip(code=grouped, at=LATER + timedelta(days=1))
    assert enter_slip(code=grouped, at=LATER + SOON) == user
    with pytest.raises(WrongState, match="用过了"):
        enter_slip(code=grouped, at=LATER + SOON)
    with pytest.raises(WrongState, match="已经用过"):
        print_slip(asked, by=district.worker, at=LATER + SOON)


def test_no_slip_before_the_second_pair_of_eyes_nor_long_after(district: District, person: Resident) -> None:
    asked = ask(person, district.worker)
    with pytest.raises(WrongState, match="要先由另一位"):
        print_slip(asked, by=district.worker, at=MOMENT)
    confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen")
    with pytest.raises(WrongState, match="隔得太久"):
        print_slip(asked, by=district.worker, at=LATER + timedelta(days=4))
