from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from wagtail.models import ModelLogEntry

from community.errors import NotAllowed, WrongState
from community.models import Delivery, Notice, NoticePreference, NoticeTemplate, User
from community.models.notices import DeliveryState
from community.senders import SendFailed
from community.workflow import deliver_due, retry_delivery
from community.workflow.delivering import LEASE, claim_due
from tests.community.mailers import Answers, no_such_number, refused
from tests.community.threads import together
from tests.factories import MOMENT, District
from tests.factories.notices import AT_ONCE, DAILY, EMAIL, SMS, reachable, waiting

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SITE = "http://localhost:8000"
W, SENT, FAILED, DROPPED = DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED


@pytest.fixture(autouse=True)
def answers(settings: Any) -> Iterator[type[Answers]]:
    """Servers that take everything, unless a test says otherwise."""
    settings.EMAIL_BACKEND = "tests.community.mailers.MailServer"
    settings.SMS_BACKEND = "tests.community.mailers.Provider"
    settings.BASE_URL = SITE
    Answers.clear()
    yield Answers
    Answers.clear()


@pytest.fixture
def person() -> User:
    return reachable("li@example.invalid", "13800000001", email=AT_ONCE, sms=AT_ONCE)


def state(delivery: Delivery) -> tuple[Any, ...]:
    row = Delivery.objects.get(pk=delivery.pk)
    return (row.state, row.attempts, row.error)


# --- What goes ---------------------------------------------------------------------------------
def test_an_email_goes_once_as_text_and_html(person: User) -> None:
    delivery = waiting(person, EMAIL, text="<b>井盖</b>修好了")
    waiting(person, EMAIL, send_at=MOMENT + MINUTE)
    assert deliver_due(at=MOMENT) == {SENT: 1}
    assert deliver_due(at=MOMENT) == {}
    assert Delivery.objects.get(pk=delivery.pk).sent_at == MOMENT
    (one,) = mail.outbox
    assert (one.to, one.subject) == (["li@example.invalid"], "【共治】您有一条新通知")
    address = f"{SITE}/my/notices/{delivery.notice_id}/"
    assert f"您好：\n\n<b>井盖</b>修好了\n\n点开看看：{address}\n\n共治" in one.body
    ((html, kind),) = one.alternatives
    assert kind == "text/html"
    assert "<p>&lt;b&gt;井盖&lt;/b&gt;修好了</p>" in html
    assert f'<a href="{address}">{address}</a>' in html
    leave = one.extra_headers["List-Unsubscribe"].strip("<>")
    assert leave.startswith(f"{SITE}/my/notices/unsubscribe/")
    assert leave in one.body
    assert one.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_digest_is_one_message_a_person_and_channel(person: User) -> None:
    other = reachable("wang@example.invalid", email=DAILY)
    for text in ("第一件", "第二件"):
        waiting(person, EMAIL, text=text, is_digest=True)
        waiting(other, EMAIL, text=text, is_digest=True)
    waiting(person, EMAIL, text="第三件")
    waiting(person, EMAIL, text="明天的", is_digest=True, send_at=MOMENT + timedelta(days=1))
    assert deliver_due(at=MOMENT) == {SENT: 5}
    assert sorted((one.to[0], one.subject) for one in mail.outbox) == [
        ("li@example.invalid", "【共治】今天有 2 条通知"),
        ("li@example.invalid", "【共治】您有一条新通知"),
        ("wang@example.invalid", "【共治】今天有 2 条通知"),
    ]
    digest = next(one for one in mail.outbox if one.to == ["wang@example.invalid"])
    assert f"· 第一件\n· 第二件\n\n都在这里：{SITE}/my/notices/" in digest.body


def test_a_long_digest_says_how_many_more(person: User) -> None:
    for number in range(33):
        waiting(person, EMAIL, text=f"第 {number} 件", is_digest=True)
    deliver_due(at=MOMENT)
    assert "· 第 29 件\n……还有 3 条" in mail.outbox[0].body
    assert "第 30 件" not in mail.outbox[0].body


SECRET = "张三丰 13987654321 420704195501010011 滨湖小区3栋501"


@pytest.mark.parametrize("is_digest", [False, True])
def test_an_sms_holds_nothing_of_a_notice(person: User, is_digest: bool) -> None:
    for _ in range(2):
        waiting(person, SMS, text=SECRET, is_digest=is_digest)
    # Whatever an editor, or somebody with SQL, makes of the template.
    NoticeTemplate.objects.filter(kind__startswith="sms").update(body="{site}|{count}|{url}|{text}|{code}|{0}|{name}")
    assert deliver_due(at=MOMENT) == {SENT: 2}
    assert Answers.texts == [("13800000001", f"共治|2|{SITE}/my/notices/||||")]


def test_an_sms_says_how_much_and_where(person: User) -> None:
    waiting(person, SMS, text=SECRET)
    deliver_due(at=MOMENT)
    assert Answers.texts == [("13800000001", f"【共治】您有 1 件事有了新消息，请看 {SITE}/my/notices/")]


