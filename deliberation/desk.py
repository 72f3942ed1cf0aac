"""What of deliberation waits on a worker's desk, and the one tap that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from community.models import Clock, User
from community.roles import Role
from deliberation.models import Issue
from deliberation.sentences import TimeLeft, time_left, to_do
from deliberation.states import IssueState

LANES = ("over", "soon", "week", "hold")


@dataclass(frozen=True)
class DeskItem:
    """One row: the issue, its clock, and the next step as a tap (a verb sent at once) or a link to the page."""

    issue: Issue
    clock: Clock
    left: TimeLeft
    tag: str
    text: str
    action: str
    verb: str = ""

    @property
    def title(self) -> str:
        """Return what the row is about."""
        return self.issue.title

    @property
    def url(self) -> str:
        """Return where the row leads."""
        return self.issue.get_absolute_url()

    @property
    def place(self) -> str:
        """Return the community or village."""
        return self.issue.community.name

    @property
    def tap_url(self) -> str:
        """Return where the tap is sent, or '' where the step needs the page."""
        return reverse("issue_action", args=[self.issue.number, self.verb]) if self.verb else ""

    @property
    def is_escalated(self) -> bool:
        """Return whether the town watches over it while somebody else handles it."""
        return self.issue.escalated_at is not None and self.clock.holder_role != Role.TOWN_OFFICER


def in_lane(clocks: QuerySet[Clock], lane: str, at: datetime) -> QuerySet[Clock]:
    """Keep the clocks of one lane: over, soon (today), week (seven days) or hold (paused)."""
    midnight = timezone.localtime(at).replace(hour=23, minute=59, second=59, microsecond=0)
    running = clocks.filter(paused_at=None)
    lanes = {
        "over": running.filter(due_at__lt=at),
        "soon": running.filter(due_at__gte=at, due_at__lte=midnight),
        "week": running.filter(due_at__gt=midnight, due_at__lte=midnight + timedelta(days=7)),
        "hold": clocks.exclude(paused_at=None),
    }
    return lanes.get(lane, clocks)


def lane_counts(clocks: QuerySet[Clock], at: datetime) -> dict[str, int]:
    """Return how many clocks each lane has, in one query."""
    midnight = timezone.localtime(at).replace(hour=23, minute=59, second=59, microsecond=0)
    running = Q(paused_at=None)
    return clocks.order_by().aggregate(
        over=Count("pk", filter=running & Q(due_at__lt=at)),
        soon=Count("pk", filter=running & Q(due_at__gte=at, due_at__lte=midnight)),
        week=Count("pk", filter=running & Q(due_at__gt=midnight, due_at__lte=midnight + timedelta(days=7))),
        hold=Count("pk", filter=~running),
    )


def issue_rows(clocks: Sequence[Clock], user: User, at: datetime) -> dict[int, DeskItem]:
    """Return the rows of those clocks that belong to issues, by clock, in one query."""
    kind = ContentType.objects.get_for_model(Issue)
    mine = [clock for clock in clocks if clock.subject_type_id == kind.pk]
    issues = Issue.objects.select_related("category", "area", "community", "unit", "reporter").in_bulk(
        [clock.subject_id for clock in mine]
    )
    return {
        clock.pk: desk_item(issues[clock.subject_id], clock, user, at) for clock in mine if clock.subject_id in issues
    }


def desk_item(issue: Issue, clock: Clock, user: User, at: datetime) -> DeskItem:
    """Return one row with the step that is next for this person."""
    verb, action, tag = next_tap(issue, clock, user)
    return DeskItem(issue, clock, time_left(clock, at), tag, to_do(issue, clock), action, verb)


def next_tap(issue: Issue, clock: Clock, user: User) -> tuple[str, str, str]:
    """Return (verb to send at once or '', words of the button, tag of the row)."""
    state = IssueState(issue.state)
    if clock.paused_at is not None:
        return "", _("看记录"), _("等答复")
    if clock.holder_role == Role.HANDLER:
        return "", _("办结，交照片"), _("重办") if state == IssueState.REWORK else _("办理")
    if state == IssueState.RAISED:
        return "accept", _("受理"), _("反映")
    if state == IssueState.ACCEPTED:
        return "", _("派单"), _("反映")
    if state == IssueState.RESOLVED and clock.holder_role == Role.COMMUNITY_WORKER:
        return "", _("打电话"), _("回访")
    if clock.holder_role == Role.TOWN_OFFICER:
        return "", pgettext("button", "督办"), _("督办")
    return "", _("看一看"), _("反映")
