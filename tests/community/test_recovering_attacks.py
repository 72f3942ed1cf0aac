"""What a thief with the old phone, or staff with a bad mind, tries on a recovery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.errors import NotAllowed, WrongState
from community.models import Appointment, Notice, OutboxMessage, Recovery, Resident, User
from community.roles import Role
from community.workflow.accounts import change_phone, set_new_password
from community.workflow.appointing import appoint
from community.workflow.recovering import confirm_recovery, prove_phone, refuse_recovery, send_recovery_code
from community.workflow.slips import enter_slip, print_slip
from tests.attacks.addresses import signed_in
from tests.community.recovered import LATER, NEW, OLD, SOON, ask, somebody, waited
from tests.community.signing_in import HERE, PASSWORD, enter, last_code, who
from tests.confirming import confirm
from tests.factories import MOMENT, AppointmentFactory, District, UserFactory

pytestmark = pytest.mark.django_db
MINE, THEIRS = "rightful-person-77", "thief-of-phones-99"


@pytest.fixture
def person(district: District) -> Resident:
    return somebody(district)


def confirmed(district: District, person: Resident, **fields: Any) -> Recovery:
    asked = ask(person, district.worker, **fields)
    return confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen")


def told(user: User) -> list[str]:
    return [one.text for one in Notice.objects.filter(recipient=user).order_by("pk")]


# --- What a session has proved -----------------------------------------------------------------
def thief_at(path: str, leads_to: str) -> Client:
    """Return a browser that has typed the code of the old number."""
    thief = Client(REMOTE_ADDR=HERE)
    assert enter(thief, OLD, path=path).headers["Location"] == reverse(leads_to)
    return thief


def new_password(browser: Client, password: str) -> Any:
    return browser.post(reverse("new_password"), {"password1": password, "password2": password})


@pytest.mark.parametrize("way", ["recovered", "moved"])
def test_a_proof_of_the_old_number_is_no_good_after_it(district: District, person: Resident, way: str) -> None:
    thief = thief_at("/accounts/password/reset/phone/", "new_password")
    assert thief.get(reverse("new_password")).status_code == 200
    if way == "recovered":
        confirmed(district, person)
    else:
        change_phone(by=district.resident, phone=NEW, at=MOMENT)
    before = User.objects.get(pk=person.user_id).password
    assert new_password(thief, THEIRS).headers["Location"] == reverse("reset_by_phone")
    assert (who(thief), User.objects.get(pk=person.user_id).password) == (None, before)


@pytest.mark.parametrize("way", ["recovered", "moved"])
def test_nor_who_of_a_family_it_is(district: District, person: Resident, way: str) -> None:
    sharer = UserFactory(shares_phone_of=person.user, password=PASSWORD)
    thief = thief_at("/accounts/login/phone/", "phone_who")
    if way == "recovered":
        confirmed(district, person)
    else:
        change_phone(by=district.resident, phone=NEW, at=MOMENT)
    for form in ({"who": person.user_id}, {"who": sharer.pk, "password": PASSWORD}):
        assert thief.post(reverse("phone_who"), form).headers["Location"] == reverse("account_login")
    assert who(thief) is None


def test_a_slip_of_before_another_password_sets_none(district: District, person: Resident) -> None:
    asked = confirmed(district, person)
    _asked, code = print_slip(asked, by=district.worker, at=timezone.now().replace(year=2023, month=11, day=6))
    Recovery.objects.update(slip_expires_at=timezone.now() + timedelta(days=1))
    browser = Client()
    assert browser.post("/accounts/slip/", {"code": code}).headers["Location"] == reverse("new_password")
    own = User.objects.get(pk=person.user_id)
    set_new_password(own, by=own, at=MOMENT, password=MINE)
    assert new_password(browser, THEIRS).headers["Location"] == reverse("reset_by_phone")
    assert User.objects.get(pk=person.user_id).check_password(MINE)


def test_a_proof_is_asked_again_under_the_lock(district: District, person: Resident) -> None:
    stale = User.objects.get(pk=person.user_id)
    confirmed(district, person)
    with pytest.raises(WrongState, match="这个账号刚刚有了改动"):
        set_new_password(stale, by=stale, at=LATER, password=THEIRS)
    assert not User.objects.get(pk=person.user_id).has_usable_password()


# --- Mailboxes -------------------------------------------------------------------------------
def test_no_mailbox_of_before_opens_the_account(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    User.objects.filter(pk=person.user_id).update(email="old@example.invalid")
    EmailAddress.objects.create(user=district.resident, email="thief@example.invalid", verified=True)
    EmailAddress.objects.create(user=district.resident, email="unproved@example.invalid", verified=False)
    asked = ask(person, district.worker)
    with django_capture_on_commit_callbacks(execute=True):
        confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen")
    assert [(one.to, "办好了" in one.body) for one in mail.outbox] == [
        (["old@example.invalid"], True), (["thief@example.invalid"], True)
    ]  # fmt: skip
    assert not EmailAddress.objects.filter(user=person.user_id).exists()
    assert User.objects.get(pk=person.user_id).email == ""
    mail.outbox.clear()
    for address in ("old", "thief", "unproved"):
        Client().post(reverse("account_reset_password"), {"email": f"{address}@example.invalid"})
    assert [one for one in mail.outbox if "/reset/key/" in str(one.body)] == []


def test_who_shares_a_phone_hears_of_it_there(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    own, holder = district.resident, district.neighbour
    holder.set_phone(NEW, verified=True)
    holder.save()
    own.set_phone("")
    own.shares_phone_of = holder
    own.save()
    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(person, district.worker)
    with django_capture_on_commit_callbacks(execute=True):
        confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen")
    assert [(one.phone, "办好了" in one.text) for one in OutboxMessage.objects.order_by("pk")] == [
        (NEW, False), (NEW, True)
    ]  # fmt: skip


# --- Two who are one ---------------------------------------------------------------------------
def test_whoever_gave_the_role_does_not_confirm(district: District, person: Resident) -> None:
    helper = AppointmentFactory(
        user=UserFactory(), role=Role.COMMUNITY_WORKER, area=district.community, appointed_by=district.town_officer
    ).user
    asked = ask(person, helper)
    with pytest.raises(NotAllowed, match="一位的任职是另一位给的"):
        confirm_recovery(asked, by=district.town_officer, at=LATER, made_sure="seen")
    page = confirm(signed_in(district.town_officer)).get(reverse("recovery", args=[asked.pk]))
    assert ("一位的任职是另一位给的" in page.content.decode(), 'id="confirm"' in page.content.decode()) == (True, False)
    assert confirm_recovery(asked, by=district.worker2, at=LATER, made_sure="seen").state == "done"


def test_nor_whoever_stands_in_for_the_first(district: District, person: Resident) -> None:
    own = Appointment.objects.get(user=district.worker)
    helper = AppointmentFactory(
        user=UserFactory(), role=Role.COMMUNITY_WORKER, area=district.community, appointed_by=district.administrator,
        delegated_from=own, ends_on=date(2099, 1, 1),
    ).user  # fmt: skip
    with pytest.raises(NotAllowed, match="一位的任职是另一位给的"):
        confirm_recovery(ask(person, district.worker), by=helper, at=LATER, made_sure="seen")


def test_whoever_came_just_now_neither_asks_nor_confirms(district: District, person: Resident) -> None:
    helper, now = UserFactory(), timezone.now()
    appoint(
        user=helper, role=Role.COMMUNITY_WORKER, place=district.community, starts_on=timezone.localdate(now),
        ends_on=None, by=district.town_officer, at=now,
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="任职满 7 天"):
        ask(person, helper, now)
    asked = ask(person, district.worker, now)
    with pytest.raises(NotAllowed, match="任职满 7 天"):
        confirm_recovery(asked, by=helper, at=now, made_sure="seen")
    assert refuse_recovery(asked, by=helper, at=now, reason="不认识").state == "refused"
    Appointment.objects.filter(user=helper).update(starts_on=F("starts_on") - timedelta(days=7))
    asked = ask(person, district.worker, now)
    assert confirm_recovery(asked, by=helper, at=now, made_sure="seen").state == "done"


# --- Time to object ----------------------------------------------------------------------------
@pytest.mark.parametrize("used", ["session", "lately"])
def test_an_account_in_use_has_hours_to_object(district: District, person: Resident, used: str) -> None:
    user = district.resident
    if used == "session":
        UserSession.objects.create(user=user, session_key="s" * 32, ip="8.8.8.0", user_agent="x")
    else:
        User.objects.filter(pk=user.pk).update(last_login=MOMENT - timedelta(days=29))
    asked = ask(Resident.objects.get(pk=person.pk), district.worker)
    for at in (MOMENT, MOMENT + timedelta(minutes=119)):
        with pytest.raises(WrongState, match=r"要给本人留时间停下。11月6日 11:00 以后才能确认"):
            confirm_recovery(asked, by=district.worker2, at=at, made_sure="seen")
    at = MOMENT + timedelta(hours=2)
    assert confirm_recovery(asked, by=district.worker2, at=at, made_sure="seen").state == "done"


def test_one_that_nobody_uses_waits_for_nothing(district: District, person: Resident) -> None:
    User.objects.filter(pk=person.user_id).update(last_login=MOMENT - timedelta(days=31))
    asked = ask(Resident.objects.get(pk=person.pk), district.worker)
    assert confirm_recovery(asked, by=district.worker2, at=MOMENT, made_sure="seen").state == "done"


def test_the_wait_is_on_the_page(district: District, person: Resident) -> None:
    signed_in(district.resident)
    asked = ask(Resident.objects.get(pk=person.pk), district.worker, timezone.now())
    own = reverse("recovery", args=[asked.pk])
    second, first = confirm(signed_in(district.worker2)), confirm(signed_in(district.worker))
    for page in (second.get(own), first.get(own)):
        assert page.content.decode().count("要给本人留时间停下") == 1
    answer = second.post(f"{own}confirm/", {"made_sure": "seen"})
    assert (answer.status_code, "要给本人留时间停下" in answer.content.decode()) == (409, True)
    waited(asked)
    assert 'id="confirm"' in second.get(own).content.decode()
    assert second.post(f"{own}confirm/", {"made_sure": "seen"}).status_code == 302


# --- Slips -------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["password", "sign in"])
def test_who_is_back_needs_no_slip(district: District, person: Resident, way: str) -> None:
    asked = confirmed(district, person)
    asked, code = print_slip(asked, by=district.worker, at=LATER)
    own = User.objects.get(pk=person.user_id)
    if way == "password":
        set_new_password(own, by=own, at=LATER, password=MINE)
    else:
        signed_in(own)
    with pytest.raises(WrongState, match="用过了"):
        enter_slip(code=code, at=LATER + SOON)
    with pytest.raises(WrongState, match="已经用过"):
        print_slip(asked, by=district.worker, at=LATER + SOON)


def test_a_second_slip_is_told(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked, again = confirmed(district, person), "登录条又打印了一张"
    with django_capture_on_commit_callbacks(execute=True):
        print_slip(asked, by=district.worker, at=LATER)
    people = (district.resident, district.worker2)
    assert [sum(again in text for text in told(one)) for one in people] == [0, 0]
    with django_capture_on_commit_callbacks(execute=True):
        print_slip(asked, by=district.worker, at=LATER)
    assert [sum(again in text for text in told(one)) for one in people] == [1, 1]


def test_a_slip_opens_no_account_that_got_powers_since(district: District, person: Resident) -> None:
    asked, code = print_slip(confirmed(district, person), by=district.worker, at=LATER)
    AppointmentFactory(user=person.user, role=Role.STEWARD, area=district.community)
    with pytest.raises(WrongState, match="担任着工作职务"):
        enter_slip(code=code, at=LATER + SOON)
    assert Recovery.objects.get(pk=asked.pk).slip_used_at is None


# --- Past its term -----------------------------------------------------------------------------
def test_past_its_term_nothing_goes_on(district: District, person: Resident) -> None:
    late = MOMENT + timedelta(days=4)
    asked = ask(person, district.worker, way="phone", phone=NEW)
    send_recovery_code(asked, by=district.worker, at=MOMENT, address=HERE)
    for step in (
        lambda: send_recovery_code(asked, by=district.worker, at=late, address=HERE),
        lambda: prove_phone(asked, by=district.worker, at=late, code=last_code(NEW), address=HERE),
    ):
        with pytest.raises(WrongState, match="过了期限"):
            step()
    refuse_recovery(asked, by=district.worker2, at=late, reason="过期")
    asked = ask(person, district.worker)
    with pytest.raises(WrongState, match="过了期限"):
        confirm_recovery(asked, by=district.worker2, at=late, made_sure="seen")
    assert User.objects.get(pk=person.user_id).check_password(PASSWORD)
