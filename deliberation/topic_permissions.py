"""Who may do what to a topic: predicates of a person and a topic, whatever its state.

Whether it can happen NOW is asked of the transition table (states.py) and of the verb.
"""

from __future__ import annotations

from datetime import date

import rules
from django.db.models import Q, QuerySet

from community.models import Area, Resident, Unit
from community.models.areas import UnitKind
from community.models.people import Verification
from community.permissions import Person, holds_over, is_signed_in
from community.queries import today, units_of
from community.roles import Role
from deliberation.models import Issue, Topic

# The units that answer a topic officially.
ANSWERING_KINDS = (UnitKind.OFFICE, UnitKind.DEPARTMENT)


@rules.predicate
def is_verified_in(user: Person, area: Area) -> bool:
    """Somebody verified whose home is in a place."""
    if not is_signed_in(user):
        return False
    own = Resident.objects.kept().filter(user=user.pk, verification=Verification.VERIFIED)
    return own.living_in(area).exists()


@rules.predicate
def is_public(user: Person, topic: Topic) -> bool:
    """Reviewed: anybody may see it."""
    return topic.is_public


@rules.predicate
def is_proposer(user: Person, topic: Topic) -> bool:
    """Who proposed it, or the worker who wrote it down for somebody."""
    return is_signed_in(user) and topic.proposer_id == user.pk


@rules.predicate
def is_represented(user: Person, topic: Topic) -> bool:
    """For whom a worker wrote it down, who has an account by now."""
    return is_signed_in(user) and topic.represented is not None and topic.represented.user_id == user.pk


@rules.predicate
def is_own_proposal(user: Person, topic: Topic) -> bool:
    """Whose words they are: the person represented, or else the proposer."""
    return is_proposer(user, topic) if topic.represented_id is None else is_represented(user, topic)


@rules.predicate
def is_moderator_of_hall(user: Person, topic: Topic) -> bool:
    """A moderator of the hall that takes it up."""
    return holds_over(user, topic.area, Role.HALL_MODERATOR)


@rules.predicate
def is_worker_of_place(user: Person, topic: Topic) -> bool:
    """A community worker over the place of the topic."""
    return holds_over(user, topic.area, Role.COMMUNITY_WORKER)


@rules.predicate
def is_town_officer_of_place(user: Person, topic: Topic) -> bool:
    """A town officer over the place of the topic."""
    return holds_over(user, topic.area, Role.TOWN_OFFICER)


@rules.predicate
def is_overseer_of_place(user: Person, topic: Topic) -> bool:
    """Somebody who watches over the place without deciding there."""
    return holds_over(user, topic.area, Role.DISTRICT_OFFICER, Role.STEWARD, Role.AUDITOR)


@rules.predicate
def is_verified_resident_of_place(user: Person, topic: Topic) -> bool:
    """A verified resident of the place of the hall."""
    return is_verified_in(user, topic.area)


@rules.predicate
def is_department_handler(user: Person, topic: Topic) -> bool:
    """Somebody of an office or department that serves the place."""
    units = units_of(user, Role.HANDLER)
    return bool(units) and answering_units(topic, today()).filter(pk__in=units).exists()


def answering_units(topic: Topic, day: date) -> QuerySet[Unit]:
    """Return the offices and departments that serve the place of a topic on a day."""
    serving = Unit.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return serving.filter(kind__in=ANSWERING_KINDS, area__path__in=topic.area.parent_paths()).order_by("name", "pk")


is_organiser = is_moderator_of_hall | is_worker_of_place | is_town_officer_of_place
is_proposers_side = is_proposer | is_represented
can_see = is_public | is_proposers_side | is_organiser | is_overseer_of_place
can_see_staff_side = is_organiser | is_overseer_of_place
can_review = (is_worker_of_place | is_town_officer_of_place) & ~is_own_proposal
# Who proposed it, for themself or for somebody, never says that it becomes a topic.
can_confirm = is_organiser & ~is_proposers_side
can_refuse = is_organiser & ~is_proposers_side
can_notice = is_organiser
can_withdraw = is_proposers_side
can_endorse = is_public & is_verified_resident_of_place & ~is_proposers_side
can_follow = is_signed_in & is_public
can_say = is_signed_in & is_public
can_answer_amendment = is_moderator_of_hall
can_take_stance = is_public & is_verified_resident_of_place
can_answer = is_town_officer_of_place | is_department_handler


# --- Before there is a topic, and a town's list ------------------------------------------------------
@rules.predicate
def organises_in(user: Person, area: Area) -> bool:
    """A community worker or town officer over a place, who may propose from an issue there."""
    return holds_over(user, area, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def moderates_in(user: Person, area: Area) -> bool:
    """A moderator of the halls of a place, who may propose in the hall's own name."""
    return holds_over(user, area, Role.HALL_MODERATOR)


@rules.predicate
def is_reporter_of(user: Person, issue: Issue) -> bool:
    """Who reported an issue, themself or through a worker."""
    if not is_signed_in(user):
        return False
    return issue.reporter_id == user.pk or (issue.represented is not None and issue.represented.user_id == user.pk)


@rules.predicate
def can_keep_scopes(user: Person, town: Area) -> bool:
    """The officer of a town, who keeps its list of what is deliberated."""
    return holds_over(user, town, Role.TOWN_OFFICER)
