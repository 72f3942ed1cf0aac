"""Sending what has left for e-mail and SMS: claim, send, mark.

Each message is sent at least once. A claim is written before anything is sent: it counts the attempt and
moves the delivery out of every other worker's sight for LEASE. Should the process die between sending and
marking, the delivery is due again after that, and the message goes a second time, with the same Message-ID.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import lock_roles
from community.channels import Mailer, Message, NotSent, send
from community.clock import SHANGHAI
from community.delivery_times import after_quiet, is_quiet
from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import Delivery, NoticePreference, Rule, User
from community.models.notices import Channel, DeliveryState
from community.queries import rule_value
from community.reach import addresses
from community.workflow.notices import hours_of, notify

# People of one claim. With a mail server's time limit on each of them a claim is done long before its lease.
PEOPLE = 20
LEASE = timedelta(minutes=20)
# A run leaves the worker to other tasks after this; the next minute's goes on.
SECONDS_MOST = 50.0
PAUSED = {
    Channel.EMAIL: gettext_noop(
        "邮件连着 %(count)s 次被退回，先停了。请看看邮箱还能不能用，再到“通知方式”里保存一次。"
    ),
    Channel.SMS: gettext_noop("短信连着 %(count)s 次没送到，先停了。请看看手机号对不对，再到“通知方式”里保存一次。"),
}


def deliver_due(*, at: datetime) -> Counter[str]:
    """Send everything that is due at `at`; return how many deliveries came to be in which state.

    Safe to run twice, or by two workers at once: a person's deliveries are claimed by one of them.
    """
    counts: Counter[str] = Counter()
    delays, started = retry_delays(local_day(at)), monotonic()
    while monotonic() - started < SECONDS_MOST:
        claim = claim_due(at, retries=len(delays))
        counts.update(claim.counts)
        if not claim.people:
            break
        mailer = Mailer()
        for message in claim.messages:
            counts.update(deliver(message, mailer, at=at, delays=delays))
        mailer.close()
    return counts


def local_day(at: datetime) -> date:
    """Return the day in Asia/Shanghai."""
    return at.astimezone(SHANGHAI).date()


def retry_delays(day: date) -> list[timedelta]:
    """Return how long each further attempt waits, as the rules of that day say."""
    rows = Rule.objects.in_force(day).filter(key__startswith="notice.retry.").order_by("in_force_from")
    minutes = {int(rule.key.rsplit(".", 1)[1]): rule.value for rule in rows}
    return [timedelta(minutes=minutes[step]) for step in sorted(minutes)]


# --- Claiming ----------------------------------------------------------------------------------
@dataclass
class Claim:
    """What one worker has taken: how many people, the messages to send, and what needed no sending."""

    people: int
    messages: list[Message] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@transaction.atomic
def claim_due(at: datetime, *, retries: int) -> Claim:
    """Take what is due of a few people whom no other worker has in hand.

    The person is locked, not the delivery: so all that goes into one digest is taken by one worker.
    """
    due = Delivery.objects.due(at)
    people = {
        person.pk: person
        for person in User.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(pk__in=due.values("recipient"))
        .select_related("shares_phone_of")[:PEOPLE]
    }
    rows = due.select_for_update(of=("self",)).filter(recipient__in=people).select_related("notice").order_by("id")
    claim = Claim(len(people))
    taken = sort_out(list(rows), people, at, retries, claim.counts) if people else []
    ids = [delivery.pk for message in taken for delivery in message.deliveries]
    Delivery.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, send_at=at + LEASE)
    for message in taken:
        for delivery in message.deliveries:
            delivery.attempts += 1
    claim.messages = taken
    return claim


def sort_out(
    rows: list[Delivery], people: dict[int, User], at: datetime, retries: int, counts: Counter[str]
) -> list[Message]:
    """Return the messages to send now; put off what has come into quiet hours, and drop what leads nowhere."""
    preferences = {one.user_id: one for one in NoticePreference.objects.filter(user__in=people)}
    reached = {channel: addresses(channel, people.values()) for channel in Channel.values}
    groups: dict[tuple[int, str, object], list[Delivery]] = defaultdict(list)
    for row in rows:
        preference = preferences.get(row.recipient_id)
        if row.attempts > retries:
            finish(row, DeliveryState.FAILED, "interrupted", counts)
        elif not people[row.recipient_id].is_active or preference is None or not preference.is_open(row.channel):
            finish(row, DeliveryState.DROPPED, "not_wanted", counts)
        elif row.recipient_id not in reached[row.channel]:
            finish(row, DeliveryState.DROPPED, "no_address", counts)
        elif not row.notice.is_urgent and is_quiet(at, hours_of(preference)):
            row.send_at = after_quiet(at, hours_of(preference))
            row.save(update_fields=["send_at"])
            counts[DeliveryState.WAITING] += 1
        else:
            groups[row.recipient_id, row.channel, together_with(row)].append(row)
    return [
        Message(people[pk], reached[channel][pk], channel, language_of(preferences[pk]), group)
        for (pk, channel, _key), group in groups.items()
    ]


def together_with(row: Delivery) -> object:
    """Return what goes into one message with this: a digest's parts, and whatever one SMS can count."""
    if row.channel == Channel.SMS:
        return "sms"
    return "digest" if row.is_digest else row.pk


