"""Telling people, and how they want to be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.channels import UNSUBSCRIBE_SALT
from community.clock import SHANGHAI
from community.delivery_times import Hours, first_send, is_quiet
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Delivery, Notice, NoticePreference, User
from community.models.notices import Channel, Frequency
from community.queries import rule_value
from community.reach import addresses
from community.senders import has_sms

TEST = gettext_noop("这是您试发的一条通知。手机或邮箱里也收到了，就说明这条路是通的。")


def notify(
    recipients: Iterable[User], message: str, *, url: str, at: datetime, urgent: bool = False, **params: Any
) -> None:
    """Tell each of `recipients` once, when the transaction around the call has held.

    `message` is a Chinese sentence marked with gettext_noop, with named placeholders for `params`. An
    urgent one waits neither for a digest nor for the end of quiet hours.
    """
    people = {person.pk: person for person in recipients if person.is_active}
    rows = [
        Notice(recipient=person, message=message, params=params, url=url, is_urgent=urgent, created_at=at)
        for _pk, person in sorted(people.items())
    ]
    transaction.on_commit(lambda: insert_notices(rows))


@transaction.atomic
def insert_notices(rows: list[Notice]) -> None:
    """Insert notices and, with them or not at all, what is to leave the site for them."""
    Notice.objects.bulk_create(rows)
    Delivery.objects.bulk_create(deliveries_of(rows))


def deliveries_of(rows: list[Notice]) -> list[Delivery]:
    """Return the unsaved deliveries of saved notices: one for each channel that a person chose and can be reached by."""
    chosen = NoticePreference.objects.filter(user__in={row.recipient_id for row in rows}).exclude(
        email=Frequency.NEVER, sms=Frequency.NEVER
    )
    preferences = {one.user_id: one for one in chosen.select_related("user__shares_phone_of")} if rows else {}
    found = []
    for channel in Channel.values:
        open_to = {pk: one for pk, one in preferences.items() if one.is_open(channel)}
        reached = addresses(channel, [one.user for one in open_to.values()])
        found += [delivery_of(row, channel, open_to[row.recipient_id]) for row in rows if row.recipient_id in reached]
    return found


def hours_of(preference: NoticePreference) -> Hours:
    """Return somebody's hours as plain values."""
    return Hours(preference.quiet_from, preference.quiet_to, preference.digest_hour)


def delivery_of(notice: Notice, channel: str, preference: NoticePreference) -> Delivery:
    """Return the unsaved delivery of a notice through one channel."""
    is_digest = preference.frequency(channel) == Frequency.DAILY and not notice.is_urgent
    send_at = first_send(notice.created_at, hours_of(preference), is_digest=is_digest, is_urgent=notice.is_urgent)
    return Delivery(
        notice=notice, recipient_id=notice.recipient_id, channel=channel, is_digest=is_digest, send_at=send_at
    )


def read_notices(*, by: User, at: datetime) -> None:
    """Mark all of a person's notices as read."""
    Notice.objects.filter(recipient=by).unread().update(read_at=at)


@transaction.atomic
def read_notice(notice: Notice, *, by: User, at: datetime) -> Notice:
    """Mark one of a person's own notices as read; the first time counts."""
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if notice.recipient_id != by.pk:
        raise NotAllowed(_("这条通知不是给您的。"))
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
    return notice


def preference_of(person: User) -> NoticePreference:
    """Return how somebody wants to be told, with its row locked; it is made where there is none."""
    NoticePreference.objects.get_or_create(user=person)
    return NoticePreference.objects.select_for_update(of=("self",)).get(user=person)


@transaction.atomic
def choose_channels(
    *,
    by: User,
    at: datetime,
    email: str,
    sms: str,
    quiet_from: int,
    quiet_to: int,
    digest_hour: int,
    language: str = "",
) -> NoticePreference:
    """Set how a person wants to be told; a channel that was paused goes on with this."""
    preference = preference_of(by)
    for channel, frequency in ((Channel.EMAIL, email), (Channel.SMS, sms)):
        check_channel(by, channel, frequency)
        setattr(preference, channel, frequency)
        setattr(preference, f"{channel}_refusals", 0)
        setattr(preference, f"{channel}_paused_at", None)
    check_hours(Hours(quiet_from, quiet_to, digest_hour), has_digest=Frequency.DAILY in (email, sms))
    if language not in {"", *dict(settings.LANGUAGES)}:
        raise BadInput(_("请从列出的语言里选一种。"), "language")
    preference.quiet_from, preference.quiet_to, preference.digest_hour = quiet_from, quiet_to, digest_hour
    preference.language = language
    preference.save()
    record(preference, "notice.choose", by=by, at=at, email=email, sms=sms)
    return preference


