"""Who may do what to an appraisal; whatever its state."""

from __future__ import annotations

import rules

from community.permissions import Person, holds_over, is_machine, is_signed_in
from community.queries import appointments
from community.roles import Role
from deliberation.models import Appraisal
from deliberation.resolution_permissions import is_doer as does_resolution
from deliberation.resolution_permissions import lives_in


@rules.predicate
def is_organiser_of_place(user: Person, appraisal: Appraisal) -> bool:
    """A hall's moderator, a community worker or a town officer over the place."""
    return holds_over(user, appraisal.area, Role.HALL_MODERATOR, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def is_overseer_of_place(user: Person, appraisal: Appraisal) -> bool:
    """Somebody who watches over the place."""
    return holds_over(user, appraisal.area, Role.DISTRICT_OFFICER, Role.STEWARD, Role.AUDITOR)


@rules.predicate
def is_noticed(user: Person, appraisal: Appraisal) -> bool:
    """It has been noticed: anybody may see it."""
    return appraisal.noticed_at is not None


@rules.predicate
def is_resident_of_place(user: Person, appraisal: Appraisal) -> bool:
    """A verified resident of the place that is served."""
    return is_signed_in(user) and lives_in(user, appraisal.area)


@rules.predicate
def is_rated(user: Person, appraisal: Appraisal) -> bool:
    """Somebody of the unit that is rated, or that carried out what is rated; in whatever role."""
    if appraisal.resolution is not None:
        return does_resolution(user, appraisal.resolution)
    return any(held.unit_id == appraisal.unit_id for held in appointments(user))


@rules.predicate
def is_clock(user: Person, appraisal: Appraisal) -> bool:
    """The machine, at the hour."""
    return bool(is_machine(user))


can_organise = is_organiser_of_place & ~is_rated
can_run_clock = is_clock
can_see = is_noticed | is_organiser_of_place | is_overseer_of_place
can_give_voice = is_resident_of_place & ~is_rated
