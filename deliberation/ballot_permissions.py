"""Who may do what to a ballot: predicates of a person and a ballot, whatever its state."""

from __future__ import annotations

import rules

from community.models import Unit
from community.permissions import Person, holds_over, is_machine, is_signed_in
from community.queries import units_of
from community.roles import Role
from deliberation.models import Ballot, RollVoter


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


@rules.predicate
def is_teller(user: Person, ballot: Ballot) -> bool:
    """Somebody appointed to count (计票人、监票人) where the ballot is held."""
    return holds_over(user, ballot.area, Role.TELLER)


@rules.predicate
def is_on_roll(user: Person, ballot: Ballot) -> bool:
    """Somebody who may cast a vote of the ballot's roll."""
    return is_signed_in(user) and RollVoter.objects.filter(ballot=ballot, resident__user=user.pk).exists()


can_organise = is_organiser_of_place | is_owners_committee
# What the clock does by itself, an organiser may do too once its time has come.
can_open = can_organise | is_machine
can_count = can_organise | is_machine
# Taking a vote away from people who have cast theirs is the town's.
can_void = is_town_officer_of_place | is_machine
can_vote = is_on_roll
can_see_named_papers = is_teller | is_owners_committee