def check_channel(person: User, channel: Channel, frequency: str) -> None:
    """Refuse a channel that does not lead to the person."""
    if frequency not in Frequency.values:
        raise BadInput(_("请选什么时候发。"), channel)
    if frequency == Frequency.NEVER:
        return
    if channel == Channel.SMS and not has_sms():
        raise BadInput(_("这个网站还没有开通短信，请选“不发”。"), channel)
    if not addresses(channel, [person]):
        sentence = _("先验证邮箱，才能发到邮箱。") if channel == Channel.EMAIL else _("先验证手机号，才能发短信。")
        raise BadInput(sentence, channel)


def check_hours(hours: Hours, *, has_digest: bool) -> None:
    """Refuse hours that no day has, and a digest in the quiet hours."""
    for field, hour in (("quiet_from", hours.quiet_from), ("quiet_to", hours.quiet_to), ("digest_hour", hours.digest)):
        if not 0 <= hour <= 23:
            raise BadInput(_("请选 0 点到 23 点之间的整点。"), field)
    digest = datetime(2023, 1, 1, hours.digest, tzinfo=SHANGHAI)
    if has_digest and is_quiet(digest, hours):
        raise BadInput(_("汇总的时间在免打扰的时段里。请换一个时间，或者改免打扰的时段。"), "digest_hour")


@transaction.atomic
def unsubscribe(person: User, *, by: User, at: datetime) -> None:
    """Send a person no more e-mails; SMS and the notices in the site stay as they are."""
    if person.pk != by.pk:
        raise NotAllowed(_("只能退订自己的邮件。"))
    preference = preference_of(person)
    if preference.email == Frequency.NEVER:
        return
    preference.email = Frequency.NEVER
    preference.save(update_fields=["email"])
    record(preference, "notice.unsubscribe", by=by, at=at)


def who_unsubscribes(token: str, at: datetime) -> User:
    """Return whose e-mails a link is about; BadInput where it was forged, is too old, or they have gone."""
    days = rule_value("notice.unsubscribe", at.astimezone(SHANGHAI).date())
    try:
        pk = signing.loads(token, salt=UNSUBSCRIBE_SALT, max_age=days * 24 * 60 * 60)
    except signing.SignatureExpired:
        raise BadInput(
            _("这个链接太旧，已经不管用了。请用最近一封邮件里的链接，或者登录后在“通知方式”里改。")
        ) from None
    except signing.BadSignature:
        raise BadInput(_("这个链接不对，可能没有复制完整。请从邮件里再点一次，或者登录后在“通知方式”里改。")) from None
    person = User.objects.filter(pk=pk, is_active=True).first()
    if person is None:
        raise BadInput(_("这个账号已经停用，不会再收到邮件。"))
    return person


@transaction.atomic
def send_test(*, by: User, at: datetime, channel: str) -> Delivery:
    """Put a notice on its way through one channel at once, so that a person sees whether it arrives."""
    if channel not in Channel.values:
        raise BadInput(_("请选试发到邮箱还是手机。"), "channel")
    preference = preference_of(by)
    if not preference.is_open(channel) or not addresses(channel, [by]):
        raise WrongState(_("这条路还没有打开。先在上面选好、保存，再试发。"))
    count_test(preference, at)
    notice = Notice.objects.create(
        recipient=by, message=TEST, url=reverse("notice_settings"), is_urgent=True, created_at=at
    )
    return Delivery.objects.create(notice=notice, recipient=by, channel=channel, send_at=at)


def count_test(preference: NoticePreference, at: datetime) -> None:
    """Count one more test of the day, or refuse it; the row is locked."""
    day = at.astimezone(SHANGHAI).date()
    done = preference.tests if preference.tested_on == day else 0
    most = rule_value("notice.tests", day)
    if done >= most:
        raise WrongState(_("一天最多试发 %(most)d 次，今天用完了。请明天再试。") % {"most": most})
    preference.tested_on, preference.tests = day, done + 1
    preference.save(update_fields=["tested_on", "tests"])
