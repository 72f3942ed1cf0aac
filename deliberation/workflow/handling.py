"""Handling an issue: accept, refuse, dispatch, progress, resolve, close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Unit, User
from community.models.clocks import OnDue
from community.photos import CleanPhoto
from community.queries import people_in_unit
from community.roles import Role
from community.workflow import notify, start_clock, stop_clocks
from deliberation import permissions
from deliberation.models import Issue
from deliberation.queries import suggested_units
from deliberation.signals import issue_closed
from deliberation.states import IssueState, Outcome
from deliberation.workflow.steps import clean_text, locked, move, tell, write_event

CALL_BACK_CLOCKS = ("issue.call_back", "issue.answer")
REFUSALS = (Outcome.NOT_OURS, Outcome.DUPLICATE, Outcome.UNRESOLVED)
CLOSINGS = (Outcome.UNRESOLVED, Outcome.DUPLICATE, Outcome.NOT_OURS)


@transaction.atomic
def accept_issue(issue: Issue, *, by: User, at: datetime) -> Issue:
    """Accept an issue; its clock runs on until it is dispatched, for the two are due together."""
    issue = locked(issue, by, permissions.can_accept)
    move(issue, "accept")
    issue.save(update_fields=["state"])
    write_event(issue, "accept", by=by, at=at)
    tell(issue, gettext_noop("已经受理，接着派给办理的单位：%(title)s（%(number)s）"), by=by, at=at)
    return issue


@transaction.atomic
def refuse_issue(issue: Issue, *, by: User, at: datetime, outcome: str, reason: str) -> Issue:
    """Refuse an issue with a reason that its reporter reads; `outcome` says which kind of reason."""
    issue = locked(issue, by, permissions.can_refuse)
    if outcome not in REFUSALS:
        raise BadInput(_("请选一个不受理的原因。"), "outcome")
    text = clean_text(reason, "reason", required=True)
    move(issue, "refuse")
    finish(issue, Outcome(outcome), by=by, at=at, verb="refuse", text=text)
    tell(issue, gettext_noop("没有受理，原因：%(reason)s（%(number)s）"), by=by, at=at, reason=text)
    return issue


@transaction.atomic
def dispatch_issue(issue: Issue, *, by: User, at: datetime, unit: Unit, note: str = "") -> Issue:
    """Give an accepted issue to a unit that serves its place, and start the clock of its handling."""
    issue = locked(issue, by, permissions.can_dispatch)
    if unit.pk not in {known.pk for known in suggested_units(issue)}:
        raise BadInput(_("这个单位不管这个地方。请另选一个。"), "unit")
    move(issue, "dispatch")
    issue.unit, issue.dispatched_at = unit, at
    issue.save(update_fields=["state", "unit", "dispatched_at"])
    stop_clocks(issue, "issue.accept", by=by, at=at)
    clock = start_handling(issue, at)
    write_event(
        issue,
        "dispatch",
        by=by,
        at=at,
        text=clean_text(note, "note"),
        unit=unit,
        due_at=clock.due_at,
        log={"unit": unit.pk},
    )
    tell(issue, gettext_noop("已派给%(unit)s办理：%(title)s（%(number)s）"), by=by, at=at, unit=unit.name)
    tell_unit(issue, gettext_noop("派给您单位一件事，请按时办结：%(title)s（%(number)s）"), by=by, at=at)
    return issue


def start_handling(issue: Issue, at: datetime) -> Clock:
    """Start the clock of handling by the category's own rule; a rework starts the same term again."""
    return start_clock(
        issue,
        "issue.handle",
        rule_key=issue.category.handle_rule,
        at=at,
        area=issue.area,
        holder_role=Role.HANDLER,
        holder_unit=issue.unit,
    )


