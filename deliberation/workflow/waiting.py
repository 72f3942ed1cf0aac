"""Waiting for the reporter: the clock stops while a question is open, and says so (rules.md section 1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import WrongState
from community.models import Clock, User
from community.queries import people_holding, people_in_unit
from community.roles import Role
from community.workflow import notify, pause_clock, resume_clock
from deliberation import permissions
from deliberation.models import Issue
from deliberation.workflow.steps import clean_text, locked, write_event

# The terms in which somebody works; a call-back already waits for the reporter by itself.
PAUSABLE = ("issue.accept", "issue.handle")


def working_clock(issue: Issue) -> Clock | None:
    """Return the open clock of the work on an issue, locked, or None."""
    clocks = Clock.objects.of(issue).open().filter(kind__in=PAUSABLE)
    return clocks.select_for_update(of=("self",)).select_related("rule").order_by("id").first()


@transaction.atomic
def ask_reporter(issue: Issue, *, by: User, at: datetime, question: str) -> Issue:
    """Ask the reporter something that the work waits for; its clock stops until they answer."""
    issue = locked(issue, by, permissions.can_note_progress)
    clock = working_clock(issue)
    if clock is None or clock.paused_at is not None:
        raise WrongState(_("现在没有在计时的办理，不用停。"))
    text = clean_text(question, "question", required=True)
    pause_clock(clock, at=at)
    write_event(issue, "ask", by=by, at=at, text=text, unit=issue.unit, is_text_public=False)
    notify(
        [issue.reporter],
        gettext_noop("要等您答复才能接着办：%(question)s（%(number)s）"),
        url=issue.get_absolute_url(),
        at=at,
        number=issue.number,
        question=text,
    )
    return issue


@transaction.atomic
def resume_work(issue: Issue, *, by: User, at: datetime, note: str = "") -> Issue:
    """Go on counting, because the reporter has answered or the work can do without."""
    issue = locked(issue, by, permissions.can_note_progress)
    clock = working_clock(issue)
    if clock is None or clock.paused_at is None:
        raise WrongState(_("时限没有停着，不用接着算。"))
    go_on(issue, clock, by=by, at=at, text=clean_text(note, "note"))
    return issue


def resume_when_answered(issue: Issue, *, by: User, at: datetime) -> None:
    """Go on counting once the reporter has said something; nothing where no clock waits for them."""
    clock = working_clock(issue)
    if clock is not None and clock.paused_at is not None:
        go_on(issue, clock, by=by, at=at)


def go_on(issue: Issue, clock: Clock, *, by: User, at: datetime, text: str = "") -> None:
    """Resume a clock and write the step with its new end."""
    resume_clock(clock, at=at)
    write_event(issue, "resume", by=by, at=at, text=text, unit=issue.unit, due_at=clock.due_at)


def stop_waiting(issue: Issue, clock: Clock, *, by: User, at: datetime) -> None:
    """Write that a clock went on by itself, and tell the reporter and those whose turn it is."""
    write_event(issue, "resume", by=by, at=at, unit=issue.unit, due_at=clock.due_at)
    facts: dict[str, Any] = {"url": issue.get_absolute_url(), "at": at, "number": issue.number, "title": issue.title}
    notify([issue.reporter], gettext_noop("没有等到您的答复，时限接着算：%(title)s（%(number)s）"), **facts)
    if clock.holder_role == Role.HANDLER and issue.unit_id is not None:
        holders = people_in_unit(Role.HANDLER, issue.unit_id)
    else:
        holders = people_holding(Role.COMMUNITY_WORKER, issue.area)
    message = gettext_noop("反映人一直没有答复，时限接着算，请接着办：%(title)s（%(number)s）")
    notify(holders.exclude(pk=issue.reporter_id), message, **facts)