def language_of(preference: NoticePreference) -> str:
    """Return the language of a person's messages."""
    return preference.language or settings.LANGUAGE_CODE


def finish(row: Delivery, state: DeliveryState, error: str, counts: Counter[str]) -> None:
    """End a delivery, one way or the other."""
    row.state, row.error = state, error
    row.save(update_fields=["state", "error", "sent_at"])
    counts[state] += 1


# --- Sending and marking -----------------------------------------------------------------------
def deliver(message: Message, mailer: Mailer, *, at: datetime, delays: list[timedelta]) -> Counter[str]:
    """Send one message and mark its deliveries."""
    try:
        send(message, mailer)
    except NotSent as failed:
        return mark_failed(message, failed, at=at, delays=delays)
    return mark_sent(message, at=at)


def still_claimed(message: Message) -> Iterator[Delivery]:
    """Yield the deliveries that are as this worker has claimed them, with their rows locked."""
    attempts = {delivery.pk: delivery.attempts for delivery in message.deliveries}
    rows = Delivery.objects.select_for_update(of=("self",)).filter(pk__in=attempts, state=DeliveryState.WAITING)
    yield from (row for row in rows.select_related("notice").order_by("id") if row.attempts == attempts[row.pk])


@transaction.atomic
def mark_sent(message: Message, *, at: datetime) -> Counter[str]:
    """Write down that a message has gone; the address is good again."""
    counts: Counter[str] = Counter()
    for row in still_claimed(message):
        row.sent_at = at
        finish(row, DeliveryState.SENT, "", counts)
    refusals = f"{message.channel}_refusals"
    NoticePreference.objects.filter(user=message.person).exclude(**{refusals: 0}).update(**{refusals: 0})
    return counts


@transaction.atomic
def mark_failed(message: Message, failed: NotSent, *, at: datetime, delays: list[timedelta]) -> Counter[str]:
    """Put another try off by rule, or end with the error's code; a refused address is counted."""
    counts: Counter[str] = Counter()
    preference = NoticePreference.objects.select_for_update(of=("self",)).filter(user=message.person).first()
    for row in still_claimed(message):
        if failed.is_final or preference is None or row.attempts > len(delays):
            finish(row, DeliveryState.FAILED, failed.code, counts)
            continue
        again = at + delays[row.attempts - 1]
        row.send_at = again if row.notice.is_urgent else after_quiet(again, hours_of(preference))
        row.error = failed.code
        row.save(update_fields=["send_at", "error"])
        counts[DeliveryState.WAITING] += 1
    if failed.blames_address and preference is not None:
        count_refusal(preference, message, at=at)
    return counts


def count_refusal(preference: NoticePreference, message: Message, *, at: datetime) -> None:
    """Count that an address was refused; after too many in a row pause the channel, and say so in the site."""
    channel = Channel(message.channel)
    count = getattr(preference, f"{channel}_refusals") + 1
    setattr(preference, f"{channel}_refusals", count)
    if count >= rule_value("notice.refusals", local_day(at)) and preference.is_open(channel):
        setattr(preference, f"{channel}_paused_at", at)
        notify([message.person], PAUSED[channel], url=reverse("notice_settings"), at=at, count=count)
    preference.save(update_fields=[f"{channel}_refusals", f"{channel}_paused_at"])


@transaction.atomic
def retry_delivery(delivery: Delivery, *, by: User, at: datetime) -> Delivery:
    """Have a delivery that failed sent again, with all its tries."""
    delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    lock_roles(by)
    if not permissions.is_administrator(by):
        raise NotAllowed(_("只有系统管理员能让它再发一次。"))
    if delivery.state != DeliveryState.FAILED:
        raise WrongState(_("这条现在是“%(state)s”，不用再发。") % {"state": DeliveryState(delivery.state).label})
    delivery.state, delivery.attempts, delivery.send_at, delivery.error = DeliveryState.WAITING, 0, at, ""
    delivery.save(update_fields=["state", "attempts", "send_at", "error"])
    record(delivery, "delivery.retry", by=by, at=at, channel=delivery.channel)
    return delivery
