"""What a verb did: the rows, notices, log lines and signals that came of it, in plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from wagtail.models import ModelLogEntry

from community.clock import SHANGHAI
from community.models import Clock, Notice, Resident
from deliberation.models import (
    Endorsement,
    Follow,
    Issue,
    IssueEvent,
    IssuePhoto,
    NumberSeries,
    PhotoDraft,
)
from deliberation.signals import issue_changed, issue_closed

TABLES = (
    Issue,
    IssueEvent,
    IssuePhoto,
    PhotoDraft,
    Endorsement,
    Follow,
    NumberSeries,
    Clock,
    Notice,
    Resident,
    ModelLogEntry,
)


class Effects(NamedTuple):
    """`events` are (verb, state, who, text, public?), `told` (who, sentence), `logged` (action, who, data)."""

    result: Any
    issue: Issue
    events: list[tuple[str, str, str, str, bool]]
    told: list[tuple[str, str]]
    logged: list[tuple[str, str, dict[str, Any]]]
    signals: list[tuple[str, str]]


def rows(*but: type) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table that a verb may touch, except those of `but`."""
    return {
        table.__name__: list(table._default_manager.order_by("pk").values()) for table in TABLES if table not in but
    }


@contextmanager
def heard_signals() -> Iterator[list[tuple[str, str]]]:
    """Give a list that grows by each signal: (its name, the verb)."""
    heard: list[tuple[str, str]] = []

    def changed(issue: Issue, verb: str, **kwargs: Any) -> None:
        heard.append(("changed", verb))

    def closed(issue: Issue, **kwargs: Any) -> None:
        heard.append(("closed", issue.outcome))

    issue_changed.connect(changed)
    issue_closed.connect(closed)
    try:
        yield heard
    finally:
        issue_changed.disconnect(changed)
        issue_closed.disconnect(closed)


def last_of(table: Any) -> int:
    """Return the highest key of a table."""
    return table._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def effects(call: Callable[[], Any], committed: Callable[..., Any]) -> Effects:
    """Do `call`, let what it queued for its commit happen, and return what came of it."""
    before = {table: last_of(table) for table in (IssueEvent, Notice, ModelLogEntry)}
    with heard_signals() as signals, committed(execute=True):
        result = call()
    issue = Issue.objects.get(pk=getattr(result, "issue_id", result.pk))
    events = IssueEvent.objects.filter(pk__gt=before[IssueEvent]).select_related("by").order_by("pk")
    notices = Notice.objects.filter(pk__gt=before[Notice]).select_related("recipient")
    lines = ModelLogEntry.objects.filter(pk__gt=before[ModelLogEntry]).order_by("pk")
    return Effects(
        result=result,
        issue=issue,
        events=[(one.verb, one.state, one.by.username, one.text, one.is_public) for one in events],
        told=sorted((one.recipient.username, one.text) for one in notices),
        logged=[(line.action, line.user.username, line.data) for line in lines],
        signals=signals,
    )


def clocks_of(issue: Issue) -> dict[str, str]:
    """Return each open clock of an issue with its end in Shanghai."""
    open_clocks = Clock.objects.of(issue).open()
    return {clock.kind: f"{clock.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" for clock in open_clocks}


def stopped(issue: Issue) -> list[tuple[str, str]]:
    """Return (kind, who) of the clocks that somebody has stopped, in the order in which they were started."""
    clocks = Clock.objects.of(issue).exclude(stopped_at=None).select_related("stopped_by").order_by("pk")
    return [(clock.kind, clock.stopped_by.username) for clock in clocks]