def test_messages_are_in_the_readers_language(person: User) -> None:
    NoticePreference.objects.filter(user=person).update(language="en")
    waiting(person, EMAIL)
    deliver_due(at=MOMENT)
    assert '<html lang="en">' in mail.outbox[0].alternatives[0][0]


# --- What waits, and what is dropped -----------------------------------------------------------
def test_a_late_worker_keeps_out_of_quiet_hours(person: User) -> None:
    night = MOMENT.replace(hour=22)
    ordinary, urgent = waiting(person, EMAIL), waiting(person, EMAIL, is_urgent=True)
    assert deliver_due(at=night) == {W: 1, SENT: 1}
    assert state(ordinary) == (W, 0, "")
    assert Delivery.objects.get(pk=ordinary.pk).send_at == night.replace(day=7, hour=8)
    assert state(urgent) == (SENT, 1, "")


def test_who_has_changed_their_mind_gets_nothing(person: User) -> None:
    gone = reachable("gone@example.invalid", email=AT_ONCE)
    nowhere = reachable(email=AT_ONCE)
    rows = [waiting(one, EMAIL) for one in (person, gone, nowhere)]
    NoticePreference.objects.filter(user=person).update(email="never")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert deliver_due(at=MOMENT) == {DROPPED: 3}
    assert [state(row) for row in rows] == [
        (DROPPED, 0, "not_wanted"), (DROPPED, 0, "not_wanted"), (DROPPED, 0, "no_address"),
    ]  # fmt: skip
    assert mail.outbox == []


# --- What fails --------------------------------------------------------------------------------
def test_further_tries_wait_longer_and_then_it_has_failed(person: User, answers: type[Answers]) -> None:
    NoticePreference.objects.filter(user=person).update(quiet_from=0, quiet_to=0)
    delivery = waiting(person, EMAIL)
    answers.mail += [refused(450) for _ in range(6)]
    at = MOMENT
    for attempt, minutes in enumerate((1, 5, 30, 120, 720), start=1):
        assert deliver_due(at=at) == {W: 1}
        assert state(delivery) == (W, attempt, "smtp_450")
        again = at + minutes * MINUTE
        assert Delivery.objects.get(pk=delivery.pk).send_at == again
        assert deliver_due(at=again - timedelta(seconds=1)) == {}
        at = again
    assert deliver_due(at=at) == {FAILED: 1}
    assert state(delivery) == (FAILED, 6, "smtp_450")
    assert deliver_due(at=at + timedelta(days=30)) == {}
    assert NoticePreference.objects.get(user=person).email_refusals == 0


def test_a_second_try_goes_and_has_the_same_number(person: User, answers: type[Answers]) -> None:
    delivery = waiting(person, EMAIL)
    claim = claim_due(MOMENT, retries=5)
    first = claim.messages[0].number
    assert deliver_due(at=MOMENT + LEASE) == {SENT: 1}
    assert state(delivery) == (SENT, 2, "")
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{first}@localhost>"


def test_a_try_in_quiet_hours_waits_unless_urgent(person: User, answers: type[Answers]) -> None:
    late = MOMENT.replace(hour=20, minute=59, second=30)
    ordinary, urgent = waiting(person, SMS, send_at=late), waiting(person, EMAIL, send_at=late, is_urgent=True)
    answers.mail.append(refused(450))
    answers.sms.append(SendFailed("busy"))
    assert deliver_due(at=late) == {W: 2}
    assert Delivery.objects.get(pk=ordinary.pk).send_at == MOMENT.replace(day=7, hour=8)
    assert Delivery.objects.get(pk=urgent.pk).send_at == late + MINUTE


