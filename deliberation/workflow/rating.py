"""The call-back: rating, rework, and what happens when nobody answers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.clock import SHANGHAI
from community.errors import BadInput, WrongState
from community.models import Clock, User
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow import notify, start_clock, stop_clocks
from deliberation import permissions
from deliberation.models import Issue
from deliberation.states import IssueState, Outcome
from deliberation.workflow.handling import CALL_BACK_CLOCKS, finish, start_handling, tell_unit
from deliberation.workflow.representing import note_act
from deliberation.workflow.steps import clean_text, locked, move, tell, write_event

SCORES = range(1, 6)


@transaction.atomic
def rate_issue(issue: Issue, *, by: User, at: datetime, rating: int, comment: str = "") -> Issue:
    """Rate a resolved issue from 1 to 5: one that the rule calls low sends it back for rework, others close it.

    The reporter rates; a worker of the place writes down what the reporter says on the telephone.
    After the last rework that the rule allows, a low rating escalates the issue to its town instead.
    """
    issue = locked(issue, by, permissions.can_rate, _("只有反映人可以打分，或者由社区工作者回访时代为记录。"))
    if issue.state != IssueState.RESOLVED or issue.rating is not None:
        raise WrongState(_("现在还不能打分：事情办结之后打一次。"))
    if rating not in SCORES:
        raise BadInput(_("请打 1 到 5 分。"), "rating")
    issue.rating = rating
    by_phone = not permissions.is_own_report(by, issue)
    issue.save(update_fields=["rating"])
    stop_clocks(issue, *CALL_BACK_CLOCKS, by=by, at=at)
    write_event(
        issue,
        "rate",
        by=by,
        at=at,
        text=clean_text(comment, "comment"),
        rating=rating,
        is_text_public=False,
        role=Role.COMMUNITY_WORKER if by_phone else Role.RESIDENT,
        log={"rating": rating, "by_phone": by_phone},
    )
    note_act(issue, _("给办理结果打分"), by=by, at=at)
    tell(issue, gettext_noop("有评价了：%(rating)d 分（%(number)s）"), by=by, at=at, rating=rating)
    day = at.astimezone(SHANGHAI).date()
    if rating > rule_value("issue.low_rating", day):
        move(issue, "close")
        finish(issue, Outcome.RESOLVED, by=by, at=at, verb="close")
        tell(issue, gettext_noop("已结案，谢谢您打分：%(title)s（%(number)s）"), by=by, at=at)
    elif issue.rework_count < rule_value("issue.reworks", day):
        send_back(issue, by=by, at=at)
    else:
        escalate(issue, by=by, at=at)
    return issue


@transaction.atomic
def rework_issue(issue: Issue, *, by: User, at: datetime, reason: str) -> Issue:
    """Have an issue done once more that was escalated after its last rework; its town alone can."""
    issue = locked(issue, by, permissions.can_supervise)
    if not issue.is_with_town:
        raise WrongState(_("这件事没有到镇街督办的一步。"))
    send_back(issue, by=by, at=at, text=clean_text(reason, "reason", required=True))
    return issue


def send_back(issue: Issue, *, by: User, at: datetime, text: str = "") -> None:
    """Send an issue back for rework: the category's term starts again."""
    move(issue, "rework")
    issue.rework_count += 1
    issue.rating = None
    issue.save(update_fields=["state", "rework_count", "rating"])
    clock = start_handling(issue, at)
    write_event(issue, "rework", by=by, at=at, text=text, unit=issue.unit, due_at=clock.due_at)
    tell(issue, gettext_noop("已退回重办：%(title)s（%(number)s）"), by=by, at=at)
    tell_unit(issue, gettext_noop("居民不满意，退回重办：%(title)s（%(number)s）"), by=by, at=at)


def escalate(issue: Issue, *, by: User, at: datetime) -> None:
    """Mark an issue for its town, which closes it with a reason or has it done; a mark, not a state."""
    issue.escalated_at = at
    issue.save(update_fields=["escalated_at"])
    if not Clock.objects.of(issue).open().filter(kind="issue.escalated").exists():
        start_clock(
            issue,
            "issue.escalated",
            rule_key="clock.escalation",
            at=at,
            area=issue.area,
            holder_role=Role.TOWN_OFFICER,
        )
    write_event(issue, "escalate", by=by, at=at, unit=issue.unit)
    tell(issue, gettext_noop("已由镇街督办：%(title)s（%(number)s）"), by=by, at=at)
    notify(
        people_holding(Role.TOWN_OFFICER, issue.area),
        gettext_noop("这件事要您督办：%(title)s（%(number)s）"),
        url=issue.get_absolute_url(),
        at=at,
        number=issue.number,
        title=issue.title,
    )


def lapse_call_back(issue: Issue, *, by: User, at: datetime) -> None:
    """Close a resolved issue whose call-back nobody answered; counted as not answered, by the clock."""
    move(issue, "close")
    finish(issue, Outcome.RESOLVED, by=by, at=at, verb="close")
    tell(issue, gettext_noop("回访没有等到您的答复，已结案。不满意可以再反映：%(title)s（%(number)s）"), by=by, at=at)
