"""What deliberation keeps about a person: issues with photos, words, endorsements, follows, drafts, places on rolls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from community.models import Clock, User
from community.personal import Attachment, Obstacle, Part, Section
from deliberation.models import (
    Endorsement,
    Follow,
    Issue,
    IssueEvent,
    IssuePhoto,
    Objection,
    PaperEntry,
    PhotoDraft,
    RollEntry,
    RollVoter,
)
from deliberation.models.resolutions import PublicNoticeKind
from deliberation.result_personal import erase_results, kept_results, result_sections
from deliberation.states import FINAL_STATES, IssueState
from deliberation.topic_personal import erase_topics, kept_topics, topic_sections
from deliberation.workflow.drafts import delete

# What a reporter says on the way; what staff writes is the office's.
RESIDENTS_VERBS = ("raise", "supplement", "rate", "withdraw", "reword")


def own_issues(user: User) -> QuerySet[Issue]:
    """Return what somebody raised for themself, or what was raised for them; not what they raised for others."""
    return Issue.objects.filter(Q(reporter=user, represented=None) | Q(represented__user=user))


def sections(user: User) -> list[Section]:
    """Return the issues and what the person said and did beside them."""
    issues = own_issues(user).select_related("category", "area").order_by("raised_at")
    said = IssueEvent.objects.filter(by=user, issue__in=own_issues(user), verb__in=RESIDENTS_VERBS)
    elsewhere = IssueEvent.objects.filter(by=user, verb="supplement").exclude(issue__in=own_issues(user))
    return [
        Section("issues", _("您反映的事"), issue_columns(), [issue_row(issue) for issue in issues]),
        Section(
            "words",
            _("您补充的话和打的分"),
            {"at": _("时间"), "issue__number": _("编号"), "text": _("内容"), "rating": _("打分")},
            [dict(row) for row in (said | elsewhere).order_by("at").values("at", "issue__number", "text", "rating")],
        ),
        marks("endorsements", _("您附议的事"), user.endorsements.all()),
        marks("follows", _("您关注的事"), user.follows.all()),
        rolls(user),
        *topic_sections(user),
        roll_objections(user),
        *result_sections(user),
    ]


def rolls(user: User) -> Section:
    """Return the rolls that a person is on, and whether their vote was cast; how, nobody knows."""
    columns = {"ballot__opens_at": _("开始"), "ballot__question": _("表决什么"), "entry__has_voted": _("投了票")}
    rows = RollVoter.objects.filter(resident__user=user).order_by("ballot__opens_at", "pk").values(*columns)
    return Section("rolls", _("您在名册上的表决"), columns, list(rows))


def roll_objections(user: User) -> Section:
    """Return what a person said against rolls, or a worker for them, and the answers."""
    columns = {
        "at": _("时间"), "notice__ballot__question": _("表决什么"), "text": _("您提的异议"), "answer": _("答复"),
    }  # fmt: skip
    own = Q(by=user, represented=None) | Q(represented__user=user)
    rows = Objection.objects.filter(own, notice__kind=PublicNoticeKind.ROLL).order_by("at", "pk").values(*columns)
    return Section("roll_objections", _("您对名册的异议"), columns, list(rows))


def issue_columns() -> dict[str, str]:
    """Return what the columns of an issue are called."""
    return {
        "number": _("编号"),
        "raised_at": _("反映时间"),
        "category": _("类别"),
        "title": _("什么事"),
        "details": _("详细情况"),
        "area": _("地方"),
        "address": _("在哪里"),
        "latitude": _("纬度"),
        "longitude": _("经度"),
        "is_private": _("只给办理的人看"),
        "is_public": _("已公开"),
        "state": _("状态"),
        "outcome": _("结果"),
        "rating": _("打分"),
        "closed_at": _("结案时间"),
    }


def issue_row(issue: Issue) -> dict[str, Any]:
    """Return one issue as its reporter wrote it, and what became of it."""
    row = {key: getattr(issue, key) for key in issue_columns()}
    return {
        **row,
        "category": str(issue.category),
        "area": str(issue.area),
        "state": issue.get_state_display(),
        "outcome": issue.get_outcome_display() if issue.outcome else "",
    }


def marks(key: str, title: str, queryset: QuerySet) -> Section:
    """Return the issues at which somebody left a mark."""
    return Section(
        key,
        title,
        {"at": _("时间"), "issue__number": _("编号")},
        list(queryset.order_by("at").values("at", "issue__number")),
    )


def attachments(user: User) -> Iterator[Attachment]:
    """Return the photos that a person sent, under the number of their issue."""
    photos = IssuePhoto.objects.filter(event__by=user, issue__in=own_issues(user)).select_related("issue")
    for photo in photos.iterator():
        name = str(photo.image.name)
        yield Attachment(f"photos/{photo.issue.number}/{PurePosixPath(name).name}", name)


def obstacles(user: User) -> list[Obstacle]:
    """Return the issues that wait for this person's answer: a question, or the rating."""
    open_issues = Issue.objects.filter(reporter=user, represented=None).exclude(state__in=sorted(FINAL_STATES))
    asked = Clock.objects.open().filter(kind__startswith="issue.", paused_at__isnull=False)
    waiting = open_issues.filter(
        Q(pk__in=asked.filter(subject_id__in=open_issues.values("pk")).values("subject_id"))
        | Q(state=IssueState.RESOLVED, rating=None)
    )
    sentence = _("您反映的“%(title)s”（%(number)s）正等您答复。请先答复或者打分，再来注销。")
    return [
        Obstacle(sentence % {"title": issue.title, "number": issue.number}, issue.get_absolute_url())
        for issue in waiting.order_by("raised_at")
    ]


def kept(user: User) -> list[str]:
    """Return what stays of a person's issues."""
    told = []
    raised = Issue.objects.filter(Q(reporter=user) | Q(represented__user=user)).count()
    if raised:
        told.append(_("您反映的 %(n)d 件事和办理经过：是公共事务的记录，长期保存，上面没有您的名字。") % {"n": raised})
    if Endorsement.objects.filter(user=user).exists():
        told.append(_("您的附议：只留人数，不留是谁。"))
    if RollVoter.objects.filter(resident__user=user).exists():
        told.append(_("表决的名册：只留编号和投没投票，不留姓名，长期保存，备查；怎么投的从来不记。"))
    return told + kept_topics(user) + kept_results(user)


def erase(user: User, at: datetime) -> None:
    """Delete drafts and follows, empty the names on rolls; issues, words and endorsements stay with the tombstone."""
    entries = RollVoter.objects.filter(resident__user=user).values("entry")
    RollEntry.objects.filter(pk__in=entries).update(note="")
    PaperEntry.objects.filter(entry__in=entries).update(proxy="")
    RollVoter.objects.filter(resident__user=user).update(name="", id_index=None)
    delete(PhotoDraft.objects.filter(owner=user))
    Follow.objects.filter(user=user).delete()
    erase_topics(user)
    erase_results(user)


def part() -> Part:
    """Return this app's share."""
    return Part(
        "deliberation", str(_("议事厅")), sections, erase, kept=kept, obstacles=obstacles, attachments=attachments
    )
