"""Who keeps halls, their meeting places and their methods: predicates of a person and a place."""

from __future__ import annotations

import rules

from community.models import Area
from community.permissions import Person, holds_over
from community.roles import Role


@rules.predicate
def is_town_officer(user: Person, area: Area) -> bool:
    """A town officer over the place."""
    return holds_over(user, area, Role.TOWN_OFFICER)


@rules.predicate
def is_of_place(user: Person, area: Area) -> bool:
    """Somebody who moderates or works at the place."""
    return holds_over(user, area, Role.HALL_MODERATOR, Role.COMMUNITY_WORKER)


@rules.predicate
def can_found_halls(user: Person, area: Area) -> bool:
    """A district officer opens and closes halls."""
    return holds_over(user, area, Role.DISTRICT_OFFICER)


can_keep_hall = is_town_officer | is_of_place
can_keep_venues = is_town_officer | is_of_place
can_keep_methods = is_town_officer | is_of_place
