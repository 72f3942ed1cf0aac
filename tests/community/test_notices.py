from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import signing
from django.utils import translation
from wagtail.models import ModelLogEntry

from community.channels import unsubscribe_token
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Delivery, Notice, NoticePreference, User
from community.models.notices import Channel, Frequency
from community.reach import addresses, mask_email
from community.workflow import choose_channels, notify, read_notice, read_notices, send_test, unsubscribe
from community.workflow.notices import who_unsubscribes
from tests.factories import MOMENT, UserFactory
from tests.factories.notices import AT_ONCE, DAILY, reachable

pytestmark = pytest.mark.django_db
NIGHT = MOMENT.replace(hour=22)
CHOICE: dict[str, Any] = {
    "email": Frequency.NEVER, "sms": Frequency.NEVER, "quiet_from": 21, "quiet_to": 8, "digest_hour": 9,
}  # fmt: skip


@pytest.fixture
def people() -> list[User]:
    return [UserFactory(username=f"person{n}") for n in range(3)]


def test_each_is_told_once_when_the_transaction_holds(
    people: list[User], django_capture_on_commit_callbacks: Any
) -> None:
    gone = UserFactory(is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        notify([*people, people[0], gone], "办到了：%(title)s", url="/issues/1/", at=MOMENT, title="井盖")
        assert not Notice.objects.exists()
    rows = list(Notice.objects.order_by("id"))
    assert [row.recipient for row in rows] == people
    assert {(row.text, row.url, row.created_at, row.read_at) for row in rows} == {
        ("办到了：井盖", "/issues/1/", MOMENT, None)
    }
    assert str(rows[0]) == "办到了：井盖"
    assert not Delivery.objects.exists()


def test_nobody_to_tell_is_fine(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notify([], "没有人", url="/", at=MOMENT)
    assert not Notice.objects.exists()


def test_reading_marks_ones_own_and_keeps_the_first_time(people: list[User]) -> None:
    for person in people[:2]:
        Notice.objects.create(recipient=person, message="一句话", url="/", created_at=MOMENT)
    read_notices(by=people[0], at=MOMENT + timedelta(hours=1))
    read_notices(by=people[0], at=MOMENT + timedelta(hours=2))
    assert list(people[0].notices.values_list("read_at", flat=True)) == [MOMENT + timedelta(hours=1)]
    assert list(people[1].notices.unread()) == list(people[1].notices.all())


def test_reading_one_leaves_the_others(people: list[User]) -> None:
    first, second = (Notice.objects.create(recipient=people[0], message=m, url="/", created_at=MOMENT) for m in "一二")
    for hours in (1, 2):
        read_notice(first, by=people[0], at=MOMENT + timedelta(hours=hours))
    with pytest.raises(NotAllowed, match="这条通知不是给您的。"):
        read_notice(second, by=people[1], at=MOMENT)
    assert Notice.objects.get(pk=first.pk).read_at == MOMENT + timedelta(hours=1)
    assert list(people[0].notices.unread()) == [second]


def test_values_are_never_read_as_placeholders(people: list[User]) -> None:
    notice = Notice(
        recipient=people[0], message="%(title)s", params={"title": "涨了 50%(s)"}, url="/", created_at=MOMENT
    )
    assert notice.text == "涨了 50%(s)"
    with translation.override("en"):
        assert notice.text == "涨了 50%(s)"


# --- What leaves the site ----------------------------------------------------------------------
def told(callbacks: Any, *people: User, at: datetime = MOMENT, urgent: bool = False) -> list[tuple[Any, ...]]:
    """Tell people; return (recipient, channel, is_digest, send_at) of each delivery."""
    with callbacks(execute=True):
        notify(people, "办到了", url="/issues/1/", at=at, urgent=urgent)
    rows = Delivery.objects.order_by("recipient", "channel")
    return list(rows.values_list("recipient", "channel", "is_digest", "send_at"))


def test_one_delivery_for_each_channel_that_was_chosen(django_capture_on_commit_callbacks: Any) -> None:
    both = reachable("a@example.invalid", "13800000001", email=DAILY, sms=AT_ONCE)
    mail = reachable("b@example.invalid", "13800000002", email=AT_ONCE)
    none = reachable("c@example.invalid", "13800000003")
    rows = told(django_capture_on_commit_callbacks, both, mail, none, UserFactory())
    tomorrow = MOMENT + timedelta(days=1)
    assert rows == [
        (both.pk, "email", True, tomorrow),
        (both.pk, "sms", False, MOMENT),
        (mail.pk, "email", False, MOMENT),
    ]
    assert Notice.objects.count() == 4


def test_quiet_hours_put_off_and_urgent_does_not_wait(django_capture_on_commit_callbacks: Any) -> None:
    person = reachable("a@example.invalid", "13800000001", email=AT_ONCE, sms=DAILY)
    morning = NIGHT.replace(day=7, hour=8)
    assert told(django_capture_on_commit_callbacks, person, at=NIGHT) == [
        (person.pk, "email", False, morning),
        (person.pk, "sms", True, morning.replace(hour=9)),
    ]
    Delivery.objects.all().delete()
    assert told(django_capture_on_commit_callbacks, person, at=NIGHT, urgent=True) == [
        (person.pk, "email", False, NIGHT),
        (person.pk, "sms", False, NIGHT),
    ]
    assert Notice.objects.filter(is_urgent=True).count() == 1


def test_only_verified_addresses_are_used_and_paused_channels_are_not(django_capture_on_commit_callbacks: Any) -> None:
    unverified = reachable(email=AT_ONCE, sms=AT_ONCE)
    EmailAddress.objects.create(user=unverified, email="x@example.invalid", verified=False, primary=True)
    unverified.set_phone("13800000009", verified=False)
    unverified.save()
    paused = reachable("p@example.invalid", "13800000008", email=AT_ONCE, sms=AT_ONCE, email_paused_at=MOMENT)
    assert told(django_capture_on_commit_callbacks, unverified, paused) == [(paused.pk, "sms", False, MOMENT)]


def test_a_shared_phone_is_used(django_capture_on_commit_callbacks: Any) -> None:
    owner = reachable(phone="13800000001")
    child = reachable(sms=AT_ONCE)
    child.shares_phone_of = owner
    child.save()
    assert addresses(Channel.SMS, [child]) == {child.pk: "13800000001"}
    assert told(django_capture_on_commit_callbacks, child) == [(child.pk, "sms", False, MOMENT)]


def test_notices_stand_only_with_their_deliveries(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = reachable("a@example.invalid", email=AT_ONCE)
    monkeypatch.setattr("community.workflow.notices.delivery_of", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError), django_capture_on_commit_callbacks(execute=True):
        notify([person], "办到了", url="/", at=MOMENT)
    assert not Notice.objects.exists()


def test_telling_many_costs_as_many_queries_as_telling_one(
    django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    people = [reachable(f"a{n}@example.invalid", f"1380000000{n}", email=AT_ONCE, sms=DAILY) for n in range(5)]
    for few in (people[:1], people):
        # A savepoint and its release, the notices, how people want it, their e-mails, the deliveries.
        with django_assert_num_queries(6), django_capture_on_commit_callbacks(execute=True):
            notify(few, "办到了", url="/", at=MOMENT)


# --- Choosing ----------------------------------------------------------------------------------
def test_choosing_writes_what_was_chosen_and_reopens_what_was_paused() -> None:
    person = reachable("a@example.invalid", email=AT_ONCE, email_refusals=3, email_paused_at=MOMENT)
    choose_channels(by=person, at=MOMENT, **{**CHOICE, "email": DAILY, "digest_hour": 18, "language": "en"})
    row = NoticePreference.objects.get(user=person)
    assert (row.email, row.sms, row.digest_hour, row.language) == ("daily", "never", 18, "en")
    assert (row.email_refusals, row.email_paused_at) == (0, None)
    line = ModelLogEntry.objects.get(action="notice.choose")
    assert (line.user, line.timestamp, line.data) == (person, MOMENT, {"email": "daily", "sms": "never"})


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"email": "weekly"}, "email", "请选什么时候发。"),
        ({"sms": AT_ONCE}, "sms", "先验证手机号，才能发短信。"),
        ({"quiet_from": 24}, "quiet_from", "请选 0 点到 23 点之间的整点。"),
        ({"quiet_to": -1}, "quiet_to", "请选 0 点到 23 点之间的整点。"),
        (
            {"email": DAILY, "digest_hour": 23},
            "digest_hour",
            "汇总的时间在免打扰的时段里。请换一个时间，或者改免打扰的时段。",
        ),
        ({"language": "fr"}, "language", "请从列出的语言里选一种。"),
    ],
)
def test_what_can_not_be_chosen(change: dict[str, Any], field: str, sentence: str) -> None:
    person = reachable("a@example.invalid", email=AT_ONCE)
    with pytest.raises(BadInput) as refused:
        choose_channels(by=person, at=MOMENT, **{**CHOICE, **change})
    assert (refused.value.field, str(refused.value)) == (field, sentence)
    assert NoticePreference.objects.get(user=person).email == AT_ONCE


