"""What clocks start: reminders, escalations and lapses of issues."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_noop

from community.models import Clock, User
from community.models.clocks import Stage
from community.queries import people_holding
from community.roles import Role
from community.signals import clock_resumed, clock_struck, sweep_begun
from community.workflow import notify
from deliberation.models import Commitment, Issue, Objection, Topic
from deliberation.workflow.commitments import remind_of_commitment
from deliberation.workflow.handling import tell_unit
from deliberation.workflow.objecting import remind_of_objection
from deliberation.workflow.rating import escalate, lapse_call_back
from deliberation.workflow.result_sweeping import sweep_results
from deliberation.workflow.sweeping import sweep_ballots
from deliberation.workflow.topics import CONFIRM, remind_to_confirm
from deliberation.workflow.waiting import stop_waiting


@receiver(clock_struck, sender=Clock)
def answer_clock(clock: Clock, at: datetime, **kwargs: Any) -> None:
    """Do what an issue's clock asks for; other apps' clocks are theirs."""
    if not clock.kind.startswith("issue."):
        return
    issue = Issue.objects.select_related("area", "community", "reporter", "unit").get(pk=clock.subject_id)
    by = User.objects.clock()
    if clock.stage == Stage.LAPSED:
        lapse_call_back(issue, by=by, at=at)
    elif clock.stage == Stage.REMINDED:
        remind(issue, clock, by=by, at=at)
    elif clock.stage == Stage.ESCALATED and clock.kind != "issue.escalated":
        escalate(issue, by=by, at=at)


@receiver(clock_struck, sender=Clock)
def answer_topic_clock(clock: Clock, at: datetime, **kwargs: Any) -> None:
    """Remind those who have not confirmed a topic in time."""
    if clock.kind == CONFIRM:
        topic = Topic.objects.select_related("area").get(pk=clock.subject_id)
        remind_to_confirm(topic, at=at, escalated=clock.stage == Stage.ESCALATED)


@receiver(clock_resumed, sender=Clock)
def go_on_unanswered(clock: Clock, at: datetime, **kwargs: Any) -> None:
    """Write down that an issue's clock has waited long enough for its reporter; other apps' clocks are theirs."""
    if clock.kind.startswith("issue."):
        issue = Issue.objects.select_related("area", "community", "reporter", "unit").get(pk=clock.subject_id)
        stop_waiting(issue, clock, by=User.objects.clock(), at=at)


@receiver(sweep_begun, sender=Clock)
def sweep(at: datetime, **kwargs: Any) -> None:
    """Open and count the ballots, and do what is due to resolutions and appraisals, whose hour has come."""
    sweep_ballots(at=at)
    sweep_results(at=at)


@receiver(clock_struck, sender=Clock)
def answer_clock_of_result(clock: Clock, at: datetime, **kwargs: Any) -> None:
    """Remind of commitments and of objections to be answered."""
    escalated = clock.stage == Stage.ESCALATED
    if clock.kind.startswith("commitment."):
        joins = ("unit__area", "resolution__area", "resolution__topic")
        commitment = Commitment.objects.select_related(*joins).get(pk=clock.subject_id)
        remind_of_commitment(commitment, clock.kind, by=User.objects.clock(), at=at, escalated=escalated)
    elif clock.kind == "resolution.answer":
        objection = Objection.objects.select_related("notice__resolution__area").get(pk=clock.subject_id)
        remind_of_objection(objection, at=at, escalated=escalated)


def remind(issue: Issue, clock: Clock, *, by: User, at: datetime) -> None:
    """Tell those who are late, the day after the term has ended."""
    message = gettext_noop("过期了，请马上办：%(title)s（%(number)s）")
    if clock.holder_role == Role.HANDLER:
        tell_unit(issue, message, by=by, at=at)
    late = people_holding(Role.COMMUNITY_WORKER, issue.area)
    if clock.holder_role == Role.TOWN_OFFICER:
        late |= people_holding(Role.TOWN_OFFICER, issue.area)
    notify(late, message, url=issue.get_absolute_url(), at=at, number=issue.number, title=issue.title)
