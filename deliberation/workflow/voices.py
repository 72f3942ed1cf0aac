"""What others add to an issue: me too, follow, and a few more words."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import WrongState
from community.models import User
from community.queries import people_holding
from community.roles import Role
from community.workflow import notify
from deliberation import permissions
from deliberation.models import Endorsement, Follow, Issue
from deliberation.workflow.representing import note_act
from deliberation.workflow.steps import clean_text, locked, log_step, write_event
from deliberation.workflow.waiting import resume_when_answered


@transaction.atomic
def endorse_issue(issue: Issue, *, by: User, at: datetime) -> Issue:
    """Add one voice; the same person again changes nothing."""
    issue = locked(issue, by, permissions.can_endorse, _("自己反映的事不用附议；别人的事，公开之后才能附议。"))
    if issue.is_final:
        raise WrongState(_("这件事已经结了。如果又出现了，请重新反映。"))
    added = Endorsement.objects.get_or_create(issue=issue, user=by, defaults={"at": at})[1]
    if added:
        Issue.objects.filter(pk=issue.pk).update(endorsement_count=F("endorsement_count") + 1)
        issue.refresh_from_db(fields=["endorsement_count"])
        # No event: the row says it all, and a page with thousands of voices has to stay quick.
        log_step(issue, "endorse", by=by, at=at)
    return issue


@transaction.atomic
def follow_issue(issue: Issue, *, by: User, at: datetime, on: bool = True) -> Issue:
    """Be told of each step, or no longer."""
    issue = locked(issue, by, permissions.can_follow, _("公开之后才能关注。"))
    if on:
        Follow.objects.get_or_create(issue=issue, user=by, defaults={"at": at})
    else:
        Follow.objects.filter(issue=issue, user=by).delete()
    return issue


@transaction.atomic
def supplement_issue(issue: Issue, *, by: User, at: datetime, text: str) -> Issue:
    """Add a few words to an issue; staff see them at once, the public after a worker has."""
    issue = locked(issue, by, permissions.can_supplement, _("请先登录，再补充情况。"))
    if issue.is_final:
        raise WrongState(_("这件事已经结了，不能再补充。如果又出现了，请重新反映。"))
    words = clean_text(text, "text", required=True)
    write_event(issue, "supplement", by=by, at=at, text=words, is_public=False, is_text_public=False)
    tell_workers(issue, by=by, at=at)
    if permissions.is_reporter(by, issue):
        note_act(issue, _("补充情况"), by=by, at=at)
        resume_when_answered(issue, by=by, at=at)
    return issue


def tell_workers(issue: Issue, *, by: User, at: datetime) -> None:
    """Tell the workers of the place that something waits to be read; the unit hears of it when it is public."""
    workers = people_holding(Role.COMMUNITY_WORKER, issue.area).exclude(pk=by.pk)
    message = gettext_noop("有人补充了情况，等您审看：%(title)s（%(number)s）")
    notify(workers, message, url=issue.get_absolute_url(), at=at, number=issue.number, title=issue.title)
