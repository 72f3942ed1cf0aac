"""Forgetting what nobody needs any longer, by rules that the district can change (`retention.…`)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from wagtail.models import ModelLogEntry, PageLogEntry, ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update

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
    RetentionSweep,
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
# Does its share from where a sweep is, within what is left of a budget; returns how much, and whether that was all.
Work = Callable[["RetentionSweep", "Budget"], tuple[int, bool]]


@dataclass
class Budget:
    """What one sweep may take: so many seconds, so many slices of so many rows; the next sweep goes on."""

    seconds: float = 30
    slices: int = 2_000
    size: int = 500
    began: float = field(default_factory=monotonic)

    def take(self) -> bool:
        """Return whether there may be one more slice, and count it."""
        if self.slices < 1 or monotonic() - self.began >= self.seconds:
            return False
        self.slices -= 1
        return True


def forget_traces(*, at: datetime, budget: Budget | None = None) -> dict[str, int]:
    """Delete what signing in and sending leave behind; returns how much of each."""
    budget = budget or Budget()
    ended = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    codes, attempts = cut("codes", at), cut("attempts", at)
    old: dict[str, list[QuerySet]] = {
        "codes": [PhoneCode.objects.filter(asked_at__lt=codes), FactorGuess.objects.filter(at__lt=codes)],
        "outbox": [OutboxMessage.objects.filter(sent_at__lt=cut("outbox", at))],
        "attempts": [
            model.objects.filter(attempt_time__lt=attempts) for model in (AccessAttempt, AccessFailureLog, AccessLog)
        ],
        "sessions": [UserSession.objects.filter(last_seen_at__lt=ended)],
    }
    return {name: sum(drop(rows, budget)[0] for rows in kinds) for name, kinds in old.items()}


def forget_records(*, at: datetime, budget: Budget | None = None) -> dict[str, int]:
    """Delete records whose time is over, and erase people whom nobody needs to keep; returns how much of each.

    Each kind once a day: what a sweep has no time for, the next one goes on with.
    """
    budget = budget or Budget()
    decided = VerificationRequest.objects.exclude(state=RequestState.OPEN).filter(decided_at__lt=cut("requests", at))
    done = Delivery.objects.exclude(state=DeliveryState.WAITING)
    unused = AddressLetter.objects.filter(used_at=None, expires_on__lt=cut("letters", at).astimezone(SHANGHAI).date())
    log = cut("log", at)
    old: dict[str, list[QuerySet]] = {
        "letters": [unused],
        "requests": [AddressLetter.objects.filter(request__in=decided), decided],
        "deliveries": [done.filter(send_at__lt=cut("deliveries", at))],
        "notices": [Notice.objects.filter(created_at__lt=cut("notices", at))],
        "consents": [Consent.objects.filter(resident__erased_at__lt=cut("consents", at))],
        "log": [model.objects.filter(timestamp__lt=log) for model in (ModelLogEntry, PageLogEntry)],
    }
    gone = {name: daily(name, at, budget, dropping(rows)) for name, rows in old.items()}
    return gone | {
        "represented": erase_unused_residents(at=at, budget=budget),
        "warned": warn_unused_accounts(at=at, budget=budget),
        "accounts": erase_unused_accounts(at=at, budget=budget),
    }


def cut(key: str, at: datetime) -> datetime:
    """Return the moment before which what a rule speaks of has to go."""
    return at - timedelta(days=rule_value(f"retention.{key}", at.astimezone(SHANGHAI).date()))


def daily(key: str, at: datetime, budget: Budget, work: Work) -> int:
    """Do a piece of work once a day, from where the last sweep of the day stopped; returns how much was done."""
    day = at.astimezone(SHANGHAI).date()
    sweep, _made = RetentionSweep.objects.get_or_create(key=key, defaults={"day": day})
    if sweep.day != day:
        sweep.day, sweep.after, sweep.is_done = day, 0, False
    if sweep.is_done:
        return 0
    done, sweep.is_done = work(sweep, budget)
    sweep.save()
    return done


def dropping(kinds: list[QuerySet]) -> Work:
    """Return the work of deleting these rows."""

    def work(sweep: RetentionSweep, budget: Budget) -> tuple[int, bool]:
        results = [drop(rows, budget) for rows in kinds]
        return sum(count for count, _all in results), all(is_all for _count, is_all in results)

    return work


def drop(rows: QuerySet, budget: Budget) -> tuple[int, bool]:
    """Delete rows with what belongs to them, a slice at a time; returns how many, and whether these were all."""
    count = 0
    while budget.take():
        ids = list(rows.order_by().values_list("pk", flat=True)[: budget.size])
        if ids:
            count += delete_slice(rows.model, ids)
        if len(ids) < budget.size:
            return count, True
    return count, False


@transaction.atomic
def delete_slice(model: type[Model], ids: list[Any]) -> int:
    """Delete these rows; returns how many were there. Wagtail's index of references is cleared once, not row by row."""
    kind, keys = ContentType.objects.get_for_model(model), [str(pk) for pk in ids]
    with disable_reference_index_auto_update():
        gone = model._base_manager.filter(pk__in=ids).delete()[1]
    from_them, to_them = (
        Q(base_content_type=kind, object_id__in=keys),
        Q(to_content_type=kind, to_object_id__in=keys),
    )
    ReferenceIndex.objects.filter(from_them | to_them).delete()
    return gone.get(model._meta.label, 0)


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