def test_an_email_has_to_be_verified_first() -> None:
    person = UserFactory()
    with pytest.raises(BadInput, match="先验证邮箱，才能发到邮箱。"):
        choose_channels(by=person, at=MOMENT, **{**CHOICE, "email": AT_ONCE})


def test_without_a_provider_there_is_no_sms(settings: Any) -> None:
    settings.SMS_BACKEND = "community.senders.NoSender"
    person = reachable(phone="13800000001")
    with pytest.raises(BadInput, match="这个网站还没有开通短信，请选“不发”。"):
        choose_channels(by=person, at=MOMENT, **{**CHOICE, "sms": AT_ONCE})


def test_a_digest_hour_in_quiet_hours_is_fine_where_there_is_no_digest() -> None:
    person = reachable("a@example.invalid")
    assert choose_channels(by=person, at=MOMENT, **{**CHOICE, "email": AT_ONCE, "digest_hour": 23}).digest_hour == 23


def test_masked_email() -> None:
    assert mask_email("zhangsan@example.invalid") == "z***@example.invalid"
    assert mask_email("") == ""


# --- Trying and leaving ------------------------------------------------------------------------
def test_a_test_message_goes_at_once_and_five_times_a_day() -> None:
    person = reachable("a@example.invalid", email=DAILY)
    delivery = send_test(by=person, at=NIGHT, channel="email")
    assert (delivery.send_at, delivery.is_digest, delivery.notice.is_urgent) == (NIGHT, False, True)
    for _ in range(4):
        send_test(by=person, at=NIGHT, channel="email")
    with pytest.raises(WrongState, match="一天最多试发 5 次，今天用完了。请明天再试。"):
        send_test(by=person, at=NIGHT, channel="email")
    send_test(by=person, at=NIGHT + timedelta(hours=2), channel="email")
    assert Delivery.objects.count() == Notice.objects.count() == 6


