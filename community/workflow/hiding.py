"""Keeping something from the public with a reason, and its author's one appeal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import lock_roles
from community.clock import SHANGHAI, due
from community.errors import BadInput, NotAllowed, WrongState
from community.files import CheckedFile
from community.log import record
from community.models import Area, Hiding, User
from community.models.reviews import AppealState, HideReason
from community.queries import holidays, people_holding, rule_value
from community.reviewing import kind_of, subject_of
from community.roles import Role
from community.workflow.files import store_file
from community.workflow.notices import notify
from community.workflow.typed import clean_line

NOTE_LENGTH = 500
HIDDEN = gettext_noop("您写的内容没有公开。说明：%(note)s 不同意的话，可以申诉一次。")


def write_hiding(
    subject: models.Model,
    *,
    by: User,
    at: datetime,
    area: Area,
    author: User,
    reason: str,
    note: str,
    message: str = HIDDEN,
    **params: Any,
) -> Hiding:
    """Write down that a record is kept from the public, and tell its author where to read why.

    For the verbs of apps: they have locked the record and asked who may, and make it disappear themselves.
    """
    if reason not in HideReason.values:
        raise BadInput(_("请选一个不公开的原因。"), "reason")
    if author.pk == by.pk:
        raise NotAllowed(_("自己写的要由别人审看。"))
    if Hiding.objects.of(subject).standing().exists():
        raise WrongState(_("这条内容已经不公开了。请刷新页面看看。"))
    text = clean_line(note, "note", missing=_("请写一句话说明，居民会看到。"), most=NOTE_LENGTH)
    hiding = Hiding.objects.create(subject=subject, area=area, author=author, reason=reason, note=text, by=by, at=at)
    record(hiding, "review.hide", by=by, at=at, reason=reason)
    notify([author], message, url=hiding.get_absolute_url(), at=at, note=text, **params)
    return hiding


def lift_hidings(subject: models.Model, *, by: User, at: datetime) -> None:
    """Write down that a record is public again; an appeal that was open has had its way."""
    for hiding in Hiding.objects.of(subject).standing().select_for_update(of=("self",)):
        hiding.lifted_at = at
        if hiding.appeal == AppealState.OPEN:
            hiding.appeal, hiding.decided_at = AppealState.GRANTED, at
            # Whoever hid it may publish it again, but decides no appeal against themself.
            hiding.decided_by = None if by.pk == hiding.by_id else by
        hiding.save(update_fields=["lifted_at", "appeal", "decided_by", "decided_at"])
        record(hiding, "review.lift", by=by, at=at)


def appeal_until(hiding: Hiding) -> datetime:
    """Return until when its author may appeal."""
    days = rule_value("review.appeal", hiding.at.astimezone(SHANGHAI).date())
    return due(hiding.at, days=days, holidays=holidays())


@transaction.atomic
def appeal_hiding(hiding: Hiding, *, by: User, at: datetime, text: str, evidence: CheckedFile | None = None) -> Hiding:
    """Ask once, within the days of the rule, that somebody else looks at it again."""
    hiding = Hiding.objects.select_for_update(of=("self",)).select_related("area").get(pk=hiding.pk)
    if not permissions.is_author_of_hidden(by, hiding):
        raise NotAllowed(_("只有作者自己可以申诉。"))
    if hiding.lifted_at is not None:
        raise WrongState(_("这条内容已经公开了，不用申诉。"))
    if hiding.appeal != AppealState.NONE:
        raise WrongState(_("申诉只有一次，您已经申诉过了。"))
    if at > appeal_until(hiding):
        raise WrongState(_("申诉的时间过了，不能再申诉。有话可以直接找社区说。"))
    hiding.appeal_text = clean_line(text, "text", missing=_("请写为什么应该公开。"), most=NOTE_LENGTH)
    hiding.evidence = store_file(evidence, by=by, at=at) if evidence is not None else None
    hiding.appeal, hiding.appealed_at = AppealState.OPEN, at
    hiding.save(update_fields=["appeal", "appeal_text", "appealed_at", "evidence"])
    record(hiding, "review.appeal", by=by, at=at)
    deciders = people_holding(Role.COMMUNITY_WORKER, hiding.area) | people_holding(Role.TOWN_OFFICER, hiding.area)
    told = gettext_noop("有一件申诉等您复核：内容没有公开，作者不同意。")
    notify(
        deciders.exclude(pk__in=[by.pk, hiding.by_id]).distinct(),
        told,
        url=f"/desk/reviews/appeals/{hiding.pk}/",
        at=at,
    )
    return hiding


@transaction.atomic
def decide_appeal(hiding: Hiding, *, by: User, at: datetime, is_granted: bool, decision: str) -> Hiding:
    """Publish after all, or uphold; by somebody else than who hid it, and never by its author."""
    subject = subject_of(hiding)
    if subject is None:
        raise WrongState(_("这条内容已经删了。"))
    kind = kind_of(subject)
    if kind.lock is not None:
        # The app's own row first, as when it was hidden: nobody waits in a ring.
        kind.lock(subject)
    hiding = Hiding.objects.select_for_update(of=("self",)).select_related("area", "author").get(pk=hiding.pk)
    lock_roles(by)
    if not permissions.can_decide_appeal(by, hiding):
        raise NotAllowed(_("申诉由当地另一位工作人员复核：不公开是您定的，或者内容是您写的，您就不能定。"))
    if hiding.appeal != AppealState.OPEN or hiding.lifted_at is not None:
        raise WrongState(_("这件申诉已经有结果了。请刷新页面看看。"))
    hiding.decision = clean_line(decision, "decision", missing=_("请写一句话说明，作者会看到。"), most=NOTE_LENGTH)
    hiding.appeal = AppealState.GRANTED if is_granted else AppealState.UPHELD
    hiding.decided_by, hiding.decided_at = by, at
    if is_granted:
        hiding.lifted_at = at
    hiding.save(update_fields=["appeal", "decided_by", "decided_at", "decision", "lifted_at"])
    if is_granted:
        assert kind.lift is not None
        kind.lift(subject, by=by, at=at)
    record(hiding, "review.decide", by=by, at=at, granted=is_granted)
    tell_author(hiding, at=at)
    return hiding


def tell_author(hiding: Hiding, *, at: datetime) -> None:
    """Tell an author what became of the appeal."""
    granted = gettext_noop("您的申诉成立，内容已经公开。说明：%(note)s")
    upheld = gettext_noop("您的申诉复核过了，维持不公开。说明：%(note)s")
    message = granted if hiding.appeal == AppealState.GRANTED else upheld
    notify([hiding.author], message, url=hiding.get_absolute_url(), at=at, note=hiding.decision)
