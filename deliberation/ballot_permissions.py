"""Who may do what to a ballot: predicates of a person and a ballot, whatever its state."""

from __future__ import annotations

import rules

from community.models import Ownership, Resident, Unit
from community.permissions import Person, holds_over, is_machine
from community.queries import resident_of, units_of
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


@rules.predicate
def is_noticed(user: Person, ballot: Ballot) -> bool:
    """Published once; what was withdrawn or voided afterwards keeps its page with the reason."""
    return ballot.noticed_at is not None


@rules.predicate
def is_recorder_of_place(user: Person, ballot: Ballot) -> bool:
    """A recorder of meetings over the place of the ballot."""
    return holds_over(user, ballot.area, Role.RECORDER)


@rules.predicate
def is_teller_of_place(user: Person, ballot: Ballot) -> bool:
    """A teller who was appointed over the place of the ballot."""
    return holds_over(user, ballot.area, Role.TELLER)


@rules.predicate
def is_of_named_ballot(user: Person, ballot: Ballot) -> bool:
    """An owners' ballot, whose papers carry names."""
    return ballot.is_named


@rules.predicate
def belongs_to_place(user: Person, ballot: Ballot) -> bool:
    """A resident of the place, somebody on the roll, or an owner of a dwelling there."""
    own = resident_of(user)
    return own is not None and is_person_of_place(own, ballot)


def is_person_of_place(person: Resident, ballot: Ballot) -> bool:
    """Return whether somebody lives in the place, owns a dwelling there, or is on the roll."""
    lives_there = person.home is not None and person.home.path.startswith(ballot.area.path)
    owned = Ownership.objects.filter(resident=person, dwelling__area__path__startswith=ballot.area.path)
    return lives_there or owned.exists() or person.roll_voters.filter(ballot=ballot.pk).exists()


can_organise = is_organiser_of_place | is_owners_committee
# A draft is for those who write it; what was noticed is for everybody.
can_see = is_noticed | can_organise
# What the clock does by itself, an organiser may do too once its time has come.
can_open = can_organise | is_machine
can_count = can_organise | is_machine
# Taking a vote away from people who have cast theirs is the town's.
can_void = is_town_officer_of_place | is_machine

# Paper: who may mark on the roll that one was handed out, and who may type what stands on them.
can_hand_out = is_organiser_of_place | is_recorder_of_place
can_enter_papers = can_hand_out | is_teller_of_place | is_owners_committee
# Owners' papers are for those who count and for the committee alone; the public sees totals.
can_see_named_papers = is_of_named_ballot & (is_teller_of_place | is_owners_committee)
# A photo of unnamed papers says nothing about anybody; one of an owner's paper is as the paper.
can_see_paper_photos = can_see_named_papers | (can_enter_papers & ~is_of_named_ballot)
can_waive_papers = is_town_officer_of_place
# The roll: who may say that it is wrong, and who answers.
can_object_to_roll = belongs_to_place
can_answer_objection = can_organise
can_extend = can_count
can_remind = can_count