@pytest.mark.parametrize(("channel", "refusal"), [("sms", WrongState), ("email", WrongState), ("pigeon", BadInput)])
def test_a_test_needs_an_open_channel(channel: str, refusal: type[Exception]) -> None:
    person = reachable("a@example.invalid", "13800000001")
    with pytest.raises(refusal):
        send_test(by=person, at=MOMENT, channel=channel)
    assert not Delivery.objects.exists()


def test_unsubscribing_ends_emails_alone_and_twice_is_fine() -> None:
    person = reachable("a@example.invalid", "13800000001", email=AT_ONCE, sms=DAILY)
    for _ in range(2):
        unsubscribe(who_unsubscribes(unsubscribe_token(person), MOMENT), by=person, at=MOMENT)
    row = NoticePreference.objects.get(user=person)
    assert (row.email, row.sms) == ("never", "daily")
    assert ModelLogEntry.objects.filter(action="notice.unsubscribe").count() == 1
    with pytest.raises(NotAllowed):
        unsubscribe(person, by=UserFactory(), at=MOMENT)


def test_a_forged_token_is_refused() -> None:
    person = reachable("a@example.invalid", email=AT_ONCE)
    good = unsubscribe_token(person)
    forged = [good[:-1] + ("A" if good[-1] != "A" else "B"), "x", signing.dumps(person.pk), f"{person.pk}:a:b"]
    for token in forged:
        with pytest.raises(BadInput, match="这个链接不对，可能没有复制完整。"):
            who_unsubscribes(token, MOMENT)


def test_an_old_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token = unsubscribe_token(reachable("a@example.invalid", email=AT_ONCE))
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 400 * 86_400 + 60)
    with pytest.raises(BadInput, match="这个链接太旧，已经不管用了。"):
        who_unsubscribes(token, MOMENT)


def test_who_has_left_needs_no_unsubscribing() -> None:
    person = reachable("a@example.invalid", email=AT_ONCE)
    User.objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(BadInput, match="这个账号已经停用，不会再收到邮件。"):
        who_unsubscribes(unsubscribe_token(person), MOMENT)