@pytest.mark.parametrize(
    ("answer", "code"),
    [(refused(550), "smtp_550"), (smtplib.SMTPDataError(554, b"no"), "smtp_554")],
)
def test_a_last_word_ends_the_tries(person: User, answers: type[Answers], answer: Exception, code: str) -> None:
    delivery = waiting(person, EMAIL)
    answers.mail.append(answer)
    assert deliver_due(at=MOMENT) == {FAILED: 1}
    assert state(delivery) == (FAILED, 1, code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (smtplib.SMTPServerDisconnected(), "smtp_broken"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "smtp_broken"),
        (smtplib.SMTPDataError(451, b"later"), "smtp_451"),
        (ValueError("li@example.invalid"), "ValueError"),
    ],
)
def test_what_may_go_later_is_tried_again(
    person: User, answers: type[Answers], answer: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    delivery, other = waiting(person, EMAIL), waiting(person, EMAIL)
    answers.mail.append(answer)
    assert deliver_due(at=MOMENT) == {W: 1, SENT: 1}
    assert state(delivery) == (W, 1, code)
    assert state(other) == (SENT, 1, "")
    assert "example.invalid" not in caplog.text


def test_a_shut_mail_server_stops_no_sms(person: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.community.mailers.ShutMailServer"
    rows = [waiting(person, EMAIL), waiting(person, EMAIL), waiting(person, SMS)]
    assert deliver_due(at=MOMENT) == {W: 2, SENT: 1}
    assert [state(row) for row in rows] == [(W, 1, "no_connection"), (W, 1, "no_connection"), (SENT, 1, "")]


def test_three_refusals_in_a_row_pause_the_channel(
    person: User, answers: type[Answers], django_capture_on_commit_callbacks: Any
) -> None:
    def refuse() -> None:
        waiting(person, SMS)
        answers.sms.append(no_such_number())
        with django_capture_on_commit_callbacks(execute=True):
            assert deliver_due(at=MOMENT) == {FAILED: 1}

    refuse()
    refuse()
    waiting(person, SMS)
    deliver_due(at=MOMENT)
    assert NoticePreference.objects.get(user=person).sms_refusals == 0
    for _ in range(3):
        refuse()
    row = NoticePreference.objects.get(user=person)
    assert (row.sms_refusals, row.sms_paused_at, row.email_paused_at) == (3, MOMENT, None)
    told = Notice.objects.get(url="/my/notices/settings/")
    assert told.text == "短信连着 3 次没送到，先停了。请看看手机号对不对，再到“通知方式”里保存一次。"
    assert list(told.deliveries.values_list("channel", flat=True)) == ["email"]
    late = waiting(person, SMS)
    deliver_due(at=MOMENT)
    assert state(late) == (DROPPED, 0, "not_wanted")


# --- Workers -----------------------------------------------------------------------------------
def test_a_crash_between_claim_and_mark_is_tried_again(person: User) -> None:
    delivery = waiting(person, SMS)
    for attempt in range(1, 7):
        claim = claim_due(MOMENT + (attempt - 1) * LEASE, retries=5)
        assert [one.deliveries for one in claim.messages] == [[delivery]]
        assert deliver_due(at=MOMENT + attempt * LEASE - MINUTE) == {}
    assert deliver_due(at=MOMENT + 6 * LEASE) == {FAILED: 1}
    assert state(delivery) == (FAILED, 6, "interrupted")
    assert Answers.texts == []


def test_a_worker_that_comes_late_marks_nothing(person: User) -> None:
    from community.channels import NotSent
    from community.workflow.delivering import mark_failed, mark_sent

    delivery = waiting(person, SMS)
    (late,) = claim_due(MOMENT, retries=5).messages
    assert deliver_due(at=MOMENT + LEASE) == {SENT: 1}
    assert mark_failed(late, NotSent("late", is_final=True), at=MOMENT, delays=[]) == {}
    assert mark_sent(late, at=MOMENT) == {}
    assert state(delivery) == (SENT, 2, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
def test_two_workers_send_each_once(answers: type[Answers]) -> None:
    people = [reachable(f"a{n}@example.invalid", f"138000000{n:02d}", email=DAILY, sms=AT_ONCE) for n in range(60)]
    for person in people:
        waiting(person, SMS)
        for _ in range(3):
            waiting(person, EMAIL, is_digest=True)
    answers.seconds = 0.005
    first, second = together(lambda: deliver_due(at=MOMENT), lambda: deliver_due(at=MOMENT))
    assert first + second == {SENT: 240}
    assert min(first[SENT], second[SENT]) > 0
    assert sorted(one.to[0] for one in mail.outbox) == sorted(f"a{n}@example.invalid" for n in range(60))
    assert len({phone for phone, _ in Answers.texts}) == len(Answers.texts) == 60
    assert set(Delivery.objects.values_list("state", "attempts")) == {(SENT, 1)}


def test_a_claim_costs_as_many_queries_for_many_as_for_one(django_assert_num_queries: Any) -> None:
    people = [reachable(f"a{n}@example.invalid", f"138000000{n:02d}", email=DAILY, sms=AT_ONCE) for n in range(10)]
    for few in (people[:1], people[1:]):
        for one in few:
            waiting(one, SMS)
            waiting(one, EMAIL, is_digest=True)
        # A savepoint and its release, people, deliveries, how they want it, e-mails, the attempts.
        with django_assert_num_queries(7):
            claim_due(MOMENT, retries=5)


def test_command_says_what_became_of_them(person: User, capsys: pytest.CaptureFixture[str]) -> None:
    waiting(person, SMS, send_at=MOMENT, is_urgent=True)
    call_command("deliver_notices")
    assert capsys.readouterr().out == "1 sent, 0 put off, 0 failed, 0 not wanted any more\n"


# --- Sending again -----------------------------------------------------------------------------
def test_an_administrator_has_a_failed_one_sent_again(district: District, person: User) -> None:
    failed = waiting(person, SMS, state=FAILED, attempts=6, error="busy")
    for role in ("resident", "worker", "auditor", "superuser"):
        with pytest.raises(NotAllowed):
            retry_delivery(failed, by=getattr(district, role), at=MOMENT)
    retry_delivery(failed, by=district.administrator, at=MOMENT)
    assert state(failed) == (W, 0, "")
    line = ModelLogEntry.objects.get(action="delivery.retry")
    assert (line.user, line.object_id, line.data) == (district.administrator, str(failed.pk), {"channel": "sms"})
    with pytest.raises(WrongState, match="这条现在是“等发送”，不用再发。"):
        retry_delivery(failed, by=district.administrator, at=MOMENT)
    assert deliver_due(at=MOMENT) == {SENT: 1}
