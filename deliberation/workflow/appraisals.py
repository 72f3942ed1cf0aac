"""Appraisals: drafted, noticed, opened and published by their hours; one voice a person (评议监督)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Area, Unit, User
from community.models.areas import UnitKind
from community.queries import rule_value
from community.workflow import notify
from community.workflow.terms import Terms
from deliberation import appraisal_permissions as permissions
from deliberation.models import Appraisal, AppraisalVoice, Resolution
from deliberation.states import APPRAISAL_TRANSITIONS, AppraisalState
from deliberation.workflow.resolution_steps import people_of_unit
from deliberation.workflow.steps import clean_text

TITLE_LENGTH = 80
REASON_LENGTH = 200
RATINGS = range(1, 6)


@transaction.atomic
def create_appraisal(
    *,
    by: User,
    at: datetime,
    title: str,
    area: Area,
    period_from: date,
    period_to: date,
    opens_at: datetime,
    closes_at: datetime | None = None,
    unit: Unit | None = None,
    resolution: Resolution | None = None,
) -> Appraisal:
    """Draft a round in which those who are served rate a unit or a result. Raises NotAllowed or BadInput.

    It stays open as long as the rule says where no closing is named.
    """
    lock_roles(by)
    town = area.town if area.town is not None else area
    appraisal = Appraisal(
        title=clean_text(title, "title", required=True, most=TITLE_LENGTH), area=area, town=town, unit=unit,
        resolution=resolution, period_from=period_from, period_to=period_to, opens_at=opens_at,
        closes_at=closes_at or Terms().due("appraisal.open", opens_at, town.pk), made_by=by, created_at=at,
    )  # fmt: skip
    check_subject(appraisal)
    if not permissions.can_organise(by, appraisal):
        raise NotAllowed(_("只有当地的议事主持人、社区工作者或者镇街干部，可以组织评议；不评自己的单位。"))
    check_hours(appraisal, at)
    appraisal.save()
    record(appraisal, "appraisal.create", by=by, at=at)
    return appraisal


def check_subject(appraisal: Appraisal) -> None:
    """Refuse what is rated where it is none, two things, or of another place."""
    if (appraisal.unit is None) == (appraisal.resolution is None):
        raise BadInput(_("请选评议哪个单位，或者哪项决议的结果。"), "unit")
    subject = appraisal.unit or appraisal.resolution
    assert subject is not None
    here, served = appraisal.area.path, subject.area.path
    if not (here.startswith(served) or served.startswith(here)):
        raise BadInput(_("这个单位不管这个地方。请另选一个。"), "unit")


def check_hours(appraisal: Appraisal, at: datetime) -> None:
    """Refuse days and hours out of order."""
    if appraisal.opens_at <= at:
        raise BadInput(_("开始的时间要在现在以后。"), "opens_at")
    if appraisal.closes_at <= appraisal.opens_at:
        raise BadInput(_("截止的时间要在开始以后。"), "closes_at")
    if appraisal.period_to < appraisal.period_from:
        raise BadInput(_("评议哪段时间：后一天不能早于前一天。"), "period_to")


@transaction.atomic
def notice_appraisal(appraisal: Appraisal, *, by: User, at: datetime) -> Appraisal:
    """Publish that a round is coming, and tell the unit."""
    appraisal = locked(appraisal, by, permissions.can_organise)
    move(appraisal, "notice")
    if appraisal.opens_at <= at:
        raise WrongState(_("开始的时间已经过了。请撤回，另外起草一轮。"))
    appraisal.noticed_at = at
    appraisal.save(update_fields=["state", "noticed_at"])
    record(appraisal, "appraisal.notice", by=by, at=at)
    if appraisal.unit is not None:
        told = [person for person in people_of_unit(appraisal.unit) if person.pk != by.pk]
        message = gettext_noop("居民要评议您单位：%(title)s")
        notify(told, message, url=appraisal.get_absolute_url(), at=at, title=appraisal.title)
    return appraisal


@transaction.atomic
def withdraw_appraisal(appraisal: Appraisal, *, by: User, at: datetime, reason: str) -> Appraisal:
    """Take a round back before it opens."""
    appraisal = locked(appraisal, by, permissions.can_organise)
    move(appraisal, "withdraw")
    appraisal.ended_reason = clean_text(reason, "reason", required=True, most=REASON_LENGTH)
    appraisal.save(update_fields=["state", "ended_reason"])
    record(appraisal, "appraisal.withdraw", by=by, at=at)
    return appraisal


@transaction.atomic
def open_appraisal(appraisal: Appraisal, *, by: User, at: datetime) -> Appraisal:
    """Open a round at its hour; the clock does it."""
    appraisal = locked(appraisal, by, permissions.can_run_clock)
    move(appraisal, "open")
    if at < appraisal.opens_at:
        raise WrongState(_("还没有到公告的开始时间。"))
    appraisal.save(update_fields=["state"])
    record(appraisal, "appraisal.open", by=by, at=at)
    return appraisal


@transaction.atomic
def give_voice(appraisal: Appraisal, *, by: User, at: datetime, rating: int, text: str = "") -> AppraisalVoice:
    """Rate from 1 to 5, with words; once a person, changed as often as they like until it closes."""
    refusal = _("当地核验过的居民可以评议；被评议单位的人不给自己打分。")
    appraisal = locked(appraisal, by, permissions.can_give_voice, refusal)
    if appraisal.state != AppraisalState.OPEN or at >= appraisal.closes_at:
        raise WrongState(_("现在不在评议的日子里，分数不能再打、再改。"))
    if rating not in RATINGS:
        raise BadInput(_("请打 1 到 5 分。"), "rating")
    words = clean_text(text, "text")
    known = AppraisalVoice.objects.filter(appraisal=appraisal, user=by).first()
    voice = known or AppraisalVoice(appraisal=appraisal, user=by)
    if voice.text != words:
        # New words have been seen by nobody.
        voice.text, voice.is_public, voice.reviewed_at = words, False, None
    voice.rating, voice.at = rating, at
    voice.save()
    return voice


@transaction.atomic
def publish_appraisal(appraisal: Appraisal, *, by: User, at: datetime) -> Appraisal:
    """Close a round and write its sums; of too few voices the number alone. The clock does it."""
    appraisal = locked(appraisal, by, permissions.can_run_clock)
    move(appraisal, "publish")
    if at < appraisal.closes_at:
        raise WrongState(_("评议还没有截止。"))
    ratings = list(appraisal.given.values_list("rating", flat=True))
    least = rule_value("appraisal.least", at.astimezone(SHANGHAI).date(), appraisal.town)
    is_shown = bool(ratings) and len(ratings) >= least
    appraisal.published_at, appraisal.voices = at, len(ratings)
    appraisal.total = sum(ratings) if is_shown else 0
    appraisal.stars = [ratings.count(star) for star in RATINGS] if is_shown else []
    appraisal.save(update_fields=["state", "published_at", "voices", "total", "stars"])
    record(appraisal, "appraisal.publish", by=by, at=at, voices=len(ratings))
    return appraisal


def latest_of_property(area: Area) -> list[Appraisal]:
    """Return the newest published appraisal of each property company that serves a place or part of it.

    The next joint meeting begins with them.
    """
    rows = Appraisal.objects.filter(
        state=AppraisalState.PUBLISHED, unit__kind=UnitKind.PROPERTY_COMPANY, town=area.town or area
    ).select_related("unit__area", "area")
    newest: dict[int, Appraisal] = {}
    for row in rows.order_by("-published_at", "-pk")[:200]:
        near = row.area.path.startswith(area.path) or area.path.startswith(row.area.path)
        if near and row.unit_id is not None:
            newest.setdefault(row.unit_id, row)
    return list(newest.values())


# --- What those verbs share ------------------------------------------------------------------------------
def locked(appraisal: Appraisal, by: User, may: Callable[[Any, Any], bool], refusal: str = "") -> Appraisal:
    """Return the appraisal with its row locked, or NotAllowed where `by` may not do this to it."""
    Appraisal.objects.select_for_update().only("pk").get(pk=appraisal.pk)
    joins = ("area", "town", "unit__area", "resolution__area")
    fresh = Appraisal.objects.select_related(*joins).get(pk=appraisal.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(refusal or _("这轮评议不归您办，所以没有改动。"))
    return fresh


def move(appraisal: Appraisal, verb: str) -> None:
    """Set the state that `verb` leads to, or WrongState. Does not save."""
    after = APPRAISAL_TRANSITIONS[verb].get(AppraisalState(appraisal.state))
    if after is None:
        raise WrongState(
            _("这轮评议现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": appraisal.get_state_display()}
        )
    appraisal.state = after
