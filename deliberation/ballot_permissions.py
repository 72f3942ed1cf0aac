"""Who may do what to a ballot: predicates of a person and a ballot, whatever its state."""

from __future__ import annotations

import rules

from community.models import Unit
from community.permissions import Person, holds_over, is_machine
from community.queries import units_of
from community.roles import Role
from deliberation.models import Ballot


@rules.predicate
def is_organiser_of_place(user: Person, ballot: Ballot) -> bool:
    """A hall's moderator, a community worker or a town officer over the place of the ballot."""
    return holds_over(user, ballot.area, Role.HALL_MODERATOR, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def is_owners_committee(user: Person, ballot: Ballot) -> bool:
    """Somebody of the owners' committee of the ballot's compound, for an owners' ballot."""
    units = units_of(user, Role.OWNERS_COMMITTEE)
    return ballot.is_named and bool(units) and Unit.objects.filter(pk__in=units, area=ballot.area_id).exists()


@rules.predicate
def is_town_officer_of_place(user: Person, ballot: Ballot) -> bool:
    """A town officer over the place of the ballot."""
    return holds_over(user, ballot.area, Role.TOWN_OFFICER)


can_organise = is_organiser_of_place | is_owners_committee
# What the clock does by itself, an organiser may do too once its time has come.
can_open = can_organise | is_machine
can_count = can_organise | is_machine
# Taking a vote away from people who have cast theirs is the town's.
can_void = is_town_officer_of_place | is_machine
