"""Forgetting what nobody needs any longer, by rules that the district can change (`retention.…`)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from wagtail.models import ModelLogEntry, PageLogEntry

from community.clock import SHANGHAI
from community.errors import Refused
from community.models import (
    AddressLetter,
    Appointment,
    Consent,
    Delivery,
    FactorGuess,
    Guardianship,
    Notice,
    OutboxMessage,
    Ownership,
    PhoneCode,
    Representation,
    Resident,
    User,
    VerificationRequest,
)
from community.models.notices import Channel, DeliveryState
from community.models.people import CLOCK_USERNAME, Verification
from community.models.verifying import RequestState
from community.queries import rule_value
from community.reach import addresses
from community.senders import SendFailed, sms_sender
from community.workflow.erasing import erase_person, erase_resident
from community.workflow.notices import notify

WARNING = gettext_noop("您很久没有登录了。%(day)s 以前没有登录，账号会注销，个人信息会删除。登录一次就保留。")
# So many people at most in one sweep; the next one goes on.
MOST_AT_ONCE = 500
CLAIMED = ("name", "id_number", "address")


def forget_traces(*, at: datetime) -> dict[str, int]:
    """Delete what signing in and sending leave behind; returns how much of each."""
    ended = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    attempts = cut("attempts", at)
    codes = cut("codes", at)
    return {
        "codes": drop(PhoneCode.objects.filter(asked_at__lt=codes)) + drop(FactorGuess.objects.filter(at__lt=codes)),
        "outbox": drop(OutboxMessage.objects.filter(sent_at__lt=cut("outbox", at))),
        "attempts": sum(
            drop(model.objects.filter(attempt_time__lt=attempts))
            for model in (AccessAttempt, AccessFailureLog, AccessLog)
        ),
        "sessions": drop(UserSession.objects.filter(last_seen_at__lt=ended)),
        "emptied": empty_decided(),
    }


def forget_records(*, at: datetime) -> dict[str, int]:
    """Delete records whose time is over, and erase people whom nobody needs to keep; returns how much of each."""
    decided = VerificationRequest.objects.exclude(state=RequestState.OPEN).filter(decided_at__lt=cut("requests", at))
    done = Delivery.objects.exclude(state=DeliveryState.WAITING)
    gone = Consent.objects.filter(resident__erased_at__lt=cut("consents", at))
    log = cut("log", at)
    return {
        "letters": drop(
            AddressLetter.objects.filter(used_at=None, expires_on__lt=cut("letters", at).astimezone(SHANGHAI).date())
        ),
        "requests": drop(AddressLetter.objects.filter(request__in=decided)) + drop(decided),
        "deliveries": drop(done.filter(send_at__lt=cut("deliveries", at))),
        "notices": drop(Notice.objects.filter(created_at__lt=cut("notices", at))),
        "consents": drop(gone),
        "log": sum(drop(model.objects.filter(timestamp__lt=log)) for model in (ModelLogEntry, PageLogEntry)),
        "represented": erase_unused_residents(at=at),
        "warned": warn_unused_accounts(at=at),
        "accounts": erase_unused_accounts(at=at),
    }


def cut(key: str, at: datetime) -> datetime:
    """Return the moment before which what a rule speaks of has to go."""
    return at - timedelta(days=rule_value(f"retention.{key}", at.astimezone(SHANGHAI).date()))


def drop(rows: QuerySet) -> int:
    """Delete rows and what belongs to them; returns how many."""
    return rows.delete()[0]


def empty_decided() -> int:
    """Empty decided requests of what they claimed, should any verb have left it there."""
    raw = {f"raw_{name}": Cast(name, TextField()) for name in CLAIMED}
    filled = Q(~Q(raw_name="") | ~Q(raw_id_number="") | ~Q(raw_address=""))
    decided = VerificationRequest.objects.exclude(state=RequestState.OPEN)
    return decided.annotate(**raw).filter(filled).update(**dict.fromkeys(CLAIMED, ""))


def unused_residents(at: datetime) -> QuerySet[Resident]:
    """Return people without an account for whom nobody has acted for long, and who count for nothing that stands."""
    before = cut("represented", at)
    rows = Resident.objects.kept().filter(user=None, created_at__lt=before)
    return rows.exclude(verification=Verification.VERIFIED).exclude(
        Exists(Representation.objects.filter(resident=OuterRef("pk"), at__gte=before))
        | Exists(Ownership.objects.filter(resident=OuterRef("pk"), ends_on=None))
        | Exists(Guardianship.objects.filter(Q(minor=OuterRef("pk")) | Q(guardian=OuterRef("pk")), ended_at=None))
        | Exists(VerificationRequest.objects.filter(resident=OuterRef("pk"), state=RequestState.OPEN))
    )


def erase_unused_residents(*, at: datetime) -> int:
    """Make tombstones of them."""
    clock = User.objects.clock()
    return each(unused_residents(at), lambda one: erase_resident(one, by=clock, at=at))


def unused_accounts(before: datetime) -> QuerySet[User]:
    """Return accounts that nobody has signed in to since `before`; those with an office are not asked."""
    used = Coalesce("last_login", "date_joined")
    held = Appointment.objects.filter(user=OuterRef("pk"))
    rows = User.objects.annotate(used_at=used).filter(
        erased_at=None, is_active=True, is_staff=False, used_at__lt=before
    )
    return rows.exclude(username=CLOCK_USERNAME).exclude(Exists(held))


def warn_unused_accounts(*, at: datetime) -> int:
    """Tell, once, in the site and by every way that is proven, that an account is about to go."""
    told = Notice.objects.filter(recipient=OuterRef("pk"), message=WARNING, created_at__gte=OuterRef("used_at"))
    return each(unused_accounts(cut("account", at)).exclude(Exists(told)), lambda user: warn(user, at=at))


@transaction.atomic
def warn(user: User, *, at: datetime) -> None:
    """Tell one person."""
    days = rule_value("retention.warning", at.astimezone(SHANGHAI).date())
    day = (at + timedelta(days=days)).astimezone(SHANGHAI).date()
    notify([user], WARNING, url=reverse("my_privacy"), at=at, urgent=True, day=day.isoformat())
    transaction.on_commit(lambda: send_warning(user, day.isoformat()))


def send_warning(user: User, day: str) -> None:
    """Send the same by SMS and e-mail, whatever the person chose: who never comes back reads no notice here."""
    text = _(WARNING) % {"day": day}
    if phone := addresses(Channel.SMS, [user]).get(user.pk):
        with suppress(SendFailed):
            sms_sender().send(phone, f"【{settings.WAGTAIL_SITE_NAME}】{text}")
    if address := addresses(Channel.EMAIL, [user]).get(user.pk):
        send_mail(_("您的账号很久没有用了"), f"{text}\n\n{settings.BASE_URL}", None, [address], fail_silently=True)


def erase_unused_accounts(*, at: datetime) -> int:
    """Erase who was warned long enough ago and has not come back; who can't be erased yet is met again."""
    clock = User.objects.clock()
    warned = Notice.objects.filter(
        recipient=OuterRef("pk"),
        message=WARNING,
        created_at__gte=OuterRef("used_at"),
        created_at__lt=cut("warning", at),
    )
    rows = unused_accounts(cut("account", at)).filter(Exists(warned))
    return each(rows, lambda user: erase_person(user, by=clock, at=at, is_retention=True))


def each(rows: QuerySet, act: Callable[[Any], object]) -> int:
    """Do something to each row in a transaction of its own, up to so many a sweep; returns how many did not refuse."""
    done = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        if done == MOST_AT_ONCE:
            break
        try:
            act(rows.model._base_manager.get(pk=pk))
        except Refused:
            continue
        done += 1
    return done
