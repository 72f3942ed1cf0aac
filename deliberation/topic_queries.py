"""Reads of topics that more than one caller uses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from community.models import Area, Clock, Resident, User
from community.permissions import Person
from community.queries import areas_of, resident_of, within_any
from community.roles import Role
from deliberation.models import (
    Amendment,
    Argument,
    Hall,
    Issue,
    Statement,
    StatementStance,
    Topic,
    TopicEvent,
    TopicFollow,
    TopicOption,
)
from deliberation.models.topics import Weight
from deliberation.states import TOPIC_FINAL, TOPIC_GROUPS

NEWEST_TOPICS = ("-proposed_at", "-pk")
MINE = 20


def filtered_topics(town: Area | None, group: str, weight: str) -> QuerySet[Topic]:
    """Return the public topics that the filters leave."""
    topics = Topic.objects.public()
    if town is not None:
        topics = topics.filter(town=town)
    if group in TOPIC_GROUPS:
        topics = topics.filter(state__in=sorted(TOPIC_GROUPS[group]))
    if weight in Weight.values:
        topics = topics.filter(weight=weight)
    return topics


def events_of(topic: Topic, *, staff: bool) -> QuerySet[TopicEvent]:
    """Return what happened to a topic, oldest first; all of it for staff."""
    events = topic.events.all() if staff else topic.events.filter(is_public=True)
    return events.select_related("unit").order_by("at", "id")


def topic_clock(topic: Topic) -> Clock | None:
    """Return the soonest open clock of a topic."""
    return Clock.objects.of(topic).open().order_by("due_at", "id").first()


def topics_of(user: User, profile: Resident | None) -> QuerySet[Topic]:
    """Return what somebody proposed, and what a worker proposed for them."""
    own = Q(proposer=user)
    return Topic.objects.filter(own if profile is None else own | Q(represented=profile.pk)).order_by(*NEWEST_TOPICS)


def endorsed_by(user: User) -> QuerySet[Topic]:
    """Return what somebody endorsed."""
    return Topic.objects.public().filter(endorsements__user=user).order_by(*NEWEST_TOPICS)


def words_of(user: User) -> list[Any]:
    """Return what somebody said on topics last, of every kind, the newest first."""
    rows = [
        row
        for model in (Argument, TopicOption, Amendment, Statement)
        for row in model._default_manager.filter(by=user).select_related("topic").order_by("-at", "-pk")[:MINE]
    ]
    return sorted(rows, key=lambda row: (row.at, row.pk), reverse=True)[:MINE]


def halls_for(user: User, issue: Issue | None, day: date) -> QuerySet[Hall]:
    """Return the halls to which somebody may bring a topic, the nearest first.

    A resident those of their home and above; staff those of the places they work in; from an issue, of these and
    of the place of the issue those that cover it.
    """
    resident = resident_of(user)
    near = Q(pk__in=[])
    if resident is not None and resident.home is not None:
        near |= Q(area__path__in=resident.home.parent_paths())
    paths = [area.path for area in areas_of(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER, Role.HALL_MODERATOR)]
    if paths:
        near |= within_any(paths, "area__path")
    halls = Hall.objects.standing_on(day).select_related("area")
    if issue is not None:
        halls = halls.filter(area__path__in=issue.area.parent_paths())
        return halls.order_by("-area__path", "name")
    return halls.filter(near).order_by("-area__path", "name")


def topic_under_way(issue: Issue) -> Topic | None:
    """Return the topic that is made of an issue and has not ended, or None."""
    return Topic.objects.filter(issue=issue).exclude(state__in=sorted(TOPIC_FINAL)).first()


def marks_of(viewer: Person, topic: Topic) -> dict[str, Any]:
    """Return whether this person has endorsed or follows a topic, and their stances by statement."""
    if not viewer.is_authenticated:
        return {"has_endorsed": False, "is_following": False, "stances": {}}
    stances = StatementStance.objects.filter(topic=topic, user=viewer).values_list("statement_id", "stance")
    return {
        "has_endorsed": topic.endorsements.filter(user=viewer).exists(),
        "is_following": TopicFollow.objects.filter(topic=topic, user=viewer).exists(),
        "stances": dict(stances),
    }
