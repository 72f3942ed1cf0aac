import io
from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from community.log import record
from community.models import (
    AddressLetter,
    Consent,
    Delivery,
    Erasure,
    Notice,
    OutboxMessage,
    PhoneCode,
    Representation,
    Resident,
    RetentionSweep,
    Rule,
    User,
    VerificationRecord,
    VerificationRequest,
)
from community.models.people import Verification
from community.workflow.erasing import erase_person
from community.workflow.retention import WARNING, Budget, forget_records, forget_traces
from deliberation.models import Issue
from tests.factories import AppointmentFactory, District, IssueFactory, ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


def ago(days):
    return NOW - timedelta(days=days)


def of_age(district: District, **ages):
    """Return a resident with a request decided so many days ago."""
    resident = ResidentFactory(home=district.compound, agreed=False)
    return VerificationRequest.objects.create(
        resident=resident, method="letter", home=district.compound, asked_at=ago(ages["days"]), state="verified",
        decided_at=ago(ages["days"]), decided_by=district.worker,
    )  # fmt: skip


def test_traces_of_signing_in_and_sending_go():
    for days in (6, 8):
        OutboxMessage.objects.create(phone="13800000000", text="码", sent_at=ago(days))
        PhoneCode.objects.create(
            purpose="enter", phone="13800000000", phone_index="p", address_index="a", code_hash="h", asked_at=ago(days),
            expires_at=ago(days),
        )  # fmt: skip
    for days in (29, 31):
        attempt = AccessAttempt.objects.create(username="u", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=ago(days))
    gone = forget_traces(at=NOW)
    assert (gone["outbox"], gone["codes"], gone["attempts"]) == (1, 1, 1)
    assert OutboxMessage.objects.get().sent_at == ago(6)
    assert forget_traces(at=NOW)["attempts"] == 0


def test_records_go_when_their_time_is_over(district):
    old, young = of_age(district, days=181), of_age(district, days=179)
    for request in (old, young):
        AddressLetter.objects.create(
            request=request, code_hash="h", printed_at=ago(179), printed_by=district.worker,
            expires_on=ago(120).date(), used_at=ago(130),
        )  # fmt: skip
    AddressLetter.objects.create(
        request=young, code_hash="h", printed_at=ago(179), printed_by=district.worker, expires_on=ago(91).date()
    )
    record = VerificationRecord.objects.create(
        resident=old.resident, outcome="verified", by=district.worker, at=ago(181)
    )
    forget_records(at=NOW)
    assert list(VerificationRequest.objects.all()) == [young]
    assert AddressLetter.objects.count() == 1
    assert VerificationRecord.objects.get() == record


def test_notices_and_what_was_sent_of_them(district):
    notices = [
        Notice.objects.create(recipient=district.resident, message="办好了", url="/my/", created_at=ago(days))
        for days in (1096, 1094, 10)
    ]
    for notice, days in zip(notices[1:], (181, 9), strict=True):
        Delivery.objects.create(
            notice=notice, recipient=district.resident, channel="sms", state="sent", send_at=ago(days)
        )
    gone = forget_records(at=NOW)
    assert (gone["notices"], gone["deliveries"]) == (1, 1)
    assert Notice.objects.exclude(message=WARNING).count() == 2


def test_lines_of_the_log_go_after_five_years(district):
    for days in (1826, 1824):
        record(district.resident, "person.export", by=district.resident, at=ago(days))
    assert forget_records(at=NOW)["log"] == 1
    assert ModelLogEntry.objects.filter(action="person.export").count() == 1


def test_the_district_sets_how_long(district):
    Rule.objects.filter(key="retention.log").update(value=30)
    record(district.resident, "person.export", by=district.resident, at=ago(31))
    assert forget_records(at=NOW)["log"] == 1


def without_account(district, days=1100, **fields):
    fields = {"verification": Verification.UNVERIFIED, **fields}
    return ResidentFactory(user=None, home=district.compound, created_at=ago(days), **fields)


def test_people_without_an_account_whom_nobody_represents_any_longer(district):
    unused = without_account(district)
    kept = [
        without_account(district, days=1000),
        without_account(district, verification=Verification.VERIFIED),
        represented := without_account(district),
    ]
    Representation.objects.create(
        number="R-1", resident=represented, worker=district.worker, area=district.compound, act="raise", subject="x",
        at=ago(100),
    )  # fmt: skip
    assert forget_records(at=NOW)["represented"] == 1
    unused.refresh_from_db()
    assert (unused.name, unused.erased_at) == ("", NOW)
    assert Resident.objects.kept().filter(pk__in=[one.pk for one in kept]).count() == 3
    assert Erasure.objects.get().is_retention