def tell_unit(issue: Issue, message: str, *, by: User, at: datetime) -> None:
    """Tell the people of the unit that has the issue."""
    if issue.unit_id is None:
        return
    people = people_in_unit(Role.HANDLER, issue.unit_id).exclude(pk=by.pk)
    notify(people, message, url=issue.get_absolute_url(), at=at, number=issue.number, title=issue.title)


@transaction.atomic
def note_progress(issue: Issue, *, by: User, at: datetime, text: str, photos: Sequence[CleanPhoto] = ()) -> Issue:
    """Say how far the work is; changes no state and no clock."""
    issue = locked(issue, by, permissions.can_note_progress)
    if issue.is_final:
        raise WrongState(_("这件事已经结了，不用再写进展。"))
    text = clean_text(text, "text", required=True)
    write_event(issue, "progress", by=by, at=at, text=text, photos=photos, unit=issue.unit)
    tell(issue, gettext_noop("有新进展：%(text)s（%(number)s）"), by=by, at=at, text=text)
    return issue


@transaction.atomic
def resolve_issue(issue: Issue, *, by: User, at: datetime, text: str, photos: Sequence[CleanPhoto]) -> Issue:
    """Resolve an issue with evidence: a photo and a sentence; starts the call-back."""
    issue = locked(issue, by, permissions.can_resolve, _("只有正在办理的单位可以办结。"))
    text = clean_text(text, "text", required=True)
    if not photos:
        raise BadInput(_("办结要有照片。请拍一张办好之后的照片，最好和办前同一个角度。"), "photos")
    move(issue, "resolve")
    issue.resolved_at, issue.rating = at, None
    issue.save(update_fields=["state", "resolved_at", "rating"])
    stop_clocks(issue, "issue.handle", by=by, at=at)
    start_clock(
        issue,
        "issue.call_back",
        rule_key="issue.call_back",
        at=at,
        area=issue.area,
        holder_role=Role.COMMUNITY_WORKER,
    )
    start_clock(
        issue,
        "issue.answer",
        rule_key="issue.answer",
        at=at,
        area=issue.area,
        holder_role=Role.RESIDENT,
        on_due=OnDue.LAPSE,
    )
    write_event(issue, "resolve", by=by, at=at, text=text, photos=photos, unit=issue.unit)
    tell(issue, gettext_noop("办好了，请您看看，打个分：%(title)s（%(number)s）"), by=by, at=at)
    return issue


@transaction.atomic
def close_issue(issue: Issue, *, by: User, at: datetime, outcome: str, reason: str) -> Issue:
    """Close an issue that was not resolved, with an outcome of its own and a reason that everybody reads."""
    issue = locked(issue, by, permissions.can_close)
    if issue.is_with_town and not permissions.can_supervise(by, issue):
        raise NotAllowed(_("这件事已经由镇街督办，由镇街结案。"))
    if outcome not in CLOSINGS:
        raise BadInput(_("请选一个结案的原因。"), "outcome")
    text = clean_text(reason, "reason", required=True)
    if issue.state == IssueState.RESOLVED and not issue.is_with_town:
        raise WrongState(_("已经办结，先等反映人打分。"))
    move(issue, "close")
    finish(issue, Outcome(outcome), by=by, at=at, verb="close", text=text)
    tell(issue, gettext_noop("已结案，没有办成，原因：%(reason)s（%(number)s）"), by=by, at=at, reason=text)
    return issue


def finish(issue: Issue, outcome: Outcome, *, by: User, at: datetime, verb: str, text: str = "") -> None:
    """Write the end of an issue: outcome, time, no clock left running, the event, and the signal upward."""
    issue.outcome, issue.closed_at = outcome, at
    issue.save(update_fields=["state", "outcome", "closed_at", "rating"])
    stop_clocks(issue, "issue.accept", "issue.handle", "issue.escalated", *CALL_BACK_CLOCKS, by=by, at=at)
    write_event(issue, verb, by=by, at=at, text=text, log={"outcome": outcome})
    issue_closed.send(sender=Issue, issue=issue, by=by, at=at)