def erase_unused_residents(*, at: datetime, budget: Budget) -> int:
    """Make tombstones of them."""
    clock = User.objects.clock()
    erase = one_by_one(unused_residents(at), lambda one: erase_resident(one, by=clock, at=at))
    return daily("represented", at, budget, erase)


def unused_accounts(before: datetime) -> QuerySet[User]:
    """Return accounts that nobody has signed in to since `before`; those with an office are not asked."""
    used = Coalesce("last_login", "date_joined")
    held = Appointment.objects.filter(user=OuterRef("pk"))
    rows = User.objects.annotate(used_at=used).filter(
        erased_at=None, is_active=True, is_staff=False, used_at__lt=before
    )
    return rows.exclude(username=CLOCK_USERNAME).exclude(Exists(held))


def warn_unused_accounts(*, at: datetime, budget: Budget) -> int:
    """Tell, once, in the site and by every way that is proven, that an account is about to go."""
    told = Notice.objects.filter(recipient=OuterRef("pk"), message=WARNING, created_at__gte=OuterRef("used_at"))
    rows = unused_accounts(cut("account", at)).exclude(Exists(told))
    return daily("warned", at, budget, one_by_one(rows, lambda user: warn(user, at=at)))


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


def erase_unused_accounts(*, at: datetime, budget: Budget) -> int:
    """Erase who was warned long enough ago and has not come back; who can't be erased yet is met again tomorrow."""
    clock = User.objects.clock()
    warned = Notice.objects.filter(
        recipient=OuterRef("pk"),
        message=WARNING,
        created_at__gte=OuterRef("used_at"),
        created_at__lt=cut("warning", at),
    )
    rows = unused_accounts(cut("account", at)).filter(Exists(warned))
    erase = one_by_one(rows, lambda user: erase_person(user, by=clock, at=at, is_retention=True))
    return daily("accounts", at, budget, erase)


def one_by_one(rows: QuerySet, act: Callable[[Any], object]) -> Work:
    """Return the work of doing something to each row, in a transaction of its own; who refuses is passed over."""

    def work(sweep: RetentionSweep, budget: Budget) -> tuple[int, bool]:
        done = 0
        while budget.take():
            # A slice of people takes longer than one of rows: a twentieth of it at a time.
            size = max(1, budget.size // 20)
            ids = list(rows.filter(pk__gt=sweep.after).order_by("pk").values_list("pk", flat=True)[:size])
            for pk in ids:
                sweep.after = pk
                done += act_on(rows, pk, act)
            if len(ids) < size:
                return done, True
        return done, False

    return work


def act_on(rows: QuerySet, pk: int, act: Callable[[Any], object]) -> int:
    """Do it to one row, under its lock and if it is still one of them; returns whether it was done."""
    try:
        with transaction.atomic():
            row = rows.model._base_manager.select_for_update().get(pk=pk)
            # Who has signed in meanwhile, or was told by another process, is none any more.
            if not rows.filter(pk=pk).exists():
                return 0
            act(row)
    except Refused:
        return 0
    return 1
