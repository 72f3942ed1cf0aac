"""What every verb of a topic does alike: lock, ask, move, write the event and the log, tell people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import Unit, User
from community.workflow import notify
from deliberation.models import Topic, TopicEvent
from deliberation.signals import topic_changed
from deliberation.states import TOPIC_TRANSITIONS, TopicState

TopicPredicate = Callable[[User, Topic], bool]
JOINS = ("area", "town", "hall", "hall__area", "proposer", "represented", "scope", "issue")


def locked(topic: Topic, by: User, may: TopicPredicate, refusal: str = "") -> Topic:
    """Return the topic with its row locked, or NotAllowed if `by` may not do this to it."""
    Topic.objects.select_for_update().only("pk").get(pk=topic.pk)
    # Read behind the lock: a row that was waited for comes back new, but what is joined to it as it was before.
    fresh = Topic.objects.select_related(*JOINS).get(pk=topic.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(refusal or _("这个议题不归您办，所以没有改动。请找当地的议事主持人或社区工作者。"))
    return fresh


def move(topic: Topic, verb: str) -> TopicState:
    """Set the state that `verb` leads to, or WrongState; returns the state that was left. Does not save."""
    before = TopicState(topic.state)
    after = TOPIC_TRANSITIONS[verb].get(before)
    if after is None:
        raise WrongState(
            _("这个议题现在是“%(state)s”，做不了这一步。请刷新页面，看看最新进展。") % {"state": before.label}
        )
    topic.state = after
    return before


def write_event(
    topic: Topic,
    verb: str,
    *,
    by: User,
    at: datetime,
    text: str = "",
    unit: Unit | None = None,
    is_public: bool = True,
    log: dict[str, Any] | None = None,
) -> TopicEvent:
    """Write one event with its line in the action log, and tell those above."""
    event = TopicEvent.objects.create(
        topic=topic, verb=verb, state=topic.state, by=by, at=at, text=text, unit=unit, is_public=is_public
    )
    log_step(topic, verb, by=by, at=at, **(log or {}))
    return event


def log_step(topic: Topic, verb: str, *, by: User, at: datetime, **data: Any) -> None:
    """Write a step's line in the action log, and tell those above."""
    record(topic, f"topic.{verb}", by=by, at=at, state=topic.state, **data)
    topic_changed.send(sender=Topic, topic=topic, verb=verb, by=by, at=at)


def tell(topic: Topic, message: str, *, by: User, at: datetime, **params: Any) -> None:
    """Tell the proposer and, once the topic is public, those who endorsed or follow it, but not who did it.

    A notice says number and title, which its readers know already, and nothing about a person.
    """
    concerned = Q(pk=topic.proposer_id)
    if topic.is_public:
        concerned |= Q(pk__in=User.objects.filter(topic_endorsements__topic=topic).values("pk"))
        concerned |= Q(pk__in=User.objects.filter(topic_follows__topic=topic).values("pk"))
    told = list(User.objects.filter(concerned).exclude(pk=by.pk).order_by("pk"))
    notify(told, message, url=topic.get_absolute_url(), at=at, number=topic.number, title=topic.title, **params)
