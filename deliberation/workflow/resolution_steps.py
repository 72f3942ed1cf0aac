"""What the verbs of resolutions, objections and commitments share: lock, ask, move, write the log, tell people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import Unit, User
from community.models.areas import UnitKind
from community.queries import people_holding, people_in_unit
from community.roles import Role
from community.workflow import notify
from deliberation.models import Resolution, Topic
from deliberation.states import RESOLUTION_TRANSITIONS, ResolutionState

REASON_LENGTH = 200


def locked(resolution: Resolution, by: User, may: Callable[[Any, Any], bool], refusal: str = "") -> Resolution:
    """Return the resolution with its topic's row and its own locked, in this order, or NotAllowed."""
    if resolution.topic_id is not None:
        Topic.objects.select_for_update().only("pk").get(pk=resolution.topic_id)
    Resolution.objects.select_for_update().only("pk").get(pk=resolution.pk)
    joins = ("area", "town", "topic__area", "topic__town", "topic__hall", "topic__proposer", "ballot")
    fresh = Resolution.objects.select_related(*joins).get(pk=resolution.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(refusal or _("这项决议不归您办，所以没有改动。"))
    return fresh


def move(resolution: Resolution, verb: str) -> None:
    """Set the state that `verb` leads to, or WrongState. Does not save."""
    after = RESOLUTION_TRANSITIONS[verb].get(ResolutionState(resolution.state))
    if after is None:
        raise WrongState(
            _("这项决议现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": resolution.get_state_display()}
        )
    resolution.state = after


def log_step(resolution: Resolution, verb: str, *, by: User, at: datetime, **data: Any) -> None:
    """Write a step's line in the action log."""
    record(resolution, f"resolution.{verb}", by=by, at=at, state=resolution.state, **data)


def followers(resolution: Resolution) -> Iterable[User]:
    """Return who hears of it: the proposer of its topic, those who endorsed it and those who follow it."""
    topic = resolution.topic
    if topic is None:
        return User.objects.none()
    near = Q(pk=topic.proposer_id) | Q(topic_endorsements__topic=topic) | Q(topic_follows__topic=topic)
    return User.objects.filter(near).distinct()


def tell(resolution: Resolution, message: str, *, by: User, at: datetime, **params: Any) -> None:
    """Tell those who follow the matter, but not who did it; a notice says nothing about a person."""
    people = [person for person in followers(resolution) if person.pk != by.pk]
    tell_people(people, resolution, message, at=at, **params)


def tell_people(people: Iterable[User], resolution: Resolution, message: str, *, at: datetime, **params: Any) -> None:
    """Tell some people about a resolution."""
    url = resolution.get_absolute_url()
    notify(people, message, url=url, at=at, number=resolution.number, title=resolution.title, **params)


def people_of_unit(unit: Unit) -> list[User]:
    """Return who acts for a unit: its own people, or who serves the place of a committee or a town's office."""
    people = [*people_in_unit(Role.HANDLER, unit.pk), *people_in_unit(Role.OWNERS_COMMITTEE, unit.pk)]
    if unit.kind == UnitKind.RESIDENTS_COMMITTEE:
        people += people_holding(Role.COMMUNITY_WORKER, unit.area)
    if unit.kind == UnitKind.OFFICE:
        people += people_holding(Role.TOWN_OFFICER, unit.area)
    return people
