"""Who may do what to a session, and to the topics on its agenda; whatever their state."""

from __future__ import annotations

import rules

from community.permissions import Person, holds_over
from community.roles import Role
from deliberation.models import Session, Topic


@rules.predicate
def is_organiser_of_place(user: Person, subject: Session | Topic) -> bool:
    """A hall's moderator, a community worker or a town officer over the place of a session or a topic."""
    return holds_over(user, subject.area, Role.HALL_MODERATOR, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def is_moderator_of_place(user: Person, subject: Session | Topic) -> bool:
    """A hall's moderator over the place."""
    return holds_over(user, subject.area, Role.HALL_MODERATOR)


@rules.predicate
def is_recorder_of_place(user: Person, subject: Session | Topic) -> bool:
    """Who keeps the minutes there."""
    return holds_over(user, subject.area, Role.RECORDER)


@rules.predicate
def is_overseer_of_place(user: Person, session: Session) -> bool:
    """Somebody who watches over the place without holding its sessions."""
    return holds_over(user, session.area, Role.DISTRICT_OFFICER, Role.STEWARD, Role.AUDITOR)


@rules.predicate
def is_noticed(user: Person, session: Session) -> bool:
    """People have been told of it: anybody may see it."""
    return session.noticed_at is not None


can_plan = is_organiser_of_place
can_close = is_organiser_of_place | is_recorder_of_place
can_see = is_noticed | is_organiser_of_place | is_recorder_of_place | is_overseer_of_place
# What a session came to is written down by who moderated it or kept its minutes.
can_conclude = is_moderator_of_place | is_recorder_of_place
can_attach_ballot = is_organiser_of_place