def idle(username, days, **fields):
    user = UserFactory(username=username, phone=fields.pop("phone", ""), last_login=ago(days), date_joined=ago(2000))
    if fields.pop("verified_phone", False):
        user.phone_verified = True
        user.save()
    return user


def test_an_unused_account_is_warned_once_and_goes_a_month_later(district, django_capture_on_commit_callbacks):
    idle_one = idle("idle", 1096, phone="13800000001", verified_phone=True)
    idle("fresh", 1094)
    staff = idle("officer", 1096)
    AppointmentFactory(user=staff)
    User.objects.exclude(pk__in=[idle_one.pk, staff.pk]).update(last_login=ago(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_records(at=NOW)["warned"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_records(at=NOW)["warned"] == 0
    notice = Notice.objects.get(message=WARNING)
    assert (notice.recipient, notice.params) == (idle_one, {"day": "2026-07-01"})
    message = OutboxMessage.objects.get()
    assert (message.phone, "2026-07-01" in message.text) == ("13800000001", True)
    assert mail.outbox == []
    assert forget_records(at=NOW + timedelta(days=29))["accounts"] == 0
    later = NOW + timedelta(days=31)
    User.objects.filter(username="fresh").update(last_login=later)
    assert forget_records(at=later)["accounts"] == 1
    idle_one.refresh_from_db()
    staff.refresh_from_db()
    assert (idle_one.erased_at, staff.erased_at) == (later, None)


def test_who_comes_back_stays(district, django_capture_on_commit_callbacks):
    person = idle("idle", 1096)
    User.objects.exclude(pk=person.pk).update(last_login=ago(1))
    with django_capture_on_commit_callbacks(execute=True):
        forget_records(at=NOW)
    User.objects.filter(pk=person.pk).update(last_login=NOW + timedelta(days=3))
    assert forget_records(at=NOW + timedelta(days=40))["accounts"] == 0
    # Years later they are warned anew before anything goes.
    much_later = NOW + timedelta(days=1200)
    User.objects.exclude(pk=person.pk).update(last_login=much_later)
    with django_capture_on_commit_callbacks(execute=True):
        gone = forget_records(at=much_later)
    assert (gone["warned"], gone["accounts"]) == (1, 0)


def test_who_is_waited_for_is_not_erased(district, django_capture_on_commit_callbacks):
    person = idle("idle", 1096)
    User.objects.exclude(pk=person.pk).update(last_login=ago(1))
    IssueFactory(area=district.compound, reporter=person, state="resolved")
    with django_capture_on_commit_callbacks(execute=True):
        forget_records(at=NOW)
    assert forget_records(at=NOW + timedelta(days=31))["accounts"] == 0


def test_consents_of_who_has_left_go_after_three_years(district):
    resident = Resident.objects.get(user=district.resident)
    erase_person(district.resident, by=district.resident, at=ago(1096))
    erase_person(district.neighbour, by=district.neighbour, at=ago(1094))
    assert forget_records(at=NOW)["consents"] == 1
    assert not Consent.objects.filter(resident=resident).exists()


def test_tidy_leaves_the_demos_records_alone(district):
    Notice.objects.create(recipient=district.resident, message="办好了", url="/my/", created_at=ago(3000))
    out = io.StringIO()
    with override_settings(DEMO=True):
        call_command("tidy", verbosity=2, stdout=out)
    assert Notice.objects.exists()
    assert "outbox 0" in out.getvalue()
    with override_settings(DEMO=False):
        call_command("tidy", verbosity=2, stdout=out)
    assert not Notice.objects.filter(message="办好了").exists()


# --- A share a sweep ----------------------------------------------------------------------------
def notices_of(person, count, days):
    rows = [Notice(recipient=person, message="办好了", url="/my/", created_at=ago(days)) for _ in range(count)]
    return Notice.objects.bulk_create(rows)


def left():
    return Notice.objects.filter(message="办好了").count()


def test_a_sweep_takes_its_share_and_the_next_goes_on(district):
    notices_of(district.resident, 7, 1096)
    notices_of(district.resident, 2, 1094)
    # Letters, two of requests, deliveries: a slice each tells that there is nothing; two are left for notices.
    budget = Budget(size=2, slices=6)
    assert (forget_records(at=NOW, budget=budget)["notices"], left(), budget.slices) == (4, 5, 0)
    assert set(RetentionSweep.objects.filter(is_done=True).values_list("key", flat=True)) == {
        "letters", "requests", "deliveries"
    }  # fmt: skip
    assert forget_records(at=NOW + timedelta(hours=1), budget=Budget(size=2))["notices"] == 3
    assert left() == 2
    assert RetentionSweep.objects.filter(is_done=True, day=NOW.date()).count() == 9


def test_no_time_no_work(district):
    notices_of(district.resident, 3, 1096)
    assert set(forget_records(at=NOW, budget=Budget(seconds=0)).values()) == {0}
    assert (left(), RetentionSweep.objects.filter(is_done=True).count()) == (3, 0)
    assert forget_traces(at=NOW, budget=Budget(seconds=0)) == dict.fromkeys(
        ("codes", "outbox", "attempts", "sessions"), 0
    )


def test_what_is_done_is_done_for_the_day(district):
    forget_records(at=NOW)
    notices_of(district.resident, 1, 1096)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert forget_records(at=NOW + timedelta(hours=12))["notices"] == 0
    assert [one["sql"] for one in asked if one["sql"].startswith(("DELETE", "UPDATE"))] == []
    assert forget_records(at=NOW + timedelta(hours=13))["notices"] == 1


def queries_of_a_slice(person, count):
    """Return what one slice of two notices asks of the database, with `count` to delete."""
    for notice in notices_of(person, count, 1096):
        Delivery.objects.create(notice=notice, recipient=person, channel="sms", state="sent", send_at=ago(10))
    RetentionSweep.objects.update(is_done=False)
    with CaptureQueriesContext(connection) as asked:
        assert forget_records(at=NOW, budget=Budget(size=2, slices=5))["notices"] == 2
    assert left() == count - 2
    Notice.objects.all().delete()
    return [one["sql"] for one in asked]


def test_a_slice_costs_the_same_however_much_there_is(district):
    """What is read and deleted at once is a slice, never the whole table."""
    forget_records(at=NOW)
    few, many = queries_of_a_slice(district.resident, 3), queries_of_a_slice(district.resident, 40)
    assert len(many) == len(few)
    deletions = [sql.split('"')[1] for sql in many if sql.startswith("DELETE")]
    assert deletions == ["community_delivery", "community_notice", "wagtailcore_referenceindex"]


def test_traces_go_in_slices_too(district):
    people = [UserFactory() for _ in range(5)]
    for number, person in enumerate(people):
        UserSession.objects.create(user=person, ip="8.8.8.0", session_key=f"k{number}", last_seen_at=ago(15))
    # Codes and guesses, messages, three of failed sign-ins: a slice each; the rest is for sessions.
    assert forget_traces(at=NOW, budget=Budget(size=2, slices=7))["sessions"] == 2
    assert forget_traces(at=NOW, budget=Budget(size=2))["sessions"] == 3


def test_who_cannot_be_erased_is_asked_once_a_day(district, django_capture_on_commit_callbacks):
    held, free = idle("held", 1096), idle("free", 1096)
    User.objects.exclude(pk__in=[held.pk, free.pk]).update(last_login=ago(1))
    issue = IssueFactory(area=district.compound, reporter=held, state="resolved")
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_records(at=NOW)["warned"] == 2
    later = NOW + timedelta(days=31)
    # A slice of size 1 is one person: the first refuses, and the next sweep begins behind them.
    assert forget_records(at=later, budget=Budget(size=1, slices=8 + 3))["accounts"] == 0
    sweep = RetentionSweep.objects.get(key="accounts")
    assert (sweep.after, sweep.is_done) == (held.pk, False)
    Issue.objects.filter(pk=issue.pk).update(reporter=district.resident)
    assert forget_records(at=later + timedelta(hours=1))["accounts"] == 1
    assert (User.objects.get(pk=held.pk).erased_at, User.objects.get(pk=free.pk).erased_at is None) == (None, False)
    assert forget_records(at=later + timedelta(hours=2))["accounts"] == 0
    # The next day they are met again.
    assert forget_records(at=later + timedelta(days=1))["accounts"] == 1
    held.refresh_from_db()
    assert held.erased_at == later + timedelta(days=1)


def test_who_signs_in_while_the_sweep_comes_near_stays(district, django_capture_on_commit_callbacks):
    """What is asked of a person is asked again under their lock."""
    from community.workflow import retention

    person = idle("idle", 1096)
    rows = retention.unused_accounts(ago(1095)).filter(pk=person.pk)
    User.objects.filter(pk=person.pk).update(last_login=NOW)
    assert retention.act_on(rows, person.pk, lambda user: pytest.fail("acted on")) == 0


def test_the_indexes_that_sweeps_ask_by():
    with connection.cursor() as cursor:
        found = {
            name
            for table in ("community_notice", "community_delivery", "community_factorguess", "community_user")
            for name in connection.introspection.get_constraints(cursor, table)
        }
    assert {"notice_created", "delivery_sent", "factor_guess_at", "user_used"} <= found
