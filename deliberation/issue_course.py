"""The whole chain of an issue: issue → topic → session → ballot → resolution → commitments → evaluation.

Steps as the component `chain` shows them, with links; a step that the reader may not see is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Avg, Count
from django.urls import reverse
from django.utils.translation import gettext as _

from community.permissions import Person
from community.queries import today
from deliberation import permissions
from deliberation.models import Ballot, Commitment, Issue, Resolution, Session, Topic
from deliberation.states import (
    BallotState,
    CommitmentState,
    IssueState,
    ResolutionState,
    SessionState,
    TopicState,
)


@dataclass(frozen=True)
class Link:
    """One step: `state` is done, now, late, next or skipped; where it leads, if it has a page."""

    state: str
    title: str
    text: str = ""
    time: datetime | date | None = None
    url: str = ""


def course(issue: Issue, viewer: Person) -> list[Link]:
    """Return the steps from an issue to how its resolution was rated, as far as they have come."""
    steps = [of_issue(issue)]
    topics = issue.topics.select_related("town").order_by("proposed_at", "pk")
    shown = [one for one in topics if one.is_public or permissions.can_see_staff_side(viewer, issue)]
    for topic in shown:
        steps += of_topic(topic)
    if not shown and issue.state not in (IssueState.CLOSED, IssueState.WITHDRAWN, IssueState.REFUSED):
        steps.append(Link("next", _("议题"), _("办不下来的，可以申请上议事会。")))
    return steps


def of_issue(issue: Issue) -> Link:
    """Return the step of the issue itself."""
    is_over = issue.state in (IssueState.CLOSED, IssueState.WITHDRAWN, IssueState.REFUSED)
    return Link("done" if is_over else "now", _("反映：%(title)s") % {"title": issue.title}, issue.get_state_display(),
                issue.raised_at, issue.get_absolute_url())  # fmt: skip


def of_topic(topic: Topic) -> Iterator[Link]:
    """Return the steps of a topic: itself, its sessions, ballots, resolutions."""
    before = topic.state in (TopicState.PROPOSED, TopicState.CONFIRMED, TopicState.NOTICED)
    yield Link("now" if before else "done", _("议题：%(title)s") % {"title": topic.title}, topic.get_state_display(),
               topic.proposed_at, topic.get_absolute_url())  # fmt: skip
    sessions = list(Session.objects.public().filter(items__topic=topic).order_by("starts_at", "pk"))
    yield from (of_session(one) for one in sessions)
    ballots = Ballot.objects.filter(pk__in=topic.topic_ballots.values("ballot"), noticed_at__isnull=False)
    yield from (of_ballot(one) for one in ballots.order_by("opens_at", "pk"))
    resolutions = list(topic.resolutions.order_by("published_at", "pk"))
    for one in resolutions:
        yield from of_resolution(one)
    if not resolutions and topic.step:
        if not sessions:
            yield Link("next", _("开会协商"))
        yield Link("next", _("公布决议"))
        yield Link("next", _("落实"), _("谁来办、哪天办完，都会写明。"))
        yield Link("next", _("评议"))


def of_session(session: Session) -> Link:
    """Return the step of a session."""
    states = {SessionState.CLOSED: "done", SessionState.OPEN: "now", SessionState.CANCELLED: "skipped"}
    state = states.get(SessionState(session.state), "next")
    text = session.get_state_display()
    if session.attended:
        text = _("%(state)s，到会 %(n)d 人") % {"state": text, "n": session.attended}
    title = _("会议：%(title)s") % {"title": session.title}
    return Link(state, title, text, session.starts_at, session.get_absolute_url())


def of_ballot(ballot: Ballot) -> Link:
    """Return the step of a ballot; how it goes is not said before it is counted."""
    ended = {BallotState.COUNTED: "done", BallotState.VOID: "skipped", BallotState.WITHDRAWN: "skipped"}
    state = ended.get(BallotState(ballot.state), "now" if ballot.state == BallotState.OPEN else "next")
    return Link(state, _("表决：%(title)s") % {"title": ballot.question}, ballot.get_state_display(), ballot.opens_at,
                reverse("ballot", args=[ballot.pk]))  # fmt: skip


def of_resolution(resolution: Resolution) -> Iterator[Link]:
    """Return the steps of a resolution: itself, each commitment, and the evaluation."""
    state = {ResolutionState.REVOKED: "skipped", ResolutionState.PUBLISHED: "now"}.get(
        ResolutionState(resolution.state), "done"
    )
    title = _("决议：%(title)s") % {"title": resolution.title}
    text = resolution.revoked_reason or resolution.get_state_display()
    yield Link(state, title, text, resolution.published_at, resolution.get_absolute_url())
    if resolution.state == ResolutionState.REVOKED:
        return
    for commitment in resolution.commitments.select_related("unit").order_by("position", "pk"):
        yield of_commitment(commitment, resolution)
    yield of_evaluation(resolution)


def of_commitment(commitment: Commitment, resolution: Resolution) -> Link:
    """Return the step of a commitment: who does it, and by when; overdue is said to everybody."""
    url = f"{resolution.get_absolute_url()}#task-{commitment.pk}"
    title = _("任务：%(task)s") % {"task": commitment.text}
    if commitment.state != CommitmentState.OPEN:
        text = _("%(unit)s，%(state)s") % {"unit": commitment.unit.name, "state": commitment.get_state_display()}
        return Link("done", title, text, commitment.ended_at, url)
    running = resolution.state == ResolutionState.CARRYING_OUT
    late = running and commitment.due_on < today()
    text = _("%(unit)s，%(day)s 前办完") % {"unit": commitment.unit.name, "day": commitment.due_on}
    return Link("late" if late else "now" if running else "next", title, text, url=url)


def of_evaluation(resolution: Resolution) -> Link:
    """Return the step of the evaluation, with its counts."""
    if resolution.evaluation_ends_at is None:
        return Link("next", _("评议"), _("任务都了结以后，请居民打分。"))
    sums: dict[str, Any] = resolution.evaluations.aggregate(n=Count("pk"), mean=Avg("rating"))
    text = _("还没有人打分。") if resolution.evaluated_at is None else _("没有人打分。")
    if sums["n"]:
        text = _("%(n)d 人打分，平均 %(mean).1f 分。") % sums
    state = "now" if resolution.evaluated_at is None else "done"
    return Link(state, _("评议"), text, resolution.evaluated_at, resolution.get_absolute_url())
